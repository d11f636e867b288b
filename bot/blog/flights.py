"""Lets callers who ask the same at about the same time share one answer: single flight, and a short memory.

Knows nothing of blogs, and remembers no error.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Hashable
from typing import Any, Generic, TypeVar

T = TypeVar("T")
K = TypeVar("K", bound=Hashable)

LONGEST_MEMORY = 128
"""Answers of one kind that are remembered at once."""


class Flight(Generic[T]):
    """One question under way, or its answer. Ends early when nobody waits for it any more.

    ``begun``: when, by the clock of whoever began it. What the answer shows was so at that moment or later.
    """

    def __init__(self, begun: float, question: Coroutine[Any, Any, T]) -> None:
        self.begun = begun
        self.task = asyncio.create_task(question)
        self.task.add_done_callback(_retrieved)
        self._waiting = 0
        self._stale = False

    @property
    def under_way(self) -> bool:
        """Whether there is no answer yet, wanted or not."""
        return not self.task.done()

    def serves(self, since: float) -> bool:
        """Whether a caller who takes what was so at ``since`` or later may have this answer, or wait for it."""
        failed = self.task.done() and (self.task.cancelled() or self.task.exception() is not None)
        return not (self._stale or failed) and self.begun >= since

    def forget(self) -> None:
        """Serve nobody but those who wait already."""
        self._stale = True

    async def join(self) -> T:
        """The answer. Raises what the question raises, for everybody who waits."""
        self._waiting += 1
        try:
            return await asyncio.shield(self.task)
        finally:
            self._waiting -= 1
            if not self._waiting and self.under_way:
                self.forget()
                self.task.cancel()

    async def over(self) -> None:
        """Wait until it is no longer under way, without keeping it there."""
        await asyncio.wait([self.task])


class Flights(Generic[K, T]):
    """Questions of one kind by their key. An answer serves for ``fresh_for`` seconds from when its question began."""

    def __init__(self, fresh_for: float, clock: Callable[[], float]) -> None:
        self._fresh_for = fresh_for
        self._clock = clock
        self._flights: dict[K, Flight[T]] = {}

    def __len__(self) -> int:
        return len(self._flights)

    async def ask(self, key: K, question: Callable[[], Coroutine[Any, Any, T]]) -> T:
        """The answer that is fresh or under way; else ``question`` is asked. Raises what the question raises."""
        now = self._clock()
        since = now - self._fresh_for
        self._flights = {known: flight for known, flight in self._flights.items() if flight.serves(since)}
        flight = self._flights.get(key)
        if flight is None:
            while len(self._flights) >= LONGEST_MEMORY:
                del self._flights[next(iter(self._flights))]  # the oldest: those who wait for it still get it
            flight = self._flights[key] = Flight(now, question())
        return await flight.join()

    def forget(self, key: K | None = None) -> None:
        """Let what is asked from now on be asked afresh: of one key, or of all."""
        if key is None:
            self._flights.clear()
        else:
            self._flights.pop(key, None)


def _retrieved(task: asyncio.Task[Any]) -> None:
    """An error that nobody waits for any more is not worth asyncio's warning."""
    if not task.cancelled():
        task.exception()
