"""Which posts get a thread: each that appears after the first contact, whatever its date, and none from before.

Speaks to the whole bot over sockets; what the feed's window shows is the loopback blog's doing.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.sandbox.wordpress import LoopbackBlog
from tests.support.whole_bot import Scene, quiet, scene
from tests.support.wordpress import Loopback

LONG_AGO = datetime.now(UTC) - timedelta(days=900)


@pytest.fixture
async def stage(tmp_path: Path) -> AsyncIterator[tuple[Scene, LoopbackBlog]]:
    """A blog with thirty old posts that the bot has greeted, and the bot gone again."""
    async with LoopbackBlog() as blog:
        for number in range(30):
            blog.publish(f"Old {number}", "<p>Old.</p>", date=LONG_AGO + timedelta(days=number))
        async with scene(Loopback(blog), tmp_path) as here:
            async with here.bot(FIRST_POSTS="1") as running:
                await quiet(running)
            assert titles(here) == ["Old 29"]
            yield here, blog


def titles(stage: Scene) -> list[str]:
    """The threads' names in the order in which they were opened."""
    return [str(thread["name"]) for thread in stage.discord.threads(stage.channel)]


async def looked(stage: Scene) -> list[str]:
    """What stands there once the bot has been back."""
    async with stage.bot() as running:
        await quiet(running)
    return titles(stage)[1:]


async def test_all_posts_of_an_absence_are_announced_oldest_first(stage: tuple[Scene, LoopbackBlog]) -> None:
    here, blog = stage
    now = datetime.now(UTC)
    for number in range(130):
        blog.publish(f"New {number}", "<p>New.</p>", date=now + timedelta(milliseconds=number))
    assert await looked(here) == [f"New {number}" for number in range(130)]


async def test_a_window_that_slides_announces_nothing_old(stage: tuple[Scene, LoopbackBlog]) -> None:
    here, blog = stage
    for post in blog.posts[12:]:
        blog.delete_post(post.id)
    assert await looked(here) == []
    blog.publish("New", "<p>New.</p>")
    assert await looked(here) == ["New"]


async def test_a_new_post_may_bear_an_old_date(stage: tuple[Scene, LoopbackBlog]) -> None:
    here, blog = stage
    blog.publish("Backdated far beyond the window", "<p>New.</p>", date=LONG_AGO)
    assert await looked(here) == ["Backdated far beyond the window"]


async def test_an_old_draft_is_new_on_the_day_it_appears(stage: tuple[Scene, LoopbackBlog]) -> None:
    here, blog = stage
    draft = blog.posts[3]
    assert await looked(here) == []
    blog.edit_post(draft.id, date=datetime.now(UTC), title="A number from before, a date from today")
    assert await looked(here) == ["A number from before, a date from today"]


async def test_a_post_whose_date_or_address_changes_is_not_announced_again(stage: tuple[Scene, LoopbackBlog]) -> None:
    here, blog = stage
    newest = blog.posts[-1]
    blog.edit_post(newest.id, date=datetime.now(UTC), slug="elsewhere", guid="https://elsewhere.example/?p=1")
    assert await looked(here) == []


async def test_a_blog_that_was_empty_at_first_contact(tmp_path: Path) -> None:
    async with LoopbackBlog() as blog, scene(Loopback(blog), tmp_path) as here:
        async with here.bot() as running:
            await running.engine.poll()
        for number in range(40):
            blog.publish(f"{number}", "<p>New.</p>")
        async with here.bot() as running:
            await quiet(running)
        assert titles(here) == [str(number) for number in range(40)]


async def test_a_listing_that_was_empty_by_mistake_at_first_contact(tmp_path: Path) -> None:
    async with LoopbackBlog() as blog, scene(Loopback(blog), tmp_path) as here:
        for number in range(30):
            blog.publish(f"Old {number}", "<p>Old.</p>", date=LONG_AGO + timedelta(days=number))
        blog.faults.next("GET", "/wp/v2/posts$|/feed/", "empty-list", times=None)
        async with here.bot() as running:
            await running.engine.poll()
            blog.faults.clear()
            await running.engine.poll()
            blog.publish("New", "<p>New.</p>")
            await quiet(running)
        assert titles(here) == ["New"]


async def test_posts_just_before_the_greeting_stay_unannounced(tmp_path: Path) -> None:
    async with LoopbackBlog() as blog, scene(Loopback(blog), tmp_path) as here:
        now = datetime.now(UTC)
        for number in range(60):
            blog.publish(f"Old {number}", "<p>Old.</p>", date=now - timedelta(seconds=60 - number))
        async with here.bot() as running:
            await quiet(running)
            blog.publish("New", "<p>New.</p>")
            await quiet(running)
        assert titles(here) == ["Old 59", "New"]
