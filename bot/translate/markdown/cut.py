"""Cut blocks in two so that the first half keeps a limit, at the best place there is.

Does not know messages or their number, nor how blocks are written: it asks how long a candidate would be. Where running
text is cut is found in :mod:`bot.translate.markdown.place`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TypeAlias

from bot.translate.markdown.blocks import (
    SPOILER,
    Block,
    Blocks,
    FenceBlock,
    HeadingBlock,
    ListBlock,
    ParagraphBlock,
    QuoteBlock,
    RuleBlock,
    Run,
    RunKind,
    RunMark,
    Runs,
    leaves,
)
from bot.translate.markdown.place import cut_line, cut_runs, most

Measure: TypeAlias = Callable[[Blocks], int]
"""How long blocks are once written."""

_Measured: TypeAlias = Callable[[Block], int]
_Halves: TypeAlias = tuple[Block, Block | None] | None


def take(blocks: Blocks, limit: int, measure: Measure) -> tuple[Blocks, Blocks]:
    """The longest opening of ``blocks`` that measures at most ``limit``, and what is left; never nothing."""
    head, left = _opening(blocks, limit, measure)
    if head or not left:
        return head, left
    return _forced(left, limit, measure)


def _opening(blocks: Blocks, limit: int, measure: Measure) -> tuple[Blocks, Blocks]:
    """As ``take``, but nothing is taken by force."""
    whole = most(len(blocks), limit, lambda count: _at_least(blocks[:count], limit) or measure(blocks[:count]))
    head, left = blocks[:whole], blocks[whole:]
    if not left or (head and measure(head) * 2 > limit):
        return head, left
    halves = _cut(left[0], limit, lambda block: measure((*head, block)))
    if halves is None:
        return head, left
    first, second = halves
    return (*head, first), ((second, *left[1:]) if second is not None else left[1:])


def _at_least(blocks: Blocks, limit: int) -> int:
    """A length that these blocks surely exceed, if it exceeds the limit: spares writing what is far too long."""
    size = 0
    for leaf in leaves(blocks):
        match leaf:
            case ParagraphBlock(runs) | HeadingBlock(_, runs):
                size += sum(len(run.text) for run in runs)
            case FenceBlock(text):
                size += len(text)
            case RuleBlock():
                pass
        if size > 2 * limit:  # at most every other character is a blank that may fall away
            return max(size // 2, limit + 1)
    return 0


def _cut(block: Block, limit: int, measure: _Measured) -> _Halves:
    """One block in two, the first of which fits; None where no place to cut leaves anything in the first."""
    match block:
        case ParagraphBlock(runs):
            return _rewrapped(cut_runs(runs, limit, lambda part: measure(ParagraphBlock(part))), ParagraphBlock)
        case HeadingBlock(level, runs):
            halves = cut_runs(runs, limit, lambda part: measure(HeadingBlock(level, part)))
            return _rewrapped(halves, lambda part: HeadingBlock(level, part))
        case FenceBlock():
            return _cut_fence(block, limit, measure)
        case QuoteBlock(inner):
            head, left = _opening(inner, limit, lambda blocks: measure(QuoteBlock(blocks)))
            return (QuoteBlock(head), QuoteBlock(left) if left else None) if head else None
        case ListBlock():
            return _cut_list(block, limit, measure)
        case RuleBlock():
            return None


def _rewrapped(halves: tuple[Runs, Runs] | None, wrap: Callable[[Runs], Block]) -> _Halves:
    return None if halves is None else (wrap(halves[0]), wrap(halves[1]) if halves[1] else None)


def _cut_list(block: ListBlock, limit: int, measure: _Measured) -> _Halves:
    """Between items; an item too long for a part is reopened in the next under the same bullet or number."""
    items = block.items
    whole = most(len(items), limit, lambda count: measure(replace(block, items=items[:count])))
    head, left = items[:whole], items[whole:]
    if not left:
        return block, None
    start = None if block.start is None else block.start + whole
    between = (replace(block, items=head), replace(block, items=left, start=start)) if head else None
    if between and measure(between[0]) * 2 > limit:
        return between
    first, second = _opening(left[0], limit, lambda blocks: measure(replace(block, items=(*head, blocks))))
    if not first:
        return between
    rest = (second, *left[1:]) if second else left[1:]
    if start is not None and not second:
        start += 1
    return replace(block, items=(*head, first)), replace(block, items=rest, start=start) if rest else None


def _cut_fence(block: FenceBlock, limit: int, measure: _Measured) -> _Halves:
    """Between lines; a line too long for a part is cut at a character."""
    lines = block.text.split("\n")
    whole = most(len(lines), limit, lambda count: measure(replace(block, text="\n".join(lines[:count]))))
    if whole and "".join(lines[:whole]).strip():
        head, left = "\n".join(lines[:whole]), "\n".join(lines[whole:])
    else:
        text = block.text.lstrip("\n")
        length = cut_line(text, limit, lambda part: measure(replace(block, text=part)))
        head, left = text[:length], text[length:]
    if not head.strip():
        return None
    return replace(block, text=head.rstrip("\n")), replace(block, text=left) if left.strip() else None


def _forced(blocks: Blocks, limit: int, measure: Measure) -> tuple[Blocks, Blocks]:
    """Give up the form of a block that has no place to cut: its text as one paragraph, its only mark a spoiler."""
    texts: list[str] = []
    marks: tuple[RunMark, ...] = ()
    for leaf in leaves(blocks[:1]):
        match leaf:
            case ParagraphBlock(runs) | HeadingBlock(_, runs):
                marks = (SPOILER,) if any(SPOILER in run.marks for run in runs) else marks
                texts.append("".join(run.text for run in runs if run.kind is not RunKind.RAW))
            case FenceBlock(text):
                texts.append(text)
            case RuleBlock():
                pass
    plain = "\n".join(texts).strip()
    if not plain:
        return (), blocks[1:]
    length = cut_line(plain, limit, lambda part: measure((ParagraphBlock((Run(part, marks),)),)))
    rest: Blocks = (ParagraphBlock((Run(plain[length:], marks),)),) if plain[length:].strip() else ()
    return (ParagraphBlock((Run(plain[:length], marks),)),), (*rest, *blocks[1:])
