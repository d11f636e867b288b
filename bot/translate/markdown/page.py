"""What a page says beside its words: which tags are blocks, what is hidden, where links lead, what surrounds a node.

Does not walk a page and gathers no words: :mod:`bot.translate.markdown.read` does.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Final, TypeAlias
from urllib.parse import urljoin, urlsplit

from selectolax.lexbor import LexborNode

from bot.translate.markdown.address import host_of
from bot.translate.markdown.blocks import Block, LinkTo, ParagraphBlock, RunMark

Attributes: TypeAlias = dict[str, str | None]

BLOCKS: Final = frozenset(
    re.findall(
        r"\w+",
        "address article aside body center dd details dialog dir div dl dt fieldset figcaption figure footer form"
        " frameset header hgroup html legend main menu nav noscript optgroup option p search section summary tbody td"
        " tfoot th thead tr caption",
    )
)
"""Tags that stand as blocks of their own."""
SKIPPED: Final = frozenset(
    re.findall(
        r"\w+",
        "script style template head title noembed noframes param source track link meta base svg canvas datalist select"
        " textarea button rp map area col colgroup",
    )
)
"""Tags that are not for readers at all."""

_SPOILER: Final = re.compile(r"(?:.*[-_])?spoiler(?:[-_](?:text|content|body|inner))?")
_ID: Final = re.compile(
    r"""\b(?:id|name)\s*=\s*(?:"([^"]{1,100})"|'([^']{1,100})'|([^\s"'<>=]{1,100}))""", re.IGNORECASE
)
_REPLY_TO: Final = re.compile(r"In reply to\s.{1,200}\.", re.DOTALL)
_REPLY_LINK: Final = re.compile(r"#comment-\d+$")


@dataclass(frozen=True, slots=True)
class TextStyle:
    """The marks a text stands in, outermost first, and whether it is code."""

    marks: tuple[RunMark, ...] = ()
    code: bool = False
    quotes: int = 0

    def marked(self, mark: RunMark) -> TextStyle:
        """This style with one more mark; of links only the innermost counts."""
        if mark in self.marks:
            return self
        others = self.marks
        if isinstance(mark, LinkTo):
            others = tuple(other for other in others if not isinstance(other, LinkTo))
        return replace(self, marks=(*others, mark))


@dataclass(frozen=True, slots=True)
class Page:
    """The page a text stands on: where its relative links lead, and which anchors it holds itself.

    ``trusted``: readers are told nothing of where its links lead.
    """

    base_url: str
    ids: frozenset[str]
    trusted: bool = False

    @classmethod
    def of(cls, html: str, *, base_url: str, trusted: bool = False) -> Page:
        """The page whose HTML this is."""
        found = _ID.finditer(html) if "#" in html else ()
        return cls(base_url, frozenset(match[1] or match[2] or match[3] for match in found), trusted)

    def link(self, url: str) -> LinkTo:
        """A link of this page to an absolute address, with its host where that is another than the page's own."""
        host = "" if self.trusted else host_of(url)
        return LinkTo(url, "" if host == host_of(self.base_url) else host)

    def address(self, href: str | None) -> str:
        """An absolute http or https address, or '' for everything else that may stand in an href."""
        href = re.sub(r"[\t\n\r\x00-\x1f]", "", href or "").strip()
        if not href or re.fullmatch(r"https?:/*", href, re.IGNORECASE):
            return ""
        try:
            url = urljoin(self.base_url, href)
            parts = urlsplit(url)
            return url if parts.scheme.lower() in ("http", "https") and parts.hostname else ""
        except ValueError:
            return ""

    def anchor(self, href: str | None) -> str:
        """The fragment of an address that stays on this page, or ''."""
        path, _, fragment = (href or "").strip().partition("#")
        return fragment if not path or path == self.base_url.partition("#")[0] else ""


@dataclass(frozen=True, slots=True)
class Where:
    """What surrounds the node being read."""

    style: TextStyle
    depth: int = 0
    lists: int = 0
    quotes: int = 0
    in_table: bool = False

    def deeper(self) -> Where:
        """One tag further in."""
        return Where(self.style, self.depth + 1, self.lists, self.quotes, self.in_table)

    def listed(self) -> Where:
        """Inside one more list."""
        return replace(self, lists=self.lists + 1)

    def styled(self, style: TextStyle) -> Where:
        """The same place in another style."""
        return Where(style, self.depth, self.lists, self.quotes, self.in_table)


def is_hidden(attributes: Attributes) -> bool:
    """What a reader of the blog does not see: for screen readers, or hidden outright."""
    if not attributes:
        return False
    style = (attributes.get("style") or "").replace(" ", "").lower()
    classes = (attributes.get("class") or "").split()
    return "hidden" in attributes or "display:none" in style or "screen-reader-text" in classes or "sr-only" in classes


def is_spoiler(attributes: Attributes) -> bool:
    """Whether the common spoiler plugins, or this bridge's own relays, hide an element until it is clicked."""
    if not attributes:
        return False
    return "data-spoiler" in attributes or any(
        _SPOILER.fullmatch(name) for name in (attributes.get("class") or "").lower().split()
    )


def beside(node: LexborNode, *, back: bool) -> LexborNode | None:
    """The item next to an item, with nothing but white space between."""
    other = node.prev if back else node.next
    while other is not None and other.tag == "-text" and not (other.text_content or "").strip():
        other = other.prev if back else other.next
    return other if other is not None and other.tag == "li" else None


def without_reply_line(blocks: list[Block]) -> list[Block]:
    """The blocks without the line WordPress puts before a reply in its feeds, for Discord shows whom a reply answers.

    The line is ``In reply to <a href="…#comment-1">Name</a>.`` and nothing that its writer might have meant.
    """
    if len(blocks) > 1 and isinstance(blocks[0], ParagraphBlock):
        runs = blocks[0].runs
        text = "".join(run.text for run in runs)
        links = [run.link for run in runs if run.link]
        if _REPLY_TO.fullmatch(text) and links and all(_REPLY_LINK.search(link) for link in links):
            return blocks[1:]
    return blocks
