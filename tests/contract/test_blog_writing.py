"""Writing through the Blog port, to the loopback blog and to a real WordPress, with the least account that may."""

from __future__ import annotations

import contextlib
import itertools
import time
import uuid
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import pytest

from bot.blog.wordpress.blog import WordPressBlog
from bot.core.domain import CommentId, Millis, PostId, Standing
from bot.core.errors import NotAllowed, PlaceVanished, Refused, Unreachable, Vanished
from bot.ports import Draft
from tests.support.wordpress import WordPress

NOW = Millis(1)
_snowflakes = itertools.count(1_300_000_000_000_000_000)


def key() -> str:
    return f"https://discord.com/channels/1/2/{next(_snowflakes)}"


@pytest.fixture(params=["bridge", "editor"])
async def blog(any_wordpress: WordPress, request: pytest.FixtureRequest) -> AsyncIterator[WordPressBlog]:
    username, password = any_wordpress.login(request.param)
    blog = await WordPressBlog.open(any_wordpress.url, username=username, password=password)
    yield blog
    await blog.aclose()


@pytest.fixture
async def post(any_wordpress: WordPress) -> PostId:
    return PostId(str((await any_wordpress.post(f"Post {uuid.uuid4().hex}", "<p>Text</p>"))["id"]))


def draft(post: PostId, html: str = "", **fields: Any) -> Draft:
    base = Draft(post, None, "Ann", "42@discord.invalid", key(), html or f"Said {uuid.uuid4().hex}", True)
    return replace(base, **fields)


async def test_a_comment_nested_under_another(blog: WordPressBlog, post: PostId) -> None:
    root = await blog.write(draft(post))
    reply = await blog.write(draft(post, parent_id=root.comment_id, author="Zoë 😀"))
    comments = {c.id: c for c in (await blog.tree(post, now=NOW)).comments}
    assert comments[reply.comment_id].parent_id == root.comment_id
    assert comments[reply.comment_id].author == "Zoë 😀"
    assert not root.held


@pytest.mark.parametrize(
    "html",
    [
        "plain",
        "\"quotes\" -- dashes... 'single' 3x4 (tm) :)",
        "line\nline\n\nparagraph",
        '<blockquote>a\nb\n\nc</blockquote> <em>e</em> <strong>s</strong> <code>x = "1"</code>',
        '<a href="https://e.example/?a=1&amp;b=2">link</a> and https://bare.example/ and me@mail.example',
        "&lt;script&gt; &amp;amp; <pre><code>a\n\nb</code></pre>",
        "unclosed <em>tag and < 5 > and <:pepe:1> 😀 ümlaut",
    ],
)
async def test_the_digest_is_that_of_what_the_blog_shows(blog: WordPressBlog, post: PostId, html: str) -> None:
    written = await blog.write(draft(post, html, author="Ann & <Co> \"x\" 'y'"))
    (shown,) = (await blog.tree(post, now=NOW)).comments
    assert shown.digest == written.digest
    rewritten = await blog.rewrite(written.comment_id, f"New {html}")
    (again,) = (await blog.tree(post, now=NOW)).comments
    assert again.digest == rewritten.digest != written.digest


@pytest.mark.parametrize(
    "name", ["Ann & Co", "<3 Ann", "R&D; &lt;b&gt;", "<b>Bob</b>", 'O\'Brien "Q"', "日本 😀", "a\\b"]
)
async def test_names_come_back_as_they_are(blog: WordPressBlog, post: PostId, name: str) -> None:
    await blog.write(draft(post, author=name))
    (shown,) = (await blog.tree(post, now=NOW)).comments
    assert shown.author == name


async def test_the_probe_compares_exactly(blog: WordPressBlog, post: PostId) -> None:
    one = draft(post)
    written = await blog.write(one)
    await blog.write(draft(post, f'see <a href="{one.key}">this</a>'))
    longer = await blog.write(draft(post, key=one.key + "5"))
    assert await blog.find(post, one.key) == written
    assert await blog.find(post, one.key + "5") == longer
    assert await blog.find(post, one.key[:-1]) is None
    assert await blog.find(post, key()) is None


@pytest.mark.parametrize("status", ["hold", "trash", "spam"])
async def test_the_probe_finds_what_is_not_shown(
    any_wordpress: WordPress, blog: WordPressBlog, post: PostId, status: str
) -> None:
    one = draft(post)
    written = await blog.write(one)
    await any_wordpress.set_status(int(written.comment_id), status)
    for _ in range(3):
        await any_wordpress.comment(int(post), uuid.uuid4().hex, status="hold")
    found = await blog.find(post, one.key)
    assert found == replace(written, held=status in ("hold", "spam"))
    assert (await any_wordpress.get_comment(int(written.comment_id)))["status"] == status


@pytest.mark.parametrize("status", ["hold", "trash"])
async def test_the_probe_is_not_misled_by_comments_that_quote_the_key(
    any_wordpress: WordPress, blog: WordPressBlog, post: PostId, status: str
) -> None:
    one = draft(post)
    quote = await any_wordpress.comment(int(post), f"quoting {one.key} {uuid.uuid4().hex}", author_ip="198.51.100.7")
    hidden = await any_wordpress.comment(int(post), f"held, quoting {one.key}", status="hold")
    assert await blog.find(post, one.key) is None
    written = await blog.write(one)
    await any_wordpress.set_status(int(written.comment_id), status)
    assert await blog.find(post, one.key) == replace(written, held=status == "hold")
    assert (await any_wordpress.get_comment(int(quote["id"])))["author_ip"] == "198.51.100.7"
    assert (await any_wordpress.get_comment(int(hidden["id"])))["content"]["raw"] == f"held, quoting {one.key}"


async def test_the_same_words_twice_are_two_comments_to_a_reader(blog: WordPressBlog, post: PostId) -> None:
    first, second = draft(post, "+1"), draft(post, "+1")
    assert await blog.write(first) == await blog.write(first)
    third = await blog.write(second)
    shown = (await blog.tree(post, now=NOW)).comments
    assert [c.relay_of for c in shown] == [first.key, second.key]
    assert [c.html.replace("\u200b", "") for c in shown] == ["<p>+1</p>\n"] * 2
    assert shown[1].id == third.comment_id


async def test_the_blogs_rules_may_decide(blog: WordPressBlog, post: PostId) -> None:
    held = await blog.write(draft(post, approve=False, email=f"{uuid.uuid4().hex}@discord.invalid"))
    assert held.held
    assert (await blog.tree(post, now=NOW)).comments == ()


async def test_a_held_comment_approved_shows_the_digest_it_was_written_with(
    any_wordpress: WordPress, blog: WordPressBlog, post: PostId
) -> None:
    held = await blog.write(draft(post, '"Hi"', approve=False, email=f"{uuid.uuid4().hex}@discord.invalid"))
    await any_wordpress.set_status(int(held.comment_id), "approved")
    (shown,) = (await blog.tree(post, now=NOW)).comments
    assert shown.digest == held.digest


async def test_closed_comments(any_wordpress: WordPress, blog: WordPressBlog, post: PostId) -> None:
    written = await blog.write(draft(post))
    await any_wordpress.edit_post(int(post), comment_status="closed")
    with pytest.raises(Refused, match="closed") as raised:
        await blog.write(draft(post))
    assert raised.value.code == "rest_comment_closed"
    await blog.rewrite(written.comment_id, "edits go on")


@pytest.mark.parametrize("how", ["trash", "delete"])
async def test_a_post_that_is_gone(any_wordpress: WordPress, blog: WordPressBlog, post: PostId, how: str) -> None:
    await any_wordpress.request("DELETE", f"wp/v2/posts/{post}", params={"force": "true"} if how == "delete" else {})
    with pytest.raises(PlaceVanished):
        await blog.write(draft(post))


async def test_what_the_blog_will_not_take(blog: WordPressBlog, post: PostId) -> None:
    with pytest.raises(Refused, match="no text"):
        await blog.write(draft(post, " \n "))
    with pytest.raises(Refused, match="longer"):
        await blog.write(draft(post, "é" * 40_000))
    with pytest.raises(Refused, match="longer"):
        await blog.write(draft(post, "x" * 2_000_000))
    with pytest.raises(Refused, match="name"):
        await blog.write(draft(post, author="x" * 300))
    assert (await blog.tree(post, now=NOW)).comments == ()


async def test_disallowed_words(any_wordpress: WordPress, blog: WordPressBlog, post: PostId) -> None:
    word = f"bad{uuid.uuid4().hex}"
    former = await any_wordpress.option("disallowed_keys", word)
    try:
        with pytest.raises(Refused, match="threw"):
            await blog.write(draft(post, f"so {word}", approve=False))
    finally:
        await any_wordpress.option("disallowed_keys", former)


async def test_withdrawing_and_what_is_left(any_wordpress: WordPress, blog: WordPressBlog, post: PostId) -> None:
    root = await blog.write(draft(post))
    leaf = await blog.write(draft(post, parent_id=root.comment_id))
    assert await blog.children(post, root.comment_id) == 1
    await blog.withdraw(leaf.comment_id)
    await blog.withdraw(leaf.comment_id)
    assert await blog.children(post, root.comment_id) == 0
    assert (await blog.standing(leaf.comment_id))[0] is Standing.GONE
    with pytest.raises(Vanished):
        await blog.rewrite(leaf.comment_id, "too late")
    await any_wordpress.delete(int(leaf.comment_id))
    await blog.withdraw(leaf.comment_id)
    with pytest.raises(Vanished):
        await blog.rewrite(leaf.comment_id, "too late")
    with pytest.raises(Vanished):
        await blog.withdraw(CommentId("leaf"))


async def test_a_wrong_password_is_not_allowed(any_wordpress: WordPress, post: PostId) -> None:
    blog = await WordPressBlog.open(any_wordpress.url, username="bridge", password="wrong")
    try:
        assert not blog.can_write
        with pytest.raises(NotAllowed, match="application password"):
            await blog.write(draft(post))
        assert (await blog.tree(post, now=NOW)).comments == ()
        assert await blog.find(post, key()) is None
    finally:
        await blog.aclose()


async def test_an_account_that_moderates_nothing(any_wordpress: WordPress, post: PostId) -> None:
    username, password = any_wordpress.login("author")
    blog = await WordPressBlog.open(any_wordpress.url, username=username, password=password)
    try:
        # The first may be a flood already, for WordPress looks at the address too and other tests write from here.
        email = f"{uuid.uuid4().hex}@discord.invalid"
        with contextlib.suppress(Unreachable):
            assert (await blog.write(draft(post, email=email))).held
        with pytest.raises(Unreachable) as raised:
            await blog.write(draft(post, email=email))
        assert raised.value.retry_after == 15
    finally:
        await blog.aclose()


async def test_maintenance(wordpress: WordPress) -> None:
    post = PostId(str((await wordpress.post(f"Post {uuid.uuid4().hex}", "<p>Text</p>"))["id"]))
    username, password = wordpress.login("bridge")
    blog = await WordPressBlog.open(wordpress.url, username=username, password=password)
    flag = wordpress.site / ".maintenance"
    flag.write_text(f"<?php $upgrading = {int(time.time())};")
    try:
        with pytest.raises(Unreachable) as read:
            await blog.tree(post, now=NOW)
        with pytest.raises(Unreachable) as written:
            await blog.write(draft(post))
    finally:
        flag.unlink()
        await blog.aclose()
    assert (read.value.retry_after, written.value.retry_after) == (600, 600)


async def test_scripts_of_a_member_do_not_reach_the_page_through_the_least_account(
    any_wordpress: WordPress, post: PostId
) -> None:
    username, password = any_wordpress.login("bridge")
    blog = await WordPressBlog.open(any_wordpress.url, username=username, password=password)
    try:
        await blog.write(draft(post, "a <script>alert(1)</script><img src=x onerror=alert(1)> b"))
        (shown,) = (await blog.tree(post, now=NOW)).comments
    finally:
        await blog.aclose()
    assert "<script" not in shown.html
    assert "<img" not in shown.html
