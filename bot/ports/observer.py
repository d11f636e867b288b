"""The port to whoever watches the machine: what an engine and the hub tell while they work, as values with ids.

Implements nothing; see :mod:`bot.watch`. No event holds a word of a comment or a message, a name or a secret: reasons
are sentences of our own. Nothing waits for an observer, and nothing depends on one.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from bot.core.actions import Urgency
from bot.core.domain import ChannelId, CommentId, MessageId, PostId, Standing, SubscriptionId, ThreadId


@dataclass(frozen=True, slots=True)
class Whereabouts:
    """What an event is about, by its ids; None where there is none, or where nobody knew."""

    subscription: SubscriptionId
    post: PostId | None = None
    thread: ThreadId | None = None
    channel: ChannelId | None = None
    comment: CommentId | None = None
    message: MessageId | None = None


@dataclass(frozen=True, slots=True)
class Looked:
    """An engine has looked at its blog. ``seconds``: how long that took; ``error``: '' after a good look.

    An error names posts by their titles, as moderators see them.
    """

    where: Whereabouts
    blog_url: str
    seconds: float
    error: str


@dataclass(frozen=True, slots=True)
class Decided:
    """An action was queued, and was not before. ``reason``: why, in a few words."""

    where: Whereabouts
    kind: str
    key: str
    reason: str
    urgency: Urgency


@dataclass(frozen=True, slots=True)
class Judged:
    """The blog's moderators, or a deletion, changed what becomes of a relay."""

    where: Whereabouts
    standing: Standing
    reason: str


class Result(StrEnum):
    """How an attempt at an action ended. ``WAITS``: for another action; nothing is wrong."""

    DONE = "done"
    WAITS = "waits"
    PUT_BACK = "put back"
    PARKED = "parked"


@dataclass(frozen=True, slots=True)
class Attempted:
    """An attempt at an action has ended. ``attempts`` counts it.

    ``waited``: seconds from when it was queued to the end of this attempt; ``took``: seconds of this attempt alone.
    ``reason``: why it is not done, or what there is to note of what was done.
    """

    where: Whereabouts
    kind: str
    key: str
    result: Result
    attempts: int
    waited: float
    took: float
    reason: str


@dataclass(frozen=True, slots=True)
class ThreadLost:
    """A thread, or the channel in which it was to open, is gone: its queue rests."""

    where: Whereabouts
    reason: str


@dataclass(frozen=True, slots=True)
class ModeratorsTold:
    """A sentence was queued for the moderators, if they have a channel. ``subject``: what else it is about."""

    where: Whereabouts
    subject: str
    reason: str


class Turn(StrEnum):
    """What happened to an engine. ``FELL``: by an error; it is started anew, until it has fallen too often."""

    STARTED = "started"
    STOPPED = "stopped"
    FELL = "fell"
    RESTS = "rests"


@dataclass(frozen=True, slots=True)
class EngineTurned:
    """An engine started, stopped, fell or was put to rest. ``error`` is what it fell by."""

    where: Whereabouts
    turn: Turn
    reason: str = ""
    error: Exception | None = None


@dataclass(frozen=True, slots=True)
class Unforeseen:
    """A mistake of ours was met. ``doing``: the key of an action, or what else was being done with a post."""

    where: Whereabouts
    doing: str
    error: Exception


Event = Looked | Decided | Judged | Attempted | ThreadLost | ModeratorsTold | EngineTurned | Unforeseen


class Observer(Protocol):
    """Hears what the machine does."""

    def hear(self, event: Event) -> None:
        """Take an event down: at once, without waiting for anything. What it raises is kept from the machine."""
