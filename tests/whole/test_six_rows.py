"""One fault on the tenth write, six kinds of it, both directions: nothing lost, doubled, misplaced or out of order.

``POSTS=50 NODES=64 REPLIES=40`` are the numbers of each row; ``SIX_ROWS_BLOG=real`` runs every row against WordPress
instead of the loopback blog, and ``pytest -s`` shows the figures.
"""

from __future__ import annotations

import os
import signal
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path

import pytest

from bot.app import Running
from bot.sandbox.discord import Member
from bot.sandbox.wordpress import LoopbackBlog
from tests.support.holding_proxy import Gate, When
from tests.support.invariants import Verdict, Wrong
from tests.support.invariants_over_sockets import findings
from tests.support.whole_bot import Scene, quiet, scene
from tests.support.wordpress import Loopback, WordPress
from tests.whole.test_end_to_end import grow

POSTS = int(os.environ.get("POSTS", "50"))
NODES = int(os.environ.get("NODES", "64"))
REPLIES = int(os.environ.get("REPLIES", "40"))
REAL = os.environ.get("SIX_ROWS_BLOG") == "real"
TENTH = 9

# Row -> the fault's name at Discord and at the blog; kill rows hold the write at a gate instead.
ROWS: dict[str, str] = {
    "no fault": "",
    "one 503": "503",
    "one 403": "403",
    "accepted, answer dropped": "reset-after",
    "killed just after acceptance": "after",
    "killed just before acceptance": "before",
}
KILLS: dict[str, When] = {"after": "after", "before": "before"}

pytestmark = pytest.mark.skipif(os.name != "posix", reason="SIGKILL and flock are POSIX")


@dataclass
class Row:
    """One run. ``blog`` is the blog itself, which ``stage`` may see through a gate; ``posts`` are those published."""

    stage: Scene
    blog: WordPress
    fault: str
    chat_gate: Gate
    blog_gate: Gate
    members: list[Member]
    posts: list[int] = field(default_factory=list)
    said: dict[int, int] = field(default_factory=dict)
    met: int = 0

    @asynccontextmanager
    async def bot(self) -> AsyncIterator[Running]:
        async with self.stage.bot(DISCORD_API_URL=f"{self.chat_gate.url}/api/v10") as running:
            yield running

    async def phase(self, gate: Gate, path: str, act: Callable[[], Awaitable[None]], far: str) -> None:
        """``act`` while a bot watches and its tenth write to ``path`` meets the fault; then until all is quiet."""
        if self.fault in KILLS:
            before = len(self.stage.sessions.began)
            async with self.stage.process(DISCORD_API_URL=f"{self.chat_gate.url}/api/v10") as process:
                await self.stage.sessions.more_than(before)
                gate.arm(KILLS[self.fault], after=TENTH, path=path)
                await act()
                await gate.met.wait()
                process.send_signal(signal.SIGKILL)
                await process.wait()
                self.met += 1
            async with self.bot() as running:
                await running.engine.catch_up()
                await quiet(running)
            return
        before = len(self.stage.sessions.began)
        async with self.bot() as running:
            await self.stage.sessions.more_than(before)
            met = self.faults_met()
            if self.fault:
                self.order(far, path)
            await act()
            await quiet(running)
            self.met += self.faults_met() - met

    def order(self, far: str, path: str) -> None:
        """Let the tenth of the next writes fail."""
        if far == "chat":
            self.stage.discord.faults.next("POST", path.removeprefix("/api/v10"), self.fault, after=TENTH)
        else:
            loopback(self.blog).faults.next("POST", "/wp/v2/comments$", self.fault, after=TENTH)

    def faults_met(self) -> int:
        """Faults that have been committed so far; those ordered leave no other trace once they are used up."""
        there = 0 if REAL else sum(loopback(self.blog).faults.injected.values())
        return there + sum(1 for call in self.stage.discord.calls if call.status in (0, 403, 503))


def loopback(blog: WordPress) -> LoopbackBlog:
    """The loopback blog behind the helpers."""
    found = blog.__dict__["_blog"]
    assert isinstance(found, LoopbackBlog)
    return found


@asynccontextmanager
async def row(blog: WordPress, folder: Path, fault: str) -> AsyncIterator[Row]:
    """A blog, a server and gates before both."""
    async with (
        scene(blog, folder) as stage,
        Gate(stage.discord.api_url.removesuffix("/api/v10")) as chat,
        Gate(blog.url, rename=True) as near,
    ):
        stage.blog = WordPress(near.url, blog.site, blog.version, blog.logins)
        members = [stage.discord.add_member(stage.guild, name=name) for name in ("ann", "ben", "cem", "dia")]
        yield Row(stage, blog, fault, chat, near, members)


async def publish(one: Row) -> None:
    for number in range(POSTS):
        made = await one.blog.post(f"Post {number:03}", "<p>Short.</p>", by="editor")
        one.posts.append(made["id"])


async def reply(one: Row) -> None:
    thread = one.stage.first_thread()
    targets = [mirror.message for mirror in one.stage.mirrors()]
    for number in range(REPLIES):
        target = targets[number % len(targets)] if number % 3 else next(reversed(one.said), targets[0])
        member = one.members[number % len(one.members)]
        sent = await one.stage.discord.post(member, thread, f"answer **{number}**, said once", reply_to=target)
        one.said[sent.id] = target


@pytest.mark.parametrize("name", ROWS)
async def test_row(request: pytest.FixtureRequest, tmp_path: Path, name: str) -> None:
    if REAL and ROWS[name] not in ("", *KILLS):
        pytest.skip("WordPress itself commits no faults; the loopback blog does")
    if REAL:
        await run_row(request.getfixturevalue("wordpress"), tmp_path, name)
        return
    async with LoopbackBlog() as blog:
        await run_row(Loopback(blog), tmp_path, name)


async def run_row(blog: WordPress, folder: Path, name: str) -> None:
    began = time.monotonic()
    first = await blog.post("The essay", "<p>An essay.</p>", by="editor")
    async with row(blog, folder, ROWS[name]) as one:
        one.posts.append(first["id"])
        async with one.bot() as running:
            await one.stage.until(lambda: one.stage.discord.threads(one.stage.channel))
            await quiet(running)
        asked = next(
            call.at for call in one.stage.discord.calls if call.path.endswith("/threads") and call.method == "POST"
        )
        latency = asked - one.stage.sessions.began[0]
        forum = rf"/api/v10/channels/{one.stage.channel.id}/threads"
        await one.phase(one.chat_gate, forum, lambda: publish(one), "chat")
        grown: dict[int, tuple[int, str, str]] = {}

        async def tree() -> None:
            grown.update(await grow(one.blog, first["id"], NODES, 5))

        await one.phase(one.chat_gate, r"/api/v10/webhooks/\d+/[^/]+", tree, "chat")
        await one.phase(one.blog_gate, "/wp-json/wp/v2/comments", lambda: reply(one), "blog")
        found = await findings(one.stage, one.posts, said=one.said)
        for sentence in disorder(one):
            found.blame(Wrong.DISORDER, sentence)
        show(name, one, found, latency, time.monotonic() - began)
        assert found.sentences == []
        assert one.met == (0 if name == "no fault" else 3)
        assert len(grown) == NODES
        assert latency < 1.0


def disorder(one: Row) -> list[str]:
    """Threads, mirrors and comments that came about in another order than their sources."""
    names = [str(thread["name"]) for thread in one.stage.discord.threads(one.stage.channel)][1:]
    said = [f"thread {name} after {before}" for before, name in pairwise(names) if name < before]
    shown = [mirror.comment for mirror in one.stage.mirrors()]
    return said + [f"mirror {b} before {a}" for a, b in pairwise(shown) if b < a]


def show(name: str, one: Row, found: Verdict, latency: float, total: float) -> None:
    print(
        f"\n{name} ({one.blog.version}): {len(one.posts)} posts, {NODES} comments, {len(one.said)} replies: {found};"
        f" faults met {one.met}; first announcement {1000 * max(latency, 0):.0f} ms after READY; {total:.1f} s in all",
        end="",
    )
