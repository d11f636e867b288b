"""What every method of the port goes through: pace, timeout, translation of errors, opening of archived threads.

Does not know what is sent, and caches no channel or message.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import TypeVar

import discord

from bot.chat.codes import Forbidden, PageBefore, PageInstead, ThreadShut
from bot.chat.outcome import calling
from bot.chat.pace import Pacer, Resource
from bot.chat.permissions import Permissions, titles
from bot.core.domain import ChannelId, Place, ThreadId
from bot.core.errors import (
    CommonthreadError,
    Doubt,
    NotAllowed,
    PlaceVanished,
    Refused,
    Transient,
    Unanswered,
    Unreachable,
)

log = logging.getLogger(__name__)

ANSWERS_WITHIN = 5.0
"""Seconds in which Discord has to answer a plain question, lest a page in its place be taken for an outage's."""

_HELD = "Discord says that a permission is missing, though the bot holds what is known to be needed ({})"

T = TypeVar("T")
Home = discord.TextChannel | discord.ForumChannel
"""Channels that can mirror a blog: text and announcement channels are one class in discord.py."""


class Hiccup(Unreachable):
    """A refusal of what the bot is known to be allowed, met for the first time."""


class Calls:
    """The client, its pacer, and the few look-ups that several rooms need.

    ``now`` is Discord's time in Unix seconds, by which messages have an age; ``call_timeout`` seconds for one call,
    None for the usual.
    """

    def __init__(
        self,
        client: discord.Client,
        pacer: Pacer,
        *,
        now: Callable[[], float] = time.time,
        call_timeout: float | None = None,
    ) -> None:
        self.client = client
        self.pacer = pacer
        self.now = now
        self._call_timeout = call_timeout
        self.permissions = Permissions(client)
        self._opening: dict[int, asyncio.Lock] = {}

    @property
    def me(self) -> int:
        """The bot's user id. Raises Unreachable before login."""
        if self.client.user is None:
            raise Unreachable("The bot is not logged in to Discord yet.")
        return self.client.user.id

    @asynccontextmanager
    async def reading(
        self, doing: str, *, at: ChannelId | None = None, needs: tuple[str, ...] = ()
    ) -> AsyncIterator[None]:
        """A read: silence means Unreachable. ``needs`` are permissions in channel ``at``, by discord.py's names."""
        with self._believing(at, needs):
            async with calling(doing, write=False, needs=needs, call_timeout=self._call_timeout):
                yield

    @asynccontextmanager
    async def writing(
        self,
        doing: str,
        resource: Resource,
        key: int,
        *,
        at: ChannelId | None = None,
        needs: tuple[str, ...] = (),
        backfill: bool = False,
    ) -> AsyncIterator[None]:
        """A write in its turn: silence means Unanswered, and a Retry-After holds everybody behind it."""
        await self.pacer.turn(resource, key, backfill=backfill)
        try:
            with self._believing(at, needs):
                async with calling(doing, write=True, needs=needs, call_timeout=self._call_timeout):
                    yield
        except (PageBefore, PageInstead) as page:
            raise await self._whose_page(page, at) from page
        except Unreachable as error:
            if error.retry_after is not None:
                self.pacer.block(resource, key, error.retry_after)
            raise

    async def _whose_page(self, page: PageBefore | PageInstead, at: ChannelId | None) -> Unreachable | Unanswered:
        """A page where Discord answers everything else is about this one request; else it is an outage."""
        if at is not None and await self._answers(at):
            reason = f"{page.reason} Something before Discord does not let this one pass."
            return Unanswered(reason, doubt=Doubt.TURNED_AWAY)
        return Unreachable(page.reason) if isinstance(page, PageBefore) else Unanswered(page.reason)

    async def _answers(self, channel: ChannelId) -> bool:
        try:
            async with calling(f"look at channel {channel}", write=False, call_timeout=ANSWERS_WITHIN):
                await self.client.fetch_channel(channel)
        except Transient:
            return False
        except CommonthreadError:
            return True  # it says no, but it is Discord that says so
        return True

    @contextmanager
    def _believing(self, at: ChannelId | None, needs: tuple[str, ...]) -> Iterator[None]:
        """A refusal of what the bot is known to be allowed is a hiccup: worth one more try before it is believed.

        What is said of it then names the permissions that are really missing, and none that the bot holds.
        """
        try:
            yield
        except ThreadShut as error:
            if self.permissions.missing(at, ("manage_threads",)) != ():
                raise
            raise ThreadShut(error.doing, error.code, may_manage=True) from error
        except Forbidden as error:
            if self.permissions.doubtful(at, needs):
                raise Hiccup(f"{error.reason} It should be allowed, so it is tried again.") from error
            missing = self.permissions.missing(at, needs) if error.lacks else None
            if missing is None:
                raise
            why = f"the bot lacks the permission {titles(missing)}" if missing else _HELD.format(titles(needs))
            raise Forbidden(error.doing, why, lacks=True, lacking=titles(missing)) from error

    async def home(self, channel: ChannelId) -> Home:
        """The channel itself, from the cache or asked for. Raises PlaceVanished, NotAllowed, Refused by kind."""
        found = self.client.get_channel(channel)
        if found is None:
            async with self.reading(f"look at channel {channel}"):
                found = await self.client.fetch_channel(channel)
        if not isinstance(found, discord.TextChannel | discord.ForumChannel):
            raise Refused(
                f"Channel {channel} is neither a forum nor a text or announcement channel.",
                "channel_kind",
                channel=channel,
            )
        return found

    async def found(self, thread: ThreadId, *, at: ChannelId | None = None) -> discord.Thread:
        """A thread as it is now. Raises PlaceVanished: only asking for the thread itself says that it is gone."""
        async with self.reading(f"look at thread {thread}", at=at, needs=("view_channel",)):
            found = await self.client.fetch_channel(thread)
        if not isinstance(found, discord.Thread):
            raise PlaceVanished(f"There is no thread {thread}.", thread=thread)
        return found

    def thread(self, place: Place) -> discord.PartialMessageable:
        """A place's thread, without asking whether it is cached, archived or there at all."""
        return self.client.get_partial_messageable(thread_of(place), guild_id=place.guild_id)

    async def opened(self, thread: ThreadId, attempt: Callable[[], Awaitable[T]]) -> T:
        """Runs ``attempt``; when the thread is archived, unarchives it and runs it once more.

        Sends unarchive by themselves; edits and reactions do not (Discord: Threads).
        """
        try:
            return await attempt()
        except ThreadShut:
            await self._unarchive(thread)
            return await attempt()

    async def _unarchive(self, thread: ThreadId) -> None:
        async with self._opening.setdefault(thread, asyncio.Lock()):
            try:
                found = await self.found(thread)
                if not found.archived:
                    return
                async with self.writing(f"unarchive thread {thread}", Resource.CHANGES, thread):
                    await found.edit(archived=False)
                log.info("thread %s: unarchived, because something of it has to change", thread)
            except NotAllowed as error:
                raise NotAllowed(
                    f"Thread {thread} is archived and may not be opened: unlock it, or give the bot the permission "
                    "Manage Threads.",
                    thread=thread,
                ) from error
            finally:
                self._opening.pop(thread, None)


async def show_embeds(edited: discord.Message, embed: discord.Embed) -> None:
    """Show an embed of ours that a moderator had removed: they stay away, whatever is edited, until a flag is off."""
    if edited.flags.suppress_embeds:
        await edited.edit(embed=embed, suppress=False)


def thread_of(place: Place) -> ThreadId:
    """The thread of a place that has one; a place without is a mistake of the caller."""
    if place.thread_id is None:
        raise ValueError(f"post {place.post_id} has no thread yet")
    return place.thread_id
