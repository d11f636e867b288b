"""Tells what time it is at Discord, by the ``Date`` of its answers: no clock of this machine has to be right for it.

Asks Discord nothing by itself, and measures no durations for anybody.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from types import SimpleNamespace

import aiohttp
from discord.http import Route

from bot.chat.pace import loop_time
from bot.core.domain import MessageId, Millis

WHOLE_SECOND = 1000
"""Milliseconds that a ``Date`` leaves out (RFC 9110: Date)."""

MACHINES_DIFFER = 250
"""Milliseconds by which those of Discord's machines may differ that write a ``Date`` and give out ids."""

GOOD_FOR = 60.0
"""Seconds for which a quick answer is believed before slower ones: in a machine that sleeps the loop's clock stops."""


@dataclass(frozen=True, slots=True)
class _Told:
    """It was no later than ``latest`` at Discord when the loop's clock showed ``begun``, in seconds."""

    latest: int
    begun: float
    took: float


class DiscordTime:
    """``clock`` counts the loop's seconds: it shows no time of day, and nobody sets it."""

    def __init__(self, *, clock: Callable[[], float] = loop_time) -> None:
        self._clock = clock
        self._told: _Told | None = None
        self._newest = 0

    def watch(self, trace: aiohttp.TraceConfig) -> None:
        """Look at every answer that the trace sees, before whoever else watches it raises."""
        trace.on_request_start.append(self._begin)
        trace.on_request_end.append(self._end)

    def seen(self, message: MessageId) -> None:
        """An id that Discord has given out."""
        self._newest = max(self._newest, message)

    def latest(self) -> Millis | None:
        """It is no later than this at Discord; None before Discord has dated an answer.

        Too late by up to a second and a quarter, and by as long as the answer took.
        """
        if self._told is None:
            return None
        return Millis(self._told.latest + int((self._clock() - self._told.begun) * 1000))

    def now(self, *, own: Callable[[], float]) -> float:
        """The same in Unix seconds; before Discord has dated an answer what our ``own`` clock says."""
        latest = self.latest()
        return own() if latest is None else latest / 1000

    @property
    def newest(self) -> int:
        """The highest id that was seen."""
        return self._newest

    def answered(self, date: str, begun: float) -> None:
        """Discord dated an answer; ``begun``: when its request began, by the loop's clock. Nonsense tells nothing."""
        try:
            moment = int(parsedate_to_datetime(date).timestamp() * 1000)
        except (ValueError, TypeError, OverflowError):
            return
        told = _Told(moment + WHOLE_SECOND + MACHINES_DIFFER, begun, self._clock() - begun)
        if not self._tells_less(told, moment):
            self._told = told

    def _tells_less(self, told: _Told, moment: int) -> bool:
        """Than what a quicker answer has told just before, if the two do not contradict each other."""
        before, latest = self._told, self.latest()
        if before is None or latest is None or before.took >= told.took:
            return False
        return self._clock() - before.begun <= GOOD_FOR and moment <= latest

    async def _begin(
        self, _: aiohttp.ClientSession, context: SimpleNamespace, params: aiohttp.TraceRequestStartParams
    ) -> None:
        context.begun = self._clock()

    async def _end(
        self, _: aiohttp.ClientSession, context: SimpleNamespace, params: aiohttp.TraceRequestEndParams
    ) -> None:
        """A page is of whatever stands before Discord, and a file of wherever it is kept."""
        headers = params.response.headers
        is_discords = str(params.response.url).startswith(Route.BASE)
        if is_discords and headers.get("Content-Type", "").startswith("application/json"):
            self.answered(headers.get("Date", ""), context.begun)
