"""What the reading of threads came to, in a line for moderators, or for whoever asked for it.

Reads nothing itself; see :mod:`bot.sync.adopting`.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from bot.core.domain import Origin, Place
from bot.sync.finder import Findings
from bot.sync.recognition import counted

FOUND_AGAIN = (
    "The database knew less than what stands here, as one that was lost or put back to a backup does. Found again: "
    "threads {threads}, comments {mirrors}, messages that are on the blog {relays}. Messages from that time that are "
    "not on it, and stay in Discord: {left}."
)
SAY_AGAIN = " Whoever has said `/relay off` since has to say it again: the file that keeps it is gone, too."


@dataclass(slots=True)
class Sum:
    """What the readings of a process came to until now, as far as the database did not know of it.

    ``newest``: the newest message or thread among that.
    """

    threads: int = 0
    mirrors: int = 0
    relays: int = 0
    left: int = 0
    newest: int = 0
    read: list[int] = field(default_factory=list)

    def told(self, *, words_kept: bool) -> str:
        """In a sentence for moderators. ``words_kept``: members' words did not go with the database."""
        figures = {name: getattr(self, name) for name in ("threads", "mirrors", "relays", "left")}
        return FOUND_AGAIN.format(**figures) + ("" if words_kept else SAY_AGAIN)


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """One thread, read as a whole. ``found`` is None where it, or what its blog says of it, could not be read."""

    place: Place
    found: Findings | None
    error: str = ""

    @property
    def sentence(self) -> str:
        """One line for a person."""
        if self.found is None:
            return f"“{self.place.title}”: not read. {self.error}"
        known, found = self.found.known.values(), self.found
        shown = sum(1 for one in known if one.origin is Origin.BLOG and one.messages)
        carried = sum(1 for one in known if one.origin is Origin.DISCORD)
        mirrors, relays = counted(found.adopted, Origin.BLOG), counted(found.adopted, Origin.DISCORD)
        return (
            f"“{self.place.title}”: mirrors {shown} known, {mirrors} adopted, {len(found.doubles)} doubled; "
            f"relays {carried} known, {relays - found.withdrawn} adopted, {found.withdrawn} withdrawn"
        )
