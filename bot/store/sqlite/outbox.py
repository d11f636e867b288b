"""The outbox, seen by who fills it: plans that replace what waits, and single actions that are queued once.

Does not know how an action is carried out nor in which order; see :mod:`bot.store.sqlite.claims`.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping, Sequence

from bot.core.actions import Action, Rewrite, Send, Urgency, Withdraw, Write
from bot.core.domain import CommentId, Message, Millis, Place
from bot.core.traits import comment_of
from bot.ports import Asking, Planned, RelayChange, Stage
from bot.store.sqlite.base import Part, Row, Tx, change, change_many, encode, kind_in_sql, kinds_in_sql, row, rows
from bot.store.sqlite.turns import forget_looks, take_turn

WORTH_A_WORD = 10
"""Backfills of more comments than this are told of in the thread."""

_INSERT_INTO = """INSERT INTO outbox
       (post_id, subscription_id, side, key, kind, subject, payload, urgency, rank, created_at)
VALUES (?1, (SELECT subscription_id FROM posts WHERE id = ?1), ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)"""

_PUT = f"""-- Queue an action; one that waits under its key and was never tried gets the new words.
{_INSERT_INTO}
    ON CONFLICT (post_id, key) DO UPDATE SET payload = excluded.payload, urgency = min(urgency, excluded.urgency)
 WHERE state = 'ready' AND attempts = 0
"""

_PUT_NEW = f"""-- Queue an action unless its key is there.
{_INSERT_INTO}
    ON CONFLICT DO NOTHING
"""

_IS_KNOWN = """-- Whether a key of a post is in the outbox.
SELECT 1 FROM outbox WHERE post_id = ? AND key = ?
"""

_KNOWN_AMONG = """-- Which of some keys of a post are in the outbox.
SELECT key FROM outbox WHERE post_id = ? AND key IN (SELECT value FROM json_each(?))
"""

_PLANNED = f"""-- What earlier plans of a post have left that is not done.
SELECT key, payload, urgency, rank, state, half_done, superseded FROM outbox
 WHERE post_id = ? AND kind IN {kinds_in_sql(lambda traits: traits.level_triggered)} AND state <> 'done'
"""

_REFRESH = """-- What is still wanted gets its new words and its new place; not so what is under way.
UPDATE outbox SET payload = ?, urgency = ?, rank = ?, superseded = 0, state = 'ready',
       attempts = CASE state WHEN 'dead' THEN 1 ELSE attempts END
 WHERE post_id = ? AND key = ? AND state IN ('ready', 'dead')
"""

_RERANK = """-- What is under way gets its new place and no more, lest others overtake it when it is put back.
UPDATE outbox SET urgency = ?, rank = ? WHERE post_id = ? AND key = ? AND state = 'sending'
"""

_DROP = """-- What is wanted no more, and has surely not arrived, goes.
DELETE FROM outbox WHERE post_id = ? AND key = ?
"""

_SUPERSEDE = """-- What is wanted no more, but may have arrived, stays to look for that alone.
UPDATE outbox SET superseded = 1, state = 'ready' WHERE post_id = ? AND key = ?
"""

_CHANGE_RELAY = """-- A relay's fate changed on the blog, unless something happened to it since that was seen.
UPDATE comments SET standing = ?, recorded_at = ?
 WHERE post_id = ? AND blog_id = ? AND standing = ? AND recorded_at = ?
"""

_LOOKED_AT = """-- A post's first look is over.
UPDATE posts SET backfilled = 1 WHERE id = ? AND NOT backfilled
"""

_BEGIN_BACKFILL = f"""-- How many comments come as backfill, at the first look at a thread and when it grows.
UPDATE posts SET backfill_total = waiting.number, backfill_since = ?2
  FROM (SELECT count(*) AS number FROM outbox
         WHERE post_id = ?1 AND kind IN {kind_in_sql(Send)} AND state = 'ready' AND urgency = {int(Urgency.BACKFILL)})
       AS waiting
 WHERE id = ?1 AND backfill_since IS NULL AND waiting.number > ?3
"""

_DELETED_UNHEARD = """-- A message was deleted before it was heard of; what it answered is remembered.
INSERT INTO outbox (post_id, subscription_id, side, key, kind, subject, urgency, rank, state, fate, answers, created_at,
                    done_at, reason)
SELECT ?1, ?2, ?3, ?4, ?5, ?6, 0, ?7, 'done', 'deleted', ?8, ?9, ?9, 'deleted before it was heard of' FROM deletions
 WHERE subscription_id = ?2 AND message_id = ?7
    ON CONFLICT DO NOTHING
"""

_WAS_DEALT_WITH = """-- Whether a message was deleted before it was heard of, or is in the map already.
SELECT 1 FROM deletions WHERE subscription_id = ?1 AND message_id = ?2
 UNION ALL
SELECT 1 FROM links JOIN comments ON comments.id = links.comment JOIN posts ON posts.id = post_id
 WHERE message_id = ?2 AND subscription_id = ?1
"""

STAYS = """-- Whether its author decided that a message stays in Discord; ids grow with time (Discord: Snowflakes).
SELECT 1 FROM members WHERE guild_id = ? AND member_id = ? AND ifnull(stays_until >= ?, 1)
"""

_SENDS = f"""-- Comments of a post whose Send waits or is under way.
SELECT subject FROM outbox
 WHERE post_id = ? AND kind IN {kind_in_sql(Send)} AND state IN ('ready', 'sending')
   AND urgency IN (SELECT value FROM json_each(?))
"""

_SENDS_IN_DOUBT = f"""-- Whether a mirror may stand in a thread that is not in the map yet.
SELECT 1 FROM outbox
 WHERE post_id = ? AND kind IN {kinds_in_sql(lambda traits: traits.makes_mirrors)} AND state <> 'done'
   AND (state = 'sending' OR half_done)
"""


def _rank(planned: Planned) -> int:
    return planned.action.rank if planned.rank is None else planned.rank


def _values(post_row: int, planned: Planned, now: Millis) -> tuple[object, ...]:
    action = planned.action
    traits = action.traits
    payload = encode(action)
    return (
        post_row,
        traits.queue,
        action.key,
        traits.kind,
        action.subject,
        payload,
        int(planned.urgency),
        _rank(planned),
        now,
    )


async def put(tx: Tx, post_row: int, action: Action, now: Millis) -> bool:
    """Queue an action inside the caller's transaction; a known key changes nothing. -> whether it was new."""
    known = await row(tx, _IS_KNOWN, post_row, action.key)
    await change(tx, _PUT, *_values(post_row, Planned(action), now))
    return known is None


async def _done(tx: Tx, place: Place, keys: Collection[str]) -> frozenset[str]:
    """Which of these were carried out already: a plan may have been made before that was noted."""
    if not keys:
        return frozenset()
    return frozenset(one["key"] for one in await rows(tx, _KNOWN_AMONG, place.row, json.dumps(list(keys))))


async def sends(tx: Tx, post_row: int, urgencies: Iterable[Urgency]) -> frozenset[CommentId]:
    """Comments whose Send waits or is under way."""
    found = await rows(tx, _SENDS, post_row, json.dumps([int(one) for one in urgencies]))
    return frozenset(comment_of(one["subject"]) for one in found)


class SqliteOutbox(Part):
    """Implements the part of :class:`bot.ports.Outbox` that plans and queues."""

    async def plan(
        self, place: Place, planned: Sequence[Planned], relays: Sequence[RelayChange] = ()
    ) -> tuple[Planned | RelayChange, ...]:
        if not planned and not relays and place.backfilled and not await self._ask(_PLANNED, place.row):
            return ()  # as at nearly every look: nothing is to be written, so nobody has to wait
        now = self._now()
        async with self._db.transaction() as tx:
            waiting = {one["key"]: one for one in await rows(tx, _PLANNED, place.row)}
            wanted = {one.action.key: one for one in planned}
            await self._refresh(tx, place, wanted, waiting)
            done = await _done(tx, place, wanted.keys() - waiting.keys())
            new = [one for key, one in wanted.items() if key not in waiting and key not in done]
            await change_many(tx, _PUT_NEW, [_values(place.row, one, now) for one in new])
            await self._drop(tx, place, {key: one for key, one in waiting.items() if key not in wanted})
            changed = [one for one in relays if await self._change_relay(tx, place, one, now)]
            await change(tx, _LOOKED_AT, place.row)
            await change(tx, _BEGIN_BACKFILL, place.row, now, WORTH_A_WORD)
        return (*new, *changed)

    async def _refresh(self, tx: Tx, place: Place, wanted: Mapping[str, Planned], waiting: Mapping[str, Row]) -> None:
        """Only what differs is written: a long backlog is planned again at every look."""
        changes, places = [], []
        for key, one in wanted.items():
            if (was := waiting.get(key)) is None:
                continue
            place_in_queue = (min(int(one.urgency), was["urgency"]), _rank(one))
            fresh = (encode(one.action), *place_in_queue)
            differs = place_in_queue != (was["urgency"], was["rank"])
            if was["state"] == Stage.SENDING:
                if differs:
                    places.append((*place_in_queue, place.row, key))
            elif differs or fresh[0] != was["payload"] or was["superseded"]:
                changes.append((*fresh, place.row, key))
        await change_many(tx, _REFRESH, changes)
        await change_many(tx, _RERANK, places)

    async def _drop(self, tx: Tx, place: Place, unwanted: Mapping[str, Row]) -> None:
        idle = {key: one for key, one in unwanted.items() if one["state"] != Stage.SENDING}
        await change_many(tx, _DROP, [(place.row, key) for key, one in idle.items() if not one["half_done"]])
        await change_many(tx, _SUPERSEDE, [(place.row, key) for key, one in idle.items() if one["half_done"]])

    async def _change_relay(self, tx: Tx, place: Place, one: RelayChange, now: Millis) -> bool:
        was = one.mapped
        changed = await change(
            tx, _CHANGE_RELAY, one.standing, now, place.row, was.comment_id, was.standing, was.recorded_at
        )
        for action in one.follow_up if changed else ():
            await put(tx, place.row, action, now)
        return changed > 0

    async def queue(self, place: Place, planned: Planned, asking: Asking | None = None) -> bool:
        action, now = planned.action, self._now()
        async with self._db.transaction() as tx:
            if isinstance(action, Write) and await is_barred(tx, place, action.message):
                traits, said = action.traits, action.message
                of_it = (place.row, place.subscription_id, traits.queue, action.key, traits.kind, action.subject)
                await change(tx, _DELETED_UNHEARD, *of_it, said.id, said.reply_to, now)
                return False
            if isinstance(action, Withdraw):
                await forget_looks(tx, place.row, action, Rewrite.traits.kind)
            is_new = await put(tx, place.row, action, now)
            if is_new and isinstance(action, Write):
                await take_turn(tx, place, action.key, action.message.id, asking, now)
        return is_new

    async def on_their_way(self, place: Place) -> frozenset[CommentId]:
        async with self._db.reading() as tx:
            return await sends(tx, place.row, Urgency)

    async def sends_in_doubt(self, place: Place) -> bool:
        return await self._ask_one(_SENDS_IN_DOUBT, place.row) is not None


async def is_barred(tx: Tx, place: Place, message: Message) -> bool:
    """Whether a message must not go to the blog: it was dealt with, or its author keeps it in Discord."""
    return (
        await row(tx, _WAS_DEALT_WITH, place.subscription_id, message.id) is not None
        or await row(tx, STAYS, place.guild_id, message.member_id, message.id) is not None
    )
