"""What is Discord's alone of the Chat port: embeds, tags, names, pings, requests left out, and a second process.

Does not repeat what every chat promises; see tests/contract/test_chat_contract.py.
"""

from __future__ import annotations

import time
from dataclasses import replace

import discord
import pytest

from bot.core.domain import Mark, MessageId, MessageKind, Millis
from bot.core.errors import PlaceVanished, Refused, Vanished
from bot.sandbox.discord import MIRROR_BOT, Permission
from tests.support.chat_scene import POST_URL, WHAT, Style, chat_scene, find, saying

STYLES: tuple[Style, ...] = ("persona", "card")
KINDS = ("forum", "text", "announcement")
everywhere = pytest.mark.parametrize(("kind", "style"), [(k, s) for k in KINDS for s in STYLES])


def now() -> Millis:
    return Millis(int(time.time() * 1000))


@pytest.mark.parametrize("kind", KINDS)
async def test_a_post_opens_one_thread(kind: str) -> None:
    async with chat_scene(kind) as s:
        place = await s.open()
        (thread,) = s.server.threads(s.channel)
        assert [int(thread["id"])] * 2 == [place.thread_id, place.starter_id]
        assert thread["name"] == WHAT.title
        assert thread["thread_metadata"]["auto_archive_duration"] == 10080
        home = place.thread_id if kind == "forum" else s.channel
        assert home is not None
        starter = next(m for m in s.server.messages(home) if m["id"] == str(place.starter_id))
        (embed,) = starter["embeds"]
        assert (embed["title"], embed["url"], embed["description"]) == (WHAT.title, POST_URL, WHAT.text)
        assert embed["author"]["name"] == WHAT.author
        assert embed["image"]["url"] == WHAT.image_url
        assert embed["timestamp"].startswith("2024-05-06T")
        assert starter["pings"] == set()
        if kind == "forum":
            assert thread["applied_tags"] == [str(s.channel.tags[0].id)]


@pytest.mark.parametrize("kind", ["forum", "text"])
async def test_a_title_is_text_in_the_embed_and_in_the_threads_name(kind: str) -> None:
    async with chat_scene(kind) as s:
        title = "*a* _b_ ~~c~~ <@1> [x](y)"
        place = s.place(await s.chat.open_thread(s.channel_id, replace(WHAT, title=title), nonce="1"))
        home = place.thread_id if kind == "forum" else s.channel
        assert home is not None

        def shown() -> str:
            (starter,) = (m for m in s.server.messages(home) if m["id"] == str(place.starter_id))
            return str(starter["embeds"][0]["title"])

        escaped = r"\*a\* \_b\_ \~\~c\~\~ \<@1> \[x\](y)"
        assert (s.server.threads(s.channel)[0]["name"], shown()) == (title, escaped)
        await s.chat.revise_starter(place, replace(WHAT, title=f"{title}!"))
        await s.chat.rename_thread(place, f"{title}!")
        assert (s.server.threads(s.channel)[0]["name"], shown()) == (f"{title}!", f"{escaped}!")


async def test_a_title_beyond_the_limit_is_cut_and_an_empty_one_is_named() -> None:
    async with chat_scene("forum") as s:
        await s.chat.open_thread(s.channel_id, replace(WHAT, title="x" * 300), nonce="1")
        await s.chat.open_thread(s.channel_id, replace(WHAT, title="\n", author="", text="", tags=()), nonce="2")
        first, second = s.server.threads(s.channel)
        assert len(first["name"]) == 100
        assert second["name"] == "Untitled"


async def test_a_forum_that_requires_a_tag_gets_one() -> None:
    async with chat_scene("forum", flags=1 << 4) as s:
        opened = await s.chat.open_thread(s.channel_id, replace(WHAT, tags=("none such",)), nonce="1")
        (thread,) = s.server.threads(s.channel)
        assert thread["applied_tags"] == [str(s.channel.tags[0].id)]
        assert int(thread["id"]) == opened.thread_id


async def test_a_forum_that_requires_a_tag_and_has_none_refuses() -> None:
    async with chat_scene("forum", flags=1 << 4, tags=()) as s:
        with pytest.raises(Refused, match="requires a tag"):
            await s.open()


async def test_a_half_made_thread_is_finished() -> None:
    async with chat_scene("text") as s:
        before = now()
        s.server.faults.next("POST", r"/channels/\d+/messages/\d+/threads", "403")
        with pytest.raises(Exception, match="lacks a permission"):
            await s.open()
        assert s.server.threads(s.channel) == []
        opened = await s.chat.find_thread(s.channel_id, POST_URL, after=before)
        (thread,) = s.server.threads(s.channel)
        assert opened is not None
        assert [int(thread["id"])] * 2 == [opened.thread_id, opened.starter_id]
        assert thread["name"] == WHAT.title
        assert len([m for m in s.server.messages(s.channel) if m["type"] == 0]) == 1


@pytest.mark.parametrize("kind", KINDS)
async def test_a_changed_post_shows_in_its_starter_and_name(kind: str) -> None:
    async with chat_scene(kind) as s:
        place = await s.open()
        await s.chat.revise_starter(place, replace(WHAT, text="Another opening."))
        assert s.server.threads(s.channel)[0]["name"] == WHAT.title
        assert not any(c.body and "name" in c.body for c in s.server.calls if c.method == "PATCH")
        await s.chat.revise_starter(place, replace(WHAT, title="On tunnels"))
        await s.chat.rename_thread(place, "On tunnels")
        assert s.server.threads(s.channel)[0]["name"] == "On tunnels"
        home = place.thread_id if kind == "forum" else s.channel
        assert home is not None
        starter = next(m for m in s.server.messages(home) if m["id"] == str(place.starter_id))
        assert starter["embeds"][0]["title"] == "On tunnels"


@everywhere
async def test_a_comment_appears_under_its_authors_name(kind: str, style: Style) -> None:
    async with chat_scene(kind, style) as s:
        place = await s.open()
        sent = await s.chat.send(place, saying(1, "Hello @everyone <@1>", name="Discord Béa"), nonce="n1")
        (message,) = s.said(place)
        assert message["id"] == str(sent)
        assert message["pings"] == set()
        if style == "persona":
            assert message["webhook_id"]
            assert message["author"]["username"] == "Dіscord Béa"
            assert message["content"].startswith("Hello @everyone <@1>")
            assert message["flags"] & 4
        else:
            assert message["author"]["id"] == str(s.app.user.id)
            assert message["embeds"][0]["author"]["name"] == "Discord Béa"
            assert message["embeds"][0]["author"]["icon_url"] == "https://blog.example/bea.png"
            assert message["embeds"][0]["description"] == "Hello @everyone <@1>"


async def test_a_reply_pings_nobody_and_is_a_plain_message_when_its_target_is_gone() -> None:
    async with chat_scene("forum", "card") as s:
        place = await s.open()
        assert place.thread_id is not None
        asked = await s.server.post(s.ann, place.thread_id, "question")
        await s.chat.send(place, saying(1, reply_to=MessageId(asked.id)), nonce="n1")
        await s.server.delete(s.ann, place.thread_id, asked)
        await s.chat.send(place, saying(2, reply_to=MessageId(asked.id)), nonce="n2")
        reply, plain = s.said(place)
        assert reply["type"] == 19
        assert reply["message_reference"]["message_id"] == str(asked.id)
        assert reply["pings"] == set()
        assert plain["type"] == 0


@everywhere
async def test_a_part_is_found_by_another_process(kind: str, style: Style) -> None:
    async with chat_scene(kind, style) as s:
        place = await s.open()
        sent = await s.chat.send(place, saying(1), nonce="n1")
        fresh = type(s.adapter)(s.client, style=style, paces=s.adapter._calls.pacer._paces, on_fallback=print)
        assert await find(fresh, place, saying(1).marker, after=place.starter_id) == sent
        await fresh.edit(place, sent, saying(1, "Changed."))
        assert "Changed." in str(s.said(place)[0])
        assert len([c for c in s.writes("/webhooks") if c[0] == "POST" and c[1].startswith("/channels")]) == (
            1 if style == "persona" else 0
        )


@everywhere
async def test_a_part_is_edited_and_pings_nobody(kind: str, style: Style) -> None:
    async with chat_scene(kind, style) as s:
        place = await s.open()
        sent = await s.chat.send(place, saying(1), nonce="n1")
        await s.chat.edit(place, sent, saying(1, f"Now <@{s.ann.user.id}> @everyone"))
        (message,) = s.said(place)
        assert f"Now <@{s.ann.user.id}> @everyone" in (message["content"] + str(message["embeds"]))
        assert message["pings"] == set()
        edit = [c for c in s.server.calls if c.method == "PATCH"][-1]
        assert edit.body["allowed_mentions"]["parse"] == []
        assert await find(s.chat, place, saying(1).marker, after=None) == sent


@pytest.mark.parametrize("kind", KINDS)
async def test_a_mark_replaces_our_other_marks_only(kind: str) -> None:
    async with chat_scene(kind) as s:
        place = await s.open()
        assert place.thread_id is not None
        asked = await s.server.post(s.ann, place.thread_id, "question")
        await s.server.react(s.ann, place.thread_id, asked, "⏳")
        for mark in (Mark.HELD, Mark.HELD, Mark.REMOVED, Mark.RELAYED):
            await s.chat.mark(place, MessageId(asked.id), mark)
        (message,) = s.said(place)
        counts = {r["emoji"]["name"]: (r["count"], r["count_details"]["normal"]) for r in message["reactions"]}
        assert counts == {"⏳": (1, 1), "✅": (1, 1)}
        assert sum(1 for method, _ in s.writes("/reactions/") if method == "PUT") == 3


async def test_the_bot_answers_a_member_once_and_pings_nobody() -> None:
    async with chat_scene() as s:
        place = await s.open()
        assert place.thread_id is not None
        asked = await s.server.post(s.ann, place.thread_id, "question")
        for _ in range(2):
            await s.chat.tell(place, MessageId(asked.id), "The blog is closed. @everyone", nonce="tell-1")
        _, answer = s.said(place)
        assert answer["message_reference"]["message_id"] == str(asked.id)
        assert answer["pings"] == set()


async def test_moderators_are_told_where_the_operator_says() -> None:
    async with chat_scene("text") as s:
        await s.chat.notify(s.channel_id, "x" * 3000, nonce="n1")
        (message,) = s.server.messages(s.channel)
        assert len(message["content"]) == 2000
        now = Millis(int(s.server.world.clock() * 1000))
        assert await s.chat.told(s.channel_id, "x" * 3000, after=Millis(now - 60_000))
        assert not await s.chat.told(s.channel_id, "x" * 3000, after=Millis(now + 60_000))
        assert not await s.chat.told(s.channel_id, "something else", after=Millis(now - 60_000))


@pytest.mark.parametrize(("kind", "connected"), [("forum", True), ("text", False)])
async def test_a_history_of_several_pages_is_read_in_full(kind: str, connected: bool) -> None:
    async with chat_scene(kind, connected=connected) as s:
        place = await s.open()
        assert place.thread_id is not None
        mirror = await s.chat.send(place, saying(1), nonce="n1")
        for number in range(230):
            await s.server.post(s.ann, place.thread_id, f"line {number}")
        reply = await s.server.post(s.ann, place.thread_id, "a reply", reply_to=mirror)
        seen = [message async for message in s.chat.history(place, after=mirror)]
        assert [m.text for m in seen[:-1]] == [f"line {number}" for number in range(230)]
        assert [m.id for m in seen] == sorted(m.id for m in seen)
        last = seen[-1]
        assert (last.id, last.kind, last.reply_to) == (reply.id, MessageKind.REPLY, mirror)
        assert (last.author_name, last.from_bot, last.ours) == ("Ann", False, False)
        assert last.jump_url == f"https://discord.com/channels/{s.guild.id}/{place.thread_id}/{reply.id}"
        assert last.jump_url == s.chat.jump_url(place.guild_id, place.thread_id, last.id)
        everything = [message async for message in s.chat.history(place, after=None)]
        ours = [m for m in everything if m.ours]
        assert mirror in {m.id for m in ours}
        assert all(m.from_bot for m in ours)
        if kind == "forum":
            assert place.starter_id in {m.id for m in ours}


async def test_the_moment_of_a_message_is_in_its_id() -> None:
    async with chat_scene() as s:
        place = await s.open()
        assert place.thread_id is not None
        before = now()
        posted = MessageId((await s.server.post(s.ann, place.thread_id, "hello")).id)
        moment = s.chat.moment_of(posted)
        assert before - 1000 <= moment <= before + 60_000
        assert discord.utils.snowflake_time(posted).timestamp() * 1000 == pytest.approx(moment, abs=1)
        assert s.chat.message_at(moment) <= posted < s.chat.message_at(Millis(moment + 1))
        assert s.chat.moment_of(s.chat.message_at(moment)) == moment
        assert s.chat.message_at(Millis(0)) == 0, "before Discord's time"
        found = [one.id async for one in s.chat.history(place, after=MessageId(s.chat.message_at(moment) - 1))]
        assert posted in found


async def test_an_error_knows_what_it_is_about() -> None:
    async with chat_scene() as s:
        place = await s.open()
        gone = MessageId(place.starter_id or 0) + 1
        with pytest.raises(Vanished) as caught:
            await s.chat.mark(place, MessageId(gone), Mark.RELAYED)
        assert caught.value.fields == {
            "post_id": place.post_id,
            "thread_id": place.thread_id,
            "channel_id": place.channel_id,
            "message_id": gone,
        }
        assert str(caught.value) == caught.value.reason
        await s.server.delete_thread(place.thread_id or 0)
        with pytest.raises(PlaceVanished) as lost:
            _ = [one async for one in s.chat.history(place, after=None)]
        assert (lost.value.thread, lost.value.message) == (place.thread_id, None)


async def test_an_old_post_is_not_called_new_and_is_found_by_its_line_alone() -> None:
    async with chat_scene("forum", permissions=MIRROR_BOT & ~Permission.EMBED_LINKS) as s:
        before = now()
        opened = await s.chat.open_thread(s.channel_id, replace(WHAT, is_new=False), nonce="1")
        (starter, *_) = s.server.messages(opened.thread_id)
        assert starter["embeds"] == []
        assert starter["content"].startswith(f"On the blog: <{POST_URL}>")
        assert await s.chat.find_thread(s.channel_id, POST_URL, after=before) == opened
