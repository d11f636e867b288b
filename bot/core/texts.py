"""How a text is measured, told from another one, and made fit to be kept. Pure; knows no value of the domain."""

from __future__ import annotations

import hashlib
import re

_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
_UNSEEN = re.compile("[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff\ufeff]+")
_MARKS = re.compile(r"[\\*`~|\[\]]|_(?![A-Za-z0-9])|(?<![A-Za-z0-9])_|<(?!#\d{15,20}>)")
"""What begins or ends something in the middle of a line (Discord: Markdown; Message Formatting for ``<``)."""
_CALL = re.compile(r"@(?=everyone|here)")
_ADDRESS = re.compile(r"(https?://[^\s<>\[\]]+)")


def storable(text: str) -> str:
    """``text`` with U+FFFD for what no database or UTF-8 encoder takes: lone surrogates and NUL. JSON may carry both.

    A text without any comes back as it is.
    """
    return _UNSTORABLE.sub("\ufffd", text)


def printable(text: str) -> str:
    """``text`` for one line of a terminal or a log: what is not to be seen, a line's end among it, is spelt out.

    A title or a message of a blog could begin lines of its own otherwise, or move the cursor.
    """
    if text.isprintable():
        return text
    return "".join(char if char.isprintable() else char.encode("unicode_escape").decode("ascii") for char in text)


def on_one_line(text: str) -> str:
    """``text`` without line ends, controls and changes of direction: none of it reaches beyond its own place."""
    return " ".join(_UNSEEN.sub(" ", text).split())


def inert(text: str) -> str:
    """A sentence in which there may be words from outside, for a message: it shows what it says, and does nothing.

    Marks and mentions stand as they are typed, but for a channel's; addresses are left alone.
    """
    parts = _ADDRESS.split(uncalled(on_one_line(text)))
    return "".join(part if _ADDRESS.fullmatch(part) else _MARKS.sub(r"\\\g<0>", part) for part in parts)


def uncalled(text: str) -> str:
    """``text`` that calls nobody, with something unseen behind the sign that would."""
    return _CALL.sub("@\u200b", text)


def utf16(text: str) -> int:
    """The length of ``text`` in UTF-16 units: the strictest of the counts by which Discord may hold a limit."""
    return len(text) + sum(char > "\uffff" for char in text)


def digest(*source: str) -> str:
    """Hex SHA-256 of source texts, unambiguous about where each ends."""
    sha = hashlib.sha256()
    for text in source:
        encoded = text.encode("utf-8", "replace")  # a lone surrogate is stored as "?", see bot.store.sqlite.base
        sha.update(b"%d:" % len(encoded))
        sha.update(encoded)
    return sha.hexdigest()
