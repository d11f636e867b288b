"""Sending, editing and deleting messages as a user: a bot or a member, by the same rules.

It does not send for webhooks (webhooks.py) and does not react or pin (reactions.py, channels.py).
"""

from __future__ import annotations

from collections.abc import Sequence

from bot.sandbox.discord import archive, automod, mentions, message_rules, post
from bot.sandbox.discord.errors import Problem, Refused, form
from bot.sandbox.discord.forms import snowflake
from bot.sandbox.discord.permissions import has, require
from bot.sandbox.discord.post import File
from bot.sandbox.discord.things import Channel, Message, Reference, User
from bot.sandbox.discord.vocabulary import (
    REPLIABLE,
    SUPPRESS_EMBEDS,
    SUPPRESS_NOTIFICATIONS,
    VOICE_MESSAGE,
    Json,
    Kind,
    MessageType,
    Permission,
)
from bot.sandbox.discord.world import World

SETTABLE = SUPPRESS_EMBEDS | SUPPRESS_NOTIFICATIONS | VOICE_MESSAGE | 1 << 15
BULK_AGE = 14 * 86_400


def sending_permission(channel: Channel) -> Permission:
    return Permission.SEND_MESSAGES_IN_THREADS if channel.thread else Permission.SEND_MESSAGES


def send(world: World, user: User, channel: Channel, body: Json, files: Sequence[File] = ()) -> Message:
    """Discord: Create Message. Refuses by permission, form, archive and reply rules; unarchives a thread."""
    require(world, user.id, channel, Permission.VIEW_CHANNEL)
    if channel.kind in (Kind.FORUM, Kind.CATEGORY):
        raise Refused(40058 if channel.kind == Kind.FORUM else 50008)
    require(world, user.id, channel, sending_permission(channel))
    checked = message_rules.check(body, creating=True, files=len(files))
    if files:
        require(world, user.id, channel, Permission.ATTACH_FILES)
    known = _same_nonce(world, user, channel, checked)
    if known:
        return known
    automod.scan_message(channel.guild, checked)
    target = _reply_target(world, user, channel, checked)
    archive.open_for_sending(world, channel, user)
    message = compose(world, user, channel, checked, files, replied=target)
    if channel.thread:
        channel.thread.members.setdefault(user.id, world.clock())
    post.publish(world, message)
    if message.nonce is not None:
        world.nonces[user.id, channel.id, str(message.nonce)] = (world.clock(), message.id)
    return message


def compose(
    world: World,
    user: User,
    channel: Channel,
    body: Json,
    files: Sequence[File] = (),
    *,
    replied: Message | None = None,
) -> Message:
    """A message of a user's, not yet in its channel. Embeds vanish silently without EMBED_LINKS."""
    allowed = body.get("allowed_mentions")
    found = mentions.find(
        channel.guild,
        body.get("content") or "",
        mentions.EVERYTHING if allowed is None else allowed,
        may_mention_all=has(world, user.id, channel, Permission.MENTION_EVERYONE),
        replied=replied,
        sender=user.id,
    )
    message = post.build(world, channel, user, body, files, found, SETTABLE)
    if not has(world, user.id, channel, Permission.EMBED_LINKS):
        message.embeds = []
    message.nonce = body.get("nonce")
    if replied:
        message.kind = MessageType.REPLY
        message.reference = Reference(replied.id, channel.id, channel.guild.id)
    _forward(world, message, body)
    return message


def _same_nonce(world: World, user: User, channel: Channel, body: Json) -> Message | None:
    """Discord: Create Message, enforce_nonce: the message an equal nonce made in the past few minutes."""
    if body.get("nonce") is None or not body.get("enforce_nonce"):
        return None
    at, message_id = world.nonces.get((user.id, channel.id, str(body["nonce"])), (float("-inf"), 0))
    if world.clock() - at > world.limits.nonce_window:
        return None
    return world.message(channel, message_id)  # 10008 when the first one was deleted


def _reply_target(world: World, user: User, channel: Channel, body: Json) -> Message | None:
    """Discord: Replies. A missing target refuses unless ``fail_if_not_exists`` is false."""
    reference = body.get("message_reference")
    if not isinstance(reference, dict) or reference.get("type") == 1:
        return None
    message_id = snowflake(reference.get("message_id"))
    elsewhere = snowflake(reference.get("channel_id")) not in (None, channel.id)
    target = None if elsewhere or message_id is None else channel.messages.get(message_id)
    place = ("message_reference",)
    if not has(world, user.id, channel, Permission.READ_MESSAGE_HISTORY):
        raise Refused(160002)
    if target is None:
        if reference.get("fail_if_not_exists", True) or elsewhere:
            raise form([Problem(place, "REPLIES_UNKNOWN_MESSAGE", "Unknown message")])
        return None
    if target.kind not in REPLIABLE:
        raise form([Problem(place, "REPLIES_CANNOT_REPLY_TO_SYSTEM_MESSAGE", "Cannot reply to a system message")])
    return target


def _forward(world: World, message: Message, body: Json) -> None:
    """Discord: Message Reference Types, FORWARD: a snapshot without its author, and no text of its own."""
    reference = body.get("message_reference")
    if not isinstance(reference, dict) or reference.get("type") != 1:
        return
    source = world.message(
        world.channel(snowflake(reference.get("channel_id")) or 0), snowflake(reference.get("message_id")) or 0
    )
    message.content, message.reference = "", Reference(source.id, source.channel.id, source.channel.guild.id, kind=1)
    message.snapshots = [{"message": post.snapshot(world, source)}]


def edit(world: World, user: User, message: Message, body: Json, files: Sequence[File] = ()) -> Message:
    """Discord: Edit Message. Others' messages: only ``flags``, with MANAGE_MESSAGES."""
    channel = message.channel
    require(world, user.id, channel, Permission.VIEW_CHANNEL)
    own = message.author is user
    if not own:
        if set(body) - {"flags"}:
            raise Refused(50005)
        require(world, user.id, channel, Permission.MANAGE_MESSAGES)
    if own and message.kind not in REPLIABLE:
        raise Refused(50021)
    checked = message_rules.check(body, creating=False, files=len(files))
    automod.scan_message(channel.guild, checked)
    archive.require_open(world, channel, user)
    post.amend(
        world,
        message,
        checked,
        files,
        default=mentions.EVERYTHING,
        may_mention_all=has(world, user.id, channel, Permission.MENTION_EVERYONE),
        stamp=own and bool(set(body) - {"flags"}),
    )
    if not has(world, user.id, channel, Permission.EMBED_LINKS) and own:
        message.embeds = []
    post.updated(world, message)
    return message


def delete(world: World, user: User, message: Message) -> None:
    """Discord: Delete Message: own ones, others' with MANAGE_MESSAGES; allowed in an archived thread."""
    require(world, user.id, message.channel, Permission.VIEW_CHANNEL)
    if message.author is not user:
        require(world, user.id, message.channel, Permission.MANAGE_MESSAGES)
    if message.kind == MessageType.CHANNEL_NAME_CHANGE:
        raise Refused(50021)
    state = message.channel.thread
    if state and state.locked and state.archived:
        archive.require_unlocked(world, message.channel, user)
    post.remove(world, message)


def delete_many(world: World, user: User, channel: Channel, ids: Sequence[int]) -> None:
    """Discord: Bulk Delete Messages: 2-100 ids, no doubles, none older than two weeks; unknown ids are skipped."""
    require(world, user.id, channel, Permission.MANAGE_MESSAGES)
    if not 2 <= len(ids) <= 100:
        raise Refused(50016)
    if len(set(ids)) != len(ids):
        raise form([Problem(("messages",), "SET_TYPE_ALREADY_CONTAINS_VALUE", "The set already contains this value")])
    found = [channel.messages[i] for i in ids if i in channel.messages]
    if any(world.clock() - m.sent_at > BULK_AGE for m in found):
        raise Refused(50034)
    post.remove_many(world, channel, found)
