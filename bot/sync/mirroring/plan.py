"""Blog -> Discord: compare a comment tree with the map and say what is to be done in the thread.

Pure: no clock, no network, no database. Remembers nothing; every poll plans from scratch. What the tree means for
comments that carry members' messages is in :mod:`bot.sync.mirroring.plan_relays`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from bot.core.actions import Edit, Parent, Retract, Send, Urgency
from bot.core.domain import Comment, CommentId, Mapped, MessageId, Millis, Origin, Place, Standing, Tree
from bot.ports import Planned, Restanding, Snapshot
from bot.sync.mirroring.plan_relays import absent, gone, restandings, settles

ALWAYS_RETRACTABLE = 3
"""So many mirrors may go at once however short the thread is; beyond, the share counts."""

CALM_REVISIONS = 10
"""After so many edits of one comment each further one waits twice as long: a text that flaps calms down."""

QUOTABLE = 2000
"""Characters of a parent's HTML that travel with a reply: its line quotes the first words alone."""

REMOVED = "removed"
"""Stands for the digest of a parent whose words are not public any more."""

_SHOWN = (Standing.LIVE, Standing.HELD, Standing.TOMBSTONE)


@dataclass(frozen=True, slots=True)
class Plan:
    """What one look at a tree asks for.

    ``excess`` counts retractions if they are more than may go at once, ``withheld`` if they wait for a word.
    """

    planned: tuple[Planned, ...]
    restandings: tuple[Restanding, ...]
    withheld: int
    excess: int


def plan(
    place: Place, tree: Tree, known: Snapshot, confirmed: Mapping[CommentId, Standing], *, retract_share: float
) -> Plan:
    """All actions that make the thread show the tree, parents before children, oldest first.

    ``confirmed`` are absent comments that were asked for by id, with what the blog said of each.
    """
    by_id = {comment.id: comment for comment in tree.comments}
    order = list(parents_first(by_id))
    edits = [Planned(edit) for comment in order if (edit := _edit(comment, by_id, known.mapped, tree.fetched_at))]
    retracts = list(_retracts(tree, known, confirmed))
    excess = _excess(retracts, tree, known, confirmed, retract_share=retract_share)
    withheld = 0 if place.removals_allowed else excess
    return Plan(
        planned=(
            *edits,
            *(() if withheld else (Planned(one) for one in retracts)),
            *(Planned(one) for one in settles(tree, known.mapped)),
            *_sends(place, order, by_id, known),
        ),
        restandings=tuple(restandings(tree, known.mapped, confirmed)),
        withheld=withheld,
        excess=excess,
    )


def parents_first(by_id: Mapping[CommentId, Comment]) -> Iterator[Comment]:
    """Oldest first, but never before its parent. A cycle (the blog accepts one) is entered at its oldest comment."""
    done: set[CommentId] = set()
    for comment in sorted(by_id.values(), key=lambda one: (one.written_at, len(one.id), one.id)):
        chain: dict[CommentId, Comment] = {}
        step: Comment | None = comment
        while step is not None and step.id not in done and step.id not in chain:
            chain[step.id] = step
            step = by_id.get(step.parent_id) if step.parent_id is not None else None
        for one in reversed(chain.values()):
            done.add(one.id)
            yield one


def _sends(
    place: Place, order: list[Comment], by_id: Mapping[CommentId, Comment], known: Snapshot
) -> Iterator[Planned]:
    unsent = [comment for comment in order if _is_unsent(comment, known)]
    urgent = _urgent(unsent, by_id, place, known)
    rank = 0
    for comment in unsent:
        rank = max(comment.written_at, rank + 1)  # a blog's dates count whole seconds: ties keep their order
        seen, live = known.mapped.get(comment.id), comment.id in urgent
        send = Send(
            comment, _parent(comment, by_id, known.mapped), 0 if seen is None else seen.revision + 1, silent=not live
        )
        yield Planned(send, Urgency.LIVE if live else Urgency.BACKFILL, rank)


def _is_unsent(comment: Comment, known: Snapshot) -> bool:
    if comment.relay_of and comment.relay_of in known.pending:
        return False  # a relay whose answer is still on its way
    seen = known.mapped.get(comment.id)
    return seen is None or (seen.origin is Origin.BLOG and seen.standing in (Standing.GONE, Standing.ARRIVING))


def _urgent(
    unsent: list[Comment], by_id: Mapping[CommentId, Comment], place: Place, known: Snapshot
) -> frozenset[CommentId]:
    """Comments that arrived after the first look at the post, each with those of its ancestors that are unsent."""
    if not place.backfilled:
        return frozenset()
    missing = {comment.id for comment in unsent}
    urgent: set[CommentId] = set()
    for comment in unsent:
        if comment.id in known.backlog:
            continue
        step: Comment | None = comment
        while step is not None and step.id in missing and step.id not in urgent:
            urgent.add(step.id)
            step = by_id.get(step.parent_id) if step.parent_id is not None else None
    return frozenset(urgent)


def _parent(comment: Comment, by_id: Mapping[CommentId, Comment], mapped: Mapping[CommentId, Mapped]) -> Parent | None:
    if comment.parent_id is None:
        return None
    if parent := by_id.get(comment.parent_id):
        return Parent(parent.id, parent.author, parent.html[:QUOTABLE], parent.digest)
    if (seen := mapped.get(comment.parent_id)) and seen.standing in _SHOWN:
        return Parent(seen.comment_id, seen.author, "", REMOVED)
    return None  # held, spam or trashed: neither its name nor its words are public


def shown_parent(parent_id: CommentId | None, mapped: Mapping[CommentId, Mapped]) -> MessageId | None:
    """The message that a reply line has to point at: the parent's first part, if it stands on Discord."""
    return first_message(mapped.get(parent_id) if parent_id is not None else None)


def first_message(seen: Mapped | None) -> MessageId | None:
    """Where a mapped comment begins on Discord, if it stands there."""
    return seen.messages[0] if seen is not None and seen.messages and seen.standing in _SHOWN else None


def _edit(
    comment: Comment, by_id: Mapping[CommentId, Comment], mapped: Mapping[CommentId, Mapped], now: Millis
) -> Edit | None:
    seen = mapped.get(comment.id)
    if seen is None or seen.origin is not Origin.BLOG or seen.standing not in (Standing.LIVE, Standing.TOMBSTONE):
        return None
    parent = _parent(comment, by_id, mapped)
    up_to_date = (
        seen.standing is Standing.LIVE
        and bool(seen.messages)
        and seen.digest == comment.digest
        and seen.parent_id == comment.parent_id
        and seen.shown_parent == shown_parent(comment.parent_id, mapped)
        and seen.parent_digest == (parent.digest if parent else "")
    )
    patience = 60_000 * 2 ** min(seen.revision - CALM_REVISIONS, 10) if seen.revision >= CALM_REVISIONS else 0
    if up_to_date or now - seen.recorded_at < patience:
        return None
    return Edit(comment, parent, seen.revision + 1)


def _retracts(tree: Tree, known: Snapshot, confirmed: Mapping[CommentId, Standing]) -> Iterator[Retract]:
    """A leaf disappears; a node that still has shown replies becomes a tombstone, and disappears after the last."""
    going = {one.comment_id for one, _ in gone(tree, known.mapped, confirmed) if one.origin is Origin.BLOG}
    present = {comment.id for comment in tree.comments}
    answered = {comment.parent_id for comment in tree.comments} | {
        one.parent_id
        for one in known.mapped.values()
        if one.standing in (*_SHOWN, Standing.ARRIVING)
        and one.comment_id not in going
        # The blog may have moved it: WordPress does when a parent is deleted for good. A member's message stays where
        # it is, under what it answers.
        and (one.origin is Origin.DISCORD or one.comment_id not in present)
    }
    for one in known.mapped.values():
        if one.origin is not Origin.BLOG:
            continue
        is_left_tombstone = (
            one.standing is Standing.TOMBSTONE
            and one.comment_id not in present
            and one.comment_id not in answered
            and one.recorded_at < tree.fetched_at
        )
        rest_of_a_hidden_one = one.standing is Standing.HIDDEN and one.messages
        if one.comment_id in going:
            yield Retract(one.comment_id, one.revision + 1, tombstone=one.comment_id in answered)
        elif is_left_tombstone or rest_of_a_hidden_one:
            yield Retract(one.comment_id, one.revision + 1, tombstone=False)


def _excess(
    retracts: list[Retract],
    tree: Tree,
    known: Snapshot,
    confirmed: Mapping[CommentId, Standing],
    *,
    retract_share: float,
) -> int:
    """How many mirrors would go at once, if more than the share. Unasked ones count as long as all asked are gone."""
    live = {one.comment_id for one in known.mapped.values() if one.standing in (Standing.LIVE, Standing.ARRIVING)}
    mirrors = {one for one in live if known.mapped[one].origin is Origin.BLOG}
    going = sum(1 for one in retracts if one.comment_id in mirrors)
    missing = {one.comment_id for one in absent(tree, known.mapped)}
    if all(confirmed.get(one) is not Standing.LIVE for one in missing):
        going += len((missing - set(confirmed)) & mirrors)
    allowed = max(ALWAYS_RETRACTABLE, int(len(mirrors) * retract_share))
    return going if going > allowed else 0
