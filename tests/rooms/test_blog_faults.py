"""The Blog port against a blog that is ill: what is cut short is no whole, and nothing is written twice."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import pytest
from aiohttp import web
from yarl import URL

from bot.blog.web.http import Http
from bot.blog.wordpress.blog import WordPressBlog
from bot.blog.wordpress.comments import TEXT
from bot.blog.wordpress.doors import Doors
from bot.blog.wordpress.rest import Rest
from bot.core.domain import CommentId, Millis, PostId, Standing
from bot.core.errors import (
    CommonthreadError,
    Doubt,
    NotAllowed,
    NotUnderstood,
    PlaceVanished,
    Refused,
    Unanswered,
    Unreachable,
    Vanished,
)
from bot.core.signing import message_of
from bot.ports import Draft, FeedState, Sighting
from tests.support.blog_server import FEED, POST, ROOT, Site, body_of, listing, serving, wp_error
from tests.support.signer import ANN, SIGNER, longer

COMMENTS = "/wp/v2/comments"
ONE = PostId("1")
NOW = Millis(1)
DRAFT = Draft(ONE, None, "Ann", ANN, SIGNER.link("https://discord.com/channels/1/2/3"), "<p>Hi</p>", True)


def comment(number: int, **fields: Any) -> dict[str, Any]:
    said = {"content": {"rendered": f"<p>{number}</p>"}, "author_name": "Ann", "author_url": DRAFT.key}
    return {
        "author_email": ANN,
        "id": number,
        "post": 1,
        "parent": 0,
        "status": "approved",
        "type": "comment",
        **said,
        **fields,
    }


def created(**fields: Any) -> web.Response:
    return web.json_response(comment(9, **fields), status=201)


def on_post(what: Any, otherwise: Any = ()) -> Any:
    """A handler that answers POST with ``what()`` and everything else with an empty listing."""
    return lambda request: what(request) if request.method == "POST" else listing(list(otherwise))


@asynccontextmanager
async def blog_of(site: Site, *, password: str | None = "secret", per_page: int = 100) -> AsyncIterator[WordPressBlog]:
    blog = await WordPressBlog.open(site.url, username="bot", password=password, per_page=per_page, signer=SIGNER)
    try:
        yield blog
    finally:
        await blog.aclose()


@asynccontextmanager
async def ill(
    routes: Mapping[str, Any] | None = None, *, password: str | None = "secret", per_page: int = 100
) -> AsyncIterator[tuple[Site, WordPressBlog]]:
    """(site, blog) once the blog was found in good health; ``routes`` answer from then on."""
    async with serving() as site, blog_of(site, password=password, per_page=per_page) as blog:
        for path, what in (routes or {}).items():
            site.answer(path, what)
        site.asked.clear()
        yield site, blog


async def tree_error(what: Any, per_page: int = 100) -> CommonthreadError:
    async with ill(per_page=per_page) as (site, blog):
        site.answer(COMMENTS, what)
        with pytest.raises(CommonthreadError) as raised:
            await blog.tree(ONE, now=NOW)
    return raised.value


async def write_error(what: Any, draft: Draft = DRAFT) -> CommonthreadError:
    async with ill() as (site, blog):
        site.answer(COMMENTS, on_post(what))
        with pytest.raises(CommonthreadError) as raised:
            await blog.write(draft)
        assert len([1 for method, *_ in site.asked if method == "POST"]) == 1
    return raised.value


# ------------------------------------------------------------------ listings


def paged(items: list[Any], request: web.Request, *, most: int = 100, counted: int | None = None) -> web.Response:
    """A page of them as WordPress cuts it; ``most`` a page, whatever was asked for."""
    size, page = min(int(request.query["per_page"]), most), int(request.query["page"])
    total = len(items) if counted is None else counted
    return listing(items[(page - 1) * size : page * size], total=total, pages=-(-total // size))


async def tree_of(what: Any, per_page: int = 100) -> tuple[list[str], bool, int]:
    """-> the ids that a tree shows, whether it is complete, and how many requests that took."""
    async with ill(per_page=per_page) as (site, blog):
        site.answer(COMMENTS, what)
        tree = await blog.tree(ONE, now=NOW)
        return [one.id for one in tree.comments], tree.complete, len(site.asked_for(COMMENTS))


def numbers(last: int) -> list[str]:
    return [str(number) for number in range(1, last + 1)]


MANY = [comment(number) for number in range(1, 131)]


async def test_a_page_with_fewer_comments_than_were_counted_is_shown_and_is_not_all() -> None:
    assert await tree_of(lambda _: listing([comment(1)], total=2)) == (["1"], False, 1)
    shown, complete, asked = await tree_of(lambda request: paged(MANY[:113], request, counted=130))
    assert (shown, complete, asked) == (numbers(113), False, 2)


async def test_an_empty_second_page_is_no_end() -> None:
    def pages(request: web.Request) -> web.Response:
        found = {"1": [1, 2], "3": [5]}.get(request.query["page"], [])
        return listing([comment(one) for one in found], total=5, pages=3)

    assert await tree_of(pages, per_page=2) == (["1", "2", "5"], False, 3)


async def test_a_listing_that_does_not_say_how_long_it_is_is_read_to_its_end() -> None:
    def pages(request: web.Request) -> web.Response:
        return web.Response(body=paged(MANY, request).body, content_type="application/json")

    assert await tree_of(pages) == (numbers(130), False, 3)
    assert await tree_of(lambda _: web.json_response([comment(1)])) == (["1"], False, 2), "the same page for ever"


@pytest.mark.parametrize("refusal", ["WordPress's", "without a code"])
async def test_a_blog_that_lists_fewer_at_once_is_asked_for_fewer(refusal: str) -> None:
    sizes: list[int] = []

    def pages(request: web.Request) -> web.Response:
        sizes.append(int(request.query["per_page"]))
        if sizes[-1] <= 30:
            return paged(MANY, request)
        if refusal == "without a code":
            return web.Response(status=400, text="<html>Bad request")
        data = {"status": 400, "params": {"per_page": "too many"}}
        return web.json_response({"code": "rest_invalid_param", "message": "No.", "data": data}, status=400)

    async with ill() as (site, blog):
        site.answer(COMMENTS, pages)
        for _ in range(2):
            tree = await blog.tree(ONE, now=NOW)
            assert ([one.id for one in tree.comments], tree.complete) == (numbers(130), True)
    assert sizes == [100, 50, *[25] * 12], "once refused is learnt"


@pytest.mark.parametrize("counts", ["its own pages", "ours"])
async def test_a_blog_that_gives_fewer_than_were_asked_for_without_a_word(counts: str) -> None:
    def pages(request: web.Request) -> web.Response:
        page = paged(MANY, request, most=20)
        if counts == "ours":
            page.headers["X-WP-TotalPages"] = "2"
        return page

    assert await tree_of(pages) == (numbers(130), True, 7)


async def test_pages_without_end_are_not_read_for_ever() -> None:
    def pages(request: web.Request) -> web.Response:
        return listing([comment(int(request.query["page"]))], total=10**8, pages=10**8)

    shown, complete, asked = await tree_of(pages)
    assert (len(shown), complete, asked) == (500, False, 500)
    assert await tree_of(lambda _: listing([comment(1)], total=10**8, pages=10**8)) == (["1"], False, 4)


async def test_a_listing_that_was_emptied_is_not_all() -> None:
    async with ill() as (site, blog):
        seen = []
        for items in (MANY[:3], [], []):
            site.answer(COMMENTS, items)
            seen.append((await blog.tree(ONE, now=NOW)).complete)
        assert seen == [True, False, True], "the second time it is believed, and each comment asked for by id"


async def test_a_listing_that_changes_while_it_is_read_is_read_again() -> None:
    asked: list[str] = []

    def pages(request: web.Request) -> web.Response:
        asked.append(request.query["page"])
        late = len(asked) > 1
        numbers = {"1": [1, 2], "2": [3, 4] if late else [3]}[request.query["page"]]
        return listing([comment(n) for n in numbers], total=4 if late else 3, pages=2)

    async with ill(per_page=2) as (site, blog):
        site.answer(COMMENTS, pages)
        tree = await blog.tree(ONE, now=NOW)
    assert [c.id for c in tree.comments] == ["1", "2", "3", "4"]
    assert asked == ["1", "2", "1", "2"]


async def test_a_listing_that_never_stands_still_is_shown_as_far_as_it_goes() -> None:
    items = list(MANY)

    def pages(request: web.Request) -> web.Response:
        items.append(comment(len(items) + 1))
        return paged(items, request)

    shown, complete, asked = await tree_of(pages, per_page=50)
    assert (shown, complete) == (numbers(len(items)), False)
    assert asked == 2 + 2 + 3


async def test_comments_that_nobody_should_see_or_of_another_post_are_left_out() -> None:
    odd = [comment(2, status="hold"), comment(3, post=7), comment(4, type="note"), comment(5)]
    async with ill() as (site, blog):
        site.answer(COMMENTS, odd)
        assert [c.id for c in (await blog.tree(ONE, now=NOW)).comments] == ["5"]


async def test_two_megabytes_of_comment_are_read_in_smaller_pages() -> None:
    huge = {"rendered": "<p>" + "x" * 2_000_000 + "</p>"}
    items = [comment(n, content=huge) for n in (1, 2, 3)]
    sizes: list[int] = []

    def pages(request: web.Request) -> web.Response:
        size, page = int(request.query["per_page"]), int(request.query["page"])
        sizes.append(size)
        return listing(items[(page - 1) * size : page * size], total=3, pages=-(-3 // size))

    async with ill() as (site, blog):
        site.answer(COMMENTS, pages)
        tree = await blog.tree(ONE, now=NOW)
    assert [len(c.html) for c in tree.comments] == [TEXT] * 3, "WordPress keeps 64 KiB of one"
    assert sizes == [100, 10, 1, 1, 1]


@pytest.mark.parametrize(
    "body",
    [b"<br />\n<b>Warning</b>: x in y.php<br />\n[]", b"<!DOCTYPE html>", b"", b"[" * 100_000, b'"text"', b"[1]"],
)
async def test_what_is_not_the_promised_json(body: bytes) -> None:
    headers = {"X-WP-Total": "0", "X-WP-TotalPages": "0", "Content-Type": "application/json"}
    error = await tree_error(lambda _: web.Response(body=body, headers=headers))
    assert isinstance(error, NotUnderstood)


async def test_json_behind_a_byte_order_mark_is_json() -> None:
    headers = {"X-WP-Total": "1", "X-WP-TotalPages": "1"}
    async with ill() as (site, blog):
        answer = b"\xef\xbb\xbf" + body_of([comment(1)])
        site.answer(COMMENTS, lambda _: web.Response(body=answer, headers=headers))
        assert len((await blog.tree(ONE, now=NOW)).comments) == 1


# ------------------------------------------------------------------ a post that is gone, or a blog that says so


async def test_an_empty_listing_of_a_post_that_is_there() -> None:
    async with ill() as (_, blog):
        assert (await blog.tree(ONE, now=NOW)).comments == ()


async def test_an_empty_listing_of_a_post_that_is_gone() -> None:
    async with ill({"/wp/v2/posts/1": lambda _: wp_error(404, "rest_post_invalid_id")}) as (_, blog):
        with pytest.raises(PlaceVanished):
            await blog.tree(ONE, now=NOW)


async def test_hidden_comments_of_a_post_that_is_there_are_an_outage() -> None:
    assert type(await tree_error(lambda _: wp_error(401, "rest_cannot_read_post"))) is Unreachable


async def test_a_plugin_that_forbids_everything_does_not_make_posts_vanish() -> None:
    def shut(_: web.Request) -> web.Response:
        return wp_error(403, "rest_forbidden")

    async with ill({"/wp/v2/posts/1": shut, "/wp/v2/posts": shut, COMMENTS: shut}) as (_, blog):
        with pytest.raises(NotAllowed):
            await blog.tree(ONE, now=NOW)


async def test_a_private_post_is_gone() -> None:
    async with ill({"/wp/v2/posts/1": lambda _: wp_error(401, "rest_forbidden"), "/wp/v2/posts": []}) as (_, blog):
        with pytest.raises(PlaceVanished):
            await blog.post(ONE)


async def test_a_missing_page_says_nothing_about_the_post() -> None:
    async with ill({"/wp/v2/posts/1": web.HTTPNotFound}) as (_, blog):
        with pytest.raises(NotUnderstood):
            await blog.post(ONE)


@pytest.mark.parametrize("odd", ["", "1/../../users", "x", "-1", "1" * 40])
async def test_ids_that_are_none(odd: str) -> None:
    async with ill() as (site, blog):
        with pytest.raises(PlaceVanished):
            await blog.post(PostId(odd))
        with pytest.raises(Vanished):
            await blog.withdraw(CommentId(odd), key=DRAFT.key)
        assert site.asked == []


def members_only(what: Any, code: str = "rest_not_logged_in", status: int = 401) -> Any:
    """A handler that shows ``what`` to whoever comes with a password, and nothing to strangers."""

    def answer(request: web.Request) -> web.Response:
        if "Authorization" not in request.headers:
            return wp_error(status, code) if code else web.Response(status=status, text="<html>Forbidden")
        return listing(what) if isinstance(what, list) else web.json_response(what)

    return answer


async def test_a_closed_interface_is_read_with_the_password_and_shows_only_what_is_public() -> None:
    shut = {ROOT: members_only({}), "/wp/v2/posts": members_only([POST]), COMMENTS: members_only([comment(1)])}
    async with ill(shut | {"/wp/v2/posts/1": members_only(POST)}) as (site, blog):
        assert len((await blog.tree(ONE, now=NOW)).comments) == 1
        site.answer("/wp/v2/posts/1", members_only({**POST, "status": "private"}))
        with pytest.raises(PlaceVanished):
            await blog.tree(ONE, now=NOW)
    async with ill(shut, password=None) as (site, blog):
        with pytest.raises(NotAllowed):
            await blog.tree(ONE, now=NOW)


REFUSALS = [(401, "membership"), (403, "rest_plugin"), (401, "rest_forbidden_comment"), (403, "")]


@pytest.mark.parametrize(("status", "code"), REFUSALS)
@pytest.mark.parametrize("open_door", [ROOT, "/wp/v2/posts", COMMENTS])
async def test_one_refused_thing_closes_no_blog(status: int, code: str, open_door: str) -> None:
    """Whatever is refused: while one door is open to strangers, the account's eyes see nothing for them."""
    shut = {
        ROOT: members_only({}, code, status),
        "/wp/v2/posts": members_only([POST], code, status),
        COMMENTS: members_only([comment(1)], code, status),
        "/wp/v2/posts/1": members_only(POST, code, status),
    }
    routes = {**shut, open_door: {} if open_door == ROOT else lambda _: listing([])}
    if open_door == COMMENTS:  # of all comments strangers see a few, of this post's none
        routes[COMMENTS] = lambda r: members_only([comment(1)], code, status)(r) if "post" in r.query else listing([])
    async with ill(routes) as (_, blog):
        for _ in range(2):
            with pytest.raises(CommonthreadError):
                await blog.tree(ONE, now=NOW)
            with pytest.raises(CommonthreadError):
                await blog.post(ONE)


async def test_what_is_kept_for_members_is_no_outage() -> None:
    """A lasting state of one post: it is told of once, while what holds for all posts is an outage of the blog."""

    def kept(request: web.Request) -> Any:
        return members_only([comment(1)], "paid")(request) if "post" in request.query else listing([])

    async with ill({COMMENTS: kept}) as (site, blog):
        for _ in range(3):
            with pytest.raises(PlaceVanished, match="members alone"):
                await blog.tree(ONE, now=NOW)
        assert len(site.asked_for(ROOT)) == 1, "that the blog is open is looked up once"
        assert len(site.asked_for(COMMENTS)) == 4, "and so is that its other comments are shown"
    async with ill({COMMENTS: members_only([comment(1)], "paid")}) as (_, blog):
        with pytest.raises(NotAllowed):
            await blog.tree(ONE, now=NOW)


async def test_a_blog_that_opens_is_read_as_a_stranger_again() -> None:
    shut = {ROOT: members_only({}), "/wp/v2/posts": members_only([POST]), COMMENTS: members_only([comment(1)])}
    now = 1000.0
    async with serving(**shut) as site:
        http = Http(URL(site.url), username="bot", password="secret")
        rest, doors = Rest(http, URL(site.url) / "wp-json/"), Doors(lambda: now)
        try:
            assert await doors.are_closed(rest)
            site.answer(ROOT, {})
            now += 299.0
            await doors.look_again(rest)
            assert doors.closed
            now += 1.0
            await doors.look_again(rest)
            assert not doors.closed
            site.answer(ROOT, members_only({}))
            assert not await doors.are_closed(rest), "found a moment ago"
            now += 60.0
            site.answer("/wp/v2/posts", web.HTTPBadGateway)
            assert not await doors.are_closed(rest), "in doubt it stays as it was"
        finally:
            await http.aclose()


# ------------------------------------------------------------------ writes


@pytest.mark.parametrize(
    "what",
    [
        lambda _: web.Response(status=500, text="<html>"),
        lambda _: web.Response(status=502),
        lambda _: web.Response(status=201, text="<br />Warning: x {", content_type="application/json"),
        lambda _: web.Response(status=200, text="<html>home page"),
        lambda _: listing([comment(1)]),
        lambda _: web.json_response(comment(9), status=200),
        lambda _: web.json_response(comment(9), status=202),
        lambda _: web.json_response({"id": "?"}, status=201),
        lambda _: web.Response(status=201, body=b"x" * (5 << 20)),
    ],
)
async def test_a_write_that_may_have_arrived_is_unanswered(what: Any) -> None:
    assert type(await write_error(what)) is Unanswered


@pytest.mark.parametrize(
    ("status", "code", "error", "said"),
    [
        (403, "rest_comment_closed", Refused, "closed"),
        (400, "rest_comment_content_invalid", Refused, "no text"),
        (400, "comment_content_column_length", Refused, "longer"),
        (400, "some_plugin_says_no", Refused, "400"),
        (413, "", Refused, "longer"),
        (403, "rest_comment_trash_post", PlaceVanished, "gone"),
        (404, "rest_post_invalid_id", PlaceVanished, "gone"),
        (401, "rest_comment_login_required", NotAllowed, "password"),
        (401, "incorrect_password", NotAllowed, "password"),
        (401, "", Unanswered, "turned this message away"),
        (403, "", Unanswered, "turned this message away"),
        (403, "spam_filter", Unanswered, "turned this message away"),
        (403, "rest_forbidden", Unanswered, "turned this message away"),
        (404, "", Unanswered, "turned this message away"),
        (404, "rest_no_route", NotUnderstood, "route"),
    ],
)
async def test_what_a_rejected_write_raises(status: int, code: str, error: type, said: str) -> None:
    raised = await write_error(lambda _: wp_error(status, code))
    assert type(raised) is error
    assert said in raised.reason
    assert "secret" not in raised.reason


def died(status: int, said: str = "No &amp; never") -> web.Response:
    """A request that WordPress, mostly a plugin's wp_die, ends with a page of its own."""
    page = f'<html><head><title>x</title></head><body id="error-page"><div class="wp-die-message">{said}</div></body>'
    return web.Response(status=status, text=page, content_type="text/html")


LONG_WORDS = "word " * 100


@pytest.mark.parametrize(
    ("what", "words"),
    [
        (lambda _: web.Response(status=403, text="<html><h1>Forbidden</h1>", content_type="text/html"), ""),
        (lambda _: web.Response(status=406, text="Not acceptable"), ""),
        (lambda _: wp_error(403, "wp_die", "No <b>links</b>"), "No links"),
        (lambda _: wp_error(401, "shield", "Who are you?"), "Who are you?"),
        (lambda _: wp_error(500, "wp_die", LONG_WORDS), ("word " * 40).rstrip() + "…"),
        (lambda _: died(500), "No & never"),
        (lambda _: died(403), "No & never"),
        (lambda _: web.Response(status=302, headers={"Location": "/blocked/"}), ""),
        (lambda _: web.Response(status=302, headers={"Location": "https://wall.example/?for=you"}), ""),
        (lambda _: web.Response(status=200, text="<html>Are you human?", content_type="text/html"), ""),
        (lambda _: web.Response(status=201, text=""), ""),
        (lambda _: web.json_response(None, status=201), ""),
        (lambda _: web.json_response({"success": False}, status=201), ""),
    ],
)
async def test_what_turns_one_write_away_concerns_that_one_alone(what: Any, words: str) -> None:
    error = await write_error(what)
    assert isinstance(error, Unanswered)
    assert (error.doubt, error.holds_up_others, error.words) == (Doubt.TURNED_AWAY, False, words)
    assert not words or words not in error.reason, "what is logged is ours"


async def test_what_turns_a_move_away_concerns_that_one_alone() -> None:
    def walled(request: web.Request) -> web.Response:
        if request.method == "POST":
            return web.Response(status=403, text="<html><h1>Forbidden</h1>", content_type="text/html")
        return web.json_response(comment(4))

    async with ill({f"{COMMENTS}/4": walled}) as (_, blog):
        with pytest.raises(Unanswered) as raised:
            await blog.put_under(CommentId("4"), CommentId("3"), key=DRAFT.key)
    assert (raised.value.doubt, raised.value.holds_up_others) == (Doubt.TURNED_AWAY, False)


@pytest.mark.parametrize(
    ("what", "error"),
    [
        (lambda _: wp_error(401, "incorrect_password"), NotAllowed),
        (lambda _: web.Response(status=403, text="<html>"), NotAllowed),
        (lambda _: web.Response(status=502), Unreachable),
        ({"id": 2, "capabilities": {"read": True}}, NotAllowed),
    ],
)
async def test_what_turns_the_account_away_concerns_all(what: Any, error: type) -> None:
    """The account is asked for what it may, which has no words in it that a filter could dislike."""
    async with ill({"/wp/v2/users/me": what}) as (site, blog):
        site.answer(COMMENTS, on_post(lambda _: wp_error(403, "rest_cannot_create")))
        with pytest.raises(CommonthreadError) as raised:
            await blog.write(DRAFT)
    assert type(raised.value) is error


@pytest.mark.parametrize(
    "what", [lambda _: wp_error(500, "internal_server_error"), lambda _: web.Response(status=500, text="<html>Oops")]
)
async def test_a_blog_whose_code_breaks_may_heal(what: Any) -> None:
    error = await write_error(what)
    assert isinstance(error, Unanswered)
    assert error.holds_up_others


async def test_a_flood_waits() -> None:
    raised = await write_error(lambda _: wp_error(400, "comment_flood"))
    assert isinstance(raised, Unreachable)
    assert raised.retry_after == 15


async def test_a_firewall_that_dislikes_addresses_does_not_blind_the_probe() -> None:
    def picky(request: web.Request) -> web.Response:
        if "https://" in request.query.get("search", ""):
            return web.Response(status=403, text="<html>Forbidden")
        return listing([comment(9, author_url="https://elsewhere.example"), comment(8)], total=40)

    async with ill({COMMENTS: picky}) as (_, blog):
        found = await blog.find(ONE, DRAFT.key)
        assert found is not None
        assert found.comment_id == "8"
        assert await blog.find(ONE, longer(DRAFT.key)) is None


async def test_a_firewall_that_dislikes_addresses_hides_no_relay() -> None:
    """What stands on both sides is asked for before a thread is planned: it would wait for ever."""

    def picky(request: web.Request) -> web.Response:
        if "https://" in request.query.get("search", ""):
            return web.Response(status=403, text="<html>Forbidden")
        return listing([comment(9, author_url="https://elsewhere.example"), comment(8)], total=2)

    async with ill({COMMENTS: picky}) as (site, blog):
        assert [one.comment.id for one in await blog.relays(ONE, message_of(DRAFT.key)[:-1])] == ["8"]
        assert len(site.asked_for(COMMENTS)) == 2


async def test_one_odd_comment_or_post_hides_no_other_of_what_is_known_again() -> None:
    odd, post = comment(7, id="seven"), {"id": 4, "link": "https://blog.example/four/", "status": "publish"}
    async with ill({COMMENTS: [odd, comment(8)], "/wp/v2/posts": [{**post, "id": "three"}, post]}) as (_, blog):
        assert [one.comment.id for one in await blog.relays(ONE, message_of(DRAFT.key)[:-1])] == ["8"]
        found = await blog.posts_at(["https://blog.example/four/"])
        assert [one.id for one in found.values()] == ["4"]


async def test_a_duplicate_that_is_our_own_is_adopted() -> None:
    async with ill() as (site, blog):
        site.answer(COMMENTS, on_post(lambda _: wp_error(409, "comment_duplicate"), [comment(4)]))
        assert (await blog.write(DRAFT)).comment_id == "4"


async def test_a_duplicate_of_another_message_is_told_apart() -> None:
    sent: list[str] = []

    async def answer(request: web.Request) -> web.Response:
        if request.method == "GET":
            return listing([comment(4, author_url=longer(DRAFT.key))])
        sent.append((await request.json())["content"])
        return created() if len(sent) == 3 else wp_error(409, "comment_duplicate")

    async with ill() as (site, blog):
        site.answer(COMMENTS, answer)
        assert (await blog.write(DRAFT)).comment_id == "9"
    assert sent == ["<p>Hi</p>", "<p>Hi\u200b</p>", "<p>Hi\u200b\u200b</p>"]


async def test_duplicates_without_end_are_refused() -> None:
    async with ill() as (site, blog):
        site.answer(COMMENTS, on_post(lambda _: wp_error(409, "comment_duplicate")))
        with pytest.raises(Refused):
            await blog.write(DRAFT)
        assert len([1 for method, *_ in site.asked if method == "POST"]) < 10


async def test_an_account_that_may_not_approve_leaves_it_to_the_blog() -> None:
    async def answer(request: web.Request) -> web.Response:
        if request.method == "GET":
            return web.json_response(comment(9, status="hold") if request.path.endswith("/9") else [])
        return wp_error(403, "rest_cannot_edit") if request.path.endswith("/9") else created(status="hold")

    async with ill() as (site, blog):
        site.answer(COMMENTS, answer)
        site.answer(f"{COMMENTS}/9", answer)
        assert (await blog.write(DRAFT)).held


@pytest.mark.parametrize(("status", "held"), [("hold", True), ("spam", True), ("approved", False)])
async def test_what_became_of_a_comment(status: str, *, held: bool) -> None:
    async with ill() as (site, blog):
        site.answer(COMMENTS, on_post(lambda _: created(status=status)))
        assert (await blog.write(replace(DRAFT, approve=False))).held is held


async def test_a_comment_that_the_blog_throws_away_is_refused() -> None:
    assert isinstance(await write_error(lambda _: created(status="trash")), Refused)


async def test_a_rewrite_in_the_trash_is_no_rewrite() -> None:
    async with ill({f"{COMMENTS}/9": comment(9, status="trash")}) as (_, blog):
        with pytest.raises(Vanished):
            await blog.rewrite(CommentId("9"), "x", key=DRAFT.key)


async def test_a_blog_without_trash_deletes() -> None:
    def answer(request: web.Request) -> web.Response:
        if request.method == "GET":
            return web.json_response(comment(9))
        if request.query.get("force") == "true":
            return web.json_response({"deleted": True, "previous": comment(9)})
        return wp_error(501, "rest_trash_not_supported")

    async with ill({f"{COMMENTS}/9": answer}) as (site, blog):
        await blog.withdraw(CommentId("9"), key=DRAFT.key)
        assert [method for method, *_ in site.asked] == ["GET", "DELETE", "DELETE"]


# ------------------------------------------------------------------ the password, and a blog that moves


async def test_a_password_that_stops_working_and_works_again() -> None:
    async with ill() as (site, blog):
        assert blog.can_write
        me = site.routes["/wp/v2/users/me"]
        site.answer("/wp/v2/users/me", lambda _: wp_error(401, "rest_not_logged_in"))
        site.answer(COMMENTS, on_post(lambda _: wp_error(401, "rest_comment_login_required")))
        with pytest.raises(NotAllowed):
            await blog.write(DRAFT)
        await blog.recent(FeedState())
        assert not blog.can_write
        site.answer("/wp/v2/users/me", me)
        await blog.recent(FeedState())
        assert blog.can_write


async def test_a_blog_that_is_down_at_the_start_is_found_later() -> None:
    async with serving() as site:
        home = site.routes["/"]
        site.answer("/", lambda _: web.Response(status=503, headers={"Retry-After": "600"}))
        async with blog_of(site) as blog:
            assert blog.can_write
            with pytest.raises(Unreachable) as raised:
                await blog.tree(ONE, now=NOW)
            assert raised.value.retry_after == 600
            site.answer("/", home)
            assert (await blog.tree(ONE, now=NOW)).comments == ()


async def test_permalinks_that_change_are_followed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.blog.wordpress.connection._REDISCOVER_SECONDS", 0.0)
    async with ill() as (site, blog):
        plain = f'<{site.url}/index.php?rest_route=/>; rel="https://api.w.org/"'

        def front(request: web.Request) -> web.StreamResponse:
            if "feed" in request.query:
                return web.Response(text=FEED.format(url=site.url), content_type="text/xml")
            return web.Response(text="<html>home", content_type="text/html", headers={"Link": plain})

        site.answer("/", front)
        site.answer("/feed/", front)
        site.answer(COMMENTS, lambda r: listing([comment(1)]) if "rest_route" in r.query else front(r))
        assert [c.id for c in (await blog.tree(ONE, now=NOW)).comments] == ["1"]


@pytest.mark.parametrize("url", ["", "blog.example", "ftp://b.example", "https://user:pw@b.example/", "http://[", "/x"])
async def test_addresses_that_are_none(url: str) -> None:
    with pytest.raises(NotUnderstood, match="BLOG_URL") as raised:
        await WordPressBlog.open(url)
    assert "pw" not in raised.value.reason


# ------------------------------------------------------------------ the feed's validators

OLD = {"Last-Modified": "Mon, 23 Nov 2026 04:48:01 GMT", "Date": "Mon, 23 Nov 2026 05:00:00 GMT"}


def conditional(headers: Mapping[str, str], body: str = "") -> Any:
    """A feed that answers 304 to whoever shows its validators, and its headers otherwise."""

    def answer(request: web.Request) -> web.Response:
        known = request.headers.get("If-None-Match") == headers.get("ETag") and "If-None-Match" in request.headers
        text = body or FEED.format(url=f"http://{request.host}")
        return web.Response(status=304) if known else web.Response(text=text, headers=headers, content_type="text/xml")

    return answer


async def test_validators_go_back_exactly_as_they_came() -> None:
    async with ill() as (site, blog):
        site.answer("/feed/", conditional({"ETag": 'W/"abc-gzip"', **OLD}))
        first = await blog.recent(FeedState())
        again = await blog.recent(first.state)
        asked = site.asked_for("/feed/")
    assert [p.id for p in first.posts or ()] == ["1"]
    assert again.posts is None
    assert again.state == first.state
    assert (first.state.etag, first.state.last_modified) == ('W/"abc-gzip"', OLD["Last-Modified"])
    assert "If-None-Match" not in asked[0]
    assert (asked[1]["If-None-Match"], asked[1]["If-Modified-Since"]) == ('W/"abc-gzip"', OLD["Last-Modified"])


@pytest.mark.parametrize(
    ("headers", "kept"),
    [
        ({"ETag": '"x"', **OLD, "Date": "Mon, 23 Nov 2026 04:48:02 GMT"}, False),
        ({"ETag": '"x"', **OLD, "Date": "nonsense"}, False),
        ({"ETag": '"x"', **OLD}, True),
        ({"ETag": '"x"'}, True),
    ],
)
async def test_validators_of_the_very_second_are_not_kept(headers: dict[str, str], *, kept: bool) -> None:
    async with ill() as (site, blog):
        site.answer("/feed/", conditional(headers))
        state = (await blog.recent(FeedState())).state
    assert (state.etag == '"x"') is kept
    assert state.body_hash is not None


async def test_a_body_that_is_the_same_is_not_read_again() -> None:
    async with ill() as (site, blog):
        first = await blog.recent(FeedState())
        site.asked.clear()
        assert (await blog.recent(first.state)).posts is None
        assert [path for _, path, _ in site.asked] == ["/wp/v2/posts", "/wp/v2/posts", "/feed/"]


async def test_a_listing_that_differs_makes_the_feed_be_read_in_full() -> None:
    async with ill() as (site, blog):
        site.answer("/feed/", conditional({"ETag": '"x"', **OLD}))
        first = await blog.recent(FeedState())
        site.answer("/wp/v2/posts", [{**POST, "link": f"{site.url}/one/", "title": {"rendered": "Renamed"}}])
        second = await blog.recent(first.state)
    assert [p.title for p in second.posts or ()] == ["Renamed"]


async def test_one_callers_look_uses_up_nothing_that_another_caller_has_to_hear() -> None:
    async with ill() as (site, blog):
        site.answer("/feed/", conditional({"ETag": '"x"', **OLD}))
        both = (await blog.recent(FeedState())).state
        site.answer("/wp/v2/posts", [{**POST, "link": f"{site.url}/one/", "title": {"rendered": "Renamed"}}])
        ann = await blog.recent(both)
        assert (await blog.recent(ann.state)).posts is None  # the feed itself says 304 all the time
        bob = await blog.recent(both)
    assert ann == bob
    assert [p.title for p in bob.posts or ()] == ["Renamed"]
    assert ann.state != both


async def test_a_feed_that_lists_nothing_yields_nothing() -> None:
    async with ill() as (site, blog):
        site.answer("/feed/", conditional({}, '<rss version="2.0"><channel><title>x</title></channel></rss>'))
        assert (await blog.recent(FeedState())).posts == ()


@pytest.mark.parametrize(
    ("feed", "error"),
    [
        (lambda _: web.Response(status=503, headers={"Retry-After": "600"}), Unreachable),
        (lambda _: web.Response(text="<!DOCTYPE html><html>"), NotUnderstood),
        (lambda _: web.Response(status=404, text="gone"), NotUnderstood),
        (lambda _: web.Response(status=302, headers={"Location": "http://127.0.0.9/feed"}), NotUnderstood),
    ],
)
async def test_a_feed_that_is_none(feed: Any, error: type[CommonthreadError]) -> None:
    async with ill() as (site, blog):
        site.answer("/feed/", feed)
        with pytest.raises(error):
            await blog.recent(FeedState())


async def test_hidden_authors_are_named_by_the_feed() -> None:
    async with ill() as (site, blog):
        text = FEED.format(url=site.url).replace("<item>", "<item><author>Zoë</author>")
        site.answer("/feed/", conditional({}, text))
        post = {**POST, "link": f"{site.url}/one/", "author": 7, "categories": [3]}
        site.answer("/wp/v2/posts", [post])
        site.answer("/wp/v2/posts/1", post)
        site.answer("/wp/v2/users", lambda _: wp_error(401, "rest_user_cannot_view"))
        site.answer("/wp/v2/categories", [{"id": 3, "name": "R&amp;D"}])
        (listed,) = (await blog.recent(FeedState())).posts or ()
        assert (listed.author, listed.categories) == ("Zoë", ("R&D",))
        assert await blog.post(ONE) == listed


# ------------------------------------------------------------------ standing


@pytest.mark.parametrize(
    ("status", "means"),
    [
        ("approved", Standing.LIVE),
        ("hold", Standing.HELD),
        ("spam", Standing.GONE),
        ("trash", Standing.GONE),
        ("post-trashed", Standing.GONE),
    ],
)
async def test_standings(status: str, means: Standing) -> None:
    async with ill({f"{COMMENTS}/5": comment(5, status=status, parent=4)}) as (_, blog):
        seen = await blog.sighting(CommentId("5"))
        assert (seen.standing, seen.post_id, seen.parent_id) == (means, "1", "4")


async def test_a_hidden_comment_seen_by_nobody_in_particular() -> None:
    async with ill({f"{COMMENTS}/5": lambda _: wp_error(401, "rest_cannot_read")}, password=None) as (_, blog):
        assert await blog.sighting(CommentId("5")) == Sighting(Standing.HELD)


async def test_a_comment_that_never_was() -> None:
    async with ill({f"{COMMENTS}/5": lambda _: wp_error(404, "rest_comment_invalid_id")}) as (_, blog):
        with pytest.raises(Vanished):
            await blog.sighting(CommentId("5"))


# ------------------------------------------------------------------ the check command


async def test_an_examination_in_good_health() -> None:
    async with ill() as (_, blog):
        findings = await blog.examine()
    assert [f.ok for f in findings] == [True] * 9
    assert sum(1 for f in findings if f.mend) == 2, [f.mend for f in findings]
    assert "delete_posts and upload_files would let the blog keep them." in [f.mend for f in findings]


async def test_an_examination_names_what_to_mend() -> None:
    async with ill() as (site, blog):
        site.answer("/wp/v2/users/me", {"id": 1, "capabilities": {"read": True, "edit_posts": True}})
        site.answer("/feed/", lambda _: web.Response(text="<html>"))
        site.answer(COMMENTS, lambda _: wp_error(404, "rest_no_route"))
        broken = {f.subject: f.mend for f in await blog.examine() if not f.ok}
        site.answer("/wp/v2/users/me", lambda _: wp_error(401, "rest_not_logged_in"))
        wrong = [f for f in await blog.examine() if not f.ok][-1]
    assert list(broken) == ["feed readable", "comments readable", "account may moderate_comments and edit_posts"]
    assert "moderate_comments" in broken["account may moderate_comments and edit_posts"]
    assert "web page" in broken["feed readable"]
    assert wrong.subject == "application password accepted"
    assert "secret" not in repr(wrong)


async def test_an_examination_of_nothing() -> None:
    async with serving() as site:
        url = site.url
    blog = await WordPressBlog.open(url)
    try:
        (only,) = await blog.examine()
    finally:
        await blog.aclose()
    assert not only.ok
    assert "cannot be reached" in only.mend


async def test_an_examination_without_a_password_is_advice() -> None:
    async with ill(password=None) as (_, blog):
        last = (await blog.examine())[-1]
    assert last.ok
    assert "BLOG_APP_PASSWORD" in last.mend
