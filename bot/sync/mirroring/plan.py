"""Blog -> Discord: compare a comment tree with the map and say what is to be done, in which order, and why.

Pure: no clock, no network, no database. Remembers nothing; every poll plans from scratch. What is decided about each
comment stands in :mod:`bot.sync.mirroring.table`; here the decisions become actions, and too many removals are stopped.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from bot.core.actions import Action, Edit, Move, Retract, Rewrite, Send, SetMark, Settle, TakeCopyAway, Urgency
from bot.core.domain import Comment, CommentId, Mapped, Mark, Origin, Place, Standing, Tree
from bot.ports import Planned, RelayChange, Snapshot
from bot.sync.mirroring.order import live, parents_first, ranked
from bot.sync.mirroring.sight import Look, absent
from bot.sync.mirroring.table import Row, Then, decide

ALWAYS_RETRACTABLE = 3
"""So many mirrors may go at once however short the thread is; beyond, the share counts."""

_NOTED = {
    Then.NOTE_APPROVED: (Standing.LIVE, Mark.RELAYED),
    Then.NOTE_HELD: (Standing.HELD, Mark.HELD),
    Then.NOTE_REMOVED: (Standing.HIDDEN, Mark.REMOVED),
}
"""What a relay is from now on, and the mark that tells its author."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What one look at a tree asks for.

    ``excess`` counts retractions if they are more than may go at once, ``withheld`` if they wait for a word.
    """

    planned: tuple[Planned, ...]
    relay_changes: tuple[RelayChange, ...]
    withheld: int
    excess: int


def plan(
    place: Place, tree: Tree, known: Snapshot, confirmed: Mapping[CommentId, Standing], *, retract_share: float
) -> Plan:
    """All actions that make the thread show the tree, parents before children, oldest first.

    ``confirmed`` are absent comments that were asked for by id, with what the blog said of each.
    """
    look = Look(tree, known, confirmed)
    decided = {comment: decide(sight) for comment, sight in look.sights()}
    order = list(parents_first(look.by_id))
    retracts = [Planned(one, reason=why) for one, why in _retracts(known.mapped, decided)]
    excess = _excess(retracts, look, retract_share=retract_share)
    withheld = 0 if place.removals_allowed else excess
    return Plan(
        planned=(
            *_edits(order, look, decided),
            *(() if withheld else retracts),
            *_settles(known.mapped, decided),
            *_moves(known.mapped, decided),
            *_copies(look, decided),
            *_sends(place, order, look, decided),
        ),
        relay_changes=tuple(_relay_changes(known.mapped, decided)),
        withheld=withheld,
        excess=excess,
    )


def _edits(order: list[Comment], look: Look, decided: Mapping[CommentId, Row]) -> Iterator[Planned]:
    for comment in order:
        row, seen = decided[comment.id], look.known.mapped.get(comment.id)
        if row.then is Then.EDIT and seen is not None:
            yield Planned(Edit(comment, look.parent_of(comment), seen.revision + 1), reason=row.because)


def _retracts(mapped: Mapping[CommentId, Mapped], decided: Mapping[CommentId, Row]) -> Iterator[tuple[Retract, str]]:
    for comment, seen in mapped.items():
        row = decided[comment]
        if row.then in (Then.RETRACT, Then.RETRACT_TO_TOMBSTONE):
            tombstone = row.then is Then.RETRACT_TO_TOMBSTONE
            yield Retract(comment, seen.revision + 1, tombstone=tombstone), row.because


def _settles(mapped: Mapping[CommentId, Mapped], decided: Mapping[CommentId, Row]) -> Iterator[Planned]:
    for comment, seen in mapped.items():
        if (row := decided[comment]).then is Then.SETTLE:
            yield Planned(Settle(comment, seen.revision + 1), reason=row.because)


def _copies(look: Look, decided: Mapping[CommentId, Row]) -> Iterator[Planned]:
    for number in look.copies:
        if (row := decided[number]).then is Then.TAKE_COPY_AWAY:
            seen = look.known.mapped.get(number)
            revision = 0 if seen is None else seen.revision + 1
            yield Planned(TakeCopyAway(number, revision, look.by_id[number].relay_of), reason=row.because)


def _moves(mapped: Mapping[CommentId, Mapped], decided: Mapping[CommentId, Row]) -> Iterator[Planned]:
    for comment, seen in mapped.items():
        row = decided[comment]
        if row.then is Then.MOVE and seen.wanted_parent is not None:
            yield Planned(Move(comment, seen.revision + 1, seen.wanted_parent), reason=row.because)


def _sends(place: Place, order: list[Comment], look: Look, decided: Mapping[CommentId, Row]) -> Iterator[Planned]:
    """At the first look all is backlog; later, what was not backlog before goes first, with what it answers."""
    unsent = [comment for comment in order if decided[comment.id].then is Then.SEND]
    first = live(unsent, look.by_id, look.known.backlog) if place.backfilled else frozenset()
    for rank, comment in ranked(unsent):
        seen, is_live = look.known.mapped.get(comment.id), comment.id in first
        send = Send(comment, look.parent_of(comment), 0 if seen is None else seen.revision + 1, silent=not is_live)
        urgency = Urgency.LIVE if is_live else Urgency.BACKFILL
        yield Planned(send, urgency, rank, reason=decided[comment.id].because)


def _relay_changes(mapped: Mapping[CommentId, Mapped], decided: Mapping[CommentId, Row]) -> Iterator[RelayChange]:
    """A relay's author sees a mark; what its author changed while it was not public is looked at when it is again."""
    for comment, seen in mapped.items():
        row = decided[comment]
        if row.then not in _NOTED:
            continue
        standing, mark = _NOTED[row.then]
        follow_up: list[Action] = []
        for message in seen.messages:
            follow_up.append(SetMark(message, mark, seen.recorded_at))
            if standing is Standing.LIVE:
                follow_up.append(Rewrite(message, seen.recorded_at))
        yield RelayChange(seen, standing, tuple(follow_up), reason=row.because)


def _excess(retracts: list[Planned], look: Look, *, retract_share: float) -> int:
    """How many mirrors would go at once, if more than the share.

    Those that were not asked for count as long as all asked are gone, unless the tree is known to lack some.
    """
    mapped, confirmed = look.known.mapped, look.confirmed
    public = {one.comment_id for one in mapped.values() if one.standing in (Standing.LIVE, Standing.ARRIVING)}
    mirrors = {one for one in public if mapped[one].origin is Origin.BLOG}
    going = sum(1 for one in retracts if isinstance(one.action, Retract) and one.action.comment_id in mirrors)
    missing = {one.comment_id for one in absent(look.tree, mapped)}
    if look.tree.complete and all(confirmed.get(one) is not Standing.LIVE for one in missing):
        going += len((missing - set(confirmed)) & mirrors)
    allowed = max(ALWAYS_RETRACTABLE, int(len(mirrors) * retract_share))
    return going if going > allowed else 0
