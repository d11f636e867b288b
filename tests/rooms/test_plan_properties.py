"""What holds for every plan, whatever tree and map: it comes to rest, and it never touches what a member wrote.

A plan is carried out by a few lines here, in the words of the map; the real thing is in tests/rooms/test_mirroring.py.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import count

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.core.actions import Edit, Move, Retract, Send, Settle
from bot.core.domain import Comment, CommentId, Mapped, MessageId, Millis, Origin, PostId, Standing, Tree, digest
from bot.ports import RelayChange, Snapshot
from bot.sync.mirroring.plan import Plan, plan
from bot.sync.mirroring.sight import absent, held, shown_parent
from tests.rooms.test_plan import PLACE

IDS = [CommentId(str(number)) for number in range(1, 8)]
START = 10_000_000
LONG = 100_000_000

ids_or_none = st.sampled_from([None, *IDS])
comments = st.builds(
    lambda number, parent, author, at, words: Comment(
        number, PostId("9"), parent, author, Millis(at), words, f"u#{number}"
    ),
    st.sampled_from(IDS),
    ids_or_none,
    st.sampled_from("ab"),
    st.integers(0, 3).map(lambda seconds: seconds * 1000),
    st.sampled_from("xy"),
)


@st.composite
def rows(draw: st.DrawFn) -> Mapped:
    number = draw(st.sampled_from(IDS))
    parts = draw(st.integers(0, 2))
    return Mapped(
        comment_id=number,
        parent_id=draw(ids_or_none),
        origin=draw(st.sampled_from(Origin)),
        author="a",
        digest=digest("a", draw(st.sampled_from("xy"))),
        revision=draw(st.sampled_from([0, 1, 11])),
        standing=draw(st.sampled_from(Standing)),
        messages=tuple(MessageId(int(number) * 10 + part) for part in range(parts)),
        shown_parent=draw(st.sampled_from([None, MessageId(10), MessageId(20)])),
        recorded_at=Millis(draw(st.sampled_from([0, START - 1, START, START + 1]))),
        parent_digest=draw(st.sampled_from(["", "removed", digest("a", "x")])),
    )


@dataclass
class Sides:
    """A blog and a map that can be planned for and carried out on."""

    tree: dict[CommentId, Comment]
    known: dict[CommentId, Mapped]
    said: dict[CommentId, Standing]
    now: int = START

    def plan(self, *, allowed: bool = True, complete: bool = True) -> Plan:
        tree = Tree(PostId("9"), tuple(self.tree.values()), Millis(self.now), complete=complete)
        asked = (*absent(tree, self.known), *held(tree, self.known))
        confirmed = {one.comment_id: self.said.get(one.comment_id, Standing.GONE) for one in asked}
        place = replace(PLACE, removals_allowed=allowed)
        return plan(place, tree, Snapshot(dict(self.known)), confirmed, retract_share=0.3)

    def carry_out(self, made: Plan, numbers: count[int]) -> None:
        chat = [one for one in made.planned if not isinstance(one.action, Settle)]
        for one in sorted(chat, key=lambda one: (one.urgency, one.rank or 0)):
            match one.action:
                case Send(shown, parent, revision) | Edit(shown, parent, revision):
                    known = self.known.get(shown.id)
                    self.known[shown.id] = Mapped(
                        shown.id,
                        shown.parent_id,
                        Origin.BLOG,
                        shown.author,
                        shown.digest,
                        revision,
                        Standing.LIVE,
                        (known.messages if known else ()) or (MessageId(next(numbers)),),
                        shown_parent(shown.parent_id, self.known),
                        Millis(self.now),
                        parent.digest if parent else "",
                    )
                case Retract(comment, revision, tombstone):
                    self._retract(comment, revision, tombstone=tombstone)
        for one in made.planned:
            if isinstance(one.action, Settle):
                self._settle(one.action)
        for fate in made.relay_changes:
            self._change_relay(fate)
        self.now += LONG

    def _retract(self, comment: CommentId, revision: int, *, tombstone: bool) -> None:
        known = self.known[comment]
        kept = known.messages[:1] if tombstone else ()
        gone = Standing.HIDDEN if known.standing is Standing.HIDDEN else Standing.GONE
        standing = Standing.TOMBSTONE if kept else gone
        self._note(replace(known, revision=revision, messages=kept, standing=standing))

    def _settle(self, action: Settle) -> None:
        known = self.known[action.comment_id]
        self.tree.pop(action.comment_id, None)
        standing = Standing.GONE
        if any(one.parent_id == action.comment_id for one in self.tree.values()):
            at = Millis(0)
            words = Comment(action.comment_id, PostId("9"), known.parent_id, known.author, at, "removed", "u")
            self.tree[action.comment_id] = words
            standing = Standing.TOMBSTONE
        self._note(replace(known, revision=action.revision, standing=standing))

    def _change_relay(self, fate: RelayChange) -> None:
        if self.known[fate.mapped.comment_id] == fate.mapped:
            self._note(replace(fate.mapped, standing=fate.standing))

    def _note(self, mapped: Mapped) -> None:
        self.known[mapped.comment_id] = replace(mapped, recorded_at=Millis(self.now))


sides = st.builds(
    lambda tree, known, said: Sides({one.id: one for one in tree}, {one.comment_id: one for one in known}, said),
    st.lists(comments, unique_by=lambda one: one.id),
    st.lists(rows(), unique_by=lambda one: one.comment_id),
    st.dictionaries(st.sampled_from(IDS), st.sampled_from([Standing.LIVE, Standing.HELD, Standing.GONE])),
)


@given(sides)
@settings(deadline=None)
def test_what_was_carried_out_is_not_planned_again(two: Sides) -> None:
    """Reply lines follow what they point at, and tombstones go from the last one up: some looks later there is rest."""
    numbers = count(1000)
    two.now += LONG
    for _ in range(len(IDS) + 3):
        made = two.plan()
        if not made.planned and not made.relay_changes:
            break
        two.carry_out(made, numbers)
    made = two.plan()
    assert (made.planned, made.relay_changes) == ((), ())
    for comment in two.tree.values():
        known = two.known[comment.id]
        if known.origin is Origin.BLOG and known.standing not in (Standing.HIDDEN, Standing.HELD):
            assert (known.standing, known.digest) == (Standing.LIVE, comment.digest), (
                "the mirror shows what readers see"
            )
            assert known.messages
    for known in two.known.values():
        unseen = known.comment_id not in two.tree and two.said.get(known.comment_id) is not Standing.LIVE
        if known.origin is Origin.BLOG and unseen:
            assert known.standing not in (Standing.LIVE, Standing.ARRIVING), "nor what they do not"


@given(sides)
@settings(deadline=None)
def test_no_comment_is_sent_twice_by_two_looks(two: Sides) -> None:
    numbers = count(1000)
    made = two.plan()
    sent = {one.action.comment.id for one in made.planned if isinstance(one.action, Send)}
    two.carry_out(made, numbers)
    again = {one.action.comment.id for one in two.plan().planned if isinstance(one.action, Send)}
    assert not sent & again


@given(sides, st.booleans())
@settings(deadline=None)
def test_a_members_words_are_never_shown_edited_or_retracted_by_us(two: Sides, allowed: bool) -> None:
    made = two.plan(allowed=allowed)
    for one in made.planned:
        match one.action:
            case Send(comment) | Edit(comment):
                about = comment.id
            case Retract(comment_id):
                about = comment_id
            case Settle(comment_id) | Move(comment_id):
                assert two.known[comment_id].origin is Origin.DISCORD
                continue
            case other:
                raise AssertionError(f"a plan has no {other.key}")
        assert about not in two.known or two.known[about].origin is Origin.BLOG
    assert all(one.mapped.origin is Origin.DISCORD for one in made.relay_changes)
    assert all(one.reason for one in made.planned)
    assert all(one.reason for one in made.relay_changes)


@given(sides)
@settings(deadline=None)
def test_parents_go_before_children(two: Sides) -> None:
    """By their place in the plan and by their place in the queue; in a circle of parents somebody has to begin."""
    sends = [one for one in two.plan().planned if isinstance(one.action, Send)]
    for order in (sends, sorted(sends, key=lambda one: (one.urgency, one.rank or 0))):
        place = {one.action.comment.id: number for number, one in enumerate(order) if isinstance(one.action, Send)}
        for child in place:
            parent = two.tree[child].parent_id
            if parent in place and not _is_below_a_circle(child, two.tree):
                assert place[parent] < place[child]


def _is_below_a_circle(comment: CommentId, tree: dict[CommentId, Comment]) -> bool:
    met: set[CommentId] = set()
    step: CommentId | None = comment
    while step is not None and step in tree:
        if step in met:
            return True
        met.add(step)
        step = tree[step].parent_id
    return False


@given(sides)
@settings(deadline=None)
def test_one_decision_for_a_comment(two: Sides) -> None:
    made = two.plan()
    about = [one.action.key.split(":")[1] for one in made.planned]
    about += [one.mapped.comment_id for one in made.relay_changes]
    assert len(about) == len(set(about))


@given(sides)
@settings(deadline=None)
def test_an_incomplete_tree_takes_away_only_what_the_blog_says_is_gone(two: Sides) -> None:
    for one in two.plan(complete=False).planned:
        if isinstance(one.action, Retract):
            known = two.known[one.action.comment_id]
            said = two.said.get(known.comment_id, Standing.GONE)
            assert known.standing is Standing.HIDDEN or said is not Standing.LIVE
            assert known.standing is not Standing.TOMBSTONE
        elif isinstance(one.action, Settle):
            known = two.known[one.action.comment_id]
            assert known.standing is Standing.GONE or known.digest == two.tree[known.comment_id].digest
