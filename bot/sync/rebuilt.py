"""What the reading of a whole thread came to, in a line for whoever asked for it.

Reads nothing itself; see :mod:`bot.sync.adopting`.
"""

from __future__ import annotations

from dataclasses import dataclass

from bot.core.domain import Origin, Place
from bot.sync.finder import Findings
from bot.sync.recognition import counted


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
