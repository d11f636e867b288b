"""The outbox, seen by who empties it: which action is next, and what becomes of it when it is not done.

Does not know what an action does. At most one action of a queue is under way.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Collection, Mapping

from bot.core.actions import KINDS, Claim, Notify, OpenThread, Queue, SetMark, Urgency, Write
from bot.core.domain import ActionId, Mark, MessageId, Millis, Place, SubscriptionId
from bot.core.policy import A_MOMENT
from bot.ports import Claimed
from bot.store.sqlite.base import (
    PLACE_COLUMNS,
    Part,
    Row,
    Tx,
    change,
    decode,
    kind_in_sql,
    kinds_in_sql,
    listed,
    place_of,
    row,
    rows,
)
from bot.store.sqlite.outbox import put

_IN_ORDER = kinds_in_sql(lambda traits: traits.in_order)
_BLOCKING = kinds_in_sql(lambda traits: traits.blocks_when_parked)
_NEED_NO_THREAD = listed({kind.traits.queue for kind in KINDS.values() if kind.traits.for_moderators})

_NEXT = f"""-- The head of the free queue whose post was served longest ago; nothing overtakes what it has to wait for.
-- Of a subject the earliest goes first; what has to wait holds its queue unless it yields; threads open in order.
-- What was put back in the future, by a clock that was ahead, does not wait.
WITH opening AS MATERIALIZED (
    SELECT min(outbox.id) AS id FROM outbox JOIN posts ON posts.id = outbox.post_id
     WHERE outbox.subscription_id = ?1 AND kind IN {_IN_ORDER} AND state <> 'done' AND state <> 'dead'
       AND NOT yields AND lost = ''
), queues AS (
    SELECT DISTINCT post_id, side FROM outbox
     WHERE subscription_id = ?1 AND state = 'ready' AND side IN (SELECT value FROM json_each(?3))
), heads AS (
    SELECT (SELECT one.id FROM outbox AS one
             WHERE one.post_id = queues.post_id AND one.side = queues.side AND one.state = 'ready'
               AND one.urgency <= ?4
               AND NOT (one.yields AND one.not_before > ?2 AND one.postponed_at <= ?2)
               AND NOT EXISTS (SELECT 1 FROM outbox AS earlier
                                WHERE earlier.post_id = one.post_id AND earlier.side = one.side
                                  AND earlier.subject = one.subject AND earlier.subject <> ''
                                  AND earlier.state <> 'done' AND earlier.id < one.id
                                  AND (earlier.state <> 'dead' OR earlier.kind IN {_BLOCKING}))
             ORDER BY one.urgency, one.rank, one.id LIMIT 1) AS id
      FROM queues
      JOIN posts ON posts.id = queues.post_id
      JOIN subscriptions ON subscriptions.id = posts.subscription_id
     WHERE NOT paused
       AND (lost = '' AND posts.id NOT IN (SELECT value FROM json_each(?5)) OR queues.side IN {_NEED_NO_THREAD})
       AND NOT EXISTS (SELECT 1 FROM outbox AS busy
                        WHERE busy.post_id = queues.post_id AND busy.side = queues.side AND busy.state = 'sending')
)
SELECT outbox.id, post_id, outbox.subscription_id, kind, payload, attempts, half_done, anchor, superseded, created_at
  FROM heads JOIN outbox USING (id) JOIN posts ON posts.id = post_id
 WHERE (not_before <= ?2 OR postponed_at > ?2)
   AND NOT (kind IN {_IN_ORDER} AND EXISTS (SELECT 1 FROM opening WHERE opening.id < outbox.id))
 ORDER BY urgency, iif(served_at > ?2, 0, served_at), outbox.id LIMIT 1
"""

_ANCHOR = """-- Our newest message in a post's thread; the thread itself before there is any.
SELECT max(coalesce((SELECT max(links.message_id) FROM links JOIN comments ON comments.id = links.comment
                      WHERE comments.post_id = posts.id AND comments.origin = 'blog'), 0), coalesce(starter_id, 0))
       AS anchor
  FROM posts WHERE id = ?
"""

_NEWEST = """-- The newest message or thread that is known in a subscription: what is made from now on is newer.
SELECT max(coalesce((SELECT max(message_id) FROM links JOIN comments ON comments.id = links.comment
                       JOIN posts ON posts.id = comments.post_id WHERE subscription_id = ?1), 0),
           coalesce((SELECT max(max(coalesce(thread_id, 0), coalesce(watermark, 0))) FROM posts
                      WHERE subscription_id = ?1), 0)) AS anchor
"""

_TAKE = """-- An action is under way from now on; when it was claimed first stays. The database is named with it.
UPDATE outbox SET state = 'sending', attempts = attempts + 1, anchor = ?, yields = 0,
       claimed_at = coalesce(claimed_at, ?)
 WHERE id = ? RETURNING claimed_at, (SELECT id FROM database_id) AS database
"""

_SERVE = """-- A post was served just now, so the others' turn comes first.
UPDATE posts SET served_at = ? WHERE id = ?
"""

_PLACE = f"""-- The post of a row.
SELECT {PLACE_COLUMNS} WHERE posts.id = ?
"""

_RELEASE = """-- Nothing of a subscription is under way any more: what was may have arrived.
UPDATE outbox SET state = 'ready', half_done = 1 WHERE subscription_id = ? AND state = 'sending'
"""

_NEXT_DUE = f"""-- When the next action of a subscription that has to wait will be due.
SELECT not_before FROM outbox JOIN posts ON posts.id = outbox.post_id
  JOIN subscriptions ON subscriptions.id = outbox.subscription_id
 WHERE outbox.subscription_id = ? AND state = 'ready' AND not_before > ?
   AND NOT paused AND (lost = '' OR side IN {_NEED_NO_THREAD})
 ORDER BY not_before LIMIT 1
"""

_POSTPONE = """-- A claimed action goes back; a doubt whether it arrived stays a doubt.
UPDATE outbox SET state = 'ready', not_before = ?, reason = ?, half_done = max(half_done, ?), yields = ?,
       postponed_at = ?
 WHERE id = ?
"""

_PARK = """-- A claimed action waits for a person's word.
UPDATE outbox SET state = 'dead', reason = ? WHERE id = ?
"""

_HASTEN = """-- What a subscription has put back is due at once: all of it, or of one queue's name, or of one post.
-- What waits for its turn goes on waiting for that.
UPDATE outbox SET not_before = goes_at
 WHERE subscription_id = ?1 AND state = 'ready' AND not_before > goes_at
   AND (?2 IS NULL OR side = ?2) AND (?3 IS NULL OR post_id = ?3)
"""

_RETRY = """-- What a subscription has parked is ready again; it may have arrived before, so it is looked for.
UPDATE outbox SET state = 'ready', attempts = 1, not_before = 0, half_done = 1
 WHERE subscription_id = ? AND state = 'dead'
"""

_SEEN_TO_WAIT = f"""-- Members' messages of a post that wait; what may be talk shows nothing before it was tried.
SELECT json_extract(payload, '$.message.id') AS message, json_extract(payload, '$.anew') AS anew FROM outbox
 WHERE post_id = ? AND kind IN {kind_in_sql(Write)} AND state <> 'done'
   AND (attempts > 0 OR NOT ifnull(json_extract(payload, '$.unsure'), 0)) ORDER BY rank
"""

_UNSEEN = f"""-- Members' messages that wait and do not show it. What may be talk shows nothing before it was tried.
-- What its author keeps in Discord shows nothing at all.
SELECT outbox.id, post_id, created_at, json_extract(payload, '$.message.id') AS message,
       json_extract(payload, '$.anew') AS anew
  FROM outbox JOIN posts ON posts.id = post_id JOIN subscriptions ON subscriptions.id = outbox.subscription_id
 WHERE outbox.subscription_id = ? AND kind IN {kind_in_sql(Write)} AND state <> 'done' AND NOT seen_waiting
   AND lost = '' AND NOT paused
   AND (NOT ifnull(json_extract(payload, '$.unsure'), 0) OR attempts > 1 OR (attempts = 1 AND state = 'ready'))
   AND NOT EXISTS (SELECT 1 FROM members
                    WHERE members.guild_id = subscriptions.guild_id
                      AND member_id = coalesce(json_extract(payload, '$.message.on_behalf_of'),
                                               json_extract(payload, '$.message.author_id'))
                      AND ifnull(stays_until >= json_extract(payload, '$.message.id'), 1))
 ORDER BY outbox.id
"""

_SEEN = """-- A member sees that a message waits.
UPDATE outbox SET seen_waiting = 1 WHERE id = ?
"""


class SqliteClaims(Part):
    """Implements :class:`bot.ports.Claims` but for ``finish``, which changes the map."""

    async def release(self, subscription: SubscriptionId) -> int:
        return await self._change(_RELEASE, subscription)

    async def claim(
        self,
        subscription: SubscriptionId,
        now: Millis,
        free: Mapping[Queue, int],
        *,
        backlog: int,
        most: int,
        without: Collection[int] = (),
    ) -> Claimed:
        """In one transaction, one after the other: what is taken makes its post wait behind the others'."""
        left, claims, barred = Counter(free), list[Claim](), json.dumps(list(without))
        async with self._db.transaction() as tx:
            unseen = await self._show_what_waits(tx, subscription, now)
            while len(claims) < most and (queues := [str(queue) for queue, number in left.items() if number > 0]):
                least = Urgency.BACKFILL if backlog > 0 else Urgency.LIVE
                found = await row(tx, _NEXT, subscription, now, json.dumps(queues), int(least), barred)
                if found is None:
                    break
                claims.append(await self._take(tx, found, now))
                left[claims[-1].action.traits.queue] -= 1
                backlog -= claims[-1].action.is_backlog
            due = await row(tx, _NEXT_DUE, subscription, now)
        moments = [one for one in (unseen, None if due is None else Millis(due["not_before"])) if one is not None]
        return Claimed(tuple(claims), min(moments, default=None))

    async def _show_what_waits(self, tx: Tx, subscription: SubscriptionId, now: Millis) -> Millis | None:
        """Mark what has waited for more than a moment. -> when the next message will have."""
        for one in await rows(tx, _UNSEEN, subscription):
            seen_at = Millis(one["created_at"] + A_MOMENT)
            if seen_at > now:
                return seen_at
            await put(tx, one["post_id"], SetMark(MessageId(one["message"]), Mark.HELD, one["anew"] or 0), now)
            await change(tx, _SEEN, one["id"])
        return None

    async def _take(self, tx: Tx, found: Row, now: Millis) -> Claim:
        anchor = found["anchor"]
        if anchor is None:
            anchor = await self._anchor(tx, found)
        taken = await row(tx, _TAKE, anchor, now, found["id"])
        await change(tx, _SERVE, now, found["post_id"])
        place = await row(tx, _PLACE, found["post_id"])
        assert taken is not None
        assert place is not None
        return Claim(
            id=ActionId(found["id"]),
            action=decode(found["kind"], found["payload"]),
            place=place_of(place),
            attempts=found["attempts"] + 1,
            found_half_done=bool(found["half_done"]),
            anchor=None if anchor is None else MessageId(anchor),
            claimed_at=Millis(taken["claimed_at"]),
            queued_at=Millis(found["created_at"]),
            superseded=bool(found["superseded"]),
            database=taken["database"],
        )

    async def _anchor(self, tx: Tx, found: Row) -> int | None:
        if KINDS[found["kind"]] in (OpenThread, Notify):  # what they make is in no thread that is known
            newest = await row(tx, _NEWEST, found["subscription_id"])
        else:
            newest = await row(tx, _ANCHOR, found["post_id"])
        return None if newest is None else newest["anchor"] or None

    async def postpone(
        self, claim: Claim, until: Millis, reason: str, *, may_have_arrived: bool, yields: bool = False
    ) -> None:
        await self._change(_POSTPONE, until, reason, int(may_have_arrived), int(yields), self._now(), claim.id)

    async def park(self, claim: Claim, reason: str) -> None:
        await self._change(_PARK, reason, claim.id)

    async def show_waiting(self, place: Place) -> None:
        """In one transaction: nobody can keep a message in Discord between the look and the mark."""
        now = self._now()
        async with self._db.transaction() as tx:
            for found in await rows(tx, _SEEN_TO_WAIT, place.row):
                await put(tx, place.row, SetMark(MessageId(found["message"]), Mark.HELD, found["anew"] or 0), now)

    async def hasten(
        self, subscription: SubscriptionId, *, queue: Queue | None = None, place: Place | None = None
    ) -> None:
        await self._change(_HASTEN, subscription, queue, None if place is None else place.row)

    async def retry_parked(self, subscription: SubscriptionId) -> int:
        return await self._change(_RETRY, subscription)
