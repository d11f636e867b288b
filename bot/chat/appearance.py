"""Makes what the bot shows, by Discord's limits: names, a post's starter, a comment as a card; and knows these again.

Does not send anything, translate HTML or make names unique.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from datetime import UTC, datetime

import discord

from bot.core.domain import MessageId, Millis, utf16
from bot.ports import Announcement, Posted, Utterance
from bot.translate.marker import WHOLE, angle_safe, link_of, part_of

COLOUR = 0x3B6EA5
CONTENT_LIMIT = 2000
"""Discord: Create Message, in UTF-16 units to be safe."""
_URL_LIMIT = 2048
_PART = re.compile(r"part (?P<part>\d+/\d+)")

NOBODY_PINGED = discord.AllowedMentions.none()
"""Of everything that the bot sends: a name in a comment calls nobody."""

NAME_LIMIT = 80
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
_TITLE_LIMIT = 256
# What begins or ends a style, a link, a mention, an address or an emoji's name, and what would make a block of a line.
_MARKUP = re.compile(r"[\\*_~|`\[\]<]|:(?=//|[\w+\-]+:)|^[#>+\-]|(?<=^-)#")


_NEWS, _NO_NEWS = "New on the blog: ", "On the blog: "


def starter_text(what: Announcement) -> str:
    """One line with the permalink, so that the starter can be found where embeds are not allowed; then the small print.

    A permalink that leaves no room for it goes alone.
    """
    line = f"{_NEWS if what.is_new else _NO_NEWS}<{angle_safe(what.url)}>"
    both = f"{line}\n-# {what.small_print}"
    return both if what.small_print and utf16(both) <= CONTENT_LIMIT else line


def starter_embed(what: Announcement) -> discord.Embed:
    """The title is text, the description markdown. Title 256, description 4096, 6000 in all (Discord: embed limits)."""
    embed = discord.Embed(
        title=embed_title(what.title) or None,
        url=what.url,
        description=shortened(what.text, 4096) or None,
        timestamp=moment(what.published_at),
        colour=COLOUR,
    )
    if what.author.strip():
        embed.set_author(name=author_line(what.author))
    if image := web_url(what.image_url):
        embed.set_image(url=image)
    return embed


def card(what: Utterance) -> discord.Embed:
    """A comment as an embed; the author's link and the footer are its marker."""
    written = what.speaker.written_at
    embed = discord.Embed(
        description=shortened(what.card, 4096) or None,
        timestamp=None if written is None else moment(written),
        colour=COLOUR,
    )
    embed.set_author(
        name=author_line(what.speaker.name),
        url=link_of(what.marker) or None,
        icon_url=web_url(what.speaker.avatar_url),
    )
    number = part_of(what.marker)
    if what.parts > 1 and number != WHOLE:
        embed.set_footer(text=f"part {number}")
    return embed


def read_card(embeds: Sequence[discord.Embed]) -> str | None:
    """The marker of a comment's card: its author's link, and ``part 2/3`` in its footer where there are several."""
    if not embeds or not embeds[0].author.url:
        return None
    part = _PART.fullmatch((embeds[0].footer.text or "").strip())
    return f"{embeds[0].author.url} {part['part'] if part else WHOLE}"


def shows(posted: Posted, what: Utterance) -> bool:
    """Whether a mirror says this already. In which of the two styles it was sent, its text tells.

    A persona that Discord would not let have its name goes by another, and keeps it.
    """
    if posted.message.text:
        return posted.words == what.text.strip() and posted.name in (webhook_name(what.speaker.name), NOBODY)
    return posted.words == shortened(what.card, 4096).strip() and posted.name == author_line(what.speaker.name)


def starter_url(message: discord.Message) -> str | None:
    """By which permalink a starter of ours can be found again."""
    for embed in message.embeds:
        if embed.url:
            return embed.url
    start, _, rest = message.content.partition("<")
    return rest.partition(">")[0] if start in (_NEWS, _NO_NEWS) else None


def reply_reference(thread: int, to: MessageId) -> discord.MessageReference:
    """A reply that becomes a plain message when its target is gone."""
    return discord.MessageReference(message_id=to, channel_id=thread, fail_if_not_exists=False)


def web_url(url: str | None) -> str | None:
    """A picture's address as Discord takes it: http or https, at most 2048 characters; None otherwise."""
    if url and url.lower().startswith(("http://", "https://")) and len(url) <= _URL_LIMIT and url.isprintable():
        return url
    return None


def moment(at: Millis) -> datetime:
    """A moment of ours as discord.py wants it."""
    return datetime.fromtimestamp(at / 1000, UTC)


def webhook_name(name: str) -> str:
    """A name of 1-80 UTF-16 units that Execute Webhook takes."""
    clean = _collapsed(_visible(name)).replace("```", "'''")
    for word, letter in _WORDS:
        clean = word.sub(rf"\g<1>{letter}\g<2>", clean)
    if _WHOLE.fullmatch(clean):
        clean = clean[:-1] + "е"
    return shortened(clean, NAME_LIMIT) or NOBODY


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
    room = _TITLE_LIMIT
    # The words are cut and not their rendering, which could lose a mark behind its backslash.
    while (excess := utf16(literal) - _TITLE_LIMIT) > 0:
        room -= max(1, excess // 2)
        literal = _literal(shortened(words, room))
    return literal


def _literal(words: str) -> str:
    return _MARKUP.sub(r"\\\g<0>", words)


def shortened(text: str, units: int) -> str:
    """At most ``units`` UTF-16 units, an ellipsis where something was cut, no character torn apart."""
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
