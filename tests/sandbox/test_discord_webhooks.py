"""Webhooks of the loopback Discord: no replies, no nonces, names, threads, forum posts, counts."""

from __future__ import annotations

from typing import Any

import pytest

from bot.sandbox.discord import Limits, Permission
from tests.support.loopback_discord import Rig, furnished

EVERYONE = Permission.MENTION_EVERYONE


async def test_execute_ignores_message_reference_and_makes_a_plain_message() -> None:
    async with furnished() as rig:
        hook = await rig.webhook()
        target = (await rig.send(rig.text)).body["id"]
        got = await rig.execute(hook, message_reference={"message_id": target})
        assert (got.status, got.body["type"]) == (200, 0)
        assert "message_reference" not in got.body


async def test_execute_ignores_nonces_so_that_a_repeat_is_a_duplicate() -> None:
    async with furnished() as rig:
        hook = await rig.webhook()
        got = [await rig.execute(hook, nonce="1", enforce_nonce=True) for _ in range(2)]
        assert got[0].body["id"] != got[1].body["id"]
        assert "nonce" not in got[0].body


async def test_execute_has_no_stickers() -> None:
    async with furnished() as rig:
        hook = await rig.webhook()
        assert "sticker_items" not in (await rig.execute(hook, sticker_ids=["749054660769218631"])).body
        assert (await rig.execute(hook, "", sticker_ids=["749054660769218631"])).code == 50006


async def test_the_author_is_the_override_under_the_webhooks_id() -> None:
    async with furnished() as rig:
        hook = await rig.webhook()
        got = (await rig.execute(hook, username=" Ann   Ö. ", avatar_url="https://x.test/a.png")).body
        author = got["author"]
        assert (author["id"], author["username"], author["discriminator"]) == (hook.split("/")[2], "Ann Ö.", "0000")
        assert author["bot"]
        assert author["avatar"]
        assert (got["webhook_id"], got["application_id"]) == (author["id"], str(rig.app.id))
        assert "member" not in rig.seen("MESSAGE_CREATE")[-1]
        assert (await rig.execute(hook)).body["author"]["username"] == "mirror"


async def test_a_thread_must_be_a_child_of_the_webhooks_channel() -> None:
    async with furnished() as rig:
        thread, elsewhere = await rig.thread(), await rig.webhook(rig.news)
        got = await rig.execute(elsewhere, query={"thread_id": str(thread.id)})
        assert (got.status, got.code) == (404, 10003)
        assert (await rig.execute(await rig.webhook(), query={"thread_id": str(thread.id)})).status == 200


async def test_execute_unarchives_a_thread() -> None:
    async with furnished() as rig:
        thread, hook = await rig.thread(), await rig.webhook()
        await rig.d.archive(thread)
        assert (await rig.execute(hook, query={"thread_id": str(thread.id)})).status == 200
        assert not rig.d.threads(rig.text)[0]["thread_metadata"]["archived"]
        assert [e for e, _ in rig.events if e.startswith("THREAD_")][-2:] == ["THREAD_UPDATE", "THREAD_MEMBER_UPDATE"]


async def test_execute_is_refused_in_a_locked_thread() -> None:
    async with furnished() as rig:
        thread, hook = await rig.thread(), await rig.webhook()
        await rig.d.archive(thread, locked=True)
        assert (await rig.execute(hook, query={"thread_id": str(thread.id)})).code == 160005


async def test_without_wait_204_and_a_message_that_is_not_saved_reports_no_error() -> None:
    async with furnished() as rig:
        thread, hook = await rig.thread(), await rig.webhook()
        assert (await rig.execute(hook, wait="false")).status == 204
        await rig.d.archive(thread, locked=True)
        got = await rig.execute(hook, wait="false", query={"thread_id": str(thread.id)})
        assert (got.status, got.body) == (204, None)
        assert len(rig.d.messages(thread)) == 1
        assert (await rig.execute(hook, "", wait="false")).status == 400


@pytest.mark.parametrize(
    ("body", "query", "code"),
    [
        ({}, {}, 220001),
        ({"thread_name": "n"}, {"thread_id": "1" * 18}, 220002),
        ({"thread_name": "x" * 101}, {}, 50035),
    ],
)
async def test_a_forum_takes_exactly_one_of_thread_id_and_thread_name(
    body: dict[str, Any], query: dict[str, str], code: int
) -> None:
    async with furnished() as rig:
        got = await rig.execute(await rig.webhook(rig.forum), query=query, **body)
        assert (got.status, got.code) == (400, code)


async def test_thread_name_outside_of_a_forum_is_220003() -> None:
    async with furnished() as rig:
        assert (await rig.execute(await rig.webhook(), thread_name="n")).code == 220003


async def test_thread_name_opens_a_forum_post_whose_id_is_the_channel_id_and_the_message_id() -> None:
    async with furnished() as rig:
        tag = rig.forum.tags[0].id
        hook = await rig.webhook(rig.forum)
        got = (await rig.execute(hook, thread_name="a post", applied_tags=[str(tag)])).body
        assert got["id"] == got["channel_id"]
        thread = rig.d.threads(rig.forum)[0]
        assert (thread["id"], thread["name"], thread["applied_tags"]) == (got["id"], "a post", [str(tag)])


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("Clyde", "USERNAME_INVALID_CONTAINS"),
        ("my DISCORD fan", "USERNAME_INVALID_CONTAINS"),
        ("```", "USERNAME_INVALID_CONTAINS"),
        ("Everyone", "USERNAME_INVALID"),
        (" here ", "USERNAME_INVALID"),
        ("x" * 81, "BASE_TYPE_BAD_LENGTH"),
        (" ", "BASE_TYPE_BAD_LENGTH"),
    ],
)
async def test_names_that_discord_refuses(name: str, code: str) -> None:
    async with furnished() as rig:
        used = await rig.execute(await rig.webhook(), username=name)
        made = await rig.call("POST", f"/channels/{rig.text.id}/webhooks", {"name": name})
        for got in (used, made):
            assert (got.status, got.code, got.form_codes()) == (400, 50035, {code})


@pytest.mark.parametrize(
    ("url", "code"),
    [
        ("ftp://x.test/a.png", "URL_TYPE_INVALID_SCHEME"),
        ("a picture", "URL_TYPE_INVALID_URL"),
        ("https://x.test/" + "x" * 2048, "BASE_TYPE_MAX_LENGTH"),
    ],
)
async def test_avatars_are_http_addresses_of_2048_at_most(url: str, code: str) -> None:
    async with furnished() as rig:
        assert (await rig.execute(await rig.webhook(), avatar_url=url)).form_codes() == {code}


async def test_a_channel_has_15_webhooks_and_a_guild_1000() -> None:
    async with furnished(limits=Limits.relaxed(webhooks_per_guild=16)) as rig:
        for _ in range(15):
            await rig.webhook()
        made = await rig.call("POST", f"/channels/{rig.text.id}/webhooks", {"name": "x"})
        assert (made.status, made.code) == (400, 30007)
        await rig.webhook(rig.news)
        assert (await rig.call("POST", f"/channels/{rig.news.id}/webhooks", {"name": "x"})).code == 30058


async def test_threads_have_no_webhooks() -> None:
    async with furnished() as rig:
        thread = await rig.thread()
        assert (await rig.call("POST", f"/channels/{thread.id}/webhooks", {"name": "x"})).code == 50024


async def test_making_and_listing_take_manage_webhooks() -> None:
    async with furnished() as rig:
        rig.d.set_permissions(rig.app, None, deny=Permission.MANAGE_WEBHOOKS)
        for method, body in (("POST", {"name": "x"}), ("GET", None)):
            got = await rig.call(method, f"/channels/{rig.text.id}/webhooks", body)
            assert (got.status, got.code) == (403, 50013)


async def test_an_unknown_webhook_is_10015_and_a_wrong_token_50027() -> None:
    async with furnished() as rig:
        hook = await rig.webhook()
        number = hook.split("/")[2]
        assert (await rig.execute(f"/webhooks/{number}/wrong")).code == 50027
        await rig.d.delete_webhook(int(number))
        got = await rig.execute(hook)
        assert (got.status, got.code) == (404, 10015)


async def test_the_token_is_shown_only_to_the_application_that_made_it() -> None:
    async with furnished() as rig:
        await rig.webhook()
        other = rig.d.add_bot(name="Other")
        path = f"/channels/{rig.text.id}/webhooks"
        assert "token" in (await rig.call("GET", path)).body[0]
        assert "token" not in (await rig.call("GET", path, token=other.token)).body[0]


async def sent_in_thread(rig: Rig) -> tuple[str, str, str]:
    thread, hook = await rig.thread(), await rig.webhook()
    got = await rig.execute(hook, query={"thread_id": str(thread.id)})
    return hook, str(thread.id), got.body["id"]


@pytest.mark.parametrize(("method", "body"), [("GET", None), ("PATCH", {"content": "x"}), ("DELETE", None)])
async def test_a_message_in_a_thread_is_found_with_thread_id_only(method: str, body: Any) -> None:
    async with furnished() as rig:
        hook, thread, message = await sent_in_thread(rig)
        path = f"{hook}/messages/{message}"
        got = await rig.call(method, path, body, token=False)
        assert (got.status, got.code) == (404, 10008)
        assert (await rig.call(method, path, body, token=False, thread_id=thread)).status in (200, 204)


async def test_edit_is_refused_in_an_archived_thread_and_delete_is_not() -> None:
    async with furnished() as rig:
        hook, thread, message = await sent_in_thread(rig)
        await rig.d.archive(int(thread))
        path = f"{hook}/messages/{message}"
        got = await rig.call("PATCH", path, {"content": "x"}, token=False, thread_id=thread)
        assert (got.status, got.code) == (400, 50083)
        assert (await rig.call("DELETE", path, token=False, thread_id=thread)).status == 204


async def test_delete_is_refused_in_an_archived_thread_that_is_locked() -> None:
    async with furnished() as rig:
        hook, thread, message = await sent_in_thread(rig)
        await rig.d.archive(int(thread), locked=True)
        got = await rig.call("DELETE", f"{hook}/messages/{message}", token=False, thread_id=thread)
        assert got.code == 160005


async def test_the_bot_token_may_delete_but_not_edit_a_webhook_message() -> None:
    async with furnished() as rig:
        _, thread, message = await sent_in_thread(rig)
        path = f"/channels/{thread}/messages/{message}"
        assert (await rig.call("PATCH", path, {"content": "x"})).code == 50005
        assert (await rig.call("DELETE", path)).status == 204


async def test_only_the_webhooks_own_messages_are_found() -> None:
    async with furnished() as rig:
        foreign = (await rig.send(rig.text)).body["id"]
        others = (await rig.execute(await rig.webhook())).body["id"]
        hook = await rig.webhook()
        for message in (foreign, others):
            assert (await rig.call("GET", f"{hook}/messages/{message}", token=False)).code == 10008


async def test_webhooks_update_carries_guild_and_channel_only() -> None:
    async with furnished() as rig:
        await rig.webhook()
        assert rig.seen("WEBHOOKS_UPDATE") == [{"guild_id": str(rig.guild.id), "channel_id": str(rig.text.id)}]


async def test_mention_everyone_follows_the_bot_that_made_the_webhook() -> None:
    async with furnished() as rig:
        hook = await rig.webhook()
        allowed = {"parse": ["everyone"]}
        assert not (await rig.execute(hook, "@everyone", allowed_mentions=allowed)).body["mention_everyone"]
        rig.d.set_permissions(rig.app, None, allow=EVERYONE)
        assert (await rig.execute(hook, "@everyone", allowed_mentions=allowed)).body["mention_everyone"]


async def test_a_moved_or_renamed_webhook_keeps_its_token() -> None:
    async with furnished() as rig:
        hook = await rig.webhook()
        number = hook.split("/")[2]
        got = await rig.call("PATCH", f"/webhooks/{number}", {"name": "other", "channel_id": str(rig.news.id)})
        assert (got.body["name"], got.body["channel_id"]) == ("other", str(rig.news.id))
        assert (await rig.execute(hook)).body["channel_id"] == str(rig.news.id)
