"""Make literal text safe inside Discord markdown, in time linear in its length.

Does not know marks, blocks or HTML: it is handed plain text and told what stands next to it.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Final

ZERO_WIDTH: Final = "\u200b"

# Discord's clients read an address up to the next blank or "<".
URL: Final = re.compile(r"https?://[^\s<>\\\u200b]+")
_URL_TAIL: Final = ".,:;!?\"'])}*_~|`…”’»›"
# Text that may follow an address without becoming part of it in a client.
_URL_STOPS: Final = re.compile(r"[.,:;\"'\])]*(?:\s|$)")

_INLINE: Final = re.compile(
    r"[\\*`]"
    r"|_|~~+|\|\|+|[|~](?=\u200b?(?:$|\n))|(?<![^\n])[|~]"
    r"|[\[\]]"
    r"|<(?=[@#:/t]|a:|id:|sound:|[^: >]{1,80}:/|(?:mailto|tel|sms):|[^ >\n]{1,80}@|\+\d)"
    r"|:(?=[A-Za-z0-9_+\-]{2,32}:)|(?:(?<=http)|(?<=https)|(?<=steam)):(?=//)"
    r"|@(?=everyone|here|[!&]?\d{15,20})"
)
_MENTION: Final = re.compile(r"@(?=everyone|here|[!&]?\d{15,20})")
# A client looks for the address of ``<address>`` across everything but a blank, a colon and ">".
_REACHING: Final = re.compile(r"<(?=[^: >]{0,80}$)")
_LINE: Final = re.compile(
    r"^([^\S\n]*)(#{1,3}(?=\s)|-#(?=\s)|[-+](?=\s)|>(?=\s)|>>>(?=\s|$)|\d{1,9}(?=\.\s))", re.MULTILINE
)
_ALNUM: Final = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789")
_ENCODE: Final = re.compile(r"[\x00-\x20\x7f-\xa0\"<>\\^`{|}*()\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]")
_ENCODE_BARE: Final = re.compile(r"[*|`\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]")
_DOUBLED: Final = re.compile(r"__|~~")
_DROPPED: Final = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")
_BIDI: Final = re.compile("[\u202a-\u202e\u2066-\u2069]")
_NAME: Final = re.compile(r"[\\*_~|`\[\]<>#]|:(?=//|[\w+\-]+:)|(?<![\w.])[-+](?=\s|#)|(?<=\d)\.(?=\s|$)")


def disarmed(text: str) -> str:
    """Code without a mention: no client reads one there, but nothing that could ping leaves the bot."""
    return _MENTION.sub("@" + ZERO_WIDTH, text)


def drop_controls(text: str) -> str:
    """Remove control characters and lone surrogates, which no Discord message can carry."""
    return _DROPPED.sub("", text.replace("\r\n", "\n"))


def percent(match: re.Match[str]) -> str:
    """The matched character as percent-encoded UTF-8."""
    return "".join(f"%{byte:02X}" for byte in match[0].encode())


def _half(match: re.Match[str]) -> str:
    return f"{match[0][0]}%{ord(match[0][0]):02X}"


def target(url: str) -> str:
    """An absolute address made safe for the round brackets of a masked link or for ``<...>``."""
    return _DOUBLED.sub(_half, _MENTION.sub(percent, _ENCODE.sub(percent, url)))


def bare(url: str) -> str:
    """An address that stands in the text by itself: nothing in it reads as a mark."""
    return _DOUBLED.sub(_half, _MENTION.sub(percent, _ENCODE_BARE.sub(percent, url)))


def trim_url(url: str) -> str:
    """Cut off what punctuates the sentence round an address; a closing bracket stays if it was opened inside."""
    opened = url.count("(") - url.count(")")
    while url and url[-1] in _URL_TAIL:
        if url[-1] == ")":
            if opened >= 0:
                break
            opened += 1
        url = url[:-1]
    return url


def _char(match: re.Match[str], *, at: str) -> str:
    found = match[0]
    if found == "@":
        return "@" + ZERO_WIDTH
    if found == "_" and 0 < match.start() < len(at) - 1:
        before, after = at[match.start() - 1], at[match.end()]
        if before in _ALNUM and after in _ALNUM:
            return found
    return "".join("\\" + char for char in found)


def _plain(text: str, *, reaching: bool = False) -> str:
    text = _INLINE.sub(lambda match: _char(match, at=text), text)
    return _REACHING.sub(_once, text) if reaching else text


def _once(match: re.Match[str]) -> str:
    """A backslash before what has none yet."""
    return match[0] if match.start() and match.string[match.start() - 1] == "\\" else "\\" + match[0]


def literal(text: str, *, last: bool = True, ends: bool = True) -> str:
    """Escape a run of literal text so that Discord shows it as typed.

    Addresses stay clickable, and a masked link that was typed is none: some clients end a link's label at a bracket
    with a backslash before it, so that the one which would begin it has to bear one. ``last``: nothing follows that a
    client could take for the rest of an address. ``ends``: nothing follows at all. Marks at the start of a line are
    left to ``line_starts``, for only the whole line shows them.
    """
    out: list[str] = []
    done = 0
    for match in URL.finditer(text):
        url = trim_url(match[0])
        if len(url) <= len("https://") or match.start() < done:
            continue
        end = match.start() + len(url)
        out.append(_plain(text[done : match.start()], reaching=True))
        free = follows_freely(text[end : end + 80], last=last)
        out.append(bare(url) if free else f"<{bare(url)}>")
        done = end
    out.append(_plain(text[done:], reaching=not ends))
    return "".join(out)


def follows_freely(text: str, *, last: bool) -> bool:
    """Whether a bare address may stand before this text: a client would take neither it nor its escape along.

    ``last``: nothing follows the text that a client could take for the rest of an address.
    """
    found = _URL_STOPS.match(_plain(text))
    return found is not None and (last or found[0][-1:].isspace())


def line_starts(markdown: str) -> str:
    """Escape what reads as a heading, subtext, list or quote where a line of a paragraph begins."""
    return _LINE.sub(lambda m: f"{m[1]}{m[2]}\\" if m[2].isdigit() else f"{m[1]}\\{m[2]}", markdown)


def name(text: str) -> str:
    """Literal text for one line, with every mark escaped wherever it stands: names and titles.

    Newlines and blanks fold to one space, direction overrides go, at most four combining marks stay in a row.
    """
    text = _BIDI.sub("", drop_controls(text))
    text = " ".join(_calm(text).split())
    text = _NAME.sub(lambda match: "\\" + match[0], text)
    return re.sub(r"@(?=everyone|here|(?:\\?[!&])?\d)", "@" + ZERO_WIDTH, text)


def _calm(text: str) -> str:
    out: list[str] = []
    row = 0
    for char in text:
        row = row + 1 if unicodedata.combining(char) else 0
        if row <= 4:
            out.append(char)
    return "".join(out)
