"""The whole bot over sockets with answers to an announcement in its channel, which follow one another at once."""

from __future__ import annotations

from pathlib import Path

from bot.sandbox.discord import Message
from bot.sandbox.wordpress import LoopbackBlog
from tests.support.whole_bot import Scene, quiet, scene
from tests.support.wordpress import Loopback


def relays(blog: LoopbackBlog, post: int) -> dict[str, tuple[int, str]]:
    """Words -> what they answer, and how they stand."""
    return {one.raw: (one.parent, one.status) for one in blog.comments(post)}


async def is_marked(stage: Scene, *messages: Message) -> None:
    def marked() -> bool:
        shown = {int(one["id"]): one for one in stage.discord.messages(stage.channel)}
        return all(shown[one.id].get("reactions") for one in messages)

    await stage.until(marked)


async def test_what_is_answered_or_deleted_at_once_is_followed(loopback_blog: LoopbackBlog, tmp_path: Path) -> None:
    post = loopback_blog.publish("An essay", "<p>Words.</p>")
    async with scene(Loopback(loopback_blog), tmp_path, kind="text") as stage:
        ann = stage.discord.add_member(stage.guild, name="ann", display_name="Ann")
        async with stage.bot() as running:
            await stage.until(lambda: stage.discord.threads(stage.channel))
            await quiet(running)
            first = await stage.discord.post(ann, stage.channel, "alpha", reply_to=stage.first_thread())
            below = await stage.discord.post(ann, stage.channel, "beta", reply_to=first)
            gone = await stage.discord.post(ann, stage.channel, "gamma", reply_to=stage.first_thread())
            await stage.discord.delete(ann, stage.channel, gone)
            await is_marked(stage, first, below)
            await quiet(running)
        found = relays(loopback_blog, post)
        assert found["beta"][0] == next(one.id for one in loopback_blog.comments(post) if one.raw == "alpha")
        assert found.get("gamma", (0, "trash"))[1] == "trash"
