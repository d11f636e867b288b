"""The access cog: what Discord tells of the bot's permissions, channels and servers. Decides nothing, stores nothing.

Discord tells no one of messages in a channel that they may not see, and sends none of them later: whoever gets a
permission back has to read what was missed.
"""

from __future__ import annotations

import logging

import discord
from discord.ext import commands

from bot.core.domain import ChannelId, GuildId, ThreadId
from bot.sync.hub import Hub

log = logging.getLogger(__name__)


class AccessCog(commands.Cog):
    """Watches what the bot may do in the channels in which subscriptions have threads."""

    def __init__(self, bot: commands.AutoShardedBot, hub: Hub) -> None:
        super().__init__()
        self._bot = bot
        self._hub = hub
        self._allowed: dict[ChannelId, int] = {}
        """The permissions as last seen (Discord: Permissions, bitwise), of channels whose server is known."""

    @commands.Cog.listener()
    async def on_ready(self) -> None:
        """A new session reads every thread by itself; from here on changes count."""
        self._allowed.clear()
        for guild in list(self._bot.guilds):
            await self._look(guild)

    @commands.Cog.listener("on_guild_remove")
    @commands.Cog.listener("on_guild_unavailable")
    async def out(self, guild: discord.Guild) -> None:
        """The bot was put out, or the server is down."""
        self._allowed |= dict.fromkeys(await self._hub.channels(GuildId(guild.id)), 0)

    @commands.Cog.listener("on_guild_join")
    @commands.Cog.listener("on_guild_available")
    async def back(self, guild: discord.Guild) -> None:
        await self._look(guild)

    @commands.Cog.listener()
    async def on_guild_channel_update(self, _: discord.abc.GuildChannel, after: discord.abc.GuildChannel) -> None:
        await self._look(after.guild, only=ChannelId(after.id))

    @commands.Cog.listener()
    async def on_guild_role_update(self, _: discord.Role, after: discord.Role) -> None:
        await self._look(after.guild)

    @commands.Cog.listener()
    async def on_member_update(self, _: discord.Member, after: discord.Member) -> None:
        if after == after.guild.me:
            await self._look(after.guild)

    @commands.Cog.listener()
    async def on_raw_thread_delete(self, payload: discord.RawThreadDeleteEvent) -> None:
        """discord.py tells of each thread of a deleted channel too; that is one thing to tell, and told below."""
        guild = self._bot.get_guild(payload.guild_id)
        if guild is None or guild.get_channel(payload.parent_id) is not None:
            await self._hub.thread_deleted(ThreadId(payload.thread_id))

    @commands.Cog.listener()
    async def on_raw_thread_update(self, payload: discord.RawThreadUpdateEvent) -> None:
        """Whether it is open now is all that counts; what it was before nobody has to know."""
        state = payload.data.get("thread_metadata") or {}
        if not (state.get("locked") or state.get("archived")):
            thread = ThreadId(payload.thread_id)
            if (engine := await self._hub.engine_of(thread)) is not None:
                await engine.thread_opened(thread)

    @commands.Cog.listener()
    async def on_guild_channel_delete(self, channel: discord.abc.GuildChannel) -> None:
        await self._hub.channel_deleted(GuildId(channel.guild.id), ChannelId(channel.id))

    async def _look(self, guild: discord.Guild, *, only: ChannelId | None = None) -> None:
        where = GuildId(guild.id)
        for number in await self._hub.channels(where):
            if only not in (None, number):
                continue
            channel = guild.get_channel(number)
            now = channel.permissions_for(guild.me).value if channel is not None else 0
            before, self._allowed[number] = self._allowed.get(number), now
            if before is not None and now & ~before:
                log.info("permissions in channel %s were given: what waited for them goes on", number)
                await self._hub.access_regained(where, number)
