"""The whole of the synchronisation behind one door: events and commands in, figures and sentences out.

Decides nothing itself; the rooms beside it do. Knows neither Discord nor SQL.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from bot.actions import OpenThread
from bot.domain import ChannelId, Message, MessageId, Millis, Place, Post, PostId, Subscription, ThreadId
from bot.errors import CommonthreadError
from bot.ports import Blog, Chat, FeedState, Parked, PollRecord, QueueFigures, Store
from bot.sync.blog_side import BlogSide
from bot.sync.chat_side import ChatSide
from bot.sync.dispatch import Backfill, Dispatcher
from bot.sync.execute import Executor
from bot.sync.listen import Listener
from bot.sync.policy import Policy
from bot.sync.poll import Poller
from bot.sync.verify import Comparison, compare

log = logging.getLogger(__name__)

RECENT_FOR = 15_000
"""Milliseconds for which a list of recent posts serves the keystrokes of an autocompletion."""


@dataclass(frozen=True, slots=True)
class Status:
    """What ``/sync status`` shows."""

    subscription: Subscription
    queue: QueueFigures
    last_poll: PollRecord | None
    parked: tuple[Parked, ...]
    can_write: bool


class Engine:
    """One subscription's synchronisation. ``moderators`` is the channel that is told of trouble, if any."""

    def __init__(
        self,
        store: Store,
        blog: Blog,
        chat: Chat,
        subscription: Subscription,
        policy: Policy,
        now: Callable[[], Millis],
        *,
        moderators: ChannelId | None = None,
        backfill: Backfill | None = None,
    ) -> None:
        self._store = store
        self._blog = blog
        self._chat = chat
        self._subscription = subscription
        self._policy = policy
        self._now = now
        self._moderators = moderators
        self._recent: tuple[Millis, tuple[Post, ...]] = (Millis(0), ())
        self._poll_now = asyncio.Event()
        self._polling = asyncio.Lock()
        executor = Executor(
            ChatSide(chat, store, base_url=blog.base_url), BlogSide(blog, chat, store, approve=policy.approve)
        )
        self._dispatcher = Dispatcher(
            store, executor, now, opened=self._opened, trouble=self._trouble, backfill=backfill
        )
        self._listener = Listener(store, blog, chat, policy, wake=self._dispatcher.wake)
        self._poller = Poller(store, blog, policy, now, wake=self._dispatcher.wake, trouble=self._trouble)

    # ---------------------------------------------------------------- life

    async def run(self) -> None:
        """Poll and carry across until cancelled. An unforeseen exception ends it, so that a supervisor restarts us."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._dispatcher.run())
            tasks.create_task(self._poll_for_ever())

    async def _poll_for_ever(self) -> None:
        while True:
            if not (await self._current()).paused:
                await self.poll()
            self._poll_now.clear()
            try:
                async with asyncio.timeout(self._policy.poll_interval):
                    await self._poll_now.wait()
            except TimeoutError:
                pass

    async def poll(self) -> PollRecord:
        """One look at the blog, now."""
        async with self._polling:
            return await self._poller.poll(await self._current())

    async def catch_up(self) -> None:
        """Read every thread for what was missed: at each start, and after each session that could not be resumed."""
        for place in await self._store.places(self._subscription.id):
            try:
                await self._listener.catch_up(place)
            except CommonthreadError as error:
                log.warning("catching up in thread %s: %s", place.thread_id, error.reason)
                await self._trouble(place, error.reason)
        self._dispatcher.wake()

    async def _opened(self, place: Place) -> None:
        """Members may have written before the thread was in the map; and its comments need not wait for a poll."""
        fresh = {one.row: one for one in await self._store.places(place.subscription_id)}.get(place.row)
        if fresh is not None:
            await self._listener.catch_up(fresh)
        self._poll_now.set()

    async def _trouble(self, place: Place, reason: str) -> None:
        await self.announce_trouble(f"{place.row}", f"“{place.title}”: {reason}")

    async def announce_trouble(self, subject: str, sentence: str) -> None:
        """Tell moderators once; the log and ``/sync status`` tell it in any case."""
        if not await self._store.changed(f"trouble:{subject}:{sentence}"):
            return
        log.warning("for moderators: %s", sentence)
        if self._moderators is None:
            return
        try:
            await self._chat.notify(self._moderators, sentence)
        except CommonthreadError as error:
            log.warning("the moderators' channel cannot be reached: %s", error.reason)

    async def _current(self) -> Subscription:
        every = {one.id: one for one in await self._store.subscriptions()}
        return every[self._subscription.id]

    # ---------------------------------------------------------------- events

    async def message(self, message: Message) -> None:
        """A message appeared."""
        await self._listener.message(message)

    async def edited(self, message: Message) -> None:
        """A message changed."""
        await self._listener.edited(message)

    async def deleted(self, thread: ThreadId, messages: Iterable[MessageId]) -> None:
        """Messages were deleted."""
        await self._listener.deleted(thread, messages)

    # ---------------------------------------------------------------- commands

    async def status(self) -> Status:
        """Queue, last poll, last error, what is parked."""
        number = self._subscription.id
        return Status(
            await self._current(),
            await self._store.figures(number),
            await self._store.last_poll(number),
            await self._store.parked(number),
            self._blog.can_write,
        )

    async def places(self) -> tuple[Place, ...]:
        """Mirrored posts, newest first."""
        return await self._store.places(self._subscription.id)

    async def verify(self, place: Place) -> Comparison:
        """Both sides of a post, compared node by node. Raises what the ports raise."""
        return await compare(place, self._store, self._blog, self._chat, self._now())

    async def pause(self) -> None:
        """No polls and no actions until :meth:`resume`; events are still taken down."""
        await self._store.set_paused(self._subscription.id, paused=True)

    async def resume(self) -> None:
        """Go on."""
        await self._store.set_paused(self._subscription.id, paused=False)
        self._poll_now.set()
        self._dispatcher.wake()

    async def unannounced(self) -> tuple[Post, ...]:
        """Recent posts that have no thread yet, newest first. Raises what the Blog port raises."""
        looked_at, posts = self._recent
        if self._now() - looked_at > RECENT_FOR:
            posts = (await self._blog.recent(FeedState())).posts or ()
            self._recent = (self._now(), posts)
        taken = {place.post_id for place in await self.places()}
        return tuple(post for post in posts if post.id not in taken)

    async def announce(self, post_id: PostId) -> Post:
        """Open a thread for a post that has none. Raises what the Blog port raises."""
        post = await self._blog.post(post_id)
        state = await self._store.feed_state(self._subscription.id)
        await self._store.note_posts(self._subscription.id, (), (OpenThread(post),), state)
        self._dispatcher.wake()
        return post

    async def retry(self) -> int:
        """Try everything again that is parked. -> how many."""
        number = await self._store.retry_parked(self._subscription.id)
        self._dispatcher.wake()
        return number

    async def allow_removals(self, place: Place) -> None:
        """The next plan may retract any number of mirrors of this post."""
        await self._store.allow_removals(place, allowed=True)
        self._poll_now.set()
