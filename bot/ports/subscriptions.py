"""The port to subscriptions, and to the posts that were seen in them. Implements nothing; see :mod:`bot.store`.

Is not about where a subscription comes from (:mod:`bot.ports.blogs`), nor about threads (:mod:`bot.ports.places`).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Protocol

from bot.core.actions import OpenThread
from bot.core.domain import Place, Post, PostId, Subscription, SubscriptionId
from bot.ports.blog import FeedState
from bot.ports.records import Outlook, PollRecord


class Subscriptions(Protocol):
    """One blog mirrored into one channel each: whether it is paused, how its polls went, which posts were seen."""

    async def subscription(self, number: SubscriptionId) -> Subscription | None:
        """One of them, as it is now."""

    async def set_paused(self, subscription: SubscriptionId, *, paused: bool) -> None:
        """Stop or resume polling and queue of a subscription."""

    async def outlook(self, subscription: SubscriptionId) -> Outlook:
        """What a look at its blog begins with."""

    async def note_poll(self, subscription: SubscriptionId, record: PollRecord) -> None:
        """Remember how a poll went."""

    async def last_poll(self, subscription: SubscriptionId) -> PollRecord | None:
        """How the last poll went."""

    async def note_posts(
        self,
        subscription: SubscriptionId,
        known: Sequence[Post],
        announce: Sequence[OpenThread],
        state: FeedState,
        *,
        held_back: Collection[PostId] = (),
    ) -> None:
        """Remember ``known`` posts as the blog shows them, queue ``announce``, keep ``state``: at once.

        ``held_back`` of the known ones wait for a moderator's word.
        The first time it is the greeting: the newest date of a post in it and the highest post id stay.
        """

    async def listed_posts(self, subscription: SubscriptionId, posts: Collection[PostId]) -> Mapping[PostId, Post]:
        """These posts as the blog last listed them, as far as that is known."""

    async def note_listed(self, subscription: SubscriptionId, post: Post) -> None:
        """A known post as the blog shows it now, though no listing names it any more."""

    async def replace_posts(self, subscription: SubscriptionId, posts: Collection[PostId], why: str) -> None:
        """The numbers of these posts are other posts' now: their threads stay as they are and are served no more."""

    async def held_back(self, subscription: SubscriptionId) -> tuple[Post, ...]:
        """Posts that wait for a moderator's word to get their threads, oldest first."""

    async def changed_posts(self, subscription: SubscriptionId) -> tuple[tuple[Place, Post], ...]:
        """Threads whose starter does not show the post as the blog last listed it."""
