"""Reads threads: one message, the history, and which mirrors stand there; turns each message into one of the domain.

Does not write, and decides nothing about what it reads: not whether a message concerns the blog either.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import AsyncIterator, Callable, Collection

import discord

from bot.chat.appearance import CONTENT_LIMIT, read_card, shortened
from bot.chat.calls import Calls, thread_of
from bot.chat.mirrors import Mirrors
from bot.chat.openly_named import names_of_channels, names_of_roles
from bot.chat.outcome import calling
from bot.chat.pace import loop_time
from bot.chat.permissions import HISTORY
from bot.chat.piecemeal import message_of, page_after, tell
from bot.chat.speech import mark_of
from bot.chat.webhooks import Webhooks
from bot.core.domain import (
    Attached,
    AttachmentId,
    ChannelId,
    GuildId,
    MemberId,
    Message,
    MessageId,
    MessageKind,
    Millis,
    Place,
    ThreadId,
)
from bot.core.errors import CommonthreadError, Vanished
from bot.ports import Posted
from bot.translate.marker import read_marker

NICKNAMES = 2048
NICKNAME_LIFE = 600.0
"""Seconds."""

_EPOCH = 1_420_070_400_000
"""Discord: Snowflakes, milliseconds of the first second of 2015."""

_TIME = 22
"""Bits of a snowflake below its milliseconds."""

_SPOILER = "SPOILER_"


class Reading:
    """The threads as they are on Discord. ``proxies``: applications whose webhooks say members' messages again."""

    def __init__(
        self,
        calls: Calls,
        webhooks: Webhooks,
        mirrors: Mirrors,
        *,
        proxies: Collection[int] = (),
        clock: Callable[[], float] = loop_time,
    ) -> None:
        self._calls = calls
        self._webhooks = webhooks
        self._mirrors = mirrors
        self._proxies = proxies
        self._clock = clock
        self._nicknames: OrderedDict[tuple[int, int], tuple[float, str]] = OrderedDict()

    def message(self, message: discord.Message, guild: GuildId) -> Message:
        """What an event brought, as the domain knows it."""
        return to_domain(message, guild, ours=self.ours(message), proxies=self._proxies)

    def ours(self, message: discord.Message) -> bool:
        """Written by the bot or by one of its webhooks."""
        return is_ours(message, me=self._calls.me, known_webhook=self._webhooks.is_ours)

    async def one(self, place: Place, message: MessageId) -> Message | None:
        """One message by id; None when it was deleted."""
        try:
            doing = f"look at message {message} in thread {place.thread_id}"
            async with self._calls.reading(doing, at=place.channel_id, needs=HISTORY):
                thread = self._calls.thread(place)
                raw = await self._calls.client.http.get_message(thread.id, message)
                found = message_of(self._calls.client, thread, raw)
        except Vanished:
            return None
        return await self._named(found, place)

    async def told(self, channel: ChannelId, text: str, *, after: Millis) -> bool:
        """Whether we have said exactly this, as far as it fits into one message, in a channel since a moment."""
        said = shortened(text, CONTENT_LIMIT)
        where = self._calls.client.get_partial_messageable(channel)
        async for message in self._pages(where, channel, message_at(after)):
            if message.author.id == self._calls.me and message.content == said:
                return True
        return False

    async def in_channel(self, place: Place, *, after: MessageId) -> AsyncIterator[Message]:
        """As :meth:`history`, of the channel. A forum has no messages of its own."""
        if not isinstance(await self._calls.home(place.channel_id), discord.ForumChannel):
            async for one in self.history(place.beside, after=after):
                yield one

    async def history(self, place: Place, *, after: MessageId | None) -> AsyncIterator[Message]:
        """Oldest first, under the names that members have on this server. What cannot be read is left out."""
        async for _, told in self._told(place, after):
            yield told

    async def _told(self, place: Place, after: MessageId | None) -> AsyncIterator[tuple[discord.Message, Message]]:
        async for message in self._pages(self._calls.thread(place), place.channel_id, after):
            try:
                told = await self._named(message, place)
            except (ValueError, TypeError, LookupError, AttributeError) as error:
                tell("message", {"channel_id": str(message.channel.id), "id": str(message.id)}, error)
            else:
                yield message, told

    async def mirrors(self, place: Place, *, after: MessageId | None = None) -> AsyncIterator[tuple[MessageId, str]]:
        """Our messages that carry a marker, oldest first."""
        async for message in self._pages(self._calls.thread(place), place.channel_id, after):
            if self.ours(message) and (marker := self._marker(message)) is not None:
                yield MessageId(message.id), marker

    async def posted(self, place: Place, *, after: MessageId | None) -> AsyncIterator[Posted]:
        """Oldest first. What the gateway has told of a thread's newest message saves the request."""
        self._calls.permissions.require_told(place.channel_id, *HISTORY)
        thread = self._calls.client.get_channel(thread_of(place))
        newest = thread.last_message_id if isinstance(thread, discord.Thread) else None
        if after is not None and newest is not None and newest <= after:
            return
        async for message, told in self._told(place, after):
            if told.ours:
                card = message.embeds[0] if message.embeds and not message.webhook_id else None
                name = (card.author.name if card is not None else None) or told.author_name
                words = (card.description if card is not None else None) or told.text
                yield Posted(told, self._marker(message) or "", name, words)
            else:
                edited = message.edited_at is not None
                yield Posted(told, "", told.author_name, told.text, mark_of(message), edited)

    def _marker(self, message: discord.Message) -> str | None:
        """Of a message of ours; who wrote it is remembered."""
        self._mirrors.note(message)
        return read_marker(message.content) if message.webhook_id else read_card(message.embeds)

    async def _pages(
        self, where: discord.PartialMessageable, channel: ChannelId, after: MessageId | None
    ) -> AsyncIterator[discord.Message]:
        """``channel`` is the one whose permissions count: of a thread its parent."""
        self._calls.permissions.require(channel, *HISTORY)
        since = int(after or 0)
        while True:
            doing = f"read {'channel' if where.id == channel else 'thread'} {where.id}"
            async with self._calls.reading(doing, at=channel, needs=HISTORY):
                page = await page_after(self._calls.client, where, since)
            for message in page.messages:
                yield message
            if page.whole:
                return
            since = page.last

    async def _named(self, message: discord.Message, place: Place) -> Message:
        ours = self.ours(message)
        if ours or message.author.bot or message.webhook_id or isinstance(message.author, discord.Member):
            return to_domain(message, place.guild_id, ours=ours, proxies=self._proxies)
        name = await self._nickname(message.author, place.guild_id)
        return to_domain(message, place.guild_id, ours=ours, author_name=name, proxies=())

    async def _nickname(self, author: discord.abc.User, guild: GuildId) -> str | None:
        """Messages asked for carry no nickname, those of events do: ask, so that both show the same name."""
        key, now = (guild, author.id), self._clock()
        if (known := self._nicknames.get(key)) and known[0] > now:
            return known[1]
        name = author.display_name
        server = self._calls.client.get_guild(guild)
        try:
            if server is not None:
                async with calling(f"look at member {author.id}", write=False, call_timeout=10.0):
                    name = (await server.fetch_member(author.id)).display_name
        except CommonthreadError:
            # Somebody who left, or a slow answer: the name on the message will do.
            pass
        self._nicknames[key] = (now + NICKNAME_LIFE, name)
        while len(self._nicknames) > NICKNAMES:
            self._nicknames.popitem(last=False)
        return name


def is_ours(message: discord.Message, *, me: int, known_webhook: Callable[[int | None], bool]) -> bool:
    """Written by this bot or by a webhook of its application. Never asks whether an id is stored yet."""
    # Discord gives a bot's application the id of the bot's user, but for some very old ones.
    application = message._state.application_id
    return (
        message.author.id == me
        or known_webhook(message.webhook_id)
        or (message.application_id is not None and message.application_id in (me, application))
    )


def _is_proxied(message: discord.Message, proxies: Collection[int]) -> bool:
    """Said by a webhook of one of these applications, not as an answer to a command (its webhook is no author)."""
    return message.application_id in proxies and message.webhook_id == message.author.id != message.application_id


def to_domain(
    message: discord.Message, guild: GuildId, *, ours: bool, author_name: str | None = None, proxies: Collection[int]
) -> Message:
    """``author_name`` replaces the display name where the caller knows better (history carries no nicknames)."""
    kind, proxied = _kind(message), not ours and _is_proxied(message, proxies)
    return Message(
        id=MessageId(message.id),
        thread_id=ThreadId(message.channel.id),
        author_id=MemberId(message.author.id),
        author_name=author_name or message.author.display_name,
        kind=kind,
        text=message.content,
        jump_url=jump_url(guild, ThreadId(message.channel.id), MessageId(message.id)),
        reply_to=_reply_to(message) if kind is MessageKind.REPLY else None,
        from_bot=(message.author.bot or message.webhook_id is not None) and not proxied,
        ours=ours,
        users={user.id: user.display_name for user in message.mentions},
        roles=names_of_roles(message),
        channels=names_of_channels(message),
        attachments=tuple(_attached(message, file) for file in message.attachments),
        stickers=tuple(sticker.name for sticker in message.stickers),
        poll=message.poll.question if message.poll else None,
        forwards=bool(message.message_snapshots),
        addresses_us=any(user.id == message._state.self_id for user in message.mentions),
        carries_more=bool(message.components or message.embeds or message.activity),
        proxied=proxied,
        edited_at=None if message.edited_at is None else Millis(int(message.edited_at.timestamp() * 1000)),
    )


def _kind(message: discord.Message) -> MessageKind:
    if message.type is discord.MessageType.reply:
        return MessageKind.REPLY
    return MessageKind.PLAIN if message.type is discord.MessageType.default else MessageKind.SYSTEM


def _reply_to(message: discord.Message) -> MessageId | None:
    reference = message.reference
    if reference is None or reference.message_id is None:
        return None
    return MessageId(reference.message_id)


def _attached(message: discord.Message, file: discord.Attachment) -> Attached:
    voice = message.flags.voice and file.duration is not None
    return Attached(
        filename=file.filename.removeprefix(_SPOILER) or file.filename,
        content_type=file.content_type,
        spoiler=file.is_spoiler(),
        seconds=round(file.duration or 0) if voice else None,
        id=AttachmentId(file.id),
        size=file.size,
    )


def moment_of(message: MessageId) -> Millis:
    """When a message was written: its id says so."""
    return Millis((message >> _TIME) + _EPOCH)


def message_at(moment: Millis) -> MessageId:
    """The lowest id that a message of this moment can have, 0 for a moment before Discord's time."""
    return MessageId(max(moment - _EPOCH, 0) << _TIME)


def jump_url(guild: GuildId, thread: ThreadId, message: MessageId) -> str:
    """The link that opens a message (Discord: message links)."""
    return f"https://discord.com/channels/{guild}/{thread}/{message}"
