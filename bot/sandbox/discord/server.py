"""LoopbackDiscord: the whole server on 127.0.0.1, started and stopped, watched and broken.

It does not hold any of Discord's rules; the verbs' modules do.
"""

from __future__ import annotations

from types import TracebackType
from typing import Any, Self

from aiohttp import web

from bot.sandbox.discord import (  # noqa: F401 - importing the rest_* modules registers their routes
    cdn,
    rest_account,
    rest_channels,
    rest_messages,
    rest_webhooks,
    view,
)
from bot.sandbox.discord.acts import Acts
from bot.sandbox.discord.faults import Faults, GatewayFaults
from bot.sandbox.discord.furniture import Furniture
from bot.sandbox.discord.gateway import Gateway
from bot.sandbox.discord.hub import Hub, Listener
from bot.sandbox.discord.limits import Limits, Meter
from bot.sandbox.discord.moderating import Moderating
from bot.sandbox.discord.rest import PREFIX, Call, Front
from bot.sandbox.discord.things import Channel
from bot.sandbox.discord.uses import Uses
from bot.sandbox.discord.vocabulary import Json
from bot.sandbox.discord.world import World


class LoopbackDiscord(Furniture, Acts, Moderating, Uses):
    """Discord's REST v10 and gateway on loopback; ``async with`` starts and stops it.

    ``port`` 0 takes a free one; a fixed port lets a bot in another process find it again.
    """

    def __init__(self, *, limits: Limits | None = None, port: int = 0):
        self.limits = limits or Limits()
        self.world = World(self.limits)
        self.hub = Hub(self.world)
        self.world.emit = self.hub.emit
        self.gateway = Gateway(self.world, self.hub)
        self.faults = Faults()
        self.front = Front(self.world, self.hub, self.faults)
        self.port = port
        self.downloads: list[tuple[int, dict[str, str]]] = []
        """Every request for a file: the answer's status and what was sent, names of headers in small letters."""
        self._runner: web.AppRunner | None = None

    async def __aenter__(self) -> Self:
        application = web.Application(client_max_size=self.limits.request_bytes + 1)
        application.router.add_get("/gateway/", self.gateway.handle)
        application.router.add_get("/attachments/{channel}/{upload}/{name}", self._attachment)
        self.front.mount(application)
        self._runner = web.AppRunner(application, access_log=None, shutdown_timeout=0.2)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", self.port, reuse_address=True)
        await site.start()
        self.port = int(self._runner.addresses[0][1])
        self.world.gateway_url = f"ws://127.0.0.1:{self.port}/gateway/"
        self.world.cdn_url = f"http://127.0.0.1:{self.port}"
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.front.stopping.set()
        await self.gateway.shut()
        if self._runner:
            await self._runner.cleanup()

    @property
    def api_url(self) -> str:
        """The REST base, such as http://127.0.0.1:1234/api/v10."""
        return f"http://127.0.0.1:{self.port}{PREFIX}"

    @property
    def gateway_url(self) -> str:
        return self.world.gateway_url

    @property
    def calls(self) -> list[Call]:
        """Every REST request so far, with its answer."""
        return self.front.calls

    @property
    def meter(self) -> Meter:
        return self.front.meter

    @property
    def gateway_faults(self) -> GatewayFaults:
        return self.hub.faults

    async def _settled(self) -> None:
        await self.hub.drained()

    async def _attachment(self, request: web.Request) -> web.Response:
        number = request.match_info["upload"]
        upload = cdn.open_link(self.world, int(number), dict(request.query)) if number.isdigit() else None
        found = upload is not None and str(upload.channel_id) == request.match_info["channel"]
        self.downloads.append((200 if found else 404, {name.lower(): value for name, value in request.headers.items()}))
        if upload is None or not found:
            return web.Response(status=404, text="This content is no longer available.")
        return web.Response(body=upload.data, headers={"Content-Type": upload.content_type})

    def on_change(self, callback: Listener) -> None:
        """``callback(event_name, payload)`` after each change; payloads are complete, whatever the intents."""
        self.hub.listeners.append(callback)

    async def drop_gateway(self, *, resumable: bool = True) -> None:
        """Cut all gateway connections; ``resumable`` False also forgets the sessions (op 9 on RESUME)."""
        await self.gateway.drop(resumable=resumable)

    def dump(self) -> Json:
        """Everything visible, for a failing test's message: guilds, channels, threads, messages."""
        return {
            guild.name: {
                "channels": [self._dumped(c) for c in guild.channels.values()],
                "threads": [self._dumped(t) for t in guild.threads.values()],
            }
            for guild in self.world.guilds.values()
        }

    def _dumped(self, channel: Channel) -> dict[str, Any]:
        return {**view.channel(self.world, channel), "messages": self.messages(channel)}
