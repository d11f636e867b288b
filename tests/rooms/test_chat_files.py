"""Files of messages, downloaded by the adapter: afresh, whole, from Discord alone, and without the bot's token."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

import pytest
from discord.http import Route
from yarl import URL

from bot.chat.files import fetch, own_address
from bot.chat.outcome import calling
from bot.core.domain import AttachmentId, Message, MessageId, Place
from bot.core.errors import CommonthreadError, Refused, Unreachable, Vanished
from bot.ports import Picture
from bot.sandbox.discord import Limits
from tests.support.blog_server import raw_server
from tests.support.chat_scene import ChatScene, chat_scene
from tests.support.pictures import picture

ENOUGH = 1 << 20


@asynccontextmanager
async def posted(**files: bytes) -> AsyncIterator[tuple[ChatScene, Place, Message]]:
    """A message with files, as the port reads it. A double underscore stands for the dot of a name."""
    async with chat_scene(limits=Limits.relaxed()) as s:
        place = await s.open()
        assert place.thread_id is not None
        given = [(name.replace("__", "."), content) for name, content in files.items()]
        said = await s.server.post(s.ann, place.thread_id, "look", attachments=given)
        message = await s.chat.read(place, MessageId(said.id))
        assert message is not None
        yield s, place, message


async def test_a_file_comes_whole_and_no_token_goes_for_it() -> None:
    opening, content = picture("first"), picture("second")
    async with posted(a__png=opening, b__png=content) as (s, place, message):
        first, second = message.attachments
        assert (first.size, second.size) == (len(opening), len(content))
        assert await s.chat.download(place, message.id, second.id, limit=ENOUGH) == Picture("png", content)
        assert await s.chat.download(place, message.id, first.id, limit=len(opening)) == Picture("png", opening)
        assert [status for status, _ in s.server.downloads] == [200, 200]
        for _, headers in s.server.downloads:
            assert "authorization" not in headers
            assert s.app.token not in str(headers)


async def test_the_address_is_asked_for_anew_when_the_old_one_is_dead() -> None:
    async with posted(a__png=picture("first")) as (s, place, message):
        s.server.world.limits = replace(s.server.world.limits, attachment_life=-1)
        with pytest.raises(Vanished):
            await s.chat.download(place, message.id, message.attachments[0].id, limit=ENOUGH)
        s.server.world.limits = replace(s.server.world.limits, attachment_life=60)
        assert await s.chat.download(place, message.id, message.attachments[0].id, limit=ENOUGH) == Picture(
            "png", picture("first")
        )


async def test_what_is_gone_or_too_large_is_not_downloaded() -> None:
    async with posted(a__png=picture("first")) as (s, place, message):
        (file,) = message.attachments
        with pytest.raises(Refused):
            await s.chat.download(place, message.id, file.id, limit=4)
        with pytest.raises(Vanished):
            await s.chat.download(place, message.id, AttachmentId(file.id + 1), limit=ENOUGH)
        await s.server.delete(s.ann, message.thread_id, message.id)
        with pytest.raises(Vanished):
            await s.chat.download(place, message.id, file.id, limit=ENOUGH)
        assert not s.server.downloads


@pytest.mark.parametrize(
    "url",
    [
        "http://cdn.discordapp.com/attachments/1/9/a.png",
        "https://cdn.discordapp.com:8443/attachments/1/9/a.png",
        "https://cdn.discordapp.com.evil.example/a.png",
        "https://name@cdn.discordapp.com/a.png",
        "no address",
        "https://cdn.discordapp.com@evil.example/a.png",
        "https://evil.example/cdn.discordapp.com/a.png",
        "http://127.0.0.1:1/a.png",
        "http://169.254.169.254/latest/meta-data",
        "https://discord.com:444/a.png",
        "file:///etc/passwd",
    ],
)
def test_files_kept_elsewhere_are_refused(url: str) -> None:
    with pytest.raises(Refused):
        own_address(url)


@pytest.mark.parametrize("host", ["cdn.discordapp.com", "media.discordapp.net"])
def test_discords_own_hosts_are_asked(host: str) -> None:
    url = f"https://{host}/attachments/1/9/a.png?ex=1&is=2&hm=3&"
    assert str(own_address(url)) == url


def test_so_is_the_server_that_stands_in_for_discord(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Route, "BASE", "http://127.0.0.1:4711/api/v10")
    assert own_address("http://127.0.0.1:4711/attachments/1/9/a.png").port == 4711
    with pytest.raises(Refused):
        own_address("http://127.0.0.1:4712/attachments/1/9/a.png")


OK = b"HTTP/1.1 200 OK\r\nContent-Type: image/png\r\n"


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (OK + b"Content-Length: 5\r\n\r\nfirst", None),
        (OK + b"Content-Length: 4\r\n\r\nfirs", Unreachable),
        (OK + b"Content-Length: 5\r\n\r\nfir", Unreachable),
        (OK + b"\r\nfirst and much more than was promised", Unreachable),
        (b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n", Unreachable),
        (b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n", Vanished),
        (b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n", Vanished),
        (b"HTTP/1.1 503 Unavailable\r\nContent-Length: 0\r\n\r\n", Unreachable),
        (b"nonsense\r\n\r\n", Unreachable),
        (None, Unreachable),
    ],
)
async def test_half_a_file_is_none(answer: bytes | None, error: type[CommonthreadError] | None) -> None:
    async with raw_server(answer) as url:

        async def fetched() -> bytes:
            async with calling("download a file", write=False):
                return await fetch(URL(f"{url}/a.png"), 5)

        if error is None:
            assert await fetched() == b"first"
        else:
            with pytest.raises(error):
                await fetched()


async def test_a_file_that_never_ends_is_given_up() -> None:
    async def endless(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(OK + b"\r\n")
        try:
            while True:
                writer.write(b"x" * 65536)
                await writer.drain()
        except ConnectionError:
            writer.close()

    server = await asyncio.start_server(endless, "127.0.0.1", 0)
    async with server, asyncio.timeout(10):
        port = server.sockets[0].getsockname()[1]
        with pytest.raises(Unreachable):
            await fetch(URL(f"http://127.0.0.1:{port}/a.png"), 100_000)
