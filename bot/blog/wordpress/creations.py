"""Keeps track of the comments that are being created: a slow blog is left to work, and is not asked a second time.

Does not send by itself. WordPress looks for duplicates before plugins see a comment, and stores it after: while a first
request hangs in between, a second one passes as well.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from bot.blog.web.outcome import Failed
from bot.blog.wordpress.rest import Answer
from bot.core.errors import Doubt, Unanswered

_STILL_AT_WORK = {408, 504, 522, 524}
"""With these a proxy says that it gave up waiting: what stands behind it goes on."""


@dataclass(frozen=True, slots=True)
class Patience:
    """Seconds. After ``wait`` the caller is told that a creation is under way; ``most`` is how long one may take."""

    wait: float = 15.0
    most: float = 150.0


@dataclass(slots=True)
class _Creation:
    """One comment on its way: the request, and since when (seconds of the loop's clock)."""

    request: asyncio.Future[Answer]
    since: float
    lost: bool = False


class Creations:
    """Comments that are being created, and what the blog says to each."""

    def __init__(self, patience: Patience | None = None) -> None:
        self.patience = patience or Patience()
        self._known: dict[str, _Creation] = {}

    async def answer(self, key: str, ask: Callable[[float], Awaitable[Answer]]) -> Answer:
        """What the blog says to ``ask``, which is given how long it may take, and is not called twice at a time.

        ``key`` tells comments apart. An answer that came after the patience was over is given to the next caller.
        Raises Unanswered, UNDER_WAY, while there is none and the blog may be at work; and what ``ask`` raises.
        """
        now = asyncio.get_running_loop().time()
        self._forget(now)
        known = self._known.get(key)
        if known is None:
            known = self._known[key] = _Creation(asyncio.ensure_future(ask(self.patience.most)), now)
            known.request.add_done_callback(lambda request: request.cancelled() or request.exception())
            await asyncio.wait({known.request}, timeout=self.patience.wait)
        if not known.request.done() or known.lost:
            said = "The blog has not answered yet, and may still be at work on this message."
            raise Unanswered(said, doubt=Doubt.UNDER_WAY)
        try:
            answer = known.request.result()
        except Unanswered as error:
            known.lost = _may_go_on(error)
            if not known.lost:
                del self._known[key]
            raise
        except BaseException:
            del self._known[key]
            raise
        del self._known[key]
        return answer

    async def aclose(self) -> None:
        """Wait for nobody any more."""
        requests = [one.request for one in self._known.values()]
        for request in requests:
            request.cancel()
        await asyncio.gather(*requests, return_exceptions=True)
        self._known.clear()

    def _forget(self, now: float) -> None:
        """What no blog is at work on any more."""
        for key, one in list(self._known.items()):
            if one.request.done() and now - one.since >= self.patience.most:
                del self._known[key]


def _may_go_on(error: Unanswered) -> bool:
    """Whether the blog may be at work although the request has ended: the connection broke, or a proxy gave up."""
    if error.doubt is Doubt.TURNED_AWAY:
        return False
    failed = error.__cause__
    return not isinstance(failed, Failed) or failed.status in _STILL_AT_WORK
