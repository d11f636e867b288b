"""When to try again. Pure: the clock and the dice are arguments. Sends nothing and counts nothing."""

from __future__ import annotations

from bot.core.domain import Millis
from bot.core.errors import CommonthreadError, Crowded, Doubt, NotAllowed, Transient, Unanswered

FIRST_WAIT = 2.0
LONGEST_WAIT = 300.0
"""Seconds. An outage of hours is met by patience, not by giving up."""
ROOM_WAIT = 15.0
"""Seconds until it is looked again whether there is room."""

TRIES_WHILE_OTHERS_PASS = 6
TRIES_WHILE_NOTHING_PASSES = 30
"""About a minute, and about two hours."""


def is_turned_away_for_good(error: CommonthreadError, attempts: int, *, others_pass: bool) -> bool:
    """Whether something that stands in the way of this one alone has been met often enough.

    ``others_pass``: others like it arrived since it was first tried. As long as none does, it may be an outage.
    """
    alone = isinstance(error, Unanswered) and error.doubt is Doubt.TURNED_AWAY
    return alone and attempts >= (TRIES_WHILE_OTHERS_PASS if others_pass else TRIES_WHILE_NOTHING_PASSES)


def next_try(error: Exception, attempts: int, now: Millis, *, dice: float = 0.5) -> Millis:
    """2 s, 4 s, 8 s … 5 min, ±10 %, never before the far side's own ``retry_after``. ``dice`` between 0 and 1.

    A refusal may be a hiccup, so it is met once more at once; a missing permission is then looked at again every five
    minutes: it heals when someone grants it. An answer without sense is mostly a page of some outage. Room for one more
    may come at any moment, and whoever asks first gets it, so a full house is asked at a steady pace.
    """
    if isinstance(error, Crowded):
        wait = max(ROOM_WAIT * (0.9 + 0.2 * dice), error.retry_after or 0.0)
    elif isinstance(error, NotAllowed):
        wait = FIRST_WAIT if attempts <= 1 else LONGEST_WAIT
    else:
        wait = min(FIRST_WAIT * 2 ** min(max(attempts - 1, 0), 10), LONGEST_WAIT) * (0.9 + 0.2 * dice)
        wait = max(wait, error.retry_after or 0.0) if isinstance(error, Transient) else wait
    return Millis(now + int(wait * 1000))
