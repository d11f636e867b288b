"""A real discord.py bot over real sockets against the loopback Discord."""

from __future__ import annotations

import asyncio
import io
import logging
import time

import discord
import pytest

from bot.sandbox.discord import Intent, Limits, Permission
from bot.sandbox.discord.vocabulary import KNOWN_INTENTS
from tests.support.loopback_discord import INTENTS, Bot, Rig, furnished, real_bot


def text_of(rig: Rig, client: Bot) -> discord.TextChannel:
    channel = client.get_channel(rig.text.id)
    assert isinstance(channel, discord.TextChannel)
    return channel


async def test_it_logs_in_and_sees_its_guild_channels_and_permissions() -> None:
    async with furnished() as rig, real_bot(rig) as client:
        forum = client.get_channel(rig.forum.id)
        assert isinstance(forum, discord.ForumChannel)
        assert [t.name for t in forum.available_tags] == ["essay", "notes"]
        assert isinstance(client.get_channel(rig.news.id), discord.TextChannel)
        mine = forum.permissions_for(client.guilds[0].me)
        assert mine.manage_webhooks
        assert not mine.administrator
        rig.d.set_permissions(rig.app, None, deny=Permission.MANAGE_WEBHOOKS)
        await client.hears("guild_role_update")
        assert not forum.permissions_for(client.guilds[0].me).manage_webhooks
        rig.d.set_permissions(rig.app, rig.text, deny=Permission.SEND_MESSAGES)
        await client.hears("guild_channel_update")
        assert not text_of(rig, client).permissions_for(client.guilds[0].me).send_messages


async def test_it_hears_a_members_reply_to_a_webhook_message() -> None:
    async with furnished() as rig, real_bot(rig) as client:
        hook = await text_of(rig, client).create_webhook(name="mirror")
        mirror = await hook.send("a comment", username="Ann", wait=True)
        assert mirror.webhook_id == hook.id
        await rig.d.post(rig.ann, rig.text, "my answer", reply_to=mirror.id)
        reply = (await client.hears("message", 2))[1]
        assert (reply.content, reply.type, reply.author.display_name) == (
            "my answer",
            discord.MessageType.reply,
            "Ann Ö.",
        )
        assert reply.reference.message_id == mirror.id
        assert reply.reference.resolved.content == "a comment"


async def test_it_hears_edits_deletes_reactions_and_threads() -> None:
    async with furnished() as rig, real_bot(rig) as client:
        sent = await rig.d.post(rig.ann, rig.text, "first")
        await rig.d.edit(rig.ann, rig.text, sent, "second")
        await rig.d.react(rig.bob, rig.text, sent, "✅")
        thread = await rig.d.start_thread(rig.ann, sent, "talk")
        await rig.d.post(rig.bob, thread, "inside")
        await rig.d.archive(thread)
        await rig.d.delete_thread(thread)
        await rig.d.delete(rig.ann, rig.text, sent)
        assert (await client.hears("raw_message_edit"))[0].message.content == "second"
        assert (await client.hears("raw_reaction_add"))[0].emoji.name == "✅"
        assert (await client.hears("thread_create"))[0].name == "talk"
        assert (await client.hears("raw_thread_delete"))[0].thread_id == thread.id
        assert (await client.hears("raw_message_delete"))[0].message_id == sent.id


async def test_its_own_retries_after_a_lost_answer_make_no_duplicate() -> None:
    async with furnished() as rig, real_bot(rig) as client:
        rig.d.faults.next("POST", r"/channels/\d+/messages", "504")
        sent = await text_of(rig, client).send("once")
        assert [m["id"] for m in rig.d.messages(rig.text)] == [str(sent.id)]
        posts = [c for c in rig.d.calls if c.path.endswith("/messages")]
        assert [c.status for c in posts] == [504, 200]
        assert posts[0].body["nonce"] == posts[1].body["nonce"]


async def test_a_429_with_via_is_waited_for_and_without_it_raised() -> None:
    async with furnished() as rig, real_bot(rig) as client:
        channel = text_of(rig, client)
        rig.d.faults.next("POST", r"/channels/\d+/messages", "429-user", seconds=0.05)
        await channel.send("waited")
        rig.d.faults.next("POST", r"/channels/\d+/messages", "429-no-via", seconds=0.05)
        with pytest.raises(discord.HTTPException) as raised:
            await channel.send("not waited")
        assert raised.value.status == 429


async def test_the_last_send_of_a_bucket_returns_late_and_its_event_comes_first() -> None:
    async with furnished(limits=Limits()) as rig, real_bot(rig) as client:
        channel = text_of(rig, client)
        hook = await channel.create_webhook(name="mirror")
        for _ in range(4):
            await hook.send("x", wait=True)
        started = time.monotonic()
        last = asyncio.create_task(hook.send("last", wait=True))
        await client.hears("message", 5)
        assert not last.done()
        assert (await last).content == "last"
        assert 1.0 < time.monotonic() - started < 20.0


async def test_a_dropped_connection_resumes_and_misses_nothing() -> None:
    async with furnished() as rig, real_bot(rig) as client:
        await rig.d.post(rig.ann, rig.text, "before")
        await client.hears("message")
        await rig.d.drop_gateway(resumable=True)
        await rig.d.post(rig.ann, rig.text, "meanwhile")
        await client.hears("resumed")
        await rig.d.post(rig.ann, rig.text, "after")
        heard = await client.hears("message", 3)
        assert [m.content for m in heard] == ["before", "meanwhile", "after"]
        assert rig.d.gateway.identified == 1


async def test_a_forgotten_session_starts_anew_and_misses_what_was_said() -> None:
    async with furnished() as rig, real_bot(rig) as client:
        await rig.d.drop_gateway(resumable=False)
        await rig.d.post(rig.ann, rig.text, "missed")
        await client.hears("shard_ready", 2, seconds=15)
        await rig.d.post(rig.ann, rig.text, "heard")
        assert [m.content for m in await client.hears("message")] == ["heard"]
        assert rig.d.gateway.identified == 2


async def test_without_the_privileged_intent_it_is_turned_away() -> None:
    async with furnished(intents=KNOWN_INTENTS & ~Intent.MESSAGE_CONTENT) as rig:
        with pytest.raises(discord.PrivilegedIntentsRequired):
            async with real_bot(rig, intents=INTENTS):
                raise AssertionError("it got in")


async def test_an_unknown_token_is_a_login_failure() -> None:
    async with furnished() as rig:
        rig.d.world.apps.clear()
        with pytest.raises(discord.LoginFailure):
            async with real_bot(rig):
                raise AssertionError("it got in")


async def test_several_shards_log_in() -> None:
    async with furnished(shards=2) as rig, real_bot(rig) as client:
        assert client.shard_count == 2
        await rig.d.post(rig.ann, rig.text, "heard once")
        assert [m.content for m in await client.hears("message")] == ["heard once"]


async def test_files_go_both_ways() -> None:
    async with furnished() as rig, real_bot(rig) as client:
        channel = text_of(rig, client)
        sent = await channel.send(file=discord.File(io.BytesIO(b"words"), "a.txt"))
        assert await sent.attachments[0].read() == b"words"
        await rig.d.post(rig.ann, rig.text, attachments=[("b.txt", b"hers")])
        heard = (await client.hears("message", 2))[1]
        assert await heard.attachments[0].read() == b"hers"


async def test_archived_threads_are_fetched_and_listed() -> None:
    async with furnished() as rig, real_bot(rig) as client:
        channel = text_of(rig, client)
        thread = await (await channel.send("x")).create_thread(name="old")
        await thread.edit(archived=True)
        assert [t.id async for t in channel.archived_threads()] == [thread.id]
        fetched = await client.fetch_channel(thread.id)
        assert isinstance(fetched, discord.Thread)
        assert fetched.archived
        await client.get_partial_messageable(thread.id).send("alive again")
        assert not rig.d.threads(rig.text)[0]["thread_metadata"]["archived"]


async def test_its_heartbeats_are_never_measured_from_the_one_before(caplog: pytest.LogCaptureFixture) -> None:
    """discord.py would warn of a gateway that is behind, at the interval of a real one."""
    beat = 0.6
    async with furnished(limits=Limits.relaxed(heartbeat=beat)) as rig, real_bot(rig) as client:
        late = []
        for _ in range(6):
            await asyncio.sleep(beat)  # what is watched is that nothing happens
            late.append(client.latency)
    assert max(late[1:]) < beat, late
    assert [record.message for record in caplog.records if record.levelno >= logging.WARNING] == []
