"""Discord -> blog: read threads again for what events did not bring: new messages, edits, deletions.

Feeds the same functions that live events use; decides nothing and carries nothing across.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Mapping, Sequence

from bot.core.domain import ChannelId, MessageId, Millis, Place, SubscriptionId, ThreadId
from bot.core.errors import CommonthreadError, NotUnderstood, Permanent, PlaceVanished, Transient, Unreachable
from bot.ports import ChannelRead, Chat, Store
from bot.sync.relaying.files import has_lost_one
from bot.sync.relaying.listen import Listener
from bot.sync.trouble import Trouble

log = logging.getLogger(__name__)

OVERLAP = 3_600_000
"""Milliseconds before the watermark that are read again: an edit or a deletion may have been missed there."""

LOOK_BACK = 30 * 86_400_000
"""Milliseconds before the watermark in which a deep reading looks for edits and deletions of relays."""


class Reader:
    """Reads one thread at a time; while it does, that thread's live events wait, so that all keep their order."""

    def __init__(self, store: Store, chat: Chat, listener: Listener) -> None:
        self._store = store
        self._chat = chat
        self._listener = listener

    async def catch_up(self, place: Place, *, deep: bool) -> None:
        """Raises what the Chat port raises; what was read until then is kept, the watermark moves at the end alone.

        ``deep`` is for after an absence: as far back as relays could have been edited or deleted.
        """
        if place.thread_id is None:
            return
        async with self._listener.turn(place.thread_id):
            await self._catch_up(place, deep=deep)

    async def _catch_up(self, place: Place, *, deep: bool) -> None:
        watermark = await self._store.watermark(place)
        if watermark is None:
            return
        floor = MessageId(place.starter_id or 0)
        since = max(self._earlier(watermark, LOOK_BACK if deep else OVERLAP), floor)
        relays = dict(await self._store.links_of_members(place, newer_than=since))
        waiting = {message for message in (await self._store.pending_writes(place)).values() if message > since}
        mirrors = await self._store.mirrors_shown(place, newer_than=since)
        files = await self._store.carried_files(place, newer_than=since)
        expected = tuple(dict.fromkeys((*mirrors, *relays, *sorted(waiting), *files)))
        start = max(min([self._earlier(watermark, OVERLAP), *(MessageId(one - 1) for one in expected)]), floor)
        seen: set[MessageId] = set()
        newest, hidden = watermark, None
        async for message in self._chat.history(place, after=start):
            seen.add(message.id)
            newest = max(newest, message.id)
            if message.ours:
                continue
            if message.is_hidden:
                hidden = hidden or message.id
            elif message.text and not message.from_bot:
                hidden = None  # what came before was no blindness
            changed = relays.get(message.id, message.digest) != message.digest
            if message.id in waiting or changed or has_lost_one(message, files.get(message.id, frozenset())):
                await self._listener.take_down_edit(message, place)
            elif message.id not in relays:
                await self._listener.take_down(message, place)
        gone = await self._look_for([one for one in expected if one not in seen], place, waiting, relays)
        if gone:
            await self._listener.take_down_deletions(gone, place)
        # What is hidden at the end is read again: it is seen when the bot is shown it.
        await self._store.set_watermark(place, newest if hidden is None else MessageId(hidden - 1))

    async def _look_for(
        self,
        messages: Sequence[MessageId],
        place: Place,
        waiting: Collection[MessageId],
        relays: Mapping[MessageId, str],
    ) -> list[MessageId]:
        """What the thread did not show is gone, or stands in its channel. -> what is gone."""
        gone = []
        for message in messages:
            try:
                found = await self._chat.read(place, message)
            except NotUnderstood:  # it stands there, whatever it says
                continue
            if found is None:
                gone.append(message)
            elif message in waiting or relays.get(message, found.digest) != found.digest:
                await self._listener.take_down_edit(found, place)
        return gone

    async def catch_up_beside(self, place: Place) -> None:
        """Read the place's channel for new answers to its announcements. Raises what the Chat port raises.

        The first reading of a channel finds where it ends: what was written before nobody waits for.
        """
        subscription, channel = place.subscription_id, place.channel_id
        if (read := await self.begin_beside(subscription, channel)) is None:
            return
        newest, after = read.watermark, max(self._earlier(read.watermark, OVERLAP), read.since)
        async for message in self._chat.in_channel(place, after=after):
            newest = max(newest, message.id)
            if message.ours or message.reply_to is None:
                continue
            about = await self._store.place_beside(channel, message.id, message.reply_to)
            if about is not None and about.subscription_id == subscription:
                await self._listener.edited(message, about)
        await self._store.set_channel_read(subscription, channel, newest)

    async def begin_beside(self, subscription: SubscriptionId, channel: ChannelId) -> ChannelRead | None:
        """How far a channel was read; what is written from now on is waited for where it never was."""
        if (read := await self._store.channel_read(subscription, channel)) is None:
            await self._store.set_channel_read(subscription, channel, self._chat.newest_id())
        return read

    def _earlier(self, message: MessageId, by: int) -> MessageId:
        """The id that a message had to have ``by`` milliseconds before this one."""
        return self._chat.message_at(Millis(self._chat.moment_of(message) - by))


class Rounds:
    """Goes through all threads; one that cannot be read holds up no other. ``wake`` is called at the end.

    ``is_read``: whether what stood in a thread before this process began is in the map, which comes first.
    """

    def __init__(
        self,
        store: Store,
        reader: Reader,
        trouble: Trouble,
        *,
        wake: Callable[[], None],
        is_read: Callable[[Place], bool] = lambda _: True,
    ) -> None:
        self._is_read = is_read
        self._store = store
        self._reader = reader
        self._trouble = trouble
        self._wake = wake

    async def go(self, subscription: SubscriptionId, *, deep: bool) -> tuple[ThreadId, ...]:
        """-> threads that could not be read and may be readable soon.

        A lost thread that can be read is used again; one that is gone is lost.
        """
        unread = []
        places = await self._store.places(subscription)
        announcing = {one.channel_id: one for one in places if one.thread_id and not one.lost}
        served = await self._store.subscription(subscription)
        if served is not None and served.channel_id not in announcing:
            await self._reader.begin_beside(subscription, served.channel_id)
        for place in announcing.values():
            try:
                await self._reader.catch_up_beside(place)
            except CommonthreadError as error:  # of the thread itself more is found out below
                self._log(place, error)
        for place in places:
            try:
                await self._read(place, deep=deep)
            except Transient as error:
                self._log(place, error)
                unread += [place.thread_id] if place.thread_id else []
        self._wake()
        return tuple(unread)

    async def again(self, place: Place) -> None:
        """Read one thread as after an absence. Raises Transient, and what the store raises."""
        await self._read(place, deep=True)
        self._wake()

    async def _read(self, place: Place, *, deep: bool) -> None:
        if place.thread_id is not None and not self._is_read(place):
            raise Unreachable(f"What stands in thread {place.thread_id} has not been read yet.", thread=place.thread_id)
        try:
            await self._reader.catch_up(place, deep=deep)
        except PlaceVanished as error:
            await self._trouble.lose(place, error.reason)
        except Permanent as error:
            self._log(place, error)
            await self._trouble.met(place, error, state="reading")
        else:
            await self._trouble.over(place, "reading")
            if place.thread_id is not None:
                await self._trouble.over(place, "lost")
            if place.lost and place.thread_id is not None:
                await self._store.reopen(place.subscription_id, place.row)

    def _log(self, place: Place, error: CommonthreadError) -> None:
        fields = {"reason": error.reason, **error.learn(post=place.post_id, thread=place.thread_id).fields}
        log.warning("catching up in thread %s: %s", place.thread_id, error.reason, extra=fields)
