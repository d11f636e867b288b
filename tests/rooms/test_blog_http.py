"""The wire: what is raised when the blog misbehaves, and where the password never goes."""

from __future__ import annotations

import asyncio
import base64
import gzip
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from aiohttp import web
from yarl import URL

from bot.blog.web.http import BODY_LIMIT, Http, Misdirected, TooLarge
from bot.blog.wordpress import discovery
from bot.blog.wordpress.blog import WordPressBlog
from bot.core.errors import CommonthreadError, NotAllowed, NotUnderstood, Unanswered, Unreachable
from tests.support.blog_server import FEED, ROOT, Site, raw_server, serving, wp_error

PASSWORD = "abcd EFGH 1234"


@asynccontextmanager
async def http_to(url: str, *, password: str | None = PASSWORD) -> AsyncIterator[Http]:
    http = Http(URL(url), username="bot", password=password)
    try:
        yield http
    finally:
        await http.aclose()


async def raised_by_get(url: str) -> CommonthreadError:
    async with http_to(url) as http:
        with pytest.raises(CommonthreadError) as raised:
            await http.get(URL(url))
    return raised.value


async def raised_by_post(url: str) -> CommonthreadError:
    async with http_to(url) as http:
        with pytest.raises(CommonthreadError) as raised:
            await http.send("POST", URL(url), {"a": 1})
    return raised.value


async def test_a_port_where_nobody_listens_is_unreachable_even_for_a_write() -> None:
    async with raw_server(b"") as url:
        pass
    assert type(await raised_by_get(url)) is Unreachable
    assert type(await raised_by_post(url)) is Unreachable


async def test_a_name_that_does_not_exist_is_unreachable_even_for_a_write() -> None:
    assert type(await raised_by_post("https://nowhere.invalid/")) is Unreachable


@pytest.mark.parametrize(
    "answer",
    [
        None,
        b"HTTP/1.1 201 Created\r\nContent-Length: 500\r\n\r\n{",
        b"HTTP/1.1 201 Created\r\nContent-Encoding: gzip\r\nContent-Length: 4\r\n\r\nnope",
        b"this is not HTTP\r\n\r\n",
    ],
)
async def test_an_answer_lost_on_the_way(answer: bytes | None) -> None:
    async with raw_server(answer) as url:
        assert type(await raised_by_get(url)) is Unreachable
        assert type(await raised_by_post(url)) is Unanswered


@pytest.mark.parametrize(
    ("status", "headers", "read", "written", "wait"),
    [
        (429, {"Retry-After": "7"}, Unreachable, Unreachable, 7),
        (503, {"Retry-After": "600"}, Unreachable, Unreachable, 600),
        (503, {}, Unreachable, Unanswered, None),
        (500, {}, Unreachable, Unanswered, None),
        (502, {}, Unreachable, Unanswered, None),
        (504, {}, Unreachable, Unanswered, None),
        (408, {}, Unreachable, Unanswered, None),
    ],
)
async def test_statuses(status: int, headers: dict[str, str], read: type, written: type, wait: float | None) -> None:
    async with serving() as site:
        site.answer("/x", lambda _: web.Response(status=status, headers=headers, text="<html>down"))
        got, posted = await raised_by_get(f"{site.url}/x"), await raised_by_post(f"{site.url}/x")
    assert (type(got), type(posted)) == (read, written)
    assert next(error.retry_after for error in (got, posted) if isinstance(error, Unreachable)) == wait


async def test_maintenance_that_names_no_time_is_surely_before_the_work() -> None:
    async with serving() as site:
        site.answer("/x", lambda _: web.json_response({"code": "wp_die", "message": "soon"}, status=503))
        assert type(await raised_by_post(f"{site.url}/x")) is Unreachable


async def test_a_body_beyond_the_limit_is_not_read_to_its_end() -> None:
    sent = 0

    async def endless(request: web.Request) -> web.StreamResponse:
        nonlocal sent
        response = web.StreamResponse()
        await response.prepare(request)
        while sent < 16 * BODY_LIMIT:
            await response.write(b"x" * 65536)
            sent += 65536
        return response

    async with serving() as site:
        site.answer("/x", endless)
        assert type(await raised_by_get(f"{site.url}/x")) is TooLarge
    assert sent < 8 * BODY_LIMIT


async def test_the_limit_counts_after_decompression() -> None:
    bomb = gzip.compress(bytes(8 * BODY_LIMIT))
    assert len(bomb) < BODY_LIMIT // 10
    async with serving() as site:
        site.answer("/x", lambda _: web.Response(body=bomb, headers={"Content-Encoding": "gzip"}))
        assert type(await raised_by_get(f"{site.url}/x")) is TooLarge
        assert type(await raised_by_post(f"{site.url}/x")) is Unanswered


async def test_a_body_just_below_the_limit_arrives() -> None:
    async with serving() as site:
        site.answer("/x", lambda _: web.Response(body=b"x" * BODY_LIMIT))
        async with http_to(site.url) as http:
            assert len((await http.get(URL(f"{site.url}/x"))).body) == BODY_LIMIT


def redirect(site: Site, target: str, status: int = 302) -> None:
    site.answer("/x", lambda _: web.Response(status=status, headers={"Location": target}))


async def test_a_read_follows_a_redirect_on_its_origin() -> None:
    async with serving() as site:
        redirect(site, "/y?z=1")
        site.answer("/y", {"ok": True})
        async with http_to(site.url) as http:
            reply = await http.get(URL(f"{site.url}/x"))
    assert (reply.status, reply.url.path_qs) == (200, "/y?z=1")


async def test_a_read_follows_no_redirect_elsewhere_and_says_what_to_set() -> None:
    async with serving() as site, serving() as other:
        redirect(site, f"{other.url}/x?secret=1", 301)
        error = await raised_by_get(f"{site.url}/x")
        assert type(error) is Misdirected
        assert f"set BLOG_URL to {other.url}" in error.reason
        assert "secret" not in error.reason
        assert other.asked == []


async def test_a_circle_of_redirects_ends() -> None:
    async with serving() as site:
        redirect(site, "/x")
        assert type(await raised_by_get(f"{site.url}/x")) is Misdirected
        assert len(site.asked) == 5


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_a_write_follows_no_redirect_at_all(status: int) -> None:
    async with serving() as site:
        redirect(site, "/y", status)
        site.answer("/y", [{"id": 1}])
        assert type(await raised_by_post(f"{site.url}/x")) is Misdirected
        assert [path for _, path, _ in site.asked] == ["/x"]


@pytest.mark.parametrize("target", ["file:///etc/passwd", "http://[::1", "http://169.254.169.254/x", "//"])
async def test_redirects_into_the_dark(target: str) -> None:
    async with serving() as site:
        redirect(site, target)
        assert type(await raised_by_get(f"{site.url}/x")) is Misdirected


async def test_the_password_goes_to_its_origin_only() -> None:
    expected = "Basic " + base64.b64encode(f"bot:{PASSWORD}".encode()).decode()
    async with serving() as site, serving() as other:
        site.answer("/x", {})
        async with http_to(site.url) as http:
            await http.get(URL(f"{site.url}/x"))
            await http.get(URL(f"{site.url}/x"), auth=True)
            with pytest.raises(NotAllowed) as raised:
                await http.get(URL(f"{other.url}/x"), auth=True)
            with pytest.raises(NotAllowed):
                await http.send("POST", URL(f"{other.url}/x"), {})
        assert [headers.get("Authorization") for headers in site.asked_for("/x")] == [None, expected]
        assert other.asked == []
    assert "abcd" not in raised.value.reason


async def test_the_password_stays_off_other_ports_of_the_own_host() -> None:
    async with serving() as site, http_to(site.url) as http:
        for secure in ("https://127.0.0.1/x", "http://127.0.0.1/x"):
            with pytest.raises(NotAllowed, match="goes nowhere else"):
                await http.send("POST", URL(secure), {})


async def test_a_read_with_the_password_follows_no_redirect() -> None:
    async with serving() as site:
        redirect(site, "/y")
        async with http_to(site.url) as http:
            with pytest.raises(Misdirected):
                await http.get(URL(f"{site.url}/x"), auth=True)
        assert site.asked_for("/y") == []


@pytest.mark.parametrize(
    ("home", "url", "may"),
    [
        ("https://b.example/blog/", "https://b.example/wp-json/", True),
        ("http://b.example/", "https://b.example/", True),
        ("https://b.example/", "http://b.example/", False),
        ("https://b.example/", "https://www.b.example/", False),
        ("http://b.example:8080/", "https://b.example/", False),
        ("https://b.example/", "https://b.example:8443/", False),
    ],
)
async def test_who_may_see_the_password(home: str, url: str, *, may: bool) -> None:
    async with http_to(home) as http:
        assert http.trusts(URL(url)) is may


async def test_without_a_password_a_write_is_not_tried() -> None:
    async with serving() as site, http_to(site.url, password=None) as http:
        with pytest.raises(NotAllowed, match="BLOG_APP_PASSWORD"):
            await http.send("POST", URL(f"{site.url}/x"), {})
        assert site.asked == []


async def test_private_addresses_are_not_asked() -> None:
    async with serving() as site, http_to("https://blog.example/") as http:
        for url in (site.url, site.url.replace("127.0.0.1", "localhost"), "http://169.254.169.254/"):
            with pytest.raises(NotAllowed, match="leads into a private network"):
                await http.get(URL(url))
        assert site.asked == []


async def test_every_request_asks_for_json_and_keeps_no_cookie() -> None:
    async with serving() as site:
        site.answer("/x", lambda _: web.json_response({}, headers={"Set-Cookie": "a=b; Path=/"}))
        async with http_to(site.url) as http:
            await http.get(URL(f"{site.url}/x"))
            await http.send("POST", URL(f"{site.url}/x"), {})
        first, second = site.asked_for("/x")
    assert first["Accept"] == second["Accept"] == "application/json"
    assert "Cookie" not in second


# ------------------------------------------------------------------ blogs that a moderator named


async def test_a_private_blog_that_a_moderator_named_is_not_asked() -> None:
    async with serving() as site:
        for url in (site.url, site.url.replace("127.0.0.1", "localhost")):
            blog = await WordPressBlog.open(url, trusted=False)
            try:
                with pytest.raises(NotAllowed, match=r"leads into a private network\.$"):
                    await blog.identity()
            finally:
                await blog.aclose()
        assert site.asked == []


@pytest.mark.parametrize(
    "url", ["https://me@b.example/", "https://:pw@b.example/", "ftp://b.example/", "b.example", ""]
)
async def test_what_is_no_address_of_a_blog(url: str) -> None:
    with pytest.raises(NotUnderstood, match="The blog's address must be") as raised:
        await WordPressBlog.open(url, trusted=False)
    assert "pw@" not in raised.value.reason


async def test_who_puts_the_bot_together_may_let_it_in() -> None:
    async with serving() as site:
        blog = await WordPressBlog.open(site.url, trusted=False, admit=lambda host, _: host == "127.0.0.1")
        try:
            assert (await blog.identity()).home == site.url
        finally:
            await blog.aclose()


async def test_a_redirect_into_a_private_network_is_not_told() -> None:
    async with serving() as site:
        redirect(site, "http://169.254.169.254/x")
        port = URL(site.url).port
        http = Http(URL(site.url), username=None, password=None, trusted=False, admit=lambda _, there: there == port)
        try:
            with pytest.raises(NotAllowed, match="leads into a private network") as raised:
                await http.get(URL(f"{site.url}/x"))
        finally:
            await http.aclose()
    assert "169.254" not in raised.value.reason


async def test_a_redirect_elsewhere_names_the_address_as_a_value() -> None:
    async with serving() as site:
        redirect(site, "https://www.blog.example/x?secret=1#top", 301)
        error = await raised_by_get(f"{site.url}/x")
    assert isinstance(error, Misdirected)
    assert error.to == "https://www.blog.example/x"


async def test_sentences_for_a_moderator_name_no_setting() -> None:
    async with serving() as site:
        site.answer("/y", lambda _: web.Response(status=301, headers={"Location": "https://www.b.example/"}))
        site.answer("/z", lambda _: web.Response(status=301, headers={"Location": "/z"}))
        site.answer(ROOT, lambda _: web.Response(text="<html>"))
        site.answer("/wp/v2/users/me", wp_error(401, "rest_not_logged_in"))
        for path in ("/", "/y", "/z", "/none"):
            blog = await WordPressBlog.open(f"{site.url}{path}", trusted=False, admit=lambda *_: True)
            try:
                with pytest.raises(NotUnderstood, match="the blog's address") as raised:
                    await blog.identity()
            finally:
                await blog.aclose()
            assert "BLOG_URL" not in raised.value.reason


async def test_a_blog_that_a_moderator_named_is_looked_through_in_seconds_or_not_at_all(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(discovery, "SECONDS_TO_DISCOVER", 0.2)

    async def slow(request: web.Request) -> web.Response:
        await asyncio.sleep(0.5)
        return web.Response(text=FEED.format(url=site.url), content_type="application/rss+xml")

    async with serving() as site:
        site.answer("/feed/", slow)
        named = await WordPressBlog.open(site.url, trusted=False, admit=lambda *_: True)
        own = await WordPressBlog.open(site.url)
        try:
            with pytest.raises(Unreachable, match="takes too long"):
                await named.identity()
            assert (await own.identity()).home == site.url
        finally:
            await named.aclose()
            await own.aclose()
