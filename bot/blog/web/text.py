"""Turns what a blog's JSON and feeds call text into plain text.

Does not convert HTML: bodies of posts and comments stay as the blog rendered them.
"""

from __future__ import annotations

import html
import re
from datetime import UTC, datetime

from bot.core import domain
from bot.core.domain import Millis

_TAG = re.compile(r"</?[a-zA-Z][^<>]*>|<!--.*?-->", re.DOTALL)


def storable(value: object) -> str:
    """A string as :func:`bot.core.domain.storable` leaves it; "" for anything but a string."""
    return domain.storable(value) if isinstance(value, str) else ""


def plain(value: object) -> str:
    """Tags gone, entities decoded once, white space collapsed."""
    return " ".join(storable(html.unescape(_TAG.sub("", storable(value)))).split())


def rendered(value: object) -> str:
    """The ``rendered`` of WordPress's {"rendered": …}; "" when it is not of that shape."""
    return storable(value.get("rendered")) if isinstance(value, dict) else ""


def web_address(value: object) -> str:
    """A link as the blog gave it, entities decoded once; "" unless it is http or https."""
    link = storable(html.unescape(storable(value))).strip()
    if link.startswith("//"):
        link = f"https:{link}"
    return link if link.lower().startswith(("http://", "https://")) else ""


def moment(value: object) -> Millis:
    """WordPress's *_gmt ("2026-11-24T15:10:25", UTC) in milliseconds; 0 for anything else."""
    try:
        parsed = datetime.fromisoformat(storable(value))
        if parsed.tzinfo is None:
            parsed = parsed.replace(tzinfo=UTC)
        return Millis(int(parsed.timestamp() * 1000))
    except (ValueError, OverflowError, OSError):
        return Millis(0)
