"""Serves the demo's one page on 127.0.0.1, pushes what changes and takes what the visitor does.

Does not decide what an act means (the sources do) and listens to nobody but this machine's own browser.
"""

from __future__ import annotations

import asyncio
import json
from contextlib import aclosing, suppress
from pathlib import Path
from types import TracebackType
from urllib.parse import urlsplit

from aiohttp import web
from aiohttp.typedefs import Handler

from bot.demo.stage.feed import StageFeed
from bot.demo.stage.sources import ActRefused, BlogSource, DiscordSource, Json, MapRows

PAGE = Path(__file__).parent / "page"
TYPES = {".html": "text/html", ".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}
MAX_BODY = 64 * 1024
HEARTBEAT = 15.0
LOOPBACK = ("127.0.0.1", "localhost")
HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
    "X-DNS-Prefetch-Control": "off",
}


def policy(blog_url: str) -> str:
    """What the page may load: its own files, and pictures of a blog on this machine, from that blog's port alone.

    A picture of another blog could otherwise make the visitor's browser ask whatever listens on this machine, directly
    or by a redirect; a browser holds each step of one against this list (CSP: Does url match source list).
    """
    address = urlsplit(blog_url)
    where = address.hostname if address.port is None else f"{address.hostname}:{address.port}"
    pictures = f" {address.scheme}://{where}" if address.hostname in LOOPBACK else ""
    return (
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
        f"img-src 'self'{pictures}; font-src 'none'; media-src 'none'; frame-src 'none'; object-src 'none'; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )


def own_hosts(port: int) -> frozenset[str]:
    """What Host may say on this port. A browser leaves the port out where it is HTTP's own."""
    return frozenset(f"{name}:{port}" for name in LOOPBACK) | frozenset(LOOPBACK if port == 80 else ())


def read_act(body: bytes) -> Json | None:
    """An act with a side and a kind; None for whatever else was sent: other JSON, or too deep, or no JSON at all."""

    def refuse(constant: str) -> float:
        raise ValueError(f"{constant} is no JSON")  # RFC 8259, 6: Infinity and NaN are not permitted

    try:
        act = json.loads(body.decode("utf-8"), parse_constant=refuse)
    except (ValueError, RecursionError):
        return None
    return act if isinstance(act, dict) and isinstance(act.get("kind"), str) else None


class StageServer:
    """``async with StageServer(discord, blog, map_rows) as stage: stage.url``; ``port`` 0 takes a free one."""

    def __init__(self, discord: DiscordSource, blog: BlogSource, map_rows: MapRows, port: int = 0) -> None:
        self._discord, self._blog, self._port = discord, blog, port
        self._feed = StageFeed(discord, blog, map_rows)
        self._files = {path.name: path for path in PAGE.iterdir() if path.suffix in TYPES}
        self._pusher: asyncio.Task[None] | None = None
        self._runner: web.AppRunner | None = None
        self._hosts: frozenset[str] = frozenset()
        self._headers = HEADERS
        self.url = ""

    async def __aenter__(self) -> StageServer:
        self._headers = HEADERS | {"Content-Security-Policy": policy((await self._blog.snapshot()).get("url", ""))}
        app = web.Application(middlewares=[self._guard], client_max_size=MAX_BODY)
        app.router.add_get("/", self._file)
        app.router.add_get("/events", self._events)
        app.router.add_post("/act", self._act)
        app.router.add_get("/{name}", self._file)
        app.on_shutdown.append(self._end_streams)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=2)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", self._port)
        await site.start()
        port = self._runner.addresses[0][1]
        self._hosts = own_hosts(port)
        self.url = f"http://127.0.0.1:{port}/"
        self._pusher = asyncio.create_task(self._feed.run(), name="stage-feed")
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._runner:
            await self._runner.cleanup()
        if self._pusher:
            self._pusher.cancel()
            with suppress(asyncio.CancelledError):
                await self._pusher

    def _answer(self, status: int, body: Json) -> web.Response:
        return web.json_response(body, status=status, headers=self._headers)

    async def _end_streams(self, app: web.Application) -> None:
        self._feed.close()

    @web.middleware
    async def _guard(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Refuse other sites' pages: a rebound DNS name shows in Host, a foreign page in Origin or Sec-Fetch-Site."""
        origin = request.headers.get("Origin")
        if request.host not in self._hosts:
            return self._answer(403, {"error": "This server answers to its own address only."})
        if origin is not None and origin.removeprefix("http://") not in self._hosts:
            return self._answer(403, {"error": "This server answers its own page only."})
        # Following a link to the page itself is fine; reaching into it from elsewhere is not.
        if request.path != "/" and request.headers.get("Sec-Fetch-Site", "none") not in ("none", "same-origin"):
            return self._answer(403, {"error": "This server answers its own page only."})
        try:
            return await handler(request)
        except web.HTTPException as error:
            return self._answer(error.status, {"error": error.reason})

    async def _file(self, request: web.Request) -> web.StreamResponse:
        path = self._files.get(request.match_info.get("name", "index.html"))
        if path is None:
            return self._answer(404, {"error": "There is no such page here."})
        body = await asyncio.to_thread(path.read_bytes)
        return web.Response(body=body, content_type=TYPES[path.suffix], charset="utf-8", headers=self._headers)

    async def _events(self, request: web.Request) -> web.StreamResponse:
        """Server-Sent Events: ``whole`` once, then ``parts`` with what changed."""
        response = web.StreamResponse(headers=self._headers | {"Content-Type": "text/event-stream; charset=utf-8"})
        await response.prepare(request)
        event = "whole"
        with suppress(ConnectionResetError):
            async with aclosing(self._feed.listen(HEARTBEAT)) as news:
                async for parts in news:
                    text = ": still here\n\n" if parts is None else f"event: {event}\ndata: {parts}\n\n"
                    await response.write(text.encode())
                    event = "parts" if parts else event
        return response

    async def _act(self, request: web.Request) -> web.StreamResponse:
        """One act as JSON; 200 with what came of it, 422 with a sentence when the side refuses."""
        if request.content_type != "application/json" or "Content-Encoding" in request.headers:
            return self._answer(415, {"error": "Acts are plain JSON."})
        if (act := read_act(await request.read())) is None:
            return self._answer(400, {"error": "An act is an object with a side and a kind."})
        try:
            if act.get("side") == "discord":
                return self._answer(200, await self._discord.act(act))
            if act.get("side") == "blog":
                if not self._blog.writable:
                    raise ActRefused("This blog is only shown here; it cannot be written to.")
                return self._answer(200, await self._blog.act(act))
        except ActRefused as no:
            return self._answer(422, {"error": str(no)})
        return self._answer(400, {"error": "There are two sides: blog and discord."})
