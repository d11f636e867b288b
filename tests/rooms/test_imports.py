"""An import of old posts floods no channel: moderators are told once, and their word announces what is wanted."""

from __future__ import annotations

from collections import Counter

import pytest

from bot.core.domain import PostId
from tests.support.engine_shorthand import Scene, scene

DAY = 86_400_000
TOLD = "as after an import"


def old(s: Scene, title: str, *, days: int = 3000) -> PostId:
    post = s.blog.add_post(title)
    post.published_at = s.world.clock.time - days * DAY
    return PostId(post.id)


def threads(s: Scene) -> list[str]:
    return sorted(thread.name for thread in s.chat.threads.values())


async def settled(s: Scene, looks: int = 3) -> None:
    for _ in range(looks):
        await s.world.work()
        s.world.clock.advance(61_000)


async def test_many_old_posts_at_once_wait_for_a_word_and_new_ones_go_on() -> None:
    async with scene() as s:
        await s.quiet()
        for number in range(12):
            old(s, f"Old {number:02}", days=3000 - number)
        s.blog.add_post("New")
        await settled(s)
        assert threads(s) == ["First", "New"]
        assert Counter(TOLD in one for one in s.chat.heard)[True] == 1
        assert "12 of them" in next(one for one in s.chat.heard if TOLD in one)
        status = await s.world.engine.desk.status()
        assert status.held_back == 12
        await s.world.die()
        await s.world.start()
        await settled(s)
        assert threads(s) == ["First", "New"], "after a restart too"
        assert await s.world.engine.desk.allow_posts() == 12
        await s.quiet()
        assert len(s.chat.threads) == 14
        assert [thread.name for thread in s.chat.threads.values()][2:5] == ["Old 00", "Old 01", "Old 02"]
        assert (await s.world.engine.desk.status()).held_back == 0
        assert await s.world.engine.desk.allow_posts() == 0


async def test_an_import_that_trickles_in_is_stopped_as_well_and_told_of_once() -> None:
    async with scene() as s:
        await s.quiet()
        for number in range(12):
            old(s, f"Old {number:02}")
            await settled(s, 1)
        assert len(s.chat.threads) <= 1 + 3
        assert Counter(TOLD in one for one in s.chat.heard)[True] == 1


@pytest.mark.parametrize("days", [0, 6, 8, 3000])
async def test_a_few_old_posts_are_announced_as_before(days: int) -> None:
    async with scene() as s:
        await s.quiet()
        for number in range(3):
            old(s, f"Old {number}", days=days)
        await settled(s)
        assert len(s.chat.threads) == 4
        assert not [one for one in s.chat.heard if TOLD in one]


async def test_the_first_contact_with_an_old_blog_is_no_import() -> None:
    async with scene() as s:
        for number in range(12):
            old(s, f"Old {number}")
        await settled(s)
        assert len(s.chat.threads) == 5
        assert not [one for one in s.chat.heard if TOLD in one]


async def test_one_that_was_held_back_is_announced_by_name() -> None:
    async with scene() as s:
        await s.quiet()
        posts = [old(s, f"Old {number}") for number in range(30)]
        await settled(s)
        offered = [post.id for post in await s.world.engine.desk.unannounced()]
        chosen = next(post for post in posts if post in offered)
        await s.world.engine.desk.announce(chosen)
        await settled(s)
        assert len(s.chat.threads) == 2
