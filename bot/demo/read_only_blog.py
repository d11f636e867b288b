"""A real blog on the demo's left side, read-only: shown as the bot itself reads it, and never written to."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from datetime import UTC, datetime

from bot.core.domain import Comment, Millis, Post, Tree
from bot.core.errors import CommonthreadError
from bot.demo.stage.sources import ActRefused, BlogState, CommentState, Json, Nudge, PostState
from bot.ports import Blog, FeedState

log = logging.getLogger(__name__)

LOOK_EVERY = 20.0
"""Seconds between two looks at somebody else's blog."""
POSTS_SHOWN = 1

NOTICE = "This is a real blog, shown read-only. What you write on the Discord side stays on this machine."


class ReadOnlyBlog:
    """Implements the stage's BlogSource over the Blog port."""

    writable = False

    def __init__(self, blog: Blog) -> None:
        self._blog = blog
        self._state = BlogState(title=blog.base_url, posts=[], url=blog.base_url, notice=NOTICE)
        self._nudges: list[Nudge] = []
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Look once, then again and again. Raises what the Blog port raises, the first time."""
        await self._look()
        self._task = asyncio.create_task(self._look_for_ever())

    async def close(self) -> None:
        """Stop looking."""
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task

    async def snapshot(self) -> BlogState:
        return self._state

    async def act(self, act: Json) -> Json:
        raise ActRefused("This blog is shown read-only.")

    def on_change(self, nudge: Nudge) -> None:
        self._nudges.append(nudge)

    async def _look_for_ever(self) -> None:
        while True:
            await asyncio.sleep(LOOK_EVERY)
            try:
                await self._look()
            except CommonthreadError as error:
                log.warning("the blog cannot be shown: %s", error.reason)

    async def _look(self) -> None:
        posts = (await self._blog.recent(FeedState())).posts or ()
        now = Millis(time.time_ns() // 1_000_000)
        trees = [(post, await self._blog.tree(post.id, now=now)) for post in posts[:POSTS_SHOWN]]
        self._state["posts"] = [_post(post, tree) for post, tree in trees]
        for nudge in self._nudges:
            nudge()


def _post(post: Post, tree: Tree) -> PostState:
    return PostState(
        id=post.id,
        title=post.title,
        url=post.url,
        html=post.html,
        author=post.author,
        date=_date(post.published_at),
        comments=[_comment(comment) for comment in tree.comments],
    )


def _comment(comment: Comment) -> CommentState:
    return CommentState(
        id=comment.id,
        parent=comment.parent_id,
        author=comment.author,
        avatar=None,  # the page loads nothing from outside this machine
        html=comment.html,
        date=_date(comment.written_at),
        status="approved",
        by_bot=False,
        url=comment.url,
    )


def _date(moment: Millis) -> str:
    return datetime.fromtimestamp(moment / 1000, UTC).isoformat()
