"""Auto Moderation and blocks: what a server or a member has forbidden beforehand, whoever says or does it.

It does not set a rule (moderating.py), and scans nothing but what is new or edited.
"""

from __future__ import annotations

from bot.sandbox.discord.errors import Refused
from bot.sandbox.discord.things import Guild, User
from bot.sandbox.discord.vocabulary import Json
from bot.sandbox.discord.world import World


def scan(guild: Guild, *texts: object) -> None:
    """Discord: Auto Moderation, keyword rules: 200000 for a message with a forbidden word, of a webhook's too."""
    if _forbidden(guild, texts):
        raise Refused(200000)


def scan_title(guild: Guild, title: object) -> None:
    """200001 for a thread whose name has a forbidden word."""
    if _forbidden(guild, (title,)):
        raise Refused(200001)


def scan_message(guild: Guild, body: Json) -> None:
    """The words of a message and of its embeds."""
    scan(guild, body.get("content"), body.get("embeds"))


def _forbidden(guild: Guild, texts: tuple[object, ...]) -> bool:
    said = " ".join(str(text) for text in texts).casefold()
    return any(word.casefold() in said for word in guild.forbidden_words)


def may_react(world: World, user: User, author_id: int) -> None:
    """Discord: 90001, Reaction was blocked."""
    if (author_id, user.id) in world.blocked:
        raise Refused(90001)
