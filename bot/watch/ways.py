"""Writes the way to an error as Python does, without what errors say: their texts may quote words, names or secrets.

Does not decide what is logged, and keeps of an error's text only what cannot come from outside.
"""

from __future__ import annotations

import sqlite3
import traceback
from collections.abc import Iterator

_CAUSE = "\nThis was the direct cause of the following error:\n\n"
_CONTEXT = "\nWhile this was being handled, another error came up:\n\n"


def way_to(error: BaseException) -> str:
    """Where an error was raised, and each error before it, with their kinds. Ends without a new line."""
    return "".join(_written(error, set())).rstrip("\n")


def _written(error: BaseException, seen: set[int]) -> Iterator[str]:
    seen.add(id(error))
    before, link = error.__cause__, _CAUSE
    if before is None and not error.__suppress_context__:
        before, link = error.__context__, _CONTEXT
    if before is not None and id(before) not in seen:
        yield from _written(before, seen)
        yield link
    yield "Traceback (most recent call last):\n"
    yield from traceback.format_tb(error.__traceback__)
    yield f"{_kind(error)}\n"
    if isinstance(error, BaseExceptionGroup):
        for number, one in enumerate(error.exceptions, 1):
            if id(one) not in seen:
                yield f"\nOf these errors, number {number}:\n\n"
                yield from _written(one, seen)


def _kind(error: BaseException) -> str:
    """The name of its class; what the system or SQLite says, which quote no values; the numbers of an answer."""
    kind = type(error)
    name = kind.__qualname__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__qualname__}"
    if isinstance(error, sqlite3.Error):
        return f"{name}: {error}"
    if isinstance(error, OSError) and error.errno is not None:
        return f"{name}: {error.errno} {error.strerror}"
    told = [f"{what} {one}" for what in ("status", "code") if isinstance(one := getattr(error, what, None), int)]
    return f"{name}: {', '.join(told)}" if told else name
