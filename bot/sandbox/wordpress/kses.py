"""Filters a comment's HTML and its author's name and address the way WordPress stores them.

Does not render anything for reading; that is `texture`.
"""

from __future__ import annotations

import html
import re
from html.entities import name2codepoint
from urllib.parse import urlsplit

# WordPress: wp_kses_allowed_html() for comments of accounts without unfiltered_html.
COMMENT_TAGS: dict[str, frozenset[str]] = {
    "a": frozenset({"href", "title"}),
    "abbr": frozenset({"title"}),
    "acronym": frozenset({"title"}),
    "blockquote": frozenset({"cite"}),
    "del": frozenset({"datetime"}),
    "q": frozenset({"cite"}),
    **dict.fromkeys(("b", "cite", "code", "em", "i", "s", "strike", "strong"), frozenset[str]()),
}
# WordPress: wp_allowed_protocols().
PROTOCOLS = frozenset(
    {"http", "https", "ftp", "ftps", "mailto", "news", "irc", "irc6", "ircs", "gopher", "nntp", "feed", "telnet"}
    | {"mms", "rtsp", "sms", "svn", "tel", "fax", "xmpp", "webcal", "urn"}
)

_PIECE = re.compile(r"<!--.*?(?:-->|$)|<[^>]*(?:>|$)|>", re.DOTALL)
_TAG = re.compile(r"<\s*(/\s*)?([a-zA-Z0-9-]+)([^>]*)>?$", re.DOTALL)
_ATTRIBUTE = re.compile(r"""([-a-zA-Z_:][\w:.-]*)(?:\s*=\s*("[^"]*"|'[^']*'|[^\s"'>]+))?""")
_AMPERSAND = re.compile(r"&(#\d{1,7};|#[xX][0-9a-fA-F]{1,6};|[a-zA-Z][a-zA-Z0-9]{1,30};)?")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")
_UNCLOSED = re.compile(r"<[^<>]*(?=<|$)")
_ANCHOR = re.compile(r"<a (.+?)>", re.IGNORECASE)
_SCHEME = re.compile(r"^\s*([a-zA-Z][a-zA-Z0-9+.-]*):")


def filter_comment(source: str, host: str, *, unfiltered: bool) -> str:
    """The text WordPress keeps of `source`: tags outside the list vanish, their words stay, links get a rel.

    `unfiltered` is the author's unfiltered_html capability; links are marked either way. `host` is the blog's own
    (links within it are not "nofollow").
    """
    if not unfiltered:
        source = _UNCLOSED.sub(lambda match: html.escape(match[0]), _CONTROL.sub("", source))
        source = _PIECE.sub(_keep_piece, normalise_entities(source))
    return _ANCHOR.sub(lambda match: _marked_link(match[1], host), source)


def clean_name(name: str) -> str:
    """An author's name as stored: no tags, single spaces, `&` as an entity, quotes as they are."""
    name = _UNCLOSED.sub(lambda match: match[0].replace("<", "&lt;"), name)
    name = re.sub(r"<[^>]*>", "", name)
    name = re.sub(r"%[a-fA-F0-9]{2}", "", name)
    return normalise_entities(re.sub(r"[\r\n\t ]+", " ", name).strip()).replace("<", "&lt;").replace(">", "&gt;")


def clean_url(url: str) -> str:
    """An author's address as stored: `&` as an entity, "" for a scheme that WordPress does not know."""
    url = re.sub(r"[^a-zA-Z0-9\-~+_.?#=!&;,/:%@$|*'()\[\]\x80-\U0010ffff]", "", url.strip().replace(" ", "%20"))
    if not url:
        return ""
    scheme = _SCHEME.match(url)
    if scheme is None and not url.startswith(("/", "#", "?")):
        url = f"http://{url}"
    elif scheme is not None:
        if scheme[1].lower() not in PROTOCOLS:
            return ""
        url = scheme[1].lower() + url[len(scheme[1]) :]
    return normalise_entities(url)


def normalise_entities(text: str) -> str:
    """Every `&` that begins no entity known to HTML 4 becomes one; numbers get three digits at least."""

    def entity(match: re.Match[str]) -> str:
        name = (match[1] or "").rstrip(";")
        if name.startswith(("#x", "#X")) or name in name2codepoint:
            return match[0]
        if name.startswith("#"):
            return f"&#{name[1:].lstrip('0'):0>3};"
        return f"&amp;{match[1] or ''}"

    return _AMPERSAND.sub(entity, text)


def _keep_piece(match: re.Match[str]) -> str:
    piece = match[0]
    if piece == ">":
        return "&gt;"
    if piece.startswith("<!--"):
        inner = re.sub(r"-{2,}", "-", piece[4:].removesuffix("-->"))
        return f"<!--{inner}-->" if inner else ""
    tag = _TAG.match(piece)
    # "<:smile:1>" and "< 5 >" are no tags either; WordPress drops them, and so the reader never sees them.
    if tag is None or (name := tag[2].lower()) not in COMMENT_TAGS:
        return ""
    if tag[1]:
        return f"</{tag[2]}>"
    kept = ""
    for attribute in _ATTRIBUTE.finditer(tag[3]):
        if attribute[1].lower() in COMMENT_TAGS[name] and attribute[2] is not None:
            kept += f" {attribute[1]}={_safe_value(attribute[1].lower(), attribute[2])}"
    return f"<{tag[2]}{kept}>"


def _safe_value(attribute: str, quoted: str) -> str:
    """The value in the quotes it came in (double ones when it had none), without a scheme that is not allowed."""
    quote = quoted[0] if quoted[0] in "\"'" else '"'
    value = quoted.strip("\"'")
    if attribute in {"href", "cite"}:
        while (scheme := _SCHEME.match(html.unescape(value))) and scheme[1].lower() not in PROTOCOLS:
            value = html.unescape(value).split(":", 1)[1]
        value = _lower_scheme(value)
    return quote + value.replace(quote, f"&#{ord(quote):03};") + quote


def _lower_scheme(url: str) -> str:
    return _SCHEME.sub(lambda match: match[0].lower(), url)


def _marked_link(attributes: str, host: str) -> str:
    """WordPress: wp_rel_ugc(). The mark goes into what is stored, so a comment never reads back as it was sent."""
    found = {match[1].lower(): (match[2] or '""').strip("\"'") for match in _ATTRIBUTE.finditer(attributes)}
    wanted = ["ugc"] if found.get("href") and is_internal(found["href"], host) else ["nofollow", "ugc"]
    if "rel" in found:
        wanted = list(dict.fromkeys([*found.pop("rel").split(), *wanted]))
        found["href"] = _lower_scheme(found.get("href", ""))
        attributes = " ".join(f'{name}="{value}"' for name, value in found.items())
    return f'<a {attributes} rel="{" ".join(wanted)}">'


def is_internal(url: str, host: str) -> bool:
    """Does a link lead into the blog itself? `host` is the blog's host and port."""
    try:
        return urlsplit(html.unescape(url)).netloc == host
    except ValueError:
        return False
