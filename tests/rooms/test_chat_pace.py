"""Pacing with a clock of the test's own: no limit is met, live goes first, a Retry-After is obeyed."""

from __future__ import annotations

import asyncio
import heapq

import pytest

from bot.chat.pace import Pacer, Paces, Resource, Window


class Time:
    """A clock that stands still until everybody sleeps, and then jumps to the next one who wakes."""

    def __init__(self) -> None:
        self.now = 0.0
        self._sleepers: list[tuple[float, int, asyncio.Future[None]]] = []
        self._count = 0

    def clock(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self._count += 1
        waking: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        heapq.heappush(self._sleepers, (self.now + seconds, self._count, waking))
        await waking

    async def settle(self) -> None:
        """Let everybody run as far as they can without time passing."""
        for _ in range(20):
            await asyncio.sleep(0)

    async def until(self, end: float) -> None:
        await self.settle()
        while self._sleepers and self._sleepers[0][0] <= end:
            at, _, waking = heapq.heappop(self._sleepers)
            self.now = max(self.now, at)
            if not waking.done():
                waking.set_result(None)
            await self.settle()
        self.now = end


class Bench:
    """A pacer on such a clock, and the moments at which turns were given."""

    def __init__(self, paces: Paces) -> None:
        self.time = Time()
        self.pacer = Pacer(paces, clock=self.time.clock, sleep=self.time.sleep)
        self.given: list[tuple[float, str]] = []
        self.tasks: list[asyncio.Task[None]] = []

    def ask(self, label: str, *, resource: Resource = Resource.WEBHOOK, key: int = 1, backfill: bool = False) -> None:
        async def go() -> None:
            await self.pacer.turn(resource, key, backfill=backfill)
            self.given.append((self.time.now, label))

        self.tasks.append(asyncio.get_running_loop().create_task(go()))

    async def close(self) -> None:
        for task in self.tasks:
            task.cancel()
        await asyncio.gather(*self.tasks, return_exceptions=True)


def most_in(moments: list[float], seconds: float) -> int:
    return max(sum(1 for other in moments if start <= other < start + seconds) for start in moments)


async def test_no_window_of_discords_is_ever_overfull() -> None:
    bench = Bench(Paces.discord())
    for number in range(200):
        bench.ask(str(number), backfill=number % 3 == 0)
    await bench.time.until(1000.0)
    moments = [moment for moment, _ in bench.given]
    assert len(moments) == 200
    assert most_in(moments, 2.0) <= 4
    assert most_in(moments, 60.0) <= 30
    # And no slower than that: thirty live ones in each 61 seconds, then twenty-five of the backlog.
    assert moments[-1] <= 61.0 * (133 / 30 + 67 / 25 + 1)


async def test_backfill_leaves_room_for_live_ones_at_any_time() -> None:
    bench = Bench(Paces.discord())
    for number in range(200):
        bench.ask(f"old {number}", backfill=True)
    asked: dict[str, float] = {}
    for number in range(60):
        await bench.time.until(100.0 + 4 * number)
        asked[f"new {number}"] = bench.time.now
        bench.ask(f"new {number}")
        await bench.time.settle()
    await bench.time.until(400.0)
    waited = sorted(moment - asked[label] for moment, label in bench.given if label in asked)
    assert len(waited) == 60
    # Fifteen live ones a minute are three times what the backlog leaves free; it steps back for them.
    assert waited[30] < 2.5
    assert waited[-1] < 5.0
    backlog = [moment for moment, label in bench.given if label not in asked]
    assert most_in(backlog, 60.0) <= 25
    assert len(backlog) > 60
    await bench.close()


async def test_the_backlog_can_ask_whether_it_would_wait() -> None:
    bench = Bench(Paces.discord())
    assert bench.pacer.backfill_wait(Resource.WEBHOOK, 1) == 0.0
    for number in range(3):
        bench.ask(f"old {number}", backfill=True)
    await bench.time.until(1.0)
    assert bench.pacer.backfill_wait(Resource.WEBHOOK, 1) == pytest.approx(3.9)
    assert bench.pacer.backfill_wait(Resource.WEBHOOK, 2) == 0.0
    await bench.close()


async def test_a_live_caller_goes_before_waiting_backfill() -> None:
    paces = Paces.discord()
    bench = Bench(paces)
    for number in range(6):
        bench.ask(f"old {number}", resource=Resource.MESSAGES, backfill=True)
    await bench.time.settle()
    bench.ask("new 0", resource=Resource.MESSAGES)
    bench.ask("new 1", resource=Resource.MESSAGES)
    await bench.time.until(30.0)
    assert [label for _, label in bench.given] == [
        "old 0", "old 1", "old 2", "old 3", "new 0", "new 1", "old 4", "old 5",
    ]  # fmt: skip


async def test_resources_and_keys_do_not_wait_for_one_another() -> None:
    bench = Bench(Paces.discord())
    for key in range(3):
        for resource in (Resource.MESSAGES, Resource.EDITS):
            for number in range(4):
                bench.ask(f"{resource} {key} {number}", resource=resource, key=key)
    await bench.time.settle()
    assert len(bench.given) == 24
    assert bench.time.now == 0.0


async def test_a_learnt_pause_holds_everybody_behind_it() -> None:
    bench = Bench(Paces.quick())
    bench.ask("first")
    await bench.time.settle()
    bench.pacer.block(Resource.WEBHOOK, 1, 42.0)
    bench.ask("second")
    bench.ask("third", backfill=True)
    bench.ask("elsewhere", key=2)
    await bench.time.until(100.0)
    assert bench.given == [(0.0, "first"), (0.0, "elsewhere"), (42.0, "second"), (42.0, "third")]


async def test_a_caller_who_gives_up_blocks_nobody() -> None:
    one = (Window(1, 10.0),)
    bench = Bench(Paces(one, one, one, one, one, one, one, one, one))
    for label in ("first", "gives up", "third"):
        bench.ask(label)
    await bench.time.settle()
    bench.tasks[1].cancel()
    await bench.time.until(60.0)
    assert bench.given == [(0.0, "first"), (10.0, "third")]
    with pytest.raises(asyncio.CancelledError):
        await bench.tasks[1]


async def test_idle_resources_are_forgotten() -> None:
    bench = Bench(Paces.discord())
    for key in range(3000):
        await bench.pacer.turn(Resource.MESSAGES, key)
        bench.time.now += 6.0
    assert len(bench.pacer._gates) <= 1025
