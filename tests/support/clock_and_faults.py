"""A clock, a source of trouble and a way to be killed, for tests that run the engine without a network.

Knows nothing of Discord or WordPress; see :mod:`tests.support.fake_chat` and :mod:`tests.support.fake_blog`.
"""

from __future__ import annotations

import asyncio
from collections import Counter, deque
from collections.abc import Awaitable, Callable
from enum import StrEnum
from typing import Any, TypeVar

from bot.core.domain import Millis
from bot.core.errors import NotAllowed, NotUnderstood, Unanswered, Unreachable

T = TypeVar("T")

START = 1_700_000_000_000


class Clock:
    """Virtual time in milliseconds. Every call of a port takes one."""

    def __init__(self) -> None:
        self.time = START

    def __call__(self) -> Millis:
        return Millis(self.time)

    def advance(self, milliseconds: float) -> None:
        self.time += max(int(milliseconds), 0)


class Fault(StrEnum):
    """What can happen to one request, told as the ports tell it."""

    RESET_BEFORE = "reset before it was accepted"
    RESET_AFTER = "reset after it was accepted"
    SILENT = "an answer that never came, the request neither"
    LIMITED = "429"
    UNAVAILABLE = "503"
    BROKEN = "500 after the work"
    FORBIDDEN = "403 once"
    NONSENSE = "an answer that is no JSON"
    SLOW = "a slow answer"


ACCEPTED = {Fault.RESET_AFTER, Fault.BROKEN, Fault.SLOW}


class Killed(asyncio.CancelledError):
    """kill -9, as the task notices it that was running."""


class Faults:
    """Trouble for the next requests, for each side apart, and a countdown to a kill. Counts what it did."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.queues: dict[str, deque[Fault]] = {"blog": deque(), "chat": deque()}
        self.injected: Counter[str] = Counter()
        self.asked: Counter[str] = Counter()
        self.kill_in: int | None = None
        self.killed = False
        self.on_kill: Callable[[], None] = lambda: None
        self.steps = 0

    def arm(self, side: str, *faults: Fault) -> None:
        self.queues[side].extend(faults)

    def lift(self) -> None:
        for queue in self.queues.values():
            queue.clear()
        self.kill_in = None

    async def pause(self) -> None:
        """An await at which the process may die. Once dead nothing goes on."""
        await asyncio.sleep(0)
        self.steps += 1
        if self.killed:
            raise Killed
        if self.kill_in is not None:
            self.kill_in -= 1
            if self.kill_in < 0:
                self.kill_in = None
                self.killed = True
                self.injected["kill -9"] += 1
                self.on_kill()
                raise Killed

    async def request(self, side: str, what: str, do: Callable[[], T], *, write: bool) -> T:
        """One request: it is accepted or not, and answered or not."""
        self.clock.advance(1)
        self.asked[f"{side}: {what}"] += 1
        await self.pause()
        fault = self.queues[side].popleft() if self.queues[side] else None
        if fault is not None:
            self.injected[f"{side}: {fault.value}"] += 1
        if fault is None:
            result = do()
        elif fault not in ACCEPTED or not write:
            if fault is not Fault.SLOW:
                raise _not_done(fault, what, write=write)
            result = do()
        else:
            result = do()
        if fault is Fault.SLOW:
            self.clock.advance(30_000)
        await self.pause()
        if fault in (Fault.RESET_AFTER, Fault.BROKEN):
            raise Unanswered(f"{what}: {fault}")
        return result


def _not_done(fault: Fault, what: str, *, write: bool) -> Exception:
    match fault:
        case Fault.RESET_BEFORE | Fault.UNAVAILABLE:
            return Unreachable(f"{what}: {fault}")
        case Fault.LIMITED:
            return Unreachable(f"{what}: {fault}", retry_after=7.0)
        case Fault.FORBIDDEN:
            return NotAllowed(f"{what}: forbidden")
        case Fault.NONSENSE:
            return Unanswered(f"{what}: {fault}") if write else NotUnderstood(f"{what}: {fault}")
        case _:
            return Unanswered(f"{what}: {fault}") if write else Unreachable(f"{what}: {fault}")


class Breakable:
    """A store whose every call begins and ends at an await at which the process may die."""

    def __init__(self, store: Any, pause: Callable[[], Awaitable[None]]) -> None:
        self._store = store
        self._pause = pause

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._store, name)

        async def call(*args: Any, **kwargs: Any) -> Any:
            await self._pause()
            result = await method(*args, **kwargs)
            await self._pause()
            return result

        return call
