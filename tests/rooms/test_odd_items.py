"""One odd item of a blog costs itself: the rest of its listing, of its feed and of the look goes on."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import pytest
from aiohttp import web

from bot.blog.web.feed import read_feed
from bot.blog.wordpress import items
from bot.core.domain import PostId
from bot.core.errors import NotUnderstood
from bot.ports import FeedState
from tests.rooms.test_blog_faults import COMMENTS, NOW, ONE, comment, ill
from tests.support.blog_server import POST, listing
from tests.support.engine_shorthand import scene

ODD: list[Any] = [
    "Not for you.",
    None,
    7,
    [],
    {},
    {"code": "rest_restricted", "message": "Not for you.", "data": {"status": 403}},
    {"id": None},
    {"id": "twelve"},
    {"id": [1]},
    {"id": {"raw": 1}},
]
LISTS: list[Any] = [None, 7, "x", [], {}, [None], {"rendered": None}, {"rendered": 7}, {"rendered": ["x"]}, True, -1]
HALF = "<rss version='2.0'><channel><title>x</title><item><title>a &#55357; b</title><link>https://b.example/1</link>"
HALF_FEED = f"{HALF}</item></channel></rss>"


def posts(*listed: Any) -> Any:
    """Every listing of posts holds these."""
    return lambda _: listing(list(listed))


@pytest.fixture(autouse=True)
def untold() -> None:
    items._told.clear()


@pytest.mark.parametrize("odd", ODD, ids=repr)
async def test_an_odd_post_is_left_out(odd: Any, caplog: pytest.LogCaptureFixture) -> None:
    async with ill({"/wp/v2/posts": posts(odd, POST)}) as (_, blog):
        for _ in range(3):
            recent = await blog.recent(FeedState())
            assert [post.id for post in recent.posts or ()] == [ONE]
        assert caplog.text.count("left out: post") <= 1, "told once"


@pytest.mark.parametrize("odd", LISTS, ids=repr)
@pytest.mark.parametrize("name", ["guid", "link", "title", "excerpt", "content", "date_gmt", "author", "categories"])
async def test_a_post_with_an_odd_field_keeps_no_other_away(name: str, odd: Any) -> None:
    other = {**POST, "id": 2, "guid": {"rendered": "https://b.example/?p=2"}, name: odd}
    async with ill({"/wp/v2/posts": posts(other, POST)}) as (_, blog):
        recent = await blog.recent(FeedState())
        assert ONE in [post.id for post in recent.posts or ()]


@pytest.mark.parametrize("odd", ODD, ids=repr)
async def test_an_odd_comment_is_left_out_and_the_listing_is_not_all(odd: Any) -> None:
    async with ill({COMMENTS: lambda _: listing([comment(1), odd, comment(3)])}) as (_, blog):
        tree = await blog.tree(ONE, now=NOW)
        assert [one.id for one in tree.comments] == ["1", "3"]
        assert not tree.complete


@pytest.mark.parametrize("odd", LISTS, ids=repr)
@pytest.mark.parametrize("name", ["post", "parent", "author_name", "author_url", "author_avatar_urls", "date_gmt"])
async def test_a_comment_with_an_odd_field_keeps_no_other_away(name: str, odd: Any) -> None:
    async with ill({COMMENTS: lambda _: listing([comment(1), comment(2, **{name: odd}), comment(3)])}) as (_, blog):
        assert {"1", "3"} <= {one.id for one in (await blog.tree(ONE, now=NOW)).comments}


async def test_a_list_of_what_is_no_object_is_no_list() -> None:
    async with ill({COMMENTS: lambda _: listing(["x", "y"])}) as (_, blog):
        with pytest.raises(NotUnderstood):
            await blog.tree(ONE, now=NOW)


# ------------------------------------------------------------------ feeds


@pytest.mark.parametrize(
    "body",
    [
        HALF_FEED,
        HALF_FEED.replace("55357", "99999999999"),
        HALF_FEED.replace("title>a", "author>a").replace("b</title", "b</author"),
        HALF_FEED.replace("https://b.example/1", "https://b.example/&#55357;"),
        HALF_FEED.replace("<link>", "<link>https://[::1").replace("https://b.example/1", ""),
    ],
)
async def test_what_the_feed_s_reader_stumbles_over_is_said_or_left_out(body: str) -> None:
    with suppress(NotUnderstood):
        await read_feed(body.encode(), url="https://b.example/feed/", content_type="application/rss+xml")


async def test_a_feed_that_cannot_be_read_for_once_is_no_reason_to_be_silent(caplog: pytest.LogCaptureFixture) -> None:
    async with ill() as (site, blog):
        before = await blog.recent(FeedState())
        assert before.state.newest_at is not None
        site.answer("/feed/", lambda _: broken())
        newer = {**POST, "id": 2, "guid": {"rendered": "https://b.example/?p=2"}, "date_gmt": "2030-01-01T00:00:00"}
        site.answer("/wp/v2/posts", posts(newer, POST))
        for _ in range(3):
            recent = await blog.recent(before.state)
            assert PostId("2") in [post.id for post in recent.posts or ()]
        assert caplog.text.count("instead of the feed") == 1


def broken() -> web.Response:
    return web.Response(text="We are back soon.", content_type="application/rss+xml")


# ------------------------------------------------------------------ the look


async def test_a_mistake_that_the_posts_lead_to_ends_no_look(monkeypatch: pytest.MonkeyPatch) -> None:
    async with scene() as s:
        root = s.comment("<p>root</p>")
        await s.quiet()

        async def recent(_: FeedState) -> Any:
            raise UnicodeEncodeError("utf-8", "\ud83d", 0, 1, "surrogates not allowed")

        monkeypatch.setattr(s.blog, "recent", recent)
        answer = s.comment("<p>an answer</p>", root)
        record = await s.world.engine.poll()
        assert "UnicodeEncodeError" in record.error
        await s.world.work()
        assert s.parts(answer)
