"""The whole bot before a blog whose every name is hostile: terminal, log and what stands on Discord stay tame."""

from __future__ import annotations

import asyncio
import os
import re
import sys
from pathlib import Path

from bot.sandbox.wordpress import LoopbackBlog
from tests.support import discord_reader
from tests.support.whole_bot import ROOT, Scene, scene
from tests.support.wordpress import Loopback

TRICK = "[nitro](https://elsewhere.example) \x1b[2J\x9b31m\u202etfel <@123456789012345678> @everyone **b**"
UNTAME = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]")


async def command(stage: Scene, folder: Path, *words: str) -> tuple[asyncio.subprocess.Process, Path]:
    """The bot in a process of its own, and the file that has all that it says."""
    environment = {"PATH": os.environ["PATH"], "HOME": str(folder), "PYTHONPATH": str(ROOT)}
    said = folder / f"said-{'-'.join(words)}"
    with said.open("wb") as out:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "bot", *words),
            cwd=folder,
            env={**environment, **stage.settings(LOG_LEVEL="debug")},
            stdout=out,
            stderr=out,
        )
    return process, said


async def test_hostile_names_reach_terminal_log_and_threads_as_words(tmp_path: Path) -> None:
    async with LoopbackBlog(f"Blog {TRICK}") as loopback, scene(Loopback(loopback), tmp_path) as stage:
        blog = stage.blog
        post = await blog.post(f"Post {TRICK}", f"<p>Opening {TRICK.replace('<', '&lt;')}</p>")
        loopback.comment(post["id"], f"<p>Comment {TRICK.replace('<', '&lt;')}</p>", author_name=f"Moderator {TRICK}")
        checking, said = await command(stage, tmp_path, "check")
        await asyncio.wait_for(checking.wait(), 60)
        lines = said.read_text("utf-8")
        assert "Blog [nitro]" in lines
        assert not UNTAME.search(lines)
        running, log = await command(stage, tmp_path)
        try:
            await stage.until(lambda: len(stage.mirrors()) == 1)
            for kind in ("403", "500", "not-json"):
                loopback.faults.next("GET", r".*", kind)
                await asyncio.sleep(0.4)
        finally:
            running.terminate()
            await running.wait()
        assert "DEBUG bot." in log.read_text("utf-8")
        assert not UNTAME.search(log.read_text("utf-8"))
        rebuilding, rebuilt = await command(stage, tmp_path, "rebuild", "--dry-run")
        await asyncio.wait_for(rebuilding.wait(), 60)
        assert "nitro" in rebuilt.read_text("utf-8")
        assert not UNTAME.search(rebuilt.read_text("utf-8"))
        (thread,) = stage.discord.threads(stage.channel.id)
        assert not UNTAME.search(thread["name"])
        for message in stage.discord.messages(int(thread["id"])):
            shown = [message["content"], *(one.get("description") or "" for one in message["embeds"])]
            marks = {mark for text in shown for _, around in discord_reader.read(text) for mark in around}
            assert not {mark for mark in marks if mark.startswith(("ping:", "link:https://elsewhere"))}
            assert not UNTAME.search("".join(shown).replace("\u202e", "")), "in a text without links it harms nobody"
