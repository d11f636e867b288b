"""Finds the threads of a channel that no map knows, and the posts that they show.

Notes nothing and opens nothing; what stands in the threads is :mod:`bot.sync.finder`'s.
"""

from __future__ import annotations

from collections.abc import Iterable
from urllib.parse import urlsplit

from bot.core.domain import Place, Post, PostId, Subscription
from bot.core.errors import PlaceVanished, Vanished
from bot.ports import Blog, Chat, Opened, Store
from bot.translate.marker import link_of, same

CLOCKS_DIFFER = 600_000
"""Milliseconds by which the blog's clock may be ahead of Discord's when a thread is held against its post."""


ASKED = 5
"""Comments of one thread that are asked for their post."""


class ThreadFinder:
    """Of one subscription's channel. Remembers threads whose post cannot be found: it may be hidden for a while."""

    def __init__(self, store: Store, blog: Blog, chat: Chat, subscription: Subscription) -> None:
        self._store = store
        self._blog = blog
        self._chat = chat
        self._subscription = subscription
        self._strays: list[tuple[str, Opened]] = []

    async def look(self) -> list[tuple[Post, Opened]]:
        """Posts with the threads that were found for them. Raises what both ports raise.

        A channel may show several blogs: a thread whose permalink is of another host is another blog's.
        """
        known, newest = await self._store.every_thread(), await self._store.newest_thread(self._subscription.id)
        listed: dict[str, list[Opened]] = {}
        async for opened, url in self._chat.our_threads(self._subscription.channel_id, known=known, after=newest):
            listed.setdefault(url, []).append(opened)
        posts = await self._blog.posts_at(tuple(listed)) if listed else {}
        found = dict[PostId, tuple[Post, Opened]]()
        for url, post in posts.items():
            if _host(url) == _host(post.url) and (its := await self._its(post, listed[url])) is not None:
                found[post.id] = (post, its)
        self._strays = [(url, one) for url, those in listed.items() if url not in posts for one in those]
        for url, opened in sorted(self._strays, key=lambda one: one[1].thread_id, reverse=True):
            moved = await self._moved(opened)
            if moved is not None and _host(url) == _host(moved.url) and moved.id not in found:
                found[moved.id] = (moved, opened)
                self._strays.remove((url, opened))
        return list(found.values())

    async def again(self, posts: Iterable[Post]) -> list[tuple[Post, Opened]]:
        """The same of posts that were not to be found when the channel was read. Raises what both ports raise."""
        found = list[tuple[Post, Opened]]()
        for post in posts:
            its = await self._its(post, [opened for url, opened in self._strays if same(url, post.url)])
            if its is not None:
                found.append((post, its))
                self._strays = [one for one in self._strays if one[1] != its]
        return found

    async def _moved(self, opened: Opened) -> Post | None:
        """The post whose comments a thread shows, where no post has the permalink of its starter any more.

        A blog that was put back gives its numbers out again, but what it writes then is newer than what stands here.
        """
        asked = 0
        async for one in self._chat.posted(self._unknown(None, opened), after=opened.starter_id):
            comment = self._blog.comment_at(link_of(one.marker)) if one.message.ours and one.marker else None
            if comment is not None and asked < ASKED:
                asked += 1
                try:
                    told = await self._blog.sighting(comment)
                    post = await self._blog.post(told.post_id) if told.post_id else None
                except (Vanished, PlaceVanished):
                    continue
                shown_at = self._chat.moment_of(one.message.id) + CLOCKS_DIFFER
                if post is not None and told.written_at is not None and told.written_at <= shown_at:
                    return post
            elif asked == ASKED:
                break
        return None

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

    def _unknown(self, post: Post | None, opened: Opened) -> Place:
        """Where a thread stands that no row knows."""
        return Place(
            row=0,
            subscription_id=self._subscription.id,
            post_id=post.id if post is not None else PostId(""),
            title=post.title if post is not None else "",
            url=post.url if post is not None else "",
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
