"""A message that a blog does not want is nobody else's trouble: others go on, it is looked for, and then given up."""

from __future__ import annotations

import pytest

from bot.core.domain import Mark, MessageId
from tests.support.engine_shorthand import Scene, scene


async def seconds(s: Scene, number: int) -> None:
    for _ in range(number):
        await s.world.work(poll=False)
        s.world.clock.advance(1000)


def answers(s: Scene, message: MessageId) -> list[str]:
    return [one.text for one in s.chat.messages.values() if one.reply_to == message and one.writer == "bot"]


async def test_the_others_of_its_thread_go_on_at_once_and_it_is_refused_in_the_blogs_own_words() -> None:
    async with scene() as s:
        alpha = s.comment("alpha")
        await s.quiet()
        s.blog.disliked["lottery"] = "No *ads* @everyone"
        bad = s.say("win the lottery", s.mirror(alpha).id, member=7)
        good = [s.say(f"number {number}", s.mirror(alpha).id, member=8) for number in range(3)]
        await seconds(s, 2)
        assert all(s.relay(one) for one in good)
        assert s.mark(bad) is None
        await seconds(s, 28)
        assert (s.relay(bad), s.mark(bad)) == (None, Mark.REFUSED)
        (told,) = answers(s, bad)
        assert "It says: “No \\*ads\\* @\u200beveryone” Other words may pass: edit your message" in told
        assert s.chat.heard == [], "it is no matter for moderators"
        later = s.say("number 9", s.mirror(alpha).id, member=7)
        await seconds(s, 2)
        assert s.relay(later) is not None
        s.chat.member_edits(bad, "win a prize")
        await seconds(s, 2)
        assert s.relay(bad) is not None, "it is said that an edit is tried again"


async def test_one_that_arrived_all_the_same_is_found() -> None:
    async with scene() as s:
        alpha = s.comment("alpha")
        await s.quiet()
        s.blog.disliked["lottery"], s.blog.disliked_are_kept = "No", True
        bad = s.say("win the lottery", s.mirror(alpha).id)
        await seconds(s, 30)
        await s.quiet()
        assert s.relay(bad) is not None
        assert (s.mark(bad), answers(s, bad)) == (Mark.RELAYED, [])


async def test_an_outage_is_not_taken_for_a_refusal() -> None:
    """What was turned away is looked for before it counts again; while that gets no answer either, it waits."""
    async with scene() as s:
        alpha = s.comment("alpha")
        await s.quiet()
        s.blog.disliked["lottery"] = "Error establishing a database connection"
        said = s.say("win the lottery", s.mirror(alpha).id)
        await seconds(s, 2)
        s.blog.down = True
        await seconds(s, 120)
        s.blog.down = False
        s.blog.disliked.clear()
        await seconds(s, 700)
        assert s.relay(said) is not None


@pytest.mark.parametrize("words", ["win the lottery", "wins"])
async def test_an_edit_that_is_turned_away_is_told_and_the_comment_stays(words: str) -> None:
    async with scene() as s:
        alpha = s.comment("alpha")
        await s.quiet()
        said, other = s.say("first words", s.mirror(alpha).id), s.say("beta", s.mirror(alpha).id)
        await s.quiet()
        s.blog.disliked["lottery"] = ""
        s.chat.member_edits(said, words)
        s.chat.member_edits(other, "beta, edited")
        await seconds(s, 30)
        relay, another = s.relay(said), s.relay(other)
        assert relay is not None
        assert another is not None
        assert another.html == "beta, edited"
        if words == "wins":
            assert (relay.html, answers(s, said)) == ("wins", [])
        else:
            assert relay.html == "first words"
            assert len(answers(s, said)) == 1


async def test_what_the_blogs_filter_takes_for_spam_waits_for_its_moderators() -> None:
    """The mark on a message does not change by itself."""
    async with scene(approve=False) as s:
        alpha = s.comment("alpha")
        await s.quiet()
        s.blog.suspicious.add("lottery")
        said = s.say("win the lottery", s.mirror(alpha).id)
        for _ in range(5):
            await s.quiet()
            s.world.clock.advance(61_000)
        assert s.mark(said) is Mark.HELD
        relay = s.relay(said)
        assert relay is not None
        for status, mark in (("approved", Mark.RELAYED), ("spam", Mark.REMOVED), ("approved", Mark.RELAYED)):
            s.blog.set_status(relay.id, status)
            await s.quiet()
            assert s.mark(said) is mark
