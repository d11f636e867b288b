"""Composition root: opens store, blog and Discord in order, ties them to the engine, closes them in reverse.

Decides nothing. Imported by ``__main__`` and the demo alone.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import logging
import time
from collections.abc import Callable, Coroutine
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import Any

import discord
from discord import app_commands
from discord.ext import commands

from bot.blog.wordpress.blog import WordPressBlog
from bot.chat.client import connected, make_client
from bot.chat.discord_chat import DiscordChat
from bot.chat.examine import invite_url
from bot.chat.pace import Paces
from bot.config import DEFAULT_API_URL, Config
from bot.core.domain import ChannelId, GuildId, Message, Millis
from bot.core.errors import NotUnderstood, StartupError, Unreachable
from bot.core.network_words import briefly
from bot.core.policy import Policy, RelayMode
from bot.store.sqlite.store import SqliteStore
from bot.sync.engine import Engine
from bot.sync.outbox.dispatch import Backfill
from bot.sync.outbox.retry import next_try
from cogs.access import AccessCog
from cogs.answers import WordsTree
from cogs.blog import BlogCog
from cogs.post import PostCog
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
    """What a caller of :func:`run` may look at once all is open."""

    store: SqliteStore
    engine: Engine
    blog: WordPressBlog


async def run(
    config: Config,
    *,
    paces: Paces | None = None,
    guild_wait: float = GUILD_WAIT,
    running: asyncio.Future[Running] | None = None,
    clock: Callable[[], Millis] = now,
    patience: float | None = None,
) -> None:
    """Run until cancelled. Raises StartupError with one sentence when that is not possible.

    ``guild_wait``: seconds without news of a further server after which the session counts as ready.
    ``running`` is resolved once everything is open, before the first poll. ``patience``: seconds for one call of
    Discord's, None for the usual.
    """
    async with AsyncExitStack() as stack:
        store = await SqliteStore.open(config.database, clock)
        stack.push_async_callback(store.close)
        blog = await _open_blog(config)
        stack.push_async_callback(blog.aclose)
        client, guild = await _enter(stack, config, guild_wait)
        engine, chat = await _tie(
            config, store, blog, client, guild, paces or Paces.discord(), clock=clock, patience=patience
        )
        await _add_cogs(client, engine, chat, guild, config.discord_channel_id)
        await _publish_commands(client, store, guild)
        client.add_listener(_republish(client, store, guild), "on_guild_join")
        log.info("mirroring %s into channel %s of server %s", config.blog_url, config.discord_channel_id, guild)
        if running is not None:
            running.set_result(Running(store, engine, blog))
        await _until_cancelled(client, engine)


async def _enter(stack: AsyncExitStack, config: Config, guild_wait: float) -> tuple[commands.AutoShardedBot, GuildId]:
    """Log in, waiting while Discord is down: a supervisor that starts us over would help nobody."""
    attempt = 0
    while True:
        attempt += 1
        client = make_client(api_url(config), tree_cls=WordsTree, guild_ready_timeout=guild_wait)
        try:
            guild = await log_in(client, config)
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


async def _open_blog(config: Config) -> WordPressBlog:
    """A blog that is down opens all the same: polls say so, and what members write is taken down meanwhile."""
    try:
        return await WordPressBlog.open(
            config.blog_url, username=config.blog_username or None, password=config.blog_app_password or None
        )
    except NotUnderstood as error:
        raise StartupError(error.reason) from error


def api_url(config: Config) -> str | None:
    """The REST base to use, or None for Discord's own."""
    return None if config.discord_api_url == DEFAULT_API_URL else config.discord_api_url


async def log_in(client: commands.AutoShardedBot, config: Config) -> GuildId:
    """Log in and find the channel's server. Raises StartupError, and Unreachable while Discord is down."""
    try:
        await _login(client, config)
        channel = await client.fetch_channel(config.discord_channel_id)
    except discord.LoginFailure as error:
        raise StartupError("Discord does not know this DISCORD_TOKEN; copy it again from the bot's page.") from error
    except (discord.NotFound, discord.Forbidden) as error:
        raise StartupError(
            f"The bot cannot see channel {config.discord_channel_id}. Check DISCORD_CHANNEL_ID, "
            f"and let the bot in: {invite_url(client.application_id or 0)}"
        ) from error
    except (discord.HTTPException, discord.GatewayNotFound, OSError) as error:
        raise Unreachable(f"Discord cannot be reached: {_told(error)}.") from error
    if not isinstance(channel, discord.ForumChannel | discord.TextChannel):
        raise StartupError(
            f"Channel {config.discord_channel_id} cannot hold a mirror: name a forum, text or announcement channel."
        )
    return GuildId(channel.guild.id)


async def _login(client: commands.AutoShardedBot, config: Config) -> None:
    try:
        await client.login(config.discord_token)
    except (discord.NotFound, discord.Forbidden) as error:
        raise StartupError(
            f"What answers at {config.discord_api_url} is not Discord's API (status {error.status}); "
            "check DISCORD_API_URL, or leave it out."
        ) from error


def _told(error: Exception) -> str:
    if isinstance(error, discord.HTTPException):
        return f"it answers with status {error.status}"
    return briefly(error)


async def _tie(
    config: Config,
    store: SqliteStore,
    blog: WordPressBlog,
    client: discord.Client,
    guild: GuildId,
    paces: Paces,
    *,
    clock: Callable[[], Millis],
    patience: float | None,
) -> tuple[Engine, DiscordChat]:
    channel = ChannelId(config.discord_channel_id)
    fallbacks: set[asyncio.Task[None]] = set()

    def on_fallback(where: ChannelId) -> None:
        sentence = f"Webhooks cannot be managed in <#{where}>, so comments appear as cards by the bot."
        task = asyncio.ensure_future(engine.announce_trouble("fallback", sentence))
        fallbacks.add(task)
        task.add_done_callback(fallbacks.discard)

    chat = _chat(config, client, paces, on_fallback, clock, patience)
    engine = Engine(
        store,
        blog,
        chat,
        await store.subscribe(config.blog_url, channel, guild),
        _policy(config),
        clock,
        moderators=None if config.moderator_channel_id is None else ChannelId(config.moderator_channel_id),
        backfill=_backfill(config, chat, channel),
    )
    return engine, chat


def _chat(
    config: Config,
    client: discord.Client,
    paces: Paces,
    on_fallback: Callable[[ChannelId], None],
    clock: Callable[[], Millis],
    patience: float | None,
) -> DiscordChat:
    return DiscordChat(
        client,
        style=config.mirror_style,
        paces=paces,
        on_fallback=on_fallback,
        now=lambda: clock() / 1000,
        patience=patience,
    )


def _backfill(config: Config, chat: DiscordChat, channel: ChannelId) -> Backfill | None:
    """Personas of a channel share one limit: one of the backlog at a time loses nothing. Cards have none."""
    return Backfill(1, lambda: chat.backfill_wait(channel)) if config.mirror_style == "persona" else None


def _policy(config: Config) -> Policy:
    return Policy(
        relay=RelayMode(config.relay),
        approve=config.relay_status == "approved",
        has_account=bool(config.blog_app_password),
        first_posts=config.first_posts,
        poll_interval=config.poll_interval,
        retract_share=config.retract_share,
        uploads=config.uploads,
    )


async def _add_cogs(
    client: commands.AutoShardedBot, engine: Engine, chat: DiscordChat, guild: GuildId, channel: int
) -> None:
    def read(message: discord.Message) -> Message:
        return chat.message(message, guild)

    access = AccessCog(client, engine, guild, ChannelId(channel))
    for cog in (SyncCog(engine, read), BlogCog(engine), PostCog(engine), RelayCog(engine), access):
        await client.add_cog(cog)


async def _publish_commands(client: commands.AutoShardedBot, store: SqliteStore, guild: GuildId) -> None:
    """Tell Discord of the commands, but only when they changed: it counts (Discord: 200 creates a day and server)."""
    tree = client.tree
    assert isinstance(tree, WordsTree)
    tree.guild_id = guild
    server = discord.Object(guild)
    tree.copy_global_to(guild=server)
    shapes = [command.to_dict(tree) for command in tree.get_commands(guild=server)]
    fingerprint = hashlib.sha256(json.dumps(shapes, sort_keys=True, default=str).encode()).hexdigest()
    published, begun = f"commands:{client.application_id}:{guild}", f"commands begun:{client.application_id}:{guild}"
    cut_off = not await store.remember(begun, "yes")
    if await store.remember(published, fingerprint) or cut_off:
        try:
            await tree.sync(guild=server)
        except (discord.HTTPException, app_commands.AppCommandError, OSError) as error:
            log.warning("the slash commands could not be published (%s); the next start tries again", error)
            return
    await store.remember(begun, "")


def _republish(
    client: commands.AutoShardedBot, store: SqliteStore, guild: GuildId
) -> Callable[[discord.Guild], Coroutine[Any, Any, None]]:
    """A server that put the bot out has forgotten its commands."""

    async def joined(where: discord.Guild) -> None:
        if where.id == guild:
            await store.remember(f"commands:{client.application_id}:{guild}", "")
            await _publish_commands(client, store, guild)

    return joined


async def _until_cancelled(client: commands.AutoShardedBot, engine: Engine) -> None:
    refused = False
    try:
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(connected(client))
            tasks.create_task(engine.run())
    except* discord.PrivilegedIntentsRequired:
        refused = True
    if refused:
        raise StartupError(
            "Discord refuses the message content intent: switch on “Message Content Intent” on the bot's page."
        )
