"""The actions in which the bot speaks for itself: marks, answers to members, progress, word to moderators.

Says nothing, and knows no other action; :mod:`bot.core.actions` hands these on with all others.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from bot.core.domain import Mark, digest
from bot.core.traits import AboutMessage, AboutPost, Kept, Queue, Traits


@dataclass(frozen=True, slots=True)
class SetMark(AboutMessage):
    """Show on a member's message what became of it; ``None`` takes the mark off."""

    traits: ClassVar = Traits("mark", Queue.MARKS)
    mark: Mark | None
    revision: int = 0

    @property
    def key(self) -> str:
        return f"mark:{self.message_id}:{self.mark.name.lower() if self.mark else 'none'}:{self.revision}"


@dataclass(frozen=True, slots=True)
class Tell(AboutMessage):
    """Say a sentence to a member, as a reply to their message. ``occasion``: what makes it worth saying once more."""

    traits: ClassVar = Traits("tell", Queue.MARKS)
    text: str
    occasion: int = 0

    @property
    def key(self) -> str:
        again = f":{self.occasion}" if self.occasion else ""
        return f"tell:{self.message_id}:{digest(self.text)[:12]}{again}"


@dataclass(frozen=True, slots=True)
class Unsay(AboutMessage):
    """Take back what a member was told of a message, or of its edit, that the blog refused, but for ``keep``."""

    traits: ClassVar = Traits("unsay", Queue.MARKS)
    keep: str
    revision: int

    @property
    def key(self) -> str:
        return f"unsay:{self.message_id}:{self.revision}"


@dataclass(frozen=True, slots=True)
class Report(AboutPost):
    """Say in a thread how far its backfill has come, always in the same message. ``text`` is one line."""

    traits: ClassVar = Traits("report", Queue.PROGRESS, tells_progress=True)
    text: str
    revision: int

    @property
    def key(self) -> str:
        return f"report:{self.revision}"


@dataclass(frozen=True, slots=True)
class Notify(AboutPost):
    """Tell the moderators what a person should look at. ``occasion``: what makes it worth saying once more."""

    traits: ClassVar = Traits("notify", Queue.MODERATORS, Kept.FOR_EVER, survives_lost_thread=True, for_moderators=True)
    text: str
    occasion: int = 0

    @property
    def key(self) -> str:
        again = f":{self.occasion}" if self.occasion else ""
        return f"notify:{digest(self.text)[:16]}{again}"
