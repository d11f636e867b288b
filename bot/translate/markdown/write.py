"""Write blocks as Discord markdown (a soup made well-formed beforehand, markdownify over it), and measure them.

Does not read a blog's HTML and holds no rule about marks or escapes.

markdownify walks a soup bottom-up and joins strings, so it cannot see a neighbour: ``<b>a</b><i>b</i>`` comes out as
``**a***b*``, ``<i><b>x</b> y</i>`` as ``***x** y*``, and it escapes inside addresses. Every such decision is therefore
taken before the walk (:mod:`bot.translate.markdown.marks`): the soup handed over holds finished text and chosen
delimiters.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from bs4.element import NavigableString, Tag
from markdownify import MarkdownConverter

from bot.translate.markdown.blocks import (
    BOLD,
    ITALIC,
    SPOILER,
    STRIKE,
    UNDERLINE,
    Block,
    Blocks,
    FenceBlock,
    HeadingBlock,
    LinkTo,
    ListBlock,
    ParagraphBlock,
    QuoteBlock,
    RuleBlock,
    Runs,
)
from bot.translate.markdown.escape import ZERO_WIDTH, disarmed, line_starts
from bot.translate.markdown.marks import tokens
from bot.translate.markdown.tokens import MarkBegins, Markdown, MarkEnds, shown

RULE: Final = "─" * 10
INNER_QUOTE: Final = "│ "
_TAGS: Final = {BOLD: "b", ITALIC: "em", UNDERLINE: "u", STRIKE: "s", SPOILER: "spoiler"}


def markdown(blocks: Blocks) -> str:
    """Discord markdown for blocks, stripped at both ends; '' for none."""
    root = _Tag(name="div")
    _fill(root, blocks)
    return str(_CONVERTER.process_tag(root)).strip()


def paragraph(runs: Runs) -> str:
    """What the converter writes for a paragraph, without a soup."""
    return line_starts("".join(map(shown, tokens(runs)))).strip("\n")


def quoted(text: str, sign: str) -> str:
    """Lines of a quotation, each behind its sign; empty ones too, or the quotation would end there."""
    return "\n".join(sign + line for line in text.split("\n"))


def itemised(text: str, bullet: str) -> str:
    """An item of a list: the bullet before its first line, as many blanks before the others."""
    lines = text.split("\n")
    indent = " " * len(bullet)
    return bullet + "\n".join([lines[0], *(indent + line if line else "" for line in lines[1:])])


def bullet(block: ListBlock, at: int) -> str:
    """What stands before an item."""
    return "- " if block.start is None else f"{block.start + at}. "


class _Tag(Tag):
    """A tag of the soup handed to the converter; code in it never holds tags.

    bs4 threads every new element through the whole tree and markdownify asks each for an enclosing ``<pre>``: together
    27 of the 35 microseconds that a paragraph costs, for nothing that a soup built top-down needs.
    """

    def add(self, child: Tag | NavigableString) -> None:
        """Put a new element behind the others."""
        child.parent = self
        if self.contents:
            child.previous_sibling = self.contents[-1]
            self.contents[-1].next_sibling = child
        self.contents.append(child)

    def find_parent(self, *_args: object, **_kwargs: object) -> None:
        return None


def _fill(parent: _Tag, blocks: Blocks) -> None:
    for block in blocks:
        parent.add(_element(block))


def _element(block: Block) -> _Tag:
    match block:
        case ParagraphBlock(runs):
            return _leaf("p", runs)
        case HeadingBlock(level, runs):
            return _leaf(f"h{level}", runs)
        case FenceBlock(text, language):
            tag = _Tag(name="pre", attrs={"lang": language})
            tag.add(NavigableString(text))
            return tag
        case RuleBlock():
            return _Tag(name="hr")
        case QuoteBlock(inner):
            tag = _Tag(name="blockquote")
            _fill(tag, inner)
            return tag
        case ListBlock():
            return _list(block)


def _list(block: ListBlock) -> _Tag:
    tag = _Tag(name="ul" if block.start is None else "ol")
    for at, item in enumerate(block.items):
        entry = _Tag(name="li", attrs={"bullet": bullet(block, at)})
        _fill(entry, item)
        tag.add(entry)
    return tag


def _leaf(name: str, runs: Runs) -> _Tag:
    here = root = _Tag(name=name)
    outer: list[_Tag] = []
    for token in tokens(runs):
        match token:
            case Markdown(text):
                here.add(NavigableString(text))
            case MarkBegins(mark, symbol):
                tag = _Tag(name="a" if isinstance(mark, LinkTo) else _TAGS[mark], attrs={"symbol": symbol})
                here.add(tag)
                outer.append(here)
                here = tag
            case MarkEnds():
                here = outer.pop()
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
        gap = "\n" if "li" in parent_tags else "\n\n"
        return f"{gap}{RULE}{gap}"

    def convert_pre(self, el: Tag, text: str, parent_tags: set[str]) -> str:
        text = disarmed(text).replace("```", f"`{ZERO_WIDTH}`{ZERO_WIDTH}`")
        gap = "\n" if "li" in parent_tags else "\n\n"
        return f"{gap}```{el['lang']}\n{text}\n```{gap}"

    def convert_blockquote(self, el: Tag, text: str, parent_tags: set[str]) -> str:
        sign = INNER_QUOTE if parent_tags & {"blockquote", "li"} else "> "
        gap = "\n" if "li" in parent_tags else "\n\n"
        return f"{gap}{quoted(text.strip(chr(10)), sign)}{gap}"

    def convert_li(self, el: Tag, text: str, parent_tags: set[str]) -> str:
        return itemised(text.strip("\n"), str(el["bullet"])) + "\n"

    def convert_ul(self, el: Tag, text: str, parent_tags: set[str]) -> str:
        return f"\n{text}" if "li" in parent_tags else f"\n\n{text}\n"

    convert_ol = convert_ul

    def convert_div(self, el: Tag, text: str, parent_tags: set[str]) -> str:
        return text


_CONVERTER: Final[Any] = _Converter()


class Ruler:
    """Measures blocks as the converter will write them, leaf by leaf and each leaf once.

    A search for the best cut measures the same ones again and again. A test holds ruler and converter to one text.
    """

    def __init__(self, count: Callable[[str], int]) -> None:
        self._count = count
        self._seen: dict[tuple[int, bool, bool], tuple[Block, str]] = {}

    def __call__(self, blocks: Blocks) -> int:
        return self._count(self.text(blocks))

    def text(self, blocks: Blocks) -> str:
        """What the converter writes for these blocks."""
        return self._joined(blocks, in_item=False, in_quote=False).strip()

    def _joined(self, blocks: Blocks, *, in_item: bool, in_quote: bool) -> str:
        written = [self._block(block, in_item=in_item, in_quote=in_quote) for block in blocks]
        return ("\n" if in_item else "\n\n").join(text for text in written if text)

    def _block(self, block: Block, *, in_item: bool, in_quote: bool) -> str:
        key = (id(block), in_item, in_quote)
        if (seen := self._seen.get(key)) is not None:
            return seen[1]
        text = self._written(block, in_item=in_item, in_quote=in_quote)
        self._seen[key] = (block, text)  # the block is kept so that its id stays its own
        return text

    def _written(self, block: Block, *, in_item: bool, in_quote: bool) -> str:
        match block:
            case QuoteBlock(inner):
                text = self._joined(inner, in_item=in_item, in_quote=True).strip("\n")
                return quoted(text, INNER_QUOTE if in_item or in_quote else "> ")
            case ListBlock(items):
                texts = (self._joined(item, in_item=True, in_quote=in_quote).strip("\n") for item in items)
                return "\n".join(itemised(text, bullet(block, at)) for at, text in enumerate(texts))
            case ParagraphBlock(runs):
                return paragraph(runs)
            case _:
                return markdown((block,))
