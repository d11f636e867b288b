"""What the hub holds of each subscription that it serves, and how that ends. Starts and decides nothing."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from bot.core.domain import ThreadId
from bot.ports.blogs import Connected
from bot.sync.engine import Engine

STOOD = 60.0
"""Seconds after which an engine that fell before counts as standing."""


@dataclass(frozen=True, slots=True)
class Assembled:
    """An engine with what ends its connections."""

    engine: Engine
    aclose: Callable[[], Awaitable[None]]


@dataclass(slots=True)
class Served:
    """A subscription that is served. ``task`` runs its engine, since ``began`` (the loop's clock; None: it lies)."""

    connected: Connected
    engine: Engine
    aclose: Callable[[], Awaitable[None]]
    task: asyncio.Task[None] | None = field(default=None)
    falls: int = 0
    began: float | None = None
    readings: set[asyncio.Task[tuple[ThreadId, ...]]] = field(default_factory=set)

    async def catch_up(self) -> tuple[ThreadId, ...]:
        """Read what was missed, as long as it is served. -> threads that could not be read."""
        reading = asyncio.ensure_future(self.engine.catch_up())
        self.readings.add(reading)
        try:
            await asyncio.wait({reading})
        finally:
            self.readings.discard(reading)
            reading.cancel()
        return () if reading.cancelled() else reading.result()

    async def end(self) -> None:
        """Its engine runs no more, and nothing is read for it."""
        under_way = [one for one in (self.task, *self.readings) if one is not None]
        for one in under_way:
            one.cancel()
        await asyncio.gather(*under_way, return_exceptions=True)
        await self.aclose()

    def stands(self, now: float) -> bool:
        """Whether it runs, and has not fallen just before."""
        return self.began is not None and (not self.falls or now - self.began > STOOD)
