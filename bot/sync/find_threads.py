"""Finds the threads of a channel that no map knows, and the posts that they show.

Notes nothing and opens nothing; what stands in the threads is :mod:`bot.sync.finder`'s.
"""

from __future__ import annotations

from collections.abc import Iterable
from urllib.parse import urlsplit

from bot.core.domain import Place, Post, Subscription
from bot.core.errors import PlaceVanished, Vanished
from bot.ports import Blog, Chat, Opened, Store
from bot.translate.marker import link_of

CLOCKS_DIFFER = 600_000
"""Milliseconds by which the blog's clock may be ahead of Discord's when a thread is held against its post."""


class ThreadFinder:
    """Of one subscription's channel."""

    def __init__(self, store: Store, blog: Blog, chat: Chat, subscription: Subscription) -> None:
        self._store = store
        self._blog = blog
        self._chat = chat
        self._subscription = subscription

    async def look(self) -> list[tuple[Post, Opened]]:
        """Posts with the threads that were found for them. Raises what both ports raise.

        A channel may show several blogs: a thread whose permalink is of another host is another blog's.
        """
        known, newest = await self._store.every_thread(), await self._store.newest_thread(self._subscription.id)
        listed: dict[str, list[Opened]] = {}
        async for opened, url in self._chat.our_threads(self._subscription.channel_id, known=known, after=newest):
            listed.setdefault(url, []).append(opened)
        posts = await self._blog.posts_at(tuple(listed)) if listed else {}
        found = list[tuple[Post, Opened]]()
        for url, post in posts.items():
            if _host(url) == _host(post.url) and (its := await self._its(post, listed[url])) is not None:
                found.append((post, its))
        return found

    async def _its(self, post: Post, threads: Iterable[Opened]) -> Opened | None:
        """Of the threads that show a permalink the newest that shows this post: another may have had its address."""
        for opened in sorted(threads, key=lambda one: one.thread_id, reverse=True):
            moment = self._chat.moment_of(opened.starter_id)
            if moment >= post.published_at - CLOCKS_DIFFER or await self._talks_of(post, opened):
                return opened
        return None

    async def _talks_of(self, post: Post, opened: Opened) -> bool:
        """Whether a thread older than a post shows comments of it, or none at all."""
        async for one in self._chat.posted(self._unknown(post, opened), after=opened.starter_id):
            comment = self._blog.comment_at(link_of(one.marker)) if one.message.ours and one.marker else None
            if comment is not None:
                try:
                    return (await self._blog.sighting(comment)).post_id in (None, post.id)
                except (Vanished, PlaceVanished):
                    continue
        return True

    def _unknown(self, post: Post, opened: Opened) -> Place:
        """Where a thread stands that no row knows."""
        return Place(
            row=0,
            subscription_id=self._subscription.id,
            post_id=post.id,
            title=post.title,
            url=post.url,
            channel_id=self._subscription.channel_id,
            guild_id=self._subscription.guild_id,
            thread_id=opened.thread_id,
            starter_id=opened.starter_id,
            digest="",
            revision=0,
            generation=0,
            backfilled=False,
            removals_allowed=False,
        )


def _host(url: str) -> str:
    return (urlsplit(url).hostname or "").removeprefix("www.")
