"""The media library through the Blog port: the loopback blog, a real WordPress, and the blog in memory alike."""

from __future__ import annotations

import contextlib
import uuid
from collections.abc import AsyncIterator
from dataclasses import dataclass

import aiohttp
import pytest
from aiohttp import web

from bot.blog.wordpress.blog import WordPressBlog
from bot.core.domain import MediaId
from bot.core.errors import NotAllowed, Refused, Unanswered, Unreachable, Vanished
from bot.ports import Blog, File
from bot.sandbox.wordpress import LoopbackBlog
from tests.contract.test_wordpress_media import PNG
from tests.support.blog_server import serving, wp_error
from tests.support.clock_and_faults import Clock, Faults
from tests.support.fake_blog import FakeBlog
from tests.support.wordpress import Loopback, WordPress


@dataclass
class Library:
    """A blog, and its bytes at an address as everybody gets them; None for nothing there."""

    blog: Blog

    async def served(self, url: str) -> bytes | None:
        if isinstance(self.blog, FakeBlog):
            return next((one.content for one in self.blog.media.values() if one.url == url), None)
        async with aiohttp.ClientSession() as session, session.get(url, allow_redirects=False) as answer:
            return await answer.read() if answer.status == 200 else None


async def opened(where: WordPress, role: str) -> WordPressBlog:
    username, password = where.login(role)
    return await WordPressBlog.open(where.url, username=username, password=password)


@pytest.fixture(params=["fake", "loopback", "real"])
async def library(request: pytest.FixtureRequest) -> AsyncIterator[Library]:
    if request.param == "fake":
        clock = Clock()
        yield Library(FakeBlog(clock, Faults(clock), capabilities={"upload_files", "delete_posts"}, untaken={"svg"}))
        return
    async with LoopbackBlog() as loopback:
        where = Loopback(loopback) if request.param == "loopback" else request.getfixturevalue("wordpress")
        blog = await opened(where, "librarian")
        yield Library(blog)
        await blog.aclose()


def a_file(name: str = "cat.png", content: bytes = PNG, key: str = "") -> File:
    return File(key or f"discord-{uuid.uuid4().int % 10**18}", name, content)


async def test_a_file_is_put_in_found_and_taken_out(library: Library) -> None:
    file = a_file()
    assert library.blog.can_upload
    assert await library.blog.find_media(file.key) is None
    media = await library.blog.upload(file)
    assert await library.blog.find_media(file.key) == media
    assert await library.blog.find_media(file.key[:-1]) is None
    assert await library.served(media.url) == PNG
    await library.blog.discard(media.id)
    assert await library.blog.find_media(file.key) is None
    assert await library.served(media.url) is None
    await library.blog.discard(media.id)


async def test_two_files_of_one_name_are_two(library: Library) -> None:
    first, second = [await library.blog.upload(a_file("same.txt", words)) for words in (b"one words", b"two words")]
    assert await library.served(first.url) == b"one words"
    assert await library.served(second.url) == b"two words"


async def test_a_large_file_comes_through(library: Library) -> None:
    """More than PHP takes from a form (upload_max_filesize, post_max_size): the body of a request is not one."""
    content = PNG + b"\0" * (9 << 20)
    media = await library.blog.upload(a_file(content=content))
    assert await library.served(media.url) == content


@pytest.mark.parametrize(("name", "content"), [("a.svg", b"<svg xmlns='http://www.w3.org/2000/svg'/>"), ("a.txt", b"")])
async def test_what_is_not_taken_is_refused(library: Library, name: str, content: bytes) -> None:
    file = a_file(name, content)
    with pytest.raises(Refused):
        await library.blog.upload(file)
    assert await library.blog.find_media(file.key) is None


async def test_text_that_looks_like_the_requests_own_parameters_is_a_file(any_wordpress: WordPress) -> None:
    blog = await opened(any_wordpress, "librarian")
    for content in (b"slug=mine&title=mine", b"--x\r\nContent-Disposition: form-data; name=slug\r\n\r\nmine\r\n--x--"):
        file = a_file("words.txt", content)
        media = await blog.upload(file)
        (kept,) = await any_wordpress.request("GET", "wp/v2/media", by=None, params={"slug": file.key})
        assert (str(kept["id"]), kept["slug"], kept["title"]["rendered"]) == (media.id, file.key, "words")
        assert await Library(blog).served(media.url) == content
    with contextlib.suppress(Refused):  # WordPress sees that this is no plain text
        await blog.upload(a_file("words.txt", b'{"slug": "mine", "status": "private"}'))
    assert await blog.find_media("mine") is None
    await blog.aclose()


@pytest.mark.parametrize("role", ["bridge", "subscriber"])
async def test_without_the_capabilities_nothing_is_offered(any_wordpress: WordPress, role: str) -> None:
    blog = await opened(any_wordpress, role)
    assert not blog.can_upload
    with pytest.raises(Refused, match="may not upload"):
        await blog.upload(a_file())
    await blog.aclose()


async def test_the_file_of_somebody_else_cannot_be_discarded(any_wordpress: WordPress) -> None:
    owner, blog = await opened(any_wordpress, "author"), await opened(any_wordpress, "librarian")
    media = await owner.upload(a_file())
    with pytest.raises(Refused, match="delete_posts"):
        await blog.discard(media.id)
    await owner.aclose()
    await blog.aclose()


async def test_a_capability_that_was_taken_away_is_learnt_from_the_refusal() -> None:
    async with serving() as site:
        may = {"moderate_comments": True, "edit_posts": True, "upload_files": True, "delete_posts": True}
        site.answer("/wp/v2/users/me", {"id": 2, "capabilities": may})
        site.answer("/wp/v2/media", lambda _: wp_error(403, "rest_cannot_create"))
        blog = await WordPressBlog.open(site.url, username="bot", password="secret")
        assert blog.can_upload
        with pytest.raises(Refused):
            await blog.upload(a_file())
        assert not blog.can_upload
        await blog.aclose()


async def test_a_password_turned_away_once_leaves_no_file_out() -> None:
    async with serving() as site:
        site.answer("/wp/v2/users/me", {"id": 2, "capabilities": {"upload_files": True, "delete_posts": True}})
        site.answer("/wp/v2/media", lambda _: wp_error(401, "rest_not_logged_in"))
        blog = await WordPressBlog.open(site.url, username="bot", password="secret")
        with pytest.raises(NotAllowed):
            await blog.upload(a_file())
        assert not blog.can_write
        assert blog.can_upload
        await blog.aclose()


async def test_without_a_password_no_file_is_offered() -> None:
    async with serving() as site:
        blog = await WordPressBlog.open(site.url)
        assert not blog.can_upload
        await blog.aclose()


HTML = "<html><h1>No</h1>"


@pytest.mark.parametrize(
    ("status", "body", "error"),
    [
        (413, HTML, Refused),  # a web server's own limit
        (403, HTML, Refused),  # a firewall that does not like this file
        (404, HTML, Refused),
        (400, '{"code":"rest_upload_limited_space","message":"Full"}', Refused),  # one site of many
        (400, '{"code":"rest_upload_file_too_big","message":"Big"}', Refused),
        (500, '{"code":"rest_upload_sideload_error","message":"Kind"}', Refused),
        (500, HTML, Unanswered),  # PHP ran out of memory, before or after the file was kept
        (500, '{"code":"db_insert_error","message":"x"}', Unanswered),
        (504, HTML, Unanswered),
        (200, "[]", Unanswered),  # a redirect that became a reading
        (201, "<br />Warning: something", Unanswered),
        (201, '{"slug":"x"}', Unanswered),
        (429, HTML, Unreachable),
        (401, '{"code":"rest_not_logged_in","message":"x"}', NotAllowed),
    ],
)
async def test_answers_that_a_healthy_wordpress_never_gives(status: int, body: str, error: type[Exception]) -> None:
    async with serving() as site:
        may = {"upload_files": True, "delete_posts": True}
        site.answer("/wp/v2/users/me", {"id": 2, "capabilities": may})
        kind = "application/json" if body.startswith(("{", "[")) else "text/html"
        site.answer("/wp/v2/media", lambda _: web.Response(status=status, text=body, content_type=kind))
        blog = await WordPressBlog.open(site.url, username="bot", password="secret")
        with pytest.raises(error):
            await blog.upload(a_file())
        assert len(site.asked_for("/wp/v2/media")) == 1, "a write is never repeated by itself"
        await blog.aclose()


@pytest.mark.parametrize("address", ["javascript:alert(1)", "/relative.png", "ftp://x.example/a", 7, None])
async def test_an_address_that_may_not_stand_in_a_comment_is_none(address: object) -> None:
    async with serving() as site:
        site.answer("/wp/v2/users/me", {"id": 2, "capabilities": {"upload_files": True, "delete_posts": True}})
        made = {"id": 5, "slug": "k", "source_url": address}
        site.answer("/wp/v2/media", lambda _: web.json_response(made, status=201))
        blog = await WordPressBlog.open(site.url, username="bot", password="secret")
        media = await blog.upload(a_file(key="k"))
        assert (media.id, media.url) == (MediaId("5"), "")
        await blog.aclose()


@pytest.mark.parametrize("number", [None, -3, "x"])
async def test_a_file_without_a_number_is_not_taken_for_a_lost_thread(number: object) -> None:
    async with serving() as site:
        site.answer("/wp/v2/users/me", {"id": 2, "capabilities": {"upload_files": True, "delete_posts": True}})
        site.answer("/wp/v2/media", [{"id": number, "slug": "k", "source_url": "https://x.example/a.png"}])
        blog = await WordPressBlog.open(site.url, username="bot", password="secret")
        media = await blog.find_media("k")
        assert media is not None
        with pytest.raises(Vanished):
            await blog.discard(media.id)
        await blog.aclose()
