"""The port to all that is kept of subscriptions: the sum of narrower ports. Implements nothing; see :mod:`bot.store`.

Who needs a part of it alone takes the narrow port. Is not about what is connected; see :mod:`bot.ports.blogs`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from bot.ports.adopting import Adopting
from bot.ports.map import Map
from bot.ports.members import Members, Uploads
from bot.ports.outbox import Claims, Figures, Outbox
from bot.ports.places import Places
from bot.ports.subscriptions import Subscriptions
from bot.ports.turns import Turns


class SaidBefore(Protocol):
    """What the house as a whole has said or done before, under keys of the caller's. Belongs to no subscription."""

    async def remember(self, key: str, value: str = "") -> bool:
        """Remember a value under a key. True when it differs from the one before: for things that are said once."""

    async def said(self, prefix: str) -> Mapping[str, str]:
        """All keys that begin so, with their values."""


class Store(
    Subscriptions, Places, Map, Adopting, Outbox, Claims, Figures, Members, Uploads, Turns, SaidBefore, Protocol
):
    """Every method is one transaction, or one look at one moment; a look waits for no write and sees all before it.

    What takes a subscription, a place or a claim sees and changes nothing of another subscription's. Raises
    StartupError only, at opening; and StoreFailed when nothing can be kept any more.
    """
