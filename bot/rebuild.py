"""``rebuild``: reads every thread of every subscription as a whole, heals the map, and prints what it came to.

Shows and opens nothing, and writes nothing to a blog: what follows from the healed map is for the next start.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import tempfile
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, suppress
from dataclasses import replace
from pathlib import Path

from bot.app import GUILD_WAIT, door, enter, now, opened_store, serving, where_it_is
from bot.assembly import Assembly
from bot.chat.client import connected
from bot.chat.pace import Paces
from bot.config import Config
from bot.core.errors import CommonthreadError, StartupError
from bot.core.signing import SIGNATURE
from bot.core.texts import printable
from bot.ports.blogs import Connected, Serving
from bot.store.consent import beside as words_beside
from bot.store.sqlite.examine import examine
from bot.store.sqlite.lock import hold, take_lock
from bot.store.sqlite.store import SqliteStore
from bot.store.vault import Vault
from bot.sync.observers import NOBODY
from bot.sync.signature import settle_signer

SLOW_READY = 60.0
"""Seconds in which Discord has to tell which servers the bot is in."""

NOTHING_CHANGED = "Nothing was changed."
NO_BLOG = (
    "No blog is mirrored by this database, so no thread was read. Blogs that were connected by command are known "
    "again, with their threads, when moderators say /blog connect while the bot runs."
)
HEALED = "The map is healed; start the bot."
HEALED_IN_PART = (
    "Of what was read the map is healed. Mend what kept the rest from being read, and run this again; or start the "
    "bot, which carries nothing across in a thread before it has read it."
)

NOT_TOLD = (
    "Discord has not told within a minute which servers the bot is in, so nothing was read. Run the check command: it "
    "says what is in the way."
)


async def rebuild(config: Config, *, dry_run: bool, paces: Paces | None = None) -> bool:
    """Print one line for each thread. -> whether all could be read.

    Raises StartupError, above all while the bot runs on this database. A dry run works on a copy of the database.
    """
    well, anything, keys = True, False, config.key_file
    async with AsyncExitStack() as stack:
        if dry_run:
            config = replace(config, database=where_it_is(config.database))
            stack.callback(take_lock(config.database).close)
            if config.database.is_file():
                stack.callback(os.close, hold(config.database))
            if not (found := await asyncio.to_thread(examine, config.database)).ok:  # of the copy it would be said else
                raise StartupError(f"The {found.subject}: {found.mend}")
            config = replace(config, database=await asyncio.to_thread(_copy, config.database, stack))
        async for line, read in _lines(stack, config, keys, paces or Paces.discord(), deleting=not dry_run):
            well, anything = well and read, True
            print(printable(line), flush=True)
    if not anything:
        print(NO_BLOG, flush=True)
    print(NOTHING_CHANGED if dry_run else HEALED if well else HEALED_IN_PART, flush=True)
    return well


def _copy(database: Path, stack: AsyncExitStack) -> Path:
    folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="commonthread-")))
    for name in (database.name, f"{database.name}-wal", words_beside(database).name):
        with suppress(FileNotFoundError):
            shutil.copy(database.with_name(name), folder)
    return folder / database.name


async def _lines(
    stack: AsyncExitStack, config: Config, keys: Path, paces: Paces, *, deleting: bool
) -> AsyncIterator[tuple[str, bool]]:
    store = await opened_store(stack, config, now)
    vault = Vault.open(config.secret_key, keys)
    client, guild = await enter(stack, config, GUILD_WAIT)
    chat = door(config, client, paces, now, None)
    signer = await settle_signer(store, vault.derive_each(SIGNATURE), now())
    hub, first, assembly = serving(config, store, vault, signer, chat, guild, now, None, NOBODY)
    await hub.close()  # whatever is found out about a blog on the way, nobody is served
    stack.push_async_callback(assembly.close)
    stack.push_async_callback(first.close)
    await first.settle()
    session = asyncio.create_task(connected(client))
    stack.callback(session.cancel)
    try:
        async with asyncio.timeout(SLOW_READY):
            await client.wait_until_ready()
    except TimeoutError:
        raise StartupError(NOT_TOLD) from None
    async for one in _each(store, assembly, deleting=deleting):
        yield one


async def _each(store: SqliteStore, assembly: Assembly, *, deleting: bool) -> AsyncIterator[tuple[str, bool]]:
    for one in await store.connected():
        if one.serving is Serving.ACTIVE:
            yield _heading(one), True
            made, threads = await assembly.assemble(one), 0
            try:
                async for thread in made.engine.adopting.rebuild(deleting=deleting):
                    threads += 1
                    yield f"  {thread.sentence}", thread.found is not None
                if not threads:
                    yield "  No thread of it was found.", True
            except CommonthreadError as error:
                yield f"  Channel {one.channel_id} was not read. {error.reason}", False
            finally:
                await made.aclose()


def _heading(one: Connected) -> str:
    return f"{one.blog.name} in channel {one.channel_id}:"
