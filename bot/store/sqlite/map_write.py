"""The map, written: parts tied to their comment one by one, and the moment in which an action becomes done.

Queues nothing but what follows from what was done.
"""

from __future__ import annotations

from collections.abc import Sequence

import aiosqlite

from bot.core.actions import Claim, Edit, Report, Retract, Send
from bot.core.domain import CommentId, Mapped, MessageId, Millis, Origin, Place, Standing
from bot.ports import Outcome
from bot.store.sqlite.base import Room, change, change_many, row, rows
from bot.store.sqlite.outbox import put

# A mirror that a moderator took away stays away, whatever an action under way meant to do with it.
_KEEP = """
INSERT INTO comments (post_id, blog_id, parent_blog_id, origin, author, digest, revision, standing, shown_parent,
                      parent_digest, recorded_at)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
    ON CONFLICT (post_id, blog_id) DO UPDATE SET
       parent_blog_id = excluded.parent_blog_id, author = excluded.author, digest = excluded.digest,
       revision = excluded.revision, shown_parent = excluded.shown_parent,
       standing = iif(origin = 'blog' AND standing = 'hidden', 'hidden', excluded.standing),
       parent_digest = excluded.parent_digest, recorded_at = excluded.recorded_at
"""

# A message that somebody deleted in the meantime does not rise again.
_TIE = """
INSERT INTO links (message_id, comment, thread_id, part, digest, state)
SELECT ?1, ?2, ?3, ?4, ?5,
       CASE WHEN EXISTS (SELECT 1 FROM deletions WHERE deletions.subscription_id = posts.subscription_id
                                                   AND message_id = ?1) THEN 'gone' ELSE ?6 END
  FROM comments JOIN posts ON posts.id = post_id WHERE comments.id = ?2
    ON CONFLICT (message_id) DO UPDATE SET part = excluded.part, digest = excluded.digest,
       state = CASE state WHEN 'gone' THEN 'gone' ELSE ?6 END
 WHERE thread_id = excluded.thread_id
"""


def _comment_of(claim: Claim) -> CommentId:
    """The comment that an action of the chat lane shows."""
    match claim.action:
        case Send(comment) | Edit(comment):
            return comment.id
        case Retract(comment_id):
            return comment_id
        case _:
            raise AssertionError(f"{claim.action.key} shows no comment")


async def _number(tx: aiosqlite.Connection, place: Place, comment: CommentId) -> int | None:
    found = await row(tx, "SELECT id FROM comments WHERE post_id = ? AND blog_id = ?", place.row, comment)
    return None if found is None else int(found[0])


async def _keep(tx: aiosqlite.Connection, place: Place, mapped: Mapped, now: Millis) -> int:
    await change(
        tx,
        _KEEP,
        place.row,
        mapped.comment_id,
        mapped.parent_id,
        mapped.origin,
        mapped.author,
        mapped.digest,
        mapped.revision,
        mapped.standing,
        mapped.shown_parent,
        mapped.parent_digest,
        now,
    )
    number = await _number(tx, place, mapped.comment_id)
    assert number is not None
    return number


class Ties(Room):
    """The part of the Store port that changes the map."""

    async def tie(self, claim: Claim, part: int, message: MessageId) -> None:
        async with self._db.transaction() as tx:
            number = await _number(tx, claim.place, _comment_of(claim))
            if number is None:
                number = await _keep(tx, claim.place, _arriving(claim), self._now())
            elif isinstance(claim.action, Send):
                await change(tx, "UPDATE comments SET standing = 'arriving' WHERE id = ? AND standing = 'gone'", number)
            await change(tx, _TIE, message, number, claim.place.thread_id, part, "", "shown")

    async def mark_surplus(self, claim: Claim, messages: Sequence[MessageId]) -> None:
        async with self._db.transaction() as tx:
            number = await _number(tx, claim.place, _comment_of(claim))
            if number is None:
                number = await _keep(tx, claim.place, _arriving(claim), self._now())
            await change_many(
                tx, _TIE, [(message, number, claim.place.thread_id, 1, "", "leftover") for message in messages]
            )

    async def surplus(self, claim: Claim) -> tuple[MessageId, ...]:
        async with self._db.transaction() as tx:
            found = await rows(
                tx,
                "SELECT message_id FROM links JOIN comments ON comments.id = links.comment"
                " WHERE post_id = ? AND blog_id = ? AND state = 'leftover' ORDER BY message_id DESC",
                claim.place.row,
                _comment_of(claim),
            )
        return tuple(MessageId(message) for (message,) in found)

    async def hide(self, place: Place, message: MessageId) -> CommentId | None:
        async with self._db.transaction() as tx:
            found = await row(
                tx,
                "SELECT comments.id, blog_id, state FROM links JOIN comments ON comments.id = links.comment"
                " WHERE message_id = ? AND post_id = ? AND origin = 'blog'",
                message,
                place.row,
            )
            if found is None or found[2] != "shown":
                return None  # one that we took away ourselves, or were about to
            await change(tx, "UPDATE links SET state = 'gone' WHERE message_id = ?", message)
            hidden = await change(
                tx,
                "UPDATE comments SET standing = 'hidden', recorded_at = ? WHERE id = ?"
                " AND standing IN ('arriving', 'live', 'tombstone')",
                self._now(),
                found[0],
            )
        return CommentId(found[1]) if hidden else None

    async def finish(self, claim: Claim, outcome: Outcome) -> None:
        now = self._now()
        async with self._db.transaction() as tx:
            if claim.superseded or outcome.forgotten:
                await change(tx, "DELETE FROM outbox WHERE id = ?", claim.id)
            else:
                await change(
                    tx,
                    "UPDATE outbox SET state = 'done', payload = NULL, done_at = ?, reason = ? WHERE id = ?",
                    now,
                    outcome.note,
                    claim.id,
                )
            await _finish_post(tx, claim, outcome)
            if outcome.mapped is not None:
                await _finish_comment(tx, claim.place, outcome.mapped, outcome.message_digest, now)
            for action in outcome.follow_up:
                await put(tx, claim.place.row, action, now)


async def _finish_post(tx: aiosqlite.Connection, claim: Claim, outcome: Outcome) -> None:
    if outcome.opened is not None:
        await change(
            tx,
            "UPDATE posts SET thread_id = ?, starter_id = ?, watermark = ?, channel_id = ? WHERE id = ?",
            outcome.opened.thread_id,
            outcome.opened.starter_id,
            outcome.opened.starter_id,
            claim.place.channel_id,
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
    if isinstance(claim.action, Report):
        await change(
            tx,
            "UPDATE posts SET progress_id = CASE WHEN backfill_since IS NULL THEN NULL ELSE ? END,"
            " progress_step = progress_step + 1 WHERE id = ?",
            outcome.said,
            claim.place.row,
        )


async def _finish_comment(
    tx: aiosqlite.Connection, place: Place, mapped: Mapped, message_digest: str, now: Millis
) -> None:
    """The messages of ``mapped`` are all that stands of it; unless somebody deleted one of them just now."""
    number = await _keep(tx, place, mapped, now)
    stands = [(message, number, place.thread_id, part) for part, message in enumerate(mapped.messages, start=1)]
    if mapped.origin is Origin.DISCORD:
        await change_many(tx, _TIE, [(*one, message_digest, "shown") for one in stands])
        return
    kept = {message for message, *_ in stands}
    for message, state in await rows(tx, "SELECT message_id, state FROM links WHERE comment = ?", number):
        if state != "gone" and message not in kept:
            await change(tx, "UPDATE links SET state = 'gone' WHERE message_id = ?", message)
        if state == "gone" and message in kept and mapped.standing in (Standing.LIVE, Standing.TOMBSTONE):
            await change(tx, "UPDATE comments SET standing = 'hidden' WHERE id = ?", number)


def _arriving(claim: Claim) -> Mapped:
    action = claim.action
    assert isinstance(action, Send)
    comment = action.comment
    return Mapped(
        comment.id,
        comment.parent_id,
        Origin.BLOG,
        comment.author,
        "",
        action.revision - 1,
        Standing.ARRIVING,
        (),
        None,
        Millis(0),
    )
