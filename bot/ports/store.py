"""The port to the map and the outbox. Implements nothing; see :mod:`bot.store`."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Protocol

from bot.core.actions import Claim, OpenThread, Side
from bot.core.domain import (
    AttachmentId,
    ChannelId,
    CommentId,
    GuildId,
    Link,
    Mapped,
    MemberId,
    Message,
    MessageId,
    Millis,
    Place,
    Post,
    PostId,
    Subscription,
    SubscriptionId,
    ThreadId,
)
from bot.ports.blog import FeedState
from bot.ports.records import (
    Backfill,
    Outcome,
    Parked,
    Planned,
    PollRecord,
    QueueFigures,
    Restanding,
    Snapshot,
    Stage,
    Upload,
)


class Store(Protocol):
    """The map and the outbox. Every method is one transaction; raises StartupError only, at opening."""

    # subscriptions and posts
    async def subscribe(self, blog_url: str, channel: ChannelId, guild: GuildId) -> Subscription:
        """The subscription of a blog to a channel, made if new."""

    async def subscriptions(self) -> tuple[Subscription, ...]:
        """All of them."""

    async def subscription(self, number: SubscriptionId) -> Subscription | None:
        """One of them, as it is now."""

    async def set_paused(self, subscription: SubscriptionId, *, paused: bool) -> None:
        """Stop or resume polling and queue of a subscription."""

    async def feed_state(self, subscription: SubscriptionId) -> FeedState:
        """What the last good fetch of the feed left."""

    async def known_posts(self, subscription: SubscriptionId) -> frozenset[PostId]:
        """Posts that were announced or deliberately left unannounced."""

    async def note_posts(
        self, subscription: SubscriptionId, known: Sequence[Post], announce: Sequence[OpenThread], state: FeedState
    ) -> None:
        """Remember ``known`` posts as the blog shows them, queue ``announce``, keep ``state``: at once.

        The first time it is the greeting: its time and the highest post id in it stay.
        """

    async def changed_posts(self, subscription: SubscriptionId) -> tuple[tuple[Place, Post], ...]:
        """Threads whose starter does not show the post as the blog last listed it."""

    async def note_poll(self, subscription: SubscriptionId, record: PollRecord) -> None:
        """Remember how a poll went."""

    async def last_poll(self, subscription: SubscriptionId) -> PollRecord | None:
        """How the last poll went."""

    async def places(self, subscription: SubscriptionId) -> tuple[Place, ...]:
        """Posts that have, or are about to have, a thread; newest first."""

    async def place(self, subscription: SubscriptionId, row: int) -> Place | None:
        """The post of a row."""

    async def place_of_thread(self, subscription: SubscriptionId, thread: ThreadId) -> Place | None:
        """The post that this subscription mirrors in a thread."""

    async def subscription_of_thread(self, thread: ThreadId) -> SubscriptionId | None:
        """Whose thread it is: the one question that may be asked of all subscriptions at once."""

    async def lose(self, place: Place, reason: str) -> bool:
        """The thread cannot be used: its queue rests until :meth:`reopen`. False when it was lost already."""

    async def reopen(self, subscription: SubscriptionId, row: int | None = None) -> int:
        """Lost threads (or the one of ``row``) are tried again. -> how many."""

    # the map
    async def snapshot(self, place: Place) -> Snapshot:
        """All that a plan needs, of one moment: apart, a relay could be in neither."""

    async def comment(self, place: Place, comment: CommentId | None) -> Mapped | None:
        """One mapped comment."""

    async def mapped(self, place: Place) -> Mapping[CommentId, Mapped]:
        """All mapped comments of a post."""

    async def link(self, subscription: SubscriptionId, message: MessageId) -> Link | None:
        """What a message shows or showed, if it is in the map (any part)."""

    async def tie(self, claim: Claim, part: int, message: MessageId) -> None:
        """Tie a part that has just been sent to the claimed comment, before the next is sent."""

    async def mark_surplus(self, claim: Claim, messages: Sequence[MessageId]) -> None:
        """These messages no longer show the claimed comment and are to be deleted."""

    async def surplus(self, claim: Claim) -> tuple[MessageId, ...]:
        """Messages of the claimed comment that are to be deleted."""

    async def hide(self, place: Place, message: MessageId) -> CommentId | None:
        """A mirror was deleted by somebody else: its comment does not come back by itself. -> the comment, if any."""

    async def links_of_members(self, place: Place, *, newer_than: MessageId) -> tuple[tuple[MessageId, str], ...]:
        """Live relays of a thread as (message, digest), oldest first."""

    async def mirrors_shown(self, place: Place, *, newer_than: MessageId) -> tuple[MessageId, ...]:
        """Messages of ours that show comments in a thread, oldest first."""

    # the outbox
    async def plan(
        self, place: Place, planned: Sequence[Planned], restandings: Sequence[Restanding] = ()
    ) -> tuple[Planned | Restanding, ...]:
        """Make a post's level-triggered actions equal to ``planned``: insert, refresh, drop; and note what became of
        relays. What is under way is left alone. -> what of both is new: a plan that repeats what waits says nothing."""

    async def queue(self, place: Place, planned: Planned) -> bool:
        """Queue one edge-triggered action. False when its key was there, or its message was deleted already.

        False too for a Write of a message that :meth:`stays`.
        """

    async def refresh_write(self, place: Place, message: Message) -> bool:
        """Put a member's edit into a Write that has surely not left yet. False when none waits."""

    async def note_deleted(self, place: Place, message: MessageId) -> bool:
        """A message that is not in the map is gone: True unless its Write has left, or may have.

        Files of it that have left already are to be discarded then.
        """

    async def write_stage(self, place: Place, message: MessageId) -> Stage | None:
        """How far the Write of this message has come, if one was ever queued."""

    # members
    async def opt_out(self, guild: GuildId, member: MemberId) -> int:
        """Nothing of a member's that is not on the blog yet gets there: a Write that has surely not left is dropped
        with its files and its mark. -> how many were.
        """

    async def opt_in(self, guild: GuildId, member: MemberId, *, after: MessageId) -> bool:
        """What a member writes after this id of Discord's may cross again; what is older stays. False if it could."""

    async def opted_out(self, guild: GuildId, member: MemberId) -> bool:
        """Whether what a member writes now stays in Discord."""

    async def stays(self, place: Place, message: Message) -> bool:
        """Whether its author decided that this message stays in Discord, unless it is on the blog already."""

    # files
    async def note_upload(self, place: Place, upload: Upload) -> None:
        """Remember what became of a file, in place of what was known of it."""

    async def uploads(self, place: Place, message: MessageId) -> Mapping[AttachmentId, Upload]:
        """What is known of a message's files."""

    async def forget_upload(self, place: Place, attachment: AttachmentId) -> None:
        """The file is not in the media library any more."""

    # more of the outbox
    async def queue_rewrite(self, place: Place, message: MessageId) -> bool:
        """Queue a look at a changed message, unless one waits already."""

    async def rewrite_under_way(self, place: Place, message: MessageId) -> bool:
        """Whether a look at this message waits or is being taken."""

    async def pending_writes(self, place: Place) -> Mapping[str, MessageId]:
        """Jump links of messages whose Write is not done."""

    async def show_waiting(self, place: Place) -> None:
        """Queue a mark on each message whose Write is not done: it waits. What may be talk has to be tried first."""

    async def on_their_way(self, place: Place) -> frozenset[CommentId]:
        """Comments whose Send is neither done nor parked."""

    async def release(self, subscription: SubscriptionId) -> int:
        """Nothing of it is under way any more: what was may have arrived. -> how many."""

    async def sends_in_doubt(self, place: Place) -> bool:
        """Whether a mirror may stand in the thread that is not in the map yet."""

    async def claim(
        self, subscription: SubscriptionId, now: Millis, sides: Collection[Side], *, backfill: bool = True
    ) -> Claim | None:
        """Take the first due action of a free lane of these sides and mark it as sending; without ``backfill`` a live
        one only.
        """

    async def next_due(self, subscription: SubscriptionId, now: Millis) -> Millis | None:
        """When the next action that has to wait will be due."""

    async def finish(self, claim: Claim, outcome: Outcome) -> None:
        """Record the outcome and mark the action as done, in one transaction."""

    async def postpone(
        self, claim: Claim, until: Millis, reason: str, *, may_have_arrived: bool, yields: bool = False
    ) -> None:
        """Put a claimed action back. ``yields``: while it waits, others of its lane go ahead."""

    async def park(self, claim: Claim, reason: str) -> None:
        """Mark a claimed action as dead, to be retried by a person's word."""

    async def hasten(self, subscription: SubscriptionId) -> None:
        """What was put back is due at once."""

    async def retry_parked(self, subscription: SubscriptionId) -> int:
        """Make parked actions ready again. -> how many were parked."""

    async def parked(self, subscription: SubscriptionId) -> tuple[Parked, ...]:
        """What waits for a person."""

    async def stuck(self, subscription: SubscriptionId) -> Parked | None:
        """The oldest action that has failed more than once and is tried again by itself."""

    async def figures(self, subscription: SubscriptionId) -> QueueFigures:
        """Counts for a status line."""

    async def watermark(self, place: Place) -> MessageId | None:
        """The message up to which the thread has been read, in order and without a gap."""

    async def set_watermark(self, place: Place, message: MessageId) -> None:
        """Move the watermark forward; never back."""

    async def remember(self, key: str, value: str = "") -> bool:
        """Remember a value under a key. True when it differs from the one before: for things that are said once."""

    async def allow_removals(self, place: Place, *, allowed: bool) -> None:
        """A moderator's word that the next plan may retract more than the usual share."""

    async def forget_thread(self, place: Place) -> None:
        """The thread is gone and is to be opened anew: its map goes with it, and what of its queue names its messages.

        Members' messages that are on their way to the blog still get there.
        """

    async def backfill(self, place: Place) -> Backfill | None:
        """How far a backfill that is worth a word has come; None when there is none to tell of."""

    async def end_backfill(self, place: Place) -> None:
        """There is nothing more to tell of it."""

    async def prune(self, subscription: SubscriptionId, before: Millis, writes_before: Millis) -> int:
        """Forget what was done before; of members' messages keep longer that they were dealt with. -> rows."""
