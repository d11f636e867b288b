"""Looks at what the bot may do on Discord: intent, channel, each permission by name; how long a first look would take.

For the check command and for whoever connects a blog. Does not change anything; asks over REST only, so that it needs a
login but no gateway session.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import discord

from bot.chat.outcome import calling
from bot.chat.pace import Paces, Resource
from bot.chat.permissions import ALWAYS, PERSONA, TEXT, titles
from bot.core.domain import ChannelId
from bot.core.errors import CommonthreadError, NotAllowed, PlaceVanished
from bot.core.policy import Style
from bot.ports import Finding
from bot.ports.prospects import Survey

SCOPES = ("bot", "applications.commands")
_MODERATORS = "MODERATOR_CHANNEL_ID"


async def examine(client: discord.Client, channel: ChannelId, *, style: str) -> tuple[Finding, ...]:
    """Findings in the order in which a person best puts them right. Raises what a login that is gone raises."""
    findings = [await content_intent(client)]
    try:
        async with calling(f"look at channel {channel}", write=False):
            found = await client.fetch_channel(channel)
    except CommonthreadError as error:
        invite = invite_url(client.application_id or 0, needed(style))
        advice = f"{error.reason} Check DISCORD_CHANNEL_ID and let the bot in: {invite}"
        return (*findings, Finding(False, f"channel {channel}", advice))
    kind = kind_of(found)
    if kind is None or not isinstance(found, discord.TextChannel | discord.ForumChannel):
        advice = f"Channel {channel} cannot hold a mirror: name a forum, text or announcement channel."
        return (*findings, Finding(False, f"channel {channel}", advice))
    findings.append(Finding(True, f"channel #{found.name} ({kind})"))
    findings.extend(await _permissions(client, found, style))
    return tuple(findings)


async def examine_moderators(client: discord.Client, channel: ChannelId, *, named: str = _MODERATORS) -> Finding:
    """The channel that is told of trouble: does it exist, and may the bot speak there? Raises nothing."""
    subject = f"moderators' channel {channel}"
    try:
        async with calling(f"look at channel {channel}", write=False):
            found = await client.fetch_channel(channel)
        # A thread is spoken in like a channel; a forum, a category or a stage is not.
        if not isinstance(found, discord.TextChannel | discord.VoiceChannel | discord.Thread):
            return Finding(False, subject, f"One cannot speak there: name a text channel in {named}.")
        return await _may_speak(client, found)
    except CommonthreadError as error:
        return Finding(False, subject, f"{error.reason} Check {named}, or let the bot in there.")


async def survey(client: discord.Client, channel: ChannelId, *, style: Style) -> Survey:
    """See :meth:`bot.ports.prospects.Door.survey`."""
    invite = invite_url(client.application_id or 0)
    try:
        async with calling(f"look at channel {channel}", write=False):
            found = await client.fetch_channel(channel)
    except (NotAllowed, PlaceVanished):
        raise CommonthreadError(f"The bot cannot see <#{channel}>: let it in there, or with <{invite}>") from None
    kind = kind_of(found)
    if kind is None or not isinstance(found, discord.TextChannel | discord.ForumChannel):
        return Survey(getattr(found, "name", "") or "", "", (), invite, hears=True)
    held = await held_in(client, found.guild.id, found.id)
    wanted = needed(style, forum=isinstance(found, discord.ForumChannel))
    lacks = tuple(words for name, words in wanted.items() if not getattr(held, name))
    intent = await content_intent(client)
    return Survey(found.name, kind, lacks, invite, hears=intent.ok)


def first_sync_seconds(style: Style, comments: Sequence[int], paces: Paces) -> float:
    """See :meth:`bot.ports.prospects.Door.first_sync_seconds`. Cards have a limit for each thread."""
    opening = paces.backlog_seconds(Resource.THREADS, len(comments))
    if style == "persona":
        return opening + paces.backlog_seconds(Resource.WEBHOOK, sum(comments))
    return opening + paces.backlog_seconds(Resource.MESSAGES, max(comments, default=0))


async def _may_speak(
    client: discord.Client, channel: discord.TextChannel | discord.VoiceChannel | discord.Thread
) -> Finding:
    parent = channel.parent_id if isinstance(channel, discord.Thread) else channel.id
    held = await held_in(client, channel.guild.id, parent)
    send = "send_messages_in_threads" if isinstance(channel, discord.Thread) else "send_messages"
    missing = [name for name in ("view_channel", send) if not getattr(held, name)]
    subject = f"moderators' channel #{channel.name}"
    if missing:
        return Finding(False, subject, f"The bot cannot speak there: allow it {titles(missing)} in #{channel.name}.")
    return Finding(True, subject)


def needed(style: str, *, forum: bool = False) -> dict[str, tuple[str, str]]:
    """The permissions the bot needs, by discord.py's names."""
    return {**ALWAYS, **(PERSONA if style == "persona" else {}), **({} if forum else TEXT)}


def invite_url(application_id: int, missing: Iterable[str] = ()) -> str:
    """The link that invites the bot (or widens its permissions) with all it needs and what is ``missing``.

    Discord replaces the permissions of the bot's own role by those of the link, so the link names all of them.
    """
    names = {*needed("persona"), *missing}
    permissions = discord.Permissions(**dict.fromkeys(names, True))
    return discord.utils.oauth_url(application_id, permissions=permissions, scopes=SCOPES)


async def content_intent(client: discord.Client) -> Finding:
    """Whether Discord lets the bot read what members write. Raises what reading raises."""
    subject = "message content intent"
    async with calling("look at the bot's own application", write=False):
        application = await client.application_info()
    if application.flags.gateway_message_content or application.flags.gateway_message_content_limited:
        return Finding(True, subject)
    page = f"https://discord.com/developers/applications/{application.id}/bot"
    return Finding(False, subject, f"Switch on Message Content Intent at {page}, or the bot reads empty messages.")


async def _permissions(
    client: discord.Client, channel: discord.TextChannel | discord.ForumChannel, style: str
) -> list[Finding]:
    held = await held_in(client, channel.guild.id, channel.id)
    wanted = needed(style, forum=isinstance(channel, discord.ForumChannel))
    missing = [name for name in wanted if not getattr(held, name)]
    link = invite_url(client.application_id or 0, missing)
    return [
        Finding(False, title, f"Needed to {purpose}: allow it in #{channel.name}, or use {link}")
        if name in missing
        else Finding(True, title)
        for name, (title, purpose) in wanted.items()
    ]


async def held_in(client: discord.Client, guild_id: int, channel_id: int) -> discord.Permissions:
    """What the bot may do in a channel, asked of Discord now."""
    assert client.user is not None, "fetching a channel needs a login"
    async with calling(f"look at the permissions in channel {channel_id}", write=False):
        guild = await client.fetch_guild(guild_id, with_counts=False)
        member = await guild.fetch_member(client.user.id)
        # From the guild just fetched: its roles are fresh, those of a cached one may be missing.
        fresh = await guild.fetch_channel(channel_id)
    return fresh.permissions_for(member)


def kind_of(channel: object) -> str | None:
    """What a channel that can hold a mirror is called; None for any other."""
    if isinstance(channel, discord.ForumChannel):
        return None if channel.is_media() else "forum"
    if isinstance(channel, discord.TextChannel):
        return "announcement" if channel.is_news() else "text"
    return None
