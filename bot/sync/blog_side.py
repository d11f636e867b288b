"""Carry out the actions whose far side is the blog. Decides nothing that an event has not decided.

WordPress hardly checks a parent (it takes a missing one, one of another post, even a cycle): that is made sure of here.
"""

from __future__ import annotations

from dataclasses import replace

from bot.actions import Action, Claim, Rewrite, SetMark, Tell, Withdraw, Write
from bot.domain import CommentId, Link, Mapped, Mark, Message, MessageId, Millis, Origin, Place, Standing
from bot.errors import NotUnderstood, PlaceVanished, Refused, Vanished
from bot.ports import Blog, Chat, Outcome, Store, Written
from bot.sync import compose
from bot.sync.relay import answers_the_post

DEEPEST_CLIMB = 200
"""Ancestors that are tried before a reply is put at the top: a guard against a parent chain without end."""


class BlogSide:
    """The only caller of the Blog port's writes. ``approve``: relays ask for approval."""

    def __init__(self, blog: Blog, chat: Chat, store: Store, *, approve: bool) -> None:
        self._blog = blog
        self._chat = chat
        self._store = store
        self._approve = approve

    async def write(self, claim: Claim, action: Write) -> Outcome:
        message, place = action.message, claim.place
        html = compose.comment_html(message)
        if not html:
            return Outcome(note="nothing to post")
        parent = await self._parent(message, place)
        written = await self._blog.find(place.post_id, message.jump_url) if claim.found_half_done else None
        if written is None:
            try:
                written = await self._blog.write(compose.draft(message, place, parent, html, approve=self._approve))
            except (Refused, NotUnderstood, PlaceVanished) as refusal:
                return _refused(message.id, refusal.reason)
        return Outcome(
            mapped=_relay(message, parent, written),
            message_digest=message.digest,
            follow_up=(SetMark(message.id, Mark.HELD if written.held else Mark.RELAYED),),
            note=f"comment {written.comment_id}",
        )

    async def _parent(self, message: Message, place: Place) -> CommentId | None:
        """The comment that is answered, or its nearest ancestor that still stands under this post."""
        if message.reply_to is None or answers_the_post(message.reply_to, place):
            return None
        link = await self._store.link(message.reply_to)
        candidate = link.comment_id if link is not None and link.post_row == place.row else None
        known = await self._store.mapped(place)
        seen: set[CommentId] = set()
        while candidate is not None and candidate not in seen and len(seen) < DEEPEST_CLIMB:
            seen.add(candidate)
            ours = known.get(candidate)
            try:
                standing, post, above = await self._blog.standing(candidate)
            except Vanished:
                standing, post, above = Standing.GONE, place.post_id, ours.parent_id if ours else None
            if post != place.post_id:
                return None
            waits_with_its_parent = standing is Standing.HELD and ours is not None and ours.origin is Origin.DISCORD
            if standing is Standing.LIVE or waits_with_its_parent:
                return candidate
            candidate = above
        return None

    async def rewrite(self, claim: Claim, action: Rewrite) -> Outcome:
        link, seen = await self._relayed(claim.place, action.message_id)
        if link is None or seen is None:
            return Outcome(note="never relayed")
        message = await self._chat.read(claim.place, action.message_id)
        if message is None:
            return await self._take_away(claim.place, seen)
        if message.digest == link.digest:
            return Outcome(note="nothing changed")
        html = compose.comment_html(message)
        if not html:
            return await self._take_away(claim.place, seen)
        return await self._replace(seen, message, html)

    async def _replace(self, seen: Mapped, message: Message, html: str) -> Outcome:
        marks: tuple[Action, ...] = ()
        try:
            written = await self._blog.rewrite(seen.comment_id, html)
        except Vanished as gone:
            return Outcome(
                mapped=replace(seen, standing=Standing.HIDDEN),
                message_digest=message.digest,
                follow_up=(SetMark(message.id, Mark.REMOVED, seen.revision + 1),),
                note=gone.reason,
            )
        except Refused as refusal:
            marks = (Tell(message.id, f"Your edit has not reached the blog: {refusal.reason}"),)
            return Outcome(mapped=seen, message_digest=message.digest, follow_up=marks, note=refusal.reason)
        after = replace(seen, digest=written.digest, revision=seen.revision + 1)
        return Outcome(mapped=after, message_digest=message.digest)

    async def withdraw(self, claim: Claim, action: Withdraw) -> Outcome:
        link, seen = await self._relayed(claim.place, action.message_id)
        if link is None or seen is None:
            return Outcome(note="never relayed")
        return await self._take_away(claim.place, seen)

    async def _take_away(self, place: Place, seen: Mapped) -> Outcome:
        """A leaf goes to the trash; a comment with replies keeps its place, since WordPress would hide them with it."""
        if await self._blog.children(place.post_id, seen.comment_id):
            try:
                await self._blog.rewrite(seen.comment_id, compose.TOMBSTONE_HTML)
            except Vanished as gone:
                return Outcome(mapped=replace(seen, standing=Standing.GONE), note=gone.reason)
            return Outcome(mapped=replace(seen, standing=Standing.TOMBSTONE))
        await self._blog.withdraw(seen.comment_id)
        return Outcome(mapped=replace(seen, standing=Standing.GONE))

    async def _relayed(self, place: Place, message: MessageId) -> tuple[Link | None, Mapped | None]:
        """The link and the comment of a member's message, as long as its comment still stands."""
        link = await self._store.link(message)
        if link is None or link.origin is not Origin.DISCORD or link.post_row != place.row:
            return None, None
        seen = (await self._store.mapped(place)).get(link.comment_id)
        if seen is None or seen.standing not in (Standing.LIVE, Standing.HELD):
            return None, None
        return link, seen


def _relay(message: Message, parent: CommentId | None, written: Written) -> Mapped:
    return Mapped(
        comment_id=written.comment_id,
        parent_id=parent,
        origin=Origin.DISCORD,
        author=message.author_name,
        digest=written.digest,
        revision=0,
        standing=Standing.HELD if written.held else Standing.LIVE,
        messages=(message.id,),
        shown_parent=None,
        recorded_at=Millis(0),
    )


def _refused(message: MessageId, reason: str) -> Outcome:
    return Outcome(
        follow_up=(SetMark(message, Mark.REFUSED), Tell(message, f"This reply is not on the blog: {reason}")),
        note=reason,
    )
