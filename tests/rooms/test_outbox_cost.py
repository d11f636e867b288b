"""What the outbox and a plan cost at 1,500 comments; printed with -s."""

from __future__ import annotations

import time

from bot.core.actions import Side
from bot.core.domain import PostId
from tests.support.engine_in_memory import World, world

COMMENTS = 1500
POLL = 0.150
CLAIM = 0.005


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
            started = time.process_time()
            made = await here.engine._poller.plan(place, tree)
            await here.store.plan(place, made.planned, made.restandings)
            polls.append(time.process_time() - started)
        started = time.perf_counter()
        claim = await here.store.claim(here.clock(), list(Side))
        claimed = time.perf_counter() - started
        assert claim is not None
        print(
            f"\nplan and store {COMMENTS}: {[f'{one * 1000:.0f} ms' for one in polls]}; claim {claimed * 1000:.1f} ms"
        )
        assert max(polls) < POLL * 4  # a busy machine may take some times the figure above
        assert claimed < CLAIM * 2
