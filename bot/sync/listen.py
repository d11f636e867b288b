"""Discord -> blog: turn what members do into actions, while it happens and when a thread is read again.

Edge-triggered: an event becomes a row before its handler returns. Carries nothing across by itself.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterable
from weakref import WeakValueDictionary

from bot.actions import Withdraw, Write
from bot.domain import Message, MessageId, MessageKind, Origin, Place, Standing, ThreadId
from bot.ports import Blog, Chat, Planned, Store
from bot.sync.policy import Policy
from bot.sync.relay import Answered, decide

log = logging.getLogger(__name__)

_SNOWFLAKE_TIME = 22
"""Bits of a snowflake below its milliseconds (Discord: Snowflakes)."""

OVERLAP = 600_000
"""Milliseconds before the watermark that are read again: events may come in the wrong order."""

LOOK_BACK = 30 * 86_400_000
"""Milliseconds before the watermark in which edits and deletions of relays are looked for."""


class Listener:
    """``wake`` is called after each queued action."""

    def __init__(self, store: Store, blog: Blog, chat: Chat, policy: Policy, *, wake: Callable[[], None]) -> None:
        self._store = store
        self._blog = blog
        self._chat = chat
        self._policy = policy
        self._wake = wake
        self._turns: WeakValueDictionary[ThreadId, asyncio.Lock] = WeakValueDictionary()

    def _turn(self, thread: ThreadId) -> asyncio.Lock:
        """Events of a thread are taken down one after the other, in the order in which they came."""
        return self._turns.setdefault(thread, asyncio.Lock())

    async def message(self, message: Message) -> None:
        """A message appeared (or was read again): the same for both."""
        async with self._turn(message.thread_id):
            await self._message(message)

    async def _message(self, message: Message) -> None:
        place = await self._store.place_of_thread(message.thread_id)
        if place is None or message.ours:
            return
        verdict = decide(
            message,
            place,
            await self._answered(message, place),
            mode=self._policy.relay,
            can_write=self._blog.can_write,
        )
        if not verdict.relay:
            await self._store.set_watermark(place, message.id)
            log.debug("not relayed: message %s of thread %s: %s", message.id, place.thread_id, verdict.reason)
            return
        if await self._store.queue(place, Planned(Write(message)), watermark=message.id):
            log.info("queued: message %s of thread %s: %s", message.id, place.thread_id, verdict.reason)
            self._wake()

    async def _answered(self, message: Message, place: Place) -> Answered:
        if message.kind is not MessageKind.REPLY or message.reply_to is None:
            return Answered(None, on_its_way=False)
        link = await self._store.link(message.reply_to)
        if link is not None:
            return Answered(link, on_its_way=False)
        pending = await self._store.pending_writes(place)
        return Answered(None, on_its_way=message.reply_to in pending.values())

    async def edited(self, message: Message) -> None:
        """A message changed, or an event says so: previews and pins look the same."""
        async with self._turn(message.thread_id):
            await self._edited(message)

    async def _edited(self, message: Message) -> None:
        place = await self._store.place_of_thread(message.thread_id)
        if place is None or message.ours:
            return
        if await self._store.refresh_write(place, message):
            return
        link = await self._store.link(message.id)
        if link is None and not await self._store.write_known(place, message.id):
            await self._message(message)  # its creation was missed, or comes later
            return
        if link is not None and (link.origin is not Origin.DISCORD or link.digest == message.digest):
            return
        if await self._store.queue_rewrite(place, message.id):
            log.info("queued: edit of message %s of thread %s", message.id, place.thread_id)
            self._wake()

    async def deleted(self, thread: ThreadId, messages: Iterable[MessageId]) -> None:
        """Messages are gone; which of them were in the map is found out here."""
        async with self._turn(thread):
            await self._deleted(thread, messages)

    async def _deleted(self, thread: ThreadId, messages: Iterable[MessageId]) -> None:
        place = await self._store.place_of_thread(thread)
        if place is None:
            return
        for message in messages:
            link = await self._store.link(message)
            if link is not None and link.origin is Origin.BLOG:
                await self._mirror_removed(place, message)
            elif link is not None or not await self._store.drop_write(place, message):
                await self._store.queue(place, Planned(Withdraw(message)))
                log.info("queued: deletion of message %s of thread %s", message, thread)
                self._wake()

    async def _mirror_removed(self, place: Place, message: MessageId) -> None:
        """A moderator took a mirror away: it does not come back by itself, and the blog keeps its comment."""
        link = await self._store.link(message)
        if link is not None and link.standing is Standing.LIVE:
            await self._store.set_standing(place, link.comment_id, Standing.HIDDEN)
            log.info("hidden: comment %s of post %s, its mirror was deleted", link.comment_id, place.post_id)

    async def catch_up(self, place: Place) -> None:
        """Read what was missed: new messages, then edits and deletions of relays in the re-read window."""
        watermark = await self._store.watermark(place)
        if place.thread_id is None or watermark is None:
            return
        oldest = max(_earlier(watermark, LOOK_BACK), place.starter_id or 0)
        relays = dict(await self._store.links_of_members(place, newer_than=MessageId(oldest)))
        start = min([_earlier(watermark, OVERLAP), *(MessageId(message - 1) for message in relays)])
        seen: set[MessageId] = set()
        async for message in self._chat.history(place, after=MessageId(max(start, place.starter_id or 0))):
            seen.add(message.id)
            if message.id not in relays:
                await self.message(message)
            elif relays[message.id] != message.digest:
                await self.edited(message)
        gone = [message for message in relays if message not in seen]
        gone = [message for message in gone if await self._chat.read(place, message) is None]
        if gone:
            await self.deleted(place.thread_id, gone)


def _earlier(message: MessageId, by: int) -> MessageId:
    """The id that a message would have had ``by`` milliseconds earlier."""
    return MessageId(max(message - (by << _SNOWFLAKE_TIME), 0))
