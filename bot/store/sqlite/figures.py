"""What people look at, and what is forgotten: figures, what waits for a person, progress, memory, pruning.

Changes nothing that is still to be done.
"""

from __future__ import annotations

from bot.core.actions import Send, Urgency
from bot.core.domain import MessageId, Millis, Place, SubscriptionId, ThreadId
from bot.core.traits import Kept, about_message
from bot.ports import BackfillProgress, Parked, QueueFigures, Stage
from bot.store.sqlite.base import Part, Row, change, kind_in_sql, kinds_in_sql
from bot.store.sqlite.turns import prune_turns

_PARKED = """-- What of a subscription waits for a person; a lost thread is one entry, however much waits for it.
SELECT key, kind, title, thread_id, reason, outbox.id AS number
  FROM outbox JOIN posts ON posts.id = outbox.post_id
 WHERE outbox.subscription_id = ?1 AND state = 'dead' AND lost = ''
UNION ALL
SELECT 'thread:' || posts.blog_id, 'thread', title, thread_id, lost, 0 FROM posts
 WHERE subscription_id = ?1 AND lost <> '' AND NOT replaced
 ORDER BY number
"""

_STUCK = """-- What of a subscription failed more than once and is tried again by itself, or just now; oldest first.
SELECT key, kind, title, thread_id, reason
  FROM outbox JOIN posts ON posts.id = outbox.post_id
 WHERE outbox.subscription_id = ? AND lost = '' AND reason <> ''
   AND (state = 'ready' AND attempts > 1 OR state = 'sending' AND attempts > 2)
 ORDER BY outbox.id LIMIT 1000
"""

_FIGURES = """-- How many actions of a subscription are at which stage; what waits for a lost thread is not counted.
SELECT state, count(*) AS number FROM outbox JOIN posts ON posts.id = outbox.post_id
 WHERE outbox.subscription_id = ?1 AND (lost = '' OR state = 'done') GROUP BY state
UNION ALL
SELECT 'lost', count(*) FROM posts WHERE subscription_id = ?1 AND lost <> '' AND NOT replaced
"""

_BACKFILL = f"""-- How far the backfill of a post has come, if there is one to tell of.
SELECT backfill_total, backfill_since, progress_id, progress_step,
       (SELECT count(*) FROM outbox
         WHERE post_id = posts.id AND kind IN {kind_in_sql(Send)} AND urgency = {int(Urgency.BACKFILL)}
           AND state IN ('ready', 'sending')) AS waiting
  FROM posts WHERE id = ? AND backfill_total > 0
"""

_END_BACKFILL = """-- There is nothing more to tell of a backfill.
UPDATE posts SET backfill_total = 0, backfill_since = NULL, progress_id = NULL WHERE id = ?
"""

_REMEMBER = """-- Remember a value under a key; changes nothing where it is the same.
INSERT INTO said (key, value, said_at) VALUES (?, ?, ?)
    ON CONFLICT (key) DO UPDATE SET value = excluded.value, said_at = excluded.said_at
 WHERE value IS NOT excluded.value
"""

_SAID = """-- What is remembered under keys that begin alike.
SELECT key, value FROM said WHERE substr(key, 1, length(?1)) = ?1
"""

_READ_BACK = kinds_in_sql(lambda traits: traits.kept is Kept.WHILE_READ_BACK)

_PRUNE = f"""-- Forget what a subscription has done long ago; what is read back is known as long as it may be read.
-- A thread is read back from where it was read up to: however long it has been quiet, by its messages' own ids.
DELETE FROM outbox
 WHERE subscription_id = ?1 AND state = 'done'
   AND kind NOT IN {kinds_in_sql(lambda traits: traits.kept is Kept.FOR_EVER)}
   AND done_at < iif(kind IN {_READ_BACK}, ?3, ?2)
   AND NOT (kind IN {_READ_BACK}
            AND CAST(substr(subject, {len(about_message(MessageId(0)))}) AS INTEGER)
                > coalesce((SELECT watermark FROM posts WHERE posts.id = post_id) - ?4, 9223372036854775807))
"""

_PRUNE_DELETIONS = """-- Forget deletions that a subscription heard of long ago.
DELETE FROM deletions WHERE subscription_id = ? AND heard_at < ?
"""


class SqliteFigures(Part):
    """Implements :class:`bot.ports.Figures` and :class:`bot.ports.SaidBefore`."""

    async def parked(self, subscription: SubscriptionId) -> tuple[Parked, ...]:
        return tuple(map(_parked_of, await self._ask(_PARKED, subscription)))

    async def stuck(self, subscription: SubscriptionId) -> tuple[Parked, ...]:
        return tuple(map(_parked_of, await self._ask(_STUCK, subscription)))

    async def figures(self, subscription: SubscriptionId) -> QueueFigures:
        counts = {one["state"]: int(one["number"]) for one in await self._ask(_FIGURES, subscription)}
        ready, under_way, done, dead = (
            counts.get(one, 0) for one in (Stage.READY, Stage.SENDING, Stage.DONE, Stage.DEAD)
        )
        return QueueFigures(ready, under_way, done, dead + counts["lost"])

    async def backfill(self, place: Place) -> BackfillProgress | None:
        found = await self._ask_one(_BACKFILL, place.row)
        if found is None:
            return None
        return BackfillProgress(
            total=found["backfill_total"],
            waiting=found["waiting"],
            since=Millis(found["backfill_since"]),
            message=None if found["progress_id"] is None else MessageId(found["progress_id"]),
            step=found["progress_step"],
        )

    async def end_backfill(self, place: Place) -> None:
        await self._change(_END_BACKFILL, place.row)

    async def remember(self, key: str, value: str = "") -> bool:
        return await self._change(_REMEMBER, key, value, self._now()) > 0

    async def said(self, prefix: str) -> dict[str, str]:
        return {one["key"]: one["value"] for one in await self._ask(_SAID, prefix)}

    async def prune(
        self, subscription: SubscriptionId, before: Millis, writes_before: Millis, *, read_back: int = 0
    ) -> int:
        async with self._db.transaction() as tx:
            gone = await change(tx, _PRUNE, subscription, before, writes_before, read_back)
            await prune_turns(tx, subscription, before)
            return gone + await change(tx, _PRUNE_DELETIONS, subscription, writes_before)


def _parked_of(row: Row) -> Parked:
    thread = None if row["thread_id"] is None else ThreadId(row["thread_id"])
    return Parked(row["key"], row["kind"], row["title"], thread, row["reason"])
