"""Compares stamps of our clock, which may have been ahead and be put back: no stamp from the future makes anybody wait.

Reads no clock, and knows no other side's.
"""

from __future__ import annotations

from bot.core.domain import Millis

LONGEST_LOOK = 120_000
"""Milliseconds that may lie between the begin of a look and what is noted while it goes on."""


def is_after(stamp: Millis, moment: Millis) -> bool:
    """Whether something was noted after a moment of the same look, rather than by a clock that was put back since."""
    return 0 <= stamp - moment < LONGEST_LOOK


def has_passed(milliseconds: int, *, since: Millis, now: Millis) -> bool:
    """Whether so much time has gone by since a stamp. Of a stamp from the future nobody knows: it has."""
    return not 0 <= now - since < milliseconds


def until_next(now: float, interval: float, offset: float) -> float:
    """Seconds until the next of moments ``interval`` apart, a near one left out; ``offset`` spreads blogs."""
    wait = interval - (now - offset * interval) % interval
    return wait if wait >= interval / 10 else wait + interval
