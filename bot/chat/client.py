"""Makes the discord.py client: its intents, its manners, and where its requests go; logs it in and keeps it connected.

Does not register commands or handle events, and tries no login twice; what stands in its way becomes one sentence.
"""

from __future__ import annotations

import asyncio
import logging
import sys
from collections.abc import Callable
from typing import Any

import discord
import yarl
from discord import app_commands
from discord.ext import commands
from discord.gateway import DiscordWebSocket
from discord.http import Route

from bot.chat.discord_time import DiscordTime
from bot.chat.examine import invite_url
from bot.chat.outcome import at_most_once
from bot.chat.piecemeal import alone, ids, tell
from bot.core.accounts import goes_openly
from bot.core.domain import ChannelId, GuildId
from bot.core.errors import CommonthreadError, StartupError, Unreachable
from bot.core.network_words import briefly

log = logging.getLogger(__name__)

# At DEBUG these write webhook tokens and message bodies.
_TALKATIVE = ("discord.http", "discord.webhook.async_", "discord.gateway")

_SESSION = frozenset({"READY", "RESUMED"})
"""Events without which there is no session: nothing goes on when they cannot be read."""

_CONVERSATION = ("MESSAGE_", "THREAD_")

_FURNITURE = (
    *("threads", "emojis", "stickers", "voice_states", "stage_instances", "guild_scheduled_events"),
    *("soundboard_sounds", "presences"),
)
"""Of a server: what the bot can do without."""


def _lenient(event: str, parse: Callable[[Any], object], data: Any) -> None:
    """Read an event; what cannot be read as it is, is read without what it brings along beside itself."""
    try:
        parse(data)
    except Exception:
        if event == "GUILD_CREATE" and isinstance(data, dict):
            parse({**data, **{name: [] for name in _FURNITURE}})
        elif isinstance(data, dict) and data.get("referenced_message") is not None:
            parse(alone(data))
        else:
            raise


class ChatClient(commands.AutoShardedBot):
    """discord.py's bot, sharded as Discord advises. ``api_url`` is a REST base such as ``http://host/api/v10``.

    ``discord_time`` is told by what Discord answers. ``openly_to``: hosts that may be told the token openly.
    """

    def __init__(self, api_url: str | None, *, openly_to: frozenset[str] = frozenset(), **options: Any) -> None:
        self.discord_time = DiscordTime()
        self._openly_to = openly_to
        super().__init__(http_trace=at_most_once(self.discord_time), **options)
        parsers = self._connection.parsers
        parsers |= {event: self._guarded(event, parse) for event, parse in parsers.items() if event not in _SESSION}
        self._own_gateway = api_url is not None
        if api_url is not None:
            # An attribute of the class: one target per process.
            Route.BASE = api_url.rstrip("/")

    def _guarded(self, event: str, parse: Callable[[Any], object]) -> Callable[[Any], None]:
        """discord.py's reader of an event; what it cannot read would end the client, and costs that event alone.

        Where it concerned a thread, ``unreadable`` is dispatched with the thread's id: reading may bring what it told.
        """

        def read(data: Any) -> None:
            try:
                _lenient(event, parse, data)
            except Exception as error:
                tell(f"{event} event", data, error)
                known = ids(data)
                where = known.get("channel_id" if event.startswith("MESSAGE_") else "its_id")
                if where and event.startswith(_CONVERSATION):
                    self.dispatch("unreadable", where)

        return read

    async def on_error(self, event_method: str, /, *_args: Any, **_kwargs: Any) -> None:
        """What an event handler raised: one line for what is known to happen, the way to it for a mistake of ours."""
        error = sys.exc_info()[1]
        if isinstance(error, CommonthreadError):
            log.warning("not taken down: %s: %s", event_method, error.reason, extra=error.fields)
        else:
            log.error("a mistake in %s: %s", event_method, type(error).__name__, exc_info=error)

    async def setup_hook(self) -> None:
        """Asks for the gateway's address where the REST base is not Discord's own; reconnects without a session use it.

        Raises discord.GatewayNotFound, and StartupError for a gateway where others on the way could read the token.
        """
        if self._own_gateway:
            _, url, _ = await self.http.get_bot_gateway()
            if goes_openly(url, self._openly_to):
                raise StartupError(
                    "What answers at DISCORD_API_URL names a gateway without encryption, which is not told the token; "
                    "let it name one that begins with wss://, or put that one's host into PLAIN_HTTP."
                )
            DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL(url)


def time_of(client: discord.Client) -> DiscordTime:
    """Discord's time, by what this client was answered."""
    return client.discord_time if isinstance(client, ChatClient) else DiscordTime()


def make_client(
    api_url: str | None = None,
    *,
    openly_to: frozenset[str] = frozenset(),
    guild_ready_timeout: float = 2.0,
    tree_cls: type[app_commands.CommandTree[Any]] = app_commands.CommandTree,
) -> commands.AutoShardedBot:
    """A client that pings nobody, caches no messages or members and sends no write twice.

    ``openly_to``: hosts that may be told the token where others on the way can read it.
    ``tree_cls`` is the kind of command tree that answers slash commands.
    ``guild_ready_timeout``: seconds without a further guild after which the client counts as ready.
    """
    discord.VoiceClient.warn_nacl = False  # the bot has no voice to miss the libraries for
    discord.VoiceClient.warn_dave = False
    for name in _TALKATIVE:
        logging.getLogger(name).setLevel(logging.INFO)
    return ChatClient(
        api_url,
        openly_to=openly_to,
        command_prefix=commands.when_mentioned,
        help_command=None,
        intents=intents(),
        allowed_mentions=discord.AllowedMentions.none(),
        max_messages=None,
        member_cache_flags=discord.MemberCacheFlags.none(),
        chunk_guilds_at_startup=False,
        # With a limit here discord.py turns away whatever shares a window longer than it, be there room or not.
        max_ratelimit_timeout=None,
        guild_ready_timeout=guild_ready_timeout,
        tree_cls=tree_cls,
    )


def intents() -> discord.Intents:
    """Guilds for threads, messages for what members say, and their content."""
    wanted = discord.Intents.none()
    wanted.guilds = True
    wanted.guild_messages = True
    wanted.message_content = True
    return wanted


async def log_in(client: commands.AutoShardedBot, token: str, *, api_url: str) -> None:
    """Log in. ``api_url`` is named where what answers there is not Discord.

    Raises StartupError, and Unreachable while Discord is down.
    """
    try:
        await client.login(token)
    except discord.LoginFailure as error:
        raise StartupError("Discord does not know this DISCORD_TOKEN; copy it again from the bot's page.") from error
    except (discord.NotFound, discord.Forbidden) as error:
        raise StartupError(
            f"What answers at {api_url} is not Discord's API (status {error.status}); "
            "check DISCORD_API_URL, or leave it out."
        ) from error
    except (discord.HTTPException, discord.GatewayNotFound, OSError) as error:
        raise Unreachable(f"Discord cannot be reached: {_told(error)}.") from error


async def guild_of(client: commands.AutoShardedBot, channel: ChannelId) -> GuildId:
    """The server of the channel that the operator's settings name. Raises StartupError, and Unreachable."""
    try:
        found = await client.fetch_channel(channel)
    except (discord.NotFound, discord.Forbidden) as error:
        raise StartupError(
            f"The bot cannot see channel {channel}. Check DISCORD_CHANNEL_ID, "
            f"and let the bot in: {invite_url(client.application_id or 0)}"
        ) from error
    except (discord.HTTPException, OSError) as error:
        raise Unreachable(f"Discord cannot be reached: {_told(error)}.") from error
    if not isinstance(found, discord.ForumChannel | discord.TextChannel):
        raise StartupError(f"Channel {channel} cannot hold a mirror: name a forum, text or announcement channel.")
    return GuildId(found.guild.id)


async def connected(client: commands.AutoShardedBot) -> None:
    """Until cancelled. discord.py may lose a cancellation that comes while it connects; closing ends it in any case."""
    connection = asyncio.create_task(client.connect())
    try:
        await asyncio.wait({connection})
    finally:
        connection.cancel()
        await client.close()
        await asyncio.wait({connection}, timeout=5)
    connection.result()


def _told(error: Exception) -> str:
    if isinstance(error, discord.HTTPException):
        return f"it answers with status {error.status}"
    return briefly(error)
