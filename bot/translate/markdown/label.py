"""Compare the text of a link with its address: whether Discord may mask it, and whether it would deceive.

It writes nothing.
"""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import unquote

_URLISH: Final = re.compile(
    r"(?:https?:|www\.)|[a-z0-9-]+(?:\.[a-z0-9-]+)*\.(?:com|org|net|edu|gov|info|biz|dev|app|io|[a-z]{2})(?:[/:?#]|$)",
    re.IGNORECASE,
)
_FILE: Final = re.compile(r"\.(?:js|py|md|sh|rb|rs|go|ts|pl|cs|so|ps)$", re.IGNORECASE)


def deceives(label: str) -> bool:
    """Whether a label looks like an address itself: Discord does not mask such a link, and a reader would trust it."""
    return "://" in label or (_URLISH.match(label) is not None and not _FILE.search(label))


def same(label: str, url: str) -> bool:
    """Whether a label is the address itself, perhaps without scheme or cut short with an ellipsis."""
    shown, real = (_core(text) for text in (label, url))
    return shown == real or (len(shown) > 12 and shown[-1] == "…" and real.startswith(shown.rstrip("….")))


def _core(url: str) -> str:
    url = re.sub(r"^(?:https?://)?(?:www\.)?", "", unquote(url.strip()), flags=re.IGNORECASE)
    host, slash, path = url.partition("/")
    return (host.lower() + slash + path).rstrip("/")


def balanced(label: str) -> bool:
    """Whether the square brackets in a label pair up, one level deep, as Discord's reader of links wants them."""
    depth = 0
    for char in label:
        depth += (char == "[") - (char == "]")
        if not 0 <= depth <= 1:
            return False
    return depth == 0
