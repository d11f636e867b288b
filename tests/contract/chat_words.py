"""The contract of the Chat port about talk: marks and words to members, to a thread and to moderators, and reading.

Not collected by itself; tests/contract/test_chat_contract.py holds every implementation against it.
"""

from __future__ import annotations

from dataclasses import replace

from bot.core.domain import AttachmentId, Mark, MessageId, MessageKind, Millis
from bot.core.errors import Refused, Vanished
from bot.ports import Chat, Picture
from tests.contract.chat_servers import Server, each_kind, only
from tests.contract.chat_threads import LATER
from tests.contract.told import told, why
from tests.support.chat_scene import WHAT, saying
from tests.support.pictures import SECRET, noted, picture

CLOSE = 60_000
"""Milliseconds: what an answer took, on whatever machine, and a second and a bit."""


class ChatWords:
    """What the bot says of itself, and what members say."""

    # ------------------------------------------------------------ said

    @each_kind
    async def test_a_mark_replaces_our_other_marks(self, server: Server, chat: Chat) -> None:
        place = await server.open()
        asked, other = await server.says(place, "question"), await server.says(place, "another")
        for mark in (Mark.HELD, Mark.HELD, Mark.REMOVED, Mark.RELAYED):
            await chat.mark(place, asked, mark)
            assert [one.marks for one in server.shown(place)] == [{mark.value}, set()]
        await chat.mark(place, other, Mark.REFUSED)
        await chat.mark(place, asked, None)
        await chat.mark(place, asked, None)
        assert [one.marks for one in server.shown(place)] == [set(), {Mark.REFUSED.value}]

    @each_kind
    async def test_the_bot_answers_a_member_once(self, server: Server, chat: Chat) -> None:
        place = await server.open()
        asked = await server.says(place, "question")
        for _ in range(2):
            await chat.tell(place, asked, "The blog is closed.", nonce="tell-1")
        _, answer = server.shown(place)
        assert (answer.text, answer.reply_to) == ("The blog is closed.", asked)
        await server.delete(place, asked)
        await chat.tell(place, asked, "The message is gone.", nonce="tell-2")
        assert [(one.text, one.reply_to) for one in server.shown(place)][1:] == [("The message is gone.", None)]

    @each_kind
    async def test_a_message_may_have_as_many_characters_as_the_limit_says(self, server: Server, chat: Chat) -> None:
        place = await server.open()
        whole = "x" * chat.message_limit
        await chat.say(place, whole, nonce="say-2")
        assert [one.text for one in server.shown(place)] == [whole]

    @each_kind
    async def test_a_line_is_said_quietly_and_revised(self, server: Server, chat: Chat) -> None:
        place = await server.open()
        said = await chat.say(place, "1 of 3", nonce="say-1")
        assert await chat.say(place, "1 of 3", nonce="say-1") == said
        await chat.revise_saying(place, said, "2 of 3")
        (line,) = server.shown(place)
        assert (line.id, line.text, line.silent, line.reply_to) == (said, "2 of 3", True, None)
        await server.delete(place, said)
        with told(Vanished):
            await chat.revise_saying(place, said, "3 of 3")
        with told(Vanished):
            await chat.say(place, "1 of 3", nonce="say-1")
        assert server.shown(place) == []

    @each_kind
    async def test_moderators_are_told_once_where_the_operator_says(self, server: Server, chat: Chat) -> None:
        before = server.now()
        long = "x" * 3000
        for _ in range(2):
            await chat.notify(server.moderators, "A sentence.", nonce="n1")
            await chat.notify(server.moderators, long, nonce="n2")
        sentence, cut = server.notices(server.moderators)
        assert sentence == "A sentence."
        assert len(cut) >= 2000
        since = Millis(before - 60_000)
        assert await chat.told(server.moderators, "A sentence.", after=since)
        assert await chat.told(server.moderators, long, after=since)
        assert not await chat.told(server.moderators, "A sentence", after=since)
        assert not await chat.told(server.moderators, "A sentence.", after=Millis(server.now() + LATER))
        if server.kind != "forum":  # a forum takes posts, not messages
            assert not await chat.told(server.channel, "A sentence.", after=since)
            await chat.notify(server.channel, "A sentence.", nonce="n1")
            assert server.notices(server.channel) == ["A sentence."], "a nonce is a channel's"

    # ------------------------------------------------------------ read

    async def test_the_bots_name_and_the_owners_are_taken_and_a_members_is_free(
        self, server: Server, chat: Chat
    ) -> None:
        place = await server.open()
        await server.says(place, "hello")
        names = await chat.names_of_staff(server.guild)
        assert {"Commonthread", "Owner"} <= names
        assert server.member not in names

    async def test_a_message_is_read_by_id(self, server: Server, chat: Chat) -> None:
        place, other = await server.open(), await server.open(replace(WHAT, url="https://blog.example/other/"))
        mirror = await chat.send(place, saying(1), nonce="n1")
        asked = await server.says(place, "hello", reply_to=mirror)
        found = await chat.read(place, asked)
        assert found is not None
        assert (found.id, found.thread_id, found.text) == (asked, place.thread_id, "hello")
        assert (found.author_id, found.author_name) == (server.member_id, server.member)
        assert (found.from_bot, found.ours) == (False, False)
        assert (found.kind, found.reply_to) == (MessageKind.REPLY, mirror)
        assert place.thread_id is not None
        assert found.jump_url == chat.jump_url(server.guild, place.thread_id, asked)
        assert found.jump_url == f"https://discord.com/channels/{server.guild}/{place.thread_id}/{asked}"
        ours = await chat.read(place, mirror)
        assert ours is not None
        assert (ours.from_bot, ours.ours, ours.kind, ours.reply_to) == (True, True, MessageKind.PLAIN, None)
        assert await chat.read(other, asked) is None, "it stands in another thread"
        await server.edits(place, asked, "hello, once more")
        edited = await chat.read(place, asked)
        assert edited is not None
        assert (edited.text, edited.reply_to) == ("hello, once more", mirror)
        assert edited.digest != found.digest
        await server.delete(place, asked)
        assert await chat.read(place, asked) is None

    @each_kind
    async def test_a_proxied_message_is_neither_another_bots_nor_an_answer(self, server: Server, chat: Chat) -> None:
        place = await server.open()
        number = await server.says_again(place, "Wren", "said again")
        found = await chat.read(place, number)
        assert found is not None
        assert (found.proxied, found.from_bot, found.ours, found.on_behalf_of) == (True, False, False, None)
        assert (found.author_name, found.text) == ("Wren", "said again")
        assert (found.kind, found.reply_to) == (MessageKind.PLAIN, None)
        assert found.author_id != server.member_id
        assert [one async for one in chat.history(place, after=MessageId(number - 1))] == [found]
        await server.says_anew(place, number, "said anew")
        again = await chat.read(place, number)
        assert again is not None
        assert (again.text, again.proxied, again.author_name) == ("said anew", True, "Wren")
        await chat.mark(place, number, Mark.RELAYED)
        assert server.shown(place)[-1].marks == {Mark.RELAYED.value}
        await server.delete(place, number)
        assert await chat.read(place, number) is None

    @each_kind
    async def test_history_is_read_oldest_first_and_in_full(self, server: Server, chat: Chat) -> None:
        place = await server.open()
        mirror = await chat.send(place, saying(1), nonce="n1")
        for number in range(105):
            await server.says(place, f"line {number}")
        reply = await server.says(place, "a reply", reply_to=mirror)
        seen = [message async for message in chat.history(place, after=mirror)]
        assert [m.text for m in seen] == [*(f"line {number}" for number in range(105)), "a reply"]
        assert [m.id for m in seen] == sorted(m.id for m in seen)
        assert (seen[-1].id, seen[-1].kind, seen[-1].reply_to) == (reply, MessageKind.REPLY, mirror)
        assert {m.author_name for m in seen} == {server.member}
        assert [m async for m in chat.history(place, after=reply)] == []
        everything = [m async for m in chat.history(place, after=None) if m.kind is not MessageKind.SYSTEM]
        assert {m.id for m in everything if m.ours} == {mirror} | (
            {place.starter_id} if server.kind == "forum" else set()
        )
        assert [m for m in everything if not m.ours] == seen
        if server.kind == "forum":
            assert place.starter_id is not None
            starter = await chat.read(place, place.starter_id)
            assert starter is not None
            assert starter.ours

    @only(kind="text")
    async def test_what_stands_in_the_channel_is_read_and_answered_there(self, server: Server, chat: Chat) -> None:
        place = await server.open()
        assert place.starter_id is not None
        inside = await server.says(place, "in the thread")
        said = await server.says(place.beside, "under the announcement", reply_to=place.starter_id)
        (found,) = [one async for one in chat.in_channel(place, after=MessageId(0)) if not one.ours]
        assert (found.id, found.reply_to, found.text) == (said, place.starter_id, "under the announcement")
        assert found.thread_id == place.beside.thread_id
        assert found.jump_url == chat.jump_url(place.guild_id, found.thread_id, said)
        assert await chat.read(place.beside, said) == found
        assert await chat.read(place, said) is None
        assert [one.id async for one in chat.history(place, after=None) if not one.ours] == [inside]
        await chat.mark(place.beside, said, Mark.RELAYED)
        await chat.tell(place.beside, said, "A word.", nonce="tell")
        (told,) = [one async for one in chat.in_channel(place, after=said)]
        assert (told.ours, told.reply_to, told.text) == (True, said, "A word.")
        await chat.delete(place.beside, told.id)
        assert [one async for one in chat.in_channel(place, after=said)] == []

    @only(kind="forum")
    async def test_a_forum_has_no_messages_of_its_own(self, server: Server, chat: Chat) -> None:
        place = await server.open()
        await server.says(place, "in the thread")
        assert [one async for one in chat.in_channel(place, after=MessageId(0))] == []

    @each_kind
    async def test_the_moment_of_a_message_is_in_its_id(self, server: Server, chat: Chat) -> None:
        place, before = await server.open(), server.now()
        posted = await server.says(place, "hello")
        moment = chat.moment_of(posted)
        assert before - 1000 <= moment <= before + 60_000
        assert chat.message_at(moment) <= posted < chat.message_at(Millis(moment + 1))
        assert chat.moment_of(chat.message_at(moment)) == moment
        assert chat.message_at(Millis(0)) == 0, "before Discord's time"
        found = [one.id async for one in chat.history(place, after=MessageId(chat.message_at(moment) - 1))]
        assert posted in found

    @each_kind
    async def test_no_message_written_until_now_has_a_higher_id_than_the_newest(
        self, server: Server, chat: Chat
    ) -> None:
        place = await server.open()
        for words in ("one", "two", "three"):
            posted = await server.says(place, words)
            assert posted <= chat.newest_id()
        assert chat.moment_of(chat.newest_id()) <= server.now() + CLOSE, "a later message is to have a higher one"

    # ------------------------------------------------------------ files

    @each_kind
    async def test_a_file_is_downloaded_while_it_is_there(self, server: Server, chat: Chat) -> None:
        place = await server.open()
        first_content, hidden = picture("in view"), picture("hidden")
        large = len(first_content)
        asked = await server.says(place, "look", files={"a.png": first_content, "SPOILER_b.png": hidden})
        found = await chat.read(place, asked)
        assert found is not None
        assert [(f.filename, f.spoiler, f.size) for f in found.attachments] == [
            ("a.png", False, large),
            ("b.png", True, len(hidden)),
        ]
        first, second = (one.id for one in found.attachments)
        assert await chat.download(place, asked, first, limit=large) == Picture("png", first_content)
        assert await chat.download(place, asked, second, limit=large) == Picture("png", hidden)
        with told(Refused) as raised:
            await chat.download(place, asked, first, limit=large - 1)
        assert "too_large" in why(raised.value)
        with told(Vanished):
            await chat.download(place, asked, AttachmentId(1), limit=large)
        await server.delete(place, asked)
        with told(Vanished):
            await chat.download(place, asked, first, limit=large)
        with told(Vanished):
            await chat.download(place, MessageId(1), first, limit=large)

    @each_kind
    async def test_a_picture_comes_without_what_was_noted_in_it(self, server: Server, chat: Chat) -> None:
        place = await server.open()
        walk = noted("JPEG")
        asked = await server.says(place, "look", files={"walk.png": walk, "b.png": b"\x89PNG\r\n\x1a\n<?php"})
        found = await chat.read(place, asked)
        assert found is not None
        first, second = (one.id for one in found.attachments)
        picture_of_it = await chat.download(place, asked, first, limit=1 << 20)
        assert SECRET in walk
        assert (picture_of_it.ending, SECRET in picture_of_it.content) == ("jpg", False)
        with told(Refused) as raised:
            await chat.download(place, asked, second, limit=1 << 20)
        assert "no_picture" in why(raised.value)

    @only(style="persona", able="keep files elsewhere")
    async def test_a_file_that_is_kept_elsewhere_is_refused(self, server: Server, chat: Chat) -> None:
        place = await server.open()
        asked = await server.says(place, "look", files={"a.txt": b"ten bytes!"})
        server.keep_files_elsewhere()
        found = await chat.read(place, asked)
        assert found is not None
        with told(Refused) as raised:
            await chat.download(place, asked, found.attachments[0].id, limit=10)
        assert "elsewhere" in why(raised.value)
