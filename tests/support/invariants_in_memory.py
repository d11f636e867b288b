"""Reads the fakes for the judge of the invariants, and judges beside it what only who did everything can know.

Repairs nothing. The bot's own map is asked for nothing but which message is a tombstone. ``Ledger`` keeps what people
did that changes what is right.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from bot.core.domain import AttachmentId, CommentId, Mapped, MessageId, Origin, Standing, ThreadId
from bot.core.signing import message_of
from bot.sync.mirroring.compose import TOMBSTONE
from bot.sync.relaying.compose import is_tombstone
from tests.support.engine_in_memory import World
from tests.support.fake_blog import StoredComment
from tests.support.fake_chat import GUILD, StoredMessage
from tests.support.invariants import AnswerRead, Blame, CommentRead, PartRead, Reading, Verdict, Wrong, judge


@dataclass
class Said:
    """A member's message: what it answers and the words that are in it now. ``sure``: it must reach the blog.

    ``kept``: its author keeps it in Discord, so it must not.
    """

    message: MessageId
    thread: ThreadId
    words: str
    reply_to: MessageId | None
    sure: bool
    deleted: bool = False
    refused: bool = False
    moderated: bool = False  # the blog's moderators removed or changed what became of it
    member: int = 0
    kept: bool = False


@dataclass
class Ledger:
    """``words`` of a comment now; ``hidden``: comments whose mirror a moderator of Discord deleted.

    ``of_the_past``: messages that show comments which a backup that was put back does not have.

    ``silent``: members who keep their words in Discord now. ``begun_anew``: how often what lasts may have ended and
    begun anew, as when a moderator has everything tried again: it is told anew then.
    """

    words: dict[str, str] = field(default_factory=dict)
    old_words: set[str] = field(default_factory=set)
    hidden: set[str] = field(default_factory=set)
    shown_as: dict[MessageId, str] = field(default_factory=dict)
    said: dict[MessageId, Said] = field(default_factory=dict)
    files: dict[MessageId, frozenset[AttachmentId]] = field(default_factory=dict)
    of_the_past: set[MessageId] = field(default_factory=set)
    silent: set[int] = field(default_factory=set)
    begun_anew: int = 0


def jump_of(thread: ThreadId, message: MessageId) -> str:
    return f"https://discord.com/channels/{GUILD}/{thread}/{message}"


_STANDING = (Standing.LIVE, Standing.HELD)
_ANSWERS = re.compile(r"-# \[↪\]\(<\S+/(\d+)>\)")


class Truth:
    """Compares both sides of every thread."""

    def __init__(self, world: World, ledger: Ledger) -> None:
        self.world = world
        self.ledger = ledger
        self.verdict = Verdict()
        self.above_what_stays: set[CommentId | None] = set()
        """Comments under which a tombstone stands, or a member's message as the map knows it: that remembers where the
        message was written on the blog, and not that what it answered in the thread is gone since."""
        self.says_so: set[MessageId] = set()
        """Mirrors of comments whose own words are that they were removed: a thread that replaced another shows them."""
        self.relays = {message_of(one.author_url): one for one in world.blog.comments.values() if one.author_url}

    async def judge(self) -> Verdict:
        for place in await self.world.places():
            if place.thread_id is None or place.lost or place.thread_id not in self.world.chat.threads:
                continue
            if place.post_id not in self.world.blog.posts:
                continue  # gone with a backup that was put back: its thread stays as it is
            known = (await self.world.store.mapped(place)).values()
            standing = [one for one in known if one.standing is Standing.TOMBSTONE and one.messages]
            members = [one for one in known if one.origin is Origin.DISCORD and one.standing in _STANDING]
            self.above_what_stays = {one.parent_id for one in (*standing, *members)}
            tombstones = {one.messages[0]: str(one.comment_id) for one in standing if one.origin is Origin.BLOG}
            self.says_so = {one.messages[0] for one in known if one.messages and self._says_so(one)}
            self._thread(place.post_id, place.thread_id, tombstones)
            for said in self.ledger.said.values():
                if said.thread == place.thread_id:
                    self._member(said)
        self._told_once()
        for author_url, times in Counter(
            message_of(one.author_url) for one in self.world.blog.comments.values()
        ).items():
            if author_url and times > 1:
                self.verdict.blame(Wrong.DOUBLED, f"{author_url} is in {times} comments")
        return self.verdict

    def _says_so(self, one: Mapped) -> bool:
        comment = self.world.blog.comments.get(one.comment_id)
        return one.standing is Standing.LIVE and comment is not None and is_tombstone(comment.html)

    # ------------------------------------------------------------ what stands there

    def _thread(self, post: str, thread: ThreadId, tombstones: dict[MessageId, str]) -> None:
        ours = [one for one in self.world.chat.messages.values() if one.thread == thread and not one.writer.isdigit()]
        for one in ours:
            if self._keeps_a_place(one) and one.id not in tombstones:
                self.verdict.blame(Wrong.DOUBLED, f"a tombstone {one.id} that is in no map")
        judge(self._reading(post, thread, ours, tombstones), self.verdict)
        everything = "\n".join(one.text for one in ours)
        for words in self._secret_words(post):
            if words in everything:
                self.verdict.blame(Wrong.NOT_PUBLIC, f"{words} is to be read on Discord")
        self._old_names(post, ours, tombstones)
        self._tombstones(post, thread, tombstones)

    def _old_names(self, post: str, ours: list[StoredMessage], tombstones: dict[MessageId, str]) -> None:
        """No message bears or quotes a name that its author gave up. Of what is not public the blog tells no name."""
        comments = [one for one in self.world.blog.comments.values() if one.post == post]
        current = {one.author for one in comments if one.status == "approved"}
        unseen = {name for one in comments if one.status != "approved" for _, name in one.names}
        old = {name for one in comments for _, name in one.names} - current - unseen
        for one in ours:
            quoted = [name for name in old if f"**{name}**" in one.text]
            if quoted or (one.name in old and one.id not in tombstones):
                self.verdict.blame(Wrong.WRONG_SPEAKER, f"message {one.id} bears or quotes a name of before")

    def _reading(
        self, post: str, thread: ThreadId, ours: list[StoredMessage], tombstones: dict[MessageId, str]
    ) -> Reading:
        comments = {one.id: one for one in self.world.blog.comments.values() if one.post == post}
        here = {said.message: said for said in self.ledger.said.values() if said.thread == thread}
        return Reading(
            comments={number: _comment_read(one, thread) for number, one in comments.items()},
            parts=[_part_read(one) for one in ours if one.marker and not self._keeps_a_place(one)],
            messages={one.id for one in self.world.chat.messages.values() if one.thread == thread},
            tombstones=tombstones,
            answers=[self._answer_read(said) for said in here.values() if not said.kept and not said.deleted],
            misread=self._misread,
            misrelayed=self._misrelayed,
            hidden=self.ledger.hidden,
            late=comments,  # the ledger does not keep which of them came to light late
            excused={number for number, said in here.items() if said.moderated},
        )

    def _keeps_a_place(self, one: StoredMessage) -> bool:
        return one.text.startswith(TOMBSTONE) and one.id not in self.says_so

    def _answer_read(self, said: Said) -> AnswerRead:
        target = None if said.moderated else self._answered_comment(said)
        return AnswerRead(
            said.message,
            sure=said.sure and not said.refused and not said.moderated,
            parents=None if target is None else self._with_ancestors(target),
        )

    # ------------------------------------------------------------ blog -> Discord

    def _misread(self, comment_id: str, messages: Sequence[int]) -> Iterator[Blame]:
        comment = self.world.blog.comments[comment_id]
        parts = [self.world.chat.messages[MessageId(one)] for one in messages]
        words = self.ledger.words.get(comment_id, "")
        if words not in "".join(one.text for one in parts):
            yield Wrong.STALE, f"comment {comment_id} lacks {words}"
        for one in parts:
            yield from self._misspoken(comment, one)

    def _misspoken(self, comment: StoredComment, one: StoredMessage) -> Iterator[Blame]:
        """A mirror bears its comment's author as the blog calls them now: name and picture."""
        if one.name != comment.author:
            yield Wrong.WRONG_SPEAKER, f"comment {comment.id} of {comment.author!r} is said by {one.name!r}"
        if one.avatar_url != comment.avatar_url:
            yield Wrong.WRONG_SPEAKER, f"comment {comment.id} has the picture {one.avatar_url}"

    def _secret_words(self, post: str) -> set[str]:
        hidden = {
            self.ledger.words[one.id]
            for one in self.world.blog.comments.values()
            if one.post == post and one.status != "approved" and one.id in self.ledger.words
        }
        return hidden | self.ledger.old_words

    def _tombstones(self, post: str, thread: ThreadId, tombstones: dict[MessageId, str]) -> None:
        for message, comment_id in tombstones.items():
            one = self.world.chat.messages.get(message)
            answers = [
                c for c in self.world.blog.comments.values() if c.parent == comment_id and c.status == "approved"
            ]
            held = [c for c in self.relays.values() if c.parent == comment_id and c.status == "hold"]
            kept = comment_id in self.above_what_stays or self._answered_on_discord(message, comment_id)
            if one is not None and not answers and not held and not kept:
                self.verdict.blame(Wrong.LINGERING, f"a tombstone {message} of {comment_id} that nobody answers")

    def _answered_on_discord(self, message: MessageId, comment_id: str) -> bool:
        """By a member whose comment stands: perhaps elsewhere, for the blog moves comments and Discord no message.

        Or through messages that are not on the blog themselves; or in an earlier place, which had to be replaced.
        """
        places = {message, *(one for one, shown in self.ledger.shown_as.items() if shown == comment_id)}
        standing = {jump for jump, one in self.relays.items() if one.status in ("approved", "hold")}
        return any(
            jump_of(said.thread, said.message) in standing and places & self._above(said)
            for said in self.ledger.said.values()
            if said.message in self.world.chat.messages
        )

    def _above(self, said: Said) -> set[MessageId]:
        above: set[MessageId] = set()
        step: Said | None = said
        while step is not None and step.reply_to is not None and step.reply_to not in above:
            above.add(step.reply_to)
            step = self.ledger.said.get(step.reply_to)
        return above

    # ------------------------------------------------------------ Discord -> blog

    def _member(self, said: Said) -> None:
        """What the judge does not know of: files, members who keep their words, and the blog's moderators."""
        jump = jump_of(said.thread, said.message)
        carried = [one for one in self.world.blog.comments.values() if message_of(one.author_url) == jump]
        self._files(said, carried)
        if said.kept:
            if carried:
                crossed = f"message {said.message} is comment {carried[0].id}, against its author"
                self.verdict.blame(Wrong.CROSSED, crossed)
            here = self.world.chat.messages.get(said.message)
            if here is not None and here.mark is not None and not said.moderated and not said.refused:
                marked = f"message {said.message} stays in Discord and is marked {here.mark.name}"
                self.verdict.blame(Wrong.STALE, marked)
        elif said.deleted and not said.moderated:
            self._answers_of_the_deleted(carried)

    def _misrelayed(self, message: int, comment_id: str) -> Iterator[Blame]:
        said, comment = self.ledger.said[MessageId(message)], self.world.blog.comments[comment_id]
        if said.moderated:
            return
        if comment.status in ("trash", "spam"):
            yield Wrong.LOST, f"comment {comment.id} of message {message} is in the {comment.status}"
        if said.words not in comment.html and not said.refused:
            yield Wrong.STALE, f"comment {comment.id} lacks {said.words!r}: {comment.html!r}"

    def _files(self, said: Said, carried: list[StoredComment]) -> None:
        """In the library once while the message has them, shown by its comment, and not longer than that.

        What the blog's moderators do to the comment touches no file.
        """
        message = self.world.chat.messages.get(said.message)
        wanted = {file.id for file in message.files} if message is not None else set()
        for file in self.ledger.files.get(said.message, ()):
            kept = [one for one in self.world.blog.media.values() if f"{one.slug}-".startswith(f"discord-{file}-")]
            if len(kept) > 1:
                self.verdict.blame(
                    Wrong.DOUBLED, f"file {file} of message {said.message} is {[one.slug for one in kept]}"
                )
            if kept and (file not in wanted or not (carried or said.moderated)):
                self.verdict.blame(Wrong.LINGERING, f"file {file} of message {said.message} is still in the library")
            elif kept and carried and not said.moderated and kept[0].url not in carried[0].html:
                self.verdict.blame(
                    Wrong.STALE, f"comment {carried[0].id} does not show file {file}: {carried[0].html!r}"
                )

    def _answered_comment(self, said: Said) -> str | None:
        """The comment that a message answers; '' for the post itself, None where nothing can be said."""
        if said.reply_to is not None and int(said.reply_to) == int(said.thread):
            return ""
        if said.reply_to in self.ledger.shown_as:
            return self.ledger.shown_as[said.reply_to]
        other = self.ledger.said.get(said.reply_to or MessageId(0))
        if other is None:
            return None
        relay = self.relays.get(jump_of(other.thread, other.message))
        if other.kept and not other.deleted:  # its answers go to what it answers itself
            return self._answered_comment(other) if other.reply_to is not None else ""
        return relay.id if relay is not None else None

    def _with_ancestors(self, target: str) -> list[str | None]:
        """The comment alone, as long as it always stood; its ancestors too where it did not."""
        allowed: list[str | None] = []
        step: str | None = target or None
        while step is not None and step not in allowed:
            one = self.world.blog.comments.get(step)
            if one is None:
                return [*self.world.blog.comments, None]  # deleted for good: WordPress moved its answers
            allowed.append(step)
            if not one.hidden_once:
                return allowed
            step = one.parent
        return [*allowed, None]

    def _answers_of_the_deleted(self, carried: list[StoredComment]) -> None:
        for one in carried:
            answers = [c for c in self.world.blog.comments.values() if c.parent == one.id and c.status == "approved"]
            if one.status == "trash" and answers:
                self.verdict.blame(Wrong.LOST, f"answers to {one.id} are hidden with it")

    def _told_once(self) -> None:
        """A database that was put back does not know what was told since."""
        if self.world.faults.injected["database: put back"]:
            return
        for sentence, times in Counter(self.world.chat.heard).items():
            if times > 1 + self.ledger.begun_anew:
                self.verdict.blame(Wrong.DOUBLED, f"moderators were told {times} times: {sentence}")


def _comment_read(one: StoredComment, thread: ThreadId) -> CommentRead:
    """What came from a thread that is no more is a comment like others in the next."""
    carries = int(message_of(one.author_url).rpartition("/")[2]) if f"/{thread}/" in one.author_url else None
    return CommentRead(one.id, one.parent, one.status, carries, is_tombstone=is_tombstone(one.html))


def _part_read(one: StoredMessage) -> PartRead:
    url, _, part = one.marker.rpartition(" ")
    answers = _ANSWERS.match(one.text)
    number, _, count = part.partition("/")
    comment = url.rpartition("#comment-")[2]
    return PartRead(one.id, comment, int(number), int(count), int(answers[1]) if answers else None)
