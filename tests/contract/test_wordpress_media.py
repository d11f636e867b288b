"""What the bridge relies on in the media library: loopback blog and real one alike.

Does not go through the Blog port; test_blog_contract.py does.
"""

from __future__ import annotations

import uuid
from typing import Any

import aiohttp
import pytest

from tests.support.wordpress import Answer, WordPress

PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000d49444154789c6360606060000000050001a5f64540"
    "0000000049454e44ae426082"
)


def unique() -> str:
    """A slug that nothing else on a shared blog has."""
    return f"discord-{uuid.uuid4().hex[:12]}"


async def put(
    blog: WordPress, name: str = "a.png", content: bytes = PNG, *, by: str = "librarian", **params: str
) -> Answer:
    """POST /wp/v2/media with the file as the body."""
    headers = {"Content-Type": "application/octet-stream", "Content-Disposition": f'attachment; filename="{name}"'}
    return await blog.exchange("POST", "wp/v2/media", by=by, params=params, content=content, headers=headers)


async def listed(blog: WordPress, slug: str, by: str | None = None) -> list[Any]:
    found = await blog.request("GET", "wp/v2/media", by=by, params={"slug": slug})
    assert isinstance(found, list)
    return found


async def test_a_file_goes_in_and_is_served_as_it_was(any_wordpress: WordPress) -> None:
    slug = unique()
    answer = await put(any_wordpress, f"{slug}.png", slug=slug, title="A title", comment_status="closed")
    assert (answer.status, answer.data["slug"], answer.data["mime_type"]) == (201, slug, "image/png")
    assert answer.data["title"]["rendered"] == "A title"
    assert answer.data["source_url"].endswith(f"/{slug}.png")
    async with aiohttp.ClientSession() as session, session.get(answer.data["source_url"]) as served:
        assert (served.status, await served.read()) == (200, PNG)


async def test_a_slug_finds_it_exactly_and_is_given_once(any_wordpress: WordPress) -> None:
    slug = unique()
    first = (await put(any_wordpress, slug=slug)).data
    second = (await put(any_wordpress, slug=slug)).data
    assert second["slug"] == f"{slug}-2"
    assert first["source_url"] != second["source_url"]
    for by in ("librarian", None):
        assert [one["id"] for one in await listed(any_wordpress, slug, by)] == [first["id"]]
    assert await listed(any_wordpress, slug[:-1]) == []


@pytest.mark.parametrize(("by", "status"), [("bridge", 403), ("subscriber", 403), ("librarian", 201), ("author", 201)])
async def test_upload_files_is_what_it_takes(any_wordpress: WordPress, by: str, status: int) -> None:
    answer = await put(any_wordpress, by=by, slug=unique())
    assert answer.status == status
    assert answer.code == ("" if status == 201 else "rest_cannot_create")


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.svg", b'<svg xmlns="http://www.w3.org/2000/svg"/>'),
        ("a.html", b"<b>x</b>"),
        ("a.exe", b"MZ"),
        ("a.php", b"<?php"),
        ("a.js", b"alert(1)"),
        ("a.png", b"not a picture"),
        ("a.webp", b"neither"),
        ("noending", PNG),
    ],
)
async def test_kinds_that_are_not_taken(any_wordpress: WordPress, name: str, content: bytes) -> None:
    answer = await put(any_wordpress, name, content)
    assert (answer.status, answer.code) == (500, "rest_upload_sideload_error")


async def test_incomplete_uploads(any_wordpress: WordPress) -> None:
    empty = await put(any_wordpress, "a.txt", b"")
    assert (empty.status, empty.code) == (400, "rest_upload_no_data")
    nameless = await any_wordpress.exchange(
        "POST", "wp/v2/media", by="librarian", content=PNG, headers={"Content-Type": "application/octet-stream"}
    )
    assert (nameless.status, nameless.code) == (400, "rest_upload_no_content_disposition")
    odd = await any_wordpress.exchange(
        "POST",
        "wp/v2/media",
        by="librarian",
        content=PNG,
        headers={
            "Content-Type": "application/octet-stream",
            "Content-Disposition": "attachment; filename*=UTF-8''a.png",
        },
    )
    assert (odd.status, odd.code) == (400, "rest_upload_invalid_disposition")


@pytest.mark.parametrize(
    ("name", "ends"),
    [("a b.png", "a-b"), ("a.php.png", "a.php_"), ("CAPITALS.PNG", "CAPITALS"), ("really-a-png.jpg", "really-a-png")],
)
async def test_what_becomes_of_names(any_wordpress: WordPress, name: str, ends: str) -> None:
    answer = await put(any_wordpress, name)
    served = answer.data["source_url"].rpartition("/")[2]
    assert served.startswith(ends)
    assert served.endswith(".png")


async def test_deletion_is_for_good_and_one_needs_delete_posts(any_wordpress: WordPress) -> None:
    made = (await put(any_wordpress, slug=unique())).data
    route = f"wp/v2/media/{made['id']}"
    for by, code in (("bridge", "rest_cannot_delete"), ("author", "rest_cannot_delete")):
        answer = await any_wordpress.exchange("DELETE", route, by=by, params={"force": "true"})
        assert (answer.status, answer.code) == (403, code)
    kept = await any_wordpress.exchange("DELETE", route, by="librarian")
    assert (kept.status, kept.code) == (501, "rest_trash_not_supported")
    gone = await any_wordpress.exchange("DELETE", route, by="librarian", params={"force": "true"})
    assert (gone.status, gone.data["deleted"]) == (200, True)
    again = await any_wordpress.exchange("DELETE", route, by="librarian", params={"force": "true"})
    assert (again.status, again.code) == (404, "rest_post_invalid_id")
    async with aiohttp.ClientSession() as session, session.get(made["source_url"], allow_redirects=False) as served:
        assert served.status == 404


async def test_the_account_is_told_what_it_may(any_wordpress: WordPress) -> None:
    for role, may in (("librarian", True), ("bridge", False)):
        me = await any_wordpress.request("GET", "wp/v2/users/me", by=role, params={"context": "edit"})
        granted = {name for name, on in me["capabilities"].items() if on}
        assert ({"upload_files", "delete_posts"} <= granted) is may
