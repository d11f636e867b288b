"""The actions: values that say what is to be done on the far side, each with a key that makes planning idempotent.

What the outbox has to know of a kind of action is said where the kind is defined; keys are built and taken apart here
alone. Does not do anything and decides nothing. Imports the standard library and ``bot.core`` only.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import ClassVar, get_args

from bot.core.domain import (
    ActionId,
    AttachmentId,
    CommentId,
    Message,
    MessageId,
    Millis,
    Place,
    Post,
    digest,
)
from bot.core.following import Rename, Retag
from bot.core.sayings import Notify, Report, SetMark, Tell, Unsay
from bot.core.traits import (
    AboutComment,
    AboutMessage,
    AboutPost,
    ActionBase,
    Kept,
    Parent,
    Queue,
    ShowsComment,
    Traits,
    Urgency,
    about_message,
)

__all__ = [  # of other rooms, handed on to whoever plans and queues
    "Notify",
    "Parent",
    "Queue",
    "Rename",
    "Report",
    "Retag",
    "SetMark",
    "Tell",
    "Traits",
    "Unsay",
    "Urgency",
]


@dataclass(frozen=True, slots=True)
class OpenThread(AboutPost):
    """Announce a post and open its thread."""

    traits: ClassVar = Traits("open", Queue.CHAT, Kept.FOR_EVER, in_order=True, survives_lost_thread=True)
    post: Post
    generation: int = 0

    @property
    def key(self) -> str:
        return f"open:{self.post.id}:{self.generation}"


@dataclass(frozen=True, slots=True)
class ReviseStarter(AboutPost):
    """Show a changed post in its starter. Its thread's name and tags follow, each for itself."""

    traits: ClassVar = Traits("starter", Queue.CHAT)
    post: Post
    revision: int

    @property
    def key(self) -> str:
        return f"starter:{self.post.id}:{self.revision}"


@dataclass(frozen=True, slots=True)
class Send(ShowsComment):
    """Show a comment on Discord for the first time (or again, after it came back). Each part that left is noted."""

    traits: ClassVar = Traits(
        "send", Queue.CHAT, level_triggered=True, one_request=True, makes_mirrors=True, blocks_when_parked=True
    )
    silent: bool = False

    @property
    def is_backlog(self) -> bool:
        return self.silent


@dataclass(frozen=True, slots=True)
class Edit(ShowsComment):
    """Bring a mirror up to date with its comment, or with its parent's new place."""

    traits: ClassVar = Traits("edit", Queue.CHAT, level_triggered=True, makes_mirrors=True, gives_way=True)


@dataclass(frozen=True, slots=True)
class Retract(AboutComment):
    """Take a mirror away; as a tombstone while it still has replies."""

    traits: ClassVar = Traits("retract", Queue.CHAT, level_triggered=True, gives_way=True)
    tombstone: bool


@dataclass(frozen=True, slots=True)
class Settle(AboutComment):
    """See to it that a withdrawn relay is in the trash if nobody answers it, and a tombstone if somebody does."""

    traits: ClassVar = Traits("settle", Queue.BLOG, level_triggered=True, delays_members=True)


@dataclass(frozen=True, slots=True)
class TakeCopyAway(AboutComment):
    """Take a comment off the blog that carries a member's message a second time. ``carries``: the key of both."""

    traits: ClassVar = Traits("copy", Queue.BLOG, level_triggered=True, delays_members=True)
    carries: str


@dataclass(frozen=True, slots=True)
class Move(AboutComment):
    """Put a relay under what its message answers, which did not stand when the relay was written."""

    traits: ClassVar = Traits("move", Queue.BLOG, level_triggered=True, delays_members=True)
    parent_id: CommentId


@dataclass(frozen=True, slots=True)
class Write(ActionBase):
    """Carry a member's message to the blog as a comment.

    ``unsure``: the message that it answers was unknown when it came; it is looked at again before this one is sent.
    ``reworded``: an attempt whose outcome is unknown had other words. ``anew``: the moment in which the author of a
    refused message worded it anew, else 0. ``hidden_since``: when its post was first found hidden, else 0.
    """

    traits: ClassVar = Traits(
        "write",
        Queue.BLOG,
        Kept.WHILE_READ_BACK,
        one_request=True,
        blocks_when_parked=True,
        survives_lost_thread=True,
        delays_members=True,
    )
    message: Message
    unsure: bool = False
    reworded: bool = False
    anew: int = 0
    hidden_since: int = 0

    def of(self, found: Message) -> Message:
        """Its message as it was found again: what a proxied one answers, and for whom, no reading of it tells."""
        said = self.message
        if not said.proxied:
            return found
        return replace(found, kind=said.kind, reply_to=said.reply_to, on_behalf_of=said.on_behalf_of)

    @staticmethod
    def key_of(message: MessageId) -> str:
        """The key of the Write of a message."""
        return f"write:{message}"

    @property
    def key(self) -> str:
        return self.key_of(self.message.id)

    @property
    def subject(self) -> str:
        return about_message(self.message.id)

    @property
    def rank(self) -> int:
        return self.message.id


@dataclass(frozen=True, slots=True)
class Rewrite(AboutMessage):
    """Look at a changed message again and bring its comment up to date. ``revision`` grows with each look.

    Carries no text: events of edits may come twice, late or in the wrong order, the message itself is always right.
    """

    traits: ClassVar = Traits("rewrite", Queue.BLOG, delays_members=True)
    revision: int

    @property
    def key(self) -> str:
        return f"rewrite:{self.message_id}:{self.revision}"

    @staticmethod
    def revision_of(key: str) -> int:
        """The revision in a key."""
        return int(key.rpartition(":")[2])


@dataclass(frozen=True, slots=True)
class Withdraw(AboutMessage):
    """Take a relayed comment away: trash a leaf, leave a tombstone where it has replies."""

    traits: ClassVar = Traits("withdraw", Queue.BLOG, Kept.WHILE_READ_BACK, delays_members=True)

    @property
    def key(self) -> str:
        return f"withdraw:{self.message_id}"


@dataclass(frozen=True, slots=True)
class Discard(AboutMessage):
    """Take files of a message out of the blog's media library: nothing on the blog shows them any more."""

    traits: ClassVar = Traits("discard", Queue.BLOG, delays_members=True)
    attachments: tuple[AttachmentId, ...]

    @property
    def key(self) -> str:
        return f"discard:{self.message_id}:{digest(*map(str, self.attachments))[:12]}"


Action = (
    OpenThread
    | ReviseStarter
    | Rename
    | Retag
    | Send
    | Edit
    | Retract
    | Settle
    | Move
    | TakeCopyAway
    | Write
    | Rewrite
    | Withdraw
    | Discard
    | SetMark
    | Tell
    | Unsay
    | Report
    | Notify
)

KINDS: dict[str, type[Action]] = {one.traits.kind: one for one in get_args(Action)}
"""Every kind of action by its name in the outbox."""


def kinds(which: Callable[[Traits], bool]) -> tuple[str, ...]:
    """The names of the kinds that have a trait."""
    return tuple(name for name, one in KINDS.items() if which(one.traits))


@dataclass(frozen=True, slots=True)
class Claim:
    """An action under way. ``found_half_done``: an earlier attempt may have arrived, so probe before doing.

    ``anchor`` is the newest message of ours in the thread before the first attempt: what that attempt sent is newer.
    Of what is sent into no known thread it is the newest message or thread of the subscription. None: there was none.
    ``attempts`` counts this one; ``claimed_at`` is when the first began. ``superseded``: nobody wants it any more, only
    what already arrived is to be noted. ``database``: by which the store is told from all others.
    """

    id: ActionId
    action: Action
    place: Place
    attempts: int
    found_half_done: bool
    anchor: MessageId | None
    claimed_at: Millis
    queued_at: Millis
    superseded: bool = False
    database: str = ""

    def nonce(self, part: int = 0) -> str:
        """The same at each attempt, after a restart too; at most 25 characters (Discord: Create Message).

        The number alone would repeat in a new database, and in one that was put back to a backup, and Discord would
        show the earlier message in the place of this one: which database it is, and the moment of the first attempt,
        tell them apart.
        """
        return f"ct{digest(self.database, str(self.id), str(self.claimed_at), str(part))[:23]}"
