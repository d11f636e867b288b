"""Several servers and several blogs with one bot between them, over sockets.

Judges nothing, and connects blogs as ``/blog connect`` does in the end: through the store and the hub.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bot.app import Running, now, run
from bot.chat.pace import Paces
from bot.config import Config
from bot.core.accounts import Account
from bot.core.domain import ChannelId, GuildId, MemberId, MessageId, Millis, SubscriptionId
from bot.core.policy import Settings
from bot.ports.blogs import KnownBlog, SealedAccount
from bot.sandbox.discord import App, Channel, Guild, Limits, LoopbackDiscord
from bot.store.vault import Vault
from bot.sync.engine import Engine
from tests.support.whole_bot import Mirror, read_mirror
from tests.support.wordpress import WordPress

PATIENCE = 60.0


@dataclass
class Place:
    """One blog mirrored into one channel."""

    blog: WordPress
    guild: Guild
    channel: Channel
    number: SubscriptionId


@dataclass
class Many:
    """Servers, blogs and what is connected. ``running`` is the bot while it runs."""

    discord: LoopbackDiscord
    app: App
    folder: Path
    places: list[Place] = field(default_factory=list)
    running: Running | None = None

    @property
    def bot(self) -> Running:
        assert self.running is not None, "the bot does not run"
        return self.running

    def engine(self, place: Place) -> Engine:
        engine = self.bot.hub.engine(place.number)
        assert engine is not None, "the subscription is not served"
        return engine

    @asynccontextmanager
    async def running_bot(
        self,
        *,
        paces: Paces | None = None,
        admit: Callable[[str, int | None], bool] = lambda _host, _port: True,
        clock: Callable[[], Millis] = now,
        **settings: str,
    ) -> AsyncIterator[Running]:
        """The bot in this process, with nothing but its token. ``admit``: which blogs on this machine it may ask."""
        given = {
            "DISCORD_TOKEN": self.app.token,
            "DISCORD_API_URL": self.discord.api_url,
            "DATABASE": str(self.folder / "many.sqlite3"),
            "POLL_INTERVAL": "0.5",
            "MEMBER_MEASURE": "0,0,0,0",  # no person writes as fast as a test
            "SERVER_MEASURE": "0,0,0,0",
            "RELAY_STATUS": "approved",
            **settings,
        }
        running: asyncio.Future[Running] = asyncio.get_running_loop().create_future()
        task = asyncio.create_task(
            run(
                Config.from_env(given),
                paces=paces or Paces.quick(),
                guild_wait=0.2,
                running=running,
                admit=admit,
                clock=clock,
            )
        )
        either: set[asyncio.Future[Any]] = {task, running}
        await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
        if not running.done():
            await task
        self.running = running.result()
        try:
            yield self.running
        finally:
            self.running = None
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task

    async def connect(self, blog: WordPress, channel: Channel, **settings: Any) -> Place:
        """Mirror a blog into a channel, with the least account that may write."""
        store, guild = self.bot.store, GuildId(channel.guild.id)
        known: KnownBlog | None = next((one for one in await store.known_blogs() if one.url == blog.url), None)
        if known is None:
            known = await store.add_blog("wordpress", blog.url)
        vault = Vault.open("", self.folder / "many.key")
        sealed = vault.seal(Account(*blog.login("bridge")))
        await store.keep_account(SealedAccount(known.row, guild, sealed), MemberId(1))
        number = await store.connect(known.row, ChannelId(channel.id), guild, Settings(**settings))
        await self.bot.hub.start(number)
        self.places.append(Place(blog, channel.guild, channel, number))
        return self.places[-1]

    def threads(self, place: Place) -> list[int]:
        """The threads of a place's channel, oldest first."""
        return [int(thread["id"]) for thread in self.discord.threads(place.channel)]

    def mirrors(self, place: Place) -> list[Mirror]:
        """What the place's threads show of comments."""
        return [
            found
            for thread in self.threads(place)
            for message in self.discord.messages(thread)
            if (found := read_mirror(message)) is not None
        ]

    def message_of(self, place: Place, comment: int) -> MessageId:
        """The message that shows a comment in a place."""
        return next(MessageId(one.message) for one in self.mirrors(place) if one.comment == comment)

    async def until(self, what: Any, *, patience: float = PATIENCE) -> None:
        """Wait until something is true of Discord's side."""
        async with asyncio.timeout(patience):
            while not what():  # noqa: ASYNC110 - several sides may change it
                await asyncio.sleep(0.02)

    async def until_blog(self, what: Callable[[], Awaitable[bool]], *, patience: float = PATIENCE) -> None:
        """Wait until something is true of a blog's side."""
        async with asyncio.timeout(patience):
            while not await what():  # noqa: ASYNC110 - the blog sends no events
                await asyncio.sleep(0.05)

    async def quiet(self, *places: Place) -> None:
        """Until nothing waits in these places (all unless told) and two more looks have changed nothing."""
        async with asyncio.timeout(PATIENCE):
            for place in places or self.places:
                calm = 0
                while calm < 2:
                    engine = self.engine(place)
                    before = (await engine.desk.status()).queue
                    record = await engine.poll()
                    queue = (await engine.desk.status()).queue
                    still = queue == before and not queue.ready and not queue.under_way
                    calm = calm + 1 if still and not record.error else 0
                    await asyncio.sleep(0.02)


@asynccontextmanager
async def many(folder: Path, *, limits: Limits | None = None) -> AsyncIterator[Many]:
    """A Discord with a bot that is in no server yet."""
    async with LoopbackDiscord(limits=limits or Limits.relaxed()) as discord:
        app = discord.add_bot(name="Commonthread", guilds=())
        yield Many(discord, app, folder)
