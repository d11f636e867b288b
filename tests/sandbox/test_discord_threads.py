"""Threads and forum posts of the loopback Discord: starting, archiving, locking, tags, lists, codes."""

from __future__ import annotations

import pytest

from bot.sandbox.discord import MEMBER, Permission
from tests.support.loopback_discord import furnished


async def test_a_thread_takes_its_messages_id_once() -> None:
    async with furnished() as rig:
        first = (await rig.send(rig.text)).body["id"]
        path = f"/channels/{rig.text.id}/messages/{first}/threads"
        got = await rig.call("POST", path, {"name": "t"})
        assert (got.status, got.body["id"], got.body["type"]) == (201, first, 11)
        assert (await rig.call("POST", path, {"name": "t"})).code == 160004
        assert rig.d.messages(rig.text)[0]["thread"]["id"] == first


async def test_threads_start_in_text_and_announcement_channels_and_not_from_system_messages() -> None:
    async with furnished() as rig:
        thread = await rig.thread()
        inside = (await rig.send(thread)).body["id"]
        got = await rig.call("POST", f"/channels/{thread.id}/messages/{inside}/threads", {"name": "t"})
        assert got.code == 50024
        await rig.call("POST", f"/channels/{rig.text.id}/threads", {"name": "alone", "type": 11})
        notice = rig.d.messages(rig.text)[-1]["id"]
        got = await rig.call("POST", f"/channels/{rig.text.id}/messages/{notice}/threads", {"name": "t"})
        assert got.code == 50021


async def test_threads_of_announcement_channels_have_type_10() -> None:
    async with furnished() as rig:
        first = (await rig.send(rig.news)).body["id"]
        got = await rig.call("POST", f"/channels/{rig.news.id}/messages/{first}/threads", {"name": "t"})
        assert got.body["type"] == 10


async def test_a_thread_without_a_message_leaves_a_notice() -> None:
    async with furnished() as rig:
        got = await rig.call("POST", f"/channels/{rig.text.id}/threads", {"name": "alone", "type": 11})
        assert got.status == 201
        notice = rig.d.messages(rig.text)[-1]
        assert (notice["type"], notice["message_reference"]["channel_id"]) == (18, got.body["id"])


async def test_plain_threads_take_create_public_threads_and_forum_posts_send_messages() -> None:
    async with furnished() as rig:
        first = (await rig.send(rig.text)).body["id"]
        path = f"/channels/{rig.text.id}/messages/{first}/threads"
        rig.d.set_permissions(rig.app, None, deny=Permission.CREATE_PUBLIC_THREADS)
        assert (await rig.call("POST", path, {"name": "t"})).code == 50013
        assert (await rig.forum_post()).status == 201
        rig.d.set_permissions(rig.app, None, deny=Permission.SEND_MESSAGES)
        assert (await rig.forum_post()).code == 50013


@pytest.mark.parametrize("name", ["", "x" * 101, None])
async def test_thread_names_have_1_to_100_characters(name: str | None) -> None:
    async with furnished() as rig:
        assert (await rig.forum_post(name=name)).code == 50035


async def test_a_forum_posts_thread_and_starter_share_one_id() -> None:
    async with furnished() as rig:
        got = (await rig.forum_post()).body
        assert got["id"] == got["message"]["id"] == got["message"]["channel_id"]
        assert (got["message_count"], got["total_message_sent"]) == (0, 0)
        await rig.send(int(got["id"]))
        assert rig.d.threads(rig.forum)[0]["message_count"] == 1


async def test_messages_straight_into_a_forum_are_40058() -> None:
    async with furnished() as rig:
        got = await rig.send(rig.forum)
        assert (got.status, got.code) == (400, 40058)


async def test_a_forum_that_requires_tags_refuses_posts_without_40067() -> None:
    async with furnished() as rig:
        rig.forum.flags |= 1 << 4
        assert (await rig.forum_post()).code == 40067
        tags = [str(rig.forum.tags[0].id)]
        assert (await rig.forum_post(applied_tags=tags)).body["applied_tags"] == tags


async def test_a_post_has_five_tags_at_most_all_of_its_forum_and_moderated_ones_are_for_moderators() -> None:
    async with furnished() as rig:
        known = [str(t.id) for t in rig.forum.tags]
        assert (await rig.forum_post(applied_tags=["1"])).code == 10087
        assert (await rig.forum_post(applied_tags=known * 3)).code == 50035
        rig.forum.tags[0].moderated = True
        assert (await rig.forum_post(applied_tags=known[:1])).status == 201
        rig.d.set_permissions(rig.app, None, deny=Permission.MANAGE_THREADS)
        assert (await rig.forum_post(applied_tags=known[:1])).code == 50013


async def test_the_starter_of_a_thread_may_rename_and_archive_it_without_manage_threads() -> None:
    async with furnished(permissions=MEMBER) as rig:
        thread = await rig.thread()
        path = f"/channels/{thread.id}"
        assert (await rig.call("PATCH", path, {"locked": True})).code == 50013
        got = await rig.call("PATCH", path, {"name": "x", "archived": True})
        assert (got.status, got.body["name"]) == (200, "x")


async def test_changing_a_channel_takes_manage_channels() -> None:
    async with furnished() as rig:
        assert (await rig.call("PATCH", f"/channels/{rig.text.id}", {"topic": "t"})).code == 50013


async def test_a_deleted_thread_is_10003_and_its_event_has_only_ids() -> None:
    async with furnished() as rig:
        thread = await rig.thread()
        assert (await rig.call("DELETE", f"/channels/{thread.id}")).status == 200
        assert (await rig.send(thread.id)).code == 10003
        assert set(rig.seen("THREAD_DELETE")[0]) == {"id", "guild_id", "parent_id", "type"}


async def test_deleting_a_thread_takes_manage_threads() -> None:
    async with furnished(permissions=MEMBER) as rig:
        thread = await rig.thread()
        assert (await rig.call("DELETE", f"/channels/{thread.id}")).code == 50013


async def test_deleting_the_starter_leaves_the_thread() -> None:
    async with furnished() as rig:
        got = (await rig.forum_post()).body
        assert (await rig.call("DELETE", f"/channels/{got['id']}/messages/{got['id']}")).status == 204
        assert (await rig.send(int(got["id"]))).status == 200


async def test_a_deleted_channel_takes_its_threads_and_webhooks_along() -> None:
    async with furnished() as rig:
        thread, hook = await rig.thread(), await rig.webhook()
        await rig.d.delete_channel(rig.text)
        assert (await rig.send(thread.id)).code == 10003
        assert (await rig.execute(hook)).code == 10015
        assert rig.seen("CHANNEL_DELETE")[0]["id"] == str(rig.text.id)


async def test_forum_tags_are_20_of_20_characters_at_most() -> None:
    async with furnished() as rig:
        rig.d.set_permissions(rig.app, None, allow=Permission.MANAGE_CHANNELS)
        path = f"/channels/{rig.forum.id}"
        assert (await rig.call("PATCH", path, {"available_tags": [{"name": "x"}] * 21})).code == 30048
        assert (await rig.call("PATCH", path, {"available_tags": [{"name": "x" * 21}]})).code == 50035
        got = await rig.call("PATCH", path, {"available_tags": [{"name": "new"}], "topic": "t"})
        assert [t["name"] for t in got.body["available_tags"]] == ["new"]


@pytest.mark.parametrize("minutes", [60, 1440, 4320, 10080, 61])
async def test_auto_archive_durations_are_four(minutes: int) -> None:
    async with furnished() as rig:
        assert (await rig.forum_post(auto_archive_duration=minutes)).status == (400 if minutes == 61 else 201)


async def test_members_start_threads_and_posts_too() -> None:
    async with furnished() as rig:
        message = await rig.d.post(rig.ann, rig.text, "let us talk")
        thread = await rig.d.start_thread(rig.ann, message, "talk")
        post = await rig.d.start_post(rig.bob, rig.forum, "mine", "words", [rig.forum.tags[1].id])
        assert thread.thread is not None
        assert (thread.id, thread.thread.owner_id) == (message.id, rig.ann.id)
        assert rig.d.messages(post)[0]["content"] == "words"
