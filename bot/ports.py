"""What the core asks of the world: the ports Blog, Chat and Store, owned by the core.

Implements nothing. Every method lists the errors that it may raise; see :mod:`bot.errors` for what they mean.
Writes follow one rule: an adapter raises :class:`~bot.errors.Unanswered` when a write *may* have been carried out and
never repeats a write by itself.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from bot.actions import Action, Claim, OpenThread, Urgency
from bot.domain import (
    ChannelId,
    CommentId,
    GuildId,
    Link,
    Mapped,
    Mark,
    Message,
    MessageId,
    Millis,
    Place,
    Post,
    PostId,
    Standing,
    Subscription,
    SubscriptionId,
    ThreadId,
    Tree,
)

# ------------------------------------------------------------------ the blog


@dataclass(frozen=True, slots=True)
class Draft:
    """A comment to be written. ``html`` is final; ``key`` is the message's jump link, kept as the author's link.

    ``key`` has no ``&`` (WordPress would store ``&amp;``) and at most 200 characters. ``email`` is constant for a
    member and ends in ``.invalid``. ``approve``: ask for status approved; otherwise the blog's own rules decide.
    """

    post_id: PostId
    parent_id: CommentId | None
    author: str
    email: str
    key: str
    html: str
    approve: bool


@dataclass(frozen=True, slots=True)
class Written:
    """What the blog answered. ``held`` when its moderators must approve it first."""

    comment_id: CommentId
    held: bool
    digest: str


@dataclass(frozen=True, slots=True)
class FeedState:
    """What makes the next GET of the feed conditional, kept exactly as received; and how far back the next look goes.

    ``newest_at``: when the newest post of the last look was published.
    """

    etag: str | None = None
    last_modified: str | None = None
    body_hash: str | None = None
    newest_at: Millis | None = None


@dataclass(frozen=True, slots=True)
class Recent:
    """The newest posts, newest first; None when the feed has not changed since ``state``."""

    posts: tuple[Post, ...] | None
    state: FeedState


class Blog(Protocol):
    """One blog. Every method may raise Unreachable, Unanswered (writes only), NotUnderstood and NotAllowed."""

    @property
    def can_write(self) -> bool:
        """Whether a working application password was given."""

    @property
    def base_url(self) -> str:
        """Against which relative links in comments resolve."""

    async def recent(self, state: FeedState) -> Recent:
        """Conditional GET of the feed, then the posts it names, and all others published since ``state``."""

    async def post(self, post_id: PostId) -> Post:
        """One published post. Raises PlaceVanished when there is none."""

    async def tree(self, post_id: PostId, *, now: Millis) -> Tree:
        """All approved comments of a post. Raises PlaceVanished when the post is gone or hidden."""

    async def standing(self, comment_id: CommentId) -> tuple[Standing, PostId, CommentId | None]:
        """One comment asked for by id: LIVE, HELD or GONE, its post and parent. Raises Vanished when it never was."""

    async def find(self, post_id: PostId, key: str) -> Written | None:
        """The probe: the comment whose author link equals ``key`` exactly, whatever its status."""

    async def write(self, draft: Draft) -> Written:
        """Create a comment. Raises Refused (closed, rejected), PlaceVanished."""

    async def rewrite(self, comment_id: CommentId, html: str) -> Written:
        """Replace a comment's text. Raises Vanished, Refused."""

    async def withdraw(self, comment_id: CommentId) -> None:
        """Trash a comment; already gone is success."""

    async def children(self, post_id: PostId, comment_id: CommentId) -> int:
        """How many comments (approved or held) answer this one."""


# ------------------------------------------------------------------ Discord


@dataclass(frozen=True, slots=True)
class Announcement:
    """A post's starter. ``text`` is Discord markdown; ``url`` the permalink by which the starter is found again."""

    title: str
    url: str
    author: str
    text: str
    image_url: str | None
    tags: tuple[str, ...]
    published_at: Millis


@dataclass(frozen=True, slots=True)
class Speaker:
    """Under whose name a mirror appears. ``name`` is the author's own; the adapter obeys Discord's name rules."""

    name: str
    avatar_url: str | None
    written_at: Millis | None


@dataclass(frozen=True, slots=True)
class Utterance:
    """One part of a mirror.

    ``text`` is complete Discord markdown, footer included, for a webhook; ``card`` is the same without reply line and
    footer, for an embed. ``marker`` is the permalink with the part's number: it is in what is sent, and finds it again.
    ``url`` and ``marker`` are empty in a tombstone.
    """

    speaker: Speaker
    text: str
    card: str
    marker: str
    url: str
    part: int
    parts: int
    reply_to: MessageId | None
    silent: bool


@dataclass(frozen=True, slots=True)
class Opened:
    """A thread and its starter. In a forum both ids are equal; so they are where a thread is made from a message."""

    thread_id: ThreadId
    starter_id: MessageId


class Chat(Protocol):
    """Discord. Every method may raise Unreachable, NotAllowed, PlaceVanished; writes also Unanswered and Refused."""

    async def open_thread(self, channel: ChannelId, what: Announcement, *, nonce: str) -> Opened:
        """Forum post, or announcement message with a thread started from it."""

    async def find_thread(self, channel: ChannelId, url: str, *, after: Millis) -> Opened | None:
        """The probe: our thread whose starter carries ``url``. Finishes a half-made one (message without thread)."""

    async def revise_starter(self, place: Place, what: Announcement) -> None:
        """Edit the starter, and the thread's name when the title changed. Raises Vanished."""

    async def send(self, place: Place, what: Utterance, *, nonce: str) -> MessageId:
        """Send one part of a mirror."""

    async def find(self, place: Place, marker: str, *, after: MessageId | None) -> MessageId | None:
        """The probe: our message in the thread that carries ``marker``, newer than ``after``."""

    async def edit(self, place: Place, message: MessageId, what: Utterance) -> None:
        """Replace one part. Raises Vanished; Refused with code ``not_editable`` when its webhook is gone."""

    async def delete(self, place: Place, message: MessageId) -> None:
        """Delete one part; already gone is success."""

    async def mark(self, place: Place, message: MessageId, mark: Mark) -> None:
        """Put our reaction on a message, taking our other marks off. Raises Vanished."""

    async def tell(self, place: Place, message: MessageId, text: str, *, nonce: str) -> None:
        """Answer a member's message. Sent twice within minutes it appears once (nonce)."""

    async def notify(self, channel: ChannelId, text: str) -> None:
        """Say a sentence to moderators, in the channel the operator named."""

    async def read(self, place: Place, message: MessageId) -> Message | None:
        """One message asked for by id: None here is a fact (it was deleted), not silence."""

    def mirrors(self, place: Place) -> AsyncIterator[tuple[MessageId, str]]:
        """Every mirror that stands in the thread, as (message, marker), oldest first: what Discord really shows."""

    def history(self, place: Place, *, after: MessageId | None) -> AsyncIterator[Message]:
        """Messages of the thread, oldest first, newer than ``after`` (None: from the start)."""


# ------------------------------------------------------------------ the store


@dataclass(frozen=True, slots=True)
class Planned:
    """An action with its urgency."""

    action: Action
    urgency: Urgency = Urgency.LIVE


@dataclass(frozen=True, slots=True)
class Outcome:
    """What an executed action leaves behind; recorded in one transaction with its being done.

    ``opened`` is a new thread, ``shown`` the post as its starter now shows it; ``mapped`` replaces what is known of a
    comment and ``message_digest`` is of the member's message it carries; ``follow_up`` is queued at the same time.
    """

    opened: Opened | None = None
    shown: Post | None = None
    mapped: Mapped | None = None
    message_digest: str = ""
    follow_up: tuple[Action, ...] = ()
    note: str = ""


@dataclass(frozen=True, slots=True)
class Parked:
    """An action that waits for a person. ``reason`` is one sentence."""

    key: str
    kind: str
    title: str
    thread_id: ThreadId | None
    reason: str


@dataclass(frozen=True, slots=True)
class QueueFigures:
    """Counts of the outbox of one subscription."""

    ready: int
    under_way: int
    done: int
    parked: int


@dataclass(frozen=True, slots=True)
class PollRecord:
    """How the last poll of a subscription went. ``error`` is empty after a good one."""

    at: Millis
    error: str


class Store(Protocol):
    """The map and the outbox. Every method is one transaction; raises StartupError only, at opening."""

    # subscriptions and posts
    async def subscribe(self, blog_url: str, channel: ChannelId, guild: GuildId) -> Subscription:
        """The subscription of a blog to a channel, made if new."""

    async def subscriptions(self) -> tuple[Subscription, ...]:
        """All of them."""

    async def set_paused(self, subscription: SubscriptionId, *, paused: bool) -> None:
        """Stop or resume polling and queue of a subscription."""

    async def feed_state(self, subscription: SubscriptionId) -> FeedState:
        """What the last good fetch of the feed left."""

    async def known_posts(self, subscription: SubscriptionId) -> frozenset[PostId]:
        """Posts that were announced or deliberately left unannounced."""

    async def note_posts(
        self, subscription: SubscriptionId, known: Sequence[Post], announce: Sequence[OpenThread], state: FeedState
    ) -> None:
        """Remember ``known`` posts without thread, queue ``announce``, keep ``state``: at once.

        The first time it is the greeting: its time and the highest post id in it stay.
        """

    async def note_poll(self, subscription: SubscriptionId, record: PollRecord) -> None:
        """Remember how a poll went."""

    async def last_poll(self, subscription: SubscriptionId) -> PollRecord | None:
        """How the last poll went."""

    async def places(self, subscription: SubscriptionId) -> tuple[Place, ...]:
        """Posts that have, or are about to have, a thread; newest first."""

    async def place_of_thread(self, thread: ThreadId) -> Place | None:
        """The post mirrored in a thread."""

    # the map
    async def mapped(self, place: Place) -> Mapping[CommentId, Mapped]:
        """All mapped comments of a post."""

    async def link(self, message: MessageId) -> Link | None:
        """What a message shows, if it is in the map (any part)."""

    async def links_of_members(self, place: Place, *, newer_than: MessageId) -> tuple[tuple[MessageId, str], ...]:
        """Live relays of a thread as (message, digest), oldest first."""

    # the outbox
    async def plan(self, place: Place, planned: Sequence[Planned], *, backfilled: bool) -> int:
        """Make a post's waiting level-triggered actions equal to ``planned``: insert, refresh, drop. -> new rows."""

    async def queue(self, place: Place, planned: Planned, *, watermark: MessageId | None = None) -> bool:
        """Queue one edge-triggered action and move the thread's watermark, at once. False when its key was there."""

    async def refresh_write(self, place: Place, message: Message) -> bool:
        """Put a member's edit into a Write that has not left yet. False when none waits."""

    async def drop_write(self, place: Place, message: MessageId) -> bool:
        """See to it that a message is never written: True unless its Write has left, or may have."""

    async def write_known(self, place: Place, message: MessageId) -> bool:
        """Whether a Write of this message was ever queued."""

    async def queue_rewrite(self, place: Place, message: MessageId) -> bool:
        """Queue a look at a changed message, unless one waits already."""

    async def pending_writes(self, place: Place) -> Mapping[str, MessageId]:
        """Jump links of messages whose Write is neither done nor parked."""

    async def backlog(self, place: Place) -> frozenset[CommentId]:
        """Comments whose Send waits with backfill urgency."""

    async def on_their_way(self, place: Place) -> frozenset[CommentId]:
        """Comments whose Send is neither done nor parked."""

    async def claim(self, now: Millis, *, backfill: bool = True) -> Claim | None:
        """Take the first due action of a free lane and mark it as sending; without ``backfill`` a live one only."""

    async def next_due(self, now: Millis) -> Millis | None:
        """When the next action that has to wait will be due."""

    async def record_part(self, claim: Claim, part: int, message: MessageId) -> None:
        """Tie a part that has just been sent to its message, before the next is sent."""

    async def parts_sent(self, claim: Claim) -> tuple[MessageId, ...]:
        """Parts of the claimed Send that are already tied, in order."""

    async def finish(self, claim: Claim, outcome: Outcome) -> None:
        """Record the outcome and mark the action as done, in one transaction."""

    async def postpone(self, claim: Claim, until: Millis, reason: str, *, may_have_arrived: bool) -> None:
        """Put a claimed action back."""

    async def park(self, claim: Claim, reason: str) -> None:
        """Mark a claimed action as dead, to be retried by a person's word."""

    async def retry_parked(self, subscription: SubscriptionId) -> int:
        """Make parked actions ready again. -> how many."""

    async def parked(self, subscription: SubscriptionId) -> tuple[Parked, ...]:
        """What waits for a person."""

    async def figures(self, subscription: SubscriptionId) -> QueueFigures:
        """Counts for a status line."""

    async def watermark(self, place: Place) -> MessageId | None:
        """The newest message of a thread that was turned into an action or ignored for good."""

    async def set_watermark(self, place: Place, message: MessageId) -> None:
        """Move the watermark forward; never back."""

    async def changed(self, key: str, value: str = "") -> bool:
        """Remember a value under a key. True when it differs from the one before: for things that are said once."""

    async def allow_removals(self, place: Place, *, allowed: bool) -> None:
        """A moderator's word that the next plan may retract more than the usual share."""

    async def set_standing(self, place: Place, comment: CommentId, standing: Standing) -> None:
        """What became of a mapped comment, where no action of ours brought it about."""

    async def forget_thread(self, place: Place) -> None:
        """The thread is gone and is to be opened anew: its map and its queue go with it."""
