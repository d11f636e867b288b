"""Mentions and files of the loopback Discord: who is pinged, and links that die."""

from __future__ import annotations

from typing import Any

import pytest

from bot.sandbox.discord import Permission
from tests.support.loopback_discord import Rig, furnished


def pings(rig: Rig, message: Any) -> set[str]:
    found: set[str] = next(m for m in rig.d.messages(rig.text) if m["id"] == message["id"])["pings"]
    return found


async def test_a_bot_pings_everybody_it_mentions_by_default_and_a_webhook_users_only() -> None:
    async with furnished() as rig:
        rig.d.set_permissions(rig.app, None, allow=Permission.MENTION_EVERYONE)
        text = f"<@{rig.ann.id}> @everyone"
        mine = (await rig.send(rig.text, text)).body
        assert mine["mention_everyone"]
        assert str(rig.bob.id) in pings(rig, mine)
        hooked = (await rig.execute(await rig.webhook(), text)).body
        assert not hooked["mention_everyone"]
        assert pings(rig, hooked) == {str(rig.ann.id)}


@pytest.mark.parametrize("text", ["<@{ann}>", "<@!{ann}>", "@everyone", "@here", "<@&{role}>", "\\<@{ann}>"])
async def test_an_empty_parse_pings_nobody(text: str) -> None:
    async with furnished() as rig:
        rig.d.set_permissions(rig.app, None, allow=Permission.MENTION_EVERYONE)
        role = rig.guild.own_roles[rig.ann.id]
        words = text.format(ann=rig.ann.id, role=role)
        silent: Any = {"allowed_mentions": {"parse": []}}
        for got in (
            await rig.send(rig.text, words, **silent),
            await rig.execute(await rig.webhook(), words, **silent),
        ):
            assert (got.body["mentions"], got.body["mention_roles"], pings(rig, got.body)) == ([], [], set())
        loud = (await rig.send(rig.text, words)).body
        assert str(rig.ann.id) in pings(rig, loud)


async def test_a_role_that_is_not_mentionable_needs_the_permission_too() -> None:
    async with furnished() as rig:
        role = rig.guild.own_roles[rig.ann.id]
        assert pings(rig, (await rig.send(rig.text, f"<@&{role}>")).body) == set()
        rig.guild.roles[role].mentionable = True
        assert pings(rig, (await rig.send(rig.text, f"<@&{role}>")).body) == {str(rig.ann.id)}


async def test_everyone_needs_the_permission() -> None:
    async with furnished() as rig:
        got = (await rig.send(rig.text, "@everyone")).body
        assert (got["mention_everyone"], pings(rig, got)) == (False, set())


async def test_named_users_only() -> None:
    async with furnished() as rig:
        words = f"<@{rig.ann.id}> <@{rig.bob.id}>"
        got = (await rig.send(rig.text, words, allowed_mentions={"users": [str(rig.bob.id)]})).body
        assert pings(rig, got) == {str(rig.bob.id)}


async def test_a_reply_pings_its_target_unless_told_not_to() -> None:
    async with furnished() as rig:
        hers = await rig.d.post(rig.ann, rig.text, "hers")
        reference = {"message_id": str(hers.id)}
        loud = (await rig.send(rig.text, "re", message_reference=reference)).body
        assert pings(rig, loud) == {str(rig.ann.id)}
        quiet = await rig.send(rig.text, "re", message_reference=reference, allowed_mentions={"parse": ["users"]})
        assert pings(rig, quiet.body) == set()


async def test_a_reply_to_a_webhook_message_pings_nobody() -> None:
    async with furnished() as rig:
        mirror = (await rig.execute(await rig.webhook(), "a comment")).body
        reply = await rig.d.post(rig.ann, rig.text, "re", reply_to=int(mirror["id"]))
        assert reply.pings == set()
        assert rig.d.shown(reply)["type"] == 19


async def test_an_edit_parses_mentions_with_the_defaults_again_unless_repeated() -> None:
    async with furnished() as rig:
        words = f"<@{rig.ann.id}>"
        silent: Any = {"parse": []}
        sent = (await rig.send(rig.text, words, allowed_mentions=silent)).body
        path = f"/channels/{rig.text.id}/messages/{sent['id']}"
        await rig.call("PATCH", path, {"content": words, "allowed_mentions": silent})
        assert pings(rig, sent) == set()
        await rig.call("PATCH", path, {"content": words})
        assert pings(rig, sent) == {str(rig.ann.id)}


async def test_a_ping_of_oneself_or_of_a_stranger_is_none() -> None:
    async with furnished() as rig:
        got = (await rig.send(rig.text, f"<@{rig.app.user.id}> <@{'9' * 18}>")).body
        assert pings(rig, got) == set()


async def fetch(rig: Rig, url: str) -> tuple[int, bytes]:
    async with rig.http.get(url) as answer:
        return answer.status, await answer.read()


async def test_attachment_urls_are_signed_and_die_and_a_fresh_one_is_shown() -> None:
    async with furnished(turned=True) as rig:
        await rig.d.post(rig.ann, rig.text, attachments=[("a b.txt", b"words")])
        url = rig.d.messages(rig.text)[0]["attachments"][0]["url"]
        assert {"ex", "is", "hm"} <= set(dict(p.split("=") for p in url.split("?")[1].strip("&").split("&")))
        assert await fetch(rig, url) == (200, b"words")
        rig.clock.forward(86_401)
        assert (await fetch(rig, url))[0] == 404
        fresh = rig.d.messages(rig.text)[0]["attachments"][0]["url"]
        assert await fetch(rig, fresh) == (200, b"words")


async def test_forged_and_unsigned_urls_are_404() -> None:
    async with furnished() as rig:
        await rig.d.post(rig.ann, rig.text, attachments=[("a.txt", b"words")])
        url = rig.d.messages(rig.text)[0]["attachments"][0]["url"]
        expiry = url.split("ex=")[1].split("&")[0]
        later = f"{int(expiry, 16) + 1:x}"
        for bad in (url.split("?")[0], url.replace(f"ex={expiry}", f"ex={later}"), url.replace("ex=", "ex=zz")):
            assert (await fetch(rig, bad))[0] == 404


async def test_pictures_have_sizes() -> None:
    async with furnished() as rig:
        png = b"\x89PNG\r\n\x1a\n" + b"\x00\x00\x00\rIHDR" + (640).to_bytes(4, "big") + (480).to_bytes(4, "big")
        await rig.d.post(rig.ann, rig.text, attachments=[("a.png", png)])
        shown = rig.d.messages(rig.text)[0]["attachments"][0]
        assert (shown["width"], shown["height"], shown["content_type"]) == (640, 480, "image/png")
