"""Carry out what is to be seen of a comment on Discord: send, edit, retract. Decides nothing that a plan has not.

Every attempt ends in the same state however often it is cut off: what an earlier one sent is looked for first, what
stands is edited, what lacks is sent, each part tied to its message before the next leaves, and what is too much goes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from bot.core.actions import Claim, Edit, Retract, Send
from bot.core.domain import Comment, CommentId, Mapped, MessageId, Millis, Origin, Place, Standing, ThreadId, utf16
from bot.core.errors import RefusalKind, Refused, Vanished
from bot.core.lookalikes import on_discord
from bot.ports import Blog, Chat, Outcome, Store, Utterance
from bot.sync.mirroring import compose
from bot.sync.mirroring.sight import first_message
from bot.translate.marker import link_of, shows


def claimed_at(claim: Claim, chat: Chat) -> Millis:
    """When an action was claimed, and not after now by Discord's time: our clock may be ahead."""
    return min(claim.claimed_at, chat.moment_of(chat.newest_id()))


class MirrorWriter:
    """The only caller of the Chat port's writes about mirrors. ``base_url`` resolves relative links of the blog."""

    def __init__(self, blog: Blog, chat: Chat, store: Store, *, base_url: str) -> None:
        self._blog = blog
        self._chat = chat
        self._store = store
        self._base_url = base_url

    async def send(self, claim: Claim, action: Send) -> Outcome:
        known = await self._known(claim, action.comment)
        seen = known.get(action.comment.id)
        if claim.superseded or (seen is not None and seen.standing is Standing.HIDDEN):
            return await self._only_look(claim, action)
        return await self._show(claim, action, known, silent=action.silent)

    async def edit(self, claim: Claim, action: Edit) -> Outcome:
        known = await self._known(claim, action.comment)
        seen = known.get(action.comment.id)
        if seen is None or seen.standing not in (Standing.LIVE, Standing.TOMBSTONE):
            return Outcome(note="no mirror to edit")
        if claim.superseded:
            return await self._only_look(claim, action)
        return await self._show(claim, action, known, silent=True)

    async def _known(self, claim: Claim, comment: Comment) -> Mapping[CommentId, Mapped]:
        """What is known of a comment and of the one that it answers."""
        above = () if comment.parent_id is None else (comment.parent_id,)
        return await self._store.comments(claim.place, (comment.id, *above))

    async def _show(
        self, claim: Claim, action: Send | Edit, known: Mapping[CommentId, Mapped], *, silent: bool
    ) -> Outcome:
        place, comment, parent = claim.place, action.comment, action.parent
        parent_message = None if comment.parent_id is None else first_message(known.get(comment.parent_id))
        mirror = compose.Mirror(
            comment,
            parent,
            parent_message,
            parent_url=await self._link(place, parent_message),
            base_url=self._base_url,
            limit=self._chat.message_limit,
            sent_at=self._sent_at(claim, known.get(comment.id)),
            silent=silent,
            shown_as=await self._name(place, comment),
        )
        parts = mirror.parts()
        seen = known.get(comment.id)
        if claim.found_half_done:
            await self._adopt(claim, comment.url, parts)
            seen = await self._store.comment(place, comment.id)
        if seen is not None and seen.standing is Standing.HIDDEN:
            return Outcome(note="taken away in the meantime")
        stands = seen.messages if seen is not None else ()
        after = _shown(action, stands, parent_message)
        try:
            messages = await self._show_in_parts(claim, seen, mirror, parts)
        except Vanished as gone:
            await self._sweep(claim)
            return Outcome(mapped=replace(after, standing=Standing.HIDDEN), note=gone.reason)
        if seen is not None or claim.attempts > 1:  # else nothing of it can be too much
            await self._sweep(claim)
        return Outcome(mapped=replace(after, messages=messages))

    async def _name(self, place: Place, comment: Comment) -> str:
        """Under which a comment's author appears: who bears the name of somebody else there says whence they come."""
        writers = self._blog.writers
        taken = {*(await self._chat.names_of_staff(place.guild_id)), *(one.name for one in writers)}
        is_writer = comment.account != "" and any(one.account == comment.account for one in writers)
        return on_discord(comment.author, taken, is_writer=is_writer)

    def _sent_at(self, claim: Claim, seen: Mapped | None) -> Millis:
        return self._chat.moment_of(seen.messages[0]) if seen and seen.messages else claimed_at(claim, self._chat)

    async def _link(self, place: Place, message: MessageId | None) -> str | None:
        if message is None or place.thread_id is None:
            return None
        thread = ThreadId(place.channel_id) if await self._store.is_aside(place, message) else place.thread_id
        return self._chat.jump_url(place.guild_id, thread, message)

    async def _show_in_parts(
        self, claim: Claim, seen: Mapped | None, mirror: compose.Mirror, parts: tuple[Utterance, ...]
    ) -> tuple[MessageId, ...]:
        """Show the parts as cut by Discord's limit in code points; cut by UTF-16 units where that is refused.

        Where words are refused, once more without those that are quoted: they are another's.
        """
        try:
            return await self._show_parts(claim, seen, mirror, parts)
        except Refused as refusal:
            others = _otherwise(mirror, refusal)
            if others in (None, parts):
                raise
        seen = await self._store.comment(claim.place, _comment_id(claim))  # some parts may stand already
        return await self._show_parts(claim, seen, mirror, others)

    async def _show_parts(
        self, claim: Claim, seen: Mapped | None, mirror: compose.Mirror, parts: tuple[Utterance, ...]
    ) -> tuple[MessageId, ...]:
        """Edit what stands, send what lacks; replace all where it cannot be edited, or bears a name of before."""
        stands = seen.messages if seen is not None else ()
        # In doubt a message may stand that was sent under a name which the map never knew.
        renamed = claim.found_half_done or seen is None or seen.author != _author(claim)
        kept = stands[: len(parts)]
        try:
            for message, part in zip(kept, parts, strict=False):
                await self._chat.edit(claim.place, message, part, renamed=renamed)
        except Refused as refusal:
            if refusal.kind is not RefusalKind.NOT_EDITABLE:
                raise
            kept, parts = (), mirror.sent_anew(claimed_at(claim, self._chat))
        if surplus := stands[len(kept) :]:
            await self._store.mark_surplus(claim, surplus)
        messages = list(kept)
        for number, part in enumerate(parts[len(kept) :], start=len(kept) + 1):
            message = await self._chat.send(claim.place, part, nonce=claim.nonce(number))
            await self._store.tie(claim, number, message)
            messages.append(message)
        return tuple(messages)

    async def _adopt(self, claim: Claim, url: str, parts: tuple[Utterance, ...]) -> None:
        """Tie what an earlier attempt sent and could not note: as the part that it is, or as one that has to go."""
        seen = await self._store.comment(claim.place, _comment_id(claim))
        taken = len(seen.messages) if seen is not None else 0
        wanted = {part.marker: part.part for part in parts}
        async for message, marker in self._chat.mirrors(claim.place, after=claim.anchor):
            if not shows(marker, url) or await self._store.link(claim.place.subscription_id, message) is not None:
                continue
            if wanted.get(marker) == taken + 1:
                taken += 1
                await self._store.tie(claim, taken, message)
            else:
                await self._store.mark_surplus(claim, (message,))

    async def _sweep(self, claim: Claim) -> None:
        for message in await self._store.surplus(claim):
            await self._chat.delete(claim.place, message)

    async def _only_look(self, claim: Claim, action: Send | Edit) -> Outcome:
        """The comment is not to be shown any more: what arrived of it is noted, and the next plan takes it away."""
        comment = action.comment
        await self._adopt(claim, comment.url, ())
        await self._sweep(claim)
        seen = await self._store.comment(claim.place, comment.id)
        if seen is None or seen.standing is not Standing.ARRIVING:
            return Outcome(note="no longer wanted")
        standing = Standing.LIVE if seen.messages else Standing.GONE
        return Outcome(mapped=replace(seen, revision=action.revision, standing=standing), note="no longer wanted")

    async def retract(self, claim: Claim, action: Retract) -> Outcome:
        """What goes is first marked as ours to delete, so that the events of it are not taken for a moderator's."""
        seen = await self._store.comment(claim.place, action.comment_id)
        if seen is None:
            return Outcome(note="no mirror to retract")
        kept = seen.messages[:1] if action.tombstone and seen.standing is not Standing.HIDDEN else ()
        await self._store.mark_surplus(claim, seen.messages[len(kept) :])
        await self._sweep(claim)
        after = replace(seen, revision=action.revision, messages=())
        if kept:
            return await self._leave_tombstone(claim, kept[0], after)
        standing = Standing.HIDDEN if seen.standing is Standing.HIDDEN else Standing.GONE
        return Outcome(mapped=replace(after, standing=standing))

    async def _permalink(self, place: Place, message: MessageId) -> str:
        """By which a mirror says whose it is; '' where it does not."""
        async for one in self._chat.posted(place, after=MessageId(message - 1)):
            return link_of(one.marker) if one.message.id == message else ""
        return ""

    async def _leave_tombstone(self, claim: Claim, message: MessageId, seen: Mapped) -> Outcome:
        gone = replace(seen, standing=Standing.GONE)
        try:
            url = await self._permalink(claim.place, message)
            await self._chat.edit(claim.place, message, compose.tombstone(seen.author, url))
        except Vanished as vanished:
            return Outcome(mapped=gone, note=vanished.reason)
        except Refused as refusal:
            if refusal.kind is not RefusalKind.NOT_EDITABLE:
                raise
            await self._store.mark_surplus(claim, (message,))
            await self._sweep(claim)  # words that were removed must not stay because a webhook is gone
            return Outcome(mapped=gone, note=refusal.reason)
        return Outcome(mapped=replace(seen, standing=Standing.TOMBSTONE, messages=(message,)))


def _otherwise(mirror: compose.Mirror, refusal: Refused) -> tuple[Utterance, ...] | None:
    """What may be shown after a refusal; None where nothing can be done about it."""
    match refusal.kind:
        case RefusalKind.BREAKS_A_RULE:
            return mirror.parts(utf16)
        case RefusalKind.WORDS:
            mirror.without_quotation()
            return mirror.parts()
        case _:
            return None


def _shown(action: Send | Edit, messages: tuple[MessageId, ...], parent_message: MessageId | None) -> Mapped:
    """What is to be known of a comment once it is shown as the action wants it."""
    comment, parent = action.comment, action.parent
    return Mapped(
        comment_id=comment.id,
        parent_id=comment.parent_id,
        origin=Origin.BLOG,
        author=comment.author,
        digest=comment.digest,
        revision=action.revision,
        standing=Standing.LIVE,
        messages=messages,
        shown_parent=parent_message,
        recorded_at=Millis(0),
        parent_digest=parent.digest if parent else "",
        written_at=comment.written_at,
    )


def _comment_id(claim: Claim) -> CommentId:
    assert isinstance(claim.action, Send | Edit)
    return claim.action.comment.id


def _author(claim: Claim) -> str:
    assert isinstance(claim.action, Send | Edit)
    return claim.action.comment.author
