"""Runs a module of ours in a process of its own: what it reads there may freeze, bloat or take over nothing but that.

Does not know what is read. The bounds of memory and of work are the module's own, which it sets before it reads.
"""

from __future__ import annotations

import asyncio
import sys


async def answer_of(module: str, said: bytes) -> tuple[int, bytes]:
    """-> the exit code (a negative one names the signal that ended the process) and what was written.

    ``module``: the path of its file. Isolated, and with an empty environment: whoever reads what strangers sent is
    given no secret. Nothing of the process outlives this call, however the call ends. Raises OSError where none is had.
    """
    pipe, nowhere = asyncio.subprocess.PIPE, asyncio.subprocess.DEVNULL
    command = (sys.executable, "-I", "-X", "utf8", module)
    process = await asyncio.create_subprocess_exec(*command, stdin=pipe, stdout=pipe, stderr=nowhere, env={})
    try:
        answer, _ = await process.communicate(said)
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    assert process.returncode is not None  # communicate has waited for it
    return process.returncode, answer
