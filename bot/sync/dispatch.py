"""The loop that empties the outbox: claim, carry out, record; or put back, or park.

Does not know what an action does. One action of a lane is under way at a time; lanes do not wait for each other.
"""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from bot.actions import Claim, OpenThread, Send
from bot.domain import Millis, Place
from bot.errors import NotAllowed, Permanent, Transient, Unanswered
from bot.ports import Outcome, Store
from bot.sync.execute import Executor
from bot.sync.retry import next_try

log = logging.getLogger(__name__)

AT_ONCE = 64
"""Actions under way over all lanes. Many of them only wait for their turn at Discord, and hold nobody up."""

ODD_FAILURES = 5
"""So often an error that nobody foresaw is tried again before its action is parked."""


@dataclass(frozen=True, slots=True)
class Backfill:
    """How the backlog yields to what is live: ``at_once`` of it under way, and only what need not ``wait`` (seconds).

    An action that waits for its turn keeps its lane, so a live comment of the same thread would wait behind it.
    """

    at_once: int = 8
    wait: Callable[[], float] = lambda: 0.0


class Dispatcher:
    """``opened`` is told of each new thread; ``trouble`` of what a person should look at, once per subject."""

    def __init__(
        self,
        store: Store,
        executor: Executor,
        now: Callable[[], Millis],
        *,
        opened: Callable[[Place], Awaitable[None]],
        trouble: Callable[[Place, str], Awaitable[None]],
        backfill: Backfill | None = None,
    ) -> None:
        self._backfill = backfill or Backfill()
        self._backlog_under_way = 0
        self._store = store
        self._executor = executor
        self._now = now
        self._opened = opened
        self._trouble = trouble
        self._wake = asyncio.Event()
        self._under_way: set[asyncio.Task[None]] = set()

    def wake(self) -> None:
        """Something was queued: look now."""
        self._wake.set()

    async def run(self) -> None:
        """Until cancelled. Actions under way are then cut off; the next start probes for them."""
        try:
            while True:
                self._wake.clear()
                while len(self._under_way) < AT_ONCE and (claim := await self._claim()):
                    self._start(claim)
                await self._rest()
        finally:
            for task in self._under_way:
                task.cancel()
            await asyncio.gather(*self._under_way, return_exceptions=True)

    async def _claim(self) -> Claim | None:
        may = self._backlog_under_way < self._backfill.at_once and self._backfill.wait() <= 0
        return await self._store.claim(self._now(), backfill=may)

    def _start(self, claim: Claim) -> None:
        backlog = isinstance(claim.action, Send) and claim.action.silent
        self._backlog_under_way += backlog
        task = asyncio.create_task(self._carry(claim))
        self._under_way.add(task)

        def landed(task: asyncio.Task[None]) -> None:
            self._under_way.discard(task)
            self._backlog_under_way -= backlog
            self._wake.set()

        task.add_done_callback(landed)

    async def _rest(self) -> None:
        now = self._now()
        due = await self._store.next_due(now)
        waits = [] if due is None else [max((due - now) / 1000, 0.01)]
        if (room := self._backfill.wait()) > 0:
            waits.append(room)
        wait = min(waits, default=None)
        try:
            async with asyncio.timeout(wait):
                await self._wake.wait()
        except TimeoutError:
            pass

    async def _carry(self, claim: Claim) -> None:
        try:
            outcome = await self._executor.carry_out(claim)
        except (Transient, NotAllowed) as error:
            await self._put_back(claim, error)
        except Permanent as error:
            await self._park(claim, error.reason)
        except Exception as error:
            log.exception("action %s of post %s failed in an unforeseen way", claim.action.key, claim.place.post_id)
            if claim.attempts >= ODD_FAILURES:
                await self._park(claim, f"An unforeseen {type(error).__name__}; the log has the details.")
            else:
                await self._put_back(claim, Unanswered(f"An unforeseen {type(error).__name__}."))
        else:
            await self._finish(claim, outcome)

    async def _finish(self, claim: Claim, outcome: Outcome) -> None:
        await self._store.finish(claim, outcome)
        log.info("done: %s of post %s %s", claim.action.key, claim.place.post_id, outcome.note)
        if isinstance(claim.action, OpenThread):
            await self._opened(claim.place)

    async def _put_back(self, claim: Claim, error: Transient | NotAllowed) -> None:
        until = next_try(error, claim.attempts, self._now(), dice=random.random())  # noqa: S311 - spreads retries
        may_have_arrived = isinstance(error, Unanswered)
        await self._store.postpone(claim, until, error.reason, may_have_arrived=may_have_arrived)
        log.warning("put back: %s of post %s: %s", claim.action.key, claim.place.post_id, error.reason)
        if isinstance(error, NotAllowed) and claim.attempts > 1:
            await self._trouble(claim.place, error.reason)

    async def _park(self, claim: Claim, reason: str) -> None:
        await self._store.park(claim, reason)
        log.error("parked: %s of post %s: %s", claim.action.key, claim.place.post_id, reason)
        await self._trouble(claim.place, reason)
