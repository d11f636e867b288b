"""A gateway client of a few lines for tests: it identifies and collects frames.

It does not reconnect by itself.
"""

from __future__ import annotations

import asyncio
import json
from typing import Any, Self

import aiohttp

from bot.sandbox.discord import Intent
from bot.sandbox.discord.vocabulary import KNOWN_INTENTS
from tests.support.loopback_discord import Rig

ALL = KNOWN_INTENTS
QUIET = ALL & ~Intent.MESSAGE_CONTENT


class Socket:
    """A gateway client of a few lines: it identifies and collects frames."""

    def __init__(self, rig: Rig):
        self.rig = rig
        self.session_id = ""
        self.sequence = 0

    async def __aenter__(self) -> Self:
        url = f"{self.rig.d.gateway_url}?v=10&encoding=json"
        self.socket: aiohttp.ClientWebSocketResponse = await self.rig.http.ws_connect(url)
        self.hello = await self.frame()
        return self

    async def __aexit__(self, *error: object) -> None:
        await self.socket.close()

    async def frame(self) -> Any:
        async with asyncio.timeout(3):
            message = await self.socket.receive()
        if message.type != aiohttp.WSMsgType.TEXT:
            return None
        frame = json.loads(message.data)
        self.sequence = frame.get("s") or self.sequence
        return frame

    async def send(self, op: int, data: Any) -> None:
        await self.socket.send_str(json.dumps({"op": op, "d": data}))

    async def closed_with(self) -> int | None:
        while await self.frame() is not None:
            pass
        return self.socket.close_code

    async def identify(self, intents: int = ALL, **more: Any) -> Any:
        await self.send(2, {"token": self.rig.app.token, "intents": intents, "properties": {}, **more})
        ready = await self.frame()
        if ready:
            self.session_id = ready["d"]["session_id"]
        return ready

    async def until(self, name: str) -> list[Any]:
        """Frames up to and including the next one of that name."""
        frames = [await self.frame()]
        while frames[-1]["t"] != name:
            frames.append(await self.frame())
        return frames
