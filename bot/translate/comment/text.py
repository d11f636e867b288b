"""Make hostile plain text fit to be shown on a blog: no control characters, no reversed reading order, no Zalgo text
(dozens of accents stacked on one letter).

Does not escape and does not know markup: text that leaves this room is still plain text.
"""

from __future__ import annotations

import re
import unicodedata

FALLBACK_NAME = "Discord member"
MAX_NAME = 245  # WordPress counts the bytes of an author's name and refuses 246 (comment_author_column_length)
MAX_MARKS = 4  # no living script stacks more marks on one letter; Zalgo text stacks dozens

_SURROGATE = re.compile("[\ud800-\udfff]")
_NEWLINES = re.compile("\r\n?|[\u2028\u2029]")
# C0 and C1 controls but tab and newline; embeddings, overrides and isolates of reading direction; and the two
# code points that XML 1.0 forbids, which would make the blog's comment feed unreadable
_UNWANTED = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ufffe\uffff]")
_WEAK_DIRECTION = re.compile("[\u200e\u200f\u061c]")
# letters by category, yet blank to the eye
_BLANK_LETTERS = frozenset("\u115f\u1160\u3164\uffa0\u2800\u034f\u17b4\u17b5")
_MARKS = ("Mn", "Me")
_TAG_OR_OCTET = re.compile(r"<[^>]*>?|%[0-9A-Fa-f]{2}")


def normalise(text: str) -> str:
    """``text`` with newlines as \\n and without control characters, direction overrides and stacked marks.

    Zero-width characters stay: scripts and emoji need them. A lone surrogate becomes U+FFFD, for JSON and UTF-8
    cannot carry it. Linear in the text, never raises.
    """
    if text.isascii() and text.isprintable():
        return text
    text = _SURROGATE.sub("\ufffd", text)
    text = _UNWANTED.sub("", _NEWLINES.sub("\n", text))
    return text if text.isascii() else _cap_marks(text)


def _cap_marks(text: str) -> str:
    kept: list[str] = []
    run = 0
    for char in text:
        category = unicodedata.category(char) if char > "\u02ff" else "L"
        if category in _MARKS:
            run += 1
            if run > MAX_MARKS:
                continue
        elif category != "Cf":  # an invisible character between two marks does not start a new letter
            run = 0
        kept.append(char)
    return "".join(kept)


def one_line(text: str, limit: int) -> str:
    """``text`` normalised, its whitespace folded to single spaces, at most ``limit`` characters long."""
    folded = " ".join(normalise(text).split())
    return folded if len(folded) <= limit else folded[: limit - 1].rstrip() + "…"


def is_visible(text: str) -> bool:
    """Whether a reader would see anything of ``text``: neither whitespace nor invisible characters alone."""
    if text.isascii():
        return bool(text.strip("\x00\t\n\x0b\x0c\r \x1c\x1d\x1e\x1f\x7f"))
    return any(map(_is_visible_letter, text))


def _is_visible_letter(char: str) -> bool:
    category = unicodedata.category(char)
    return category[0] not in "ZC" and category not in _MARKS and char not in _BLANK_LETTERS


def plain_name(name: str) -> str:
    """A display name made fit for a blog's author field: one line, visible, at most 245 characters.

    Not HTML-escaped: WordPress strips tags and escapes there itself, and would show an entity as typed. It also
    refuses (400) a name of which nothing is left, so a name made of tags alone gets other brackets, and an invisible
    one becomes "Discord member". The 245 are WordPress's limit, which it counts in bytes after escaping ``&``.
    """
    name = " ".join(_WEAK_DIRECTION.sub("", normalise(name)).split())
    if not is_visible(_TAG_OR_OCTET.sub("", name)):
        name = name.replace("<", "‹").replace(">", "›").replace("%", "％")
    name = _cut(name)
    return name if is_visible(name) else FALLBACK_NAME


def _cut(name: str) -> str:
    left = MAX_NAME
    for position, char in enumerate(name):
        left -= 5 if char == "&" else len(char.encode())
        if left < 0:
            return name[:position].rstrip("\u200d ")
    return name
