"""What a post's opening shows, and what may be left out of it where Discord refuses a part: the name, words, tags.

Pure: sends nothing, and knows no channel but by its tags.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Final

import discord

from bot.chat.appearance import starter_embed, thread_name
from bot.chat.calls import Hiccup
from bot.chat.codes import NEEDS_TAG, NO_SUCH_TAG, TITLE
from bot.core.errors import CommonthreadError, NotAllowed, RefusalKind, Refused
from bot.ports import Announcement

TAGS: Final = 5
NEUTRAL: Final = "A post on the blog"
"""The name of a thread whose post has a title that the server's AutoMod does not let pass."""


@dataclass(frozen=True, slots=True)
class Showing:
    """An opening as it is to be sent. ``wordless``: the starter carries the link alone, and nothing of the post's."""

    what: Announcement
    name: str
    tags: tuple[discord.ForumTag, ...] = ()
    wordless: bool = False

    @property
    def embeds(self) -> list[discord.Embed]:
        """The starter's embed, if it has any."""
        return [] if self.wordless else [starter_embed(self.what)]


def showing(what: Announcement, tags: Iterable[discord.ForumTag] = ()) -> Showing:
    """All that a post has to show."""
    return Showing(what, thread_name(what.title), tuple(tags))


def plainer(now: Showing, error: CommonthreadError, spare: Sequence[discord.ForumTag] = ()) -> Showing | None:
    """What is worth another try after a refusal: without what was refused. None where nothing can be left out.

    ``spare``: tags of which one is taken where the forum requires one and the post has none.
    """
    if isinstance(error, NotAllowed | Hiccup):
        open_to_all = tuple(tag for tag in now.tags if not tag.moderated)
        return replace(now, tags=open_to_all) if open_to_all != now.tags else None
    if not isinstance(error, Refused):
        return None
    less = None
    match error.code:
        case code if code == str(NEEDS_TAG) and not now.tags and spare:
            less = replace(now, tags=(spare[0],))
        case code if code == str(NO_SUCH_TAG):
            less = replace(now, tags=())
        case code if code == str(TITLE):
            less = replace(now, name=NEUTRAL)
        case _ if error.kind is RefusalKind.WORDS:
            less = replace(now, wordless=True) if not now.wordless else replace(now, name=NEUTRAL)
        case _ if error.kind is RefusalKind.BREAKS_A_RULE:
            plain = replace(now, what=replace(now.what, image_url=None, author=""), tags=())
            less = plain if plain != now else replace(now, wordless=True)
    return None if less == now else less


def matching_tags(available: Sequence[discord.ForumTag], wanted: tuple[str, ...]) -> list[discord.ForumTag]:
    """Tags by name, any case, in the order wanted, five at most (Discord: Start Thread in Forum)."""
    by_name = {tag.name.casefold().strip(): tag for tag in reversed(available)}
    chosen: list[discord.ForumTag] = []
    for name in wanted:
        tag = by_name.get(name.casefold().strip())
        if tag is not None and tag not in chosen:
            chosen.append(tag)
    return chosen[:TAGS]
