"""In which order comments are shown: parents before children, oldest first, what is live before the backlog.

Pure. Does not decide which comments are shown; see :mod:`bot.sync.mirroring.table`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence

from bot.core.domain import Comment, CommentId


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


def ranked(comments: Sequence[Comment]) -> Iterator[tuple[int, Comment]]:
    """Each comment with its place in the queue: when it was written, and after whichever comes before it.

    A blog's dates count whole seconds: ties keep their order.
    """
    rank = 0
    for comment in comments:
        rank = max(comment.written_at, rank + 1)
        yield rank, comment


def live(
    unsent: Sequence[Comment], by_id: Mapping[CommentId, Comment], backlog: Collection[CommentId]
) -> frozenset[CommentId]:
    """Those of the ``unsent`` that are no ``backlog``, each with its ancestors that are unsent: they go first."""
    missing = {comment.id for comment in unsent}
    found: set[CommentId] = set()
    for comment in unsent:
        if comment.id in backlog:
            continue
        step: Comment | None = comment
        while step is not None and step.id in missing and step.id not in found:
            found.add(step.id)
            step = by_id.get(step.parent_id) if step.parent_id is not None else None
    return frozenset(found)
