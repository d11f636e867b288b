"""Turns what a blog's JSON and feeds call text into plain text, in time that its length bounds, and spells addresses.

Does not convert HTML: bodies of posts and comments stay as the blog rendered them.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime

from yarl import URL

from bot.core import domain
from bot.core.domain import Millis
from bot.core.errors import NotUnderstood
from bot.core.markup import unescaped, without_comments

_TAG = re.compile(r"</?[a-zA-Z][^<>]*>")
_NO_NUMBER = 1 << 63
"""Databases of blogs, and ours, count no further."""
ADDRESS = 2_000
"""Characters; what is longer is no address that a browser, Discord or a feed takes."""


def storable(value: object) -> str:
    """A string as :func:`bot.core.domain.storable` leaves it; "" for anything but a string."""
    return domain.storable(value) if isinstance(value, str) else ""


def plain(value: object) -> str:
    """Tags gone, entities decoded once, white space collapsed."""
    return " ".join(storable(unescaped(_TAG.sub("", without_comments(storable(value))))).split())


def rendered(value: object) -> str:
    """The ``rendered`` of WordPress's {"rendered": …}; "" when it is not of that shape."""
    return storable(value.get("rendered")) if isinstance(value, dict) else ""


def web_address(value: object) -> str:
    """A link as the blog gave it, entities decoded once; "" unless it is http or https, and of bearable length."""
    link = storable(unescaped(storable(value))).strip()
    if link.startswith("//"):
        link = f"https:{link}"
    return link if len(link) <= ADDRESS and link[:8].lower().startswith(("http://", "https://")) else ""


def whole(value: object) -> int:
    """A number that some blog may have given to something of its own; 0 for anything else, ``true`` among it."""
    return value if type(value) is int and 0 < value < _NO_NUMBER else 0


def moment(value: object) -> Millis:
    """WordPress's *_gmt ("2026-11-24T15:10:25", UTC) in milliseconds; 0 for anything else."""
    try:
        parsed = datetime.fromisoformat(storable(value))
        if parsed.tzinfo is None:
            parsed = parsed.replace(tzinfo=UTC)
        return Millis(int(parsed.timestamp() * 1000))
    except (ValueError, OverflowError, OSError):
        return Millis(0)


def given_address(text: str, what: str) -> URL:
    """The address that somebody gave, called ``what``. Raises NotUnderstood when it is none."""
    try:
        home = URL(text.strip())
    except ValueError:
        home = URL()
    if home.scheme not in ("http", "https") or not home.host or home.user or home.password:
        raise NotUnderstood(f"{what} must be a web address (https://…) without a user name or a password in it.")
    return home.with_fragment(None)


def spelt(home: object) -> str:
    """An address in one spelling: no user, query or last slash, no usual port, the host in small letters."""
    try:
        url = URL(web_address(home))
        return str(url.with_user(None).with_query(None).with_fragment(None)).rstrip("/") if url.host else ""
    except ValueError:
        return ""
