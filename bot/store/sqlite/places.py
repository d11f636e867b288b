"""Posts with their threads: where each lives on Discord, whether that can still be used, how far it has been read.

Knows nothing of comments.
"""

from __future__ import annotations

from bot.core.domain import ChannelId, MessageId, Millis, Place, SubscriptionId, ThreadId
from bot.ports import ChannelRead
from bot.store.sqlite.base import PLACE_COLUMNS, Part, change, kinds_in_sql, place_of

PLACES = f"""-- Posts of a subscription that have, or are about to have, a thread; newest first.
SELECT {PLACE_COLUMNS} WHERE posts.subscription_id = ? AND announced = 1 AND NOT replaced ORDER BY posts.id DESC
"""

_PLACE = f"""-- One post of a subscription.
SELECT {PLACE_COLUMNS} WHERE posts.subscription_id = ? AND posts.id = ?
"""

_PLACE_OF_THREAD = f"""-- The post that is mirrored in a thread, whosever it is.
SELECT {PLACE_COLUMNS} WHERE posts.thread_id = ? AND NOT replaced
"""

_PLACE_BESIDE = f"""-- The post that a message of its channel is about: it answers the announcement, or what does so.
SELECT {PLACE_COLUMNS}
 WHERE posts.id IN (SELECT post_id FROM asides WHERE message_id IN (?2, ?3)
                     UNION ALL SELECT id FROM posts WHERE starter_id = ?3)
   AND posts.channel_id = ?1 AND NOT replaced
"""

_NOTE_ASIDE = """-- A message about a post stands in its channel.
INSERT INTO asides (message_id, post_id) VALUES (?, ?) ON CONFLICT DO NOTHING
"""

_IS_ASIDE = """-- Whether a message about a post stands in its channel.
SELECT 1 FROM asides WHERE message_id = ? AND post_id = ?
"""

_CHANNEL_READ = """-- How far a channel has been read.
SELECT watermark, since FROM channels_read WHERE subscription_id = ? AND channel_id = ?
"""

_SET_CHANNEL_READ = """-- A channel has been read further; never back.
INSERT INTO channels_read (subscription_id, channel_id, since, watermark) VALUES (?1, ?2, ?3, ?3)
    ON CONFLICT DO UPDATE SET watermark = max(watermark, excluded.watermark)
"""

_LOSE = """-- A thread cannot be used any more, for the first reason that was met.
UPDATE posts SET lost = ? WHERE id = ? AND lost = ''
"""

_REOPEN = """-- A subscription's lost threads, or the one of a row, are tried again; no replaced post's.
UPDATE posts SET lost = '' WHERE subscription_id = ?1 AND lost <> '' AND NOT replaced AND (?2 IS NULL OR id = ?2)
"""

_FORGET_THREAD = """-- A post has no thread, as if none had ever been opened.
UPDATE posts SET thread_id = NULL, starter_id = NULL, channel_id = NULL, watermark = NULL, backfilled = 0, lost = '',
       digest = '', backfill_total = 0, backfill_since = NULL, progress_id = NULL
 WHERE id = ?
"""

_FORGET_COMMENTS = """-- The map of a post goes.
DELETE FROM comments WHERE post_id = ?
"""

_FORGET_ACTIONS = f"""-- What of a post was about its thread goes, unless it is under way or wanted all the same.
DELETE FROM outbox
 WHERE post_id = ? AND kind NOT IN {kinds_in_sql(lambda traits: traits.survives_lost_thread)} AND state <> 'sending'
"""

_ALLOW_REMOVALS = """-- Whether the next plan of a post may retract more than the usual share.
UPDATE posts SET removals_allowed = ? WHERE id = ?
"""

_NEXT_AUDIT = f"""-- The thread that was audited longest ago, one whose audit is under way first.
SELECT {PLACE_COLUMNS}
 WHERE posts.subscription_id = ? AND thread_id IS NOT NULL AND lost = '' AND NOT replaced
   AND (audited_to IS NOT NULL OR audited_at < ?)
 ORDER BY audited_to IS NULL, audited_at, posts.id LIMIT 1
"""

_NOTE_AUDIT = """-- How far the audit of a thread has come; NULL at its end.
UPDATE posts SET audited_to = ?1, audited_at = iif(?1 IS NULL, ?2, audited_at) WHERE id = ?3
"""

_AUDITED_TO = """-- Where the audit of a thread goes on.
SELECT audited_to FROM posts WHERE id = ?
"""

_AUDIT_FIRST = """-- A thread of a subscription, or all of them, are the first in turn.
UPDATE posts SET audited_at = 0, audited_to = NULL WHERE subscription_id = ?1 AND (?2 IS NULL OR thread_id = ?2)
"""

_WATERMARK = """-- How far a thread has been read.
SELECT watermark FROM posts WHERE id = ?
"""

_SET_WATERMARK = """-- A thread has been read further; never back.
UPDATE posts SET watermark = max(coalesce(watermark, 0), ?) WHERE id = ?
"""


class SqlitePlaces(Part):
    """Implements :class:`bot.ports.Places`."""

    async def places(self, subscription: SubscriptionId) -> tuple[Place, ...]:
        return tuple(map(place_of, await self._ask(PLACES, subscription)))

    async def place(self, subscription: SubscriptionId, row: int) -> Place | None:
        found = await self._ask_one(_PLACE, subscription, row)
        return None if found is None else place_of(found)

    async def place_of_thread(self, thread: ThreadId) -> Place | None:
        found = await self._ask_one(_PLACE_OF_THREAD, thread)
        return None if found is None else place_of(found)

    async def place_beside(self, channel: ChannelId, message: MessageId, answers: MessageId | None) -> Place | None:
        found = await self._ask_one(_PLACE_BESIDE, channel, message, answers)
        return None if found is None else place_of(found)

    async def note_aside(self, place: Place, message: MessageId) -> None:
        if not await self.is_aside(place, message):
            await self._change(_NOTE_ASIDE, message, place.row)

    async def is_aside(self, place: Place, message: MessageId) -> bool:
        return await self._ask_one(_IS_ASIDE, message, place.row) is not None

    async def channel_read(self, subscription: SubscriptionId, channel: ChannelId) -> ChannelRead | None:
        found = await self._ask_one(_CHANNEL_READ, subscription, channel)
        return None if found is None else ChannelRead(MessageId(found["since"]), MessageId(found["watermark"]))

    async def set_channel_read(self, subscription: SubscriptionId, channel: ChannelId, message: MessageId) -> None:
        await self._change(_SET_CHANNEL_READ, subscription, channel, message)

    async def lose(self, place: Place, reason: str) -> bool:
        return await self._change(_LOSE, reason, place.row) > 0

    async def reopen(self, subscription: SubscriptionId, row: int | None = None) -> int:
        return await self._change(_REOPEN, subscription, row)

    async def forget_thread(self, place: Place) -> None:
        """A Write stays: its message is not in the map then, so the next plan shows its comment in the new thread."""
        async with self._db.transaction() as tx:
            for statement in (_FORGET_THREAD, _FORGET_COMMENTS, _FORGET_ACTIONS):
                await change(tx, statement, place.row)

    async def allow_removals(self, place: Place, *, allowed: bool) -> None:
        await self._change(_ALLOW_REMOVALS, int(allowed), place.row)

    async def next_audit(self, subscription: SubscriptionId, before: Millis) -> Place | None:
        found = await self._ask_one(_NEXT_AUDIT, subscription, before)
        return None if found is None else place_of(found)

    async def note_audit(self, place: Place, after: MessageId | None) -> None:
        await self._change(_NOTE_AUDIT, after, self._now(), place.row)

    async def audited_to(self, place: Place) -> MessageId | None:
        found = await self._ask_one(_AUDITED_TO, place.row)
        return None if found is None or found["audited_to"] is None else MessageId(found["audited_to"])

    async def audit_first(self, subscription: SubscriptionId, thread: ThreadId | None = None) -> None:
        await self._change(_AUDIT_FIRST, subscription, thread)

    async def watermark(self, place: Place) -> MessageId | None:
        found = await self._ask_one(_WATERMARK, place.row)
        return None if found is None or found["watermark"] is None else MessageId(found["watermark"])

    async def set_watermark(self, place: Place, message: MessageId) -> None:
        await self._change(_SET_WATERMARK, message, place.row)
