"""A database that version 0.1.0 left behind, with threads, relays and a waiting outbox, goes on without a hand's turn.

``tests/data/upgrade`` keeps the file and what stood on both sides at that moment.
"""

from __future__ import annotations

import json
import shutil
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from bot.config import Config
from bot.core.domain import GuildId, Mark, MemberId, MessageId, ThreadId
from bot.core.errors import Unreachable
from bot.core.identity import Identity
from bot.core.policy import Policy, RelayMode
from bot.first import KEPT_APPROVED, First
from bot.ports.blogs import Serving
from bot.store.sqlite.store import SqliteStore
from bot.sync.identify import Ask
from bot.sync.relaying.compose import is_tombstone
from tests.support.engine_in_memory import World
from tests.support.fake_blog import BASE, StoredComment, StoredPost
from tests.support.fake_chat import CHANNEL, GUILD, StoredMessage, StoredThread

PASSWORD = {"BLOG_USERNAME": "bot", "BLOG_APP_PASSWORD": "abcd efgh"}
KEPT = Path(__file__).parents[1] / "data" / "upgrade"
SAID: dict[str, int] = json.loads((KEPT / "version-0.1.0.json").read_text("utf-8"))["said"]
NOW = MessageId(7_777)
"""Now, as the id of a message."""
TOKEN = "the-token-of-a-bot-that-does-not-exist-0123456789"


def put_back(world: World) -> None:
    """Both sides as they stood when version 0.1.0 ended."""
    kept: dict[str, Any] = json.loads((KEPT / "version-0.1.0.json").read_text("utf-8"))
    world.clock.time = kept["clock"]
    world.blog.posts = {key: StoredPost(**one) for key, one in kept["blog"]["posts"].items()}
    world.blog.comments = {key: StoredComment(**one) for key, one in kept["blog"]["comments"].items()}
    world.blog.numbers = count(kept["blog"]["numbers"] + 1)
    for number, one in kept["chat"]["threads"].items():
        world.chat.threads[ThreadId(int(number))] = StoredThread(**one)
    for target, found in ((world.chat.messages, "messages"), (world.chat.starters, "starters")):
        for number, one in kept["chat"][found].items():
            mark = Mark(one["mark"]) if one["mark"] else None
            target[MessageId(int(number))] = StoredMessage(**{**one, "mark": mark, "files": {}})
    world.chat.given[0] = kept["chat"]["last"]
    world.chat.webhook = kept["chat"]["webhook"]


@asynccontextmanager
async def upgraded() -> AsyncIterator[World]:
    world = World(policy=Policy(relay=RelayMode.REPLIES, first_posts=5))
    put_back(world)
    shutil.copy(KEPT / "version-0.1.0.sqlite3", world.folder / "bot.sqlite3")
    await world.start()
    try:
        yield world
    finally:
        await world.end()


def relay(world: World, message: int) -> StoredComment | None:
    found = [one for one in world.blog.comments.values() if f"/{message}#" in f"{one.author_url}#"]
    assert len(found) < 2, "doubled"
    return found[0] if found else None


async def test_what_waited_leaves_and_nothing_is_doubled() -> None:
    async with upgraded() as world:
        threads, shown = len(world.chat.threads), len(world.chat.messages)
        await world.quiet()
        assert len(world.chat.threads) == threads
        assert len(world.chat.messages) == shown, "nothing is said twice"
        corrected, waiting = relay(world, SAID["corrected"]), relay(world, SAID["waiting"])
        under = relay(world, SAID["under the waiting"])
        assert corrected is not None
        assert "corrected" in corrected.html
        assert waiting is not None
        assert under is not None
        assert under.parent == waiting.id
        removed = relay(world, SAID["deleted"])
        assert removed is not None
        assert is_tombstone(removed.html)
        assert not [one for one in world.blog.comments.values() if "waits" in one.html and one.status != "approved"]


async def test_old_threads_are_served_on_in_both_directions() -> None:
    async with upgraded() as world:
        await world.quiet()
        world.clock.advance(1000)
        parent = next(one for one in world.blog.comments.values() if "elsewhere" in one.html)
        fresh = world.blog.comment(parent.post, "<p>a later word</p>", parent=parent.id)
        await world.quiet()
        (mirror,) = [one for one in world.chat.messages.values() if f"#comment-{fresh.id} " in one.marker]
        said = world.chat.member_says(mirror.thread, 7, "an answer to it", mirror.id, None).id
        await world.quiet()
        written = relay(world, said)
        assert written is not None
        assert written.parent == fresh.id
        kept = world.chat.member_says(mirror.thread, 9, "by one who keeps their words", mirror.id, None).id
        await world.quiet()
        assert relay(world, kept) is None, "their word of before the upgrade still holds"


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[SqliteStore]:
    shutil.copy(KEPT / "version-0.1.0.sqlite3", tmp_path / "bot.sqlite3")
    world = World()
    found = await SqliteStore.open(tmp_path / "bot.sqlite3", world.clock)
    yield found
    await found.close()
    await world.end()


async def elsewhere(url: str) -> Identity:
    """Another blog at whatever address."""
    return Identity(url, "Another blog", (), url)


async def settled(store: SqliteStore, ask: Ask = elsewhere, /, **settings: str) -> tuple[First, list[str]]:
    """``.env`` of 0.1.0, and what was rested because of it."""
    given = {"DISCORD_TOKEN": TOKEN, "DISCORD_CHANNEL_ID": str(CHANNEL), "BLOG_URL": BASE, **settings}
    rested: list[str] = []

    async def serve(_: object) -> None: ...

    async def rest(number: Any, why: str) -> None:
        rested.append(why)
        await store.set_serving(number, Serving.RESTING, why)

    async def tell(_: object, _sentence: str) -> bool:
        return False

    config = Config.from_env(given)
    first = First(config, store, GuildId(GUILD), ask=ask, serve=serve, rest=rest, moment=lambda: NOW, tell=tell)
    return first, rested


async def test_the_settings_of_then_name_the_same_subscription(store: SqliteStore) -> None:
    first, rested = await settled(store, RELAY="all", MIRROR_STYLE="card")
    number = await first.settle()
    (one,) = await store.connected()
    assert (one.id, one.from_settings, one.serving, one.channel_id) == (number, True, Serving.ACTIVE, CHANNEL)
    assert (one.settings.relay, one.settings.style, one.settings.approve) == (RelayMode.ALL, "card", True)
    assert await store.opted_out(GuildId(GUILD), MemberId(9))
    assert rested == []


@pytest.mark.parametrize(
    ("before", "after", "held"),
    [
        ({}, {"RELAY": "all"}, False),  # nobody noted what crossed under 0.1.0: what waits goes on
        (PASSWORD, {**PASSWORD, "RELAY": "all"}, True),
        ({"RELAY": "all"}, {**PASSWORD, "RELAY": "replies"}, True),  # without an account nothing crossed
        ({**PASSWORD, "RELAY": "all"}, PASSWORD, False),
        (PASSWORD, PASSWORD, False),
    ],
)
async def test_a_wider_setting_publishes_nothing_older(
    store: SqliteStore, before: dict[str, str], after: dict[str, str], held: bool
) -> None:
    if before:
        await (await settled(store, **before))[0].settle()
    await (await settled(store, **after))[0].settle()
    (one,) = await store.connected()
    assert one.words_since == (NOW if held else 0)


@pytest.mark.parametrize("reached", [(True,), (False, False, True)], ids=["at once", "at the third start"])
async def test_who_keeps_approved_is_told_once_over_restarts(
    store: SqliteStore, caplog: pytest.LogCaptureFixture, reached: tuple[bool, ...]
) -> None:
    """The log is told once, and moderators once they have a channel that can be reached."""
    starts, told = iter((*reached, True, True)), list[tuple[str, bool]]()

    async def tell(_: object, sentence: str) -> bool:
        told.append((sentence, could := next(starts)))
        return could

    async def serve(_: object) -> None: ...

    async def rest(_: object, _why: str) -> None: ...

    config = Config.from_env({"DISCORD_TOKEN": TOKEN, "DISCORD_CHANNEL_ID": str(CHANNEL), "BLOG_URL": BASE})
    for _ in range(5):
        first = First(
            config, store, GuildId(GUILD), ask=elsewhere, serve=serve, rest=rest, moment=lambda: NOW, tell=tell
        )
        await first.settle()
    assert told == [(KEPT_APPROVED, could) for could in reached]
    assert [one.getMessage() for one in caplog.records].count(KEPT_APPROVED) == 1
    (one,) = await store.connected()
    assert one.settings.approve


async def test_who_has_said_which_is_meant_is_told_nothing(
    store: SqliteStore, caplog: pytest.LogCaptureFixture
) -> None:
    for given in ("approved", "blog"):
        await (await settled(store, RELAY_STATUS=given))[0].settle()
        (one,) = await store.connected()
        assert one.settings.approve is (given == "approved")
    assert KEPT_APPROVED not in caplog.messages


async def test_another_blog_under_the_setting_gets_a_subscription_of_its_own(store: SqliteStore) -> None:
    first, rested = await settled(store, BLOG_URL="https://production.example")
    number = await first.settle()
    before, now = await store.connected()
    assert (before.serving, now.id, now.serving) == (Serving.RESTING, number, Serving.ACTIVE)
    assert "BLOG_URL" in rested[0]
    assert await store.places(now.id) == (), "the old threads are the old blog's"


@pytest.mark.parametrize("answers", [True, False], ids=["the old one still answers", "the old one is gone"])
async def test_a_copy_that_was_mirrored_under_0_1_0_is_not_the_original(store: SqliteStore, *, answers: bool) -> None:
    """Its comments went their own way: what members wrote under the copy's would land on the original's."""
    (copy,) = await store.known_blogs()
    original = "https://original.example"
    newest = tuple((await store.dated_posts(copy.row)).items())
    assert newest, "the kept file knows dates"

    async def ask(url: str) -> Identity:
        if url == BASE and not answers:
            raise Unreachable("Nobody answers.")
        return Identity(url, "The same posts", newest, url)

    first, _ = await settled(store, ask, BLOG_URL=original)
    number = await first.settle()
    found = {one.id: (one.blog.url, one.serving) for one in await store.connected()}
    if answers:
        assert sorted(found.values()) == [(BASE, Serving.RESTING), (original, Serving.ACTIVE)]
    else:
        assert list(found.values()) == [(original, Serving.ACTIVE)], "it has moved"
    assert found[number] == (original, Serving.ACTIVE) if number else False


async def test_another_spelling_and_another_channel_are_the_same_subscription(store: SqliteStore) -> None:
    elsewhere = CHANNEL + 5
    first, rested = await settled(store, BLOG_URL="http://www.blog.example/", DISCORD_CHANNEL_ID=str(elsewhere))
    number = await first.settle()
    (one,) = await store.connected()
    assert (one.id, one.channel_id, rested) == (number, elsewhere, [])
    assert {place.channel_id for place in await store.places(one.id)} == {CHANNEL}, "threads stay where they are"


def test_the_kept_file_is_as_the_old_version_left_it(tmp_path: Path) -> None:
    path = tmp_path / "old.sqlite3"
    shutil.copy(KEPT / "version-0.1.0.sqlite3", path)
    with closing(sqlite3.connect(path)) as database:
        assert database.execute("PRAGMA user_version").fetchone() == (4,), "made by version 0.1.0"
