"""The actions: values that say what is to be done on the far side, each with a key that makes planning idempotent.

Does not do anything and decides nothing. Imports the standard library and :mod:`bot.core.domain` only.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum, StrEnum

from bot.core.domain import (
    ActionId,
    AttachmentId,
    Comment,
    CommentId,
    Mark,
    Message,
    MessageId,
    Millis,
    Place,
    Post,
    digest,
)


class Side(StrEnum):
    """Whose queue an action waits in. With the post it names the lane."""

    CHAT = "chat"
    BLOG = "blog"
    MARKS = "marks"
    PROGRESS = "progress"
    MODERATORS = "moderators"


class Urgency(IntEnum):
    """Live goes ahead of backfill within a lane."""

    LIVE = 0
    BACKFILL = 1


@dataclass(frozen=True, slots=True)
class Parent:
    """What a reply line needs to know of the comment that is answered. ``html`` is its beginning, '' if not public.

    ``digest`` is of the whole source, so that a changed parent changes the line that quotes it.
    """

    id: CommentId
    author: str
    html: str
    digest: str


@dataclass(frozen=True, slots=True)
class OpenThread:
    """Announce a post and open its thread."""

    post: Post
    generation: int = 0

    @property
    def key(self) -> str:
        return f"open:{self.post.id}:{self.generation}"


@dataclass(frozen=True, slots=True)
class ReviseStarter:
    """Show a changed post in its starter (and its thread's name)."""

    post: Post
    revision: int

    @property
    def key(self) -> str:
        return f"starter:{self.post.id}:{self.revision}"


@dataclass(frozen=True, slots=True)
class Send:
    """Show a comment on Discord for the first time (or again, after it came back)."""

    comment: Comment
    parent: Parent | None
    revision: int
    silent: bool = False

    @property
    def key(self) -> str:
        return f"send:{self.comment.id}:{self.revision}"


@dataclass(frozen=True, slots=True)
class Edit:
    """Bring a mirror up to date with its comment, or with its parent's new place."""

    comment: Comment
    parent: Parent | None
    revision: int

    @property
    def key(self) -> str:
        return f"edit:{self.comment.id}:{self.revision}"


@dataclass(frozen=True, slots=True)
class Retract:
    """Take a mirror away; as a tombstone while it still has replies."""

    comment_id: CommentId
    revision: int
    tombstone: bool

    @property
    def key(self) -> str:
        return f"retract:{self.comment_id}:{self.revision}"


@dataclass(frozen=True, slots=True)
class Settle:
    """See to it that a withdrawn relay is in the trash if nobody answers it, and a tombstone if somebody does."""

    comment_id: CommentId
    revision: int

    @property
    def key(self) -> str:
        return f"settle:{self.comment_id}:{self.revision}"


@dataclass(frozen=True, slots=True)
class Write:
    """Carry a member's message to the blog as a comment.

    ``unsure``: it answers a message that was in no map when it came; whether it concerns the blog is found out before
    it leaves.
    """

    message: Message
    unsure: bool = False

    @property
    def key(self) -> str:
        return f"write:{self.message.id}"


@dataclass(frozen=True, slots=True)
class Rewrite:
    """Look at a changed message again and bring its comment up to date. ``revision`` grows with each look.

    Carries no text: events of edits may come twice, late or in the wrong order, the message itself is always right.
    """

    message_id: MessageId
    revision: int

    @property
    def key(self) -> str:
        return f"rewrite:{self.message_id}:{self.revision}"


@dataclass(frozen=True, slots=True)
class Withdraw:
    """Take a relayed comment away: trash a leaf, leave a tombstone where it has replies."""

    message_id: MessageId

    @property
    def key(self) -> str:
        return f"withdraw:{self.message_id}"


@dataclass(frozen=True, slots=True)
class Discard:
    """Take files of a message out of the blog's media library: nothing on the blog shows them any more."""

    message_id: MessageId
    attachments: tuple[AttachmentId, ...]

    @property
    def key(self) -> str:
        return f"discard:{self.message_id}:{digest(*map(str, self.attachments))[:12]}"


@dataclass(frozen=True, slots=True)
class SetMark:
    """Show on a member's message what became of it; ``None`` takes the mark off."""

    message_id: MessageId
    mark: Mark | None
    revision: int = 0

    @property
    def key(self) -> str:
        return f"mark:{self.message_id}:{self.mark.name.lower() if self.mark else 'none'}:{self.revision}"


@dataclass(frozen=True, slots=True)
class Tell:
    """Say a sentence to a member, as a reply to their message."""

    message_id: MessageId
    text: str

    @property
    def key(self) -> str:
        return f"tell:{self.message_id}:{digest(self.text)[:12]}"


@dataclass(frozen=True, slots=True)
class Report:
    """Say in a thread how far its backfill has come, always in the same message. ``text`` is one line."""

    text: str
    revision: int

    @property
    def key(self) -> str:
        return f"report:{self.revision}"


@dataclass(frozen=True, slots=True)
class Notify:
    """Tell the moderators what a person should look at."""

    text: str

    @property
    def key(self) -> str:
        return f"notify:{digest(self.text)[:16]}"


Action = (
    OpenThread
    | ReviseStarter
    | Send
    | Edit
    | Retract
    | Settle
    | Write
    | Rewrite
    | Withdraw
    | Discard
    | SetMark
    | Tell
    | Report
    | Notify
)


@dataclass(frozen=True, slots=True)
class Claim:
    """An action under way. ``found_half_done``: an earlier attempt may have arrived, so probe before doing.

    ``anchor`` is the newest message of ours in the thread before the first attempt: what that attempt sent is newer.
    ``attempts`` counts this one. ``superseded``: nobody wants it any more, only what already arrived is to be noted.
    """

    id: ActionId
    action: Action
    place: Place
    attempts: int
    found_half_done: bool
    anchor: MessageId | None
    claimed_at: Millis
    superseded: bool = False
