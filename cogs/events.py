"""The event cog: Discord's events about messages, handed to the hub. Decides nothing, stores nothing."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import discord
from discord.ext import commands

from bot.core.domain import Message, MessageId, ThreadId
from bot.sync.hub import Hub

log = logging.getLogger(__name__)


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
        async with self._or_read_again("message", message.channel.id):
            await self._hub.message(self._read(message))

    @commands.Cog.listener()
    async def on_raw_message_edit(self, payload: discord.RawMessageUpdateEvent) -> None:
        async with self._or_read_again("message edit", payload.channel_id):
            await self._hub.edited(self._read(payload.message))

    @commands.Cog.listener()
    async def on_raw_message_delete(self, payload: discord.RawMessageDeleteEvent) -> None:
        async with self._or_read_again("message delete", payload.channel_id):
            await self._hub.deleted(ThreadId(payload.channel_id), [MessageId(payload.message_id)])

    @commands.Cog.listener()
    async def on_raw_bulk_message_delete(self, payload: discord.RawBulkMessageDeleteEvent) -> None:
        messages = sorted(MessageId(message) for message in payload.message_ids)
        async with self._or_read_again("bulk message delete", payload.channel_id):
            await self._hub.deleted(ThreadId(payload.channel_id), messages)

    @commands.Cog.listener()
    async def on_unreadable(self, thread: int) -> None:
        """An event about a thread, or about something in it, that discord.py could not read."""
        self._hub.missed(ThreadId(thread))

    @asynccontextmanager
    async def _or_read_again(self, event: str, thread: int) -> AsyncIterator[None]:
        """discord.py drops what an event handler raises, and the event with it: the thread is read instead."""
        try:
            yield
        except Exception as error:
            log.warning("not taken down: a %s event of thread %s: %s", event, thread, type(error).__name__)
            self._hub.missed(ThreadId(thread))
