"""The tokens of marked text, and the choice of delimiters that a Discord client reads back as they were meant.

Keeps apart what would run together. Does not nest marks or escape text: :mod:`bot.translate.markdown.marks` has done
both.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Final, TypeAlias

from bot.translate.markdown.blocks import BOLD, ITALIC, SPOILER, STRIKE, UNDERLINE, LinkTo, RunMark
from bot.translate.markdown.escape import ZERO_WIDTH


@dataclass(frozen=True, slots=True)
class MarkBegins:
    """A mark begins; ``symbol`` is its delimiter, for a link its address.

    ``gap_before``, ``gap_after``: the delimiter would run together with its neighbour on that side, so that a
    zero-width space has to stand between them.
    """

    mark: RunMark
    symbol: str
    gap_before: bool = False
    gap_after: bool = False


@dataclass(frozen=True, slots=True)
class MarkEnds:
    """The innermost open mark ends; ``symbol`` and ``gap_after`` as in :class:`MarkBegins`."""

    mark: RunMark
    symbol: str
    gap_after: bool = False


@dataclass(frozen=True, slots=True)
class Markdown:
    """Finished markdown, escaped already, in which no mark is open."""

    text: str


Token: TypeAlias = MarkBegins | MarkEnds | Markdown

_NAME_BEGINS: Final = re.compile(r"(?<!\\):(?=[A-Za-z0-9_+\-]{0,31}$)")
_WORD: Final = re.compile(r"[A-Za-z0-9_]")


def shown(token: Token) -> str:
    """What a token looks like once written; of a link's both ends, its brackets."""
    match token:
        case Markdown(text):
            return text
        case MarkBegins(LinkTo()):
            return "["
        case MarkEnds(LinkTo(), symbol):
            return f"]({symbol})"
        case MarkBegins(_, symbol) | MarkEnds(_, symbol):
            return symbol


def settled(written: list[Token]) -> list[Token]:
    """The tokens with every delimiter chosen and zero-width spaces where two would touch."""
    return list(_spaced(_unshortened(_emphasised(written))))


def _emphasised(written: list[Token]) -> list[Token]:
    """Give each emphasis a star, or an underscore where it would touch another star, or a gap."""
    out = list(written)
    partner = _partners(out)
    for at, token in enumerate(written):
        if not (isinstance(token, MarkBegins) and token.mark == ITALIC):
            continue
        end = partner[at]
        before = out[at - 1] if at else None
        after = out[end + 1] if end + 1 < len(out) else None
        left = isinstance(before, MarkBegins | MarkEnds) and before.symbol.endswith("*") and not before.gap_after
        within = out[at + 1]
        inside = isinstance(within, MarkBegins) and within.mark == BOLD
        right = isinstance(after, MarkBegins) and after.symbol.startswith("*")
        if not (left or inside or right):
            continue
        if _may_underscore(out, at, end):
            out[at], out[end] = MarkBegins(ITALIC, "_"), MarkEnds(ITALIC, "_")
        else:
            out[at] = MarkBegins(ITALIC, "*", gap_before=left, gap_after=inside)
            out[end] = MarkEnds(ITALIC, "*", gap_after=right)
    return out


def _unshortened(items: list[Token]) -> list[Token]:
    """Escape a colon with which underscores of a mark would make the name of an emoji: ``:x:__a:__``."""
    out = list(items)
    for at, (token, following) in enumerate(pairwise(items)):
        if not isinstance(token, Markdown) or isinstance(following, Markdown):
            continue
        if following.symbol.startswith("_"):
            out[at] = Markdown(_NAME_BEGINS.sub(r"\\\g<0>", token.text))
    return out


def _partners(items: list[Token]) -> dict[int, int]:
    stack: list[int] = []
    found: dict[int, int] = {}
    for at, token in enumerate(items):
        if isinstance(token, MarkBegins):
            stack.append(at)
        elif isinstance(token, MarkEnds):
            found[stack.pop()] = at
    return found


def _may_underscore(items: list[Token], begin: int, end: int) -> bool:
    before = _edge(items[begin - 1], last=True) if begin else ""
    after = _edge(items[end + 1], last=False) if end + 1 < len(items) else ""
    if _WORD.match(before) or _WORD.match(after):
        return False
    inner = "".join(shown(token) for token in items[begin + 1 : end])
    return "_" not in re.sub(r"\\.|__", "", inner)


def _edge(token: Token, *, last: bool) -> str:
    sign = shown(token)
    return sign[-1:] if last else sign[:1]


def _spaced(items: list[Token]) -> Iterator[Token]:
    """The tokens with a zero-width space wherever two of them would run together."""
    gap = Markdown(ZERO_WIDTH)
    previous: Token | None = None
    for token in items:
        match token:
            case Markdown():
                yield token
            case MarkBegins(_, symbol):
                if token.gap_before:
                    yield gap
                if symbol.startswith("_") and _closed(previous, STRIKE, UNDERLINE):
                    yield gap  # neither ~~ nor __ closes before an underscore
                yield token
                if token.gap_after:
                    yield gap
            case MarkEnds(mark):
                if _pairs_up(previous, mark):
                    yield gap  # these two close at the first pair of signs, escaped or not
                yield token
                if token.gap_after:
                    yield gap
        previous = token


def _closed(token: Token | None, *marks: RunMark) -> bool:
    return isinstance(token, MarkEnds) and token.mark in marks


def _pairs_up(before: Token | None, mark: RunMark) -> bool:
    return mark in (STRIKE, SPOILER) and isinstance(before, Markdown) and before.text.endswith(mark.value[0])
