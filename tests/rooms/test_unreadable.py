"""What discord.py cannot read costs itself: the client lives, lists go on, the log tells of it without its words."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import discord
import pytest

from bot.chat import piecemeal
from bot.core.domain import MessageId, Place
from bot.core.errors import NotUnderstood
from bot.sandbox.discord import view
from tests.support.chat_scene import POST_URL, WHAT, ChatScene, chat_scene, saying

ENDLESS: dict[str, Any] = {
    "question": {"text": "Tea or coffee?"},
    "answers": [{"answer_id": 1, "poll_media": {"text": "Tea"}}, {"answer_id": 2, "poll_media": {"text": "Coffee"}}],
    "allow_multiselect": False,
    "layout_type": 1,
    "expiry": None,
}
SECRET = "walnut"


def odd_shapes(s: ChatScene, thread: int, message: int) -> dict[str, dict[str, Any]]:
    """Events as Discord is known to send them now and then, and some that it may send one day."""
    here = {"id": str(message), "channel_id": str(thread), "guild_id": str(s.guild.id)}
    return {
        "MESSAGE_UPDATE": {**here, "embeds": [{"type": "link", "url": f"https://{SECRET}.example/"}]},
        "MESSAGE_CREATE": {**here, "content": SECRET, "author": None},
        "MESSAGE_DELETE": {"channel_id": str(thread), "guild_id": str(s.guild.id)},
        "MESSAGE_DELETE_BULK": {**here, "ids": None},
        "MESSAGE_REACTION_ADD": {**here, "emoji": SECRET},
        "THREAD_UPDATE": {"id": str(thread), "guild_id": str(s.guild.id), "thread_metadata": None, "name": SECRET},
        "THREAD_LIST_SYNC": {"guild_id": str(s.guild.id), "threads": [None]},
        "CHANNEL_UPDATE": {"id": str(s.channel.id), "guild_id": str(s.guild.id), "type": SECRET},
        "GUILD_UPDATE": {"id": str(s.guild.id), "name": SECRET, "roles": None},
        "GUILD_ROLE_UPDATE": {"guild_id": str(s.guild.id), "role": {"name": SECRET}},
        "INTERACTION_CREATE": {"id": "1", "type": 2, "data": None},
        "GUILD_CREATE": {"id": str(s.guild.id + 1), "channels": [{"type": SECRET}]},
    }


def push(s: ChatScene, event: str, data: Any) -> None:
    """Discord sends this, whatever it is."""
    for session in s.server.hub.sessions.values():
        session.push(event, data)


async def heard(s: ChatScene, event: str, do: Callable[[], Any], *, where: Callable[[Any], bool] = bool) -> Any:
    """The next event of discord.py's that fits, after something was done."""
    arrived = asyncio.get_running_loop().create_future()

    async def listen(one: Any) -> None:
        if where(one) and not arrived.done():
            arrived.set_result(one)

    s.client.add_listener(listen, f"on_{event}")
    done = do()
    if asyncio.iscoroutine(done):
        await done
    try:
        return await asyncio.wait_for(arrived, 10)
    finally:
        s.client.remove_listener(listen, f"on_{event}")


def thread_of(place: Place) -> int:
    assert place.thread_id is not None
    return place.thread_id


@pytest.fixture(autouse=True)
def untold() -> None:
    piecemeal._told.clear()


async def test_no_event_ends_the_client(caplog: pytest.LogCaptureFixture) -> None:
    async with chat_scene("forum") as s:
        thread = thread_of(await s.open())
        shapes = odd_shapes(s, thread, 77)
        for event, data in shapes.items():
            push(s, event, data)

        def is_ours(message: Any) -> bool:
            return bool(message.content == "still here")

        await heard(s, "message", lambda: s.server.post(s.ann, thread, "still here"), where=is_ours)
        lines = [one.getMessage() for one in caplog.records if "cannot be read" in one.getMessage()]
        for event in ("MESSAGE_UPDATE", "MESSAGE_CREATE", "GUILD_UPDATE"):
            assert len([line for line in lines if f"a {event} event" in line]) == 1
        assert SECRET not in caplog.text
        assert f"channel_id {thread}, its_id 77" in caplog.text


@pytest.mark.parametrize("event", ["MESSAGE_UPDATE", "MESSAGE_CREATE", "THREAD_UPDATE"])
async def test_the_thread_of_an_event_that_could_not_be_read_is_named(event: str) -> None:
    async with chat_scene("forum") as s:
        thread = thread_of(await s.open())
        data = odd_shapes(s, thread, 77)[event]
        assert await heard(s, "unreadable", lambda: push(s, event, data)) == thread


async def test_a_message_that_cannot_be_read_leaves_the_others_in_the_history(caplog: pytest.LogCaptureFixture) -> None:
    async with chat_scene("forum") as s:
        place = await s.open()
        thread = thread_of(place)
        said = [await s.server.post(s.ann, thread, f"word {number}") for number in range(5)]
        said[2].poll = dict(ENDLESS)
        read = [one.text async for one in s.chat.history(place, after=place.starter_id)]
        assert read == ["word 0", "word 1", "word 3", "word 4"]
        [one async for one in s.chat.history(place, after=place.starter_id)]
        (line,) = [one.getMessage() for one in caplog.records if str(said[2].id) in one.getMessage()]
        assert "Tea" not in caplog.text
        assert "left out: a message that cannot be read" in line


async def test_a_whole_page_that_cannot_be_read_does_not_end_the_history() -> None:
    async with chat_scene("forum") as s:
        place = await s.open()
        thread = thread_of(place)
        for _ in range(piecemeal.PAGE):
            (await s.server.post(s.ann, thread, "?")).poll = dict(ENDLESS)
        await s.server.post(s.ann, thread, "after them")
        assert [one.text async for one in s.chat.history(place, after=place.starter_id)] == ["after them"]


async def test_an_answer_to_what_cannot_be_read_is_read_in_history_and_by_event() -> None:
    async with chat_scene("forum") as s:
        place = await s.open()
        thread = thread_of(place)
        poll = await s.server.post(s.ann, thread, "?")
        poll.poll = dict(ENDLESS)

        async def answer() -> None:
            await s.server.post(s.ann, thread, "coffee!", reply_to=poll.id)

        event = await heard(s, "message", answer, where=lambda one: bool(one.content == "coffee!"))
        assert event.reference.message_id == poll.id
        (read,) = [one async for one in s.chat.history(place, after=place.starter_id)]
        assert (read.text, read.reply_to) == ("coffee!", poll.id)


async def test_a_message_that_cannot_be_read_is_not_taken_for_a_deleted_one() -> None:
    async with chat_scene("forum") as s:
        place = await s.open()
        poll = await s.server.post(s.ann, thread_of(place), "?")
        poll.poll = dict(ENDLESS)
        with pytest.raises(NotUnderstood, match="cannot read"):
            await s.chat.read(place, MessageId(poll.id))


async def test_odd_threads_and_webhooks_cost_themselves(monkeypatch: pytest.MonkeyPatch) -> None:
    async with chat_scene("forum") as s:
        place = await s.open()
        await s.chat.send(place, saying(1), nonce="n")
        home = s.client.get_channel(s.channel.id)
        assert isinstance(home, discord.ForumChannel)
        await home.create_webhook(name="odd")
        thread, webhook = view.thread, view.webhook
        other = replace(WHAT, title="Odd", url="https://blog.example/odd/")
        odd = await s.chat.open_thread(s.channel_id, other, nonce="odd")

        def odd_thread(shown: Any, *args: Any) -> Any:
            return {"id": str(shown.id), "type": 11} if shown.id == odd.thread_id else thread(shown, *args)

        def odd_webhook(shown: Any, *args: Any, **options: Any) -> Any:
            return {**webhook(shown, *args, **options), **({"user": 5} if shown.name == "odd" else {})}

        monkeypatch.setattr(view, "thread", odd_thread)
        monkeypatch.setattr(view, "webhook", odd_webhook)
        found = await s.chat.find_thread(s.channel_id, POST_URL, after=s.chat.moment_of(MessageId(thread_of(place))))
        assert found is not None
        assert found.thread_id == place.thread_id
        s.adapter._webhooks.forget(s.channel_id)
        made = len([c for c in s.server.calls if c.method == "POST" and c.path.endswith("/webhooks")])
        await s.chat.send(place, saying(2), nonce="n2")
        assert len([c for c in s.server.calls if c.method == "POST" and c.path.endswith("/webhooks")]) == made


async def test_a_server_with_an_odd_thread_is_read_without_its_threads() -> None:
    async with chat_scene("forum") as s:
        s.server.add_channel(s.guild, kind="text", name="lobby")
        whole = view.guild_create(s.server.world, s.guild, s.app)
        whole["threads"] = [{"id": "5", "type": 11}]
        push(s, "GUILD_CREATE", {**whole, "id": "123456789012345678"})
        await heard(s, "message", lambda: say_in(s), where=lambda one: bool(one.content == "later"))
        known = s.client.get_guild(123456789012345678)
        assert known is not None
        assert [channel.name for channel in known.text_channels] == ["lobby"]


async def say_in(s: ChatScene) -> None:
    await s.server.post(s.ann, thread_of(await s.open()), "later")
