"""A member whose messages another application says again, on real parts: sockets, discord.py, a WordPress."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.support.chat_scene import PROXY
from tests.support.whole_bot import Scene, quiet, scene
from tests.support.wordpress import WordPress


def marks(stage: Scene, message: int) -> list[str]:
    (found,) = [one for one in stage.messages() if int(one["id"]) == message]
    return [reaction["emoji"]["name"] for reaction in found.get("reactions", [])]


@pytest.mark.parametrize("named", [True, False], ids=["named", "not named"])
async def test_an_answer_that_is_said_again(any_wordpress: WordPress, tmp_path: Path, named: bool) -> None:
    blog = any_wordpress
    post = await blog.post("Who says it", "<p>Short.</p>")
    root = await blog.comment(post["id"], "<p>root</p>")
    other: dict[str, Any] = {} if named else {"PROXY_APPLICATIONS": ""}

    async def members() -> list[dict[str, Any]]:
        return [one for one in await blog.comments(post["id"]) if one["author_url"].startswith("https://discord")]

    async with scene(blog, tmp_path) as stage:
        ann = stage.discord.add_member(stage.guild, name="ann", display_name="Ann")
        ben = stage.discord.add_member(stage.guild, name="ben", display_name="Ben")
        hook = await stage.discord.add_webhook(
            stage.discord.add_bot(name="Proxy", number=PROXY), stage.channel, "Proxy"
        )
        async with stage.bot(**other) as running:
            await stage.until(lambda: len(stage.mirrors()) == 1)
            mirror, thread = stage.message_of(root["id"]), stage.thread()
            original = await stage.discord.post(ann, thread, "w: rain all day", reply_to=mirror)
            await stage.until(lambda: marks(stage, original.id) == ["✅"])
            arrow = {"description": f"[Reply to:](https://discord.com/channels/{stage.guild.id}/{thread}/{mirror})"}
            proxied = await stage.discord.speak(hook, thread, "rain all day", name="Wren", embeds=[arrow])
            await stage.discord.delete(stage.guild.members[stage.guild.owner_id], thread, original)
            if not named:
                await stage.until_blog(lambda: _is_empty(members()))
                await quiet(running)
                assert marks(stage, proxied.id) == []
                return
            await stage.until(lambda: marks(stage, proxied.id) == ["✅"])
            answer = await stage.discord.post(ben, thread, "here too", reply_to=proxied)
            await stage.until(lambda: marks(stage, answer.id) == ["✅"])
            await stage.discord.speak_anew(hook, thread, proxied, "rain all night")
            await quiet(running)
            said, below = sorted(await members(), key=lambda one: int(one["id"]))
            assert (said["author_name"], said["parent"]) == ("Wren", root["id"])
            assert said["content"]["rendered"].strip() == "<p>rain all night</p>"
            assert (below["author_name"], below["parent"]) == ("Ben", said["id"])


async def _is_empty(found: Any) -> bool:
    return not await found
