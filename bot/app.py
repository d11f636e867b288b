"""Composition root: opens store, Discord and the hub in order, and closes them in reverse.

Decides nothing. Imported by ``__main__``, by what else is started there, and by the demo alone.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import discord
from discord.ext import commands

from bot.assembly import Assembly
from bot.blog.kinds import OpenBlog
from bot.blog.web.addresses import Admit
from bot.chat.client import connected, guild_of, log_in, make_client
from bot.chat.discord_chat import DiscordChat
from bot.chat.pace import Paces
from bot.config import Config
from bot.core.domain import ChannelId, GuildId, Message, Millis, SubscriptionId
from bot.core.errors import StartupError, StoreFailed, Unreachable
from bot.core.signing import SIGNATURE, Signer
from bot.first import First
from bot.ports.blogs import KnownBlog
from bot.ports.observer import Observer
from bot.store.sqlite.store import SqliteStore
from bot.store.vault import Vault
from bot.sync.connecting import Connecting
from bot.sync.engine import Engine
from bot.sync.hub import Hub
from bot.sync.observers import Observers
from bot.sync.outbox.retry import next_try
from bot.sync.signature import settle_signer
from bot.sync.tending import Tending, reseal
from bot.watch.figures import Tally
from bot.watch.log import LogObserver
from cogs.access import AccessCog
from cogs.blog import BlogCog
from cogs.choosing import Choosing
from cogs.dialogue import DialogueCog
from cogs.events import EventsCog
from cogs.permitted import WordsTree
from cogs.post import PostCog
from cogs.publish import PublishCog
from cogs.relay import RelayCog
from cogs.sync import SyncCog

log = logging.getLogger(__name__)

GUILD_WAIT = 2.0
"""discord.py's own patience with servers that are announced late."""


def now() -> Millis:
    """The clock of the house."""
    return Millis(time.time_ns() // 1_000_000)


@dataclass(frozen=True, slots=True)
class Running:
    """What a caller of :func:`run` may look at once all is open. ``first`` is what the operator's settings name."""

    store: SqliteStore
    hub: Hub
    assembly: Assembly
    first: SubscriptionId | None
    tally: Tally

    @property
    def engine(self) -> Engine:
        """The engine of the first subscription, which the operator's settings name."""
        engine = None if self.first is None else self.hub.engine(self.first)
        assert engine is not None, "no subscription is named by the settings, or it rests"
        return engine

    @property
    def blog(self) -> OpenBlog:
        """The blog of the first subscription."""
        (row,) = [one.blog.row for one, _ in self.hub.served() if one.id == self.first]
        blog = self.assembly.open_of(row)
        assert blog is not None
        return blog


async def run(
    config: Config,
    *,
    paces: Paces | None = None,
    guild_wait: float = GUILD_WAIT,
    running: asyncio.Future[Running] | None = None,
    clock: Callable[[], Millis] = now,
    call_timeout: float | None = None,
    admit: Admit | None = None,
    on_failed: Callable[[StoreFailed], None] = lambda _: None,
) -> None:
    """Run until cancelled. Raises StartupError or StoreFailed, with one sentence, when that is not possible.

    ``guild_wait``: seconds without news of a further server after which the session counts as ready.
    ``running`` is resolved once everything is open, before the first poll. ``call_timeout``: seconds for one call of
    Discord's, None for the usual. ``admit``: which blogs that moderators name may lie in a private network.
    ``on_failed`` hears of a database that has failed before anything is closed, which may hang then.
    """
    async with AsyncExitStack() as stack:
        store = await opened_store(stack, config, clock)
        vault = Vault.open(config.secret_key, config.key_file)
        await reseal(store, vault)
        signer = await settle_signer(store, vault.derive_each(SIGNATURE), clock())
        client, guild = await enter(stack, config, guild_wait)
        chat = door(config, client, paces or Paces.discord(), clock, call_timeout)
        tally = Tally()
        observer = Observers((LogObserver(), tally))
        hub, first, assembly = serving(config, store, vault, signer, chat, guild, clock, admit, observer)
        stack.push_async_callback(hub.close)
        stack.push_async_callback(assembly.close)
        stack.push_async_callback(first.close)
        named = await first.settle()
        await hub.open()
        publish = await _add_cogs(stack, client, hub, chat, assembly, store, vault)
        if guild is not None:
            await publish.publish(guild)
        log.info("serving %d subscriptions", len(hub.served()))
        if running is not None:
            running.set_result(Running(store, hub, assembly, named, tally))
        await _until_cancelled(client, hub, store, on_failed)


async def opened_store(stack: AsyncExitStack, config: Config, clock: Callable[[], Millis]) -> SqliteStore:
    """The database that the settings name, for this process alone."""
    store = await SqliteStore.open(where_it_is(config.database), clock)
    stack.push_async_callback(store.close)
    return store


def where_it_is(database: Path) -> Path:
    """The operator may have put the database elsewhere by a link; no other link is followed."""
    return database.resolve() if database.is_symlink() else database


def door(
    config: Config, client: discord.Client, paces: Paces, clock: Callable[[], Millis], call_timeout: float | None
) -> DiscordChat:
    """Beside which each subscription gets its own; by itself it mirrors nothing, so its style does not matter."""
    return DiscordChat(
        client,
        style="card",
        paces=paces,
        on_fallback=lambda _channel: None,
        now=lambda: clock() / 1000,
        call_timeout=call_timeout,
        proxies=config.proxy_applications,
    )


def serving(
    config: Config,
    store: SqliteStore,
    vault: Vault,
    signer: Signer,
    chat: DiscordChat,
    guild: GuildId | None,
    clock: Callable[[], Millis],
    admit: Admit | None,
    observer: Observer,
) -> tuple[Hub, First, Assembly]:
    """What serves the subscriptions, what finds the settings' own, and what makes their engines; nothing has begun."""

    async def on_moved(blog: KnownBlog, sentence: str) -> None:
        for one, engine in hub.served():
            if one.blog.row == blog.row:
                await engine.announce_trouble("its address", sentence)

    async def on_other(blog: KnownBlog, sentence: str) -> None:
        await hub.rest_of(blog.row, sentence)
        await first.replaced(blog, sentence)

    assembly = Assembly(
        config, store, vault, signer, chat, clock, on_moved=on_moved, on_other=on_other, admit=admit, observer=observer
    )
    hub = Hub(store, store, assembly.assemble, tell=assembly.tell, observer=observer)
    serve, rest, moment = hub.start, hub.rest, chat.newest_id
    first = First(config, store, guild, ask=assembly.ask, serve=serve, rest=rest, moment=moment, tell=assembly.tell)
    return hub, first, assembly


async def enter(
    stack: AsyncExitStack, config: Config, guild_wait: float
) -> tuple[commands.AutoShardedBot, GuildId | None]:
    """Log in, waiting while Discord is down: a supervisor that starts us over would help nobody."""
    attempt = 0
    while True:
        attempt += 1
        client = make_client(
            config.api_url, openly_to=config.plain_http, tree_cls=WordsTree, guild_ready_timeout=guild_wait
        )
        try:
            await log_in(client, config.discord_token, api_url=config.discord_api_url)
            channel = config.discord_channel_id
            guild = None if channel is None else await guild_of(client, ChannelId(channel))
        except Unreachable as error:
            await client.close()
            wait = next_try(error, attempt, Millis(0)) / 1000
            log.warning("%s The next attempt follows in %.0f s.", error.reason, wait)
            await asyncio.sleep(wait)
        except BaseException:
            await client.close()
            raise
        else:
            stack.push_async_callback(client.close)
            return client, guild


async def _add_cogs(
    stack: AsyncExitStack,
    client: commands.AutoShardedBot,
    hub: Hub,
    chat: DiscordChat,
    assembly: Assembly,
    store: SqliteStore,
    vault: Vault,
) -> PublishCog:
    def read(message: discord.Message) -> Message:
        assert message.guild is not None, "the intents bring messages of servers alone"
        return chat.message(message, GuildId(message.guild.id))

    ask = partial(assembly.ask, trusted=False)
    connecting = Connecting(store, hub, visit=assembly.visit, ask=ask, door=chat, seals=vault)
    stack.callback(connecting.close)
    tending = Tending(store, hub, visit=assembly.visit, door=chat, seals=vault, account_page=assembly.account_page)
    publish = PublishCog(client, store)
    choosing = Choosing(hub, tending)
    for cog in (
        EventsCog(hub, read),
        AccessCog(client, hub),
        BlogCog(connecting, tending, choosing),
        DialogueCog(connecting, tending),
        SyncCog(choosing),
        PostCog(choosing),
        RelayCog(hub),
    ):
        await client.add_cog(cog)
    await client.add_cog(publish)
    return publish


async def _until_cancelled(
    client: commands.AutoShardedBot, hub: Hub, store: SqliteStore, on_failed: Callable[[StoreFailed], None]
) -> None:
    try:
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(connected(client))
            tasks.create_task(hub.run())
            tasks.create_task(_watched(store, on_failed))
    except BaseExceptionGroup as errors:
        if (failed := StoreFailed.within(errors)) is not None:
            raise failed from None
        if errors.subgroup(discord.PrivilegedIntentsRequired) is not None:
            raise StartupError(
                "Discord refuses the message content intent: switch on “Message Content Intent” on the bot's page."
            ) from None
        raise


async def _watched(store: SqliteStore, on_failed: Callable[[StoreFailed], None]) -> None:
    try:
        await store.watch()
    except StoreFailed as error:
        on_failed(error)
        raise
