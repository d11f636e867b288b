"""Finds out whether a blog is closed to strangers, so that it has to be read with the account's eyes.

Does not judge by what one post or one comment answers: a plugin may keep those for members, in a code of its own or in
WordPress's, and what a stranger may not read there is not to be mirrored.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

from bot.blog.wordpress.rest import Params, Rejected, Rest
from bot.core.errors import CommonthreadError

ROOT = ""
POSTS = "wp/v2/posts"
COMMENTS = "wp/v2/comments"
_LEAST: Params = {"per_page": 1, "_fields": "id"}
_AGAIN_SECONDS = 60.0
"""What was found is believed for so long."""
_OPENED_SECONDS = 300.0
"""So often a blog that was closed is tried as a stranger again."""
_DENIED = (401, 403)


def is_denied(rejected: Rejected) -> bool:
    """Whether the one who asked is not let in, for whatever reason and in whatever code."""
    return rejected.status in _DENIED


@dataclass(frozen=True, slots=True)
class _Found:
    """What a stranger was told, and when (seconds of ``clock``)."""

    denied: bool
    at: float


class Doors:
    """What a blog shows to strangers. ``clock`` counts seconds and never goes back."""

    def __init__(self, clock: Callable[[], float] | None = None) -> None:
        self.closed = False
        """Whether its root and its listings were all denied to strangers when last tried."""
        self._clock = clock or (lambda: asyncio.get_running_loop().time())
        self._found: dict[str, _Found] = {}
        self._tried_at: float | None = None
        self._lock = asyncio.Lock()

    async def are_closed(self, rest: Rest) -> bool:
        """To be asked when something was denied: whether all is. Raises nothing; in doubt it stays as it was."""
        async with self._lock:
            if not self._is_recent(self._tried_at, _AGAIN_SECONDS):
                await self._try(rest)
            return self.closed

    async def look_again(self, rest: Rest) -> None:
        """Now and then: a blog that has opened is read as a stranger again."""
        async with self._lock:
            if self.closed and not self._is_recent(self._tried_at, _OPENED_SECONDS):
                await self._try(rest)

    async def shows(self, rest: Rest, listing: str) -> bool:
        """Whether strangers may list what one of which was denied. Raises what Rest.get raises but for Rejected."""
        async with self._lock:
            found = self._found.get(listing)
            if found is None or not self._is_recent(found.at, _AGAIN_SECONDS):
                try:
                    denied = await self._denies(rest, listing)
                except Rejected:
                    denied = True
                found = self._found[listing] = _Found(denied, self._clock())
            return not found.denied

    async def _try(self, rest: Rest) -> None:
        try:
            closed = True
            for route in (ROOT, POSTS, COMMENTS):
                closed = closed and await self._denies(rest, route)
        except (CommonthreadError, Rejected):
            return
        self.closed, self._tried_at = closed, self._clock()

    async def _denies(self, rest: Rest, route: str) -> bool:
        try:
            await rest.get(route, {"_fields": "name"} if route == ROOT else _LEAST)
        except Rejected as rejected:
            if not is_denied(rejected):
                raise
            return True
        return False

    def _is_recent(self, at: float | None, seconds: float) -> bool:
        return at is not None and self._clock() - at < seconds
