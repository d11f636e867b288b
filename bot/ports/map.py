"""The port to the map: which message shows which comment. Implements nothing; see :mod:`bot.store`.

Is not about what is still to be done; see :mod:`bot.ports.outbox`.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Protocol

from bot.core.actions import Claim
from bot.core.domain import CommentId, Link, Mapped, MessageId, Place, SubscriptionId
from bot.ports.records import Recognised, Snapshot, Traces


class Map(Protocol):
    """Message id <-> (comment, part), and what is known of each comment that is on both sides, was, or just arrives."""

    async def snapshot(self, place: Place) -> Snapshot:
        """All that a plan needs, of one moment: apart, a relay could be in neither."""

    async def comment(self, place: Place, comment: CommentId | None) -> Mapped | None:
        """One mapped comment."""

    async def comments(self, place: Place, comments: Collection[CommentId]) -> Mapping[CommentId, Mapped]:
        """Those of these comments that are mapped, of one moment."""

    async def traces(self, place: Place, message: MessageId) -> Traces:
        """What is known of a message, of one moment: apart, a Write that ends in between would be in neither."""

    async def mapped(self, place: Place) -> Mapping[CommentId, Mapped]:
        """All mapped comments of a post."""

    async def link(self, subscription: SubscriptionId, message: MessageId) -> Link | None:
        """What a message shows or showed, if it is in this subscription's map (any part)."""

    async def tie(self, claim: Claim, part: int, message: MessageId) -> None:
        """Tie a part that has just been sent to the claimed comment, before the next is sent."""

    async def mark_surplus(self, claim: Claim, messages: Sequence[MessageId]) -> None:
        """These messages no longer show the claimed comment and are to be deleted."""

    async def surplus(self, claim: Claim) -> tuple[MessageId, ...]:
        """Messages of the claimed comment that are to be deleted, newest first."""

    async def note_recognised(self, place: Place, found: Recognised) -> None:
        """Numbers in the map are set right. A displaced comment keeps its messages, under a name that no blog gives:
        asked for it, the blog knows nothing, as of any comment that is gone.
        """

    async def hide(self, place: Place, message: MessageId) -> CommentId | None:
        """A mirror was deleted by somebody else: its comment does not come back by itself. -> the comment, if any."""

    async def links_of_members(self, place: Place, *, newer_than: MessageId) -> tuple[tuple[MessageId, str], ...]:
        """Live relays of a thread as (message, digest), oldest first."""

    async def mirrors_shown(self, place: Place, *, newer_than: MessageId) -> tuple[MessageId, ...]:
        """Messages of ours that show comments in a thread, oldest first."""
