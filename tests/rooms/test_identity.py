"""Is the blog that answers the one that we know? A table of what happens to blogs, and what holds for any of them."""

from __future__ import annotations

import string
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.domain import CommentId, Link, Mapped, MessageId, Millis, Origin, Post, PostId, Standing, ThreadId
from bot.core.identity import Identity, Known, Likeness, compare, is_another, same_home, same_post

HOME = "https://blog.example"
DAY = 86_400_000


def posts(*numbers: int, later: int = 0) -> dict[PostId, Millis]:
    """Posts of one blog: its number says when each was published."""
    return {PostId(str(number)): Millis(1_600_000_000_000 + number * DAY + later) for number in numbers}


def said(home: str, newest: dict[PostId, Millis], url: str = "") -> Identity:
    ordered = sorted(newest.items(), key=lambda post: -post[1])[:20]
    return Identity(home, "A blog", tuple(ordered), url or home)


KNOWN = Known(HOME, posts(*range(1, 31)), address=HOME)
SAME, MOVED, OTHER, ASK = Likeness.SAME, Likeness.MOVED, Likeness.OTHER, Likeness.ASK_OLD_HOME


@pytest.mark.parametrize(
    ("a", "b"),
    [
        ("https://blog.example", "http://blog.example"),
        ("https://blog.example", "https://blog.example/"),
        ("https://blog.example", "https://www.blog.example"),
        ("https://blog.example", "https://BLOG.example:443"),
        ("https://blog.example", "http://blog.example:80/"),
        ("https://blog.example", "https://blog.example."),
        ("https://blog.example/a%20b", "https://blog.example/a b/"),
        ("https://blög.example", "https://xn--blg-tna.example"),
        ("http://127.0.0.1:8080", "http://127.0.0.1:8080/"),
        ("http://[::1]:8080", "http://[::1]:8080/"),
    ],
)
def test_one_home_in_two_spellings(a: str, b: str) -> None:
    assert same_home(a, b)
    assert same_home(b, a)


@pytest.mark.parametrize(
    ("a", "b"),
    [
        ("https://blog.example", "https://blog.example/blog"),
        ("https://blog.example/one", "https://blog.example/two"),
        ("https://blog.example/One", "https://blog.example/one"),
        ("https://blog.example", "https://blog.example:8443"),
        ("https://blog.example", "https://other.example"),
        ("https://blog.example", "https://staging.blog.example"),
        ("https://wwwblog.example", "https://blog.example"),
        ("", "https://blog.example"),
        ("https://[", "https://blog.example"),
        ("https://blog.example:99999", "https://blog.example"),
    ],
)
def test_two_homes(a: str, b: str) -> None:
    assert not same_home(a, b)
    assert not same_home(b, a)


@pytest.mark.parametrize(
    ("known", "found", "likeness"),
    [
        pytest.param(KNOWN, said(HOME, posts(*range(1, 31))), SAME, id="nothing has changed"),
        pytest.param(KNOWN, said("http://blog.example", posts(*range(1, 31))), SAME, id="https taken back"),
        pytest.param(Known("http://blog.example", posts(1)), said(HOME, posts(1)), SAME, id="http became https"),
        pytest.param(KNOWN, said("https://www.blog.example", posts(*range(1, 31))), SAME, id="www. came"),
        pytest.param(
            Known(HOME, posts(1, 2), address=f"{HOME}/2026/11/a-post/"),
            said(HOME, posts(1, 2), url=f"{HOME}/2026/11/a-post/"),
            SAME,
            id="the address is a post's",
        ),
        pytest.param(KNOWN, said(HOME, posts(*range(15, 45))), SAME, id="many new posts"),
        pytest.param(KNOWN, said(HOME, posts(*range(100, 130))), SAME, id="so many that none is known"),
        pytest.param(KNOWN, said(HOME, posts(*range(1, 21))), SAME, id="restored from a backup"),
        pytest.param(
            KNOWN,
            said(HOME, posts(*range(1, 21)) | posts(21, 22, later=DAY * 40)),
            SAME,
            id="restored from a backup, and numbers given out again",
        ),
        pytest.param(KNOWN, said(HOME, {}), SAME, id="emptied"),
        pytest.param(Known(HOME, {}), said(HOME, {}), SAME, id="empty then and now"),
        pytest.param(Known(HOME, {}), said(HOME, posts(1, 2)), SAME, id="empty then"),
        pytest.param(Known(HOME, {}), said("https://other.example", {}), OTHER, id="empty and elsewhere"),
        pytest.param(
            KNOWN, said(HOME, posts(*range(1, 30)) | posts(30, later=DAY)), SAME, id="one post was dated anew"
        ),
        pytest.param(
            KNOWN,
            said(HOME, posts(12) | posts(*range(13, 31), later=DAY)),
            SAME,
            id="many were dated anew at the same home",
        ),
        pytest.param(KNOWN, said(HOME, posts(*range(1, 31), later=999)), SAME, id="parts of a second"),
        pytest.param(
            KNOWN, said(HOME, posts(*range(1, 31), later=DAY * 400)), OTHER, id="another site took the address"
        ),
        pytest.param(
            Known(HOME, posts(1), address=HOME),
            said(HOME, posts(1, later=DAY * 7)),
            OTHER,
            id="a fresh install and its post 1, Hello world",
        ),
        pytest.param(
            Known("https://one.example", posts(1)),
            said("https://two.example", posts(1, later=DAY)),
            OTHER,
            id="two fresh installs",
        ),
        pytest.param(
            KNOWN,
            said(HOME, {PostId(str(31 - int(post))): at for post, at in KNOWN.posts.items()}),
            OTHER,
            id="imported anew under numbers of other posts",
        ),
        pytest.param(
            KNOWN,
            said(HOME, {PostId(str(900 + int(post))): at for post, at in KNOWN.posts.items()}),
            SAME,
            id="imported anew under new numbers",
        ),
        pytest.param(KNOWN, said("https://moved.example", posts(*range(1, 31))), ASK, id="moved, or copied"),
        pytest.param(KNOWN, said(f"{HOME}/blog", posts(*range(1, 31))), ASK, id="moved into a folder"),
        pytest.param(KNOWN, said("https://other.example", posts(*range(200, 230))), OTHER, id="another blog"),
        pytest.param(
            KNOWN, said("https://other.example", posts(*range(1, 31), later=DAY)), OTHER, id="another blog's numbers"
        ),
        pytest.param(
            KNOWN,
            said("https://other.example", posts(20) | posts(*range(21, 31), later=DAY)),
            OTHER,
            id="elsewhere, and most posts differ",
        ),
        pytest.param(KNOWN, said("https://other.example", {}), OTHER, id="elsewhere, and empty"),
        pytest.param(
            Known("", posts(1, 2), address=HOME), said("https://inner.example", posts(2, 3)), ASK, id="home never told"
        ),
        pytest.param(
            Known("", {}, address=HOME),
            said("https://inner.example", posts(1), url=HOME),
            SAME,
            id="asked where always",
        ),
        pytest.param(
            Known("", {}, address=HOME), said("https://x.example", posts(1)), OTHER, id="asked at another address"
        ),
        pytest.param(
            Known("", posts(1), address=HOME),
            said(HOME, posts(1, later=DAY), url=HOME),
            OTHER,
            id="asked where always, another blog",
        ),
        pytest.param(
            Known(HOME, {PostId("1"): Millis(0)}), said(HOME, posts(1)), SAME, id="a post without a date says nothing"
        ),
    ],
)
def test_what_becomes_of_blogs(known: Known, found: Identity, likeness: Likeness) -> None:
    verdict = compare(known, found)
    assert verdict.likeness is likeness
    assert verdict.home == (found.home if likeness is SAME else "")
    assert found.home in verdict.reason


COPY = said("https://staging.example", posts(*range(1, 31)))


def test_a_copy_is_another_blog_while_the_old_one_answers() -> None:
    verdict = compare(KNOWN, COPY, old_still_answers=True)
    assert verdict.likeness is OTHER
    assert "copy" in verdict.reason


def test_a_copy_is_another_blog_though_the_old_one_never_told_its_home() -> None:
    known = Known("", KNOWN.posts, address=HOME)
    assert compare(known, COPY, old_still_answers=True).likeness is OTHER
    assert compare(known, COPY, old_still_answers=False).likeness is MOVED


def test_a_moved_blog_takes_its_new_home() -> None:
    verdict = compare(KNOWN, COPY, old_still_answers=False)
    assert (verdict.likeness, verdict.home) == (MOVED, COPY.home)
    assert HOME in verdict.reason
    assert COPY.home in verdict.reason


def test_an_import_is_said_to_be_one() -> None:
    shuffled = {PostId(str(31 - int(post))): at for post, at in KNOWN.posts.items()}
    assert "imported anew" in compare(KNOWN, said(HOME, shuffled)).reason
    assert "imported" not in compare(KNOWN, said(HOME, posts(30, later=DAY * 400))).reason


NUMBERS = st.integers(1, 40).map(lambda number: PostId(str(number)))
MOMENTS = st.integers(1, 40).map(lambda day: Millis(1_600_000_000_000 + day * DAY))
POSTS = st.dictionaries(NUMBERS, MOMENTS, max_size=30)
HOMES = st.sampled_from([HOME, "http://www.blog.example/", "https://other.example", f"{HOME}/blog"])


@given(HOMES, POSTS)
def test_a_blog_is_always_itself(home: str, its: dict[PostId, Millis]) -> None:
    assert compare(Known(home, its), said(home, its)).likeness is SAME


@given(HOMES, POSTS, HOMES, POSTS)
def test_only_copies_and_moves_need_the_old_home(
    home: str, its: dict[PostId, Millis], there: str, found: dict[PostId, Millis]
) -> None:
    known, who = Known(home, its), said(there, found)
    undecided = compare(known, who)
    yes, no = (compare(known, who, old_still_answers=answer) for answer in (True, False))
    if undecided.likeness is ASK:
        assert (yes.likeness, no.likeness) == (OTHER, MOVED)
        assert not same_home(home, there)
    else:
        assert undecided == yes == no


@given(HOMES, POSTS, HOMES, POSTS)
def test_what_shares_no_post_and_no_home_is_never_taken_for_ours(
    home: str, its: dict[PostId, Millis], there: str, found: dict[PostId, Millis]
) -> None:
    who = said(there, found)
    shared = sum(1 for post, at in who.newest if its.get(post) == at)
    both = sum(1 for post, _ in who.newest if post in its)
    verdict = compare(Known(home, its), who)
    if shared == 0 and both:
        assert verdict.likeness is OTHER
    if shared == 0 and not same_home(home, there):
        assert verdict.likeness is OTHER
    if shared and same_home(home, there):
        assert verdict.likeness is SAME


@given(st.text(string.printable), st.text(string.printable))
def test_any_text_may_be_compared(a: str, b: str) -> None:
    assert same_home(a, a)
    assert same_home(a, b) == same_home(b, a)


def test_a_young_blog_whose_posts_get_other_dates_is_known_by_their_addresses() -> None:
    before = {PostId("7"): f"{HOME}/2026/first-steps/", PostId("9"): f"{HOME}/2026/second-thoughts/"}
    known = Known(HOME, posts(7, 9), HOME, before)
    moved = {number: address.replace("2026", "2025") for number, address in before.items()}
    redated = replace(said(HOME, posts(7, 9, later=3 * DAY)), addresses=moved)
    assert compare(known, redated).likeness is SAME
    assert compare(known, replace(redated, addresses={PostId("7"): before[PostId("7")]})).likeness is OTHER
    assert compare(known, replace(redated, addresses={})).likeness is OTHER
    plain = {number: f"{HOME}/?p={number}" for number in before}
    by_number = Known(HOME, posts(7, 9), HOME, plain)
    assert compare(by_number, replace(redated, addresses=plain)).likeness is OTHER, "a number is no name"
    elsewhere = replace(redated, home="https://copy.example", url="https://copy.example")
    assert compare(known, elsewhere).likeness is OTHER


MOMENT = Millis(1_700_000_000_000)
POST = Post(PostId("7"), "", f"{HOME}/a-walk/", "A walk", "Ann", MOMENT, "<p>Words.</p>")


@pytest.mark.parametrize(
    ("now", "same"),
    [
        (replace(POST, html="<p>Other words.</p>", author="Bob"), True),
        (replace(POST, published_at=Millis(MOMENT + DAY), url=f"{HOME}/a-stroll/"), True),
        (replace(POST, published_at=Millis(MOMENT + DAY), title="A stroll"), True),
        (replace(POST, title="A stroll", url=f"{HOME}/a-stroll/"), True),
        (replace(POST, published_at=Millis(MOMENT + DAY), title="A stroll", url=f"{HOME}/a-stroll/"), False),
    ],
)
def test_a_post_is_known_by_its_moment_its_title_or_its_address(now: Post, *, same: bool) -> None:
    assert same_post(POST, now) is same


def test_an_address_that_names_a_number_alone_makes_no_post_the_same() -> None:
    plain = replace(POST, url=f"{HOME}/?p=7")
    assert not same_post(plain, replace(plain, title="A stroll", published_at=Millis(MOMENT + DAY)))


@pytest.mark.parametrize(
    ("was", "now", "another"),
    [
        (("", MOMENT), ("", MOMENT), False),
        (("", MOMENT), ("", Millis(MOMENT + 999)), False),
        (("", MOMENT), ("", Millis(MOMENT + 1000)), True),
        (("mine", MOMENT), ("mine", Millis(MOMENT + DAY)), False),
        (("mine", MOMENT), ("theirs", MOMENT), True),
        (("mine", MOMENT), ("", MOMENT), False),
        (("mine", MOMENT), ("", Millis(MOMENT + DAY)), True),
        (("", None), ("", MOMENT), False),
        (("", MOMENT), (None, None), False),
    ],
)
def test_a_comment_is_known_by_its_key_or_else_by_its_moment(
    was: tuple[str, Millis | None], now: tuple[str | None, Millis | None], *, another: bool
) -> None:
    key, written_at = was
    seen = Mapped(
        comment_id=CommentId("3"),
        parent_id=None,
        origin=Origin.DISCORD if key else Origin.BLOG,
        author="Ann",
        digest="",
        revision=0,
        standing=Standing.LIVE,
        messages=(),
        shown_parent=None,
        recorded_at=Millis(0),
        written_at=written_at,
        key=key,
    )
    assert is_another(seen, now[0], "", now[1]) is another


@pytest.mark.parametrize(
    ("key", "unproven", "same_moment", "another"),
    [
        ("m#ct-old", "m#ct-old", False, False),  # the very link that the map holds
        ("m#ct-old", "m", True, False),  # without its signature the moment decides
        ("m#ct-old", "m", False, True),
        ("m#ct-old", "m#ct-forged", False, True),
        ("m", "m", False, False),
        ("m", "n", True, True),  # the link of another message
        ("m", "", True, False),
        ("m", "", False, True),
    ],
)
def test_a_link_that_proves_nothing_is_believed_where_the_map_holds_it(
    key: str, unproven: str, *, same_moment: bool, another: bool
) -> None:
    relay = Link(MessageId(1), ThreadId(1), 1, CommentId("3"), 1, Origin.DISCORD, "", Standing.LIVE, MOMENT, key)
    at = MOMENT if same_moment else Millis(MOMENT + DAY)
    assert is_another(relay, "", unproven, at) is another
