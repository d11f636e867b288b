"""Carry out what the bot says in its own name: starters, marks, answers, progress, word to moderators.

Shows no comments; see :mod:`bot.sync.mirroring.show`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from bot.core.actions import (
    Action,
    Claim,
    Notify,
    OpenThread,
    Rename,
    Report,
    Retag,
    ReviseStarter,
    SetMark,
    Tell,
    Unsay,
)
from bot.core.domain import ChannelId, MessageId, Millis, Place, Post
from bot.core.errors import NotAllowed, Refused, Unreachable, Vanished
from bot.core.policy import RelayMode
from bot.ports import Announcement, Chat, Outcome, Store
from bot.sync.mirroring import compose
from bot.sync.mirroring.show import claimed_at
from bot.sync.progress import REPORT
from bot.sync.relaying.compose import NOT_EDITED, REFUSAL
from bot.sync.trouble import STARTER_GONE, notice

PROBE_MARGIN = 600_000
"""Milliseconds by which our clock may have been put back meanwhile when what was said is looked for by time."""


class Announcer:
    """The only caller of the Chat port's other writes. ``moderators`` is the channel that hears of trouble, if any.

    ``relays``: what starters tell members to expect. ``may_open``: whether it is known which threads stand already.
    """

    def __init__(
        self,
        chat: Chat,
        store: Store,
        now: Callable[[], Millis],
        *,
        base_url: str,
        moderators: ChannelId | None,
        relays: RelayMode,
        may_open: Callable[[], bool] = lambda: True,
    ) -> None:
        self._may_open = may_open
        self._chat = chat
        self._store = store
        self._now = now
        self._base_url = base_url
        self._moderators = moderators
        self._relays = relays

    async def open_thread(self, claim: Claim, action: OpenThread) -> Outcome:
        what = self._announcement(action.post, claimed_at(claim, self._chat))
        channel = claim.place.channel_id
        if not self._may_open():
            raise Unreachable(f"Channel {channel} has not been read yet: the thread may stand there already.", 5.0)
        opened = None
        if claim.found_half_done:
            # By Discord's own ids: no clock of ours says when the thread was opened.
            after = self._chat.moment_of(claim.anchor) if claim.anchor is not None else Millis(0)
            known = await self._store.every_thread()
            opened = await self._chat.find_thread(channel, what.url, after=after, known=known)
        if opened is None:
            opened = await self._chat.open_thread(channel, what, nonce=claim.nonce())
        return Outcome(opened=opened, shown=action.post, note=f"thread {opened.thread_id}")

    def _announcement(self, post: Post, shown_at: Millis) -> Announcement:
        return compose.announcement(post, base_url=self._base_url, relays=self._relays, shown_at=shown_at)

    async def revise_starter(self, claim: Claim, action: ReviseStarter) -> Outcome:
        starter = claim.place.starter_id
        shown_at = claimed_at(claim, self._chat) if starter is None else self._chat.moment_of(starter)
        what = self._announcement(action.post, shown_at)
        follow_up: tuple[Action, ...] = _following(claim.place, action)
        note = ""
        try:
            await self._chat.revise_starter(claim.place, what)
        except Vanished as gone:
            follow_up, note = (*follow_up, notice(claim.place, STARTER_GONE)), gone.reason
        return Outcome(shown=action.post, follow_up=follow_up, note=note)

    async def rename(self, claim: Claim, action: Rename) -> Outcome:
        """Only for the title that the starter shows now: a later one has its own."""
        if action.title != claim.place.title:
            return Outcome(note="the title has changed since")
        await self._chat.rename_thread(claim.place, action.title)
        return Outcome()

    async def retag(self, claim: Claim, action: Retag) -> Outcome:
        await self._chat.retag_thread(claim.place, action.before, action.after)
        return Outcome()

    async def mark(self, claim: Claim, action: SetMark) -> Outcome:
        try:
            await self._chat.mark(claim.place, action.message_id, action.mark)
        except (Vanished, Refused) as error:  # its author has blocked the bot, or it has all its reactions
            return Outcome(note=error.reason)
        return Outcome()

    async def tell(self, claim: Claim, action: Tell) -> Outcome:
        """Looked for where an earlier attempt may have arrived: Discord remembers a nonce for minutes only."""
        if claim.found_half_done:
            async for message in self._chat.history(claim.place, after=action.message_id):
                if message.ours and message.reply_to == action.message_id and message.text == action.text:
                    return Outcome(note="said already")
        await self._chat.tell(claim.place, action.message_id, action.text, nonce=claim.nonce())
        return Outcome()

    async def unsay(self, claim: Claim, action: Unsay) -> Outcome:
        """Each step may be repeated: what is gone already is not found."""
        async for message in self._chat.history(claim.place, after=action.message_id):
            of_it = message.ours and message.reply_to == action.message_id
            if of_it and message.text.startswith((REFUSAL, NOT_EDITED)) and message.text != action.keep:
                where = replace(claim.place, thread_id=message.thread_id)  # or its channel, where the answer stands
                await self._chat.delete(where, message.id)
        return Outcome()

    async def report(self, claim: Claim, action: Report) -> Outcome:
        place = claim.place
        known = await self._store.backfill(place)
        message = known.message if known is not None else None
        if message is None and claim.found_half_done:
            message = await self._find_report(claim)
        over = known is None or known.waiting == 0
        if over or message is None:
            return await (self._end_report(claim, message) if over else self._first_report(claim, action))
        try:
            await self._chat.revise_saying(place, message, action.text)
        except Vanished as gone:
            await self._store.end_backfill(place)  # somebody does not want to see it
            return Outcome(note=gone.reason)
        return Outcome(said=message)

    async def _first_report(self, claim: Claim, action: Report) -> Outcome:
        return Outcome(said=await self._chat.say(claim.place, action.text, nonce=claim.nonce()))

    async def _end_report(self, claim: Claim, message: MessageId | None) -> Outcome:
        """All comments are there to be seen: the message in their middle has served."""
        if message is not None:
            await self._chat.delete(claim.place, message)
        await self._store.end_backfill(claim.place)
        return Outcome(note="the backfill is complete")

    async def _find_report(self, claim: Claim) -> MessageId | None:
        async for message in self._chat.history(claim.place, after=claim.place.starter_id):
            if message.ours and message.text.startswith(REPORT):
                return message.id
        return None

    async def notify(self, claim: Claim, action: Notify) -> Outcome:
        if self._moderators is None:
            return Outcome(note="no channel for moderators is set")
        if claim.found_half_done and await self._told(claim, action, self._moderators):
            return Outcome(note="said already")
        await self._chat.notify(self._moderators, action.text, nonce=claim.nonce())
        return Outcome()

    async def _told(self, claim: Claim, action: Notify, moderators: ChannelId) -> bool:
        """Discord remembers a nonce for minutes only. Who may not read there has to risk saying it twice."""
        after = self._claimed_before(claim) if claim.anchor is None else self._chat.moment_of(claim.anchor)
        try:
            return await self._chat.told(moderators, action.text, after=after)
        except NotAllowed:
            return False

    def _claimed_before(self, claim: Claim) -> Millis:
        """By Discord's time: of our own clock it is only believed how long ago that was."""
        ago = max(self._now() - claim.claimed_at, 0)
        return Millis(self._chat.moment_of(self._chat.newest_id()) - ago - PROBE_MARGIN)


def _following(place: Place, action: ReviseStarter) -> tuple[Rename | Retag, ...]:
    """What of a thread follows when its post has changed. A name that moderators gave stays until the title changes."""
    post, after = action.post, action.post.categories
    renames = (Rename(post.title, action.revision),) if post.title != place.title else ()
    retags = (Retag(place.categories, after, action.revision),) if after != place.categories else ()
    return (*renames, *retags)
