"""What people look at, and what is thrown away: figures, what is parked, what was said, pruning.

Changes nothing that is still to be done.
"""

from __future__ import annotations

from bot.core.domain import MessageId, Millis, Place, SubscriptionId, ThreadId
from bot.ports import Backfill, Parked, QueueFigures
from bot.store.sqlite.base import Room, Row, change, row, rows

# A lost thread is one entry, however much waits for it.
_PARKED = """
SELECT key, kind, title, thread_id, reason, outbox.id AS number
  FROM outbox JOIN posts ON posts.id = outbox.post_id
 WHERE outbox.subscription_id = ?1 AND state = 'dead' AND lost = ''
UNION ALL
SELECT 'thread:' || posts.blog_id, 'thread', title, thread_id, lost, 0 FROM posts
 WHERE subscription_id = ?1 AND lost <> ''
 ORDER BY number
"""

_STUCK = """
SELECT key, kind, title, thread_id, reason
  FROM outbox JOIN posts ON posts.id = outbox.post_id
 WHERE outbox.subscription_id = ? AND state = 'ready' AND lost = '' AND attempts > 1 AND reason <> ''
 ORDER BY outbox.id LIMIT 1
"""


class Upkeep(Room):
    """The part of the Store port for people, and for the time after."""

    async def parked(self, subscription: SubscriptionId) -> tuple[Parked, ...]:
        async with self._db.transaction() as tx:
            return tuple(_parked_of(one) for one in await rows(tx, _PARKED, subscription))

    async def stuck(self, subscription: SubscriptionId) -> Parked | None:
        async with self._db.transaction() as tx:
            found = await row(tx, _STUCK, subscription)
        return None if found is None else _parked_of(found)

    async def figures(self, subscription: SubscriptionId) -> QueueFigures:
        async with self._db.transaction() as tx:
            found = await rows(
                tx,
                "SELECT state, count(*) FROM outbox JOIN posts ON posts.id = outbox.post_id"
                " WHERE outbox.subscription_id = ? AND (lost = '' OR state = 'done') GROUP BY state",
                subscription,
            )
            lost = await row(tx, "SELECT count(*) FROM posts WHERE subscription_id = ? AND lost <> ''", subscription)
        counts = {state: int(number) for state, number in found}
        parked = counts.get("dead", 0) + (int(lost[0]) if lost else 0)
        return QueueFigures(counts.get("ready", 0), counts.get("sending", 0), counts.get("done", 0), parked)

    async def remember(self, key: str, value: str = "") -> bool:
        async with self._db.transaction() as tx:
            return (
                await change(
                    tx,
                    "INSERT INTO said (key, value, said_at) VALUES (?, ?, ?)"
                    " ON CONFLICT (key) DO UPDATE SET value = excluded.value, said_at = excluded.said_at"
                    " WHERE value IS NOT excluded.value",
                    key,
                    value,
                    self._now(),
                )
                > 0
            )

    async def backfill(self, place: Place) -> Backfill | None:
        async with self._db.transaction() as tx:
            found = await row(
                tx,
                "SELECT backfill_total, backfill_since, progress_id, progress_step,"
                "  (SELECT count(*) FROM outbox WHERE post_id = posts.id AND kind = 'send' AND urgency = 1"
                "    AND state IN ('ready', 'sending'))"
                "  FROM posts WHERE id = ? AND backfill_total > 0",
                place.row,
            )
        if found is None:
            return None
        total, since, message, step, waiting = found
        return Backfill(total, waiting, Millis(since), None if message is None else MessageId(message), step)

    async def end_backfill(self, place: Place) -> None:
        async with self._db.transaction() as tx:
            await change(
                tx,
                "UPDATE posts SET backfill_total = 0, backfill_since = NULL, progress_id = NULL WHERE id = ?",
                place.row,
            )

    async def prune(self, subscription: SubscriptionId, before: Millis, writes_before: Millis) -> int:
        """A done key that could come back stays: of members' messages as long as their threads are read again."""
        async with self._db.transaction() as tx:
            gone = await change(
                tx,
                "DELETE FROM outbox WHERE subscription_id = ?3 AND state = 'done' AND kind <> 'open'"
                " AND done_at < CASE WHEN kind IN ('write', 'withdraw') THEN ?2 ELSE ?1 END",
                before,
                writes_before,
                subscription,
            )
            return gone + await change(
                tx, "DELETE FROM deletions WHERE subscription_id = ? AND heard_at < ?", subscription, writes_before
            )


def _parked_of(found: Row) -> Parked:
    return Parked(found[0], found[1], found[2], None if found[3] is None else ThreadId(found[3]), found[4])
