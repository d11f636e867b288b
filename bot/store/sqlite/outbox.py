"""The outbox, seen by who fills it: plans that replace what waits, and single actions that are queued once.

Does not know how an action is carried out nor in which order; see :mod:`bot.store.sqlite.claims`.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

import aiosqlite

from bot.core.actions import Action, Urgency, Write
from bot.core.domain import CommentId, Message, Millis, Place
from bot.core.lanes import rank_of, side_of, subject_of
from bot.ports import Planned, Restanding
from bot.store.sqlite.base import Room, change, change_many, row, rows
from bot.store.sqlite.codec import LEVEL_TRIGGERED, encode, kind_of

WORTH_A_WORD = 10
"""Backfills of more comments than this are told of in the thread."""

_LEVEL = json.dumps(LEVEL_TRIGGERED)

_INSERT = """
INSERT INTO outbox (post_id, subscription_id, side, key, kind, subject, payload, urgency, rank, created_at)
VALUES (?1, (SELECT subscription_id FROM posts WHERE id = ?1), ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)
"""

_PUT = f"""
{_INSERT}
    ON CONFLICT (post_id, key) DO UPDATE SET payload = excluded.payload, urgency = min(urgency, excluded.urgency)
 WHERE state = 'ready' AND attempts = 0
"""

_WAITING = """
SELECT key, payload, urgency, rank, state, half_done, superseded FROM outbox
 WHERE post_id = ? AND kind IN (SELECT value FROM json_each(?)) AND state <> 'done'
"""

_REFRESH = """
UPDATE outbox SET payload = ?, urgency = ?, rank = ?, superseded = 0, state = 'ready',
       attempts = CASE state WHEN 'dead' THEN 1 ELSE attempts END
 WHERE post_id = ? AND key = ? AND state IN ('ready', 'dead')
"""


@dataclass(frozen=True, slots=True)
class _Waiting:
    payload: str
    urgency: int
    rank: int
    state: str
    half_done: bool
    superseded: bool


def _values(post_row: int, planned: Planned, now: Millis) -> tuple[object, ...]:
    action = planned.action
    rank = rank_of(action) if planned.rank is None else planned.rank
    return (
        post_row,
        side_of(action),
        action.key,
        kind_of(action),
        subject_of(action),
        encode(action),
        int(planned.urgency),
        rank,
        now,
    )


async def put(tx: aiosqlite.Connection, post_row: int, action: Action, now: Millis) -> bool:
    """Queue an action inside the caller's transaction; a known key changes nothing. -> whether it was new."""
    known = await row(tx, "SELECT 1 FROM outbox WHERE post_id = ? AND key = ?", post_row, action.key)
    await change(tx, _PUT, *_values(post_row, Planned(action), now))
    return known is None


class Outbox(Room):
    """The part of the Store port about planning and queueing."""

    async def plan(
        self, place: Place, planned: Sequence[Planned], restandings: Sequence[Restanding] = ()
    ) -> tuple[Planned | Restanding, ...]:
        """What waits but is wanted no more goes; where an attempt may have arrived it stays, to look for that alone."""
        now = self._now()
        async with self._db.transaction() as tx:
            waiting = {key: _Waiting(*one) for key, *one in await rows(tx, _WAITING, place.row, _LEVEL)}
            wanted = {one.action.key: one for one in planned}
            await self._refresh(tx, place, wanted, waiting)
            done = await self._done(tx, place, wanted.keys() - waiting.keys())
            new = [one for key, one in wanted.items() if key not in waiting and key not in done]
            await change_many(tx, f"{_INSERT} ON CONFLICT DO NOTHING", [_values(place.row, one, now) for one in new])
            await self._drop(tx, place, {key: one for key, one in waiting.items() if key not in wanted})
            changed = [one for one in restandings if await self._restand(tx, place, one, now)]
            await self._begin_backfill(tx, place, now)
        return (*new, *changed)

    async def _done(self, tx: aiosqlite.Connection, place: Place, keys: Collection[str]) -> frozenset[str]:
        """Which of these were carried out already: a plan may have been made before that was noted."""
        if not keys:
            return frozenset()
        found = await rows(
            tx,
            "SELECT key FROM outbox WHERE post_id = ? AND key IN (SELECT value FROM json_each(?))",
            place.row,
            json.dumps(list(keys)),
        )
        return frozenset(str(key) for (key,) in found)

    async def _refresh(
        self,
        tx: aiosqlite.Connection,
        place: Place,
        wanted: Mapping[str, Planned],
        waiting: Mapping[str, _Waiting],
    ) -> None:
        """Only what differs is written: a long backlog is planned again at every look."""
        changes = []
        for key, one in wanted.items():
            if (was := waiting.get(key)) is None or was.state == "sending":
                continue
            payload, urgency = encode(one.action), min(int(one.urgency), was.urgency)
            rank = one.rank or 0
            if (payload, urgency, rank, False) != (was.payload, was.urgency, was.rank, bool(was.superseded)):
                changes.append((payload, urgency, rank, place.row, key))
        await change_many(tx, _REFRESH, changes)

    async def _drop(self, tx: aiosqlite.Connection, place: Place, unwanted: Mapping[str, _Waiting]) -> None:
        gone = [key for key, one in unwanted.items() if one.state != "sending" and not one.half_done]
        doubtful = [key for key, one in unwanted.items() if one.state != "sending" and one.half_done]
        await change_many(tx, "DELETE FROM outbox WHERE post_id = ? AND key = ?", [(place.row, key) for key in gone])
        await change_many(
            tx,
            "UPDATE outbox SET superseded = 1, state = 'ready' WHERE post_id = ? AND key = ?",
            [(place.row, key) for key in doubtful],
        )

    async def _restand(self, tx: aiosqlite.Connection, place: Place, one: Restanding, now: Millis) -> bool:
        changed = await change(
            tx,
            "UPDATE comments SET standing = ?, recorded_at = ? WHERE post_id = ? AND blog_id = ?"
            " AND standing = ? AND recorded_at = ?",
            one.standing,
            now,
            place.row,
            one.mapped.comment_id,
            one.mapped.standing,
            one.mapped.recorded_at,
        )
        for action in one.follow_up if changed else ():
            await put(tx, place.row, action, now)
        return changed > 0

    async def _begin_backfill(self, tx: aiosqlite.Connection, place: Place, now: Millis) -> None:
        """Note how many comments come as backfill, at the first look at a thread and when it grows."""
        await change(tx, "UPDATE posts SET backfilled = 1 WHERE id = ? AND NOT backfilled", place.row)
        waiting = await row(
            tx,
            "SELECT count(*) FROM outbox WHERE post_id = ? AND kind = 'send' AND state = 'ready' AND urgency = 1",
            place.row,
        )
        assert waiting is not None
        await change(
            tx,
            "UPDATE posts SET backfill_total = ?, backfill_since = ? WHERE id = ? AND backfill_since IS NULL AND ? > ?",
            waiting[0],
            now,
            place.row,
            waiting[0],
            WORTH_A_WORD,
        )

    async def queue(self, place: Place, planned: Planned) -> bool:
        action, now = planned.action, self._now()
        async with self._db.transaction() as tx:
            if isinstance(action, Write) and (
                await self._was_dealt_with(tx, place, action) or await stays(tx, place, action.message)
            ):
                return False
            return await put(tx, place.row, action, now)

    async def _was_dealt_with(self, tx: aiosqlite.Connection, place: Place, action: Write) -> bool:
        """Deleted before it was heard of, or in the map already."""
        found = await row(
            tx,
            "SELECT 1 FROM deletions WHERE subscription_id = ?1 AND message_id = ?2 UNION ALL"
            " SELECT 1 FROM links JOIN comments ON comments.id = links.comment JOIN posts ON posts.id = post_id"
            "  WHERE message_id = ?2 AND subscription_id = ?1",
            place.subscription_id,
            action.message.id,
        )
        return found is not None


async def stays(tx: aiosqlite.Connection, place: Place, message: Message) -> bool:
    """Whether its author decided that this message stays in Discord. Ids grow with time (Discord: Snowflakes)."""
    found = await row(
        tx,
        "SELECT 1 FROM members WHERE guild_id = ? AND member_id = ? AND ifnull(stays_until >= ?, 1)",
        place.guild_id,
        message.author_id,
        message.id,
    )
    return found is not None


async def sends(tx: aiosqlite.Connection, post_row: int, urgencies: Iterable[Urgency]) -> frozenset[CommentId]:
    """Comments whose Send waits or is under way."""
    found = await rows(
        tx,
        "SELECT substr(subject, 9) FROM outbox WHERE post_id = ? AND kind = 'send' AND state IN ('ready', 'sending')"
        " AND urgency IN (SELECT value FROM json_each(?))",
        post_row,
        json.dumps([int(one) for one in urgencies]),
    )
    return frozenset(CommentId(one) for (one,) in found)
