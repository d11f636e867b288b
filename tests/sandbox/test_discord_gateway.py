"""The loopback Discord's gateway over raw sockets: identify, intents, resume, lost and doubled events."""

from __future__ import annotations

import asyncio
import time
from typing import Any

import aiohttp
import pytest

from bot.sandbox.discord import Intent, Limits, Permission
from bot.sandbox.discord.gateway import ACK_AFTER
from tests.support.loopback_discord import furnished
from tests.support.loopback_gateway import QUIET, Socket


async def test_hello_then_ready_then_guild_create() -> None:
    async with furnished() as rig, Socket(rig) as socket:
        assert (socket.hello["op"], socket.hello["d"]["heartbeat_interval"]) == (10, 41250)
        ready = await socket.identify()
        assert ready["d"]["guilds"] == [{"id": str(rig.guild.id), "unavailable": True}]
        assert ready["d"]["resume_gateway_url"] == rig.d.gateway_url
        guild = (await socket.frame())["d"]
        assert [c["name"] for c in guild["channels"]] == ["talk", "news", "essays"]
        await socket.send(1, ready["s"])
        assert (await socket.frame())["op"] == 11


async def test_guild_create_has_active_threads_only() -> None:
    async with furnished() as rig, Socket(rig) as socket:
        live, old = await rig.thread(), await rig.thread()
        await rig.d.archive(old)
        await socket.identify()
        assert [t["id"] for t in (await socket.frame())["d"]["threads"]] == [str(live.id)]


@pytest.mark.parametrize(
    ("data", "code"),
    [
        ({"token": "wrong", "intents": 1}, 4004),
        ({"intents": 1 << 30}, 4013),
        ({"intents": int(Intent.MESSAGE_CONTENT)}, 4014),
        ({"intents": 1, "shard": [2, 2]}, 4010),
    ],
)
async def test_identify_is_refused_with_its_close_code(data: dict[str, Any], code: int) -> None:
    async with furnished(intents=QUIET) as rig, Socket(rig) as socket:
        await socket.send(2, {"token": rig.app.token, **data})
        assert await socket.closed_with() == code


async def test_out_of_turn_and_oversized_frames_close_the_socket() -> None:
    async with furnished() as rig:
        async with Socket(rig) as socket:
            await socket.send(3, {})
            assert await socket.closed_with() == 4003
        async with Socket(rig) as socket:
            await socket.send(1, "x" * 5000)
            assert await socket.closed_with() == 4002
        async with Socket(rig) as socket:
            await socket.identify()
            await socket.send(2, {"token": rig.app.token, "intents": 1})
            assert await socket.closed_with() == 4005


async def test_more_than_120_frames_in_a_minute_are_too_many() -> None:
    async with furnished() as rig, Socket(rig) as socket:
        for _ in range(121):
            await socket.send(1, None)
        assert await socket.closed_with() == 4008


async def test_message_create_comes_before_the_answer() -> None:
    async with furnished() as rig, Socket(rig) as socket:
        await socket.identify()
        await socket.frame()
        rig.d.faults.next("POST", r"/channels/\d+/messages", "slow", seconds=0.3)
        answer = asyncio.create_task(rig.send(rig.text, "hello"))
        assert (await socket.until("MESSAGE_CREATE"))[-1]["d"]["content"] == "hello"
        assert not answer.done()
        assert (await answer).status == 200


async def test_without_the_intent_nothing_comes() -> None:
    async with furnished() as rig, Socket(rig) as socket:
        await socket.identify(int(Intent.GUILDS))
        await socket.frame()
        await rig.d.post(rig.ann, rig.text, "unheard")
        await rig.thread()
        assert (await socket.frame())["t"] == "THREAD_CREATE"


async def test_out_of_sight_nothing_comes() -> None:
    async with furnished() as rig, Socket(rig) as socket:
        rig.d.set_permissions(rig.app, rig.text, deny=Permission.VIEW_CHANNEL)
        await socket.identify()
        await socket.frame()
        await rig.d.post(rig.ann, rig.text, "unseen")
        await rig.d.post(rig.ann, rig.news, "seen")
        assert (await socket.frame())["d"]["content"] == "seen"


async def test_who_gains_sight_of_a_channel_is_told_of_its_threads() -> None:
    async with furnished() as rig, Socket(rig) as socket:
        thread = await rig.thread()
        rig.d.set_permissions(rig.app, rig.text, deny=Permission.VIEW_CHANNEL)
        await socket.identify()
        assert (await socket.frame())["d"]["threads"] == []
        rig.d.set_permissions(rig.app, rig.text, allow=Permission.VIEW_CHANNEL)
        told = (await socket.until("THREAD_LIST_SYNC"))[-1]["d"]
        assert [t["id"] for t in told["threads"]] == [str(thread.id)]
        assert [m["id"] for m in told["members"]] == [str(thread.id)]


async def test_content_is_blank_without_the_intent_own_webhook_messages_included() -> None:
    async with furnished(intents=QUIET) as rig, Socket(rig) as socket:
        await socket.identify(QUIET)
        await socket.frame()
        mention = f"<@{rig.app.user.id}> you"
        hook = await rig.webhook()
        await rig.d.post(rig.ann, rig.text, "secret")
        await rig.d.post(rig.ann, rig.text, mention)
        await rig.send(rig.text, "mine")
        await rig.execute(hook, "by webhook", embeds=[{"title": "t"}])
        frames = [(await socket.until("MESSAGE_CREATE"))[-1]["d"] for _ in range(4)]
        assert [f["content"] for f in frames] == ["", mention, "mine", ""]
        assert frames[3]["embeds"] == []
        shown = (await rig.call("GET", f"/channels/{rig.text.id}/messages")).body
        assert [m["content"] for m in reversed(shown)] == ["", mention, "mine", ""]
        by_token = await rig.call("GET", f"{hook}/messages/{frames[3]['id']}", token=False)
        assert by_token.body["content"] == "by webhook"


async def test_content_is_blank_for_a_session_that_did_not_ask_for_it() -> None:
    async with furnished() as rig, Socket(rig) as socket:
        await socket.identify(QUIET)
        await socket.frame()
        await rig.d.post(rig.ann, rig.text, "secret")
        assert (await socket.frame())["d"]["content"] == ""


async def test_a_resume_replays_what_was_missed() -> None:
    async with furnished() as rig:
        async with Socket(rig) as first:
            await first.identify()
            await first.frame()
        for n in range(3):
            await rig.d.post(rig.ann, rig.text, str(n))
        async with Socket(rig) as second:
            await second.send(6, {"token": rig.app.token, "session_id": first.session_id, "seq": first.sequence})
            frames = await second.until("RESUMED")
            assert [f["d"].get("content") for f in frames[:-1]] == ["0", "1", "2"]
            assert [f["s"] for f in frames] == list(range(first.sequence + 1, first.sequence + 5))
            await rig.d.post(rig.ann, rig.text, "3")
            assert (await second.frame())["d"]["content"] == "3"


@pytest.mark.parametrize("why", ["late", "forgotten", "unknown", "future"])
async def test_a_session_that_cannot_be_resumed_meets_op_9(why: str) -> None:
    async with furnished(turned=True) as rig:
        async with Socket(rig) as first:
            await first.identify()
            await first.frame()
            if why == "forgotten":
                await rig.d.drop_gateway(resumable=False)
                assert await first.closed_with() == 4000
        if why == "late":
            rig.clock.forward(181)
        async with Socket(rig) as second:
            data = {"token": rig.app.token, "session_id": first.session_id, "seq": first.sequence}
            data |= {"session_id": "x"} if why == "unknown" else {}
            data |= {"seq": 1000} if why == "future" else {}
            await second.send(6, data)
            assert await second.frame() == {"op": 9, "d": False}


async def test_op_7_asks_for_a_reconnect() -> None:
    async with furnished() as rig, Socket(rig) as socket:
        await socket.identify()
        await socket.frame()
        await rig.d.gateway.ask_reconnect()
        assert (await socket.frame())["op"] == 7


async def test_a_closed_gateway_refuses_connections() -> None:
    async with furnished() as rig:
        rig.d.gateway.open = False
        with pytest.raises(aiohttp.WSServerHandshakeError):
            await Socket(rig).__aenter__()


async def test_events_may_be_dropped_repeated_and_reordered() -> None:
    async with furnished() as rig, Socket(rig) as socket:
        await socket.identify()
        await socket.frame()
        rig.d.gateway_faults.drop("MESSAGE_CREATE")
        rig.d.gateway_faults.repeat("MESSAGE_CREATE")
        rig.d.gateway_faults.reorder("MESSAGE_CREATE")
        for n in range(4):
            await rig.d.post(rig.ann, rig.text, str(n))
        assert [(await socket.frame())["d"]["content"] for _ in range(4)] == ["1", "1", "3", "2"]


async def test_an_unfurled_link_is_an_update_without_an_edit_time() -> None:
    async with furnished() as rig, Socket(rig) as socket:
        await socket.identify()
        await socket.frame()
        sent = await rig.d.post(rig.ann, rig.text, "https://x.test")
        await rig.d.unfurl(sent, {"url": "https://x.test", "title": "t"})
        update = (await socket.until("MESSAGE_UPDATE"))[-1]["d"]
        assert (update["edited_timestamp"], update["embeds"][0]["title"]) == (None, "t")


async def test_delete_events_carry_ids_only() -> None:
    async with furnished() as rig, Socket(rig) as socket:
        await socket.identify()
        await socket.frame()
        sent = [await rig.d.post(rig.ann, rig.text, str(n)) for n in range(3)]
        await rig.d.delete(rig.ann, rig.text, sent[0])
        single = (await socket.until("MESSAGE_DELETE"))[-1]["d"]
        assert set(single) == {"id", "channel_id", "guild_id"}
        rig.d.set_permissions(rig.ann, None, allow=Permission.MANAGE_MESSAGES)
        await rig.d.bulk_delete(rig.ann, rig.text, sent[1:])
        several = (await socket.until("MESSAGE_DELETE_BULK"))[-1]["d"]
        assert several["ids"] == [str(m.id) for m in sent[1:]]


async def test_each_shard_has_its_own_guilds() -> None:
    async with furnished(turned=True) as rig:
        # The time part of a guild's id decides: two milliseconds in a row fall on both shards.
        for _ in range(2):
            rig.clock.forward(0.001)
            rig.d.add_guild(name="Other")
        await rig.d.rejoin(rig.app)
        for shard in (0, 1):
            async with Socket(rig) as socket:
                ready = await socket.identify(shard=[shard, 2])
                mine = [g.id for g in rig.d.world.guilds.values() if (g.id >> 22) % 2 == shard]
                assert [int(g["id"]) for g in ready["d"]["guilds"]] == mine


async def test_kick_and_rejoin_are_guild_delete_and_guild_create() -> None:
    async with furnished() as rig, Socket(rig) as socket:
        await socket.identify()
        await socket.frame()
        await rig.d.kick(rig.app)
        gone = await socket.frame()
        assert (gone["t"], gone["d"]) == ("GUILD_DELETE", {"id": str(rig.guild.id)})
        assert (await rig.send(rig.text)).code == 50001
        await rig.d.rejoin(rig.app)
        assert (await socket.frame())["t"] == "GUILD_CREATE"
        assert (await rig.send(rig.text)).status == 200


async def test_members_are_sent_on_request_only() -> None:
    async with furnished() as rig, Socket(rig) as socket:
        await socket.identify()
        guild = (await socket.frame())["d"]
        assert [m["user"]["id"] for m in guild["members"]] == [str(rig.app.user.id)]
        await socket.send(8, {"guild_id": str(rig.guild.id), "user_ids": [str(rig.ann.id), "1"], "nonce": "n"})
        chunk = (await socket.frame())["d"]
        assert [m["user"]["username"] for m in chunk["members"]] == ["ann"]
        assert (chunk["not_found"], chunk["nonce"]) == (["1"], "n")


async def test_heartbeats_may_be_made_faster() -> None:
    async with furnished(limits=Limits.relaxed(heartbeat=0.5)) as rig, Socket(rig) as socket:
        assert socket.hello["d"]["heartbeat_interval"] == 500


async def test_a_heartbeats_answer_takes_its_way_and_holds_nothing_up() -> None:
    async with furnished() as rig, Socket(rig) as socket:
        began = time.monotonic()
        await socket.send(1, None)
        await socket.identify()
        while (await socket.frame())["op"] != 11:
            pass
        assert time.monotonic() - began >= ACK_AFTER
