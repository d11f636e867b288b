"""Paces requests so that Discord's limits are not met: sliding windows per resource, live callers before backfill.

Does not send anything and knows no Discord object; clock and sleep are arguments.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from enum import StrEnum

_KEEP = 1024
_AGAIN = 0.05
"""Seconds after which to ask again where others are waiting already."""


def loop_time() -> float:
    """Seconds by the clock that the running loop sleeps by."""
    return asyncio.get_running_loop().time()


@dataclass(frozen=True, slots=True)
class Window:
    """At most ``count`` requests in any ``seconds``; backfill callers pass among the first ``backfill`` of them."""

    count: int
    seconds: float
    backfill: int | None = None


class Resource(StrEnum):
    """What a limit is counted for. The key beside it is a channel, thread or guild id."""

    WEBHOOK = "webhook"
    MESSAGES = "messages"
    EDITS = "edits"
    OLD_EDITS = "old_edits"
    DELETIONS = "deletions"
    THREADS = "threads"
    REACTIONS = "reactions"
    CHANGES = "changes"
    RENAMES = "renames"


@dataclass(frozen=True, slots=True)
class Paces:
    """The windows of each resource."""

    webhook: tuple[Window, ...]
    messages: tuple[Window, ...]
    edits: tuple[Window, ...]
    old_edits: tuple[Window, ...]
    deletions: tuple[Window, ...]
    threads: tuple[Window, ...]
    reactions: tuple[Window, ...]
    changes: tuple[Window, ...]
    renames: tuple[Window, ...]

    @classmethod
    def discord(cls) -> Paces:
        """A little below what Discord grants, counted by send time, so that jitter on the way does no harm.

        Backfill goes evenly, and steps back for what is live: had it spent its minute's share at once, a sixth live
        comment would wait for the rest of that minute.

        Known: 5 messages per 5 s and channel, 5 webhook messages per 2 s, 30 per minute for all webhooks of a channel
        (not in any header), 5 edits per 5 s but 3 per 6 s for messages older than an hour, 1 reaction per 0.25 s, 2 new
        names per 10 minutes and channel (not in any header either).
        """
        return cls(
            webhook=(Window(4, 2.2), Window(9, 4.9, backfill=2), Window(30, 61.0, backfill=25)),
            messages=(Window(4, 5.2),),
            edits=(Window(4, 5.2),),
            old_edits=(Window(3, 6.3),),
            deletions=(Window(3, 1.1),),
            threads=(Window(2, 5.0), Window(50, 301.0)),
            reactions=(Window(1, 0.3),),
            changes=(Window(4, 5.2),),
            renames=(Window(2, 605.0),),
        )

    @classmethod
    def quick(cls) -> Paces:
        """For a server on loopback with relaxed limits."""
        many = (Window(500, 1.0),)
        return cls(many, many, many, many, many, many, many, many, many)

    def of(self, resource: Resource) -> tuple[Window, ...]:
        """The windows of one resource."""
        windows: tuple[Window, ...] = getattr(self, resource.value)
        return windows

    def backlog_seconds(self, resource: Resource, count: int) -> float:
        """How long so many requests of one key take when nothing else is sent: the narrowest window decides."""
        return max(count * window.seconds / (window.backfill or window.count) for window in self.of(resource))


class Pacer:
    """Hands out turns. Stamps are taken when a turn is given, in the clock's seconds."""

    def __init__(
        self,
        paces: Paces,
        *,
        clock: Callable[[], float] = loop_time,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._paces = paces
        self._clock = clock
        self._sleep = sleep
        self._gates: dict[tuple[Resource, int], _Gate] = {}

    async def turn(self, resource: Resource, key: int, *, backfill: bool = False) -> None:
        """Returns when a request may leave. Callers of one kind are served in order, live ones first."""
        await self._gate(resource, key).turn(self._clock, self._sleep, backfill=backfill)

    def backfill_wait(self, resource: Resource, key: int) -> float:
        """Seconds that a backfill caller would wait now; 0 when it would pass at once."""
        return self._gate(resource, key).backfill_wait(self._clock())

    def wait(self, resource: Resource, key: int) -> float:
        """Seconds that a live caller would wait now; 0 when it would pass at once."""
        return self._gate(resource, key).wait(self._clock())

    def block(self, resource: Resource, key: int, seconds: float) -> None:
        """Nobody passes for ``seconds``: a Retry-After was learnt."""
        self._gate(resource, key).block(self._clock() + seconds)

    def _gate(self, resource: Resource, key: int) -> _Gate:
        if len(self._gates) > _KEEP:
            now = self._clock()
            self._gates = {name: gate for name, gate in self._gates.items() if not gate.idle(now)}
        return self._gates.setdefault((resource, key), _Gate(self._paces.of(resource)))


class _Gate:
    """One resource: who waits, and when the last ones passed."""

    def __init__(self, windows: tuple[Window, ...]) -> None:
        self._windows = windows
        most = max(window.count for window in windows)
        self._passed: deque[float] = deque(maxlen=most)
        self._live: deque[object] = deque()
        self._backfill: deque[object] = deque()
        self._blocked_until = float("-inf")
        self._changed = asyncio.Event()

    async def turn(
        self, clock: Callable[[], float], sleep: Callable[[float], Awaitable[None]], *, backfill: bool
    ) -> None:
        me = object()
        queue = self._backfill if backfill else self._live
        queue.append(me)
        try:
            while True:
                if self._front() is not me:
                    await self._changed.wait()
                    continue
                now = clock()
                wait = self._due(backfill=backfill) - now
                if wait <= 0:
                    self._passed.append(now)
                    return
                await sleep(wait)
        finally:
            queue.remove(me)
            self._changed.set()
            self._changed = asyncio.Event()

    def backfill_wait(self, now: float) -> float:
        queued = len(self._live) + len(self._backfill)
        return max(self._due(backfill=True) - now, _AGAIN if queued else 0.0)

    def wait(self, now: float) -> float:
        return max(self._due(backfill=False) - now, _AGAIN if self._live else 0.0)

    def block(self, until: float) -> None:
        self._blocked_until = max(self._blocked_until, until)

    def idle(self, now: float) -> bool:
        longest = max(window.seconds for window in self._windows)
        busy = self._live or self._backfill or self._blocked_until > now
        return not busy and (not self._passed or self._passed[-1] + longest < now)

    def _front(self) -> object:
        return self._live[0] if self._live else self._backfill[0]

    def _due(self, *, backfill: bool) -> float:
        due = self._blocked_until
        for window in self._windows:
            count = window.backfill if backfill and window.backfill is not None else window.count
            due = max(due, _free_at(self._passed, count, window.seconds))
        return due


def _free_at(passed: deque[float], count: int, seconds: float) -> float:
    """When a window of ``count`` takes one more."""
    return passed[-count] + seconds if len(passed) >= count else float("-inf")
