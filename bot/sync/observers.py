"""Tells observers what happened: builds the events' ids from what the rooms hold, and keeps failures of observers away.

Writes nothing down itself, and knows no observer; see :mod:`bot.watch`.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable

from bot.core.domain import MessageId, Place
from bot.core.errors import CommonthreadError
from bot.core.traits import about_comment, comment_of
from bot.ports.observer import Decided, Event, Judged, Observer, Whereabouts
from bot.ports.records import Planned, RelayChange

log = logging.getLogger(__name__)

ODD = (ValueError, TypeError, LookupError, AttributeError, RecursionError, AssertionError, ArithmeticError)
"""What a mistake of ours raises when a blog or Discord says something odd: it costs what it was met in."""


class Observers:
    """Several observers that are one; without any, nobody listens. One that fails stops neither the others nor us."""

    def __init__(self, observers: Iterable[Observer] = ()) -> None:
        self._observers = tuple(observers)
        self._failing: set[int] = set()

    def hear(self, event: Event) -> None:
        """See :class:`bot.ports.observer.Observer`. Raises nothing; the first failure of an observer is logged."""
        for number, observer in enumerate(self._observers):
            try:
                observer.hear(event)
            except Exception:
                if number not in self._failing:
                    self._failing.add(number)
                    log.exception("observer %s could not take down %s", type(observer).__name__, type(event).__name__)


NOBODY = Observers()
"""Nobody listens."""


def whereabouts(place: Place, subject: str = "", error: CommonthreadError | None = None) -> Whereabouts:
    """The ids of a post and of an action's subject; those that an error brings along know best."""
    what, _, number = subject.partition(" ")
    ids = CommonthreadError("") if error is None else error
    return Whereabouts(
        place.subscription_id,
        post=ids.post or place.post_id,
        thread=ids.thread or place.thread_id,
        channel=ids.channel or place.channel_id,
        comment=ids.comment or (comment_of(subject) if what == "comment" else None),
        message=ids.message or (MessageId(int(number)) if what == "message" else None),
    )


def decision(place: Place, new: Planned | RelayChange) -> Decided | Judged:
    """The event of what a plan, or a member's deed, has newly led to. Never its words."""
    if isinstance(new, RelayChange):
        return Judged(whereabouts(place, about_comment(new.mapped.comment_id)), new.standing, new.reason)
    action = new.action
    return Decided(whereabouts(place, action.subject), action.traits.kind, action.key, new.reason, new.urgency)
