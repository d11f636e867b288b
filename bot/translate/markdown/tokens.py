"""The pieces in which marked text is written: a mark begins, a mark ends, finished markdown.

It decides nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, TypeAlias

from bot.translate.markdown.blocks import BOLD, ITALIC, SPOILER, STRIKE, UNDERLINE, is_link

DELIMITERS: Final = {BOLD: "**", ITALIC: "*", UNDERLINE: "__", STRIKE: "~~", SPOILER: "||"}


@dataclass(frozen=True, slots=True)
class Open:
    """A mark begins; `symbol` is its delimiter, for a link its address."""

    mark: str
    symbol: str


@dataclass(frozen=True, slots=True)
class Close:
    """The innermost open mark ends."""

    mark: str
    symbol: str


@dataclass(frozen=True, slots=True)
class Text:
    """Markdown without any open mark, escaped already."""

    markdown: str


Token: TypeAlias = Open | Close | Text


def shown(token: Token) -> str:
    """What a token looks like once written; of a link's both ends, its brackets."""
    match token:
        case Text(markdown):
            return markdown
        case Open(mark, symbol):
            return "[" if is_link(mark) else symbol
        case Close(mark, symbol):
            return f"]({symbol})" if is_link(mark) else symbol
