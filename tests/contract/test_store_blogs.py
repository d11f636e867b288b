"""What the store keeps of subscriptions and accounts beside settings: since when a rule holds, whose account it is."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.core.domain import ChannelId, GuildId, MemberId, MessageId, SubscriptionId
from bot.core.policy import EVER, RelayMode, Settings
from bot.ports.blogs import Blogs, SealedAccount, Serving
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


async def test_who_is_connected_again_is_never_served_without_what_is_held(store: Blogs) -> None:
    """In one transaction: a process that is killed just after it leaves nobody's words of before to be published."""
    blog = await store.add_blog("wordpress", "https://blog.example")
    one = await store.connect(blog.row, ChannelId(1), GuildId(1), Settings(), since=MessageId(40))
    assert await since(store) == {one: 40}
    await store.set_serving(one, Serving.DISCONNECTED)
    await store.connect(blog.row, ChannelId(1), GuildId(1), Settings(), since=MessageId(70))
    assert await since(store) == {one: 70}


async def test_more_that_crosses_holds_the_past(store: Blogs) -> None:
    blog = await store.add_blog("wordpress", "https://blog.example")
    one = await store.connect(blog.row, ChannelId(1), GuildId(1), Settings())
    for relays, at, held in (
        (RelayMode.REPLIES, 10, 0),  # nobody noted what crossed before
        (RelayMode.OFF, 20, 0),
        (RelayMode.REPLIES, 30, 30),
        (RelayMode.REPLIES, 40, 30),
        (RelayMode.ALL, 50, 50),
    ):
        await store.note_crossing(one, relays, MessageId(at))
        assert await since(store) == {one: held}


async def test_a_resealed_account_is_still_the_same_servers(store: Blogs) -> None:
    blog = await store.add_blog("wordpress", "https://blog.example")
    for guild in (1, 2):
        await store.keep_account(SealedAccount(blog.row, GuildId(guild), f"sealed for {guild}"), MemberId(9))
    await store.reseal(SealedAccount(blog.row, GuildId(1), "sealed anew"))
    await store.reseal(SealedAccount(blog.row, GuildId(3), "nobody's"))
    assert [(kept.guild, kept.sealed) for kept in await store.accounts()] == [(1, "sealed anew"), (2, "sealed for 2")]
