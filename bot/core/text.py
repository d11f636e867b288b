"""Say of a text how long Discord may count it, and make of any text one that every store and encoder takes.

Does not translate, shorten or judge: what a text says is the business of others.
"""

from __future__ import annotations

import re

_HALVES = re.compile("[\x00\ud800-\udfff]")


def utf16(text: str) -> int:
    """The length of ``text`` in UTF-16 units: the strictest of the counts by which Discord may hold a limit."""
    return len(text) + sum(char > "\uffff" for char in text)


def storable(text: str) -> str:
    """``text`` with U+FFFD for what no database or UTF-8 encoder takes: half characters (lone surrogates) and NUL.

    JSON may carry both. A text without any comes back as it is.
    """
    return _HALVES.sub("\ufffd", text)
