"""The port by which the map is made anew from what both sides carry. Implements nothing; see :mod:`bot.store`.

Is not about how things are known again; see :mod:`bot.sync.adopting`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from bot.core.actions import Action
from bot.core.domain import AttachmentId, ChannelId, Mapped, MessageId, Place, Post, SubscriptionId, ThreadId
from bot.ports.chat import Opened


@dataclass(frozen=True, slots=True)
class Adopted:
    """A comment that stands on both sides and was in no map, or not as it stands. ``mapped`` is what is known now.

    Its ``messages`` are all parts of the comment. ``message_digest`` and ``follow_up``: as of an action's outcome.
    ``files`` of a member's message may be in the blog's media library.
    """

    mapped: Mapped
    message_digest: str = ""
    follow_up: tuple[Action, ...] = ()
    files: tuple[AttachmentId, ...] = ()


class Adopting(Protocol):
    """What is known of threads and messages that were found, whatever any action has noted of them."""

    async def every_thread(self) -> frozenset[ThreadId]:
        """All threads that are known, of whatever subscription: of a thread nobody else may take hold."""

    async def newest_thread(self, subscription: SubscriptionId) -> ThreadId:
        """The newest thread of a subscription, 0 where it has none."""

    async def adopt_threads(
        self, subscription: SubscriptionId, channel: ChannelId, found: Sequence[tuple[Post, Opened]]
    ) -> tuple[Place, ...]:
        """Give posts that have no thread the one that was found. At once, and what was to open one is done with.

        Of a subscription that has seen no posts yet, these count as what it was greeted with.
        """

    async def tied(self, place: Place) -> frozenset[MessageId]:
        """All messages that the map of a post names, whether they stand or not."""

    async def doubt(self, place: Place) -> None:
        """What waits of a post may have arrived: it is looked for before it is sent."""

    async def adopt(self, place: Place, adopted: Sequence[Adopted]) -> None:
        """Note these at once; what waits to show, or to write, one of them is done with."""

    async def hold_past(self, subscription: SubscriptionId, until: MessageId) -> None:
        """What members wrote up to this id stays in Discord, unless it is on its way already."""
