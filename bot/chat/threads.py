"""Opens a post's thread, finds it again by the permalink in its starter, and revises the starter.

Does not send comments.
"""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Sequence
from contextlib import suppress
from typing import Final, TypeVar

import discord

from bot.chat.appearance import starter_text, starter_url, thread_name
from bot.chat.calls import Calls, Hiccup, Home, show_embeds, thread_of
from bot.chat.codes import HAS_THREAD, TITLE
from bot.chat.naming import Naming
from bot.chat.pace import Resource
from bot.chat.permissions import HISTORY
from bot.chat.piecemeal import active_threads, archived_threads, message_of, page_after
from bot.chat.reading import message_at
from bot.chat.starters import NEUTRAL, Showing, plainer, showing
from bot.core.domain import ChannelId, MessageId, Millis, Place, ThreadId
from bot.core.errors import NotAllowed, NotUnderstood, PlaceVanished, RefusalKind, Refused, Vanished
from bot.ports import Announcement, Opened
from bot.translate.marker import same

T = TypeVar("T")
ARCHIVE_AFTER: Final = 10080
"""Minutes: a week, the longest that Discord offers."""

CLOCKS_DIFFER = 60_000
"""Milliseconds by which Discord's machines that give out ids may differ when a thread is looked for by time."""

_SEEING = ("view_channel",)
_FORUM_NEEDS = ("send_messages", "embed_links")
_TEXT_NEEDS = ("send_messages", "embed_links", "create_public_threads")


log = logging.getLogger(__name__)


class Threads:
    """Threads of posts, in forums and in text or announcement channels."""

    def __init__(self, calls: Calls, naming: Naming) -> None:
        self._calls = calls
        self._naming = naming

    async def open(self, channel: ChannelId, what: Announcement, *, nonce: str) -> Opened:
        """A forum post, or a message and the thread started from it; without what of it Discord refuses."""
        home = await self._calls.home(channel)
        if isinstance(home, discord.TextChannel):
            sent = await self._as_far_as_possible(showing(what), lambda now: self._announce(home, now, nonce))
            return await self._start_from(home, MessageId(sent.id), what.title)
        tags, spare = self._naming.tags(home, what.tags), self._naming.spare_tags(home)
        return await self._as_far_as_possible(showing(what, tags), lambda now: self._post(home, now), spare)

    async def _as_far_as_possible(
        self, now: Showing, attempt: Callable[[Showing], Awaitable[T]], spare: Sequence[discord.ForumTag] = ()
    ) -> T:
        """A refused part is left out and the rest tried again: what decorates a post never stops it."""
        while True:
            try:
                return await attempt(now)
            except (Refused, NotAllowed, Hiccup) as error:
                less = plainer(now, error, spare)
                if less is None:
                    raise
                log.info("shown in part, for Discord refuses the rest: %s", error.reason)
                now = less

    async def _announce(self, home: discord.TextChannel, now: Showing, nonce: str) -> discord.Message:
        channel = ChannelId(home.id)
        async with self._calls.writing(
            f"announce a post in channel {channel}", Resource.MESSAGES, channel, at=channel, needs=_TEXT_NEEDS
        ):
            return await home.send(starter_text(now.what), embeds=now.embeds, nonce=nonce)

    async def find(
        self, channel: ChannelId, url: str, *, after: Millis, known: Collection[ThreadId] = ()
    ) -> Opened | None:
        """The thread whose starter carries ``url``; a message of ours without its thread gets it now."""
        home = await self._calls.home(channel)
        self._calls.permissions.require(channel, *HISTORY)
        since = message_at(Millis(after - CLOCKS_DIFFER))
        if isinstance(home, discord.ForumChannel):
            async for thread in self._threads_since(home, since):
                if thread.id not in known and await self._starts_with(home, thread, url):
                    return Opened(ThreadId(thread.id), MessageId(thread.id))
            return None
        async for message in self._messages_since(home, since):
            mine = message.author.id == self._calls.me and message.id not in known
            if mine and same(starter_url(message), url):
                title = message.embeds[0].title if message.embeds else None
                with suppress(PlaceVanished):  # its thread was deleted: a message gets no second one
                    return await self._start_from(home, MessageId(message.id), title or "")
        return None

    async def every(
        self, channel: ChannelId, *, known: Collection[ThreadId], after: ThreadId
    ) -> AsyncIterator[tuple[Opened, str]]:
        """One look at the lists, and one at the starter of each thread of ours that is not known."""
        home = await self._calls.home(channel)
        self._calls.permissions.require_told(channel, *HISTORY)
        async for thread in self._threads_since(home, after + 1, active_since=0):
            ours = thread.owner_id == self._calls.me
            if ours and thread.id not in known and (url := await self._starter_url(home, thread.id)):
                yield Opened(ThreadId(thread.id), MessageId(thread.id)), url

    async def revise(self, place: Place, what: Announcement) -> None:
        """Shows a changed post in its starter."""
        thread = thread_of(place)
        home = await self._calls.home(place.channel_id)
        if place.starter_id is None:
            raise Vanished(f"Post {place.post_id} has no starter message that could be edited.", post=place.post_id)
        where = thread if isinstance(home, discord.ForumChannel) else place.channel_id
        starter = self._calls.client.get_partial_messageable(where, guild_id=home.guild.id).get_partial_message(
            place.starter_id
        )

        async def edit(now: Showing) -> None:
            async with self._calls.writing(
                f"edit the starter {starter.id} in {where}", Resource.EDITS, where, at=place.channel_id, needs=_SEEING
            ):
                nobody = discord.AllowedMentions.none()
                edited = await starter.edit(content=starter_text(now.what), embeds=now.embeds, allowed_mentions=nobody)
                for embed in now.embeds:
                    await show_embeds(edited, embed)

        attempt = self._as_far_as_possible
        await self._calls.opened(thread, lambda: attempt(showing(what), edit))
        if where != thread:  # a starter in a channel outlives its thread
            await self._calls.found(thread, at=place.channel_id)

    async def _post(self, home: discord.ForumChannel, now: Showing) -> Opened:
        async with self._calls.writing(
            f"open a post in forum {home.id}",
            Resource.THREADS,
            home.guild.id,
            at=ChannelId(home.id),
            needs=_FORUM_NEEDS,
        ):
            made = await home.create_thread(
                name=now.name,
                content=starter_text(now.what),
                embeds=now.embeds,
                applied_tags=now.tags,
                auto_archive_duration=ARCHIVE_AFTER,
                allowed_mentions=discord.AllowedMentions.none(),
            )
        return Opened(ThreadId(made.thread.id), MessageId(made.message.id))

    async def _start_from(self, home: discord.TextChannel, starter: MessageId, title: str) -> Opened:
        channel = ChannelId(home.id)
        try:
            await self._start_named(home, starter, thread_name(title))
        except Refused as error:
            if error.code == str(HAS_THREAD):
                await self._calls.found(ThreadId(starter), at=channel)  # or it had one, which is gone
            elif error.code == str(TITLE) or error.kind is not RefusalKind.OTHER:
                await self._start_named(home, starter, NEUTRAL)
            else:
                raise
        # Discord: Start Thread from Message: the thread has its message's id, and a message has one thread.
        return Opened(ThreadId(starter), starter)

    async def _start_named(self, home: discord.TextChannel, starter: MessageId, name: str) -> None:
        async with self._calls.writing(
            f"start a thread from message {starter}",
            Resource.THREADS,
            home.guild.id,
            at=ChannelId(home.id),
            needs=_TEXT_NEEDS,
        ):
            await home.get_partial_message(starter).create_thread(name=name, auto_archive_duration=ARCHIVE_AFTER)

    async def _starts_with(self, home: Home, thread: discord.Thread, url: str) -> bool:
        return thread.owner_id == self._calls.me and same(await self._starter_url(home, thread.id), url)

    async def _starter_url(self, home: Home, thread: int) -> str | None:
        """The permalink in the starter of a thread; None where the starter is gone, or no starter of ours."""
        where = thread if isinstance(home, discord.ForumChannel) else home.id
        target = self._calls.client.get_partial_messageable(where, guild_id=home.guild.id)
        try:
            async with self._calls.reading(
                f"read the starter of thread {thread}", at=ChannelId(home.id), needs=HISTORY
            ):
                client = self._calls.client
                starter = message_of(client, target, await client.http.get_message(where, thread))
        except (Vanished, PlaceVanished, NotUnderstood):  # the starter, or since the listing its whole thread
            return None
        return starter_url(starter) if starter.author.id == self._calls.me else None

    async def _threads_since(
        self, home: Home, since: int, *, active_since: int | None = None
    ) -> AsyncIterator[discord.Thread]:
        """``active_since``: of those that are not archived; None for the same."""
        async with self._calls.reading(
            f"list the active threads of channel {home.id}", at=ChannelId(home.id), needs=_SEEING
        ):
            active = await active_threads(home.guild)
        floor = since if active_since is None else active_since
        for thread in sorted(active, key=lambda thread: thread.id, reverse=True):
            if thread.parent_id == home.id and thread.id >= floor:
                yield thread
        async with self._calls.reading(
            f"list the archived threads of channel {home.id}", at=ChannelId(home.id), needs=HISTORY
        ):
            archived = await _archived_since(home, since)
        for thread in archived:
            yield thread

    async def _messages_since(self, home: Home, since: int) -> AsyncIterator[discord.Message]:
        after = since
        while True:
            async with self._calls.reading(f"read channel {home.id}", at=ChannelId(home.id), needs=HISTORY):
                where = self._calls.client.get_partial_messageable(home.id, guild_id=home.guild.id)
                page = await page_after(self._calls.client, where, after)
            for message in page.messages:
                yield message
            if page.whole:
                return
            after = page.last


async def _archived_since(home: Home, since: int) -> list[discord.Thread]:
    found: list[discord.Thread] = []
    # Listed by archive time, newest first: one archived before the moment cannot have been made after it.
    async for thread in archived_threads(home):
        if thread.archive_timestamp < discord.utils.snowflake_time(since):
            break
        if thread.id >= since:
            found.append(thread)
    return found
