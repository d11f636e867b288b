"""Another blog answers for a while at the address that the operator's settings name; then the first one is back."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from yarl import URL

from bot.ports.blogs import Serving
from bot.sandbox.wordpress import LoopbackBlog
from tests.support.whole_bot import Scene, scene
from tests.support.wordpress import Loopback


def blog(title: str, days: int, port: int = 0) -> LoopbackBlog:
    """Whose posts are so many days old."""
    return LoopbackBlog(title, clock=lambda: datetime.now(UTC) - timedelta(days=days), port=port)


@asynccontextmanager
async def two_at_one_address() -> AsyncIterator[tuple[LoopbackBlog, LoopbackBlog]]:
    """The first answers. Both know the bot's account, and both have a post of the number 1."""
    first = blog("First", 50)
    await first.start()
    second = blog("Second", 20, port=URL(first.url).port or 0)
    second.set_password("bridge", first.app_password)
    try:
        yield first, second
    finally:
        await first.stop()
        await second.stop()


@pytest.mark.parametrize("restarted", [False, True], ids=["while it runs", "while it is stopped"])
async def test_a_blog_that_is_back_goes_on_where_it_was(tmp_path: Path, restarted: bool) -> None:
    async with two_at_one_address() as (first, second), scene(Loopback(first), tmp_path) as stage:
        post, other = first.publish("Essay", "<p>x</p>"), second.publish("Another essay", "<p>x</p>")
        first.comment(post, "<p>before</p>")
        second.comment(other, "<p>of the second</p>")
        ann = stage.discord.add_member(stage.guild, name="ann", display_name="Ann")

        async def changed(gone: LoopbackBlog, here: LoopbackBlog) -> None:
            await gone.stop()
            await here.start()

        async def shown(stage: Scene) -> int:
            await stage.until(stage.mirrors)
            return stage.first_thread()

        async def was_mirrored(stage: Scene) -> None:
            await stage.until(lambda: len(stage.discord.threads(stage.channel)) == 2)
            thread = int(stage.discord.threads(stage.channel)[1]["id"])
            await stage.until(lambda: stage.mirrors_of(thread))

        async def goes_on(stage: Scene, thread: int) -> None:
            comment = first.comment(post, "<p>after</p>")
            await stage.until(lambda: comment in [one.comment for one in stage.mirrors_of(thread)])
            await stage.discord.post(ann, thread, "an answer", reply_to=stage.message_of(comment))

            async def crossed() -> bool:
                return any(one.parent == comment for one in first.comments(post))

            await stage.until_blog(crossed)

        if restarted:
            async with stage.bot():
                thread = await shown(stage)
            await changed(first, second)
            async with stage.bot():
                await was_mirrored(stage)
            await changed(second, first)
            async with stage.bot() as running:
                await goes_on(stage, thread)
                served = [one.serving for one in await running.store.connected()]
        else:
            async with stage.bot() as running:
                thread = await shown(stage)
                await changed(first, second)
                await was_mirrored(stage)
                await changed(second, first)
                await goes_on(stage, thread)
                served = [one.serving for one in await running.store.connected()]
        assert served == [Serving.ACTIVE, Serving.RESTING]
        assert len(stage.discord.threads(stage.channel)) == 2, "no essay is mirrored twice"
        assert len(second.comments(other)) == 1, "nothing of Discord's went to the other blog"
