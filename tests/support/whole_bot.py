"""The whole bot between a loopback Discord and a blog, for end-to-end tests: in this process, or in one to be killed.

Tests nothing itself. What a mirror shows is read from Discord's side alone, never from the bot's own map.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from bot.app import Running, run
from bot.chat.pace import Paces
from bot.config import Config
from bot.core.domain import Millis
from bot.sandbox.discord import App, Channel, Guild, Limits, LoopbackDiscord
from bot.sandbox.discord.hub import Session
from bot.sync.mirroring.compose import TOMBSTONE
from tests.support.fast_loop import FastClock
from tests.support.wordpress import WordPress

ROOT = Path(__file__).parents[2]
PATIENCE = 60.0

_FOOTER = re.compile(r"\n-# \[(?:(\d+)/(\d+) · )?on the blog(?: · [\d-]+)?\]\(<(?:[^>]*#comment-(\d+))>\)$")
_REPLY = re.compile(r"^-# \[↪\]\(<https://discord\.com/channels/\d+/\d+/(\d+)>\) (.*)\n")


class Mirror(NamedTuple):
    """A message that shows a comment. ``parent`` is the message it answers, ``words`` its text without the frame."""

    message: int
    comment: int
    part: int
    parts: int
    parent: int | None
    author: str
    words: str


class Sessions(dict[str, Session]):
    """The server's gateway sessions, with the moments (Unix seconds) at which each began: READY goes out then."""

    def __init__(self) -> None:
        super().__init__()
        self.began: list[float] = []
        self._changed = asyncio.Event()

    def __setitem__(self, key: str, session: Session) -> None:
        super().__setitem__(key, session)
        self.began.append(time.time())
        self._changed.set()

    async def more_than(self, count: int) -> None:
        """Until that many sessions, and one, have begun."""
        while len(self.began) <= count:
            self._changed.clear()
            await self._changed.wait()


@dataclass
class Scene:
    """``blog`` is a WordPress; ``channel`` mirrors it. With a ``clock`` the bot in this process lives by it.

    ``ahead``: milliseconds by which that bot's clock is ahead of everybody else's; negative when it is behind.
    """

    discord: LoopbackDiscord
    guild: Guild
    channel: Channel
    app: App
    blog: WordPress
    folder: Path
    clock: FastClock | None = None
    sessions: Sessions = field(default_factory=lambda: Sessions())
    ahead: int = 0

    def settings(self, **other: str) -> dict[str, str]:
        """Settings of a bot that relays with the least that WordPress needs, and looks often."""
        username, password = self.blog.login("bridge")
        return {
            "DISCORD_TOKEN": self.app.token,
            "DISCORD_CHANNEL_ID": str(self.channel.id),
            "DISCORD_API_URL": self.discord.api_url,
            "BLOG_URL": self.blog.url,
            "BLOG_USERNAME": username,
            "BLOG_APP_PASSWORD": password,
            "DATABASE": str(self.folder / "bot.sqlite3"),
            "POLL_INTERVAL": "0.3",
            "MEMBER_MEASURE": "0,0,0,0",  # no person writes as fast as a test
            "SERVER_MEASURE": "0,0,0,0",
            "RELAY_STATUS": "approved",
            **other,
        }

    @asynccontextmanager
    async def bot(
        self, *, paces: Paces | None = None, patience: float | None = None, **other: str
    ) -> AsyncIterator[Running]:
        """The bot in this process, closed in order at the end. ``patience``: seconds for one call of Discord's."""
        running: asyncio.Future[Running] = asyncio.get_running_loop().create_future()
        config = Config.from_env(self.settings(**other))
        clock: dict[str, Any] = {"clock": self.millis} if self.clock or self.ahead else {}
        task = asyncio.create_task(
            run(config, paces=paces or Paces.quick(), guild_wait=0.1, running=running, call_timeout=patience, **clock)
        )
        either: set[asyncio.Future[Any]] = {task, running}
        await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
        if not running.done():
            await task
        try:
            yield running.result()
        finally:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task

    def millis(self) -> Millis:
        """What the bot's clock shows."""
        unix = self.clock.unix() if self.clock is not None else time.time()
        return Millis(int(unix * 1000) + self.ahead)

    @asynccontextmanager
    async def process(self, **other: str) -> AsyncIterator[asyncio.subprocess.Process]:
        """The bot in a process of its own, killed at the end if it still runs."""
        environment = {**os.environ, **self.settings(**other)}
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "tests.support.run_bot", cwd=ROOT, env=environment, stdout=asyncio.subprocess.DEVNULL
        )
        try:
            yield process
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()

    # ---------------------------------------------------------------- what Discord shows

    def first_thread(self) -> int:
        """The thread that was opened first."""
        return int(self.discord.threads(self.channel)[0]["id"])

    def thread(self) -> int:
        """The one thread of the channel."""
        (thread,) = self.discord.threads(self.channel)
        return int(thread["id"])

    def messages(self) -> list[dict[str, Any]]:
        """All messages of the thread, oldest first; none before it is open."""
        threads = self.discord.threads(self.channel)
        return self.discord.messages(int(threads[0]["id"])) if threads else []

    def mirrors(self) -> list[Mirror]:
        """What the thread shows of the blog's comments, in the order in which it stands there."""
        return [found for message in self.messages() if (found := read_mirror(message)) is not None]

    def mirrors_of(self, thread: int) -> list[Mirror]:
        """The same of any thread."""
        return [found for message in self.discord.messages(thread) if (found := read_mirror(message)) is not None]

    def message_of(self, comment: int) -> int:
        """The first part of a comment's mirror."""
        return next(one.message for one in self.mirrors() if one.comment == comment and one.part == 1)

    async def until(self, what: Callable[[], object], *, patience: float = PATIENCE) -> None:
        """Wait until something is true of Discord's side. Raises TimeoutError, naming what was waited for."""
        changed = asyncio.Event()
        self.discord.on_change(lambda _event, _payload: changed.set())
        async with asyncio.timeout(patience):
            while not what():
                changed.clear()
                await changed.wait()

    async def until_blog(self, what: Callable[[], Awaitable[bool]], *, patience: float = PATIENCE) -> None:
        """Wait until something is true of the blog's side, which tells nobody when it changes."""
        async with asyncio.timeout(patience):
            while not await what():  # noqa: ASYNC110 - the blog sends no events
                await asyncio.sleep(0.05)


async def quiet(running: Running, *, patience: float = PATIENCE, pause: float = 0.02) -> None:
    """Until nothing waits and two more looks at the blog, ``pause`` seconds apart, have changed nothing."""
    calm = 0
    async with asyncio.timeout(patience):
        while calm < 2:
            before = (await running.engine.desk.status()).queue
            record = await running.engine.poll()
            queue = (await running.engine.desk.status()).queue
            still = queue == before and not queue.ready and not queue.under_way and queue.done
            calm = calm + 1 if still and not record.error else 0
            await asyncio.sleep(pause)


def read_mirror(message: dict[str, Any]) -> Mirror | None:
    """A mirror in either style, or None for anything else."""
    number = int(message["id"])
    if message.get("webhook_id"):
        footer = _FOOTER.search(message["content"])
        if footer is None:
            return None
        words = message["content"][: footer.start()]
        if words.startswith(TOMBSTONE):
            return None
        reply = _REPLY.match(words)
        part, parts, comment = int(footer[1] or 1), int(footer[2] or 1), int(footer[3])
        parent = int(reply[1]) if reply else None
        return Mirror(
            number, comment, part, parts, parent, message["author"]["username"], words[reply.end() if reply else 0 :]
        )
    return _read_card(message)


def _read_card(message: dict[str, Any]) -> Mirror | None:
    embeds = message["embeds"]
    author = embeds[0].get("author", {}) if embeds else {}
    comment = re.search(r"#comment-(\d+)", author.get("url", ""))
    if comment is None or embeds[0].get("description", "").startswith(TOMBSTONE):
        return None
    parts = re.search(r"(\d+)/(\d+)", embeds[0].get("footer", {}).get("text", ""))
    reference = message.get("message_reference")
    return Mirror(
        int(message["id"]),
        int(comment[1]),
        int(parts[1]) if parts else 1,
        int(parts[2]) if parts else 1,
        int(reference["message_id"]) if reference else None,
        author["name"],
        embeds[0].get("description", ""),
    )


@asynccontextmanager
async def scene(
    blog: WordPress, folder: Path, *, kind: str = "forum", limits: Limits | None = None, clock: FastClock | None = None
) -> AsyncIterator[Scene]:
    """A server with one channel for the blog, and the bot as its member."""
    async with LoopbackDiscord(limits=limits or Limits.relaxed()) as discord:
        guild = discord.add_guild(name="Readers")
        channel = discord.add_channel(guild, kind=kind, name="essays")
        app = discord.add_bot(name="Commonthread")
        sessions = discord.hub.sessions = Sessions()
        yield Scene(discord, guild, channel, app, blog, folder, clock, sessions)
