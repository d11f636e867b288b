"""A removal that something in front of the blog keeps turning away goes on being tried, and moderators hear of it.

What becomes of new words there is in test_one_message.
"""

from __future__ import annotations

from bot.core.policy import RelayMode
from tests.support.engine_shorthand import Scene, scene

LONGEST = 331_000
"""Milliseconds: the longest pause between two tries, with what chance adds to it."""


async def tries(s: Scene, times: int) -> None:
    for _ in range(times):
        await s.world.next_moment()
        await s.world.work(poll=False)


async def test_a_deletion_that_does_not_reach_the_blog_is_told_once_and_tried_on() -> None:
    async with scene(mode=RelayMode.ALL) as s:
        await s.quiet()
        first, second = s.say("one", None), s.say("two", None, member=8)
        await s.quiet()
        relay = s.relay(first)
        assert relay is not None
        s.blog.walled.add("trash a comment")
        s.chat.delete_messages(first)
        await s.world.work()
        later = s.say("three", None, member=9)
        await s.world.work()
        assert s.relay(later) is not None, "it holds up nobody"
        await tries(s, 20)
        (told,) = s.chat.heard
        assert "First" in told
        assert f"comment {relay.id}" in told
        assert "by hand" in told
        assert (await s.world.store.figures(s.world.subscription)).parked == 0
        await s.world.process.die()
        await s.world.process.start()
        await tries(s, 10)
        assert len(s.chat.heard) == 1
        s.chat.delete_messages(second)
        await s.world.work()
        s.say("four", None, member=9)
        await s.world.work()
        await tries(s, 20)
        assert len(s.chat.heard) == 2, "another deletion is another thing to do"
        s.blog.walled.clear()
        s.world.clock.advance(LONGEST)
        await s.world.work(poll=False)
        assert [one.status for one in (relay, s.relay(second)) if one] == ["trash", "trash"]


async def test_what_nothing_passes_is_told_of_when_it_lasts() -> None:
    async with scene(mode=RelayMode.ALL) as s:
        await s.quiet()
        said = s.say("one", None)
        await s.quiet()
        s.blog.walled.add("trash a comment")
        s.chat.delete_messages(said)
        await s.world.work()
        await tries(s, 12)
        assert s.chat.heard == []
        await tries(s, 20)
        assert len(s.chat.heard) == 1


async def test_what_an_answer_left_behind_is_told_of_by_its_comment() -> None:
    async with scene(mode=RelayMode.ALL) as s:
        await s.quiet()
        said, relay = await s.relayed("one", None)
        answer = s.comment("an answer", relay)
        await s.quiet()
        s.chat.delete_messages(said)
        await s.quiet()
        assert relay.status == "approved", "a tombstone, as long as somebody answers it"
        s.blog.walled.add("trash a comment")
        answer.status = "trash"
        await s.world.work()
        await s.world.work()
        await tries(s, 40)
        (told,) = s.chat.heard
        assert f"Comment {relay.id} was deleted" in told
        s.blog.walled.clear()
        await s.quiet()
        assert relay.status == "trash"
