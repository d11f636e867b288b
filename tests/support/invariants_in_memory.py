"""What has to hold when all is quiet, read from the blog and from Discord alone; the bot's own map is asked for nothing
but which message is a tombstone.

Repairs nothing. ``Ledger`` keeps what people did that changes what is right.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from bot.core.domain import AttachmentId, CommentId, MessageId, Origin, Standing, ThreadId
from bot.sync.mirroring.compose import TOMBSTONE
from bot.sync.relaying.compose import TOMBSTONE_HTML
from tests.support.engine_in_memory import World
from tests.support.fake_blog import StoredComment
from tests.support.fake_chat import GUILD, StoredMessage


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

    ``silent``: members who keep their words in Discord now.
    """

    words: dict[str, str] = field(default_factory=dict)
    old_words: set[str] = field(default_factory=set)
    hidden: set[str] = field(default_factory=set)
    shown_as: dict[MessageId, str] = field(default_factory=dict)
    said: dict[MessageId, Said] = field(default_factory=dict)
    files: dict[MessageId, frozenset[AttachmentId]] = field(default_factory=dict)
    silent: set[int] = field(default_factory=set)


@dataclass
class Verdict:
    """Figures, and the sentences behind them."""

    figures: Counter[str] = field(default_factory=Counter)
    sentences: list[str] = field(default_factory=list)

    def blame(self, kind: str, sentence: str) -> None:
        self.figures[kind] += 1
        self.sentences.append(f"{kind}: {sentence}")


def jump_of(thread: ThreadId, message: MessageId) -> str:
    return f"https://discord.com/channels/{GUILD}/{thread}/{message}"


_STANDING = (Standing.LIVE, Standing.HELD)


class Truth:
    """Compares both sides of every thread."""

    def __init__(self, world: World, ledger: Ledger) -> None:
        self.world = world
        self.ledger = ledger
        self.verdict = Verdict()
        self.above_what_stays: set[CommentId | None] = set()
        """Comments under which a tombstone stands, or a member's message as the map knows it: that remembers where the
        message was written on the blog, and not that what it answered in the thread is gone since."""
        self.relays = {one.author_url: one for one in world.blog.comments.values() if one.author_url}

    async def judge(self) -> Verdict:
        for place in await self.world.places():
            if place.thread_id is None or place.lost or place.thread_id not in self.world.chat.threads:
                continue
            known = (await self.world.store.mapped(place)).values()
            standing = [one for one in known if one.standing is Standing.TOMBSTONE and one.messages]
            members = [one for one in known if one.origin is Origin.DISCORD and one.standing in _STANDING]
            self.above_what_stays = {one.parent_id for one in (*standing, *members)}
            tombstones = {one.messages[0]: str(one.comment_id) for one in standing if one.origin is Origin.BLOG}
            self._thread(place.post_id, place.thread_id, tombstones)
            for said in self.ledger.said.values():
                if said.thread == place.thread_id:
                    self._member(said)
        self._told_once()
        for author_url, times in Counter(one.author_url for one in self.world.blog.comments.values()).items():
            if author_url and times > 1:
                self.verdict.blame("doubled", f"{author_url} is in {times} comments")
        return self.verdict

    # ------------------------------------------------------------ blog -> Discord

    def _thread(self, post: str, thread: ThreadId, tombstones: dict[MessageId, str]) -> None:
        ours = [one for one in self.world.chat.messages.values() if one.thread == thread and not one.writer.isdigit()]
        mirrors: dict[str, list[StoredMessage]] = {}
        for one in sorted(ours, key=lambda one: one.id):
            if one.marker:
                mirrors.setdefault(one.marker.rpartition(" ")[0].rpartition("#comment-")[2], []).append(one)
            elif one.text == TOMBSTONE and one.id not in tombstones:
                self.verdict.blame("doubled", f"a tombstone {one.id} that is in no map")
        for comment in self.world.blog.comments.values():
            if comment.post == post:
                self._mirrored(comment, mirrors.pop(comment.id, []), thread)
        for comment_id, strays in mirrors.items():
            self.verdict.blame("came back", f"{comment_id} is shown in {[one.id for one in strays]} and is gone")
        everything = "\n".join(one.text for one in ours)
        for words in self._secret_words(post):
            if words in everything:
                self.verdict.blame("not public", f"{words} is to be read on Discord")
        self._tombstones(post, thread, tombstones)

    def _is_relay(self, comment: StoredComment, thread: ThreadId) -> bool:
        """What came from a thread that is no more is a comment like others in the next."""
        return f"/{thread}/" in comment.author_url

    def _mirrored(self, comment: StoredComment, parts: list[StoredMessage], thread: ThreadId) -> None:
        relay = self._is_relay(comment, thread)
        wanted = comment.status == "approved" and not relay and comment.id not in self.ledger.hidden
        if not wanted:
            if parts:
                kind = "doubled" if relay else "came back"
                self.verdict.blame(kind, f"{comment.id} ({comment.status}) is shown in {[one.id for one in parts]}")
            return
        if not parts:
            self.verdict.blame("lost", f"comment {comment.id} {comment.html[:20]!r} has no mirror")
            return
        numbers = [one.marker.rpartition(" ")[2] for one in parts]
        count = len(parts)
        if numbers != [f"{number}/{count}" for number in range(1, count + 1)]:
            self.verdict.blame("doubled", f"comment {comment.id} has the parts {numbers}")
            return
        text = "".join(one.text for one in parts)
        words = self.ledger.words.get(comment.id, "")
        if words not in text:
            self.verdict.blame("stale", f"comment {comment.id} lacks {words}")
        for one in parts:
            self._speaker(comment, one)
        self._reply_line(comment, parts[0], thread)

    def _speaker(self, comment: StoredComment, one: StoredMessage) -> None:
        """A mirror bears its comment's author: name and picture.

        A card's name changes with an edit, so it is the one of now. A persona keeps the name that it was sent with, for
        Discord's Edit Webhook Message takes none, and the bot leaves it so: there it is a name that the comment bore
        until it was sent, and no later one.
        """
        borne = {name for at, name in comment.names if at <= one.sent_at}
        if one.name not in ({comment.author} if one.writer == "bot" else borne):
            self.verdict.blame("wrong speaker", f"comment {comment.id} of {comment.author!r} is said by {one.name!r}")
        if one.avatar_url != comment.avatar_url:
            self.verdict.blame("wrong speaker", f"comment {comment.id} has the picture {one.avatar_url}")

    def _reply_line(self, comment: StoredComment, first: StoredMessage, thread: ThreadId) -> None:
        if comment.parent is None:
            if "[↪]" in first.text:
                self.verdict.blame("wrong parent", f"comment {comment.id} answers nothing")
            return
        parent = self.world.blog.comments.get(comment.parent)
        if parent is None or parent.status != "approved" or parent.id in self.ledger.hidden:
            return
        where = self._message_of(parent, thread)
        if where is not None and f"/{where}>)" not in first.text:
            self.verdict.blame("wrong parent", f"comment {comment.id} does not point at {where} ({parent.id})")

    def _message_of(self, comment: StoredComment, thread: ThreadId) -> MessageId | None:
        if self._is_relay(comment, thread):
            message = MessageId(int(comment.author_url.rpartition("/")[2]))
            return message if message in self.world.chat.messages else None
        ending = f"#comment-{comment.id} 1/"
        here = [one for one in self.world.chat.messages.values() if one.thread == thread]
        found = [one.id for one in here if ending in one.marker]
        return found[0] if found else None

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
                self.verdict.blame("left over", f"a tombstone {message} of {comment_id} that nobody answers")

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
        jump = jump_of(said.thread, said.message)
        carried = [one for one in self.world.blog.comments.values() if one.author_url == jump]
        if len(carried) > 1:
            self.verdict.blame("doubled", f"message {said.message} is {[one.id for one in carried]}")
            return
        self._files(said, carried)
        if said.kept:
            if carried:
                self.verdict.blame("crossed", f"message {said.message} is comment {carried[0].id}, against its author")
            here = self.world.chat.messages.get(said.message)
            if here is not None and here.mark is not None and not said.moderated and not said.refused:
                self.verdict.blame("stale", f"message {said.message} stays in Discord and is marked {here.mark.name}")
            return
        if said.deleted:
            self._deleted(said, carried)
            return
        if not carried:
            if said.sure and not said.refused and not said.moderated:
                self.verdict.blame("lost", f"message {said.message} {said.words!r} has no comment")
            return
        comment = carried[0]
        if said.moderated:
            return
        if comment.status in ("trash", "spam"):
            self.verdict.blame("lost", f"comment {comment.id} of message {said.message} is in the {comment.status}")
        if said.words not in comment.html and not said.refused:
            self.verdict.blame("stale", f"comment {comment.id} lacks {said.words!r}: {comment.html!r}")
        self._parent_of(said, comment)

    def _files(self, said: Said, carried: list[StoredComment]) -> None:
        """In the library once while the message has them, shown by its comment, and not longer than that.

        What the blog's moderators do to the comment touches no file.
        """
        message = self.world.chat.messages.get(said.message)
        wanted = {file.id for file in message.files} if message is not None else set()
        for file in self.ledger.files.get(said.message, ()):
            kept = [one for one in self.world.blog.media.values() if f"{one.slug}-".startswith(f"discord-{file}-")]
            if len(kept) > 1:
                self.verdict.blame("doubled", f"file {file} of message {said.message} is {[one.slug for one in kept]}")
            if kept and (file not in wanted or not (carried or said.moderated)):
                self.verdict.blame("lingering", f"file {file} of message {said.message} is still in the library")
            elif kept and carried and not said.moderated and kept[0].url not in carried[0].html:
                self.verdict.blame("stale", f"comment {carried[0].id} does not show file {file}: {carried[0].html!r}")

    def _parent_of(self, said: Said, comment: StoredComment) -> None:
        target = self._answered_comment(said)
        if target is None:
            return
        allowed = self._with_ancestors(target)
        if comment.parent not in allowed:
            self.verdict.blame("wrong parent", f"comment {comment.id} is under {comment.parent}, not {allowed}")

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

    def _deleted(self, said: Said, carried: list[StoredComment]) -> None:
        for one in carried:
            if one.status == "hold" and said.moderated:
                continue  # the blog's moderators took it out of the trash to look at it; nobody sees it
            answers = [c for c in self.world.blog.comments.values() if c.parent == one.id]
            answers = [c for c in answers if c.status in ("approved", "hold")]
            if one.status in ("approved", "hold") and one.html != TOMBSTONE_HTML:
                self.verdict.blame("came back", f"comment {one.id} of the deleted message {said.message} stands")
            if one.status in ("approved", "hold") and not answers:
                self.verdict.blame("left over", f"comment {one.id} of the deleted message {said.message}: no answers")
            if one.status == "trash" and any(c.status == "approved" for c in answers) and not said.moderated:
                self.verdict.blame("lost", f"answers to {one.id} are hidden with it")

    def _told_once(self) -> None:
        for sentence, times in Counter(self.world.chat.heard).items():
            if times > 1:
                self.verdict.blame("doubled", f"moderators were told {times} times: {sentence}")
