"""What the store keeps of subscriptions and accounts beside settings: since when a rule holds, whose account it is."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.core.domain import ChannelId, GuildId, MemberId, MessageId, SubscriptionId
from bot.core.policy import EVER, RelayMode, Settings
from bot.ports.blogs import Blogs, SealedAccount
from tests.contract.stores import STORES
from tests.support.clock_and_faults import Clock


@pytest.fixture(params=STORES)
async def store(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Blogs]:
    opened = await STORES[request.param](tmp_path, Clock())
    yield opened
    await opened.close()


async def since(store: Blogs) -> dict[SubscriptionId, MessageId]:
    return {one.id: one.words_since for one in await store.connected()}


async def test_the_past_that_is_held_never_shrinks_and_is_one_subscriptions_own(store: Blogs) -> None:
    blog = await store.add_blog("wordpress", "https://blog.example")
    one = await store.connect(blog.row, ChannelId(1), GuildId(1), Settings())
    other = await store.connect(blog.row, ChannelId(2), GuildId(1), Settings())
    assert await since(store) == {one: EVER, other: EVER}
    await store.hold_past(one, MessageId(50))
    await store.hold_past(one, MessageId(20))
    assert await since(store) == {one: 50, other: 0}
    again = await store.connect(blog.row, ChannelId(1), GuildId(1), Settings())
    assert (again, await since(store)) == (one, {one: 50, other: 0})


async def test_what_crosses_is_noted_and_said_once(store: Blogs) -> None:
    blog = await store.add_blog("wordpress", "https://blog.example")
    one = await store.connect(blog.row, ChannelId(1), GuildId(1), Settings())
    other = await store.connect(blog.row, ChannelId(2), GuildId(1), Settings())
    assert await store.note_crossing(one, RelayMode.OFF) is None
    assert await store.note_crossing(one, RelayMode.OFF) is RelayMode.OFF
    assert await store.note_crossing(one, RelayMode.ALL) is RelayMode.OFF
    assert await store.note_crossing(one, RelayMode.ALL) is RelayMode.ALL
    assert await store.note_crossing(other, RelayMode.ALL) is None


async def test_a_resealed_account_is_still_the_same_servers(store: Blogs) -> None:
    blog = await store.add_blog("wordpress", "https://blog.example")
    for guild in (1, 2):
        await store.keep_account(SealedAccount(blog.row, GuildId(guild), f"sealed for {guild}"), MemberId(9))
    await store.reseal(SealedAccount(blog.row, GuildId(1), "sealed anew"))
    await store.reseal(SealedAccount(blog.row, GuildId(3), "nobody's"))
    assert [(kept.guild, kept.sealed) for kept in await store.accounts()] == [(1, "sealed anew"), (2, "sealed for 2")]
