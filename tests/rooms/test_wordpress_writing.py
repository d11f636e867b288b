"""What is WordPress's alone when it is written to: its texture, names, searches, flood and maintenance.

Does not repeat what every blog promises; see tests/contract/test_blog_contract.py.
"""

from __future__ import annotations

import contextlib
import time
import uuid
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import pytest

from bot.blog.wordpress.blog import WordPressBlog
from bot.core.domain import CommentId, Millis, PostId
from bot.core.errors import Unreachable, Vanished
from bot.ports import Draft
from bot.sandbox.wordpress import LoopbackBlog
from tests.support.signer import ANN, SIGNER, key
from tests.support.wordpress import Loopback, WordPress

NOW = Millis(1)


@pytest.fixture(params=["bridge", "editor"])
async def blog(any_wordpress: WordPress, request: pytest.FixtureRequest) -> AsyncIterator[WordPressBlog]:
    username, password = any_wordpress.login(request.param)
    blog = await WordPressBlog.open(any_wordpress.url, username=username, password=password, signer=SIGNER)
    yield blog
    await blog.aclose()


@pytest.fixture
async def post(any_wordpress: WordPress) -> PostId:
    return PostId(str((await any_wordpress.post(f"Post {uuid.uuid4().hex}", "<p>Text</p>"))["id"]))


def draft(post: PostId, html: str = "", **fields: Any) -> Draft:
    base = Draft(post, None, "Ann", ANN, key(), html or f"Said {uuid.uuid4().hex}", True)
    return replace(base, **fields)


@pytest.mark.parametrize(
    "html",
    [
        "plain",
        "\"quotes\" -- dashes... 'single' 3x4 (tm) :)",
        "line\nline\n\nparagraph",
        '<blockquote>a\nb\n\nc</blockquote> <em>e</em> <strong>s</strong> <code>x = "1"</code>',
        '<a href="https://e.example/?a=1&amp;b=2">link</a>',
        "https://bare.example/",
        "me@mail.example",
        "&lt;script&gt; &amp;amp; <pre><code>a\n\nb</code></pre>",
        "unclosed <em>tag and < 5 > and <:pepe:1> 😀 ümlaut",
    ],
)
async def test_the_digest_is_that_of_what_the_blog_shows(blog: WordPressBlog, post: PostId, html: str) -> None:
    one = draft(post, html, author="Ann & <Co> \"x\" 'y'")
    written = await blog.write(one)
    (shown,) = (await blog.tree(post, now=NOW)).comments
    assert shown.digest == written.digest
    rewritten = await blog.rewrite(written.comment_id, f"New {html}", key=one.key)
    (again,) = (await blog.tree(post, now=NOW)).comments
    assert again.digest == rewritten.digest != written.digest


@pytest.mark.parametrize(
    "name", ["Ann & Co", "<3 Ann", "R&D; &lt;b&gt;", "<b>Bob</b>", 'O\'Brien "Q"', "日本 😀", "a\\b"]
)
async def test_names_come_back_as_they_are(blog: WordPressBlog, post: PostId, name: str) -> None:
    await blog.write(draft(post, author=name))
    (shown,) = (await blog.tree(post, now=NOW)).comments
    assert shown.author == name


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


async def test_what_is_no_number_is_no_comment_of_wordpress(blog: WordPressBlog) -> None:
    with pytest.raises(Vanished):
        await blog.withdraw(CommentId("leaf"), key=key())


async def test_an_account_that_moderates_nothing(any_wordpress: WordPress, post: PostId) -> None:
    username, password = any_wordpress.login("author")
    blog = await WordPressBlog.open(any_wordpress.url, username=username, password=password, signer=SIGNER)
    try:
        # The first may be a flood already, for WordPress looks at the address too and other tests write from here.
        email = SIGNER.address(uuid.uuid4().int)
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
    blog = await WordPressBlog.open(wordpress.url, username=username, password=password, signer=SIGNER)
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


@pytest.mark.parametrize("cleared", [True, False])
async def test_what_is_said_of_a_blog_that_clears_links(loopback_blog: LoopbackBlog, cleared: bool) -> None:
    where = Loopback(loopback_blog)
    username, password = where.login("bridge")
    post = PostId(str((await where.post("Post", "<p>Text</p>"))["id"]))
    blog = await WordPressBlog.open(where.url, username=username, password=password, signer=SIGNER)
    try:
        assert not [one for one in await blog.examine() if "clears the links" in one.subject], "nothing is known"
        written = await blog.write(draft(post))
        if cleared:
            await where.edit_comment(int(written.comment_id), author_url="")
    finally:
        await blog.aclose()
    fresh = await WordPressBlog.open(where.url, username=username, password=password, signer=SIGNER)
    try:
        assert len([one for one in await fresh.examine() if "clears the links" in one.subject]) == cleared
    finally:
        await fresh.aclose()
