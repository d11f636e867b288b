"""What a blog that means harm may answer, each made by a small function with a name; big ones are made, not stored.

Serves nothing by itself: :mod:`tests.rooms.test_hostile_answers` does, and :mod:`tests.support.look_once` looks.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from aiohttp import web

from tests.support.blog_server import POST, listing

Routes = dict[str, Any]
MIB = 1 << 20
GUID = "https://b.example/?p=1"
ORDINARY_FEED = f"<rss version='2.0'><channel><title>x</title><item><guid>{GUID}</guid></item></channel></rss>"
COMMENTS, POSTS, FEED, HOME = "/wp/v2/comments", "/wp/v2/posts", "/feed/", "/"


def a_comment(number: int, html: str = "<p>Hm.</p>", **fields: Any) -> dict[str, Any]:
    said = {"content": {"rendered": html}, "author_name": "Ann", "author_url": "", "date_gmt": "2026-01-01T00:00:00"}
    return {"id": number, "post": 1, "parent": 0, "status": "approved", "type": "comment", **said, **fields}


def a_post(html: str = "", **fields: Any) -> dict[str, Any]:
    return {
        **POST,
        "guid": {"rendered": GUID},
        "content": {"rendered": html},
        "date_gmt": "2026-01-01T00:00:00",
        **fields,
    }


def in_post(html: str) -> Routes:
    one = a_post(html)
    return {POSTS: lambda _: listing([one]), f"{POSTS}/1": one}


def in_comment(html: str) -> Routes:
    return {COMMENTS: lambda _: listing([a_comment(1, html)])}


def in_title(text: str) -> Routes:
    one = a_post("<p>x</p>", title={"rendered": text})
    return {POSTS: lambda _: listing([one]), f"{POSTS}/1": one}


def raw(body: bytes, kind: str = "application/json", **headers: str) -> Callable[[web.Request], web.Response]:
    return lambda _: web.Response(body=body, headers={"Content-Type": kind, **headers})


def feed(body: bytes, kind: str = "application/rss+xml") -> Routes:
    return {FEED: raw(body, kind)}


def rss(inside: str) -> bytes:
    return f"<rss version='2.0'><channel><title>x</title>{inside}</channel></rss>".encode()


def page(head: str) -> Routes:
    return {HOME: raw(f"<html><head>{head}</head></html>".encode(), "text/html")}


def everywhere(body: bytes) -> Routes:
    return dict.fromkeys((COMMENTS, POSTS, f"{POSTS}/1", "/wp/v2/comments/1"), raw(body))


def endless_pages() -> Routes:
    """New comments on each page, for 999,999,999 pages."""

    def answer(request: web.Request) -> web.Response:
        first = (int(request.query.get("page", "1")) - 1) * 100 + 1
        listed = [a_comment(first + n, "x" * 4000) for n in range(100)]
        return listing(listed, total=99_999_999, pages=999_999_999)

    return {COMMENTS: answer}


def many_small_pages() -> Routes:
    """One comment a page, and many pages."""

    def answer(request: web.Request) -> web.Response:
        return listing([a_comment(int(request.query.get("page", "1")))], total=900_000_000, pages=900_000_000)

    return {COMMENTS: answer}


def links_in_headers() -> Routes:
    """Six Link headers of brackets that never close, beside an honest one."""

    def answer(_: web.Request) -> web.Response:
        response = web.Response(text="<html></html>", content_type="text/html")
        for _number in range(6):
            response.headers.add("Link", "<" * 30_000)
        response.headers.add("Link", "<https://b.example/>" + "; a" * 5000 + " " * 10_000)
        return response

    return {HOME: answer}


def named_by_the_page() -> Routes:
    link = '<link rel="alternate" type="application/rss+xml" href="/none/{}">'
    return page("".join(link.format(n) for n in range(3000)))


ENTITY = "&#1" + "0" * 5000 + ";"
DEEP = b'{"a":' * 300_000
ANSWERS: dict[str, Callable[[], Routes]] = {
    # ---- JSON
    "json: lists in a list": lambda: everywhere(b"[[]" + b",[]" * (4 * MIB // 3 - 9) + b"]"),
    "json: objects in a list": lambda: everywhere(b"[{}" + b",{}" * 99_000 + b"]"),
    "json: keys without end": lambda: everywhere(json.dumps({str(n): n for n in range(140_000)}).encode()),
    "json: deep": lambda: everywhere(DEEP),
    "json: a number of 100,000 digits": lambda: everywhere(b'[{"id":1' + b"0" * 100_000 + b"}]"),
    "json: ids of 4,000 digits": lambda: everywhere(b'[{"id":1' + b"0" * 4000 + b',"author":1' + b"0" * 4000 + b"}]"),
    "json: true for an id": lambda: everywhere(b'[{"id":true,"post":true,"parent":true,"status":"publish"}]'),
    "json: NaN and infinity": lambda: everywhere(b'[{"id":NaN,"post":Infinity,"date_gmt":-Infinity}]'),
    "json: keys given twice": lambda: everywhere(b'[{"id":1,"id":[2],"post":1,"post":"x"}]'),
    "json: halves of characters and NULs": lambda: everywhere(b'[{"id":1,"title":{"rendered":"\\ud800\\u0000"}}]'),
    "json: escapes and an emoji": lambda: everywhere(b'[{"id":1,"title":"' + b"\\ud83d\\ude00" * 340_000 + b'"}]'),
    "json: an avatar's address of 1 MiB": lambda: {
        COMMENTS: lambda _: listing([a_comment(1, author_avatar_urls={"96": "h" * MIB})])
    },
    "json: a code of 3 MiB": lambda: dict.fromkeys(
        (COMMENTS, POSTS), lambda _: web.json_response({"code": "c" * 3 * MIB, "message": "<" * MIB}, status=400)
    ),
    # ---- listings
    "listing: pages without end": endless_pages,
    "listing: one comment a page": many_small_pages,
    "listing: 9,000 comments a page": lambda: {COMMENTS: lambda _: listing([a_comment(n) for n in range(1, 9000)])},
    "listing: 20,000 categories": lambda: {POSTS: lambda _: listing([a_post(categories=list(range(1, 20_000)))])},
    # ---- HTML
    "html: marks reopened, and a picture": lambda: in_post("<ul>" + "<li><font color=n>" * 2600 + "<img"),
    "html: 60,000 open boxes, and a picture": lambda: in_post("<div>" * 60_000 + "<img src=/a.png>"),
    "html: comments without an end": lambda: in_post("<!--" * 64_000),
    "html: more, without an end": lambda: in_post("<!--more" * 32_000),
    "html: comments in a title": lambda: in_title("<!--" * 64_000),
    "html: an entity of 5,000 digits in a title": lambda: in_title(ENTITY),
    "html: an entity of 5,000 digits in a post": lambda: in_post(f"<p>{ENTITY}</p>"),
    "html: an entity of 5,000 digits in a comment": lambda: in_comment(f"<p>{ENTITY}</p>"),
    "html: a post of attributes": lambda: in_post("<img " + "".join(f"a{n}=b " for n in range(60_000)) + ">"),
    "html: a comment of marks": lambda: in_comment("<p><b><i><u><font color=n>" * 10_000),
    "html: a comment of lists": lambda: in_comment("<ul><li>" * 30_000),
    "html: a comment of quotations": lambda: in_comment("<blockquote>x" * 18_000),
    "html: a comment of tables": lambda: in_comment("<table><tr><td>x" * 14_000),
    "html: a comment of one address": lambda: in_comment("<p>https://b.example/" + "a.b/" * 60_000),
    "html: a comment of asterisks": lambda: in_comment("<p>" + "*_~|`" * 50_000),
    "html: a comment of brackets": lambda: in_comment("<p>" + "[" * 120_000 + "](" * 60_000),
    "html: a comment of unclosed tags": lambda: in_comment("<a href='" * 28_000),
    "html: a post of links": lambda: in_post("<a href=/x>y</a>" * 16_000),
    # ---- feeds
    "feed: an author of dots": lambda: feed(rss(f"<item><author>{'a.' * 50_000}</author></item>")),
    "feed: in punycode": lambda: feed(
        rss("<item><title>" + "a-b" * 100_000 + "</title></item>"), "a/b; charset=punycode"
    ),
    "feed: in UTF-7": lambda: feed(b"<?xml version='1.0' encoding='utf-7'?>+ADwAIQ-DOCTYPE x>" + rss(""), "a/b"),
    "feed: 500,000 tags, one in another": lambda: feed(rss("<a>" * 500_000)),
    "feed: 350,000 attributes": lambda: feed(rss("<a " + " ".join(f"b{n}=''" for n in range(350_000)) + "/>")),
    "feed: entities of entities": lambda: feed(b"<!DOCTYPE x [<!ENTITY a 'aa'><!ENTITY b '&a;&a;'>]>" + rss("&b;")),
    "feed: entities that nobody declared": lambda: feed(rss("<item><title>" + "&x;" * 300_000 + "</title></item>")),
    "feed: 40,000 entries": lambda: feed(rss("<item><guid>https://b.example/?p=9</guid></item>" * 40_000)),
    "feed: comments before the root": lambda: feed(b"<!--" * 500_000),
    # ---- discovery
    "page: 3,000 feeds": named_by_the_page,
    "page: 3,000 roots": lambda: page("".join(f'<link rel="https://api.w.org/" href="/{n}">' for n in range(3000))),
    "page: 200 KiB of boxes": lambda: page("<div>" * 40_000 + "<link>"),
    "page: Link headers without an end": links_in_headers,
    "page: 3 MiB of angle brackets": lambda: page("<" * 3 * MIB),
    # ---- none of it: what is large, and honest
    "honest: 1,500 comments": lambda: {COMMENTS: honest_comments(1500)},
    "honest: a post of 200 KiB": lambda: in_post(
        "<h2>So</h2><p>It was <b>so</b>, and <a href='/x'>so</a>.</p>\n" * 3400
    ),
    "honest: a comment of 60 KiB": lambda: in_comment("<p>It was <b>so</b>, and <a href='/x'>so</a>.</p>\n" * 1250),
}


def honest_comments(count: int) -> Callable[[web.Request], web.Response]:
    def answer(request: web.Request) -> web.Response:
        size, at = int(request.query["per_page"]), int(request.query.get("page", "1")) - 1
        listed = [a_comment(n + 1, f"<p>The {n}th <b>word</b>.</p>" * 9) for n in range(count)]
        return listing(listed[at * size :][:size], total=count, pages=-(-count // size))

    return answer
