"""A small play for the whole bot on a fast clock: a post with a tree, two members, and what both sides do.

Tests nothing itself.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from bot.app import Running
from bot.sandbox.discord import MODERATOR, Member
from bot.sandbox.wordpress import LoopbackBlog
from tests.support.fast_loop import FastClock, at_speed
from tests.support.invariants import Verdict
from tests.support.invariants_over_sockets import findings
from tests.support.whole_bot import Scene, quiet, scene
from tests.support.wordpress import Loopback

SPEED = 150.0
HOUR = 3600.0
PATIENCE = HOUR / 2
OUTAGE = 310.0
"""Seconds: longer than the longest pause between two attempts."""


@dataclass
class Drama:
    """A talk on both sides. ``said``: replies of members as message -> answered message."""

    clock: FastClock
    stage: Scene
    blog: LoopbackBlog
    ann: Member
    ben: Member
    posts: list[int] = field(default_factory=list)
    comments: list[int] = field(default_factory=list)
    said: dict[int, int] = field(default_factory=dict)
    hidden: set[int] = field(default_factory=set)

    @property
    def thread(self) -> int:
        return self.stage.first_thread()

    def comment(self, words: str, parent: int = 0) -> int:
        """A reader writes on the blog."""
        made = self.blog.comment(self.posts[0], f"<p>{words}</p>", parent=parent, author_name=f"Reader of {words}")
        self.comments.append(made)
        return made

    async def reply(self, words: str, to: int | None = None) -> int:
        """Ann answers a message, the starter unless told."""
        target = to or self.thread
        sent = await self.stage.discord.post(self.ann, self.thread, words, reply_to=target)
        self.said[sent.id] = target
        return sent.id

    async def quiet(self, running: Running) -> None:
        await quiet(running, patience=PATIENCE, pause=5.0)

    async def held(self) -> Verdict:
        return await findings(self.stage, self.posts, said=self.said, hidden=self.hidden)

    async def wait(self, seconds: float) -> None:
        """Let time pass."""
        await asyncio.sleep(seconds)


@asynccontextmanager
async def drama(clock: FastClock, folder: Path, *, kind: str = "forum") -> AsyncIterator[Drama]:
    """A post with a small tree, not yet seen by the bot."""
    async with (
        LoopbackBlog(clock=clock.moment) as blog,
        scene(Loopback(blog), folder, kind=kind, limits=clock.limits(), clock=clock) as stage,
    ):
        ann = stage.discord.add_member(stage.guild, name="ann", display_name="Ann")
        ben = stage.discord.add_member(stage.guild, name="ben", display_name="Ben", permissions=MODERATOR)
        one = Drama(clock, stage, blog, ann, ben)
        one.posts.append(blog.publish("An essay", "<p>Words.</p>", date=clock.moment() - timedelta(hours=1)))
        root = one.comment("root")
        one.comment("branch", root)
        one.comment("leaf", one.comments[1])
        one.comment("other leaf", root)
        yield one


def run(folder: Path, play: Callable[[Drama], Awaitable[None]], *, speed: float = SPEED, kind: str = "forum") -> None:
    """Play a drama on the fast clock."""

    async def main(clock: FastClock) -> None:
        async with drama(clock, folder, kind=kind) as one:
            await play(one)

    at_speed(speed, main)
