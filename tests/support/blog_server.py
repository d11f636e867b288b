"""A small web server of a test's own: answers what it is told to and remembers what it was asked.

Does not behave as WordPress does; it is for the answers that a healthy WordPress never gives.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web
from aiohttp.test_utils import TestServer

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
FEED = (
    '<?xml version="1.0"?><rss version="2.0"><channel><title>A blog</title>'
    "<item><title>One</title><link>{url}/one/</link><guid>{url}/?p=1</guid></item></channel></rss>"
)
ROOT = "the REST root"
POST = {"id": 1, "link": "", "status": "publish", "title": {"rendered": "One"}, "content": {"rendered": "<p>One</p>"}}


@dataclass
class Site:
    """``routes`` maps a path (or a REST route without its root) to what answers it: JSON, a response, or a handler."""

    url: str = ""
    routes: dict[str, Any] = field(default_factory=dict)
    asked: list[tuple[str, str, Mapping[str, str]]] = field(default_factory=list)

    def answer(self, path: str, what: Any) -> None:
        """Set what a path answers from now on."""
        self.routes[path] = what

    def asked_for(self, path: str) -> list[Mapping[str, str]]:
        """Headers of the requests for a path, in order."""
        return [headers for _, asked, headers in self.asked if asked == path]

    async def handle(self, request: web.Request) -> web.StreamResponse:
        path = request.path
        if path.startswith("/wp-json/") or "rest_route" in request.query:
            path = request.query.get("rest_route", path.removeprefix("/wp-json"))
            path = ROOT if path == "/" else path
        self.asked.append((request.method, path, dict(request.headers)))
        what = self.routes.get(path, web.HTTPNotFound)
        if callable(what) and not isinstance(what, type):
            what = what(request)
            if asyncio.iscoroutine(what):
                what = await what
        if isinstance(what, type):
            return web.Response(status=404, text="<html>nothing here")
        if isinstance(what, web.StreamResponse):
            return what
        return listing(what) if isinstance(what, list) else web.json_response(what)


def listing(items: list[Any], *, total: int | None = None, pages: int = 1) -> web.Response:
    """A list with WordPress's totals."""
    count = str(len(items) if total is None else total)
    return web.json_response(items, headers={"X-WP-Total": count, "X-WP-TotalPages": str(pages)})


def wp_error(status: int, code: str, message: str = "No.") -> web.Response:
    """A rejection as WordPress words it."""
    return web.json_response({"code": code, "message": message, "data": {"status": status}}, status=status)


@asynccontextmanager
async def serving(**routes: Any) -> AsyncIterator[Site]:
    """A site that passes for a WordPress with one post, where ``routes`` do not say otherwise."""
    site = Site()
    app = web.Application(client_max_size=64 << 20)
    app.router.add_route("*", "/{path:.*}", site.handle)
    server = TestServer(app, host="127.0.0.1")
    await server.start_server()
    try:
        site.url = str(server.make_url("/")).rstrip("/")
        link = f'<{site.url}/wp-json/>; rel="https://api.w.org/"'
        site.routes = {
            "/": lambda _: web.Response(text="<html></html>", content_type="text/html", headers={"Link": link}),
            ROOT: {"namespaces": ["wp/v2"], "home": site.url, "authentication": {"application-passwords": {}}},
            "/feed/": lambda _: web.Response(text=FEED.format(url=site.url), content_type="application/rss+xml"),
            "/wp/v2/posts": [{**POST, "link": f"{site.url}/one/"}],
            "/wp/v2/posts/1": {**POST, "link": f"{site.url}/one/"},
            "/wp/v2/comments": [],
            "/wp/v2/users/me": {"id": 2, "capabilities": {"moderate_comments": True, "edit_posts": True}},
            **routes,
        }
        yield site
    finally:
        await server.close()


@asynccontextmanager
async def raw_server(answer: bytes | None) -> AsyncIterator[str]:
    """A server that reads a request and then sends these bytes and hangs up; None: hangs up at once."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(asyncio.IncompleteReadError, ConnectionError):
            await reader.readuntil(b"\r\n\r\n")
            writer.write(answer or b"")
            await writer.drain()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    finally:
        server.close()
        await server.wait_closed()


def body_of(what: Any) -> bytes:
    """JSON as bytes, for answers that are put together by hand."""
    return json.dumps(what).encode()
