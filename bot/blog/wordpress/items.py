"""Reads the items of a listing one by one: one whose JSON is odd costs itself, and is told of in the log, once.

Does not fetch, and does not know what is listed.
"""

from __future__ import annotations

import logging
from collections import OrderedDict
from collections.abc import Callable, Iterable
from typing import TypeVar

from bot.blog.wordpress.rest import Json

log = logging.getLogger(__name__)

T = TypeVar("T")

TOLD = 4096
"""Odd items that are remembered: a listing is read again and again, and each of them is told of once."""

_told: OrderedDict[tuple[str, str, str], None] = OrderedDict()


def readable(kind: str, items: Iterable[Json], read: Callable[[Json], T], *, of: str) -> tuple[list[T], bool]:
    """All items that can be read, and whether that is all of them. ``of``: where, for the log."""
    found, whole = list[T](), True
    for item in items:
        try:
            found.append(read(item))
        except Exception as error:
            whole = False
            _tell(kind, item, error, of)
    return found, whole


def _tell(kind: str, item: Json, error: Exception, of: str) -> None:
    """What it was, its id, the kind of the error; never what it says."""
    number = item.get("id")
    known = str(number) if isinstance(number, int) else "without an id"
    key = (of, kind, known)
    if key in _told:
        return
    _told[key] = None
    if len(_told) > TOLD:
        _told.popitem(last=False)
    log.warning("left out: %s %s of %s cannot be read: %s", kind, known, of, type(error).__name__)
