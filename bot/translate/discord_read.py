"""Read a parsed page into blocks: what each tag of a blog means to a reader in Discord.

It does not write markdown: no mark, escape or limit is known here. Inline details are in `discord_inline`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Final

from selectolax.lexbor import LexborNode

from bot.translate import soup
from bot.translate.blocks import (
    BOLD,
    SPOILER,
    Block,
    Blocks,
    Fence,
    Heading,
    Kind,
    Listing,
    Paragraph,
    Quote,
    Rule,
    Run,
    Runs,
)
from bot.translate.discord_inline import Inline, Page, Style, one_line
from bot.translate.discord_table import table
from bot.translate.escape import ZERO_WIDTH, drop_controls

_DEPTH: Final = 60
"""Tags nested deeper than this are read for their text only."""

_NESTED: Final = 10
"""Lists and quotations nest no deeper; Discord itself ends at 11."""

_NODES: Final = 12_000
"""After this many nodes the rest of a tree is read for its text only."""

_BLOCKS: Final = frozenset(
    re.findall(
        r"\w+",
        "address article aside body center dd details dialog dir div dl dt fieldset figcaption figure footer form"
        " frameset header hgroup html legend main menu nav noscript optgroup option p search section summary tbody td"
        " tfoot th thead tr caption",
    )
)
_SKIPPED: Final = frozenset(
    re.findall(
        r"\w+",
        "script style template head title noembed noframes param source track link meta base svg canvas datalist select"
        " textarea button rp map area col colgroup",
    )
)
_HEADING: Final = re.compile(r"h([1-6])")
_LANGUAGE: Final = re.compile(r"(?:^|[\s:;])(?:lang(?:uage)?-|brush:\s*)([A-Za-z0-9_+#.\-]{1,20})")
_REPLY_TO: Final = re.compile(r"In reply to\s.{1,200}\.", re.DOTALL)
_REPLY_LINK: Final = re.compile(r"#comment-\d+$")


@dataclass(frozen=True, slots=True)
class _Where:
    """What surrounds the node being read."""

    style: Style
    depth: int = 0
    lists: int = 0
    quotes: int = 0
    in_table: bool = False

    def deeper(self) -> _Where:
        return _Where(self.style, self.depth + 1, self.lists, self.quotes, self.in_table)

    def listed(self) -> _Where:
        return replace(self, style=replace(self.style, tight=True), lists=self.lists + 1)

    def styled(self, style: Style) -> _Where:
        return _Where(style, self.depth, self.lists, self.quotes, self.in_table)


def read(html: str, *, base_url: str) -> Blocks:
    """The blocks of a post's or comment's HTML. Addresses are absolute afterwards; nothing in it is visible: ()."""
    body, tail = soup.parse(html)
    reader = _Reader(Page.of(html, base_url=base_url))
    if body is not None:
        reader.children(body, _Where(Style()))
        reader.flush()
    blocks = _without_reply_line(reader.out)
    if tail:
        blocks.append(Paragraph((Run(drop_controls(tail)),)))
    return tuple(blocks)


def _without_reply_line(blocks: list[Block]) -> list[Block]:
    """Drop the line WordPress puts before a reply in its feeds: "In reply to <a href="…#comment-1">Name</a>."."""
    if len(blocks) > 1 and isinstance(blocks[0], Paragraph):
        runs = blocks[0].runs
        text = "".join(run.text for run in runs)
        links = [run.link for run in runs if run.link]
        if _REPLY_TO.fullmatch(text) and links and all(_REPLY_LINK.search(link) for link in links):
            return blocks[1:]
    return blocks


class _Reader:
    """Walks a tree once, gathering runs until a block begins or ends."""

    def __init__(self, page: Page) -> None:
        self.out: list[Block] = []
        self.inline = Inline(page)
        self._nodes = 0

    def flush(self) -> None:
        self.out += map(Paragraph, self.inline.take())

    def children(self, node: LexborNode, where: _Where) -> None:
        child = node.first_child
        while child is not None:
            self.node(child, where)
            child = child.next

    def node(self, node: LexborNode, where: _Where) -> None:
        self._nodes += 1
        tag = node.tag or ""
        if tag == "-text":
            self.inline.text(node.text_content or "", where.style)
            return
        if tag[:1] in "-!_" or tag in _SKIPPED:
            return
        if where.depth >= _DEPTH or self._nodes > _NODES:
            self._flat(node, where)
            return
        attributes = node.attributes
        if _hidden(attributes):
            return
        where = where.deeper()
        if _is_spoiler(attributes):
            where = where.styled(where.style.marked(SPOILER))
        if (level := _HEADING.fullmatch(tag)) is not None:
            self._heading(node, where, int(level[1]))
        elif (special := getattr(self, f"_read_{tag}", None)) is not None:
            special(node, where)
        elif tag in _BLOCKS:
            self._block(node, where)
        elif not self.inline.special(node, where.style):
            self._styled(node, where)

    def _styled(self, node: LexborNode, where: _Where) -> None:
        """An inline element, which may hold blocks all the same: its marks go into them."""
        mark = self.inline.open(node, where.style)
        if mark.style.code and self._multiline(node):
            self._fence(node, where)
            return
        self.children(node, where.styled(mark.style))
        self.inline.close(mark)

    def _block(self, node: LexborNode, where: _Where) -> None:
        self.flush()
        self.children(node, where)
        self.flush()

    def _inside(self, node: LexborNode, where: _Where) -> Blocks:
        """The blocks of one element by themselves."""
        self.flush()
        outer, self.out = self.out, []
        self.children(node, where)
        self.flush()
        inner, self.out = self.out, outer
        return tuple(inner)

    def _flat(self, node: LexborNode, where: _Where) -> None:
        """The text of what is nested too deeply."""
        for inner in node.traverse(include_text=True):
            if inner.tag == "-text" and (inner.parent is None or inner.parent.tag not in _SKIPPED):
                self.inline.text(inner.text_content or "", where.style)
            elif inner.tag in ("p", "br", "li"):
                self.inline.newline(where.style)

    def _heading(self, node: LexborNode, where: _Where, level: int) -> None:
        inner = self._inside(node, where)
        runs = one_line([block.runs for block in inner if isinstance(block, Paragraph)])
        if runs and (level > 3 or where.lists):
            self.out.append(Paragraph(_bold(runs)))
        elif runs:
            self.out.append(Heading(level, runs))
        self.out += [block for block in inner if not isinstance(block, Paragraph)]

    def _read_blockquote(self, node: LexborNode, where: _Where) -> None:
        if where.quotes >= _NESTED:
            self._block(node, where)
        elif inner := self._inside(node, replace(where, quotes=where.quotes + 1)):
            self.out.append(Quote(inner))

    def _read_ul(self, node: LexborNode, where: _Where) -> None:
        self._list(node, where, None)

    _read_menu = _read_dir = _read_ul

    def _read_ol(self, node: LexborNode, where: _Where) -> None:
        digits = (node.attributes.get("start") or "1").strip()
        self._list(node, where, int(digits) if re.fullmatch(r"[0-9]{1,8}", digits) else 1)

    def _list(self, node: LexborNode, where: _Where, start: int | None) -> None:
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
                inner = self._single(child, where)
                if inner and items:
                    items[-1] += inner
                elif inner:
                    items.append(inner)
            child = child.next
        if items:
            self._append_list(Listing(tuple(items), start))

    def _append_list(self, block: Listing) -> None:
        """Two lists in a row are one in Discord: where that would be wrong, an unseen line keeps them apart."""
        last = self.out[-1] if self.out else None
        if isinstance(last, Listing) and last.start is None and block.start is None:
            self.out[-1] = Listing((*last.items, *block.items))
            return
        if isinstance(last, Listing):
            self.out.append(Paragraph((Run(ZERO_WIDTH),)))
        self.out.append(block)

    def _single(self, node: LexborNode, where: _Where) -> Blocks:
        self.flush()
        outer, self.out = self.out, []
        self.node(node, where)
        self.flush()
        inner, self.out = self.out, outer
        return tuple(inner)

    def _read_li(self, node: LexborNode, where: _Where) -> None:
        """Items without a list, as browsers show them: with bullets. The first takes those beside it along."""
        if _beside(node, back=True) is not None:
            return
        self.flush()
        items: list[Blocks] = []
        item: LexborNode | None = node
        where = where.listed()
        while item is not None:
            self._nodes += 1
            if inner := self._inside(item, where):
                items.append(inner)
            item = _beside(item, back=False)
        if items:
            self._append_list(Listing(tuple(items)))

    def _read_pre(self, node: LexborNode, where: _Where) -> None:
        classes = (node.attributes.get("class") or "").split()
        if "wp-block-verse" in classes:
            self.flush()
            for number, line in enumerate(_raw(node).strip("\n").split("\n")):
                if number:
                    self.inline.newline(where.style)
                self.inline.text(line, where.style)
            self.flush()
        else:
            self._fence(node, where)

    _read_xmp = _read_listing = _read_plaintext = _read_pre

    def _fence(self, node: LexborNode, where: _Where) -> None:
        self.flush()
        text = "\n".join(line.rstrip() for line in _raw(node).replace("\xa0", " ").split("\n")).strip("\n")
        if not text.strip():
            return
        if SPOILER in where.style.marks:
            lines = [Run(line, where.style.marks, Kind.CODE) for line in text.split("\n") if line.strip()]
            self.out.append(Paragraph(tuple(run for line in lines for run in (Run("\n", where.style.marks), line))[1:]))
        else:
            self.out.append(Fence(drop_controls(text), _language(node)))

    def _multiline(self, node: LexborNode) -> bool:
        """Whether inline code is a listing in disguise: blogs that strip <pre> keep its lines apart with <br>."""
        return node.css_first("br") is not None and "\n" in _raw(node).strip()

    def _read_hr(self, node: LexborNode, where: _Where) -> None:
        self.flush()
        self.out.append(Rule())

    def _read_table(self, node: LexborNode, where: _Where) -> None:
        """Drawn in a fixed width where it is one of data; read cell by cell where it lays out a page."""
        self.flush()
        drawn = "" if where.in_table or SPOILER in where.style.marks else table(node)
        if not drawn:
            self._block(node, replace(where, in_table=True))
            return
        child = node.first_child
        while child is not None:
            if child.tag == "caption":
                self._block(child, where)
            child = child.next
        self.out.append(Fence(drawn))

    def _read_summary(self, node: LexborNode, where: _Where) -> None:
        self._block(node, where.styled(where.style.marked(BOLD)))

    def _read_dt(self, node: LexborNode, where: _Where) -> None:
        self._block(node, where.styled(where.style.marked(BOLD)))

    def _read_dd(self, node: LexborNode, where: _Where) -> None:
        inner = self._inside(node, where)
        last = self.out[-1] if self.out else None
        if inner and isinstance(inner[0], Paragraph) and isinstance(last, Paragraph):
            self.out[-1] = Paragraph((*last.runs, Run("\n"), *inner[0].runs))
            inner = inner[1:]
        self.out += inner


def _beside(node: LexborNode, *, back: bool) -> LexborNode | None:
    """The item next to an item, with nothing but white space between."""
    other = node.prev if back else node.next
    while other is not None and other.tag == "-text" and not (other.text_content or "").strip():
        other = other.prev if back else other.next
    return other if other is not None and other.tag == "li" else None


def _raw(node: LexborNode) -> str:
    """The text of code, <br> a line end. White space is kept in <pre>, and folded in inline code as everywhere."""
    keep = node.tag not in ("samp", "kbd")
    parts: list[str] = []
    for inner in node.traverse(include_text=True):
        if inner.tag == "br":
            parts.append("\n")
        elif inner.tag == "-text":
            text = inner.text_content or ""
            parts.append(text if keep else re.sub(r"[ \t\n\r\f]+", " ", text))
    text = "".join(parts)
    return text.replace("\r\n", "\n").replace("\t", "    ") if keep else re.sub(r" ?\n ?", "\n", text)


def _bold(runs: Runs) -> Runs:
    return tuple(run if BOLD in run.marks else replace(run, marks=(BOLD, *run.marks)) for run in runs)


def _language(node: LexborNode) -> str:
    code = node.css_first("samp") if node.tag != "samp" else None
    for place in (node, code):
        if place is not None:
            attributes = place.attributes
            wanted = " ".join(attributes.get(key) or "" for key in ("class", "data-language", "data-lang", "lang"))
            if (found := _LANGUAGE.search(wanted)) is not None:
                return found[1].lower()
    return ""


def _hidden(attributes: dict[str, str | None]) -> bool:
    """What a reader of the blog does not see: for screen readers, or hidden outright."""
    if not attributes:
        return False
    style = (attributes.get("style") or "").replace(" ", "").lower()
    classes = (attributes.get("class") or "").split()
    return "hidden" in attributes or "display:none" in style or "screen-reader-text" in classes or "sr-only" in classes


def _is_spoiler(attributes: dict[str, str | None]) -> bool:
    if not attributes:
        return False
    return "data-spoiler" in attributes or any(
        re.fullmatch(r"(?:.*[-_])?spoiler(?:[-_](?:text|content|body|inner))?", name)
        for name in (attributes.get("class") or "").lower().split()
    )
