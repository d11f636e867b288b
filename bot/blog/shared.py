"""One blog for several engines: what they ask at about the same time is asked once.

Does not know what kind of blog it is, and shares no write. A blog that only one engine mirrors may be shared as well.
"""

from __future__ import annotations

import logging
import time
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass

from bot.blog.flights import Flight, Flights
from bot.core.domain import CommentId, MediaId, Millis, Post, PostId, Standing, Tree
from bot.core.errors import CommonthreadError
from bot.core.identity import Identity
from bot.core.signing import Signer
from bot.ports import Blog, Draft, FeedState, File, Media, Recent, Relayed, Review, Sighting, Signed, Writer, Written

log = logging.getLogger(__name__)

FRESH_FOR = 5.0
"""Seconds."""


@dataclass(frozen=True, slots=True)
class _Look:
    """A look at the newest posts that came to its end."""

    begun: float
    asked: FeedState
    answer: Recent

    def answer_to(self, state: FeedState) -> Recent | None:
        """What this look says to a caller with that state; None when the caller has to look for itself.

        The posts of a look reach back to when the newest post was published that its asker knew. A caller who knows
        less far would miss those in between.
        """
        if state == self.asked:
            return self.answer
        if state == self.answer.state:
            return Recent(None, state)
        reach = self.asked.newest_at
        far_enough = state.newest_at is None or (reach is not None and reach <= state.newest_at)
        return self.answer if self.answer.posts is not None and far_enough else None


class _Looks:
    """The newest posts, for callers of whom each may remember another state. One look at a time."""

    def __init__(self, blog: Blog, fresh_for: float, clock: Callable[[], float]) -> None:
        self._blog = blog
        self._fresh_for = fresh_for
        self._clock = clock
        self._flight: Flight[Recent] | None = None
        self._asked = FeedState()
        self._last: _Look | None = None

    async def recent(self, state: FeedState) -> Recent:
        """What a look within the last ``fresh_for`` seconds would have said to this caller."""
        since = self._clock() - self._fresh_for
        while (answer := self._remembered(state, since)) is None:
            flight = self._flight
            if flight is None or not flight.under_way:
                flight = self._flight = self._begin(state)
            elif not flight.serves(since):
                await flight.over()
                continue
            same = self._asked == state
            found = await flight.join()
            if same:
                return found
        return answer

    def forget(self) -> None:
        """See :meth:`SharedBlog.forget`."""
        self._last = None
        if self._flight is not None:
            self._flight.forget()

    def _remembered(self, state: FeedState, since: float) -> Recent | None:
        if self._last is not None and self._last.begun < since:
            self._last = None
        return None if self._last is None else self._last.answer_to(state)

    def _begin(self, state: FeedState) -> Flight[Recent]:
        begun = self._clock()
        self._asked = state

        async def look() -> Recent:
            answer = await self._blog.recent(state)
            if flight.serves(begun):
                self._last = _Look(begun, state, answer)
            return answer

        flight = Flight(begun, look())
        return flight


class _Memory:
    """What the engines of one blog share."""

    def __init__(self, blog: Blog, fresh_for: float, clock: Callable[[], float]) -> None:
        self.looks = _Looks(blog, fresh_for, clock)
        self.posts: Flights[PostId, Post] = Flights(fresh_for, clock)
        self.trees: Flights[PostId, Tree] = Flights(fresh_for, clock)
        self.sightings: Flights[CommentId, Sighting] = Flights(fresh_for, clock)

    def forget(self) -> None:
        self.looks.forget()
        for flights in (self.posts, self.trees, self.sightings):
            flights.forget()


class SharedBlog:
    """Implements :class:`bot.ports.Blog` over ``reader``, and over ``writer`` for what an account does.

    ``fresh_for`` seconds after a look began others are told what it saw; what was written by way of this object, or of
    one made from it by ``written_by``, is always seen. ``clock`` counts seconds and never goes back.
    """

    def __init__(
        self,
        reader: Blog,
        *,
        writer: Blog | None = None,
        fresh_for: float = FRESH_FOR,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._reader = reader
        self._writer = writer or reader
        self._memory = _Memory(reader, fresh_for, clock)

    def written_by(self, writer: Blog) -> SharedBlog:
        """The same blog and the same memory, written with another account. ``writer`` is one that has an account."""
        other = SharedBlog(self._reader, writer=writer)
        other._memory = self._memory
        return other

    def forget(self) -> None:
        """Let everything that is asked from now on be asked afresh, for who wants to know how it is *now*."""
        self._memory.forget()

    # ---------------------------------------------------------------- shared

    @property
    def base_url(self) -> str:
        """See :class:`bot.ports.Blog`."""
        return self._reader.base_url

    @property
    def writers(self) -> tuple[Writer, ...]:
        """See :class:`bot.ports.Blog`."""
        return tuple(dict.fromkeys((*self._reader.writers, *self._writer.writers)))

    async def identity(self) -> Identity:
        """See :class:`bot.ports.Blog`. Never shared: it is asked for rarely, when something seems to be wrong."""
        return await self._reader.identity()

    async def recent(self, state: FeedState) -> Recent:
        """See :class:`bot.ports.Blog`. An account of another's that was turned away is tried again on the way."""
        await self._knock()
        return await self._memory.looks.recent(state)

    async def post(self, post_id: PostId) -> Post:
        """See :class:`bot.ports.Blog`."""
        return await self._memory.posts.ask(post_id, lambda: self._reader.post(post_id))

    async def tree(self, post_id: PostId, *, now: Millis) -> Tree:
        """See :class:`bot.ports.Blog`. ``fetched_at`` is when the shared fetch began, before this ``now`` perhaps."""
        return await self._memory.trees.ask(post_id, lambda: self._reader.tree(post_id, now=now))

    async def sighting(self, comment_id: CommentId) -> Sighting:
        """See :class:`bot.ports.Blog`."""
        return await self._memory.sightings.ask(comment_id, lambda: self._reader.sighting(comment_id))

    # ---------------------------------------------------------------- the account's own

    @property
    def signer(self) -> Signer:
        """See :class:`bot.ports.Blog`."""
        return self._writer.signer

    @property
    def can_write(self) -> bool:
        """See :class:`bot.ports.Blog`."""
        return self._writer.can_write

    @property
    def keeps_rich(self) -> bool:
        """See :class:`bot.ports.Blog`."""
        return self._writer.keeps_rich

    @property
    def can_upload(self) -> bool:
        """See :class:`bot.ports.Blog`."""
        return self._writer.can_upload

    async def find(self, post_id: PostId, key: str, *, sent: Draft | None = None) -> Written | None:
        """See :class:`bot.ports.Blog`."""
        return await self._writer.find(post_id, key, sent=sent)

    async def relays(self, post_id: PostId, within: str) -> tuple[Relayed, ...]:
        """See :class:`bot.ports.Blog`."""
        return await self._writer.relays(post_id, within)

    async def posts_at(self, urls: Sequence[str]) -> Mapping[str, Post]:
        """See :class:`bot.ports.Blog`. Never shared: whoever asks has threads of its own."""
        return await self._reader.posts_at(urls)

    def comment_at(self, url: str) -> CommentId | None:
        """See :class:`bot.ports.Blog`."""
        return self._reader.comment_at(url)

    async def children(self, post_id: PostId, comment_id: CommentId) -> int:
        """See :class:`bot.ports.Blog`."""
        return await self._writer.children(post_id, comment_id)

    async def write(self, draft: Draft) -> Written:
        """See :class:`bot.ports.Blog`."""
        try:
            return await self._writer.write(draft)
        finally:
            self._memory.trees.forget(draft.post_id)

    async def rewrite(
        self,
        comment_id: CommentId,
        html: str,
        *,
        key: str,
        signed: Signed | None = None,
        review: Review = Review.NOBODY,
    ) -> Written:
        """See :class:`bot.ports.Blog`."""
        async with self._changing(comment_id):
            return await self._writer.rewrite(comment_id, html, key=key, signed=signed, review=review)

    async def withdraw(self, comment_id: CommentId, *, key: str) -> Standing:
        """See :class:`bot.ports.Blog`."""
        async with self._changing(comment_id):
            return await self._writer.withdraw(comment_id, key=key)

    async def revive(
        self, comment_id: CommentId, html: str, *, key: str, public: bool, review: Review = Review.NOBODY
    ) -> Written:
        """See :class:`bot.ports.Blog`."""
        async with self._changing(comment_id):
            return await self._writer.revive(comment_id, html, key=key, public=public, review=review)

    async def put_under(self, comment_id: CommentId, parent_id: CommentId, *, key: str) -> None:
        """See :class:`bot.ports.Blog`."""
        async with self._changing(comment_id):
            await self._writer.put_under(comment_id, parent_id, key=key)

    async def find_media(self, key: str) -> Media | None:
        """See :class:`bot.ports.Blog`."""
        return await self._writer.find_media(key)

    async def upload(self, file: File) -> Media:
        """See :class:`bot.ports.Blog`."""
        return await self._writer.upload(file)

    async def discard(self, media_id: MediaId) -> None:
        """See :class:`bot.ports.Blog`."""
        await self._writer.discard(media_id)

    @asynccontextmanager
    async def _changing(self, comment_id: CommentId) -> AsyncIterator[None]:
        """Whatever comes of a write, what was seen before its end may be out of date. Its post is not known here."""
        try:
            yield
        finally:
            self._memory.sightings.forget(comment_id)
            self._memory.trees.forget()

    async def _knock(self) -> None:
        if self._writer is self._reader or self._writer.can_write:
            return
        try:
            await self._writer.identity()
        except CommonthreadError as error:
            log.warning("an account of %s: %s", self.base_url, error.reason)
