"""The observer that counts: what became of actions, how long they waited and took, and how looks at blogs went.

Keeps nothing beyond the process, and shows nothing: its figures are plain values for whoever does.
"""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import asdict, dataclass, field
from typing import Any

from bot.core.domain import SubscriptionId
from bot.ports.observer import (
    Attempted,
    Decided,
    EngineTurned,
    Event,
    Looked,
    ModeratorsTold,
    Result,
    ThreadLost,
    Unforeseen,
)

BOUNDS = (0.1, 0.5, 1.0, 2.0, 5.0, 15.0, 60.0, 300.0, 3600.0)
"""Seconds: the upper ends of a histogram's bins. The last bin has none."""


@dataclass(slots=True)
class Histogram:
    """How many durations fell into each bin of ``BOUNDS``, how many there were and their sum, in seconds."""

    bins: list[int] = field(default_factory=lambda: [0] * (len(BOUNDS) + 1))
    count: int = 0
    total: float = 0.0

    def add(self, seconds: float) -> None:
        """Count one. A clock that was set back makes no duration below nothing."""
        seconds = max(seconds, 0.0)
        self.bins[bisect_left(BOUNDS, seconds)] += 1
        self.count += 1
        self.total += seconds


@dataclass(slots=True)
class KindFigures:
    """Of one kind of action. ``waited``: until it was done, since it was queued; ``took``: each attempt at it."""

    queued: int = 0
    results: dict[str, int] = field(default_factory=dict)
    waited: Histogram = field(default_factory=Histogram)
    took: Histogram = field(default_factory=Histogram)


@dataclass(slots=True)
class SubscriptionFigures:
    """Of one subscription. ``failing``: looks that have failed in a row by now; ``mistakes`` are ours."""

    looks: int = 0
    failed: int = 0
    failing: int = 0
    took: Histogram = field(default_factory=Histogram)
    results: dict[str, int] = field(default_factory=dict)
    threads_lost: int = 0
    told: int = 0
    mistakes: int = 0
    turns: dict[str, int] = field(default_factory=dict)


class Tally:
    """Counts from the start of the process on."""

    def __init__(self) -> None:
        self.kinds: dict[str, KindFigures] = {}
        self.subscriptions: dict[SubscriptionId, SubscriptionFigures] = {}

    def hear(self, event: Event) -> None:
        """See :class:`bot.ports.observer.Observer`."""
        mine = self.subscriptions.setdefault(event.where.subscription, SubscriptionFigures())
        match event:
            case Looked():
                self._looked(mine, event)
            case Attempted():
                self._attempted(mine, event)
            case Decided(kind=kind):
                self._kind(kind).queued += 1
            case ThreadLost():
                mine.threads_lost += 1
            case ModeratorsTold():
                mine.told += 1
            case Unforeseen():
                mine.mistakes += 1
            case EngineTurned(turn=turn):
                _count(mine.turns, turn.value)

    def plain(self) -> dict[str, Any]:
        """All of it as numbers, texts, lists and dicts, a copy."""
        return {
            "bounds": list(BOUNDS),
            "kinds": {kind: asdict(one) for kind, one in self.kinds.items()},
            "subscriptions": {str(number): asdict(one) for number, one in self.subscriptions.items()},
        }

    def _kind(self, kind: str) -> KindFigures:
        return self.kinds.setdefault(kind, KindFigures())

    def _looked(self, mine: SubscriptionFigures, event: Looked) -> None:
        mine.looks += 1
        mine.failed += bool(event.error)
        mine.failing = mine.failing + 1 if event.error else 0
        mine.took.add(event.seconds)

    def _attempted(self, mine: SubscriptionFigures, event: Attempted) -> None:
        kind = self._kind(event.kind)
        for results in (mine.results, kind.results):
            _count(results, event.result.value)
        kind.took.add(event.took)
        if event.result is Result.DONE:
            kind.waited.add(event.waited)


def _count(numbers: dict[str, int], what: str) -> None:
    numbers[what] = numbers.get(what, 0) + 1
