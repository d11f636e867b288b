"""Parse one stretch of Discord's dialect to inline nodes: pair the marks, find bare addresses, keep the rest as text.

Does not know lines that begin with a mark (quotes, lists, headings): those are found in
:mod:`bot.translate.dialect.parse`.
"""

from __future__ import annotations

import re

from bot.translate.dialect.lex import Lexed, Ticks, after
from bot.translate.dialect.lift import Enclosed, Gap, Piece, to_blocks, to_inline
from bot.translate.dialect.tree import Break, Hyperlink, Inline, MessageBlock, Style, Text

_HOT = re.compile(r"[\\`<\[*_~|¯]|https?://", re.I)
_BREAKS = re.compile(r"(\n(?:[^\S\n]*\n)*)")
# what the client takes for an address; a quotation mark ends it here too, and so does the middle of a masked link
_URL = re.compile(r"""https?://(?:[0-9a-z]|[^\x00-\x7f\s])(?:[^\s<"\]]|\](?!\())*""", re.I)
_PAIRED = {"*": Style.BOLD, "_": Style.UNDERLINE, "~": Style.STRIKE, "|": Style.SPOILER}
_WORD = re.compile(r"[0-9A-Za-z_]")


def paragraphs(text: str, ticks: Ticks, start: int, end: int) -> list[MessageBlock]:
    """Parse ``text[start:end]``, lines without a block's mark, to paragraphs and fences."""
    return to_blocks(_Stretch(Lexed(text, ticks, start, end)).parse(start, end))


def line(text: str, ticks: Ticks, start: int, end: int) -> tuple[Inline, ...]:
    """Parse ``text[start:end]``, one line's content (a heading's, say)."""
    return to_inline(_Stretch(Lexed(text, ticks, start, end)).parse(start, end))


class _Stretch:
    """One stretch's parser. It recurses seven deep at most: what a mark encloses never holds the same mark whole, and
    links do not nest.
    """

    def __init__(self, lexed: Lexed) -> None:
        self._lexed = lexed
        self._text = lexed.text

    def parse(self, start: int, end: int) -> list[Piece]:
        pieces: list[Piece] = []
        while start < end:
            found = _HOT.search(self._text, start, end)
            here = found.start() if found else end
            self._plain(pieces, self._text[start:here])
            start = self._special(pieces, here, end) if here < end else end
        return pieces

    def _special(self, pieces: list[Piece], here: int, end: int) -> int:
        """Add what begins at ``here`` and return where it ends."""
        char = self._text[here]
        span = self._lexed.spans.get(here)
        if span and span.end <= end:
            if isinstance(span.node, Text):
                self._plain(pieces, span.node.text)
            else:
                pieces.append(span.node)
            return span.end
        if char in "hH":
            return self._address(pieces, here, end)
        if char == "[":
            return self._link(pieces, here, end)
        if char in _PAIRED:
            return self._mark(pieces, here, end)
        self._plain(pieces, char)
        return here + 1

    def _plain(self, pieces: list[Piece], text: str) -> None:
        for part in _BREAKS.split(text):
            if not part:
                continue
            if part[0] != "\n":
                if pieces and isinstance(last := pieces[-1], Text):
                    pieces[-1] = Text(last.text + part)
                else:
                    pieces.append(Text(part))
            else:
                pieces.append(Gap() if part.count("\n") > 1 else Break())

    def _address(self, pieces: list[Piece], here: int, end: int) -> int:
        found = _URL.match(self._text, here, end)
        url = _without_tail(found[0]) if found else ""
        if not _URL.fullmatch(url):
            self._plain(pieces, self._text[here : here + 4])
            return here + 4
        pieces.append(Hyperlink(url, (Text(url),)))
        return here + len(url)

    def _link(self, pieces: list[Piece], here: int, end: int) -> int:
        label_end, span = self._lexed.links.get(here, (0, None))
        if not span or span.end > end or not isinstance(span.node, Hyperlink):
            self._plain(pieces, "[")
            return here + 1
        label = to_inline(self.parse(here + 1, label_end))
        pieces.append(Hyperlink(span.node.url, label, span.node.title))
        return span.end

    def _mark(self, pieces: list[Piece], here: int, end: int) -> int:
        mark = self._text[here]
        count = 1
        while here + count < end and self._text[here + count] == mark:
            count += 1
        if count > 3:
            self._plain(pieces, mark * count)
            return here + count
        pair = self._pair(mark, here, count, end) if count > 1 else None
        single = self._single(mark, here, count, end) if count != 2 and mark in "*_" else None
        if pair is None and single is None:
            self._plain(pieces, mark)
            return here + 1
        # at three marks the client takes the longer reading: ***a** b* is italic round bold, ***a* b** the reverse
        if pair is not None and (single is None or pair + 2 >= single + 1):
            pieces.append(Enclosed(_PAIRED[mark], self.parse(here + 2, pair)))
            return pair + 2
        assert single is not None
        pieces.append(Enclosed(Style.ITALIC, self.parse(here + 1, single)))
        return single + 1

    def _pair(self, mark: str, here: int, count: int, end: int) -> int | None:
        """Where the two marks stand that close those at ``here``: the last two of a run, so that ** in *** can
        close after a single one did; of bars and tildes the first two.
        """
        run = after(self._lexed.runs[mark].pairs, here + count)
        if run is None:
            return None
        start, size = run[0], min(run[1], end - run[0])
        if size < 2:
            return None
        return start + size - 2 if mark in "*_" else start

    def _single(self, mark: str, here: int, count: int, end: int) -> int | None:
        """Where the one mark stands that closes the one at ``here``.

        The client's rules: * neither opens before a space nor closes after one; _ closes only before what is no
        word character, so that snake_case stays; the first odd run decides, whether it closes or not.
        """
        if mark == "*" and self._text[here + 1 : here + 2].isspace():
            return None
        run = after(self._lexed.runs[mark].odds, here + count)
        if run is None or run[0] >= end:
            return None
        start, size = run[0], min(run[1], end - run[0])
        stop = start + size
        if size == 2 or (mark == "*" and size == 1 and self._text[start - 1].isspace()):
            return None
        if mark == "_" and stop < end and _WORD.match(self._text, stop):
            return None
        return stop - 1


def _without_tail(url: str) -> str:
    """``url`` without the punctuation of the sentence round it, and without a bracket it did not open."""
    surplus = url.count(")") - url.count("(")
    while url:
        if url[-1] == ")" and surplus > 0:
            surplus -= 1
        elif url[-1] not in ".,:;'\"]":
            break
        url = url[:-1]
    return url
