"""Once means once: what lasts is told when it begins, and again when it was over in between; nothing is tried anew."""

from __future__ import annotations

import pytest

from bot.core.domain import Mark
from tests.support.engine_shorthand import Scene, scene

MINUTE, DAY = 60_000, 86_400_000


async def days(s: Scene, number: int) -> None:
    """Each with a look and a sweep now and then, and a restart."""
    for _ in range(number):
        for _ in range(4):
            await s.world.work()
            await s.world.live(s.world.engine.sweep())
            s.world.clock.advance(DAY // 4)
        await s.world.die()
        await s.world.start()


def told(s: Scene, words: str) -> int:
    return len([one for one in s.chat.heard if words in one])


async def test_a_post_that_is_hidden_for_a_week_is_told_of_once_and_again_when_it_is_hidden_anew() -> None:
    async with scene() as s:
        s.comment("<p>root</p>")
        await s.quiet()
        s.blog.posts[s.post].shown = False
        await days(s, 7)
        assert told(s, "stays as it is") == 1
        s.blog.posts[s.post].shown = True
        await days(s, 2)
        s.blog.posts[s.post].shown = False
        await days(s, 3)
        assert told(s, "stays as it is") == 2


async def test_removals_that_are_withheld_are_told_of_once_however_many_more_they_become() -> None:
    async with scene() as s:
        every = [s.comment(f"<p>{number}</p>") for number in range(20)]
        await s.quiet()
        for one in every[:10]:
            s.blog.set_status(one.id, "trash")
        await days(s, 3)
        for one in every[10:12]:
            s.blog.set_status(one.id, "trash")
        await days(s, 3)
        assert told(s, "have disappeared at once") == 1


async def test_a_locked_thread_is_told_of_once_and_again_when_it_is_locked_anew() -> None:
    async with scene() as s:
        s.comment("<p>root</p>")
        await s.quiet()
        for occasion in (1, 2):
            s.chat.threads[s.thread()].locked = True
            s.comment("<p>late</p>")
            for _ in range(3):
                await s.world.work()
                s.world.clock.advance(6 * MINUTE)
            await days(s, 3)
            assert told(s, "locked") == occasion
            s.chat.threads[s.thread()].locked = False
            await days(s, 1)


async def test_a_lost_thread_is_told_of_once_in_a_month() -> None:
    async with scene() as s:
        s.comment("<p>root</p>")
        await s.quiet()
        s.chat.delete_thread(s.thread())
        s.comment("<p>late</p>")
        await days(s, 30)
        assert told(s, "gone") == 1


async def test_a_lost_thread_is_told_of_again_only_when_another_was_opened_and_lost() -> None:
    async with scene() as s:
        s.comment("<p>root</p>")
        await s.quiet()
        s.chat.delete_thread(s.thread())
        s.comment("<p>late</p>")
        await days(s, 1)
        for _ in range(3):
            await s.world.engine.desk.retry()
            await days(s, 1)
        assert told(s, "Its thread is gone") == 1, "another try finds nothing new"
        (place,) = await s.world.places()
        await s.world.engine.desk.announce(place.post_id)
        await s.quiet()
        s.chat.delete_thread(s.thread())
        s.comment("<p>later</p>")
        await days(s, 1)
        assert told(s, "Its thread is gone") == 2


@pytest.mark.parametrize("quiet_for", [20, 46, 70])
async def test_a_refused_answer_in_a_quiet_thread_is_not_tried_and_told_of_again(quiet_for: int) -> None:
    async with scene() as s:
        root = s.comment("<p>root</p>")
        await s.quiet()
        s.blog.posts[s.post].open = False
        refused = s.say("too late", s.mirror(root).id)
        await s.quiet()
        assert s.mark(refused) is Mark.REFUSED
        answers = len([one for one in s.chat.messages.values() if one.reply_to == refused])
        s.world.clock.advance(quiet_for * DAY)
        await s.world.live(s.world.engine.sweep())
        await s.world.live(s.world.engine.catch_up())
        s.blog.posts[s.post].open = True
        await s.world.work()
        await s.quiet()
        assert s.relay(refused) is None, "refused is refused"
        assert len([one for one in s.chat.messages.values() if one.reply_to == refused]) == answers
