"""Turns stored text into what WordPress serves: paragraphs, curly quotes, links, smilies, balanced tags.

Does not filter: what is stored is served, scripts included.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from bot.sandbox.wordpress.autop import autop, balance
from bot.sandbox.wordpress.kses import is_internal

Change = Callable[[str], str]

_TOKEN = re.compile(r"(<!--.*?-->|<[^>]*>)", re.DOTALL)
_VERBATIM = frozenset({"pre", "code", "kbd", "style", "script", "tt"})
_UNLINKED = frozenset({"pre", "code", "style", "script", "a"})
_NAME = re.compile(r"</?\s*([a-zA-Z0-9]+)")

_SPACE = r"(?:[\r\n\t \xa0]|&nbsp;)"
_BEFORE = r"(?:(?<=[\r\n\t \xa0([{\-])|(?<=&nbsp;)|(?<=&lt;)|^)"
_RULES: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"\.\.\."), "&#8230;"),
    (re.compile(r"``"), "&#8220;"),
    (re.compile(r"''"), "&#8221;"),
    (re.compile(r" \(tm\)"), " &#8482;"),
    (re.compile(r"'(?=(?:tain't|twere|twas|tis|twill|til|bout|nuff|round|cause|em)\b)"), "&#8217;"),
    (re.compile(r"'(?=\d\d(?![%\d]|[.,]\d))"), "&#8217;"),
    (re.compile(_BEFORE.replace("{", '{"', 1) + rf"'(?!{_SPACE}|$)"), "&#8216;"),
    (re.compile(r"'"), "&#8217;"),
    (re.compile(rf'{_BEFORE}"(?!{_SPACE})'), "&#8220;"),
    (re.compile(r"^([^\x22]*?\d)\"(?=[\s.,;:!?)]|$)(?<!&#8220;)"), r"\1&#8243;"),
    (re.compile(r'"'), "&#8221;"),
    (re.compile(r"---"), "&#8212;"),
    (re.compile(rf"(?:(?<=[\r\n\t \xa0])|^)--(?={_SPACE}|$)"), "&#8212;"),
    (re.compile(r"(?<!xn)--"), "&#8211;"),
    (re.compile(rf"(?:(?<=[\r\n\t \xa0])|^)-(?={_SPACE}|$)"), "&#8211;"),
    (re.compile(r"\b((?:0[\d.,]+|[1-9][\d.,]*))x(\d[\d.,]*)\b"), r"\1&#215;\2"),
    (re.compile(r"&(?!#(?:\d+|x[a-fA-F0-9]+);|[a-zA-Z1-4]{1,8};)"), "&#038;"),
)
# WordPress: $wpsmiliestrans; the picture ones are left out.
_SMILIES = {
    ":)": "🙂",
    ":-)": "🙂",
    ";)": "😉",
    ";-)": "😉",
    ":(": "🙁",
    ":-(": "🙁",
    ":D": "😀",
    ":-D": "😀",
    ":P": "😛",
    ":-P": "😛",
    ":o": "😮",
    ":-o": "😮",
    "8)": "😎",
    "8-)": "😎",
    ":|": "😐",
    ":-|": "😐",
    ":x": "😡",
    ":?": "😕",
    ":lol:": "😆",
    ":cry:": "😥",
    ":wink:": "😉",
    ":idea:": "💡",
    ":arrow:": "➡",
}
_SMILEY = re.compile(
    r"(?:(?<=\s)|^)(" + "|".join(re.escape(face) for face in sorted(_SMILIES, key=len, reverse=True)) + r")(?=\s|$)"
)
_URL = re.compile(r"(?:(?<=[\s>(])|^)((?:https?|ftp)://[\w#%~/@\[\]*(+=&$\-.,;:!?')\x80-\U0010ffff]+)")
_WWW = re.compile(r"(?:(?<=[\s>])|^)(www\.[\w#%~/@\[\]*(+=&$\-.,;:!?')\x80-\U0010ffff]+)")
_MAIL = re.compile(r"(?:(?<=[\s>])|^)([.0-9A-Za-z_+-]+@(?:[0-9A-Za-z-]+\.)+[0-9A-Za-z]{2,})")


def render_comment(stored: str, host: str) -> str:
    """A comment's `content.rendered`, by the order of WordPress's comment_text filters."""
    text = _outside(stored, _UNLINKED, lambda piece: _linked(piece, host))
    text = _outside(text, _VERBATIM, texturize_text)
    text = _outside(text, _VERBATIM, lambda piece: _SMILEY.sub(lambda match: _SMILIES[match[1]], piece))
    return autop(balance(text))


def render_post(stored: str) -> str:
    """A post's `content.rendered`; block-editor comments vanish and their blocks get no paragraphs of their own."""
    text = _outside(stored, _VERBATIM, texturize_text)
    if "<!-- wp:" in stored:
        return re.sub(r"<!-- /?wp:.*?-->", "", text, flags=re.DOTALL)
    return autop(_outside(text, _VERBATIM, lambda piece: _SMILEY.sub(lambda match: _SMILIES[match[1]], piece)))


def render_title(stored: str) -> str:
    """A post's `title.rendered`."""
    return _outside(stored.strip(), _VERBATIM, texturize_text)


def texturize_text(text: str) -> str:
    """WordPress: wptexturize(), for one run of text between two tags; the common rules only."""
    for pattern, replacement in _RULES:
        text = pattern.sub(replacement, text)
    return text


def strip_tags(html: str) -> str:
    """The words of some HTML, scripts and styles left out."""
    html = re.sub(r"<(script|style)[^>]*>.*?</\1>", "", html, flags=re.DOTALL | re.IGNORECASE)
    return re.sub(r"<[^>]*>", "", html).strip()


def excerpt(rendered: str, words: int = 55) -> str:
    """The first words of a rendered post, with WordPress's " [&hellip;]" when some were left out."""
    every = strip_tags(rendered).split()
    return " ".join(every[:words]) + (" [&hellip;]" if len(every) > words else "")


def _outside(html: str, names: frozenset[str], change: Change) -> str:
    """Apply `change` to each run of text that is not inside one of the named elements."""
    inside: list[str] = []
    out = []
    for index, token in enumerate(_TOKEN.split(html)):
        if index % 2:
            name = _NAME.match(token)
            if name and (low := name[1].lower()) in names:
                if token.startswith("</"):
                    if low in inside:
                        del inside[inside.index(low) :]
                elif not token.endswith("/>"):
                    inside.append(low)
            out.append(token)
        else:
            out.append(token if inside or not token else change(token))
    return "".join(out)


def _linked(text: str, host: str) -> str:
    """WordPress: make_clickable(); no oEmbed, comments have none."""

    def anchor(match: re.Match[str]) -> str:
        shown = match[1]
        tail = ""
        while shown and (shown[-1] in ".,;:!?'" or (shown[-1] == ")" and shown.count("(") < shown.count(")"))):
            shown, tail = shown[:-1], shown[-1] + tail
        target = shown if "://" in shown else f"http://{shown}"
        rel = "ugc" if is_internal(target, host) else "nofollow ugc"
        return f'<a href="{target.replace("&amp;", "&#038;")}" rel="{rel}">{shown}</a>{tail}'

    text = _URL.sub(anchor, text)
    text = _WWW.sub(anchor, text)
    return _MAIL.sub(r'<a href="mailto:\1">\1</a>', text)
