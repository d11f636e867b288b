"""Read what a blog shows in a fixed width: code with the language it names, and tables as aligned columns.

Discord has no tables, but it has code blocks. Does not decide what is code and does not write markdown: the lines go
into a fence, where nothing is a mark.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Final

from selectolax.lexbor import LexborNode

_LANGUAGE: Final = re.compile(r"(?:^|[\s:;])(?:lang(?:uage)?-|brush:\s*)([A-Za-z0-9_+#.\-]{1,20})")
_ROWS: Final = 200
_COLUMNS: Final = 20
_WIDTH: Final = 60


def raw(node: LexborNode) -> str:
    """The text of code, ``<br>`` a line end. White space is kept in ``<pre>``, and folded in inline code."""
    keep = node.tag not in ("samp", "kbd")
    parts: list[str] = []
    for inner in node.traverse(include_text=True):
        if inner.tag == "br":
            parts.append("\n")
        elif inner.tag == "-text":
            text = inner.text_content or ""
            parts.append(text if keep else re.sub(r"[ \t\n\r\f]+", " ", text))
    text = "".join(parts)
    return text.replace("\r\n", "\n").replace("\t", "    ") if keep else re.sub(r" ?\n ?", "\n", text)


def language(node: LexborNode) -> str:
    """The language that a block of code names in one of the usual attributes, or ''."""
    code = node.css_first("samp") if node.tag != "samp" else None
    for place in (node, code):
        if place is not None:
            attributes = place.attributes
            wanted = " ".join(attributes.get(key) or "" for key in ("class", "data-language", "data-lang", "lang"))
            if (found := _LANGUAGE.search(wanted)) is not None:
                return found[1].lower()
    return ""


def table(node: LexborNode) -> str:
    """The cells of a table as aligned columns, or '' where a single column or a layout table is better read as text."""
    if node.css_first("table table, td p + p, td ul, td ol, td pre, td blockquote") is not None:
        return ""
    rows: list[tuple[bool, list[str]]] = []
    for row in node.css("tr")[:_ROWS]:
        nodes = [child for child in row.iter() if child.tag in ("td", "th")][:_COLUMNS]
        if nodes:
            rows.append((all(cell.tag == "th" for cell in nodes), [_cell(cell) for cell in nodes]))
    columns = max((len(cells) for _, cells in rows), default=0)
    if columns < 2 or len(node.css("tr")) > _ROWS or any(_width(cell) > _WIDTH for _, cells in rows for cell in cells):
        return ""
    widths = [max(_width(cells[at]) if at < len(cells) else 0 for _, cells in rows) for at in range(columns)]
    lines: list[str] = []
    for number, (head, cells) in enumerate(rows):
        padded = [_pad(cells[at] if at < len(cells) else "", widths[at]) for at in range(columns)]
        lines.append(" | ".join(padded).rstrip())
        if head and number == 0 and len(rows) > 1:
            lines.append("-+-".join("-" * width for width in widths))
    return "\n".join(lines) if any(line.strip(" |-+") for line in lines) else ""


def _cell(node: LexborNode) -> str:
    parts: list[str] = []
    for inner in node.traverse(include_text=True):
        if inner.tag == "-text":
            parts.append(inner.text_content or "")
        elif inner.tag in ("br", "p", "div"):
            parts.append(" ")
        elif inner.tag == "img":
            parts.append(inner.attributes.get("alt") or "")
    return re.sub(r"[ \t\n\r\f]+", " ", "".join(parts)).strip()


def _width(text: str) -> int:
    """How many columns a text takes in a fixed-width font."""
    return sum(_columns(char) for char in text)


def _columns(char: str) -> int:
    if unicodedata.combining(char) or unicodedata.category(char) in ("Cf", "Me", "Mn"):
        return 0
    return 2 if unicodedata.east_asian_width(char) in "WF" else 1


def _pad(text: str, width: int) -> str:
    return text + " " * (width - _width(text))
