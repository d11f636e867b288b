"""Hold both sides of a post against each other, node by node. Repairs nothing.

Asks the blog and Discord afresh; the map only says which message ought to show which comment.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from bot.domain import CommentId, Mapped, MessageId, Millis, Origin, Place, Standing, Tree
from bot.ports import Blog, Chat, Store
from bot.sync.plan import shown_parent


@dataclass(frozen=True, slots=True)
class Comparison:
    """Nodes on each side and what differs. ``waiting`` nodes are still in the outbox and are not counted as missing."""

    title: str
    blog: int
    discord: int
    missing: tuple[CommentId, ...]
    doubled: tuple[CommentId, ...]
    misplaced: tuple[CommentId, ...]
    waiting: int

    @property
    def sentence(self) -> str:
        """One line for a person."""
        parts = [
            f"blog {self.blog} {'=' if self.blog == self.discord else '≠'} Discord {self.discord}",
            f"{len(self.missing)} missing",
            f"{len(self.doubled)} doubled",
            f"{len(self.misplaced)} under the wrong parent",
        ]
        if self.waiting:
            parts.append(f"{self.waiting} on their way")
        return ", ".join(parts)


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
    shown, missing, doubled, misplaced = 0, [], [], []
    for comment in tree.comments:
        seen = known.get(comment.id)
        if seen is None or not seen.messages or any(message not in standing for message in seen.messages):
            if comment.id not in waiting:
                missing.append(comment.id)
            continue
        shown += 1
        if any(copies[standing[message]] > 1 for message in seen.messages if standing[message]):
            doubled.append(comment.id)
        wanted = shown_parent(comment.parent_id, known)
        if seen.origin is Origin.BLOG and (seen.shown_parent != wanted or seen.parent_id != comment.parent_id):
            misplaced.append(comment.id)
    strays = sum(1 for one in known.values() if one.standing is Standing.LIVE) - shown
    return Comparison(
        title=place.title,
        blog=len(tree.comments),
        discord=shown + max(strays, 0),
        missing=tuple(missing),
        doubled=tuple(doubled),
        misplaced=tuple(misplaced),
        waiting=len(waiting),
    )
