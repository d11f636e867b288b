"""Tell what a reader of the blog sees: what is hidden from everybody, and what is hidden until asked for.

It reads attributes alone.
"""

from __future__ import annotations

import re
from typing import Final, TypeAlias

Attributes: TypeAlias = dict[str, str | None]

_SPOILER: Final = re.compile(r"(?:.*[-_])?spoiler(?:[-_](?:text|content|body|inner))?")


def is_hidden(attributes: Attributes) -> bool:
    """What a reader of the blog does not see: for screen readers, or hidden outright."""
    if not attributes:
        return False
    style = (attributes.get("style") or "").replace(" ", "").lower()
    classes = (attributes.get("class") or "").split()
    return "hidden" in attributes or "display:none" in style or "screen-reader-text" in classes or "sr-only" in classes


def is_spoiler(attributes: Attributes) -> bool:
    """Whether the common spoiler plugins, or this bridge's own relays, hide an element until it is clicked."""
    if not attributes:
        return False
    return "data-spoiler" in attributes or any(
        _SPOILER.fullmatch(name) for name in (attributes.get("class") or "").lower().split()
    )
