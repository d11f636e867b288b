"""HTML of a WordPress post or comment as Discord markdown that reads the same, pings nobody and breaks nothing.

Pure. Does not cut a text into messages (:mod:`bot.translate.split`) and does not send.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Final

from bot.translate.markdown import escape as _escape
from bot.translate.markdown.blocks import (
    SPOILER,
    Blocks,
    HeadingBlock,
    ListBlock,
    ParagraphBlock,
    QuoteBlock,
    Run,
    leaves,
)
from bot.translate.markdown.cut import take
from bot.translate.markdown.read import read
from bot.translate.markdown.write import Ruler, markdown

_INVISIBLE: Final = re.compile(
    "[\\s\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufe00-\ufe0f]*"
)
_SCHEME: Final = re.compile(r"https?://", re.IGNORECASE)
_HIDDEN: Final = "[spoiler]"


def to_discord(html: str, *, base_url: str) -> str:
    """Discord markdown for a comment's HTML, stripped at both ends.

    Relative addresses are resolved against ``base_url``; a link that leads away from there shows its host.
    Returns '' where nothing visible is left: Discord refuses an empty message. No length limit holds here. A mention in
    the text reaches nobody.
    """
    return visible(markdown(read(html, base_url=base_url)))


def visible(text: str) -> str:
    """The text, or '' if a reader would see nothing of it."""
    return "" if _INVISIBLE.fullmatch(text) else text


def excerpt(html: str, *, base_url: str, limit: int) -> str:
    """The opening of a post as Discord markdown, at most ``limit`` characters; it ends in … where something is left."""
    blocks = read(html, base_url=base_url, trusted=True)
    ruler = Ruler(len)
    head, left = take(blocks, limit, ruler)
    if left:
        head, _ = take(blocks, limit, lambda part: ruler(_ellipsed(part)))
        head = _ellipsed(head)
    return visible(markdown(head))


def _ellipsed(blocks: Blocks) -> Blocks:
    """The blocks with … behind their last word."""
    match blocks[-1:]:
        case (ParagraphBlock(runs),):
            last = replace(runs[-1], text=runs[-1].text.rstrip())
            return (*blocks[:-1], ParagraphBlock((*runs[:-1], last, Run(" …"))))
        case (QuoteBlock(inner),):
            return (*blocks[:-1], QuoteBlock(_ellipsed(inner)))
        case (ListBlock(items, start),):
            return (*blocks[:-1], ListBlock((*items[:-1], _ellipsed(items[-1])), start))
    return (*blocks, ParagraphBlock((Run("…"),)))


def quote(html: str, *, limit: int = 80) -> str:
    """The first words of a comment as one line of escaped text, at most ``limit`` characters, for "in reply to" lines.

    No links, marks or mentions; hidden text stays hidden, and quoted text is left out unless there is nothing else.
    """
    blocks = read(html, base_url="")
    own: Blocks = tuple(block for block in blocks if not isinstance(block, QuoteBlock))
    said = (_said(leaf.runs) for leaf in leaves(own or blocks) if isinstance(leaf, ParagraphBlock | HeadingBlock))
    words = " ".join(" ".join(said).split())
    words = _SCHEME.sub("", words)
    if len(short := escape(words)) <= limit:
        return short
    length = min(len(words), limit)
    while length and len(escape(words[:length])) >= limit:
        length -= 1
    cut = words[:length]
    if " " in cut[length // 2 :] and words[length : length + 1] != " ":
        cut = cut[: cut.rindex(" ")]
    return escape(cut.rstrip(" .,;:…")) + "…"


def _said(runs: tuple[Run, ...]) -> str:
    return "".join(_HIDDEN if SPOILER in run.marks else run.text for run in runs)


def escape(text: str) -> str:
    """Literal text for one line of a message, a name or a title: every mark escaped, mentions disarmed."""
    return _escape.name(text)
