"""Archived and locked threads of the loopback Discord: what they refuse, and how they come back."""

from __future__ import annotations

import pytest

from bot.sandbox.discord import MEMBER, Limits, Permission, Refused
from tests.support.loopback_discord import Rig, furnished


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


async def test_thread_member_update_is_told_to_members_of_the_thread_only() -> None:
    async with furnished() as rig:
        thread = await rig.d.start_thread(rig.ann, await rig.d.post(rig.ann, rig.text, "talk"), "talk")
        await rig.d.archive(thread)
        assert (await rig.send(thread)).status == 200
        assert rig.seen("THREAD_MEMBER_UPDATE") == []


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


async def test_unarchiving_takes_send_messages() -> None:
    async with furnished(permissions=MEMBER) as rig:
        thread, _ = await archived(rig)
        rig.d.set_permissions(rig.app, None, deny=Permission.SEND_MESSAGES)
        assert (await rig.call("PATCH", f"/channels/{thread}", {"archived": False})).code == 50013


async def test_threads_out_of_sight_are_not_listed_and_archived_ones_take_history() -> None:
    async with furnished() as rig:
        await rig.thread()
        rig.d.set_permissions(rig.app, rig.text, deny=Permission.READ_MESSAGE_HISTORY)
        assert (await rig.call("GET", f"/channels/{rig.text.id}/threads/archived/public")).code == 50013
        assert len((await rig.call("GET", f"/guilds/{rig.guild.id}/threads/active")).body["threads"]) == 1
        rig.d.set_permissions(rig.app, rig.text, deny=Permission.VIEW_CHANNEL)
        assert (await rig.call("GET", f"/guilds/{rig.guild.id}/threads/active")).body["threads"] == []


async def test_active_threads_end_at_the_limit_160006_for_starting_and_unarchiving() -> None:
    async with furnished(limits=Limits.relaxed(active_threads=2)) as rig:
        first, _ = await archived(rig)
        await rig.forum_post()
        await rig.forum_post()
        assert (await rig.forum_post()).code == 160006
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


async def test_silent_threads_are_archived_after_their_duration_but_pinned_posts_are_not() -> None:
    async with furnished(turned=True) as rig:
        short = (await rig.forum_post(auto_archive_duration=60)).body["id"]
        pinned = (await rig.forum_post(auto_archive_duration=60)).body["id"]
        await rig.call("PATCH", f"/channels/{pinned}", {"flags": 2})
        await rig.forum_post(auto_archive_duration=1440)
        rig.clock.forward(3000)
        await rig.send(int(short))
        rig.clock.forward(3000)
        assert await rig.d.archive_idle() == []
        rig.clock.forward(600)
        assert [t.id for t in await rig.d.archive_idle()] == [int(short)]
        assert rig.seen("THREAD_UPDATE")[-1]["thread_metadata"]["archived"]
