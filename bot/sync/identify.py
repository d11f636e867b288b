"""Makes sure that what answers at an address is a subscription's blog, before anything is asked of it.

Does not judge likeness (:mod:`bot.core.identity` does), and neither reads nor writes comments itself.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping
from contextlib import suppress
from dataclasses import replace

from bot.core.domain import Millis, Post, PostId
from bot.core.errors import CommonthreadError, NotAllowed, NotUnderstood, PlaceVanished
from bot.core.identity import Identity, Known, Likeness, Verdict, compare, same_home
from bot.ports import Blog
from bot.ports.blogs import BlogRow, Blogs, KnownBlog

log = logging.getLogger(__name__)

Ask = Callable[[str], Awaitable[Identity]]
"""Asks the blog at an address what it says of itself. Raises what :meth:`bot.ports.Blog.identity` raises."""


SURE_FOR = 120.0
"""Seconds after a look at a blog for which all else trusts that it is still the same blog; then it is asked first."""

_LOOKED_FOR = 5
"""Known posts that are looked for one by one where the newest posts of a blog say nothing."""


class AnotherBlog(NotAllowed):
    """What answers at the address of a blog is another blog: nothing of ours may go there."""


async def judge(blogs: Blogs, known: KnownBlog, found: Identity, ask: Ask) -> Verdict:
    """Whether ``found`` is the known blog. The old home is asked where it decides between a move and a copy."""
    dates, addresses = await blogs.dated_posts(known.row), await blogs.post_addresses(known.row)
    before = Known(known.home, dates, known.url, addresses)
    verdict = compare(before, found)
    if verdict.likeness is Likeness.ASK_OLD_HOME:
        verdict = compare(before, found, old_still_answers=await _still_answers(known.home or known.url, ask))
    return verdict


async def whose(
    blogs: Blogs, found: Identity, ask: Ask, *, among: Collection[BlogRow] | None = None
) -> KnownBlog | None:
    """The known blog that ``found`` is, with what it says of itself now; None for a blog that is not known yet.

    ``among``: one of these, which all have answered at one address: that of itself proves nothing then.
    """
    candidates = [one for one in await blogs.known_blogs() if among is None or one.row in among]
    for known in sorted(candidates, key=lambda one: not same_home(one.home or one.url, found.home)):
        if among is not None and _say_nothing(await blogs.dated_posts(known.row), found):
            continue
        if (await judge(blogs, known, found, ask)).likeness in (Likeness.SAME, Likeness.MOVED):
            return await follow(blogs, known, found)
    return None


async def follow(blogs: Blogs, known: KnownBlog, found: Identity, *, looked_for: bool = False) -> KnownBlog:
    """Note what a blog says of itself now.

    Posts of which none bears a known number prove nothing, and would vouch for themselves later: they are noted once
    known posts were ``looked_for`` at the blog.
    """
    before = await blogs.dated_posts(known.row)
    kept = tuple(before.items()) if _say_nothing(before, found) and not looked_for else found.newest
    return await blogs.follow_blog(known.row, url=found.url, home=found.home, title=found.title, newest=kept)


def _say_nothing(known: Mapping[PostId, Millis], found: Identity) -> bool:
    """Whether a blog shows posts, and none of them can be held against what is known."""
    return any(known.values()) and bool(found.newest) and not any(known.get(post) for post, _ in found.newest)


async def _still_answers(home: str, ask: Ask) -> bool:
    """Whether a blog at ``home`` calls that its own; one that redirects names another."""
    with suppress(CommonthreadError):
        return same_home((await ask(home)).home, home)
    return False


class Identification:
    """Of one open blog. ``on_moved`` and ``on_other`` are told once of each move and of another blog, in a sentence.

    ``clock`` counts seconds and never goes back.
    """

    def __init__(
        self,
        blogs: Blogs,
        known: KnownBlog,
        blog: Blog,
        ask: Ask,
        *,
        on_moved: Callable[[str], None],
        on_other: Callable[[str], None],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._blogs = blogs
        self._known = known
        self._blog = blog
        self._ask = ask
        self._on_moved = on_moved
        self._on_other = on_other
        self._turn = asyncio.Lock()
        self._clock = clock
        self._sure_of: str | None = None
        self._seen_at: float | None = None
        self._posts: dict[PostId, Millis] = {}
        self._other = ""

    async def ensure(self, *, lately: bool = False) -> None:
        """Return when the blog is the one that is known. Raises AnotherBlog, and what asking it raises.

        ``lately``: it has to have been so within the last SURE_FOR seconds. While a subscription is paused, and while
        a blog is down, nobody looks at it, and another one may answer when it is written to again.
        """
        if self._is_sure(lately) and not self._other:
            return
        async with self._turn:
            if self._other:
                raise AnotherBlog(self._other)
            if not self._is_sure(lately):
                await self._look()

    def _is_sure(self, lately: bool) -> bool:
        fresh = self._seen_at is not None and self._clock() - self._seen_at < SURE_FOR
        return self._sure_of == self._blog.base_url and (fresh or not lately)

    def doubt(self, posts: Iterable[Post] | None) -> None:
        """Posts were seen (None: the same as before): where none of them is known, the blog is asked anew."""
        told = {post.id: post.published_at // 1000 for post in posts or ()}
        known = {post: at // 1000 for post, at in self._posts.items() if at}
        if told and known and not any(told.get(post) == at for post, at in known.items()):
            self._sure_of = None
        elif self._sure_of is not None:
            self._seen_at = self._clock()

    def lose_sight(self) -> None:
        """The blog could not be looked at: before it is written to it is asked who it is."""
        self._seen_at = None

    async def _look(self) -> None:
        found = await self._blog.identity()
        seen = await self._looked_for(found)
        verdict = await judge(self._blogs, self._known, seen, self._ask)
        if verdict.likeness is Likeness.OTHER:
            self._other = verdict.reason
            self._on_other(verdict.reason)
            raise AnotherBlog(verdict.reason)
        before, self._known = self._known, await follow(self._blogs, self._known, found, looked_for=True)
        self._posts = await self._blogs.dated_posts(self._known.row)
        self._sure_of = self._blog.base_url
        self._seen_at = self._clock()
        if before.home and before.home != found.home:
            log.info("blog %s calls itself %s now", before.home, found.home, extra={"blog": self._known.row})
            self._on_moved(f"The blog calls itself {found.home} now, {before.home} before; all goes on there.")

    async def _looked_for(self, found: Identity) -> Identity:
        """With the newest known posts as the blog shows them, where its own newest are all unknown.

        So they are after a long absence, and at another blog that has more posts than ours.
        """
        known = await self._blogs.dated_posts(self._known.row)
        if not _say_nothing(known, found):
            return found
        shown = []
        for post_id in sorted(known, key=lambda one: known[one], reverse=True)[:_LOOKED_FOR]:
            with suppress(PlaceVanished, NotAllowed, NotUnderstood):  # one that is not shown says nothing
                shown.append((post_id, (await self._blog.post(post_id)).published_at))
        return replace(found, newest=(*found.newest, *shown))
