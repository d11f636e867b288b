"""The loop that empties the outbox: claim, carry out, record; or put back, or park.

Does not know what an action does. One action of a queue is under way at a time; queues do not wait for each other.
"""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass

from bot.core.actions import Claim, Queue
from bot.core.clocks import has_passed
from bot.core.domain import Millis, Place, SubscriptionId
from bot.core.errors import (
    CommonthreadError,
    Crowded,
    NotAllowed,
    NotUnderstood,
    Permanent,
    PlaceVanished,
    StoreFailed,
    Transient,
    Unanswered,
)
from bot.ports import Claimed, Claims, Outcome
from bot.ports.observer import Attempted, Observer, Result, Unforeseen
from bot.sync.observers import whereabouts
from bot.sync.outbox.execute import Executor
from bot.sync.outbox.retry import is_turned_away_for_good, next_try
from bot.sync.relaying.parentage import Waits
from bot.sync.trouble import Trouble

AT_ONCE = {Queue.CHAT: 64, Queue.BLOG: 8, Queue.MARKS: 16, Queue.PROGRESS: 4, Queue.MODERATORS: 1}
"""Actions of a subscription under way in all its queues of a name. Many only wait for their turn at Discord."""

AT_A_TIME = 16
"""Actions claimed in one transaction: others wait for the database no longer than that takes."""

ATTEMPTS_BEFORE_YIELDING = 6
"""After so many attempts an action that fails by itself no longer holds up its queue."""

ATTEMPTS_AT_THE_UNFORESEEN = 5
"""So often an error that nobody foresaw is tried again before its action is parked."""

LET_GO_EVERY = 10_000
"""Milliseconds between two times at which all that waits in queues of a name is let go: most of it may still fail."""


@dataclass(frozen=True, slots=True)
class BacklogPace:
    """How the backlog yields to what is live: ``at_once`` of it under way, and only what need not ``wait`` (seconds).

    An action that waits for its turn keeps its queue, so a live comment of the same thread would wait behind it.
    """

    at_once: int = 8
    wait: Callable[[], float] = lambda: 0.0


class Dispatcher:
    """``opened`` is told of each new thread, ``done`` of each action; ``trouble`` of what a person should look at.

    ``held``: rows of posts of which nothing is carried out yet; None while nothing is at all.
    """

    def __init__(
        self,
        store: Claims,
        subscription: SubscriptionId,
        executor: Executor,
        now: Callable[[], Millis],
        *,
        opened: Callable[[Place], Awaitable[None]],
        done: Callable[[Claim], Awaitable[None]],
        trouble: Trouble,
        observer: Observer,
        backfill: BacklogPace | None = None,
        held: Callable[[], Collection[int] | None] = tuple,
    ) -> None:
        self._held = held
        self._pace = backfill or BacklogPace()
        self._store = store
        self._subscription = subscription
        self._executor = executor
        self._now = now
        self._opened = opened
        self._done = done
        self._trouble = trouble
        self._observer = observer
        self._wake = asyncio.Event()
        self._under_way: dict[asyncio.Task[None], Claim] = {}
        self._failed: BaseException | None = None
        self._may_be_cut_off = True
        self._next_due: Millis | None = None
        self._let_go_at: dict[Queue, Millis] = {}
        self._passed: dict[Queue, Millis] = {}

    def wake(self) -> None:
        """Something was queued: look now."""
        self._wake.set()

    async def run(self) -> None:
        """Until cancelled. Actions under way are then cut off; the next start probes for them.

        Raises what the store raises: nothing can be relied on then, and whoever runs it has to start anew.
        """
        self._failed = None
        await self._release()
        try:
            while True:
                self._wake.clear()
                await self._start_due()
                await self._rest()
        finally:
            await self._cut_off()

    async def drain(self) -> None:
        """Carry out what is due, and what becomes due by that; then return."""
        await self._release()
        try:
            while True:
                self._wake.clear()
                await self._start_due()
                if not self._under_way:
                    return
                await self._wake.wait()
        finally:
            await self._cut_off()

    async def _release(self) -> None:
        """What a dead process, or a run of this one that was cut off, left under way may have arrived."""
        if self._may_be_cut_off:
            await self._store.release(self._subscription)
            self._may_be_cut_off = False

    async def _start_due(self) -> None:
        if self._failed is not None:
            raise self._failed
        while True:
            claimed = await self._claim()
            for claim in claimed.claims:
                task = asyncio.create_task(self._carry(claim))
                self._under_way[task] = claim
                task.add_done_callback(self._landed)
            if len(claimed.claims) < AT_A_TIME:
                self._next_due = claimed.next_due
                return

    async def _claim(self) -> Claimed:
        """Of a backlog no more than may be under way: what is claimed waits for its turn at Discord."""
        under_way = [claim.action for claim in self._under_way.values()]
        busy = Counter(action.traits.queue for action in under_way)
        free = {queue: most - busy[queue] for queue, most in AT_ONCE.items()}
        backlog = self._pace.at_once - sum(action.is_backlog for action in under_way) if self._pace.wait() <= 0 else 0
        if (held := self._held()) is None:
            return Claimed((), None)
        return await self._store.claim(
            self._subscription, self._now(), free, backlog=backlog, most=AT_A_TIME, without=held
        )

    def _landed(self, task: asyncio.Task[None]) -> None:
        del self._under_way[task]
        if not task.cancelled() and (error := task.exception()) is not None:
            self._failed = self._failed or error
        self._wake.set()

    async def _cut_off(self) -> None:
        self._may_be_cut_off = True
        under_way = list(self._under_way)
        for task in under_way:
            task.cancel()
        await asyncio.gather(*under_way, return_exceptions=True)

    async def _rest(self) -> None:
        due = self._next_due
        waits = [] if due is None else [max((due - self._now()) / 1000, 0.01)]
        if (seconds := self._pace.wait()) > 0:
            waits.append(seconds)
        wait = min(waits, default=None)
        try:
            async with asyncio.timeout(wait):
                await self._wake.wait()
        except TimeoutError:
            pass

    async def _carry(self, claim: Claim) -> None:
        begun = self._now()
        try:
            outcome = await self._executor.carry_out(claim)
        except PlaceVanished as error:
            await self._lose(claim, error, begun)
        except (Transient, NotAllowed, NotUnderstood) as error:
            if self._is_turned_away_for_good(claim, error) and claim.action.traits.queue is not Queue.BLOG:
                await self._park(claim, Permanent(error.reason), begun)
            else:
                await self._put_back(claim, error, begun)
        except Permanent as error:
            await self._park(claim, error, begun)
        except StoreFailed:
            raise  # nothing can be noted, of this action or of any other
        except Exception as error:
            self._observer.hear(Unforeseen(whereabouts(claim.place, claim.action.subject), claim.action.key, error))
            if claim.attempts >= ATTEMPTS_AT_THE_UNFORESEEN:
                parked = Permanent(f"An unforeseen {type(error).__name__}; the log has the details.")
                await self._park(claim, parked, begun)
            else:
                await self._put_back(claim, Unanswered(f"An unforeseen {type(error).__name__}."), begun)
        else:
            await self._finish(claim, outcome, begun)

    def _tell(self, claim: Claim, result: Result, begun: Millis, why: CommonthreadError | str) -> None:
        """``why``: what went wrong, or what there is to note."""
        reason, error = (why, None) if isinstance(why, str) else (why.reason, why)
        now, action = self._now(), claim.action
        waited, took = (now - claim.queued_at) / 1000, (now - begun) / 1000
        where = whereabouts(claim.place, action.subject, error)
        kind, key = action.traits.kind, action.key
        self._observer.hear(Attempted(where, kind, key, result, claim.attempts, waited, took, reason))

    async def _finish(self, claim: Claim, outcome: Outcome, begun: Millis) -> None:
        try:
            await self._store.finish(claim, outcome)
        except Permanent as error:  # the far side has it; this one waits for a person, and the others go on
            await self._park(claim, error, begun)
            return
        self._passed[claim.action.traits.queue] = self._now()
        if claim.attempts > 1:
            await self._let_go(claim.action.traits.queue)
        await self._trouble.over(claim.place, f"{claim.action.traits.kind} waits")
        await self._trouble.over(claim.place, f"parked {claim.action.key}")
        self._tell(claim, Result.DONE, begun, outcome.note)
        await self._done(claim)
        if outcome.opened is not None:
            await self._trouble.over(claim.place, "lost")
            await self._opened(claim.place)

    async def _let_go(self, queue: Queue) -> None:
        """What failed has worked: whatever else was put back may work as well, and is not to wait any longer."""
        if has_passed(LET_GO_EVERY, since=self._let_go_at.get(queue, Millis(0)), now=self._now()):
            self._let_go_at[queue] = self._now()
            await self._store.hasten(self._subscription, queue=queue)

    async def _put_back(self, claim: Claim, error: Transient | NotAllowed | NotUnderstood, begun: Millis) -> None:
        until = next_try(error, claim.attempts, self._now(), dice=random.random())  # noqa: S311 - spreads retries
        waits = isinstance(error, Waits)
        lasts = not waits and claim.attempts > (1 if isinstance(error, NotAllowed) else ATTEMPTS_BEFORE_YIELDING)
        if lasts:
            await self._show_waiting(claim)
        fails_by_itself = isinstance(error, Unanswered | NotUnderstood) and claim.attempts >= ATTEMPTS_BEFORE_YIELDING
        stands_alone = isinstance(error, Unanswered) and not error.holds_up_others
        await self._store.postpone(
            claim,
            until,
            error.reason,
            may_have_arrived=_in_doubt(claim, error),
            yields=waits or fails_by_itself or stands_alone or claim.action.traits.gives_way,
        )
        self._tell(claim, Result.WAITS if waits else Result.PUT_BACK, begun, error)
        if self._is_turned_away_for_good(claim, error):
            await self._trouble.undone(claim.place, claim.action, state=f"parked {claim.action.key}")
        is_news = isinstance(error, Crowded) or (lasts and not isinstance(error, Transient))
        if is_news and not claim.action.traits.for_moderators:
            await self._trouble.met(claim.place, error, state=f"{claim.action.traits.kind} waits")

    def _is_turned_away_for_good(self, claim: Claim, error: CommonthreadError) -> bool:
        """New words end where they are written, with a word to their author; a removal there is never given up."""
        others_pass = self._passed.get(claim.action.traits.queue, Millis(0)) > claim.claimed_at
        return is_turned_away_for_good(error, claim.attempts, others_pass=others_pass)

    async def _show_waiting(self, claim: Claim) -> None:
        """Members see that their messages wait; what becomes of one replaces its mark.

        To be called while the claim holds its queue: no Write ends meanwhile, so no mark comes too late.
        """
        if claim.action.traits.delays_members:
            await self._store.show_waiting(claim.place)

    async def _park(self, claim: Claim, error: Permanent, begun: Millis) -> None:
        await self._show_waiting(claim)
        await self._store.park(claim, error.reason)
        self._tell(claim, Result.PARKED, begun, error)
        if not claim.action.traits.for_moderators:
            await self._trouble.about(claim.place, error.reason, state=f"parked {claim.action.key}")

    async def _lose(self, claim: Claim, error: PlaceVanished, begun: Millis) -> None:
        """The thread or its channel is gone: the whole of its queue rests. The moderators' channel holds up nothing."""
        if claim.action.traits.for_moderators:
            await self._park(claim, error, begun)
            return
        await self._trouble.lose(claim.place, error.reason)
        await self._store.postpone(claim, self._now(), error.reason, may_have_arrived=_in_doubt(claim, error))


def _in_doubt(claim: Claim, error: Exception) -> bool:
    """Whether something may have arrived."""
    return isinstance(error, Unanswered) or not claim.action.traits.one_request
