"""Publishes the slash commands to each server, but only when they changed. Answers none of them.

Discord counts each creation (200 a day and server), so a fingerprint of what was published is remembered.
"""

from __future__ import annotations

import hashlib
import json
import logging
from typing import Protocol

import discord
from discord import app_commands
from discord.ext import commands

log = logging.getLogger(__name__)


class Memory(Protocol):
    """What was said once. See :class:`bot.ports.Store`."""

    async def remember(self, key: str, value: str = "") -> bool:
        """Remember a value under a key. True when it differs from the one before."""


class PublishCog(commands.Cog):
    """Sees to it that every server that the bot is in knows its commands as they are now."""

    def __init__(self, bot: commands.AutoShardedBot, memory: Memory) -> None:
        super().__init__()
        self._bot = bot
        self._memory = memory
        self._prints: dict[int, str] = {}

    @commands.Cog.listener()
    async def on_ready(self) -> None:
        """Servers that let the bot in while it was away know no command yet."""
        for guild in list(self._bot.guilds):
            await self.publish(guild.id)

    @commands.Cog.listener()
    async def on_guild_join(self, guild: discord.Guild) -> None:
        """A server that put the bot out has forgotten its commands."""
        self._prints.pop(guild.id, None)
        await self._memory.remember(f"commands:{self._bot.application_id}:{guild.id}", "")
        await self.publish(guild.id)

    async def publish(self, guild: int) -> None:
        """Tell Discord of the commands, unless it knows them; the next start tries again what fails."""
        server = discord.Object(guild)
        fingerprint = self._fingerprint(server)
        if self._prints.get(guild) == fingerprint:
            return
        self._prints[guild] = fingerprint
        application = self._bot.application_id
        published, begun = f"commands:{application}:{guild}", f"commands begun:{application}:{guild}"
        cut_off = not await self._memory.remember(begun, "yes")
        if await self._memory.remember(published, fingerprint) or cut_off:
            try:
                await self._bot.tree.sync(guild=server)
            except (discord.HTTPException, app_commands.AppCommandError, OSError) as error:
                log.warning("the slash commands of server %s could not be published (%s)", guild, error)
                return
        await self._memory.remember(begun, "")

    def _fingerprint(self, server: discord.Object) -> str:
        tree = self._bot.tree
        tree.clear_commands(guild=server)
        tree.copy_global_to(guild=server)
        shapes = [command.to_dict(tree) for command in tree.get_commands(guild=server)]
        return hashlib.sha256(json.dumps(shapes, sort_keys=True, default=str).encode()).hexdigest()
