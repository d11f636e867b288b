"""What any Chat must keep, held against the Discord in memory and the real client over the loopback Discord.

Holds no promise itself: those are in chat_threads.py, chat_mirrors.py and chat_words.py. What is discord.py's and the
adapter's alone has rooms of its own (tests/rooms/test_discord_chat.py and test_chat_*.py).
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import cast

import pytest

from bot.ports import Chat
from tests.contract import chat_mirrors, chat_threads, chat_words
from tests.contract.chat_in_memory import FakeServer
from tests.contract.chat_loopback import LoopbackServer
from tests.contract.chat_servers import CANNOT, EVERYWHERE, TAGS, Server
from tests.contract.recorder import Recorder
from tests.support.chat_scene import Style, chat_scene

ASKED = Recorder(Chat)


@pytest.fixture(params=EVERYWHERE)
async def server(request: pytest.FixtureRequest) -> AsyncIterator[Server]:
    """The implementation under test, with members' and moderators' hands."""
    name, kind, style = request.param.split("-")
    if name == "fake":
        yield _watched(FakeServer(kind, style), request)
        return
    async with chat_scene(kind, cast(Style, style), tags=TAGS) as loopback:
        yield _watched(LoopbackServer(loopback, kind, style), request)


def _watched(server: Server, request: pytest.FixtureRequest) -> Server:
    server.chat = ASKED.around(server.name, server.chat, request)
    return server


@pytest.fixture
def chat(server: Server) -> Chat:
    """The port."""
    return server.chat


class TestThreads(chat_threads.ChatThreads):
    """Threads, in every implementation, kind of channel and style."""


class TestMirrors(chat_mirrors.ChatMirrors):
    """Mirrors likewise."""


class TestWords(chat_words.ChatWords):
    """Words likewise."""


def test_no_method_of_the_port_is_without_its_contract(request: pytest.FixtureRequest) -> None:
    assert not ASKED.unnamed_in(chat_mirrors, chat_threads, chat_words)
    for name, lacks in CANNOT.items():
        for ability, reason in lacks.items():
            print(f"left out: {name} where it would have to {ability}: {reason}")
    if ASKED.is_whole(request):
        assert set(ASKED.asked) == set(CANNOT)
        assert ASKED.never_asked() == {}
