"""The footer under each part of a mirror: written, read back, and told apart from the footers of other comments.

A marker is the value that a footer stands for: ``"<permalink> 2/3"``. Does not know Discord's objects: a mirror that is
an embed carries its marker elsewhere (:mod:`bot.chat.appearance`).
"""

from __future__ import annotations

import re
from urllib.parse import unquote

WHOLE = "1/1"
"""The part of a mirror that is a single message."""

FOOTER_ROOM = 45
"""What a footer takes beside the permalink, rounded up: ``-# [12/12 · on the blog · 2024-05-06](<>)``, a line break."""

_LABEL = "on the blog"
_FOOTER = re.compile(r"-# \[(?:(?P<part>\d+/\d+) · )?[^\[\]]*\]\(<(?P<url>(?i:https?)://[^<>\s]+)>\)\s*\Z")
_UNSAFE = re.compile(r"[\s<>]")


def angle_safe(url: str) -> str:
    """``url`` as it may stand between angle brackets, where blanks and angle brackets would end it."""
    return _UNSAFE.sub(lambda found: "".join(f"%{byte:02X}" for byte in found[0].encode()), url)


def footer(url: str, part: int, parts: int, *, day: str = "") -> str:
    """The last line of each part of a mirror: the comment's permalink, and which part it is.

    ``day``: on which it was written, as in 2024-05-06, where that is not the day on which it is read.
    """
    label = _LABEL if parts == 1 else f"{part}/{parts} · {_LABEL}"
    label += f" · {day}" if day else ""
    return f"-# [{label}](<{angle_safe(url)}>)"


def marker(url: str, part: int, parts: int) -> str:
    """What :func:`footer` says, as a value to look for."""
    return f"{angle_safe(url)} {part}/{parts}"


def read_marker(content: str) -> str | None:
    """The marker that the last line of a message's text stands for; None where that line is no footer.

    A footer without a number stands for the whole; which words it has makes no difference.
    """
    line = content.rstrip().rpartition("\n")[2]
    found = _FOOTER.match(line)
    return f"{found['url']} {found['part'] or WHOLE}" if found else None


def link_of(marker: str) -> str:
    """The permalink inside a marker."""
    return marker.rpartition(" ")[0] or marker


def part_of(marker: str) -> str:
    """Which part of its mirror a marker stands for: ``"2/3"``."""
    return marker.rpartition(" ")[2]


def same(one: str | None, other: str) -> bool:
    """Whether two markers, or two permalinks, are the same, however far they were percent-encoded on the way."""
    return one is not None and (one == other or unquote(one) == unquote(other))


def shows(found: str, url: str) -> bool:
    """Whether a marker that was found belongs to the comment whose permalink is ``url``.

    A blog's addresses may change between two attempts; the fragment that names the comment stays.
    """
    here, there = link_of(found).rpartition("#")[2], angle_safe(url).rpartition("#")[2]
    return unquote(here) == unquote(there)
