"""What a blog or a feed answers freezes nothing and bloats nothing: what a look costs is bounded."""

from __future__ import annotations

import asyncio
import json
import os
import sys
import threading
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.blog.web.feed import Feed, read_feed
from bot.blog.web.feed_worker import ENTRIES
from bot.blog.wordpress import items, posts
from bot.blog.wordpress.blog import WordPressBlog
from bot.blog.wordpress.discovery import CANDIDATES
from bot.blog.wordpress.rest import ITEMS, VALUES
from bot.core.domain import CommentId, Millis, PostId
from bot.core.errors import CommonthreadError, NotUnderstood, Unreachable
from bot.ports import FeedState
from tests.support.blog_server import Site, listing, serving
from tests.support.hostile_answers import (
    ANSWERS,
    COMMENTS,
    ENTITY,
    ORDINARY_FEED,
    POSTS,
    a_comment,
    a_post,
    everywhere,
    feed,
    in_post,
    in_title,
    page,
    raw,
    rss,
)

CPU_SECONDS = 20.0
"""Of a whole look, on a machine that is ten times slower than ours."""
MOST_BUSY = 1000.0
"""Milliseconds of processor time between two turns of the loop; here it is a tenth of it."""
MOST_GROWN = 100.0
"""MiB."""
ORDINARY = feed(ORDINARY_FEED.encode())
ONE, NOW = PostId("1"), Millis(1)


async def looked(answer: str) -> tuple[dict[str, Any], int]:
    """What one look at the blog costs and finds, in a process of its own; and how many requests it took."""
    async with serving() as site:
        site.routes |= in_post("<p>x</p>") | {
            "/feed/": lambda _: web.Response(text=ORDINARY_FEED, content_type="application/rss+xml")
        }
        site.routes |= ANSWERS[answer]()
        look = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "tests.support.look_once", site.url),
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        try:
            out, err = await asyncio.wait_for(look.communicate(), 120)
        finally:
            if look.returncode is None:
                look.kill()
        assert look.returncode == 0, err.decode()[-3000:]
        said: dict[str, Any] = json.loads(out)
        return said, len(site.asked)


@pytest.mark.parametrize("answer", ANSWERS)
async def test_one_look_ends_soon_and_grows_little(answer: str) -> None:
    cost, requests = await looked(answer)
    print(f"\n| {answer} | {cost['cpu']:.2f} s | {cost['busy']:.0f} ms | {cost['gap']:.0f} ms ", end="")
    print(f"| {cost['grown']:.0f} MiB | {requests} | {cost['found']} {' '.join(cost['errors'])} |")
    assert cost["cpu"] < CPU_SECONDS
    assert cost["busy"] < MOST_BUSY
    assert cost["grown"] < MOST_GROWN
    assert requests < 600
    if answer.startswith("honest"):
        assert cost["found"] == {"posts": 1, "comments": cost["found"]["comments"], "complete": True}


# ------------------------------------------------------------------ caps


@asynccontextmanager
async def opened(**routes: Any) -> AsyncIterator[tuple[Site, WordPressBlog]]:
    async with serving() as site:
        site.routes |= in_post("<p>x</p>") | ORDINARY | routes
        blog = await WordPressBlog.open(site.url)
        try:
            yield site, blog
        finally:
            await blog.aclose()


@pytest.mark.parametrize("link", ['rel="https://api.w.org/"', 'rel="alternate" type="application/rss+xml"'])
async def test_of_a_page_s_candidates_twenty_are_asked(link: str, caplog: pytest.LogCaptureFixture) -> None:
    head = "".join(f'<link {link} href="/none/{n}">' for n in range(3000))
    async with opened(**page(head)) as (site, _):
        asked = {path for _, path, _ in site.asked if path.startswith("/none/")}
    assert asked == {f"/none/{n}" for n in range(CANDIDATES)}
    assert "left out: 2980 of the addresses" in caplog.text


async def test_of_a_page_of_a_listing_no_more_is_read_than_five_times_what_was_asked_for() -> None:
    many = [a_comment(n) for n in range(1, 601)]
    async with opened(**{COMMENTS: lambda _: listing(many, total=ITEMS)}) as (_, blog):
        tree = await blog.tree(ONE, now=NOW)
    assert len(tree.comments) == ITEMS
    assert not tree.complete, "what was cut is not all, whatever the blog counts"


async def test_a_listing_ends_at_so_many_bytes_and_is_not_all(caplog: pytest.LogCaptureFixture) -> None:
    def answer(request: web.Request) -> web.Response:
        first = int(request.query["page"]) * 100
        return listing([a_comment(first + n, "x" * 20_000) for n in range(100)], total=99_999, pages=1000)

    async with opened(**{COMMENTS: answer}) as (_, blog):
        tree = await blog.tree(ONE, now=NOW)
    assert 800 <= len(tree.comments) <= 900
    assert not tree.complete
    assert caplog.text.count("left out: what") == 1


@pytest.mark.parametrize("odd", [True, 0, -1, 1 << 63, 10**300, 1.0, "1"], ids=repr)
async def test_what_no_database_counts_is_no_number(odd: object) -> None:
    other = a_post(id=odd, guid={"rendered": "https://b.example/?p=7"})
    listed = {COMMENTS: [a_comment(1), a_comment(2, id=odd), a_comment(3, parent=odd)]}
    async with opened(**{POSTS: lambda _: listing([other, a_post()])}, **listed) as (_, blog):
        assert [post.id for post in (await blog.recent(FeedState())).posts or ()] == [ONE]
        tree = await blog.tree(ONE, now=NOW)
        assert [(one.id, one.parent_id) for one in tree.comments] == [("1", None), ("3", None)]
        assert (await blog.identity()).newest[0][0] == ONE


async def test_a_number_of_thousands_of_digits_costs_its_own_item_alone() -> None:
    body = json.dumps([a_comment(1), a_comment(77)]).replace("77", "7" * 5000).encode()
    async with opened(**{COMMENTS: raw(body)}) as (_, blog):
        assert [one.id for one in (await blog.tree(ONE, now=NOW)).comments] == ["1"]


async def test_an_entity_of_thousands_of_digits_is_one_odd_character() -> None:
    odd = f"A {ENTITY} title"
    async with opened(**in_title(odd)) as (_, blog):
        assert [post.title for post in (await blog.recent(FeedState())).posts or ()] == ["A \ufffd title"]


async def test_a_post_keeps_what_is_honest_and_tells_what_it_leaves_out(caplog: pytest.LogCaptureFixture) -> None:
    items._told.clear()
    text = "<p>It was so.</p>\n" * 11_000
    long = a_post(text, title={"rendered": "t" * 5000}, categories=list(range(1, 90)))
    async with opened(**{POSTS: lambda _: listing([long])}) as (_, blog):
        (post,) = (await blog.recent(FeedState())).posts or ()
    assert post.html == text
    assert len(post.title) == posts.TITLE
    for what in ("the title of post 1", "the categories of post 1"):
        assert f"left out: what {what} has beyond" in caplog.text


async def test_an_answer_of_too_many_values_is_asked_for_in_smaller_pieces() -> None:
    fat = [0] * (VALUES // 50)

    def answer(request: web.Request) -> web.Response:
        size, at = int(request.query["per_page"]), int(request.query["page"]) - 1
        return listing(
            [a_comment(n + 1, meta=fat) for n in range(100)][at * size :][:size], total=100, pages=-(-100 // size)
        )

    async with opened(**{COMMENTS: answer}) as (_, blog):
        tree = await blog.tree(ONE, now=NOW)
    assert (len(tree.comments), tree.complete) == (100, True)


# ------------------------------------------------------------------ feeds


async def read(body: bytes, kind: str = "application/rss+xml") -> Feed:
    return await read_feed(body, url="https://b.example/feed/", content_type=kind)


async def test_the_same_bytes_are_read_once(monkeypatch: pytest.MonkeyPatch) -> None:
    body = rss(f"<item><link>https://b.example/{time.time_ns()}</link></item>")
    first = await read(body)
    monkeypatch.setattr(sys, "executable", "/nowhere/python")  # no process can be had any more
    assert await read(body) == first
    with pytest.raises(Unreachable, match="No process"):
        await read(body + b" ")


async def test_a_feed_that_takes_too_long_is_ended_and_leaves_no_process_and_no_thread_behind() -> None:
    tangled = rss(f"<item><author>{'a.' * 60_000}{time.time_ns()}</author></item>")
    reading = asyncio.create_task(read(tangled))
    await asyncio.to_thread(wait_for_a_child)
    reading.cancel()
    with pytest.raises(asyncio.CancelledError):
        await reading
    assert not children()
    for _ in range(500):  # the one that waits for the process's end ends a moment after it
        if not any(thread.name.startswith("waitpid") for thread in threading.enumerate()):
            return
        await asyncio.sleep(0.01)
    pytest.fail("a thread is left behind")


def wait_for_a_child() -> None:
    while not children():
        time.sleep(0.01)


def children() -> list[str]:
    """Processes that read feeds for this one."""
    return [
        one.name
        for one in Path("/proc").iterdir()
        if one.name.isdigit()
        and (status := words(one / "stat"))
        and status[1] == str(os.getpid())
        and any("feed_worker" in word for word in words(one / "cmdline"))
    ]


def words(stat: Path) -> list[str]:
    try:
        return stat.read_text().rpartition(")")[2].split()
    except OSError:
        return []


async def test_more_entries_than_anybody_reads_are_left_out_and_told_of(caplog: pytest.LogCaptureFixture) -> None:
    long = await read(rss("".join(f"<item><guid>{n}</guid></item>" for n in range(260))))
    assert len(long.entries) == ENTRIES
    assert "left out: 60 entries of the feed https://b.example/feed/" in caplog.text


async def test_an_encoding_in_which_tags_can_hide_is_not_used() -> None:
    hidden = b"<?xml version='1.0' encoding='utf-7'?><!-- +AC0ALQA+-<!DOCTYPE rss [<!ENTITY a 'b'>]> -->" + rss("")
    assert (await read(hidden, "application/xml; charset=utf-7")).entries == ()
    with pytest.raises(NotUnderstood, match="document type"):
        await read(hidden.replace(b"+AC0ALQA+-", b"-->"))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "iso-8859-1", "windows-1252", "iso-8859-15"])
async def test_ordinary_encodings_are_read(encoding: str) -> None:
    text = (
        f"<?xml version='1.0' encoding='{encoding}'?><rss version='2.0'><channel><title>Zo\xeb</title></channel></rss>"
    )
    assert (await read(text.encode(encoding), "text/xml")).title == "Zo\xeb"


# ------------------------------------------------------------------ any shape

SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=9)
SHAPES = st.recursive(
    SCALARS, lambda deeper: st.lists(deeper, max_size=3) | st.dictionaries(st.text(max_size=5), deeper, max_size=3)
)
NAMES = st.sampled_from([*a_post(), *a_comment(1), "namespaces", "home", "name", "code", "data", "author", "rendered"])
ITEM = SHAPES | st.dictionaries(NAMES, SHAPES | st.integers(1, 3) | st.just("publish"), max_size=9)
BODIES = ITEM | st.lists(ITEM | st.just(a_post()) | st.just(a_comment(1)), max_size=4)


@given(body=BODIES, status=st.sampled_from([200, 200, 200, 201, 400, 404, 500]))
@settings(max_examples=60, deadline=None)
def test_whatever_a_blog_answers_the_error_is_ours(body: object, status: int) -> None:
    asyncio.run(_asked_all(json.dumps(body).encode(), status))


async def _asked_all(body: bytes, status: int) -> None:
    async with opened() as (site, blog):
        site.routes |= dict.fromkeys(everywhere(b""), lambda _: web.Response(body=body, status=status))
        for question in (
            lambda: blog.identity(),
            lambda: blog.recent(FeedState()),
            lambda: blog.post(ONE),
            lambda: blog.tree(ONE, now=NOW),
            lambda: blog.sighting(CommentId("1")),
            lambda: blog.find(ONE, "https://discord.com/channels/1/2/3"),
            lambda: blog.children(ONE, CommentId("1")),
            lambda: blog.relays(ONE, "https://discord.com/channels/1/"),
            lambda: blog.posts_at([f"{site.url}/?p=1", f"{site.url}/one/"]),
            lambda: blog.count_comments(ONE),
        ):
            with suppress(CommonthreadError):
                await question()
