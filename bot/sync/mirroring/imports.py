"""Tells an import from news: many posts with old dates at once get no thread before a moderator says so.

Pure but for what it remembers of the last hour. Announces nothing, and asks nobody.
"""

from __future__ import annotations

from collections.abc import Sequence

from bot.core.clocks import has_passed
from bot.core.domain import Millis, Post

OLD = 7 * 86_400_000
"""Milliseconds after which a post that was never seen is an old one; clocks and time zones differ by less."""

WITHIN = 3_600_000
"""Milliseconds within which posts appear at once: an import takes its time."""

HELD_BACK = (
    "Posts with old dates have appeared on the blog, {count} of them at once, as after an import. They get no threads "
    "by themselves, newer posts do. `/post announce` opens one for a post that you choose, `/sync allow-posts` for all."
)


class Brake:
    """``most``: so many posts with an old date may get their threads within an hour."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._appeared: list[Millis] = []

    def held_back(self, new: Sequence[Post], now: Millis) -> tuple[Post, ...]:
        """Those of the new posts that are to wait for a word."""
        old = tuple(post for post in new if now - post.published_at > OLD)
        self._appeared = [at for at in self._appeared if not has_passed(WITHIN, since=at, now=now)]
        self._appeared += [now] * len(old)
        return old if len(self._appeared) > self._most else ()
