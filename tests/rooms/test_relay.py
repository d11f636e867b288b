"""Discord -> blog: what members write, change and take back, in the order and under the parent in which it belongs."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.core.domain import (
    ChannelId,
    CommentId,
    GuildId,
    Link,
    Mark,
    MemberId,
    Message,
    MessageId,
    MessageKind,
    Millis,
    Origin,
    Place,
    PostId,
    Standing,
    SubscriptionId,
    ThreadId,
)
from bot.core.policy import RelayMode
from bot.ports import Review, Signed, Written
from bot.sync.relaying.compose import TOMBSTONE_HTML
from bot.sync.relaying.decide import Answered, Choice, decide
from tests.support.clock_and_faults import Fault
from tests.support.engine_shorthand import LONG, scene

HOUR = 3_600_000
PLACE = Place(
    1, SubscriptionId(1), PostId("1"), "Post", "u", ChannelId(2), GuildId(3), ThreadId(4), MessageId(4), "", 0, 0,
    backfilled=True, removals_allowed=False,
)  # fmt: skip
HERE = Link(MessageId(9), ThreadId(4), 1, CommentId("1"), 1, Origin.BLOG, "", Standing.LIVE)
UNKNOWN = Answered(None, on_its_way=False)
REPLY = Message(
    MessageId(10), ThreadId(4), MemberId(8), "Ann", MessageKind.REPLY, "hello", "https://discord.com/x", MessageId(9)
)


@pytest.mark.parametrize(
    ("message", "answered", "mode", "choice"),
    [
        (REPLY, Answered(HERE, on_its_way=False), RelayMode.REPLIES, Choice.RELAY),
        (REPLY, Answered(replace(HERE, post_row=2), on_its_way=False), RelayMode.REPLIES, Choice.IGNORE),
        (REPLY, Answered(None, on_its_way=True), RelayMode.REPLIES, Choice.RELAY),
        (REPLY, Answered(None, on_its_way=False, was_ignored=True), RelayMode.REPLIES, Choice.IGNORE),
        (REPLY, UNKNOWN, RelayMode.REPLIES, Choice.ASK),
        (REPLY, UNKNOWN, RelayMode.ALL, Choice.RELAY),
        (REPLY, Answered(HERE, on_its_way=False), RelayMode.OFF, Choice.IGNORE),
        (replace(REPLY, reply_to=MessageId(4)), UNKNOWN, RelayMode.REPLIES, Choice.RELAY),
        (replace(REPLY, kind=MessageKind.PLAIN, reply_to=None), UNKNOWN, RelayMode.REPLIES, Choice.IGNORE),
        (replace(REPLY, kind=MessageKind.PLAIN, reply_to=None), UNKNOWN, RelayMode.ALL, Choice.RELAY),
        (replace(REPLY, kind=MessageKind.SYSTEM), Answered(HERE, on_its_way=False), RelayMode.ALL, Choice.IGNORE),
        (replace(REPLY, ours=True), Answered(HERE, on_its_way=False), RelayMode.ALL, Choice.IGNORE),
        (replace(REPLY, from_bot=True), Answered(HERE, on_its_way=False), RelayMode.ALL, Choice.IGNORE),
        (replace(REPLY, text=" "), Answered(HERE, on_its_way=False), RelayMode.ALL, Choice.IGNORE),
        (replace(REPLY, text="", stickers=("wave",)), Answered(HERE, on_its_way=False), RelayMode.ALL, Choice.RELAY),
    ],
)
def test_which_messages_are_relayed(message: Message, answered: Answered, mode: RelayMode, choice: Choice) -> None:
    assert decide(message, PLACE, answered, mode=mode, can_write=True, stays=False).choice is choice
    assert decide(message, PLACE, answered, mode=mode, can_write=False, stays=False).choice is Choice.IGNORE
    kept = choice if choice is Choice.IGNORE else Choice.STAY
    assert decide(message, PLACE, answered, mode=mode, can_write=True, stays=True).choice is kept


async def test_an_answer_to_a_later_part_is_an_answer_to_the_comment() -> None:
    async with scene() as s:
        long = s.comment(f"alpha {LONG}")
        await s.quiet()
        _said, relay = await s.relayed("beta", s.parts(long)[2].id)
        assert relay.parent == long.id


async def test_an_answer_to_a_message_that_is_on_its_way_waits_for_it() -> None:
    async with scene() as s:
        alpha = s.comment("alpha")
        await s.quiet()
        s.blog.down = True
        first = s.say("beta", s.mirror(alpha).id)
        second = s.say("gamma", first)
        await s.world.work()
        await s.quiet()
        one, other = s.relay(first), s.relay(second)
        assert one is not None
        assert other is not None
        assert other.parent == one.id


async def test_an_answer_to_a_refused_message_goes_to_what_that_one_answered() -> None:
    async with scene(approve=False) as s:
        alpha = s.comment("alpha")
        await s.quiet()
        s.blog.disallowed.add("casino")
        first = s.say("casino", s.mirror(alpha).id)
        second = s.say("gamma", first)
        await s.quiet()
        thrown = s.relay(first)
        assert thrown is not None
        assert thrown.status == "trash", "WordPress keeps there what its rules throw away"
        assert s.mark(first) is Mark.REFUSED
        relay = s.relay(second)
        assert relay is not None
        assert relay.parent == alpha.id


async def test_events_in_the_wrong_order_lose_nothing() -> None:
    async with scene() as s:
        alpha = s.comment("alpha")
        await s.quiet()
        first = s.say("beta", s.mirror(alpha).id)
        second = s.say("gamma", first)
        await s.world.work(events=lambda events: events[::-1])
        while await s.world.next_moment():
            await s.world.work(poll=False)
        one, other = s.relay(first), s.relay(second)
        assert one is not None
        assert other is not None
        assert other.parent == one.id
        assert other.id > one.id, "the answer reached the blog first"


async def test_an_answer_whose_target_was_never_heard_of_brings_it_along() -> None:
    async with scene() as s:
        alpha = s.comment("alpha")
        await s.quiet()
        first = s.say("beta", s.mirror(alpha).id)
        second = s.say("gamma", first)
        await s.world.work(events=lambda events: events[1:])
        while await s.world.next_moment():
            await s.world.work(poll=False)
        one, other = s.relay(first), s.relay(second)
        assert one is not None
        assert other is not None
        assert other.parent == one.id


async def test_an_answer_to_a_mirror_whose_sending_was_not_answered_yet() -> None:
    async with scene() as s:
        s.comment("alpha")
        await s.quiet()
        beta = s.comment("beta")
        s.world.faults.arm("chat", Fault.RESET_AFTER)
        await s.world.work()
        said = s.say("gamma", s.mirror(beta).id)
        await s.world.work(poll=False)
        await s.quiet()
        relay = s.relay(said)
        assert relay is not None
        assert relay.parent == beta.id


async def test_talk_among_members_stays_among_them() -> None:
    async with scene() as s:
        await s.quiet()
        first = s.say("hello", None)
        second = s.say("hello yourself", first)
        await s.quiet()
        assert s.relay(first) is None
        assert s.relay(second) is None


async def test_a_burst_keeps_its_order() -> None:
    async with scene(mode=RelayMode.ALL) as s:
        await s.quiet()
        said = [s.say(f"number {number}", None) for number in range(12)]
        s.world.faults.arm("blog", Fault.LIMITED, Fault.RESET_AFTER, Fault.BROKEN, Fault.UNAVAILABLE)
        await s.quiet()
        numbers = [int(relay.id) for message in said if (relay := s.relay(message)) is not None]
        assert len(numbers) == 12
        assert numbers == sorted(numbers)


async def test_an_edit_there_and_back_that_was_not_answered() -> None:
    """The blog took the edit and nobody heard; then the words are the old ones again."""
    async with scene() as s:
        alpha = s.comment("alpha")
        await s.quiet()
        said = s.say("beta", s.mirror(alpha).id)
        await s.quiet()
        s.chat.member_edits(said, "for a moment")
        s.world.faults.arm("blog", Fault.BROKEN)
        await s.world.work(poll=False)
        relay = s.relay(said)
        assert relay is not None
        assert relay.html == "for a moment"
        s.chat.member_edits(said, "beta")
        await s.quiet()
        assert relay.html == "beta"


async def test_an_edit_while_its_look_is_being_taken() -> None:
    """The words are the old ones again before the blog has answered for the new ones."""
    async with scene() as s:
        alpha = s.comment("alpha")
        await s.quiet()
        said = s.say("beta", s.mirror(alpha).id)
        await s.quiet()
        original = s.blog.rewrite
        calls = 0

        async def meanwhile(
            comment_id: CommentId, html: str, *, key: str, signed: Signed | None = None, review: Review = Review.NOBODY
        ) -> Written:
            nonlocal calls
            calls += 1
            if calls == 1:
                s.chat.member_edits(said, "beta")
                event = s.chat.events.pop()
                assert event.message is not None
                await s.world.edited(event.message)
            return await original(comment_id, html, key=key, signed=signed, review=review)

        s.blog.rewrite = meanwhile  # type: ignore[method-assign]  # the same, with something happening meanwhile
        s.chat.member_edits(said, "for a moment")
        await s.world.work(poll=False)
        relay = s.relay(said)
        assert relay is not None
        assert (calls, relay.html) == (2, "beta")


async def test_a_reply_just_before_the_trash_does_not_vanish_with_it() -> None:
    async with scene() as s:
        alpha = s.comment("alpha")
        await s.quiet()
        said = s.say("beta", s.mirror(alpha).id)
        await s.quiet()
        s.chat.delete_messages(said)
        await s.quiet()
        relay = s.relay(said)
        assert relay is not None
        assert relay.status == "trash"
        answer = s.comment("gamma", relay)
        await s.quiet()
        assert (relay.status, relay.html) == ("approved", TOMBSTONE_HTML)
        s.blog.set_status(answer.id, "trash")
        await s.quiet()
        assert relay.status == "trash", "a tombstone that nobody answers is left"


async def test_what_its_author_took_back_does_not_come_back() -> None:
    async with scene() as s:
        alpha = s.comment("alpha")
        await s.quiet()
        said, relay = await s.relayed("beta", s.mirror(alpha).id)
        s.blog.set_status(relay.id, "trash")
        await s.quiet()
        assert s.mark(said) is Mark.REMOVED
        s.chat.delete_messages(said)
        await s.quiet()
        s.blog.set_status(relay.id, "approved")
        await s.quiet()
        assert relay.status == "trash"


async def test_an_edit_made_while_the_blog_had_removed_the_comment_arrives_when_it_is_back() -> None:
    async with scene() as s:
        alpha = s.comment("alpha")
        await s.quiet()
        said, relay = await s.relayed("beta", s.mirror(alpha).id)
        s.blog.set_status(relay.id, "trash")
        await s.quiet()
        s.chat.member_edits(said, "delta")
        await s.quiet()
        s.blog.set_status(relay.id, "approved")
        await s.quiet()
        assert relay.html == "delta"


async def test_a_held_relay_that_is_thrown_away() -> None:
    async with scene(approve=False) as s:
        alpha = s.comment("alpha")
        await s.quiet()
        said = s.say("beta", s.mirror(alpha).id)
        await s.quiet()
        assert s.mark(said) is Mark.HELD
        relay = s.relay(said)
        assert relay is not None
        s.blog.force_delete(relay.id)
        await s.quiet()
        assert s.mark(said) is Mark.REMOVED


@pytest.mark.parametrize("tried", [False, True])
async def test_talk_that_waited_behind_others_keeps_no_mark(*, tried: bool) -> None:
    """Whether it is talk is found out in its turn."""
    async with scene() as s:
        alpha = s.comment("alpha")
        await s.quiet()
        unheard = s.say("hello", None)
        s.chat.events.clear()
        if not tried:
            said = s.say("beta", s.mirror(alpha).id)
        talk = s.say("hello yourself", unheard, member=8)
        if tried:
            said = s.say("beta", s.mirror(alpha).id)
        s.blog.revoked = True
        if tried:
            s.world.faults.arm("chat", *[Fault.BROKEN] * 8)
        for _ in range(14):
            await s.world.work(poll=False)
            await s.world.next_moment()
        assert s.mark(said) is Mark.HELD
        s.blog.revoked = False
        await s.quiet()
        assert s.mark(said) is Mark.RELAYED
        assert (s.relay(talk), s.mark(talk)) == (None, None)


async def test_a_message_deleted_before_it_was_heard_of() -> None:
    async with scene() as s:
        alpha = s.comment("alpha")
        await s.quiet()
        said = s.say("beta", s.mirror(alpha).id)
        s.chat.delete_messages(said)
        await s.world.work(events=lambda events: events[::-1])
        await s.quiet()
        assert s.relay(said) is None


async def test_a_message_deleted_while_its_comment_may_have_arrived() -> None:
    async with scene() as s:
        alpha = s.comment("alpha")
        await s.quiet()
        said = s.say("beta", s.mirror(alpha).id)
        s.world.faults.arm("blog", Fault.SLOW, Fault.RESET_AFTER)
        await s.world.work(poll=False)
        s.chat.delete_messages(said)
        await s.quiet()
        relay = s.relay(said)
        assert relay is not None
        assert relay.status == "trash"


async def test_a_comment_that_arrived_unheard_and_was_edited_there() -> None:
    """The blog's own look for duplicates forgets what was edited; the probe does not."""
    async with scene() as s:
        alpha = s.comment("alpha")
        await s.quiet()
        said = s.say("beta", s.mirror(alpha).id)
        s.world.faults.arm("blog", Fault.SLOW, Fault.RESET_AFTER)
        await s.world.work(poll=False)
        relay = s.relay(said)
        assert relay is not None
        relay.html = "beta, without the swearing"
        await s.quiet()
        assert s.relay(said) is relay


async def test_an_edit_of_a_message_that_has_not_left_yet() -> None:
    async with scene() as s:
        alpha = s.comment("alpha")
        await s.quiet()
        s.blog.down = True
        said = s.say("beta", s.mirror(alpha).id)
        await s.world.work(poll=False)
        s.chat.member_edits(said, "gamma")
        await s.world.work(poll=False)
        s.blog.down = False
        while await s.world.next_moment():
            await s.world.work(poll=False)
        relay = s.relay(said)
        assert relay is not None
        assert relay.html == "gamma"


async def test_a_word_to_a_member_is_said_once_however_late_its_answer() -> None:
    """Discord remembers a nonce for minutes only."""
    async with scene(approve=False) as s:
        alpha = s.comment("alpha")
        await s.quiet()
        s.blog.disallowed.add("casino")
        said = s.say("casino", s.mirror(alpha).id)
        s.world.faults.arm("chat", Fault.SLOW, Fault.RESET_AFTER)
        await s.world.work(poll=False)
        s.world.clock.advance(400_000)
        await s.quiet()
        assert len([one for one in s.chat.messages.values() if one.reply_to == said]) == 1


async def test_half_a_character_breaks_nothing() -> None:
    async with scene() as s:
        alpha = s.comment("alpha \ud83d")
        await s.quiet()
        _said, relay = await s.relayed("beta \ud83d", s.mirror(alpha).id)
        assert "beta" in relay.html
        before = s.world.state()
        await s.quiet()
        assert s.world.state() == before


async def test_what_was_said_while_the_bot_was_away() -> None:
    async with scene() as s:
        alpha = s.comment("alpha")
        await s.quiet()
        mirror = s.mirror(alpha).id
        kept, changed, gone = s.say("one", mirror), s.say("two", mirror), s.say("three", mirror)
        await s.quiet()
        s.chat.member_edits(changed, "changed")
        s.chat.delete_messages(gone)
        late = s.say("four", kept)
        s.chat.events.clear()
        await s.quiet()
        relays = [s.relay(one) for one in (kept, changed, gone, late)]
        assert [one.html if one else None for one in relays] == ["one", "changed", "three", "four"]
        assert [one.status if one else None for one in relays] == ["approved", "approved", "trash", "approved"]


async def test_a_command_that_was_sent_as_text_is_no_comment() -> None:
    async with scene() as s:
        alpha = s.comment("alpha")
        await s.quiet()
        typed = s.say("/relay off", s.mirror(alpha).id)
        secret = s.say("/blog account url:https://blog.example bot abcd efgh ijkl", s.mirror(alpha).id)
        talk = s.say("/relay off is what you want, he said", s.mirror(alpha).id)
        await s.quiet()
        assert s.relay(typed) is None
        assert s.relay(secret) is None
        assert s.relay(talk) is not None


async def test_a_relay_reworded_by_the_blogs_moderators_stays_as_they_left_it() -> None:
    """Until its author words it anew: the message has not changed, so nothing is to be carried."""
    async with scene() as s:
        alpha = s.comment("alpha")
        await s.quiet()
        said, relay = await s.relayed("beta", s.mirror(alpha).id)
        relay.html = "beta, as a moderator would have it"
        s.chat.unfurl(said)
        await s.quiet()
        await s.world.engine.catch_up()
        await s.quiet()
        assert relay.html == "beta, as a moderator would have it"
        assert s.chat.messages[said].text == "beta"
        assert len(s.chat.messages) == 2, "it is not shown a second time either"
        s.chat.member_edits(said, "gamma")
        await s.quiet()
        assert "gamma" in relay.html


async def test_a_message_that_cannot_be_read_stands_and_keeps_its_comment() -> None:
    async with scene() as s:
        alpha = s.comment("alpha")
        await s.quiet()
        said, taken_back = s.say("beta", s.mirror(alpha).id), s.say("gamma", s.mirror(alpha).id)
        await s.quiet()
        s.chat.unreadable.add(said)
        s.chat.delete_messages(taken_back)
        s.chat.events.clear()
        await s.world.engine.catch_up()
        await s.quiet()
        relay, gone = s.relay(said), s.relay(taken_back)
        assert relay is not None
        assert gone is not None
        assert (relay.status, gone.status) == ("approved", "trash")


async def test_words_of_the_past_do_not_cross_because_somebody_answers_them() -> None:
    """The answer crosses, at the top: what it answers is not on the blog."""
    async with scene(mode=RelayMode.ALL) as s:
        await s.quiet()
        await s.world.store.hold_past(s.world.subscription, s.chat.message_at(Millis(s.world.clock.time + HOUR)))
        await s.world.process.die()
        await s.world.process.start()
        past = s.say("said among us", None)
        await s.quiet()
        s.world.clock.advance(2 * HOUR)
        said = s.say("said for all", past)
        await s.quiet()
        relay = s.relay(said)
        assert s.relay(past) is None
        assert relay is not None
        assert relay.parent is None
