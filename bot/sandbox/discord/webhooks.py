"""Incoming webhooks: made, changed, deleted, and the messages sent, edited and deleted through them.

It does not reply and does not deduplicate: Execute Webhook knows neither message_reference nor nonce.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from bot.sandbox.discord import archive, automod, mentions, message_rules, post, threads
from bot.sandbox.discord.errors import Refused
from bot.sandbox.discord.forms import Form, webhook_name
from bot.sandbox.discord.permissions import has, require
from bot.sandbox.discord.post import File
from bot.sandbox.discord.things import Channel, Message, Persona, User, Webhook
from bot.sandbox.discord.vocabulary import (
    COMPONENTS_V2,
    SUPPRESS_EMBEDS,
    SUPPRESS_NOTIFICATIONS,
    Intent,
    Json,
    Kind,
    Permission,
)
from bot.sandbox.discord.world import World

SETTABLE = SUPPRESS_EMBEDS | SUPPRESS_NOTIFICATIONS | COMPONENTS_V2


def create(world: World, user: User, channel: Channel, body: Json) -> Webhook:
    """Discord: Create Webhook: MANAGE_WEBHOOKS, 15 per channel, 1000 per guild; threads have none."""
    require(world, user.id, channel, Permission.MANAGE_WEBHOOKS)
    if channel.kind not in (Kind.TEXT, Kind.ANNOUNCEMENT, Kind.FORUM):
        raise Refused(50024)
    checked = Form(body)
    name = webhook_name(checked, "name", required=True)
    checked.done()
    mine = [w for w in world.webhooks.values() if w.channel.guild is channel.guild]
    if sum(w.channel is channel for w in mine) >= world.limits.webhooks_per_channel:
        raise Refused(30007)
    if len(mine) >= world.limits.webhooks_per_guild:
        raise Refused(30058)
    number = world.snowflake()
    webhook = Webhook(number, channel, name or "", world.token(number), user, world.app_of(user.id))
    world.webhooks[number] = webhook
    _tell(world, channel)
    return webhook


def modify(world: World, webhook: Webhook, body: Json, user: User | None = None) -> Webhook:
    """Discord: Modify Webhook; with the token alone (``user`` None) the channel stays."""
    checked = Form(body)
    name, channel_id = webhook_name(checked, "name"), checked.id("channel_id")
    checked.done()
    if user is not None:
        require(world, user.id, webhook.channel, Permission.MANAGE_WEBHOOKS)
        if channel_id is not None:
            target = world.channel(channel_id)
            require(world, user.id, target, Permission.MANAGE_WEBHOOKS)
            webhook.channel = target
    webhook.name = name or webhook.name
    _tell(world, webhook.channel)
    return webhook


def remove(world: World, webhook: Webhook) -> None:
    world.webhooks.pop(webhook.id, None)
    _tell(world, webhook.channel)


def _tell(world: World, channel: Channel) -> None:
    """WEBHOOKS_UPDATE says where something changed, not what."""
    ids = {"guild_id": str(channel.guild.id), "channel_id": str(channel.id)}
    need = Permission.VIEW_CHANNEL | Permission.MANAGE_WEBHOOKS
    intent = Intent.GUILD_WEBHOOKS
    world.emit("WEBHOOKS_UPDATE", lambda _: ids, guild=channel.guild, channel=channel, need=need, intent=intent)


def find(world: World, webhook_id: int, token: str | None = None) -> Webhook:
    """10015 for an unknown id, 50027 for a wrong token."""
    webhook = world.webhooks.get(webhook_id)
    if webhook is None:
        raise Refused(10015)
    if token is not None and token != webhook.token:
        raise Refused(50027)
    return webhook


def execute(
    world: World, webhook: Webhook, body: Json, files: Sequence[File], thread_id: int | None, *, plain: bool = False
) -> Message:
    """Discord: Execute Webhook. message_reference and nonce are ignored; a thread is unarchived.

    ``plain``: components of a webhook no application owns are dropped unless asked for.
    """
    checked = _checked(body, files)
    target = _target(world, webhook, body, thread_id)
    if plain and webhook.app is None:
        checked.pop("components", None)
    if target is None:
        return _open_post(world, webhook, checked, files)
    automod.scan_message(webhook.channel.guild, checked)
    archive.open_for_sending(world, target, None)
    message = _compose(world, webhook, target, checked, files)
    post.publish(world, message)
    return message


def _checked(body: Json, files: Sequence[File]) -> Json:
    checked = Form(body)
    webhook_name(checked, "username")
    checked.url(body.get("avatar_url"), ("avatar_url",), ("http", "https"))
    checked.text("thread_name", 1, 100)
    checked.ids("applied_tags", threads.MOST_TAGS)
    checked.done()
    # Execute Webhook has no stickers: the field is ignored as any unknown one is.
    known = {key: value for key, value in body.items() if key != "sticker_ids"}
    return message_rules.check(known, creating=True, files=len(files))


def _target(world: World, webhook: Webhook, body: Json, thread_id: int | None) -> Channel | None:
    """The channel or thread to post into; None for a new forum post."""
    forum = webhook.channel.kind == Kind.FORUM
    named = body.get("thread_name") is not None
    if named and thread_id is not None:
        raise Refused(220002)
    if named and not forum:
        raise Refused(220003)
    if named:
        return None
    if thread_id is None:
        if forum:
            raise Refused(220001)
        return webhook.channel
    thread = world.channels.get(thread_id)
    if thread is None or thread.thread is None or thread.home is not webhook.channel:
        raise Refused(10003)
    return thread


def _compose(world: World, webhook: Webhook, channel: Channel, body: Json, files: Sequence[File]) -> Message:
    name = webhook_name(Form(body), "username") or webhook.name
    avatar = body.get("avatar_url")
    # Discord copies the picture and shows a hash; here the hash is made of the address.
    picture = hashlib.sha256(avatar.encode()).hexdigest()[:32] if avatar else webhook.avatar
    author = Persona(webhook.id, name, picture, webhook.app.id if webhook.app else None)
    allowed = body.get("allowed_mentions")
    found = mentions.find(
        channel.guild,
        body.get("content") or "",
        mentions.USERS_ONLY if allowed is None else allowed,
        may_mention_all=_may_mention_all(world, webhook, channel),
        replied=None,
        sender=0,
    )
    message = post.build(world, channel, author, body, files, found, SETTABLE)
    if avatar:
        world.avatars[picture or ""] = avatar
    return message


def _may_mention_all(world: World, webhook: Webhook, channel: Channel) -> bool:
    """MENTION_EVERYONE follows the bot when a bot made the webhook; else the webhook has it."""
    if webhook.app is None:
        return True
    return has(world, webhook.app.user.id, channel, Permission.MENTION_EVERYONE)


def _open_post(world: World, webhook: Webhook, body: Json, files: Sequence[File]) -> Message:
    tags = Form(body).ids("applied_tags", threads.MOST_TAGS)
    threads.check_tags(world, webhook.channel, tags, moderator=False)
    start = {"name": body["thread_name"]}
    thread = threads.create(world, webhook.channel, world.snowflake(), webhook.id, start, tags)
    starter = _compose(world, webhook, thread, body, files)
    threads.open_post(world, thread, starter)
    return starter


def own_message(world: World, webhook: Webhook, message_id: int, thread_id: int | None) -> Message:
    """A message this webhook sent; in a thread only when ``thread_id`` says so, else 10008."""
    place = webhook.channel if thread_id is None else world.channels.get(thread_id)
    if place is None or place.home is not webhook.channel:
        raise Refused(10003)
    # A forum post's starter is found by its thread.
    message = world.message(place, message_id)
    if not isinstance(message.author, Persona) or message.author.webhook_id != webhook.id:
        raise Refused(10008)
    return message


def edit(world: World, webhook: Webhook, message: Message, body: Json, files: Sequence[File]) -> Message:
    """Discord: Edit Webhook Message; refused in an archived or locked thread."""
    checked = message_rules.check(body, creating=False, files=len(files))
    automod.scan_message(message.channel.guild, checked)
    archive.require_open(world, message.channel, None)
    everyone = _may_mention_all(world, webhook, message.channel)
    default = mentions.USERS_ONLY
    post.amend(world, message, checked, files, default=default, may_mention_all=everyone, stamp=True)
    post.updated(world, message)
    return message


def delete(world: World, message: Message) -> None:
    """Discord: Delete Webhook Message; allowed in an archived thread, not in a locked archived one."""
    state = message.channel.thread
    if state and state.locked and state.archived:
        raise Refused(160005)
    post.remove(world, message)
