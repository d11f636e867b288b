"""History, reactions and pins of the loopback Discord, and who may see or touch what."""

from __future__ import annotations

import pytest

from bot.sandbox.discord import Intent, Limits, Permission
from tests.support.loopback_discord import furnished


async def test_history_is_newest_first_in_pages_of_1_to_100_with_exclusive_edges() -> None:
    async with furnished() as rig:
        ids = [(await rig.send(rig.text, str(n))).body["id"] for n in range(60)]
        path = f"/channels/{rig.text.id}/messages"

        async def page(**query: str) -> list[str]:
            return [m["id"] for m in (await rig.call("GET", path, **query)).body]

        assert await page() == ids[:-51:-1]
        assert await page(after=ids[9], limit="3") == ids[12:9:-1]
        assert await page(before=ids[9], limit="3") == ids[8:5:-1]
        assert ids[9] in await page(around=ids[9], limit="5")
        for bad in ({"limit": "101"}, {"limit": "0"}, {"before": ids[0], "after": ids[0]}):
            assert (await rig.call("GET", path, **bad)).status == 400


async def test_history_without_permission_is_an_empty_list() -> None:
    async with furnished() as rig:
        message = (await rig.send(rig.text)).body["id"]
        rig.d.set_permissions(rig.app, rig.text, deny=Permission.READ_MESSAGE_HISTORY)
        path = f"/channels/{rig.text.id}/messages"
        assert ((await rig.call("GET", path)).status, (await rig.call("GET", path)).body) == (200, [])
        assert (await rig.call("GET", f"{path}/{message}")).code == 50013


async def test_out_of_sight_is_50001_and_unknown_10003() -> None:
    async with furnished() as rig:
        rig.d.set_permissions(rig.app, rig.text, deny=Permission.VIEW_CHANNEL)
        assert (await rig.send(rig.text)).code == 50001
        assert (await rig.call("GET", f"/channels/{rig.text.id}")).code == 50001
        assert (await rig.send(int("9" * 18))).code == 10003


@pytest.mark.parametrize(
    ("permission", "in_thread"),
    [(Permission.SEND_MESSAGES, False), (Permission.SEND_MESSAGES_IN_THREADS, True)],
)
async def test_channels_and_threads_have_a_sending_permission_each(permission: int, *, in_thread: bool) -> None:
    async with furnished() as rig:
        thread = await rig.thread()
        rig.d.set_permissions(rig.app, None, deny=permission)
        got = {False: await rig.send(rig.text), True: await rig.send(thread)}
        assert (got[in_thread].status, got[in_thread].code) == (403, 50013)
        assert got[not in_thread].status == 200


async def test_only_messages_of_announcement_channels_are_crossposted_and_once() -> None:
    async with furnished() as rig:
        mine = (await rig.send(rig.news)).body["id"]
        path = f"/channels/{rig.news.id}/messages/{mine}/crosspost"
        assert (await rig.call("POST", path)).body["flags"] & 1
        assert (await rig.call("POST", path)).code == 40033
        plain = (await rig.send(rig.text)).body["id"]
        assert (await rig.call("POST", f"/channels/{rig.text.id}/messages/{plain}/crosspost")).code == 50024


async def test_listing_members_takes_the_intent() -> None:
    async with furnished() as rig:
        path = f"/guilds/{rig.guild.id}/members"
        got = (await rig.call("GET", path, limit="10")).body
        assert [m["user"]["username"] for m in got] == ["owner", "Commonthread", "ann", "bob"]
        rig.app.intents &= ~Intent.GUILD_MEMBERS
        assert (await rig.call("GET", path)).code == 50001


async def test_reactions_are_counted_and_told() -> None:
    async with furnished() as rig:
        message = await rig.d.post(rig.ann, rig.text, "x")
        path = f"/channels/{rig.text.id}/messages/{message.id}/reactions"
        assert (await rig.call("PUT", f"{path}/%E2%9C%85/@me")).status == 204
        await rig.d.react(rig.bob, rig.text, message, "✅")
        shown = (await rig.call("GET", f"/channels/{rig.text.id}/messages/{message.id}")).body["reactions"][0]
        assert (shown["emoji"]["name"], shown["count"], shown["me"]) == ("✅", 2, True)
        assert (await rig.call("PUT", f"{path}/words/@me")).code == 10014
        assert (await rig.call("DELETE", f"{path}/%E2%9C%85/@me")).status == 204
        assert (await rig.call("DELETE", f"{path}/%E2%9C%85/{rig.bob.id}")).status == 204
        assert (await rig.call("DELETE", path)).status == 204
        told = [e for e, _ in rig.events if e.startswith("MESSAGE_REACTION")]
        assert told == ["MESSAGE_REACTION_ADD"] * 2 + ["MESSAGE_REACTION_REMOVE"] * 2 + ["MESSAGE_REACTION_REMOVE_ALL"]


async def test_a_new_reaction_takes_add_reactions_and_a_second_one_does_not() -> None:
    async with furnished() as rig:
        message = await rig.d.post(rig.ann, rig.text, "x")
        await rig.d.react(rig.ann, rig.text, message, "✅")
        rig.d.set_permissions(rig.app, None, deny=Permission.ADD_REACTIONS)
        path = f"/channels/{rig.text.id}/messages/{message.id}/reactions"
        assert (await rig.call("PUT", f"{path}/%E2%9C%85/@me")).status == 204
        assert (await rig.call("PUT", f"{path}/%E2%8F%B3/@me")).code == 50013


async def test_pins_take_pin_messages_alone_and_end_at_the_limit() -> None:
    async with furnished(limits=Limits.relaxed(pins=1)) as rig:
        first, second = [(await rig.send(rig.text)).body["id"] for _ in range(2)]
        path = f"/channels/{rig.text.id}/messages/pins"
        assert (await rig.call("PUT", f"{path}/{first}")).code == 50013
        rig.d.set_permissions(rig.app, None, allow=Permission.PIN_MESSAGES, deny=Permission.MANAGE_MESSAGES)
        assert (await rig.call("PUT", f"{path}/{first}")).status == 204
        assert rig.d.messages(rig.text)[-1]["type"] == 6
        assert (await rig.call("PUT", f"{path}/{second}")).code == 30003
        assert [i["message"]["id"] for i in (await rig.call("GET", path)).body["items"]] == [first]
