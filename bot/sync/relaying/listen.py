"""Discord -> blog: turn what members do into actions while it happens.

Edge-triggered: an event becomes a row before its handler returns. Asks nobody, carries nothing across; what events did
not bring is found by :mod:`bot.sync.relaying.catch_up`.
"""

from __future__ import annotations

import asyncio
import logging
from collections import OrderedDict
from collections.abc import Callable, Iterable
from weakref import WeakValueDictionary

from bot.core.actions import Rewrite, Urgency, Withdraw, Write
from bot.core.domain import Link, Message, MessageId, MessageKind, Origin, Place, SubscriptionId, ThreadId
from bot.core.policy import Policy, RelayMode
from bot.core.traits import about_message
from bot.ports import Planned, Stage, Store
from bot.ports.observer import Decided, Observer
from bot.sync.observers import decision, whereabouts
from bot.sync.relaying.blindness import Blindness
from bot.sync.relaying.decide import Answered, Choice, Decision, Past, decide
from bot.sync.relaying.proxied import Originals, attributed
from bot.sync.relaying.turns import TurnTaker
from bot.sync.trouble import STARTER_GONE, notice

log = logging.getLogger(__name__)

HINT = (
    "-# This stays in Discord: only answers become comments on the blog. To have it there, press Reply on the first "
    "message of this thread, or on a comment. /relay status tells what becomes of your words; moderators choose with "
    "/blog settings."
)
"""What a member is told once in a thread."""

FORWARD_HINT = (
    "-# A forwarded message stays in Discord: its words are somebody else's, and were said in another place. Reply "
    "with words of your own to have those on the blog."
)
"""What a member is told once in a thread, in place of that."""

REMEMBERED = 4096
"""Messages that were ignored in this process: answers to them need no second look."""


class Listener:
    """``wake`` is called after each queued action. What is of the ``past`` stays in Discord."""

    def __init__(
        self,
        store: Store,
        subscription: SubscriptionId,
        policy: Policy,
        blindness: Blindness,
        past: Past,
        originals: Originals,
        turns: TurnTaker,
        *,
        wake: Callable[[], None],
        observer: Observer,
    ) -> None:
        self._store = store
        self._subscription = subscription
        self._policy = policy
        self._blindness = blindness
        self._past = past
        self._originals = originals
        self._taker = turns
        self._wake = wake
        self._observer = observer
        self._turns: WeakValueDictionary[ThreadId, asyncio.Lock] = WeakValueDictionary()
        self._ignored: OrderedDict[MessageId, None] = OrderedDict()

    def turn(self, thread: ThreadId) -> asyncio.Lock:
        """Events of a thread are taken down one after the other, in the order in which they came."""
        return self._turns.setdefault(thread, asyncio.Lock())

    async def message(self, message: Message, place: Place) -> None:
        """A message appeared in the thread of ``place``."""
        async with self.turn(place.thread_id or message.thread_id):
            verdict = await self.take_down(message, place)
            if verdict is not None and self._policy.hints:
                await self._hint(message, place, verdict)
            for proxied in self._originals.decided(message.thread_id):
                await self.take_down(proxied, place)

    async def _hint(self, message: Message, place: Place, verdict: Decision) -> None:
        """Of what was just written alone: whoever wrote it looks there."""
        hint = HINT if verdict.answers_nothing else FORWARD_HINT if verdict.only_forwards else None
        if hint and message.id > self._past.until and await self._store.hint(place, message, hint):
            self._wake()

    async def take_down(self, message: Message, place: Place) -> Decision | None:
        """A message that appeared, or was read again: the same for both. The caller has the thread's turn.

        None for what nothing can come of.
        """
        if message.ours or await self._is_hidden(message):
            return None
        if message.thread_id == place.beside.thread_id:
            await self._store.note_aside(place, message.id)
        self._originals.note(message)
        if (original := self._originals.of(message)) is not None:
            message = attributed(message, original)
        verdict = decide(
            message,
            place,
            await self._answered(message, place),
            mode=self._policy.relay,
            can_write=self._policy.has_account,
            stays=await self._stays(original or message, place),
        )
        if verdict.choice in (Choice.IGNORE, Choice.STAY):
            if verdict.choice is Choice.IGNORE and (original is not None or not message.proxied):
                self._remember_ignored(message.id)
            log.debug("not relayed: message %s of thread %s: %s", message.id, place.thread_id, verdict.reason)
        else:
            write = Write(message, unsure=verdict.choice is Choice.ASK)
            writing = Planned(write, reason=verdict.reason)
            await self._take_turn(place, writing, write)
        return verdict

    async def _take_turn(self, place: Place, writing: Planned, write: Write) -> None:
        """One that the blog refused goes again once its author has worded it anew, which counts as an edit."""
        asking = self._taker.of_relay(write.message)
        if not await self._store.queue(place, writing, asking):
            asking = self._taker.of_edit(write.message)
            if not await self._store.write_anew(place, write, asking):
                return
        self._observer.hear(decision(place, writing))
        self._wake()
        await self._taker.tell(asking)

    async def _stays(self, written: Message, place: Place) -> bool:
        """Of a proxied message its original tells that."""
        return written.id <= self._past.until or await self._store.stays(place, written)

    async def _is_hidden(self, message: Message) -> bool:
        """Nothing is to come of a message whose words are hidden: it is read again when they are not."""
        return self._policy.relays is not RelayMode.OFF and await self._blindness.hides(message)

    async def _answered(self, message: Message, place: Place) -> Answered:
        if message.kind is not MessageKind.REPLY or message.reply_to is None:
            return Answered(None, on_its_way=False)
        traces = await self._store.traces(place, message.reply_to)
        if traces.link is not None:
            return Answered(traces.link, on_its_way=False)
        stage = traces.stage
        was_ignored = stage is Stage.DONE or (stage is None and message.reply_to in self._ignored)
        return Answered(None, on_its_way=stage is not None and stage.is_open, was_ignored=was_ignored)

    def _remember_ignored(self, message: MessageId) -> None:
        self._ignored[message] = None
        while len(self._ignored) > REMEMBERED:
            self._ignored.popitem(last=False)

    async def edited(self, message: Message, place: Place) -> None:
        """A message changed, or an event says so: previews and pins look the same."""
        async with self.turn(place.thread_id or message.thread_id):
            if not message.ours:
                await self.take_down_edit(message, place)

    async def take_down_edit(self, message: Message, place: Place) -> None:
        """The caller has the thread's turn."""
        if await self._is_hidden(message):
            return
        self._originals.note(message)
        if await self._store.refresh_write(place, message):
            return
        traces = await self._store.traces(place, message.id)
        stage, link = traces.stage, traces.link
        if link is not None and (link.origin is not Origin.DISCORD or await self._is_current(link, message, place)):
            return
        if link is None and stage in (None, Stage.REFUSED):
            await self.take_down(message, place)  # its creation was missed, or comes later; or it may be taken now
            return
        if link is None and stage in (Stage.DONE, Stage.DELETED):
            return  # never relayed
        # An edit of a proxied message is its webhook's, by which nobody is known.
        writer = await self._store.writer_of(place, message.id) if message.proxied else None
        asking = self._taker.of_edit(message, writer)
        if await self._store.queue_rewrite(place, message.id, asking):
            where, kind = whereabouts(place, about_message(message.id)), Rewrite.traits.kind
            self._observer.hear(Decided(where, kind, f"{kind}:{message.id}", "its message was edited", Urgency.LIVE))
            self._wake()
            await self._taker.tell(asking)

    async def _is_current(self, link: Link, message: Message, place: Place) -> bool:
        """A look that is just being taken may have read an earlier text."""
        return link.digest == message.digest and not await self._store.rewrite_under_way(place, message.id)

    async def deleted(self, messages: Iterable[MessageId], place: Place) -> None:
        """Messages are gone; which of them were in the map is found out here."""
        assert place.thread_id is not None
        async with self.turn(place.thread_id):
            await self.take_down_deletions(messages, place)

    async def take_down_deletions(self, messages: Iterable[MessageId], place: Place) -> None:
        """The caller has the thread's turn."""
        for message in messages:
            if message == place.starter_id:
                await self._store.queue(place, Planned(notice(place, STARTER_GONE)))
                continue
            link = await self._store.link(self._subscription, message)
            if link is not None and link.origin is Origin.BLOG:
                hidden = await self._store.hide(place, message)
                if hidden is not None:
                    log.info("hidden: comment %s of post %s, its mirror was deleted", hidden, place.post_id)
            elif (
                link is not None
                or not await self._store.note_deleted(place, message)
                or await self._store.link(self._subscription, message) is not None  # its Write has ended since
            ):
                gone = Planned(Withdraw(message), reason="its message was deleted")
                if await self._store.queue(place, gone):
                    self._observer.hear(decision(place, gone))
            self._originals.forget(message)
            for said_again in self._originals.gone(message):
                await self.take_down(said_again, place)
        self._wake()
