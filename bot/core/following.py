"""The actions by which a thread follows its post: its name, and its tags. Decorations: no words wait for them.

Does not say when one is wanted: what a starter is found to show says so (:mod:`bot.sync.outbox.speak`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from bot.core.traits import ActionBase, Queue, Traits


@dataclass(frozen=True, slots=True)
class Rename(ActionBase):
    """Give a thread the name of its post's new title. Discord grants a thread two names in ten minutes."""

    traits: ClassVar = Traits("rename", Queue.CHAT, gives_way=True)
    title: str
    revision: int

    @property
    def key(self) -> str:
        return f"rename:{self.revision}"

    @property
    def subject(self) -> str:
        return "name"


@dataclass(frozen=True, slots=True)
class Retag(ActionBase):
    """Take tags off a thread that stood for categories of its post before, and give it those of now."""

    traits: ClassVar = Traits("retag", Queue.CHAT, gives_way=True)
    before: tuple[str, ...]
    after: tuple[str, ...]
    revision: int

    @property
    def key(self) -> str:
        return f"retag:{self.revision}"

    @property
    def subject(self) -> str:
        return "tags"
