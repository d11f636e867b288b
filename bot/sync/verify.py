"""Hold both sides of a post against each other, node by node. Repairs nothing.

Asks the blog and Discord afresh; the map only says which message ought to show which comment.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from bot.core.domain import CommentId, Mapped, MessageId, Millis, Origin, Place, Standing, Tree
from bot.ports import Blog, Chat, Store
from bot.sync.mirroring.sight import absent, shown_parent

NAMED = 5
"""Faulty comments that a sentence names."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """Nodes on each side and what differs.

    ``waiting`` nodes are still in the outbox, ``set_aside`` ones were deleted on Discord on purpose (by their author,
    with replies that keep their place on the blog; or a mirror by a moderator): neither counts as missing. ``stray``
    ones are gone from the blog but still shown. ``complete``: the blog listed all of its comments.
    """

    title: str
    blog: int
    discord: int
    missing: tuple[CommentId, ...]
    doubled: tuple[CommentId, ...]
    misplaced: tuple[CommentId, ...]
    stray: int
    set_aside: int
    waiting: int
    complete: bool = True

    @property
    def sentence(self) -> str:
        """One line for a person."""
        parts = [
            f"blog {self.blog} {'=' if self.blog == self.discord else '≠'} Discord {self.discord}",
            f"{len(self.missing)} missing{_named(self.missing)}",
            f"{len(self.doubled)} doubled{_named(self.doubled)}",
            f"{len(self.misplaced)} under the wrong parent{_named(self.misplaced)}",
        ]
        if self.stray:
            parts.append(f"{self.stray} gone from the blog but still shown (if that is meant: `/sync allow-removals`)")
        if self.set_aside:
            parts.append(f"{self.set_aside} deleted on Discord on purpose")
        if not self.complete:
            parts.append("the blog lists its comments only in part: what it leaves out is not compared")
        if self.waiting:
            parts.append(f"{self.waiting} on their way")
        return ", ".join(parts)


def _named(comments: tuple[CommentId, ...]) -> str:
    more = ", …" if len(comments) > NAMED else ""
    return f" (comment {', '.join(comments[:NAMED])}{more})" if comments else ""


async def compare(place: Place, store: Store, blog: Blog, chat: Chat, now: Millis) -> Comparison:
    """Fetch the tree and the thread. Raises what the ports raise."""
    tree = await blog.tree(place.post_id, now=now)
    standing = {message.id: "" async for message in chat.history(place, after=None)}
    standing |= {message: marker async for message, marker in chat.mirrors(place)}
    return judge(place, tree, await store.mapped(place), standing, await store.on_their_way(place))


def judge(
    place: Place,
    tree: Tree,
    known: Mapping[CommentId, Mapped],
    standing: dict[MessageId, str],
    waiting: Collection[CommentId],
) -> Comparison:
    """Pure part: the tree, the map, and the messages that really stand in the thread (with their markers)."""
    copies = Counter(marker for marker in standing.values() if marker)
    shown, set_aside, missing, doubled, misplaced = 0, 0, [], [], []
    for comment in tree.comments:
        seen = known.get(comment.id)
        if seen is not None and _is_set_aside(seen):
            set_aside += 1
        elif seen is None or not seen.messages or any(message not in standing for message in seen.messages):
            if comment.id not in waiting:
                missing.append(comment.id)
        else:
            shown += 1
            if any(copies[standing[message]] > 1 for message in seen.messages if standing[message]):
                doubled.append(comment.id)
            wanted = shown_parent(comment.parent_id, known)
            if seen.origin is Origin.BLOG and (seen.shown_parent != wanted or seen.parent_id != comment.parent_id):
                misplaced.append(comment.id)
    unseen = absent(tree, known) if tree.complete else ()
    stray = sum(1 for one in unseen if any(message in standing for message in one.messages))
    return Comparison(
        title=place.title,
        blog=len(tree.comments) - set_aside,
        discord=shown + stray,
        missing=tuple(missing),
        doubled=tuple(doubled),
        misplaced=tuple(misplaced),
        stray=stray,
        set_aside=set_aside,
        waiting=len(waiting),
        complete=tree.complete,
    )


def _is_set_aside(seen: Mapped) -> bool:
    withdrawn = seen.origin is Origin.DISCORD and seen.standing in (Standing.TOMBSTONE, Standing.GONE)
    return withdrawn or seen.standing is Standing.HIDDEN
