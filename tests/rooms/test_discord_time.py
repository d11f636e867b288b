"""Discord's time is what its answers say, whatever the clock of this machine shows; what says nothing tells nothing."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from email.utils import formatdate

import pytest
from discord.http import Route
from hypothesis import given
from hypothesis import strategies as st

from bot.chat import discord_time
from bot.chat.discord_chat import DiscordChat
from bot.chat.discord_time import GOOD_FOR, MACHINES_DIFFER, WHOLE_SECOND, DiscordTime
from bot.chat.pace import Paces
from bot.core.domain import MessageId, Millis
from bot.sandbox.discord import Limits
from tests.support.chat_scene import chat_scene

DAY = 86_400.0
START = 1_700_000_000.0


@dataclass
class Both:
    """``loop`` is what the loop's clock shows, ``discord`` what Discord's does; nobody measures one by the other."""

    loop: float = 5000.0
    discord: float = START
    known: DiscordTime = field(init=False)

    def __post_init__(self) -> None:
        self.known = DiscordTime(clock=lambda: self.loop)

    def pass_by(self, seconds: float) -> None:
        self.loop += seconds
        self.discord += seconds

    def answer(self, there: float = 0.0, back: float = 0.0) -> None:
        """A request that travels so many seconds, and so does its answer."""
        begun = self.loop
        self.pass_by(there)
        date = formatdate(int(self.discord), usegmt=True)
        self.pass_by(back)
        self.known.answered(date, begun)

    @property
    def too_late(self) -> float:
        """Milliseconds between Discord's time and what is believed to be the latest that it can be."""
        latest = self.known.latest()
        assert latest is not None
        return latest - self.discord * 1000


journeys = st.floats(0, 40)


@given(
    part=st.floats(0, 0.999),
    answers=st.lists(st.tuples(st.floats(0, 100), journeys, journeys), min_size=1, max_size=6),
    later=st.floats(0, DAY),
)
def test_it_is_never_later_at_discord(part: float, answers: list[tuple[float, float, float]], later: float) -> None:
    both = Both(discord=START + part)
    for pause, there, back in answers:
        both.pass_by(pause)
        both.answer(there, back)
        slack = WHOLE_SECOND + MACHINES_DIFFER + 1000 * (there + back) + 2
        assert MACHINES_DIFFER - 2 <= both.too_late <= slack
    both.pass_by(later)
    assert both.too_late >= MACHINES_DIFFER - 3


def test_a_slow_answer_says_less_than_a_quick_one_just_before() -> None:
    both = Both()
    both.answer(0.1, 0.1)
    both.pass_by(5)
    both.answer(20, 10)
    assert both.too_late <= WHOLE_SECOND + MACHINES_DIFFER + 200
    both.pass_by(GOOD_FOR)
    both.answer(20, 10)
    assert both.too_late > 20_000, "the quick one is too old to be believed rather"


def test_a_machine_that_slept_believes_the_next_answer() -> None:
    """Its loop's clock stood still meanwhile."""
    both = Both()
    both.answer(0.1, 0.1)
    both.discord += 2 * DAY
    both.answer(3, 3)
    assert MACHINES_DIFFER - 2 <= both.too_late <= 6000 + WHOLE_SECOND + MACHINES_DIFFER


@pytest.mark.parametrize(
    "date", ["", "yesterday", "Mon, 99 Foo 2024 10:00:00 GMT", "Mon, 01 Jan 99999999 10:00:00 GMT"]
)
def test_a_date_that_is_none_tells_nothing(date: str) -> None:
    both = Both()
    both.known.answered(date, both.loop)
    assert both.known.latest() is None


@pytest.mark.parametrize("ahead", [-DAY, DAY])
async def test_the_clock_of_the_machine_does_not_matter_once_discord_has_answered(ahead: float) -> None:
    async with chat_scene("text") as s:
        quick, wrong = Paces.quick(), lambda: time.time() + ahead
        chat = DiscordChat(s.client, style="card", paces=quick, on_fallback=print, now=wrong)
        said = await s.server.post(s.ann, s.channel, "hello")
        assert said.id <= chat.newest_id() < chat.message_at(Millis(int((time.time() + 60) * 1000)))
        assert chat.beside(style="card", on_fallback=print).newest_id() >= said.id


async def test_an_id_that_was_seen_is_no_lower_than_the_newest() -> None:
    async with chat_scene("text") as s:
        future = MessageId(s.chat.message_at(Millis(int((time.time() + DAY) * 1000))))
        s.client.discord_time.seen(future)  # type: ignore[attr-defined]  # the client is ours
        assert s.chat.newest_id() == future


async def test_a_page_of_something_before_discord_tells_no_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """The loopback's pages are dated by this machine; Discord's own answers by its clock, a day ahead here."""
    monkeypatch.setattr(discord_time, "GOOD_FOR", -1.0)  # each answer is believed
    async with chat_scene("text", limits=Limits.relaxed(clock=lambda: time.time() + DAY)) as s:
        before = s.chat.newest_id()
        assert s.chat.moment_of(before) > (time.time() + DAY - 60) * 1000
        s.server.faults.next("GET", ".*", "not-json")
        await s.client.http.request(Route("GET", "/gateway"))
        assert s.chat.newest_id() >= before
