"""Logs in to Discord and finds a channel's server; what stands in the way becomes one sentence.

Does not connect to the gateway, and tries nothing twice.
"""

from __future__ import annotations

import discord
from discord.ext import commands

from bot.chat.examine import invite_url
from bot.core.domain import ChannelId, GuildId
from bot.core.errors import StartupError, Unreachable
from bot.core.network_words import briefly


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


def _told(error: Exception) -> str:
    if isinstance(error, discord.HTTPException):
        return f"it answers with status {error.status}"
    return briefly(error)
