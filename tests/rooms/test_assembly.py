"""What one subscription is made of ends before what it stands on: errands that an open blog causes, and the store.

Does not test what engines do.
"""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from bot.assembly import Assembly
from bot.config import Config
from bot.core.domain import ChannelId, GuildId, Millis, PostId
from bot.core.policy import Settings
from bot.ports.blogs import Connected, KnownBlog
from bot.sandbox.wordpress import LoopbackBlog
from bot.store.sqlite.store import SqliteStore
from bot.store.vault import Vault
from tests.support.chat_scene import ChatScene, chat_scene
from tests.support.clock_and_faults import Clock
from tests.support.signer import SIGNER


async def another_blog(store: SqliteStore, url: str) -> Connected:
    """A subscription whose blog is known by a post of another date than the one at its address."""
    blog = await store.add_blog("wordpress", url)
    await store.follow_blog(blog.row, url=url, home=url, title="Known", newest=[(PostId("1"), Millis(1000))])
    number = await store.connect(blog.row, ChannelId(1), GuildId(1), Settings(style="card"), from_settings=True)
    (connected,) = [one for one in await store.connected() if one.id == number]
    return connected


async def assembled(
    store: SqliteStore, blog: LoopbackBlog, chat: ChatScene, folder: Path, errand: asyncio.Event
) -> tuple[Assembly, list[str]]:
    """An assembly of which an errand has begun; the list says how that ended."""
    ended: list[str] = []

    async def on_other(_: KnownBlog, sentence: str) -> None:
        try:
            await errand.wait()
            await store.known_blogs()
            raise ValueError("a bug")
        except asyncio.CancelledError:
            ended.append("cancelled")
            raise

    config = Config.from_env({"DISCORD_TOKEN": chat.app.token, "DATABASE": str(folder / "bot.sqlite3")})
    vault = Vault.open(config.secret_key, config.key_file)
    assembly = Assembly(config, store, vault, SIGNER, chat.adapter, Clock(), on_moved=on_other, on_other=on_other)
    made = await assembly.assemble(await another_blog(store, blog.url))
    record = await made.engine.poll()
    assert "another blog" in record.error
    await made.aclose()
    return assembly, ended


async def test_an_errand_ends_before_the_store_is_closed(loopback_blog: LoopbackBlog, tmp_path: Path) -> None:
    loopback_blog.publish("An essay", "<p>Words.</p>")
    async with chat_scene("text", "card") as chat:
        store = await SqliteStore.open(tmp_path / "bot.sqlite3", Clock())
        assembly, ended = await assembled(store, loopback_blog, chat, tmp_path, asyncio.Event())
        await asyncio.sleep(0)
        await assembly.close()
        await store.close()
        assert ended == ["cancelled"]


async def test_an_errand_that_fails_is_told(
    loopback_blog: LoopbackBlog, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    loopback_blog.publish("An essay", "<p>Words.</p>")
    async with chat_scene("text", "card") as chat:
        store = await SqliteStore.open(tmp_path / "bot.sqlite3", Clock())
        errand = asyncio.Event()
        assembly, _ = await assembled(store, loopback_blog, chat, tmp_path, errand)
        errand.set()
        for _ in range(500):
            if caplog.records and "ValueError" in caplog.text:
                break
            await asyncio.sleep(0.01)
        assert "a bug" in caplog.text
        await assembly.close()
        await store.close()
