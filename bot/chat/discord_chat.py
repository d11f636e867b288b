"""The Chat port: each method of it, handed to the room whose verb it is.

Does not hold rules of its own. An error learns here in which place it came up.
"""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Callable, Collection, Sequence
from contextlib import AbstractContextManager

import discord

from bot.chat import reading
from bot.chat.appearance import CONTENT_LIMIT, shows
from bot.chat.calls import Calls
from bot.chat.client import time_of
from bot.chat.examine import examine, examine_moderators, first_sync_seconds, survey
from bot.chat.files import Downloads
from bot.chat.mirrors import Mirrors
from bot.chat.naming import Naming
from bot.chat.pace import Pacer, Paces
from bot.chat.reading import Reading
from bot.chat.speech import Speech
from bot.chat.staff import Staff
from bot.chat.threads import Threads
from bot.chat.webhooks import Fallbacks, Webhooks
from bot.core.domain import AttachmentId, ChannelId, GuildId, Mark, Message, MessageId, Millis, Place, ThreadId
from bot.core.errors import about
from bot.core.policy import Style
from bot.ports import Announcement, Finding, Opened, Picture, Posted, Utterance
from bot.ports.prospects import Survey


class DiscordChat:
    """Discord through one client. ``on_fallback`` is called when cards replace personas in a channel, ``on_personas``
    when they do not: each once, and again when it changes.

    ``now`` is Unix seconds, believed until Discord says what time it is; ``call_timeout`` the seconds that one call may
    take, None for the usual. ``proxies``: the applications whose webhooks say again what a member said.
    """

    def __init__(
        self,
        client: discord.Client,
        *,
        style: Style,
        paces: Paces,
        on_fallback: Callable[[ChannelId], None],
        on_personas: Callable[[ChannelId], None] = lambda _: None,
        now: Callable[[], float] = time.time,
        call_timeout: float | None = None,
        proxies: Collection[int] = (),
    ) -> None:
        self._time = time_of(client)
        calls = Calls(client, Pacer(paces), now=lambda: self._time.now(own=now), call_timeout=call_timeout)
        self._proxies = proxies
        self._furnish(calls, Webhooks(calls), Staff(calls), style, Fallbacks(on_fallback, on_personas))

    def beside(
        self,
        *,
        style: Style,
        on_fallback: Callable[[ChannelId], None],
        on_personas: Callable[[ChannelId], None] = lambda _: None,
    ) -> DiscordChat:
        """The same Discord for another subscription: what one of them sends counts for the pace of all."""
        other = DiscordChat.__new__(DiscordChat)
        other._proxies = self._proxies
        other._time = self._time
        other._furnish(self._calls, self._webhooks, self._staff, style, Fallbacks(on_fallback, on_personas))
        return other

    def _furnish(self, calls: Calls, webhooks: Webhooks, staff: Staff, style: Style, fallbacks: Fallbacks) -> None:
        self._style = style
        self._calls = calls
        self._webhooks = webhooks
        self._mirrors = Mirrors(self._calls, self._webhooks, style=style, fallbacks=fallbacks)
        self._reading = Reading(self._calls, self._webhooks, self._mirrors, proxies=self._proxies)
        self._naming = Naming(self._calls)
        self._threads = Threads(self._calls, self._naming)
        self._speech = Speech(self._calls)
        self._downloads = Downloads(self._calls)
        self._staff = staff

    def message(self, message: discord.Message, guild: GuildId) -> Message:
        """For event handlers: a message of discord.py as the domain knows it, ``ours`` included."""
        self._time.seen(MessageId(message.id))
        self._staff.hear(message.author)
        return self._reading.message(message, guild)

    def backfill_wait(self, channel: ChannelId) -> float:
        """Seconds until a comment of a backlog may be sent without waiting."""
        return self._mirrors.backfill_wait(channel)

    async def examine(self, channel: ChannelId) -> tuple[Finding, ...]:
        """For the check command: what is as it must be, and what to do about what is not."""
        return await examine(self._calls.client, channel, style=self._style)

    @property
    def message_limit(self) -> int:
        """See :class:`bot.ports.Chat`."""
        return CONTENT_LIMIT

    def jump_url(self, guild: GuildId, thread: ThreadId, message: MessageId) -> str:
        """The link that opens a message."""
        return reading.jump_url(guild, thread, message)

    def moment_of(self, message: MessageId) -> Millis:
        """When a message was written."""
        return reading.moment_of(message)

    def message_at(self, moment: Millis) -> MessageId:
        """The lowest id that a message of this moment can have."""
        return reading.message_at(moment)

    def newest_id(self) -> MessageId:
        """By Discord's own time; by this machine's while Discord has dated no answer."""
        latest = int(self._calls.now() * 1000)
        return MessageId(max(reading.message_at(Millis(latest + 1)) - 1, self._time.newest))

    async def survey(self, channel: ChannelId, *, style: Style) -> Survey:
        """For whoever connects a blog: what the bot may do in a channel."""
        return await survey(self._calls.client, channel, style=style)

    async def examine_moderators(self, channel: ChannelId, *, named: str) -> Finding:
        """For whoever chooses the channel that is told of trouble."""
        return await examine_moderators(self._calls.client, channel, named=named)

    def first_sync_seconds(self, style: Style, comments: Sequence[int]) -> float:
        """At Discord's own limits, whatever the paces of this process."""
        return first_sync_seconds(style, comments, Paces.discord())

    async def names_of_staff(self, guild: GuildId) -> frozenset[str]:
        """See :class:`bot.ports.Chat`."""
        return await self._staff.names(guild)

    async def open_thread(self, channel: ChannelId, what: Announcement, *, nonce: str) -> Opened:
        """Forum post, or announcement message with a thread started from it."""
        with about(channel=channel):
            return await self._threads.open(channel, what, nonce=nonce)

    async def find_thread(
        self, channel: ChannelId, url: str, *, after: Millis, known: Collection[ThreadId] = ()
    ) -> Opened | None:
        """The probe for a thread; finishes a half-made one."""
        with about(channel=channel):
            return await self._threads.find(channel, url, after=after, known=known)

    async def our_threads(
        self, channel: ChannelId, *, known: Collection[ThreadId], after: ThreadId
    ) -> AsyncIterator[tuple[Opened, str]]:
        """Our threads with the permalinks in their starters."""
        with about(channel=channel):
            async for one in self._threads.every(channel, known=known, after=after):
                yield one

    async def revise_starter(self, place: Place, what: Announcement) -> None:
        """Edit the starter."""
        with _at(place, place.starter_id):
            await self._threads.revise(place, what)

    async def rename_thread(self, place: Place, title: str) -> None:
        """Name the thread after a title."""
        with _at(place):
            await self._naming.rename(place, title)

    async def retag_thread(self, place: Place, before: tuple[str, ...], after: tuple[str, ...]) -> None:
        """Set a forum thread's tags anew, those of moderators left alone."""
        with _at(place):
            await self._naming.retag(place, before, after)

    async def send(self, place: Place, what: Utterance, *, nonce: str) -> MessageId:
        """Send one part of a mirror. ``nonce`` guards cards only: webhooks have none."""
        with _at(place):
            return await self._mirrors.send(place, what, nonce=nonce)

    async def edit(self, place: Place, message: MessageId, what: Utterance, *, renamed: bool = False) -> None:
        """Replace one part."""
        with _at(place, message):
            await self._mirrors.edit(place, message, what, renamed=renamed)

    async def delete(self, place: Place, message: MessageId) -> None:
        """Delete one part; already gone is success."""
        with _at(place, message):
            await self._mirrors.delete(place, message)

    async def mark(self, place: Place, message: MessageId, mark: Mark | None) -> None:
        """Our reaction on (if any), our other marks off."""
        with _at(place, message):
            await self._speech.mark(place, message, mark)

    async def tell(self, place: Place, message: MessageId, text: str, *, nonce: str) -> None:
        """Answer a member's message; Discord drops a second one with the same nonce for some minutes."""
        with _at(place, message):
            await self._speech.tell(place, message, text, nonce=nonce)

    async def say(self, place: Place, text: str, *, nonce: str) -> MessageId:
        """Say a line in the thread, without a notification; twice with one nonce it appears once for some minutes."""
        with _at(place):
            return await self._speech.say(place, text, nonce=nonce)

    async def revise_saying(self, place: Place, message: MessageId, text: str) -> None:
        """Replace what was said."""
        with _at(place, message):
            await self._speech.revise(place, message, text)

    async def notify(self, channel: ChannelId, text: str, *, nonce: str = "") -> None:
        """Say a sentence in a channel; twice with one nonce it appears once for some minutes."""
        with about(channel=channel):
            await self._speech.notify(channel, text, nonce=nonce)

    async def told(self, channel: ChannelId, text: str, *, after: Millis) -> bool:
        """Whether a sentence was said in a channel since a moment."""
        with about(channel=channel):
            return await self._reading.told(channel, text, after=after)

    async def read(self, place: Place, message: MessageId) -> Message | None:
        """One message asked for by id; None when it was deleted."""
        with _at(place, message):
            return await self._reading.one(place, message)

    async def download(self, place: Place, message: MessageId, attachment: AttachmentId, *, limit: int) -> Picture:
        """A picture of a message, written anew, of at most ``limit`` bytes."""
        with _at(place, message):
            return await self._downloads.one(place, message, attachment, limit=limit)

    async def mirrors(self, place: Place, *, after: MessageId | None = None) -> AsyncIterator[tuple[MessageId, str]]:
        """Every mirror that stands in the thread after the anchor, as (message, marker), oldest first."""
        with _at(place):
            async for one in self._reading.mirrors(place, after=after):
                yield one

    async def posted(self, place: Place, *, after: MessageId | None) -> AsyncIterator[Posted]:
        """Messages of the thread with what they are known again by, oldest first."""
        with _at(place):
            async for one in self._reading.posted(place, after=after):
                yield one

    def shows(self, posted: Posted, what: Utterance) -> bool:
        """Whether a message says this already."""
        return shows(posted, what)

    async def in_channel(self, place: Place, *, after: MessageId) -> AsyncIterator[Message]:
        """Messages of a text channel outside of its threads, oldest first."""
        with _at(place):
            async for message in self._reading.in_channel(place, after=after):
                yield message

    async def history(self, place: Place, *, after: MessageId | None) -> AsyncIterator[Message]:
        """Messages of the thread, oldest first."""
        with _at(place):
            async for message in self._reading.history(place, after=after):
                yield message


def _at(place: Place, message: MessageId | None = None) -> AbstractContextManager[None]:
    """What goes wrong inside went wrong there."""
    return about(post=place.post_id, thread=place.thread_id, channel=place.channel_id, message=message)
