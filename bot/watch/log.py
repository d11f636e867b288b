"""The observer that writes the log: one line for each event, a sentence for a person and its ids and figures as fields.

Counts nothing (:mod:`bot.watch.figures` does). What repeats itself is told when it begins and when it is over; in
between it is there for whoever asks for the level ``debug``.
"""

from __future__ import annotations

import logging
import sys
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, assert_never

from bot.core.texts import printable
from bot.ports.observer import (
    Attempted,
    Decided,
    EngineTurned,
    Event,
    Judged,
    Looked,
    ModeratorsTold,
    Result,
    ThreadLost,
    Turn,
    Unforeseen,
    Whereabouts,
)
from bot.watch.ways import way_to

log = logging.getLogger(__name__)

Fields = dict[str, str | float]

LEVELS = {
    Result.DONE: logging.INFO,
    Result.WAITS: logging.INFO,
    Result.PUT_BACK: logging.WARNING,
    Result.PARKED: logging.ERROR,
}

TURNS = {
    Turn.STARTED: logging.INFO,
    Turn.STOPPED: logging.INFO,
    Turn.FELL: logging.ERROR,
    Turn.RESTS: logging.WARNING,
}

REMEMBERED = 4096
"""Spells of trouble that are kept in mind. The oldest is forgotten first: it is then told once more."""

Key = tuple[int, str, str]
"""A subscription, a post ('' for none) and what of them is in trouble."""


OURS = ("bot", "cogs")
"""The loggers that are told apart from libraries': these know what they must not say."""


def set_up(level: str) -> None:
    """Lines go to standard error, from this level on; libraries' from ``info`` on, for below it they tell all they see.

    What ends the process unforeseen, or a thread of it, is written as everything else is.
    """
    wanted = logging.getLevelName(level.upper())
    handler = logging.StreamHandler()
    # Here and not on the root logger alone: loggers that are kept from saying too much have a level of their own.
    handler.setLevel(wanted)
    handler.setFormatter(OneLine("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    logging.basicConfig(level=max(wanted, logging.INFO), handlers=[handler])
    for name in OURS:
        logging.getLogger(name).setLevel(wanted)
    sys.excepthook = lambda _kind, error, _way: _ended("the process", error)
    threading.excepthook = lambda told: _ended("a thread", told.exc_value)
    sys.unraisablehook = lambda told: _ended("a tidying up", told.exc_value)


def _ended(what: str, error: BaseException | None) -> None:
    if isinstance(error, KeyboardInterrupt):
        return
    log.critical("unforeseen: it ends %s: %s", what, type(error).__name__, exc_info=error)


class OneLine(logging.Formatter):
    """Writes a record as one line, whatever a blog or Discord has put into a reason; the way to an error follows it.

    What errors say is left out, and so is what asyncio knows of a task that failed: both may quote anything.
    """

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 - logging's name
        said = super().formatMessage(record)
        return printable(said.partition("\n")[0] if record.name == "asyncio" else said)

    def formatException(self, ei: Any) -> str:  # noqa: N802 - logging's name
        return way_to(ei[1]) if ei[1] is not None else ""


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
    """What is told once when it begins and once when it is over. ``clock``: seconds, from wherever."""

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


class LogObserver:
    """Writes to the logger of this module. ``clock``: seconds, to say how long a trouble lasted."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._quiet = Quiet(clock)

    def hear(self, event: Event) -> None:
        """See :class:`bot.ports.observer.Observer`."""
        match event:
            case Looked():
                self._looked(event)
            case Attempted():
                self._attempted(event)
            case Unforeseen():
                self._unforeseen(event)
            case EngineTurned():
                self._turned(event)
            case Decided(where, kind, key, reason, urgency):
                fields = {"action": key, "kind": kind, "urgency": urgency.name.lower(), "reason": reason}
                _write(logging.INFO, f"queued: {key}{_of(where)}: {reason}", where, fields)
            case Judged(where, standing, reason):
                said = f"relay {where.comment}{_of(where)} is {standing.value}: {reason}"
                _write(logging.INFO, said, where, {"standing": standing.value, "reason": reason})
            case ThreadLost(where, reason):
                _write(logging.ERROR, f"lost: thread {where.thread}{_of(where)}: {reason}", where, {"reason": reason})
            case ModeratorsTold(where, subject, reason):
                about = subject or f"post {where.post}"
                said = f"for moderators of subscription {where.subscription}: {about}: {reason}"
                _write(logging.WARNING, said, where, {"about": about, "reason": reason})
            case _:
                assert_never(event)

    def _looked(self, event: Looked) -> None:
        """A failed look is news when it fails for another reason than the last one, and so is the first good one."""
        where, key = event.where, _key(event.where, "look")
        said, fields = f"look at {event.blog_url}, subscription {where.subscription}", {"seconds": event.seconds}
        if event.error:
            level = logging.WARNING if self._quiet.is_news(key, event.error) else logging.DEBUG
            _write(level, f"{said}: {event.error}", where, {**fields, "reason": event.error})
        elif (spell := self._quiet.over(key)) is not None:
            _write(logging.WARNING, f"{said}: well again; {_was(spell)}", where, {**fields, **_fields(spell)})
        else:
            _write(logging.DEBUG, f"{said}: well", where, fields)

    def _attempted(self, event: Attempted) -> None:
        """A failed attempt is news when it fails for another reason than the last one of the same action."""
        where, result = event.where, event.result
        key, waiting = _key(where, event.key), _key(where, f"{event.key} waits")
        level, more = LEVELS[result], Fields()
        said = f"{result.value}: {event.key}{_of(where)}" + (f": {event.reason}" if event.reason else "")
        if result in (Result.WAITS, Result.PUT_BACK):
            known_as = waiting if result is Result.WAITS else key
            level = level if self._quiet.is_news(known_as, event.reason) else logging.DEBUG
        else:
            self._quiet.over(waiting)
            if (spell := self._quiet.over(key)) is not None and spell.times > 1:
                level, more = max(level, logging.WARNING), _fields(spell)
                said += f"; {_was(spell)}"
        what = {"action": event.key, "kind": event.kind, "result": result.value, "reason": event.reason}
        figures = {"attempts": event.attempts, "waited": event.waited, "took": event.took}
        _write(level, said, where, {**what, **figures, **more})

    def _unforeseen(self, event: Unforeseen) -> None:
        """With the way to it, the first time: what was being done says by itself that it fails again."""
        where, kind = event.where, type(event.error).__name__
        news = self._quiet.is_news(_key(where, f"unforeseen in {event.doing}"), kind)
        said = f"unforeseen: {event.doing}{_of(where)}: {kind}"
        _write(logging.ERROR if news else logging.DEBUG, said, where, {"doing": event.doing, "kind": kind}, event.error)

    def _turned(self, event: EngineTurned) -> None:
        where, turn = event.where, event.turn
        if turn is Turn.STOPPED:
            self._quiet.forget(where.subscription)
        said = f"subscription {where.subscription} {turn.value}" + (f": {event.reason}" if event.reason else "")
        _write(TURNS[turn], said, where, {"turn": turn.value, "reason": event.reason}, event.error)


def _write(
    level: int, said: str, where: Whereabouts, fields: Mapping[str, str | float], error: Exception | None = None
) -> None:
    log.log(level, "%s", said, exc_info=error, extra={**_ids(where), **fields})


def _ids(where: Whereabouts) -> Fields:
    """The ids that are known."""
    known = {
        "subscription": where.subscription,
        "post_id": where.post,
        "thread_id": where.thread,
        "channel_id": where.channel,
        "comment_id": where.comment,
        "message_id": where.message,
    }
    return {name: one for name, one in known.items() if one is not None}


def _of(where: Whereabouts) -> str:
    return f" of post {where.post}, subscription {where.subscription}"


def _key(where: Whereabouts, what: str) -> Key:
    return where.subscription, where.post or "", what


def _was(spell: Spell) -> str:
    times = "once" if spell.times == 1 else f"{spell.times} times"
    return f"it had failed {times} in {spell.seconds:.0f} s: {spell.reason}"


def _fields(spell: Spell) -> Fields:
    return {"was": spell.reason, "times": spell.times, "lasted": spell.seconds}
