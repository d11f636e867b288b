"""What waited for an outage, a password or a thread goes on as soon as that is over, and not minutes later."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from bot.ports import Parked
from bot.sync.desk import by_cause
from cogs.sync import status_words
from tests.support.engine_shorthand import Scene, scene

MINUTE = 60_000
Trouble = Callable[[Scene], Callable[[], None]]
"""Begins, and says how it ends."""


def down(s: Scene) -> Callable[[], None]:
    s.blog.down = True
    return lambda: setattr(s.blog, "down", False)


def revoked(s: Scene) -> Callable[[], None]:
    s.blog.revoked = True
    return lambda: setattr(s.blog, "revoked", False)


@pytest.mark.parametrize("trouble", [down, revoked])
async def test_a_blog_that_is_back_is_written_to_at_the_next_look(
    trouble: Callable[[Scene], Callable[[], None]],
) -> None:
    async with scene() as s:
        root = s.comment("<p>root</p>")
        await s.quiet()
        mend = trouble(s)
        said = s.say("said in the outage", s.mirror(root).id)
        for _ in range(12):
            await s.world.work()
            s.world.clock.advance(5 * MINUTE)
        await s.world.work()
        assert s.relay(said) is None
        mend()
        s.world.clock.advance(1000)
        await s.world.work()
        await s.world.work()
        assert s.relay(said) is not None


async def test_a_restart_after_an_outage_waits_for_nothing() -> None:
    async with scene() as s:
        root = s.comment("<p>root</p>")
        await s.quiet()
        s.blog.down = True
        said = s.say("said in the outage", s.mirror(root).id)
        for _ in range(12):
            await s.world.work()
            s.world.clock.advance(5 * MINUTE)
        await s.world.work()
        s.blog.down = False
        await s.world.die()
        await s.world.start()
        await s.world.work()
        await s.world.work()
        assert s.relay(said) is not None


async def test_an_unlocked_thread_goes_on_at_once() -> None:
    async with scene() as s:
        s.comment("<p>root</p>")
        await s.quiet()
        s.chat.threads[s.thread()].locked = True
        late = s.comment("<p>late</p>")
        for _ in range(4):
            await s.world.work()
            s.world.clock.advance(5 * MINUTE)
        await s.world.work()
        s.chat.threads[s.thread()].locked = False
        await s.world.work()
        assert not s.parts(late), "it waits, else this shows nothing"
        await s.world.engine.thread_opened(s.thread())
        await s.world.work(poll=False)
        assert s.parts(late)


async def test_one_that_works_again_lets_the_others_go() -> None:
    async with scene() as s:
        s.comment("<p>root</p>")
        s.blog.add_post("Second")
        await s.quiet()
        s.chat.permitted = False
        first = s.comment("<p>late</p>")
        s.chat.webhook += 1  # what it knows needs no permission
        await s.world.work()
        s.world.clock.advance(3 * MINUTE)
        second = s.blog.comment(next(reversed(s.blog.posts)), "<p>late too</p>")
        for _ in range(2):
            await s.world.work()
            s.world.clock.advance(3000)
        s.chat.permitted = True
        s.world.clock.advance(295_000)  # the first is due, the second is not
        await s.world.work(poll=False)
        await s.world.work(poll=False)
        assert s.parts(first)
        assert s.parts(second)


async def test_a_status_names_each_cause_once_and_nothing_that_is_over() -> None:
    async with scene() as s:
        for title in ("Second", "Third"):
            s.blog.add_post(title)
        root = s.comment("<p>root</p>")
        await s.quiet()
        s.chat.permitted = False
        s.chat.webhook += 1
        for post in s.blog.posts:
            s.blog.comment(post, "<p>late</p>")
        s.blog.revoked = True
        mirror = s.mirror(root)
        s.chat.member_says(mirror.thread, 7, "late as well", mirror.id)
        for _ in range(4):
            await s.world.work()
            s.world.clock.advance(5 * MINUTE)
        status = await s.world.engine.desk.status()
        counted = {one.kind: one.count for one in status.stuck}
        assert counted == {"mark": 1, "notify": 1, "send": 3, "write": 1}
        assert "and 2 more" in status_words(status)
        await s.quiet()
        status = await s.world.engine.desk.status()
        assert status.stuck == ()
        assert "Waiting longest" not in status_words(status)
        assert "**Last error** none" in status_words(status)


def test_one_cause_is_one_whatever_message_it_is_about() -> None:
    gone = "Could not send to thread {}: gone."
    found = [Parked(f"send:{n}", "send", "First", None, gone.format(n)) for n in range(100, 140)]
    other = Parked("mark:1", "mark", "First", None, "Could not react.")
    first, second = by_cause([*found, other])
    assert (first.count, first.reason, second.count) == (40, "Could not send to thread 100: gone.", 1)
