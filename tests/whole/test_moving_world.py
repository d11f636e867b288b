"""The state machine in a world that moves: backups are put back, numbers are given out again, another blog answers,
rules and clocks change, the bot goes blind, one item is refused for good. Whose words stand where is judged as ever.

``STEPS=3000 .venv/bin/python -m pytest tests/whole/test_moving_world.py -s`` runs it long; see test_state_machine.py.
"""

from __future__ import annotations

import logging
from dataclasses import replace
from typing import Any

import hypothesis.strategies as st
import pytest
from hypothesis.stateful import initialize, precondition, rule

from bot.core.domain import MessageId, ThreadId
from bot.core.policy import RelayMode
from bot.sync.identify import SURE_FOR
from tests.support import moves
from tests.support.engine_in_memory import World
from tests.whole.test_state_machine import CHOICE, Beside, Machine, Totals, run_long

MODES = st.sampled_from(list(RelayMode))


class Moves(Machine):
    """The rules of a world that moves."""

    checked = True

    def __init__(self) -> None:
        super().__init__()
        self.sites: dict[int, moves.SiteBackup] = {}

    def moved(self, what: str) -> None:
        self.world.faults.injected[f"moved: {what}"] += 1
        self.ledger.begun_anew += 1  # what this is told of may be told anew

    def _say(self, thread: int, to: int, member: int, words: str) -> None:
        """What the rule of its moment keeps in Discord stays there, whatever rule comes later."""
        before = set(self.ledger.said)
        super()._say(thread, to, member, words)
        for number in set(self.ledger.said) - before:
            said = self.ledger.said[number]
            if not moves.crosses_by(self.world.policy.relay, said.reply_to):
                said.kept = True

    # ------------------------------------------------------------ the blog

    @rule()
    def site_is_backed_up(self) -> None:
        self.act()
        self.sites[self.world.place] = moves.back_up_site(self.world, self.ledger)

    @precondition(lambda self: self.world.place in self.sites)
    @rule()
    def site_is_put_back(self) -> None:
        self.act()
        self._note_mirrors()
        moves.put_site_back(self.world, self.ledger, self.sites[self.world.place])
        self.moved("the blog put back to its backup")

    @rule(poll=st.booleans(), post=CHOICE, parent=CHOICE)
    def numbers_are_given_out_again(self, poll: bool, post: int, parent: int) -> None:
        """A copy is put back, and readers write on at once, perhaps before the bot has looked."""
        self.act()
        backup = moves.back_up_site(self.world, self.ledger)
        for number in range(3):
            self._comment(post, parent + number, long=False, status="approved")
        self._say(post, parent, 1, self._word())
        self.run(self.world.work(poll=True))
        self._note_mirrors()
        moves.put_site_back(self.world, self.ledger, backup)
        if poll:
            self.run(self.world.work())
        for number in range(3):
            self._comment(post, parent + number, long=False, status="approved")
        self.moved("numbers given out again")

    @rule(work=st.integers(1, 3))
    def another_blog_answers(self, work: int) -> None:
        """For a while, and then the right one again."""
        self.act()
        strangers = moves.strangers_for(self.world)
        strangers.before = strangers.contents()
        self.world.answering = strangers.blog
        self.world.clock.advance(SURE_FOR * 1000)
        for _ in range(work):
            self.run(self.world.work())
        assert strangers.contents() == strangers.before, "something of ours went to a stranger's blog"
        self.world.answering = self.world.blog
        self.run(self._again())
        self.moved("another blog at the address")

    async def _again(self) -> None:
        """Another process, which makes sure of the blog anew."""
        await self.world.die()
        await self.world.start()

    @rule(which=CHOICE, fixed=st.booleans())
    def a_text_is_turned_away(self, which: int, fixed: bool) -> None:
        """By something in front of the blog, and for good; perhaps its author writes it otherwise."""
        self.act()
        words = self._word()
        self.world.blog.disliked[words] = "Not like that."
        before = set(self.ledger.said)
        self._say(which, which, 2, words)
        self.run(self.world.work())
        for number in set(self.ledger.said) - before:
            said = self.ledger.said[number]
            said.refused, said.sure = True, False
            if fixed and number in self.world.chat.messages:
                said.words = self._word()
                self.world.chat.member_edits(number, said.words)
            self._unsure_below({number})
        self.moved("one text refused for good")

    # ------------------------------------------------------------ the bot's own

    @rule(mode=MODES)
    def the_rule_changes(self, mode: RelayMode) -> None:
        """What was written until now stays under the rule of its moment; what was on its way goes on or stays."""
        self.act()
        self.run(self.world.work(poll=False))
        self.run(self.world.die())
        for said in self.ledger.said.values():
            said.sure = False if not self._is_there(said.message) else said.sure
        self.world.policy = replace(self.world.policy, relay=mode)
        self.world.clock.advance(1000)
        self.run(self.world.start())
        self.world.clock.advance(1000)
        self.moved("another rule")

    def _is_there(self, message: MessageId) -> bool:
        return any(f"/{message}#" in one.author_url for one in self._relays())

    @rule(ahead=st.sampled_from([-2 * 86_400, -3_600, -10, 10, 3_600, 2 * 86_400, 0]))
    def the_clock_jumps(self, ahead: int) -> None:
        self.act()
        self.world.process.ahead = ahead * 1000
        self.moved("the clock jumped")

    @rule(work=st.integers(1, 3), which=CHOICE, edits=st.booleans(), says=st.booleans())
    def the_bot_is_blind(self, work: int, which: int, edits: bool, says: bool) -> None:
        """Members' content is empty for a while, in events and where it is read, and members go on."""
        self.act()
        self.world.chat.blind = True
        if says:
            self._say(which, which, 1, self._word())
        if edits and (said := self._said(which)) is not None:
            said.words = self._word()
            self.world.chat.member_edits(said.message, said.words)
        for _ in range(work):
            self.run(self.world.work(poll=False))
            self.run(self.world.live(self.world.engine.catch_up()))
        self.world.chat.blind = False
        self.run(self.world.live(self.world.engine.catch_up()))
        self.moved("blind")

    def _must_reach(self, answered: MessageId | None, thread: ThreadId) -> bool:
        self.mode = self.world.policy.relay  # each subscription has its own
        return moves.crosses_by(self.mode, answered) and super()._must_reach(answered, thread)

    async def _quiet(self) -> None:
        for world in self.every_world():
            world.process.ahead = 0
            world.chat.blind = False
        await super()._quiet()

    def every_world(self) -> list[World]:
        return [self.world]


class Moving(Moves):
    """One subscription."""

    @initialize(forum=st.booleans(), cards=st.booleans(), mode=st.sampled_from([RelayMode.REPLIES, RelayMode.ALL]))
    def begin(self, forum: bool, cards: bool, mode: RelayMode) -> None:
        super().begin(forum, cards, mode)


class MovingBeside(Moves, Beside):
    """Two subscriptions on one store: what happens to one is not felt by the other."""

    @initialize(forum=st.booleans(), cards=st.booleans(), mode=st.sampled_from([RelayMode.REPLIES, RelayMode.ALL]))
    def begin(self, forum: bool, cards: bool, mode: RelayMode) -> None:
        super().begin(forum, cards, mode)

    def every_world(self) -> list[World]:
        return self.worlds or [self.world]


@pytest.mark.parametrize("machine", [Moving, MovingBeside])
def test_whose_words_stand_where_in_a_world_that_moves(caplog: pytest.LogCaptureFixture, machine: type[Any]) -> None:
    caplog.set_level(logging.CRITICAL, logger="bot")  # trouble is what this is about
    run_long(machine)
    assert any(fault.startswith("moved: ") for fault in Totals.faults), "the world has moved, or this says nothing"
