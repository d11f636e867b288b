"""What the outbox and a plan cost: at 1,500 comments, and beside other subscriptions with long backlogs.

Printed with -s.
"""

from __future__ import annotations

import gc
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from bot.core.actions import OpenThread, Queue, Send, Urgency
from bot.core.domain import (
    ChannelId,
    Comment,
    CommentId,
    GuildId,
    MessageId,
    Millis,
    Post,
    PostId,
    SubscriptionId,
    ThreadId,
)
from bot.ports import FeedState, Opened, Outcome, Planned
from bot.store.sqlite.store import SqliteStore
from tests.support.clock_and_faults import Clock
from tests.support.engine_in_memory import World, world
from tests.support.one_claim import one_claim
from tests.support.subscribing import subscribe

COMMENTS = 1500
POLL = 0.150
BUSY = 50
BACKLOG = 200
EVERY = list(Queue)


async def grow(here: World) -> str:
    post = here.blog.add_post("Much discussed")
    parent = None
    for number in range(COMMENTS):
        made = here.blog.comment(post.id, f"Words {number} " * 30, parent=parent)
        parent = made.id if number % 7 else None
    return post.id


async def test_a_poll_and_a_claim_stay_cheap() -> None:
    async with world() as here:
        post = await grow(here)
        await here.engine.poll()
        await here.engine.drain()
        (place,) = await here.places()
        assert place.thread_id is not None
        tree = await here.blog.tree(PostId(post), now=here.clock())
        polls = []
        for _ in range(3):  # the first look, then two that find everything queued
            gc.collect()  # what earlier tests of this process left is not to be paid for here
            started = time.process_time()
            made = await here.engine._poller.plan(place, tree)
            await here.store.plan(place, made.planned, made.relay_changes)
            polls.append(time.process_time() - started)
        started = time.perf_counter()
        claim = await one_claim(here.store, place.subscription_id, here.clock(), EVERY)
        claimed = time.perf_counter() - started
        assert claim is not None
        print(
            f"\nplan and store {COMMENTS}: {[f'{one * 1000:.0f} ms' for one in polls]}; claim {claimed * 1000:.1f} ms"
        )
        assert sorted(polls)[1] < POLL * 4  # a busy machine may take some times the figure above, and once far more
        assert claimed < 10  # a walk through what waits is told below, by a count of instructions


async def test_a_look_that_finds_nothing_new_keeps_nobody_from_writing() -> None:
    async with world() as here:
        for title in ("One", "Two"):
            here.blog.comment(here.blog.add_post(title).id, "words")
        await here.quiet()
        places = len(await here.places())
        writes, reads = here.store.database.writes, here.store.database.reads
        await here.engine.poll()
        assert here.store.database.writes == writes
        assert here.store.database.reads - reads <= 1 + 2 * places


# ---------------------------------------------------------------- beside others


def comment(number: int) -> Comment:
    return Comment(CommentId(str(number)), PostId("1"), None, "Ben", Millis(number), "x", f"https://x/#{number}")


async def settle(store: SqliteStore, clock: Clock, number: int, backlog: int) -> SubscriptionId:
    """A subscription with one open thread and so many comments that wait."""
    post = Post(PostId("1"), "g", f"https://blog{number}.example/1", "Post", "Ann", Millis(1), "x")
    one = await subscribe(store, f"https://blog{number}.example", ChannelId(number), GuildId(number))
    await store.note_posts(one.id, (post,), (OpenThread(post),), FeedState())
    claim = await one_claim(store, one.id, clock(), EVERY)
    assert claim is not None
    thread = ThreadId(1000 + number)
    await store.finish(claim, Outcome(opened=Opened(thread, MessageId(thread)), shown=post))
    (place,) = await store.places(one.id)
    sends = [Planned(Send(comment(at), None, 0, silent=True), Urgency.BACKFILL) for at in range(backlog)]
    await store.plan(place, sends)
    return one.id


async def steps(store: SqliteStore, call: Callable[[], Awaitable[Any]]) -> int:
    """How many instructions SQLite runs for a call: its cost, whatever else the machine does."""
    taken = 0

    def one_more() -> int:
        nonlocal taken
        taken += 1
        return 0

    connections = store.database.connections
    for connection in connections:
        await connection.set_progress_handler(one_more, 1)
    await call()
    for connection in connections:
        await connection.set_progress_handler(None, 1)  # type: ignore[arg-type]  # None takes it off again
    return taken


CALLS: dict[str, Callable[[SqliteStore, SubscriptionId, Clock], Awaitable[Any]]] = {
    "claim": lambda store, one, clock: one_claim(store, one, clock(), EVERY),
    "release": lambda store, one, clock: store.release(one),
    "figures": lambda store, one, clock: store.figures(one),
    "parked": lambda store, one, clock: store.parked(one),
    "stuck": lambda store, one, clock: store.stuck(one),
    "hasten": lambda store, one, clock: store.hasten(one),
    "retry_parked": lambda store, one, clock: store.retry_parked(one),
    "prune": lambda store, one, clock: store.prune(one, clock(), clock()),
    "places": lambda store, one, clock: store.places(one),
    "outlook": lambda store, one, clock: store.outlook(one),
    "opt_out": lambda store, one, clock: store.opt_out(GuildId(1), 5),  # type: ignore[arg-type]  # a member's id
}


@pytest.mark.parametrize("name", CALLS)
async def test_others_backlogs_cost_a_calm_subscription_nothing(tmp_path: Path, name: str) -> None:
    clock = Clock()
    store = await SqliteStore.open(tmp_path / "bot.sqlite3", clock)
    calm = await settle(store, clock, 1, backlog=3)
    alone = await steps(store, lambda: CALLS[name](store, calm, clock))
    await store.release(calm)
    for number in range(2, 7):
        await settle(store, clock, number, backlog=BACKLOG)
    among_others = await steps(store, lambda: CALLS[name](store, calm, clock))
    await store.close()
    print(f"\n{name}: {alone} instructions alone, {among_others} beside {5 * BACKLOG} waiting rows of others")
    assert among_others <= alone + 20


async def test_fifty_busy_subscriptions_do_not_slow_each_others_claims(tmp_path: Path) -> None:
    clock = Clock()
    store = await SqliteStore.open(tmp_path / "bot.sqlite3", clock)
    calm = await settle(store, clock, 1, backlog=3)
    for number in range(2, BUSY + 2):
        await settle(store, clock, number, backlog=BACKLOG)
    started = time.perf_counter()
    claim = await one_claim(store, calm, clock(), EVERY)
    took = time.perf_counter() - started
    await store.close()
    assert claim is not None
    print(f"\na claim beside {BUSY * BACKLOG} waiting rows of {BUSY} others: {took * 1000:.1f} ms")
    assert took < 10  # another process may hold the machine meanwhile; instructions are counted above
