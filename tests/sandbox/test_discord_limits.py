"""The loopback Discord's rate limits, bucket by bucket, on a clock that the test turns."""

from __future__ import annotations

from typing import Any

import pytest

from bot.sandbox.discord import Limits, Rate
from tests.support.loopback_discord import Got, Rig, StandingClock, furnished


def real_numbers(clock: StandingClock, **changes: Any) -> Limits:
    return Limits(clock=clock, **changes)


async def many(count: int, rig: Rig, method: str, path: str, body: Any = None, **more: Any) -> list[Got]:
    return [await rig.call(method, path, body, **more) for _ in range(count)]


def statuses(got: list[Got]) -> list[int]:
    return [one.status for one in got]


async def test_create_message_is_5_in_5_seconds_for_each_channel_id_a_thread_is_its_own() -> None:
    clock = StandingClock()
    async with furnished(limits=real_numbers(clock)) as rig:
        thread = await rig.thread()
        path = f"/channels/{rig.text.id}/messages"
        assert statuses(await many(5, rig, "POST", path, {"content": "x"})) == [200] * 4 + [429]
        assert (await rig.send(thread)).status == 200
        clock.forward(5.0)
        assert (await rig.send(rig.text)).status == 200


async def test_execute_webhook_is_5_in_2_seconds_for_each_webhook_shared_by_its_threads() -> None:
    clock = StandingClock()
    async with furnished(limits=real_numbers(clock)) as rig:
        thread, hook, other = await rig.thread(), await rig.webhook(), await rig.webhook()
        for n in range(5):
            assert (await rig.execute(hook, query={"thread_id": str(thread.id)} if n % 2 else {})).status == 200
        assert (await rig.execute(hook)).status == 429
        assert (await rig.execute(other)).status == 200
        clock.forward(2.0)
        assert (await rig.execute(hook)).status == 200


async def test_all_webhooks_of_a_channel_share_a_hidden_30_in_60_seconds() -> None:
    clock = StandingClock()
    async with furnished(limits=real_numbers(clock)) as rig:
        thread = await rig.thread()
        hooks = [await rig.webhook() for _ in range(7)]
        got = []
        for n in range(31):
            query = {"thread_id": str(thread.id)} if n % 2 else {}
            got.append(await rig.execute(hooks[n % 7], query=query))
        assert statuses(got) == [200] * 30 + [429]
        refused = got[-1]
        assert int(refused.headers["X-RateLimit-Remaining"]) > 0
        assert refused.headers["X-RateLimit-Scope"] == "shared"
        assert refused.body["retry_after"] == pytest.approx(60, abs=0.1)
        elsewhere = await rig.webhook(rig.news)
        assert (await rig.execute(elsewhere)).status == 200
        clock.forward(60)
        assert (await rig.execute(hooks[0])).status == 200


async def test_edits_are_5_in_5_seconds_and_old_ones_3_in_6_with_code_30046() -> None:
    clock = StandingClock()
    async with furnished(limits=real_numbers(clock)) as rig:
        path = f"/channels/{rig.text.id}/messages/{(await rig.send(rig.text)).body['id']}"
        assert statuses(await many(6, rig, "PATCH", path, {"content": "y"})) == [200] * 5 + [429]
        clock.forward(3601)
        old = await many(4, rig, "PATCH", path, {"content": "z"})
        assert statuses(old) == [200] * 3 + [429]
        assert old[-1].code == 30046
        assert int(old[-1].headers["X-RateLimit-Remaining"]) > 0


@pytest.mark.parametrize(("age", "most", "seconds"), [(0, 5, 1.0), (60, 3, 0.333), (15 * 86400, 30, 4.0)])
async def test_deletes_have_three_buckets_by_age(age: int, most: int, seconds: float) -> None:
    clock = StandingClock()
    many_sends = real_numbers(clock, create_message=Rate(1000, 1.0))
    async with furnished(limits=many_sends) as rig:
        ids = [(await rig.send(rig.text)).body["id"] for _ in range(most + 1)]
        clock.forward(age)
        got = [await rig.call("DELETE", f"/channels/{rig.text.id}/messages/{i}") for i in ids]
        assert statuses(got) == [204] * most + [429]
        clock.forward(seconds + 0.001)
        assert (await rig.call("DELETE", f"/channels/{rig.text.id}/messages/{ids[-1]}")).status == 204


async def test_renames_are_2_in_10_minutes_and_other_changes_are_not() -> None:
    clock = StandingClock()
    async with furnished(limits=real_numbers(clock)) as rig:
        thread = await rig.thread()
        path = f"/channels/{thread.id}"
        got = [await rig.call("PATCH", path, {"name": f"name {n}"}) for n in range(3)]
        assert statuses(got) == [200, 200, 429]
        assert got[-1].body["retry_after"] == pytest.approx(600, abs=0.1)
        assert (await rig.call("PATCH", path, {"auto_archive_duration": 60})).status == 200


async def test_threads_are_limited_for_the_guild_with_scope_shared() -> None:
    clock = StandingClock()
    async with furnished(limits=real_numbers(clock, create_thread=Rate(2, 300.0))) as rig:
        body = {"name": "post", "message": {"content": "x"}}
        got = await many(2, rig, "POST", f"/channels/{rig.forum.id}/threads", body)
        first = (await rig.send(rig.text)).body["id"]
        got += [await rig.call("POST", f"/channels/{rig.text.id}/messages/{first}/threads", {"name": "x"})]
        assert statuses(got) == [201, 201, 429]
        assert got[-1].headers["X-RateLimit-Scope"] == "shared"


async def test_reactions_are_1_in_a_quarter_of_a_second_for_a_channel() -> None:
    clock = StandingClock()
    async with furnished(limits=real_numbers(clock)) as rig:
        message = (await rig.send(rig.text)).body["id"]
        path = f"/channels/{rig.text.id}/messages/{message}/reactions/%E2%9C%85/@me"
        assert statuses(await many(2, rig, "PUT", path)) == [204, 429]
        clock.forward(0.25)
        assert (await rig.call("PUT", path)).status == 204


async def test_the_global_limit_is_50_in_a_second_and_webhooks_are_outside_of_it() -> None:
    clock = StandingClock()
    async with furnished(limits=real_numbers(clock)) as rig:
        hook = await rig.webhook()
        clock.forward(1)
        paths = ["/users/@me", "/gateway/bot", f"/channels/{rig.text.id}"]
        got = [await rig.call("GET", paths[n % 3]) for n in range(51)]
        assert statuses(got) == [200] * 50 + [429]
        assert got[-1].body["global"]
        assert got[-1].headers["X-RateLimit-Global"] == "true"
        assert got[-1].headers["X-RateLimit-Scope"] == "global"
        assert (await rig.execute(hook)).status == 200


async def test_401_403_and_429_are_counted_but_not_those_of_scope_shared() -> None:
    async with furnished() as rig:
        await rig.call("GET", "/users/@me", token="wrong")
        rig.d.faults.next("*", "/.*", "429-shared")
        rig.d.faults.next("*", "/.*", "429-user")
        rig.d.faults.next("*", "/.*", "403")
        for _ in range(3):
            await rig.send(rig.text)
        assert rig.d.meter.invalid == 3


async def test_too_many_invalid_requests_are_answered_by_cloudflare() -> None:
    clock = StandingClock()
    limits = Limits.relaxed(clock=clock, invalid=Rate(3, 600.0))
    async with furnished(limits=limits) as rig:
        await many(4, rig, "GET", "/users/@me", token="wrong")
        got = await rig.call("GET", "/users/@me")
        assert (got.status, "Via" in got.headers) == (429, False)
        assert got.headers["Content-Type"] != "application/json"
        clock.forward(600)
        assert (await rig.call("GET", "/users/@me")).status == 200


async def test_relaxed_limits_keep_sizes_and_counts() -> None:
    relaxed = Limits.relaxed(active_threads=3)
    assert relaxed.create_message.most > 100_000
    assert (relaxed.active_threads, relaxed.webhooks_per_channel) == (3, 15)
