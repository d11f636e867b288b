"""What Discord refuses concerns one message, one author, one webhook or one place, and everything else goes on."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from bot.chat.discord_chat import DiscordChat
from bot.chat.pace import Paces
from bot.core.domain import Mark, MessageId, Place, ThreadId
from bot.core.errors import Doubt, NotAllowed, PlaceVanished, Refused, Unanswered, Unreachable
from bot.sandbox.discord import MIRROR_BOT, Permission
from tests.support.chat_scene import ChatScene, Style, chat_scene, find, saying

WEBHOOKS = r"/channels/\d+/webhooks"


def thread_of(place: Place) -> ThreadId:
    assert place.thread_id is not None
    return place.thread_id


def made_webhooks(s: ChatScene) -> int:
    return sum(1 for c in s.server.calls if c.method == "POST" and re.fullmatch(WEBHOOKS, c.path))


def another_process(s: ChatScene) -> DiscordChat:
    """The same client with a new adapter: what the last one had learnt is forgotten."""
    return DiscordChat(s.client, style="persona", paces=Paces.quick(), on_fallback=s.fallbacks.append)


async def test_a_mark_on_a_message_of_somebody_who_blocked_the_bot_is_refused_and_no_permission_is_asked_for() -> None:
    async with chat_scene() as s:
        place = await s.open()
        asked = await s.server.post(s.ann, thread_of(place), "question")
        s.server.block(s.ann, s.app.user)
        with pytest.raises(Refused, match="blocked") as caught:
            await s.chat.mark(place, MessageId(asked.id), Mark.RELAYED)
        assert "permission" not in caught.value.reason


async def test_a_mark_where_twenty_other_reactions_stand_is_refused() -> None:
    async with chat_scene() as s:
        place = await s.open()
        asked = await s.server.post(s.ann, thread_of(place), "question")
        for number in range(20):
            await s.server.react(s.ann, thread_of(place), asked, chr(0x1F600 + number))
        with pytest.raises(Refused, match="20 reactions"):
            await s.chat.mark(place, MessageId(asked.id), Mark.RELAYED)


async def test_a_mark_among_twenty_reactions_takes_the_place_of_the_last_one() -> None:
    async with chat_scene() as s:
        place = await s.open()
        asked = await s.server.post(s.ann, thread_of(place), "question")
        await s.chat.mark(place, MessageId(asked.id), Mark.HELD)
        for number in range(19):
            await s.server.react(s.ann, thread_of(place), asked, chr(0x1F600 + number))
        await s.chat.mark(place, MessageId(asked.id), Mark.RELAYED)
        (shown,) = s.said(place)
        ours = {one["emoji"]["name"] for one in shown["reactions"]} & {mark.value for mark in Mark}
        assert ours == {Mark.RELAYED.value}


async def test_no_mark_of_before_is_left_where_the_new_one_is_refused() -> None:
    async with chat_scene() as s:
        place = await s.open()
        asked = await s.server.post(s.ann, thread_of(place), "question")
        await s.chat.mark(place, MessageId(asked.id), Mark.HELD)
        s.server.block(s.ann, s.app.user)
        with pytest.raises(Refused):
            await s.chat.mark(place, MessageId(asked.id), Mark.RELAYED)
        (shown,) = s.said(place)
        assert not shown.get("reactions")


async def test_a_webhook_whose_token_was_changed_is_looked_up_again() -> None:
    async with chat_scene() as s:
        place = await s.open()
        first = await s.chat.send(place, saying(1), nonce="n1")
        (webhook,) = s.server.world.webhooks.values()
        webhook.token = s.server.world.token(webhook.id)
        second = await s.chat.send(place, saying(2), nonce="n2")
        await s.chat.edit(place, first, saying(1, "new"))
        assert [(int(m["id"]), m["webhook_id"]) for m in s.said(place)] == [
            (first, str(webhook.id)),
            (second, str(webhook.id)),
        ]
        assert made_webhooks(s) == 1


async def test_a_moved_webhook_is_looked_up_again_and_the_thread_stands() -> None:
    async with chat_scene() as s:
        place = await s.open()
        first = await s.chat.send(place, saying(1), nonce="n1")
        elsewhere = s.server.add_channel(s.guild, kind="text", name="elsewhere")
        moved = s.said(place)[0]["webhook_id"]
        owner = s.guild.members[s.guild.owner_id]
        await s.server.modify_webhook(owner, moved, channel_id=str(elsewhere.id))
        second = await s.chat.send(place, saying(2), nonce="n2")
        assert [int(m["id"]) for m in s.said(place)] == [first, second]
        assert s.said(place)[1]["webhook_id"] != moved
        with pytest.raises(Refused, match="cannot be edited"):
            await s.chat.edit(place, first, saying(1, "new"))
        await s.chat.delete(place, first)
        assert [int(m["id"]) for m in s.said(place)] == [second]
        assert s.server.messages(elsewhere) == []


@pytest.mark.parametrize("verb", ["edit", "delete"])
async def test_a_webhook_that_moved_since_it_was_looked_up_does_not_lose_the_thread(verb: str) -> None:
    async with chat_scene() as s:
        place = await s.open()
        first = await s.chat.send(place, saying(1), nonce="n1")
        elsewhere = s.server.add_channel(s.guild, kind="text", name="elsewhere")
        owner = s.guild.members[s.guild.owner_id]
        await s.server.modify_webhook(owner, s.said(place)[0]["webhook_id"], channel_id=str(elsewhere.id))
        if verb == "delete":
            await s.chat.delete(place, first)
            assert s.said(place) == []
            return
        with pytest.raises(Refused):
            await s.chat.edit(place, first, saying(1, "new"))


async def test_a_thread_that_is_gone_is_said_to_be_by_the_thread_itself() -> None:
    async with chat_scene() as s:
        place = await s.open()
        await s.chat.send(place, saying(1), nonce="n1")
        await s.server.delete_thread(thread_of(place))
        with pytest.raises(PlaceVanished):
            await s.chat.send(place, saying(2), nonce="n2")
        asked = [c for c in s.server.calls if (c.method, c.path) == ("GET", f"/channels/{place.thread_id}")]
        assert [c.status for c in asked] == [404]


async def test_a_renamed_webhook_stays_ours() -> None:
    async with chat_scene() as s:
        place = await s.open()
        first = await s.chat.send(place, saying(1), nonce="n1")
        owner = s.guild.members[s.guild.owner_id]
        await s.server.modify_webhook(owner, s.said(place)[0]["webhook_id"], name="Blog comments")
        chat = another_process(s)
        await chat.edit(place, first, saying(1, "new"))
        await chat.send(place, saying(2), nonce="n2")
        edited, second = s.said(place)
        assert "new" in edited["content"]
        assert edited["webhook_id"] == second["webhook_id"]
        assert made_webhooks(s) == 1
        assert await find(chat, place, saying(1).marker, after=None) == first


async def test_of_two_webhooks_of_ours_the_one_with_our_name_sends() -> None:
    async with chat_scene("text") as s:
        place = await s.open()
        await s.chat.send(place, saying(1), nonce="n1")
        old = s.said(place)[0]["webhook_id"]
        await s.server.modify_webhook(s.guild.members[s.guild.owner_id], old, name="Blog comments")
        home = s.client.get_channel(s.channel.id)
        made = await home.create_webhook(name="Commonthread")  # type: ignore[union-attr]  # it is a text channel
        assert made.id > int(old)
        await another_process(s).send(place, saying(2), nonce="n2")
        assert s.said(place)[1]["webhook_id"] == str(made.id)


@pytest.mark.parametrize("style", ["card", "persona"])
async def test_what_a_moderator_hid_of_a_card_is_shown_again_by_the_next_edit(style: Style) -> None:
    async with chat_scene(style=style) as s:
        place = await s.open()
        sent = await s.chat.send(place, saying(1), nonce="n1")
        owner = s.guild.members[s.guild.owner_id]
        await s.server.hide_embeds(owner, thread_of(place), sent)
        await s.chat.edit(place, sent, saying(1, "new"))
        (shown,) = s.said(place)
        assert "new" in (shown["embeds"][0]["description"] if style == "card" else shown["content"])
        assert await find(s.chat, place, saying(1).marker, after=None) == sent


@pytest.mark.parametrize("archived", [True, False])
async def test_in_a_locked_thread_the_bot_itself_shows_what_no_webhook_may(archived: bool) -> None:
    async with chat_scene() as s:
        place = await s.open()
        first = await s.chat.send(place, saying(1), nonce="n1")
        await s.server.archive(thread_of(place), archived=archived, locked=True)
        second = await s.chat.send(place, saying(2, "Said in a locked thread."), nonce="n2")
        shown = s.said(place)[-1]
        assert (int(shown["id"]), shown["author"]["id"]) == (second, str(s.app.user.id))
        assert "locked" in shown["embeds"][0]["description"]
        assert await find(s.chat, place, saying(2).marker, after=None) == second
        with pytest.raises(Refused, match="cannot be edited"):  # by its webhook: the core replaces it
            await s.chat.edit(place, first, saying(1, "new"))
        assert s.server.threads(s.channel)[0]["thread_metadata"]["locked"], "a moderator's lock stays"


async def test_only_the_permissions_that_are_missing_are_named() -> None:
    async with chat_scene(style="card") as s:
        place = await s.open()
        s.server.set_permissions(s.app, None, deny=Permission.EMBED_LINKS | Permission.SEND_MESSAGES_IN_THREADS)
        await s.server.hub.drained()
        for _ in range(3):
            with pytest.raises(NotAllowed) as caught:
                await s.chat.send(place, saying(1), nonce="n1")
            assert "Send Messages in Threads" in caught.value.reason
            assert "Embed Links" in caught.value.reason
            assert "Read Message History" not in caught.value.reason


async def test_no_permission_is_asked_for_that_the_bot_holds() -> None:
    async with chat_scene(style="card") as s:
        place = await s.open()
        s.server.faults.next("POST", r"/channels/\d+/messages", "403", times=2)
        reasons = []
        for _ in range(2):
            with pytest.raises(Exception, match="Could not") as caught:
                await s.chat.send(place, saying(1), nonce="n1")
            reasons.append(str(caught.value))
        assert "lacks" not in reasons[1]
        assert "though the bot holds" in reasons[1]


async def test_a_locked_thread_asks_for_no_permission_that_the_bot_holds() -> None:
    async with chat_scene(permissions=MIRROR_BOT) as s:
        place = await s.open()
        await s.chat.send(place, saying(1), nonce="n1")
        s.server.faults.next("POST", ".*", "code:160005", times=4)
        with pytest.raises(NotAllowed, match="locked") as caught:
            await s.chat.send(place, replace(saying(2), silent=True), nonce="n2")
        assert "Manage Threads" not in caught.value.reason


@pytest.mark.parametrize("status", [403, 400, 502, 503])
async def test_a_page_for_one_text_is_about_that_text(status: int) -> None:
    async with chat_scene() as s:
        place = await s.open()
        await s.chat.send(place, saying(1), nonce="n1")
        s.server.faults.wall("etc/passwd", status)
        before = len(s.server.calls)
        with pytest.raises(Unanswered) as caught:
            await s.chat.send(place, saying(2, "See /etc/passwd."), nonce="n2")
        assert caught.value.doubt is Doubt.TURNED_AWAY
        assert len(s.server.calls) - before == 2, "itself, and one plain question"
        await s.chat.send(place, saying(3), nonce="n3")


async def test_a_page_for_every_text_and_question_is_an_outage() -> None:
    async with chat_scene() as s:
        place = await s.open()
        await s.chat.send(place, saying(1), nonce="n1")
        s.server.faults.wall("", 403)
        with pytest.raises(Unreachable):
            await s.chat.send(place, saying(2), nonce="n2")


async def test_a_picture_that_discord_will_not_have_costs_a_card_no_more_than_itself() -> None:
    async with chat_scene(style="card") as s:
        place = await s.open()
        s.server.faults.next("POST", r"/channels/\d+/messages", "code:50035")
        sent = await s.chat.send(place, saying(1), nonce="n1")
        s.server.faults.next("PATCH", r"/channels/\d+/messages/\d+", "code:50035")
        await s.chat.edit(place, sent, saying(1, "new"))
        (shown,) = s.said(place)
        (embed,) = shown["embeds"]
        assert embed["description"] == "new"
        assert "icon_url" not in embed["author"]
        assert await find(s.chat, place, saying(1).marker, after=None) == sent
