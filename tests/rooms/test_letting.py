"""What a blog's hold of a new comment means where relays appear at once: the rule as a table, and over restarts.

Asks no WordPress; tests/whole/test_approved_wordpress.py does.
"""

from __future__ import annotations

import itertools

import pytest

from bot.blog.wordpress.words import links_in, without_own_links
from bot.core.letting import IN_A_ROW, Arrival, Habit, releases
from tests.support.engine_shorthand import Scene, scene

LET_IN, HELD = Arrival.LET_IN, Arrival.HELD


@pytest.mark.parametrize(
    ("passes", "links", "known", "lets_in", "released"),
    [
        (None, 0, False, False, True),  # a newcomer's
        (None, 1, False, True, True),
        (None, 0, True, False, True),  # every comment must be approved there
        (None, 0, True, True, False),  # it lets others through: it is for its words
        *((None, links, known, seen, False) for links, known, seen in itertools.product((2, 9), (0, 1), (0, 1))),
        *((True, links, known, seen, True) for links, known, seen in itertools.product((0, 9), (0, 1), (0, 1))),
        *((False, links, known, seen, False) for links, known, seen in itertools.product((0, 9), (0, 1), (0, 1))),
    ],
)
def test_which_hold_is_lifted(*, passes: bool | None, links: int, known: bool, lets_in: bool, released: bool) -> None:
    assert releases(passes=passes, links=links, known=known, lets_in=lets_in) is released


@pytest.mark.parametrize(
    ("arrivals", "lets_in"),
    [
        ([], False),
        ([(HELD, "ann")], False),
        ([(None, "ann")], False),
        ([(LET_IN, "ann")], True),
        ([(LET_IN, "ann"), (HELD, "ann"), (HELD, "bob")], True),
        ([(LET_IN, "ann"), *[(HELD, "ann")] * 9], True),  # one member's words alone
        ([(LET_IN, "ann"), (HELD, "ann"), (HELD, "bob"), (HELD, "cem")], False),
        ([(LET_IN, "ann"), (HELD, "ann"), (HELD, "bob"), (LET_IN, "dan"), (HELD, "cem")], True),
        ([(LET_IN, "ann"), (HELD, "ann"), (HELD, "bob"), (None, "dan"), (HELD, "cem")], False),
        ([(LET_IN, "ann"), (HELD, "ann"), (HELD, "bob"), (HELD, "cem"), (LET_IN, "dan")], True),
    ],
)
def test_what_is_known_of_a_blog_by_what_it_did(arrivals: list[tuple[Arrival | None, str]], *, lets_in: bool) -> None:
    """Kept and read again after each."""
    habit = Habit()
    for arrival, sender in arrivals:
        habit = Habit.of(str(habit.after(arrival, sender)))
    assert habit.lets_in is lets_in
    assert len(habit.held) < IN_A_ROW


async def public(s: Scene, words: str, member: int = 7) -> bool:
    """Whether readers see what a member says."""
    answered = s.comment("a comment to answer")
    await s.quiet()
    _, relay = await s.relayed(words, s.mirror(answered).id, member=member)
    return relay.status == "approved"


@pytest.mark.parametrize("moderates_all", [True, False], ids=["all must be approved", "newcomers wait"])
async def test_a_known_members_words_appear_at_once(*, moderates_all: bool) -> None:
    async with scene() as s:
        s.blog.tells_words, s.blog.moderates_all = False, moderates_all
        assert [await public(s, words) for words in ("first", "second", "third")] == [True] * 3


async def test_what_lets_members_in_holds_them_for_their_words_alone() -> None:
    """Known over a restart, and until the blog holds several known members one after another."""
    async with scene() as s:
        s.blog.tells_words = False
        s.blog.moderated.add("bad")
        members = (7, 8, 9)
        assert [await public(s, f"word {member}", member) for member in (*members, 7)] == [True] * 4
        await s.world.die()
        await s.world.start()
        assert [await public(s, f"bad {number}") for number in range(4)] == [False] * 4
        s.blog.moderates_all = True
        assert [await public(s, f"fine {member}", member) for member in members] == [False] * 3
        assert [await public(s, f"as fine {member}", member) for member in members] == [True] * 3
        s.blog.moderates_all = False
        assert await public(s, "let in")
        assert not await public(s, "bad again")


def test_links_of_ours_are_not_counted_for_the_member() -> None:
    home = "https://blog.example"
    ours = '<a href="https://discord.com/channels/1/2/3">a</a> <a href="https://blog.example/uploads/b.png">[b]</a>'
    theirs = '<a href="https://blog.example.evil.example/">c</a> https://d.example <a href="https://e.example">e</a>'
    assert links_in(without_own_links(ours, home)) == 0
    assert links_in(ours) == 2
    assert links_in(without_own_links(f"{ours} {theirs}", home)) == 3
