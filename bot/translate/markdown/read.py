"""Read a parsed page into blocks: what each tag of a blog means to a reader in Discord.

Does not write markdown: no mark, escape or limit is known here. What stands inside a line is gathered by
:mod:`bot.translate.markdown.inline`.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from typing import Final

from selectolax.lexbor import LexborNode

from bot.translate.markdown import soup
from bot.translate.markdown.blocks import (
    BOLD,
    SPOILER,
    Block,
    Blocks,
    FenceBlock,
    HeadingBlock,
    ListBlock,
    ParagraphBlock,
    QuoteBlock,
    RuleBlock,
    Run,
    RunKind,
    append_list,
    bold,
)
from bot.translate.markdown.escape import drop_controls
from bot.translate.markdown.fixed_width import language, raw, table
from bot.translate.markdown.inline import RunGatherer, one_line
from bot.translate.markdown.page import (
    BLOCKS,
    SKIPPED,
    Page,
    TextStyle,
    Where,
    beside,
    is_hidden,
    is_spoiler,
    without_reply_line,
)

_DEPTH: Final = 60
"""Tags nested deeper than this are read for their text only."""

_NESTED: Final = 10
"""Lists and quotations nest no deeper; Discord itself ends at 11."""

_NODES: Final = 12_000
"""After this many nodes the rest of a tree is read for its text only."""

_HEADING: Final = re.compile(r"h([1-6])")


def read(html: str, *, base_url: str, trusted: bool = False) -> Blocks:
    """The blocks of a post's or comment's HTML. Addresses are absolute afterwards; nothing in it is visible: ().

    ``trusted``: its links go without their hosts, as those of a post, which the blog itself has published.
    """
    body, tail = soup.parse(html)
    secrets = "spoiler" in html.lower()
    reader = _PageReader(Page.of(html, base_url=base_url, trusted=trusted), secrets=secrets)
    if body is not None:
        reader.children(body, Where(TextStyle()))
        reader.flush()
    blocks = without_reply_line(reader.out)
    if tail:
        blocks.append(ParagraphBlock((Run(drop_controls(tail), (SPOILER,) if secrets else ()),)))
    return tuple(blocks)


class _PageReader:
    """Walks a tree once, gathering runs until a block begins or ends."""

    def __init__(self, page: Page, *, secrets: bool) -> None:
        self.out: list[Block] = []
        self.inline = RunGatherer(page)
        self._nodes = 0
        self._secrets = secrets

    def flush(self) -> None:
        self.out += map(ParagraphBlock, self.inline.take())

    def children(self, node: LexborNode, where: Where) -> None:
        child = node.first_child
        while child is not None:
            self.node(child, where)
            child = child.next

    def node(self, node: LexborNode, where: Where) -> None:
        self._nodes += 1
        tag = node.tag or ""
        if tag == "-text":
            self.inline.text(node.text_content or "", where.style)
            return
        if tag[:1] in "-!_" or tag in SKIPPED:
            return
        if where.depth >= _DEPTH or self._nodes > _NODES:
            self._flat(node, where)
            return
        attributes = node.attributes
        if is_hidden(attributes):
            return
        where = where.deeper()
        if is_spoiler(attributes):
            where = where.styled(where.style.marked(SPOILER))
        if (level := _HEADING.fullmatch(tag)) is not None:
            self._heading(node, where, int(level[1]))
        elif (special := _READ.get(tag)) is not None:
            special(self, node, where)
        elif tag in BLOCKS:
            self._block(node, where)
        elif not self.inline.special(node, where.style):
            self._styled(node, where)

    def _styled(self, node: LexborNode, where: Where) -> None:
        """An inline element, which may hold blocks all the same: its marks go into them."""
        mark = self.inline.open(node, where.style)
        if mark.style.code and self._multiline(node):
            self._fence(node, where)
            return
        self.children(node, where.styled(mark.style))
        self.inline.close(mark)

    def _block(self, node: LexborNode, where: Where) -> None:
        self.flush()
        self.children(node, where)
        self.flush()

    def _inside(self, node: LexborNode, where: Where) -> Blocks:
        """The blocks of one element by themselves."""
        return self._apart(self.children, node, where)

    def _apart(self, read: Callable[[LexborNode, Where], None], node: LexborNode, where: Where) -> Blocks:
        """What ``read`` makes of a node, kept apart from what was read before."""
        self.flush()
        outer, self.out = self.out, []
        read(node, where)
        self.flush()
        inner, self.out = self.out, outer
        return tuple(inner)

    def _flat(self, node: LexborNode, where: Where) -> None:
        """The text of what is nested too deeply; all of it is hidden if any of it may be."""
        style = where.style.marked(SPOILER) if self._secrets else where.style
        for inner in node.traverse(include_text=True):
            if inner.tag == "-text" and (inner.parent is None or inner.parent.tag not in SKIPPED):
                self.inline.text(inner.text_content or "", style)
            elif inner.tag in ("p", "br", "li"):
                self.inline.newline(style)

    def _heading(self, node: LexborNode, where: Where, level: int) -> None:
        inner = self._inside(node, where)
        runs = one_line([block.runs for block in inner if isinstance(block, ParagraphBlock)])
        if runs and (level > 3 or where.lists):
            self.out.append(ParagraphBlock(bold(runs)))
        elif runs:
            self.out.append(HeadingBlock(level, runs))
        self.out += [block for block in inner if not isinstance(block, ParagraphBlock)]

    def _read_quotation(self, node: LexborNode, where: Where) -> None:
        if where.quotes >= _NESTED:
            self._block(node, where)
        elif inner := self._inside(node, replace(where, quotes=where.quotes + 1)):
            self.out.append(QuoteBlock(inner))

    def _read_bullets(self, node: LexborNode, where: Where) -> None:
        self._list(node, where, None)

    def _read_numbered(self, node: LexborNode, where: Where) -> None:
        digits = (node.attributes.get("start") or "1").strip()
        self._list(node, where, int(digits) if re.fullmatch(r"[0-9]{1,8}", digits) else 1)

    def _list(self, node: LexborNode, where: Where, start: int | None) -> None:
        self.flush()
        if where.lists >= _NESTED:
            self._flat(node, where)
            self.flush()
            return
        items: list[Blocks] = []
        child = node.first_child
        where = where.listed()
        while child is not None:
            if child.tag == "li" and where.depth < _DEPTH:
                self._nodes += 1
                inner = self._inside(child, replace(where, depth=where.depth + 1))
                if inner:
                    items.append(inner)
            else:
                inner = self._apart(self.node, child, where)
                if inner and items:
                    items[-1] += inner
                elif inner:
                    items.append(inner)
            child = child.next
        if items:
            append_list(self.out, ListBlock(tuple(items), start))

    def _read_stray_item(self, node: LexborNode, where: Where) -> None:
        """Items without a list, as browsers show them: with bullets. The first takes those beside it along."""
        if beside(node, back=True) is not None:
            return
        self.flush()
        items: list[Blocks] = []
        item: LexborNode | None = node
        where = where.listed()
        while item is not None:
            self._nodes += 1
            if inner := self._inside(item, where):
                items.append(inner)
            item = beside(item, back=False)
        if items:
            append_list(self.out, ListBlock(tuple(items)))

    def _read_preformatted(self, node: LexborNode, where: Where) -> None:
        classes = (node.attributes.get("class") or "").split()
        if "wp-block-verse" in classes:
            self.flush()
            for number, line in enumerate(raw(node).strip("\n").split("\n")):
                if number:
                    self.inline.newline(where.style)
                self.inline.text(line, where.style)
            self.flush()
        else:
            self._fence(node, where)

    def _fence(self, node: LexborNode, where: Where) -> None:
        self.flush()
        text = "\n".join(line.rstrip() for line in raw(node).replace("\xa0", " ").split("\n")).strip("\n")
        if not text.strip():
            return
        if SPOILER in where.style.marks or self._holds_secret(node):
            marks = where.style.marked(SPOILER).marks
            lines = [Run(line, marks, RunKind.CODE) for line in text.split("\n") if line.strip()]
            self.out.append(ParagraphBlock(tuple(run for line in lines for run in (Run("\n", marks), line))[1:]))
        else:
            self.out.append(FenceBlock(drop_controls(text), language(node)))

    def _holds_secret(self, node: LexborNode) -> bool:
        """Whether a block shown in a fixed width, where nothing can be hidden, has hidden text in it."""
        return self._secrets and any(is_spoiler(inner.attributes) for inner in node.css("[class], [data-spoiler]"))

    def _multiline(self, node: LexborNode) -> bool:
        """Whether inline code is a listing in disguise: blogs that strip <pre> keep its lines apart with <br>."""
        return node.css_first("br") is not None and "\n" in raw(node).strip()

    def _read_line(self, node: LexborNode, where: Where) -> None:
        self.flush()
        self.out.append(RuleBlock())

    def _read_table(self, node: LexborNode, where: Where) -> None:
        """Drawn in a fixed width where it is one of data; read cell by cell where it lays out a page."""
        self.flush()
        hidden = SPOILER in where.style.marks or self._holds_secret(node)
        drawn = "" if where.in_table or hidden else table(node)
        if not drawn:
            self._block(node, replace(where, in_table=True))
            return
        child = node.first_child
        while child is not None:
            if child.tag == "caption":
                self._block(child, where)
            child = child.next
        self.out.append(FenceBlock(drawn))

    def _read_bold(self, node: LexborNode, where: Where) -> None:
        self._block(node, where.styled(where.style.marked(BOLD)))

    def _read_definition(self, node: LexborNode, where: Where) -> None:
        inner = self._inside(node, where)
        last = self.out[-1] if self.out else None
        if inner and isinstance(inner[0], ParagraphBlock) and isinstance(last, ParagraphBlock):
            self.out[-1] = ParagraphBlock((*last.runs, Run("\n"), *inner[0].runs))
            inner = inner[1:]
        self.out += inner


_READ: Final[dict[str, Callable[[_PageReader, LexborNode, Where], None]]] = {
    "blockquote": _PageReader._read_quotation,
    **dict.fromkeys(("ul", "menu", "dir"), _PageReader._read_bullets),
    "ol": _PageReader._read_numbered,
    "li": _PageReader._read_stray_item,
    **dict.fromkeys(("pre", "xmp", "listing", "plaintext"), _PageReader._read_preformatted),
    "hr": _PageReader._read_line,
    "table": _PageReader._read_table,
    **dict.fromkeys(("summary", "dt"), _PageReader._read_bold),
    "dd": _PageReader._read_definition,
}
"""What the tags mean that are neither inline nor plain blocks."""
