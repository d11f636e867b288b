"""The shape of a blog's text between HTML and markdown: blocks, and runs that know their own marks.

Does not read HTML, write markdown or know any limit: values only.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from enum import Enum
from typing import TypeAlias

from bot.translate.markdown.escape import ZERO_WIDTH


class Emphasis(Enum):
    """What Discord's paired marks mean; the value is the mark as it is written before and behind the words."""

    BOLD = "**"
    ITALIC = "*"
    UNDERLINE = "__"
    STRIKE = "~~"
    SPOILER = "||"


@dataclass(frozen=True, slots=True)
class LinkTo:
    """The words lead to an absolute http or https address. ``host``: what readers are told of where; '' for nothing."""

    url: str
    host: str = ""


RunMark: TypeAlias = Emphasis | LinkTo

BOLD, ITALIC, UNDERLINE, STRIKE, SPOILER = Emphasis


class RunKind(Enum):
    """How a run's text is to be taken."""

    TEXT = "text"
    CODE = "code"
    RAW = "raw"  # Discord markdown already, to be neither escaped nor cut


@dataclass(frozen=True, slots=True)
class Run:
    """A piece of one line, or of several with newlines in it, that is marked alike all through.

    ``marks`` are in the order of the source, outermost first, each at most once.
    """

    text: str
    marks: tuple[RunMark, ...] = ()
    kind: RunKind = RunKind.TEXT

    @property
    def link(self) -> str:
        """The address this run leads to, or ''."""
        return next((mark.url for mark in self.marks if isinstance(mark, LinkTo)), "")


Runs: TypeAlias = tuple[Run, ...]


@dataclass(frozen=True, slots=True)
class ParagraphBlock:
    """Running text; newlines inside are the author's."""

    runs: Runs


@dataclass(frozen=True, slots=True)
class HeadingBlock:
    """A heading of level 1 to 3, the levels Discord has."""

    level: int
    runs: Runs


@dataclass(frozen=True, slots=True)
class FenceBlock:
    """Lines of code, shown in a fixed width."""

    text: str
    language: str = ""


@dataclass(frozen=True, slots=True)
class RuleBlock:
    """A line across the page."""


@dataclass(frozen=True, slots=True)
class QuoteBlock:
    """Somebody else's words."""

    blocks: Blocks


@dataclass(frozen=True, slots=True)
class ListBlock:
    """A list; ``start`` is the number of its first item, None for bullets."""

    items: tuple[Blocks, ...]
    start: int | None = None


Block: TypeAlias = ParagraphBlock | HeadingBlock | FenceBlock | RuleBlock | QuoteBlock | ListBlock
Blocks: TypeAlias = tuple[Block, ...]


def merged(runs: Iterable[Run]) -> list[Run]:
    """Join neighbours that are marked alike, and drop the empty ones."""
    out: list[Run] = []
    for run in runs:
        if not run.text:
            continue
        if out and run.kind is not RunKind.RAW and out[-1].kind is run.kind and set(out[-1].marks) == set(run.marks):
            out[-1] = replace(out[-1], text=out[-1].text + run.text)
        else:
            out.append(run)
    return out


def append_list(blocks: list[Block], block: ListBlock) -> None:
    """Add a list. Two in a row are one in Discord: where that would be wrong, an unseen line keeps them apart."""
    last = blocks[-1] if blocks else None
    if isinstance(last, ListBlock) and last.start is None and block.start is None:
        blocks[-1] = ListBlock((*last.items, *block.items))
        return
    if isinstance(last, ListBlock):
        blocks.append(ParagraphBlock((Run(ZERO_WIDTH),)))
    blocks.append(block)


def bold(runs: Runs) -> Runs:
    """The same runs, each bold."""
    return tuple(run if BOLD in run.marks else replace(run, marks=(BOLD, *run.marks)) for run in runs)


def leaves(blocks: Iterable[Block]) -> Iterator[ParagraphBlock | HeadingBlock | FenceBlock | RuleBlock]:
    """Every block without blocks inside, in reading order."""
    for block in blocks:
        match block:
            case QuoteBlock(inner):
                yield from leaves(inner)
            case ListBlock(items):
                for item in items:
                    yield from leaves(item)
            case _:
                yield block
