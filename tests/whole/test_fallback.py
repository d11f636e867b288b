"""Cards in the place of personas: moderators are told once, and again when it was over in between."""

from __future__ import annotations

from pathlib import Path

from bot.sandbox.discord import Permission
from bot.sandbox.wordpress import LoopbackBlog
from tests.support.whole_bot import Scene, quiet, scene
from tests.support.wordpress import Loopback


def told(stage: Scene, office: int) -> int:
    return sum("Webhooks cannot be managed" in one["content"] for one in stage.discord.messages(office))


async def test_moderators_are_told_again_when_it_begins_anew(loopback_blog: LoopbackBlog, tmp_path: Path) -> None:
    post = loopback_blog.publish("An essay", "<p>Words.</p>")
    async with scene(Loopback(loopback_blog), tmp_path) as stage:
        office = stage.discord.add_channel(stage.guild, kind="text", name="office")
        heard = []
        for may in (False, False, True, True, False):
            allow, deny = (Permission.MANAGE_WEBHOOKS, 0) if may else (0, Permission.MANAGE_WEBHOOKS)
            stage.discord.set_permissions(stage.app, None, allow=allow, deny=deny)
            comment = loopback_blog.comment(post, "<p>words</p>")
            async with stage.bot(MODERATOR_CHANNEL_ID=str(office.id)) as running:
                await stage.until(lambda here=comment: any(one.comment == here for one in stage.mirrors()))  # type: ignore[misc]
                await quiet(running)
            heard.append(told(stage, office.id))
        assert heard == [1, 1, 1, 1, 2]
