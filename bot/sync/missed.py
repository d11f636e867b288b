"""Reads a thread again when an event of it could not be taken down, until that works: what it told is found there.

Decides nothing about messages, and knows neither why an event was missed nor what it said.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable

from bot.core.domain import ThreadId
from bot.core.errors import CommonthreadError

log = logging.getLogger(__name__)

FIRST_PAUSE = 1.0
"""Seconds before a thread is read again: what is missed at once is found at once."""

BETWEEN = 60.0
"""Seconds between two readings of a thread: events may be missed one after the other."""

LONGEST_PAUSE = 300.0


class Missed:
    """``read`` reads a thread as after an absence; ``pause`` waits for some seconds."""

    def __init__(
        self, read: Callable[[ThreadId], Awaitable[None]], *, pause: Callable[[float], Awaitable[None]] = asyncio.sleep
    ) -> None:
        self._read = read
        self._pause = pause
        self._noted: dict[ThreadId, int] = {}
        self._readings: dict[ThreadId, asyncio.Task[None]] = {}

    def note(self, thread: ThreadId) -> None:
        """Something of a thread was missed. Costs nothing where that is known already."""
        self._noted[thread] = self._noted.get(thread, 0) + 1
        if thread not in self._readings:
            reading = asyncio.create_task(self._until_read(thread), name=f"reading thread {thread} again")
            self._readings[thread] = reading
            reading.add_done_callback(lambda _: self._forget(thread))

    def _forget(self, thread: ThreadId) -> None:
        self._readings.pop(thread, None)
        self._noted.pop(thread, None)

    async def settled(self) -> None:
        """Until nothing is to be read again."""
        while self._readings:
            await asyncio.wait(list(self._readings.values()))

    async def close(self) -> None:
        """Read nothing any more: the next start reads every thread."""
        readings = list(self._readings.values())
        for reading in readings:
            reading.cancel()
        await asyncio.gather(*readings, return_exceptions=True)

    async def _until_read(self, thread: ThreadId) -> None:
        pause, told = FIRST_PAUSE, ""
        while True:
            await self._pause(pause)
            noted = self._noted[thread]
            try:
                await self._read(thread)
            except Exception as error:
                why = error.reason if isinstance(error, CommonthreadError) else type(error).__name__
                if why != told:
                    told = why
                    log.warning("thread %s is to be read again, which fails: %s", thread, why)
                pause = min(2 * pause, LONGEST_PAUSE)
            else:
                await self._pause(BETWEEN)
                if self._noted[thread] == noted:
                    return
                pause, told = FIRST_PAUSE, ""
