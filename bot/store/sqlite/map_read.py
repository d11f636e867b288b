"""The map, read: message id <-> (comment, part), and what is known of each mapped comment.

Changes nothing but the watermark.
"""

from __future__ import annotations

from collections import defaultdict

import aiosqlite

from bot.core.actions import Urgency
from bot.core.domain import (
    CommentId,
    Link,
    Mapped,
    MessageId,
    Millis,
    Origin,
    Place,
    Standing,
    SubscriptionId,
    ThreadId,
)
from bot.ports import Snapshot
from bot.store.sqlite.base import Room, Row, change, row, rows
from bot.store.sqlite.outbox import sends

_COMMENTS = """
SELECT id, blog_id, parent_blog_id, origin, author, digest, revision, standing, shown_parent, recorded_at, parent_digest
  FROM comments
"""


def _mapped_of(found: Row, messages: tuple[MessageId, ...]) -> Mapped:
    _, blog_id, parent, origin, author, digest, revision, standing, shown, recorded, parent_digest = found
    return Mapped(
        CommentId(blog_id),
        None if parent is None else CommentId(parent),
        Origin(origin),
        author,
        digest,
        revision,
        Standing(standing),
        messages,
        None if shown is None else MessageId(shown),
        Millis(recorded),
        parent_digest,
    )


async def every_mapped(tx: aiosqlite.Connection, post_row: int) -> dict[CommentId, Mapped]:
    """All mapped comments of a post."""
    parts: dict[int, list[MessageId]] = defaultdict(list)
    for comment, message in await rows(
        tx,
        "SELECT links.comment, links.message_id FROM comments JOIN links ON links.comment = comments.id"
        " WHERE comments.post_id = ? AND links.state = 'shown' ORDER BY links.comment, links.part",
        post_row,
    ):
        parts[comment].append(MessageId(message))
    found = await rows(tx, f"{_COMMENTS} WHERE post_id = ? ORDER BY id", post_row)
    return {CommentId(one[1]): _mapped_of(one, tuple(parts[one[0]])) for one in found}


class Map(Room):
    """The part of the Store port that looks into the map."""

    async def snapshot(self, place: Place) -> Snapshot:
        async with self._db.transaction() as tx:
            pending = await rows(
                tx,
                "SELECT json_extract(payload, '$.message.jump_url') FROM outbox"
                " WHERE post_id = ? AND kind = 'write' AND state <> 'done'",
                place.row,
            )
            return Snapshot(
                await every_mapped(tx, place.row),
                frozenset(str(url) for (url,) in pending),
                await sends(tx, place.row, (Urgency.BACKFILL,)),
            )

    async def mapped(self, place: Place) -> dict[CommentId, Mapped]:
        async with self._db.transaction() as tx:
            return await every_mapped(tx, place.row)

    async def comment(self, place: Place, comment: CommentId | None) -> Mapped | None:
        if comment is None:
            return None
        async with self._db.transaction() as tx:
            found = await row(tx, f"{_COMMENTS} WHERE post_id = ? AND blog_id = ?", place.row, comment)
            if found is None:
                return None
            parts = await rows(
                tx, "SELECT message_id FROM links WHERE comment = ? AND state = 'shown' ORDER BY part", found[0]
            )
        return _mapped_of(found, tuple(MessageId(message) for (message,) in parts))

    async def on_their_way(self, place: Place) -> frozenset[CommentId]:
        async with self._db.transaction() as tx:
            return await sends(tx, place.row, Urgency)

    async def link(self, subscription: SubscriptionId, message: MessageId) -> Link | None:
        async with self._db.transaction() as tx:
            found = await row(
                tx,
                "SELECT links.thread_id, comments.post_id, comments.blog_id, links.part, comments.origin, links.digest,"
                " comments.standing FROM links JOIN comments ON comments.id = links.comment"
                "  JOIN posts ON posts.id = comments.post_id WHERE links.message_id = ? AND subscription_id = ?",
                message,
                subscription,
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

    async def mirrors_shown(self, place: Place, *, newer_than: MessageId) -> tuple[MessageId, ...]:
        async with self._db.transaction() as tx:
            found = await rows(
                tx,
                "SELECT message_id FROM links JOIN comments ON comments.id = links.comment"
                " WHERE post_id = ? AND origin = 'blog' AND state = 'shown' AND message_id > ? ORDER BY message_id",
                place.row,
                newer_than,
            )
        return tuple(MessageId(message) for (message,) in found)

    async def watermark(self, place: Place) -> MessageId | None:
        async with self._db.transaction() as tx:
            found = await row(tx, "SELECT watermark FROM posts WHERE id = ?", place.row)
        return None if found is None or found[0] is None else MessageId(found[0])

    async def set_watermark(self, place: Place, message: MessageId) -> None:
        async with self._db.transaction() as tx:
            await change(
                tx, "UPDATE posts SET watermark = max(coalesce(watermark, 0), ?) WHERE id = ?", message, place.row
            )
