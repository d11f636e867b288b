"""Messages that another application says again under another name: the proxied one is the comment, not the original.

Consent is the member's who wrote the original; what is known of no original stays in Discord.
"""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

import pytest

from bot.core.domain import Mark, Message, MessageId
from bot.core.policy import RelayMode
from bot.sync.relaying.decide import Answered, Choice, decide
from tests.rooms.test_relay import HERE, PLACE, REPLY
from tests.support.engine_shorthand import Scene, scene
from tests.support.fake_blog import StoredComment
from tests.support.fake_chat import Event

NAME = "Wren"


@asynccontextmanager
async def talk(mode: RelayMode = RelayMode.REPLIES) -> AsyncIterator[tuple[Scene, StoredComment, MessageId]]:
    """A post with one comment, and the comment's mirror."""
    async with scene(mode=mode) as s:
        alpha = s.comment("alpha")
        await s.quiet()
        yield s, alpha, s.mirror(alpha).id


async def hear(s: Scene) -> None:
    await s.world.work(poll=False)


def again(s: Scene, words: str, name: str = NAME) -> MessageId:
    s.world.clock.advance(600)
    return s.chat.proxy_says(s.thread(), name, words).id


def gone(s: Scene, *messages: MessageId) -> None:
    s.world.clock.advance(900)
    s.chat.delete_messages(*messages)


def public(s: Scene) -> list[tuple[str, str]]:
    """Who says what on the blog, of what members wrote."""
    return [(one.author, one.html) for one in s.blog.comments.values() if one.author_url and one.status == "approved"]


KNOWN = replace(REPLY, proxied=True, on_behalf_of=REPLY.author_id)


@pytest.mark.parametrize(
    ("message", "stays", "choice"),
    [
        (KNOWN, False, Choice.RELAY),
        (KNOWN, True, Choice.STAY),
        (replace(REPLY, proxied=True), False, Choice.IGNORE),
        (replace(KNOWN, from_bot=True), False, Choice.IGNORE),
    ],
)
def test_it_crosses_for_a_member_alone(message: Message, stays: bool, choice: Choice) -> None:
    answered = Answered(HERE, on_its_way=False)
    assert decide(message, PLACE, answered, mode=RelayMode.ALL, can_write=True, stays=stays).choice is choice


@pytest.mark.parametrize("was_written", [False, True], ids=["its original waited", "its original was written"])
async def test_the_proxied_words_are_the_one_comment(was_written: bool) -> None:
    async with talk() as (s, alpha, mirror):
        original = s.say("w: rain all day", mirror)
        if was_written:
            await hear(s)
            assert s.relay(original) is not None
        proxied = again(s, "rain all day")
        if was_written:
            await hear(s)
        gone(s, original)
        await s.quiet()
        assert public(s) == [(NAME, "rain all day")]
        relay = s.relay(proxied)
        assert relay is not None
        assert relay.parent == alpha.id
        assert s.mark(proxied) is Mark.RELAYED


async def test_whichever_is_heard_of_first() -> None:
    async with talk() as (s, _, mirror):
        original = s.say("w: rain all day", mirror)
        proxied = again(s, "rain all day")
        gone(s, original)
        new, second, end = s.chat.events
        s.chat.events = [new, end, second]
        await s.quiet()
        assert public(s) == [(NAME, "rain all day")]
        assert s.relay(proxied) is not None


async def test_its_answers_edits_and_deletion_are_followed() -> None:
    async with talk() as (s, _, mirror):
        original = s.say("w: rain all day", mirror)
        proxied = again(s, "rain all day")
        gone(s, original)
        await s.quiet()
        answer = s.say("here too", proxied, member=8)
        await s.quiet()
        relay, below = s.relay(proxied), s.relay(answer)
        assert relay is not None
        assert below is not None
        assert below.parent == relay.id
        s.chat.member_edits(proxied, "sun all day")
        await s.quiet()
        assert (NAME, "sun all day") in public(s)
        s.chat.delete_messages(answer)
        await s.quiet()
        s.chat.delete_messages(proxied)
        await s.quiet()
        assert public(s) == []


async def test_a_proxied_answer_to_a_proxied_message_hangs_below_it() -> None:
    async with talk() as (s, _, mirror):
        first = s.say("w: one", mirror)
        one = again(s, "one")
        gone(s, first)
        second = s.say("w: two", one)
        two = again(s, "two")
        gone(s, second)
        await s.quiet()
        upper, lower = s.relay(one), s.relay(two)
        assert upper is not None
        assert lower is not None
        assert lower.parent == upper.id


async def test_an_edit_of_what_waits_keeps_what_it_answers_and_for_whom() -> None:
    async with talk() as (s, alpha, mirror):
        s.blog.down = True
        original = s.say("w: rain", mirror)
        await hear(s)
        proxied = again(s, "rain")
        gone(s, original)
        await hear(s)
        s.chat.member_edits(proxied, "snow")
        await hear(s)
        s.blog.down = False
        await s.quiet()
        relay = s.relay(proxied)
        assert relay is not None
        assert (relay.html, relay.parent) == ("snow", alpha.id)


@pytest.mark.parametrize("mode", [RelayMode.REPLIES, RelayMode.ALL])
async def test_who_keeps_their_words_keeps_the_proxied_ones(mode: RelayMode) -> None:
    async with talk(mode) as (s, _, mirror):
        await s.opt_out()
        original = s.say("w: for here", mirror)
        proxied = again(s, "for here")
        gone(s, original)
        await s.quiet()
        assert public(s) == []
        assert s.mark(proxied) is None


async def test_who_changes_their_mind_takes_back_what_waits() -> None:
    async with talk() as (s, _, mirror):
        original = s.say("w: rain", mirror)
        await hear(s)
        s.blog.down = True
        proxied = again(s, "rain")
        gone(s, original)
        await hear(s)
        assert await s.opt_out() == 1
        await s.quiet()
        assert s.relay(proxied) is None


async def test_who_let_their_words_cross_again_in_between_keeps_what_was_written_before() -> None:
    async with talk() as (s, _, mirror):
        await s.opt_out()
        original = s.say("w: before", mirror)
        await hear(s)
        await s.opt_in()
        again(s, "before")
        gone(s, original)
        await s.quiet()
        assert public(s) == []


@pytest.mark.parametrize("mode", [RelayMode.REPLIES, RelayMode.ALL])
async def test_of_what_no_original_is_known_nothing_crosses(mode: RelayMode, caplog: pytest.LogCaptureFixture) -> None:
    async with talk(mode) as (s, _, _mirror):
        with caplog.at_level(logging.DEBUG):
            proxied = again(s, "out of nowhere")
            await s.quiet()
        answer = s.say("to it", proxied, member=8)
        await s.quiet()
        assert s.relay(proxied) is None
        assert (s.relay(answer) is not None) is (mode is RelayMode.ALL)
        assert f"message {proxied} of thread {s.thread()}: nothing is known of its original" in caplog.text


@pytest.mark.parametrize(
    ("words", "wait"),
    [("w: rain", 90_000), ("w: something else", 0)],
    ids=["long ago", "other words"],
)
async def test_what_does_not_fit_is_no_original(words: str, wait: int) -> None:
    async with talk(RelayMode.ALL) as (s, _, mirror):
        original = s.say(words, mirror)
        await hear(s)
        s.world.clock.advance(wait)
        proxied = again(s, "rain")
        gone(s, original)
        await s.quiet()
        assert s.relay(proxied) is None
        assert public(s) == []


async def test_an_original_that_stays_stands_alone() -> None:
    async with talk() as (s, _, mirror):
        original = s.say("w: rain", mirror)
        proxied = again(s, "rain")
        await s.quiet()
        assert s.relay(original) is not None
        assert s.relay(proxied) is None


async def test_an_answer_while_its_original_stands_goes_to_that() -> None:
    async with talk() as (s, _, mirror):
        original = s.say("w: rain", mirror)
        proxied = again(s, "rain")
        answer = s.say("here too", proxied, member=8)
        await hear(s)
        relay, below = s.relay(original), s.relay(answer)
        assert relay is not None
        assert below is not None
        assert below.parent == relay.id
        gone(s, original)
        await s.quiet()
        relay = s.relay(proxied)
        assert relay is not None, "an answer has taken nothing from it"


async def test_an_answer_to_words_that_stay_goes_to_what_these_answered() -> None:
    async with talk() as (s, alpha, mirror):
        await s.opt_out()
        original = s.say("w: for here", mirror)
        proxied = again(s, "for here")
        gone(s, original)
        await s.quiet()
        answer = s.say("for all", proxied, member=8)
        await s.quiet()
        relay = s.relay(answer)
        assert s.relay(proxied) is None
        assert relay is not None
        assert relay.parent == alpha.id


async def test_an_answer_while_talk_among_members_stands_is_talk() -> None:
    async with talk() as (s, _, _mirror):
        s.say("w: rain", None)
        proxied = again(s, "rain")
        answer = s.say("here too", proxied, member=8)
        await s.quiet()
        assert s.relay(answer) is None


async def test_where_two_members_fit_nobodys_words_are_taken() -> None:
    async with talk() as (s, _, mirror):
        one, two = s.say("w: yes", mirror), s.say("yes", mirror, member=8)
        proxied = again(s, "yes")
        await hear(s)
        gone(s, one)
        await s.quiet()
        relay = s.relay(proxied)
        assert relay is not None, "the deleted one is the original"
        assert sorted(public(s)) == [("Member 8", "yes"), (NAME, "yes")]
        assert s.relay(two) is not None


async def test_a_deletion_by_hand_makes_nobody_the_author_of_anothers_words() -> None:
    async with talk(RelayMode.ALL) as (s, _, mirror):
        await s.opt_out(8)
        by_hand = s.say("hello there", mirror)
        await hear(s)
        gone(s, by_hand)
        original = s.say("b: hello", mirror, member=8)
        proxied = again(s, "hello")
        await hear(s)
        assert s.relay(proxied) is None, "member 8 may have said it"
        gone(s, original)
        await s.quiet()
        assert s.relay(proxied) is None
        assert public(s) == []


async def test_what_was_deleted_long_before_is_said_again_by_nobody() -> None:
    async with talk(RelayMode.ALL) as (s, _, mirror):
        by_hand = s.say("hello there", mirror)
        gone(s, by_hand)
        await hear(s)
        s.world.clock.advance(20_000)
        unknown = again(s, "hello")
        await hear(s)
        assert s.relay(unknown) is None
        original = s.say("b: hello", mirror, member=8)
        proxied = again(s, "hello")
        gone(s, original)
        await s.quiet()
        assert s.relay(proxied) is not None, "the one that was deleted for it is its original"
        assert s.relay(unknown) is None


async def test_words_that_stand_for_a_minute_were_no_original() -> None:
    async with talk() as (s, _, mirror):
        one, two = s.say("w: yes", mirror), s.say("oh yes", mirror, member=8)
        proxied = again(s, "yes")
        gone(s, one)
        await hear(s)
        assert s.relay(proxied) is None, "what member 8 wrote may be deleted yet"
        s.world.clock.advance(61_000)
        s.say("anything", None, member=9)
        await hear(s)
        assert s.relay(proxied) is not None
        assert s.relay(two) is not None


async def test_where_two_members_delete_what_fits_nobodys_words_cross() -> None:
    async with talk() as (s, _, mirror):
        one, two = s.say("w: yes", mirror), s.say("yes", mirror, member=8)
        await hear(s)
        gone(s, one, two)
        proxied = again(s, "yes")
        await s.quiet()
        assert s.relay(proxied) is None
        assert public(s) == []


async def test_two_alike_are_two_comments() -> None:
    async with talk() as (s, _, mirror):
        first = s.say("w: ha", mirror)
        one = again(s, "ha")
        second = s.say("w: ha", mirror)
        two = again(s, "ha")
        gone(s, first)
        gone(s, second)
        await s.quiet()
        assert {name for name, _ in public(s)} == {NAME}
        assert s.relay(one) is not None
        assert s.relay(two) is not None


async def test_events_that_are_lost_are_made_up_for_by_reading_again() -> None:
    async with talk() as (s, _, mirror):
        original = s.say("w: rain", mirror)
        await hear(s)
        proxied = again(s, "rain")
        gone(s, original)
        s.chat.events = list[Event]()
        await s.quiet()
        assert public(s) == [(NAME, "rain")]
        assert s.relay(proxied) is not None


async def test_after_a_lost_database_it_is_known_again() -> None:
    async with talk() as (s, _, mirror):
        original = s.say("w: rain", mirror)
        proxied = again(s, "rain")
        gone(s, original)
        await s.quiet()
        await s.world.lose_database()
        await s.quiet()
        assert public(s) == [(NAME, "rain")]
        s.chat.member_edits(proxied, "snow")
        await s.quiet()
        assert public(s) == [(NAME, "snow")]


async def test_its_member_is_told_nothing_of_how_to_answer_twice() -> None:
    async with scene(hints=True) as s:
        s.comment("alpha")
        await s.quiet()
        original = s.say("w: rain", None)
        await hear(s)
        again(s, "rain")
        gone(s, original)
        *_, said, end = s.chat.events
        s.chat.events = [end, said]
        await s.quiet()
        told = [one for one in s.chat.messages.values() if one.writer == "bot" and "stays in Discord" in one.text]
        assert len(told) == 1
