"""Has pictures written anew in a process of its own: a hostile one freezes, bloats and takes nothing but that.

Does not know formats: :mod:`bot.chat.pictures` does, which that process runs.
"""

from __future__ import annotations

import asyncio
import sys

from bot.chat import pictures
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
            # Isolated, and with an empty environment: no secret of ours is in that process.
            command = (sys.executable, "-I", pictures.__file__)
            pipe, nowhere = asyncio.subprocess.PIPE, asyncio.subprocess.DEVNULL
            try:
                process = await asyncio.create_subprocess_exec(
                    *command, stdin=pipe, stdout=pipe, stderr=nowhere, env={}
                )
            except OSError as error:
                raise Unreachable("No process could be started that writes a picture anew.") from error
            try:
                async with asyncio.timeout(SECONDS):
                    answer, _ = await process.communicate(content)
            except TimeoutError:
                raise Refused("A file took too long to be read as a picture.", "no_picture") from None
            finally:
                if process.returncode is None:
                    process.kill()
                    await process.wait()
        ending, _, written = answer.partition(b"\n")
        if process.returncode != 0 or not written:
            raise Refused("A file cannot be read as a picture.", "no_picture")
        return Picture(ending.decode(), written)
