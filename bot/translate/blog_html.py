"""Render the tree of a Discord message as HTML: plainly for an ordinary commenter's rights, richly for an account with more.

Parses nothing and trusts nothing: every leaf is escaped here, and `blog_gate` checks the whole once more.
"""

from __future__ import annotations

import html
import re
from collections.abc import Mapping
from typing import assert_never

from bot.translate.blog_text import one_line
from bot.translate.blog_words import MAX_LABEL, Names, mention_words, moment_machine, moment_words
from bot.translate.dialect_tree import (
    Block,
    Break,
    Code,
    Fence,
    Heading,
    Inline,
    Link,
    List,
    Mention,
    Paragraph,
    Quote,
    Style,
    Styled,
    Subtext,
    Text,
    Timestamp,
)

NBSP = "\u00a0"
# WordPress drops these from an address (esc_url), which would then lead elsewhere
_UNSAFE_IN_URL = re.compile('[\x00-\x20"<>\\\\^`{|}\x7f]')
_SPACES = re.compile(" {2,}")
_ONLY_SPACE = re.compile(r"(?:\s|<br>)*")
# WordPress closes an element directly inside its like (force_balance_tags), which would end the emphasis early
_TWIN = {"em": "i", "strong": "b", "del": "s"}


def escape(text: str) -> str:
    """Return `text` escaped for HTML, in text and in a quoted attribute alike."""
    return html.escape(text, quote=True)


class _Renderer:
    """What both profiles share: the inline nodes."""

    styles: Mapping[Style, str]
    line_break: str
    link_extra = ""

    def __init__(self, names: Names) -> None:
        self._names = names

    def inline(self, nodes: tuple[Inline, ...], around: str = "") -> str:
        """Return the HTML of `nodes`, which stand directly inside an element named `around` ('' for none)."""
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
            case Link(url, children, title):
                hint = f' title="{escape(one_line(title, MAX_LABEL))}"' if title else ""
                return f'<a href="{_address(url)}"{hint}{self.link_extra}>{self.inline(children)}</a>'
            case Mention():
                return escape(mention_words(node, self._names))
            case Timestamp():
                return self._moment(node)
            case _:
                assert_never(node)

    def _styled(self, style: Style, children: tuple[Inline, ...], around: str) -> str:
        tag = self.styles.get(style, "span")
        inner = self.inline(children, tag)
        if _ONLY_SPACE.fullmatch(inner):
            return inner
        if style is Style.SPOILER:
            return self._hidden(inner)
        tag = _TWIN.get(tag, tag) if tag == around else tag
        return f"<{tag}>{inner}</{tag}>"

    def _hidden(self, inner: str) -> str:
        raise NotImplementedError

    def _code(self, text: str) -> str:
        raise NotImplementedError

    def _moment(self, moment: Timestamp) -> str:
        raise NotImplementedError


class Comment(_Renderer):
    """Renders with what WordPress lets a user without `unfiltered_html` keep; a line break is a newline.

    WordPress: wp_kses with $allowedtags keeps no p, br, pre, lists, headings or spans; wpautop makes p and br.
    """

    styles = {Style.BOLD: "strong", Style.ITALIC: "em", Style.UNDERLINE: "em", Style.STRIKE: "del"}
    line_break = "\n"

    def document(self, blocks: tuple[Block, ...]) -> str:
        """Return the HTML of `blocks`, a blank line between two; '' for none."""
        return "\n\n".join(self._block(block) for block in blocks)

    def _block(self, block: Block) -> str:
        match block:
            case Paragraph(children) | Subtext(children):
                return self.inline(children)
            case Heading(_, children):
                return f"<strong>{self.inline(children, 'strong')}</strong>"
            case Quote(blocks):
                return f"<blockquote>{self.document(blocks)}</blockquote>"
            case List():
                return self._list(block, 0)
            case Fence(text, spoiler):
                code = f"<code>{_code_lines(text)}</code>"
                return self._hidden(code) if spoiler else code
            case _:
                assert_never(block)

    def _list(self, block: List, depth: int) -> str:
        """Return the list as lines with their marks and no-break spaces, for ul, ol and li would be stripped."""
        lines: list[str] = []
        margin, deeper = NBSP * 2 * depth, NBSP * 2 * (depth + 1)
        for index, item in enumerate(block.items):
            lead = f"{margin}{'•' if block.start is None else f'{block.start + index}.'} "
            for part in item:
                if isinstance(part, List):
                    lines += ([lead.rstrip(" ")] if lead != deeper else []) + [self._list(part, depth + 1)]
                else:
                    lines.append(lead + self._block(part).replace("\n", "\n" + deeper))
                lead = deeper
        return "\n".join(lines)

    def _hidden(self, inner: str) -> str:
        return f"[spoiler] {inner} [/spoiler]"

    def _code(self, text: str) -> str:
        return _code_lines(text) if "\n" in text else escape(text)

    def _moment(self, moment: Timestamp) -> str:
        return escape(moment_words(moment))


class Rich(_Renderer):
    """Renders with paragraphs, lists, headings, preformatted code and spans, for an account that may post them.

    The blog's own style sheet has to hide `span.spoiler`: an inline style would not survive a filter.
    """

    styles = {Style.BOLD: "strong", Style.ITALIC: "em", Style.UNDERLINE: "u", Style.STRIKE: "del"}
    line_break = "<br>"
    link_extra = ' rel="nofollow ugc"'

    def document(self, blocks: tuple[Block, ...]) -> str:
        """Return the HTML of `blocks`; '' for none."""
        return "".join(self._block(block) for block in blocks)

    def _block(self, block: Block) -> str:
        match block:
            case Paragraph(children):
                return f"<p>{self.inline(children)}</p>"
            case Subtext(children):
                return f"<p><small>{self.inline(children)}</small></p>"
            case Heading(level, children):
                return f"<h{level}>{self.inline(children)}</h{level}>"
            case Quote(blocks):
                return f"<blockquote>{self.document(blocks)}</blockquote>"
            case List(start, items):
                tag = "ul" if start is None else "ol"
                first = f' start="{start}"' if start not in (None, 1) else ""
                return f"<{tag}{first}>{''.join(map(self._item, items))}</{tag}>"
            case Fence(text, spoiler):
                return f"<pre><code>{self._hidden(escape(text)) if spoiler else escape(text)}</code></pre>"
            case _:
                assert_never(block)

    def _item(self, item: tuple[Block, ...]) -> str:
        tight = sum(isinstance(part, Paragraph) for part in item) == 1
        parts = (
            self.inline(part.children) if tight and isinstance(part, Paragraph) else self._block(part) for part in item
        )
        return f"<li>{''.join(parts)}</li>"

    def _hidden(self, inner: str) -> str:
        return f'<span class="spoiler">{inner}</span>'

    def _code(self, text: str) -> str:
        return escape(text).replace("\n", "<br>")

    def _moment(self, moment: Timestamp) -> str:
        return f'<time datetime="{moment_machine(moment)}">{escape(moment_words(moment))}</time>'


def _address(url: str) -> str:
    return escape(_UNSAFE_IN_URL.sub(lambda found: f"%{ord(found[0]):02X}", url))


def _code_lines(text: str) -> str:
    """Return code whose lines and indentation survive outside `pre`: a blank line would end the paragraph."""
    return "\n".join(_code_line(line) for line in text.split("\n"))


def _code_line(line: str) -> str:
    line = line.expandtabs(4)
    code = line.lstrip(" ")
    if not code.strip():
        return NBSP
    code = _SPACES.sub(lambda found: NBSP * (len(found[0]) - 1) + " ", code)
    return NBSP * (len(line) - len(line.lstrip(" "))) + escape(code)
