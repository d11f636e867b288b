"""What of HTML needs no tree: its entities, its comments, and the tags of a name with their attributes.

Pure, and in one pass whatever the text: a parser that mends HTML as browsers do takes hours over some kilobytes that
mean harm. Does not judge what it finds.
"""

from __future__ import annotations

import html
import re
from collections.abc import Collection, Iterator
from string import ascii_lowercase, ascii_uppercase

TAGS = 20_000
ATTRIBUTES = 1_000
"""A text is looked through as far as so many tags, and up to one with so many attributes."""

_ENDLESS = re.compile(r"&#(?:0*+[0-9]{8,}+|[xX]0*+[0-9a-fA-F]{7,}+);?")
"""Numbers beyond all of Unicode. Python refuses to read one of 5,000 digits, with an error for the whole text."""

# Possessive throughout: a place at which one of these fails is not looked at again.
_START = re.compile(r"<(?:!--|([a-zA-Z][^\t\n\f\r />]{0,40}+))")
_SPACE = re.compile(r"[\t\n\f\r /]*+")
_ATTRIBUTE = re.compile(
    r"(=?[^\t\n\f\r />=]*+)"
    r"(?:[\t\n\f\r ]*+=[\t\n\f\r ]*+(?:\"([^\"]*+)\"|'([^']*+)'|([^\t\n\f\r >\"'][^\t\n\f\r >]*+|)))?+"
)
_RAW = frozenset(("script", "style", "template", "textarea", "title", "xmp", "iframe", "noembed", "noframes"))
"""What stands in these is text, or for nobody."""
_SMALL = str.maketrans(ascii_uppercase, ascii_lowercase)
"""``str.lower`` makes two of some letters, so that places would not agree."""


def unescaped(text: str) -> str:
    """``text`` with its entities decoded once; a number that is no character becomes U+FFFD."""
    return html.unescape(_ENDLESS.sub("\ufffd", text)) if "&" in text else text


def without_comments(text: str) -> str:
    """``text`` without ``<!-- … -->``. What is never closed stays: it is words, as far as anybody knows."""
    if "<!--" not in text:
        return text
    *closed, rest = text.split("-->")
    kept = [before if opened else f"{part}-->" for part in closed for before, opened, _ in (part.partition("<!--"),)]
    return "".join((*kept, rest))


def tags(text: str, names: Collection[str]) -> Iterator[tuple[str, dict[str, str]]]:
    """The start tags of these names (small letters) outside of comments and scripts, in order, with their attributes.

    Of an attribute that is given twice the first counts; its value is decoded, and '' where it has none. A tag that
    never ends takes the rest along, as in a browser.
    """
    at, lowered = 0, text.translate(_SMALL)
    for _ in range(TAGS):
        if (start := _START.search(text, at)) is None:
            return
        if start[1] is None:
            if (at := text.find("-->", start.start() + 2) + 3) < 3:
                return
            continue
        name, wanted = start[1].lower(), start[1].lower() in names
        attributes, at = _attributes(text, start.end(), keep=wanted)
        if at < 0:
            return
        if wanted:
            yield name, attributes
        if name in _RAW and (at := lowered.find(f"</{name}", at)) < 0:
            return


def _attributes(text: str, at: int, *, keep: bool) -> tuple[dict[str, str], int]:
    """The attributes that begin at a place, and where their tag has ended; -1 for one that never does."""
    found: dict[str, str] = {}
    for _ in range(ATTRIBUTES):
        at = _SPACE.match(text, at).end()  # type: ignore[union-attr]  # it matches nothing, too
        if at >= len(text):
            return found, -1
        if text[at] == ">":
            return found, at + 1
        one = _ATTRIBUTE.match(text, at)
        if one is None or one.end() == at:
            return found, -1
        at = one.end()
        if keep:
            found.setdefault(one[1].lower(), unescaped(one[2] or one[3] or one[4] or ""))
    return found, -1
