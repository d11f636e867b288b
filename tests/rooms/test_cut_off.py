"""A process that is killed between any two steps of a change: what was written before the change stays in Discord."""

from __future__ import annotations

import contextlib
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, cast

import pytest

from bot.config import Config
from bot.core.accounts import Account
from bot.core.domain import ChannelId, GuildId, MemberId, MessageId
from bot.core.identity import Identity
from bot.core.policy import Settings
from bot.first import First
from bot.ports.blogs import Blogs, SealedAccount
from bot.store.sqlite.store import SqliteStore
from bot.store.vault import Vault
from bot.sync.connecting import keep_account
from tests.support.clock_and_faults import Clock

URL = "https://blog.example"
CHANNEL, GUILD, NOW = ChannelId(900_000_000_000_000_002), GuildId(8), MessageId(7_777)


class Killed(BaseException):
    """The process is gone."""


class Cut:
    """A store that is gone once so many of its methods were called."""

    def __init__(self, store: SqliteStore, calls: int) -> None:
        self._store = store
        self._left = calls

    def __getattr__(self, name: str) -> Callable[..., Awaitable[Any]]:
        async def call(*given: Any, **named: Any) -> Any:
            if not self._left:
                raise Killed
            self._left -= 1
            return await getattr(self._store, name)(*given, **named)

        return call


@pytest.mark.parametrize("calls", range(6))
async def test_an_account_is_kept_once_the_past_is_held(tmp_path: Path, calls: int) -> None:
    store = await SqliteStore.open(tmp_path / "bot.sqlite3", Clock())
    try:
        blog = await store.add_blog("wordpress", URL)
        await store.connect(blog.row, CHANNEL, GUILD, Settings())
        vault = Vault.open("", tmp_path / "bot.key")
        account = SealedAccount(blog.row, GUILD, vault.seal(Account("user", "pass")))
        with contextlib.suppress(Killed):
            await keep_account(cast(Blogs, Cut(store, calls)), vault, account, MemberId(1), NOW)
        (one,) = await store.connected()
        assert one.words_since == NOW or not await store.accounts()
    finally:
        await store.close()


@pytest.mark.parametrize("calls", range(12))
async def test_a_wider_setting_holds_the_past_however_often_the_start_is_cut_off(tmp_path: Path, calls: int) -> None:
    store = await SqliteStore.open(tmp_path / "bot.sqlite3", Clock())
    try:
        await first(store, RELAY="replies").settle()
        wider = {"RELAY": "all"}
        with contextlib.suppress(Killed):
            await first(cast(SqliteStore, Cut(store, calls)), **wider).settle()
        await first(store, **wider).settle()
        (one,) = await store.connected()
        assert one.words_since == NOW
    finally:
        await store.close()


async def test_what_moderators_connected_and_the_operator_names_later_holds_the_past(tmp_path: Path) -> None:
    store = await SqliteStore.open(tmp_path / "bot.sqlite3", Clock())
    try:
        blog = await store.add_blog("wordpress", URL)
        number = await store.connect(blog.row, CHANNEL, GUILD, Settings())
        await first(store, RELAY="all").settle()
        (one,) = await store.connected()
        assert (one.id, one.from_settings, one.words_since) == (number, True, NOW)
    finally:
        await store.close()


def first(store: SqliteStore, **settings: str) -> First:
    """What the operator's settings name, with an account."""
    given = {
        "DISCORD_TOKEN": "the-token-of-a-bot-that-does-not-exist-0123456789",
        "DISCORD_CHANNEL_ID": str(CHANNEL),
        "BLOG_URL": URL,
        "BLOG_USERNAME": "bot",
        "BLOG_APP_PASSWORD": "abcd efgh",
        **settings,
    }

    async def ask(url: str) -> Identity:
        return Identity(url, "A blog", (), url)

    async def nothing(*_: object) -> None: ...

    async def told(*_: object) -> bool:
        return True

    config = Config.from_env(given)
    return First(config, store, GUILD, ask=ask, serve=nothing, rest=nothing, moment=lambda: NOW, tell=told)
