"""Carry to the blog what becomes of a message that is there: its new words, its deletion, its files.

Writes no new comment (:mod:`bot.sync.relaying.write`), and decides nothing that an event or a plan has not decided.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace

from bot.core.actions import Claim, Discard, Move, Rewrite, SetMark, Settle, TakeCopyAway, Withdraw
from bot.core.domain import Link, Mapped, Mark, Message, MessageId, Millis, Origin, Place, PostId, Standing
from bot.core.errors import AnotherComment, PlaceVanished, Refused, Unanswered, Vanished
from bot.core.signing import carries
from bot.ports import Blog, Chat, Outcome, Review, Store
from bot.sync.relaying.blindness import Blindness
from bot.sync.relaying.compose import TOMBSTONE_HTML, Relay, signed
from bot.sync.relaying.files import Files
from bot.sync.relaying.parentage import HiddenForNow
from bot.sync.relaying.rebuffs import EditsTold, Rebuffs
from bot.sync.relaying.write import PATIENCE, patient
from bot.sync.trouble import notice

COPY_ANSWERED = (
    "The blog has a member's message twice, and the second copy (comment {comment}) is answered, so it stays; it is "
    "not shown in the thread. Move its answers on the blog, and take it away there."
)


class RelayAmender:
    """With :class:`bot.sync.relaying.write.RelayWriter` the only caller of the Blog port's writes.

    ``approve``: members' new words need no moderator as long as the blog's lists let them pass.
    """

    def __init__(
        self,
        blog: Blog,
        chat: Chat,
        store: Store,
        files: Files,
        blindness: Blindness,
        now: Callable[[], Millis],
        *,
        approve: bool,
    ) -> None:
        self._blog = blog
        self._chat = chat
        self._store = store
        self._files = files
        self._blindness = blindness
        self._now = now
        self._review = Review.LISTS if approve else Review.MODERATORS
        self._rebuffs = Rebuffs()
        self._edits = EditsTold(store)

    async def rewrite(self, claim: Claim, action: Rewrite) -> Outcome:
        place = claim.place
        link, seen = await self._relayed(place, action.message_id)
        if link is None or seen is None:
            return Outcome(note="never relayed")
        message = await self._chat.read(place, action.message_id)
        if message is not None and await self._blindness.hides(message):
            return Outcome(forgotten=True, note="Discord hides its words")  # read again when they are to be seen
        attached = [one.id for one in message.attachments] if message is not None else []
        if seen.standing is Standing.HIDDEN:  # its words are looked at again when it comes back
            hidden = await self._reword_elsewhere(place, seen, message)
            return await self._files.tidied(place, hidden, action.message_id, keep=attached)
        if message is None or (relay := Relay(message)).is_blank:
            blanked = await self._take_away(claim, seen)
            if message is not None and blanked.mapped is not None and blanked.mapped.standing is Standing.HIDDEN:
                blanked = replace(blanked, follow_up=(SetMark(message.id, Mark.REMOVED, seen.revision + 1),))
            return await self._files.tidied(place, blanked, action.message_id)
        stands = seen.standing in (Standing.LIVE, Standing.HELD)
        # An attempt that was not answered may have put another text there than the one last noted.
        if stands and message.digest == link.digest and not claim.found_half_done:
            return Outcome(note="nothing changed")
        files = await self._files.urls(message, place, attempts=claim.attempts)
        html = relay.html(files, rich=self._blog.keeps_rich)
        outcome = await self._replace(claim, action, seen, link, message, html)
        return await self._files.tidied(place, outcome, message.id, keep=attached)

    async def _replace(
        self, claim: Claim, action: Rewrite, seen: Mapped, link: Link, message: Message, html: str
    ) -> Outcome:
        if (turned_away := self._rebuffs.for_good(action.key)) is not None:
            return await self._edits.not_there(claim.place, action, seen, message, turned_away)
        key, anew, review = seen.key, signed(self._blog.signer, message), self._review
        try:
            if seen.standing is Standing.GONE:
                written = await self._blog.revive(seen.comment_id, html, key=key, public=seen.was_public, review=review)
            elif key == anew.key:
                written = await self._blog.rewrite(seen.comment_id, html, key=key, review=review)
            else:  # signed with an older key, or not at all
                written = await self._blog.rewrite(seen.comment_id, html, key=key, signed=anew, review=review)
                key = anew.key
        except PlaceVanished as hidden:
            if self._now() - claim.claimed_at < PATIENCE:
                raise _hidden(claim, hidden) from hidden
            return _removed(seen, link, message, hidden.reason)
        except (Vanished, AnotherComment) as gone:  # by itself or with its post: readers see neither
            return _removed(seen, link, message, gone.reason)
        except Unanswered as error:
            self._rebuffs.note(action.key, error)
            raise
        except Refused as refusal:
            return await self._edits.not_there(claim.place, action, seen, message, refusal)
        standing = Standing.HELD if written.held else Standing.LIVE
        after = replace(
            seen, digest=written.digest, revision=seen.revision + 1, standing=standing, key=key, was_public=False
        )
        follow_up = await self._edits.there(claim.place, action)
        if standing is not seen.standing:
            mark = Mark.HELD if written.held else Mark.RELAYED
            follow_up = (SetMark(message.id, mark, after.revision), *follow_up)
        return Outcome(mapped=after, message_digest=message.digest, follow_up=follow_up)

    async def withdraw(self, claim: Claim, action: Withdraw) -> Outcome:
        """With its files, whatever has become of the comment by now."""
        return await self._files.tidied(claim.place, await self._withdraw(claim, action), action.message_id)

    async def discard(self, claim: Claim, action: Discard) -> Outcome:
        return await self._files.discard(claim.place, action)

    async def _withdraw(self, claim: Claim, action: Withdraw) -> Outcome:
        link, seen = await self._relayed(claim.place, action.message_id)
        if link is None or seen is None:
            return Outcome(note="never relayed")
        if seen.standing is Standing.HIDDEN:
            return await self._take_away_elsewhere(claim.place, seen)
        if seen.standing not in (Standing.LIVE, Standing.HELD):
            return Outcome(note="not on the blog any more")
        return await self._take_away(claim, seen)

    async def _elsewhere(self, place: Place, seen: Mapped) -> PostId | None:
        """The post to which the blog's moderators have moved a comment: there it stays its author's."""
        try:
            there = await self._blog.sighting(seen.comment_id)
        except (Vanished, PlaceVanished):
            return None
        stands = there.standing in (Standing.LIVE, Standing.HELD)
        stands = stands and carries(there.key or "", there.unproven, seen.key)
        return there.post_id if stands and there.post_id != place.post_id else None

    async def _take_away_elsewhere(self, place: Place, seen: Mapped) -> Outcome:
        if (post := await self._elsewhere(place, seen)) is None:
            return Outcome(note="not on the blog any more")
        try:
            if await self._blog.children(post, seen.comment_id):
                await self._blog.rewrite(seen.comment_id, TOMBSTONE_HTML, key=seen.key)
            else:
                await self._blog.withdraw(seen.comment_id, key=seen.key)
        except (Vanished, PlaceVanished, AnotherComment) as gone:
            return Outcome(note=gone.reason)
        return Outcome(note=f"taken away under post {post}, to which it was moved")

    async def _reword_elsewhere(self, place: Place, seen: Mapped, message: Message | None) -> Outcome:
        if message is None or (relay := Relay(message)).is_blank:
            return await self._take_away_elsewhere(place, seen)
        if (post := await self._elsewhere(place, seen)) is None:
            return Outcome(note="removed on the blog")
        files = await self._files.urls(message, place, attempts=1)
        try:
            html = relay.html(files, rich=self._blog.keeps_rich)
            await self._blog.rewrite(seen.comment_id, html, key=seen.key, review=self._review)
        except (Vanished, PlaceVanished, AnotherComment, Refused) as gone:
            return Outcome(note=gone.reason)
        return Outcome(note=f"reworded under post {post}, to which it was moved")

    async def settle(self, claim: Claim, action: Settle) -> Outcome:
        """Planned from what the blog showed: where it shows the post no longer, the next look plans it anew."""
        seen = await self._store.comment(claim.place, action.comment_id)
        if seen is None or seen.standing not in (Standing.GONE, Standing.TOMBSTONE):
            return Outcome(note="it stands")
        try:
            return await self._take_away(claim, replace(seen, revision=action.revision))
        except HiddenForNow as hidden:
            return Outcome(forgotten=True, note=hidden.reason)

    async def move(self, claim: Claim, action: Move) -> Outcome:
        """Nothing changes on Discord: there it has stood under what it answers all the time."""
        seen = await self._store.comment(claim.place, action.comment_id)
        if seen is None or seen.wanted_parent != action.parent_id:
            return Outcome(note="it does not wait for this comment")
        after = replace(seen, parent_id=action.parent_id, wanted_parent=None, revision=action.revision)
        try:
            await self._blog.put_under(seen.comment_id, action.parent_id, key=seen.key)
        except (Vanished, PlaceVanished) as gone:
            return Outcome(forgotten=True, note=gone.reason)  # planned anew where the blog shows it
        except (Refused, AnotherComment) as refusal:
            after = replace(seen, wanted_parent=None)
            return replace(await self._noted(claim.place, after), note=refusal.reason)
        return await self._noted(claim.place, after)

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

    async def _take_away(self, claim: Claim, seen: Mapped) -> Outcome:
        """A leaf goes to the trash; a comment with replies keeps its place, since WordPress would hide them with it."""
        place = claim.place
        try:
            if await self._blog.children(place.post_id, seen.comment_id):
                return await self._leave_tombstone(place, seen)
            await self._blog.post(place.post_id)  # of a hidden post not all answers may have been counted
            was = await self._blog.withdraw(seen.comment_id, key=seen.key)
        except PlaceVanished:
            return await self._blank(claim, seen)
        except (Vanished, AnotherComment):
            return await self._taken(place, seen, Standing.HIDDEN)
        if seen.standing is Standing.GONE and was is Standing.GONE:
            return await self._taken(place, seen, Standing.GONE)  # it lies where an earlier look has put it
        if was is Standing.GONE and not claim.found_half_done:
            return await self._taken(place, seen, Standing.HIDDEN)  # not by us: it does not come back by us either
        return await self._taken(place, replace(seen, was_public=was is Standing.LIVE), Standing.GONE)

    async def _leave_tombstone(self, place: Place, seen: Mapped) -> Outcome:
        """In the place of what readers see, or saw until this bot put it away. What others threw away stays there."""
        try:
            if seen.standing is not Standing.GONE:
                await self._blog.rewrite(seen.comment_id, TOMBSTONE_HTML, key=seen.key)
            elif seen.was_public:
                await self._blog.revive(seen.comment_id, TOMBSTONE_HTML, key=seen.key, public=True)
            elif (await self._blog.sighting(seen.comment_id)).standing is Standing.LIVE:
                await self._blog.rewrite(seen.comment_id, TOMBSTONE_HTML, key=seen.key)
            else:
                return await self._taken(place, seen, Standing.GONE)
        except (Vanished, AnotherComment):
            return await self._taken(place, seen, Standing.HIDDEN)
        return await self._taken(place, replace(seen, was_public=False), Standing.TOMBSTONE)

    async def _blank(self, claim: Claim, seen: Mapped) -> Outcome:
        """Nobody can read the post, and the answers cannot be counted: the words go at once, the place stays.

        The trash would not do: WordPress puts the comments of a post back with it, whatever happened to them there
        (``wp_untrash_post_comments``). Once the post is public again, a tombstone that nobody answers is settled.
        """
        try:
            with suppress(Vanished):  # in the trash, as with its post: the words are gone from there, too
                await self._blog.rewrite(seen.comment_id, TOMBSTONE_HTML, key=seen.key)
        except AnotherComment:
            return await self._taken(claim.place, seen, Standing.HIDDEN)
        except PlaceVanished as hidden:
            raise _hidden(claim, hidden) from hidden
        return await self._taken(claim.place, seen, Standing.TOMBSTONE)

    async def _taken(self, place: Place, seen: Mapped, standing: Standing) -> Outcome:
        return await self._noted(place, replace(seen, standing=standing))

    async def _noted(self, place: Place, seen: Mapped) -> Outcome:
        """What is known of a comment from now on; its message says what it said."""
        link = await self._store.link(place.subscription_id, seen.messages[0]) if seen.messages else None
        return Outcome(mapped=seen, message_digest=link.digest if link else "")

    async def _relayed(self, place: Place, message: MessageId) -> tuple[Link | None, Mapped | None]:
        """The link and the comment of a member's message."""
        link = await self._store.link(place.subscription_id, message)
        if link is None or link.origin is not Origin.DISCORD or link.post_row != place.row:
            return None, None
        return link, await self._store.comment(place, link.comment_id)


def _hidden(claim: Claim, hidden: PlaceVanished) -> HiddenForNow:
    return patient(HiddenForNow(hidden.reason, post=claim.place.post_id), claim)


def _removed(seen: Mapped, link: Link, message: Message, why: str) -> Outcome:
    """The reader does not see the comment any more; its author is told."""
    return Outcome(
        mapped=replace(seen, standing=Standing.HIDDEN),
        message_digest=link.digest,
        follow_up=(SetMark(message.id, Mark.REMOVED, seen.revision + 1),),
        note=why,
    )
