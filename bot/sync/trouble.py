"""What a person should know: say it to the moderators once, and note which threads cannot be used any more.

Sends nothing itself; the dispatcher carries the words like any other action.
"""

from __future__ import annotations

from bot.core.actions import Notify
from bot.core.domain import ChannelId, Place, SubscriptionId
from bot.ports import Planned, Store
from bot.ports.observer import ModeratorsTold, Observer, ThreadLost, Whereabouts
from bot.sync.observers import whereabouts
from bot.translate.to_discord import escape

LOST = "{what} What waits for this thread is kept; /post announce opens a new one."

STARTER_GONE = "The message that opened its thread is gone; the thread goes on without it."

CHANNEL_GONE = (
    "The channel that mirrored the blog was deleted{threads}. Nothing on the blog is touched. "
    "Name another with /blog settings, or where the operator's settings name it, in DISCORD_CHANNEL_ID."
)


def notice(place: Place, reason: str) -> Notify:
    """A word to moderators about one post."""
    return Notify(f"“{escape(place.title)}”: {reason}")


class Trouble:
    """Of one subscription. The same words about the same post are said once."""

    def __init__(self, store: Store, subscription: SubscriptionId, observer: Observer) -> None:
        self._store = store
        self._subscription = subscription
        self._observer = observer

    async def about(self, place: Place, reason: str) -> None:
        """Something is wrong with a post or its thread."""
        if await self._store.queue(place, Planned(notice(place, reason))):
            self._observer.hear(ModeratorsTold(whereabouts(place), "", reason))

    async def at_large(self, subject: str, sentence: str, *, occasion: int = 0) -> None:
        """Something is wrong with all of it. ``subject`` is for the observer, who hears of it in any case.

        The same words are said again on another ``occasion``.
        """
        self._observer.hear(ModeratorsTold(Whereabouts(self._subscription), subject, sentence))
        if places := await self._store.places(self._subscription):
            await self._store.queue(places[-1], Planned(Notify(sentence, occasion)))

    async def lose(self, place: Place, reason: str) -> None:
        """A thread, or the channel in which it was to open, is gone: its queue rests. Said once however it is met."""
        if await self._store.lose(place, reason):
            self._observer.hear(ThreadLost(whereabouts(place), reason))
            gone = reason if place.thread_id is None else "Its thread is gone from Discord."
            await self.about(place, LOST.format(what=gone))

    async def channel_deleted(self, channel: ChannelId) -> None:
        """And its threads with it: one thing to say, however many they were."""
        places = [place for place in await self._store.places(self._subscription) if place.channel_id == channel]
        lost = [place for place in places if await self._store.lose(place, "Its channel was deleted.")]
        if lost:
            count = sum(place.thread_id is not None for place in lost)
            threads = {0: "", 1: " with its one thread"}.get(count, f" with its {count} threads")
            await self.at_large(f"channel {channel}", CHANNEL_GONE.format(threads=threads))
