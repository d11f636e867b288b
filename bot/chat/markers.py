"""Reads back by which marker a message of ours can be found: from the footer of its text, or from its card.

Does not build footers; the core does, when it composes a text.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from urllib.parse import unquote

import discord

_FOOTER = re.compile(r"-# \[(?:(?P<part>\d+/\d+) · )?[^\[\]]*\]\(<(?P<url>https?://[^<>\s]+)>\)\s*\Z")
_PART = re.compile(r"part (?P<part>\d+/\d+)")
WHOLE = "1/1"


def read_marker(content: str) -> str | None:
    """``"<permalink> 2/3"`` from the last line ``-# [2/3 · on the blog](<permalink>)``; no number there means 1/1."""
    line = content.rstrip().rpartition("\n")[2]
    found = _FOOTER.match(line)
    return f"{found['url']} {found['part'] or WHOLE}" if found else None


def read_card(embeds: Sequence[discord.Embed]) -> str | None:
    """The marker of a card: its author's link, and ``part 2/3`` in its footer where there are several."""
    if not embeds or not embeds[0].author.url:
        return None
    part = _PART.fullmatch((embeds[0].footer.text or "").strip())
    return f"{embeds[0].author.url} {part['part'] if part else WHOLE}"


def link_of(marker: str) -> str:
    """The permalink inside a marker."""
    return marker.rpartition(" ")[0] or marker


def same(one: str | None, other: str) -> bool:
    """Whether two markers are the same, however far their URLs were percent-encoded on the way."""
    return one is not None and (one == other or unquote(one) == unquote(other))
