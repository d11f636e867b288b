"""Makes any name fit for a webhook message, by Discord's rules for webhook names, and keeps it readable.

Does not speak to Discord and does not make names unique.
"""

from __future__ import annotations

import re
import unicodedata

from bot.core.text import utf16

LIMIT = 80
"""Discord: Execute Webhook, username 1-80, counted here in UTF-16 units, the strictest of the possible counts."""

NOBODY = "Someone"
"""Shown where a name is empty, or where Discord will not have it."""

# Not of category Z, and yet nothing to see: Hangul fillers, Braille blank, combining grapheme joiner.
_BLANK = re.compile("[\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0]")
# Discord: usernames and webhook names may not contain these words, in any case. A letter of another alphabet that
# looks the same keeps the name readable; an invisible character would be stripped before the check.
_WORDS = ((re.compile(r"(d)i(scord)", re.IGNORECASE), "і"), (re.compile(r"(cl)y(de)", re.IGNORECASE), "у"))
_WHOLE = re.compile(r"@?(everyone|here)", re.IGNORECASE)
_JOINERS = "\u200c\u200d"
_TITLE = 256
# What begins or ends a style, a link, a mention, an address or an emoji's name, and what would make a block of a line.
_MARK = re.compile(r"[\\*_~|`\[\]<]|:(?=//|[\w+\-]+:)|^[#>+\-]|(?<=^-)#")


def webhook_name(name: str) -> str:
    """A name of 1-80 UTF-16 units that Execute Webhook takes."""
    clean = _collapsed(_visible(name)).replace("```", "'''")
    for word, letter in _WORDS:
        clean = word.sub(rf"\g<1>{letter}\g<2>", clean)
    if _WHOLE.fullmatch(clean):
        clean = clean[:-1] + "е"
    return shortened(clean, LIMIT) or NOBODY


def thread_name(title: str) -> str:
    """A thread's name: 1-100 UTF-16 units (Discord: Start Thread)."""
    return shortened(_collapsed(_visible(title)), 100) or "Untitled"


def author_line(name: str) -> str:
    """A name for an embed's author field: 1-256 (Discord: embed limits)."""
    return shortened(_collapsed(_visible(name)), 256) or NOBODY


def embed_title(title: str) -> str:
    """Words for an embed's title, shown as they are: 0-256 units (Discord: embed limits), backslashes included.

    Clients read markdown in an embed's title, though in none of the other names here.
    """
    words = _collapsed(_visible(title))
    literal = _literal(words)
    room = _TITLE
    # The words are cut and not their rendering, which could lose a mark behind its backslash.
    while (excess := utf16(literal) - _TITLE) > 0:
        room -= max(1, excess // 2)
        literal = _literal(shortened(words, room))
    return literal


def _literal(words: str) -> str:
    return _MARK.sub(r"\\\g<0>", words)


def shortened(text: str, units: int) -> str:
    """At most ``units`` UTF-16 units, an ellipsis where something was cut, never half a character."""
    if utf16(text) <= units:
        return text
    kept: list[str] = []
    room = units - 1
    for character in text:
        room -= utf16(character)
        if room < 0:
            break
        kept.append(character)
    while kept and (kept[-1] in _JOINERS or unicodedata.combining(kept[-1])):
        kept.pop()
    return "".join(kept).rstrip() + "…"


def _visible(text: str) -> str:
    """Without controls, bidi marks, lone surrogates, unassigned and private characters; joiners stay inside words."""
    kept: list[str] = []
    for index, character in enumerate(text):
        category = unicodedata.category(character)
        if category in ("Cc", "Zl", "Zp", "Zs") or _BLANK.match(character):
            kept.append(" ")
        elif character in _JOINERS:
            # Needed by emoji and by Persian or Hindi names; between Latin letters it only hides a word.
            around = text[max(0, index - 1) : index] + text[index + 1 : index + 2]
            if len(around) == 2 and not around.isascii() and not around.isspace():
                kept.append(character)
        elif category[0] != "C":
            kept.append(character)
    return "".join(kept)


def _collapsed(text: str) -> str:
    return " ".join(text.split())
