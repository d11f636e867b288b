"""The event cog: Discord's events about messages, handed to the hub. Decides nothing, stores nothing."""

from __future__ import annotations

from collections.abc import Callable

import discord
from discord.ext import commands

from bot.core.domain import Message, MessageId, ThreadId
from bot.sync.hub import Hub


class EventsCog(commands.Cog):
    """``read`` turns a discord.py message into ours."""

    def __init__(self, hub: Hub, read: Callable[[discord.Message], Message]) -> None:
        super().__init__()
        self._hub = hub
        self._read = read

    @commands.Cog.listener()
    async def on_ready(self) -> None:
        """A session that could not be resumed: whatever happened meanwhile is read from the threads."""
        await self._hub.session_began()

    @commands.Cog.listener()
    async def on_message(self, message: discord.Message) -> None:
        await self._hub.message(self._read(message))

    @commands.Cog.listener()
    async def on_raw_message_edit(self, payload: discord.RawMessageUpdateEvent) -> None:
        await self._hub.edited(self._read(payload.message))

    @commands.Cog.listener()
    async def on_raw_message_delete(self, payload: discord.RawMessageDeleteEvent) -> None:
        await self._hub.deleted(ThreadId(payload.channel_id), [MessageId(payload.message_id)])

    @commands.Cog.listener()
    async def on_raw_bulk_message_delete(self, payload: discord.RawBulkMessageDeleteEvent) -> None:
        messages = sorted(MessageId(message) for message in payload.message_ids)
        await self._hub.deleted(ThreadId(payload.channel_id), messages)
