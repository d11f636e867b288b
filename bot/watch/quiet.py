"""What is told once when it begins and once when it is over, however often it is met in between.

Writes nothing: says to whoever writes whether something is news.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

REMEMBERED = 4096
"""Spells of trouble that are kept in mind. The oldest is forgotten first: it is then told once more."""

Key = tuple[int, str, str]
"""A subscription, a post ('' for none) and what of them is in trouble."""


@dataclass(frozen=True, slots=True)
class Spell:
    """A reason that was met ``times`` in a row, over ``seconds``."""

    reason: str
    times: int
    seconds: float


@dataclass(slots=True)
class _Ongoing:
    reason: str
    since: float
    times: int = 1


class Quiet:
    """``clock``: seconds, from wherever."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._ongoing: OrderedDict[Key, _Ongoing] = OrderedDict()

    def is_news(self, key: Key, reason: str) -> bool:
        """Something is in trouble for this reason: whether that was not so the last time."""
        known = self._ongoing.get(key)
        if known is not None and known.reason == reason:
            known.times += 1
            return False
        self._ongoing[key] = _Ongoing(reason, self._clock())
        self._ongoing.move_to_end(key)
        if len(self._ongoing) > REMEMBERED:
            self._ongoing.popitem(last=False)
        return True

    def over(self, key: Key) -> Spell | None:
        """It is in trouble no more. -> the trouble that it was in, if it was in any."""
        known = self._ongoing.pop(key, None)
        return None if known is None else Spell(known.reason, known.times, self._clock() - known.since)

    def forget(self, subscription: int) -> None:
        """Nobody will say when this subscription's troubles are over."""
        for key in [key for key in self._ongoing if key[0] == subscription]:
            del self._ongoing[key]
