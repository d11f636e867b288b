"""The tree that a Discord message's text is parsed to: blocks that hold inline nodes that hold plain values.

Does not know how the text was written or how HTML is: :mod:`bot.translate.dialect.parse` builds the tree,
:mod:`bot.translate.comment` reads it.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class Style(Enum):
    """What Discord's paired marks mean; a style may enclose any inline nodes, other styles included."""

    BOLD = "bold"
    ITALIC = "italic"
    UNDERLINE = "underline"
    STRIKE = "strike"
    SPOILER = "spoiler"


class MentionKind(Enum):
    """Whom or what a mention's id belongs to."""

    USER = "user"
    ROLE = "role"
    CHANNEL = "channel"


@dataclass(frozen=True, slots=True)
class Text:
    """Characters to be shown as they are; never a newline."""

    text: str


@dataclass(frozen=True, slots=True)
class Break:
    """A line break inside a paragraph."""


@dataclass(frozen=True, slots=True)
class Styled:
    """Inline nodes under one style."""

    style: Style
    children: tuple[Inline, ...]


@dataclass(frozen=True, slots=True)
class Code:
    """A code span; its text may hold newlines."""

    text: str


@dataclass(frozen=True, slots=True)
class Hyperlink:
    """A link with an http or https ``url``; ``title`` is the hint shown on hovering, '' for none."""

    url: str
    children: tuple[Inline, ...]
    title: str = ""


@dataclass(frozen=True, slots=True)
class Mention:
    """A user, role or channel by its snowflake."""

    kind: MentionKind
    id: int


@dataclass(frozen=True, slots=True)
class Timestamp:
    """A moment in seconds of the Unix epoch, within the years 1 to 9999."""

    seconds: int


Inline = Text | Break | Styled | Code | Hyperlink | Mention | Timestamp


@dataclass(frozen=True, slots=True)
class Paragraph:
    """Lines of text between blank lines."""

    children: tuple[Inline, ...]


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading of level 1, 2 or 3: Discord has no others."""

    level: int
    children: tuple[Inline, ...]


@dataclass(frozen=True, slots=True)
class Subtext:
    """A line in small print."""

    children: tuple[Inline, ...]


@dataclass(frozen=True, slots=True)
class Fence:
    """A code block; ``spoiler`` when it stood inside spoiler marks."""

    text: str
    spoiler: bool = False


@dataclass(frozen=True, slots=True)
class Quote:
    """A quotation; Discord itself never nests one in another."""

    blocks: tuple[MessageBlock, ...]


@dataclass(frozen=True, slots=True)
class List:
    """A bulleted list (``start`` None) or one numbered from ``start``; an item is a tuple of blocks."""

    start: int | None
    items: tuple[tuple[MessageBlock, ...], ...]


MessageBlock = Paragraph | Heading | Subtext | Fence | Quote | List
