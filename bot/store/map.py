"""The map: message id <-> (comment, part), and what is known of each mapped comment. Queues nothing by itself."""

from __future__ import annotations

from collections import defaultdict

import aiosqlite

from bot.actions import Claim, Send
from bot.domain import (
    CommentId,
    Link,
    Mapped,
    MessageId,
    Millis,
    Origin,
    Place,
    Standing,
    ThreadId,
)
from bot.ports import Opened, Outcome
from bot.store.outbox import put
from bot.store.room import Room, change, change_many, row, rows

_UPSERT = """
INSERT INTO comments (post_id, blog_id, parent_blog_id, origin, author, digest, revision, standing, shown_parent,
                      recorded_at)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
    ON CONFLICT (post_id, blog_id) DO UPDATE SET
       parent_blog_id = excluded.parent_blog_id, author = excluded.author, digest = excluded.digest,
       revision = excluded.revision, standing = excluded.standing, shown_parent = excluded.shown_parent,
       recorded_at = excluded.recorded_at
"""


async def _keep(tx: aiosqlite.Connection, post_row: int, mapped: Mapped, now: Millis) -> int:
    await change(
        tx,
        _UPSERT,
        post_row,
        mapped.comment_id,
        mapped.parent_id,
        mapped.origin,
        mapped.author,
        mapped.digest,
        mapped.revision,
        mapped.standing,
        mapped.shown_parent,
        now,
    )
    found = await row(tx, "SELECT id FROM comments WHERE post_id = ? AND blog_id = ?", post_row, mapped.comment_id)
    assert found is not None
    return int(found[0])


class Map(Room):
    """The part of the Store port about the map, and the moment in which an action becomes done."""

    async def mapped(self, place: Place) -> dict[CommentId, Mapped]:
        async with self._db.transaction() as tx:
            parts: dict[int, list[MessageId]] = defaultdict(list)
            for comment, message in await rows(
                tx,
                "SELECT links.comment, links.message_id FROM links JOIN comments ON comments.id = links.comment"
                " WHERE comments.post_id = ? ORDER BY links.comment, links.part",
                place.row,
            ):
                parts[comment].append(MessageId(message))
            found = await rows(
                tx,
                "SELECT id, blog_id, parent_blog_id, origin, author, digest, revision, standing, shown_parent,"
                " recorded_at FROM comments WHERE post_id = ? ORDER BY id",
                place.row,
            )
        return {
            CommentId(blog_id): Mapped(
                CommentId(blog_id),
                None if parent is None else CommentId(parent),
                Origin(origin),
                author,
                digest,
                revision,
                Standing(standing),
                tuple(parts[number]),
                None if shown is None else MessageId(shown),
                Millis(recorded),
            )
            for number, blog_id, parent, origin, author, digest, revision, standing, shown, recorded in found
        }

    async def link(self, message: MessageId) -> Link | None:
        async with self._db.transaction() as tx:
            found = await row(
                tx,
                "SELECT links.thread_id, comments.post_id, comments.blog_id, links.part, comments.origin, links.digest,"
                " comments.standing FROM links JOIN comments ON comments.id = links.comment WHERE links.message_id = ?",
                message,
            )
        if found is None:
            return None
        thread, post_row, comment, part, origin, digest, standing = found
        return Link(
            message, ThreadId(thread), post_row, CommentId(comment), part, Origin(origin), digest, Standing(standing)
        )

    async def links_of_members(self, place: Place, *, newer_than: MessageId) -> tuple[tuple[MessageId, str], ...]:
        async with self._db.transaction() as tx:
            found = await rows(
                tx,
                "SELECT links.message_id, links.digest FROM links JOIN comments ON comments.id = links.comment"
                " WHERE comments.post_id = ? AND origin = 'discord' AND standing IN ('live', 'held')"
                "   AND links.message_id > ? ORDER BY links.message_id",
                place.row,
                newer_than,
            )
        return tuple((MessageId(message), digest) for message, digest in found)

    async def record_part(self, claim: Claim, part: int, message: MessageId) -> None:
        action = claim.action
        assert isinstance(action, Send)
        comment = action.comment
        arriving = Mapped(
            comment.id,
            comment.parent_id,
            Origin.BLOG,
            comment.author,
            comment.digest,
            action.revision,
            Standing.ARRIVING,
            (),
            None,
            Millis(0),
        )
        async with self._db.transaction() as tx:
            number = await _keep(tx, claim.place.row, arriving, self._now())
            await change(
                tx,
                "INSERT INTO links (message_id, comment, thread_id, part) VALUES (?, ?, ?, ?)",
                message,
                number,
                claim.place.thread_id,
                part,
            )

    async def parts_sent(self, claim: Claim) -> tuple[MessageId, ...]:
        action = claim.action
        assert isinstance(action, Send)
        async with self._db.transaction() as tx:
            found = await rows(
                tx,
                "SELECT links.message_id FROM links JOIN comments ON comments.id = links.comment"
                " WHERE comments.post_id = ? AND comments.blog_id = ? AND standing = 'arriving' ORDER BY links.part",
                claim.place.row,
                action.comment.id,
            )
        return tuple(MessageId(message) for (message,) in found)

    async def finish(self, claim: Claim, outcome: Outcome) -> None:
        now = self._now()
        async with self._db.transaction() as tx:
            await change(
                tx,
                "UPDATE outbox SET state = 'done', payload = NULL, done_at = ?, reason = ? WHERE id = ?",
                now,
                outcome.note,
                claim.id,
            )
            await self._finish_post(tx, claim, outcome)
            if outcome.mapped is not None:
                await self._finish_comment(tx, claim.place, outcome.mapped, outcome.message_digest)
            for action in outcome.follow_up:
                await put(tx, claim.place.row, action, now)

    async def _finish_post(self, tx: aiosqlite.Connection, claim: Claim, outcome: Outcome) -> None:
        opened: Opened | None = outcome.opened
        if opened is not None:
            await change(
                tx,
                "UPDATE posts SET thread_id = ?, starter_id = ?, watermark = ? WHERE id = ?",
                opened.thread_id,
                opened.starter_id,
                opened.starter_id,
                claim.place.row,
            )
        if outcome.shown is not None:
            await change(
                tx,
                "UPDATE posts SET title = ?, url = ?, digest = ?, revision = revision + 1 WHERE id = ?",
                outcome.shown.title,
                outcome.shown.url,
                outcome.shown.digest,
                claim.place.row,
            )

    async def _finish_comment(
        self, tx: aiosqlite.Connection, place: Place, mapped: Mapped, message_digest: str
    ) -> None:
        number = await _keep(tx, place.row, mapped, self._now())
        await change(tx, "DELETE FROM links WHERE comment = ?", number)
        await change_many(
            tx,
            "INSERT INTO links (message_id, comment, thread_id, part, digest) VALUES (?, ?, ?, ?, ?)",
            [
                (message, number, place.thread_id, part, message_digest)
                for part, message in enumerate(mapped.messages, start=1)
            ],
        )

    async def set_standing(self, place: Place, comment: CommentId, standing: Standing) -> None:
        async with self._db.transaction() as tx:
            await change(
                tx,
                "UPDATE comments SET standing = ?, recorded_at = ? WHERE post_id = ? AND blog_id = ?",
                standing,
                self._now(),
                place.row,
                comment,
            )

    async def watermark(self, place: Place) -> MessageId | None:
        async with self._db.transaction() as tx:
            found = await row(tx, "SELECT watermark FROM posts WHERE id = ?", place.row)
        return None if found is None or found[0] is None else MessageId(found[0])

    async def set_watermark(self, place: Place, message: MessageId) -> None:
        async with self._db.transaction() as tx:
            await change(
                tx, "UPDATE posts SET watermark = max(coalesce(watermark, 0), ?) WHERE id = ?", message, place.row
            )
