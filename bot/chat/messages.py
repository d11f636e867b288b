"""Reads a discord.py message into the Message of the domain.

Does not fetch anything, and does not decide whether a message concerns the blog.
"""

from __future__ import annotations

import re
from collections.abc import Callable

import discord

from bot.chat.snowflakes import jump_url
from bot.core.domain import Attached, AttachmentId, GuildId, MemberId, Message, MessageId, MessageKind, ThreadId

_ROLE = re.compile(r"<@&(\d{15,20})>")
_CHANNEL = re.compile(r"<#(\d{15,20})>")
_SPOILER = "SPOILER_"


def is_ours(message: discord.Message, *, me: int, known_webhook: Callable[[int | None], bool]) -> bool:
    """Written by this bot or by a webhook of its application. Never asks whether an id is stored yet."""
    # Discord gives a bot's application the id of the bot's user, but for some very old ones.
    application = message._state.application_id
    return (
        message.author.id == me
        or known_webhook(message.webhook_id)
        or (message.application_id is not None and message.application_id in (me, application))
    )


def to_domain(message: discord.Message, guild: GuildId, *, ours: bool, author_name: str | None = None) -> Message:
    """``author_name`` replaces the display name where the caller knows better (history carries no nicknames)."""
    kind = _kind(message)
    return Message(
        id=MessageId(message.id),
        thread_id=ThreadId(message.channel.id),
        author_id=MemberId(message.author.id),
        author_name=author_name or message.author.display_name,
        kind=kind,
        text=message.content,
        jump_url=jump_url(guild, ThreadId(message.channel.id), MessageId(message.id)),
        reply_to=_reply_to(message) if kind is MessageKind.REPLY else None,
        from_bot=message.author.bot or message.webhook_id is not None,
        ours=ours,
        users={user.id: user.display_name for user in message.mentions},
        roles=_roles(message),
        channels=_channels(message),
        attachments=tuple(_attached(message, file) for file in message.attachments),
        stickers=tuple(sticker.name for sticker in message.stickers),
        poll=message.poll.question if message.poll else None,
        forward=_forward(message),
    )


def _kind(message: discord.Message) -> MessageKind:
    if message.type is discord.MessageType.reply:
        return MessageKind.REPLY
    return MessageKind.PLAIN if message.type is discord.MessageType.default else MessageKind.SYSTEM


def _reply_to(message: discord.Message) -> MessageId | None:
    reference = message.reference
    if reference is None or reference.message_id is None:
        return None
    return MessageId(reference.message_id)


def _forward(message: discord.Message) -> str | None:
    if not message.message_snapshots:
        return None
    return message.message_snapshots[0].content


def _attached(message: discord.Message, file: discord.Attachment) -> Attached:
    voice = message.flags.voice and file.duration is not None
    return Attached(
        filename=file.filename.removeprefix(_SPOILER) or file.filename,
        content_type=file.content_type,
        spoiler=file.is_spoiler(),
        seconds=round(file.duration or 0) if voice else None,
        id=AttachmentId(file.id),
        size=file.size,
    )


def _roles(message: discord.Message) -> dict[int, str]:
    if message.guild is None:
        return {}
    wanted = {int(found) for found in _ROLE.findall(message.content)}
    return {role.id: role.name for number in wanted if (role := message.guild.get_role(number)) is not None}


def _channels(message: discord.Message) -> dict[int, str]:
    if message.guild is None:
        return {}
    wanted = {int(found) for found in _CHANNEL.findall(message.content)}
    found = {number: message.guild.get_channel_or_thread(number) for number in wanted}
    return {number: channel.name for number, channel in found.items() if channel is not None}
