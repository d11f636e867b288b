"""Carry out the actions whose far side is Discord. Decides nothing that a plan has not decided.

Every send follows one order: tied parts first, then the probe where an earlier attempt may have arrived, then the send,
and each part is tied to its message before the next leaves.
"""

from __future__ import annotations

from dataclasses import replace

from bot.actions import Claim, Edit, OpenThread, Retract, ReviseStarter, Send, SetMark, Tell
from bot.domain import Mapped, MessageId, Millis, Origin, Place, Standing
from bot.errors import Refused, Vanished
from bot.ports import Chat, Outcome, Store, Utterance
from bot.sync import compose
from bot.sync.plan import shown_parent

PROBE_MARGIN = 600_000
"""Milliseconds by which our clock may be ahead of Discord's when a thread is looked for by time."""

NOT_EDITABLE = "not_editable"
"""Code of the refusal to edit a mirror whose webhook is gone."""


def nonce(claim: Claim, part: int = 0) -> str:
    """Deterministic, at most 25 characters (Discord: Create Message), the same after a restart."""
    return f"ct{claim.place.row}-{claim.id}-{part}"[:25]


class ChatSide:
    """The only caller of the Chat port's writes. ``base_url`` resolves relative links of the blog."""

    def __init__(self, chat: Chat, store: Store, *, base_url: str) -> None:
        self._chat = chat
        self._store = store
        self._base_url = base_url

    async def open_thread(self, claim: Claim, action: OpenThread) -> Outcome:
        what = compose.announcement(action.post, base_url=self._base_url)
        channel = claim.place.channel_id
        opened = None
        if claim.found_half_done:
            after = Millis(claim.claimed_at - PROBE_MARGIN)
            opened = await self._chat.find_thread(channel, what.url, after=after)
        if opened is None:
            opened = await self._chat.open_thread(channel, what, nonce=nonce(claim))
        return Outcome(opened=opened, shown=action.post, note=f"thread {opened.thread_id}")

    async def revise_starter(self, claim: Claim, action: ReviseStarter) -> Outcome:
        what = compose.announcement(action.post, base_url=self._base_url)
        try:
            await self._chat.revise_starter(claim.place, what)
        except Vanished as gone:
            return Outcome(shown=action.post, note=gone.reason)
        return Outcome(shown=action.post)

    async def send(self, claim: Claim, action: Send) -> Outcome:
        place, comment = claim.place, action.comment
        parent_message = shown_parent(comment.parent_id, await self._store.mapped(place))
        parts = compose.utterances(
            comment, action.parent, parent_message, place, base_url=self._base_url, silent=action.silent
        )
        sent = list(await self._store.parts_sent(claim))
        for number, part in enumerate(parts[len(sent) :], start=len(sent) + 1):
            sent.append(await self._send_part(claim, part, number, probe=claim.found_half_done))
        return Outcome(
            mapped=Mapped(
                comment.id,
                comment.parent_id,
                Origin.BLOG,
                comment.author,
                comment.digest,
                action.revision,
                Standing.LIVE,
                tuple(sent),
                parent_message,
                Millis(0),
            )
        )

    async def _send_part(self, claim: Claim, part: Utterance, number: int, *, probe: bool) -> MessageId:
        message = None
        if probe:
            message = await self._chat.find(claim.place, part.marker, after=claim.anchor)
        if message is None:
            message = await self._chat.send(claim.place, part, nonce=nonce(claim, number))
        await self._store.record_part(claim, number, message)
        return message

    async def edit(self, claim: Claim, action: Edit) -> Outcome:
        place, comment = claim.place, action.comment
        known = await self._store.mapped(place)
        seen = known.get(comment.id)
        if seen is None or not seen.messages:
            return Outcome(note="no mirror to edit")
        parent_message = shown_parent(comment.parent_id, known)
        parts = compose.utterances(comment, action.parent, parent_message, place, base_url=self._base_url, silent=True)
        after = replace(
            seen,
            parent_id=comment.parent_id,
            author=comment.author,
            digest=comment.digest,
            revision=action.revision,
            standing=Standing.LIVE,
            shown_parent=parent_message,
        )
        try:
            messages = await self._edit_parts(claim, seen, parts)
        except Vanished as gone:
            return Outcome(mapped=replace(after, standing=Standing.HIDDEN), note=gone.reason)
        return Outcome(mapped=replace(after, messages=messages))

    async def _edit_parts(self, claim: Claim, seen: Mapped, parts: tuple[Utterance, ...]) -> tuple[MessageId, ...]:
        """Edit what stands, send what is more, delete what is too much; replace all where they cannot be edited."""
        try:
            for message, part in zip(seen.messages, parts, strict=False):
                await self._chat.edit(claim.place, message, part)
            kept = seen.messages[: len(parts)]
        except Refused as refusal:
            if refusal.code != NOT_EDITABLE:
                raise
            kept = ()
        messages = list(kept)
        newest = max(seen.messages)
        for number, part in enumerate(parts[len(kept) :], start=len(kept) + 1):
            found = await self._chat.find(claim.place, part.marker, after=newest) if claim.found_half_done else None
            messages.append(found or await self._chat.send(claim.place, part, nonce=nonce(claim, number)))
        for message in seen.messages[len(kept) :]:
            await self._chat.delete(claim.place, message)
        return tuple(messages)

    async def retract(self, claim: Claim, action: Retract) -> Outcome:
        place = claim.place
        seen = (await self._store.mapped(place)).get(action.comment_id)
        if seen is None or not seen.messages:
            return Outcome(note="no mirror to retract")
        if action.tombstone:
            return await self._leave_tombstone(place, seen, action)
        for message in reversed(seen.messages):
            await self._chat.delete(place, message)
        return Outcome(mapped=replace(seen, revision=action.revision, standing=Standing.GONE, messages=()))

    async def _leave_tombstone(self, place: Place, seen: Mapped, action: Retract) -> Outcome:
        first, *rest = seen.messages
        for message in reversed(rest):
            await self._chat.delete(place, message)
        after = replace(seen, revision=action.revision, standing=Standing.TOMBSTONE, messages=(first,))
        try:
            await self._chat.edit(place, first, compose.tombstone(seen.author))
        except Vanished as gone:
            return Outcome(mapped=replace(after, standing=Standing.GONE, messages=()), note=gone.reason)
        except Refused as refusal:
            if refusal.code != NOT_EDITABLE:
                raise
            await self._chat.delete(place, first)  # words that were removed must not stay because a webhook is gone
            return Outcome(mapped=replace(after, standing=Standing.GONE, messages=()), note=refusal.reason)
        return Outcome(mapped=after)

    async def mark(self, claim: Claim, action: SetMark) -> Outcome:
        try:
            await self._chat.mark(claim.place, action.message_id, action.mark)
        except Vanished as gone:
            return Outcome(note=gone.reason)
        return Outcome()

    async def tell(self, claim: Claim, action: Tell) -> Outcome:
        await self._chat.tell(claim.place, action.message_id, action.text, nonce=nonce(claim))
        return Outcome()
