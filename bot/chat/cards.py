"""Builds the embeds and short texts that the bot shows (a post's starter, a comment as a card), and knows them again.

Does not send them and does not translate HTML.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, datetime

import discord

from bot.chat.names import author_line, embed_title, shortened
from bot.core.domain import Millis
from bot.core.text import utf16
from bot.ports import Announcement, Utterance
from bot.translate.marker import WHOLE, angle_safe, link_of, part_of

COLOUR = 0x3B6EA5
CONTENT_LIMIT = 2000
"""Discord: Create Message, in UTF-16 units to be safe."""
_URL_LIMIT = 2048
_PART = re.compile(r"part (?P<part>\d+/\d+)")


def starter_text(what: Announcement) -> str:
    """One line with the permalink, so that the starter can be found where embeds are not allowed; then the small print.

    A permalink that leaves no room for it goes alone.
    """
    line = f"New on the blog: <{angle_safe(what.url)}>"
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


def starter_url(message: discord.Message) -> str | None:
    """By which permalink a starter of ours can be found again."""
    for embed in message.embeds:
        if embed.url:
            return embed.url
    start, _, rest = message.content.partition("<")
    return rest.partition(">")[0] if start == "New on the blog: " else None


def web_url(url: str | None) -> str | None:
    """A picture's address as Discord takes it: http or https, at most 2048 characters; None otherwise."""
    if url and url.lower().startswith(("http://", "https://")) and len(url) <= _URL_LIMIT and url.isprintable():
        return url
    return None


def moment(at: Millis) -> datetime:
    """A moment of ours as discord.py wants it."""
    return datetime.fromtimestamp(at / 1000, UTC)
