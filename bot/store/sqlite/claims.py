"""The outbox, seen by who empties it: which action is next, and what became of it.

Does not know what an action does. At most one action of a lane is under way.
"""

from __future__ import annotations

import json
from collections.abc import Collection

import aiosqlite

from bot.core.actions import Claim, Side, Urgency
from bot.core.domain import ActionId, MessageId, Millis, Place, SubscriptionId
from bot.store.sqlite.base import PLACE, Room, Row, change, place_of, row
from bot.store.sqlite.codec import decode

# The head of each free lane: nothing overtakes an earlier action about the same subject, nor one that has to wait
# unless that one yields. Threads of a channel open in order. Among lanes the one served longest ago goes first.
_NEXT = """
WITH opening AS MATERIALIZED (
    SELECT min(outbox.id) AS id FROM outbox JOIN posts ON posts.id = outbox.post_id
     WHERE outbox.subscription_id = ?4 AND kind = 'open' AND state <> 'done' AND state <> 'dead'
       AND NOT yields AND lost = ''
), lanes AS (
    SELECT DISTINCT post_id, side FROM outbox
     WHERE subscription_id = ?4 AND state = 'ready' AND side IN (SELECT value FROM json_each(?2))
), heads AS (
    SELECT (SELECT one.id FROM outbox AS one
             WHERE one.post_id = lanes.post_id AND one.side = lanes.side AND one.state = 'ready'
               AND one.urgency <= ?3
               AND NOT (one.yields AND one.not_before > ?1)
               AND NOT EXISTS (SELECT 1 FROM outbox AS earlier
                                WHERE earlier.post_id = one.post_id AND earlier.side = one.side
                                  AND earlier.subject = one.subject AND earlier.subject <> ''
                                  AND earlier.state <> 'done' AND earlier.id < one.id
                                  AND (earlier.state <> 'dead' OR earlier.kind IN ('write', 'send')))
             ORDER BY one.urgency, one.rank, one.id LIMIT 1) AS id
      FROM lanes
      JOIN posts ON posts.id = lanes.post_id
      JOIN subscriptions ON subscriptions.id = posts.subscription_id
     WHERE NOT paused AND (lost = '' OR lanes.side = 'moderators')
       AND NOT EXISTS (SELECT 1 FROM outbox AS busy
                        WHERE busy.post_id = lanes.post_id AND busy.side = lanes.side AND busy.state = 'sending')
)
SELECT outbox.id, post_id, kind, payload, attempts, half_done, anchor, superseded
  FROM heads JOIN outbox USING (id) JOIN posts ON posts.id = post_id
 WHERE not_before <= ?1
   AND NOT (kind = 'open' AND EXISTS (SELECT 1 FROM opening WHERE opening.id < outbox.id))
 ORDER BY urgency, served_at, outbox.id LIMIT 1
"""

# Our newest message in the thread; the thread itself before there is any.
_ANCHOR = """
SELECT max(coalesce((SELECT max(links.message_id) FROM links JOIN comments ON comments.id = links.comment
                      WHERE comments.post_id = posts.id AND comments.origin = 'blog'), 0), coalesce(starter_id, 0))
  FROM posts WHERE id = ?
"""


class Claims(Room):
    """The part of the Store port about carrying out."""

    async def release(self, subscription: SubscriptionId) -> int:
        async with self._db.transaction() as tx:
            return await change(
                tx,
                "UPDATE outbox SET state = 'ready', half_done = 1 WHERE subscription_id = ? AND state = 'sending'",
                subscription,
            )

    async def sends_in_doubt(self, place: Place) -> bool:
        async with self._db.transaction() as tx:
            found = await row(
                tx,
                "SELECT 1 FROM outbox WHERE post_id = ? AND kind IN ('send', 'edit')"
                " AND (state = 'sending' OR half_done) AND state <> 'done'",
                place.row,
            )
        return found is not None

    async def claim(
        self, subscription: SubscriptionId, now: Millis, sides: Collection[Side], *, backfill: bool = True
    ) -> Claim | None:
        async with self._db.transaction() as tx:
            most = Urgency.BACKFILL if backfill else Urgency.LIVE
            found = await row(tx, _NEXT, now, json.dumps([str(side) for side in sides]), int(most), subscription)
            return None if found is None else await self._take(tx, found, now)

    async def _take(self, tx: aiosqlite.Connection, found: Row, now: Millis) -> Claim:
        number, post_row, kind, payload, attempts, half_done, anchor, superseded = found
        if anchor is None:
            newest = await row(tx, _ANCHOR, post_row)
            anchor = newest[0] if newest is not None and newest[0] else None
        await change(
            tx,
            "UPDATE outbox SET state = 'sending', attempts = attempts + 1, anchor = ?, yields = 0,"
            " claimed_at = coalesce(claimed_at, ?) WHERE id = ?",
            anchor,
            now,
            number,
        )
        await change(tx, "UPDATE posts SET served_at = ? WHERE id = ?", now, post_row)
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
            superseded=bool(superseded),
        )

    async def next_due(self, subscription: SubscriptionId, now: Millis) -> Millis | None:
        async with self._db.transaction() as tx:
            found = await row(
                tx,
                "SELECT not_before FROM outbox JOIN posts ON posts.id = outbox.post_id"
                "  JOIN subscriptions ON subscriptions.id = outbox.subscription_id"
                " WHERE outbox.subscription_id = ? AND state = 'ready' AND not_before > ?"
                "   AND NOT paused AND (lost = '' OR side = 'moderators') ORDER BY not_before LIMIT 1",
                subscription,
                now,
            )
        return None if found is None or found[0] is None else Millis(found[0])

    async def postpone(
        self, claim: Claim, until: Millis, reason: str, *, may_have_arrived: bool, yields: bool = False
    ) -> None:
        async with self._db.transaction() as tx:
            await change(
                tx,
                "UPDATE outbox SET state = 'ready', not_before = ?, reason = ?, half_done = max(half_done, ?),"
                " yields = ? WHERE id = ?",
                until,
                reason,
                int(may_have_arrived),
                int(yields),
                claim.id,
            )

    async def park(self, claim: Claim, reason: str) -> None:
        async with self._db.transaction() as tx:
            await change(tx, "UPDATE outbox SET state = 'dead', reason = ? WHERE id = ?", reason, claim.id)

    async def hasten(self, subscription: SubscriptionId) -> None:
        async with self._db.transaction() as tx:
            await change(
                tx,
                "UPDATE outbox SET not_before = 0 WHERE subscription_id = ? AND state = 'ready' AND not_before > 0",
                subscription,
            )

    async def retry_parked(self, subscription: SubscriptionId) -> int:
        """An action that was refused may have been sent in an earlier attempt, so it is looked for."""
        async with self._db.transaction() as tx:
            return await change(
                tx,
                "UPDATE outbox SET state = 'ready', attempts = 1, not_before = 0, half_done = 1"
                " WHERE subscription_id = ? AND state = 'dead'",
                subscription,
            )
