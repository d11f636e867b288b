"""Members see that their words wait; and an answer whose parent did not stand comes under it when it does."""

from __future__ import annotations

import pytest

from bot.core.domain import Mark, MessageId
from bot.core.policy import A_MOMENT
from bot.ports import Draft, Written
from tests.support.clock_and_faults import Fault
from tests.support.engine_shorthand import Scene, scene


def marks(s: Scene) -> list[tuple[MessageId, Mark | None]]:
    """The marks that the bot sets from now on, in order."""
    seen: list[tuple[MessageId, Mark | None]] = []
    original = s.chat.mark

    async def mark(place: object, message: MessageId, mark: Mark | None) -> None:
        seen.append((message, mark))
        await original(place, message, mark)  # type: ignore[arg-type]  # handed on as it came

    s.chat.mark = mark  # type: ignore[method-assign]  # the same, and overheard
    return seen


async def test_what_goes_through_at_once_is_never_marked_as_waiting() -> None:
    async with scene() as s:
        alpha = s.comment("alpha")
        await s.quiet()
        seen = marks(s)
        said = s.say("beta", s.mirror(alpha).id)
        await s.quiet()
        assert seen == [(said, Mark.RELAYED)]


async def test_a_message_waits_visibly_after_a_moment_while_the_blog_is_down() -> None:
    async with scene() as s:
        alpha = s.comment("alpha")
        await s.quiet()
        s.blog.down = True
        said = s.say("beta", s.mirror(alpha).id)
        await s.world.work(poll=False)
        assert s.mark(said) is None
        assert await s.world.next_moment(), "the mark itself is waited for"
        await s.world.work(poll=False)
        assert s.mark(said) is Mark.HELD
        assert s.world.clock.time - s.chat.moment_of(said) < A_MOMENT + 1000
        await s.quiet()
        assert s.mark(said) is Mark.RELAYED


async def test_a_message_waits_visibly_while_the_blog_thinks() -> None:
    """And so do those behind it in the queue."""
    async with scene() as s:
        alpha = s.comment("alpha")
        await s.quiet()
        seen: list[Mark | None] = []
        original = s.blog.write

        async def write(draft: Draft) -> Written:
            if f"/{said}#" in draft.key:
                s.world.clock.advance(A_MOMENT + 1)
                s.world.engine.wake()
                while s.mark(said) is None or s.mark(behind) is None:
                    await s.world.faults.pause()
                seen.extend([s.mark(said), s.mark(behind)])
            return await original(draft)

        s.blog.write = write  # type: ignore[method-assign]  # the same, slowly
        said = s.say("beta", s.mirror(alpha).id)
        behind = s.say("gamma", s.mirror(alpha).id)
        await s.world.work(poll=False)
        assert seen == [Mark.HELD, Mark.HELD]
        await s.quiet()
        assert (s.mark(said), s.mark(behind)) == (Mark.RELAYED, Mark.RELAYED)


async def test_what_is_talk_after_all_keeps_no_mark_of_waiting() -> None:
    async with scene() as s:
        s.comment("alpha")
        await s.quiet()
        unheard = s.say("hello", None)
        s.chat.events.clear()
        talk = s.say("hello yourself", unheard, member=8)
        for _ in range(4):
            s.world.faults.arm("chat", *[Fault.UNAVAILABLE] * 3)
            await s.world.work(poll=False)
            await s.world.next_moment()
        s.world.clock.advance(A_MOMENT)
        await s.quiet()
        assert (s.relay(talk), s.mark(talk)) == (None, None)


async def test_a_refused_message_that_waits_anew_shows_it() -> None:
    async with scene(approve=False) as s:
        alpha = s.comment("alpha")
        await s.quiet()
        s.blog.disallowed.add("casino")
        s.blog.down = True
        said = s.say("casino", s.mirror(alpha).id)
        await s.world.work(poll=False)
        await s.world.next_moment()
        await s.quiet()
        assert s.mark(said) is Mark.REFUSED
        s.blog.down = True
        s.chat.member_edits(said, "a card game")
        await s.world.work(poll=False)
        await s.world.next_moment()
        await s.world.work(poll=False)
        assert s.mark(said) is Mark.HELD


# ---------------------------------------------------------------- a parent that was away


@pytest.mark.parametrize("status", ["trash", "hold", "spam"])
async def test_a_reply_whose_parent_was_away_for_a_moment_comes_under_it_again(status: str) -> None:
    async with scene() as s:
        alpha = s.comment("alpha")
        beta = s.comment("beta", alpha)
        await s.quiet()
        said = s.say("gamma", s.mirror(beta).id)
        s.blog.set_status(beta.id, status)
        await s.world.work(poll=False)
        relay = s.relay(said)
        assert relay is not None
        assert relay.parent == alpha.id
        before = {one.id: (one.text, one.mark) for one in s.chat.messages.values()}
        s.blog.set_status(beta.id, "approved")
        await s.quiet()
        assert relay.parent == beta.id
        after = {one.id: (one.text, one.mark) for one in s.chat.messages.values()}
        assert after == {**before, said: ("gamma", Mark.RELAYED)}, "in Discord nothing changes"


async def test_a_reply_that_moderators_moved_stays_where_they_put_it() -> None:
    async with scene() as s:
        alpha, other = s.comment("alpha"), s.comment("other")
        beta = s.comment("beta", alpha)
        await s.quiet()
        said = s.say("gamma", s.mirror(beta).id)
        s.blog.set_status(beta.id, "trash")
        await s.world.work(poll=False)
        relay = s.relay(said)
        assert relay is not None
        relay.parent = other.id
        s.blog.set_status(beta.id, "approved")
        await s.quiet()
        assert relay.parent == other.id


async def test_a_reply_that_was_edited_meanwhile_still_comes_under_its_parent() -> None:
    async with scene() as s:
        alpha = s.comment("alpha")
        await s.quiet()
        said = s.say("gamma", s.mirror(alpha).id)
        s.blog.set_status(alpha.id, "trash")
        await s.world.work(poll=False)
        s.chat.member_edits(said, "delta")
        await s.world.work(poll=False)
        s.blog.set_status(alpha.id, "approved")
        s.world.faults.arm("blog", Fault.SLOW, Fault.RESET_AFTER)
        await s.quiet()
        relay = s.relay(said)
        assert relay is not None
        assert (relay.parent, relay.html) == (alpha.id, "delta")
