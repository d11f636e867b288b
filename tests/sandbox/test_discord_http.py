"""The loopback Discord's manners on the wire: content type, headers, ids, tokens, faults, the record of calls."""

from __future__ import annotations

import asyncio
import json

import aiohttp
import pytest

from bot.sandbox.discord import Limits, LoopbackDiscord
from tests.support.loopback_discord import furnished


async def test_json_answers_have_exactly_the_content_type_application_json() -> None:
    async with furnished() as rig:
        for got in (await rig.send(rig.text), await rig.call("GET", "/users/@me"), await rig.call("GET", "/nowhere")):
            assert got.headers["Content-Type"] == "application/json"


async def test_an_answer_without_a_body_has_no_json() -> None:
    async with furnished() as rig:
        message = (await rig.send(rig.text)).body["id"]
        got = await rig.call("DELETE", f"/channels/{rig.text.id}/messages/{message}")
        assert (got.status, got.body) == (204, None)


@pytest.mark.parametrize("content", ["hello", ""])
async def test_rate_limit_headers_are_on_2xx_and_on_4xx(content: str) -> None:
    async with furnished(limits=Limits()) as rig:
        got = await rig.send(rig.text, content)
        assert got.status == (200 if content else 400)
        assert (got.headers["X-RateLimit-Limit"], got.headers["X-RateLimit-Remaining"]) == ("5", "4")
        assert 0 < float(got.headers["X-RateLimit-Reset-After"]) <= 5
        assert float(got.headers["X-RateLimit-Reset"]) > 1_700_000_000
        assert got.headers["X-RateLimit-Bucket"]


async def test_a_429_has_via_scope_retry_after_and_the_documented_body() -> None:
    async with furnished(limits=Limits()) as rig:
        got = [await rig.send(rig.text) for _ in range(6)][-1]
    assert got.status == 429
    assert got.headers["Via"]
    assert got.headers["X-RateLimit-Scope"] == "user"
    # The header is in whole seconds, the body is exact.
    assert got.headers["Retry-After"] == "5"
    assert 4 < got.body["retry_after"] <= 5
    assert (got.body["global"], got.body["message"]) == (False, "You are being rate limited.")


async def test_ids_are_snowflakes_of_17_digits_or_more_strictly_increasing_with_the_time_in_them() -> None:
    async with furnished() as rig:
        ids = [int((await rig.send(rig.text)).body["id"]) for _ in range(3)]
        stamp = (ids[0] >> 22) / 1000 + 1_420_070_400
        assert abs(stamp - rig.d.world.clock()) < 5
        assert ids == sorted(set(ids))
        assert all(len(str(i)) >= 17 for i in [*ids, rig.guild.id, rig.app.id])


async def test_tokens_are_60_characters_or_longer() -> None:
    async with furnished() as rig:
        token = (await rig.webhook()).rsplit("/", 1)[1]
        assert len(rig.app.token) >= 60
        assert len(token) >= 60


@pytest.mark.parametrize("token", [False, "wrong"])
async def test_without_a_known_token_401(token: bool | str) -> None:
    async with furnished() as rig:
        got = await rig.call("GET", "/users/@me", token=token)
        assert (got.status, got.body) == (401, {"message": "401: Unauthorized", "code": 0})


async def test_unknown_paths_are_404_with_code_0() -> None:
    async with furnished() as rig:
        got = await rig.call("GET", "/nowhere")
        assert (got.status, got.code) == (404, 0)


async def test_ids_that_are_no_snowflakes_are_a_form_error() -> None:
    async with furnished() as rig:
        got = await rig.call("GET", "/channels/talk/messages")
        assert (got.status, got.form_codes()) == (400, {"NUMBER_TYPE_COERCE"})


async def test_a_body_that_is_no_json_is_refused() -> None:
    async with furnished() as rig:
        for body in (b"{", b"[" * 50_000, b'{"content":"\xff"}', '{"content":"x"}'.encode("utf-16")):
            got = await rig.call("POST", f"/channels/{rig.text.id}/messages", data=body)
            assert (got.status, got.code) == (400, 50109), body[:20]
            form = aiohttp.FormData()
            form.add_field("payload_json", body, filename="body.json", content_type="application/json")
            got = await rig.call("POST", f"/channels/{rig.text.id}/messages", data=form)
            assert (got.status, got.code) == (400, 50109), body[:20]


async def test_multipart_requests_carry_payload_json_and_files() -> None:
    async with furnished() as rig:
        form = aiohttp.FormData(quote_fields=False)
        described = [{"id": 0, "filename": "b.txt", "description": "a b"}]
        form.add_field("payload_json", json.dumps({"content": "see", "attachments": described}))
        form.add_field("files[0]", b"bee", filename="a.txt", content_type="text/plain")
        got = await rig.call("POST", f"/channels/{rig.text.id}/messages", data=form)
        shown = got.body["attachments"][0]
        assert (shown["filename"], shown["description"], shown["size"]) == ("b.txt", "a b", 3)
        assert rig.d.calls[-1].body["content"] == "see"


async def test_files_beyond_the_limit_are_refused() -> None:
    async with furnished(limits=Limits.relaxed(file_bytes=10)) as rig:
        form = aiohttp.FormData(quote_fields=False)
        form.add_field("payload_json", "{}")
        form.add_field("files[0]", b"12345678901", filename="a.txt")
        got = await rig.call("POST", f"/channels/{rig.text.id}/messages", data=form)
        assert (got.status, got.code) == (413, 40005)


async def test_calls_are_recorded_without_the_bot_token() -> None:
    async with furnished() as rig:
        await rig.call("GET", f"/channels/{rig.text.id}/messages", limit="5")
        call = rig.d.calls[-1]
        assert (call.method, call.path, call.query) == ("GET", f"/channels/{rig.text.id}/messages", {"limit": "5"})
        assert (call.status, call.response) == (200, [])
        assert rig.app.token not in repr(call)


@pytest.mark.parametrize("kind", ["500", "502", "503", "504", "403"])
async def test_a_fault_of_status_refuses_once_and_does_nothing(kind: str) -> None:
    async with furnished() as rig:
        rig.d.faults.next("POST", r"/channels/\d+/messages", kind)
        assert (await rig.send(rig.text)).status == int(kind)
        assert rig.d.messages(rig.text) == []
        assert (await rig.send(rig.text)).status == 200


@pytest.mark.parametrize("scope", ["user", "shared", "global"])
async def test_a_fault_429_has_its_scope(scope: str) -> None:
    async with furnished() as rig:
        rig.d.faults.next("POST", r"/channels/.*", f"429-{scope}", seconds=1.5)
        got = await rig.send(rig.text)
        assert (got.status, got.body["retry_after"], got.body["global"]) == (429, 1.5, scope == "global")
        assert got.headers["X-RateLimit-Scope"] == scope
        assert ("X-RateLimit-Global" in got.headers) == (scope == "global")


async def test_a_fault_429_no_via_lacks_only_the_header() -> None:
    async with furnished() as rig:
        rig.d.faults.next("*", r"/.*", "429-no-via")
        got = await rig.send(rig.text)
        assert got.status == 429
        assert "Via" not in got.headers


async def test_reset_before_does_nothing_and_reset_after_does_everything() -> None:
    async with furnished() as rig:
        for kind, sent in (("reset-before", 0), ("reset-after", 1)):
            rig.d.faults.next("POST", r"/channels/\d+/messages", kind)
            with pytest.raises(aiohttp.ClientConnectionError):
                await rig.send(rig.text)
            assert len(rig.d.messages(rig.text)) == sent
            assert rig.d.calls[-1].status == 0


async def test_never_does_it_and_does_not_answer() -> None:
    async with furnished() as rig:
        rig.d.faults.next("POST", r"/channels/\d+/messages", "never")
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(rig.send(rig.text), 0.2)
        assert len(rig.d.messages(rig.text)) == 1


async def test_slow_and_not_json_and_codes() -> None:
    async with furnished() as rig:
        rig.d.faults.next("POST", r"/channels/\d+/messages", "slow", seconds=0.2)
        started = asyncio.get_running_loop().time()
        assert (await rig.send(rig.text)).status == 200
        assert asyncio.get_running_loop().time() - started >= 0.2
        rig.d.faults.next("POST", r"/channels/\d+/messages", "not-json")
        got = await rig.send(rig.text)
        assert (got.status, got.headers["Content-Type"]) == (200, "text/html; charset=utf-8")
        rig.d.faults.next("POST", r"/channels/\d+/messages", "code:200000")
        assert (await rig.send(rig.text)).code == 200000
        with pytest.raises(ValueError, match="unknown kind"):
            rig.d.faults.next("POST", "/", "teapot")


async def test_a_fault_may_wait_for_later_calls_and_strike_several_times() -> None:
    async with furnished() as rig:
        rig.d.faults.next("POST", r"/channels/\d+/messages", "500", times=2, after=1)
        assert [(await rig.send(rig.text)).status for _ in range(4)] == [200, 500, 500, 200]


async def test_a_fixed_port_may_be_asked_for_again() -> None:
    async with LoopbackDiscord() as first:
        port = first.port
    async with LoopbackDiscord(port=port) as second:
        assert second.api_url == f"http://127.0.0.1:{port}/api/v10"


async def test_dump_names_guilds_channels_threads_and_messages() -> None:
    async with furnished() as rig:
        thread = await rig.thread(name="dumped")
        await rig.send(thread, "words")
        told = rig.d.dump()["Readers"]
        assert [t["name"] for t in told["threads"]] == ["dumped"]
        assert told["threads"][0]["messages"][-1]["content"] == "words"
