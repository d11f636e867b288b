"""The decision table of Blog -> Discord: what is planned for a comment, and why. Made to be read aloud, from the top.

"In the tree, in no map: when it is a relay under way, leave it, because …; otherwise send it, because it is new on the
blog." Carries nothing out and knows no order; the facts are :mod:`bot.sync.mirroring.sight`'s, the plan is
:mod:`bot.sync.mirroring.plan`'s.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum, auto

from bot.core.domain import Origin, Standing
from bot.sync.mirroring.sight import Sight


class Then(Enum):
    """What is planned for a comment. The last three are noted in the map, with a mark on its author's message."""

    NOTHING = auto()
    SEND = auto()
    EDIT = auto()
    RETRACT = auto()
    RETRACT_TO_TOMBSTONE = auto()
    SETTLE = auto()
    MOVE = auto()
    TAKE_COPY_AWAY = auto()
    NOTE_APPROVED = auto()
    NOTE_HELD = auto()
    NOTE_REMOVED = auto()


@dataclass(frozen=True, slots=True)
class Row:
    """``when`` this is to be seen of a comment, ``then`` that is planned, ``because``: words for the log."""

    when: Callable[[Sight], bool]
    then: Then
    because: str


@dataclass(frozen=True, slots=True)
class Case:
    """Whether a comment is in the tree, where it was written first, and what became of it; None where no map knows."""

    in_tree: bool
    origin: Origin | None
    standing: Standing | None


def always(_: Sight) -> bool:
    """Whatever else is to be seen."""
    return True


def otherwise(then: Then, because: str) -> Row:
    """The last row of a case."""
    return Row(always, then, because)


def case(in_tree: bool, origin: Origin | None, *standings: Standing | None) -> tuple[Case, ...]:
    """The cases that share their rows."""
    return tuple(Case(in_tree, origin, standing) for standing in standings)


IN_TREE, ABSENT = True, False
UNDER_WAY = Row(Sight.is_a_relay_under_way, Then.NOTHING, "it carries a message that is still on its way into the map")
RESTLESS = Row(Sight.is_restless, Then.NOTHING, "it changed a moment ago: an edit waits until it is calm")
TOO_NEW = Row(Sight.is_newer_than_the_tree, Then.NOTHING, "the map learnt of it after the tree was fetched")
UNSEEN = Row(Sight.may_be_answered_unseen, Then.NOTHING, "not all of the tree is seen: something may answer it")
NOT_ASKED = Row(Sight.is_not_asked_for, Then.NOTHING, "the blog has not been asked for it at this look")
STILL_PUBLIC = Row(Sight.is_confirmed_public, Then.NOTHING, "the blog shows it, only its listing does not")
COPY = Row(Sight.is_a_second_copy, Then.TAKE_COPY_AWAY, "the blog has a member's message twice")
ECHO = Row(Sight.is_a_second_copy, Then.RETRACT, "it is a second copy of a message that stands in the thread")
LEFT_OVER = Row(Sight.has_messages, Then.RETRACT, "a part of it was taken away on Discord: the others follow")

# Of a case's rows the first decides that is true.
TABLE: tuple[tuple[tuple[Case, ...], tuple[Row, ...]], ...] = (
    # ---- In no map yet.
    (
        case(IN_TREE, None, None),
        (UNDER_WAY, COPY, otherwise(Then.SEND, "it is new on the blog")),
    ),
    # ---- Written on the blog, and readers see it there: its mirror is to show what they see.
    (
        case(IN_TREE, Origin.BLOG, Standing.LIVE),
        (
            ECHO,
            Row(Sight.is_as_shown, Then.NOTHING, "its mirror shows it as it is"),
            RESTLESS,
            Row(Sight.has_other_words, Then.EDIT, "its words or its author's name have changed"),
            Row(Sight.has_moved, Then.EDIT, "it answers another comment now"),
            Row(Sight.points_elsewhere, Then.EDIT, "what it answers begins with another message now"),
            Row(Sight.quotes_other_words, Then.EDIT, "what it answers reads otherwise now"),
            otherwise(Then.EDIT, "no message shows it"),
        ),
    ),
    (
        case(IN_TREE, Origin.BLOG, Standing.TOMBSTONE),
        (ECHO, RESTLESS, otherwise(Then.EDIT, "it is back where its tombstone stands")),
    ),
    (
        case(IN_TREE, Origin.BLOG, Standing.ARRIVING),
        (UNDER_WAY, ECHO, otherwise(Then.SEND, "parts of it have not arrived")),
    ),
    (
        case(IN_TREE, Origin.BLOG, Standing.GONE),
        (UNDER_WAY, COPY, otherwise(Then.SEND, "it came back to the blog")),
    ),
    # ---- Written on the blog, and the tree lacks it. No listing is believed: it goes when the blog, asked for it, says
    # so, and keeps its place while something answers it.
    (
        case(ABSENT, Origin.BLOG, Standing.LIVE, Standing.ARRIVING),
        (
            TOO_NEW,
            NOT_ASKED,
            STILL_PUBLIC,
            Row(Sight.is_answered, Then.RETRACT_TO_TOMBSTONE, "readers do not see it any more; something answers it"),
            otherwise(Then.RETRACT, "readers do not see it any more"),
        ),
    ),
    (
        case(ABSENT, Origin.BLOG, Standing.TOMBSTONE),
        (
            TOO_NEW,
            Row(Sight.is_answered, Then.NOTHING, "its tombstone keeps the place of what answers it"),
            UNSEEN,
            otherwise(Then.RETRACT, "nothing answers its tombstone any more"),
        ),
    ),
    (
        case(ABSENT, Origin.BLOG, Standing.GONE),
        (otherwise(Then.NOTHING, "it is gone on both sides"),),
    ),
    # ---- Written on the blog, and taken away on Discord: it does not come back by itself, and no part of it stays.
    (
        case(IN_TREE, Origin.BLOG, Standing.HIDDEN) + case(ABSENT, Origin.BLOG, Standing.HIDDEN),
        (LEFT_OVER, otherwise(Then.NOTHING, "it was taken away on Discord")),
    ),
    # ---- Written on the blog, and held there: nothing writes this into the map, a mirror is of what readers see.
    (
        case(IN_TREE, Origin.BLOG, Standing.HELD) + case(ABSENT, Origin.BLOG, Standing.HELD),
        (
            Row(Sight.is_not_thrown_away, Then.NOTHING, "it waits for the blog's moderators"),
            Row(Sight.is_answered, Then.RETRACT_TO_TOMBSTONE, "the blog's moderators threw it away; it is answered"),
            otherwise(Then.RETRACT, "the blog's moderators threw it away"),
        ),
    ),
    # ---- A member's message, whose author has left it on both sides: the thread shows it already. What the blog's
    # moderators do to its comment, its author sees on the message.
    (
        case(IN_TREE, Origin.DISCORD, Standing.LIVE, Standing.ARRIVING),
        (
            Row(Sight.is_wanted_elsewhere, Then.MOVE, "what it answers stands again"),
            otherwise(Then.NOTHING, "it stands on both sides"),
        ),
    ),
    (
        case(ABSENT, Origin.DISCORD, Standing.LIVE, Standing.ARRIVING),
        (
            TOO_NEW,
            NOT_ASKED,
            STILL_PUBLIC,
            Row(Sight.is_held, Then.NOTE_HELD, "the blog's moderators hold it again"),
            otherwise(Then.NOTE_REMOVED, "it was removed on the blog"),
        ),
    ),
    (
        case(IN_TREE, Origin.DISCORD, Standing.HELD),
        (TOO_NEW, otherwise(Then.NOTE_APPROVED, "the blog's moderators approved it")),
    ),
    (
        case(ABSENT, Origin.DISCORD, Standing.HELD),
        (
            Row(Sight.is_not_thrown_away, Then.NOTHING, "it waits for the blog's moderators"),
            otherwise(Then.NOTE_REMOVED, "the blog's moderators threw it away"),
        ),
    ),
    (
        case(IN_TREE, Origin.DISCORD, Standing.HIDDEN),
        (TOO_NEW, otherwise(Then.NOTE_APPROVED, "it was put back on the blog")),
    ),
    (
        case(ABSENT, Origin.DISCORD, Standing.HIDDEN),
        (otherwise(Then.NOTHING, "it was removed on the blog"),),
    ),
    # ---- A member's message that its author took back: its comment is in the trash, or a tombstone while the blog
    # shows an answer to it.
    (
        case(IN_TREE, Origin.DISCORD, Standing.GONE),
        (TOO_NEW, otherwise(Then.SETTLE, "its author took it back, and the blog shows it")),
    ),
    (
        case(ABSENT, Origin.DISCORD, Standing.GONE),
        (
            TOO_NEW,
            Row(Sight.is_answered_on_the_blog, Then.SETTLE, "its author took it back, and the blog shows an answer"),
            otherwise(Then.NOTHING, "it is gone on both sides"),
        ),
    ),
    (
        case(IN_TREE, Origin.DISCORD, Standing.TOMBSTONE),
        (
            TOO_NEW,
            Row(Sight.has_its_words_back, Then.SETTLE, "its author took it back, and the blog shows its words again"),
            Row(Sight.is_answered_on_the_blog, Then.NOTHING, "its tombstone keeps the place of what answers it"),
            UNSEEN,
            otherwise(Then.SETTLE, "nothing answers its tombstone any more"),
        ),
    ),
    (
        case(ABSENT, Origin.DISCORD, Standing.TOMBSTONE),
        (otherwise(Then.NOTHING, "its tombstone is gone from the blog"),),
    ),
)

_ROWS: Mapping[Case, tuple[Row, ...]] = {one: rows for cases, rows in TABLE for one in cases}


def decide(sight: Sight) -> Row:
    """The row that decides what is planned for a comment."""
    in_tree, seen = sight.comment is not None, sight.seen
    met = Case(in_tree, None, None) if seen is None else Case(in_tree, seen.origin, seen.standing)
    return next(row for row in _ROWS[met] if row.when(sight))
