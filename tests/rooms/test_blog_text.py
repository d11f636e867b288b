"""Posts and comments out of WordPress's JSON, hostile JSON included."""

from __future__ import annotations

from typing import Any

import pytest
from yarl import URL

from bot.blog.web.http import retry_after
from bot.blog.web.text import moment, plain, web_address
from bot.blog.wordpress.comments import comment_from, is_visible, written_from
from bot.blog.wordpress.posts import first_picture, raw_post
from bot.blog.wordpress.rest import route_url
from bot.core.errors import NotUnderstood
from bot.ports import Written
from tests.support.signer import SIGNER


@pytest.mark.parametrize(
    ("given", "meant"),
    [
        ("Ann &amp; Co", "Ann & Co"),
        ("&amp;lt;b&amp;gt;", "&lt;b&gt;"),
        ("Tom <em>and</em>\n Jerry &#8217;", "Tom and Jerry ’"),
        ("1 < 2", "1 < 2"),
        ("&lt;3", "<3"),
        ("bad \ud800 half", "bad \ufffd half"),
        ("&#xD800;", "\ufffd"),
        (None, ""),
        (["x"], ""),
    ],
)
def test_plain_text(given: object, meant: str) -> None:
    assert plain(given) == meant


def test_moments_are_utc_milliseconds() -> None:
    assert moment("1970-01-02T00:00:00") == 86_400_000
    assert moment("1970-01-02T00:00:00+00:00") == 86_400_000
    assert [moment(odd) for odd in ("0000-00-00T00:00:00", "", None, 7)] == [0, 0, 0, 0]


def test_web_addresses() -> None:
    assert web_address("//cdn.example/a.png") == "https://cdn.example/a.png"
    assert web_address("https://e.example/?a&#038;b") == "https://e.example/?a&b"
    assert [web_address(odd) for odd in ("javascript:alert(1)", "data:x", "/a", None)] == [""] * 4


LINK = SIGNER.link("https://discord.com/channels/1/2/3")
COMMENT: dict[str, Any] = {
    "id": 7,
    "post": 4,
    "parent": 5,
    "author_name": "Ann &amp; Co",
    "author_url": LINK,
    "author_avatar_urls": {"24": "x", "96": "https://a.example/96"},
    "date_gmt": "1970-01-01T00:00:01",
    "content": {"rendered": "<p>Hi &amp; bye</p>\n"},
    "link": "https://b.example/p/#comment-7",
    "status": "approved",
    "type": "comment",
}


def test_a_comment() -> None:
    comment = comment_from(SIGNER, COMMENT)
    assert (comment.id, comment.post_id, comment.parent_id, comment.author) == ("7", "4", "5", "Ann & Co")
    assert (comment.written_at, comment.html) == (1000, "<p>Hi &amp; bye</p>\n")
    assert (comment.relay_of, comment.avatar_url) == (LINK, "https://a.example/96")


@pytest.mark.parametrize(
    "link",
    [
        "https://ann.example/",
        "http://discord.com/channels/1/2/3",
        "https://discord.com/channels/1/2/3",
        f"{LINK}a",
        LINK.replace("/3#", "/4#"),
        f"{LINK}\n",
        "https://discord.com/channels/1/2/3/",
        "https://discord.com/channels/1/2/3\n",
        "https://discord.com/channels/@me/2/3",
        "https://discord.com/channels/1/2/٣",
        "https://discord.com.evil.example/channels/1/2/3",
        "",
        None,
    ],
)
def test_what_is_no_key_makes_no_relay(link: object) -> None:
    assert comment_from(SIGNER, {**COMMENT, "author_url": link}).relay_of == ""


@pytest.mark.parametrize("parent", [0, -1, None, "x"])
def test_what_is_no_parent(parent: object) -> None:
    assert comment_from(SIGNER, {**COMMENT, "parent": parent}).parent_id is None


def test_a_comment_of_odd_shape() -> None:
    comment = comment_from(SIGNER, {"id": 1, "content": "text", "author_avatar_urls": [], "author_name": "", "link": 4})
    assert (comment.author, comment.html, comment.avatar_url, comment.url) == ("Anonymous", "", None, "")
    with pytest.raises(NotUnderstood):
        comment_from(SIGNER, {"id": "seven"})


def test_visible_are_approved_comments_only() -> None:
    odd = [{"status": "hold"}, {"status": "spam"}, {"type": "pingback"}, {"type": "note"}]
    assert [is_visible({**COMMENT, **one}) for one in odd] == [False] * 4
    assert is_visible(COMMENT)


def test_held_and_spam_wait_for_the_moderators() -> None:
    one = comment_from(SIGNER, COMMENT)
    assert written_from({**COMMENT, "status": "hold"}) == Written(one.id, True, one.digest, one.written_at)
    assert written_from({**COMMENT, "status": "spam"}).held
    assert not written_from(COMMENT).held


def a_post(content: str, excerpt: str = "", **more: Any) -> dict[str, Any]:
    return {"id": 1, "status": "publish", "content": {"rendered": content}, "excerpt": {"rendered": excerpt}, **more}


@pytest.mark.parametrize(
    ("content", "excerpt", "shown"),
    [
        ("<p>All <b>of</b> it</p>", "<p>All of it</p>", "<p>All <b>of</b> it</p>"),
        ("<p>A long text</p>", "<p>A long [&hellip;]</p>", "<p>A long text</p>"),
        ("<p>A long text</p>", "<p>What it is about</p>", "<p>What it is about</p>"),
        ('<p>In</p>\n<p><span id="more-9"></span></p>\n<p>Out</p>', "<p>In Out</p>", "<p>In</p>\n"),
        ("<p>In <b>it</b></p>\n<!--more Go on--><p>Out</p>", "<p>In it</p>", "<p>In <b>it</b></p>\n"),
        ("", "<p>Only this</p>", "<p>Only this</p>"),
    ],
)
def test_what_a_starter_shows_of_a_post(content: str, excerpt: str, shown: str) -> None:
    assert raw_post(a_post(content, excerpt)).html == shown


def test_posts_that_are_not_shown() -> None:
    assert raw_post(a_post("x")).shown
    assert not raw_post(a_post("x", status="private")).shown
    assert not raw_post({**a_post(""), "content": {"rendered": "", "protected": True}}).shown


def test_the_first_picture_is_no_emoji_and_no_pixel() -> None:
    html = '<img class="wp-smiley" src="/e.png"><img width="1" src="/p.gif"><img src="javascript:x"><img src="a/b.jpg">'
    assert first_picture(html, "https://b.example/one/") == "https://b.example/one/a/b.jpg"
    assert first_picture("<p>none</p>", "https://b.example/") is None


def test_routes_below_either_kind_of_root() -> None:
    pretty = route_url(URL("https://b.example/blog/wp-json/"), "wp/v2/comments", {"post": 1})
    assert str(pretty) == "https://b.example/blog/wp-json/wp/v2/comments?post=1"
    plain_root = route_url(URL("https://b.example/index.php?rest_route=/"), "wp/v2/comments", {"post": 1})
    assert dict(plain_root.query) == {"rest_route": "/wp/v2/comments", "post": "1"}


def test_retry_after_in_both_forms() -> None:
    assert retry_after({"Retry-After": "600"}) == 600
    assert retry_after({"Retry-After": "999999"}) == 3600
    assert retry_after({"Retry-After": "Wed, 21 Oct 2015 07:28:00 GMT"}) == 0
    for date, seconds in (("07:26:00", 120), ("07:28:30", 0), ("06:00:00", 3600)):
        sent = {"Retry-After": "Wed, 21 Oct 2015 07:28:00 GMT", "Date": f"Wed, 21 Oct 2015 {date} GMT"}
        assert retry_after(sent) == seconds, "by the clock that wrote both"
    assert retry_after({"Retry-After": "Wed, 21 Oct 2015 07:28:00 GMT", "Date": "today"}) == 0
    assert [retry_after({"Retry-After": odd}) for odd in ("", "soon", "-5", "٣")] == [None] * 4
