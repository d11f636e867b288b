"""Adding and taking away reactions.

It does not draw emoji: a key is the character itself, or ``name:id`` of a custom one.
"""

from __future__ import annotations

import re
from urllib.parse import unquote

from bot.sandbox.discord import archive, automod, view, view_message
from bot.sandbox.discord.errors import Refused
from bot.sandbox.discord.permissions import require
from bot.sandbox.discord.things import Message, User
from bot.sandbox.discord.vocabulary import Intent, Json, Permission
from bot.sandbox.discord.world import World

MOST_EMOJI = 20


def emoji_key(text: str) -> str:
    """The key in a URL or ``<:name:id>`` form; 10014 for what is no emoji, such as plain words."""
    key = unquote(text).removeprefix("<a:").removeprefix("<:").removesuffix(">")
    if re.fullmatch(r"\w{2,32}:\d{15,20}", key, re.ASCII):
        return key
    if not key or len(key) > 16 or all(c.isascii() and not c.isdigit() and c not in "#*" for c in key):
        raise Refused(10014)
    return key


def add(world: World, user: User, message: Message, emoji: str) -> None:
    """Discord: Create Reaction: history always, ADD_REACTIONS for an emoji nobody has used yet."""
    key = emoji_key(emoji)
    needed = Permission.READ_MESSAGE_HISTORY
    if not message.reactions.get(key):
        needed |= Permission.ADD_REACTIONS
    require(world, user.id, message.channel, needed)
    archive.require_open_to_all(message.channel)
    if isinstance(message.author, User):
        automod.may_react(world, user, message.author.id)
    users = message.reactions.setdefault(key, {})
    if user.id in users:
        return
    if not users and len([u for u in message.reactions.values() if u]) >= MOST_EMOJI:
        raise Refused(30010)
    users[user.id] = world.clock()
    member = message.channel.guild.members[user.id]
    _tell(world, "MESSAGE_REACTION_ADD", message, key, user_id=str(user.id), member=view.member(member))


def remove(world: World, user: User, message: Message, emoji: str, owner_id: int) -> None:
    """Discord: Delete Own/User Reaction: others' with MANAGE_MESSAGES."""
    key = emoji_key(emoji)
    needed = Permission.READ_MESSAGE_HISTORY if owner_id == user.id else Permission.MANAGE_MESSAGES
    require(world, user.id, message.channel, needed)
    archive.require_open_to_all(message.channel)
    if message.reactions.get(key, {}).pop(owner_id, None) is not None:
        _tell(world, "MESSAGE_REACTION_REMOVE", message, key, user_id=str(owner_id))


def clear(world: World, user: User, message: Message, emoji: str | None) -> None:
    """Discord: Delete All Reactions, with MANAGE_MESSAGES; of one emoji or of all."""
    require(world, user.id, message.channel, Permission.MANAGE_MESSAGES)
    archive.require_open_to_all(message.channel)
    if emoji is None:
        message.reactions.clear()
        _tell(world, "MESSAGE_REACTION_REMOVE_ALL", message, None)
        return
    key = emoji_key(emoji)
    message.reactions.pop(key, None)
    _tell(world, "MESSAGE_REACTION_REMOVE_EMOJI", message, key)


def _tell(world: World, name: str, message: Message, key: str | None, **extra: object) -> None:
    shown: Json = {
        "message_id": str(message.id),
        "channel_id": str(message.channel.id),
        "guild_id": str(message.channel.guild.id),
        **extra,
    }
    if key is not None:
        shown["emoji"] = view_message.emoji(key)
    if name in ("MESSAGE_REACTION_ADD", "MESSAGE_REACTION_REMOVE"):
        shown |= {"type": 0, "burst": False}
    if name == "MESSAGE_REACTION_ADD" and isinstance(message.author, User):
        shown["message_author_id"] = str(message.author.id)
    intent = Intent.GUILD_MESSAGE_REACTIONS
    world.emit(name, lambda _: shown, guild=message.channel.guild, channel=message.channel, intent=intent)
