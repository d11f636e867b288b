"""The port to places: posts with their threads. Implements nothing; see :mod:`bot.store`.

Is not about what stands in a thread; see :mod:`bot.ports.map`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from bot.core.domain import ChannelId, MessageId, Millis, Place, SubscriptionId, ThreadId


@dataclass(frozen=True, slots=True)
class ChannelRead:
    """A channel was read from ``since`` to ``watermark``: what is older is left alone."""

    since: MessageId
    watermark: MessageId


class Places(Protocol):
    """Where each post lives on Discord, whether its thread can still be used, and how far it has been read."""

    async def places(self, subscription: SubscriptionId) -> tuple[Place, ...]:
        """Posts that have, or are about to have, a thread; newest first."""

    async def place(self, subscription: SubscriptionId, row: int) -> Place | None:
        """The post of a row, as it is now."""

    async def place_of_thread(self, thread: ThreadId) -> Place | None:
        """The post that is mirrored in a thread: the one question that is asked of all subscriptions at once."""

    async def place_beside(self, channel: ChannelId, message: MessageId, answers: MessageId | None) -> Place | None:
        """The post that a message in the channel of its announcement is about: it answers that, or what does so."""

    async def note_aside(self, place: Place, message: MessageId) -> None:
        """A message about the post stands in its channel, outside of the thread."""

    async def is_aside(self, place: Place, message: MessageId) -> bool:
        """Whether it was noted so."""

    async def channel_read(self, subscription: SubscriptionId, channel: ChannelId) -> ChannelRead | None:
        """How far a channel has been read for what stands there outside of the threads; None where it never was."""

    async def set_channel_read(self, subscription: SubscriptionId, channel: ChannelId, message: MessageId) -> None:
        """Move it forward; never back."""

    async def lose(self, place: Place, reason: str) -> bool:
        """The thread cannot be used: its queues rest until :meth:`reopen`. False when it was lost already."""

    async def reopen(self, subscription: SubscriptionId, row: int | None = None) -> int:
        """Lost threads (or the one of ``row``) are tried again. -> how many."""

    async def forget_thread(self, place: Place) -> None:
        """The thread is gone and is to be opened anew: its map goes with it, and what of its queues names its messages.

        Members' messages that are on their way to the blog still get there.
        """

    async def allow_removals(self, place: Place, *, allowed: bool) -> None:
        """A moderator's word that the next plan may retract more than the usual share."""

    async def next_audit(self, subscription: SubscriptionId, before: Millis) -> Place | None:
        """The usable thread that was audited longest ago, and before that moment; one that is under way goes first."""

    async def note_audit(self, place: Place, after: MessageId | None) -> None:
        """The audit of a thread has come to this message; None: to its end, so that it is the last in turn again."""

    async def audited_to(self, place: Place) -> MessageId | None:
        """Where the audit of a thread goes on; None where it begins anew."""

    async def audit_first(self, subscription: SubscriptionId, thread: ThreadId | None = None) -> None:
        """What is known of a thread, or of all, is doubtful: it is the first in turn."""

    async def watermark(self, place: Place) -> MessageId | None:
        """The message up to which the thread has been read, in order and without a gap."""

    async def set_watermark(self, place: Place, message: MessageId) -> None:
        """Move the watermark forward; never back."""
