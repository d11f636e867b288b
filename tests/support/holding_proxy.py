"""A reverse proxy that can hold one write: before it reaches the far side, or after it was accepted. For kill tests.

Changes nothing of what passes but, where asked, its own address for the far side's (WordPress insists on its own).
"""

from __future__ import annotations

import asyncio
import re
from types import TracebackType
from typing import Literal, Self

import aiohttp
from aiohttp import web

WRITES = ("POST", "PUT", "PATCH", "DELETE")
_HOP = {"host", "content-length", "transfer-encoding", "connection", "keep-alive", "content-encoding"}

When = Literal["before", "after"]


class Gate:
    """``async with Gate(target) as gate``: ``gate.url`` stands for ``target``. ``passed`` counts accepted writes."""

    def __init__(self, target: str, *, rename: bool = False) -> None:
        self._target = target
        self._rename = rename
        self._far = target.split("://")[1].encode()
        self._armed: When | None = None
        self._after = 0
        self._path = re.compile(".*")
        self.met = asyncio.Event()
        self.passed = 0
        self._ending = asyncio.Event()
        self.url = ""

    def arm(self, when: When, *, after: int = 0, path: str = ".*") -> None:
        """Hold a write for good: its sender has to be killed, or to lose patience.

        It is the next one whose path (without the query) matches wholly, once ``after`` more of them have passed.
        """
        self.met.clear()
        self._armed, self._after, self._path = when, after, re.compile(path)

    def disarm(self) -> None:
        """Let everything pass."""
        self._armed = None

    async def __aenter__(self) -> Self:
        self._session = aiohttp.ClientSession(auto_decompress=True)
        app = web.Application(client_max_size=32 * 1024 * 1024)
        app.router.add_route("*", "/{rest:.*}", self._pass)
        self._runner = web.AppRunner(app, shutdown_timeout=0.1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        host, port = self._runner.addresses[0][:2]
        self.url = f"http://{host}:{port}"
        self._near = f"{host}:{port}".encode() if self._rename else self._far
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._ending.set()
        await self._runner.cleanup()
        await self._session.close()

    async def _pass(self, request: web.Request) -> web.StreamResponse:
        body = (await request.read()).replace(self._near, self._far)
        held = self._held(request)
        if held == "before":
            return await self._hold()
        headers = {name: value for name, value in request.headers.items() if name.lower() not in _HOP}
        address = self._target + request.raw_path
        async with self._session.request(
            request.method, address, data=body or None, headers=headers, allow_redirects=False
        ) as answer:
            content = (await answer.read()).replace(self._far, self._near)
        if request.method in WRITES and answer.status < 300:
            self.passed += 1
        if held == "after":
            return await self._hold()
        kept = [
            (name, value.replace(self._far.decode(), self._near.decode()))
            for name, value in answer.headers.items()
            if name.lower() not in _HOP
        ]
        response = web.Response(status=answer.status, body=content)
        response.headers.clear()
        response.headers.extend(kept)
        return response

    def _held(self, request: web.Request) -> When | None:
        """Whether this is the write to be held."""
        held = self._armed
        if held is None or request.method not in WRITES or not self._path.fullmatch(request.path):
            return None
        if self._after > 0:
            self._after -= 1
            return None
        self._armed = None
        return held

    async def _hold(self) -> web.Response:
        self.met.set()
        await self._ending.wait()
        return web.Response(status=499)
