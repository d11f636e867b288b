"""One server's backlog and flood cost others nothing: fifty calm subscriptions, with and without a busy one.

``pytest -s tests/long/many_guilds.py`` prints how long a comment takes to each calm server in both cases. CALM=50 and
BACKLOG=1500 may be changed. Everything is on loopback, at Discord's own limits.
"""

from __future__ import annotations

import asyncio
import os
import statistics
import time
from contextlib import AsyncExitStack
from pathlib import Path

from bot.chat.pace import Paces
from bot.sandbox.discord import Limits
from bot.sandbox.wordpress import LoopbackBlog
from tests.support.many import Many, Place, many
from tests.support.wordpress import Loopback

CALM = int(os.environ.get("CALM", "50"))
BACKLOG = int(os.environ.get("BACKLOG", "1500"))
ROUNDS = 3
POLL = 2.0
SLOWER = 1.5
"""By so much a calm server's median may grow; the blogs, Discord and the bot share two cores here."""


async def test_a_busy_server_costs_calm_ones_nothing(tmp_path: Path) -> None:
    async with AsyncExitStack() as stack:
        blogs = [await stack.enter_async_context(LoopbackBlog(title=f"Blog {one}")) for one in range(CALM + 1)]
        posts = [blog.publish("An essay", "<p>Words.</p>") for blog in blogs]
        stage = await stack.enter_async_context(many(tmp_path, limits=Limits()))
        guilds = [stage.discord.add_guild(name=f"Server {number}") for number in range(CALM + 1)]
        channels = [stage.discord.add_channel(guild, kind="forum", name="essays") for guild in guilds]
        await stage.discord.rejoin(stage.app)
        await stack.enter_async_context(stage.running_bot(paces=Paces.discord(), POLL_INTERVAL=str(POLL)))
        for blog, channel in zip(blogs[1:], channels[1:], strict=True):
            await stage.connect(Loopback(blog), channel)
        await stage.until(lambda: all(stage.threads(place) for place in stage.places), patience=300)
        calm = list(stage.places)
        alone = await measured(stage, calm, blogs[1:], posts[1:])
        parent = 0
        for number in range(BACKLOG):
            parent = blogs[0].comment(
                posts[0], f"<p>word {number} {'and more ' * 20}</p>", parent=parent % 7 and parent
            )
        busy = await stage.connect(Loopback(blogs[0]), channels[0])
        await stage.until(lambda: stage.mirrors(busy), patience=120)
        beside = await measured(stage, calm, blogs[1:], posts[1:])
        waiting = (await stage.engine(busy).desk.status()).queue.ready
        print(f"\n{CALM} calm servers, seconds from a comment to its message (a look each {POLL:.0f} s):")
        for words, found in (("alone", alone), (f"beside one with {waiting} of {BACKLOG} waiting", beside)):
            print(f"  {words}: median {statistics.median(found):.2f}, at most {max(found):.2f}")
        assert waiting > 0, "the busy one was done too soon to tell"
        assert statistics.median(beside) < SLOWER * statistics.median(alone) + 0.5
        for place in calm:
            status = await stage.engine(place).desk.status()
            assert (status.parked, status.stuck) == ((), ())


async def measured(stage: Many, places: list[Place], blogs: list[LoopbackBlog], posts: list[int]) -> list[float]:
    """Seconds until each of some comments is to be seen, one a server and round."""
    took: list[float] = []
    for number in range(ROUNDS):
        began: dict[int, float] = {}
        comments = []
        for blog, post in zip(blogs, posts, strict=True):
            comments.append(blog.comment(post, f"<p>calm {number}</p>"))
            began[len(comments) - 1] = time.monotonic()
        async with asyncio.timeout(120):
            while began:
                seen = [at for at in began if comments[at] in {one.comment for one in stage.mirrors(places[at])}]
                took += [time.monotonic() - began.pop(at) for at in seen]
                await asyncio.sleep(0.05)
    return took
