"""What actions have in common: what each is about, and what the outbox has to know of its kind.

Knows no kind of action; each says its own traits where it is defined, see :mod:`bot.core.actions`. Subjects are
built and taken apart here alone.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from enum import IntEnum, StrEnum
from typing import ClassVar

from bot.core.domain import Comment, CommentId, MessageId


class Queue(StrEnum):
    """In which queue of its post an action waits. One action of a queue is under way at a time."""

    CHAT = "chat"
    BLOG = "blog"
    MARKS = "marks"
    PROGRESS = "progress"
    MODERATORS = "moderators"


class Urgency(IntEnum):
    """Within a queue, what is live goes ahead of the backfill."""

    LIVE = 0
    BACKFILL = 1


class Kept(StrEnum):
    """How long the outbox remembers that an action was done, so that its key is not queued again."""

    A_DAY = "a day"
    WHILE_READ_BACK = "as long as threads are read back"
    FOR_EVER = "for ever"


@dataclass(frozen=True, slots=True)
class Traits:
    """``kind`` is the name in the outbox; ``queue`` where the action waits; ``kept`` how long it is known once done.

    ``level_triggered``: each look at a post plans all actions of this kind from scratch; what is wanted no more goes.
    ``one_request``: it leaves a doubt only where its request was not answered; of the others a part may have arrived
    whatever became of the rest.
    ``makes_mirrors``: after a doubt a message of the bot's may stand in the thread that is in no map yet.
    ``in_order``: it waits for earlier ones of its kind in all of its subscription.
    ``blocks_when_parked``: later actions about the same wait for it even then.
    ``gives_way``: while it has to wait, others of its queue go ahead.
    ``survives_lost_thread``: it is still wanted when its thread is gone and another one is opened.
    ``delays_members``: while it fails, members' messages wait, and are marked so.
    ``for_moderators``: it goes to their channel, so it needs no thread; its own trouble is told to nobody.
    ``tells_progress``: it is itself what tells how far a backfill has come, so nothing is to be told of it.
    """

    kind: str
    queue: Queue
    kept: Kept = Kept.A_DAY
    level_triggered: bool = False
    one_request: bool = False
    makes_mirrors: bool = False
    in_order: bool = False
    blocks_when_parked: bool = False
    gives_way: bool = False
    survives_lost_thread: bool = False
    delays_members: bool = False
    for_moderators: bool = False
    tells_progress: bool = False


@dataclass(frozen=True, slots=True)
class Parent:
    """What a reply line needs to know of the comment that is answered. ``html`` is its beginning, '' if not public.

    ``digest`` is of the whole source, so that a changed parent changes the line that quotes it.
    """

    id: CommentId
    author: str
    html: str
    digest: str


class ActionBase(ABC):
    """Base of the actions. ``key`` tells an action from all others of its post; an action is queued once under it.

    ``subject`` is what it is about: in one queue an action never overtakes an earlier one about the same; '' for none.
    ``rank`` is the place in its queue among equally urgent ones.
    """

    __slots__ = ()
    traits: ClassVar[Traits]

    @property
    @abstractmethod
    def key(self) -> str:
        """Unique among the actions of its post."""

    @property
    @abstractmethod
    def subject(self) -> str:
        """See above; one of the ``about_…`` functions builds it."""

    @property
    def rank(self) -> int:
        """See above."""
        return 0

    @property
    def is_backlog(self) -> bool:
        """Whether it was there before anybody looked, so that what is live goes first."""
        return False


def about_comment(comment: CommentId) -> str:
    """The subject of what is about a comment."""
    return f"comment {comment}"


def comment_of(subject: str) -> CommentId:
    """The comment of :func:`about_comment`."""
    return CommentId(subject.removeprefix("comment "))


def about_message(message: MessageId) -> str:
    """The subject of what is about a member's message."""
    return f"message {message}"


class AboutPost(ActionBase):
    """Base of what is about a post or its thread as a whole: it overtakes and is overtaken freely."""

    __slots__ = ()

    @property
    def subject(self) -> str:
        return ""


@dataclass(frozen=True, slots=True)
class ShowsComment(ActionBase):
    """Base of what shows a comment on Discord."""

    comment: Comment
    parent: Parent | None
    revision: int

    @property
    def key(self) -> str:
        return f"{self.traits.kind}:{self.comment.id}:{self.revision}"

    @property
    def subject(self) -> str:
        return about_comment(self.comment.id)


@dataclass(frozen=True, slots=True)
class AboutComment(ActionBase):
    """Base of what is about a comment that is in the map. ``revision`` grows with each."""

    comment_id: CommentId
    revision: int

    @property
    def key(self) -> str:
        return f"{self.traits.kind}:{self.comment_id}:{self.revision}"

    @property
    def subject(self) -> str:
        return about_comment(self.comment_id)


@dataclass(frozen=True, slots=True)
class AboutMessage(ActionBase):
    """Base of what is about a member's message; these go in the order in which the messages were written."""

    message_id: MessageId

    @property
    def subject(self) -> str:
        return about_message(self.message_id)

    @property
    def rank(self) -> int:
        return self.message_id
