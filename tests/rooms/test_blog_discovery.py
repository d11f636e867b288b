"""Finding REST root and feed from an address of the blog: variants no single installation has."""

from __future__ import annotations

import socket
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from aiohttp.abc import ResolveResult
from aiohttp.resolver import ThreadedResolver
from multidict import CIMultiDict
from yarl import URL

from bot.blog.web.http import Http, Reply
from bot.blog.wordpress.discovery import API_REL, Endpoints, discover, header_links
from bot.core.errors import CommonthreadError, NotUnderstood, Unreachable
from tests.support.blog_server import FEED, ROOT, Site, serving, wp_error


async def found(site: Site, path: str = "/", *, password: str | None = None) -> Endpoints:
    http = Http(URL(site.url + path), username="bot", password=password)
    try:
        return await discover(http)
    finally:
        await http.aclose()


async def not_found(site: Site, path: str = "/") -> CommonthreadError:
    with pytest.raises(CommonthreadError) as raised:
        await found(site, path)
    return raised.value


def page(html: str = "", **headers: str) -> Any:
    return lambda _: web.Response(text=f"<html><head>{html}</head></html>", content_type="text/html", headers=headers)


def feed_of(site: Site) -> Any:
    return lambda _: web.Response(text=FEED.format(url=site.url), content_type="text/xml")


async def test_by_the_link_header() -> None:
    async with serving() as site:
        where = await found(site)
    assert (str(where.rest_root), str(where.feed_url)) == (f"{site.url}/wp-json/", f"{site.url}/feed/")
    assert str(where.home).rstrip("/") == site.url
    assert where.passwords


async def test_by_the_links_of_the_page_and_another_prefix() -> None:
    async with serving() as site:
        site.answer("/api/", site.routes.pop(ROOT))
        site.answer("/odd/feed", feed_of(site))
        site.answer("/comments/feed/", feed_of(site))
        links = '<link rel="alternate" type="application/rss+xml" href="/comments/feed/">'
        links += '<link rel="alternate" type="application/rss+xml" href="odd/feed">'
        site.answer("/", page(f'<link rel="https://api.w.org/" href="/api/">{links}'))
        where = await found(site)
    assert (str(where.rest_root), str(where.feed_url)) == (f"{site.url}/api/", f"{site.url}/odd/feed")


async def test_by_the_query_when_nothing_is_said() -> None:
    async with serving() as site:
        site.answer("/", lambda r: site.routes[ROOT] if "rest_route" in r.query else page()(r))
        where = await found(site)
    assert str(where.rest_root) == f"{site.url}/?rest_route=/"


async def test_plain_permalinks_with_a_feed_by_query() -> None:
    async with serving() as site:
        del site.routes["/feed/"]
        link = f'<{site.url}/index.php?rest_route=/>; rel="https://api.w.org/"'
        site.answer("/", lambda r: feed_of(site)(r) if "feed" in r.query else page(Link=link)(r))
        where = await found(site)
    assert str(where.rest_root) == f"{site.url}/index.php?rest_route=/"
    assert str(where.feed_url) == f"{site.url}/?feed=rss2"


async def test_a_blog_in_a_subdirectory() -> None:
    async with serving() as site:
        site.answer("/blog/wp-json/", {**site.routes.pop(ROOT), "home": f"{site.url}/blog"})
        site.answer("/blog/feed/", feed_of(site))
        site.answer("/", page())
        site.answer("/blog/", page(Link=f'<{site.url}/blog/wp-json/>; rel="https://api.w.org/"'))
        where = await found(site, "/blog/")
        assert isinstance(await not_found(site, "/"), NotUnderstood)
    assert str(where.rest_root) == f"{site.url}/blog/wp-json/"
    assert str(where.feed_url) == f"{site.url}/blog/feed/"
    assert str(where.home) == f"{site.url}/blog"


async def test_the_feed_itself_as_the_address() -> None:
    async with serving() as site:
        link = f'<{site.url}/wp-json/>; rel="https://api.w.org/"'
        text = FEED.format(url=site.url)
        site.answer("/c/feed/", lambda _: web.Response(text=text, content_type="text/xml", headers={"Link": link}))
        where = await found(site, "/c/feed/")
    assert str(where.feed_url) == f"{site.url}/c/feed/"


async def test_a_blog_that_calls_itself_by_an_inner_name_is_read_where_the_operator_looks() -> None:
    async with serving() as site:
        inner = '<http://127.0.0.7/wp-json/>; rel="https://api.w.org/"'
        site.answer("/", lambda r: site.routes[ROOT] if "rest_route" in r.query else page(Link=inner)(r))
        where = await found(site)
    assert str(where.rest_root) == f"{site.url}/?rest_route=/"


class AllHere(ThreadedResolver):
    """Every name leads to this machine."""

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        return await super().resolve("127.0.0.1", port, family)


async def test_where_the_password_may_go_is_preferred() -> None:
    async with serving() as site, serving() as other:
        elsewhere = f"http://www.blog.example:{URL(other.url).port}/wp-json/"
        link = f'<{elsewhere}>; rel="https://api.w.org/"'
        site.answer("/", page(Link=link))
        http = Http(
            URL(site.url),
            username="bot",
            password="x",
            session_factory=lambda _: aiohttp.ClientSession(connector=aiohttp.TCPConnector(resolver=AllHere())),
        )
        try:
            assert str((await discover(http)).rest_root) == f"{site.url}/?rest_route=/"
            assert other.asked == []
            del site.routes[ROOT]
            assert str((await discover(http)).rest_root) == elsewhere
        finally:
            await http.aclose()


async def test_a_rest_interface_closed_to_strangers_is_one() -> None:
    async with serving() as site:
        root = site.routes[ROOT]
        closed = wp_error(401, "rest_not_logged_in")
        site.answer(ROOT, lambda r: web.json_response(root) if "Authorization" in r.headers else closed)
        where = await found(site, password="x")
    assert str(where.rest_root) == f"{site.url}/wp-json/"


async def test_no_wordpress_at_all() -> None:
    async with serving() as site:
        site.routes = {"/": page()}
        assert "No WordPress REST interface" in (await not_found(site)).reason


async def test_a_page_in_place_of_the_rest_root() -> None:
    async with serving() as site:
        site.answer(ROOT, page())
        assert isinstance(await not_found(site), NotUnderstood)


async def test_no_feed_says_what_was_there_instead() -> None:
    async with serving() as site:
        site.answer("/feed/", page())
        error = await not_found(site)
    assert isinstance(error, NotUnderstood)
    assert "web page, not a feed" in error.reason


async def test_maintenance_is_for_another_time() -> None:
    async with serving() as site:
        down = web.Response(status=503, headers={"Retry-After": "600"})
        site.answer(ROOT, lambda _: web.Response(status=503, headers=down.headers))
        site.answer("/", lambda r: web.Response(status=503) if "rest_route" in r.query else page()(r))
        assert isinstance(await not_found(site), Unreachable)


async def test_a_redirect_to_another_host_names_the_address_to_set() -> None:
    async with serving() as site:
        site.answer("/", lambda _: web.Response(status=301, headers={"Location": "https://www.b.example/"}))
        assert "set BLOG_URL to https://www.b.example/" in (await not_found(site)).reason


async def test_a_missing_page() -> None:
    async with serving() as site:
        assert "status 404" in (await not_found(site, "/gone/")).reason


@pytest.mark.parametrize(
    "header",
    [
        '<https://b.example/wp-json/>; rel="https://api.w.org/"',
        "</wp-json/>; rel=https://api.w.org/",
        '<https://b.example/x>; rel="a,b"; title="c;d", </wp-json/>; title="x, y"; rel="up https://api.w.org/"',
    ],
)
def test_link_headers(header: str) -> None:
    reply = Reply(200, CIMultiDict(Link=header), b"", URL("https://b.example/"))
    assert [str(url) for url in header_links(reply, API_REL)] == ["https://b.example/wp-json/"]


@pytest.mark.parametrize(
    "header", ["", "<", "<javascript:x>; rel=https://api.w.org/", "<http://[>; rel=https://api.w.org/"]
)
def test_link_headers_that_lead_nowhere(header: str) -> None:
    reply = Reply(200, CIMultiDict(Link=header), b"", URL("https://b.example/"))
    assert list(header_links(reply, API_REL)) == []
