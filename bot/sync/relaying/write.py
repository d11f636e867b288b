"""Carry out the actions whose far side is the blog. Decides nothing that an event has not decided.

WordPress hardly checks a parent (it takes a missing one, one of another post, even a cycle): see
:mod:`bot.sync.relaying.parentage`.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from bot.core.actions import Claim, Discard, Rewrite, SetMark, Settle, TakeCopyAway, Tell, Withdraw, Write
from bot.core.domain import (
    AttachmentId,
    CommentId,
    Link,
    Mapped,
    Mark,
    Message,
    MessageId,
    Millis,
    Origin,
    Place,
    Standing,
)
from bot.core.errors import AnotherComment, PlaceVanished, Refused, Vanished
from bot.ports import Blog, Chat, Outcome, Store, Written
from bot.sync.relaying.compose import TOMBSTONE_HTML, Relay
from bot.sync.relaying.files import Files
from bot.sync.relaying.parentage import Parentage
from bot.sync.trouble import notice

COPY_ANSWERED = (
    "The blog has a member's message twice, and the second copy (comment {comment}) is answered, so it stays; it is "
    "not shown in the thread. Move its answers on the blog, and take it away there."
)


class RelayWriter:
    """The only caller of the Blog port's writes. ``approve``: relays ask for approval."""

    def __init__(
        self, blog: Blog, chat: Chat, store: Store, parentage: Parentage, files: Files, *, approve: bool
    ) -> None:
        self._blog = blog
        self._chat = chat
        self._store = store
        self._parentage = parentage
        self._files = files
        self._approve = approve

    async def write(self, claim: Claim, action: Write) -> Outcome:
        """Files that an earlier attempt has carried, and no comment shows, go again."""
        outcome, written = await self._write(claim, action)
        if claim.attempts == 1 and not action.message.attachments:
            return outcome  # nothing of it can have been carried
        shown = [one.id for one in action.message.attachments] if written else []
        return await self._tidied(claim.place, outcome, action.message.id, keep=shown)

    async def _tidied(
        self, place: Place, outcome: Outcome, message: MessageId, keep: Collection[AttachmentId] = ()
    ) -> Outcome:
        gone = await self._files.superfluous(place, message, keep)
        return replace(outcome, follow_up=(*outcome.follow_up, *gone))

    async def _write(self, claim: Claim, action: Write) -> tuple[Outcome, bool]:
        """-> also whether there is a comment."""
        message, place = action.message, claim.place
        if not claim.found_half_done and await self._store.stays(place, message):
            return _kept(message.id), False
        if action.unsure and not await self._parentage.concerns_the_blog(message, place):
            return _talk(message.id, claim), False
        relay = Relay(message)
        if relay.is_blank:
            return Outcome(note="nothing to post"), False
        parent = await self._parentage.parent(message, place)
        try:
            written = await self._blog.find(place.post_id, message.jump_url) if claim.found_half_done else None
            if written is None:
                if await self._store.stays(place, message):  # they may have said so while we looked
                    return _kept(message.id), False
                files = await self._files.urls(message, place, attempts=claim.attempts)
                if message.attachments and await self._store.stays(place, message):  # that took its time
                    return _kept(message.id), False
                draft = relay.draft(place, parent, files, rich=self._blog.keeps_rich, approve=self._approve)
                written = await self._blog.write(draft)
        except (Refused, PlaceVanished) as refusal:
            return _refused(message.id, refusal.reason), False
        if message.thread_id != place.thread_id:
            return Outcome(note=f"comment {written.comment_id}, of a thread that is no more"), True
        return _relayed(message, parent, written), True

    async def rewrite(self, claim: Claim, action: Rewrite) -> Outcome:
        link, seen = await self._relayed(claim.place, action.message_id)
        if link is None or seen is None:
            return Outcome(note="never relayed")
        message = await self._chat.read(claim.place, action.message_id)
        attached = [one.id for one in message.attachments] if message is not None else []
        if seen.standing is Standing.HIDDEN:  # its words are looked at again when it comes back
            return await self._tidied(
                claim.place, Outcome(note="removed on the blog"), action.message_id, keep=attached
            )
        if message is None or (relay := Relay(message)).is_blank:
            return await self._tidied(claim.place, await self._take_away(claim.place, seen), action.message_id)
        stands = seen.standing in (Standing.LIVE, Standing.HELD)
        # An attempt that was not answered may have put another text there than the one last noted.
        if stands and message.digest == link.digest and not claim.found_half_done:
            return Outcome(note="nothing changed")
        files = await self._files.urls(message, claim.place, attempts=claim.attempts)
        html = relay.html(files, rich=self._blog.keeps_rich)
        outcome = await self._replace(seen, link, message, html)
        return await self._tidied(claim.place, outcome, message.id, keep=attached)

    async def _replace(self, seen: Mapped, link: Link, message: Message, html: str) -> Outcome:
        try:
            if seen.standing is Standing.GONE:
                written = await self._blog.revive(seen.comment_id, html, key=seen.key)
            else:
                written = await self._blog.rewrite(seen.comment_id, html, key=seen.key)
        except (Vanished, PlaceVanished, AnotherComment) as gone:  # by itself or with its post: readers see neither
            return Outcome(
                mapped=replace(seen, standing=Standing.HIDDEN),
                message_digest=link.digest,
                follow_up=(SetMark(message.id, Mark.REMOVED, seen.revision + 1),),
                note=gone.reason,
            )
        except Refused as refusal:
            said = Tell(message.id, f"Your edit has not reached the blog: {refusal.reason}")
            return Outcome(mapped=seen, message_digest=message.digest, follow_up=(said,), note=refusal.reason)
        standing = Standing.HELD if written.held else Standing.LIVE
        after = replace(seen, digest=written.digest, revision=seen.revision + 1, standing=standing)
        return Outcome(mapped=after, message_digest=message.digest)

    async def withdraw(self, claim: Claim, action: Withdraw) -> Outcome:
        """With its files, whatever has become of the comment by now."""
        return await self._tidied(claim.place, await self._withdraw(claim, action), action.message_id)

    async def discard(self, claim: Claim, action: Discard) -> Outcome:
        return await self._files.discard(claim.place, action)

    async def _withdraw(self, claim: Claim, action: Withdraw) -> Outcome:
        link, seen = await self._relayed(claim.place, action.message_id)
        if link is None or seen is None:
            return Outcome(note="never relayed")
        if seen.standing not in (Standing.LIVE, Standing.HELD):
            return Outcome(note="not on the blog any more")
        return await self._take_away(claim.place, seen)

    async def settle(self, claim: Claim, action: Settle) -> Outcome:
        seen = await self._store.comment(claim.place, action.comment_id)
        if seen is None or seen.standing not in (Standing.GONE, Standing.TOMBSTONE):
            return Outcome(note="it stands")
        return await self._take_away(claim.place, replace(seen, revision=action.revision))

    async def take_copy_away(self, claim: Claim, action: TakeCopyAway) -> Outcome:
        """A copy that is answered stays: who answered it would lose the place of their words."""
        try:
            if await self._blog.children(claim.place.post_id, action.comment_id):
                told = notice(claim.place, COPY_ANSWERED.format(comment=action.comment_id))
                return Outcome(follow_up=(told,), note="somebody answers it")
            await self._blog.withdraw(action.comment_id, key=action.carries)
        except (Vanished, PlaceVanished, AnotherComment) as gone:
            return Outcome(note=gone.reason)
        return Outcome()

    async def _take_away(self, place: Place, seen: Mapped) -> Outcome:
        """A leaf goes to the trash; a comment with replies keeps its place, since WordPress would hide them with it."""
        try:
            if await self._blog.children(place.post_id, seen.comment_id):
                sighting = await self._blog.sighting(seen.comment_id)
                leave = self._blog.revive if sighting.standing is Standing.GONE else self._blog.rewrite
                await leave(seen.comment_id, TOMBSTONE_HTML, key=seen.key)
                return await self._taken(place, seen, Standing.TOMBSTONE)
            await self._blog.withdraw(seen.comment_id, key=seen.key)
        except PlaceVanished as gone:
            return Outcome(note=gone.reason)  # with its post
        except (Vanished, AnotherComment):
            return await self._taken(place, seen, Standing.HIDDEN)
        return await self._taken(place, seen, Standing.GONE)

    async def _taken(self, place: Place, seen: Mapped, standing: Standing) -> Outcome:
        link = await self._store.link(place.subscription_id, seen.messages[0]) if seen.messages else None
        return Outcome(mapped=replace(seen, standing=standing), message_digest=link.digest if link else "")

    async def _relayed(self, place: Place, message: MessageId) -> tuple[Link | None, Mapped | None]:
        """The link and the comment of a member's message."""
        link = await self._store.link(place.subscription_id, message)
        if link is None or link.origin is not Origin.DISCORD or link.post_row != place.row:
            return None, None
        return link, await self._store.comment(place, link.comment_id)


def _refused(message: MessageId, reason: str) -> Outcome:
    return Outcome(
        follow_up=(SetMark(message, Mark.REFUSED), Tell(message, f"This reply is not on the blog: {reason}")),
        note=reason,
    )


def _talk(message: MessageId, claim: Claim) -> Outcome:
    """What is talk after all; takes off the mark that an earlier attempt may have set on the message."""
    return Outcome(follow_up=(SetMark(message, None),) if claim.attempts > 1 else (), note="talk among members")


def _kept(message: MessageId) -> Outcome:
    return Outcome(follow_up=(SetMark(message, None),), forgotten=True, note="its author keeps it in Discord")


def _relayed(message: Message, parent: CommentId | None, written: Written) -> Outcome:
    return Outcome(
        mapped=Mapped(
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
            written_at=written.written_at,
            key=message.jump_url,
        ),
        message_digest=message.digest,
        follow_up=(SetMark(message.id, Mark.HELD if written.held else Mark.RELAYED),),
        note=f"comment {written.comment_id}",
    )
