"""The REST front: from a request on the socket to a handler and back, through auth, limits and faults.

It does not know any route; the rest_*.py modules register theirs here.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from email.utils import formatdate
from typing import Any, NamedTuple

from aiohttp import web

from bot.sandbox.discord import rest_body
from bot.sandbox.discord.errors import Problem, Refused, form, not_found, too_many, unauthorized
from bot.sandbox.discord.faults import Fault, Faults
from bot.sandbox.discord.forms import snowflake
from bot.sandbox.discord.hub import Hub
from bot.sandbox.discord.limits import Bucket, Meter
from bot.sandbox.discord.post import File
from bot.sandbox.discord.things import App, Viewer
from bot.sandbox.discord.vocabulary import Intent, Json
from bot.sandbox.discord.world import World

PREFIX = "/api/v10"


@dataclass
class Call:
    """One recorded request with its answer. ``path`` has no prefix and no query; ``at`` is Unix seconds.

    ``body`` is the JSON, or the ``payload_json`` of a multipart request; ``status`` 0 means that no answer left.
    """

    method: str
    path: str
    query: dict[str, str]
    body: Any
    status: int
    response: Any
    at: float
    content_type: str
    files: int = 0
    headers: dict[str, str] = field(default_factory=dict)
    request_headers: dict[str, str] = field(default_factory=dict)


@dataclass
class Request:
    """What a handler gets: the world, the caller (None without a bot token), arguments and body."""

    world: World
    hub: Hub
    app: App | None
    args: Mapping[str, str]
    query: dict[str, str]
    body: Any
    files: list[File]

    @property
    def caller(self) -> App:
        if self.app is None:
            raise unauthorized()
        return self.app

    @property
    def viewer(self) -> Viewer | None:
        """How messages look to the caller: blank without the content intent its owner has toggled."""
        return Viewer(self.app, bool(self.app.intents & Intent.MESSAGE_CONTENT)) if self.app else None

    @property
    def fields(self) -> Json:
        """The JSON object of the body; {} without one."""
        if self.body is None:
            return {}
        if not isinstance(self.body, dict):
            raise Refused(50109)
        return self.body

    def id(self, name: str) -> int:
        """A snowflake of the path, else 50035."""
        number = snowflake(self.args[name])
        if number is None:
            text = f'Value "{self.args[name][:60]}" is not snowflake.'
            raise form([Problem((f"{name}_id",), "NUMBER_TYPE_COERCE", text)])
        return number

    def query_id(self, name: str) -> int | None:
        return snowflake(self.query.get(name))


WALL = "<!DOCTYPE html><html><title>Attention Required!</title><body>You have been blocked.</body></html>"


class Reply(NamedTuple):
    status: int
    body: Any = None


Handler = Callable[[Request], Awaitable[Reply]]
Buckets = Callable[[Request], list[Bucket]]


class Route(NamedTuple):
    """``token``: a bot token is required; without it the call is outside of the bot's global limit."""

    method: str
    path: str
    handler: Handler
    buckets: Buckets | None
    token: bool


ROUTES: list[Route] = []


def route(
    method: str, path: str, *, buckets: Buckets | None = None, token: bool = True
) -> Callable[[Handler], Handler]:
    """Register a handler for Discord's ``METHOD /path/{argument}``."""

    def register(handler: Handler) -> Handler:
        ROUTES.append(Route(method, path, handler, buckets, token))
        return handler

    return register


class Front:
    """Answers every request under /api/v10 and records it."""

    def __init__(self, world: World, hub: Hub, faults: Faults):
        self.world = world
        self.hub = hub
        self.faults = faults
        self.meter = Meter(world.limits)
        self.calls: list[Call] = []
        self.stopping = asyncio.Event()

    def mount(self, application: web.Application) -> None:
        for item in ROUTES:
            application.router.add_route(item.method, PREFIX + item.path, self._handler(item))
        application.router.add_route("*", PREFIX + "/{tail:.*}", self._handler(None))

    def _handler(self, item: Route | None) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
        async def handle(raw: web.Request) -> web.StreamResponse:
            return await self._serve(item, raw)

        return handle

    async def _serve(self, item: Route | None, raw: web.Request) -> web.StreamResponse:
        path = raw.path.removeprefix(PREFIX)
        call = Call(raw.method, path, dict(raw.query), None, 0, None, self.world.clock(), raw.content_type)
        call.request_headers = {k: v for k, v in raw.headers.items() if k.lower() != "authorization"}
        self.calls.append(call)
        fault = self.faults.meet(raw.method, path)
        if fault and fault.kind == "reset-before":
            return _cut(raw)
        reply, headers = await self._outcome(item, raw, call, fault)
        call.status, call.response, call.headers = reply.status, reply.body, headers
        await self.hub.drained()
        if fault and not await self._late(fault, raw):
            call.status = 0
            return _cut(raw)
        self.meter.count_invalid(reply.status, headers.get("X-RateLimit-Scope", ""))
        if fault and fault.kind == "not-json":
            return web.Response(status=reply.status, text="<html>upstream</html>", content_type="text/html")
        return _response(reply, headers)

    async def _late(self, fault: Fault, raw: web.Request) -> bool:
        """Whether the answer may go out, after what the fault does to it."""
        if fault.kind == "never":
            await self.stopping.wait()
        if fault.kind == "slow":
            await asyncio.sleep(fault.seconds)
        return fault.kind not in ("never", "reset-after")

    async def _outcome(
        self, item: Route | None, raw: web.Request, call: Call, fault: Fault | None
    ) -> tuple[Reply, dict[str, str]]:
        headers = {"Via": "1.1 loopback", "Date": formatdate(self.world.clock(), usegmt=True)}
        try:
            request = await self._request(item, raw, call)
            if self.meter.banned:
                return Reply(429, "error code: 1015"), {}
            if self.faults.walls and (wall := self.faults.walled(call.body)):
                return Reply(wall.status, WALL), {}
            if fault:
                _refuse_by(fault)
            if item is None:
                raise not_found()
            self._limit(item, request, headers)
            return await item.handler(request), headers
        except Refused as refused:
            if refused.limited:
                headers |= refused.limited.headers()
            if fault and fault.kind == "429-no-via":
                headers.pop("Via")
            return Reply(refused.status, refused.body()), headers

    async def _request(self, item: Route | None, raw: web.Request, call: Call) -> Request:
        body, files = await rest_body.read(raw, self.world.limits.request_bytes)
        call.body, call.files = body, len(files)
        app = self._app(raw)
        if app is None and (item is None or item.token):
            raise unauthorized()
        return Request(self.world, self.hub, app, raw.match_info, dict(raw.query), body, files)

    def _app(self, raw: web.Request) -> App | None:
        given = raw.headers.get("Authorization")
        if given is None:
            return None
        app = next((a for a in self.world.apps.values() if given == f"Bot {a.token}"), None)
        if app is None:
            raise unauthorized()
        return app

    def _limit(self, item: Route, request: Request, headers: dict[str, str]) -> None:
        if item.buckets:
            buckets = item.buckets(request)
        else:
            major = next((request.args[k] for k in ("channel", "guild", "webhook") if k in request.args), "")
            buckets = [Bucket(f"{item.method} {item.path}", major, self.world.limits.other)]
        bearer = request.caller.token if item.token else None
        verdict = self.meter.take(buckets, bearer)
        headers |= verdict.headers
        if verdict.refused:
            raise too_many(verdict.retry_after, verdict.refused.scope, verdict.refused.code)


def _refuse_by(fault: Fault) -> None:
    if fault.kind.startswith("429"):
        scope = fault.kind.removeprefix("429-")
        raise too_many(fault.seconds, "user" if scope == "no-via" else scope)
    if fault.kind == "403":
        raise Refused(50013)
    if fault.kind.startswith("code:"):
        raise Refused(int(fault.kind.removeprefix("code:")))
    if fault.kind.isdigit():
        raise Refused(0, status=int(fault.kind), message=f"{fault.kind}: Server Error")


def _cut(raw: web.Request) -> web.StreamResponse:
    """Break the connection without an answer."""
    if raw.transport is not None:
        raw.transport.abort()
    return web.Response()


def _response(reply: Reply, headers: dict[str, str]) -> web.Response:
    """The content type is exactly application/json: discord.py reads anything else as text."""
    if reply.body is None:
        return web.Response(status=reply.status, headers=headers)
    if isinstance(reply.body, str):
        kind = "text/html" if reply.body.startswith("<") else "text/plain"
        return web.Response(status=reply.status, headers=headers, text=reply.body, content_type=kind)
    data = json.dumps(reply.body, ensure_ascii=False).encode()
    return web.Response(status=reply.status, body=data, headers={**headers, "Content-Type": "application/json"})
