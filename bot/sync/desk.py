"""What people ask of one subscription: figures, lists, comparisons, another try. Carries nothing across itself."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from bot.core.actions import OpenThread
from bot.core.clocks import has_passed
from bot.core.domain import Millis, Place, Post, PostId, Subscription, SubscriptionId
from bot.ports import Blog, Chat, FeedState, OverMeasure, Parked, PollRecord, QueueFigures, Store
from bot.sync.audit import Audit, Audited
from bot.sync.mirroring.poll import Poller
from bot.sync.verify import Comparison, compare

_NUMBER = re.compile(r"\d+")

RECENT_FOR = 15_000
"""Milliseconds for which a list of recent posts serves the keystrokes of an autocompletion."""


@dataclass(frozen=True, slots=True)
class Stuck:
    """``count`` actions that wait for the same cause. ``reason`` is told of the oldest, as are its kind and post."""

    reason: str
    count: int
    kind: str
    title: str


def by_cause(stuck: Iterable[Parked]) -> tuple[Stuck, ...]:
    """One for each cause: the same sentence about other messages, threads or seconds is the same cause."""
    grouped: dict[str, list[Parked]] = {}
    for one in stuck:
        grouped.setdefault(_NUMBER.sub("#", one.reason), []).append(one)
    return tuple(Stuck(of[0].reason, len(of), of[0].kind, of[0].title) for of in grouped.values())


@dataclass(frozen=True, slots=True)
class Status:
    """What ``/sync status`` shows. ``stuck`` has failed more than once and is tried again by itself; by its causes.

    ``withheld``: titles of posts of which more comments have gone than may go at once, with how many. ``held_back``
    posts with old dates wait for a word. ``over_measure``: whose messages wait for their turns.
    """

    subscription: Subscription
    queue: QueueFigures
    last_poll: PollRecord | None
    parked: tuple[Parked, ...]
    can_write: bool
    stuck: tuple[Stuck, ...] = ()
    withheld: tuple[tuple[str, int], ...] = ()
    held_back: int = 0
    over_measure: tuple[OverMeasure, ...] = ()


@dataclass(frozen=True, slots=True)
class Verified:
    """How both sides of a post compare, and what no event had told of: that is carried across now."""

    comparison: Comparison
    untold: Audited

    @property
    def sentence(self) -> str:
        """One line for a person."""
        told = [
            f"{count} {what}"
            for count, what in ((self.untold.gone, "deleted"), (self.untold.edited, "edited"))
            if count
        ]
        if not told:
            return self.comparison.sentence
        return f"{self.comparison.sentence}; nobody had told of {' and '.join(told)} messages, which is mended now"


class Desk:
    """``wake``: something was queued; ``look_soon``: the blog is to be looked at."""

    def __init__(
        self,
        store: Store,
        blog: Blog,
        chat: Chat,
        subscription: SubscriptionId,
        poller: Poller,
        audit: Audit,
        now: Callable[[], Millis],
        *,
        wake: Callable[[], None],
        look_soon: Callable[[], None],
    ) -> None:
        self._store = store
        self._blog = blog
        self._chat = chat
        self._subscription = subscription
        self._poller = poller
        self._audit = audit
        self._now = now
        self._wake = wake
        self._look_soon = look_soon
        self._recent: tuple[Millis, tuple[Post, ...]] = (Millis(0), ())

    async def status(self) -> Status:
        """Queue, last poll, last error, what is parked."""
        number = self._subscription
        subscription = await self._store.subscription(number)
        assert subscription is not None
        return Status(
            subscription,
            await self._store.figures(number),
            self._poller.last or await self._store.last_poll(number),
            await self._store.parked(number),
            self._blog.can_write,
            by_cause(await self._store.stuck(number)),
            self._poller.withheld,
            len(await self._store.held_back(number)),
            await self._store.over_measure(number),
        )

    async def places(self) -> tuple[Place, ...]:
        """Mirrored posts, newest first."""
        return await self._store.places(self._subscription)

    async def verify(self, place: Place) -> Verified:
        """Both sides of a post, compared node by node, and what of it is being mended. Raises what the ports raise."""
        found = await self._audit.whole(place)
        comparison = await compare(place, self._store, self._blog, self._chat, self._now())
        self._look_soon()
        self._wake()
        return Verified(comparison, found)

    async def unannounced(self) -> tuple[Post, ...]:
        """Recent posts that have no thread (or have one no more), newest first. Raises what the Blog port raises."""
        looked_at, posts = self._recent
        if has_passed(RECENT_FOR, since=looked_at, now=self._now()):
            posts = (await self._blog.recent(FeedState())).posts or ()
            self._recent = (self._now(), posts)
        listed = {post.id for post in posts}
        posts += tuple(post for post in await self._store.held_back(self._subscription) if post.id not in listed)
        taken = {place.post_id for place in await self.places() if not place.lost}
        return tuple(post for post in posts if post.id not in taken)

    async def announce(self, post_id: PostId) -> Post:
        """Open a thread for a post that has none, or a new one where it is lost. Raises what the Blog port raises."""
        post = await self._blog.post(post_id)
        generation = 0
        for place in await self.places():
            if place.post_id == post_id and place.lost:
                await self._store.forget_thread(place)
                generation = place.generation + 1
        outlook = await self._store.outlook(self._subscription)
        await self._store.note_posts(self._subscription, (post,), (OpenThread(post, generation),), outlook.feed)
        self._wake()
        return post

    async def allow_posts(self) -> int:
        """Open a thread for each post that was held back, oldest first. -> how many."""
        posts = await self._store.held_back(self._subscription)
        outlook = await self._store.outlook(self._subscription)
        await self._store.note_posts(self._subscription, (), [OpenThread(post) for post in posts], outlook.feed)
        self._wake()
        return len(posts)

    async def retry(self) -> int:
        """Try everything again that is parked, lost threads included. -> how many."""
        await self._store.hasten(self._subscription)
        number = await self._store.retry_parked(self._subscription)
        number += await self._store.reopen(self._subscription)
        self._wake()
        return number

    async def allow_removals(self, place: Place) -> None:
        """The next plan may retract any number of mirrors of this post."""
        await self._store.allow_removals(place, allowed=True)
        self._look_soon()
