"""How long it takes to know 1,000 messages again, at Discord's own limits and in real time. Prints the figures.

The thread is filled quickly first; what follows the loss of the database is measured. ``MESSAGES`` says how many.
"""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from bot.chat.pace import Paces
from bot.config import Config
from bot.rebuild import rebuild
from bot.sandbox.discord import Limits
from bot.sandbox.wordpress import LoopbackBlog
from tests.support.whole_bot import quiet, scene
from tests.support.wordpress import Loopback

MESSAGES = int(os.environ.get("MESSAGES", "1000"))
RELAYS = MESSAGES // 5


async def test_a_thousand_messages_are_known_again(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    async with LoopbackBlog() as blog, scene(Loopback(blog), tmp_path) as stage:
        post = blog.publish("An essay", "<p>Words.</p>")
        ann = stage.discord.add_member(stage.guild, name="ann", display_name="Ann")
        for number in range(MESSAGES - RELAYS):
            blog.comment(post, f"<p>comment {number}</p>", author_name=f"Reader {number}")
        async with stage.bot() as running:
            await stage.until(lambda: len(stage.mirrors()) == MESSAGES - RELAYS, patience=900)
            for number in range(RELAYS):
                await stage.discord.post(ann, stage.thread(), f"reply {number}", reply_to=stage.thread())
            await quiet(running, patience=900)
        before = [message["id"] for message in stage.messages()]
        for file in tmp_path.glob("bot.sqlite3*"):
            file.unlink()
        stage.discord.world.limits = Limits()
        calls = len(stage.discord.calls)
        begun = time.monotonic()
        assert await rebuild(Config.from_env(stage.settings()), dry_run=False, paces=Paces.discord())
        took = time.monotonic() - begun
        asked = [f"{call.method} {call.path}" for call in stage.discord.calls[calls:]]
        out = capsys.readouterr().out
        assert f"{MESSAGES - RELAYS} adopted" in out
        assert f"{RELAYS} adopted" in out
        assert not [call for call in stage.discord.calls[calls:] if call.status == 429]
        assert [message["id"] for message in stage.messages()] == before
        with capsys.disabled():
            print(f"\n{MESSAGES} messages known again in {took:.1f} s, by {len(asked)} requests to Discord")
