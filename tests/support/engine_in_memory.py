"""The engine between a blog and a Discord in memory, on a real database file, with a clock that costs nothing.

Holds no opinion about what is right; see :mod:`tests.support.invariants_in_memory`.
"""

from __future__ import annotations

import asyncio
import contextlib
import shutil
import tempfile
from collections.abc import Callable, Coroutine, Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

from bot.core.domain import ChannelId, GuildId, MemberId, Message, MessageId, Millis, Place, ThreadId
from bot.core.identity import Identity
from bot.core.policy import Policy, RelayMode
from bot.ports import Blog, Store
from bot.ports.observer import Observer
from bot.store.sqlite.store import SqliteStore
from bot.sync.beside import place_of
from bot.sync.checked_blog import CheckedBlog
from bot.sync.engine import Engine
from bot.sync.identify import Identification
from bot.sync.observers import NOBODY
from bot.sync.signature import settle_signer
from tests.support.clock_and_faults import Breakable, Clock, Faults
from tests.support.fake_blog import BASE, FakeBlog
from tests.support.fake_chat import CHANNEL, GUILD, MODERATORS, Event, FakeChat
from tests.support.signer import SECRET
from tests.support.subscribing import subscribe

SHM = Path("/dev/shm")
LONG = 3 * 86_400_000


class Process:
    """One bot's process: its clock, its trouble, its database, and the worlds that it serves."""

    def __init__(self) -> None:
        self.clock = Clock()
        self.ahead = 0  # milliseconds by which the bot's own clock differs
        self.faults = Faults(self.clock)
        self.folder = Path(tempfile.mkdtemp(prefix="commonthread-", dir=SHM if SHM.is_dir() else None))
        self.sqlite: SqliteStore | None = None
        self.worlds: list[World] = []

    def now(self) -> Millis:
        """The bot's own clock."""
        return Millis(self.clock() + self.ahead)

    async def start(self) -> None:
        self.faults.killed = False
        self.sqlite = await SqliteStore.open(self.folder / "bot.sqlite3", self.now)
        try:
            for world in self.worlds:
                await world.begin(self.sqlite)
        except BaseException:
            await self.die()  # its thread would keep the test from ending
            raise

    async def die(self) -> None:
        if self.sqlite is not None:
            await self.sqlite.close()
        self.sqlite = None
        for world in self.worlds:
            world.forsaken()

    async def end(self) -> None:
        await self.die()
        shutil.rmtree(self.folder, ignore_errors=True)


class _AtAddress:
    """The port to whoever answers at a world's address."""

    def __init__(self, world: World) -> None:
        self._world = world

    def __getattr__(self, name: str) -> Any:
        return getattr(self._world.answering, name)

    async def identity(self) -> Identity:
        return self._world.answering.says_of_itself()


class World:
    """One subscription's life. ``start`` and ``die`` as often as wanted; the file, the blog and Discord stay.

    ``beside`` another world it is served by the same process, from the same database, on a server of its own: its blog
    is another one, and posts and comments of both bear the same numbers.
    """

    def __init__(
        self,
        *,
        policy: Policy | None = None,
        forum: bool = True,
        cards: bool = False,
        beside: World | None = None,
        observer: Observer = NOBODY,
        checked: bool = False,
    ) -> None:
        self.process: Process = beside.process if beside is not None else Process()
        self.clock, self.faults, self.folder = self.process.clock, self.process.faults, self.process.folder
        self.blog = FakeBlog(self.clock, self.faults)
        self.chat = FakeChat(self.clock, self.faults, forum=forum, cards=cards)
        if beside is not None:
            self.chat.given = beside.chat.given
        self.place = len(self.process.worlds)
        self.guild = GuildId(GUILD + self.place)
        self.process.worlds.append(self)
        self.policy = policy or Policy(relay=RelayMode.REPLIES, first_posts=2)
        self.observer = observer
        self.secrets: tuple[bytes, ...] = (SECRET,)
        self.checked = checked
        self.answering = self.blog  # who answers at the blog's address
        self._engine: Engine | None = None
        self._working: asyncio.Task[Any] | None = None

    @property
    def sqlite(self) -> SqliteStore | None:
        return self.process.sqlite

    @property
    def engine(self) -> Engine:
        assert self._engine is not None
        return self._engine

    @property
    def store(self) -> SqliteStore:
        assert self.sqlite is not None
        return self.sqlite

    async def start(self) -> None:
        await self.process.start()

    async def begin(self, sqlite: SqliteStore) -> None:
        """The process has opened its database: serve this world."""
        address = BASE if self.place == 0 else f"{BASE}/{self.place}"
        self.blog.signer = await settle_signer(sqlite, self.secrets, self.clock())
        subscription = await subscribe(sqlite, address, ChannelId(CHANNEL + self.place), self.guild)
        self.subscription = subscription.id
        self._breakable = cast(Store, Breakable(sqlite, self.faults.pause))
        relays = self.policy.relays
        await sqlite.note_crossing(subscription.id, relays, self.chat.message_at(self.clock()))
        (since,) = [one.words_since for one in await sqlite.connected() if one.id == subscription.id]
        self.policy = replace(self.policy, words_since=since)
        self._engine = Engine(
            self._breakable,
            await self._seen_blog(sqlite, address) if self.checked else self.blog,
            self.chat,
            subscription,
            self.policy,
            self.process.now,
            moderators=MODERATORS,
            observer=self.observer,
        )

    async def _seen_blog(self, sqlite: SqliteStore, address: str) -> Blog:
        """Whoever answers is made sure of, as in the whole bot; the asking itself never fails."""
        (known,) = [one for one in await sqlite.known_blogs() if one.url == address]
        blog = cast(Blog, _AtAddress(self))

        async def ask(url: str) -> Identity:
            return self.answering.says_of_itself()

        def moved(sentence: str) -> None:
            raise AssertionError(sentence)

        identification = Identification(
            sqlite, known, blog, ask, on_moved=moved, on_other=lambda _: None, clock=lambda: self.clock.time / 1000
        )
        return CheckedBlog(blog, identification)

    def forsaken(self) -> None:
        """The process is gone."""
        self._engine = None

    async def die(self) -> None:
        await self.process.die()

    async def end(self) -> None:
        await self.process.end()

    # ------------------------------------------------------------ what becomes of the database

    async def backup(self) -> Path:
        """Put a copy of the database aside. The process begins anew."""
        await self.die()
        kept = self.folder / f"backup-{self.clock.time}"
        kept.mkdir()
        for file in self.folder.glob("bot.sqlite3*"):
            shutil.copy(file, kept)
        await self.start()
        return kept

    async def lose_database(self, *, put_back: Path | None = None) -> None:
        """The database is gone, or is what a copy of it was; and the process begins anew."""
        await self.die()
        for file in self.folder.glob("bot.sqlite3*"):
            file.unlink()
        for file in put_back.glob("*") if put_back is not None else ():
            shutil.copy(file, self.folder)
        await self.start()

    async def live(self, what: Coroutine[Any, Any, Any]) -> bool:
        """Run something of the bot until it is over or the bot is killed. -> whether it was over."""
        self._working = asyncio.ensure_future(what)
        self.faults.on_kill = self._cancel
        try:
            await self._working
        except asyncio.CancelledError:
            if not self.faults.killed:
                raise
        if self.faults.killed:
            await asyncio.sleep(0)
            await self.die()
            await self.start()
            return False
        return True

    def _cancel(self) -> None:
        assert self._working is not None
        self._working.cancel()

    # ------------------------------------------------------------ what the bot does

    async def work(
        self,
        *,
        poll: bool = True,
        events: Callable[[list[Event]], list[Event]] = list,
        meanwhile: Callable[[], Coroutine[Any, Any, Any]] | None = None,
    ) -> bool:
        """Poll, hear events and carry out what is due, all at once. ``events`` chooses what the gateway delivers."""
        heard = events(self.chat.events)
        self.chat.events = []

        async def all_at_once() -> None:
            async with asyncio.TaskGroup() as tasks:
                if poll:
                    tasks.create_task(self.engine.poll())
                tasks.create_task(self._hear(heard))
                if meanwhile is not None:
                    tasks.create_task(meanwhile())
                tasks.create_task(self.engine.drain())
            await self.engine.drain()

        return await self.live(all_at_once())

    async def _hear(self, events: list[Event]) -> None:
        for event in events:
            if event.kind == "delete":
                await self.deleted(event.thread, event.messages)
            elif event.kind == "new":
                assert event.message is not None
                await self.message(event.message)
            else:
                assert event.message is not None
                await self.edited(event.message)

    async def next_moment(self) -> bool:
        """Let time pass until something is due. -> whether there is anything."""
        now = self.process.now()
        due = (await self.store.claim(self.subscription, now, {}, backlog=0, most=0)).next_due
        if due is None or due > now + LONG:
            return False
        self.clock.advance(due - now + 1)
        return True

    async def quiet(self) -> None:
        """No trouble any more: reconnect, then poll and carry out until two looks in a row changed nothing."""
        self.faults.lift()
        self.blog.down = self.blog.revoked = False
        self.blog.listing = "whole"
        self.chat.permitted = True
        for thread in self.chat.threads.values():
            thread.locked = False
        unchanged = 0
        for _ in range(200):
            before = self.state()
            await self.work(events=list)
            while await self.next_moment():
                await self.work(poll=False)
            await self.live(self.engine.catch_up())
            await self.live(self.engine.drain())
            self.clock.advance(61_000)
            figures = await self.store.figures(self.subscription)
            still = before == self.state() and not figures.ready and not self.chat.events
            unchanged = unchanged + 1 if still else 0
            if unchanged == 2:
                return
        raise AssertionError("the bot never comes to rest")

    def state(self) -> object:
        """All that is to be seen on both sides."""
        return repr((sorted(self.blog.comments.items()), sorted(self.chat.messages.items(), key=lambda one: one[0])))

    async def message(self, message: Message) -> None:
        """A message appeared, as the hub hands it on."""
        if (place := await self._place(message)) is not None:
            await self.engine.message(message, place)

    async def edited(self, message: Message) -> None:
        """A message changed."""
        if (place := await self._place(message)) is not None:
            await self.engine.edited(message, place)

    async def _place(self, message: Message) -> Place | None:
        return await place_of(self._breakable, message.thread_id, message.id, message.reply_to)

    async def deleted(self, thread: ThreadId, messages: Iterable[MessageId]) -> None:
        """Messages are gone."""
        for message in messages:
            if (place := await place_of(self._breakable, thread, message, message)) is not None:
                await self.engine.deleted([message], place)

    async def opt_out(self, member: MemberId) -> int:
        """``/relay off``, as the hub does it. -> messages that were dropped on their way."""
        waited = await self._breakable.opt_out(self.guild, member)
        self.engine.wake()
        return waited

    async def opt_in(self, member: MemberId, *, after: MessageId) -> bool:
        """``/relay on``."""
        return await self._breakable.opt_in(self.guild, member, after=after)

    async def places(self) -> tuple[Place, ...]:
        return await self.engine.desk.places()

    async def thread(self) -> ThreadId:
        """The newest thread."""
        return next(reversed(self.chat.threads))


@contextlib.asynccontextmanager
async def world(**options: Any) -> Any:
    """A world that has begun, and its end."""
    one = World(**options)
    await one.start()
    try:
        yield one
    finally:
        await one.end()
