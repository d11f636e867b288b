"""How many hands a text passes: rooms entered, calls from one room to another, and transactions, in both directions.

The most of each is held, so that no change adds to it unnoticed; ``-s`` prints them, with the rooms in the order in
which they are entered.
"""

from __future__ import annotations

import asyncio
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import Any

from bot.app import Running
from bot.config import SETTINGS
from bot.sandbox.wordpress import LoopbackBlog
from bot.store.sqlite.db import Database
from tests.support.whole_bot import ROOT, Scene, quiet, scene
from tests.support.wordpress import Loopback

MOST_ROOMS = {"a comment to Discord": 90, "a reply to the blog": 91}
"""Rooms have 60 to 300 lines, and those on the way of a comment hold 11,000 together: 40 of them would all be full."""
MOST_TRANSACTIONS = 16
"""A reply asks twice whether its author keeps it in Discord, and whether it was deleted: before and as it leaves."""
APART = ("tests/", "bot/sandbox/", ".venv/")


@dataclass
class Passage:
    """What was entered on the way. ``kept`` holds frames, so that none of their ids is given to another meanwhile."""

    rooms: dict[str, None] = field(default_factory=dict)
    functions: set[tuple[str, str]] = field(default_factory=set)
    crossings: Counter[tuple[str, str]] = field(default_factory=Counter)
    kept: dict[int, FrameType] = field(default_factory=dict)
    writes: int = 0
    reads: int = 0

    def __call__(self, frame: FrameType, event: str, _: Any) -> None:
        if event != "call" or (frame.f_lasti > 5 and id(frame) in self.kept):
            return  # a coroutine that goes on has been entered before
        if (room := room_of(frame)) is None:
            return
        self.kept[id(frame)] = frame
        self.functions.add((room, frame.f_code.co_qualname))
        above = frame.f_back
        while above is not None and room_of(above) is None:
            above = above.f_back
        if above is not None and (by := room_of(above)) != room:
            self.crossings[by or "", room] += 1
        self.rooms.setdefault(room)

    def __str__(self) -> str:
        return (
            f"{len(self.rooms)} rooms, {len(self.functions)} functions, {self.crossings.total()} calls across, "
            f"{self.writes} transactions that write, {self.reads} that read\n  {' -> '.join(self.rooms)}"
        )


def room_of(frame: FrameType) -> str | None:
    file = frame.f_code.co_filename
    name = file[len(str(ROOT)) + 1 :] if file.startswith(f"{ROOT}/") else ""
    return name if name.startswith(("bot/", "cogs/")) and not name.startswith(APART) else None


@contextmanager
def followed(running: Running) -> Iterator[Passage]:
    """Follow everything that the bot does until the end of the block."""
    passage = Passage()
    database: Database = running.store._db
    writes, reads = database.writes, database.reads
    sys.setprofile(passage)
    try:
        yield passage
    finally:
        sys.setprofile(None)
        passage.writes, passage.reads = database.writes - writes, database.reads - reads
        passage.kept.clear()


async def test_a_comment_and_a_reply_pass_few_hands(loopback_blog: LoopbackBlog, tmp_path: Path) -> None:
    post = loopback_blog.publish("An essay", "<p>Words.</p>")
    root = loopback_blog.comment(post, "<p>root</p>", author_name="Reader")
    async with scene(Loopback(loopback_blog), tmp_path) as stage:
        ann = stage.discord.add_member(stage.guild, name="ann", display_name="Ann")
        usual = {"MEMBER_MEASURE": SETTINGS["MEMBER_MEASURE"] or "", "SERVER_MEASURE": SETTINGS["SERVER_MEASURE"] or ""}
        async with stage.bot(POLL_INTERVAL="3600", paces=None, patience=None, **usual) as running:
            await stage.until(lambda: len(stage.mirrors()) == 1)
            await settled(running)
            with followed(running) as there:
                loopback_blog.comment(post, "<p>hello <strong>there</strong></p>", parent=root, author_name="Writer")
                await running.engine.poll()
                await stage.until(lambda: len(stage.mirrors()) == 2)
                await asyncio.sleep(0.2)
            await settled(running)
            with followed(running) as back:
                sent = await stage.discord.post(ann, stage.thread(), "an **answer**", reply_to=stage.message_of(root))
                await stage.until(lambda: marked(stage, sent.id))
                await asyncio.sleep(0.2)
    for way, passage in zip(MOST_ROOMS, (there, back), strict=True):
        print(f"\n{way}: {passage}")
        assert len(passage.rooms) <= MOST_ROOMS[way]
        assert passage.writes + passage.reads <= MOST_TRANSACTIONS


async def settled(running: Running) -> None:
    await quiet(running)
    await asyncio.sleep(0.3)


def marked(stage: Scene, message: int) -> bool:
    return any(int(one["id"]) == message and one.get("reactions") for one in stage.messages())
