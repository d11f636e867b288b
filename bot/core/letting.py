"""Decides whether a comment that a blog holds at its arrival is released where relays are to appear at once.

Asks no blog and remembers nothing: what a blog tells, and what it was seen to do before, are arguments.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

MANY_LINKS = 2
"""How many links hold a comment on a new WordPress. Which number a blog has set, it tells nobody."""

IN_A_ROW = 3
"""So many known senders, held one after the other, say that a blog lets nobody's comments in by itself any more."""


class Arrival(StrEnum):
    """What a blog did by itself with a new comment, as far as that tells of its rules.

    ``HELD`` is said of a known sender's ordinary words: neither the rule for newcomers nor that for links held them.
    """

    LET_IN = "let in"
    HELD = "held"


@dataclass(frozen=True, slots=True)
class Habit:
    """What a blog was seen to do with new comments.

    ``lets_in``: it has made one public by itself, so it holds a known sender's comment for its words alone. ``held``:
    known senders whose comments it has held since. One member's words alone do not pass for another rule of the blog.
    """

    lets_in: bool = False
    held: tuple[str, ...] = ()

    def after(self, arrival: Arrival | None, sender: str) -> Habit:
        """What is known once a comment of ``sender``, a word without spaces, has arrived."""
        match arrival:
            case Arrival.LET_IN:
                return Habit(lets_in=True)
            case Arrival.HELD if self.lets_in and sender not in self.held:
                held = (*self.held, sender)
                return Habit(lets_in=True, held=held) if len(held) < IN_A_ROW else Habit()
            case _:
                return self

    def __str__(self) -> str:
        """As it is kept."""
        return " ".join(("lets in", *self.held)) if self.lets_in else ""

    @classmethod
    def of(cls, kept: str) -> Habit:
        """The one that was kept so; '' where nothing is."""
        return cls(lets_in=True, held=tuple(kept.split()[2:])) if kept else cls()


def releases(*, passes: bool | None, links: int, known: bool, lets_in: bool) -> bool:
    """Whether a comment that the blog holds is released.

    ``passes``: what the blog says of its lists of words and its limit of links, None where it does not tell. ``known``:
    the sender has an approved comment already, so the rule for newcomers does not hold this one.
    """
    if passes is not None:
        return passes
    if links >= MANY_LINKS:
        return False
    return not (known and lets_in)  # a blog that lets nobody in holds it for no words; nor need it a newcomer's
