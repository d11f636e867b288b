"""The second wall before the blog: nh3 takes out what a profile does not allow, then text is spelled to stay as typed.

Does not make markup and takes none away that the renderer meant: both steps change only the spelling of its output.
"""

from __future__ import annotations

import re

import nh3

COMMENT_TAGS = frozenset(
    {"a", "abbr", "acronym", "b", "blockquote", "cite", "code", "del", "em", "i", "q", "s", "strike", "strong"}
)
RICH_TAGS = frozenset(
    {"a", "b", "blockquote", "br", "code", "del", "em", "h1", "h2", "h3", "i", "li", "ol", "p", "pre", "s", "small"}
    | {"span", "strong", "time", "u", "ul"}
)
SCHEMES = frozenset({"http", "https"})
COMMENT_ATTRIBUTES = {"a": {"href", "title"}}
RICH_ATTRIBUTES = {"a": {"href", "title", "rel"}, "ol": {"start"}, "span": {"class"}, "time": {"datetime"}}

_TAG = re.compile(r"(<[^>]*>)")
_SMILEY = (
    r":(?:mrgreen|neutral|twisted|arrow|shock|smile|\?\?\?|cool|evil|grin|idea|oops|razz|roll|wink|cry|eek|lol|mad|sad"
    r"|!|\?):|8-?O|8-\)|:-?[()?DPox|]|;-?\)"
)
# What WordPress would set anew (wptexturize), turn into pictures (convert_smilies), link (make_clickable), respell
# (capital_P_dangit) or decode twice (wp_kses). One character of each is written as a reference, which none of these
# filters looks through.
_RESET = re.compile(
    r"(?P<all>\.{3,}|-{2,}|`{2,}|(?<!\S)-(?!\S))"
    rf"|(?<!\S)(?:{_SMILEY})(?!\S)"
    r"|\(tm\)|(?<=[0-9.,])x(?=[0-9])|:(?=//)|(?<=\bwww)\.|(?<=\bftp)\.|(?<=[0-9A-Za-z._+-])@(?=[0-9A-Za-z])"
    r"|(?<=W)o(?=rdpress)|(?<=&amp;)#"
)
# an address that make_clickable, having linked it inside its own link, takes out again unharmed
_TAME_ADDRESS = re.compile(r"https?://[A-Za-z0-9.-]+(?:/[A-Za-z0-9/._~()-]*(?<![.(-]))?")


def pass_comment(html: str) -> str:
    """``html`` with nothing but what an ordinary commenter may keep on WordPress."""
    return _spell(
        nh3.clean(html, tags=set(COMMENT_TAGS), attributes=COMMENT_ATTRIBUTES, url_schemes=set(SCHEMES), link_rel=None)
    )


def pass_rich(html: str) -> str:
    """``html`` with nothing but what the rich profile uses; of classes only ``spoiler`` on a span."""
    return _spell(
        nh3.clean(
            html,
            tags=set(RICH_TAGS),
            attributes=RICH_ATTRIBUTES,
            attribute_filter=_spoiler_only,
            url_schemes=set(SCHEMES),
            link_rel=None,
        )
    )


def keeps_link(href: str) -> bool:
    """Whether nh3 keeps a link to ``href``, escaped for an attribute: its host and port must be real ones."""
    link = nh3.clean(f'<a href="{href}">', tags={"a"}, attributes=COMMENT_ATTRIBUTES, url_schemes=set(SCHEMES))
    return "href" in link.partition(">")[0]


def _spoiler_only(_tag: str, attribute: str, value: str) -> str | None:
    return value if attribute != "class" or value == "spoiler" else None


def _spell(html: str) -> str:
    """The same document with its text spelled so that WordPress shows it as typed."""
    parts = _TAG.split(html)
    in_link = False
    for index, part in enumerate(parts):
        if index % 2:
            parts[index] = part.replace("&amp;#", "&amp;&#35;").replace("Wordpress", "W&#111;rdpress")
            in_link = part.startswith("<a ") or (in_link and part != "</a>")
        else:
            parts[index] = _spell_text(part, in_link=in_link)
    return "".join(parts)


def _spell_text(text: str, *, in_link: bool) -> str:
    kept = ":." if in_link and _TAME_ADDRESS.fullmatch(text) else ""
    text = _RESET.sub(lambda found: found[0] if found[0] in kept else _referenced(found), text)
    return text.replace("&nbsp;", "\u00a0").replace('"', "&quot;").replace("'", "&#39;")


def _referenced(found: re.Match[str]) -> str:
    text = found[0]
    first = f"&#{ord(text[0])};"
    return first * len(text) if found["all"] else first + text[1:]
