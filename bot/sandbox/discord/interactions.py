"""Interactions: a member's command, click or form travels to the bot; the bot's answers come back.

It does not register commands (commands.py). A first answer is due within ``limits.answer_within`` seconds.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

from bot.sandbox.discord import mentions, message_rules, modals, post, view, view_message
from bot.sandbox.discord.errors import Refused, Unanswered
from bot.sandbox.discord.hub import Hub
from bot.sandbox.discord.permissions import of_channel
from bot.sandbox.discord.post import File
from bot.sandbox.discord.things import App, Channel, Interaction, Member, Message
from bot.sandbox.discord.vocabulary import (
    EPHEMERAL,
    LOADING,
    SUPPRESS_EMBEDS,
    SUPPRESS_NOTIFICATIONS,
    Json,
    MessageType,
)
from bot.sandbox.discord.world import World

COMMAND, COMPONENT, AUTOCOMPLETE, MODAL = 2, 3, 4, 5
PONG, REPLY, DEFER_REPLY, DEFER_UPDATE, UPDATE, CHOICES, SHOW_MODAL = 1, 4, 5, 6, 7, 8, 9
ALLOWED = {
    COMMAND: {REPLY, DEFER_REPLY, SHOW_MODAL},
    COMPONENT: {REPLY, DEFER_REPLY, DEFER_UPDATE, UPDATE, SHOW_MODAL},
    AUTOCOMPLETE: {CHOICES},
    MODAL: {REPLY, DEFER_REPLY, DEFER_UPDATE, UPDATE},
}
SETTABLE = SUPPRESS_EMBEDS | SUPPRESS_NOTIFICATIONS | EPHEMERAL | 1 << 15


def begin(world: World, app: App, member: Member, channel: Channel, kind: int, data: Json) -> Interaction:
    """A member's act becomes an interaction that the bot has to answer."""
    number = world.snowflake()
    used = Interaction(number, world.token(number), app, member, channel, kind, data, world.clock())
    world.interactions[used.token] = used
    return used


def payload(world: World, interaction: Interaction) -> Json:
    """Discord: Interaction Object."""
    guild, member, channel = interaction.channel.guild, interaction.member, interaction.channel
    permissions = str(of_channel(world, member.id, channel))
    shown: Json = {
        "id": str(interaction.id),
        "application_id": str(interaction.app.id),
        "type": interaction.kind,
        "token": interaction.token,
        "version": 1,
        "data": interaction.data,
        "guild_id": str(guild.id),
        "guild": {"id": str(guild.id), "locale": "en-US", "features": ["COMMUNITY"]},
        "channel_id": str(channel.id),
        "channel": {**view.channel(world, channel, interaction.app.user), "permissions": permissions},
        "member": {**view.member(member), "permissions": permissions},
        "app_permissions": str(of_channel(world, interaction.app.user.id, channel)),
        "locale": "en-US",
        "guild_locale": "en-US",
        "entitlements": [],
        "authorizing_integration_owners": {"0": str(guild.id)},
        "context": 0,
        "attachment_size_limit": world.limits.file_bytes,
    }
    if interaction.source:
        shown["message"] = view_message.message(world, interaction.source)
    return shown


async def deliver(world: World, hub: Hub, interaction: Interaction) -> None:
    """Send it over the gateway (no intent is needed) and wait for the first answer; else Unanswered."""
    guild = interaction.channel.guild
    for session in list(hub.sessions.values()):
        if session.app is interaction.app and session.outgoing is not None and session.covers(guild.id):
            session.push("INTERACTION_CREATE", payload(world, interaction))
            break
    try:
        await asyncio.wait_for(interaction.first.wait(), world.limits.answer_within)
    except TimeoutError:
        interaction.failed = True
        raise Unanswered from None


def find(world: World, token: str, *, interaction_id: int | None = None) -> Interaction:
    """10062 for an unknown interaction, or one that has already failed on the member's screen."""
    interaction = world.interactions.get(token)
    if interaction is None or interaction.failed or (interaction_id is not None and interaction.id != interaction_id):
        raise Refused(10062)
    return interaction


def answer(world: World, interaction: Interaction, body: Json, files: Sequence[File]) -> None:
    """Discord: Create Interaction Response; the second one meets 40060."""
    if interaction.answer is not None:
        raise Refused(40060)
    if world.clock() - interaction.at > world.limits.answer_within:
        raise Refused(10062)
    kind = body.get("type")
    data = body.get("data") or {}
    if kind not in ALLOWED[interaction.kind] or (kind in (DEFER_UPDATE, UPDATE) and interaction.source is None):
        raise Refused(50035)
    if kind == REPLY:
        message_rules.check(data, creating=True, files=len(files))
    if kind == SHOW_MODAL:
        modals.check(data)
    interaction.answer = kind
    interaction.ephemeral = bool(int(data.get("flags") or 0) & EPHEMERAL)
    if kind == REPLY:
        interaction.original = _send(world, interaction, data, files)
    elif kind == DEFER_REPLY:
        interaction.original = _send(world, interaction, {}, (), loading=True)
    elif kind in (UPDATE, DEFER_UPDATE):
        interaction.original = interaction.source
    if kind == UPDATE and interaction.source:
        edit(world, interaction, interaction.source, data, files)
    interaction.choices = data.get("choices") or []
    interaction.modal = data if kind == SHOW_MODAL else None
    interaction.first.set()
    if kind != DEFER_REPLY:
        interaction.final.set()


def follow_up(world: World, interaction: Interaction, body: Json, files: Sequence[File]) -> Message:
    """Discord: Create Followup Message: the first after a deferral fills the deferred message."""
    _require_alive(world, interaction)
    message_rules.check(body, creating=True, files=len(files))
    original = interaction.original
    if original and original.flags & LOADING:
        return edit(world, interaction, original, body, files)
    interaction.told.set()
    return _send(world, interaction, body, files, private=bool(int(body.get("flags") or 0) & EPHEMERAL))


def _require_alive(world: World, interaction: Interaction) -> None:
    if world.clock() - interaction.at > world.limits.token_life:
        raise Refused(50027)
    if interaction.answer is None:
        raise Refused(10015)


def message(world: World, interaction: Interaction, which: str) -> Message:
    """A message of this interaction: ``@original`` or an id."""
    _require_alive(world, interaction)
    found = interaction.original if which == "@original" else None
    if which.isdigit():
        found = interaction.messages.get(int(which))
    if found is None or found.id in found.channel.gone:
        raise Refused(10008)
    return found


def edit(world: World, interaction: Interaction, shown: Message, body: Json, files: Sequence[File]) -> Message:
    """Discord: Edit Original Interaction Response; it also ends the "thinking" of a deferral."""
    message_rules.check(body, creating=False, files=len(files))
    if shown.flags & LOADING:
        shown.flags &= ~LOADING
    post.amend(world, shown, body, files, default=mentions.USERS_ONLY, may_mention_all=False, stamp=True)
    if shown.id in shown.channel.messages:
        post.updated(world, shown)
    interaction.final.set()
    interaction.told.set()
    return shown


def delete(world: World, interaction: Interaction, shown: Message) -> None:
    interaction.messages.pop(shown.id, None)
    if shown.id in shown.channel.messages:
        post.remove(world, shown)
    if shown is interaction.original:
        interaction.original = None
    interaction.final.set()


def _send(
    world: World,
    interaction: Interaction,
    body: Json,
    files: Sequence[File],
    *,
    loading: bool = False,
    private: bool | None = None,
) -> Message:
    """A message of the bot's in the channel, or an ephemeral one that only the member sees."""
    channel, app = interaction.channel, interaction.app
    allowed = body.get("allowed_mentions")
    defaults = mentions.USERS_ONLY if allowed is None else allowed
    text = body.get("content") or ""
    found = mentions.find(channel.guild, text, defaults, may_mention_all=False, replied=None, sender=app.user.id)
    made = post.build(world, channel, app.user, body, files, found, SETTABLE)
    made.kind = MessageType.CHAT_INPUT_COMMAND if interaction.kind == COMMAND else MessageType.DEFAULT
    made.application_id = app.id
    made.interaction = _metadata(interaction)
    made.flags |= LOADING if loading else 0
    hidden = interaction.ephemeral if private is None else private
    interaction.messages[made.id] = made
    if hidden:
        made.flags |= EPHEMERAL
        made.pings.clear()
    else:
        post.publish(world, made)
    return made


def _metadata(interaction: Interaction) -> Json:
    """Discord: Message Interaction Metadata."""
    shown: dict[str, Any] = {
        "id": str(interaction.id),
        "type": interaction.kind,
        "user": view.user(interaction.member.user),
        "authorizing_integration_owners": {"0": str(interaction.channel.guild.id)},
    }
    if interaction.kind == COMPONENT and interaction.source:
        shown["interacted_message_id"] = str(interaction.source.id)
    if interaction.kind == MODAL:
        inner = {**shown, "type": COMMAND}
        shown["triggering_interaction_metadata"] = inner
    return shown


def callback_payload(world: World, interaction: Interaction) -> Json:
    """Discord: Interaction Callback Response Object, for ``with_response``."""
    shown: Json = {
        "id": str(interaction.id),
        "type": interaction.kind,
        "response_message_ephemeral": interaction.ephemeral,
        "response_message_loading": interaction.answer == DEFER_REPLY,
    }
    result: Json = {"interaction": shown}
    original = interaction.original
    if original and interaction.answer in (REPLY, DEFER_REPLY, UPDATE):
        shown["response_message_id"] = str(original.id)
    if original and interaction.answer in (REPLY, UPDATE):
        result["resource"] = {"type": interaction.answer, "message": view_message.message(world, original)}
    return result
