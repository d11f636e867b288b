"""Cut blocks in two so that the first half fits a room, at the best place there is.

It does not know messages or their number, nor how blocks are written: it asks whether a candidate fits.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Final, TypeAlias, TypeVar

from bot.translate.blocks import Block, Blocks, Fence, Heading, Kind, Listing, Paragraph, Quote, Rule, Run, Runs, leaves
from bot.translate.escape import URL

Fits: TypeAlias = Callable[[Blocks], bool]
_T = TypeVar("_T")

_SENTENCE: Final = re.compile(r"[.!?…][\"'”’»)\]]*\s+|[。！？]")
_BLANK: Final = re.compile(r"\s+")
_MENTION: Final = re.compile(r"<[@#:/a-z][^<>\s]{0,80}>|@(?:everyone|here)\b|:[A-Za-z0-9_+\-]{2,32}:")
_JOINERS: Final = frozenset("\u200d\ufe0e\ufe0f\u20e3")


def take(blocks: Blocks, room: int, fits: Fits) -> tuple[Blocks, Blocks]:
    """The longest opening of `blocks` that fits, and what is left. Something is always taken.

    `room` is the number of characters at which `fits` is sure to say no.
    """
    whole = _most(blocks, lambda count: fits(blocks[:count]))
    head, left = blocks[:whole], blocks[whole:]
    if not left or (head and not _half_empty(head, room)):
        return head, left
    cut = _cut(left[0], room, lambda block: fits((*head, block)))
    if cut is not None:
        return (*head, cut[0]), (*((cut[1],) if cut[1] is not None else ()), *left[1:])
    if head:
        return head, left
    return _forced(left, room, fits)


def _most(items: Sequence[object], fits: Callable[[int], bool]) -> int:
    """The largest number of items that fit, found with few looks and no long ones."""
    low, step = 0, 1
    while low + step <= len(items) and fits(low + step):
        low += step
        step *= 2
    high = min(low + step, len(items) + 1)
    while high - low > 1:
        middle = (low + high) // 2
        if fits(middle):
            low = middle
        else:
            high = middle
    return low


def _half_empty(head: Blocks, room: int) -> bool:
    """Whether so much room is left that a block should rather be cut than moved to the next part."""
    used = 0
    for leaf in leaves(head):
        match leaf:
            case Paragraph(runs) | Heading(_, runs):
                used += sum(len(run.text) for run in runs) + 2
            case Fence(text):
                used += len(text) + 10
            case Rule():
                used += 12
    return used * 2 < room


def _cut(block: Block, room: int, fits: Callable[[Block], bool]) -> tuple[Block, Block | None] | None:
    """One block in two, the first of which fits; None where no place to cut leaves anything in the first."""
    match block:
        case Paragraph(runs):
            halves = _cut_runs(runs, room, lambda part: fits(Paragraph(part)))
            return halves and (Paragraph(halves[0]), Paragraph(halves[1]))
        case Heading(level, runs):
            halves = _cut_runs(runs, room, lambda part: fits(Heading(level, part)))
            return halves and (Heading(level, halves[0]), Heading(level, halves[1]))
        case Fence():
            return _cut_fence(block, room, fits)
        case Quote(inner):
            return _cut_inside(inner, room, Quote, fits)
        case Listing():
            return _cut_list(block, room, fits)
        case Rule():
            return None


def _cut_inside(
    inner: Blocks, room: int, wrap: Callable[[Blocks], Block], fits: Callable[[Block], bool]
) -> tuple[Block, Block | None] | None:
    head, left = _gently(inner, room, lambda blocks: fits(wrap(blocks)))
    return (wrap(head), wrap(left) if left else None) if head else None


def _gently(blocks: Blocks, room: int, fits: Fits) -> tuple[Blocks, Blocks]:
    """As `take`, but nothing is taken by force."""
    whole = _most(blocks, lambda count: fits(blocks[:count]))
    head, left = blocks[:whole], blocks[whole:]
    if not left or (head and not _half_empty(head, room)):
        return head, left
    cut = _cut(left[0], room, lambda block: fits((*head, block)))
    if cut is None:
        return head, left
    return (*head, cut[0]), (*((cut[1],) if cut[1] is not None else ()), *left[1:])


def _cut_list(block: Listing, room: int, fits: Callable[[Block], bool]) -> tuple[Block, Block | None] | None:
    """Between items; an item too long for a part is reopened in the next under the same bullet or number."""
    items = block.items
    whole = _most(items, lambda count: fits(replace(block, items=items[:count])))
    head, left = items[:whole], items[whole:]
    if not left:
        return block, None
    start = None if block.start is None else block.start + whole
    if head and not _half_empty(tuple(inner for item in head for inner in item), room):
        return replace(block, items=head), replace(block, items=left, start=start)
    first, second = _gently(left[0], room, lambda blocks: fits(replace(block, items=(*head, blocks))))
    if not first:
        return (replace(block, items=head), replace(block, items=left, start=start)) if head else None
    rest = (second, *left[1:]) if second else left[1:]
    if start is not None and not second:
        start += 1
    return replace(block, items=(*head, first)), replace(block, items=rest, start=start) if rest else None


def _cut_fence(block: Fence, room: int, fits: Callable[[Block], bool]) -> tuple[Block, Block | None] | None:
    """Between lines; a line too long for a part is cut at a character."""
    lines = block.text.split("\n")
    whole = _most(lines, lambda count: fits(replace(block, text="\n".join(lines[:count]))))
    if whole:
        head, left = "\n".join(lines[:whole]), "\n".join(lines[whole:])
    else:
        line = lines[0][: room + 1]
        length = _whole_cluster(line, _most(line, lambda count: fits(replace(block, text=line[:count]))))
        head, left = block.text[:length], block.text[length:]
    if not head.strip():
        return None if not whole else (Paragraph(()), replace(block, text=left))
    return replace(block, text=head), replace(block, text=left) if left.strip() else None


def _cut_runs(runs: Runs, room: int, fits: Callable[[Runs], bool]) -> tuple[Runs, Runs] | None:
    """Running text at the last line end, sentence end or blank that leaves the first half well filled."""
    text = "".join(run.text for run in runs)[: room + 1]
    reach = _most(text, lambda count: fits(_part(runs, 0, count)))
    zones = _zones(runs, text)
    for place in _places(text, reach, zones):
        head = _part(runs, 0, place)
        if any(run.text.strip() for run in head) and fits(head):
            rest = _part(runs, place, None)
            return (head, rest) if any(run.text.strip() for run in rest) else None
    return None


def _places(text: str, reach: int, zones: list[tuple[int, int]]) -> list[int]:
    """Where to cut a text of which `reach` characters fit, best first."""
    window = text[: reach + 1]
    found: list[int] = []
    lines = [match.end() for match in re.finditer("\n", window)]
    sentences = [match.end() for match in _SENTENCE.finditer(window)]
    blanks = [match.end() for match in _BLANK.finditer(window)]
    for places, least in ((lines, 0.5), (sentences, 0.5), (blanks, 0.3)):
        good = [place for place in places if least * reach < place <= reach + 1 and _outside(place, zones)]
        found += sorted(good, reverse=True)[:3]
    anywhere = reach
    while anywhere > 0 and not _outside(anywhere, zones):
        anywhere = next(begin for begin, end in zones if begin < anywhere < end)
    found += [_whole_cluster(text, anywhere)] if anywhere else []
    inside = [place for place in blanks if place <= reach]
    return [*found, *inside[-1:], _whole_cluster(text, reach)] if reach else found


def _zones(runs: Runs, text: str) -> list[tuple[int, int]]:
    """Stretches no cut should fall into: links, code, finished markdown, addresses, what looks like a mention."""
    zones: list[tuple[int, int]] = []
    at = 0
    for run in runs:
        end = at + len(run.text)
        if run.link or run.kind is not Kind.TEXT:
            if zones and run.link and zones[-1][1] == at and at and runs_link(runs, at) == run.link:
                zones[-1] = (zones[-1][0], end)
            else:
                zones.append((at, end))
        at = end
        if at > len(text):
            break
    zones += [match.span() for pattern in (URL, _MENTION) for match in pattern.finditer(text)]
    return sorted(zones)


def runs_link(runs: Runs, before: int) -> str:
    """The link of the run that ends at a position."""
    at = 0
    for run in runs:
        at += len(run.text)
        if at == before:
            return run.link
    return ""


def _outside(place: int, zones: list[tuple[int, int]]) -> bool:
    return not any(begin < place < end for begin, end in zones)


def _part(runs: Runs, begin: int, end: int | None) -> Runs:
    """The runs between two positions of their joined text."""
    out: list[Run] = []
    at = 0
    for run in runs:
        stop = at + len(run.text)
        piece = run.text[max(0, begin - at) : (None if end is None else max(0, end - at))]
        if piece and stop > begin:
            out.append(replace(run, text=piece))
        at = stop
        if end is not None and at >= end:
            break
    return tuple(out)


def _whole_cluster(text: str, place: int) -> int:
    """The nearest place at or before `place` that parts no base letter from its marks and no emoji sequence."""
    begin = place
    while 0 < place < len(text) and (_joins(text[place]) or text[place - 1] == "\u200d" or _flag(text, place)):
        place -= 1
    return place or begin


def _joins(char: str) -> bool:
    return char in _JOINERS or bool(unicodedata.combining(char)) or "\U0001f3fb" <= char <= "\U0001f3ff" or char == "\n"


def _flag(text: str, place: int) -> bool:
    """Whether a place is between the two letters of a flag."""
    count = 0
    while place - count > 0 and "\U0001f1e6" <= text[place - count - 1] <= "\U0001f1ff":
        count += 1
    return count % 2 == 1 and "\U0001f1e6" <= text[place] <= "\U0001f1ff"


def _forced(blocks: Blocks, room: int, fits: Fits) -> tuple[Blocks, Blocks]:
    """Give up the form of a block that has no place to cut: its text without marks, in as many lines as it has."""
    texts: list[str] = []
    for leaf in leaves(blocks[:1]):
        match leaf:
            case Paragraph(runs) | Heading(_, runs):
                texts.append("".join(run.text for run in runs if run.kind is not Kind.RAW))
            case Fence(text):
                texts.append(text)
    plain = "\n".join(texts)
    if not plain.strip():
        return (), blocks[1:]
    length = max(1, _most(plain[: room + 1], lambda count: fits((Paragraph((Run(plain[:count]),)),))))
    head, left = plain[:length], plain[length:]
    rest: Blocks = (Paragraph((Run(left),)),) if left.strip() else ()
    return (Paragraph((Run(head),)),), (*rest, *blocks[1:])
