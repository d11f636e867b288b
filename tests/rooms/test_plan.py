"""The decision table of Blog -> Discord, row by row: the plan itself, from values to values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from itertools import product

import pytest

from bot.core.actions import Edit, Parent, Retract, Rewrite, Send, SetMark, Urgency
from bot.core.domain import (
    ChannelId,
    Comment,
    CommentId,
    GuildId,
    Mapped,
    Mark,
    MessageId,
    Millis,
    Origin,
    Place,
    PostId,
    Standing,
    SubscriptionId,
    ThreadId,
    Tree,
)
from bot.core.signing import Sender
from bot.ports import Planned, RelayChange, Snapshot
from bot.sync.mirroring.plan import Plan, plan
from bot.sync.mirroring.sight import Look, doubted
from bot.sync.mirroring.table import TABLE, Case, Then, always, decide

NOW = Millis(10_000_000)
BLOG, DISCORD = Origin.BLOG, Origin.DISCORD
LIVE, ARRIVING, HELD = Standing.LIVE, Standing.ARRIVING, Standing.HELD
TOMBSTONE, HIDDEN, GONE = Standing.TOMBSTONE, Standing.HIDDEN, Standing.GONE
PLACE = Place(
    1, SubscriptionId(1), PostId("9"), "On walls", "u", ChannelId(7), GuildId(8), ThreadId(100), MessageId(100), "",
    0, 0, backfilled=True, removals_allowed=False,
)  # fmt: skip


def comment(number: int, parent: int | None = None, *, words: str = "words", relay_of: str = "") -> Comment:
    above = None if parent is None else CommentId(str(parent))
    at = Millis(number * 1000)
    return Comment(CommentId(str(number)), PostId("9"), above, "Ann", at, words, f"u#{number}", relay_of=relay_of)


RELAY = comment(3, relay_of="key")
PARENT = comment(4)
IT = comment(5, 4)
ANSWER = comment(6, 5)


def seen(of: Comment, origin: Origin, standing: Standing, **changes: object) -> Mapped:
    """As the map has it when its mirror is up to date."""
    below = of.parent_id is not None
    one = Mapped(
        comment_id=of.id,
        parent_id=of.parent_id,
        origin=origin,
        author=of.author,
        digest=of.digest,
        revision=0,
        standing=standing,
        messages=(MessageId(int(of.id) * 100),),
        shown_parent=MessageId(400) if below else None,
        recorded_at=Millis(1),
        parent_digest=PARENT.digest if below else "",
    )
    return replace(one, **changes)  # type: ignore[arg-type]  # names and types are those of Mapped


ABOVE = seen(PARENT, BLOG, LIVE)


@dataclass(frozen=True)
class Situation:
    """What is to be seen of comment 5 at one look; what its row says, and what comes of it ('' for nothing)."""

    because: str
    expected: str
    there: bool
    known: Mapped | None
    relay_of: str = ""
    said: Standing | None = None
    pending: tuple[str, ...] = ()
    answers: tuple[Comment, ...] = ()
    complete: bool = True
    twice: bool = False
    case: Case = field(init=False)

    def __post_init__(self) -> None:
        known = self.known
        where = (None, None) if known is None else (known.origin, known.standing)
        object.__setattr__(self, "case", Case(self.there, *where))

    @property
    def tree(self) -> Tree:
        sender = Sender.OURS if self.twice else Sender.UNTOLD
        one = replace(IT, relay_of="key" if self.twice else self.relay_of, sender=sender)
        it = (one,) if self.there else ()
        first = (RELAY,) if self.twice else ()
        return Tree(PostId("9"), (*first, PARENT, *it, *self.answers), NOW, complete=self.complete)

    @property
    def snapshot(self) -> Snapshot:
        relay = (seen(RELAY, DISCORD, LIVE, key="key"),) if self.twice else ()
        known = (ABOVE, *relay, *(() if self.known is None else (self.known,)))
        return Snapshot({one.comment_id: one for one in known}, self.pending)

    @property
    def confirmed(self) -> Mapping[CommentId, Standing]:
        return {} if self.said is None else {IT.id: self.said}

    def plan(self) -> Plan:
        return plan(PLACE, self.tree, self.snapshot, self.confirmed, retract_share=0.3)


def situations() -> list[Situation]:
    way, answers = {"relay_of": "key", "pending": ("key",)}, (ANSWER,)
    on_its_way = "it carries a message that is still on its way into the map"
    restless = "it changed a moment ago: an edit waits until it is calm"
    too_new = "the map learnt of it after the tree was fetched"
    unseen, part = "readers do not see it any more", "a part of it was taken away on Discord: the others follow"
    again = "the blog's moderators hold it again"
    waits, thrown = "it waits for the blog's moderators", "the blog's moderators threw it away"
    hidden = "not all of the tree is seen: something may answer it"
    keeps, lonely = "its tombstone keeps the place of what answers it", "nothing answers its tombstone any more"

    def its(origin: Origin, standing: Standing, **changes: object) -> Mapped:
        return seen(IT, origin, standing, **changes)

    def young(origin: Origin, standing: Standing) -> Mapped:
        return its(origin, standing, recorded_at=NOW)

    found = [
        Situation(on_its_way, "", True, None, **way),  # type: ignore[arg-type]  # two fields of a Situation
        Situation("it is new on the blog", "send:5:0", True, None, relay_of="of another bot"),
        Situation("its mirror shows it as it is", "", True, its(BLOG, LIVE)),
        Situation(restless, "", True, its(BLOG, LIVE, digest="old", recorded_at=NOW + 1)),
        Situation(restless, "", True, its(BLOG, LIVE, parent_digest="old", revision=12, recorded_at=NOW - 59_999)),
        Situation("its words or its author's name have changed", "edit:5:1", True, its(BLOG, LIVE, digest="old")),
        Situation("it answers another comment now", "edit:5:1", True, its(BLOG, LIVE, parent_id=None)),
        Situation(
            "what it answers begins with another message now", "edit:5:1", True, its(BLOG, LIVE, shown_parent=None)
        ),
        Situation("what it answers reads otherwise now", "edit:5:1", True, its(BLOG, LIVE, parent_digest="old")),
        Situation("no message shows it", "edit:5:1", True, its(BLOG, LIVE, messages=())),
        Situation(restless, "", True, its(BLOG, TOMBSTONE, recorded_at=NOW + 1)),
        Situation("it is back where its tombstone stands", "edit:5:1", True, its(BLOG, TOMBSTONE)),
        Situation(on_its_way, "", True, its(BLOG, ARRIVING), **way),  # type: ignore[arg-type]  # as above
        Situation("parts of it have not arrived", "send:5:1", True, its(BLOG, ARRIVING)),
        Situation(on_its_way, "", True, its(BLOG, GONE), **way),  # type: ignore[arg-type]  # as above
        Situation("it came back to the blog", "send:5:4", True, its(BLOG, GONE, messages=(), revision=3)),
        Situation("it is gone on both sides", "", False, its(BLOG, GONE)),
        Situation(too_new, "", False, young(BLOG, TOMBSTONE)),
        Situation(keeps, "", False, its(BLOG, TOMBSTONE), answers=answers),
        Situation(hidden, "", False, its(BLOG, TOMBSTONE), complete=False),
        Situation(lonely, "retract:5:1", False, its(BLOG, TOMBSTONE)),
        Situation("what it answers stands again", "move:5:1", True, its(DISCORD, LIVE, wanted_parent=PARENT.id)),
        Situation("what it answers stands again", "move:5:1", True, its(DISCORD, ARRIVING, wanted_parent=PARENT.id)),
        Situation(too_new, "", True, young(DISCORD, HELD), said=LIVE),
        Situation("the blog's moderators approved it", "relay 5 is live", True, its(DISCORD, HELD), said=GONE),
        Situation(waits, "", False, its(DISCORD, HELD)),
        Situation(waits, "", False, its(DISCORD, HELD), said=HELD),
        Situation(waits, "", False, young(DISCORD, HELD), said=GONE),
        Situation(thrown, "relay 5 is hidden", False, its(DISCORD, HELD), said=GONE),
        Situation(too_new, "", True, young(DISCORD, HIDDEN)),
        Situation("it was put back on the blog", "relay 5 is live", True, its(DISCORD, HIDDEN)),
        Situation("it was removed on the blog", "", False, its(DISCORD, HIDDEN)),
        Situation(too_new, "", True, young(DISCORD, GONE)),
        Situation("its author took it back, and the blog shows it", "settle:5:1", True, its(DISCORD, GONE)),
        Situation(too_new, "", False, young(DISCORD, GONE), answers=answers),
        Situation(
            "its author took it back, and the blog shows an answer", "settle:5:1", False, its(DISCORD, GONE),
            answers=answers,
        ),
        Situation("it is gone on both sides", "", False, its(DISCORD, GONE)),
        Situation(too_new, "", True, young(DISCORD, TOMBSTONE)),
        Situation(keeps, "", True, its(DISCORD, TOMBSTONE, digest="taken back"), answers=answers),
        Situation(hidden, "", True, its(DISCORD, TOMBSTONE, digest="taken back"), complete=False),
        Situation(
            "its author took it back, and the blog shows its words again", "settle:5:1", True, its(DISCORD, TOMBSTONE),
            answers=answers,
        ),
        Situation(lonely, "settle:5:1", True, its(DISCORD, TOMBSTONE, digest="taken back")),
        Situation("its tombstone is gone from the blog", "", False, its(DISCORD, TOMBSTONE), answers=answers),
    ]  # fmt: skip
    twice, echo = "the blog has a member's message twice", "it is a second copy of a message that stands in the thread"
    found += [
        Situation(twice, "copy:5:0", True, None, twice=True),
        Situation(twice, "copy:5:1", True, its(BLOG, GONE), twice=True),
        *(Situation(echo, "retract:5:1", True, its(BLOG, one), twice=True) for one in (LIVE, ARRIVING, TOMBSTONE)),
    ]
    for standing in (LIVE, ARRIVING):
        not_asked = "the blog has not been asked for it at this look"
        listed = "the blog shows it, only its listing does not"
        found += [
            Situation(too_new, "", False, young(BLOG, standing), said=GONE),
            Situation(not_asked, "", False, its(BLOG, standing)),
            Situation(listed, "", False, its(BLOG, standing), said=LIVE),
            Situation(
                f"{unseen}; something answers it", "retract:5:1 to a tombstone", False, its(BLOG, standing), said=HELD,
                answers=answers,
            ),
            Situation(unseen, "retract:5:1", False, its(BLOG, standing), said=GONE),
            Situation("it stands on both sides", "", True, its(DISCORD, standing, digest="other")),
            Situation(too_new, "", False, young(DISCORD, standing), said=GONE),
            Situation(not_asked, "", False, its(DISCORD, standing)),
            Situation(listed, "", False, its(DISCORD, standing), said=LIVE),
            Situation(again, "relay 5 is held", False, its(DISCORD, standing), said=HELD),
            Situation("it was removed on the blog", "relay 5 is hidden", False, its(DISCORD, standing), said=GONE),
        ]  # fmt: skip
    for there in (True, False):
        found += [
            Situation(part, "retract:5:1", there, its(BLOG, HIDDEN)),
            Situation("it was taken away on Discord", "", there, its(BLOG, HIDDEN, messages=())),
            Situation(waits, "", there, its(BLOG, HELD), said=HELD),
            Situation(
                f"{thrown}; it is answered", "retract:5:1 to a tombstone", there, its(BLOG, HELD), said=GONE,
                answers=answers,
            ),
            Situation(thrown, "retract:5:1", there, its(BLOG, HELD), said=GONE),
        ]  # fmt: skip
    return found


SITUATIONS = situations()


def words_of(one: Planned | RelayChange) -> str:
    if isinstance(one, RelayChange):
        return f"relay {one.mapped.comment_id} is {one.standing.value}"
    to_tombstone = isinstance(one.action, Retract) and one.action.tombstone
    return one.action.key + (" to a tombstone" if to_tombstone else "")


def about_it(made: Plan) -> list[tuple[str, str]]:
    """What is planned for comment 5, with its reason."""
    every: tuple[Planned | RelayChange, ...] = (*made.planned, *made.relay_changes)
    told = [(words_of(one), one.reason) for one in every]
    return [(words, reason) for words, reason in told if ":5:" in words or words.startswith("relay 5 ")]


@pytest.mark.parametrize("it", SITUATIONS, ids=lambda it: f"{it.case.origin}-{it.case.standing}: {it.because}")
def test_each_row_plans_what_it_says_for_the_reason_it_gives(it: Situation) -> None:
    assert decide(Look(it.tree, it.snapshot, it.confirmed).at(IT.id)).because == it.because
    assert about_it(it.plan()) == ([(it.expected, it.because)] if it.expected else [])


def test_no_row_goes_untried() -> None:
    rows = {(one, row.because) for cases, all_rows in TABLE for one in cases for row in all_rows}
    assert rows == {(it.case, it.because) for it in SITUATIONS}


def test_the_table_is_complete() -> None:
    """Every comment that a look may meet has a row; the last of a case is for whatever else is to be seen."""
    every = {Case(there, origin, standing) for there, origin, standing in product((True, False), Origin, Standing)}
    named = [one for cases, _ in TABLE for one in cases]
    assert set(named) == every | {Case(True, None, None)}
    assert len(named) == len(set(named)), "one case, one list of rows"
    for cases, rows in TABLE:
        assert [row.when is always for row in rows] == [False] * (len(rows) - 1) + [True], cases
        assert len({row.because for row in rows}) == len(rows), "a reason tells the rows of a case apart"


def test_a_members_message_is_never_sent_edited_or_retracted_by_the_table() -> None:
    touching = (Then.SEND, Then.EDIT, Then.RETRACT, Then.RETRACT_TO_TOMBSTONE, Then.TAKE_COPY_AWAY)
    for cases, rows in TABLE:
        if any(one.origin is DISCORD for one in cases):
            assert not [row for row in rows if row.then in touching]
        else:
            assert not [row for row in rows if row.then in set(Then) - {*touching, Then.NOTHING}]


# ---------------------------------------------------------------- what the actions carry


def planned(tree: list[Comment], known: list[Mapped] | None = None, **changes: object) -> Plan:
    snapshot = Snapshot({one.comment_id: one for one in known or []})
    place = replace(PLACE, **changes)  # type: ignore[arg-type]  # names and types are those of Place
    return plan(place, Tree(PostId("9"), tuple(tree), NOW), snapshot, {}, retract_share=0.3)


def test_a_reply_carries_what_its_line_may_say() -> None:
    long = replace(PARENT, html="x" * 5000)
    (_, child) = planned([long, IT]).planned
    assert isinstance(child.action, Send)
    assert child.action.parent == Parent(PARENT.id, "Ann", "x" * 2000, long.digest)
    (orphan,) = planned([IT], [seen(PARENT, BLOG, TOMBSTONE)]).planned
    assert isinstance(orphan.action, Send)
    assert orphan.action.parent == Parent(PARENT.id, "Ann", "", "removed"), "its words are gone, its place is not"
    (stray,) = planned([IT], [seen(PARENT, BLOG, GONE)]).planned
    assert isinstance(stray.action, Send)
    assert stray.action.parent is None


def test_a_late_parent_moves_the_reply_line_of_its_child() -> None:
    child = seen(IT, BLOG, LIVE, shown_parent=None, parent_digest="")
    (edit,) = planned([PARENT, IT], [ABOVE, child]).planned
    assert edit.action == Edit(IT, Parent(PARENT.id, "Ann", "words", PARENT.digest), 1)


def test_the_first_look_is_backlog_and_silent_later_ones_are_live() -> None:
    first = planned([PARENT, IT], backfilled=False).planned
    assert [(one.urgency, one.rank) for one in first] == [(Urgency.BACKFILL, 4000), (Urgency.BACKFILL, 5000)]
    assert all(isinstance(one.action, Send) and one.action.silent for one in first)
    later = planned([PARENT, IT]).planned
    assert [one.urgency for one in later] == [Urgency.LIVE, Urgency.LIVE]


def test_a_relays_author_sees_what_became_of_it() -> None:
    relay = seen(IT, DISCORD, HELD, messages=(MessageId(77),), recorded_at=Millis(5))
    (approved,) = planned([PARENT, IT], [ABOVE, relay]).relay_changes
    assert approved.follow_up == (SetMark(MessageId(77), Mark.RELAYED, 5), Rewrite(MessageId(77), 5))


@pytest.mark.parametrize(
    ("revision", "age", "waits"),
    [(0, -1, True), (0, 0, False), (12, -1, True), (12, 59_999, True), (12, 60_000, False)],
)
def test_a_reply_line_whose_parent_flaps_calms_down(revision: int, age: int, waits: bool) -> None:
    known = seen(IT, BLOG, LIVE, parent_digest="old", revision=revision, recorded_at=Millis(NOW - age))
    assert bool(planned([PARENT, IT], [ABOVE, known]).planned) is not waits


@pytest.mark.parametrize("revision", [0, 9, 10, 12, 20, 500])
@pytest.mark.parametrize("age", [0, 1, 30_000, 10**9])
def test_no_earlier_edit_delays_the_words_of_an_author(revision: int, age: int) -> None:
    known = seen(IT, BLOG, LIVE, digest="old", revision=revision, recorded_at=Millis(NOW - age))
    assert planned([PARENT, IT], [ABOVE, known]).planned


# ---------------------------------------------------------------- what keeps the place of a comment that is gone


def kept(answer: Mapped, *tree: Comment, **confirmed: Standing) -> list[str]:
    """What is planned of comment 5, which stands as a tombstone and is answered by ``answer``."""
    five = seen(IT, BLOG, TOMBSTONE)
    snapshot = Snapshot({one.comment_id: one for one in (ABOVE, five, answer)})
    said = {CommentId(one.removeprefix("comment_")): standing for one, standing in confirmed.items()}
    made = plan(PLACE, Tree(PostId("9"), (PARENT, *tree), NOW), snapshot, said, retract_share=0.3)
    return [words for words, _ in about_it(made)]


def test_an_answer_of_the_thread_keeps_a_tombstone_wherever_the_blog_moved_its_comment() -> None:
    moved = comment(6, 4)
    assert kept(seen(ANSWER, DISCORD, LIVE), moved) == [], "a member's message stays under what it answers"
    assert kept(seen(ANSWER, BLOG, LIVE), moved) == ["retract:5:1"], "a mirror follows its comment"


def test_an_answer_that_goes_too_keeps_no_tombstone() -> None:
    gone = seen(ANSWER, BLOG, LIVE)
    assert kept(gone) == [], "as long as the blog was not asked for it"
    assert kept(gone, comment_6=LIVE) == []
    assert kept(gone, comment_6=GONE) == ["retract:5:1"]
    assert kept(seen(ANSWER, DISCORD, LIVE), comment_6=GONE) == [], "nothing takes a member's message away"


# ---------------------------------------------------------------- a tree that is not all there


def test_what_an_incomplete_tree_leaves_out_is_quoted_as_it_was() -> None:
    snapshot = Snapshot({one.comment_id: one for one in (ABOVE, seen(IT, BLOG, LIVE))})
    for complete, expected in ((False, []), (True, ["edit:5:1"])):
        made = plan(PLACE, Tree(PostId("9"), (IT,), NOW, complete=complete), snapshot, {}, retract_share=0.3)
        assert [words for words, _ in about_it(made)] == expected


@pytest.mark.parametrize(("complete", "at_once"), [(True, 50), (False, 5)])
def test_every_absent_comment_is_asked_for_in_its_turn(complete: bool, at_once: int) -> None:
    mapped = {one.id: seen(one, BLOG, LIVE) for one in map(comment, range(1, 121))}
    asked: set[CommentId] = set()
    for look in range(400):
        tree = Tree(PostId("9"), (), Millis(NOW + look * 60_000), complete=complete)
        now = [one.comment_id for one in doubted(tree, mapped)]
        assert len(now) == at_once
        asked.update(now)
    assert asked == set(mapped)


def test_what_an_incomplete_tree_leaves_out_goes_when_the_blog_says_so_of_it() -> None:
    every = [comment(number) for number in range(1, 21)]
    known = Snapshot({one.id: seen(one, BLOG, LIVE) for one in every})
    made = plan(PLACE, Tree(PostId("9"), (), NOW, complete=False), known, {every[0].id: GONE}, retract_share=0.3)
    assert (made.withheld, [one.action.key for one in made.planned]) == (0, ["retract:1:1"])


# ---------------------------------------------------------------- too much at once


def thread_of(length: int, *, missing: int, asked: int, allowed: bool = False) -> Plan:
    every = [comment(number) for number in range(1, length + 1)]
    known = Snapshot({one.id: seen(one, BLOG, LIVE) for one in every})
    gone = {one.id: GONE for one in every[:asked]}
    tree = Tree(PostId("9"), tuple(every[missing:]), NOW)
    return plan(replace(PLACE, removals_allowed=allowed), tree, known, gone, retract_share=0.3)


@pytest.mark.parametrize(
    ("length", "missing", "asked", "withheld"),
    [(3, 3, 3, 0), (20, 6, 6, 0), (20, 7, 7, 7), (20, 7, 2, 7), (200, 61, 50, 61), (4, 4, 4, 4)],
)
def test_more_than_the_share_waits_for_a_word(length: int, missing: int, asked: int, withheld: int) -> None:
    made = thread_of(length, missing=missing, asked=asked)
    assert (made.withheld, made.excess, len(made.planned)) == (withheld, withheld, 0 if withheld else asked)
    after_a_word = thread_of(length, missing=missing, asked=asked, allowed=True)
    assert (after_a_word.withheld, after_a_word.excess, len(after_a_word.planned)) == (0, withheld, asked)


def test_one_that_the_blog_still_shows_speaks_for_those_that_were_not_asked_for() -> None:
    every = [comment(number) for number in range(1, 21)]
    known = Snapshot({one.id: seen(one, BLOG, LIVE) for one in every})
    tree = Tree(PostId("9"), tuple(every[9:]), NOW)
    made = plan(PLACE, tree, known, {every[0].id: GONE, every[1].id: LIVE}, retract_share=0.3)
    assert (made.withheld, [one.action.key for one in made.planned]) == (0, ["retract:1:1"])
