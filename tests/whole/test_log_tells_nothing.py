"""The log holds nobody's words, names or secrets at any level, whatever goes wrong on the way.

Everything that is said and kept on either side carries a mark of its own; the whole bot's standard error is searched.
"""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path
from typing import Any

from bot.sandbox.wordpress import LoopbackBlog
from tests.contract.test_wordpress_media import PNG
from tests.support.whole_bot import ROOT, Scene, scene
from tests.support.wordpress import Loopback, WordPress

KEY = "Sealingwax" * 5
MARKS = (
    *("Paperknife", "Gooseberry", "Windowpane", "Thunderclap", "Candlestick", "Marmalade", "Rockinghorse"),
    *("Bluebottle", "Teaspoon", "Hedgehog", "Umbrella", "Wheelbarrow", KEY),
)
ODD: dict[str, dict[str, Any]] = {
    "MESSAGE_CREATE": {"content": "Umbrella", "author": None},
    "MESSAGE_UPDATE": {"embeds": [{"type": "link", "url": "https://umbrella.example/"}]},
    "THREAD_UPDATE": {"id": "78", "thread_metadata": None, "name": "Umbrella"},
    "GUILD_UPDATE": {"name": "Umbrella", "roles": None},
}


def odd_events(stage: Scene) -> None:
    """Events that discord.py cannot read."""
    here = {"id": "77", "channel_id": str(stage.thread()), "guild_id": str(stage.guild.id)}
    for session in stage.discord.hub.sessions.values():
        for event, data in ODD.items():
            session.push(event, {**here, **data})


def order_faults(stage: Scene, blog: LoopbackBlog) -> None:
    """Unhappy answers to what carries words."""
    for kind in ("500", "not-json", "403"):
        stage.discord.faults.next("POST", r"/webhooks/.*", kind)
    stage.discord.faults.next("PATCH", r"/webhooks/.*", "500")
    for kind in ("403", "500", "not-json"):  # who is not let in later than at once asks again in five minutes
        blog.faults.next("POST", r".*/comments.*", kind)


def secrets_of(stage: Scene, settings: dict[str, str]) -> set[str]:
    """What opens a door on either side; the webhooks were made by the bot."""
    hooks = {one.token for one in stage.discord.world.webhooks.values()}
    assert hooks
    return {settings["DISCORD_TOKEN"], settings["BLOG_APP_PASSWORD"], *hooks}


async def test_nobodys_words_names_or_secrets_are_in_the_log(loopback_blog: LoopbackBlog, tmp_path: Path) -> None:
    blog, log = Loopback(loopback_blog), tmp_path / "log"
    post = await blog.post("On Paperknife", "<p>All of the Gooseberry.</p>", slug="on-things")
    root = await blog.comment(
        post["id"], "<p>I like Windowpane</p>", author_name="Thunderclap", author_email="candlestick@marmalade.example"
    )
    async with scene(blog, tmp_path) as stage:
        settings = stage.settings(LOG_LEVEL="debug", SECRET_KEY=KEY)
        environment = {"PATH": os.environ["PATH"], "HOME": str(tmp_path), "PYTHONPATH": str(ROOT), **settings}
        with log.open("wb") as out:
            process = await asyncio.create_subprocess_exec(
                sys.executable, "-m", "bot", cwd=tmp_path, env=environment, stdout=out, stderr=out
            )
        try:
            await stage.until(lambda: len(stage.mirrors()) == 1)
            await blog.comment(post["id"], "<p>Teaspoon too</p>", parent=root["id"], author_name="Thunderclap")
            order_faults(stage, loopback_blog)
            odd_events(stage)
            await converse(stage, blog, post, root)
        finally:
            process.terminate()
            await process.wait()
        said = log.read_text("utf-8")
        assert "DEBUG bot." in said, "nothing of the level that was asked for"
        found = {mark: said.lower().count(mark.lower()) for mark in {*MARKS, *secrets_of(stage, settings)}}
        print(
            f"\n{len(found)} words, names and secrets looked for in {len(said)} characters: {sum(found.values())} found"
        )
        assert {mark: count for mark, count in found.items() if count} == {}


async def converse(stage: Scene, blog: WordPress, post: dict[str, Any], root: dict[str, Any]) -> None:
    """Words in both directions, changed and taken back, through faults."""
    ann = stage.discord.add_member(stage.guild, name="rockinghorse", display_name="Bluebottle")
    target, thread = stage.message_of(root["id"]), stage.thread()
    files = [("Hedgehog.png", PNG + b"\0" * 100)]
    said = await stage.discord.post(ann, thread, "Give me Hedgehog", reply_to=target, attachments=files)
    await stage.discord.post(ann, thread, "Wheelbarrow answers nothing")

    async def crossed(words: str) -> bool:
        return any(words in one["content"]["rendered"] for one in await blog.comments(post["id"], status="any"))

    await stage.until(lambda: len(stage.mirrors()) == 2)
    await stage.until_blog(lambda: crossed("Hedgehog"))
    await stage.discord.edit(ann, thread, said, "Give me Umbrella")
    await stage.until_blog(lambda: crossed("Umbrella"))
    await blog.edit_comment(root["id"], content="<p>I like Wheelbarrow</p>")
    await stage.until(lambda: any("Wheelbarrow" in one.words for one in stage.mirrors()))
