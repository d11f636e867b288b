"""``demo``: a loopback Discord, a blog, the page that shows both, and the real bot between them. Needs no account.

Fakes nothing of the bot: it is the same :func:`bot.app.run` that serves a real server, in a folder that goes with it.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import sys
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bot.app import Running, run
from bot.chat.pace import Paces
from bot.config import Config
from bot.core.errors import CommonthreadError, ConfigError, StartupError
from bot.core.network_words import in_plain_words
from bot.core.texts import printable
from bot.demo.read_only_blog import ReadOnlyBlog
from bot.demo.stage import BlogSource, StageServer, seed
from bot.demo.stage.loopback_blog import LoopbackBlogSource
from bot.demo.stage.loopback_discord import LoopbackDiscordSource
from bot.sandbox.discord import Limits, LoopbackDiscord
from bot.sandbox.wordpress import LoopbackBlog
from bot.store.sqlite.examine import map_rows

POLL_INTERVAL = "0.3"
POLL_INTERVAL_OF_A_REAL_BLOG = "20"
FIRST_POSTS = "3"


@dataclass(frozen=True, slots=True)
class Theatre:
    """A demo that runs: the page's address and what stands behind it."""

    url: str
    discord: LoopbackDiscord
    blog: LoopbackBlog | None
    running: Running


async def demo(*, blog_url: str | None = None, port: int = 0) -> None:
    """Run until Ctrl-C. Raises StartupError when the named blog cannot be shown or the port is taken."""
    async with AsyncExitStack() as stack:
        with _told_once():
            stage = await stack.enter_async_context(theatre(blog_url=blog_url, port=port))
        what = "Write on either side and watch it cross." if stage.blog else "Nothing is written to the blog."
        print(f"Open {stage.url} in a browser. {what} Ctrl-C ends it.", flush=True)
        await asyncio.Event().wait()


@contextlib.contextmanager
def _told_once() -> Iterator[None]:
    """What keeps the page from opening is said by the error at the end, and not in the log before it too."""
    logging.disable(logging.WARNING)
    try:
        yield
    finally:
        logging.disable(logging.NOTSET)


@asynccontextmanager
async def theatre(*, blog_url: str | None = None, port: int = 0) -> AsyncIterator[Theatre]:
    """Everything that a demo needs, in order, gone in reverse."""
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="commonthread-demo-")))
        database = folder / "demo.sqlite3"
        # Discord's own limits make sense over hours; on a stage of one visitor they would only look like a fault.
        discord = await stack.enter_async_context(LoopbackDiscord(limits=Limits.relaxed()))
        guild, forum, app, members = await seed.seed_discord(discord)
        blog = None if blog_url else await stack.enter_async_context(LoopbackBlog(title=seed.TITLE))
        if blog is not None:
            seed.seed_blog(blog)
        try:
            settings = _settings(discord, app.token, forum.id, database, blog, blog_url)
        except ConfigError as error:  # nothing else here is the visitor's own
            raise StartupError("--blog takes a web address that starts with https:// or http://.") from error
        running = await stack.enter_async_context(_bot(settings))
        source = _source(blog, running)
        if isinstance(source, ReadOnlyBlog):
            stack.push_async_callback(source.close)
            await _opened(source, str(blog_url))

        async def rows() -> list[dict[str, Any]]:
            return await asyncio.to_thread(map_rows, database)

        try:
            stage = await stack.enter_async_context(
                StageServer(LoopbackDiscordSource(discord, guild, members), source, rows, port)
            )
        except (OSError, OverflowError) as error:
            why = os.strerror(error.errno or 0).lower() if isinstance(error, OSError) else "no such port"
            raise StartupError(f"Port {port} cannot be used ({why}); name another with --port.") from error
        yield Theatre(stage.url, discord, blog, running)


async def _opened(source: ReadOnlyBlog, url: str) -> None:
    """A page without anything on it would help nobody, so a blog that does not answer is told at once."""
    try:
        await source.start()
    except CommonthreadError as error:
        why = in_plain_words(error)
        raise StartupError(f"{url} cannot be shown: {f'{why}.' if why else error.reason}") from error


def _settings(
    discord: LoopbackDiscord, token: str, channel: int, database: Path, blog: LoopbackBlog | None, url: str | None
) -> Config:
    settings = {
        "DISCORD_TOKEN": token,
        "DISCORD_CHANNEL_ID": str(channel),
        "DISCORD_API_URL": discord.api_url,
        "DATABASE": str(database),
        "MEMBER_MEASURE": "0,0,0,0",  # whoever plays here floods nobody
        "SERVER_MEASURE": "0,0,0,0",
    }
    if blog is None:
        settings |= {"BLOG_URL": url or "", "POLL_INTERVAL": POLL_INTERVAL_OF_A_REAL_BLOG}
    else:
        settings |= {
            "BLOG_URL": blog.url,
            "BLOG_USERNAME": blog.username,
            "BLOG_APP_PASSWORD": blog.app_password,
            "POLL_INTERVAL": POLL_INTERVAL,
            "FIRST_POSTS": FIRST_POSTS,
            "RELAY_STATUS": "approved",  # nobody moderates there
        }
    return Config.from_env(settings)


@asynccontextmanager
async def _bot(config: Config) -> AsyncIterator[Running]:
    """The real bot, until the block ends. Raises what ends it before that."""
    running: asyncio.Future[Running] = asyncio.get_running_loop().create_future()
    task = asyncio.create_task(run(config, paces=Paces.quick(), guild_wait=0.1, running=running))
    either: set[asyncio.Future[Any]] = {task, running}
    await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
    if not running.done():
        await task
    task.add_done_callback(_tell_of_an_end)
    try:
        yield running.result()
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


def _tell_of_an_end(task: asyncio.Task[None]) -> None:
    if not task.cancelled() and (error := task.exception()) is not None:
        print(f"The bot has stopped: {printable(str(error))}", file=sys.stderr, flush=True)


def _source(blog: LoopbackBlog | None, running: Running) -> BlogSource:
    if blog is None:
        return ReadOnlyBlog(running.blog)
    return LoopbackBlogSource(blog, title=seed.TITLE, tagline=seed.TAGLINE, writers=seed.WRITERS)
