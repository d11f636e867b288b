"""A blog that clears the link of a comment's author: after a lost answer there is one comment, and no echo of it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.core.domain import (
    Comment,
    CommentId,
    Mark,
    MemberId,
    Message,
    MessageId,
    MessageKind,
    Millis,
    PostId,
    ThreadId,
)
from bot.sync.mirroring.recognise import may_carry
from tests.support.clock_and_faults import Fault
from tests.support.engine_shorthand import Scene, scene


def carried(s: Scene, words: str) -> list[str]:
    return [one.id for one in s.blog.comments.values() if words in one.html and one.status == "approved"]


def mirrors(s: Scene) -> int:
    return len([one for one in s.chat.messages.values() if one.marker])


async def its_answer_is_lost(s: Scene) -> None:
    """Of the next message: the comment that it answers is looked up, then it arrives."""
    s.world.faults.arm("blog", Fault.SLOW, Fault.RESET_AFTER)
    await s.world.work(poll=False)
    assert not s.world.faults.queues["blog"]


async def test_after_a_lost_answer_there_is_one_comment_and_no_echo() -> None:
    async with scene() as s:
        s.blog.keeps_links = False
        alpha = s.comment("alpha")
        await s.quiet()
        said = s.say("**beta** & more <@7>", s.mirror(alpha).id)
        await its_answer_is_lost(s)
        assert len(carried(s, "beta")) == 1
        assert s.mark(said) is not Mark.RELAYED
        await s.world.engine.poll()
        await s.world.engine.drain()
        assert mirrors(s) == 1, "it may be the member's own"
        await s.quiet()
        assert len(carried(s, "beta")) == 1
        assert (mirrors(s), s.mark(said)) == (1, Mark.RELAYED)


async def test_the_same_words_twice_stay_two_comments() -> None:
    async with scene() as s:
        s.blog.keeps_links = False
        alpha = s.comment("alpha")
        await s.quiet()
        first = s.say("+1", s.mirror(alpha).id)
        await s.quiet()
        second = s.say("+1", s.mirror(alpha).id)
        await its_answer_is_lost(s)
        await s.quiet()
        assert len(carried(s, "+1")) == 2
        assert (mirrors(s), s.mark(first), s.mark(second)) == (1, Mark.RELAYED, Mark.RELAYED)
        s.chat.delete_messages(second)
        await s.quiet()
        assert len(carried(s, "+1")) == 1, "each of them is known by its number from then on"


MESSAGE = Message(
    MessageId(5), ThreadId(1), MemberId(7), "Ann & Co", MessageKind.REPLY, "see **this** (tm) <@7>", "url",
    users={7: "Bob"},
)  # fmt: skip
COMMENT = Comment(
    CommentId("1"), PostId("1"), None, "Ann & Co", Millis(1), "<p>see <strong>this</strong> \u2122 @Bob</p>", "u"
)


@pytest.mark.parametrize(
    ("comment", "may"),
    [
        (COMMENT, True),
        (replace(COMMENT, author="Ann"), False),
        (replace(COMMENT, html="<p>Something else</p>"), False),
        (replace(COMMENT, relay_of="another key"), False),
    ],
)
def test_a_comment_may_carry_a_message_by_its_author_and_its_words(comment: Comment, may: bool) -> None:
    assert may_carry(comment, MESSAGE) is may
