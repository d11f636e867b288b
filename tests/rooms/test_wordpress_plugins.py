"""The Blog port on a real WordPress whose plugins have a will of their own.

Does not repeat what a small server can show; see test_blog_faults.py.
"""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterator

import pytest

from bot.blog.wordpress.blog import WordPressBlog
from bot.core.domain import Millis, PostId
from bot.core.errors import PlaceVanished
from bot.ports import FeedState
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


@pytest.fixture
async def blog(wordpress: WordPress) -> AsyncIterator[WordPressBlog]:
    username, password = wordpress.login("bridge")
    blog = await WordPressBlog.open(wordpress.url, username=username, password=password)
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
