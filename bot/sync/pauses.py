"""When what failed is tried again: after a pause of its own that grows, and at once where somebody asks for it.

Tries nothing itself, and survives no restart: a process begins without pauses.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable

from bot.core.domain import Millis
from bot.sync.outbox.retry import next_try


class Pauses:
    """Of things that are tried one by one. A pause is as long as an action's that failed as often."""

    def __init__(self, now: Callable[[], Millis]) -> None:
        self._now = now
        self._failed: dict[Hashable, tuple[int, Millis]] = {}

    def is_over(self, what: Hashable) -> bool:
        """Whether this may be tried now."""
        return what not in self._failed or self._failed[what][1] <= self._now()

    def fail(self, what: Hashable, error: Exception) -> None:
        """It was tried in vain: the next try waits."""
        attempts = self._failed.get(what, (0, 0))[0] + 1
        self._failed[what] = (attempts, next_try(error, attempts, self._now()))

    def succeed(self, what: Hashable) -> None:
        """It works. What failed beside it may have failed by the same cause, so that nothing waits any more."""
        if self._failed.pop(what, None) is not None:
            self.end()

    def end(self, *these: Hashable) -> None:
        """These may be tried at once, or all where none is named. How often each failed in a row stays known."""
        for what in these or tuple(self._failed):
            if what in self._failed:
                self._failed[what] = (self._failed[what][0], Millis(0))
