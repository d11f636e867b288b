"""A message without anything in it proves that Discord hides words from the bot: nothing is taken back on that."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.core.domain import Mark, MemberId, Message, MessageId, MessageKind, ThreadId
from bot.core.policy import RelayMode
from bot.ports.observer import Event, ModeratorsTold
from bot.sync.relaying.blindness import BLIND
from tests.support.clock_and_faults import Fault
from tests.support.engine_in_memory import World
from tests.support.engine_shorthand import Scene, scene

EMPTY = Message(MessageId(9), ThreadId(4), MemberId(8), "Ann", MessageKind.PLAIN, "", "https://discord.com/9")


@pytest.mark.parametrize(
    ("message", "hidden"),
    [
        (EMPTY, True),
        (replace(EMPTY, kind=MessageKind.REPLY), True),
        (replace(EMPTY, kind=MessageKind.SYSTEM), False),
        (replace(EMPTY, from_bot=True), False),
        (replace(EMPTY, ours=True), False),
        (replace(EMPTY, text="hello"), False),
        (replace(EMPTY, stickers=("wave",)), False),
        (replace(EMPTY, poll="Which?"), False),
        (replace(EMPTY, forwards=True), False),
        (replace(EMPTY, carries_more=True), False),
    ],
)
def test_what_proves_that_words_are_hidden(message: Message, *, hidden: bool) -> None:
    assert message.is_hidden is hidden


class ToldOf:
    """What an observer hears of words to moderators."""

    def __init__(self) -> None:
        self.told: list[ModeratorsTold] = []

    def hear(self, event: Event) -> None:
        if isinstance(event, ModeratorsTold):
            self.told.append(event)


def told(s: Scene) -> list[str]:
    return [one for one in s.chat.heard if one == BLIND]


async def test_a_relay_stays_as_it_is_while_its_words_are_hidden() -> None:
    async with scene(mode=RelayMode.ALL) as s:
        alpha = s.comment("alpha")
        await s.quiet()
        said, deleted = s.say("beta", s.mirror(alpha).id), s.say("gamma", None)
        await s.quiet()
        s.chat.blind = True
        s.chat.unfurl(said)
        await s.quiet()
        s.chat.unfurl(said)
        s.chat.delete_messages(deleted)
        await s.world.engine.catch_up()
        await s.quiet()
        relay, gone = s.relay(said), s.relay(deleted)
        assert relay is not None
        assert gone is not None
        assert (relay.status, relay.html, s.mark(said)) == ("approved", "beta", Mark.RELAYED)
        assert gone.status == "trash", "a deletion can be seen without words"
        assert len(told(s)) == 1


async def test_what_was_written_and_edited_while_words_were_hidden_is_read_afterwards() -> None:
    async with scene(mode=RelayMode.ALL) as s:
        alpha = s.comment("alpha")
        await s.quiet()
        said = s.say("beta", s.mirror(alpha).id)
        await s.quiet()
        s.chat.blind = True
        s.chat.member_edits(said, "delta")
        new = s.say("epsilon", s.mirror(alpha).id)
        await s.quiet()
        s.world.clock.advance(3 * 86_400_000)
        await s.world.engine.sweep()
        assert s.relay(new) is None
        s.chat.blind = False
        await s.quiet()
        relay, other = s.relay(said), s.relay(new)
        assert relay is not None
        assert other is not None
        assert (relay.html, other.html, other.parent) == ("delta", "epsilon", alpha.id)


async def test_a_thread_counts_as_read_up_to_what_was_hidden_in_it() -> None:
    async with scene() as s:
        alpha = s.comment("alpha")
        await s.quiet()
        s.world.clock.advance(40 * 86_400_000)
        s.chat.blind = True
        first = s.say("beta", s.mirror(alpha).id)
        await s.quiet()
        s.world.clock.advance(3 * 86_400_000)
        last = s.say("gamma", s.mirror(alpha).id)
        await s.world.engine.sweep()
        s.chat.blind = False
        await s.world.engine.sweep()
        await s.quiet()
        assert [s.relay(one) is not None for one in (first, last)] == [True, True]


async def test_moderators_are_told_again_only_after_words_were_seen_in_between() -> None:
    async with scene(mode=RelayMode.ALL) as s:
        s.comment("alpha")
        await s.quiet()
        for _ in range(2):
            s.chat.blind = True
            s.say("beta", None)
            s.say("gamma", None)
            await s.quiet()
            await s.world.process.die()
            await s.world.process.start()
            s.say("delta", None)
            await s.quiet()
            s.chat.blind = False
            s.say("epsilon", None)
            await s.quiet()
        assert len(told(s)) == 2


async def test_an_edit_that_waits_takes_nothing_back_when_words_are_hidden_by_then() -> None:
    async with scene() as s:
        alpha = s.comment("alpha")
        await s.quiet()
        said = s.say("beta", s.mirror(alpha).id)
        await s.quiet()
        s.world.faults.arm("blog", Fault.RESET_BEFORE)
        s.chat.member_edits(said, "delta")
        await s.world.work(poll=False)
        relay = s.relay(said)
        assert relay is not None
        assert relay.html == "beta", "or nothing waits"
        s.chat.blind = True
        for _ in range(3):
            await s.world.next_moment()
            await s.world.work(poll=False)
        assert (relay.status, relay.html) == ("approved", "beta")
        s.chat.blind = False
        await s.quiet()
        assert (relay.status, relay.html) == ("approved", "delta")


async def test_words_that_are_hidden_before_they_leave_wait() -> None:
    async with scene() as s:
        alpha = s.comment("alpha")
        await s.quiet()
        said = s.say("beta", s.mirror(alpha).id)
        s.world.faults.arm("blog", Fault.SLOW, Fault.SILENT)
        await s.world.work(poll=False)
        s.chat.blind = True
        for _ in range(3):
            await s.world.next_moment()
            await s.world.work(poll=False)
        assert s.relay(said) is None
        assert s.mark(said) is Mark.HELD
        s.chat.blind = False
        await s.quiet()
        relay = s.relay(said)
        assert relay is not None
        assert relay.html == "beta"


async def test_an_odd_message_among_others_holds_up_no_reading() -> None:
    """It is told of; but words are to be seen, so the thread counts as read."""
    async with scene(mode=RelayMode.ALL) as s:
        s.comment("alpha")
        await s.quiet()
        s.say("", None)
        last = s.say("beta", None)
        await s.quiet()
        (place,) = await s.world.places()
        assert await s.world.store.watermark(place) == last


async def test_a_reading_begins_when_words_are_to_be_seen_again() -> None:
    async with scene() as s:
        alpha = s.comment("alpha")
        await s.quiet()
        said = s.say("beta", s.mirror(alpha).id)
        await s.quiet()
        s.chat.blind = True
        s.chat.member_edits(said, "delta")
        await s.world.work(poll=False)
        s.chat.blind = False
        s.say("hello", None)
        await s.world.work(poll=False)
        assert s.world.engine.reads_again.is_set()


async def test_a_death_at_any_moment_of_its_beginning_leaves_nobody_untold() -> None:
    for steps in range(40):
        async with scene(mode=RelayMode.ALL) as s:
            s.comment("alpha")
            await s.quiet()
            s.chat.blind = True
            s.say("beta", None)
            (heard,), s.chat.events = s.chat.events, []
            assert heard.message is not None
            s.world.faults.kill_in = steps
            await s.world.live(s.world.message(heard.message))
            await s.quiet()
            assert len(told(s)) == 1, f"killed at step {steps}"


async def test_what_lasts_is_told_once_there_is_a_post_whose_queue_it_can_wait_in() -> None:
    events = ToldOf()
    world = World(observer=events)
    await world.start()
    try:
        for _ in range(3):
            await world.engine.trouble.lasts("blindness", BLIND)
        assert len(events.told) == 1
        world.blog.add_post("First")
        await world.quiet()
        assert BLIND not in world.chat.heard
        for _ in range(3):
            await world.engine.trouble.lasts("blindness", BLIND)
        await world.quiet()
        assert world.chat.heard.count(BLIND) == 1
        assert len(events.told) == 1
    finally:
        await world.end()
