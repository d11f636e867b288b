"""Before anything is planned: take into the map what both sides carry and no map knows, thread by thread.

A database may be new, lost, or older than what stands on both sides. Shows nothing, writes nothing to the blog and
opens no thread; what is in none is found by :mod:`bot.sync.finder`.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Iterable, Sequence

from bot.core.actions import SetMark, Write
from bot.core.domain import CommentId, MessageId, MessageKind, Millis, Origin, Place, Post, Subscription, Tree
from bot.core.errors import CommonthreadError, PlaceVanished, Transient
from bot.core.policy import EVER, Policy, RelayMode
from bot.ports import Adopted, Blog, Chat, Planned, Snapshot, Store, Upload
from bot.ports.observer import Observer, Unforeseen, Whereabouts
from bot.sync.find_threads import ThreadFinder
from bot.sync.finder import Finder, Findings, is_aside
from bot.sync.observers import ODD, whereabouts
from bot.sync.pauses import Pauses
from bot.sync.rebuilt import Rebuilt, Sum
from bot.sync.recognition import counted
from bot.sync.relaying.decide import Past
from bot.sync.relaying.turns import TurnTaker
from bot.sync.trouble import Trouble

log = logging.getLogger(__name__)

AT_ONCE = 4
"""Threads that are read side by side."""

_CHANNEL = "channel"
"""What waits for its next try beside the rows of posts."""

CHANNEL_UNREAD = (
    "Which threads stand in <#{channel}> cannot be read, so none opens for a new post. It is tried again, and "
    "goes on once that works. {reason}"
)


class Adopter:
    """Of one subscription. Words of the ``past`` stay in Discord; it grows where a database turns out to be older.

    ``trouble`` is told of threads that cannot be read, and once of what was found again.
    """

    def __init__(
        self,
        store: Store,
        blog: Blog,
        chat: Chat,
        subscription: Subscription,
        policy: Policy,
        now: Callable[[], Millis],
        past: Past,
        turns: TurnTaker,
        *,
        trouble: Trouble,
        observer: Observer,
    ) -> None:
        self._store, self._blog, self._chat = store, blog, chat
        self._subscription = subscription
        self._policy = policy
        self._now, self._past, self._turns = now, past, turns
        self._trouble, self._observer = trouble, observer
        self._finder = Finder(store, blog, chat, now)
        self._threads = ThreadFinder(store, blog, chat, subscription)
        self._began = chat.newest_id()
        self._turn = asyncio.Lock()
        self._pauses = Pauses(now)
        self._unread: set[int] | None = None
        self._channel_is_read = not policy.announces
        self._others: set[CommentId] = set()
        self._sum = Sum()

    # ---------------------------------------------------------------- who may go on

    def held(self) -> frozenset[int] | None:
        """Rows of posts whose threads have not been read in this process; None before anything was."""
        return None if self._unread is None else frozenset(self._unread)

    def is_read(self, place: Place) -> bool:
        """Whether all that stands in a thread is in the map, as far as it can be known again."""
        return self._unread is not None and place.row not in self._unread

    def may_open(self) -> bool:
        """Whether it is known which threads stand in the channel."""
        return self._channel_is_read

    @property
    def is_settled(self) -> bool:
        """Whether all was read that was there when this process began."""
        return self._unread == set() and self._channel_is_read

    # ---------------------------------------------------------------- reading

    async def go(self, place: Place | None = None, *, at_once: bool = False) -> bool:
        """Read what has not been read yet; one thread that cannot be holds up no other. -> whether that led on.

        What failed waits for its next try, but for a ``place`` that is asked for, and for all of it ``at_once``.
        """
        if self.is_settled:
            return False
        async with self._turn:
            if at_once or place is not None:
                self._pauses.end(*((place.row, _CHANNEL) if place is not None else ()))
            before = (self._unread, self._channel_is_read)
            opened = await self._find_threads()
            places = await self._store.places(self._subscription.id)
            unread = {one.row for one in places if one.thread_id} if self._unread is None else self._unread
            self._unread = unread | opened
            gate, due = asyncio.Semaphore(AT_ONCE), [one for one in places if one.row in self._unread]
            async with asyncio.TaskGroup() as tasks:
                for one in due:
                    if self._pauses.is_over(one.row):
                        tasks.create_task(self._attempt(one, gate))
            await self._tell()
            return (self._unread, self._channel_is_read) != before

    async def _attempt(self, place: Place, gate: asyncio.Semaphore) -> None:
        assert self._unread is not None
        async with gate:
            try:
                await self.read(place)
            except PlaceVanished as error:
                await self._trouble.lose(place, error.reason)
            except CommonthreadError as error:
                self._pauses.fail(place.row, error)
                fields = {"reason": error.reason, **error.learn(post=place.post_id, thread=place.thread_id).fields}
                log.info("thread %s was not read, and is tried again: %s", place.thread_id, error.reason, extra=fields)
                if not isinstance(error, Transient):
                    await self._trouble.met(place, error, state="reading")
                return
            except ODD as error:
                self._pauses.fail(place.row, error)
                self._observer.hear(Unforeseen(whereabouts(place), "adopt", error))
                return
            self._unread.discard(place.row)
            self._pauses.succeed(place.row)

    async def rebuild(self, *, deleting: bool) -> AsyncIterator[Rebuilt]:
        """Read every thread from its first message to its last, and note what no map knew; one after the other.

        Not ``deleting``: what is doubled on Discord is counted, and stays. Raises what reading the channel raises.
        """
        if not self._channel_is_read:
            self._counted(await self._adopt_threads())
        for place in await self._store.places(self._subscription.id):
            if place.thread_id is not None:
                try:
                    yield Rebuilt(place, await self.read(place, whole=True, deleting=deleting))
                except CommonthreadError as error:
                    yield Rebuilt(place, None, error.reason)
        await self._tell()

    async def read(self, place: Place, *, whole: bool = False, deleting: bool = True) -> Findings:
        """Read one thread, and note what no map knew of it. Raises what both ports raise."""
        found = await self._finder.look(place, whole=whole)
        if found.late:
            await self._reach(found.late)
            await self._store.doubt(place)
        await self._adopt(place, found.adopted)
        if self._past.until:
            await self._store.set_watermark(place, min(found.read_to, self._past.until))
        await self._delete(place, found.doubles if deleting else ())
        await self._send_on(place, found)
        self._note(found)
        return found

    async def _adopt(self, place: Place, adopted: Sequence[Adopted]) -> None:
        for one in adopted:
            if one.mapped.key and is_aside(place, one.mapped.key):
                for message in one.mapped.messages:
                    await self._store.note_aside(place, message)
            for message in one.mapped.messages if one.files else ():
                known = await self._store.uploads(place, message)
                for file in set(one.files) - known.keys():
                    await self._store.note_upload(place, Upload(file, message))
        if adopted:
            await self._store.adopt(place, adopted)

    async def _reach(self, until: MessageId) -> None:
        """What members wrote up to this id was dealt with: what of it is not on the blog was not to be there."""
        if until > self._past.until:
            await self._store.hold_past(self._subscription.id, until)
            self._past.reach(until)

    async def _delete(self, place: Place, doubles: Iterable[MessageId]) -> None:
        """Another message shows the same. What cannot be deleted stays: nobody's words are lost by it."""
        for message in doubles:
            try:
                await self._chat.delete(place, message)
            except Transient:
                raise
            except CommonthreadError as error:
                log.warning("message %s of thread %s: %s", message, place.thread_id, error.reason)

    async def _send_on(self, place: Place, found: Findings) -> None:
        """What bears our mark was on its way, so it goes on in its turn, whatever else of that time stays."""
        if self._policy.relays is not RelayMode.OFF:
            for one in sorted(found.waiting, key=lambda waits: waits.message.id):
                # For whom a proxied one was said was known to the lost map alone.
                goes_on = SetMark(one.message.id, None) if one.message.proxied else Write(one.message)
                asking = None if one.message.proxied else self._turns.of_relay(one.message)
                await self._store.queue(place, Planned(goes_on, reason="it was on its way"), asking)
                await self._turns.tell(asking)

    def _note(self, found: Findings) -> None:
        if found.late:
            self._sum.newest = max(self._sum.newest, found.late)
            self._sum.mirrors += counted(found.adopted, Origin.BLOG)
            self._sum.relays += counted(found.adopted, Origin.DISCORD)
        stays = [one for one in found.left if one.message.id <= self._past.until]
        if found.late or found.place.row in self._sum.read:
            every = self._policy.relays is RelayMode.ALL
            self._sum.left += sum(1 for one in stays if every or one.message.kind is MessageKind.REPLY)

    async def _tell(self) -> None:
        found, self._sum = self._sum, Sum()
        if found.threads or found.mirrors or found.relays:
            kept = await self._store.words_kept_since() <= self._chat.moment_of(MessageId(found.newest))
            await self._trouble.at_large("its database", found.told(words_kept=kept), occasion=self._now())

    # ---------------------------------------------------------------- relays that a tree shows

    async def strangers(self, place: Place, tree: Tree, known: Snapshot) -> bool:
        """Take comments that carry messages of this thread into the map, where a tree shows such. -> whether it did."""
        strange = self._finder.strangers(place, tree, known) - self._others
        if not strange:
            return False
        adopted = await self._finder.relays(place, known)
        await self._adopt(place, adopted)
        self._others |= strange - {one.mapped.comment_id for one in adopted}
        return bool(adopted)

    # ---------------------------------------------------------------- threads

    async def _find_threads(self) -> set[int]:
        """Threads of the channel whose posts have none. -> the rows of these."""
        if self._channel_is_read or not self._pauses.is_over(_CHANNEL):
            return set()
        channel = self._subscription.channel_id
        subject = f"reading channel {channel}"
        try:
            places = await self._adopt_threads()
        except CommonthreadError as error:
            self._pauses.fail(_CHANNEL, error)
            log.info("channel %s was not read, and is tried again: %s", channel, error.reason, extra=error.fields)
            if not isinstance(error, Transient):
                sentence = CHANNEL_UNREAD.format(channel=channel, reason=error.reason)
                await self._trouble.met_in_channel(subject, channel, error, sentence)
            return set()
        except ODD as error:
            self._pauses.fail(_CHANNEL, error)
            self._observer.hear(Unforeseen(Whereabouts(self._subscription.id, channel=channel), "find threads", error))
            return set()
        await self._trouble.is_over(subject)
        self._channel_is_read = True
        self._pauses.succeed(_CHANNEL)
        return self._counted(places)

    def _counted(self, places: Sequence[Place]) -> set[int]:
        self._sum.threads += len(places)
        self._sum.read += [place.row for place in places]
        self._sum.newest = max([self._sum.newest, *(one.thread_id or 0 for one in places)])
        return {place.row for place in places}

    async def _adopt_threads(self) -> tuple[Place, ...]:
        if not (found := await self._threads.look()):
            return ()
        fresh = await self._store.subscription(self._subscription.id)
        if fresh is not None and not fresh.greeted and self._past.until == EVER:  # else a command says since when
            await self._reach(self._began)  # and not later, however long the blog could not be asked
        return await self._store.adopt_threads(self._subscription.id, self._subscription.channel_id, found)

    async def stand(self, posts: Sequence[Post]) -> bool:
        """Take over the threads of posts that were hidden when the channel was read. -> whether there are any."""
        async with self._turn:
            if found := await self._threads.again(posts):
                adopted = await self._store.adopt_threads(self._subscription.id, self._subscription.channel_id, found)
                self._unread = (self._unread or set()) | self._counted(adopted)
            return bool(found)
