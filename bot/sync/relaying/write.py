"""Carry a member's message to the blog. Changes and takes back nothing there: see :mod:`bot.sync.relaying.amend`.

WordPress hardly checks a parent (it takes a missing one, one of another post, even a cycle): see
:mod:`bot.sync.relaying.parentage`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from bot.core.actions import Action, Claim, SetMark, Tell, Unsay, Write
from bot.core.domain import AttachmentId, Mapped, Mark, Message, Millis, Origin, Place, Standing, digest
from bot.core.errors import AnotherComment, PlaceVanished, Refused, Unanswered, Vanished
from bot.core.letting import Habit
from bot.core.policy import A_MOMENT
from bot.core.texts import inert
from bot.ports import Blog, Chat, Draft, Outcome, Review, Stage, Store, Written
from bot.sync.relaying.blindness import Blindness, WordsHidden
from bot.sync.relaying.compose import REFUSAL, Relay
from bot.sync.relaying.files import Files
from bot.sync.relaying.parentage import HiddenForNow, Parentage, Under
from bot.sync.relaying.rebuffs import Rebuffs, sentence

AT_ONCE = 5_000
"""Milliseconds within which a message that was just heard of says what it said; later it is read again."""

PATIENCE = 36 * 3_600_000
"""Milliseconds for which a hidden post may become public again before what is written under it is refused."""

ATTEMPTS_BEFORE_PATIENCE, PATIENTLY = 40, 1800.0
"""After so many attempts at a hidden post the next ones are so many seconds apart."""

_HABIT = "lets in:"


class RelayWriter:
    """``approve``: relays ask for approval."""

    def __init__(
        self,
        blog: Blog,
        chat: Chat,
        store: Store,
        parentage: Parentage,
        files: Files,
        blindness: Blindness,
        now: Callable[[], Millis],
        *,
        approve: bool,
    ) -> None:
        self._blog = blog
        self._chat = chat
        self._store = store
        self._parentage = parentage
        self._files = files
        self._blindness = blindness
        self._now = now
        self._approve = approve
        self._habit: Habit | None = None  # of the blog, once it was looked up
        self._rebuffs = Rebuffs()

    async def write(self, claim: Claim, action: Write) -> Outcome:
        """Files that an earlier attempt has carried, and no comment shows, go again."""
        try:
            outcome, shown = await self._write(claim, action)
        except HiddenForNow as hidden:
            outcome, shown = await self._wait(claim, action, hidden), None
        if claim.attempts == 1 and not action.message.attachments:
            return outcome  # nothing of it can have been carried
        keep = [one.id for one in shown.attachments] if shown is not None else []
        return await self._files.tidied(claim.place, outcome, action.message.id, keep=keep)

    async def _write(self, claim: Claim, action: Write) -> tuple[Outcome, Message | None]:
        """-> also the message that a comment shows, if there is one."""
        message, place = action.message, claim.place
        if not claim.found_half_done and await self._store.stays(place, message):
            return _kept(action), None
        if action.unsure and not await self._parentage.concerns_the_blog(message, place):
            return self._no_comment(claim, action, "talk among members"), None
        if (relay := Relay(message)).is_blank:
            return self._no_comment(claim, action, "nothing to post"), None
        found = await self._parentage.parent(message, place)
        written = await self._probe(claim, action, relay, found)
        if written is None:
            fresh = await self._as_it_is_now(claim, action, relay)
            if fresh is None:
                return Outcome(ended=Stage.DELETED, note="deleted before it left"), None
            message = fresh.message
            if fresh.is_blank:
                return self._no_comment(claim, action, "nothing to post"), None
            if (turned_away := self._rebuffs.for_good(action.key)) is not None:
                return _refused(action, message, turned_away.reason, sentence(turned_away)), None
            try:
                written = await self._post(claim, fresh, found)
            except Unanswered as error:
                self._rebuffs.note(action.key, error)
                raise
            except Refused as refusal:
                return _refused(action, message, refusal.reason, sentence(refusal)), None
        if written is None:
            return _kept(action), None
        if message.thread_id not in (place.thread_id, place.channel_id):
            return Outcome(note=f"comment {written.comment_id}, of a thread that is no more"), message
        return _relayed(action, message, found, written, self._blog.signer.link(message.jump_url)), message

    async def _doubtful(self, claim: Claim, draft: Draft) -> Draft:
        """The same; after a doubt with the comments that are known to carry other messages."""
        if not claim.found_half_done:
            return draft
        return replace(draft, besides=frozenset(await self._store.mapped(claim.place)))

    async def _probe(self, claim: Claim, action: Write, relay: Relay, found: Under) -> Written | None:
        """The comment that an earlier attempt made. Which one of several made it is not known: its words are set."""
        if not claim.found_half_done:
            return None
        place, message = claim.place, action.message
        try:
            sent = await self._doubtful(claim, self._draft(place, relay, found, {}, rich=True, approve=False))
            if action.reworded:
                sent = replace(sent, html="")
            written = await self._blog.find(place.post_id, sent.key, sent=sent)
        except PlaceVanished as hidden:
            raise HiddenForNow(hidden.reason, post=place.post_id) from hidden
        if written is None or not action.reworded:
            return written
        files = await self._files.urls(message, place, attempts=claim.attempts)
        html = relay.html(files, rich=self._blog.keeps_rich)
        try:
            review = Review.LISTS if self._approve else Review.MODERATORS
            return await self._blog.rewrite(written.comment_id, html, key=sent.key, review=review)
        except PlaceVanished as hidden:
            raise HiddenForNow(hidden.reason, post=place.post_id) from hidden
        except (Vanished, AnotherComment):  # thrown away there in the meantime
            return written

    async def _as_it_is_now(self, claim: Claim, action: Write, relay: Relay) -> Relay | None:
        """What the message says at this moment, None if it was deleted. Asked for unless it was heard of just now."""
        said, place = action.message, claim.place
        if await self._store.was_deleted(place, said.id):
            return None
        at_once = claim.attempts == 1 and claim.claimed_at - claim.queued_at < AT_ONCE
        if at_once or said.thread_id not in (place.thread_id, place.channel_id):
            return relay
        found = await self._chat.read(place, said.id)
        if found is None:
            await self._store.note_deleted(place, said.id)
            return None
        if found.digest == said.digest:
            return relay
        if await self._blindness.hides(found):
            raise WordsHidden(said.id)
        fresh = replace(action.of(found), author_name=said.author_name)
        reworded = action.reworded or claim.found_half_done
        await self._store.reword(claim, replace(action, message=fresh, reworded=reworded))
        return Relay(fresh)

    async def _post(self, claim: Claim, relay: Relay, found: Under) -> Written | None:
        """None where its author has just said that it stays in Discord: before, or while its files were carried."""
        message, place = relay.message, claim.place
        if await self._store.stays(place, message):
            return None
        files = await self._files.urls(message, place, attempts=claim.attempts)
        if message.attachments and await self._store.stays(place, message):
            return None
        draft = self._draft(place, relay, found, files, rich=self._blog.keeps_rich, approve=self._approve)
        draft = replace(draft, lets_in=(await self._habit_of(place)).lets_in)
        try:
            written = await self._blog.write(await self._doubtful(claim, draft))
        except PlaceVanished as hidden:
            raise HiddenForNow(hidden.reason, post=place.post_id) from hidden
        before = await self._habit_of(place)  # of now: others have written meanwhile
        self._habit = before.after(written.arrival, digest(draft.email)[:12])
        if self._habit != before:
            await self._store.remember(f"{_HABIT}{place.subscription_id}", str(self._habit))
        return written

    async def _habit_of(self, place: Place) -> Habit:
        """What the blog was seen to do by itself with new comments."""
        if self._habit is None:
            key = f"{_HABIT}{place.subscription_id}"
            self._habit = Habit.of((await self._store.said(key)).get(key, ""))
        return self._habit

    def _draft(
        self,
        place: Place,
        relay: Relay,
        under: Under,
        files: Mapping[AttachmentId, str],
        *,
        rich: bool,
        approve: bool,
    ) -> Draft:
        """Under a name of which readers can tell that it is not the blog's own."""
        taken = [one.name for one in self._blog.writers]
        signer = self._blog.signer
        return relay.draft(place, under.parent, files, signer, rich=rich, approve=approve, taken=taken)

    async def _wait(self, claim: Claim, action: Write, hidden: HiddenForNow) -> Outcome:
        """For a post that may be public again. What may have arrived is waited for until that is known."""
        now = self._now()
        if action.hidden_since and now - action.hidden_since >= PATIENCE and not claim.found_half_done:
            return _refused(action, action.message, hidden.reason, inert(hidden.reason))
        if not action.hidden_since:
            await self._store.reword(claim, replace(action, hidden_since=now))
        raise patient(hidden, claim)

    def _no_comment(self, claim: Claim, action: Write, why: str) -> Outcome:
        """Takes off the mark that the message may have got while it waited."""
        waited = claim.attempts > 1 or action.anew or self._now() - claim.queued_at >= A_MOMENT
        return Outcome(follow_up=_unmarked(action) if waited else (), note=why)


def patient(hidden: HiddenForNow, claim: Claim) -> HiddenForNow:
    """The same, to be met at our own pace first, and seldom when it lasts."""
    hidden.retry_after = PATIENTLY if claim.attempts > ATTEMPTS_BEFORE_PATIENCE else None
    return hidden


def _unmarked(action: Write) -> tuple[Action, ...]:
    said = action.message.id
    return (SetMark(said, None, action.anew), *_unsaid(action))


def _unsaid(action: Write, keep: str = "") -> tuple[Action, ...]:
    """Of a message that was refused before: what was said of that holds no longer."""
    return (Unsay(action.message.id, keep, action.anew),) if action.anew else ()


def _refused(action: Write, message: Message, reason: str, told: str) -> Outcome:
    """``reason`` is for the log; ``told``, for its author, may be in the blog's own words."""
    said = f"{REFUSAL}{told}"
    return Outcome(
        ended=Stage.REFUSED,
        message_digest=message.digest,
        follow_up=(
            SetMark(message.id, Mark.REFUSED, action.anew),
            Tell(message.id, said),
            *_unsaid(action, keep=said),
        ),
        note=reason,
    )


def _kept(action: Write) -> Outcome:
    return Outcome(follow_up=_unmarked(action), forgotten=True, note="its author keeps it in Discord")


def _relayed(action: Write, message: Message, found: Under, written: Written, key: str) -> Outcome:
    mark = Mark.HELD if written.held else Mark.RELAYED
    return Outcome(
        mapped=Mapped(
            comment_id=written.comment_id,
            parent_id=found.parent,
            origin=Origin.DISCORD,
            author=message.author_name,
            digest=written.digest,
            revision=0,
            standing=Standing.HELD if written.held else Standing.LIVE,
            messages=(message.id,),
            shown_parent=None,
            recorded_at=Millis(0),
            written_at=written.written_at,
            key=key,
            wanted_parent=found.wanted,
        ),
        message_digest=message.digest,
        follow_up=(SetMark(message.id, mark, action.anew), *_unsaid(action)),
        note=f"comment {written.comment_id}",
    )
