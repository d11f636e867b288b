"""When Discord fails: every write leaves once, the error says whether it may have arrived, and the probe knows."""

from __future__ import annotations

import asyncio
import re
import time
import traceback
from collections.abc import Awaitable, Callable

import aiohttp
import pytest

from bot.chat import outcome
from bot.chat.webhooks import NAME, Fallbacks
from bot.core.domain import ChannelId, Mark, MessageId, Millis, Place
from bot.core.errors import (
    CommonthreadError,
    NotAllowed,
    PlaceVanished,
    RefusalKind,
    Refused,
    Transient,
    Unanswered,
    Unreachable,
)
from bot.sandbox.discord import MIRROR_BOT, Permission
from tests.support.chat_scene import POST_URL, WHAT, ChatScene, Style, chat_scene, find, saying

WEBHOOK = r"/webhooks/\d+/[^/]+"
MESSAGES = r"/channels/\d+/messages"
THREADS = r"/channels/\d+/threads"

# kind of fault -> (error, whether the write was carried out)
KINDS: dict[str, tuple[type[CommonthreadError], bool]] = {
    "429-user": (Unreachable, False),
    "429-shared": (Unreachable, False),
    "429-global": (Unreachable, False),
    "429-no-via": (Unreachable, False),
    "500": (Unanswered, False),
    "502": (Unanswered, False),
    "503": (Unanswered, False),
    "504": (Unanswered, False),
    "403": (NotAllowed, False),
    "reset-before": (Unanswered, False),
    "reset-after": (Unanswered, True),
    "never": (Unanswered, True),
    "not-json": (Unanswered, True),
}


def posts(s: ChatScene, path: str) -> int:
    return sum(1 for c in s.server.calls if c.method == "POST" and re.fullmatch(path, c.path))


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outcome, "CALL_TIMEOUT", 1.0)


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize("style", ["persona", "card"])
@pytest.mark.parametrize("kind", list(KINDS))
async def test_a_comment_leaves_once_and_the_probe_knows_whether_it_arrived(kind: str, style: Style) -> None:
    expected, arrived = KINDS[kind]
    path = WEBHOOK if style == "persona" else MESSAGES
    async with chat_scene("forum", style, connected=False) as s:
        place = await s.open()
        await s.chat.send(place, saying(1), nonce="n1")
        before = posts(s, path)
        s.server.faults.next("POST", path, kind, seconds=0.2)
        with pytest.raises(CommonthreadError) as caught:
            await s.chat.send(place, saying(2), nonce="n2")
        assert isinstance(caught.value, expected)
        assert str(place.thread_id) in caught.value.reason or kind == "429-global"
        assert posts(s, path) == before + 1
        assert len(s.said(place)) == (2 if arrived else 1)
        if isinstance(caught.value, Unreachable):
            assert caught.value.retry_after == pytest.approx(0.2, abs=0.15)
        found = await find(s.chat, place, saying(2).marker, after=place.starter_id)
        assert (found is not None) == arrived
        # Nothing is held or locked for good.
        await s.chat.send(place, saying(3), nonce="n3")
        assert posts(s, path) == before + 2


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize("home", ["forum", "text"])
@pytest.mark.parametrize("kind", list(KINDS))
async def test_a_thread_is_asked_for_once(kind: str, home: str) -> None:
    expected, arrived = KINDS[kind]
    path = THREADS if home == "forum" else MESSAGES
    async with chat_scene(home, connected=False) as s:
        start = Millis(int(time.time() * 1000))
        s.server.faults.next("POST", path, kind, seconds=0.2)
        with pytest.raises(CommonthreadError) as caught:
            await s.open()
        assert isinstance(caught.value, expected)
        assert posts(s, path) == 1
        opened = await s.chat.find_thread(s.channel_id, POST_URL, after=start)
        assert (opened is not None) == arrived
        assert len(s.server.threads(s.channel)) == (1 if arrived else 0)


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize("style", ["persona", "card"])
@pytest.mark.parametrize(
    ("verb", "kind"),
    [
        *(("edit", kind) for kind in KINDS if kind != "403"),
        # aiohttp repeats a PUT or DELETE whose kept connection broke, which both bear; and a 204 has no body.
        *((verb, kind) for verb in ("delete", "mark") for kind in ("429-user", "500", "503", "never")),
    ],
)
async def test_other_writes_leave_once_too(kind: str, verb: str, style: Style) -> None:
    expected, _ = KINDS[kind]
    async with chat_scene("text", style, connected=False) as s:
        place = await s.open()
        sent = await s.chat.send(place, saying(1), nonce="n1")
        method = {"edit": "PATCH", "delete": "DELETE", "mark": "PUT"}[verb]
        acts: dict[str, Callable[[], Awaitable[None]]] = {
            "edit": lambda: s.chat.edit(place, sent, saying(1, "new")),
            "delete": lambda: s.chat.delete(place, sent),
            "mark": lambda: s.chat.mark(place, sent, Mark.HELD),
        }
        s.server.faults.next(method, ".*", kind, seconds=0.2)
        with pytest.raises(Transient) as caught:
            await acts[verb]()
        assert isinstance(caught.value, expected)
        assert sum(1 for c in s.server.calls if c.method == method) == 1
        await acts[verb]()


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize("kind", ["503", "reset-after", "never", "not-json", "429-no-via"])
async def test_a_read_that_fails_is_worth_another_try(kind: str) -> None:
    async with chat_scene("forum", connected=False) as s:
        place = await s.open()
        s.server.faults.next("GET", MESSAGES, kind, times=2, seconds=0.2)
        with pytest.raises(Unreachable):
            await find(s.chat, place, "x 1/1", after=None)


async def test_a_refused_connection_is_no_doubt() -> None:
    async with chat_scene("forum", connected=False) as s:
        place = await s.open()
        await s.chat.send(place, saying(1), nonce="n1")
        webhook = next(c for c in s.server.calls if re.fullmatch(WEBHOOK, c.path))
        token = webhook.path.rpartition("/")[2]
        await s.server.__aexit__(None, None, None)
        logged = ""
        for _ in range(2):
            # The first may meet a kept connection that is only now found to be closed: then nobody knows.
            with pytest.raises(Transient) as caught:
                await s.chat.send(place, saying(2), nonce="n2")
            logged += "".join(traceback.format_exception(caught.value))
        assert type(caught.value) is Unreachable
        assert "cannot be reached" in caught.value.reason
        # Whoever logs such an error with its traceback must not log the webhook's token.
        assert token not in logged


async def test_a_learnt_pause_holds_the_next_one() -> None:
    async with chat_scene("forum", connected=False) as s:
        place = await s.open()
        await s.chat.send(place, saying(1), nonce="n1")
        s.server.faults.next("POST", WEBHOOK, "429-shared", seconds=0.7)
        with pytest.raises(Unreachable):
            await s.chat.send(place, saying(2), nonce="n2")
        start = time.monotonic()
        await s.chat.send(place, saying(2), nonce="n2")
        assert time.monotonic() - start >= 0.6


@pytest.mark.parametrize("style", ["persona", "card"])
async def test_an_archived_thread_is_opened_by_whatever_has_to_change(style: Style) -> None:
    async with chat_scene("forum", style) as s:
        place = await s.open()
        assert place.thread_id is not None
        sent = await s.chat.send(place, saying(1), nonce="n1")
        asked = await s.server.post(s.ann, place.thread_id, "question")
        acts: list[Callable[[], Awaitable[object]]] = [
            lambda: s.chat.send(place, saying(2), nonce="n2"),
            lambda: s.chat.edit(place, sent, saying(1, "new")),
            lambda: s.chat.mark(place, MessageId(asked.id), Mark.RELAYED),
            lambda: s.chat.revise_starter(place, WHAT),
            lambda: s.chat.tell(place, MessageId(asked.id), "hello", nonce="t"),
        ]
        for act in acts:
            await s.server.archive(place.thread_id)
            await act()
            assert not s.server.threads(s.channel)[0]["thread_metadata"]["archived"]
        await s.server.archive(place.thread_id)
        await s.chat.delete(place, sent)
        assert [m async for m in s.chat.history(place, after=None)]


@pytest.mark.parametrize("archived", [True, False])
@pytest.mark.parametrize("style", ["persona", "card"])
async def test_a_locked_thread_without_the_permission_says_what_to_do(style: Style, archived: bool) -> None:
    async with chat_scene("forum", style, permissions=MIRROR_BOT & ~Permission.MANAGE_THREADS) as s:
        place = await s.open()
        assert place.thread_id is not None
        sent = await s.chat.send(place, saying(1), nonce="n1")
        await s.server.archive(place.thread_id, archived=archived, locked=True)
        for act in (s.chat.send(place, saying(2), nonce="n2"), s.chat.edit(place, sent, saying(1, "new"))):
            with pytest.raises(NotAllowed, match="Manage Threads"):
                await act


async def test_a_deleted_webhook_is_made_anew_and_its_messages_stay() -> None:
    async with chat_scene("forum") as s:
        place = await s.open()
        sent = await s.chat.send(place, saying(1), nonce="n1")
        await s.server.delete_webhook(int(s.said(place)[0]["webhook_id"]))
        await s.chat.send(place, saying(2), nonce="n2")
        first, second = s.said(place)
        assert first["webhook_id"] != second["webhook_id"]
        assert await find(s.chat, place, saying(1).marker, after=None) == sent
        with pytest.raises(Refused) as caught:
            await s.chat.edit(place, sent, saying(1, "new"))
        assert caught.value.kind is RefusalKind.NOT_EDITABLE
        await s.chat.delete(place, sent)
        assert len(s.said(place)) == 1


async def test_a_webhook_deleted_behind_an_edit_is_not_editable() -> None:
    async with chat_scene("forum") as s:
        place = await s.open()
        sent = await s.chat.send(place, saying(1), nonce="n1")
        await s.server.delete_webhook(int(s.said(place)[0]["webhook_id"]))
        with pytest.raises(Refused) as caught:
            await s.chat.edit(place, sent, saying(1, "new"))
        assert caught.value.kind is RefusalKind.NOT_EDITABLE


async def test_a_webhook_that_is_gone_twice_in_a_row_is_tried_again_later() -> None:
    """No message has vanished: a mirror that was not sent must not count as one that somebody took away."""
    async with chat_scene("forum") as s:
        place = await s.open()
        s.server.faults.next("POST", r"/webhooks/\d+/[^/]+", "code:10015", times=2)
        with pytest.raises(Unreachable, match="webhook is gone"):
            await s.chat.send(place, saying(1), nonce="n1")
        await s.chat.send(place, saying(1), nonce="n1")
        assert len(s.said(place)) == 1


async def test_a_webhook_is_made_once_for_many_at_a_time() -> None:
    async with chat_scene("forum") as s:
        place = await s.open()
        await asyncio.gather(*(s.chat.send(place, saying(n), nonce=f"n{n}") for n in range(20)))
        assert posts(s, r"/channels/\d+/webhooks") == 1
        # Asked for once as well: the others waited for the answer.
        assert sum(1 for c in s.server.calls if c.method == "GET" and c.path.endswith("/webhooks")) == 1
        assert len(s.said(place)) == 20


async def test_webhooks_of_others_are_neither_used_nor_believed() -> None:
    async with chat_scene("text") as s:
        place = await s.open()
        other = s.server.add_bot(name="Other")
        async with aiohttp.ClientSession(headers={"Authorization": f"Bot {other.token}"}) as session:
            made = await session.post(f"{s.server.api_url}/channels/{s.channel.id}/webhooks", json={"name": NAME})
            theirs = await made.json()
            said = await session.post(
                f"{s.server.api_url}/webhooks/{theirs['id']}/{theirs['token']}",
                params={"thread_id": str(place.thread_id), "wait": "true"},
                json={"content": saying(1).text},
            )
            assert said.status == 200
        assert await find(s.chat, place, saying(1).marker, after=None) is None
        sent = await s.chat.send(place, saying(1), nonce="n1")
        assert await find(s.chat, place, saying(1).marker, after=None) == sent
        foreign, own = s.said(place)
        assert foreign["webhook_id"] == theirs["id"]
        assert own["webhook_id"] != theirs["id"]
        read = await s.chat.read(place, MessageId(int(foreign["id"])))
        assert read is not None
        assert (read.ours, read.from_bot) == (False, True)


async def test_without_the_permission_cards_replace_personas_and_that_is_said_once() -> None:
    async with chat_scene("forum", permissions=MIRROR_BOT & ~Permission.MANAGE_WEBHOOKS) as s:
        place = await s.open()
        for number in (1, 2):
            await s.chat.send(place, saying(number), nonce=f"n{number}")
        assert s.fallbacks == [s.channel_id]
        assert all(m["author"]["id"] == str(s.app.user.id) for m in s.said(place))
        assert await find(s.chat, place, saying(2).marker, after=None) == int(s.said(place)[1]["id"])
        await s.chat.edit(place, MessageId(int(s.said(place)[0]["id"])), saying(1, "new"))
        assert s.said(place)[0]["embeds"][0]["description"] == "new"


def test_cards_that_replace_personas_again_are_told_of_again() -> None:
    told = list[str]()
    fallbacks = Fallbacks(lambda where: told.append(f"cards {where}"), lambda where: told.append(f"personas {where}"))
    here, there = ChannelId(1), ChannelId(2)
    for tell in (fallbacks.personas, fallbacks.cards, fallbacks.personas, fallbacks.cards):
        tell(here)
        tell(here)
    fallbacks.cards(there)
    assert told == ["personas 1", "cards 1", "personas 1", "cards 1", "cards 2"]


async def test_a_name_or_picture_that_discord_will_not_have_does_not_stop_a_comment() -> None:
    async with chat_scene("forum") as s:
        place = await s.open()
        odd = saying(1)
        await s.chat.send(place, odd, nonce="n1")
        for number, avatar in enumerate(("javascript:alert(1)", "https://x/" + "y" * 3000, "", None), start=2):
            speaker = type(odd.speaker)("Clyde " * 40, avatar, None)
            await s.chat.send(place, saying(number, speaker=speaker), nonce=f"n{number}")
        assert len(s.said(place)) == 5


@pytest.mark.parametrize("style", ["persona", "card"])
async def test_a_deleted_thread_is_a_place_that_vanished(style: Style) -> None:
    async with chat_scene("forum", style) as s:
        place = await s.open()
        assert place.thread_id is not None
        sent = await s.chat.send(place, saying(1), nonce="n1")
        await s.server.delete_thread(place.thread_id)
        await _vanished(s, place, sent)


async def test_a_deleted_channel_is_a_place_that_vanished() -> None:
    async with chat_scene("forum") as s:
        place = await s.open()
        sent = await s.chat.send(place, saying(1), nonce="n1")
        await s.server.delete_channel(s.channel)
        await _vanished(s, place, sent)
        with pytest.raises(PlaceVanished):
            await s.open()


async def _vanished(s: ChatScene, place: Place, sent: MessageId) -> None:
    for act in (
        s.chat.send(place, saying(2), nonce="n2"),
        s.chat.edit(place, sent, saying(1, "new")),
        s.chat.mark(place, sent, Mark.HELD),
        s.chat.tell(place, sent, "hello", nonce="t"),
        find(s.chat, place, saying(1).marker, after=None),
    ):
        with pytest.raises(PlaceVanished):
            await act


async def test_one_strange_refusal_is_tried_again_and_a_second_is_believed() -> None:
    async with chat_scene("forum") as s:
        place = await s.open()
        await s.chat.send(place, saying(1), nonce="n1")
        s.server.faults.next("POST", WEBHOOK, "403", times=2)
        with pytest.raises(Unreachable, match="tried again"):
            await s.chat.send(place, saying(2), nonce="n2")
        with pytest.raises(NotAllowed):
            await s.chat.send(place, saying(2), nonce="n2")
        await s.chat.send(place, saying(2), nonce="n2")
        assert s.fallbacks == []


async def test_a_history_that_may_not_be_read_is_not_taken_for_an_empty_one() -> None:
    async with chat_scene("text") as s:
        place = await s.open()
        await s.chat.send(place, saying(1), nonce="n1")
        start = Millis(int(time.time() * 1000) - 60_000)
        told = asyncio.create_task(s.client.wait_for("guild_channel_update", timeout=10))
        await asyncio.sleep(0)
        s.server.set_permissions(s.app, s.channel, deny=Permission.READ_MESSAGE_HISTORY)
        await told
        for act in (
            find(s.chat, place, saying(1).marker, after=None),
            s.chat.find_thread(s.channel_id, POST_URL, after=start),
        ):
            with pytest.raises(NotAllowed, match="Read Message History"):
                await act
        with pytest.raises(NotAllowed):
            [m async for m in s.chat.history(place, after=None)]
        with pytest.raises(NotAllowed):
            [m async for m in s.chat.mirrors(place)]


@pytest.mark.parametrize("style", ["persona", "card"])
async def test_permissions_taken_away_are_named(style: Style) -> None:
    async with chat_scene("forum", style, connected=False) as s:
        place = await s.open()
        await s.chat.send(place, saying(1), nonce="n1")
        s.server.set_permissions(s.app, None, deny=Permission.SEND_MESSAGES | Permission.SEND_MESSAGES_IN_THREADS)
        with pytest.raises(NotAllowed, match="Send Messages"):
            await s.open()
        s.server.set_permissions(s.app, None, deny=Permission.VIEW_CHANNEL)
        with pytest.raises(NotAllowed, match="View Channel"):
            await find(s.chat, place, saying(1).marker, after=None)
