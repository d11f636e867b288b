"""SIGKILL the bot's process at every single write, before and after its acceptance: nothing lost, nothing doubled.

``NODES=64 pytest tests/long/kill.py -s`` takes the whole tree; an ordinary run takes a smaller one.
"""

from __future__ import annotations

import asyncio
import itertools
import os
import signal
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from bot.sandbox.discord import Member
from tests.support.holding_proxy import Gate, When
from tests.support.whole_bot import Mirror, Scene, quiet, scene
from tests.support.wordpress import WordPress
from tests.whole.test_end_to_end import grow

NODES = int(os.environ.get("NODES", "4"))
QUIET_AFTER = 12.0
"""Seconds without a write after which a process has nothing more to do."""


@asynccontextmanager
async def gated(stage: Scene) -> AsyncIterator[tuple[Gate, Gate]]:
    """Gates before Discord and before the blog."""
    async with Gate(stage.discord.api_url.removesuffix("/api/v10")) as chat, Gate(stage.blog.url, rename=True) as blog:
        yield chat, blog


async def kill_at_every_write(stage: Scene, chat: Gate, blog: Gate) -> Counter[str]:
    """Start, let one of the next writes be held, before or after its acceptance, kill, again, until all is written."""
    kills: Counter[str] = Counter()
    # What may have arrived is looked at and edited anew, so killing at every first write alone would never end.
    turns: itertools.cycle[tuple[When, int]] = itertools.cycle(
        [("before", 0), ("after", 0), ("before", 1), ("after", 1)]
    )
    for when, skip in turns:
        chat.arm(when, after=skip)
        blog.arm(when, after=skip)
        async with stage.process(DISCORD_API_URL=f"{chat.url}/api/v10") as process:
            met = [asyncio.create_task(gate.met.wait(), name=name) for gate, name in ((chat, "chat"), (blog, "blog"))]
            done, waiting = await asyncio.wait(met, timeout=QUIET_AFTER, return_when=asyncio.FIRST_COMPLETED)
            for task in waiting:
                task.cancel()
            process.send_signal(signal.SIGKILL)
            await process.wait()
        if not done and skip == 0:
            chat.disarm()
            blog.disarm()
            return kills
        for task in done:
            kills[f"{task.get_name()} {when}"] += 1
    raise AssertionError("the turns never end")


@pytest.mark.parametrize("style", ["persona", "card"])
async def test_killed_at_every_write(wordpress: WordPress, tmp_path: Path, style: str) -> None:
    post = await wordpress.post(f"Killed at every write, {style}", "<p>An essay.</p>")
    grown = await grow(wordpress, post["id"], NODES, 5)
    async with scene(wordpress, tmp_path) as stage, gated(stage) as (chat, blog):
        stage.blog = WordPress(blog.url, wordpress.site, wordpress.version, wordpress.logins)
        members = [stage.discord.add_member(stage.guild, name=name) for name in ("ann", "ben")]
        kills = await kill_at_every_write(stage, chat, blog)
        first = stage.mirrors()
        said = await talk(stage, members, first[:: max(1, NODES // 4)])
        kills += await kill_at_every_write(stage, chat, blog)
        async with stage.bot() as running:
            await running.engine.catch_up()
            await quiet(running)
            (place,) = await running.engine.desk.places()
            sentence = (await running.engine.desk.verify(place)).sentence
        shown = Counter(one.comment for one in stage.mirrors() if one.comment in grown)
        comments = Counter(one["author_url"] for one in await wordpress.comments(post["id"], status="any"))
        lost = [one for one in grown if not shown[one]] + [url for url in said if not comments[url]]
        doubled = [one for one in grown if shown[one] > 1] + [url for url in said if comments[url] > 1]
        parents = {one.comment: one.parent for one in stage.mirrors()}
        message_of = {one.comment: one.message for one in stage.mirrors()}
        wrong = [one for one, (above, _, _) in grown.items() if parents[one] != (message_of[above] if above else None)]
        print(
            f"\n{style}: {sum(kills.values())} kills {dict(kills)}; lost {len(lost)}, doubled {len(doubled)}, ", end=""
        )
        print(f"wrong parent {len(wrong)}; {sentence}")
        assert (lost, doubled, wrong) == ([], [], [])
        assert "0 missing, 0 doubled, 0 under the wrong parent" in sentence
        assert kills["chat before"] >= NODES // 2
        assert kills["chat after"] >= NODES // 2
        assert kills["blog before"] + kills["blog after"] >= 2


async def talk(stage: Scene, members: list[Member], answered: list[Mirror]) -> list[str]:
    """Members answer mirrors while the bot is away. -> the jump links of what they said."""
    said = []
    for number, mirror in enumerate(answered):
        member = members[number % 2]
        message = await stage.discord.post(member, stage.thread(), f"answer {number}", reply_to=mirror.message)
        said.append(f"https://discord.com/channels/{stage.guild.id}/{stage.thread()}/{message.id}")
    return said
