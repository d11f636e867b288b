"""Members' messages on their way to the blog: what became of each, and what an edit or a deletion does to it.

Decides nothing about whether a message is relayed.
"""

from __future__ import annotations

from bot.core.actions import Rewrite, SetMark, Write
from bot.core.domain import Mark, Message, MessageId, Place
from bot.ports import Stage
from bot.store.sqlite.base import Room, change, row, rows
from bot.store.sqlite.codec import decode, encode
from bot.store.sqlite.outbox import put
from bot.store.sqlite.uploads import discard_all

_DROPPED = "deleted before it left"

_PENDING = """
SELECT json_extract(payload, '$.message.jump_url'), json_extract(payload, '$.message.id')
  FROM outbox WHERE post_id = ? AND kind = 'write' AND state <> 'done' ORDER BY rank
"""

# What may yet turn out to be talk shows nothing before it was tried itself.
_SEEN_TO_WAIT = """
SELECT json_extract(payload, '$.message.id') FROM outbox
 WHERE post_id = ? AND kind = 'write' AND state <> 'done'
   AND (attempts > 0 OR NOT ifnull(json_extract(payload, '$.unsure'), 0)) ORDER BY rank
"""


class Writes(Room):
    """The part of the Store port about Write, Rewrite and Withdraw."""

    async def refresh_write(self, place: Place, message: Message) -> bool:
        key = Write(message).key
        async with self._db.transaction() as tx:
            found = await row(
                tx,
                "SELECT payload FROM outbox WHERE post_id = ? AND key = ? AND state = 'ready' AND NOT half_done",
                place.row,
                key,
            )
            if found is None:
                return False
            earlier = decode("write", found[0])
            assert isinstance(earlier, Write)
            fresh = encode(Write(message, unsure=earlier.unsure))
            if fresh != found[0]:
                await change(tx, "UPDATE outbox SET payload = ? WHERE post_id = ? AND key = ?", fresh, place.row, key)
        return True

    async def note_deleted(self, place: Place, message: MessageId) -> bool:
        """Remembered in any case: the event of its creation, or the answer to its sending, may come later."""
        key, now = f"write:{message}", self._now()
        async with self._db.transaction() as tx:
            await change(
                tx, "INSERT INTO deletions VALUES (?, ?, ?) ON CONFLICT DO NOTHING", place.subscription_id, message, now
            )
            await change(
                tx,
                "UPDATE outbox SET state = 'done', payload = NULL, reason = ?, done_at = ?"
                " WHERE post_id = ? AND key = ? AND NOT half_done AND state IN ('ready', 'dead')",
                _DROPPED,
                now,
                place.row,
                key,
            )
            left = await row(
                tx, "SELECT 1 FROM outbox WHERE post_id = ? AND key = ? AND state <> 'done'", place.row, key
            )
            if left is None:
                await discard_all(tx, place.row, message, now)
        return left is None

    async def write_stage(self, place: Place, message: MessageId) -> Stage | None:
        async with self._db.transaction() as tx:
            found = await row(
                tx, "SELECT state FROM outbox WHERE post_id = ? AND key = ?", place.row, f"write:{message}"
            )
        return None if found is None else Stage(found[0])

    async def queue_rewrite(self, place: Place, message: MessageId) -> bool:
        """One that waits will read the message afresh; one that is being taken may have read it already."""
        async with self._db.transaction() as tx:
            earlier = await rows(
                tx,
                "SELECT state, CAST(substr(key, ?) AS INTEGER) FROM outbox"
                " WHERE post_id = ? AND kind = 'rewrite' AND subject = ?",
                len(f"rewrite:{message}:") + 1,
                place.row,
                f"message {message}",
            )
            if any(state == Stage.READY for state, _ in earlier):
                return False
            revision = max((number for _, number in earlier), default=0) + 1
            return await put(tx, place.row, Rewrite(message, revision), self._now())

    async def rewrite_under_way(self, place: Place, message: MessageId) -> bool:
        async with self._db.transaction() as tx:
            found = await row(
                tx,
                "SELECT 1 FROM outbox WHERE post_id = ? AND side = 'blog' AND subject = ? AND kind = 'rewrite'"
                " AND state <> 'done'",
                place.row,
                f"message {message}",
            )
        return found is not None

    async def show_waiting(self, place: Place) -> None:
        """In one transaction: nobody can keep a message in Discord between the look and the mark."""
        now = self._now()
        async with self._db.transaction() as tx:
            for (message,) in await rows(tx, _SEEN_TO_WAIT, place.row):
                await put(tx, place.row, SetMark(MessageId(message), Mark.HELD), now)

    async def pending_writes(self, place: Place) -> dict[str, MessageId]:
        async with self._db.transaction() as tx:
            found = await rows(tx, _PENDING, place.row)
        return {url: MessageId(message) for url, message in found}
