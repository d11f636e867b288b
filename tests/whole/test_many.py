"""Three servers, five subscriptions and two real WordPress in one process: everything in its place, and trouble too."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from bot.sandbox.wordpress import LoopbackBlog
from tests.support import discord_spec as spec
from tests.support import wordpress as real_wordpress
from tests.support.many import Many, Place, many
from tests.support.wordpress import Loopback, WordPress


@pytest.fixture(scope="module")
def second_wordpress() -> Iterator[WordPress]:
    """Another real WordPress, with posts and comments of the same numbers as the first one's."""
    if lacking := real_wordpress.missing_tools("nightly"):
        pytest.skip(lacking)
    with real_wordpress.start(title="The second blog") as blog:
        yield blog


@asynccontextmanager
async def five(first: WordPress, second: WordPress, folder: Path) -> AsyncIterator[Many]:
    """Server A mirrors the first blog twice, B both blogs, C the second one."""
    async with many(folder) as stage:
        discord = stage.discord
        guilds = [discord.add_guild(name=name) for name in ("A", "B", "C")]
        await discord.rejoin(stage.app)
        a, b, c = guilds
        channels = [
            (first, discord.add_channel(a, kind="forum", name="essays")),
            (first, discord.add_channel(a, kind="text", name="essays-too")),
            (first, discord.add_channel(b, kind="forum", name="essays")),
            (second, discord.add_channel(b, kind="announcement", name="notes")),
            (second, discord.add_channel(c, kind="forum", name="notes")),
        ]
        async with stage.running_bot():
            for blog, channel in channels:
                await stage.connect(blog, channel)
            yield stage


def shown(stage: Many, place: Place) -> set[tuple[int, str]]:
    return {(one.comment, one.words.strip()) for one in stage.mirrors(place)}


async def test_everything_in_its_place(wordpress: WordPress, second_wordpress: WordPress, tmp_path: Path) -> None:
    roots = {}
    for blog in (wordpress, second_wordpress):
        post = await blog.post("An essay", "<p>Words.</p>")
        root = await blog.comment(post["id"], f"<p>root of {blog.url[-5:]}</p>")
        roots[blog.url] = (post["id"], root["id"], f"root of {blog.url[-5:]}")
    async with five(wordpress, second_wordpress, tmp_path) as stage:
        await stage.until(lambda: all(stage.mirrors(place) for place in stage.places))
        for place in stage.places:
            _, root, words = roots[place.blog.url]
            assert shown(stage, place) == {(root, words)}
        # a member of each place answers; the other places of that blog show it, no other does
        for number, place in enumerate(stage.places):
            member = stage.discord.add_member(place.guild, name=f"m{number}", display_name=f"Member {number}")
            root = roots[place.blog.url][1]
            (thread,) = stage.threads(place)
            await stage.discord.post(member, thread, f"answer {number}", reply_to=stage.message_of(place, root))
        await stage.until(
            lambda: all(
                len(stage.mirrors(place)) == sum(one.blog is place.blog for one in stage.places)
                for place in stage.places
            )
        )
        await stage.quiet()
        for place in stage.places:
            post, root, words = roots[place.blog.url]
            answers = {number: f"answer {number}" for number, one in enumerate(stage.places) if one.blog is place.blog}
            own = stage.places.index(place)
            assert {words for _, words in shown(stage, place)} == {words, *answers.values()} - {f"answer {own}"}
            written = [one for one in await place.blog.comments(post) if one["id"] != root]
            assert {one["author_name"] for one in written} == {f"Member {number}" for number in answers}
            assert {one["parent"] for one in written} == {root}
        assert spec.violations(stage.discord.calls) == []


async def test_one_places_trouble_is_nobody_elses(
    wordpress: WordPress, second_wordpress: WordPress, tmp_path: Path
) -> None:
    posts = {}
    for blog in (wordpress, second_wordpress):
        posts[blog.url] = (await blog.post("An essay", "<p>Words.</p>"))["id"]
        await blog.comment(posts[blog.url], "<p>root</p>")
    async with five(wordpress, second_wordpress, tmp_path) as stage:
        await stage.until(lambda: all(stage.mirrors(place) for place in stage.places))
        await stage.quiet()
        forum, text, both, notes, away = stage.places
        await stage.discord.kick(stage.app, away.guild)
        await stage.discord.delete_channel(text.channel)
        told = {place.number: len(stage.mirrors(place)) for place in (forum, both, notes)}
        for blog in (wordpress, second_wordpress):
            await blog.comment(posts[blog.url], "<p>meanwhile</p>")
        await stage.until(
            lambda: all(len(stage.mirrors(place)) == told[place.number] + 1 for place in (forum, both, notes))
        )
        for place in (forum, both, notes):
            status = await stage.engine(place).desk.status()
            assert (status.parked, status.stuck) == ((), ())
            assert status.last_poll is not None
            assert not status.last_poll.error
        lost = await stage.engine(text).desk.status()
        assert "deleted" in " ".join(one.reason for one in lost.parked)
        await stage.discord.rejoin(stage.app)
        await stage.until(lambda: len(stage.mirrors(away)) == 2)
        await stage.quiet(forum, both, notes, away)


async def test_a_blog_that_is_down_holds_up_no_other(
    loopback_blog: LoopbackBlog, wordpress: WordPress, tmp_path: Path
) -> None:
    broken = Loopback(loopback_blog)
    posts = {blog.url: (await blog.post("An essay", "<p>Words.</p>"))["id"] for blog in (broken, wordpress)}
    async with five(wordpress, broken, tmp_path) as stage:
        await stage.until(lambda: all(stage.threads(place) for place in stage.places))
        await stage.quiet()
        loopback_blog.faults.next("*", "", "503", times=None)
        well = [place for place in stage.places if place.blog is wordpress]
        ill = [place for place in stage.places if place.blog is broken]
        member = stage.discord.add_member(ill[1].guild, name="ann", display_name="Ann")
        (thread,) = stage.threads(ill[1])
        await stage.discord.post(member, thread, "to the blog that is down", reply_to=thread)
        await wordpress.comment(posts[wordpress.url], "<p>meanwhile</p>")
        await stage.until(lambda: all(stage.mirrors(place) for place in well))
        for place in well:
            status = await stage.engine(place).desk.status()
            assert status.last_poll is not None
            assert not status.last_poll.error
            assert not status.parked
        told = await stage.engine(ill[0]).poll()
        assert "503" in told.error
        loopback_blog.faults.clear()
        await stage.until(lambda: len(stage.mirrors(ill[0])) == 1)
        (relay,) = await broken.comments(posts[broken.url])
        assert relay["author_name"] == "Ann"
