"""The map, read: message id <-> (comment, part), and what is known of each mapped comment.

Changes nothing.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection

from bot.core.actions import Urgency, Write
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
from bot.ports import Snapshot, Stage, Traces
from bot.store.sqlite.base import Part, Row, Tx, row, rows
from bot.store.sqlite.outbox import sends
from bot.store.sqlite.writes import PENDING, STAGE, in_doubt

_COLUMNS = """id, blog_id, parent_blog_id, origin, author, digest, revision, standing, shown_parent, recorded_at,
       parent_digest, written_at, key, wanted_parent, was_public
  FROM comments"""

_COMMENTS = f"""-- All mapped comments of a post.
SELECT {_COLUMNS} WHERE post_id = ? ORDER BY id
"""

_COMMENT = f"""-- One mapped comment.
SELECT {_COLUMNS} WHERE post_id = ? AND blog_id = ?
"""

_ALL_PARTS = """-- Which messages show which comment of a post, part by part.
SELECT links.comment, links.message_id FROM comments JOIN links ON links.comment = comments.id
 WHERE comments.post_id = ? AND links.state = 'shown' ORDER BY links.comment, links.part
"""

_PARTS = """-- Which messages show a comment, part by part.
SELECT message_id FROM links WHERE comment = ? AND state = 'shown' ORDER BY part
"""

_LINK = """-- What a message shows or showed, if it is in the map of this subscription.
SELECT links.message_id, links.thread_id, comments.post_id, comments.blog_id, links.part, comments.origin, links.digest,
       comments.standing, comments.written_at, comments.key
  FROM links JOIN comments ON comments.id = links.comment JOIN posts ON posts.id = comments.post_id
 WHERE links.message_id = ? AND subscription_id = ?
"""

_RELAYS = """-- Live relays of a thread after a message, oldest first.
SELECT links.message_id, links.digest FROM links JOIN comments ON comments.id = links.comment
 WHERE comments.post_id = ? AND origin = 'discord' AND standing IN ('live', 'held') AND links.message_id > ?
 ORDER BY links.message_id
"""

_MIRRORS = """-- Messages of ours that show comments of a thread after a message, oldest first.
SELECT message_id FROM links JOIN comments ON comments.id = links.comment
 WHERE post_id = ? AND origin = 'blog' AND state = 'shown' AND message_id > ? ORDER BY message_id
"""


def _mapped_of(row: Row, messages: tuple[MessageId, ...]) -> Mapped:
    return Mapped(
        comment_id=CommentId(row["blog_id"]),
        parent_id=None if row["parent_blog_id"] is None else CommentId(row["parent_blog_id"]),
        origin=Origin(row["origin"]),
        author=row["author"],
        digest=row["digest"],
        revision=row["revision"],
        standing=Standing(row["standing"]),
        messages=messages,
        shown_parent=None if row["shown_parent"] is None else MessageId(row["shown_parent"]),
        recorded_at=Millis(row["recorded_at"]),
        parent_digest=row["parent_digest"],
        written_at=None if row["written_at"] is None else Millis(row["written_at"]),
        key=row["key"],
        wanted_parent=None if row["wanted_parent"] is None else CommentId(row["wanted_parent"]),
        was_public=bool(row["was_public"]),
    )


def _link_of(row: Row | None) -> Link | None:
    if row is None:
        return None
    return Link(
        message_id=MessageId(row["message_id"]),
        thread_id=ThreadId(row["thread_id"]),
        post_row=row["post_id"],
        comment_id=CommentId(row["blog_id"]),
        part=row["part"],
        origin=Origin(row["origin"]),
        digest=row["digest"],
        standing=Standing(row["standing"]),
        written_at=None if row["written_at"] is None else Millis(row["written_at"]),
        key=row["key"],
    )


async def _every_mapped(tx: Tx, post_row: int) -> dict[CommentId, Mapped]:
    parts: dict[int, list[MessageId]] = defaultdict(list)
    for one in await rows(tx, _ALL_PARTS, post_row):
        parts[one["comment"]].append(MessageId(one["message_id"]))
    found = await rows(tx, _COMMENTS, post_row)
    return {CommentId(one["blog_id"]): _mapped_of(one, tuple(parts[one["id"]])) for one in found}


class SqliteMapReading(Part):
    """Implements the part of :class:`bot.ports.Map` that looks into the map."""

    async def snapshot(self, place: Place) -> Snapshot:
        async with self._db.reading() as tx:
            return Snapshot(
                mapped=await _every_mapped(tx, place.row),
                pending=frozenset(str(one["url"]) for one in await rows(tx, PENDING, place.row)),
                backlog=await sends(tx, place.row, (Urgency.BACKFILL,)),
                in_doubt=await in_doubt(tx, place.row),
            )

    async def mapped(self, place: Place) -> dict[CommentId, Mapped]:
        async with self._db.reading() as tx:
            return await _every_mapped(tx, place.row)

    async def comment(self, place: Place, comment: CommentId | None) -> Mapped | None:
        if comment is None:
            return None
        return (await self.comments(place, (comment,))).get(comment)

    async def comments(self, place: Place, comments: Collection[CommentId]) -> dict[CommentId, Mapped]:
        known: dict[CommentId, Mapped] = {}
        async with self._db.reading() as tx:
            for comment in comments:
                if (found := await row(tx, _COMMENT, place.row, comment)) is not None:
                    parts = await rows(tx, _PARTS, found["id"])
                    known[comment] = _mapped_of(found, tuple(MessageId(one["message_id"]) for one in parts))
        return known

    async def link(self, subscription: SubscriptionId, message: MessageId) -> Link | None:
        return _link_of(await self._ask_one(_LINK, message, subscription))

    async def traces(self, place: Place, message: MessageId) -> Traces:
        async with self._db.reading() as tx:
            stage = await row(tx, STAGE, place.row, Write.key_of(message))
            link = await row(tx, _LINK, message, place.subscription_id)
        if stage is None:
            return Traces(None, _link_of(link))
        answers = None if stage["answers"] is None else MessageId(stage["answers"])
        return Traces(Stage(stage["stage"]), _link_of(link), answers)

    async def links_of_members(self, place: Place, *, newer_than: MessageId) -> tuple[tuple[MessageId, str], ...]:
        found = await self._ask(_RELAYS, place.row, newer_than)
        return tuple((MessageId(one["message_id"]), one["digest"]) for one in found)

    async def mirrors_shown(self, place: Place, *, newer_than: MessageId) -> tuple[MessageId, ...]:
        return tuple(MessageId(one["message_id"]) for one in await self._ask(_MIRRORS, place.row, newer_than))
