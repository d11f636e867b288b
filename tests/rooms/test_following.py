"""A thread follows its post: its name the title, its tags the categories, and neither makes words wait."""

from __future__ import annotations

from bot.core.domain import MessageId
from tests.support.engine_shorthand import Scene, scene
from tests.support.fake_chat import StoredThread


def the_thread(s: Scene) -> StoredThread:
    return s.chat.threads[s.thread()]


async def test_a_name_that_moderators_gave_stays_until_the_title_changes() -> None:
    async with scene() as s:
        await s.quiet()
        the_thread(s).name = "[solved] First"
        post = s.blog.posts[s.post]
        post.html = "<p>Words, and a typo less.</p>"
        post.categories = ("news",)
        await s.quiet()
        assert (the_thread(s).name, the_thread(s).tags) == ("[solved] First", ["News"])
        post.title = "Second thoughts"
        await s.quiet()
        assert the_thread(s).name == "Second thoughts"


async def test_the_third_title_in_ten_minutes_waits_and_nothing_waits_for_it() -> None:
    async with scene() as s:
        alpha = s.comment("alpha")
        await s.quiet()
        s.world.clock.advance(3_600_000)
        post = s.blog.posts[s.post]
        for title in ("One", "Two", "Three"):
            post.title = title
            await s.world.work()
        beta = s.comment("beta", alpha)
        alpha.html = "alphabet"
        post.html = "<p>Other words.</p>"
        before = s.world.clock.time
        await s.world.work()
        await s.world.work()
        assert s.world.clock.time - before < 10_000, "in seconds, not when the name may change"
        assert the_thread(s).name == "Two"
        assert s.chat.starters[MessageId(s.thread())].text == "Three"
        assert "beta" in s.mirror(beta).text
        assert "alphabet" in s.mirror(alpha).text
        await s.quiet()
        assert the_thread(s).name == "Three"
        assert s.chat.heard == []


async def test_of_titles_that_follow_one_another_only_the_last_is_given() -> None:
    async with scene() as s:
        await s.quiet()
        s.world.clock.advance(3_600_000)
        post = s.blog.posts[s.post]
        for title in ("One", "Two", "Three", "Four", "Five", "Six"):
            post.title = title
            await s.world.work()
        given = len(the_thread(s).named_at)
        await s.quiet()
        assert the_thread(s).name == "Six"
        assert given == 2
        assert s.world.clock.time - the_thread(s).named_at[0] < 1_800_000, "not one after the other"


async def test_tags_follow_the_categories_and_moderators_tags_stay() -> None:
    async with scene() as s:
        post = s.blog.posts[s.post]
        post.categories = ("Essays",)
        await s.quiet()
        assert the_thread(s).tags == ["essays"]
        s.chat.tags = (*s.chat.tags, "Answered")
        the_thread(s).tags.append("Answered")
        post.categories = ("News",)
        await s.quiet()
        assert the_thread(s).tags == ["Answered", "News"]
        post.categories = ()
        await s.quiet()
        assert the_thread(s).tags == ["Answered"]


async def test_a_thread_without_its_starter_is_followed_all_the_same() -> None:
    async with scene() as s:
        await s.quiet()
        del s.chat.starters[MessageId(s.thread())]
        post = s.blog.posts[s.post]
        post.title, post.categories = "Second thoughts", ("News",)
        await s.quiet()
        assert (the_thread(s).name, the_thread(s).tags) == ("Second thoughts", ["News"])
        post.title, post.categories = "Third thoughts", ()
        await s.quiet()
        assert (the_thread(s).name, the_thread(s).tags) == ("Third thoughts", [])
