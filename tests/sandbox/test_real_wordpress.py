"""The real WordPress's start and end: nothing is left behind, even when the process that started it is killed.

Does not look at what WordPress answers; the contract tests do.
"""

from __future__ import annotations

import asyncio
import json
import signal
import sys
from pathlib import Path

import pytest

from tests.support.wordpress import WordPress, missing_tools, start
from tests.support.wordpress.files import zip_name


async def refused(port: int) -> bool:
    """Does nobody listen there any more? Asks until so, or for ten seconds."""
    for _ in range(200):
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", port)
        except ConnectionRefusedError:
            return True
        writer.close()
        await asyncio.sleep(0.05)  # the end of a process that is not our child cannot be awaited
    return False


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
async def test_it_ends_with_whoever_started_it(how: signal.Signals) -> None:
    if lacking := missing_tools():
        pytest.skip(lacking)
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "tests.support.wordpress",
        cwd=Path(__file__).parents[2],
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdout is not None
    facts = json.loads(await process.stdout.readuntil(b"\n}\n"))
    port = int(facts["url"].rpartition(":")[2])
    assert set(facts["logins"]) == {"admin", "bridge", "editor", "author", "subscriber", "librarian"}
    process.send_signal(how)
    assert await process.wait() == (-how if how is signal.SIGKILL else 0)
    assert await refused(port)


async def test_the_helpers_reach_what_rest_does_not(wordpress: WordPress) -> None:
    former = await wordpress.option("posts_per_rss", 3)
    try:
        assert int(await wordpress.option("posts_per_rss", 4)) == 3
    finally:
        await wordpress.option("posts_per_rss", former)
    assert wordpress.version.startswith("6.")


def test_an_unknown_release_is_named() -> None:
    with pytest.raises(ValueError, match=r"no WordPress '1\.5'"):
        zip_name("1.5")
    with pytest.raises(ValueError, match="there are nightly"), start(version="1.5"):
        pass
