"""What a comment tree says of comments that came from Discord, and which mapped comments it lacks.

Pure. Says nothing about mirrors; see :mod:`bot.sync.mirroring.plan`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from bot.core.actions import Action, Rewrite, SetMark, Settle
from bot.core.domain import CommentId, Mapped, Mark, Origin, Standing, Tree
from bot.ports import Restanding

_ASKED_FOR = (Standing.LIVE, Standing.ARRIVING)

HELD_AT_ONCE = 5
"""Held relays that one look asks for, in turn: few are ever thrown away, and no listing tells of it."""

_MARKS = {Standing.LIVE: Mark.RELAYED, Standing.HELD: Mark.HELD, Standing.HIDDEN: Mark.REMOVED}


def absent(tree: Tree, mapped: Mapping[CommentId, Mapped]) -> tuple[Mapped, ...]:
    """Mapped comments that the tree does not show though it should. Rows younger than the tree are left alone."""
    present = {comment.id for comment in tree.comments}
    return tuple(
        one
        for one in mapped.values()
        if one.comment_id not in present and one.standing in _ASKED_FOR and one.recorded_at < tree.fetched_at
    )


def held(tree: Tree, mapped: Mapping[CommentId, Mapped]) -> tuple[Mapped, ...]:
    """Relays that wait for the blog's moderators, as many as are to be asked for at this look."""
    waiting = [one for one in mapped.values() if one.standing is Standing.HELD and one.recorded_at < tree.fetched_at]
    start = tree.fetched_at // 1000 % max(len(waiting), 1)
    return tuple([*waiting[start:], *waiting[:start]][:HELD_AT_ONCE])


def gone(
    tree: Tree, mapped: Mapping[CommentId, Mapped], confirmed: Mapping[CommentId, Standing]
) -> Iterator[tuple[Mapped, Standing]]:
    """Absent comments that the blog, asked for each, says are not public: HELD or GONE."""
    for one in (*absent(tree, mapped), *held(tree, mapped)):
        said = confirmed.get(one.comment_id, one.standing)
        if said not in (Standing.LIVE, one.standing):
            yield one, said


def restandings(
    tree: Tree, mapped: Mapping[CommentId, Mapped], confirmed: Mapping[CommentId, Standing]
) -> Iterator[Restanding]:
    """Relays that were approved, put back, held again or removed on the blog."""
    for comment in tree.comments:
        seen = mapped.get(comment.id)
        if (
            seen is not None
            and seen.origin is Origin.DISCORD
            and seen.standing in (Standing.HELD, Standing.HIDDEN)
            and seen.recorded_at < tree.fetched_at
        ):
            yield _restanding(seen, Standing.LIVE)
    for one, said in gone(tree, mapped, confirmed):
        if one.origin is Origin.DISCORD:
            yield _restanding(one, Standing.HELD if said is Standing.HELD else Standing.HIDDEN)


def _restanding(seen: Mapped, standing: Standing) -> Restanding:
    """Its author sees a mark; what its author changed in the meantime is looked at."""
    follow_up: list[Action] = []
    for message in seen.messages:
        follow_up.append(SetMark(message, _MARKS[standing], seen.recorded_at))
        if standing is Standing.LIVE:
            follow_up.append(Rewrite(message, seen.recorded_at))
    return Restanding(seen, standing, tuple(follow_up))


def settles(tree: Tree, mapped: Mapping[CommentId, Mapped]) -> Iterator[Settle]:
    """Relays that their author took back, where the blog shows something else: a reply came just before the trash, the
    comment was put back, or the last reply of a tombstone is gone.
    """
    present = {comment.id for comment in tree.comments}
    answered = {comment.parent_id for comment in tree.comments}
    for one in mapped.values():
        if one.origin is not Origin.DISCORD or one.recorded_at >= tree.fetched_at:
            continue
        here, has_replies = one.comment_id in present, one.comment_id in answered
        back = one.standing is Standing.GONE and (here or has_replies)
        lonely = one.standing is Standing.TOMBSTONE and here and not has_replies
        if back or lonely:
            yield Settle(one.comment_id, one.revision + 1)
