"""Measure blocks as they will be written, leaf by leaf and each leaf once.

It writes nothing that is sent: the converter does, and a test holds the two to the same text.
"""

from __future__ import annotations

from collections.abc import Callable

from bot.translate.markdown.blocks import Block, Blocks, Listing, Paragraph, Quote
from bot.translate.markdown.write import INNER_QUOTE, bullet, itemised, markdown, paragraph, quoted


class Ruler:
    """Remembers what each block looks like: a search for the best cut measures the same ones again and again."""

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
            case Quote(inner):
                text = self._joined(inner, in_item=in_item, in_quote=True).strip("\n")
                return quoted(text, INNER_QUOTE if in_item or in_quote else "> ")
            case Listing(items):
                texts = (self._joined(item, in_item=True, in_quote=in_quote).strip("\n") for item in items)
                return "\n".join(itemised(text, bullet(block, at)) for at, text in enumerate(texts))
            case Paragraph(runs):
                return paragraph(runs)
            case _:
                return markdown((block,))
