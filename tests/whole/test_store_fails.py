"""A database that fails ends the process: one sentence, exit code 75. The next start loses and doubles nothing."""

from __future__ import annotations

import asyncio
import os
import resource
import sqlite3
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from bot.sandbox.wordpress import LoopbackBlog
from bot.store.sqlite import db
from tests.support.invariants_over_sockets import findings
from tests.support.whole_bot import ROOT, Scene, quiet, scene
from tests.support.wordpress import Loopback

EX_TEMPFAIL = 75
ENDS_WITHIN = 30.0
"""Seconds from the moment in which the bot has something to keep."""


@dataclass
class Outage:
    """A bot in a process of its own, before which both sides go on talking."""

    stage: Scene
    blog: LoopbackBlog
    post: int
    process: asyncio.subprocess.Process
    said: dict[int, int] = field(default_factory=dict)

    @property
    def database(self) -> Path:
        return self.stage.folder / "bot.sqlite3"

    async def talk(self, words: str) -> None:
        """A comment, and a member's answer."""
        ann = next(one for one in self.stage.guild.members.values() if one.user.name == "ann")
        self.blog.comment(self.post, f"<p>{words} on the blog</p>", author_name=words)
        sent = await self.stage.discord.post(
            ann, self.stage.thread(), f"{words} in the thread", reply_to=self.stage.thread()
        )
        self.said[sent.id] = self.stage.thread()

    async def ended(self) -> str:
        """The process ends by itself. -> what it wrote to standard error."""
        _, err = await asyncio.wait_for(self.process.communicate(), ENDS_WITHIN)
        assert self.process.returncode == EX_TEMPFAIL, err.decode()[-3000:]
        assert all(session.outgoing is None for session in self.stage.sessions.values()), "still logged in"
        told = err.decode()
        assert "Traceback" not in told
        sentences = [line for line in told.splitlines() if line.startswith("The database ")]
        assert len(sentences) == 1, told
        assert str(self.database) in sentences[0]
        return sentences[0]

    async def holds_after_a_restart(self) -> None:
        async with self.stage.bot() as running:
            await running.engine.catch_up()
            await quiet(running)
            found = await findings(self.stage, [self.post], said=self.said, hidden=set())
            assert found.sentences == []
            assert len(self.stage.mirrors()) == 2
            assert len(await self.stage.blog.comments(self.post, status="any")) == 4


@asynccontextmanager
async def outage(folder: Path) -> AsyncIterator[Outage]:
    async with LoopbackBlog() as blog, scene(Loopback(blog), folder) as stage:
        stage.discord.add_member(stage.guild, name="ann", display_name="Ann")
        post = blog.publish("An essay", "<p>Words.</p>")
        environment = {**os.environ, **stage.settings()}
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "bot", "run"), cwd=ROOT, env=environment, stderr=asyncio.subprocess.PIPE
        )
        try:
            one = Outage(stage, blog, post, process)
            await stage.until(lambda: stage.discord.threads(stage.channel))
            await one.talk("before")
            await stage.until(lambda: stage.mirrors())

            async def relayed() -> bool:
                return len(await stage.blog.comments(post, status="any")) == 2

            await stage.until_blog(relayed)
            yield one
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()


def room_on_the_disk(one: Outage, size: int) -> None:
    """Files of the process may not grow beyond this, as on a full disk."""
    resource.prlimit(one.process.pid, resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))


async def test_a_full_disk(tmp_path: Path) -> None:
    async with outage(tmp_path) as one:
        room_on_the_disk(one, 1)
        await one.talk("meanwhile")
        assert "disk" in await one.ended()
        await one.holds_after_a_restart()


async def test_a_lock_that_lasts(tmp_path: Path) -> None:
    async with outage(tmp_path) as one:
        with closing(sqlite3.connect(one.database, isolation_level=None)) as other:
            other.execute("BEGIN EXCLUSIVE")
            await one.talk("meanwhile")
            assert "locked" in await one.ended()
            again = await started_again(one)
            assert again == EX_TEMPFAIL, "a restart into the same lock is to be tried again as well"
            other.execute("ROLLBACK")
        await one.holds_after_a_restart()


async def started_again(one: Outage) -> int | None:
    environment = {**os.environ, **one.stage.settings()}
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bot", "run"), cwd=ROOT, env=environment, stderr=asyncio.subprocess.PIPE
    )
    _, err = await asyncio.wait_for(process.communicate(), 2 * ENDS_WITHIN)
    assert "Traceback" not in err.decode()
    return process.returncode


async def vanish(path: Path) -> None:
    for beside in path.parent.glob(f"{path.name}*"):
        if not beside.name.endswith(".lock"):
            beside.rename(beside.with_name(f"kept-{beside.name}"))


async def replace(path: Path) -> None:
    await vanish(path)
    sqlite3.connect(path).close()
    path.touch()


@pytest.mark.parametrize("go", [vanish, replace])
async def test_a_file_that_goes(tmp_path: Path, go: Callable[[Path], Awaitable[None]]) -> None:
    async with outage(tmp_path) as one:
        await go(one.database)
        assert "removed or replaced" in await one.ended()
        await one.talk("meanwhile")
        for kept in tmp_path.glob("kept-*"):
            kept.replace(kept.with_name(kept.name.removeprefix("kept-")))
        await one.holds_after_a_restart()


async def test_a_lock_of_a_moment_is_waited_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Longer than SQLite waits by itself, and shorter than the bot does."""
    monkeypatch.setattr(db, "PRAGMAS", (*db.PRAGMAS[:-1], "busy_timeout = 50"))
    database = await db.Database.open(tmp_path / "bot.sqlite3")
    begun = asyncio.Event()
    try:
        with closing(sqlite3.connect(tmp_path / "bot.sqlite3", isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")

            async def write() -> None:
                begun.set()
                async with database.transaction() as tx:
                    await tx.execute_fetchall("CREATE TABLE t (x)")

            writing = asyncio.create_task(write())
            await begun.wait()
            await asyncio.sleep(0.08)
            other.execute("ROLLBACK")
            await writing
    finally:
        await database.close()
