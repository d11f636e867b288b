"""Reads threads: one message, the history, and which mirrors stand there.

Does not write, and decides nothing about what it reads.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import AsyncIterator, Callable

import discord

from bot.chat.calls import Calls
from bot.chat.cards import read_card
from bot.chat.errors import calling
from bot.chat.messages import is_ours, to_domain
from bot.chat.mirrors import Mirrors
from bot.chat.pace import loop_time
from bot.chat.permissions import HISTORY
from bot.chat.snowflakes import message_at
from bot.chat.webhooks import Webhooks
from bot.core.domain import ChannelId, GuildId, Message, MessageId, Millis, Place
from bot.core.errors import CommonthreadError, Vanished
from bot.translate.marker import read_marker

PAGE = 100
NICKNAMES = 2048
NICKNAME_LIFE = 600.0


class Reading:
    """The threads as they are on Discord."""

    def __init__(
        self, calls: Calls, webhooks: Webhooks, mirrors: Mirrors, *, clock: Callable[[], float] = loop_time
    ) -> None:
        self._calls = calls
        self._webhooks = webhooks
        self._mirrors = mirrors
        self._clock = clock
        self._nicknames: OrderedDict[tuple[int, int], tuple[float, str]] = OrderedDict()

    def message(self, message: discord.Message, guild: GuildId) -> Message:
        """What an event brought, as the domain knows it."""
        return to_domain(message, guild, ours=self.ours(message))

    def ours(self, message: discord.Message) -> bool:
        """Written by the bot or by one of its webhooks."""
        return is_ours(message, me=self._calls.me, known_webhook=self._webhooks.is_ours)

    async def one(self, place: Place, message: MessageId) -> Message | None:
        """One message by id; None when it was deleted."""
        try:
            doing = f"look at message {message} in thread {place.thread_id}"
            async with self._calls.reading(doing, at=place.channel_id, needs=HISTORY):
                found = await self._calls.thread(place).fetch_message(message)
        except Vanished:
            return None
        return await self._named(found, place)

    async def told(self, channel: ChannelId, text: str, *, after: Millis) -> bool:
        """Whether we have said exactly this in a channel since a moment."""
        where = self._calls.client.get_partial_messageable(channel)
        async for message in self._pages(where, channel, message_at(after)):
            if message.author.id == self._calls.me and message.content == text:
                return True
        return False

    async def history(self, place: Place, *, after: MessageId | None) -> AsyncIterator[Message]:
        """Oldest first, under the names that members have on this server."""
        async for message in self._pages(self._calls.thread(place), place.channel_id, after):
            yield await self._named(message, place)

    async def mirrors(self, place: Place, *, after: MessageId | None = None) -> AsyncIterator[tuple[MessageId, str]]:
        """Our messages that carry a marker, oldest first."""
        async for message in self._pages(self._calls.thread(place), place.channel_id, after):
            if not self.ours(message):
                continue
            self._mirrors.note(message)
            marker = read_marker(message.content) if message.webhook_id else read_card(message.embeds)
            if marker is not None:
                yield MessageId(message.id), marker

    async def _pages(
        self, where: discord.PartialMessageable, channel: ChannelId, after: MessageId | None
    ) -> AsyncIterator[discord.Message]:
        """``channel`` is the one whose permissions count: of a thread its parent."""
        self._calls.permissions.require(channel, *HISTORY)
        # Discord: Get Channel Messages pages by 100; without an anchor discord.py starts at the newest.
        since = discord.Object(after or 0)
        while True:
            doing = f"read {'channel' if where.id == channel else 'thread'} {where.id}"
            async with self._calls.reading(doing, at=channel, needs=HISTORY):
                page = [found async for found in where.history(limit=PAGE, after=since, oldest_first=True)]
            for message in page:
                yield message
            if len(page) < PAGE:
                return
            since = discord.Object(page[-1].id)

    async def _named(self, message: discord.Message, place: Place) -> Message:
        ours = self.ours(message)
        if ours or message.author.bot or message.webhook_id or isinstance(message.author, discord.Member):
            return to_domain(message, place.guild_id, ours=ours)
        name = await self._nickname(message.author, place.guild_id)
        return to_domain(message, place.guild_id, ours=ours, author_name=name)

    async def _nickname(self, author: discord.abc.User, guild: GuildId) -> str | None:
        """Messages asked for carry no nickname, those of events do: ask, so that both show the same name."""
        key, now = (guild, author.id), self._clock()
        if (known := self._nicknames.get(key)) and known[0] > now:
            return known[1]
        name = author.display_name
        server = self._calls.client.get_guild(guild)
        try:
            if server is not None:
                async with calling(f"look at member {author.id}", write=False, patience=10.0):
                    name = (await server.fetch_member(author.id)).display_name
        except CommonthreadError:
            # Somebody who left, or a slow answer: the name on the message will do.
            pass
        self._nicknames[key] = (now + NICKNAME_LIFE, name)
        while len(self._nicknames) > NICKNAMES:
            self._nicknames.popitem(last=False)
        return name
