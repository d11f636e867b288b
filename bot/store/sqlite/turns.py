"""The turns of members: what they brought to a server's blogs lately, and what of it waits until there is room.

Holds no rule: whoever asks for a turn brings it. Knows nothing of what is written, only by whom and when.
"""

from __future__ import annotations

from bot.core.actions import Withdraw
from bot.core.domain import AttachmentId, MemberId, MessageId, Millis, Place, SubscriptionId
from bot.ports.turns import Act, Asking, OverMeasure, Spent, Taken
from bot.store.sqlite.base import Part, Tx, change, row, rows

_OF_MEMBER = """-- What of a member's has a turn from a moment on.
SELECT at, bytes FROM turns WHERE guild_id = ? AND act = ? AND member_id = ? AND at > ? ORDER BY at, id
"""

_OF_GUILD = """-- What of anybody's in a server has a turn from a moment on.
SELECT at, bytes FROM turns WHERE guild_id = ? AND act = ? AND at > ? ORDER BY at, id
"""

_TAKE = """-- An act has a turn.
INSERT INTO turns (guild_id, member_id, act, at, bytes, about, action)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, (SELECT id FROM outbox WHERE post_id = ?7 AND key = ?8))
"""

_WAIT = """-- An action waits for its turn, and others of its queue go ahead.
UPDATE outbox SET goes_at = ?1, not_before = ?1, yields = 1, postponed_at = ?2 WHERE post_id = ?3 AND key = ?4
"""

_GIVE_BACK = """-- An action that was never tried needs no turn any more.
DELETE FROM turns WHERE action IN (SELECT id FROM outbox WHERE post_id = ? AND key = ? AND attempts = 0)
"""

_FORGET_LOOKS = """-- Looks at a changed message that were not begun go: it is deleted, so there is nothing to be seen.
DELETE FROM outbox WHERE post_id = ? AND side = ? AND subject = ? AND kind = ? AND state = 'ready' AND attempts = 0
"""

_HAS_TURN = """-- Whether a file has a turn.
SELECT 1 FROM turns WHERE about = ? AND guild_id = ? AND act = ?
"""

_WRITER = """-- Who had a turn with a message.
SELECT member_id FROM turns WHERE about = ? AND guild_id = ? AND act = ?
"""

_OVER_MEASURE = """-- Whose actions of a subscription wait for their turns, and until when.
SELECT member_id, count(DISTINCT outbox.id) AS number, max(goes_at) AS last
  FROM outbox JOIN turns ON turns.action = outbox.id
 WHERE subscription_id = ? AND state = 'ready' AND goes_at > 0 AND goes_at > ?
 GROUP BY member_id ORDER BY number DESC, member_id
"""

_PRUNE = """-- Forget turns of long ago in the server of a subscription.
DELETE FROM turns WHERE guild_id = (SELECT guild_id FROM subscriptions WHERE id = ?) AND at < ?
"""

KEPT = 86_400_000
"""Milliseconds for which a turn is kept beyond what the outbox remembers: a measure of a day looks back so far."""


async def take_turn(tx: Tx, place: Place, key: str, about: int, asking: Asking | None, now: Millis) -> None:
    """Take the turn of an action that was just queued under ``key``, and let the action wait for it."""
    if asking is None:
        return
    turn = asking.turn = asking.decide(await _taken(tx, place, asking))
    values = (place.guild_id, asking.member, asking.act, turn.at, asking.size, about)
    await change(tx, _TAKE, *values, place.row, key)
    if turn.wait:
        await change(tx, _WAIT, now + turn.wait, now, place.row, key)


async def _taken(tx: Tx, place: Place, asking: Asking) -> Taken:
    since = asking.moment - asking.reach
    own = await rows(tx, _OF_MEMBER, place.guild_id, asking.act, asking.member, since)
    every = await rows(tx, _OF_GUILD, place.guild_id, asking.act, since)
    member, server = ([Spent(Millis(one["at"]), one["bytes"]) for one in found] for found in (own, every))
    return Taken(member, server)


async def give_back(tx: Tx, post_row: int, key: str) -> None:
    """The action under ``key`` is about to be dropped: what never left for the blog has cost it nothing."""
    await change(tx, _GIVE_BACK, post_row, key)


async def forget_looks(tx: Tx, post_row: int, gone: Withdraw, kind: str) -> None:
    """What waits to look at a message that is deleted must not keep its comment on the blog."""
    await change(tx, _FORGET_LOOKS, post_row, gone.traits.queue, gone.subject, kind)


async def prune_turns(tx: Tx, subscription: SubscriptionId, before: Millis) -> None:
    """What no measure looks back to is forgotten."""
    await change(tx, _PRUNE, subscription, before - KEPT)


class SqliteTurns(Part):
    """Implements :class:`bot.ports.Turns`."""

    async def file_turn(self, place: Place, file: AttachmentId, asking: Asking) -> bool:
        async with self._db.transaction() as tx:
            if await row(tx, _HAS_TURN, file, place.guild_id, Act.FILE) is not None:
                return True
            turn = asking.turn = asking.decide(await _taken(tx, place, asking))
            if not turn.never:
                values = (place.guild_id, asking.member, asking.act, turn.at, asking.size, file)
                await change(tx, _TAKE, *values, place.row, "")
        return not turn.never

    async def over_measure(self, subscription: SubscriptionId) -> tuple[OverMeasure, ...]:
        found = await self._ask(_OVER_MEASURE, subscription, self._now())
        return tuple(OverMeasure(MemberId(one["member_id"]), one["number"], Millis(one["last"])) for one in found)

    async def writer_of(self, place: Place, message: MessageId) -> MemberId | None:
        found = await self._ask_one(_WRITER, message, place.guild_id, Act.RELAY)
        return None if found is None else MemberId(found["member_id"])
