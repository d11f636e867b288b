"""What the bridge relies on when it reads: listings, feeds, discovery, passwords; loopback blog and real one alike.

Does not look at how comments are written; test_wordpress_rules.py does.
"""

from __future__ import annotations

import re
import uuid
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

import aiohttp
import feedparser
import pytest

from tests.support.wordpress import Answer, WordPress


def unique() -> str:
    """A word that nothing else on a shared blog contains."""
    return uuid.uuid4().hex[:12]


async def a_post(blog: WordPress, **fields: Any) -> dict[str, Any]:
    """A post of the test's own."""
    return await blog.post(f"Reading {unique()}", "<p>Text.</p>", **fields)


async def listing(blog: WordPress, by: str | None = None, **params: str | int) -> Answer:
    """GET /wp/v2/comments."""
    return await blog.exchange("GET", "wp/v2/comments", by=by, params=params)


def ids(answer: Answer) -> list[int]:
    """The ids of a listing, in its order."""
    return [item["id"] for item in answer.data]


# Pages


async def test_totals_pages_and_the_empty_page_beyond_the_end(any_wordpress: WordPress) -> None:
    post = (await a_post(any_wordpress))["id"]
    made = [(await any_wordpress.comment(post, f"number {n}"))["id"] for n in range(5)]
    first = await listing(any_wordpress, post=post, per_page=2, orderby="id", order="asc")
    assert ids(first) == made[:2]
    assert (first.headers["X-WP-Total"], first.headers["X-WP-TotalPages"]) == ("5", "3")
    assert 'rel="next"' in first.headers["Link"]
    beyond = await listing(any_wordpress, post=post, per_page=2, page=4)
    assert (beyond.status, beyond.data, beyond.headers["X-WP-TotalPages"]) == (200, [], "3")
    posts = await any_wordpress.exchange("GET", "wp/v2/posts", by=None, params={"page": 9999})
    assert (posts.status, posts.code) == (400, "rest_post_invalid_page_number")


async def test_a_head_request_gives_the_totals(any_wordpress: WordPress) -> None:
    post = (await a_post(any_wordpress))["id"]
    await any_wordpress.comment(post, "one")
    answer = await any_wordpress.exchange("HEAD", "wp/v2/comments", by=None, params={"post": post})
    assert (answer.status, answer.headers["X-WP-Total"], answer.text) == (200, "1", "")


async def test_a_page_may_hold_fewer_than_the_total_says(any_wordpress: WordPress) -> None:
    shown = await any_wordpress.comment((await a_post(any_wordpress))["id"], "public")
    private = await any_wordpress.comment((await a_post(any_wordpress, status="private"))["id"], "private")
    answer = await listing(any_wordpress, include=f"{shown['id']},{private['id']}")
    assert (ids(answer), answer.headers["X-WP-Total"]) == ([shown["id"]], "2")


@pytest.mark.parametrize(
    "params",
    [
        {"per_page": 101},
        {"per_page": 0},
        {"page": 0},
        {"orderby": "modified"},
        {"order": "up"},
        {"after": "soon"},
        {"parent": "x"},
        {"context": "all"},
    ],
    ids=str,
)
async def test_refused_parameters(any_wordpress: WordPress, params: dict[str, str | int]) -> None:
    answer = await any_wordpress.exchange("GET", "wp/v2/comments", by=None, params=params)
    assert (answer.status, answer.code) == (400, "rest_invalid_param")


# Filters


async def test_orders_and_filters(any_wordpress: WordPress) -> None:
    post, other = (await a_post(any_wordpress))["id"], (await a_post(any_wordpress))["id"]
    word = unique()
    late = (await any_wordpress.comment(post, f"{word} late", date_gmt="2024-03-01T00:00:00"))["id"]
    early = (await any_wordpress.comment(post, f"{word} early", late, date_gmt="2024-01-01T00:00:00"))["id"]
    apart = (await any_wordpress.comment(other, f"{word} apart", date_gmt="2024-02-01T00:00:00"))["id"]
    both = f"{post},{other}"
    assert ids(await listing(any_wordpress, post=both)) == [late, apart, early]
    assert ids(await listing(any_wordpress, post=both, orderby="id", order="asc")) == [late, early, apart]
    assert ids(await listing(any_wordpress, post=both, parent=0)) == [late, apart]
    assert ids(await listing(any_wordpress, parent=late)) == [early]
    assert ids(await listing(any_wordpress, search=word)) == [late, apart, early]
    assert ids(await listing(any_wordpress, post=both, exclude=f"{late},{apart}")) == [early]
    assert ids(await listing(any_wordpress, post=both, offset=1)) == [apart, early]
    included = f"{apart},{late},{early}"
    assert ids(await listing(any_wordpress, include=included, orderby="include", order="asc")) == [apart, late, early]
    window = {"after": "2024-01-01T00:00:00Z", "before": "2024-03-01T00:00:00Z"}
    assert ids(await listing(any_wordpress, post=both, **window)) == [apart]
    shifted = {"after": "2024-03-01T00:59:59+01:00"}
    assert ids(await listing(any_wordpress, post=both, **shifted)) == [late]


async def test_unknown_parameters_are_ignored(any_wordpress: WordPress) -> None:
    post = (await a_post(any_wordpress))["id"]
    made = (await any_wordpress.comment(post, "here"))["id"]
    assert ids(await listing(any_wordpress, post=post, modified_after="2090-01-01T00:00:00Z")) == [made]


async def test_the_words_for_a_status_differ_between_listing_and_answer(any_wordpress: WordPress) -> None:
    post = (await a_post(any_wordpress))["id"]
    of = {
        status: (await any_wordpress.comment(post, status, status=status))["id"]
        for status in ("approved", "hold", "spam", "trash")
    }
    expected = {
        "approve": ["approved"],
        "hold": ["hold"],
        "spam": ["spam"],
        "trash": ["trash"],
        "all": ["approved", "hold"],
        "any": ["approved", "hold", "spam", "trash"],
        "approved": [],
    }
    for word, statuses in expected.items():
        answer = await listing(any_wordpress, "editor", post=post, status=word, orderby="id", order="asc")
        assert ids(answer) == [of[status] for status in statuses], word
        assert [item["status"] for item in answer.data] == statuses
    for word in ("hold", "approved", "any"):
        anonymous = await listing(any_wordpress, post=post, status=word)
        assert (anonymous.status, anonymous.code) == (401, "rest_forbidden_param")
    hidden = await listing(any_wordpress, "author", post=post, status="any")
    assert (ids(hidden), hidden.headers["X-WP-Total"]) == ([of["approved"]], "4")


async def test_pingbacks_are_left_out_unless_asked_for(any_wordpress: WordPress) -> None:
    post = (await a_post(any_wordpress))["id"]
    made = (await any_wordpress.comment(post, "a comment"))["id"]
    ping = await any_wordpress.insert_comment(
        comment_post_ID=post, comment_content="a ping", comment_type="pingback", comment_author="Elsewhere"
    )
    assert ids(await listing(any_wordpress, post=post)) == [made]
    assert set(ids(await listing(any_wordpress, "bridge", post=post, type="all"))) == {made, ping}
    assert (await listing(any_wordpress, post=post, type="all")).status == 401


async def test_fields(any_wordpress: WordPress) -> None:
    post = await a_post(any_wordpress)
    await any_wordpress.comment(post["id"], "one")
    wanted = "id,post,parent,author_name,author_url,date_gmt,content,link,status,type,author_avatar_urls"
    answer = await listing(any_wordpress, post=post["id"], _fields=wanted)
    assert set(answer.data[0]) == set(wanted.split(","))
    nested = await listing(any_wordpress, post=post["id"], _fields="id,content.rendered")
    assert set(nested.data[0]) == {"id"}
    titles = await any_wordpress.request(
        "GET", "wp/v2/posts", by=None, params={"include": post["id"], "_fields": "id,title.rendered"}
    )
    assert titles == [{"id": post["id"], "title": {"rendered": post["title"]["rendered"]}}]


async def test_rest_knows_no_conditional_get(any_wordpress: WordPress) -> None:
    post = (await a_post(any_wordpress))["id"]
    answer = await listing(any_wordpress, post=post)
    assert "ETag" not in answer.headers
    assert "Last-Modified" not in answer.headers


async def test_a_comment_does_not_touch_its_post(any_wordpress: WordPress) -> None:
    post = await a_post(any_wordpress, date_gmt="2024-01-01T00:00:00")
    before = await any_wordpress.request("GET", f"wp/v2/posts/{post['id']}", by=None)
    await any_wordpress.comment(post["id"], "one")
    after = await any_wordpress.request("GET", f"wp/v2/posts/{post['id']}", by=None)
    assert after["modified_gmt"] == before["modified_gmt"]
    assert not [key for key in after if "count" in key]


async def test_embedded_author_and_terms(any_wordpress: WordPress) -> None:
    post = await a_post(any_wordpress)
    answer = await any_wordpress.request("GET", f"wp/v2/posts/{post['id']}", by=None, params={"_embed": 1})
    embedded = answer["_embedded"]
    assert embedded["author"][0]["id"] == post["author"]
    assert embedded["author"][0]["avatar_urls"].keys() == {"24", "48", "96"}
    assert [term["taxonomy"] for term in embedded["wp:term"][0]] == ["category"]
    only = await any_wordpress.request("GET", f"wp/v2/posts/{post['id']}", by=None, params={"_embed": "author"})
    assert set(only["_embedded"]) == {"author"}


async def test_posts_by_slug_and_id(any_wordpress: WordPress) -> None:
    post = await a_post(any_wordpress)
    for params in ({"slug": post["slug"]}, {"include": post["id"]}, {"search": post["title"]["raw"]}):
        found = await any_wordpress.request("GET", "wp/v2/posts", by=None, params=params)
        assert [item["id"] for item in found] == [post["id"]]


# Passwords


async def test_a_wrong_password_is_nobody(any_wordpress: WordPress) -> None:
    post = (await a_post(any_wordpress))["id"]
    wrong = {"Authorization": aiohttp.encode_basic_auth(any_wordpress.login("bridge")[0], "wrong")}
    read = await any_wordpress.exchange("GET", "wp/v2/comments", by=None, headers=wrong)
    assert read.status == 200
    me = await any_wordpress.exchange("GET", "wp/v2/users/me", by=None, headers=wrong)
    assert (me.status, me.code) == (401, "rest_not_logged_in")
    write = await any_wordpress.exchange(
        "POST", "wp/v2/comments", by=None, headers=wrong, body={"post": post, "content": "no"}
    )
    assert (write.status, write.code) == (401, "rest_comment_login_required")


async def test_a_right_password_with_spaces_by_name_or_mail(any_wordpress: WordPress) -> None:
    name, password = any_wordpress.login("bridge")
    spaced = " ".join(password[at : at + 4] for at in range(0, len(password), 4))
    for login in (name, "bridge@example.test"):
        right = {"Authorization": aiohttp.encode_basic_auth(login, spaced)}
        params: dict[str, str | int] = {"context": "edit", "_fields": "id,name,roles,capabilities"}
        me = await any_wordpress.exchange("GET", "wp/v2/users/me", by=None, headers=right, params=params)
        assert (me.status, me.data["roles"]) == (200, ["bridge"])
        held = {name for name, granted in me.data["capabilities"].items() if granted}
        assert held == {"read", "edit_posts", "moderate_comments", "bridge"}


@pytest.mark.parametrize(
    ("route", "status", "code"),
    [
        ("wp/v2/nope", 404, "rest_no_route"),
        ("wp/v2/posts/999999", 404, "rest_post_invalid_id"),
        ("wp/v2/comments/999999", 404, "rest_comment_invalid_id"),
    ],
)
async def test_refusals_have_one_shape(any_wordpress: WordPress, route: str, status: int, code: str) -> None:
    answer = await any_wordpress.exchange("GET", route, by=None)
    assert (answer.status, answer.code, answer.data["data"]["status"]) == (status, code, status)
    assert answer.data["message"]


async def test_the_edit_view_is_for_moderators(any_wordpress: WordPress) -> None:
    for by, status in ((None, 401), ("author", 403), ("bridge", 200)):
        assert (await listing(any_wordpress, by, context="edit")).status == status


# Discovery


async def test_every_page_and_feed_names_the_rest_root(any_wordpress: WordPress) -> None:
    post = await a_post(any_wordpress)
    link = post["link"].removeprefix(any_wordpress.url)
    root = f'<{any_wordpress.rest}>; rel="https://api.w.org/"'
    for path in ("/", link, "/feed/", f"{link}feed/", "/comments/feed/"):
        answer = await any_wordpress.exchange("HEAD", path, by=None)
        assert (answer.status, root in answer.headers.getall("Link")) == (200, True), path
    page = await any_wordpress.exchange("GET", link, by=None)
    assert any(f"/wp/v2/posts/{post['id']}>" in value for value in page.headers.getall("Link"))


async def test_pages_name_their_feeds(any_wordpress: WordPress) -> None:
    post = await a_post(any_wordpress)
    home = (await any_wordpress.exchange("GET", "/", by=None)).text
    page = (await any_wordpress.exchange("GET", post["link"].removeprefix(any_wordpress.url), by=None)).text
    pattern = r'<link rel="alternate" type="application/rss\+xml"[^>]*href="([^"]+)"'
    assert re.findall(pattern, home)[0] == f"{any_wordpress.url}/feed/"
    assert f"{post['link']}feed/" in re.findall(pattern, page)


async def test_the_root_tells_who_it_is(any_wordpress: WordPress) -> None:
    root = await any_wordpress.request("GET", "", by=None)
    assert root["url"] == any_wordpress.url
    assert "wp/v2" in root["namespaces"]
    assert "application-passwords" in root["authentication"]


async def test_rest_route_works_with_pretty_permalinks_too(any_wordpress: WordPress) -> None:
    post = await a_post(any_wordpress)
    answer = await any_wordpress.exchange("GET", "/", by=None, params={"rest_route": f"/wp/v2/posts/{post['id']}"})
    assert answer.data["id"] == post["id"]


async def test_a_number_leads_to_the_permalink_and_an_old_slug_to_the_new(any_wordpress: WordPress) -> None:
    post = await a_post(any_wordpress)
    by_number = await any_wordpress.exchange("GET", "/", by=None, params={"p": post["id"]})
    assert (by_number.status, by_number.headers["Location"]) == (301, post["link"])
    moved = await any_wordpress.edit_post(post["id"], slug=f"moved-{unique()}")
    old = await any_wordpress.exchange("GET", post["link"].removeprefix(any_wordpress.url), by=None)
    assert (old.status, old.headers["Location"]) == (301, moved["link"])
    assert moved["guid"]["rendered"] == post["guid"]["rendered"]


async def test_plain_permalinks(any_wordpress: WordPress) -> None:
    post = await a_post(any_wordpress)
    former = await any_wordpress.option("permalink_structure", "")
    try:
        head = await any_wordpress.exchange("HEAD", "/", by=None)
        root = f'<{any_wordpress.url}/index.php?rest_route=/>; rel="https://api.w.org/"'
        assert root in head.headers.getall("Link")
        rest = "/index.php?rest_route=/wp/v2/posts/"
        seen = await any_wordpress.exchange("GET", f"{rest}{post['id']}", by=None)
        assert seen.data["link"] == f"{any_wordpress.url}/?p={post['id']}"
        page = await any_wordpress.exchange("GET", f"/?p={post['id']}", by=None)
        assert (page.status, page.headers.get("Content-Type")) == (200, "text/html; charset=UTF-8")
        made = await any_wordpress.exchange(
            "POST", "/index.php?rest_route=/wp/v2/comments", by="bridge", body={"post": post["id"], "content": unique()}
        )
        assert (made.status, made.data["link"]) == (201, f"{seen.data['link']}#comment-{made.data['id']}")
        feed = await any_wordpress.exchange("GET", f"/?feed=rss2&p={post['id']}", by=None)
        assert [entry["link"] for entry in feedparser.parse(feed.text)["entries"]] == [made.data["link"]]
        lost = await any_wordpress.exchange("GET", "/wp-json/wp/v2/posts", by=None)
        assert (lost.status, lost.data) == (301, None)
    finally:
        await any_wordpress.option("permalink_structure", former)


# Feeds


async def feed_of(blog: WordPress, path: str, **headers: str) -> Answer:
    """One feed, conditionally when validators are given (If_None_Match="…")."""
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    return await blog.exchange("GET", path, by=None, headers=sent)


async def feed_path(blog: WordPress, post: dict[str, Any], kind: str = "feed/") -> str:
    """The path of a post's comment feed."""
    return f"{post['link'].removeprefix(blog.url)}{kind}"


async def test_guids_have_two_forms(any_wordpress: WordPress) -> None:
    at_once = await a_post(any_wordpress)
    draft = await a_post(any_wordpress, status="draft")
    later = await any_wordpress.edit_post(draft["id"], status="publish")
    entries = {
        entry["link"]: entry for entry in feedparser.parse((await feed_of(any_wordpress, "/feed/")).text)["entries"]
    }
    assert entries[at_once["link"]]["id"] == at_once["link"]
    assert entries[later["link"]]["id"] == f"{any_wordpress.url}/?p={draft['id']}"
    assert not entries[later["link"]]["guidislink"]


async def test_the_feed_of_posts_counts_comments_and_keeps_304_all_the_same(any_wordpress: WordPress) -> None:
    post = await a_post(any_wordpress)
    before = await feed_of(any_wordpress, "/feed/")
    await any_wordpress.comment(post["id"], "counted")
    again = await feed_of(any_wordpress, "/feed/", If_None_Match=before.headers["ETag"])
    assert (again.status, again.text) == (304, "")
    fresh = feedparser.parse((await feed_of(any_wordpress, "/feed/")).text)["entries"]
    assert next(entry["slash_comments"] for entry in fresh if entry["link"] == post["link"]) == "1"


async def test_the_feed_of_comments_changes_with_a_new_one_only(any_wordpress: WordPress) -> None:
    post = await a_post(any_wordpress)
    path = await feed_path(any_wordpress, post)
    first = await any_wordpress.comment(post["id"], "first words")
    before = await feed_of(any_wordpress, path)

    async def status() -> int:
        return (await feed_of(any_wordpress, path, If_None_Match=before.headers["ETag"])).status

    await any_wordpress.edit_comment(first["id"], content="other words")
    held = await any_wordpress.comment(post["id"], "held", status="hold", date_gmt="2024-01-01T00:00:00")
    await any_wordpress.set_status(held["id"], "approved")
    await any_wordpress.comment(post["id"], "backdated", date_gmt="2024-01-02T00:00:00")
    changed = (await feed_of(any_wordpress, path)).text
    assert "other words" in changed
    assert "backdated" in changed
    assert changed != before.text
    assert await status() == 304
    newest = parsedate_to_datetime(before.headers["Last-Modified"])
    later = (newest + timedelta(seconds=1)).strftime("%Y-%m-%dT%H:%M:%S")
    await any_wordpress.comment(post["id"], "new", date_gmt=later)
    assert await status() == 200


async def test_when_both_validators_are_sent_both_must_match(any_wordpress: WordPress) -> None:
    await a_post(any_wordpress)
    feed = await feed_of(any_wordpress, "/feed/")
    etag, modified = feed.headers["ETag"], feed.headers["Last-Modified"]
    assert (await feed_of(any_wordpress, "/feed/", If_Modified_Since=modified)).status == 304
    assert (await feed_of(any_wordpress, "/feed/", If_Modified_Since=modified, If_None_Match=etag)).status == 304
    assert (await feed_of(any_wordpress, "/feed/", If_Modified_Since=modified, If_None_Match='"x"')).status == 200


async def test_comment_feeds_hold_the_ten_newest_and_name_the_parent_in_the_text(any_wordpress: WordPress) -> None:
    post = await a_post(any_wordpress)
    start = datetime(2024, 1, 1)
    chain = [0]
    for number in range(12):
        stamp = (start + timedelta(minutes=number)).strftime("%Y-%m-%dT%H:%M:%S")
        made = await any_wordpress.comment(post["id"], f"number {number}", chain[-1], date_gmt=stamp)
        chain.append(made["id"])
    entries = feedparser.parse((await feed_of(any_wordpress, await feed_path(any_wordpress, post))).text)["entries"]
    assert [entry["link"].rsplit("-", 1)[1] for entry in entries] == [str(number) for number in chain[:2:-1]]
    assert entries[0]["content"][0]["value"].startswith(f'<p>In reply to <a href="{post["link"]}#comment-{chain[-2]}">')
    assert entries[0]["summary"].startswith("In reply to &lt;a href=")
    atom = feedparser.parse((await feed_of(any_wordpress, await feed_path(any_wordpress, post, "feed/atom/"))).text)[
        "entries"
    ]
    assert atom[0]["thr_in-reply-to"]["ref"].endswith(f"#comment-{chain[-2]}")


async def test_children_of_a_held_comment_stay_in_the_feed(any_wordpress: WordPress) -> None:
    post = await a_post(any_wordpress)
    top = await any_wordpress.comment(post["id"], "top")
    child = await any_wordpress.comment(post["id"], "child", top["id"])
    await any_wordpress.set_status(top["id"], "hold")
    text = (await feed_of(any_wordpress, await feed_path(any_wordpress, post))).text
    assert f"#comment-{child['id']}</link>" in text
    assert f"#comment-{top['id']}</link>" not in text


async def test_a_post_under_a_password(any_wordpress: WordPress) -> None:
    post = await a_post(any_wordpress, password="sesame")
    made = await any_wordpress.comment(post["id"], "secret words")
    closed = await listing(any_wordpress, post=post["id"])
    assert (closed.status, closed.code) == (401, "rest_cannot_read_post")
    assert ids(await listing(any_wordpress, post=post["id"], password="sesame")) == [made["id"]]
    seen = await any_wordpress.request("GET", f"wp/v2/posts/{post['id']}", by=None)
    assert (seen["content"]["rendered"], seen["content"]["protected"]) == ("", True)
    feed = (await feed_of(any_wordpress, "/feed/")).text
    assert f"Protected: {post['title']['raw']}" in feed


async def test_a_private_post_and_its_comments(any_wordpress: WordPress) -> None:
    post = await a_post(any_wordpress, status="private")
    await any_wordpress.comment(post["id"], "among us")
    closed = await listing(any_wordpress, post=post["id"])
    assert (closed.status, closed.code) == (401, "rest_cannot_read_post")
    assert post["title"]["raw"] not in (await feed_of(any_wordpress, "/feed/")).text
