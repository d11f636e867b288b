"""The subscription that the operator's settings name: finds it in the database, or makes it.

Reads no environment, and decides nothing about subscriptions that moderators connected.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Protocol

from bot.config import Config
from bot.core.domain import ChannelId, GuildId, MessageId, SubscriptionId
from bot.core.errors import CommonthreadError
from bot.core.identity import same_home
from bot.core.policy import EVER, RelayMode
from bot.ports import SaidBefore
from bot.ports.blogs import Blogs, Connected, KnownBlog, Serving
from bot.sync.identify import Ask, whose

log = logging.getLogger(__name__)

LONGEST_PAUSE = 300.0
"""Seconds between two questions to a blog that does not say who it is."""

RENAMED = (
    "The operator's settings (BLOG_URL) name another blog now, {name}. Nothing is read from this one or sent to it."
)
UNNAMED = "The operator's settings (BLOG_URL) name no blog any more."


KEPT_APPROVED = (
    "RELAY_STATUS is not set, and stays `approved` here, as it was; where nothing is connected yet it is `blog` now. "
    "`approved` overrides the blog's rules that a newcomer's comment waits, and that every comment does; the plugin in "
    "docs/wordpress keeps words of the blog's lists from readers. Set RELAY_STATUS to say which of the two is meant."
)
_LOGGED, _TOLD = "logged", "told"


class ConnectedBefore(Blogs, SaidBefore, Protocol):
    """What is connected, and what was said before."""


class First:
    """``ask`` asks the blog at an address who it is; ``serve`` and ``rest`` start and end a subscription's engine.

    ``tell`` says a sentence to a subscription's moderators. -> whether that was possible.
    ``moment``: see :meth:`bot.ports.Chat.newest_id`.
    """

    def __init__(
        self,
        config: Config,
        blogs: ConnectedBefore,
        guild: GuildId | None,
        *,
        ask: Ask,
        serve: Callable[[SubscriptionId], Awaitable[object]],
        rest: Callable[[SubscriptionId, str], Awaitable[None]],
        moment: Callable[[], MessageId],
        tell: Callable[[Connected, str], Awaitable[bool]],
    ) -> None:
        self._tell = tell
        self._config = config
        self._blogs = blogs
        self._guild = guild
        self._settings = config.first
        self._ask = ask
        self._serve = serve
        self._rest = rest
        self._moment = moment
        self._asking: asyncio.Task[None] | None = None

    async def settle(self) -> SubscriptionId | None:
        """The subscription, as the settings want it. None where none is named, or its blog cannot be told yet.

        In the latter case the blog is asked again until it answers, and then served.
        """
        if self._guild is None:
            for one in await self._named():
                await self._rest(one.id, UNNAMED)
            return None
        try:
            return await self._settle(await self._blog())
        except CommonthreadError as error:
            await self._ask_later(error)
            return None

    async def close(self) -> None:
        """Ask no more."""
        if self._asking is not None:
            self._asking.cancel()
            await asyncio.wait({self._asking})
            self._asking = None

    async def replaced(self, blog: KnownBlog, reason: str) -> None:
        """Another blog answers at the address that the settings name: it is what the operator wants mirrored.

        One that was mirrored from there before goes on where it was.
        """
        resting = [one for one in await self._named() if one.blog.row == blog.row and one.serving is Serving.ACTIVE]
        for one in resting:
            await self._rest(one.id, reason)
        if not resting:
            return
        try:
            await self._settle(await self._in_place_of(blog))
            await self._serve_all()
        except CommonthreadError as error:
            await self._ask_later(error)

    async def _ask_later(self, error: CommonthreadError) -> None:
        log.warning("%s Until it says which blog it is, nothing is mirrored from it or sent to it.", error.reason)
        await self.close()
        self._asking = asyncio.create_task(self._ask_until_answered(), name="asking the first blog")

    async def _serve_all(self) -> None:
        """Anew where they are served: whether they announce may have changed."""
        for one in await self._named():
            if one.serving is Serving.ACTIVE:
                await self._serve(one.id)

    async def _ask_until_answered(self) -> None:
        pause = min(2.0, self._config.poll_interval)
        while True:
            await asyncio.sleep(pause)
            pause = min(2 * pause, LONGEST_PAUSE)
            try:
                await self._settle(await self._blog())
            except CommonthreadError as error:
                log.debug("still: %s", error.reason)
            else:
                await self._serve_all()
                return

    async def _named(self) -> list[Connected]:
        return [one for one in await self._blogs.connected() if one.from_settings]

    # ---------------------------------------------------------------- the blog

    async def _blog(self) -> KnownBlog:
        """By its spelling, which the engine still holds against what answers there; else by what it says of itself."""
        url = self._config.blog_url
        named = await self._named()
        active = {one.blog.row for one in named if one.serving is Serving.ACTIVE}
        known = sorted(await self._blogs.known_blogs(), key=lambda one: (one.row in active, one.row), reverse=True)
        operators = {one.blog.row for one in named}  # what a blog that moderators named says of itself is only its word
        spelt = [one for one in known if one.url == url] or [
            one
            for one in known
            if one.row in operators and (same_home(one.url, url) or (one.home and same_home(one.home, url)))
        ]
        if spelt:
            return await self._at(spelt[0], url)
        if known:
            found = await self._ask(url)
            if (blog := await whose(self._blogs, found, self._ask)) is not None:
                return await self._at(blog, url)
        return await self._blogs.add_blog(self._config.blog_kind, url)

    async def _in_place_of(self, gone: KnownBlog) -> KnownBlog:
        """The blog that answers where another one did: one that was known by that address, or a new one."""
        url = self._config.blog_url
        found = await self._ask(url)
        before = {one.blog.row for one in await self._named() if same_home(one.blog.url, url)} - {gone.row}
        if (blog := await whose(self._blogs, found, self._ask, among=before)) is not None:
            return await self._at(blog, url)
        return await self._blogs.add_blog(gone.kind, url)

    async def _at(self, blog: KnownBlog, url: str) -> KnownBlog:
        """Where the operator says that it is asked."""
        if blog.url == url:
            return blog
        posts = tuple((await self._blogs.dated_posts(blog.row)).items())
        return await self._blogs.follow_blog(blog.row, url=url, home=blog.home, title=blog.title, newest=posts)

    # ---------------------------------------------------------------- the subscription

    async def _settle(self, blog: KnownBlog) -> SubscriptionId:
        assert self._guild is not None
        assert self._config.discord_channel_id is not None
        channel, guild = ChannelId(self._config.discord_channel_id), self._guild
        named = await self._named()
        before = any(one.settings.approve for one in named if one.blog.row == blog.row)
        kept = before and not self._config.relay_status_is_given
        self._settings = replace(self._config.first, approve=kept or self._config.first.approve)
        chosen = await self._chosen(blog, channel, guild, named)
        relays = self._config.first.relay if self._config.blog_app_password else RelayMode.OFF
        await self._blogs.note_crossing(chosen, relays, self._moment())  # a setting publishes nothing that is older
        for other in named:
            if other.id != chosen:
                await self._demote(other, blog)
        if kept:
            (one,) = [one for one in await self._blogs.connected() if one.id == chosen]
            await self._tell_once(one, KEPT_APPROVED)
        return chosen

    async def _tell_once(self, one: Connected, sentence: str) -> None:
        """To moderators, at the first start at which they can be told; until then, once, to who reads the log."""
        key = f"kept approved:{one.id}"
        before = (await self._blogs.said(key)).get(key)
        if before == _TOLD:
            return
        if before is None:
            log.warning("%s", sentence)
        await self._blogs.remember(key, _TOLD if await self._tell(one, sentence) else _LOGGED)

    async def _chosen(
        self, blog: KnownBlog, channel: ChannelId, guild: GuildId, named: list[Connected]
    ) -> SubscriptionId:
        """Where the channel was exchanged the subscription goes on: its threads stay, new ones open elsewhere."""
        mine = [one for one in named if one.blog.row == blog.row and one.guild_id == guild and one.announces]
        here = [one for one in await self._blogs.connected() if (one.blog.row, one.channel_id) == (blog.row, channel)]
        if mine and not here:
            log.info("new posts open in channel %s from now on, not in %s", channel, mine[0].channel_id)
            await self._blogs.set_channel(mine[0].id, channel)
        taken = any(not one.from_settings for one in here)  # moderators' rule stood until now
        since = self._moment() if taken else EVER
        return await self._blogs.connect(blog.row, channel, guild, self._settings, from_settings=True, since=since)

    async def _demote(self, other: Connected, blog: KnownBlog) -> None:
        """One that settings named before: of the same blog its threads are served on; another blog's rest."""
        spelt_alike = same_home(other.blog.home or other.blog.url, blog.home or blog.url)
        same = other.blog.row == blog.row or (other.serving is Serving.ACTIVE and spelt_alike)
        if same:
            await self._blogs.set_from_settings(other.id, named=True, announces=False)
            await self._blogs.set_settings(other.id, self._settings)
            await self._blogs.join(other.id, blog.row)
        elif other.serving is Serving.ACTIVE:
            await self._rest(other.id, RENAMED.format(name=blog.name))
