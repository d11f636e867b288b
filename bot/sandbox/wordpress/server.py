"""Speaks HTTP for the loopback blog: REST, feeds, pages, files, and the faults it was told to commit.

Does not know what a comment is; routes, feeds and pages are other modules.
"""

from __future__ import annotations

import asyncio
import json
import re
import socket
import struct
import time
from collections.abc import Sequence
from typing import Any
from urllib.parse import parse_qsl, unquote

from aiohttp import web

from bot.sandbox.wordpress import pages, spoil
from bot.sandbox.wordpress.accounts import account_of
from bot.sandbox.wordpress.answers import RestAnswer, RestError, RestRequest, to_json
from bot.sandbox.wordpress.faults import Call, Fault, Faults
from bot.sandbox.wordpress.feeds import Feed, render_feed, validators
from bot.sandbox.wordpress.routes import dispatch
from bot.sandbox.wordpress.site import Post, Site

Header = tuple[str, str]

SLOW_SECONDS = 0.5
_LIMIT_BYTES = 32 * 2**20


class Server:
    """One blog on one port of 127.0.0.1. Stopping keeps the content; starting again takes the same port."""

    def __init__(self, site: Site, *, port: int = 0, prefix: str = "") -> None:
        self.site = site
        self.faults = Faults()
        self.calls: list[Call] = []
        self.slow_seconds = SLOW_SECONDS
        self._port = port
        self._prefix = prefix
        self._runner: web.AppRunner | None = None
        self._ending = asyncio.Event()

    async def start(self) -> None:
        """Listen. Raises OSError when the port is taken."""
        self._ending = asyncio.Event()
        app = web.Application(client_max_size=_LIMIT_BYTES)
        app.router.add_route("*", "/{path:.*}", self._handle)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=1)
        await self._runner.setup()
        try:
            await web.TCPSite(self._runner, "127.0.0.1", self._port).start()
        except OSError:
            await self.stop()
            raise
        self._port = int(self._runner.addresses[0][1])
        self.site.url = f"http://127.0.0.1:{self._port}{self._prefix}"

    async def stop(self) -> None:
        """Close the port and every connection; answers that were never to come are let go."""
        self._ending.set()
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    async def _handle(self, request: web.Request) -> web.StreamResponse:
        self.site.publish_due()
        content = await request.read()
        path = unquote(request.rel_url.raw_path)
        query = _query(request.rel_url.raw_query_string)
        route = self._route(path, query)
        asked = self._asked(request, route or "", query, content)
        call = Call(
            asked.method,
            path,
            route or "",
            query,
            asked.body,
            asked.user.username if asked.user else None,
            time.monotonic(),
            {name: value for name, value in request.headers.items() if name.lower() != "authorization"},
        )
        self.calls.append(call)
        fault = self.faults.take(asked.method, route or path)
        call.fault = fault.kind if fault else None
        if fault and not fault.accepted:
            answer: web.StreamResponse = await self._spoilt(request, fault, None)
        else:
            right = self._rest(request, asked) if route else self._elsewhere(request, path, query)
            answer = await self._spoilt(request, fault, right) if fault else right
        call.status = answer.status
        return answer

    # REST

    def _route(self, path: str, query: dict[str, Any]) -> str | None:
        """The REST route an address means, None for the rest of the blog. `rest_route` works everywhere."""
        inside = path.removeprefix(self._prefix)
        if "rest_route" in query and path.startswith(self._prefix):
            return "/" + str(query.pop("rest_route")).strip("/")
        root = f"/{self.site.rest_prefix}"
        if self.site.pretty and path.startswith(self._prefix) and f"{inside}/".startswith(f"{root}/"):
            return "/" + inside.removeprefix(root).strip("/")
        return None

    def _asked(self, request: web.Request, route: str, query: dict[str, Any], content: bytes) -> RestRequest:
        method = request.headers.get("X-HTTP-Method-Override") or str(query.pop("_method", "")) or request.method
        user = None
        if self.site.settings["application_passwords"]:
            user = account_of(request.headers.get("Authorization", ""), self.site.accounts)
        return RestRequest(
            method.upper(),
            route,
            query,
            _body(request.content_type, content),
            user,
            request.remote or "",
            request.headers.get("User-Agent", ""),
            content,
            request.content_type,
            request.headers.get("Content-Disposition", ""),
        )

    def _rest(self, request: web.Request, asked: RestRequest) -> web.Response:
        if "json" in asked.content_type and asked.content and not _is_json(asked.content):
            answer: RestAnswer = RestError(400, "rest_invalid_json", "Invalid JSON body passed.").answer()
        else:
            answer = dispatch(self.site, asked)
        headers = [*answer.headers.items(), ("X-Content-Type-Options", "nosniff")]
        headers.append(("Access-Control-Expose-Headers", "X-WP-Total, X-WP-TotalPages, Link"))
        headers += [("Link", f'<{address}>; rel="{relation}"') for relation, address in answer.links]
        if not answer.links:
            headers.append(self._api_link())
        return _text(to_json(answer.data), "application/json", answer.status, headers)

    def _api_link(self) -> Header:
        return "Link", f'<{self.site.rest_url()}>; rel="https://api.w.org/"'

    # Everything else

    def _elsewhere(self, request: web.Request, path: str, query: dict[str, Any]) -> web.Response:
        if not f"{path}/".startswith(f"{self._prefix}/"):
            return _text("<h1>Not Found</h1>", "text/html", 404)
        inside = path.removeprefix(self._prefix)
        if inside.startswith("/avatar/"):
            return _text(pages.avatar_svg(inside[8:]), "image/svg+xml", headers=[("Cache-Control", "max-age=86400")])
        for media in self.site.media.values():
            if media.address == f"{self.site.url}{inside}":
                return web.Response(body=media.content, content_type=media.content_type)
        words = [word for word in inside.split("/") if word and word != "index.php"]
        if not self.site.pretty and words:
            return _moved(f"{self.site.url}/")
        feed = self._feed(words, query)
        return self._feed_answer(request, feed) if feed else self._page(words, query)

    def _feed(self, words: list[str], query: dict[str, Any]) -> Feed | None:
        """Which feed an address means: …/feed/, …/feed/atom/, ?feed=rss2, ?feed=comments-atom, ?p=1&feed=rss2."""
        kind = str(query.get("feed", ""))
        if not kind and "feed" in words:
            at = words.index("feed")
            kind = words[at + 1] if at + 1 < len(words) else "rss2"
            words = words[:at]
        if not kind:
            return None
        comments = kind.startswith("comments-") or words == ["comments"]
        post = self._post_at([] if words == ["comments"] else words, query)
        return Feed(comments=comments or "p" in query or post is not None, post=post, atom=kind.endswith("atom"))

    def _feed_answer(self, request: web.Request, feed: Feed) -> web.Response:
        valid = validators(self.site, feed)
        headers = [("Last-Modified", valid.last_modified), ("ETag", valid.etag), self._api_link()]
        headers += self._post_links(feed.post) if feed.post is not None else []
        if valid.unchanged(request.headers):
            return web.Response(status=304, headers=headers)
        xml = render_feed(self.site, feed, self.site.url + request.path_qs.removeprefix(self._prefix))
        return _text(xml, "application/atom+xml" if feed.atom else "application/rss+xml", headers=headers)

    def _page(self, words: list[str], query: dict[str, Any]) -> web.Response:
        headers = [self._api_link()]
        post = self._post_at(words, query)
        if post is not None and "p" in query and self.site.pretty:
            return _moved(self.site.permalink(post))
        if post is not None:
            if words and words[0] != post.slug:
                return _moved(self.site.permalink(post))
            headers += self._post_links(post)
            return _text(pages.post_page(self.site, post), "text/html", headers=headers)
        if words or "p" in query:
            return _text(pages.not_found_page(self.site), "text/html", 404, headers)
        return _text(pages.home_page(self.site), "text/html", headers=headers)

    def _post_at(self, words: list[str], query: dict[str, Any]) -> Post | None:
        """The published post of an address; a former slug leads to it too."""
        for post in self.site.published():
            if str(query.get("p", "")) == str(post.id) or (words and words[0] in (post.slug, *post.old_slugs)):
                return post
        return None

    def _post_links(self, post: Post) -> list[Header]:
        own = self.site.rest_url(f"/wp/v2/posts/{post.id}")
        return [
            ("Link", f'<{own}>; rel="alternate"; title="JSON"; type="application/json"'),
            ("Link", f"<{self.site.url}/?p={post.id}>; rel=shortlink"),
        ]

    # Faults

    async def _spoilt(self, request: web.Request, fault: Fault, right: web.Response | None) -> web.Response:
        """What goes out instead of the right answer; `right` is None when the request was not carried out."""
        match fault.kind:
            case "reset-before" | "reset-after":
                return _reset(request)
            case "never":
                await self._ending.wait()
                return _reset(request)
            case "slow":
                await asyncio.sleep(self.slow_seconds)
            case "redirect":
                # To the very same place: a client that follows it asks again with GET, whatever it asked before.
                return _moved(str(request.url))
        return spoil.spoilt(fault.kind, right, wants_json="json" in request.headers.get("Accept", ""))


def _reset(request: web.Request) -> web.Response:
    """Drop the connection with a reset; the answer returned is never sent."""
    if request.transport is not None:
        connection: socket.socket | None = request.transport.get_extra_info("socket")
        if connection is not None:
            # Linger zero: the kernel answers with RST instead of FIN.
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        request.transport.abort()
    return web.Response(status=499)


def _query(raw: str) -> dict[str, Any]:
    """PHP's reading of an address: `a[]=1&a[]=2` and `a[0]=1` are lists, the last of equal names wins."""
    found: dict[str, Any] = {}
    for name, value in parse_qsl(raw, keep_blank_values=True):
        if match := re.fullmatch(r"(\w+)\[\w*\]", name):
            found.setdefault(match[1], []).append(value)
        else:
            found[name] = value
    return found


def _body(content_type: str, content: bytes) -> dict[str, Any]:
    if content_type == "application/x-www-form-urlencoded":
        return _query(content.decode(errors="replace"))
    if "json" in content_type and content and _is_json(content):
        data = json.loads(content.decode("utf-8"))
        return data if isinstance(data, dict) else {}
    return {}


def _is_json(content: bytes) -> bool:
    """As PHP reads it (json_decode): UTF-8, no NaN, and not nested without end."""

    def refuse(constant: str) -> float:
        raise ValueError(constant)

    try:
        json.loads(content.decode("utf-8"), parse_constant=refuse)
    except (ValueError, RecursionError):
        return False
    return True


def _moved(address: str) -> web.Response:
    return web.Response(status=301, headers={"Location": address, "X-Redirect-By": "WordPress"})


def _text(text: str, content_type: str, status: int = 200, headers: Sequence[Header] = ()) -> web.Response:
    return web.Response(text=text, status=status, content_type=content_type, charset="UTF-8", headers=headers)
