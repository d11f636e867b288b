"""Cut a comment into messages: at blocks, then lines, then sentences, then words, each part well-formed by itself.

Does not cut markdown: the blocks are cut before they are written, so that every part closes what it opens and the next
part opens it again. Does not send.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from bot.translate.markdown.blocks import Blocks
from bot.translate.markdown.cut import take
from bot.translate.markdown.read import read
from bot.translate.markdown.write import Ruler, markdown
from bot.translate.to_discord import visible

SMALLEST: Final = 60
"""The least number of characters a part may be given."""


def split(
    html: str,
    *,
    base_url: str,
    limit: int,
    first: int | None = None,
    max_parts: int = 5,
    more: str = "",
    count: Callable[[str], int] = len,
) -> tuple[str, ...]:
    """The messages that show a comment's HTML, in order: the HTML read, then :func:`cut`."""
    blocks = read(html, base_url=base_url)
    return cut(blocks, limit=limit, first=first, max_parts=max_parts, more=more, count=count)


def cut(
    blocks: Blocks,
    *,
    limit: int,
    first: int | None = None,
    max_parts: int = 5,
    more: str = "",
    count: Callable[[str], int] = len,
) -> tuple[str, ...]:
    """The messages that show a comment's blocks, in order; () where nothing visible is left.

    Each part counts at most ``limit`` by ``count`` (Discord counts code points: Create Message, ``content``), the first
    at most ``first``, for a line that will precede it. Past ``max_parts`` the last kept part ends with the line
    ``more``, which is Discord markdown already. Raises ValueError if a part may count less than ``SMALLEST``.
    """
    limits = (limit, limit if first is None else first)
    if min(limits) - count(more) < SMALLEST or max_parts < 1:
        raise ValueError(f"no room for a part: limit={limit} first={first} max_parts={max_parts}")
    rest = blocks
    ruler = Ruler(count)
    parts: list[str] = []
    while rest:
        most = limit if parts or first is None else first
        final = len(parts) == max_parts - 1
        head, left = take(rest, most, ruler)
        if final and left:
            ending = f"\n\n{more}" if more else " …"
            head, _ = take(rest, most - count(ending), ruler)
            return (*parts, markdown(head) + ending)
        if text := visible(markdown(head)):
            parts.append(text)
        rest = left
    return tuple(parts)
