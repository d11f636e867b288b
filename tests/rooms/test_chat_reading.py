"""What members say, as events and as history bring it: the same message either way."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import discord
import pytest

from bot.core.domain import GuildId, Message, MessageId, MessageKind, Place
from bot.sandbox.discord import Intent, messages
from bot.sandbox.discord.vocabulary import KNOWN_INTENTS
from tests.support.chat_scene import PROXY, ChatScene, chat_scene, saying


class Ear:
    """Everything that events bring, as the domain knows it."""

    def __init__(self, s: ChatScene) -> None:
        self._scene = s
        self.heard: asyncio.Queue[Message] = asyncio.Queue()
        s.client.add_listener(self._on_message, "on_message")
        s.client.add_listener(self._on_raw_message_edit, "on_raw_message_edit")

    async def next(self) -> Message:
        return await asyncio.wait_for(self.heard.get(), 10)

    async def _on_message(self, message: discord.Message) -> None:
        self.heard.put_nowait(self._scene.adapter.message(message, GuildId(self._scene.guild.id)))

    async def _on_raw_message_edit(self, payload: discord.RawMessageUpdateEvent) -> None:
        self.heard.put_nowait(self._scene.adapter.message(payload.message, GuildId(self._scene.guild.id)))


@asynccontextmanager
async def listening() -> AsyncIterator[tuple[ChatScene, Place, Ear]]:
    async with chat_scene("forum") as s:
        place = await s.open()
        ear = Ear(s)
        await s.chat.send(place, saying(1), nonce="n1")
        heard = await ear.next()
        while heard.text != saying(1).text:
            heard = await ear.next()
        assert heard.ours
        yield s, place, ear


async def same(s: ChatScene, place: Place, heard: Message) -> Message:
    """What history and a look by id bring equals what the event brought."""
    read = await s.chat.read(place, heard.id)
    assert read == heard
    assert read.digest == heard.digest
    first, *_ = [m async for m in s.chat.history(place, after=MessageId(heard.id - 1))]
    assert first == heard
    return heard


async def test_an_event_and_history_bring_the_same_words_and_names() -> None:
    async with listening() as (s, place, ear):
        assert place.thread_id is not None
        s.ann.nick = "Annie ✨"
        ben = s.server.add_member(s.guild, name="ben", display_name="Ben")
        s.guild.roles[s.guild.own_roles[s.ann.id]].mentionable = True
        s.server.set_permissions(s.ann, None)
        s.server.show_everyone(s.channel, shown=True)
        text = f"Hi <@{ben.id}>, see <#{s.channel.id}> and <@&{s.guild.own_roles[s.ann.id]}>"
        await s.server.post(s.ann, place.thread_id, text)
        heard = await same(s, place, await ear.next())
        assert (heard.text, heard.author_name, heard.author_id) == (text, "Annie ✨", s.ann.id)
        assert (heard.kind, heard.ours, heard.from_bot, heard.reply_to) == (MessageKind.PLAIN, False, False, None)
        assert heard.users == {ben.id: "Ben"}
        assert heard.channels == {s.channel.id: "essays"}
        assert heard.roles == {s.guild.own_roles[s.ann.id]: "Ann"}
        assert heard.jump_url == f"https://discord.com/channels/{s.guild.id}/{place.thread_id}/{heard.id}"


async def test_a_reply_names_its_target_and_a_forward_brings_no_words() -> None:
    async with listening() as (s, place, ear):
        assert place.thread_id is not None
        (mirror,) = s.said(place)
        sent = await s.server.post(s.ann, place.thread_id, "yes", reply_to=int(mirror["id"]))
        heard = await same(s, place, await ear.next())
        assert (heard.kind, heard.reply_to) == (MessageKind.REPLY, int(mirror["id"]))
        await s.server.post(s.ann, place.thread_id, "", forward=sent)
        heard = await same(s, place, await ear.next())
        assert (heard.kind, heard.reply_to, heard.forwards, heard.text) == (MessageKind.PLAIN, None, True, "")
        assert "yes" not in repr(heard)


async def test_a_place_that_not_everybody_sees_and_a_role_that_nobody_meets_are_not_named() -> None:
    async with listening() as (s, place, ear):
        assert place.thread_id is not None
        for kind in ("text", "voice", "forum", "announcement"):
            hidden = s.server.add_channel(s.guild, kind=kind, name=f"secret-{kind}")
            s.server.show_everyone(hidden, shown=False)
            await s.server.post(s.ann, place.thread_id, f"see <#{hidden.id}>, <@&{s.guild.own_roles[s.ann.id]}>")
            heard = await same(s, place, await ear.next())
            assert (heard.channels, heard.roles) == ({}, {})


async def test_a_place_that_is_hidden_later_is_not_named_from_then_on() -> None:
    async with listening() as (s, place, ear):
        assert place.thread_id is not None
        plans = s.server.add_channel(s.guild, name="plans")
        club = s.server.add_channel(s.guild, kind="forum", name="club")
        talk = await s.server.start_post(s.ann, club, "Spring", "x")
        await ear.next()
        for one in (plans, club):
            s.server.show_everyone(one, shown=True)
        text = f"<#{plans.id}> <#{talk.id}>"
        await s.server.post(s.ann, place.thread_id, text)
        assert set((await ear.next()).channels.values()) == {"plans", "Spring"}
        for one in (plans, club):
            s.server.show_everyone(one, shown=False)
        await s.server.post(s.ann, place.thread_id, text)
        assert (await same(s, place, await ear.next())).channels == {}


async def test_the_name_that_discord_gives_to_what_a_bot_may_not_see_is_nobodys() -> None:
    async with listening() as (s, place, ear):
        assert place.thread_id is not None
        obscured = s.server.add_channel(s.guild, name="___hidden___")
        s.server.show_everyone(obscured, shown=True)
        await s.server.post(s.ann, place.thread_id, f"<#{obscured.id}>")
        assert (await same(s, place, await ear.next())).channels == {}


async def test_files_stickers_and_voice() -> None:
    async with listening() as (s, place, ear):
        assert place.thread_id is not None
        await s.server.post(s.ann, place.thread_id, "two", attachments=[("a.png", b"x"), ("SPOILER_b.txt", b"y")])
        heard = await same(s, place, await ear.next())
        assert [(f.filename, f.content_type, f.spoiler, f.seconds) for f in heard.attachments] == [
            ("a.png", "image/png", False, None),
            ("b.txt", "text/plain", True, None),
        ]
        await s.server.post(s.ann, place.thread_id, "", sticker=123456789012345678)
        heard = await same(s, place, await ear.next())
        assert heard.stickers == ("sticker-123456789012345678",)


async def test_an_edit_is_heard_with_its_new_words() -> None:
    async with listening() as (s, place, ear):
        assert place.thread_id is not None
        sent = await s.server.post(s.ann, place.thread_id, "first")
        before = await ear.next()
        await s.server.edit(s.ann, place.thread_id, sent, "second")
        heard = await same(s, place, await ear.next())
        assert (heard.id, heard.text) == (before.id, "second")
        assert heard.digest != before.digest


async def test_system_messages_and_other_bots_are_told_apart() -> None:
    async with listening() as (s, place, ear):
        assert place.thread_id is not None
        other = s.server.add_bot(name="Other")
        thread = s.server.world.channel(place.thread_id)
        messages.send(s.server.world, other.user, thread, {"content": "beep", "allowed_mentions": None}, [])
        heard = await same(s, place, await ear.next())
        assert (heard.from_bot, heard.ours, heard.kind) == (True, False, MessageKind.PLAIN)
        owner = s.guild.members[s.guild.owner_id]
        await s.server.modify(owner, place.thread_id, name="Renamed")
        heard = await same(s, place, await ear.next())
        assert (heard.kind, heard.ours) == (MessageKind.SYSTEM, False)


async def test_webhooks_of_the_named_applications_alone_say_members_messages_again() -> None:
    async with listening() as (s, place, ear):
        assert place.thread_id is not None
        for number, proxied in ((PROXY, True), (PROXY + 1, False)):
            other = s.server.add_bot(name=f"Other {number}", number=number)
            hook = await s.server.add_webhook(other, s.channel, "Hook")
            said = await s.server.speak(hook, place.thread_id, "said again", name="Wren", embeds=[{"title": "Reply"}])
            heard = await same(s, place, await ear.next())
            assert (heard.id, heard.proxied, heard.from_bot, heard.ours) == (said.id, proxied, not proxied, False)
            assert (heard.author_name, heard.author_id, heard.kind) == ("Wren", hook.id, MessageKind.PLAIN)
            thread = s.server.world.channel(place.thread_id)
            messages.send(s.server.world, other.user, thread, {"content": "beep", "allowed_mentions": None}, [])
            heard = await same(s, place, await ear.next())
            assert (heard.proxied, heard.from_bot) == (False, True), "its bot speaks for itself"


@pytest.mark.parametrize("style", ["persona", "card"])
async def test_a_process_that_never_sent_knows_its_own_messages(style: str) -> None:
    async with chat_scene("text", "card" if style == "card" else "persona") as s:
        place = await s.open()
        sent = await s.chat.send(place, saying(1), nonce="n1")
        fresh = type(s.adapter)(s.client, style="card", paces=s.adapter._calls.pacer._paces, on_fallback=print)
        found = await fresh.read(place, sent)
        assert found is not None
        assert found.ours
        assert found.from_bot


async def test_without_the_content_intent_the_text_is_empty_and_not_invented() -> None:
    async with chat_scene("forum", connected=False, intents=KNOWN_INTENTS & ~Intent.MESSAGE_CONTENT) as s:
        place = await s.open()
        assert place.thread_id is not None
        sent = await s.server.post(s.ann, place.thread_id, "secret")
        found = await s.chat.read(place, MessageId(sent.id))
        assert found is not None
        assert found.text == ""
