"""What the hub holds of each subscription that it serves. Starts, stops and decides nothing."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

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

    def stands(self, now: float) -> bool:
        """Whether it runs, and has not fallen just before."""
        return self.began is not None and (not self.falls or now - self.began > STOOD)
