"""The whole of the synchronisation behind one door: events and commands in, figures and sentences out.

Decides nothing itself; the rooms beside it do. Knows neither Discord nor SQL.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable, Iterable
from zlib import crc32

from bot.core.actions import Claim
from bot.core.clocks import until_next
from bot.core.domain import ChannelId, Message, MessageId, Millis, Place, Subscription, ThreadId
from bot.core.errors import CommonthreadError
from bot.core.policy import Policy, RelayMode
from bot.ports import Blog, Chat, PollRecord, Store
from bot.ports.observer import Observer
from bot.sync import audit
from bot.sync.adopting import Adopter
from bot.sync.audit import Audit, Audited
from bot.sync.beside import with_asides
from bot.sync.desk import Desk
from bot.sync.mirroring.poll import Poller
from bot.sync.mirroring.show import MirrorWriter
from bot.sync.observers import NOBODY, Observers
from bot.sync.outbox.dispatch import BacklogPace, Dispatcher
from bot.sync.outbox.execute import Executor
from bot.sync.outbox.speak import Announcer
from bot.sync.progress import Progress
from bot.sync.relaying.amend import RelayAmender
from bot.sync.relaying.blindness import Blindness
from bot.sync.relaying.catch_up import LOOK_BACK, Reader, Rounds
from bot.sync.relaying.decide import Past
from bot.sync.relaying.files import Files
from bot.sync.relaying.listen import Listener
from bot.sync.relaying.parentage import Parentage
from bot.sync.relaying.proxied import Originals
from bot.sync.relaying.turns import TurnTaker
from bot.sync.relaying.write import RelayWriter
from bot.sync.trouble import Trouble

log = logging.getLogger(__name__)

KEEP_DONE = 86_400_000
"""Milliseconds for which the outbox remembers what is done."""

KEEP_WRITES = LOOK_BACK + 15 * 86_400_000
"""The same of a member's message that was dealt with: longer than threads are read back."""


class Engine:
    """One subscription's synchronisation. ``moderators`` is the channel that is told of trouble, if any.

    ``look_afresh``: what others have just seen of the blog is not to be taken for now.
    """

    def __init__(
        self,
        store: Store,
        blog: Blog,
        chat: Chat,
        subscription: Subscription,
        policy: Policy,
        now: Callable[[], Millis],
        *,
        moderators: ChannelId | None = None,
        backfill: BacklogPace | None = None,
        look_afresh: Callable[[], None] = lambda: None,
        observer: Observer = NOBODY,
    ) -> None:
        self._store, self._blog = store, blog
        self._chat = chat = with_asides(chat, store)
        self._subscription = subscription
        self._policy, self._now = policy, now
        self._look_afresh = look_afresh
        self._poll_now, self._polling = asyncio.Event(), asyncio.Lock()
        self._progress, self.reads_again = Progress(store, now), asyncio.Event()
        told = self._observer = Observers((observer,))
        trouble = self.trouble = Trouble(store, subscription.id, told)
        self._blindness = Blindness(store, subscription.id, trouble, seeing_again=self.reads_again.set)
        past, self._originals = Past(policy.words_since), Originals(chat.moment_of, now)
        self._past, turns = past, TurnTaker(store, chat, subscription.id, policy, trouble)
        self._turns, hears = turns, (policy, self._blindness, past, self._originals, turns)
        found_again = (store, blog, chat, subscription, policy, now, past, turns)
        self.adopting = Adopter(*found_again, trouble=trouble, observer=told)
        self._dispatcher = self._empties_outbox(moderators, backfill)
        wake, look_soon = self._dispatcher.wake, self._poll_now.set
        self._listener = Listener(store, subscription.id, *hears, wake=wake, observer=told)
        self._reader = Reader(store, chat, self._listener)
        self._rounds = Rounds(store, self._reader, trouble, wake=wake, is_read=self.adopting.is_read)
        self._audit = Audit(store, blog, chat, subscription.id, self._listener, now, observer=told)
        self._poller = Poller(store, blog, policy, now, wake=wake, trouble=trouble, observer=told, gate=self.adopting)
        self.desk = Desk(
            store, blog, chat, subscription.id, self._poller, self._audit, now, wake=wake, look_soon=look_soon
        )

    def _empties_outbox(self, moderators: ChannelId | None, backfill: BacklogPace | None) -> Dispatcher:
        return Dispatcher(
            self._store,
            self._subscription.id,
            self._executor(moderators),
            self._now,
            opened=self._opened,
            done=self._done,
            trouble=self.trouble,
            observer=self._observer,
            backfill=backfill,
            held=self.adopting.held,
        )

    def _executor(self, moderators: ChannelId | None) -> Executor:
        base_url = self._blog.base_url
        sides, speaks = (self._blog, self._chat, self._store), (self._chat, self._store, self._now)
        parentage = Parentage(*sides, self._policy, self._past, self._originals, self._turns)
        files = Files(*sides, self._turns, wanted=self._policy.carries_files)
        relays, may_open = self._policy.relays, self.adopting.may_open
        announcer = Announcer(*speaks, base_url=base_url, moderators=moderators, relays=relays, may_open=may_open)
        return Executor(
            MirrorWriter(*sides, base_url=base_url),
            announcer,
            RelayWriter(*sides, parentage, files, self._blindness, self._now, approve=self._policy.approve),
            RelayAmender(*sides, files, self._blindness, self._now, approve=self._policy.approve),
        )

    async def run(self) -> None:
        """Poll and carry across until cancelled. An unforeseen exception ends it, so that a supervisor restarts us."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._dispatcher.run())
            tasks.create_task(self._poll_for_ever())
            tasks.create_task(self._sweep_for_ever())
            tasks.create_task(self._audit_for_ever())

    async def _poll_for_ever(self) -> None:
        """Engines of one blog look at the same moments, so that they can share what they see."""
        while True:
            self._poll_now.clear()  # before the look: who asks for another one while it goes on is heard
            await self._poll(unless_paused=True)
            offset = crc32(self._subscription.blog_url.encode()) / 2**32
            wait = until_next(asyncio.get_running_loop().time(), self._policy.poll_interval, offset)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(wait):
                    await self._poll_now.wait()

    async def _sweep_for_ever(self) -> None:
        while True:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(self._policy.sweep_interval):
                    await self.reads_again.wait()
            if self.reads_again.is_set():  # words are to be seen after a time in which none were
                self.reads_again.clear()
                await self.catch_up()
            await self.sweep()

    async def _audit_for_ever(self) -> None:
        """A step is small, so that no round of it is ever felt; what is paused is left alone."""
        while True:
            await asyncio.sleep(audit.EVERY)
            found = await self._store.subscription(self._subscription.id)
            if found is not None and not found.paused:
                await self._audit.step()

    async def drain(self) -> None:
        """Carry out what is due now."""
        await self.adopting.go()
        await self._dispatcher.drain()

    async def poll(self) -> PollRecord:
        """One look at the blog as it is now, whatever others have just seen."""
        self._look_afresh()
        self._poller.forget()
        record = await self._poll(at_once=True)
        assert record is not None
        return record

    async def _poll(self, *, unless_paused: bool = False, at_once: bool = False) -> PollRecord | None:
        async with self._polling:
            settled, may_open = self.adopting.is_settled, self.adopting.may_open()
            outlook = await self._store.outlook(self._subscription.id)
            if unless_paused and outlook.subscription.paused:
                return None
            if not settled:
                await self.adopting.go(at_once=at_once)
                may_open = self.adopting.may_open()  # of the moment before the outlook: a catch-up may go on beside it
                outlook = await self._store.outlook(self._subscription.id)
            record = await self._poller.poll(outlook, may_open=may_open)
        for place in outlook.places:
            if place.row in outlook.telling:
                await self._progress.look(place)
        return record

    async def catch_up(self) -> tuple[ThreadId, ...]:
        """Read every thread for what was missed: at each start, and after each session that could not be resumed.

        -> threads that could not be read just now; see :meth:`read_again`.
        """
        if await self.adopting.go(at_once=True):
            self._poll_now.set()
        return await self._rounds.go(self._subscription.id, deep=True)

    async def read_again(self, place: Place) -> None:
        """Read one thread for what was missed. Raises what can pass: whoever calls tries again then."""
        if await self.adopting.go(place):
            self._poll_now.set()
        await self._rounds.again(place)
        if place.thread_id is not None:  # what is older than that reading goes is looked at before others
            await self._store.audit_first(self._subscription.id, place.thread_id)

    async def audit(self) -> Audited | None:
        """Look whether some of what is mapped still stands as the map says. None where all was looked at lately."""
        return await self._audit.step()

    async def sweep(self) -> None:
        """Read every thread's end: single events may be lost without a word. Forget what is long done."""
        await self.adopting.go()
        await self._rounds.go(self._subscription.id, deep=False)
        await self._turns.look()
        now = self._now()
        span = self._chat.message_at(now) - self._chat.message_at(Millis(now - KEEP_WRITES))
        forget = Millis(now - KEEP_DONE), Millis(now - KEEP_WRITES)
        await self._store.prune(self._subscription.id, *forget, read_back=span)

    async def _opened(self, place: Place) -> None:
        """Members may have written before the thread was in the map; and its comments need not wait for a poll."""
        fresh = await self._store.place(self._subscription.id, place.row)
        if fresh is not None:
            try:
                await self._reader.catch_up(fresh, deep=False)
            except CommonthreadError as error:
                log.warning("a first look at thread %s: %s", fresh.thread_id, error.reason)  # a sweep will do
        self._poll_now.set()

    async def _done(self, claim: Claim) -> None:
        if claim.action.is_backlog:
            await self._progress.look(claim.place)
        elif claim.action.traits.delays_members:
            await self._turns.look()

    def wake(self) -> None:
        """Something was queued: carry it out now."""
        self._dispatcher.wake()

    async def announce_trouble(self, subject: str, sentence: str) -> None:
        """Tell moderators once; the log tells it in any case. ``subject`` is for the log."""
        await self.trouble.at_large(subject, sentence)
        self._dispatcher.wake()

    async def message(self, message: Message, place: Place) -> None:
        """A message appeared in the thread of ``place``."""
        await self._listener.message(message, place)

    async def edited(self, message: Message, place: Place) -> None:
        """A message changed in the thread of ``place``."""
        await self._listener.edited(message, place)

    async def deleted(self, messages: Iterable[MessageId], place: Place) -> None:
        """Messages were deleted in the thread of ``place``."""
        await self._listener.deleted(messages, place)

    async def thread_deleted(self, place: Place) -> None:
        """The thread of a post was deleted: its queue rests, nothing is opened anew by itself."""
        await self.trouble.lose(place, "Its thread was deleted.")
        self._dispatcher.wake()

    async def thread_opened(self, thread: ThreadId) -> None:
        """A thread was unlocked or taken out of the archive: what waited for that goes on."""
        if (place := await self._store.place_of_thread(thread)) is not None:
            await self._store.hasten(self._subscription.id, place=place)
            self._dispatcher.wake()

    async def channel_deleted(self, channel: ChannelId) -> None:
        """The channel was deleted, and its threads with it: one thing to tell, however many they were."""
        await self.trouble.channel_deleted(channel)
        self._dispatcher.wake()

    async def access_regained(self) -> tuple[ThreadId, ...]:
        """A permission was given or the bot let in again: what waited goes on, what was missed is read.

        -> threads that could not be read just now.
        """
        await self._store.hasten(self._subscription.id)
        self._dispatcher.wake()
        return await self.catch_up()

    @property
    def relays(self) -> RelayMode:
        """Which messages of members become comments."""
        return self._policy.relays

    async def pause(self) -> None:
        """No polls and no actions until :meth:`resume`; events are still taken down."""
        await self._store.set_paused(self._subscription.id, paused=True)

    async def resume(self) -> None:
        """Go on."""
        await self._store.set_paused(self._subscription.id, paused=False)
        self._poll_now.set()
        self._dispatcher.wake()
