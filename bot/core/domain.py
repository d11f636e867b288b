"""The words of the house: ids, posts, comments, messages and links, as frozen values.

Does not decide anything, reads no clock and imports nothing but how a text is measured and what a comment proves.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import NewType

from bot.core.signing import Sender
from bot.core.texts import digest as digest
from bot.core.texts import storable as storable
from bot.core.texts import utf16 as utf16

# Ids of a blog are text and stay text, ids of Discord snowflakes (64-bit integers); the last two are rows of our store.
PostId = NewType("PostId", str)
CommentId = NewType("CommentId", str)
MediaId = NewType("MediaId", str)
GuildId = NewType("GuildId", int)
ChannelId = NewType("ChannelId", int)
ThreadId = NewType("ThreadId", int)
MessageId = NewType("MessageId", int)
MemberId = NewType("MemberId", int)
WebhookId = NewType("WebhookId", int)
AttachmentId = NewType("AttachmentId", int)
SubscriptionId = NewType("SubscriptionId", int)
ActionId = NewType("ActionId", int)

Millis = NewType("Millis", int)
"""A moment, in milliseconds since 1970-01-01 UTC."""


def by_number(some_id: PostId | CommentId) -> tuple[int, str]:
    """A sort key for ids that are numbers written as text: the higher was given out later."""
    return (len(some_id), some_id)


@dataclass(frozen=True, slots=True)
class Post:
    """A blog post as its blog describes it. ``html`` is the excerpt or the whole text; times are UTC."""

    id: PostId
    guid: str
    url: str
    title: str
    author: str
    published_at: Millis
    html: str
    image_url: str | None = None
    categories: tuple[str, ...] = ()

    @property
    def digest(self) -> str:
        """Changes whenever something that a starter shows has changed."""
        return digest(self.title, self.author, self.url, self.html, self.image_url or "", *self.categories)


@dataclass(frozen=True, slots=True)
class Comment:
    """An approved comment. ``html`` is what the blog renders; ``author`` is plain text, entities decoded.

    ``relay_of``: the key of the message that this comment carries, as its draft had it; '' for a reader's own. See
    :class:`bot.core.signing.Proof`, also for ``unproven`` and ``sender``. ``account``: the number of the blog's own
    account that wrote it, '' for a visitor.
    """

    id: CommentId
    post_id: PostId
    parent_id: CommentId | None
    author: str
    written_at: Millis
    html: str
    url: str
    relay_of: str = ""
    avatar_url: str | None = None
    account: str = ""
    unproven: str = ""
    sender: Sender = Sender.UNTOLD

    @property
    def digest(self) -> str:
        """Of the source, never of a rendering: a better translator must not edit every old message."""
        return digest(self.author, self.html)


@dataclass(frozen=True, slots=True)
class Tree:
    """The approved comments of one post, in no promised order. ``fetched_at`` is when the fetch *began*.

    ``complete``: the blog did not say, or let see, that others are missing. What stands in a tree is shown either way;
    what does not stand in an incomplete one says nothing.
    """

    post_id: PostId
    comments: tuple[Comment, ...]
    fetched_at: Millis
    complete: bool = True


class MessageKind(StrEnum):
    """What a Discord message is to a conversation."""

    PLAIN = "plain"
    REPLY = "reply"
    SYSTEM = "system"


@dataclass(frozen=True, slots=True)
class Attached:
    """A file of ``size`` bytes on a message. ``seconds``: of voice messages; ``id``: 0 where nothing more is known."""

    filename: str
    content_type: str | None = None
    spoiler: bool = False
    seconds: int | None = None
    id: AttachmentId = AttachmentId(0)
    size: int = 0


@dataclass(frozen=True, slots=True)
class Message:
    """A Discord message as members see it. ``ours`` when this bot or one of its webhooks wrote it.

    ``proxied``: another application said it again for a member, whose own message it deletes. Its author is the webhook
    that said it; ``on_behalf_of`` is the member, None while nothing is known of the original. ``addresses_us``: it
    names the bot, so its words are shown. ``carries_more``: what is no words. ``forwards``: what is said elsewhere.
    """

    id: MessageId
    thread_id: ThreadId
    author_id: MemberId
    author_name: str
    kind: MessageKind
    text: str
    jump_url: str
    reply_to: MessageId | None = None
    from_bot: bool = False
    ours: bool = False
    users: Mapping[int, str] = field(default_factory=dict)
    roles: Mapping[int, str] = field(default_factory=dict)
    channels: Mapping[int, str] = field(default_factory=dict)
    attachments: tuple[Attached, ...] = ()
    stickers: tuple[str, ...] = ()
    poll: str | None = None
    forwards: bool = False
    addresses_us: bool = False
    carries_more: bool = False
    proxied: bool = False
    on_behalf_of: MemberId | None = None
    edited_at: Millis | None = None

    @property
    def member_id(self) -> MemberId:
        """Whose words they are."""
        return self.author_id if self.on_behalf_of is None else self.on_behalf_of

    @property
    def is_hidden(self) -> bool:
        """A member's message in which there is nothing. Discord has none: it does not show them to this bot."""
        carries = self.attachments or self.stickers or self.poll or self.forwards or self.carries_more
        written = self.kind is not MessageKind.SYSTEM and not (self.ours or self.from_bot)
        return written and not (self.text or carries)

    @property
    def digest(self) -> str:
        """Of everything that reaches the blog. A file is what it is called: its id changes nothing of the words."""
        files = [f"{a.filename}|{a.content_type}|{a.spoiler}|{a.seconds}" for a in self.attachments]
        return digest(self.text, *files, *self.stickers, self.poll or "", "")


class Origin(StrEnum):
    """On which side a text was written first."""

    BLOG = "blog"
    DISCORD = "discord"


class Standing(StrEnum):
    """What became of a mapped comment.

    ``ARRIVING`` has some of its parts on the far side, ``HELD`` waits for the blog's moderators, ``TOMBSTONE`` is gone
    but keeps its place for its replies, ``HIDDEN`` was removed on the side that mirrors it and does not come back by
    itself, ``GONE`` is gone on both sides.
    """

    ARRIVING = "arriving"
    LIVE = "live"
    HELD = "held"
    TOMBSTONE = "tombstone"
    HIDDEN = "hidden"
    GONE = "gone"


@dataclass(frozen=True, slots=True)
class Mapped:
    """A comment that is on both sides (or was). ``messages`` are its parts that stand on Discord, in order.

    ``digest`` is of the source last carried across; ``shown_parent`` the message its reply line points at and
    ``parent_digest`` the source of the words it quotes ('' for none); ``recorded_at`` when this row last changed, by
    our clock (stamped by the store). By ``written_at`` (None where nobody noted it), and of a relay by the ``key`` that
    the blog keeps with it, a comment is told from another one that was given its number. ``wanted_parent``: what a
    relay answers, where that did not stand when it was written. ``was_public``: the bot hid it from readers.
    """

    comment_id: CommentId
    parent_id: CommentId | None
    origin: Origin
    author: str
    digest: str
    revision: int
    standing: Standing
    messages: tuple[MessageId, ...]
    shown_parent: MessageId | None
    recorded_at: Millis
    parent_digest: str = ""
    written_at: Millis | None = None
    key: str = ""
    wanted_parent: CommentId | None = None
    was_public: bool = False


@dataclass(frozen=True, slots=True)
class Place:
    """Where a post lives on Discord. ``row`` is its key in the store; ``thread_id`` None until the thread is open.

    ``title`` and ``categories`` are what its thread was last given; ``lost`` says why it cannot be used ('': it can).
    """

    row: int
    subscription_id: SubscriptionId
    post_id: PostId
    title: str
    url: str
    channel_id: ChannelId
    guild_id: GuildId
    thread_id: ThreadId | None
    starter_id: MessageId | None
    digest: str
    revision: int
    generation: int
    backfilled: bool
    removals_allowed: bool
    lost: str = ""

    @property
    def beside(self) -> Place:
        """Its channel in place of its thread: for what members wrote there, under the announcement."""
        return replace(self, thread_id=ThreadId(self.channel_id))

    categories: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Subscription:
    """One blog mirrored into one channel.

    ``greeted_at``: the newest date of a post that was known when its posts were first seen, by the blog's own clock (0:
    there was none); ``greeted_with``: the highest post id known then.
    """

    id: SubscriptionId
    blog_url: str
    channel_id: ChannelId
    guild_id: GuildId
    paused: bool
    greeted: bool
    greeted_at: Millis | None = None
    greeted_with: PostId | None = None


@dataclass(frozen=True, slots=True)
class Link:
    """Ties (thread, comment, part) to a message id. ``digest`` is of a member's message, empty for a mirror.

    Kept when the message no longer stands: an answer to it still finds its comment. ``written_at`` and ``key`` are the
    comment's, see :class:`Mapped`.
    """

    message_id: MessageId
    thread_id: ThreadId
    post_row: int
    comment_id: CommentId
    part: int
    origin: Origin
    digest: str
    standing: Standing
    written_at: Millis | None = None
    key: str = ""


class Mark(StrEnum):
    """What a member sees of a relay, on the message itself."""

    RELAYED = "✅"
    HELD = "⏳"
    REFUSED = "🚫"
    REMOVED = "🗑️"
