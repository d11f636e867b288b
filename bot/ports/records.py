"""What the store is told and tells: plans, outcomes, figures. Values only, and no port; see :mod:`bot.ports.store`."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from bot.core.actions import Action, Claim, Urgency
from bot.core.domain import (
    AttachmentId,
    CommentId,
    Link,
    Mapped,
    Message,
    MessageId,
    Millis,
    Place,
    Post,
    PostId,
    Standing,
    Subscription,
    ThreadId,
)
from bot.ports.blog import FeedState, Media
from bot.ports.chat import Opened


@dataclass(frozen=True, slots=True)
class Planned:
    """An action with its urgency and, among equally urgent ones of its queue, its rank (None: the action's own).

    ``reason``: why it is planned, a few words for the log, none of them a member's or a reader's.
    """

    action: Action
    urgency: Urgency = Urgency.LIVE
    rank: int | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class RelayChange:
    """A relay whose fate changed on the blog: what it is now, and what follows. ``mapped`` is what was known.

    ``reason``: why, a few words for the log.
    """

    mapped: Mapped
    standing: Standing
    follow_up: tuple[Action, ...]
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Recognised:
    """What the comments of a tree say of the numbers in the map.

    ``displaced``: mapped comments whose number is another comment's now. ``renumbered``: mapped comments, each with the
    number under which the blog shows it now. ``moments``: when comments were written, where the map says otherwise.
    """

    displaced: tuple[CommentId, ...] = ()
    renumbered: Mapping[CommentId, CommentId] = field(default_factory=dict)
    moments: Mapping[CommentId, Millis] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self.displaced or self.renumbered or self.moments)


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What the store knows of a post at one moment.

    ``pending`` are keys of messages whose Write is neither done nor given up for good (see ``Comment.relay_of``);
    ``backlog`` comments that already wait as backfill; ``in_doubt`` those of the pending messages of which a comment
    may be there already.
    """

    mapped: Mapping[CommentId, Mapped]
    pending: Collection[str] = ()
    backlog: Collection[CommentId] = ()
    in_doubt: Collection[Message] = ()


@dataclass(frozen=True, slots=True)
class Outlook:
    """What a look at a blog begins with, of one moment.

    ``known``: posts that were announced or deliberately left unannounced. ``changed``: threads whose starter does not
    show the post as the blog last listed it. ``telling``: rows of posts in whose thread the progress of a backfill is
    told.
    """

    subscription: Subscription
    feed: FeedState
    known: Collection[PostId]
    places: tuple[Place, ...]
    changed: tuple[tuple[Place, Post], ...]
    telling: Collection[int]


@dataclass(frozen=True, slots=True)
class Traces:
    """What is known of a message at one moment: how far its Write has come, if one was queued, and what it shows.

    ``answers``: what the message of a Write that has ended answered, as far as anybody noted it.
    """

    stage: Stage | None
    link: Link | None
    answers: MessageId | None = None


@dataclass(frozen=True, slots=True)
class Claimed:
    """What is to be carried out now, and when to claim again at the latest (None: nothing waits for a moment)."""

    claims: tuple[Claim, ...]
    next_due: Millis | None


class Stage(StrEnum):
    """How far an action has come. ``REFUSED`` and ``DELETED`` is a Write that is done without a comment.

    The blog did not take its message, or the message was deleted before it left: answers to it cross all the same.
    """

    READY = "ready"
    SENDING = "sending"
    DONE = "done"
    DEAD = "dead"
    REFUSED = "refused"
    DELETED = "deleted"

    @property
    def is_open(self) -> bool:
        """Whether something is still to come of it."""
        return self in (Stage.READY, Stage.SENDING, Stage.DEAD)


@dataclass(frozen=True, slots=True)
class BackfillProgress:
    """How far the backfill of a thread has come. ``message`` tells of it; ``step`` counts what it has told."""

    total: int
    waiting: int
    since: Millis
    message: MessageId | None
    step: int


@dataclass(frozen=True, slots=True)
class Outcome:
    """What an executed action leaves behind; recorded in one transaction with its being done.

    ``opened`` is a new thread, ``shown`` the post as its starter now shows it; ``mapped`` replaces what is known of a
    comment and ``message_digest`` is of the member's message it carries; ``follow_up`` is queued at the same time;
    ``said`` is the message that tells of the backfill. What was superseded is forgotten rather than done; so is what
    ``forgotten`` says: nothing came of it, and no later action is to think that something did. ``ended`` is how a Write
    without a comment ended: DONE, REFUSED or DELETED.
    """

    opened: Opened | None = None
    shown: Post | None = None
    mapped: Mapped | None = None
    message_digest: str = ""
    follow_up: tuple[Action, ...] = ()
    said: MessageId | None = None
    forgotten: bool = False
    ended: Stage = Stage.DONE
    note: str = ""


@dataclass(frozen=True, slots=True)
class Upload:
    """What became of a file on its way to the media library: begun, until ``media`` is known or it was ``refused``."""

    attachment: AttachmentId
    message: MessageId
    media: Media | None = None
    refused: bool = False


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
