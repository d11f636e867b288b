"""The Blog port on a real WordPress whose plugins have a will of their own.

Does not repeat what a small server can show; see test_blog_faults.py.
"""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import AsyncIterator
from contextlib import suppress

import pytest

from bot.blog.wordpress.blog import WordPressBlog
from bot.blog.wordpress.creations import Patience
from bot.core.domain import Millis, PostId
from bot.core.errors import Doubt, PlaceVanished, Unanswered
from bot.ports import Draft, FeedState
from tests.support.signer import ANN, SIGNER, key
from tests.support.wordpress import WordPress
from tests.support.wordpress.plugins import plugin

NOW = Millis(1)

SUBSCRIBERS = """
add_filter('rest_request_before_callbacks', function ($answer, $handler, $request) {
    if (is_user_logged_in()) return $answer;
    $post = (int) (wp_parse_id_list($request['post'] ?? [])[0] ?? 0);
    return $post && str_contains(get_the_title($post), 'Subscribers')
        ? new WP_Error('%(code)s', 'Please subscribe.', ['status' => %(status)d]) : $answer;
}, 10, 3);
"""
FULL_TEXT = """
add_filter('rest_prepare_post', function ($answer, $post) {
    if (is_user_logged_in() || !str_contains($post->post_title, 'Subscribers')) return $answer;
    return new WP_Error('paywall', 'Please subscribe.', ['status' => 401]);
}, 10, 2);
"""


PICKY = """
add_filter('rest_preprocess_comment', function ($comment) {
    if (str_contains($comment['comment_content'], 'lottery')) wp_die('We play no games &amp; never did', 'Spam', 500);
    if (str_contains($comment['comment_content'], 'raffle')) wp_die('No raffles', 'Spam', ['response' => 403]);
    return $comment;
});
add_action('wp_insert_comment', function ($number, $comment) {
    if (str_contains($comment->comment_content, 'tombola')) wp_die('Too late', 'Late', ['response' => 500]);
}, 10, 2);
"""
SLOW = """
add_filter('%(hook)s', function ($given) {
    if ($_SERVER['REQUEST_METHOD'] === 'POST') sleep(2);
    return $given;
});
"""


def draft(post: PostId, html: str) -> Draft:
    return Draft(post, None, "Ann", ANN, key(), html, True)


@pytest.fixture
async def blog(wordpress: WordPress) -> AsyncIterator[WordPressBlog]:
    username, password = wordpress.login("bridge")
    blog = await WordPressBlog.open(wordpress.url, username=username, password=password, signer=SIGNER)
    yield blog
    await blog.aclose()


async def a_post(wordpress: WordPress, title: str) -> PostId:
    return PostId(str((await wordpress.post(f"{title} {uuid.uuid4().hex}", "<p>Text</p>"))["id"]))


@pytest.mark.parametrize(
    ("status", "code"), [(401, "paywall"), (403, "paywall"), (403, "rest_forbidden"), (401, "rest_cannot_read_post")]
)
async def test_what_strangers_may_not_read_is_not_read_for_them(
    wordpress: WordPress, blog: WordPressBlog, status: int, code: str
) -> None:
    kept, shown = await a_post(wordpress, "Subscribers"), await a_post(wordpress, "Everybody")
    secret, said = [await wordpress.comment(int(post), f"Said {uuid.uuid4().hex}") for post in (kept, shown)]
    assert secret
    with plugin(wordpress, SUBSCRIBERS % {"status": status, "code": code}):
        for _ in range(2):
            with pytest.raises(PlaceVanished):
                await blog.tree(kept, now=NOW)
            assert [one.id for one in (await blog.tree(shown, now=NOW)).comments] == [str(said["id"])]
    assert [one.id for one in (await blog.tree(kept, now=NOW)).comments] == [str(secret["id"])], "it is open again"


async def test_a_post_of_which_strangers_are_shown_an_error_holds_up_no_other(
    wordpress: WordPress, blog: WordPressBlog
) -> None:
    kept, shown = await a_post(wordpress, "Subscribers"), await a_post(wordpress, "Everybody")
    with plugin(wordpress, FULL_TEXT):
        with pytest.raises(PlaceVanished):
            await blog.tree(kept, now=NOW)
        assert (await blog.tree(shown, now=NOW)).comments == ()
        assert kept not in [post for post, _ in (await blog.identity()).newest]
        posts = (await blog.recent(FeedState())).posts
        assert posts is not None
        assert shown in [post.id for post in posts]
        assert kept not in [post.id for post in posts]


@pytest.mark.parametrize(
    ("words", "said", "arrives"),
    [
        ("win the lottery", "We play no games & never did", False),
        ("a raffle", "No raffles", False),
        ("tombola", "Too late", True),
    ],
)
async def test_a_plugin_that_ends_a_write_speaks_of_that_write(
    wordpress: WordPress, blog: WordPressBlog, words: str, said: str, arrives: bool
) -> None:
    post = await a_post(wordpress, "Talk")
    one = draft(post, f"{words} {uuid.uuid4().hex}")
    with plugin(wordpress, PICKY):
        with pytest.raises(Unanswered) as raised:
            await blog.write(one)
        assert (raised.value.doubt, raised.value.words) == (Doubt.TURNED_AWAY, said)
        assert (await blog.find(post, one.key) is not None) is arrives
        assert (await blog.write(draft(post, f"Fine {uuid.uuid4().hex}"))).held is False


@pytest.mark.parametrize("hook", ["rest_preprocess_comment", "rest_pre_insert_comment"])
@pytest.mark.parametrize("repeated", ["at once", "after the answer"])
async def test_a_slow_write_is_one_comment(wordpress: WordPress, hook: str, repeated: str) -> None:
    """Before and after WordPress has looked for duplicates."""
    username, password = wordpress.login("bridge")
    patience = Patience(wait=0.2, most=60.0)
    slow = await WordPressBlog.open(
        wordpress.url, username=username, password=password, patience=patience, signer=SIGNER
    )
    post = await a_post(wordpress, "Slow")
    one = draft(post, f"Said {uuid.uuid4().hex}")
    try:
        with plugin(wordpress, SLOW % {"hook": hook}):
            for _ in range(3):
                with pytest.raises(Unanswered) as raised:
                    await slow.write(one)
                assert raised.value.doubt is Doubt.UNDER_WAY
                assert await slow.find(post, one.key) is None
            written = None
            while written is None:
                if repeated == "at once":
                    with suppress(Unanswered):
                        written = await slow.write(one)
                else:
                    written = await slow.find(post, one.key)
                await asyncio.sleep(0.05)
        assert [shown.id for shown in (await slow.tree(post, now=NOW)).comments] == [written.comment_id]
    finally:
        await slow.aclose()
