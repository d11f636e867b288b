"""A message as Discord's JSON, blanked for a bot without the MESSAGE_CONTENT intent.

It does not decide who may read a channel.
"""

from __future__ import annotations

from bot.sandbox.discord import cdn, view
from bot.sandbox.discord.things import Message, Persona, Reference, User, Viewer
from bot.sandbox.discord.vocabulary import HAS_THREAD, Json, MessageType
from bot.sandbox.discord.world import World


def message(world: World, shown: Message, viewer: Viewer | None = None, *, nested: bool = False) -> Json:
    """Discord: Message Object. ``viewer`` None sees all, as a member or the webhook's own token does.

    The nonce is not in it: only the answer to Create Message and its event carry that.
    """
    payload: Json = {
        "id": str(shown.id),
        "channel_id": str(shown.channel.id),
        "type": int(shown.kind),
        "author": view.user(shown.author),
        "content": shown.content,
        "timestamp": view.moment(shown.sent_at),
        "edited_timestamp": view.moment(shown.edited_at) if shown.edited_at else None,
        "tts": False,
        "mention_everyone": shown.mention_everyone,
        "mentions": [view.user(world.users[u]) for u in shown.mentions if u in world.users],
        "mention_roles": [str(r) for r in shown.mention_roles],
        "attachments": [cdn.payload(world, u) for u in shown.uploads],
        "embeds": shown.embeds,
        "components": shown.components,
        "pinned": shown.id in shown.channel.pinned,
        "flags": shown.flags | (HAS_THREAD if shown.started else 0),
    }
    _origin(shown, payload)
    _extras(shown, payload, viewer)
    if shown.reference:
        _reference(shown.reference, payload)
    if shown.kind in (MessageType.REPLY, MessageType.THREAD_STARTER_MESSAGE) and not nested:
        payload["referenced_message"] = _referenced(world, shown, viewer)
    if viewer and not may_read(shown, viewer):
        _blank(payload)
    return payload


def _origin(shown: Message, payload: Json) -> None:
    if isinstance(shown.author, Persona):
        payload["webhook_id"] = str(shown.author.webhook_id)
        if shown.author.application_id:
            payload["application_id"] = str(shown.author.application_id)
    elif shown.application_id:
        payload["application_id"] = str(shown.application_id)
    if shown.interaction:
        payload["interaction_metadata"] = shown.interaction
        payload["webhook_id"] = payload["application_id"]


def _extras(shown: Message, payload: Json, viewer: Viewer | None) -> None:
    if shown.reactions:
        payload["reactions"] = [_reaction(e, users, viewer) for e, users in shown.reactions.items() if users]
    if shown.stickers:
        payload["sticker_items"] = shown.stickers
    if shown.poll:
        payload["poll"] = shown.poll
    if shown.snapshots:
        payload["message_snapshots"] = shown.snapshots
    if shown.position is not None:
        payload["position"] = shown.position
    if shown.started:
        payload["thread"] = view.thread(shown.started, viewer.app.user if viewer else None)


def _reaction(key: str, users: dict[int, float], viewer: Viewer | None) -> Json:
    return {
        "emoji": emoji(key),
        "count": len(users),
        "count_details": {"burst": 0, "normal": len(users)},
        "burst_colors": [],
        "me_burst": False,
        "me": viewer is not None and viewer.app.user.id in users,
    }


def emoji(key: str) -> Json:
    """The emoji object of a reaction's key: the character itself, or ``name:id``."""
    name, _, number = key.partition(":")
    return {"id": number or None, "name": name}


def _reference(reference: Reference, payload: Json) -> None:
    payload["message_reference"] = {
        "type": reference.kind,
        "channel_id": str(reference.channel_id),
        "guild_id": str(reference.guild_id),
        **({"message_id": str(reference.message_id)} if reference.message_id else {}),
    }


def _referenced(world: World, shown: Message, viewer: Viewer | None) -> Json | None:
    """The message replied to, one level deep; None when it was deleted."""
    reference = shown.reference
    channel = world.channels.get(reference.channel_id) if reference else None
    target = channel.messages.get(reference.message_id or 0) if channel and reference else None
    return message(world, target, viewer, nested=True) if target else None


def may_read(shown: Message, viewer: Viewer) -> bool:
    """Discord: Message Content Intent: without it only own messages and those that mention the bot are readable.

    The application's own webhook messages are not an exception.
    """
    own = isinstance(shown.author, User) and shown.author.id == viewer.app.user.id
    return viewer.reads or own or viewer.app.user.id in shown.mentions


def _blank(payload: Json) -> None:
    payload["content"] = ""
    for key in ("embeds", "attachments", "components"):
        payload[key] = []
    payload.pop("poll", None)
    payload.pop("message_snapshots", None)
