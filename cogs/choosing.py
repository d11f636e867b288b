"""Which blog and which post of a server a command is about: named, or known from the thread it is given in.

Decides nothing about them, and knows none of another server's, whatever value is sent.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterable
from datetime import UTC, datetime

import discord
from discord import app_commands

from bot.core.domain import Millis, Place, Post, PostId, SubscriptionId, ThreadId
from bot.core.errors import CommonthreadError
from bot.ports.blogs import Connected
from bot.sync.engine import Engine
from bot.sync.hub import Hub
from bot.sync.tending import UNKNOWN, Tending
from cogs.answers import Asked, choices, cut, guild_of
from cogs.permitted import in_charge

log = logging.getLogger(__name__)

SOON = 2.0
"""Seconds: a list that is offered while somebody types is due after three (Discord: Interactions)."""

NONE_HERE = "No blog is mirrored on this server."
NONE_YOURS = "The blogs of this server are mirrored in channels in which you may not manage messages."
WHICH = "Several blogs are mirrored on this server: name one with `blog`, or say it in a mirrored thread."
WHICH_POST = "Name a post with `post`, or say it in its thread."
RESTS = "This blog is not served now; `/blog list` says why."


class Choosing:
    """Shared by the commands that are about a blog or a post."""

    def __init__(self, hub: Hub, tending: Tending) -> None:
        self._hub = hub
        self._tending = tending
        self._looks: set[asyncio.Task[tuple[Post, ...]]] = set()

    # ---------------------------------------------------------------- blogs

    async def blog(self, asked: Asked, named: str | None) -> Connected:
        """The subscription that is meant, served or not. Raises CommonthreadError with one sentence."""
        mine = await self.mine(asked)
        if named is not None:
            return named_of(mine, named, asked.guild)
        if (here := await self._here(asked)) is not None:
            return here
        if len(mine) != 1:
            raise CommonthreadError(WHICH if mine else await self._none(asked))
        return mine[0]

    async def mine(self, asked: Asked) -> tuple[Connected, ...]:
        """The server's subscriptions that are the asker's to look after; of others nothing is told."""
        return tuple(one for one in await self._tending.of(guild_of(asked)) if in_charge(asked, one.channel_id))

    async def all_of(self, asked: Asked) -> tuple[Connected, ...]:
        """The same. Raises CommonthreadError where there are others alone."""
        if not (mine := await self.mine(asked)) and await self._tending.of(guild_of(asked)):
            raise CommonthreadError(NONE_YOURS)
        return mine

    async def _none(self, asked: Asked) -> str:
        return NONE_YOURS if await self._tending.of(guild_of(asked)) else NONE_HERE

    async def engine(self, asked: Asked, named: str | None) -> Engine:
        """Its engine. Raises CommonthreadError."""
        return self._served(await self.blog(asked, named))

    async def engines(self, asked: Asked, named: str | None) -> list[tuple[Connected, Engine]]:
        """The one that is meant, or all of the server's where none is. Raises CommonthreadError where there is none."""
        if named is None and await self._here(asked) is None:
            served = [each for each in self._hub.served(guild_of(asked)) if in_charge(asked, each[0].channel_id)]
            if not served:
                raise CommonthreadError(await self._none(asked))
            return served
        one = await self.blog(asked, named)
        return [(one, self._served(one))]

    async def blogs(self, asked: Asked, typed: str) -> list[app_commands.Choice[str]]:
        """What a member may pick from."""
        mine = await self.mine(asked)
        return choices(((label(one, asked.guild), str(one.id)) for one in mine), typed, kind="blog")

    def _served(self, one: Connected) -> Engine:
        if (engine := self._hub.engine(one.id)) is None:
            raise CommonthreadError(RESTS)
        return engine

    async def _here(self, asked: Asked) -> Connected | None:
        """The subscription of the thread in which a command is given."""
        if asked.channel_id is None or (owner := await self._hub.owner_of(ThreadId(asked.channel_id))) is None:
            return None
        return next((one for one in await self.mine(asked) if one.id == owner), None)

    # ---------------------------------------------------------------- posts

    async def place(self, asked: Asked, blog: str | None, post: str | None) -> tuple[Engine, Place]:
        """The mirrored post that is meant, with its engine. Raises CommonthreadError."""
        blog, post = split(blog, post)
        engines = await self.engines(asked, blog)
        if post is None:
            for _, engine in engines:
                for place in await engine.desk.places():
                    if place.thread_id == asked.channel_id:
                        return engine, place
            raise CommonthreadError(WHICH_POST)
        found = [(engine, place) for _, engine in engines for place in _picked(await engine.desk.places(), post)]
        if len(found) > 1:
            raise CommonthreadError("Posts of several blogs go by that name; name the blog with `blog`.")
        if not found:
            raise CommonthreadError("No mirrored post goes by that name; pick one from the list.")
        return found[0]

    async def unannounced(self, asked: Asked, blog: str | None, post: str) -> tuple[Engine, PostId]:
        """The post without a thread that is meant, with its engine. Raises CommonthreadError."""
        blog, named = split(blog, post)
        trouble = CommonthreadError("No recent post without a thread goes by that name; pick one from the list.")
        for _, engine in await self.engines(asked, blog):
            try:
                recent = await engine.desk.unannounced()
            except CommonthreadError as error:
                trouble = error  # a blog that is down hides no other's posts
                continue
            chosen = [one.id for one in recent if one.id == named] or [
                one.id for one in recent if named in (one.title, dated(one.title, one.published_at))
            ]
            if chosen:
                return engine, chosen[0]
        raise trouble

    async def places(self, asked: Asked, typed: str) -> list[app_commands.Choice[str]]:
        """Mirrored posts that a member may pick from."""
        titled: list[tuple[str, str]] = []
        engines = await self._offered(asked)
        for one, engine in engines:
            titled += ((place.title, _value(one, place.post_id, engines)) for place in await engine.desk.places())
        return choices(titled, typed)

    async def recent(self, asked: Asked, typed: str) -> list[app_commands.Choice[str]]:
        """Posts without a thread that a member may pick from: those of the blogs that answer soon enough.

        A blog that does not is still asked to the end; its answer serves the next keystroke.
        """
        engines = await self._offered(asked)
        looks = [asyncio.create_task(engine.desk.unannounced()) for _, engine in engines]
        for look in looks:
            self._looks.add(look)
            look.add_done_callback(self._looked)
        if looks:
            await asyncio.wait(looks, timeout=SOON)
        titled: list[tuple[str, str]] = []
        for (one, _), look in zip(engines, looks, strict=True):
            posts = look.result() if look.done() and look.exception() is None else ()
            titled += ((dated(post.title, post.published_at), _value(one, post.id, engines)) for post in posts)
        return choices(titled, typed)

    def _looked(self, look: asyncio.Task[tuple[Post, ...]]) -> None:
        self._looks.discard(look)
        if not look.cancelled() and isinstance(error := look.exception(), CommonthreadError):
            log.debug("no posts to offer: %s", error.reason)

    async def _offered(self, asked: Asked) -> list[tuple[Connected, Engine]]:
        try:
            return await self.engines(asked, getattr(asked.namespace, "blog", None) or None)
        except CommonthreadError:
            return []


def label(one: Connected, guild: discord.Guild | None) -> str:
    """A subscription as the list shows it: title · #channel."""
    channel = guild.get_channel(one.channel_id) if guild is not None else None
    tail = f" · #{channel.name if channel is not None else one.channel_id}"
    return cut(one.blog.name, tail[:60])


def named_of(mine: Iterable[Connected], named: str, guild: discord.Guild | None) -> Connected:
    """The subscription that a value, a label or a blog's own name means. Raises CommonthreadError."""
    mine = list(mine)
    for one in mine:
        if named in (str(one.id), label(one, guild)):
            return one
    alike = [one for one in mine if named.strip().casefold() == one.blog.name.casefold()]
    if len(alike) != 1:
        raise CommonthreadError(UNKNOWN)
    return alike[0]


def dated(title: str, published_at: Millis) -> str:
    """A post as the list shows it: by title and day (UTC), since a blog may use one title again and again."""
    day = datetime.fromtimestamp(published_at / 1000, UTC)
    return cut(title.strip() or "Untitled", f" · {day:%Y-%m-%d}")


def _value(one: Connected, post: PostId, engines: list[tuple[Connected, Engine]]) -> str:
    """What names a post; with its blog's number where posts of several blogs are offered."""
    return post if len(engines) == 1 else f"{one.id}:{post}"


def split(blog: str | None, post: str | None) -> tuple[str | None, str | None]:
    """The blog and the post of a value that may name both. What is named apart wins."""
    number, colon, rest = (post or "").partition(":")
    if blog is None and colon and number.isascii() and number.isdigit() and rest:
        return str(SubscriptionId(int(number))), rest
    return blog, post


def _picked(places: Iterable[Place], post: str) -> list[Place]:
    """By number, or else the first of that title."""
    places = list(places)
    by_number = [place for place in places if place.post_id == post]
    return by_number or [place for place in places if place.title == post][:1]
