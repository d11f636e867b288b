"""Render the inline nodes of a Discord message as HTML, every leaf escaped where it is written.

Does not know blocks or profiles: :mod:`bot.translate.comment.html` has both.
"""

from __future__ import annotations

import html
import re
from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import ClassVar, assert_never

from bot.translate.comment.gate import keeps_link
from bot.translate.comment.text import one_line
from bot.translate.comment.words import MAX_LABEL, MentionNames, mention_words
from bot.translate.dialect.tree import Break, Code, Hyperlink, Inline, Mention, Style, Styled, Text, Timestamp

# WordPress drops these from an address (esc_url), which would then lead elsewhere
_UNSAFE_IN_URL = re.compile('[\x00-\x20"<>\\\\^`{|}\x7f]')
_ONLY_SPACE = re.compile(r"(?:\s|<br>)*")
# WordPress closes an element directly inside its like (force_balance_tags), which would end the emphasis early
_TWIN = {"em": "i", "strong": "b", "del": "s"}


def escape(text: str) -> str:
    """``text`` escaped for HTML, in text and in a quoted attribute alike."""
    return html.escape(text, quote=True)


class InlineRenderer(ABC):
    """Renders inline nodes; a profile says which element a style is and how a spoiler, code and a moment look."""

    styles: ClassVar[Mapping[Style, str]]
    line_break: ClassVar[str]
    link_extra: ClassVar[str] = ""

    def __init__(self, names: MentionNames) -> None:
        self._names = names

    def inline(self, nodes: tuple[Inline, ...], around: str = "") -> str:
        """The HTML of ``nodes``, which stand directly inside an element named ``around`` ('' for none)."""
        return "".join(self._node(node, around if len(nodes) > 1 else "") for node in nodes)

    def _node(self, node: Inline, around: str) -> str:
        match node:
            case Text(text):
                return escape(text)
            case Break():
                return self.line_break
            case Styled(style, children):
                return self._styled(style, children, around)
            case Code(text):
                return f"<code>{self._code(text)}</code>"
            case Hyperlink():
                return self._link(node)
            case Mention():
                return escape(mention_words(node, self._names))
            case Timestamp():
                return self._moment(node)
            case _:
                assert_never(node)

    def _link(self, link: Hyperlink) -> str:
        href, label = _address(link.url), self.inline(link.children)
        if not keeps_link(href):
            return label if link.children == (Text(link.url),) else f"{label} ({escape(link.url)})"
        hint = f' title="{escape(one_line(link.title, MAX_LABEL))}"' if link.title else ""
        return f'<a href="{href}"{hint}{self.link_extra}>{label}</a>'

    def _styled(self, style: Style, children: tuple[Inline, ...], around: str) -> str:
        tag = self.styles.get(style, "span")
        inner = self.inline(children, tag)
        if _ONLY_SPACE.fullmatch(inner):
            return inner
        if style is Style.SPOILER:
            return self._hidden(inner)
        tag = _TWIN.get(tag, tag) if tag == around else tag
        return f"<{tag}>{inner}</{tag}>"

    @abstractmethod
    def _hidden(self, inner: str) -> str:
        """The HTML ``inner`` marked as a spoiler."""

    @abstractmethod
    def _code(self, text: str) -> str:
        """The inside of a code span, escaped."""

    @abstractmethod
    def _moment(self, moment: Timestamp) -> str:
        """A moment in words that do not go stale."""


def _address(url: str) -> str:
    scheme, _, rest = url.partition(":")
    url = f"{scheme.lower()}:{rest}"
    return escape(_UNSAFE_IN_URL.sub(lambda found: f"%{ord(found[0]):02X}", url))
