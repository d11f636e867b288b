"""The shape of a text between the two dialects: blocks, and runs that know their own marks.

It does not read HTML, write markdown or know any limit: values only.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from enum import Enum
from typing import TypeAlias

BOLD, ITALIC, UNDERLINE, STRIKE, SPOILER = "b", "i", "u", "s", "spoiler"
"""The inline marks; any other mark is the absolute http(s) address of a link."""


class Kind(Enum):
    """How a run's text is to be taken."""

    TEXT = "text"
    CODE = "code"
    LABEL = "label"  # plain text whose square brackets would otherwise read as part of a link
    RAW = "raw"  # Discord markdown already, to be neither escaped nor cut


@dataclass(frozen=True, slots=True)
class Run:
    """A piece of one line, or of several with newlines in it, that is marked alike all through.

    `marks` are in the order of the source, outermost first, each at most once.
    """

    text: str
    marks: tuple[str, ...] = ()
    kind: Kind = Kind.TEXT

    @property
    def link(self) -> str:
        """The address this run leads to, or ''."""
        return next((mark for mark in self.marks if is_link(mark)), "")


Runs: TypeAlias = tuple[Run, ...]


@dataclass(frozen=True, slots=True)
class Paragraph:
    """Running text; newlines inside are the author's."""

    runs: Runs


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading of level 1 to 3, the levels Discord has."""

    level: int
    runs: Runs


@dataclass(frozen=True, slots=True)
class Fence:
    """Lines of code, shown in a fixed width."""

    text: str
    language: str = ""


@dataclass(frozen=True, slots=True)
class Rule:
    """A line across the page."""


@dataclass(frozen=True, slots=True)
class Quote:
    """Somebody else's words."""

    blocks: Blocks


@dataclass(frozen=True, slots=True)
class Listing:
    """A list; `start` is the number of its first item, None for bullets."""

    items: tuple[Blocks, ...]
    start: int | None = None


Block: TypeAlias = Paragraph | Heading | Fence | Rule | Quote | Listing
Blocks: TypeAlias = tuple[Block, ...]


def is_link(mark: str) -> bool:
    """Whether a mark is the address of a link."""
    return mark.startswith("http")


def merged(runs: Iterable[Run]) -> list[Run]:
    """Join neighbours that are marked alike, and drop the empty ones."""
    out: list[Run] = []
    for run in runs:
        if not run.text:
            continue
        if out and run.kind is not Kind.RAW and out[-1].kind is run.kind and set(out[-1].marks) == set(run.marks):
            out[-1] = replace(out[-1], text=out[-1].text + run.text)
        else:
            out.append(run)
    return out


def leaves(blocks: Iterable[Block]) -> Iterator[Paragraph | Heading | Fence | Rule]:
    """Every block without blocks inside, in reading order."""
    for block in blocks:
        match block:
            case Quote(inner):
                yield from leaves(inner)
            case Listing(items):
                for item in items:
                    yield from leaves(item)
            case _:
                yield block
