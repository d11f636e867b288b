"""The outbox: what waits, what is under way, what is done and what waits for a person.

Does not know how an action is carried out; see :mod:`bot.sync.execute`.
"""

from __future__ import annotations

import json
from collections.abc import Sequence

import aiosqlite

from bot.actions import Action, Claim, Rewrite, Urgency, Write, side_of
from bot.domain import ActionId, CommentId, Message, MessageId, Millis, Place, SubscriptionId, ThreadId
from bot.ports import Parked, Planned, QueueFigures
from bot.store.codec import LEVEL_TRIGGERED, decode, encode, kind_of
from bot.store.heads import ANCHOR, NEXT, PATIENCE
from bot.store.room import PLACE, Room, Row, change, change_many, place_of, row, rows

_LEVEL = json.dumps(LEVEL_TRIGGERED)

_PUT = """
INSERT INTO outbox (post_id, side, key, kind, payload, urgency, created_at) VALUES (?, ?, ?, ?, ?, ?, ?)
    ON CONFLICT (post_id, key) DO UPDATE SET payload = excluded.payload, urgency = min(urgency, excluded.urgency)
 WHERE state = 'ready' AND attempts = 0
"""


def _values(post_row: int, action: Action, urgency: Urgency, now: Millis) -> tuple[object, ...]:
    return (post_row, side_of(action), action.key, kind_of(action), encode(action), int(urgency), now)


async def put(
    tx: aiosqlite.Connection, post_row: int, action: Action, now: Millis, urgency: Urgency = Urgency.LIVE
) -> bool:
    """Queue an action inside the caller's transaction; a known key changes nothing. -> whether it was new."""
    return await change(tx, _PUT, *_values(post_row, action, urgency, now)) > 0


class Outbox(Room):
    """The part of the Store port about the outbox."""

    async def release(self) -> int:
        """At start: what an earlier process left under way may have arrived. -> how many."""
        async with self._db.transaction() as tx:
            return await change(tx, "UPDATE outbox SET state = 'ready', half_done = 1 WHERE state = 'sending'")

    async def plan(self, place: Place, planned: Sequence[Planned], *, backfilled: bool) -> int:
        async with self._db.transaction() as tx:
            waiting = {
                key
                for (key,) in await rows(
                    tx,
                    "SELECT key FROM outbox WHERE post_id = ? AND kind IN (SELECT value FROM json_each(?))"
                    " AND state = 'ready' AND attempts = 0",
                    place.row,
                    _LEVEL,
                )
            }
            before = await row(tx, "SELECT count(*) FROM outbox WHERE post_id = ?", place.row)
            now = self._now()
            await change_many(tx, _PUT, [_values(place.row, one.action, one.urgency, now) for one in planned])
            after = await row(tx, "SELECT count(*) FROM outbox WHERE post_id = ?", place.row)
            superseded = waiting - {one.action.key for one in planned}
            await change_many(
                tx, "DELETE FROM outbox WHERE post_id = ? AND key = ?", [(place.row, key) for key in superseded]
            )
            if backfilled and not place.backfilled:
                await change(tx, "UPDATE posts SET backfilled = 1 WHERE id = ?", place.row)
            assert before is not None
            assert after is not None
            return int(after[0]) - int(before[0])

    async def queue(self, place: Place, planned: Planned, *, watermark: MessageId | None = None) -> bool:
        async with self._db.transaction() as tx:
            if watermark is not None:
                await change(
                    tx, "UPDATE posts SET watermark = max(coalesce(watermark, 0), ?) WHERE id = ?", watermark, place.row
                )
            return await put(tx, place.row, planned.action, self._now(), planned.urgency)

    async def refresh_write(self, place: Place, message: Message) -> bool:
        write = Write(message)
        async with self._db.transaction() as tx:
            return (
                await change(
                    tx,
                    "UPDATE outbox SET payload = ? WHERE post_id = ? AND key = ? AND state = 'ready' AND attempts = 0",
                    encode(write),
                    place.row,
                    write.key,
                )
                > 0
            )

    async def drop_write(self, place: Place, message: MessageId) -> bool:
        """A message deleted before its event arrived gets a row too: the late event then finds its key taken."""
        now = self._now()
        async with self._db.transaction() as tx:
            await change(
                tx,
                "INSERT INTO outbox (post_id, side, key, kind, state, urgency, reason, created_at, done_at)"
                " VALUES (?, 'blog', ?, 'write', 'done', 0, 'deleted before it left', ?, ?)"
                " ON CONFLICT (post_id, key) DO UPDATE SET"
                " state = 'done', payload = NULL, reason = excluded.reason, done_at = excluded.done_at"
                " WHERE half_done = 0 AND state IN ('ready', 'dead')",
                place.row,
                f"write:{message}",
                now,
                now,
            )
            found = await row(
                tx,
                "SELECT reason = 'deleted before it left' FROM outbox WHERE post_id = ? AND key = ?",
                place.row,
                f"write:{message}",
            )
        return found is not None and bool(found[0])

    async def write_known(self, place: Place, message: MessageId) -> bool:
        async with self._db.transaction() as tx:
            found = await row(tx, "SELECT 1 FROM outbox WHERE post_id = ? AND key = ?", place.row, f"write:{message}")
        return found is not None

    async def queue_rewrite(self, place: Place, message: MessageId) -> bool:
        async with self._db.transaction() as tx:
            earlier = await rows(
                tx,
                "SELECT state = 'ready' AND attempts = 0 FROM outbox WHERE post_id = ? AND kind = 'rewrite'"
                " AND key GLOB ?",
                place.row,
                f"rewrite:{message}:*",
            )
            if any(waits for (waits,) in earlier):
                return False
            return await put(tx, place.row, Rewrite(message, len(earlier) + 1), self._now())

    async def pending_writes(self, place: Place) -> dict[str, MessageId]:
        async with self._db.transaction() as tx:
            found = await rows(
                tx,
                "SELECT json_extract(payload, '$.message.jump_url'), json_extract(payload, '$.message.id')"
                "  FROM outbox WHERE post_id = ? AND kind = 'write' AND state IN ('ready', 'sending')",
                place.row,
            )
        return {url: MessageId(message) for url, message in found}

    async def backlog(self, place: Place) -> frozenset[CommentId]:
        async with self._db.transaction() as tx:
            return await _sends(tx, place, Urgency.BACKFILL)

    async def on_their_way(self, place: Place) -> frozenset[CommentId]:
        async with self._db.transaction() as tx:
            return await _sends(tx, place, Urgency.LIVE) | await _sends(tx, place, Urgency.BACKFILL)

    async def claim(self, now: Millis, *, backfill: bool = True) -> Claim | None:
        async with self._db.transaction() as tx:
            found = await row(tx, NEXT, now, PATIENCE, int(Urgency.BACKFILL if backfill else Urgency.LIVE))
            if found is None:
                return None
            number, post_row, kind, payload, attempts, half_done, anchor = found
            if anchor is None:
                newest = await row(tx, ANCHOR, post_row)
                anchor = newest[0] if newest is not None and newest[0] else None
            await change(
                tx,
                "UPDATE outbox SET state = 'sending', attempts = attempts + 1, anchor = ?,"
                " claimed_at = coalesce(claimed_at, ?) WHERE id = ?",
                anchor,
                now,
                number,
            )
            claimed = await row(tx, "SELECT claimed_at FROM outbox WHERE id = ?", number)
            where = await row(tx, f"{PLACE} WHERE posts.id = ?", post_row)
        assert claimed is not None
        assert where is not None
        return Claim(
            id=ActionId(number),
            action=decode(kind, payload),
            place=place_of(where),
            attempts=attempts + 1,
            found_half_done=bool(half_done),
            anchor=None if anchor is None else MessageId(anchor),
            claimed_at=Millis(claimed[0]),
        )

    async def next_due(self, now: Millis) -> Millis | None:
        async with self._db.transaction() as tx:
            found = await row(
                tx,
                "SELECT min(not_before) FROM outbox JOIN posts ON posts.id = outbox.post_id"
                "  JOIN subscriptions ON subscriptions.id = posts.subscription_id"
                " WHERE state = 'ready' AND NOT paused AND not_before > ?",
                now,
            )
        return None if found is None or found[0] is None else Millis(found[0])

    async def postpone(self, claim: Claim, until: Millis, reason: str, *, may_have_arrived: bool) -> None:
        async with self._db.transaction() as tx:
            await change(
                tx,
                "UPDATE outbox SET state = 'ready', not_before = ?, reason = ?, half_done = max(half_done, ?)"
                " WHERE id = ?",
                until,
                reason,
                int(may_have_arrived),
                claim.id,
            )

    async def park(self, claim: Claim, reason: str) -> None:
        async with self._db.transaction() as tx:
            await change(tx, "UPDATE outbox SET state = 'dead', reason = ? WHERE id = ?", reason, claim.id)

    async def retry_parked(self, subscription: SubscriptionId) -> int:
        async with self._db.transaction() as tx:
            return await change(
                tx,
                "UPDATE outbox SET state = 'ready', attempts = 1, not_before = 0, half_done = 1 WHERE state = 'dead'"
                " AND post_id IN (SELECT id FROM posts WHERE subscription_id = ?)",
                subscription,
            )

    async def parked(self, subscription: SubscriptionId) -> tuple[Parked, ...]:
        async with self._db.transaction() as tx:
            found = await rows(
                tx,
                "SELECT key, kind, title, thread_id, reason FROM outbox JOIN posts ON posts.id = outbox.post_id"
                " WHERE subscription_id = ? AND state = 'dead' ORDER BY outbox.id",
                subscription,
            )
        return tuple(_parked_of(one) for one in found)

    async def figures(self, subscription: SubscriptionId) -> QueueFigures:
        async with self._db.transaction() as tx:
            found = await rows(
                tx,
                "SELECT state, count(*) FROM outbox JOIN posts ON posts.id = outbox.post_id"
                " WHERE subscription_id = ? GROUP BY state",
                subscription,
            )
        counts = {state: int(number) for state, number in found}
        return QueueFigures(
            counts.get("ready", 0), counts.get("sending", 0), counts.get("done", 0), counts.get("dead", 0)
        )

    async def changed(self, key: str, value: str = "") -> bool:
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


def _parked_of(found: Row) -> Parked:
    return Parked(found[0], found[1], found[2], None if found[3] is None else ThreadId(found[3]), found[4])


async def _sends(tx: aiosqlite.Connection, place: Place, urgency: Urgency) -> frozenset[CommentId]:
    found = await rows(
        tx,
        "SELECT json_extract(payload, '$.comment.id') FROM outbox"
        " WHERE post_id = ? AND kind = 'send' AND state IN ('ready', 'sending') AND urgency = ?",
        place.row,
        int(urgency),
    )
    return frozenset(CommentId(one) for (one,) in found)
