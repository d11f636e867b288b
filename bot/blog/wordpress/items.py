"""Reads the items of a listing one by one: one whose JSON is odd costs itself, and is told of in the log, once.

Does not fetch, and does not know what is listed.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections import OrderedDict
from collections.abc import Callable, Iterable, Sequence
from typing import TypeVar

from bot.blog.web.text import whole
from bot.blog.wordpress.rest import Json

log = logging.getLogger(__name__)

T = TypeVar("T")
S = TypeVar("S", bound=Sequence[object])

TOLD = 4096
"""Odd items that are remembered: a listing is read again and again, and each of them is told of once."""

NAME = 200
"""Characters of anybody's name."""
TURN = 0.02
"""Seconds for which one listing has the loop for itself."""

_told: OrderedDict[tuple[str, str, str], None] = OrderedDict()


async def readable(kind: str, items: Iterable[Json], read: Callable[[Json], T], *, of: str) -> tuple[list[T], bool]:
    """All items that can be read, and whether that is all of them. ``of``: where, for the log.

    A long listing of long texts takes a while: whoever else waits for the loop has a turn in between.
    """
    found, complete, turn = list[T](), True, time.monotonic()
    for item in items:
        if time.monotonic() - turn > TURN:
            await asyncio.sleep(0)
            turn = time.monotonic()
        try:
            found.append(read(item))
        except Exception as error:
            complete = False
            _tell(kind, item, error, of)
    return found, complete


def shortened(value: S, most: int, what: str, of: str) -> S:
    """``value``, or its beginning where it has more than the ``most`` characters or items that are kept: told once."""
    if len(value) <= most:
        return value
    _once((of, what, ""), "left out: what %s of %s has beyond %d characters or items", what, of, most)
    return value[:most]  # type: ignore[return-value]


def _tell(kind: str, item: Json, error: Exception, of: str) -> None:
    """What it was, its id, the kind of the error; never what it says."""
    known = str(number) if (number := whole(item.get("id"))) else "without an id"
    said = "left out: %s %s of %s cannot be read: %s"
    _once((of, kind, known), said, kind, known, of, type(error).__name__)


def _once(key: tuple[str, str, str], said: str, *of: object) -> None:
    if key in _told:
        return
    _told[key] = None
    if len(_told) > TOLD:
        _told.popitem(last=False)
    log.warning(said, *of)
