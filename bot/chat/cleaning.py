"""Has pictures written anew in a process of its own: a hostile one freezes, bloats and takes nothing but that.

Does not know formats: :mod:`bot.chat.pictures` does, which that process runs.
"""

from __future__ import annotations

import asyncio

from bot.chat import pictures
from bot.core.apart import answer_of
from bot.core.errors import Refused, Unreachable
from bot.ports import Picture

SECONDS = 60.0
"""For one picture, whatever the machine is busy with."""


class Cleaning:
    """One picture at a time: what it takes of memory is taken once."""

    def __init__(self) -> None:
        self._turn = asyncio.Semaphore(1)

    async def of(self, content: bytes) -> Picture:
        """The picture without what was noted in it.

        Raises Refused for what cannot be read as one, and Unreachable while no process can be had for reading it.
        """
        async with self._turn:
            try:
                async with asyncio.timeout(SECONDS):
                    code, answer = await answer_of(pictures.__file__, content)
            except TimeoutError:
                raise Refused("A file took too long to be read as a picture.", "no_picture") from None
            except OSError as error:
                raise Unreachable("No process could be started that writes a picture anew.") from error
        ending, _, written = answer.partition(b"\n")
        if code != 0 or not written:
            raise Refused("A file cannot be read as a picture.", "no_picture")
        return Picture(ending.decode(), written)
