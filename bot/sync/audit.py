"""Looks in rotation whether what is mapped still stands as the map says: what no event told of is found here, later.

Decides nothing about what it finds: that goes to the functions that events use. Carries nothing across.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass

from bot.core.domain import MessageId, Millis, Place, SubscriptionId
from bot.core.errors import CommonthreadError, NotUnderstood, PlaceVanished
from bot.core.identity import same_post
from bot.ports import Blog, Chat, Store
from bot.ports.observer import Observer, Unforeseen
from bot.sync.observers import ODD, whereabouts
from bot.sync.relaying.files import has_lost_one
from bot.sync.relaying.listen import Listener

log = logging.getLogger(__name__)

EVERY = 60.0
"""Seconds between two steps. Each asks Discord for a hundred messages at most, and for what it misses among them."""

ROUND = 6 * 3_600_000
"""Milliseconds in which a thread is not looked at a second time, however few there are."""

PAGE = 100
"""Messages that one step looks at."""

ASKED_AT_ONCE = 20
"""Messages that one step asks for one by one, because its page lacks them."""


@dataclass(frozen=True, slots=True)
class Audited:
    """What a look has come upon: messages that are gone, and that say something else. ``seen``: all that stand."""

    seen: int = 0
    gone: int = 0
    edited: int = 0

    def __add__(self, other: Audited) -> Audited:
        return Audited(self.seen + other.seen, self.gone + other.gone, self.edited + other.edited)


class Audit:
    """Of one subscription."""

    def __init__(
        self,
        store: Store,
        blog: Blog,
        chat: Chat,
        subscription: SubscriptionId,
        listener: Listener,
        now: Callable[[], Millis],
        *,
        observer: Observer,
    ) -> None:
        self._observer = observer
        self._store = store
        self._blog = blog
        self._chat = chat
        self._subscription = subscription
        self._listener = listener
        self._now = now

    async def step(self) -> Audited | None:
        """Look at the next hundred messages of the thread that was looked at longest ago. None where all is fresh.

        A thread that cannot be looked at has its next turn in the next round, so that it holds up no other.
        """
        place = await self._store.next_audit(self._subscription, Millis(self._now() - ROUND))
        if place is None:
            return None
        try:
            return await self._page(place, await self._store.audited_to(place) or MessageId(0))
        except CommonthreadError as error:
            log.info("the audit of thread %s: %s", place.thread_id, error.reason, extra=error.fields)
        except ODD as error:
            self._observer.hear(Unforeseen(whereabouts(place), "audit", error))
        await self._store.note_audit(place, None)
        return Audited()

    async def whole(self, place: Place) -> Audited:
        """Look at all messages of a thread, and at its post. Raises what the ports raise."""
        found, after = Audited(), MessageId(0)
        while True:
            one = await self._page(place, after)
            found += one
            if (due := await self._store.audited_to(place)) is None:
                return found
            after = due

    async def _page(self, place: Place, after: MessageId) -> Audited:
        """A page, and at the end of a thread its post."""
        assert place.thread_id is not None
        async with self._listener.turn(place.thread_id):
            found, last = await self._messages(place, after)
        if last is None:
            await self._post(place)
        await self._store.note_audit(place, last)
        return found

    async def _messages(self, place: Place, after: MessageId) -> tuple[Audited, MessageId | None]:
        """-> also how far the look came; None at the end of the thread."""
        seen, last, edited = set[MessageId](), after, 0
        relays = dict(await self._store.links_of_members(place, newer_than=after))
        files = await self._store.carried_files(place, newer_than=after)
        async for message in self._chat.history(place, after=after):
            seen.add(message.id)
            last = message.id
            edited_since = message.digest != relays.get(message.id, message.digest)
            if edited_since or has_lost_one(message, files.get(message.id, frozenset())):
                await self._listener.take_down_edit(message, place)
                edited += 1
            if len(seen) == PAGE:
                break
        at_end = len(seen) < PAGE
        mirrors = await self._store.mirrors_shown(place, newer_than=after)
        missing = [one for one in sorted({*relays, *mirrors, *files}) if one not in seen and (at_end or one < last)]
        asked, gone = missing[:ASKED_AT_ONCE], list[MessageId]()
        for one in asked:
            try:
                found = await self._chat.read(place, one)
            except NotUnderstood:  # it stands there, whatever it says
                continue
            if found is None:
                gone.append(one)
            elif one in relays and found.digest != relays[one]:  # it stands in the channel
                await self._listener.take_down_edit(found, place)
                edited += 1
        if gone:
            await self._listener.take_down_deletions(gone, place)
        audited = Audited(len(seen), len(gone), edited)
        if len(missing) > len(asked):
            return audited, asked[-1]
        return audited, None if at_end else last

    async def _post(self, place: Place) -> None:
        """A title, an address or a picture of a post that no listing names any more."""
        try:
            post = await self._blog.post(place.post_id)
        except PlaceVanished:
            return  # its tree says so at each look
        before = await self._store.listed_posts(self._subscription, [place.post_id])
        known = before.get(place.post_id)
        if known is None or (known != post and same_post(known, post)):
            await self._store.note_listed(self._subscription, post)
