"""Blog -> Discord: compare a comment tree with the map and say what is to be done.

Pure: no clock, no network, no database. Remembers nothing; every poll plans from scratch.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

from bot.actions import Edit, Parent, Retract, Send, Urgency
from bot.domain import Comment, CommentId, Mapped, Mark, MessageId, Millis, Origin, Place, Standing, Tree
from bot.ports import Planned
from bot.translate.to_discord import quote

ALWAYS_RETRACTABLE = 3
"""So many mirrors may go at once however short the thread is; beyond, the share counts."""

CALM_REVISIONS = 10
"""After so many edits of one comment each further one waits twice as long: a text that flaps calms down."""

_SHOWN = (Standing.LIVE, Standing.HELD, Standing.TOMBSTONE)


@dataclass(frozen=True, slots=True)
class Restanding:
    """A relay whose fate changed on the blog: what it is now, and the mark that tells its author."""

    mapped: Mapped
    standing: Standing
    mark: Mark


@dataclass(frozen=True, slots=True)
class Plan:
    """What one look at a tree asks for.

    ``withheld`` counts retractions that wait for a moderator's word because they are too many at once.
    """

    planned: tuple[Planned, ...]
    restandings: tuple[Restanding, ...]
    withheld: int


@dataclass(frozen=True, slots=True)
class Known:
    """What the store knows of a post when a plan is made.

    ``pending`` are jump links of messages that are just being written to the blog; ``backlog`` comments that already
    wait as backfill; ``confirmed`` absent comments that were asked for by id, with what the blog said of each.
    """

    mapped: Mapping[CommentId, Mapped]
    pending: Collection[str] = ()
    backlog: Collection[CommentId] = ()
    confirmed: Mapping[CommentId, Standing] | None = None


def absent(tree: Tree, mapped: Mapping[CommentId, Mapped]) -> tuple[Mapped, ...]:
    """Mapped comments that the tree does not show though it should. Rows younger than the tree are left alone."""
    present = {comment.id for comment in tree.comments}
    return tuple(
        known
        for known in mapped.values()
        if known.comment_id not in present
        and known.recorded_at < tree.fetched_at
        and known.standing in (Standing.LIVE, Standing.TOMBSTONE)
    )


def plan(place: Place, tree: Tree, known: Known, *, retract_share: float) -> Plan:
    """All actions that make the thread show the tree, parents before children, oldest first."""
    by_id = {comment.id: comment for comment in tree.comments}
    order = list(parents_first(by_id))
    unsent = [comment for comment in order if _is_unsent(comment, known)]
    urgent = _urgent(unsent, by_id, place, known)
    sends = [
        Planned(
            Send(
                comment,
                _parent(comment, by_id, known.mapped),
                _next_revision(known.mapped.get(comment.id)),
                silent=comment.id not in urgent,
            ),
            Urgency.LIVE if comment.id in urgent else Urgency.BACKFILL,
        )
        for comment in unsent
    ]
    edits = [Planned(edit) for comment in order if (edit := _edit(comment, by_id, known.mapped, tree.fetched_at))]
    retracts = list(_retracts(tree, known))
    shown = sum(1 for one in known.mapped.values() if one.origin is Origin.BLOG and one.standing is Standing.LIVE)
    allowed = max(ALWAYS_RETRACTABLE, int(shown * retract_share))
    withheld = 0 if place.removals_allowed or len(retracts) <= allowed else len(retracts)
    return Plan(
        planned=(*edits, *(() if withheld else (Planned(one) for one in retracts)), *sends),
        restandings=tuple(_restandings(tree, known)),
        withheld=withheld,
    )


def parents_first(by_id: Mapping[CommentId, Comment]) -> Iterator[Comment]:
    """Oldest first, but never before its parent. A cycle (the blog accepts one) is entered at its oldest comment."""
    done: set[CommentId] = set()
    for comment in sorted(by_id.values(), key=lambda one: (one.written_at, len(one.id), one.id)):
        chain: list[Comment] = []
        step: Comment | None = comment
        while step is not None and step.id not in done and step not in chain:
            chain.append(step)
            step = by_id.get(step.parent_id) if step.parent_id is not None else None
        for one in reversed(chain):
            done.add(one.id)
            yield one


def _is_unsent(comment: Comment, known: Known) -> bool:
    if comment.author_url and comment.author_url in known.pending:
        return False  # a relay whose answer is still on its way
    seen = known.mapped.get(comment.id)
    return seen is None or (seen.standing is Standing.GONE and seen.origin is Origin.BLOG)


def _urgent(
    unsent: list[Comment], by_id: Mapping[CommentId, Comment], place: Place, known: Known
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


def _next_revision(seen: Mapped | None) -> int:
    return 0 if seen is None else seen.revision + 1


def _parent(comment: Comment, by_id: Mapping[CommentId, Comment], mapped: Mapping[CommentId, Mapped]) -> Parent | None:
    if comment.parent_id is None:
        return None
    if parent := by_id.get(comment.parent_id):
        return Parent(parent.id, parent.author, quote(parent.html))
    if (seen := mapped.get(comment.parent_id)) and seen.standing in _SHOWN:
        return Parent(seen.comment_id, seen.author, "")
    return None  # held, spam or trashed: neither its name nor its words are public


def shown_parent(parent_id: CommentId | None, mapped: Mapping[CommentId, Mapped]) -> MessageId | None:
    """The message that a reply line has to point at: the parent's first part, if it stands on Discord."""
    seen = mapped.get(parent_id) if parent_id is not None else None
    return seen.messages[0] if seen is not None and seen.messages and seen.standing in _SHOWN else None


def _edit(
    comment: Comment, by_id: Mapping[CommentId, Comment], mapped: Mapping[CommentId, Mapped], now: Millis
) -> Edit | None:
    seen = mapped.get(comment.id)
    if seen is None or seen.origin is not Origin.BLOG or seen.standing not in (Standing.LIVE, Standing.TOMBSTONE):
        return None
    up_to_date = (
        seen.standing is Standing.LIVE
        and seen.digest == comment.digest
        and seen.parent_id == comment.parent_id
        and seen.shown_parent == shown_parent(comment.parent_id, mapped)
    )
    patience = 60_000 * 2 ** min(seen.revision - CALM_REVISIONS, 10) if seen.revision >= CALM_REVISIONS else 0
    if up_to_date or now - seen.recorded_at < patience:
        return None
    return Edit(comment, _parent(comment, by_id, mapped), seen.revision + 1)


def _gone(tree: Tree, known: Known) -> Iterator[tuple[Mapped, Standing]]:
    for one in absent(tree, known.mapped):
        said = Standing.GONE if known.confirmed is None else known.confirmed.get(one.comment_id, Standing.LIVE)
        if said is not Standing.LIVE:
            yield one, said


def _retracts(tree: Tree, known: Known) -> Iterator[Retract]:
    """A leaf disappears; a node that still has shown replies becomes a tombstone, and disappears after the last."""
    going = {one.comment_id for one, _ in _gone(tree, known) if one.origin is Origin.BLOG}
    answered = {comment.parent_id for comment in tree.comments} | {
        one.parent_id for one in known.mapped.values() if one.standing in _SHOWN and one.comment_id not in going
    }
    for one in known.mapped.values():
        if one.comment_id not in going:
            continue
        tombstone = one.comment_id in answered
        if tombstone and one.standing is Standing.TOMBSTONE:
            continue
        yield Retract(one.comment_id, one.revision + 1, tombstone=tombstone)


def _restandings(tree: Tree, known: Known) -> Iterator[Restanding]:
    for comment in tree.comments:
        seen = known.mapped.get(comment.id)
        if (
            seen is not None
            and seen.origin is Origin.DISCORD
            and seen.standing in (Standing.HELD, Standing.HIDDEN)
            and seen.recorded_at < tree.fetched_at
        ):
            yield Restanding(seen, Standing.LIVE, Mark.RELAYED)
    for one, said in _gone(tree, known):
        if one.origin is Origin.DISCORD and one.standing is Standing.LIVE:
            held = said is Standing.HELD
            yield Restanding(one, Standing.HELD if held else Standing.HIDDEN, Mark.HELD if held else Mark.REMOVED)
