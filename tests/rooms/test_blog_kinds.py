"""Each kind of blog has one name and one door; an address is tried with each kind until one knows it."""

from __future__ import annotations

from dataclasses import replace

import pytest
from aiohttp import web

from bot.blog.kinds import KINDS, Kind, ask, kind, visit
from bot.core.accounts import Account
from bot.core.errors import NotAllowed, NotUnderstood, Unreachable
from bot.core.identity import Identity
from bot.ports.prospects import Found
from bot.sandbox.wordpress import LoopbackBlog
from tests.support.blog_server import serving
from tests.support.wordpress import Loopback

NOTE = Identity("https://notes.example", "Notes", (), "https://notes.example")


def admit(_: str, __: int | None) -> bool:
    return True


def web_page(_: web.Request) -> web.Response:
    return web.Response(text="<html>Notes.</html>", content_type="text/html")


async def look(url: str, account: Account | None, *, posts: int, admit: object = None) -> Found:
    return Found("whatever it calls itself", NOTE, (), "")


NOTES: Kind = replace(KINDS[0], name="Notes", visit=look)


def test_each_kind_is_found_by_the_name_that_the_database_keeps() -> None:
    names = [one.name.lower() for one in KINDS]
    assert len(set(names)) == len(names)
    assert [kind(name) for name in names] == list(KINDS)
    assert kind("wordpress").name == "WordPress"
    with pytest.raises(NotUnderstood, match="no kind of blog that is called gopher"):
        kind("gopher")


async def test_what_is_no_blog_of_one_kind_is_tried_as_the_next() -> None:
    bare = {"/": web_page, "/feed/": web_page}
    async with serving(**bare) as site:
        with pytest.raises(NotUnderstood) as alone:
            await visit(site.url, None, posts=1, admit=admit)
        found = await visit(site.url, None, posts=1, admit=admit, kinds=(*KINDS, NOTES))
        with pytest.raises(NotUnderstood) as nobodys:
            await visit(site.url, None, posts=1, admit=admit, kinds=(KINDS[0], KINDS[0]))
    assert (found.kind, found.identity) == ("Notes", NOTE)
    assert nobodys.value.reason == alone.value.reason


async def test_trouble_that_may_pass_makes_nothing_of_another_kind() -> None:
    with pytest.raises(Unreachable):
        await visit("http://127.0.0.1:9", None, posts=1, admit=admit, kinds=(*KINDS, NOTES))


async def test_a_wordpress_is_known_by_its_door(loopback_blog: LoopbackBlog) -> None:
    blog = Loopback(loopback_blog)
    loopback_blog.publish("An essay", "<p>Words.</p>")
    found = await visit(blog.url, None, posts=1, admit=admit, kinds=(*KINDS, NOTES))
    assert (found.kind, [post.title for post in found.posts]) == ("WordPress", ["An essay"])
    assert (await ask(blog.url, trusted=True)).home == found.identity.home
    with pytest.raises(NotAllowed):
        await visit(blog.url, Account("bridge", "wrong"), posts=0, admit=admit)
