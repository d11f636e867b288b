"""Tell in a thread how far its backfill has come: one message that edits itself, and goes when all are there.

Pure but for :class:`Progress`, which queues what the message has to say. Sends nothing.
"""

from __future__ import annotations

from collections.abc import Callable

from bot.core.actions import Report
from bot.core.clocks import has_passed
from bot.core.domain import Millis, Place
from bot.ports import BackfillProgress, Planned, Store

REPORT = "-# ⏳ Earlier comments"
"""How the message begins that tells of a backfill; it is found again by this."""

AFTER = 5_000
"""Milliseconds that a backfill may take without a word."""

EVERY = 30_000
"""Milliseconds between two words about the same backfill."""


class Progress:
    """``look`` is called when something of a thread was done."""

    def __init__(self, store: Store, now: Callable[[], Millis]) -> None:
        self._store = store
        self._now = now
        self._told: dict[int, Millis] = {}

    async def look(self, place: Place) -> None:
        """Queue what is to be said now, if it is time."""
        now = self._now()
        how_far = await self._store.backfill(place)
        if how_far is None or (how_far.message is None and not has_passed(AFTER, since=how_far.since, now=now)):
            return
        told = self._told.get(place.row, Millis(0))
        if how_far.waiting and not has_passed(EVERY, since=told, now=now):
            return
        await self._store.queue(place, Planned(Report(sentence(how_far, now), how_far.step + 1)))
        self._told[place.row] = now


def sentence(how_far: BackfillProgress, now: Millis) -> str:
    """Done, total and time left, in a line of small print."""
    done = max(how_far.total - how_far.waiting, 0)
    return f"{REPORT}: {done} of {how_far.total}{_left(how_far, done, now)}."


def _left(how_far: BackfillProgress, done: int, now: Millis) -> str:
    """Measured on what was done so far; nothing before there is enough to measure."""
    if done < 5:
        return ""
    if now < how_far.since:
        return ""
    minutes = round((now - how_far.since) / done * how_far.waiting / 60_000)
    return ", less than a minute left" if minutes < 1 else f", about {minutes} min left"
