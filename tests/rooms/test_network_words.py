"""Why a host cannot be reached, from what the system and aiohttp really raise."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import aiohttp
import pytest

from bot.core.errors import Unreachable
from bot.core.network_words import in_plain_words

CERTIFICATE = Path(__file__).parents[1] / "data" / "tls" / "self-signed.pem"  # made for this test, trusted by nobody


async def raised_by(url: str) -> Exception:
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=0.5)) as session:
        with pytest.raises((aiohttp.ClientError, TimeoutError)) as raised:
            await session.get(url)
    return raised.value


@asynccontextmanager
async def listening(context: ssl.SSLContext | None = None, *, answer: bytes = b"") -> AsyncIterator[int]:
    """The port of a server that takes every call, says this to the first byte, and waits until the caller hangs up."""
    calls: set[asyncio.Task[None]] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            await reader.read(1)
            writer.write(answer)
            await reader.read()
        writer.close()
        with suppress(OSError):
            await writer.wait_closed()

    def call(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        calls.add(asyncio.ensure_future(serve(reader, writer)))

    server = await asyncio.start_server(call, "127.0.0.1", 0, ssl=context)
    async with server:
        yield server.sockets[0].getsockname()[1]
    await asyncio.gather(*calls)


async def test_a_name_that_nobody_has() -> None:
    words = in_plain_words(await raised_by("http://nowhere.invalid/")) or ""
    assert "name" in words


async def test_a_port_where_nobody_listens() -> None:
    async with listening() as port:
        pass
    assert "refuses" in (in_plain_words(await raised_by(f"http://127.0.0.1:{port}/")) or "")


async def test_a_host_that_takes_the_call_and_says_nothing() -> None:
    async with listening() as port:
        assert "in time" in (in_plain_words(await raised_by(f"http://127.0.0.1:{port}/")) or "")


async def test_a_certificate_that_nobody_vouches_for() -> None:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(CERTIFICATE)
    async with listening(context) as port:
        words = in_plain_words(await raised_by(f"https://localhost:{port}/")) or ""
    assert "certificate" in words
    assert "self-signed" in words


async def test_http_where_https_was_asked_for() -> None:
    async with listening(answer=b"HTTP/1.1 400 Bad Request\r\n\r\n") as port:
        assert "HTTPS" in (in_plain_words(await raised_by(f"https://127.0.0.1:{port}/")) or "")


async def test_the_cause_speaks_for_an_error_of_ours() -> None:
    error = Unreachable("The blog cannot be reached.")
    error.__cause__ = await raised_by("http://nowhere.invalid/")
    assert "name" in (in_plain_words(error) or "")
    assert in_plain_words(Unreachable("The blog is down for maintenance (503).")) is None
