"""Turns stored text into what WordPress serves: paragraphs, curly quotes, links, smilies, balanced tags.

Does not filter: what is stored is served, scripts included.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache

from bot.sandbox.wordpress.autop import autop, balance
from bot.sandbox.wordpress.kses import PROTOCOLS, is_internal, normalise_entities

Change = Callable[[str], str]

_TOKEN = re.compile(r"(<!--.*?-->|<[^>]*>)", re.DOTALL)
_VERBATIM = frozenset({"pre", "code", "kbd", "style", "script", "tt"})
_UNLINKED = frozenset({"pre", "code", "style", "script"})
_LINK_IN_LINK = re.compile(r"(<a(?:[ \r\n\t]+[^>]+?>|>))<a [^>]+?>([^>]+?)</a></a>", re.IGNORECASE)
_NAME = re.compile(r"</?\s*([a-zA-Z0-9]+)")

_SPACE = r"(?:[\r\n\t \xa0]|&nbsp;)"
_AFTER_SPACE = r"(?:(?<=[\r\n\t \xa0])|(?<=&nbsp;)|^)"
_CLOSING = rf"(?=$|[.,:;!?)}}\-\]]|&gt;|{_SPACE})"
_COCKNEY = "tain't|twere|twas|tis|twill|til|bout|nuff|round|cause|em"

Rules = tuple[tuple[re.Pattern[str], str], ...]


def _rules(*pairs: tuple[str, str]) -> Rules:
    return tuple((re.compile(pattern), replacement) for pattern, replacement in pairs)


# The order is WordPress's: fixed strings, single quotes, double quotes, dashes, multiplication, ampersands.
_FIXED = _rules(
    (r"\.\.\.", "&#8230;"), ("``", "&#8220;"), ("''", "&#8221;"), (r" \(tm\)", " &#8482;"),
    (rf"'(?={_COCKNEY})", "&#8217;"),
)  # fmt: skip
_SINGLE = _rules(
    (r"'(?=\d\d(?:$|(?![%\d]|[.,]\d)))", "&#8217;"),
    (rf"(?:{_AFTER_SPACE}|(?<=[(\[{{\"\-])|(?<=&lt;))'", "&#8216;"),
    (rf"(?<![\r\n\t \xa0])(?<!&nbsp;)'(?!$|[.,:;!?\"'(){{}}\[\]\-]|&[lg]t;|{_SPACE})", "&#8217;"),
)
_DOUBLE = _rules(
    (rf'{_AFTER_SPACE}"(\d[.,\d]*)"', r"&#8220;\1&#8221;"),
    (rf'(?:{_AFTER_SPACE}|(?<=[(\[{{\-])|(?<=&lt;))"(?!{_SPACE})', "&#8220;"),
)
_REST = _rules(
    ("---", "&#8212;"),
    (rf"{_AFTER_SPACE}--(?={_SPACE}|$)", "&#8212;"),
    (r"(?<!xn)--", "&#8211;"),
    (rf"{_AFTER_SPACE}-(?={_SPACE}|$)", "&#8211;"),
    (r"\b(0[\d.,]+|[1-9][\d.,]*)x(\d[\d.,]*)\b", r"\1&#215;\2"),
    (r"&(?!#(?:\d+|x[a-fA-F0-9]+);|[a-zA-Z1-4]{1,8};)", "&#038;"),
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
_PLAIN = r"[\w#%~/@\[\]*(+=&$\-\x80-\U0010ffff]"
_URL = re.compile(rf"(?:(?<=[\s(<.,;:!?])|^)(\w{{1,20}}://{_PLAIN}*(?:['.,;:!?)]{_PLAIN}+)*)(\)?)")
_WWW = re.compile(r"(?:(?<=[\s>])|^)((?:www|ftp)\.[\w#$%&~/.\-;:=,?@\[\]+\x80-\U0010ffff]+)", re.IGNORECASE)
_MAIL = re.compile(r"(?:(?<=[\s>])|^)([.0-9a-z_+-]+@(?:[0-9a-z-]+\.)+[0-9a-z]{2,})", re.IGNORECASE)


@lru_cache(maxsize=8192)  # every poll asks for the same texts again
def render_comment(stored: str, host: str) -> str:
    """A comment's `content.rendered`, by the order of WordPress's comment_text filters."""
    text = _LINK_IN_LINK.sub(r"\1\2</a>", _outside(stored, _UNLINKED, lambda piece: _linked(piece, host)))
    text = _outside(text, _VERBATIM, texturize_text)
    text = _outside(text, _VERBATIM, lambda piece: _SMILEY.sub(lambda match: _SMILIES[match[1]], piece))
    return autop(balance(text))


def render_post(stored: str) -> str:
    """A post's `content.rendered`; block-editor comments vanish and their blocks get no paragraphs of their own."""
    text = _outside(stored, _VERBATIM, texturize_text).replace("<img ", '<img decoding="async" ')
    if "<!-- wp:" in stored:
        return re.sub(r"<!-- /?wp:.*?-->", "", text, flags=re.DOTALL)
    return autop(_outside(text, _VERBATIM, lambda piece: _SMILEY.sub(lambda match: _SMILIES[match[1]], piece)))


def render_title(stored: str) -> str:
    """A post's `title.rendered`."""
    return _outside(stored.strip(), _VERBATIM, texturize_text)


def texturize_text(text: str) -> str:
    """WordPress: wptexturize(), for one run of text between two tags; the common rules only."""
    text = _applied(_FIXED, text)
    text = _primes(_applied(_SINGLE, text), "'", "&#8242;", "&#8216;", "&#8217;")
    text = _primes(_applied(_DOUBLE, text), '"', "&#8243;", "&#8220;", "&#8221;")
    return _applied(_REST, text)


def _applied(rules: Rules, text: str) -> str:
    for pattern, replacement in rules:
        text = pattern.sub(replacement, text)
    return text


def _primes(text: str, quote: str, prime: str, opening: str, closing: str) -> str:
    """Of the quotes left over: a foot or inch sign after a digit, unless it is what closes an open quotation."""
    sentences = text.split(opening)
    for index, sentence in enumerate(sentences):
        if quote in sentence and index and closing not in sentence:
            ends = list(re.finditer(quote + _CLOSING, sentence))
            if ends:
                sentence = sentence[: ends[-1].start()] + closing + sentence[ends[-1].end() :]
        sentence = re.sub(rf"(?<=\d){quote}", prime, sentence)
        sentence = re.sub(quote + _CLOSING, closing, sentence)
        sentences[index] = sentence.replace('"', closing) if quote == '"' else sentence
    return opening.join(sentences)


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
        if index % 2 and not re.match(r"<\s*\w{1,20}://", token):
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

    def address(match: re.Match[str]) -> str:
        shown, tail = match[1], match[2]
        if tail and "(" in shown:
            shown, tail = shown + tail, ""
        while shown.count("(") < shown.count(")"):
            shown, cut, rest = shown.rpartition(")")
            tail = cut + rest + tail
        scheme, _, rest = shown.partition("://")
        return _anchor(shown, host) + tail if rest and scheme.lower() in PROTOCOLS else match[0]

    def host_name(match: re.Match[str]) -> str:
        shown = match[1][:-1] if match[1][-1] in ".,;:)" else match[1]
        return _anchor(f"http://{shown}", host) + match[1][len(shown) :]

    text = _WWW.sub(host_name, _URL.sub(address, text))
    return _MAIL.sub(r'<a href="mailto:\1">\1</a>', text)


def _anchor(url: str, host: str) -> str:
    url = normalise_entities(url).replace("&amp;", "&#038;").replace("'", "&#039;")
    marks = ["nofollow"] if url.startswith("http") and not is_internal(url, host) else []
    return f'<a href="{url}" rel="{" ".join([*marks, "ugc"])}">{url}</a>'
