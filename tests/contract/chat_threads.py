"""The contract of the Chat port about threads: opened, found again, revised, and gone.

Not collected by itself; tests/contract/test_chat_contract.py holds every implementation against it.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace

import pytest

from bot.core.domain import AttachmentId, Mark, MessageId, Millis, Place, ThreadId
from bot.core.errors import CommonthreadError, Crowded, NotAllowed, PlaceVanished, Unanswered, Unreachable, Vanished
from bot.ports import Chat
from tests.contract.chat_servers import Server, Starter, each_kind, only
from tests.contract.told import told
from tests.support.chat_scene import POST_URL, WHAT, saying

Ask = Callable[[], Awaitable[object]]
NONE = ThreadId(0)
"""Older than every thread."""
LATER = 600_000
"""Milliseconds: more than the clocks of two machines differ by."""


def about_thread(server: Server, chat: Chat, place: Place, message: MessageId) -> dict[str, Ask]:
    """Every method that asks something of a thread; ``message`` is a mirror in it."""

    async def mirrors() -> object:
        return [one async for one in chat.mirrors(place)]

    async def history() -> object:
        return [one async for one in chat.history(place, after=None)]

    async def posted() -> object:
        return [one async for one in chat.posted(place, after=None)]

    in_forums = {"retag_thread": lambda: chat.retag_thread(place, ("Essays",), ("News",))}
    return {
        **(in_forums if server.kind == "forum" else {}),
        "revise_starter": lambda: chat.revise_starter(place, replace(WHAT, title="On tunnels")),
        "rename_thread": lambda: chat.rename_thread(place, "On tunnels"),
        "send": lambda: chat.send(place, saying(8), nonce="8"),
        "edit": lambda: chat.edit(place, message, saying(1, "Edited.")),
        "mark": lambda: chat.mark(place, message, Mark.RELAYED),
        "tell": lambda: chat.tell(place, message, "A word.", nonce="tell"),
        "say": lambda: chat.say(place, "A line.", nonce="say"),
        "revise_saying": lambda: chat.revise_saying(place, message, "Another line."),
        "read": lambda: chat.read(place, message),
        "download": lambda: chat.download(place, message, AttachmentId(1), limit=10),
        "mirrors": mirrors,
        "history": history,
        "posted": posted,
        "delete": lambda: chat.delete(place, message),
    }


def about_channel(chat: Chat, server: Server) -> dict[str, Ask]:
    """Every method that asks something of the channel itself."""

    async def our_threads() -> object:
        return [one async for one in chat.our_threads(server.channel, known=(), after=NONE)]

    return {
        "our_threads": our_threads,
        "open_thread": lambda: chat.open_thread(server.channel, WHAT, nonce="anew"),
        "find_thread": lambda: chat.find_thread(server.channel, POST_URL, after=Millis(0)),
    }


async def all_raise(kind: type[CommonthreadError], asks: dict[str, Ask]) -> None:
    for name, ask in asks.items():
        try:
            with told(kind):
                await ask()
        except pytest.fail.Exception as failure:
            raise AssertionError(f"{name}: {failure}") from failure


class ChatThreads:
    """What a post's thread is and what may become of it."""

    @each_kind
    async def test_a_post_opens_one_thread_that_is_found_by_its_permalink(self, server: Server, chat: Chat) -> None:
        before = server.now()
        other = await chat.open_thread(server.channel, replace(WHAT, url="https://blog.example/other/"), nonce="1")
        opened = await chat.open_thread(server.channel, WHAT, nonce="2")
        assert int(opened.thread_id) == int(opened.starter_id), "a thread has the number of its starter"
        assert server.threads() == [other.thread_id, opened.thread_id]
        assert server.starter(server.place(opened)) == Starter(WHAT.title, WHAT.title)
        await server.says(server.place(opened), f"see <{POST_URL}x>")
        for _ in ("open", "archived"):
            assert await chat.find_thread(server.channel, POST_URL, after=before) == opened
            assert await chat.find_thread(server.channel, POST_URL + "x", after=before) is None
            assert await chat.find_thread(server.channel, POST_URL, after=Millis(server.now() + LATER)) is None
            await server.archive(server.place(opened))
        assert server.threads() == [other.thread_id, opened.thread_id], "a probe opens nothing"

    @only(kind="text", style="persona")  # a forum makes both at once
    async def test_a_half_made_thread_is_finished_by_its_probe(self, server: Server, chat: Chat) -> None:
        before = server.now()
        server.refuse_threads()
        with told(Unreachable):
            await server.open()
        assert server.threads() == []
        opened = await chat.find_thread(server.channel, POST_URL, after=before)
        assert opened is not None
        assert server.threads() == [opened.thread_id]
        assert server.starter(server.place(opened)) == Starter(WHAT.title, WHAT.title)

    @each_kind
    async def test_our_threads_are_listed_with_the_permalinks_in_their_starters(
        self, server: Server, chat: Chat
    ) -> None:
        async def listed(*known: Place, after: ThreadId = NONE) -> dict[ThreadId, str]:
            ids = {one.thread_id for one in known if one.thread_id is not None}
            found = [one async for one in chat.our_threads(server.channel, known=ids, after=after)]
            assert all(int(opened.thread_id) == int(opened.starter_id) for opened, _ in found)
            return {opened.thread_id: url for opened, url in found}

        assert await listed() == {}
        urls = [f"https://blog.example/{number}/" for number in range(4)]
        places = [await server.open(replace(WHAT, url=url)) for url in urls]
        ids = [one.thread_id for one in places if one.thread_id is not None]
        await server.archive(places[0])
        await server.archive(places[1])
        await server.delete_starter(places[3])
        assert await listed() == dict(zip(ids[:3], urls[:3], strict=True)), "of the last its starter is gone"
        assert await listed(places[0], places[2]) == {ids[1]: urls[1]}
        assert await listed(after=ids[0]) == {ids[1]: urls[1], ids[2]: urls[2]}
        assert await listed(after=ids[2]) == {ids[2]: urls[2]}, "what is not archived is listed however old it is"

    @each_kind
    async def test_a_thread_that_shows_another_post_is_not_found_again(self, server: Server, chat: Chat) -> None:
        first = await server.open()
        known = {first.thread_id} if first.thread_id is not None else set()
        assert await chat.find_thread(server.channel, POST_URL, after=Millis(0), known=known) is None
        second = await chat.open_thread(server.channel, WHAT, nonce="second")
        assert await chat.find_thread(server.channel, POST_URL, after=Millis(0), known=known) == second

    @each_kind
    async def test_a_changed_post_shows_in_its_starter_and_a_new_title_in_the_threads_name(
        self, server: Server, chat: Chat
    ) -> None:
        place = await server.open()
        await server.call(place, "[solved]")
        await chat.revise_starter(place, replace(WHAT, text="Another opening."))
        assert server.starter(place) == Starter("[solved]", WHAT.title), "whoever named it, its starter says nothing"
        await server.archive(place)
        await chat.revise_starter(place, replace(WHAT, title="On tunnels"))
        assert server.starter(place) == Starter("[solved]", "On tunnels")
        await server.archive(place)
        await chat.rename_thread(place, "On tunnels")
        assert server.starter(place) == Starter("On tunnels", "On tunnels")
        assert await chat.find_thread(server.channel, POST_URL, after=Millis(0)) is not None

    @each_kind
    async def test_a_name_that_automod_forbids_is_no_threads(self, server: Server, chat: Chat) -> None:
        place = await server.open()
        server.forbid_word("tunnels")
        await chat.rename_thread(place, "On tunnels")
        assert server.starter(place).thread == WHAT.title
        assert server.threads() == [place.thread_id]
        opened = await chat.open_thread(server.channel, replace(WHAT, title="Of tunnels"), nonce="other")
        assert server.threads() == [place.thread_id, opened.thread_id]

    @only(kind="forum", style="persona")
    async def test_tags_follow_and_those_of_moderators_stay(self, server: Server, chat: Chat) -> None:
        place = await server.open()
        assert server.tags(place) == {"essays"}
        await server.tag(place, "essays", "Answered")
        await server.archive(place)
        await chat.retag_thread(place, ("Essays", "unknown"), ("news", "unknown"))
        assert server.tags(place) == {"News", "Answered"}
        await chat.retag_thread(place, ("news",), ())
        assert server.tags(place) == {"Answered"}
        await server.tag(place, "Answered", "Reviews")
        await chat.retag_thread(place, (), ("Reviews", "Essays"))
        assert server.tags(place) == {"Answered", "Reviews", "essays"}

    @only(kind="text", style="persona")
    async def test_a_thread_of_a_text_channel_has_no_tags(self, server: Server, chat: Chat) -> None:
        place = await server.open()
        await chat.retag_thread(place, (), ("News",))
        assert server.tags(place) == set()

    @each_kind
    async def test_a_starter_that_is_gone(self, server: Server, chat: Chat) -> None:
        place = await server.open()
        await server.delete_starter(place)
        with told(Vanished):
            await chat.revise_starter(place, replace(WHAT, title="On tunnels"))
        with told(Vanished):
            await chat.revise_starter(replace(place, starter_id=None), WHAT)
        assert await chat.find_thread(server.channel, POST_URL, after=Millis(0)) is None
        await chat.rename_thread(place, "On tunnels")
        await chat.retag_thread(place, ("Essays",), ("News",))
        assert await chat.say(place, "The thread goes on.", nonce="1")

    @each_kind
    async def test_a_thread_for_which_there_is_no_room_opens_when_there_is(self, server: Server, chat: Chat) -> None:
        place = await server.open()
        other = replace(WHAT, url="https://blog.example/other/")
        server.fill_house()
        with told(Crowded):
            await server.open(other)
        for _ in range(2):
            if server.kind != "forum":  # its starter stands, and has no thread yet
                with told(Crowded):
                    await chat.find_thread(server.channel, other.url, after=Millis(0))
        await server.archive(place)
        opened = await chat.find_thread(server.channel, other.url, after=Millis(0))
        opened = opened or await chat.open_thread(server.channel, other, nonce="again")
        assert server.threads() == [place.thread_id, opened.thread_id]

    async def test_a_deleted_thread(self, server: Server, chat: Chat) -> None:
        other = await server.open(replace(WHAT, url="https://blog.example/other/"))
        place = await server.open()
        message = await chat.send(place, saying(1), nonce="1")
        kept = await chat.send(other, saying(2), nonce="2")
        await server.delete_thread(place)
        await all_raise(PlaceVanished, about_thread(server, chat, place, message))
        assert [one.id for one in server.shown(other)] == [kept], "the other thread is as it was"

    @each_kind
    async def test_a_thread_that_was_deleted_is_not_what_a_probe_finds(self, server: Server, chat: Chat) -> None:
        """In a text channel its starter stays, and Discord gives no message a second thread."""
        place = await server.open()
        await server.delete_thread(place)
        assert await chat.find_thread(server.channel, POST_URL, after=Millis(0)) is None
        assert server.threads() == []
        anew = await chat.open_thread(server.channel, WHAT, nonce="anew")
        assert server.threads() == [anew.thread_id]
        assert await chat.find_thread(server.channel, POST_URL, after=Millis(0)) == anew

    async def test_a_deleted_channel(self, server: Server, chat: Chat) -> None:
        place = await server.open()
        message = await chat.send(place, saying(1), nonce="1")
        await server.delete_channel()
        await all_raise(PlaceVanished, {**about_channel(chat, server), **about_thread(server, chat, place, message)})
        with told(PlaceVanished):
            await chat.notify(server.channel, "A sentence.", nonce="n")
        with told(PlaceVanished):
            await chat.told(server.channel, "A sentence.", after=Millis(0))
        await chat.notify(server.moderators, "A sentence.", nonce="n")
        assert server.notices(server.moderators) == ["A sentence."]

    @only(style="persona")
    async def test_a_webhook_that_is_known_needs_no_permission(self, server: Server, chat: Chat) -> None:
        place = await server.open()
        message = await chat.send(place, saying(1), nonce="1")
        await server.forbid()
        second = await chat.send(place, saying(2), nonce="2")
        await chat.edit(place, message, saying(1, "Edited."))
        assert [one.id for one in server.shown(place)] == [message, second]
        assert "Edited." in server.shown(place)[0].text
        await chat.delete(place, message)
        assert [one.id for one in server.shown(place)] == [second]

    async def test_a_bot_that_may_nothing(self, server: Server, chat: Chat) -> None:
        place = await server.open()
        message = await chat.send(place, saying(1), nonce="1")
        before = server.shown(place)
        await server.delete_webhooks()
        await server.forbid()
        await all_raise(NotAllowed, {**about_channel(chat, server), **about_thread(server, chat, place, message)})
        with told(NotAllowed) as refused:
            await chat.send(place, saying(2), nonce="2")
        assert isinstance(refused.value, NotAllowed)
        assert refused.value.lacking, "it is the channel, and not this thread"
        with told(NotAllowed):
            await chat.notify(server.moderators, "A sentence.", nonce="n")
        with told(NotAllowed):
            await chat.told(server.moderators, "A sentence.", after=Millis(0))
        assert server.shown(place) == before

    async def test_without_a_connection_every_method_says_that_nothing_was_done(
        self, server: Server, chat: Chat
    ) -> None:
        place = await server.open()
        message = await chat.send(place, saying(1), nonce="1")
        before = server.shown(place)
        asks = {**about_channel(chat, server), **about_thread(server, chat, place, message)}
        asks["notify"] = lambda: chat.notify(server.moderators, "A sentence.", nonce="n")
        asks["told"] = lambda: chat.told(server.moderators, "A sentence.", after=Millis(0))
        server.refuse_connections()
        await all_raise(Unreachable, asks)
        server.calm()
        assert server.shown(place) == before
        assert server.notices(server.moderators) == []

    async def test_a_write_whose_answer_is_lost_has_been_done(self, server: Server, chat: Chat) -> None:
        place = await server.open()
        message = await chat.send(place, saying(1), nonce="1")
        said = await chat.say(place, "A line.", nonce="line")
        asks = about_thread(server, chat, place, message)
        for name in ("read", "download", "mirrors", "history", "posted"):
            del asks[name]
        asks["revise_saying"] = lambda: chat.revise_saying(place, said, "Another line.")
        asks["notify"] = lambda: chat.notify(server.moderators, "A sentence.", nonce="n")
        asks["open_thread"] = lambda: server.open(replace(WHAT, url="https://blog.example/other/"))
        for name, ask in asks.items():
            server.lose_answer()
            await all_raise(Unanswered, {name: ask})
            server.calm()
            if name == "edit":
                (mirror,) = (one for one in server.shown(place) if one.id == message)
                assert "Edited." in mirror.text
            if name == "mark":
                (mirror,) = (one for one in server.shown(place) if one.id == message)
                assert mirror.marks == {Mark.RELAYED.value}
        assert server.starter(place).title == "On tunnels"
        texts = [one.text for one in server.shown(place)]
        assert texts[0] == "Another line."
        assert "Words." in texts[1]
        assert texts[2:] == ["A word.", "A line."], "the mirror of comment 1 is deleted"
        assert server.notices(server.moderators) == ["A sentence."]
        assert await chat.find_thread(server.channel, "https://blog.example/other/", after=Millis(0)) is not None
