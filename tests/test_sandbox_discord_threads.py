"""Threads and forum posts of the loopback Discord: starting, archiving, locking, tags, lists, codes."""

from __future__ import annotations

from typing import Any

import pytest

from bot.sandbox.discord import MEMBER, Limits, Permission, Refused
from tests.sandbox_discord import Rig, furnished

POST = {"name": "a post", "message": {"content": "first"}}


async def post_in_forum(rig: Rig, **fields: Any) -> Any:
    return await rig.call("POST", f"/channels/{rig.forum.id}/threads", {**POST, **fields})


async def test_a_thread_takes_its_messages_id_once() -> None:
    async with furnished() as rig:
        first = (await rig.send(rig.text)).body["id"]
        path = f"/channels/{rig.text.id}/messages/{first}/threads"
        got = await rig.call("POST", path, {"name": "t"})
        assert (got.status, got.body["id"], got.body["type"]) == (201, first, 11)
        assert (await rig.call("POST", path, {"name": "t"})).code == 160004
        assert rig.d.messages(rig.text)[0]["thread"]["id"] == first


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
        assert (await post_in_forum(rig)).status == 201
        rig.d.set_permissions(rig.app, None, deny=Permission.SEND_MESSAGES)
        assert (await post_in_forum(rig)).code == 50013


@pytest.mark.parametrize("name", ["", "x" * 101, None])
async def test_thread_names_have_1_to_100_characters(name: str | None) -> None:
    async with furnished() as rig:
        assert (await post_in_forum(rig, name=name)).code == 50035


async def test_a_forum_posts_thread_and_starter_share_one_id() -> None:
    async with furnished() as rig:
        got = (await post_in_forum(rig)).body
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
        assert (await post_in_forum(rig)).code == 40067
        tags = [str(rig.forum.tags[0].id)]
        assert (await post_in_forum(rig, applied_tags=tags)).body["applied_tags"] == tags


async def test_a_post_has_five_tags_at_most_all_of_its_forum_and_moderated_ones_are_for_moderators() -> None:
    async with furnished() as rig:
        known = [str(t.id) for t in rig.forum.tags]
        assert (await post_in_forum(rig, applied_tags=["1"])).code == 10087
        assert (await post_in_forum(rig, applied_tags=known * 3)).code == 50035
        rig.forum.tags[0].moderated = True
        assert (await post_in_forum(rig, applied_tags=known[:1])).status == 201
        rig.d.set_permissions(rig.app, None, deny=Permission.MANAGE_THREADS)
        assert (await post_in_forum(rig, applied_tags=known[:1])).code == 50013


async def archived(rig: Rig, *, locked: bool = False) -> tuple[int, str]:
    """An archived thread and a message of the bot's in it."""
    thread = await rig.thread()
    message = (await rig.send(thread)).body["id"]
    await rig.d.archive(thread, locked=locked)
    return thread.id, message


async def test_a_send_unarchives_and_tells_thread_update_then_thread_member_update() -> None:
    async with furnished() as rig:
        thread, _ = await archived(rig)
        rig.events.clear()
        assert (await rig.send(thread)).status == 200
        assert [e for e, _ in rig.events] == ["THREAD_UPDATE", "THREAD_MEMBER_UPDATE", "MESSAGE_CREATE"]


async def test_edit_reaction_pin_and_join_in_an_archived_thread_are_50083_and_delete_works() -> None:
    async with furnished() as rig:
        rig.d.set_permissions(rig.app, None, allow=Permission.PIN_MESSAGES)
        thread, message = await archived(rig)
        path = f"/channels/{thread}/messages/{message}"
        refused = [
            await rig.call("PATCH", path, {"content": "x"}),
            await rig.call("PUT", f"{path}/reactions/%E2%9C%85/@me"),
            await rig.call("PUT", f"/channels/{thread}/messages/pins/{message}"),
            await rig.call("PUT", f"/channels/{thread}/thread-members/@me"),
        ]
        assert [(g.status, g.code) for g in refused] == [(400, 50083)] * 4
        assert (await rig.call("DELETE", path)).status == 204
        assert rig.d.threads(rig.text)[0]["thread_metadata"]["archived"]


async def test_an_archived_thread_is_changed_only_along_with_archived_false() -> None:
    async with furnished() as rig:
        thread, _ = await archived(rig)
        path = f"/channels/{thread}"
        assert (await rig.call("PATCH", path, {"name": "x"})).code == 50083
        got = await rig.call("PATCH", path, {"name": "x", "archived": False})
        assert (got.body["name"], got.body["thread_metadata"]["archived"]) == ("x", False)


async def test_a_locked_thread_is_160005_without_manage_threads_and_open_with_it() -> None:
    async with furnished() as rig:
        thread, message = await archived(rig, locked=True)
        rig.d.set_permissions(rig.app, None, deny=Permission.MANAGE_THREADS)
        assert (await rig.send(thread)).code == 160005
        assert (await rig.call("PATCH", f"/channels/{thread}", {"archived": False})).code == 160005
        assert (await rig.call("DELETE", f"/channels/{thread}/messages/{message}")).code == 160005
        rig.d.set_permissions(rig.app, None, allow=Permission.MANAGE_THREADS)
        assert (await rig.send(thread)).status == 200


async def test_in_a_locked_thread_that_is_not_archived_deletes_and_reactions_work() -> None:
    async with furnished() as rig:
        thread, message = await archived(rig)
        await rig.d.archive(thread, archived=False, locked=True)
        rig.d.set_permissions(rig.app, None, deny=Permission.MANAGE_THREADS)
        path = f"/channels/{thread}/messages/{message}"
        assert (await rig.call("PATCH", path, {"content": "x"})).code == 160005
        assert (await rig.call("PUT", f"{path}/reactions/%E2%9C%85/@me")).status == 204
        assert (await rig.call("DELETE", path)).status == 204


async def test_members_may_unarchive_but_not_lock_or_rename_others_threads() -> None:
    async with furnished() as rig:
        thread, _ = await archived(rig)
        await rig.d.modify(rig.ann, thread, archived=False)
        for changes in ({"name": "x"}, {"locked": True}, {"archived": True}):
            with pytest.raises(Refused) as refused:
                await rig.d.modify(rig.ann, thread, **changes)
            assert refused.value.code == 50013


async def test_the_starter_of_a_thread_may_rename_and_archive_it_without_manage_threads() -> None:
    async with furnished(permissions=MEMBER) as rig:
        thread = await rig.thread()
        got = await rig.call("PATCH", f"/channels/{thread.id}", {"name": "x", "archived": True})
        assert (got.status, got.body["name"]) == (200, "x")


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
        got = (await post_in_forum(rig)).body
        assert (await rig.call("DELETE", f"/channels/{got['id']}/messages/{got['id']}")).status == 204
        assert (await rig.send(int(got["id"]))).status == 200


async def test_a_deleted_channel_takes_its_threads_and_webhooks_along() -> None:
    async with furnished() as rig:
        thread, hook = await rig.thread(), await rig.webhook()
        await rig.d.delete_channel(rig.text)
        assert (await rig.send(thread.id)).code == 10003
        assert (await rig.execute(hook)).code == 10015
        assert rig.seen("CHANNEL_DELETE")[0]["id"] == str(rig.text.id)


async def test_active_threads_end_at_the_limit_160006_for_starting_and_unarchiving() -> None:
    async with furnished(limits=Limits.relaxed(active_threads=2)) as rig:
        first, _ = await archived(rig)
        await post_in_forum(rig)
        await post_in_forum(rig)
        assert (await post_in_forum(rig)).code == 160006
        assert (await rig.send(first)).code == 160006
        assert (await rig.call("PATCH", f"/channels/{first}", {"archived": False})).code == 160006


async def test_active_and_archived_threads_are_listed_apart() -> None:
    async with furnished(turned=True) as rig:
        old = []
        for _ in range(3):
            old.append(str((await archived(rig))[0]))
            rig.clock.forward(10)
        live = await rig.thread()
        active = (await rig.call("GET", f"/guilds/{rig.guild.id}/threads/active")).body
        assert [t["id"] for t in active["threads"]] == [str(live.id)]
        assert [m["user_id"] for m in active["members"]] == [str(rig.app.user.id)]
        path = f"/channels/{rig.text.id}/threads/archived/public"
        page = (await rig.call("GET", path, limit="2")).body
        assert ([t["id"] for t in page["threads"]], page["has_more"]) == (old[:0:-1], True)
        before = page["threads"][-1]["thread_metadata"]["archive_timestamp"]
        rest = (await rig.call("GET", path, before=before)).body
        assert ([t["id"] for t in rest["threads"]], rest["has_more"]) == (old[:1], False)


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
        assert (await post_in_forum(rig, auto_archive_duration=minutes)).status == (400 if minutes == 61 else 201)


async def test_silent_threads_are_archived_after_their_duration_but_pinned_posts_are_not() -> None:
    async with furnished(turned=True) as rig:
        short = (await post_in_forum(rig, auto_archive_duration=60)).body["id"]
        pinned = (await post_in_forum(rig, auto_archive_duration=60)).body["id"]
        await rig.call("PATCH", f"/channels/{pinned}", {"flags": 2})
        await post_in_forum(rig, auto_archive_duration=1440)
        rig.clock.forward(3000)
        await rig.send(int(short))
        rig.clock.forward(3000)
        assert await rig.d.archive_idle() == []
        rig.clock.forward(600)
        assert [t.id for t in await rig.d.archive_idle()] == [int(short)]
        assert rig.seen("THREAD_UPDATE")[-1]["thread_metadata"]["archived"]


async def test_members_start_threads_and_posts_too() -> None:
    async with furnished() as rig:
        message = await rig.d.post(rig.ann, rig.text, "let us talk")
        thread = await rig.d.start_thread(rig.ann, message, "talk")
        post = await rig.d.start_post(rig.bob, rig.forum, "mine", "words", [rig.forum.tags[1].id])
        assert thread.thread is not None
        assert (thread.id, thread.thread.owner_id) == (message.id, rig.ann.id)
        assert rig.d.messages(post)[0]["content"] == "words"
