"""Render the tree of a Discord message as HTML: plainly for an ordinary commenter's rights, richly for larger ones.

Does not parse and does not trust: every leaf is escaped, and :mod:`bot.translate.comment.gate` checks the whole once
more.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import ClassVar, assert_never

from bot.translate.comment.inline import InlineRenderer, escape
from bot.translate.comment.words import moment_machine, moment_words
from bot.translate.dialect.tree import Fence, Heading, List, MessageBlock, Paragraph, Quote, Style, Subtext, Timestamp

NBSP = "\u00a0"
_SPACES = re.compile(" {2,}")


class PlainHtml(InlineRenderer):
    """Renders with what WordPress lets a user without ``unfiltered_html`` keep; a line break is a newline.

    WordPress: wp_kses with $allowedtags keeps no p, br, pre, lists, headings or spans; wpautop makes p and br.
    """

    styles: ClassVar[Mapping[Style, str]] = {
        Style.BOLD: "strong",
        Style.ITALIC: "em",
        Style.UNDERLINE: "em",
        Style.STRIKE: "del",
    }
    line_break: ClassVar[str] = "\n"

    def document(self, blocks: tuple[MessageBlock, ...]) -> str:
        """The HTML of ``blocks``, a blank line between two; '' for none."""
        return "\n\n".join(self._block(block) for block in blocks)

    def _block(self, block: MessageBlock) -> str:
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
        """The list as lines with their marks and no-break spaces, for ul, ol and li would be stripped."""
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


class RichHtml(InlineRenderer):
    """Renders with paragraphs, lists, headings, preformatted code and spans, for an account that may post them.

    The blog's own style sheet has to hide ``span.spoiler``: an inline style would not survive a filter.
    """

    styles: ClassVar[Mapping[Style, str]] = {
        Style.BOLD: "strong",
        Style.ITALIC: "em",
        Style.UNDERLINE: "u",
        Style.STRIKE: "del",
    }
    line_break: ClassVar[str] = "<br>"
    link_extra: ClassVar[str] = ' rel="nofollow ugc"'

    def document(self, blocks: tuple[MessageBlock, ...]) -> str:
        """The HTML of ``blocks``; '' for none."""
        return "".join(self._block(block) for block in blocks)

    def _block(self, block: MessageBlock) -> str:
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

    def _item(self, item: tuple[MessageBlock, ...]) -> str:
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


def _code_lines(text: str) -> str:
    """Code whose lines and indentation survive outside ``pre``: a blank line would end the paragraph."""
    return "\n".join(_code_line(line) for line in text.split("\n"))


def _code_line(line: str) -> str:
    line = line.expandtabs(4)
    code = line.lstrip(" ")
    if not code.strip():
        return NBSP
    code = _SPACES.sub(lambda found: NBSP * (len(found[0]) - 1) + " ", code)
    return NBSP * (len(line) - len(line.lstrip(" "))) + escape(code)
