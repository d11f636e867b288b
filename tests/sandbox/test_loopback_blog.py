"""The loopback blog's own powers: events, faults on order, going off line, other shapes of address.

Does not repeat what the contract tests hold it to.
"""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import aiohttp
import feedparser
import pytest

from bot.sandbox.wordpress import KINDS, LoopbackBlog


async def get(session: aiohttp.ClientSession, address: str, **params: str) -> tuple[int, Any]:
    """Status and decoded JSON."""
    async with session.get(address, params=params) as answer:
        return answer.status, await answer.json()


def authorised(blog: LoopbackBlog) -> aiohttp.ClientSession:
    """A session with the bridge's password that opens a connection for each request."""
    headers = {"Authorization": aiohttp.encode_basic_auth(blog.username, blog.app_password)}
    return aiohttp.ClientSession(headers=headers, connector=aiohttp.TCPConnector(force_close=True))


def member(post: int, content: str = "words") -> dict[str, Any]:
    """What a relay would send."""
    return {"post": post, "content": content, "author_name": "Ann", "author_email": "1@d.invalid", "status": "approved"}


async def test_events_come_from_either_side(loopback_blog: LoopbackBlog) -> None:
    seen: list[tuple[str, dict[str, Any]]] = []
    loopback_blog.on_change(lambda event, payload: seen.append((event, payload)))
    post = loopback_blog.publish("A post", "<p>Text.</p>")
    first = loopback_blog.comment(post, "one")
    async with authorised(loopback_blog) as session:
        async with session.post(f"{loopback_blog.rest}wp/v2/comments", json=member(post) | {"parent": first}) as answer:
            second = (await answer.json())["id"]
        async with session.delete(f"{loopback_blog.rest}wp/v2/comments/{second}") as answer:
            assert answer.status == 200
    loopback_blog.edit_comment(first, "two")
    loopback_blog.delete_comment(first)
    loopback_blog.edit_post(post, title="Another title")
    loopback_blog.trash_post(post)
    assert seen == [
        ("post-created", {"id": post}),
        ("comment-created", {"id": first, "post": post, "parent": 0}),
        ("comment-created", {"id": second, "post": post, "parent": first}),
        ("comment-status", {"id": second, "post": post, "status": "trash"}),
        ("comment-edited", {"id": first, "post": post, "parent": 0}),
        ("comment-deleted", {"id": first, "post": post}),
        ("post-edited", {"id": post}),
        ("post-trashed", {"id": post}),
    ]


async def test_calls_are_recorded_without_passwords(loopback_blog: LoopbackBlog) -> None:
    post = loopback_blog.publish("A post", "<p>Text.</p>")
    address = f"{loopback_blog.rest}wp/v2/comments?x=1"
    async with authorised(loopback_blog) as session, session.post(address, json=member(post)) as answer:
        assert answer.status == 201
    (call,) = loopback_blog.calls
    assert (call.method, call.route, call.query, call.status) == ("POST", "/wp/v2/comments", {"x": "1"}, 201)
    assert (call.user, call.body["content"], call.fault) == ("bridge", "words", None)
    assert loopback_blog.app_password not in repr(call)
    assert "Authorization" not in call.headers


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind[0].isdigit()])
async def test_a_status_fault_does_nothing_and_passes(loopback_blog: LoopbackBlog, kind: str) -> None:
    post = loopback_blog.publish("A post", "<p>Text.</p>")
    loopback_blog.faults.next("POST", r"/wp/v2/comments$", kind)
    statuses = []
    async with authorised(loopback_blog) as session:
        for _ in range(2):
            async with session.post(f"{loopback_blog.rest}wp/v2/comments", json=member(post)) as answer:
                statuses.append(answer.status)
                retry_after = answer.headers.get("Retry-After")
    assert statuses == [int(kind), 201]
    assert retry_after is None
    assert len(loopback_blog.comments(post)) == 1
    assert loopback_blog.faults.injected == {kind: 1}


@pytest.mark.parametrize(("kind", "stored"), [("reset-before", 0), ("reset-after", 1), ("never", 1), ("not-json", 1)])
async def test_faults_that_hide_what_happened(loopback_blog: LoopbackBlog, kind: str, stored: int) -> None:
    post = loopback_blog.publish("A post", "<p>Text.</p>")
    loopback_blog.faults.next("POST", "/wp/v2/comments", kind)
    arrived = asyncio.Event()
    loopback_blog.on_change(lambda event, payload: arrived.set())
    async with authorised(loopback_blog) as session:

        async def write() -> str:
            async with session.post(f"{loopback_blog.rest}wp/v2/comments", json=member(post)) as answer:
                return await answer.text()

        if kind == "not-json":
            assert (await write()).startswith("<html>")
        elif kind == "never":
            asking = asyncio.create_task(write())
            await arrived.wait()
            assert not asking.done()
            await loopback_blog.stop()
            with pytest.raises(aiohttp.ClientError):
                await asking
        else:
            with pytest.raises((aiohttp.ClientError, ConnectionResetError)):
                await write()
    assert len(loopback_blog.comments(post)) == stored


async def test_a_gateway_time_out_may_have_been_accepted(loopback_blog: LoopbackBlog) -> None:
    post = loopback_blog.publish("A post", "<p>Text.</p>")
    loopback_blog.faults.next("POST", "/wp/v2/comments", "504", accepted=True)
    address = f"{loopback_blog.rest}wp/v2/comments"
    async with authorised(loopback_blog) as session, session.post(address, json=member(post)) as answer:
        assert answer.status == 504
    assert len(loopback_blog.comments(post)) == 1


async def test_listings_cut_short(loopback_blog: LoopbackBlog) -> None:
    post = loopback_blog.publish("A post", "<p>Text.</p>")
    for number in range(4):
        loopback_blog.comment(post, f"number {number}")
    loopback_blog.faults.next("GET", "/wp/v2/comments", "short-list")
    loopback_blog.faults.next("GET", "/wp/v2/comments", "empty-list")
    lengths = []
    async with aiohttp.ClientSession() as session:
        for _ in range(3):
            async with session.get(f"{loopback_blog.rest}wp/v2/comments") as answer:
                items = await answer.json()
                assert answer.headers["X-WP-Total"] == str(len(items))
                lengths.append(len(items))
        loopback_blog.faults.next("GET", "^/feed/", "empty-list")
        async with session.get(f"{loopback_blog.url}/feed/") as answer:
            feed = feedparser.parse(await answer.text())
    assert lengths == [2, 0, 4]
    assert (feed["entries"], feed["bozo"]) == ([], False)


async def test_maintenance_speaks_json_to_those_who_ask(loopback_blog: LoopbackBlog) -> None:
    loopback_blog.faults.next("*", "/wp/v2/posts", "maintenance", times=2)
    async with aiohttp.ClientSession() as session:
        async with session.get(f"{loopback_blog.rest}wp/v2/posts") as plain:
            assert (plain.status, plain.content_type, plain.headers["Retry-After"]) == (503, "text/html", "600")
        async with session.get(f"{loopback_blog.rest}wp/v2/posts", headers={"Accept": "application/json"}) as asked:
            assert (asked.status, (await asked.json())["code"]) == (503, "wp_die")


async def test_a_notice_before_the_json(loopback_blog: LoopbackBlog) -> None:
    loopback_blog.faults.next("GET", "/wp/v2/posts", "notice-before-json")
    async with aiohttp.ClientSession() as session, session.get(f"{loopback_blog.rest}wp/v2/posts") as answer:
        text = await answer.text()
    assert (answer.status, answer.content_type) == (200, "application/json")
    with pytest.raises(json.JSONDecodeError):
        json.loads(text)
    assert json.loads(text.rpartition("<br />\n")[2]) == []


async def test_after_lets_some_pass_and_clear_forgets(loopback_blog: LoopbackBlog) -> None:
    loopback_blog.faults.next("GET", "/wp/v2/posts", "500", times=None, after=2)
    statuses = []
    async with aiohttp.ClientSession() as session:
        for number in range(5):
            if number == 4:
                loopback_blog.faults.clear()
            async with session.get(f"{loopback_blog.rest}wp/v2/posts") as answer:
                statuses.append(answer.status)
    assert statuses == [200, 200, 500, 500, 200]
    with pytest.raises(ValueError, match="no fault 'teapot'"):
        loopback_blog.faults.next("GET", "/", "teapot")


async def test_off_line_and_back_on_the_same_port(loopback_blog: LoopbackBlog) -> None:
    post = loopback_blog.publish("A post", "<p>Text.</p>")
    address = loopback_blog.rest
    async with aiohttp.ClientSession() as session:
        assert (await get(session, f"{address}wp/v2/posts"))[0] == 200
        await loopback_blog.stop()
        with pytest.raises(aiohttp.ClientError):
            await get(session, f"{address}wp/v2/posts")
        await loopback_blog.start()
        assert loopback_blog.rest == address
        status, posts = await get(session, f"{address}wp/v2/posts")
    assert (status, [item["id"] for item in posts]) == (200, [post])


async def test_a_revoked_password_is_nobody(loopback_blog: LoopbackBlog) -> None:
    post = loopback_blog.publish("A post", "<p>Text.</p>")
    address = f"{loopback_blog.rest}wp/v2/comments"
    async with authorised(loopback_blog) as session:
        loopback_blog.set_password("bridge", "another")
        async with session.post(address, json=member(post)) as answer:
            assert answer.status == 401
    async with authorised(loopback_blog) as session, session.post(address, json=member(post)) as answer:
        assert answer.status == 201


async def test_a_blog_in_a_subdirectory() -> None:
    async with LoopbackBlog(prefix="/blog") as blog, aiohttp.ClientSession() as session:
        post = blog.publish("A post", "<p>Text.</p>")
        assert blog.rest.endswith("/blog/wp-json/")
        assert blog.permalink(post) == f"{blog.url}/a-post/"
        assert (await get(session, f"{blog.rest}wp/v2/posts/{post}"))[0] == 200
        for path, status in (("/wp-json/", 404), ("/", 404), ("/blog/", 200), ("/blog/feed/", 200)):
            async with session.get(blog.url.removesuffix("/blog") + path) as answer:
                assert answer.status == status, path


async def test_a_rest_root_of_another_name() -> None:
    async with LoopbackBlog(rest_prefix="api") as blog, aiohttp.ClientSession() as session:
        assert blog.rest == f"{blog.url}/api/"
        assert (await get(session, f"{blog.rest}wp/v2/posts"))[0] == 200
        async with session.head(blog.url) as home:
            assert f"<{blog.rest}>" in home.headers["Link"]
        async with session.get(f"{blog.url}/wp-json/wp/v2/posts") as usual:
            assert (usual.status, usual.content_type) == (404, "text/html")


async def test_a_redirect_turns_a_write_into_a_reading(loopback_blog: LoopbackBlog) -> None:
    post = loopback_blog.publish("A post", "<p>Text.</p>")
    loopback_blog.faults.next("POST", "/wp/v2/comments", "redirect")
    address = f"{loopback_blog.rest}wp/v2/comments"
    async with authorised(loopback_blog) as session, session.post(address, json=member(post)) as answer:
        assert (answer.status, await answer.json()) == (200, [])
    assert [call.method for call in loopback_blog.calls] == ["POST", "GET"]


async def test_posts_move_vanish_and_return(loopback_blog: LoopbackBlog) -> None:
    post, other = (loopback_blog.publish(title, "<p>Text.</p>") for title in ("A post", "Another"))
    comment = loopback_blog.comment(post, "along")
    loopback_blog.trash_post(post)
    assert loopback_blog.get_comment(comment).status == "post-trashed"
    loopback_blog.restore_post(post)
    assert loopback_blog.get_comment(comment).status == "approved"
    loopback_blog.edit_post(post, slug="elsewhere", date=datetime(2024, 1, 1, tzinfo=UTC), guid="tag:elsewhere")
    loopback_blog.delete_post(other)
    async with aiohttp.ClientSession() as session:
        async with session.get(f"{loopback_blog.url}/feed/") as answer:
            (entry,) = feedparser.parse(await answer.text())["entries"]
        async with session.get(f"{loopback_blog.url}/a-post/") as answer:
            assert str(answer.url) == loopback_blog.permalink(post)
    assert (entry["id"], entry["link"]) == ("tag:elsewhere", f"{loopback_blog.url}/elsewhere/")
    assert entry["published"].startswith("Mon, 01 Jan 2024")


async def test_a_scheduled_post_appears_with_the_hour_it_was_set_for() -> None:
    now = datetime(2024, 5, 6, 7, 8, 9, tzinfo=UTC)
    async with LoopbackBlog(clock=lambda: now, utc_offset=timedelta(hours=5, minutes=30)) as blog:
        headers = {"Authorization": aiohttp.encode_basic_auth(*blog.login("editor"))}
        body = {"title": "Later", "content": "x", "status": "publish", "date": "2024-05-06T14:00:00"}
        async with aiohttp.ClientSession(headers=headers) as session:
            async with session.post(f"{blog.rest}wp/v2/posts", json=body) as answer:
                made = await answer.json()
            assert (made["status"], made["date_gmt"]) == ("future", "2024-05-06T08:30:00")
            assert (await get(session, f"{blog.rest}wp/v2/posts"))[1] == []
            now += timedelta(hours=2)
            (shown,) = (await get(session, f"{blog.rest}wp/v2/posts"))[1]
    assert (shown["id"], shown["modified_gmt"]) == (made["id"], "2024-05-06T08:30:00")


async def test_a_picture_categories_and_an_avatar(loopback_blog: LoopbackBlog) -> None:
    post = loopback_blog.publish("A post", "<p>Text.</p>", categories=["Garden", "Tea & cake"], image=b"PNG bytes")
    loopback_blog.comment(post, "one", author_email="ada@example.test")
    async with aiohttp.ClientSession() as session:
        _, shown = await get(session, f"{loopback_blog.rest}wp/v2/posts/{post}", _embed="wp:featuredmedia,wp:term")
        embedded = shown["_embedded"]
        assert [term["name"] for term in embedded["wp:term"][0]] == ["Garden", "Tea & cake"]
        async with session.get(embedded["wp:featuredmedia"][0]["source_url"]) as answer:
            assert (answer.content_type, await answer.read()) == ("image/png", b"PNG bytes")
        _, comments = await get(session, f"{loopback_blog.rest}wp/v2/comments")
        async with session.get(comments[0]["author_avatar_urls"]["96"]) as answer:
            assert (answer.content_type, (await answer.text())[:4]) == ("image/svg+xml", "<svg")


async def test_a_tree_deeper_than_pythons_stack_still_has_a_page(loopback_blog: LoopbackBlog) -> None:
    post = loopback_blog.publish("A post", "<p>Text.</p>")
    parent = 0
    for number in range(1500):
        parent = loopback_blog.comment(post, f"number {number}", parent=parent)
    async with aiohttp.ClientSession() as session, session.get(loopback_blog.permalink(post)) as answer:
        page = await answer.text()
    assert page.count('<li id="comment-') == 1500
    assert page.count("<ol") == page.count("</ol>")
    assert page.count("<li ") == page.count("</li>")


async def test_a_body_that_is_no_json_is_refused(loopback_blog: LoopbackBlog) -> None:
    """WordPress: rest_invalid_json."""
    post = loopback_blog.publish("A post", "<p>Words.</p>")
    async with authorised(loopback_blog) as session:
        for body in (b"{", b"[" * 50_000, b'{"content":"\xff"}', b'{"post":NaN}'):
            headers = {"Content-Type": "application/json"}
            async with session.post(f"{loopback_blog.rest}wp/v2/comments", data=body, headers=headers) as answer:
                assert answer.status == 400, body[:20]
                assert (await answer.json())["code"] == "rest_invalid_json"
    assert loopback_blog.comments(post) == []
