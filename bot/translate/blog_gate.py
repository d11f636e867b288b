"""The second wall before the blog: let nh3 take out any tag a profile does not allow, then spell text so that WordPress keeps it.

Makes no markup and removes none that the renderer meant: for the renderer's output both steps change spelling only.
"""

from __future__ import annotations

import re

import nh3

COMMENT_TAGS = frozenset("a abbr acronym b blockquote cite code del em i q s strike strong".split())
RICH_TAGS = frozenset(
    "a b blockquote br code del em h1 h2 h3 i li ol p pre s small span strong time u ul".split(),
)
SCHEMES = frozenset({"http", "https"})
COMMENT_ATTRIBUTES = {"a": {"href", "title"}}
RICH_ATTRIBUTES = {
    "a": {"href", "title", "rel"},
    "ol": {"start"},
    "span": {"class"},
    "time": {"datetime"},
}

_TAG = re.compile(r"(<[^>]*>)")
_SMILIES = (
    ":mrgreen: :neutral: :twisted: :arrow: :shock: :smile: :???: :cool: :evil: :grin: :idea: :oops: :razz: :roll: "
    ":wink: :cry: :eek: :lol: :mad: :sad: 8-) 8-O :-( :-) :-? :-D :-P :-o :-x :-| ;-) 8O :( :) :? :D :P :o :x :| ;) "
    ":!: :?:"
).split()
# What WordPress would set anew (wptexturize), turn into pictures (convert_smilies), link (make_clickable) or respell
# (capital_P_dangit). One character of each is written as a reference, which none of these filters looks through.
_RESET = re.compile(
    r"(?P<all>\.{3,}|-{2,}|`{2,}|(?<!\S)-(?!\S))"
    r"|(?P<first>"
    + "|".join(rf"(?<!\S){re.escape(smiley)}(?!\S)" for smiley in _SMILIES)
    + r"|\(tm\)|(?<=[0-9.,])x(?=[0-9])|:(?=//)|\.(?<=\bwww\.)|\.(?<=\bftp\.)|(?<=[0-9A-Za-z])@(?=[0-9A-Za-z])"
    r"|(?<=W)o(?=rdpress))"
)


def pass_comment(html: str) -> str:
    """Return `html` with nothing but what an ordinary commenter may keep on WordPress."""
    return _spell(
        nh3.clean(html, set(COMMENT_TAGS), attributes=COMMENT_ATTRIBUTES, url_schemes=set(SCHEMES), link_rel=None)
    )


def pass_rich(html: str) -> str:
    """Return `html` with nothing but what the rich profile uses; of classes only `spoiler` on a span."""
    return _spell(
        nh3.clean(
            html,
            set(RICH_TAGS),
            attributes=RICH_ATTRIBUTES,
            attribute_filter=_spoiler_only,
            url_schemes=set(SCHEMES),
            link_rel=None,
        )
    )


def _spoiler_only(tag: str, attribute: str, value: str) -> str | None:
    return value if attribute != "class" or value == "spoiler" else None


def _spell(html: str) -> str:
    """Return the same document with the text spelled so that WordPress shows it as typed."""
    parts = _TAG.split(html)
    in_link = False
    for index, part in enumerate(parts):
        if index % 2:
            in_link = part.startswith("<a ") or (in_link and part != "</a>")
        else:
            parts[index] = _spell_text(part, in_link=in_link)
    return "".join(parts)


def _spell_text(text: str, *, in_link: bool) -> str:
    text = _RESET.sub(lambda found: _referenced(found, in_link=in_link), text)
    return text.replace("&nbsp;", "\u00a0").replace('"', "&quot;").replace("'", "&#39;")


def _referenced(found: re.Match[str], *, in_link: bool) -> str:
    token = found[0]
    if found["all"]:
        return f"&#{ord(token[0])};" * len(token)
    if token == ":" and in_link:  # the text of an address that is a link already
        return token
    return f"&#{ord(token[0])};{token[1:]}"
