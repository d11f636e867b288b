"""What the slash commands share: the door (this server only, quiet answers), errors into words. Decides nothing."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Iterable

import discord
from discord import app_commands

from bot.core.domain import GuildId, Place, ThreadId
from bot.core.errors import CommonthreadError
from bot.sync.engine import Engine
from bot.sync.hub import Hub

log = logging.getLogger(__name__)

MODERATORS = discord.Permissions(manage_messages=True)
"""Who sees the commands, unless a server's owner says otherwise (Discord: default_member_permissions)."""

MOST_CHOICES = 25
"""Discord: autocomplete results."""

LONGEST_CHOICE = 100
"""Characters of a choice's name."""


class WordsTree(app_commands.CommandTree[discord.Client]):
    """Turns every error into a sentence."""

    async def on_error(
        self, interaction: discord.Interaction[discord.Client], error: app_commands.AppCommandError, /
    ) -> None:
        cause = error.original if isinstance(error, app_commands.CommandInvokeError) else error
        if isinstance(cause, CommonthreadError):
            await say(interaction, cause.reason)
            return
        log.error("command failed", exc_info=cause)
        await say(interaction, "That went wrong in a way nobody foresaw. The bot's log has the details.")


def guild_of(asked: discord.Interaction[discord.Client]) -> GuildId:
    """The server in which a command is given."""
    assert asked.guild_id is not None, "the commands are for servers alone"
    return GuildId(asked.guild_id)


async def engine_for(hub: Hub, asked: discord.Interaction[discord.Client]) -> Engine:
    """The engine of the thread in which a command is given, or the server's only one. Raises CommonthreadError."""
    if asked.channel_id is not None and (found := await hub.engine_of(ThreadId(asked.channel_id))) is not None:
        return found
    engines = [engine for _, engine in hub.served(guild_of(asked))]
    if len(engines) != 1:
        raise CommonthreadError("No blog is mirrored here." if not engines else "Say it in a thread of the blog.")
    return engines[0]


async def think(interaction: discord.Interaction[discord.Client]) -> None:
    """Answer within Discord's three seconds; the words follow with :func:`say`."""
    await interaction.response.defer(ephemeral=True, thinking=True)


async def say(interaction: discord.Interaction[discord.Client], words: str) -> None:
    """The answer, to the one who asked alone."""
    words = words if len(words) <= 2000 else words[:1999] + "…"
    if interaction.response.is_done():
        await interaction.followup.send(words, ephemeral=True, allowed_mentions=discord.AllowedMentions.none())
    else:
        await interaction.response.send_message(words, ephemeral=True, allowed_mentions=discord.AllowedMentions.none())


def choices(titled: Iterable[tuple[str, str]], typed: str) -> list[app_commands.Choice[str]]:
    """(title, value) pairs whose title contains what was typed, as many as Discord shows; no two of them look alike."""
    wanted = typed.casefold()
    found = [(title, value) for title, value in titled if wanted in title.casefold()][:MOST_CHOICES]
    often = Counter(cut(title) for title, _ in found)
    return [
        app_commands.Choice(name=cut(title, f" (post {value})" if often[cut(title)] > 1 else "") or value, value=value)
        for title, value in found
    ]


def cut(title: str, tail: str = "") -> str:
    """A choice's name, the tail whole (Discord: application command option choice, name 1-100)."""
    room = LONGEST_CHOICE - len(tail)
    return (title if len(title) <= room else title[: room - 1].rstrip() + "…") + tail


def quoted(title: str) -> str:
    """A post's title in a sentence, its marks shown as they are."""
    return f"“{discord.utils.escape_markdown(cut(' '.join(title.split())))}”"


def pick(places: Iterable[Place], value: str) -> Place:
    """The place that an autocompleted value (or a typed title) names. Raises CommonthreadError with a sentence."""
    for place in places:
        if value in (place.post_id, place.title):
            return place
    raise CommonthreadError("No mirrored post goes by that name; pick one from the list.")
