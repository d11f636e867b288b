"""The access cog: what Discord tells of the bot's permissions, channel and server. Decides nothing, stores nothing.

Discord tells no one of messages in a channel that they may not see, and sends none of them later: whoever gets a
permission back has to read what was missed.
"""

from __future__ import annotations

import logging

import discord
from discord.ext import commands

from bot.core.domain import ChannelId, GuildId, ThreadId
from bot.sync.engine import Engine

log = logging.getLogger(__name__)


class AccessCog(commands.Cog):
    """Watches what the bot may do in one channel of one server."""

    def __init__(self, bot: commands.AutoShardedBot, engine: Engine, guild: GuildId, channel: ChannelId) -> None:
        super().__init__()
        self._bot = bot
        self._engine = engine
        self._guild = guild
        self._channel = channel
        self._allowed: int | None = None
        """The permissions as last seen (Discord: Permissions, bitwise); None until the server is known."""

    @commands.Cog.listener()
    async def on_ready(self) -> None:
        """A new session reads every thread by itself; from here on changes count."""
        self._allowed = None
        if (guild := self._bot.get_guild(self._guild)) is not None:
            await self._look(guild)

    @commands.Cog.listener("on_guild_remove")
    @commands.Cog.listener("on_guild_unavailable")
    async def out(self, guild: discord.Guild) -> None:
        """The bot was put out, or the server is down."""
        if guild.id == self._guild:
            self._allowed = 0

    @commands.Cog.listener("on_guild_join")
    @commands.Cog.listener("on_guild_available")
    async def back(self, guild: discord.Guild) -> None:
        if guild.id == self._guild:
            await self._look(guild)

    @commands.Cog.listener()
    async def on_guild_channel_update(self, _: discord.abc.GuildChannel, after: discord.abc.GuildChannel) -> None:
        if after.id == self._channel:
            await self._look(after.guild)

    @commands.Cog.listener()
    async def on_guild_role_update(self, _: discord.Role, after: discord.Role) -> None:
        if after.guild.id == self._guild:
            await self._look(after.guild)

    @commands.Cog.listener()
    async def on_member_update(self, _: discord.Member, after: discord.Member) -> None:
        if after.guild.id == self._guild and after == after.guild.me:
            await self._look(after.guild)

    @commands.Cog.listener()
    async def on_raw_thread_delete(self, payload: discord.RawThreadDeleteEvent) -> None:
        """discord.py tells of each thread of a deleted channel too; that is one thing to tell, and told below."""
        guild = self._bot.get_guild(payload.guild_id)
        if guild is None or guild.get_channel(payload.parent_id) is not None:
            await self._engine.thread_deleted(ThreadId(payload.thread_id))

    @commands.Cog.listener()
    async def on_guild_channel_delete(self, channel: discord.abc.GuildChannel) -> None:
        if channel.id == self._channel:
            await self._engine.channel_deleted(self._channel)

    async def _look(self, guild: discord.Guild) -> None:
        channel = guild.get_channel(self._channel)
        now = channel.permissions_for(guild.me).value if channel is not None else 0
        before, self._allowed = self._allowed, now
        if before is not None and now & ~before:
            log.info("permissions in channel %s were given: what waited for them goes on", self._channel)
            await self._engine.access_regained()
