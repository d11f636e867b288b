"""Parse the text of a Discord message to a tree of blocks, as Discord's own client reads it, in linear time.

Does not render and does not resolve names: a mention in the tree is a bare id.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from bot.translate.dialect.inline import line, paragraphs
from bot.translate.dialect.lex import Ticks
from bot.translate.dialect.tree import Heading, List, MessageBlock, Paragraph, Quote, Subtext, Text

MAX_LIST_DEPTH = 11  # Discord's own limit; a bullet below that is text

_REST = re.compile(r" *>>> (.*)", re.S)
_QUOTED = re.compile(r" *> ([^\n]*)\n?")
_HEADING = re.compile(r"(#{1,3}) +(?!#)([^\n]*[^\s#][^\n]*)")
_CLOSING_HASHES = re.compile(r"\s+#+\s*$|\s+$")
_SUBTEXT = re.compile(r"-# +(?!-#)([^\n]*[^\s][^\n]*)")
_ITEM = re.compile(r"( *)(?:([*-])|([0-9]{1,9})\.)( +)(?=[^\s])([^\n]*(?:\n [^\n]*)*)\n?")
_INLINE_STOP = re.compile(r"\\[^0-9A-Za-z\s]|`+|\n")


@dataclass(frozen=True, slots=True)
class _Within:
    """What a block stands in: a quote holds no quotes, a list no headings."""

    quote: bool = False
    lists: int = 0


def parse(text: str) -> tuple[MessageBlock, ...]:
    """Parse a message's text, already normalised (newlines as \\n), to blocks. Linear in its length, never raises."""
    return _Blocks(text, _Within()).parse()


class _Blocks:
    def __init__(self, text: str, within: _Within) -> None:
        self._text = text
        self._within = within
        self._ticks = Ticks(text)
        self._blocks: list[MessageBlock] = []
        self._plain_from = 0

    def parse(self) -> tuple[MessageBlock, ...]:
        position = 0
        while position < len(self._text):
            stop = self._block(position)
            if stop is None:
                position = self._line_end(position)
            else:
                position = self._plain_from = stop
        self._flush(len(self._text))
        return tuple(self._blocks)

    def _flush(self, end: int) -> None:
        if self._plain_from < end:
            self._blocks += paragraphs(self._text, self._ticks, self._plain_from, end)

    def _block(self, start: int) -> int | None:
        """Add the block whose mark begins the line at ``start`` and return where it ends, or None for a plain line."""
        text = self._text
        if not self._within.quote:
            if rest := _REST.match(text, start):
                self._flush(start)
                self._quote(rest[1])
                return len(text)
            if _QUOTED.match(text, start):
                return self._quoted_lines(start)
        if not self._within.lists and (found := _HEADING.match(text, start)):
            self._flush(start)
            end = start + len(_CLOSING_HASHES.sub("", found[0]))
            self._blocks.append(Heading(len(found[1]), line(text, self._ticks, found.start(2), end)))
            return found.end() + 1
        if found := _SUBTEXT.match(text, start):
            self._flush(start)
            self._blocks.append(Subtext(line(text, self._ticks, found.start(1), found.end())))
            return found.end() + 1
        if self._within.lists < MAX_LIST_DEPTH and _ITEM.match(text, start):
            return self._list(start)
        return None

    def _quoted_lines(self, start: int) -> int:
        self._flush(start)
        lines: list[str] = []
        while found := _QUOTED.match(self._text, start):
            lines.append(found[1])
            start = found.end()
        self._quote("\n".join(lines))
        return start

    def _quote(self, inner: str) -> None:
        blocks = _Blocks(inner, _Within(quote=True, lists=self._within.lists)).parse()
        if blocks:
            self._blocks.append(Quote(blocks))

    def _list(self, start: int) -> int:
        self._flush(start)
        within = _Within(quote=self._within.quote, lists=self._within.lists + 1)
        first: int | None = None
        ordered: bool | None = None
        items: list[tuple[MessageBlock, ...]] = []
        while found := _ITEM.match(self._text, start):
            is_ordered = found[3] is not None
            if ordered is None:
                ordered, first = is_ordered, int(found[3]) if is_ordered else None
            elif ordered != is_ordered:
                break
            width = found.start(5) - found.end(1)
            inner = re.sub(rf"\n {{1,{width}}}", "\n", found[5])
            items.append(_Blocks(inner, within).parse() or (Paragraph((Text(""),)),))
            start = found.end()
        self._blocks.append(List(first, tuple(items)))
        return start

    def _line_end(self, position: int) -> int:
        """Where the line at ``position`` ends, lines inside a fence or a code span counted as one line."""
        end = len(self._text)
        while found := _INLINE_STOP.search(self._text, position):
            if found[0] == "\n":
                return found.end()
            span = self._ticks.at(found.start(), len(found[0]), end) if found[0][0] == "`" else None
            position = span.end if span else found.end()
        return end
