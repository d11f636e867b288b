"""Looks at one blog once, in a process of its own, and says what it cost: ``python -m tests.support.look_once URL``.

Prints JSON: processor seconds, the longest gap of the loop in milliseconds, the growth of memory in MiB, what was
found, and the kinds of the errors. Whatever is none of ours ends it with a traceback.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections.abc import Awaitable
from pathlib import Path
from typing import Any

from bot.blog.wordpress.blog import WordPressBlog
from bot.core.domain import CommentId, Millis, PostId
from bot.core.errors import CommonthreadError
from bot.ports import FeedState
from bot.sync.mirroring import compose
from bot.translate.split import split
from bot.translate.to_discord import excerpt, quote, to_discord

LIMIT = 1_900
ONE = PostId("1")


class _Heart:
    """Beats every few milliseconds; ``longest`` is the longest pause between two beats, in seconds.

    ``busiest``: the same in processor time of the loop's thread, which a busy machine does not lengthen.
    """

    def __init__(self) -> None:
        self.longest = self.busiest = 0.0
        self._task = asyncio.create_task(self._beat())

    async def _beat(self) -> None:
        last, worked = time.monotonic(), time.thread_time()
        while True:
            await asyncio.sleep(0.002)
            self.longest = max(self.longest, time.monotonic() - last)
            self.busiest = max(self.busiest, time.thread_time() - worked)
            last, worked = time.monotonic(), time.thread_time()


def peak() -> float:
    """The most memory that this process has had since its peak began, in MiB."""
    (line,) = (one for one in Path("/proc/self/status").read_text().splitlines() if one.startswith("VmHWM"))
    return int(line.split()[1]) / 1024


async def look(url: str) -> dict[str, Any]:
    """One look at everything that a subscription looks at; what it shows of a post and of a comment is translated."""
    heart, errors = _Heart(), list[str]()

    async def tried(question: Awaitable[Any]) -> Any:
        try:
            return await question
        except CommonthreadError as error:
            errors.append(type(error).__name__)
        finally:
            await asyncio.sleep(0)

    Path("/proc/self/clear_refs").write_text("5")  # the peak begins anew: it is inherited from who started this
    before, cpu = peak(), time.process_time()
    blog = await WordPressBlog.open(url)
    found: dict[str, Any] = {}
    await tried(blog.identity())
    if (recent := await tried(blog.recent(FeedState()))) is not None:
        found["posts"] = len(recent.posts or ())
        for post in recent.posts or ():
            excerpt(post.html, base_url=url, limit=compose.EXCERPT_LIMIT)
            await asyncio.sleep(0)
    await tried(blog.post(ONE))
    if (tree := await tried(blog.tree(ONE, now=Millis(1)))) is not None:
        found |= {"comments": len(tree.comments), "complete": tree.complete}
        for comment in tree.comments[:200]:
            to_discord(comment.html, base_url=url)
            await asyncio.sleep(0)
            split(comment.html, base_url=url, limit=LIMIT)
            await asyncio.sleep(0)
            quote(comment.html)
            await asyncio.sleep(0)
    await tried(blog.sighting(CommentId("1")))
    await tried(blog.count_comments(ONE))
    await blog.aclose()
    grown = peak() - before
    cost = {"cpu": time.process_time() - cpu, "busy": heart.busiest * 1000, "gap": heart.longest * 1000, "grown": grown}
    return {**cost, "found": found, "errors": sorted(set(errors))}


if __name__ == "__main__":
    print(json.dumps(asyncio.run(look(sys.argv[1]))))
