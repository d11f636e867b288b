"""Lift fences and blank lines out of the styles they stand in, so that no block is ever inside an inline node.

Does not read text: it rearranges what :mod:`bot.translate.dialect.inline` found.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from bot.translate.dialect.tree import Break, Fence, Inline, MessageBlock, Paragraph, Style, Styled, Text


@dataclass(frozen=True, slots=True)
class Gap:
    """One or more blank lines: the paragraph ends, the styles go on."""


@dataclass(frozen=True, slots=True)
class Enclosed:
    """A style round anything found in a stretch of text, fences and blank lines included."""

    style: Style
    pieces: list[Piece]


Piece = Inline | Fence | Gap | Enclosed


def to_blocks(pieces: list[Piece]) -> list[MessageBlock]:
    """Paragraphs and fences; a style is closed before a fence or a blank line and opened again behind it."""
    blocks: list[MessageBlock] = []
    for group in _groups(pieces):
        if isinstance(group, Fence):
            blocks.append(group)
        elif trimmed := _trim(group):
            blocks.append(Paragraph(tuple(trimmed)))
    return blocks


def to_inline(pieces: list[Piece]) -> tuple[Inline, ...]:
    """What is inline of ``pieces``, a fence as its bare text: for a link's label or a heading, one line each."""
    nodes: list[Inline] = []
    for group in _groups(pieces):
        nodes += [Text(group.text.replace("\n", " "))] if isinstance(group, Fence) else group
    return tuple(nodes)


def _groups(pieces: list[Piece]) -> list[list[Inline] | Fence]:
    groups: list[list[Inline] | Fence] = [[]]

    def add(node: Inline) -> None:
        last = groups[-1]
        if isinstance(last, Fence):
            groups.append([node])
        else:
            last.append(node)

    for piece in pieces:
        match piece:
            case Gap():
                groups.append([])
            case Fence():
                groups.append(piece)
            case Enclosed(style, inner):
                parts = _groups(inner)
                for index, part in enumerate(parts):
                    if isinstance(part, Fence):
                        groups.append(replace(part, spoiler=part.spoiler or style is Style.SPOILER))
                        continue
                    if index and not isinstance(groups[-1], Fence):
                        groups.append([])
                    if part and (len(parts) == 1 or (part := _trim(part))):
                        add(Styled(style, tuple(part)))
            case _:
                add(piece)
    return groups


def _trim(nodes: list[Inline]) -> list[Inline]:
    """Drop line breaks at both ends, and everything if nothing but space is left."""
    start, stop = 0, len(nodes)
    while start < stop and _is_blank(nodes[start], breaks_only=True):
        start += 1
    while stop > start and _is_blank(nodes[stop - 1], breaks_only=True):
        stop -= 1
    kept = nodes[start:stop]
    return [] if all(_is_blank(node, breaks_only=False) for node in kept) else kept


def _is_blank(node: Inline, *, breaks_only: bool) -> bool:
    return isinstance(node, Break) or (not breaks_only and isinstance(node, Text) and node.text.isspace())
