"""An event loop whose hours pass in minutes: sockets are real, sleeps and timeouts run ``speed`` times as fast.

Fakes nothing: the work itself takes as long as it takes, so at a high speed everything looks slower, never faster.
"""

from __future__ import annotations

import asyncio
import selectors
import time
from collections.abc import Callable, Coroutine
from datetime import UTC, datetime
from typing import Any, TypeVar

from bot.sandbox.discord import Limits

T = TypeVar("T")


class FastClock:
    """Time since its making, ``speed`` times as fast as the wall's."""

    def __init__(self, speed: float) -> None:
        self.speed = speed
        self._start = time.monotonic()
        self._unix = time.time()

    def loop(self) -> float:
        """Seconds for the loop."""
        return (time.monotonic() - self._start) * self.speed

    def unix(self) -> float:
        """Seconds since 1970."""
        return self._unix + self.loop()

    def moment(self) -> datetime:
        """The same, aware."""
        return datetime.fromtimestamp(self.unix(), UTC)

    def limits(self, *, relaxed: bool = True) -> Limits:
        """Discord's numbers by this clock. discord.py sends its heartbeats from a thread that knows the wall's only."""
        beat = 41.25 / self.speed
        return Limits.relaxed(clock=self.unix, heartbeat=beat) if relaxed else Limits(clock=self.unix, heartbeat=beat)


class _Selector(selectors.DefaultSelector):
    def __init__(self, speed: float) -> None:
        super().__init__()
        self._speed = speed

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        return super().select(None if timeout is None else timeout / self._speed)


class _Loop(asyncio.SelectorEventLoop):
    def __init__(self, clock: FastClock) -> None:
        super().__init__(_Selector(clock.speed))
        self._fast = clock

    def time(self) -> float:
        return self._fast.loop()


def at_speed(speed: float, main: Callable[[FastClock], Coroutine[Any, Any, T]]) -> T:
    """Run ``main`` to its end on such a loop."""
    clock = FastClock(speed)
    with asyncio.Runner(loop_factory=lambda: _Loop(clock)) as runner:
        return runner.run(main(clock))
