"""Parse a blog's HTML as a browser would, in a time its size bounds.

Does not judge tags or make markdown. What exceeds the budget comes back as plain text beside the tree.

lexbor does HTML5's recovery in C, but two inputs cost it quadratic time: deep nesting (200,000 open ``<div>`` take
97 s) and marks that are reopened in every paragraph (2,000 ``<p><font a=N>`` make two million nodes). So the number of
tags is bounded, and marks lose the attributes that would tell their copies apart.
"""

from __future__ import annotations

import re
from typing import Final

from selectolax.lexbor import LexborHTMLParser, LexborNode

from bot.core.markup import unescaped

MAX_BYTES: Final = 1 << 20
"""More HTML than this, in characters, is not read."""

_TAGS_FLOOR: Final = 1400
_TAGS_CEILING: Final = 10_000

_TAG: Final = re.compile(r"<[A-Za-z/!?]")
# The rest of a start tag: a name, then at most a hundred attributes. lexbor compares each attribute of a tag with all
# before it (40,000 take 2.3 s). Possessive throughout, so that a failure costs one look.
_HONEST: Final = re.compile(
    r"[^\t\n\f\r />]{0,200}+"
    r"(?:[\t\n\f\r /]++|(?:=[^\t\n\f\r />=]{0,200}+|[^\t\n\f\r />=]{1,200}+)"
    r"(?:[\t\n\f\r ]*+=[\t\n\f\r ]*+(?:\"[^\"]*+\"|'[^']*+'|(?=>)|[^\t\n\f\r >\"'][^\t\n\f\r >]{0,8000}+))?+){0,200}+>"
)
# HTML5 reopens these after a stray end tag; without a counterpart in Discord, or with attributes that matter, they
# become tags that it lets be.
_STRAY: Final = re.compile(r"<(/?)(?:big|font|nobr|small)(?=[\s/>])", re.IGNORECASE)
_CODE: Final = re.compile(r"<(/?)(?:code|tt)(?=[\s/>])", re.IGNORECASE)
_ATTRIBUTES: Final = re.compile(r"<(b|em|i|s|strike|strong|u)[\s/][^<>]*>", re.IGNORECASE)
_ODD: Final = re.compile(r"<(b|em|i|s|strike|strong|u)(?=[\s/])", re.IGNORECASE)
_BREAKS: Final = re.compile(r"</?(?:p|div|br|li|tr|h[1-6]|blockquote|ul|ol|table|pre|hr|dd|dt)\b[^<>]*>", re.IGNORECASE)
_DEAF: Final = re.compile(r"<(script|style|template|head)\b", re.IGNORECASE)
_ANY: Final = re.compile(r"<[A-Za-z/!?][^<>]*>?")


def budget(html: str) -> int:
    """How many tags of a text are read as such: 1,400, and 16 more for each KiB above 64."""
    return min(_TAGS_CEILING, _TAGS_FLOOR + max(0, len(html) - (1 << 16)) // 64)


def parse(html: str) -> tuple[LexborNode | None, str]:
    """The body of ``html`` as a tree, and as plain text what lies beyond the budget of tags (usually '')."""
    html = html[:MAX_BYTES].replace("\x00", "")
    head, tail = _cut(html, budget(html))
    head = _CODE.sub(r"<\1samp", _STRAY.sub(r"<\1span", head))
    head = _ODD.sub("<span", _ATTRIBUTES.sub(r"<\1>", head))
    return LexborHTMLParser(head).body, plain(tail)


def plain(html: str) -> str:
    """All tags dropped, block ends turned into newlines, entities decoded: for what is too wild to parse."""
    if not html:
        return ""
    text = _ANY.sub("", _BREAKS.sub("\n", _silence(html)))
    lines = (" ".join(line.split()) for line in unescaped(text).split("\n"))
    return "\n".join(line for line in lines if line)


def _cut(html: str, tags: int) -> tuple[str, str]:
    """Split before the tag that exceeds the number allowed, or that has more attributes than any honest one."""
    for count, match in enumerate(_TAG.finditer(html)):
        if count >= tags or (match[0][1].isalpha() and not _HONEST.match(html, match.end())):
            return html[: match.start()], html[match.start() :]
    return html, ""


def _silence(html: str) -> str:
    """Drop scripts and the like with their text; one that never ends takes the rest along."""
    out: list[str] = []
    done = 0
    lowered = html.lower()
    for match in _DEAF.finditer(html):
        if match.start() < done:
            continue
        out.append(html[done : match.start()])
        end = lowered.find(f"</{match[1].lower()}", match.end())
        if end < 0:
            return "".join(out)
        done = end
    out.append(html[done:])
    return "".join(out)
