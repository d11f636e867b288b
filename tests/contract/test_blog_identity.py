"""Who the blog is, asked of the loopback blog, of a real WordPress and of the blog in memory."""

from __future__ import annotations

import uuid

import pytest
from aiohttp import web
from multidict import CIMultiDict

from bot.blog.wordpress.blog import WordPressBlog
from bot.core.domain import PostId
from bot.core.errors import NotUnderstood, Unreachable
from bot.core.identity import Identity, Known, Likeness, compare, same_home
from tests.support.blog_server import ROOT, serving
from tests.support.clock_and_faults import Clock, Faults
from tests.support.fake_blog import BASE, FakeBlog
from tests.support.wordpress import WordPress

ZERO = "1970-01-01T00:00:00"


async def asked(url: str) -> Identity:
    blog = await WordPressBlog.open(url)
    try:
        return await blog.identity()
    finally:
        await blog.aclose()


async def test_home_title_and_newest_posts(any_wordpress: WordPress) -> None:
    title = uuid.uuid4().hex
    old = await any_wordpress.post(title, "x", date_gmt="2001-02-03T04:05:06")
    hidden = await any_wordpress.post(title, "x", status="draft")
    new = [await any_wordpress.post(f"{title} {number}", "x") for number in range(2)]
    who = await asked(any_wordpress.url)
    assert who.home == any_wordpress.url
    assert who.title == (await any_wordpress.request("GET", "", params={"_fields": "name"}))["name"] != ""
    assert who.url.rstrip("/") == any_wordpress.url
    assert 0 < len(who.newest) <= 20
    assert [at for _, at in who.newest] == sorted((at for _, at in who.newest), reverse=True)
    numbers = [post for post, _ in who.newest]
    assert [numbers.index(PostId(str(post["id"]))) for post in reversed(new)] == [0, 1]
    assert PostId(str(hidden["id"])) not in numbers
    dates = dict(who.newest)
    if PostId(str(old["id"])) in dates:
        assert dates[PostId(str(old["id"]))] == 981_173_106_000


async def test_it_is_asked_afresh_and_found_from_a_posts_address(any_wordpress: WordPress) -> None:
    post = await any_wordpress.post(uuid.uuid4().hex, "x")
    blog = await WordPressBlog.open(post["link"])
    try:
        before = await blog.identity()
        later = await any_wordpress.post(uuid.uuid4().hex, "x")
        after = await blog.identity()
    finally:
        await blog.aclose()
    assert before.home == after.home == any_wordpress.url
    assert not same_home(before.url, before.home)
    assert after.newest[0][0] == PostId(str(later["id"]))
    assert compare(Known(before.home, dict(before.newest)), after).likeness is Likeness.SAME


async def test_the_blog_in_memory() -> None:
    fake = FakeBlog(Clock(), Faults(Clock()))
    for number in range(25):
        fake.add_post(f"Post {number}").published_at += number
    who = await fake.identity()
    assert (who.home, len(who.newest)) == (BASE, 20)
    assert [post for post, _ in who.newest] == [PostId(str(number)) for number in range(125, 105, -1)]
    fake.down = True
    with pytest.raises(Unreachable):
        await fake.identity()


@pytest.mark.parametrize(
    ("named", "home"),
    [
        ("HTTPS://Blog.Example:443/", "https://blog.example"),
        ("https://blog.example/sub/?utm=1#top", "https://blog.example/sub"),
        (None, None),
        (7, None),
        ("javascript:alert(1)", None),
        ("https://", None),
    ],
)
async def test_a_home_is_told_in_one_spelling(named: object, home: str | None) -> None:
    root = {"namespaces": ["wp/v2"], "name": "Ann &amp; <b>Bob</b>", "home": named}
    async with serving(**{ROOT: root}) as site:
        who = await asked(site.url)
        assert who.home == (home or site.url)
    assert who.title == "Ann & Bob"


async def test_a_blog_in_maintenance_and_one_of_nonsense() -> None:
    async with serving() as site:
        site.answer("/wp/v2/posts", lambda _: web.Response(status=503, headers=CIMultiDict({"Retry-After": "60"})))
        with pytest.raises(Unreachable):
            await asked(site.url)
        site.answer("/wp/v2/posts", [{"id": "one", "date_gmt": ZERO}])
        with pytest.raises(NotUnderstood):
            await asked(site.url)
        site.answer("/wp/v2/posts", [{"id": 7, "date_gmt": None}, {"id": 9, "date_gmt": ZERO}])
        assert [post for post, _ in (await asked(site.url)).newest] == [PostId("9"), PostId("7")]
