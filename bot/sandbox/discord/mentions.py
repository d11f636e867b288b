"""Who a message pings: its text against allowed_mentions and the sender's permissions.

It does not notify anybody; a message merely keeps what it would have done, so that a test can assert silence.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from bot.sandbox.discord.things import Guild, Message, User
from bot.sandbox.discord.vocabulary import Json

USER = re.compile(r"<@!?(\d{15,20})>")
ROLE = re.compile(r"<@&(\d{15,20})>")
EVERYONE = re.compile(r"@(everyone|here)\b")

EVERYTHING: Json = {"parse": ["users", "roles", "everyone"], "replied_user": True}
USERS_ONLY: Json = {"parse": ["users"], "replied_user": True}


@dataclass
class Found:
    """``mentions``, ``roles`` and ``everyone`` are shown in the message; ``pings`` are the users notified."""

    mentions: list[int] = field(default_factory=list)
    roles: list[int] = field(default_factory=list)
    everyone: bool = False
    pings: set[int] = field(default_factory=set)


def find(
    guild: Guild, text: str, allowed: Json, *, may_mention_all: bool, replied: Message | None, sender: int
) -> Found:
    """Discord: Allowed Mentions Object. ``allowed`` is the given object or the default of the way of sending."""
    found = Found()
    parse = set(allowed.get("parse") or ())
    users = {int(i) for i in allowed.get("users") or ()}
    roles = {int(i) for i in allowed.get("roles") or ()}
    for user in dict.fromkeys(map(int, USER.findall(text))):
        if user in guild.members and ("users" in parse or user in users):
            found.mentions.append(user)
            found.pings.add(user)
    for role in dict.fromkeys(map(int, ROLE.findall(text))):
        if role in guild.roles and ("roles" in parse or role in roles):
            found.roles.append(role)
            if may_mention_all or guild.roles[role].mentionable:
                found.pings |= {m.id for m in guild.members.values() if role in m.roles}
    if "everyone" in parse and may_mention_all and EVERYONE.search(text):
        found.everyone = True
        found.pings |= set(guild.members)
    # A webhook message has no user behind it: replying to it pings nobody.
    if replied and allowed.get("replied_user") and isinstance(replied.author, User):
        if replied.author.id not in found.mentions:
            found.mentions.append(replied.author.id)
        found.pings.add(replied.author.id)
    found.pings.discard(sender)
    return found
