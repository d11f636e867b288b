"""Write blocks as Discord markdown: a soup made well-formed beforehand, and markdownify's converter over it.

It does not read a blog's HTML and holds no rule about marks or escapes.

markdownify walks a soup bottom-up and joins strings, so it cannot see a neighbour: `<b>a</b><i>b</i>` comes out as
`**a***b*`, `<i><b>x</b> y</i>` as `***x** y*`, and it escapes inside addresses. Every such decision is therefore taken
before the walk (`discord_marks`, `escape`) and the soup handed over holds finished text and chosen delimiters.
"""

from __future__ import annotations

from typing import Any, Final

from bs4.element import NavigableString, Tag
from markdownify import MarkdownConverter

from bot.translate.blocks import (
    BOLD,
    ITALIC,
    SPOILER,
    STRIKE,
    UNDERLINE,
    Block,
    Blocks,
    Fence,
    Heading,
    Listing,
    Paragraph,
    Quote,
    Rule,
    Runs,
)
from bot.translate.discord_marks import Close, Open, Text, tokens
from bot.translate.escape import ZERO_WIDTH, line_starts

RULE: Final = "─" * 10
INNER_QUOTE: Final = "│ "
_TAGS: Final = {BOLD: "b", ITALIC: "em", UNDERLINE: "u", STRIKE: "s", SPOILER: "spoiler"}


def markdown(blocks: Blocks) -> str:
    """Discord markdown for blocks, stripped at both ends; '' for none."""
    root = Tag(name="div")
    _fill(root, blocks)
    return str(_CONVERTER.process_tag(root)).strip()


def _fill(parent: Tag, blocks: Blocks) -> None:
    for block in blocks:
        parent.append(_element(block))


def _element(block: Block) -> Tag:
    match block:
        case Paragraph(runs):
            return _leaf("p", runs)
        case Heading(level, runs):
            return _leaf(f"h{level}", runs)
        case Fence(text, language):
            tag = Tag(name="pre", attrs={"lang": language})
            tag.append(NavigableString(text))
            return tag
        case Rule():
            return Tag(name="hr")
        case Quote(inner):
            tag = Tag(name="blockquote")
            _fill(tag, inner)
            return tag
        case Listing():
            return _list(block)


def _list(block: Listing) -> Tag:
    tag = Tag(name="ul" if block.start is None else "ol")
    for number, item in enumerate(block.items, block.start or 0):
        bullet = "- " if block.start is None else f"{number}. "
        entry = Tag(name="li", attrs={"bullet": bullet})
        _fill(entry, item)
        tag.append(entry)
    return tag


def _leaf(name: str, runs: Runs) -> Tag:
    here = root = Tag(name=name)
    for token in tokens(runs):
        match token:
            case Text(text):
                here.append(NavigableString(text))
            case Open(mark, symbol):
                tag = Tag(name=_TAGS.get(mark, "a"), attrs={"symbol": symbol})
                here.append(tag)
                here = tag
            case Close():
                here = here.parent or root
    return root


class _Converter(MarkdownConverter):
    """markdownify for a soup whose texts are final: Discord's marks instead of Markdown's."""

    def process_text(self, el: NavigableString, parent_tags: set[str] | None = None) -> str:
        return str(el)

    def convert_b(self, el: Tag, text: str, parent_tags: set[str]) -> str:
        return f"{el['symbol']}{text}{el['symbol']}"

    convert_em = convert_u = convert_s = convert_spoiler = convert_b

    def convert_a(self, el: Tag, text: str, parent_tags: set[str]) -> str:
        return f"[{text}]({el['symbol']})"

    def convert_p(self, el: Tag, text: str, parent_tags: set[str]) -> str:
        gap = "\n" if "li" in parent_tags else "\n\n"
        return f"{gap}{line_starts(text)}{gap}"

    def convert_hN(self, n: int, el: Tag, text: str, parent_tags: set[str]) -> str:  # noqa: N802 - markdownify's name
        return f"\n\n{'#' * n} {line_starts(' '.join(text.split(chr(10))))}\n\n"

    def convert_hr(self, el: Tag, text: str, parent_tags: set[str]) -> str:
        return f"\n\n{RULE}\n\n"

    def convert_pre(self, el: Tag, text: str, parent_tags: set[str]) -> str:
        text = text.replace("```", f"`{ZERO_WIDTH}`{ZERO_WIDTH}`")
        gap = "\n" if "li" in parent_tags else "\n\n"
        return f"{gap}```{el['lang']}\n{text}\n```{gap}"

    def convert_blockquote(self, el: Tag, text: str, parent_tags: set[str]) -> str:
        sign = INNER_QUOTE if parent_tags & {"blockquote", "li"} else "> "
        lines = "\n".join(sign + line for line in text.strip("\n").split("\n"))
        gap = "\n" if "li" in parent_tags else "\n\n"
        return f"{gap}{lines}{gap}"

    def convert_li(self, el: Tag, text: str, parent_tags: set[str]) -> str:
        bullet = str(el["bullet"])
        lines = text.strip("\n").split("\n")
        indent = " " * len(bullet)
        return bullet + "\n".join([lines[0], *(indent + line if line else "" for line in lines[1:])]) + "\n"

    def convert_ul(self, el: Tag, text: str, parent_tags: set[str]) -> str:
        return f"\n{text}" if "li" in parent_tags else f"\n\n{text}\n"

    convert_ol = convert_ul

    def convert_div(self, el: Tag, text: str, parent_tags: set[str]) -> str:
        return text


_CONVERTER: Final[Any] = _Converter()
