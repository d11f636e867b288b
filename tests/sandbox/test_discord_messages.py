"""Messages of the loopback Discord: sizes, replies, nonces, history, edits, deletes, reactions, pins."""

from __future__ import annotations

from typing import Any

import pytest

from bot.sandbox.discord import Permission, Refused
from tests.support.loopback_discord import furnished

V2 = 1 << 15


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"content": "x" * 2001}, "BASE_TYPE_MAX_LENGTH"),
        ({"content": 5}, "STRING_TYPE_CONVERT"),
        ({"embeds": [{"title": "x" * 257}]}, "BASE_TYPE_MAX_LENGTH"),
        ({"embeds": [{"description": "x" * 4097}]}, "BASE_TYPE_MAX_LENGTH"),
        ({"embeds": [{"author": {"name": "x" * 257}}]}, "BASE_TYPE_MAX_LENGTH"),
        ({"embeds": [{"footer": {"text": "x" * 2049}}]}, "BASE_TYPE_MAX_LENGTH"),
        ({"embeds": [{"fields": [{"name": "n", "value": "x" * 1025}]}]}, "BASE_TYPE_MAX_LENGTH"),
        ({"embeds": [{"fields": [{"name": " ", "value": "x"}]}]}, "BASE_TYPE_REQUIRED"),
        ({"embeds": [{"fields": [{"name": "n", "value": "v"}] * 26}]}, "BASE_TYPE_MAX_LENGTH"),
        ({"embeds": [{"title": "x"}] * 11}, "BASE_TYPE_MAX_LENGTH"),
        ({"embeds": [{"description": "x" * 3001}, {"description": "x" * 3000}]}, "MAX_EMBED_SIZE_EXCEEDED"),
        ({"embeds": [{"title": "x", "url": "javascript:1"}]}, "URL_TYPE_INVALID_SCHEME"),
        ({"embeds": [{"title": "x", "color": 0x1000000}]}, "NUMBER_TYPE_MAX"),
        ({"content": "x", "nonce": "x" * 26}, "BASE_TYPE_MAX_LENGTH"),
        ({"content": "x", "sticker_ids": ["1", "2", "3", "4"]}, "BASE_TYPE_MAX_LENGTH"),
        (
            {"content": "x", "allowed_mentions": {"parse": ["users"], "users": ["123456789012345678"]}},
            "MESSAGE_ALLOWED_MENTIONS_PARSE_EXCLUSIVE",
        ),
        ({"content": "x", "allowed_mentions": {"parse": ["cats"]}}, "BASE_TYPE_CHOICES"),
        (
            {"content": "x", "components": [{"type": 1, "components": [{"type": 2, "custom_id": "a"}] * 2}]},
            "COMPONENT_CUSTOM_ID_DUPLICATED",
        ),
        (
            {"content": "x", "flags": V2, "components": [{"type": 10, "content": "y"}]},
            "MESSAGE_CANNOT_USE_LEGACY_FIELDS_WITH_COMPONENTS_V2",
        ),
        (
            {"flags": V2, "components": [{"type": 10, "content": "y" * 4001}]},
            "COMPONENT_DISPLAYABLE_TEXT_SIZE_EXCEEDED",
        ),
    ],
)
async def test_forms_are_refused_with_discords_codes(body: dict[str, Any], code: str) -> None:
    async with furnished() as rig:
        got = await rig.call("POST", f"/channels/{rig.text.id}/messages", body)
        assert (got.status, got.code, got.form_codes()) == (400, 50035, {code})
        assert rig.d.messages(rig.text) == []


async def test_sizes_at_the_edge_are_taken() -> None:
    async with furnished() as rig:
        embed = {"title": "x" * 256, "description": "x" * 4096, "footer": {"text": "x" * 1648}}
        assert (await rig.send(rig.text, "ö" * 2000, embeds=[embed])).status == 200


@pytest.mark.parametrize("content", ["", " \n\u200b "])
async def test_an_empty_message_is_50006(content: str) -> None:
    async with furnished() as rig:
        assert (await rig.send(rig.text, content)).code == 50006


async def test_messages_are_trimmed() -> None:
    async with furnished() as rig:
        assert (await rig.send(rig.text, "  a\n")).body["content"] == "a"


async def test_flag_bits_that_cannot_be_set_are_ignored() -> None:
    async with furnished() as rig:
        assert (await rig.send(rig.text, "x", flags=4096 | 64 | 1)).body["flags"] == 4096


async def test_a_bot_replies_and_the_event_holds_the_reply() -> None:
    async with furnished() as rig:
        target = (await rig.send(rig.text, "first")).body["id"]
        got = (await rig.send(rig.text, "re", message_reference={"message_id": target})).body
        assert (got["type"], got["message_reference"]["message_id"]) == (19, target)
        assert got["referenced_message"]["content"] == "first"
        assert "referenced_message" not in got["referenced_message"]
        await rig.call("DELETE", f"/channels/{rig.text.id}/messages/{target}")
        shown = (await rig.call("GET", f"/channels/{rig.text.id}/messages/{got['id']}")).body
        assert shown["referenced_message"] is None


async def test_a_reply_to_a_reply_shows_one_level() -> None:
    async with furnished() as rig:
        ids = [(await rig.send(rig.text)).body["id"]]
        for _ in range(2):
            got = (await rig.send(rig.text, "re", message_reference={"message_id": ids[-1]})).body
            ids.append(got["id"])
        inside = got["referenced_message"]
        assert inside["message_reference"]["message_id"] == ids[0]
        assert "referenced_message" not in inside


async def test_a_reply_to_nothing_is_refused_unless_fail_if_not_exists_is_false() -> None:
    async with furnished() as rig:
        nothing = {"message_id": "1" * 18}
        got = await rig.send(rig.text, "re", message_reference=nothing)
        assert got.form_codes() == {"REPLIES_UNKNOWN_MESSAGE"}
        plain = await rig.send(rig.text, "re", message_reference={**nothing, "fail_if_not_exists": False})
        assert (plain.status, plain.body["type"]) == (200, 0)
        assert "message_reference" not in plain.body


async def test_a_system_message_cannot_be_replied_to() -> None:
    async with furnished() as rig:
        thread = await rig.thread()
        starter = rig.d.messages(thread)[0]
        assert starter["type"] == 21
        got = await rig.send(thread, "re", message_reference={"message_id": starter["id"]})
        assert got.form_codes() == {"REPLIES_CANNOT_REPLY_TO_SYSTEM_MESSAGE"}


async def test_a_reply_across_channels_is_refused() -> None:
    async with furnished() as rig:
        target = (await rig.send(rig.news)).body["id"]
        reference = {"message_id": target, "channel_id": str(rig.news.id), "fail_if_not_exists": False}
        assert (await rig.send(rig.text, "re", message_reference=reference)).status == 400


async def test_a_reply_takes_read_message_history() -> None:
    async with furnished() as rig:
        target = (await rig.send(rig.text)).body["id"]
        rig.d.set_permissions(rig.app, rig.text, deny=Permission.READ_MESSAGE_HISTORY)
        assert (await rig.send(rig.text, "re", message_reference={"message_id": target})).code == 160002


async def test_an_enforced_nonce_returns_the_message_it_made_for_minutes() -> None:
    async with furnished(turned=True) as rig:
        first = await rig.send(rig.text, "a", nonce="c1-0", enforce_nonce=True)
        again = await rig.send(rig.text, "b", nonce="c1-0", enforce_nonce=True)
        assert (again.status, again.body["id"], again.body["content"]) == (200, first.body["id"], "a")
        assert again.body["nonce"] == "c1-0"
        assert (await rig.send(rig.news, "c", nonce="c1-0", enforce_nonce=True)).body["id"] != first.body["id"]
        unforced = await rig.send(rig.text, "d", nonce="c1-0")
        assert unforced.body["id"] != first.body["id"]
        rig.clock.forward(301)
        assert (await rig.send(rig.text, "e", nonce="c1-0", enforce_nonce=True)).body["content"] == "e"


async def test_a_nonce_whose_message_was_deleted_is_10008() -> None:
    async with furnished() as rig:
        first = await rig.send(rig.text, "a", nonce=7, enforce_nonce=True)
        await rig.call("DELETE", f"/channels/{rig.text.id}/messages/{first.body['id']}")
        got = await rig.send(rig.text, "a", nonce=7, enforce_nonce=True)
        assert (got.status, got.code) == (404, 10008)


async def test_the_nonce_is_in_the_answer_and_the_event_and_never_again() -> None:
    async with furnished() as rig:
        first = await rig.send(rig.text, "a", nonce="n")
        assert first.body["nonce"] == rig.seen("MESSAGE_CREATE")[-1]["nonce"] == "n"
        assert "nonce" not in (await rig.call("GET", f"/channels/{rig.text.id}/messages")).body[0]
        await rig.call("PATCH", f"/channels/{rig.text.id}/messages/{first.body['id']}", {"content": "b"})
        assert "nonce" not in rig.seen("MESSAGE_UPDATE")[-1]


async def test_embeds_vanish_silently_without_embed_links() -> None:
    async with furnished() as rig:
        rig.d.set_permissions(rig.app, None, deny=Permission.EMBED_LINKS)
        assert (await rig.send(rig.text, "x", embeds=[{"title": "t"}])).body["embeds"] == []


async def test_edit_changes_what_it_names_and_stamps_the_time() -> None:
    async with furnished() as rig:
        sent = (await rig.send(rig.text, "a", embeds=[{"title": "t"}])).body
        path = f"/channels/{rig.text.id}/messages/{sent['id']}"
        got = (await rig.call("PATCH", path, {"content": "b"})).body
        assert (got["content"], got["embeds"], got["timestamp"]) == ("b", sent["embeds"], sent["timestamp"])
        assert sent["edited_timestamp"] is None
        assert got["edited_timestamp"] is not None
        assert (await rig.call("PATCH", path, {"content": "", "embeds": []})).code == 50006


async def test_others_messages_cannot_be_edited_but_their_embeds_suppressed() -> None:
    async with furnished() as rig:
        sent = await rig.d.post(rig.ann, rig.text, "hers")
        await rig.d.unfurl(sent, {"url": "https://x.test", "title": "t"})
        path = f"/channels/{rig.text.id}/messages/{sent.id}"
        assert (await rig.call("PATCH", path, {"content": "mine"})).code == 50005
        assert (await rig.call("PATCH", path, {"flags": 4})).body["embeds"] == []
        rig.d.set_permissions(rig.app, None, deny=Permission.MANAGE_MESSAGES)
        assert (await rig.call("PATCH", path, {"flags": 0})).code == 50013


async def test_deleting_others_messages_takes_manage_messages_and_twice_is_10008() -> None:
    async with furnished() as rig:
        hers = await rig.d.post(rig.ann, rig.text, "hers")
        path = f"/channels/{rig.text.id}/messages/{hers.id}"
        rig.d.set_permissions(rig.app, None, deny=Permission.MANAGE_MESSAGES)
        assert (await rig.call("DELETE", path)).code == 50013
        await rig.d.delete(rig.ann, rig.text, hers)
        assert (await rig.call("DELETE", path)).code == 10008
        ids = {"id": str(hers.id), "channel_id": str(rig.text.id), "guild_id": str(rig.guild.id)}
        assert rig.seen("MESSAGE_DELETE") == [ids]


async def test_bulk_delete_takes_2_to_100_without_doubles_and_not_older_than_two_weeks() -> None:
    async with furnished(turned=True) as rig:
        ids = [(await rig.send(rig.text)).body["id"] for _ in range(4)]
        path = f"/channels/{rig.text.id}/messages/bulk-delete"
        assert (await rig.call("POST", path, {"messages": ids[:1]})).code == 50016
        assert (await rig.call("POST", path, {"messages": [ids[0], ids[0]]})).code == 50035
        assert (await rig.call("POST", path, {"messages": ids[:2]})).status == 204
        assert rig.seen("MESSAGE_DELETE_BULK")[-1]["ids"] == ids[:2]
        rig.clock.forward(15 * 86400)
        assert (await rig.call("POST", path, {"messages": ids[2:]})).code == 50034


async def test_a_channel_name_change_cannot_be_deleted() -> None:
    async with furnished() as rig:
        thread = await rig.thread()
        await rig.call("PATCH", f"/channels/{thread.id}", {"name": "other"})
        notice = rig.d.messages(thread)[-1]
        assert (notice["type"], notice["content"]) == (4, "other")
        assert (await rig.call("DELETE", f"/channels/{thread.id}/messages/{notice['id']}")).code == 50021


async def test_who_has_left_stays_in_what_was_written() -> None:
    async with furnished() as rig:
        sent = (await rig.send(rig.text, f"<@{rig.ann.id}>")).body
        hers = await rig.d.post(rig.ann, rig.text, "bye")
        await rig.d.remove_member(rig.ann)
        assert rig.d.shown(hers)["author"]["global_name"] == "Ann Ö."
        path = f"/channels/{rig.text.id}/messages/{sent['id']}"
        assert (await rig.call("PATCH", path, {"embeds": [{"title": "t"}]})).status == 200
        assert "member" not in rig.seen("MESSAGE_UPDATE")[-1]["mentions"][0]
        with pytest.raises(Refused):
            await rig.d.post(rig.ann, rig.text, "again")


async def test_members_are_held_to_the_same_rules() -> None:
    async with furnished() as rig:
        hers = await rig.d.post(rig.ann, rig.text, "hers")
        for act in (rig.d.edit(rig.bob, rig.text, hers, "his"), rig.d.delete(rig.bob, rig.text, hers)):
            with pytest.raises(Refused):
                await act
        rig.d.time_out(rig.ann, 60)
        with pytest.raises(Refused) as refused:
            await rig.d.post(rig.ann, rig.text, "again")
        assert refused.value.code == 50013


async def test_files_take_attach_files() -> None:
    async with furnished() as rig:
        rig.d.set_permissions(rig.ann, None, deny=Permission.ATTACH_FILES)
        with pytest.raises(Refused) as refused:
            await rig.d.post(rig.ann, rig.text, "see", attachments=[("a.txt", b"a")])
        assert refused.value.code == 50013


async def test_members_send_stickers_forwards_and_files() -> None:
    async with furnished() as rig:
        sticker = rig.d.shown(await rig.d.post(rig.ann, rig.text, sticker=749054660769218631))
        assert sticker["sticker_items"][0]["id"] == "749054660769218631"
        source = await rig.d.post(rig.ann, rig.news, "read this", attachments=[("a.txt", b"a")])
        forward = rig.d.shown(await rig.d.post(rig.bob, rig.text, forward=source))
        assert (forward["type"], forward["content"], forward["message_reference"]["type"]) == (0, "", 1)
        inside = forward["message_snapshots"][0]["message"]
        assert inside["content"] == "read this"
        assert "author" not in inside
