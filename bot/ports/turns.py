"""The port to turns: how much members have brought to a server's blogs lately, and from when on they may bring more.

Implements nothing, and decides nothing: whoever asks for a turn brings the rule with them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple, Protocol

from bot.core.domain import AttachmentId, MemberId, MessageId, Millis, Place, SubscriptionId


class Act(StrEnum):
    """What of a member's costs the blog requests, or room. What takes something away there is none of these."""

    RELAY = "relay"
    EDIT = "edit"
    FILE = "file"


class Why(StrEnum):
    """Why an act waits, or does not cross: nothing, its author's measure, or that of the whole server."""

    NOTHING = ""
    MEMBER = "its author's measure is full"
    SERVER = "its server's measure is full"


class Spent(NamedTuple):
    """An act that has its turn: when that is, by Discord's time, and of a file its size."""

    at: Millis
    size: int = 0


@dataclass(frozen=True, slots=True)
class Taken:
    """What has a turn around a moment, in the order of the turns: of a member, and of all members of their server."""

    member: Sequence[Spent]
    server: Sequence[Spent]


@dataclass(frozen=True, slots=True)
class MayGo:
    """From when on an act may go, by Discord's time; ``wait``: in so many milliseconds. ``why``: if it waits at all.

    ``never``: it does not go at all.
    """

    at: Millis
    wait: int = 0
    why: Why = Why.NOTHING
    never: bool = False


@dataclass(slots=True)
class Asking:
    """Who asks for a turn, for what, and done at which ``moment`` of Discord's time.

    ``reach``: the rule looks at what has turns from so many milliseconds before that moment on. ``decide`` is the rule;
    it is asked within the transaction in which the turn is taken. ``turn`` is what came of it; None where none was.
    """

    member: MemberId
    act: Act
    moment: Millis
    reach: int
    decide: Callable[[Taken], MayGo]
    size: int = 0
    turn: MayGo | None = None


@dataclass(frozen=True, slots=True)
class OverMeasure:
    """``count`` acts of a member wait for their turns; ``last``: when the last one's is, by our own time."""

    member: MemberId
    count: int
    last: Millis


class Turns(Protocol):
    """Turns belong to a server: all of its subscriptions count, and no other's. The outbox takes those of actions."""

    async def file_turn(self, place: Place, file: AttachmentId, asking: Asking) -> bool:
        """Take the turn of a file, unless it has one. Whether it goes to the library."""

    async def over_measure(self, subscription: SubscriptionId) -> tuple[OverMeasure, ...]:
        """Whose acts wait for their turns, most first."""

    async def writer_of(self, place: Place, message: MessageId) -> MemberId | None:
        """Who had a turn with a message lately: of a proxied one that is nobody whom Discord names."""
