"""The whole bot on a machine whose clock is wrong: what crosses is told by Discord's time alone.

Does not test how Discord's time is found; tests/rooms/test_discord_time.py does.
"""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from bot.app import now
from bot.core.domain import Millis
from bot.sandbox.discord import Limits, Member
from bot.sandbox.wordpress import LoopbackBlog
from tests.support.connecting import commanded
from tests.support.whole_bot import Scene, quiet, scene
from tests.support.wordpress import Loopback
from tests.whole.test_lost_database import lose

MINUTE = 60_000
skewed = pytest.mark.parametrize(
    "ahead",
    [-10 * MINUTE, 10 * MINUTE, 2 * 24 * 60 * MINUTE],
    ids=["ten minutes behind", "ten minutes ahead", "two days ahead"],
)


class Patience:
    """Discord's clock, which a test may let run on by a minute at once."""

    def __init__(self) -> None:
        self.waited = 0.0

    def __call__(self) -> float:
        return time.time() + self.waited

    def wait(self) -> None:
        self.waited += 60


def crossed(blog: LoopbackBlog, post: int) -> set[str]:
    """What stands on the blog of members' words."""
    words = {one.raw.removeprefix("<p>").removesuffix("</p>") for one in blog.comments(post)}
    return {one for one in words if one.startswith(("old", "new"))}


async def until_new(stage: Scene, blog: LoopbackBlog, post: int, *new: str) -> None:
    async def there() -> bool:
        return set(new) <= crossed(blog, post)

    await stage.until_blog(there, patience=30)


async def said(stage: Scene, ann: Member, words: str, *, reply: bool = True) -> None:
    """To the post, or to nobody."""
    await stage.discord.post(ann, stage.thread(), words, reply_to=stage.thread() if reply else None)


@skewed
async def test_a_rule_that_a_restart_widens(loopback_blog: LoopbackBlog, tmp_path: Path, ahead: int) -> None:
    post = loopback_blog.publish("An essay", "<p>Words.</p>")
    clock = Patience()
    async with scene(Loopback(loopback_blog), tmp_path, limits=Limits.relaxed(clock=clock)) as stage:
        stage.ahead = ahead
        ann = stage.discord.add_member(stage.guild, name="ann", display_name="Ann")
        async with stage.bot(RELAY="replies") as running:
            await stage.until(stage.messages)
            await said(stage, ann, "old talk", reply=False)
            await said(stage, ann, "new answer")
            await until_new(stage, loopback_blog, post, "new answer")
            await quiet(running)
        await said(stage, ann, "old talk, the bot being away", reply=False)
        async with stage.bot(RELAY="all") as running:
            clock.wait()
            await said(stage, ann, "new talk", reply=False)
            await until_new(stage, loopback_blog, post, "new talk")
            await running.engine.catch_up()
            await quiet(running)
        assert crossed(loopback_blog, post) == {"new answer", "new talk"}


@skewed
async def test_a_database_that_is_lost(loopback_blog: LoopbackBlog, tmp_path: Path, ahead: int) -> None:
    """The thread is known again by what it shows; what was said there before was said under nobody knows which rule."""
    post = loopback_blog.publish("An essay", "<p>Words.</p>")
    clock = Patience()
    async with scene(Loopback(loopback_blog), tmp_path, limits=Limits.relaxed(clock=clock)) as stage:
        stage.ahead = ahead
        ann = stage.discord.add_member(stage.guild, name="ann", display_name="Ann")
        async with stage.bot(RELAY="off") as running:
            await stage.until(stage.messages)
            await said(stage, ann, "old answer")
            await quiet(running)
        lose(tmp_path)
        await said(stage, ann, "old answer, the bot being away")
        async with stage.bot(RELAY="replies") as running:
            await quiet(running)
            clock.wait()
            await said(stage, ann, "new answer")
            await until_new(stage, loopback_blog, post, "new answer")
            await running.engine.catch_up()
            await quiet(running)
        assert crossed(loopback_blog, post) == {"new answer"}


@skewed
async def test_an_account_and_a_wider_rule_by_command(loopback_blog: LoopbackBlog, tmp_path: Path, ahead: int) -> None:
    """A command's own id is a moment of Discord's, to the millisecond: what follows at once crosses."""
    post = loopback_blog.publish("An essay", "<p>Words.</p>")
    root = loopback_blog.comment(post, "<p>root</p>")
    blog = Loopback(loopback_blog)
    async with commanded(tmp_path) as stage, stage.bot(clock=lambda: Millis(now() + ahead)) as running:
        here = stage.here
        await stage.connected(here, blog.url)
        await stage.many.until(lambda: stage.mirrors(here.forum))
        thread, (mirror,) = stage.thread(here.forum), stage.mirrors(here.forum)
        assert mirror.comment == root

        async def there(words: str) -> None:
            async def is_there() -> bool:
                return words in crossed(loopback_blog, post)

            await stage.many.until_blog(is_there, patience=30)

        await stage.discord.post(here.reader, thread, "old answer", reply_to=mirror.message)
        form = await stage.say(here.manager, here.text, "blog account")
        await stage.fill(here.manager, form, *blog.login("bridge"))
        await stage.discord.post(here.reader, thread, "new answer", reply_to=mirror.message)
        await there("new answer")
        await stage.discord.post(here.reader, thread, "old talk")
        await stage.say(here.manager, here.text, "blog settings", relay="all")
        await stage.discord.post(here.reader, thread, "new talk")
        await there("new talk")
        for _, engine in running.hub.served():
            await engine.catch_up()
            await engine.drain()
        assert crossed(loopback_blog, post) == {"new answer", "new talk"}


@skewed
async def test_a_member_who_lets_their_words_cross_again(
    loopback_blog: LoopbackBlog, tmp_path: Path, ahead: int
) -> None:
    post = loopback_blog.publish("An essay", "<p>Words.</p>")
    async with scene(Loopback(loopback_blog), tmp_path) as stage:
        stage.ahead = ahead
        ann = stage.discord.add_member(stage.guild, name="ann", display_name="Ann")
        async with stage.bot(RELAY="replies") as running:
            await stage.until(stage.messages)
            await stage.discord.slash(ann, stage.thread(), "relay off")
            await said(stage, ann, "old answer")
            await stage.discord.slash(ann, stage.thread(), "relay on")
            await said(stage, ann, "new answer")
            await until_new(stage, loopback_blog, post, "new answer")
            await running.engine.catch_up()
            await quiet(running)
        async with stage.bot(RELAY="replies") as running:  # reads the thread again
            await said(stage, ann, "new answer, later")
            await until_new(stage, loopback_blog, post, "new answer, later")
            await quiet(running)
        assert crossed(loopback_blog, post) == {"new answer", "new answer, later"}


@skewed
async def test_news_is_shown_as_news(loopback_blog: LoopbackBlog, tmp_path: Path, ahead: int) -> None:
    post = loopback_blog.publish("An essay", "<p>Words.</p>")
    comment = loopback_blog.comment(post, "<p>root</p>")
    async with scene(Loopback(loopback_blog), tmp_path) as stage:
        stage.ahead = ahead
        async with stage.bot():
            await stage.until(stage.mirrors)
        assert stage.messages()[0]["content"].startswith("New on the blog")
        (mirror,) = (one for one in stage.messages() if int(one["id"]) == stage.message_of(comment))
        assert "· 20" not in mirror["content"]
