"""Every subscription's engine: starts and stops engines while the process runs, and hands each event to its own.

Knows no engine's inside, and decides nothing about posts, comments or messages.
"""

from __future__ import annotations

import asyncio
import logging
from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterable

from bot.core.domain import ChannelId, GuildId, MemberId, Message, MessageId, Place, SubscriptionId, ThreadId
from bot.core.errors import CommonthreadError, StoreFailed
from bot.ports.blogs import BlogRow, Blogs, Connected, Serving
from bot.ports.observer import EngineTurned, Observer, Turn, Whereabouts
from bot.ports.store import Store
from bot.sync import beside
from bot.sync.engine import Engine
from bot.sync.missed import Missed
from bot.sync.observers import NOBODY, Observers
from bot.sync.served import STOOD, Assembled, Served

log = logging.getLogger(__name__)

FALLS = 5
"""Falls of an engine in a row after which the process ends, for a supervisor to see, unless another engine stands."""

FIRST_PAUSE = 1.0
"""Seconds before an engine that fell is started anew; each further time twice as long, up to the longest."""

LONGEST_PAUSE = 300.0

FALLS_ALONE = "It fails again and again, which the log tells of; it is tried anew every few minutes, the others go on."


class Hub:
    """``assemble`` makes the engine of a subscription; ``blogs`` says which there are, ``store`` whose a thread is.

    ``tell`` says a sentence to a subscription's moderators, without its engine. ``observer`` hears of turns of engines.
    """

    def __init__(
        self,
        blogs: Blogs,
        store: Store,
        assemble: Callable[[Connected, MessageId | None], Awaitable[Assembled]],
        *,
        tell: Callable[[Connected, str], Awaitable[object]],
        observer: Observer = NOBODY,
    ) -> None:
        self._blogs = blogs
        self._store = store
        self._assemble = assemble
        self._tell = tell
        self._observer = Observers((observer,))
        self._served: dict[SubscriptionId, Served] = {}
        self._turns: defaultdict[SubscriptionId, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._present = self._closed = False
        self._fallen: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._missed = Missed(self._read_again)
        self._order = beside.Order()

    # ---------------------------------------------------------------- life

    async def open(self) -> None:
        """Serve all that is to be served."""
        active = [one for one in await self._blogs.connected() if one.serving is Serving.ACTIVE]
        await asyncio.gather(*map(self._begin, active))  # a blog that is slow to answer keeps no other

    async def _begin(self, connected: Connected) -> None:
        """What the operator's settings name has to start; of the rest each stands for itself alone."""
        try:
            await self.start(connected.id)
        except CommonthreadError as error:
            if connected.from_settings:
                raise
            self._turned(connected.id, Turn.FELL, error.reason, error)

    async def run(self) -> None:
        """Until cancelled. Raises what ended every engine again and again: nothing can be relied on then."""
        await self._fallen

    async def close(self) -> None:
        """End all engines; what is under way is looked for at the next start."""
        self._closed = True
        await self._missed.close()
        for number in list(self._turns):  # one that is just being started too
            await self.stop(number)
        if self._fallen.done() and not self._fallen.cancelled():
            self._fallen.exception()  # told by run, if anybody waited for it

    async def pause(self, subscription: SubscriptionId, *, paused: bool) -> None:
        """Carry nothing across, or go on; what is written meanwhile is taken down."""
        if (engine := self.engine(subscription)) is not None:
            await (engine.pause() if paused else engine.resume())
        else:
            await self._store.set_paused(subscription, paused=paused)

    async def start(self, subscription: SubscriptionId, *, at: MessageId | None = None) -> Engine | None:
        """Serve a subscription from now on, or anew, as the store describes it since the command ``at``, if one did it.

        None where somebody has ended it, or it rests, since the caller last looked; and once the hub was closed.
        """
        async with self._turns[subscription]:
            await self._end(subscription)
            (connected,) = [one for one in await self._blogs.connected() if one.id == subscription]
            if connected.serving is not Serving.ACTIVE or self._closed:
                return None
            made = await self._assemble(connected, at)
            served = Served(connected, made.engine, made.aclose)
            self._served[subscription] = served
            served.task = asyncio.create_task(self._keep(served), name=f"subscription {subscription}")
            self._turned(subscription, Turn.STARTED)
        if self._present:
            await self._caught_up(served)
        return served.engine

    async def stop(self, subscription: SubscriptionId) -> None:
        """Serve a subscription no longer; the store keeps all that is known of it."""
        async with self._turns[subscription]:
            await self._end(subscription)

    async def rest(self, subscription: SubscriptionId, why: str) -> None:
        """Serve a subscription no longer, until somebody says otherwise. ``why`` is shown to moderators."""
        served = self._served.get(subscription)
        await self._blogs.set_serving(subscription, Serving.RESTING, why)
        self._turned(subscription, Turn.RESTS, why)
        await self.stop(subscription)
        if served is not None:
            await self._tell(served.connected, why)

    async def rest_of(self, blog: BlogRow, why: str) -> None:
        """All that moderators connected to a blog rest: another blog answers where it was."""
        for connected, _ in self.served():
            if connected.blog.row == blog and not connected.from_settings:
                await self.rest(connected.id, why)

    async def _end(self, subscription: SubscriptionId) -> None:
        served = self._served.pop(subscription, None)
        if served is None:
            return
        await served.end()
        self._turned(subscription, Turn.STOPPED)

    def _turned(
        self, subscription: SubscriptionId, turn: Turn, reason: str = "", error: Exception | None = None
    ) -> None:
        self._observer.hear(EngineTurned(Whereabouts(subscription), turn, reason, error))

    async def _keep(self, served: Served) -> None:
        """Run an engine; one that falls is started anew, and holds up no other."""
        loop, pause = asyncio.get_running_loop(), FIRST_PAUSE
        while True:
            began = served.began = loop.time()
            try:
                await served.engine.run()
            except Exception as error:
                served.began = None
                if (lost := StoreFailed.within(error)) is not None:
                    self._falls_for_good(lost)
                    return
                if loop.time() - began > STOOD:
                    served.falls, pause = 0, FIRST_PAUSE
                served.falls += 1
                again = served.falls < FALLS or any(one.stands(loop.time()) for one in self._served.values())
                anew = f"it is started anew in {pause:.0f} s" if again else "it has fallen too often"
                self._turned(served.connected.id, Turn.FELL, anew, error)
                if not again:
                    self._falls_for_good(error)
                    return
                if served.falls == FALLS:
                    await self._tell(served.connected, FALLS_ALONE)
                await asyncio.sleep(pause)
                pause = min(2 * pause, LONGEST_PAUSE)

    def _falls_for_good(self, error: Exception) -> None:
        if not self._fallen.done():
            self._fallen.set_exception(error)

    # ---------------------------------------------------------------- who is served

    def served(self, guild: GuildId | None = None) -> tuple[tuple[Connected, Engine], ...]:
        """What is served, of one server or of all, oldest first."""
        found = sorted(self._served.values(), key=lambda one: one.connected.id)
        return tuple((one.connected, one.engine) for one in found if guild in (None, one.connected.guild_id))

    def engine(self, subscription: SubscriptionId) -> Engine | None:
        """The engine of a subscription that is served."""
        served = self._served.get(subscription)
        return served.engine if served is not None else None

    async def owner_of(self, thread: ThreadId) -> SubscriptionId | None:
        """The subscription that a thread belongs to, whether it is served or not."""
        place = await self._store.place_of_thread(thread)
        return None if place is None else place.subscription_id

    async def engine_of(self, thread: ThreadId) -> Engine | None:
        """The engine whose subscription a thread belongs to."""
        subscription = await self.owner_of(thread)
        return None if subscription is None else self.engine(subscription)

    async def channels(self, guild: GuildId) -> dict[ChannelId, list[Engine]]:
        """Where a server's subscriptions have threads or open new ones, with their engines."""
        found: dict[ChannelId, list[Engine]] = {}
        for connected, engine in self.served(guild):
            for channel in await self._blogs.channels(connected.id):
                found.setdefault(channel, []).append(engine)
        return found

    # ---------------------------------------------------------------- events

    async def session_began(self) -> None:
        """A new session at Discord: what happened before it is read from the threads, of all at the same time."""
        self._present = True
        await asyncio.gather(*(self._caught_up(one) for one in list(self._served.values())))

    async def _caught_up(self, served: Served) -> None:
        try:
            unread = await served.catch_up()
        except CommonthreadError as error:
            log.warning("catching up of subscription %s: %s", served.connected.id, error.reason)
        else:
            for thread in unread:
                self.missed(thread)

    def missed(self, thread: ThreadId) -> None:
        """Something of a thread could not be taken down: the thread is read again until that works."""
        if not self._closed:
            self._missed.note(thread)

    async def _read_again(self, thread: ThreadId) -> None:
        if (found := await self._place(thread)) is not None:
            await found[0].read_again(found[1])

    async def message(self, message: Message) -> None:
        """A message appeared. Our own are known already, wherever they stand."""
        await self._hand_on(message, Engine.message)

    async def edited(self, message: Message) -> None:
        """A message changed."""
        await self._hand_on(message, Engine.edited)

    async def _hand_on(self, message: Message, to: Callable[[Engine, Message, Place], Awaitable[None]]) -> None:
        at = (message.thread_id, message.id, message.reply_to)
        async with self._order.of(message.thread_id):
            if not message.ours and (found := await self._place(*at)) is not None:
                await to(found[0], message, found[1])

    async def deleted(self, thread: ThreadId, messages: Iterable[MessageId]) -> None:
        """Messages were deleted."""
        async with self._order.of(thread):
            for message in messages:
                if (found := await self._place(thread, message, message)) is not None:
                    await found[0].deleted([message], found[1])

    async def _place(self, where: ThreadId, *message: MessageId | None) -> tuple[Engine, Place] | None:
        """The post of a thread, or of a message in its channel, with its engine; one that starts anew is waited for."""
        if (place := await beside.place_of(self._store, where, *message)) is None:
            return None
        if (engine := self.engine(place.subscription_id)) is None:
            async with self._turns[place.subscription_id]:
                engine = self.engine(place.subscription_id)
        return None if engine is None else (engine, place)

    async def thread_deleted(self, thread: ThreadId) -> None:
        """A thread was deleted."""
        if (found := await self._place(thread)) is not None:
            await found[0].thread_deleted(found[1])

    async def channel_deleted(self, guild: GuildId, channel: ChannelId) -> None:
        """A channel was deleted, and its threads with it."""
        for engine in (await self.channels(guild)).get(channel, []):
            await engine.channel_deleted(channel)

    async def access_regained(self, guild: GuildId, channel: ChannelId) -> None:
        """What the bot may do in a channel has grown."""
        for engine in (await self.channels(guild)).get(channel, []):
            for thread in await engine.access_regained():
                self.missed(thread)

    # ---------------------------------------------------------------- members

    async def opt_out(self, guild: GuildId, member: MemberId) -> int:
        """What a member writes on a server stays there, whatever blog it is about. -> how many messages had to wait."""
        waited = await self._store.opt_out(guild, member)
        for _, engine in self.served(guild):
            engine.wake()
        return waited

    async def opt_in(self, guild: GuildId, member: MemberId, *, after: MessageId) -> bool:
        """What a member writes after ``after`` may cross again, nothing from before. False if it could already."""
        return await self._store.opt_in(guild, member, after=after)

    async def opted_out(self, guild: GuildId, member: MemberId) -> bool:
        """Whether what a member writes now stays in Discord."""
        return await self._store.opted_out(guild, member)
