"""The ports to the outbox: who fills it, who empties it, who looks at it. Implements nothing; see :mod:`bot.store`.

Is not about what an action does; see :mod:`bot.core.actions`.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Protocol

from bot.core.actions import Claim, Queue, Write
from bot.core.domain import CommentId, Message, MessageId, Millis, Place, SubscriptionId
from bot.ports.records import BackfillProgress, Claimed, Outcome, Parked, Planned, QueueFigures, RelayChange
from bot.ports.turns import Asking


class Outbox(Protocol):
    """The outbox for whoever fills it: plans that replace what waits, actions queued once, members' messages."""

    async def plan(
        self, place: Place, planned: Sequence[Planned], relays: Sequence[RelayChange] = ()
    ) -> tuple[Planned | RelayChange, ...]:
        """Make a post's level-triggered actions equal to ``planned``: insert, refresh, drop; and note what became of
        relays. What is under way is left alone; what is wanted no more but may have arrived stays, to look for that
        alone. -> what of both is new: a plan that repeats what waits says nothing."""

    async def queue(self, place: Place, planned: Planned, asking: Asking | None = None) -> bool:
        """Queue one edge-triggered action. False when its key was there, or its message was deleted already.

        False too for a Write of a message that its author keeps in Discord; see :class:`bot.ports.Members`. A new one
        takes the turn that is asked for, and waits for it; so does what the methods below queue.
        """

    async def on_their_way(self, place: Place) -> frozenset[CommentId]:
        """Comments whose Send is neither done nor parked."""

    async def sends_in_doubt(self, place: Place) -> bool:
        """Whether a mirror may stand in the thread that is not in the map yet."""

    async def refresh_write(self, place: Place, message: Message) -> bool:
        """Put a member's edit into a Write that has surely not left yet. False when none waits."""

    async def write_anew(self, place: Place, write: Write, asking: Asking | None = None) -> bool:
        """Queue the Write of a message once more that the blog refused with other words. False when it is none."""

    async def reword(self, claim: Claim, write: Write) -> None:
        """Replace a Write that is under way: it goes on with these words."""

    async def was_deleted(self, place: Place, message: MessageId) -> bool:
        """Whether the deletion of a message was heard of."""

    async def note_deleted(self, place: Place, message: MessageId) -> bool:
        """A message that is not in the map is gone: True unless its Write has left, or may have.

        Files of it that have left already are to be discarded then.
        """

    async def queue_rewrite(self, place: Place, message: MessageId, asking: Asking | None = None) -> bool:
        """Queue a look at a changed message, unless one waits already, which asks for no turn then."""

    async def rewrite_under_way(self, place: Place, message: MessageId) -> bool:
        """Whether a look at this message waits or is being taken."""

    async def pending_writes(self, place: Place) -> Mapping[str, MessageId]:
        """Jump links of messages whose Write is not done."""


class Claims(Protocol):
    """The outbox for whoever empties it. Each question is about one subscription; no other's actions are seen."""

    async def release(self, subscription: SubscriptionId) -> int:
        """Nothing of it is under way any more: what was may have arrived. -> how many.

        To be called by whoever begins to empty this outbox, before the first claim.
        """

    async def claim(
        self,
        subscription: SubscriptionId,
        now: Millis,
        free: Mapping[Queue, int],
        *,
        backlog: int,
        most: int,
        without: Collection[int] = (),
    ) -> Claimed:
        """Take the first due action of each free post and queue, ``most`` at a time, and mark each as sending.

        ``free``: at most so many in all queues of a name; ``backlog``: at most so many that are no live ones. Members'
        messages that have waited for more than a moment get a mark, and ``next_due`` is not after the next such moment.
        ``without``: nothing of the posts of these rows, but for what moderators are told.
        """

    async def finish(self, claim: Claim, outcome: Outcome) -> None:
        """Record the outcome and mark the action as done, in one transaction."""

    async def postpone(
        self, claim: Claim, until: Millis, reason: str, *, may_have_arrived: bool, yields: bool = False
    ) -> None:
        """Put a claimed action back. ``yields``: while it waits, others of its queue go ahead."""

    async def park(self, claim: Claim, reason: str) -> None:
        """Mark a claimed action as dead, to be retried by a person's word."""

    async def show_waiting(self, place: Place) -> None:
        """Queue a mark on each message whose Write is not done: it waits. What may be talk has to be tried first."""

    async def hasten(
        self, subscription: SubscriptionId, *, queue: Queue | None = None, place: Place | None = None
    ) -> None:
        """What was put back is due at once; of one queue's name, or of one place, where that is told.

        What waits for its turn waits on.
        """

    async def retry_parked(self, subscription: SubscriptionId) -> int:
        """Make parked actions ready again. -> how many were parked."""


class Figures(Protocol):
    """The outbox for whoever looks at it, and what is forgotten of it."""

    async def parked(self, subscription: SubscriptionId) -> tuple[Parked, ...]:
        """What waits for a person."""

    async def stuck(self, subscription: SubscriptionId) -> tuple[Parked, ...]:
        """What has failed more than once and is tried again by itself, oldest first, a thousand at most."""

    async def figures(self, subscription: SubscriptionId) -> QueueFigures:
        """Counts for a status line."""

    async def backfill(self, place: Place) -> BackfillProgress | None:
        """How far a backfill that is worth a word has come; None when there is none to tell of."""

    async def end_backfill(self, place: Place) -> None:
        """There is nothing more to tell of it."""

    async def prune(
        self, subscription: SubscriptionId, before: Millis, writes_before: Millis, *, read_back: int = 0
    ) -> int:
        """Forget what was done before; of members' messages keep longer that they were dealt with. -> rows.

        ``read_back``: how far below the id up to which a thread was read a message's id may be, to be read again.
        """
