"""What the slash commands share: quiet answers, errors into words, words from outside made plain. Decides nothing."""

from __future__ import annotations

import logging
import re
from collections import Counter
from collections.abc import Iterable
from typing import Any

import discord
from discord import app_commands

from bot.core.domain import GuildId, MemberId, utf16
from bot.core.errors import CommonthreadError
from bot.core.texts import inert, on_one_line, uncalled
from bot.sync.connecting import Asker

log = logging.getLogger(__name__)

Asked = discord.Interaction[discord.Client]

MOST_CHOICES = 25
"""Discord: autocomplete results."""

LONGEST_CHOICE = 100
"""Characters of a choice's name."""

LONGEST_ANSWER = 2000
"""Of a message, in UTF-16 units to be safe (Discord: Create Message)."""

LONGEST_LINK = 200
"""Characters of an address from outside; a longer one is left out."""

_MARKS = re.compile(r"[\\*_`~|\[\]<]")
"""What begins or ends something in the middle of a line (Discord: Markdown; Message Formatting for ``<``)."""

NOBODY = discord.AllowedMentions.none()


async def explain(asked: Asked, error: Exception) -> None:
    """Say in one sentence what went wrong; what nobody foresaw goes to the log."""
    cause: BaseException = error
    if isinstance(error, app_commands.CommandInvokeError):
        cause = error.original
    elif isinstance(error, app_commands.TransformerError):
        cause = error.__cause__ or error
    if isinstance(cause, CommonthreadError):
        await say(asked, words_of(cause))
        return
    log.error("command failed", exc_info=cause)
    await say(asked, "That went wrong in a way nobody foresaw. The bot's log has the details.")


def words_of(error: CommonthreadError) -> str:
    """What a dialogue refuses it says in Discord's own marks; an adapter's reason may hold a blog's words."""
    return error.reason if type(error) is CommonthreadError else inert(error.reason)


def guild_of(asked: Asked) -> GuildId:
    """The server in which a command is given."""
    assert asked.guild_id is not None, "the commands are for servers alone"
    return GuildId(asked.guild_id)


def asker(asked: Asked) -> Asker:
    """Who asks, and where."""
    return Asker(guild_of(asked), MemberId(asked.user.id))


async def think(asked: Asked) -> None:
    """Answer within Discord's three seconds; the words follow with :func:`say`."""
    await asked.response.defer(ephemeral=True, thinking=True)


async def say(asked: Asked, words: str, *, view: discord.ui.View | None = None) -> None:
    """The answer, to the one who asked alone."""
    shown_with: Any = {"ephemeral": True, "allowed_mentions": NOBODY, **({} if view is None else {"view": view})}
    if asked.response.is_done():
        await asked.followup.send(fitting(words), **shown_with)
    else:
        await asked.response.send_message(fitting(words), **shown_with)


async def replace(asked: Asked, words: str, *, view: discord.ui.View | None = None) -> None:
    """Put other words, and buttons or none, in the place of the answer that was pressed on."""
    if asked.response.is_done():
        await asked.edit_original_response(content=fitting(words), view=view, allowed_mentions=NOBODY)
    else:
        await asked.response.edit_message(content=fitting(words), view=view, allowed_mentions=NOBODY)


def fitting(words: str) -> str:
    """As many whole lines as one message holds, and of a single longer one as much as it holds."""
    if utf16(words) <= LONGEST_ANSWER:
        return words
    lines = words.split("\n")
    while len(lines) > 1 and utf16("\n".join(lines)) > LONGEST_ANSWER - 2:
        lines.pop()
    kept = "\n".join(lines)
    while utf16(kept) > LONGEST_ANSWER - 2:
        kept = kept[:-1]
    return f"{kept}\n…" if len(lines) > 1 else f"{kept}…"


def choices(titled: Iterable[tuple[str, str]], typed: str, *, kind: str = "post") -> list[app_commands.Choice[str]]:
    """(title, value) pairs whose title contains what was typed, as many as Discord shows; no two of them look alike."""
    wanted = typed.casefold()
    found = [(title, value) for title, value in titled if wanted in title.casefold()][:MOST_CHOICES]
    often = Counter(cut(title) for title, _ in found)
    return [
        app_commands.Choice(
            name=cut(title, f" ({kind} {value})" if often[cut(title)] > 1 else "") or value, value=value
        )
        for title, value in found
    ]


def cut(title: str, tail: str = "") -> str:
    """A choice's name, the tail whole (Discord: application command option choice, name 1-100)."""
    title, room = on_one_line(title), LONGEST_CHOICE - len(tail)
    return (title if len(title) <= room else title[: room - 1].rstrip() + "…") + tail


def shown(text: str) -> str:
    """A title or a name from outside on one line, its marks and mentions shown as they are typed."""
    return _MARKS.sub(r"\\\g<0>", uncalled(cut(text)))


def quoted(title: str) -> str:
    """A post's title in a sentence, its marks shown as they are."""
    return f"“{shown(title)}”"


def linked(url: str) -> str:
    """An address from outside without a preview; '' for what is none."""
    fits = (
        url.startswith(("https://", "http://"))
        and len(url) <= LONGEST_LINK
        and url.isprintable()
        and not any(mark in url for mark in "<> \n")
    )
    return f"<{url}>" if fits else ""
