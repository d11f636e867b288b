"""Choose the delimiters that a Discord client reads back as meant, and keep apart what would run together.

It does not nest marks or escape text: both are done.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise
from typing import Final

from bot.translate.markdown.blocks import BOLD, ITALIC, SPOILER, STRIKE, UNDERLINE
from bot.translate.markdown.escape import ZERO_WIDTH
from bot.translate.markdown.tokens import DELIMITERS, Close, Open, Text, Token, shown

_ROOM: Final = frozenset("<>")  # on a star: room is needed before it, after it
_NAME_BEGINS: Final = re.compile(r"(?<!\\):(?=[A-Za-z0-9_+\-]{0,31}$)")
_WORD: Final = re.compile(r"[A-Za-z0-9_]")


def settled(written: list[Token]) -> list[Token]:
    """The tokens with every delimiter chosen and zero-width spaces where two would touch."""
    return list(_spaced(_unshortened(_emphasised(written))))


def _emphasised(written: list[Token]) -> list[Token]:
    """Give each emphasis a star, or an underscore where it would touch another star, or room where neither works."""
    out = list(written)
    partner = _partners(out)
    for at, token in enumerate(written):
        if not (isinstance(token, Open) and token.mark == ITALIC):
            continue
        end = partner[at]
        before = out[at - 1] if at else None
        after = out[end + 1] if end + 1 < len(out) else None
        left = isinstance(before, Open | Close) and before.symbol.endswith("*")
        inside = isinstance(out[at + 1], Open) and out[at + 1].mark == BOLD  # type: ignore[union-attr]  # Open by the first half
        right = isinstance(after, Open) and after.symbol.startswith("*")
        if not (left or inside or right):
            continue
        if _may_underscore(out, at, end):
            out[at], out[end] = Open(ITALIC, "_"), Close(ITALIC, "_")
        else:
            out[at] = Open(ITALIC, ("<" if left else "") + "*" + (">" if inside else ""))
            out[end] = Close(ITALIC, "*" + (">" if right else ""))
    return out


def _unshortened(items: list[Token]) -> list[Token]:
    """Escape a colon with which underscores of a mark would make the name of an emoji: `:x:__a:__`."""
    out = list(items)
    for at, (token, following) in enumerate(pairwise(items)):
        if isinstance(token, Text) and isinstance(following, Open | Close) and following.symbol.startswith("_"):
            out[at] = Text(_NAME_BEGINS.sub(r"\\\g<0>", token.markdown))
    return out


def _partners(items: list[Token]) -> dict[int, int]:
    stack: list[int] = []
    found: dict[int, int] = {}
    for at, token in enumerate(items):
        if isinstance(token, Open):
            stack.append(at)
        elif isinstance(token, Close):
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
    """Keep apart what would run together: see the cases. The room is a zero-width space."""
    room = Text(ZERO_WIDTH)
    previous: Token | None = None
    for token in items:
        if isinstance(token, Open) and token.mark == ITALIC and token.symbol.startswith("<"):
            yield room
        sign = token.markdown if isinstance(token, Text) else token.symbol.strip("<>")
        if isinstance(token, Open) and sign.startswith("_") and _closed(previous, STRIKE, UNDERLINE):
            yield room  # neither ~~ nor __ closes before an underscore
        if isinstance(token, Close) and _pairs_up(previous, token.mark):
            yield room  # these two close at the first pair of signs, escaped or not
        yield token if isinstance(token, Text) or not _ROOM & set(token.symbol) else replace(token, symbol=sign)
        if isinstance(token, Open | Close) and token.mark == ITALIC and token.symbol.endswith(">"):
            yield room
        previous = token


def _closed(token: Token | None, *marks: str) -> bool:
    return isinstance(token, Close) and token.mark in marks


def _pairs_up(before: Token | None, mark: str) -> bool:
    return mark in (STRIKE, SPOILER) and isinstance(before, Text) and before.markdown.endswith(DELIMITERS[mark][0])
