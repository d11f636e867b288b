"""What a person should know: say it to the moderators once, and note which threads cannot be used any more.

Sends nothing itself; the dispatcher carries the words like any other action.
"""

from __future__ import annotations

import re

from bot.core.actions import Action, Discard, Move, Notify, Settle, TakeCopyAway, Withdraw
from bot.core.domain import ChannelId, Place, SubscriptionId, digest
from bot.core.errors import CommonthreadError, NotAllowed
from bot.core.texts import inert
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

LACKS = "In <#{channel}> the bot lacks the permission {lacking}. What waits for it goes on once it is given."

UNDONE = (
    "{what} Something in front of the blog, as a firewall, turns the bot's request away again and again. It goes on "
    "being tried: let it pass there, or do it by hand on the blog."
)

_NUMBER = re.compile(r"\d+")
_OPEN, _OVER = "open", "over"
_LACKING = ":lacking:"


def notice(place: Place, reason: str, occasion: int = 0) -> Notify:
    """A word to moderators about one post. ``reason`` may hold a blog's words."""
    return Notify(f"“{escape(place.title)}”: {inert(reason)}", occasion)


class Trouble:
    """Of one subscription. The same words about the same post are said once; of what lasts, until it is over."""

    def __init__(self, store: Store, subscription: SubscriptionId, observer: Observer) -> None:
        self._store = store
        self._subscription = subscription
        self._observer = observer
        self._prefix = f"trouble:{subscription}:"
        self._states: dict[str, tuple[str, int]] | None = None
        self._untold: set[str] = set()

    async def about(self, place: Place, reason: str, *, state: str = "") -> None:
        """Something is wrong with a post or its thread.

        ``state``: what lasts. However long it does, also over a restart, the same reason is told once; told again when
        it was :meth:`over` in between. Other numbers in the words are no other reason.
        """
        key = f"{self._of(place, state)}{digest(_NUMBER.sub('#', reason))[:12]}"
        phase, occasion = (await self._known()).get(key, (_OVER, -1))
        if state and phase == _OPEN:
            return
        occasion = occasion + 1 if state else 0
        if await self._store.queue(place, Planned(notice(place, reason, occasion))):
            self._observer.hear(ModeratorsTold(whereabouts(place), "", reason))
        if state:
            await self._note(key, _OPEN, occasion)

    async def met(self, place: Place, error: CommonthreadError, *, state: str) -> None:
        """The same of an error; of a permission that lacks in a whole channel once, in however many of its threads."""
        lacking = error.lacking if isinstance(error, NotAllowed) else ""
        if not lacking:
            await self.about(place, error.reason, state=state)
            return
        await self._lacks(self._of(place, state), place.channel_id, lacking)

    async def met_in_channel(self, subject: str, channel: ChannelId, error: CommonthreadError, sentence: str) -> None:
        """The same of a channel that an error keeps from something; a permission that lacks in it is told as such."""
        if isinstance(error, NotAllowed) and error.lacking:
            await self._lacks(f"{subject}{_LACKING}", channel, error.lacking)
        else:
            await self.lasts(subject, sentence)

    async def _lacks(self, begins: str, channel: ChannelId, lacking: str) -> None:
        mark = digest(f"{channel} {lacking}")[:12]
        key = f"{begins}{mark}"
        alike = {one: known for one, known in (await self._known()).items() if one.endswith(f":{mark}")}
        is_told = any(phase == _OPEN for phase, _ in alike.values())
        occasion = max((number for _, number in alike.values()), default=-1) + (0 if is_told else 1)
        if not is_told:
            sentence = LACKS.format(channel=channel, lacking=lacking)
            is_told = await self._tell(f"channel {channel}", sentence, occasion)
        if is_told and alike.get(key, (_OVER, 0))[0] == _OVER:
            await self._note(key, _OPEN, occasion)

    async def undone(self, place: Place, action: Action, *, state: str) -> None:
        """Something in front of the blog keeps turning away what should go or move there; of new words others tell."""
        match action:
            case Withdraw():
                link = await self._store.link(place.subscription_id, action.message_id)
                comment = f"comment {link.comment_id}" if link is not None else "its comment"
                what = f"A member deleted a message, and {comment} still stands on the blog."
            case Settle():
                what = f"Comment {action.comment_id} was deleted, and what it left is not yet put in order on the blog."
            case Move():
                what = f"Comment {action.comment_id} does not yet stand under comment {action.parent_id}."
            case TakeCopyAway():
                what = f"The blog has a member's message twice: the copy, comment {action.comment_id}, still stands."
            case Discard():
                what = "Files that nothing shows any more are still in the blog's media library."
            case _:
                return
        await self.about(place, UNDONE.format(what=what), state=state)

    async def over(self, place: Place, state: str) -> None:
        """Nothing of this is wrong any more. Costs nothing where nothing was."""
        begins = self._of(place, state)
        for key, (phase, occasion) in list((await self._known()).items()):
            if phase == _OPEN and key.startswith(begins):
                await self._note(key, _OVER, occasion)

    async def lasts(self, subject: str, sentence: str) -> None:
        """Something is wrong with all of it until it :meth:`is_over`: told once, and again when it begins anew.

        As long as no post is known there is nowhere to say it: moderators are told when this is called once there is.
        """
        phase, occasion = (await self._known()).get(subject, (_OVER, -1))
        if phase == _OVER and await self._tell(subject, sentence, occasion + 1):
            await self._note(subject, _OPEN, occasion + 1)

    async def _tell(self, subject: str, sentence: str, occasion: int) -> bool:
        """-> whether moderators are told; the observer hears of it once in any case."""
        if subject not in self._untold:
            self._hear(subject, sentence)
        told = await self._say(sentence, occasion)
        (self._untold.discard if told else self._untold.add)(subject)
        return told

    async def lasting(self, begins: str) -> dict[str, int]:
        """What lasts of all subjects that begin so, each with its occasion."""
        known = (await self._known()).items()
        return {key: occasion for key, (phase, occasion) in known if phase == _OPEN and key.startswith(begins)}

    async def is_over(self, subject: str) -> None:
        """Costs nothing where nothing was."""
        self._untold.discard(subject)
        for key, (phase, occasion) in list((await self._known()).items()):
            if phase == _OPEN and (key == subject or key.startswith(f"{subject}{_LACKING}")):
                await self._note(key, _OVER, occasion)

    def _of(self, place: Place, state: str) -> str:
        return f"{place.row}:{state}:"

    async def _known(self) -> dict[str, tuple[str, int]]:
        if self._states is None:
            said = await self._store.said(self._prefix)
            self._states = {}
            for key, value in said.items():
                phase, _, occasion = value.partition(" ")
                self._states[key.removeprefix(self._prefix)] = (phase, int(occasion))
        return self._states

    async def _note(self, key: str, phase: str, occasion: int) -> None:
        await self._store.remember(self._prefix + key, f"{phase} {occasion}")
        (await self._known())[key] = (phase, occasion)

    async def at_large(self, subject: str, sentence: str, *, occasion: int = 0) -> None:
        """Something is wrong with all of it. ``subject`` is for the observer, who hears of it in any case.

        The same words are said again on another ``occasion``.
        """
        self._hear(subject, sentence)
        await self._say(sentence, occasion)

    def _hear(self, subject: str, sentence: str) -> None:
        self._observer.hear(ModeratorsTold(Whereabouts(self._subscription), subject, sentence))

    async def _say(self, sentence: str, occasion: int) -> bool:
        """-> whether there is a post in whose queue the words can wait."""
        places = await self._store.places(self._subscription)
        if places:
            await self._store.queue(places[-1], Planned(Notify(inert(sentence), occasion)))
        return bool(places)

    async def lose(self, place: Place, reason: str) -> None:
        """A thread, or the channel in which it was to open, is gone: its queue rests. Said once however it is met.

        It is over when the thread was read, or another was opened.
        """
        if await self._store.lose(place, reason):
            self._observer.hear(ThreadLost(whereabouts(place), reason))
            gone = reason if place.thread_id is None else "Its thread is gone from Discord."
            await self.about(place, LOST.format(what=gone), state="lost")

    async def channel_deleted(self, channel: ChannelId) -> None:
        """And its threads with it: one thing to say, however many they were."""
        places = [place for place in await self._store.places(self._subscription) if place.channel_id == channel]
        lost = [place for place in places if await self._store.lose(place, "Its channel was deleted.")]
        if lost:
            count = sum(place.thread_id is not None for place in lost)
            threads = {0: "", 1: " with its one thread"}.get(count, f" with its {count} threads")
            await self.at_large(f"channel {channel}", CHANNEL_GONE.format(threads=threads))
