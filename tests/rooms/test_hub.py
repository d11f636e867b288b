"""The hub while engines are started, ended and fall: whose events wait, who goes on, who is not served again."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass, field

import pytest

from bot.core.domain import MessageId, SubscriptionId
from bot.ports.blogs import Connected, Serving
from bot.sync import hub as hub_room
from bot.sync.hub import Hub
from bot.sync.served import Assembled
from tests.support.engine_in_memory import World, world
from tests.support.fake_blog import StoredComment

A_MOMENT = 0.05


@dataclass
class Served:
    """Worlds in the hands of one hub. ``gate`` holds up whoever starts an engine; ``told`` is what moderators read."""

    worlds: dict[SubscriptionId, World]
    hub: Hub
    gate: asyncio.Event = field(default_factory=asyncio.Event)
    told: list[str] = field(default_factory=list)


@asynccontextmanager
async def served(*worlds: World) -> AsyncIterator[Served]:
    one = {each.subscription: each for each in worlds}

    async def aclose() -> None: ...

    async def assemble(connected: Connected, _: MessageId | None) -> Assembled:
        await found.gate.wait()
        return Assembled(one[connected.id].engine, aclose)

    async def tell(_: Connected, sentence: str) -> None:
        found.told.append(sentence)

    store = worlds[0].store
    found = Served(one, Hub(store, store, assemble, tell=tell))
    found.gate.set()
    try:
        yield found
    finally:
        await found.hub.close()


async def mirrored(one: World) -> StoredComment:
    """A post with a comment, both shown."""
    comment = one.blog.comment(one.blog.add_post("An essay").id, "<p>root</p>")
    for _ in range(2):
        await one.work()
    return comment


async def until(what: object) -> None:
    assert callable(what)
    async with asyncio.timeout(5):
        while not what():  # noqa: ASYNC110 - the fakes send no events
            await asyncio.sleep(0.005)


@pytest.mark.parametrize("serving", [Serving.RESTING, Serving.DISCONNECTED])
async def test_who_was_ended_meanwhile_is_not_served_again(serving: Serving) -> None:
    """A change of settings looks at the channel first; somebody may press *Disconnect* in that time."""
    async with world() as one, served(one) as those:
        await those.hub.start(one.subscription)
        await one.store.set_serving(one.subscription, serving, "ended")
        assert await those.hub.start(one.subscription) is None
        assert those.hub.served() == ()


async def test_who_is_just_being_started_does_not_outlive_the_hub() -> None:
    """A command may be under way when the process ends; its engine would work on a database that is closed."""
    async with world() as one, served(one) as those:
        those.gate.clear()
        starting = asyncio.create_task(those.hub.start(one.subscription))
        await asyncio.sleep(A_MOMENT)
        closing = asyncio.create_task(those.hub.close())
        await asyncio.sleep(A_MOMENT)
        those.gate.set()
        await asyncio.gather(starting, closing)
        assert those.hub.served() == ()
        assert await those.hub.start(one.subscription) is None


async def test_what_is_deleted_while_an_engine_is_started_anew_is_heard() -> None:
    """A relay may be older than what is read again after a start: nobody would miss it later."""
    async with world() as one:
        root = await mirrored(one)
        mirror = next(message for message in one.chat.messages.values() if message.marker)
        said = one.chat.member_says(mirror.thread, 7, "words", mirror.id, None).id
        await one.work()
        assert [relay.parent for relay in one.blog.comments.values() if relay.author_url] == [root.id]
        async with served(one) as those:
            await those.hub.start(one.subscription)
            those.gate.clear()
            starting = asyncio.create_task(those.hub.start(one.subscription))
            await asyncio.sleep(A_MOMENT)
            del one.chat.messages[said]
            hearing = asyncio.create_task(those.hub.deleted(mirror.thread, [MessageId(said)]))
            await asyncio.sleep(A_MOMENT)
            those.gate.set()
            await asyncio.gather(starting, hearing)
            await until(lambda: [one.status for one in one.blog.comments.values() if one.author_url] == ["trash"])


async def test_one_that_falls_again_and_again_ends_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hub_room, "FIRST_PAUSE", 0.001)
    async with world() as one:
        other = World(policy=one.policy, beside=one)
        await other.begin(one.store)
        falls = 0

        async def falling() -> None:
            nonlocal falls
            falls += 1
            raise ZeroDivisionError

        monkeypatch.setattr(one.engine, "run", falling)
        async with served(one, other) as those:
            await those.hub.open()
            running = asyncio.create_task(those.hub.run())
            await until(lambda: falls > hub_room.FALLS + 2)
            assert not running.done(), "another subscription's trouble"
            assert those.told == [hub_room.FALLS_ALONE], "said once"
            other.blog.add_post("An essay")
            await other.engine.poll()
            await until(lambda: other.chat.threads)
            running.cancel()


async def test_an_engine_that_could_not_record_goes_on_when_it_can(monkeypatch: pytest.MonkeyPatch) -> None:
    """No action is done while the trigger stands: it names a table that there is not."""
    monkeypatch.setattr(hub_room, "FIRST_PAUSE", 0.05)
    async with world() as one:
        file = one.folder / "bot.sqlite3"
        with closing(sqlite3.connect(file)) as database:
            database.execute(
                "CREATE TRIGGER full BEFORE UPDATE OF done_at ON outbox BEGIN INSERT INTO nowhere VALUES (1); END"
            )
        one.blog.add_post("An essay")
        await one.engine.poll()
        async with served(one) as those:
            await those.hub.start(one.subscription)
            await until(lambda: those.hub._served[one.subscription].falls)
            with closing(sqlite3.connect(file)) as database:
                database.execute("DROP TRIGGER full")
            await until(lambda: one.chat.threads)

            async def recorded() -> bool:
                return any(place.thread_id for place in await one.engine.desk.places())

            async with asyncio.timeout(5):
                while not await recorded():  # noqa: ASYNC110 - nobody tells
                    await asyncio.sleep(0.01)
        assert len(one.chat.threads) == 1
