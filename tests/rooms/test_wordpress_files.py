"""What is WordPress's alone of its media library: answers of walls before it, capabilities, odd files and addresses.

Does not repeat what every blog promises; see tests/contract/test_blog_contract.py.
"""

from __future__ import annotations

import contextlib
import uuid

import aiohttp
import pytest
from aiohttp import web

from bot.blog.wordpress.blog import WordPressBlog
from bot.core.domain import MediaId
from bot.core.errors import NotAllowed, Refused, Unanswered, Unreachable, Vanished
from bot.ports import File
from tests.contract.test_wordpress_media import PNG
from tests.support.blog_server import serving, wp_error
from tests.support.wordpress import WordPress


async def served(url: str) -> bytes | None:
    """The bytes at an address as everybody gets them; None for nothing there."""
    async with aiohttp.ClientSession() as session, session.get(url, allow_redirects=False) as answer:
        return await answer.read() if answer.status == 200 else None


async def opened(where: WordPress, role: str) -> WordPressBlog:
    username, password = where.login(role)
    return await WordPressBlog.open(where.url, username=username, password=password)


def a_file(name: str = "cat.png", content: bytes = PNG, key: str = "") -> File:
    return File(key or f"discord-{uuid.uuid4().int % 10**18}", name, content)


async def test_text_that_looks_like_the_requests_own_parameters_is_a_file(any_wordpress: WordPress) -> None:
    blog = await opened(any_wordpress, "librarian")
    for content in (b"slug=mine&title=mine", b"--x\r\nContent-Disposition: form-data; name=slug\r\n\r\nmine\r\n--x--"):
        file = a_file("words.txt", content)
        media = await blog.upload(file)
        (kept,) = await any_wordpress.request("GET", "wp/v2/media", by=None, params={"slug": file.key})
        assert (str(kept["id"]), kept["slug"], kept["title"]["rendered"]) == (media.id, file.key, "words")
        assert await served(media.url) == content
    with contextlib.suppress(Refused):  # WordPress sees that this is no plain text
        await blog.upload(a_file("words.txt", b'{"slug": "mine", "status": "private"}'))
    assert await blog.find_media("mine") is None
    await blog.aclose()


async def test_without_the_capabilities_nothing_is_offered(any_wordpress: WordPress) -> None:
    blog = await opened(any_wordpress, "subscriber")
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
