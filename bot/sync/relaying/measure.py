"""Decide from when on a member's words may go to the blog: the rule of the measure, with its reason as a value.

Pure: the store asks this within the transaction in which a turn is taken. Counts nothing itself, and knows no clock.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from itertools import accumulate

from bot.core.domain import Millis
from bot.core.policy import Measure
from bot.ports.turns import MayGo, Spent, Taken, Why

SPAN = 600_000
"""Milliseconds in which a bucket that was emptied is full again: so often as many words may go as it holds."""

DAY = 86_400_000
"""The same for files."""

REACH = 10 * SPAN
"""Milliseconds before a moment in which turns still say how full a bucket is at it."""

ROUNDS = 10
"""How often both buckets are asked until they agree: each time one of them has moved the turn on."""


def may_go(moment: Millis, now: Millis, taken: Taken, *, member: int, server: int) -> MayGo:
    """When the words of a ``moment`` may go: at once while both buckets hold something, else when they do.

    Each holds so many; 0 is no measure. All times are Discord's, and it is the moment of writing that counts: what was
    within its measure then waits for nothing when it is read later, and takes no room of a later moment.
    """
    own = at = earliest(moment, taken.member, member)
    for _ in range(ROUNDS):
        at = earliest(at, taken.server, server)
        if at == (at := earliest(at, taken.member, member)):
            break
    if at == moment:
        return MayGo(at)
    return MayGo(at, max(at - now, 0), Why.MEMBER if at == own else Why.SERVER)


def earliest(moment: Millis, taken: Sequence[Spent], holds: int) -> Millis:
    """The first moment from the given one on at which a bucket holds something. ``taken``: sorted.

    A bucket that holds ``holds`` gets one back every ``SPAN / holds``. ``full`` is when it would be full again if
    nothing more was taken out (the virtual scheduling algorithm of ITU-T I.371, the leaky bucket's twin).
    """
    if not holds:
        return moment
    each = SPAN // holds
    least = (holds - 1) * each
    full = 0
    for one in taken:
        if one.at > max(moment, full - least):
            break
        full = max(full, one.at) + each
    return Millis(max(moment, full - least))


def may_be_kept(moment: Millis, size: int, taken: Taken, *, member: Measure, server: Measure) -> MayGo:
    """Whether a file of a ``moment`` goes to the media library. Over the measure of a day the comment has a link.

    It does not wait: the words would have to wait for it for hours, or be changed once more by it.
    """
    for of, measure, why in ((taken.member, member, Why.MEMBER), (taken.server, server, Why.SERVER)):
        if not _fits_a_day(moment, size, of, measure):
            return MayGo(moment, why=why, never=True)
    return MayGo(moment)


def _fits_a_day(moment: Millis, size: int, taken: Sequence[Spent], measure: Measure) -> bool:
    """Whether in each span of a day that the moment is part of there is room for one file more."""
    moments = [one.at for one in taken]
    sizes = [0, *accumulate(one.size for one in taken)]
    first, last = bisect_left(moments, moment - DAY + 1), bisect_left(moments, moment + 1)
    for begin, start in [*((moments[one], one) for one in range(first, last)), (moment, last)]:
        end = bisect_left(moments, begin + DAY)
        if measure.files and end - start + 1 > measure.files:
            return False
        if measure.megabytes and sizes[end] - sizes[start] + size > measure.megabytes * 1024 * 1024:
            return False
    return True
