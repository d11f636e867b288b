"""The check of the bot's standing: each lack is named, with the link that mends it."""

from __future__ import annotations

import re
from urllib.parse import parse_qs, urlsplit

import discord
import pytest

from bot.chat.examine import examine, examine_moderators, invite_url, needed
from bot.core.domain import ChannelId
from bot.ports import Finding
from bot.sandbox.discord import MIRROR_BOT, Intent, Permission
from bot.sandbox.discord.vocabulary import KNOWN_INTENTS
from tests.support.chat_scene import Style, chat_scene


@pytest.mark.parametrize("style", ["persona", "card"])
@pytest.mark.parametrize("kind", ["forum", "text", "announcement"])
async def test_all_is_well(kind: str, style: Style) -> None:
    async with chat_scene(kind, style, connected=False) as s:
        findings = await s.adapter.examine(s.channel_id)
        assert all(f.ok and not f.mend for f in findings)
        subjects = [f.subject for f in findings]
        assert subjects[:2] == ["message content intent", f"channel #essays ({kind})"]
        assert ("Manage Webhooks" in subjects) == (style == "persona")
        assert ("Create Public Threads" in subjects) == (kind != "forum")


async def test_a_missing_intent_is_named() -> None:
    async with chat_scene(connected=False, intents=KNOWN_INTENTS & ~Intent.MESSAGE_CONTENT) as s:
        first, *rest = await s.adapter.examine(s.channel_id)
        assert not first.ok
        assert f"/applications/{s.app.id}/bot" in first.mend
        assert all(f.ok for f in rest)


@pytest.mark.parametrize("name", [name for name in needed("persona") if name != "view_channel"])
async def test_each_missing_permission_is_named_with_the_link_that_grants_it(name: str) -> None:
    bit = Permission(getattr(discord.Permissions, name).flag)
    async with chat_scene("text", connected=False, permissions=MIRROR_BOT & ~bit) as s:
        lacking = [f for f in await s.adapter.examine(s.channel_id) if not f.ok]
        # Who may not send in a channel may do little else there (Discord: implicit permissions).
        assert needed("persona")[name][0] in {f.subject for f in lacking}
        assert len(lacking) == 1 or name == "send_messages"
        found = re.search(r"https://discord\.com/\S+", lacking[0].mend)
        assert found
        query = parse_qs(urlsplit(found[0]).query)
        assert query["client_id"] == [str(s.app.id)]
        assert query["scope"] == ["bot applications.commands"]
        assert int(query["permissions"][0]) & bit


async def test_a_permission_taken_away_in_the_channel_alone_is_seen() -> None:
    async with chat_scene("forum", connected=False) as s:
        s.server.set_permissions(s.app, s.channel, deny=Permission.MANAGE_WEBHOOKS)
        assert [f.subject for f in await s.adapter.examine(s.channel_id) if not f.ok] == ["Manage Webhooks"]


async def test_a_channel_that_cannot_be_seen_is_one_finding() -> None:
    async with chat_scene("forum", connected=False) as s:
        s.server.set_permissions(s.app, s.channel, deny=Permission.VIEW_CHANNEL)
        last = (await s.adapter.examine(s.channel_id))[-1]
        assert not last.ok
        assert "View Channel" in last.mend
        gone = (await s.adapter.examine(ChannelId(123456789012345678)))[-1]
        assert not gone.ok
        assert "DISCORD_CHANNEL_ID" in gone.mend


async def test_a_thread_is_no_home() -> None:
    async with chat_scene("forum", connected=False) as s:
        place = await s.open()
        assert place.thread_id is not None
        last = (await examine(s.client, ChannelId(place.thread_id), style="card"))[-1]
        assert not last.ok
        assert "forum, text or announcement" in last.mend


@pytest.mark.parametrize("kind", ["text", "announcement"])
async def test_a_moderators_channel_in_which_the_bot_may_speak(kind: str) -> None:
    async with chat_scene(kind, connected=False) as s:
        assert await examine_moderators(s.client, s.channel_id) == Finding(True, "moderators' channel #essays")


async def test_a_thread_may_be_the_moderators_channel_by_its_own_permission() -> None:
    async with chat_scene("forum", connected=False) as s:
        thread = ChannelId((await s.open()).thread_id or 0)
        assert (await examine_moderators(s.client, thread)).ok
        s.server.set_permissions(s.app, s.channel, deny=Permission.SEND_MESSAGES_IN_THREADS)
        finding = await examine_moderators(s.client, thread)
        assert not finding.ok
        assert "Send Messages in Threads" in finding.mend


async def test_a_moderators_channel_in_which_the_bot_may_not_speak() -> None:
    async with chat_scene("text", connected=False) as s:
        s.server.set_permissions(s.app, s.channel, deny=Permission.SEND_MESSAGES)
        finding = await examine_moderators(s.client, s.channel_id)
        assert not finding.ok
        assert "Send Messages in #essays" in finding.mend


async def test_a_moderators_channel_that_is_out_of_sight_or_nowhere() -> None:
    async with chat_scene("text", connected=False) as s:
        s.server.set_permissions(s.app, s.channel, deny=Permission.VIEW_CHANNEL)
        for channel in (s.channel_id, ChannelId(123456789012345678)):
            finding = await examine_moderators(s.client, channel)
            assert not finding.ok
            assert str(channel) in finding.subject
            assert "MODERATOR_CHANNEL_ID" in finding.mend


async def test_a_forum_is_no_moderators_channel() -> None:
    async with chat_scene("forum", connected=False) as s:
        finding = await examine_moderators(s.client, s.channel_id)
        assert not finding.ok
        assert "text channel" in finding.mend


def test_the_invite_grants_all_and_nothing_like_administrator() -> None:
    permissions = discord.Permissions(int(parse_qs(urlsplit(invite_url(42)).query)["permissions"][0]))
    assert all(getattr(permissions, name) for name in needed("persona"))
    assert not permissions.administrator
