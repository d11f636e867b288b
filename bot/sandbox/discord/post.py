"""The life of a message inside its channel: built, published, amended, removed, each with its event.

It does not ask who may; messages.py and webhooks.py do before they call.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from bot.sandbox.discord import mentions, view, view_message
from bot.sandbox.discord.errors import Problem, Refused, form
from bot.sandbox.discord.forms import snowflake, trimmed
from bot.sandbox.discord.message_rules import walk
from bot.sandbox.discord.things import Channel, Message, Persona, Reference, Upload, User, Viewer
from bot.sandbox.discord.vocabulary import SUPPRESS_EMBEDS, Intent, Json, MessageType
from bot.sandbox.discord.world import World


class File(NamedTuple):
    """A file of a multipart request; ``key`` is the n of ``files[n]``."""

    key: str
    filename: str
    content_type: str
    data: bytes


def build(
    world: World,
    channel: Channel,
    author: User | Persona,
    body: Json,
    files: Sequence[File],
    found: mentions.Found,
    settable: int,
) -> Message:
    """A new message with its id; flag bits outside of ``settable`` are ignored without an error."""
    flags = int(body.get("flags") or 0) & settable
    message = Message(
        id=world.snowflake(),
        channel=channel,
        author=author,
        kind=MessageType.DEFAULT,
        content=trimmed(body.get("content") or ""),
        sent_at=world.clock(),
        embeds=[] if flags & SUPPRESS_EMBEDS else shown_embeds(body.get("embeds") or []),
        components=shown_components(body.get("components") or []),
        stickers=[{"id": str(s), "name": f"sticker-{s}", "format_type": 1} for s in body.get("sticker_ids") or ()],
        poll=_poll(body.get("poll")),
        flags=flags,
    )
    message.uploads = store(world, channel, body.get("attachments"), files)
    note_mentions(message, found)
    return message


def note_mentions(message: Message, found: mentions.Found) -> None:
    message.mentions, message.mention_roles = found.mentions, found.roles
    message.mention_everyone = found.everyone
    # An edit may ping as well: whoever was pinged once stays so.
    message.pings |= found.pings


def shown_embeds(embeds: list[Any]) -> list[Json]:
    """Embeds as they come back: type "rich", texts trimmed, nothing empty."""
    shown = []
    for embed in embeds:
        kept = {k: v for k, v in embed.items() if v not in (None, "", [], {}) and k not in ("type", "flags")}
        for key in ("title", "description"):
            if key in kept:
                kept[key] = trimmed(kept[key])
        shown.append({"type": "rich", **kept})
    return shown


def shown_components(components: list[Any]) -> list[Json]:
    """Components as they come back: every one has a number of its own."""
    for number, (_, component) in enumerate(walk(components), start=1):
        component.setdefault("id", number)
    return components


def _poll(poll: Any) -> Json | None:
    if not isinstance(poll, dict):
        return None
    answers = [{"answer_id": n, **a} for n, a in enumerate(poll.get("answers") or (), start=1)]
    return {"layout_type": 1, "allow_multiselect": False, "expiry": None, **poll, "answers": answers}


def store(world: World, channel: Channel, described: Any, files: Sequence[File]) -> list[Upload]:
    """Keep a request's files. Names and descriptions come from ``attachments`` where its ids name the file."""
    notes = {str(a.get("id")): a for a in described or () if isinstance(a, dict)}
    kept = []
    for file in files:
        if len(file.data) > world.limits.file_bytes:
            raise Refused(40005)
        note = notes.get(file.key, {})
        about = note.get("description")
        if about is not None and len(str(about)) > 1024:
            where = ("attachments", file.key, "description")
            raise form([Problem(where, "BASE_TYPE_MAX_LENGTH", "Must be 1024 or fewer in length.")])
        name = str(note.get("filename") or file.filename)
        upload = Upload(world.snowflake(), channel.id, name, file.content_type, file.data, about)
        world.uploads[upload.id] = upload
        kept.append(upload)
    return kept


def publish(world: World, message: Message) -> None:
    """Put a message into its channel and tell everyone: MESSAGE_CREATE."""
    channel = message.channel
    channel.messages[message.id] = message
    channel.last_message_id = message.id
    if channel.thread:
        message.position = channel.thread.sent
        # The opening message is not counted (Discord: Channel Object, message_count).
        if message.id != channel.id and message.kind != MessageType.THREAD_STARTER_MESSAGE:
            channel.thread.sent += 1
    _tell(world, "MESSAGE_CREATE", message)


def updated(world: World, message: Message) -> None:
    """MESSAGE_UPDATE with the full message, as for an edit, an unfurled link, a pin or a started thread."""
    _tell(world, "MESSAGE_UPDATE", message)


def _tell(world: World, name: str, message: Message) -> None:
    guild = message.channel.guild

    def show(viewer: Viewer | None) -> Json:
        payload = view_message.message(world, message, viewer)
        payload["guild_id"] = str(guild.id)
        payload["channel_type"] = int(message.channel.kind)
        if name == "MESSAGE_CREATE" and message.nonce is not None:
            payload["nonce"] = message.nonce
        # Webhook messages have no member behind them (Discord: Message Create).
        member = guild.members.get(message.author.id) if isinstance(message.author, User) else None
        if member:
            payload["member"] = view.member_part(member)
        for mention in payload["mentions"]:
            if int(mention["id"]) in guild.members:  # whoever has left is a user without a member
                mention["member"] = view.member_part(guild.members[int(mention["id"])])
        if viewer is None:
            payload["pings"] = sorted(str(p) for p in message.pings)
        return payload

    world.emit(name, show, guild=guild, channel=message.channel, intent=Intent.GUILD_MESSAGES)


def snapshot(world: World, message: Message) -> Json:
    """Discord: Message Snapshot: a part of the forwarded message, without its author."""
    full = view_message.message(world, message, nested=True)
    keys = "type content embeds attachments timestamp edited_timestamp flags mentions mention_roles components"
    return {key: full[key] for key in keys.split()}


def amend(
    world: World,
    message: Message,
    body: Json,
    files: Sequence[File],
    *,
    default: Json,
    may_mention_all: bool,
    stamp: bool,
) -> None:
    """Change what the body names and nothing else, without an event.

    Mentions are parsed anew, with ``default`` unless the body repeats its allowed_mentions.
    """
    content = trimmed(body["content"] or "") if "content" in body else message.content
    embeds = shown_embeds(body["embeds"] or []) if "embeds" in body else message.embeds
    uploads = message.uploads
    if body.get("attachments") is not None:
        named = {snowflake(a.get("id")) for a in body["attachments"] if isinstance(a, dict)}
        uploads = [u for u in uploads if u.id in named]
    uploads = uploads + store(world, message.channel, body.get("attachments"), files)
    components = shown_components(body["components"] or []) if "components" in body else message.components
    if stamp and not (content or embeds or uploads or components or message.stickers or message.poll):
        raise Refused(50006)
    message.content, message.uploads, message.components = content, uploads, components
    if body.get("flags") is not None:
        message.flags = message.flags & ~SUPPRESS_EMBEDS | int(body["flags"]) & SUPPRESS_EMBEDS
    message.embeds = [] if message.flags & SUPPRESS_EMBEDS else embeds
    if "content" in body:
        allowed = default if body.get("allowed_mentions") is None else body["allowed_mentions"]
        replied = _replied(message)
        sender = message.author.id if isinstance(message.author, User) else 0
        guild = message.channel.guild
        found = mentions.find(guild, content, allowed, may_mention_all=may_mention_all, replied=replied, sender=sender)
        note_mentions(message, found)
    if stamp:
        message.edited_at = world.clock()


def _replied(message: Message) -> Message | None:
    reference = message.reference
    if message.kind != MessageType.REPLY or reference is None or reference.message_id is None:
        return None
    return message.channel.messages.get(reference.message_id)


def remove(world: World, message: Message) -> None:
    """Take a message out of its channel: MESSAGE_DELETE carries ids only."""
    channel = message.channel
    _forget(channel, message)
    ids = {"id": str(message.id), "channel_id": str(channel.id), "guild_id": str(channel.guild.id)}
    world.emit("MESSAGE_DELETE", lambda _: ids, guild=channel.guild, channel=channel, intent=Intent.GUILD_MESSAGES)


def remove_many(world: World, channel: Channel, found: Sequence[Message]) -> None:
    """MESSAGE_DELETE_BULK, once for all."""
    for message in found:
        _forget(channel, message)
    ids = {
        "ids": [str(m.id) for m in found],
        "channel_id": str(channel.id),
        "guild_id": str(channel.guild.id),
    }
    intent = Intent.GUILD_MESSAGES
    world.emit("MESSAGE_DELETE_BULK", lambda _: ids, guild=channel.guild, channel=channel, intent=intent)


def _forget(channel: Channel, message: Message) -> None:
    del channel.messages[message.id]
    channel.gone.add(message.id)
    channel.pinned.pop(message.id, None)


def reference_to(message: Message) -> Reference:
    return Reference(message.id, message.channel.id, message.channel.guild.id)


def system(world: World, channel: Channel, author: User, kind: MessageType, content: str = "") -> Message:
    """A message Discord writes itself, such as a thread's new name."""
    return Message(world.snowflake(), channel, author, kind, content, world.clock())
