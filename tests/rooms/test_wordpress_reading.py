"""What is WordPress's alone when it is read: order and texture of a listing, feeds, permalinks, what accounts may see.

Does not repeat what every blog promises; see tests/contract/test_blog_contract.py.
"""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

from bot.blog.wordpress.blog import WordPressBlog
from bot.core.domain import CommentId, Millis, PostId, Standing
from bot.ports import FeedState, Sighting
from tests.support.wordpress import WordPress

NOW = Millis(77)


@asynccontextmanager
async def opened(site: WordPress, role: str | None = "bridge", **options: Any) -> AsyncIterator[WordPressBlog]:
    username, password = site.login(role) if role else (None, None)
    blog = await WordPressBlog.open(options.pop("url", site.url), username=username, password=password, **options)
    try:
        yield blog
    finally:
        await blog.aclose()


async def a_post(site: WordPress, **fields: Any) -> PostId:
    return PostId(str((await site.post(f"Post {uuid.uuid4().hex}", "<p>Text</p>", **fields))["id"]))


async def a_comment(site: WordPress, post: PostId, html: str = "", **fields: Any) -> CommentId:
    said = await site.comment(int(post), html or f"Said {uuid.uuid4().hex}", **fields)
    return CommentId(str(said["id"]))


# ------------------------------------------------------------------ trees


async def test_a_tree_of_64_five_deep_over_several_pages(any_wordpress: WordPress) -> None:
    post = await a_post(any_wordpress)
    parents: dict[CommentId, CommentId | None] = {}
    levels: list[list[CommentId]] = [[] for _ in range(5)]
    for number in range(64):
        depth = min(number // 4, 4)
        above = levels[depth - 1][number % len(levels[depth - 1])] if depth else None
        comment = await a_comment(
            any_wordpress, post, f"Nö {number} 😀", parent=int(above or 0), author_name=f"Zoë {number}"
        )
        levels[depth].append(comment)
        parents[comment] = above
    async with opened(any_wordpress, per_page=30) as blog:
        tree = await blog.tree(post, now=NOW)
    assert {c.id: c.parent_id for c in tree.comments} == parents
    assert [c.author for c in tree.comments] == [f"Zoë {n}" for n in range(64)]
    assert [c.html for c in tree.comments] == [f"<p>Nö {n} 😀</p>\n" for n in range(64)]
    assert [c.id for c in tree.comments] == sorted(parents, key=int)
    assert {c.post_id for c in tree.comments} == {post}
    assert (tree.post_id, tree.fetched_at) == (post, NOW)


async def test_a_name_is_text_without_tags_and_entities(any_wordpress: WordPress) -> None:
    post = await a_post(any_wordpress)
    await a_comment(any_wordpress, post, "Hi", author_name="Ann & <b>Co</b>", author_url="https://ann.example/")
    async with opened(any_wordpress) as blog:
        (comment,) = (await blog.tree(post, now=NOW)).comments
    assert comment.author == "Ann & Co"
    assert comment.relay_of == "", "a reader's own link is no key"


# ------------------------------------------------------------------ posts and the feed


async def test_a_post_with_author_category_and_picture(wordpress: WordPress) -> None:
    category = await wordpress.request("POST", "wp/v2/categories", body={"name": f"R&D {uuid.uuid4().hex[:8]}"})
    html = '<p>Hello <em>you</em></p><p><img src="/a.png"></p><!--more--><p>Rest</p>'
    made = await wordpress.post("Tom &amp; “Jerry” <em>x</em>", html, categories=[category["id"]])
    async with opened(wordpress) as blog:
        recent = await blog.recent(FeedState())
        post = await blog.post(PostId(str(made["id"])))
    assert recent.posts is not None
    assert post in recent.posts
    assert post.title == "Tom & “Jerry” x"
    assert post.author == "admin"
    assert post.categories == (category["name"].replace("&amp;", "&"),)
    assert post.image_url == f"{wordpress.url}/a.png"
    assert post.url == made["link"]
    assert "Hello <em>you</em>" in post.html
    assert "Rest" not in post.html


async def test_conditional_get_and_what_changes_it(any_wordpress: WordPress) -> None:
    await a_post(any_wordpress)
    async with opened(any_wordpress) as blog:
        first = await blog.recent(FeedState())
        state = first.state
        async with asyncio.timeout(20):
            # Validators count whole seconds and are kept once the newest change is older: only the clock brings that.
            while state.etag is None or state.last_modified is None:
                await asyncio.sleep(0.2)
                state = (await blog.recent(state)).state
        unchanged = await blog.recent(state)
        post = await a_post(any_wordpress)
        second = await blog.recent(unchanged.state)
        await any_wordpress.edit_post(int(post), title="Another title")
        third = await blog.recent(second.state)
    assert first.posts
    assert unchanged.posts is None
    assert unchanged.state == state
    assert second.posts is not None
    assert second.posts[0].id == post
    assert third.posts is not None
    assert {p.title for p in third.posts if p.id == post} == {"Another title"}


async def test_a_scheduled_post_that_hides_behind_a_later_edit_is_found(any_wordpress: WordPress) -> None:
    """Its modification date is the scheduled one, so the feed's validators do not move when it appears."""
    other = await a_post(any_wordpress)
    draft = await a_post(any_wordpress, status="draft")
    async with opened(any_wordpress) as blog:
        state = (await blog.recent(FeedState())).state
        assert (await blog.recent(state)).posts is None
        past = (datetime.now(UTC) - timedelta(hours=1)).strftime("%Y-%m-%dT%H:%M:%S")
        await any_wordpress.edit_post(int(draft), status="publish", date_gmt=past)
        await any_wordpress.edit_post(int(other), content="Edited later")
        posts = (await blog.recent(state)).posts
    assert posts is not None
    assert draft in {p.id for p in posts}


async def test_one_categorys_feed_mirrors_that_category_only(wordpress: WordPress) -> None:
    name = f"only-{uuid.uuid4().hex[:8]}"
    category = await wordpress.request("POST", "wp/v2/categories", body={"name": name, "slug": name})
    old = (datetime.now(UTC) - timedelta(days=900)).strftime("%Y-%m-%dT%H:%M:%S")
    inside = await a_post(wordpress, categories=[category["id"]])
    straggler = await a_post(wordpress, categories=[category["id"]], date_gmt=old)
    for _ in range(20):
        await a_post(wordpress)
    async with opened(wordpress, url=f"{wordpress.url}/?feed=rss2&cat={category['id']}") as blog:
        posts = (await blog.recent(FeedState())).posts
    assert posts is not None
    assert [p.id for p in posts] == [inside, straggler]


async def test_plain_permalinks_and_any_address_of_the_blog(any_wordpress: WordPress) -> None:
    post = await a_post(any_wordpress)
    comment = await a_comment(any_wordpress, post)
    link = (await any_wordpress.request("GET", f"wp/v2/posts/{post}"))["link"]
    async with opened(any_wordpress, url=link) as blog:
        assert [c.id for c in (await blog.tree(post, now=NOW)).comments] == [comment]
    former = await any_wordpress.option("permalink_structure", "")
    try:
        async with opened(any_wordpress) as blog:
            assert [c.id for c in (await blog.tree(post, now=NOW)).comments] == [comment]
            assert post in {p.id for p in (await blog.recent(FeedState())).posts or ()}
            assert all(finding.ok for finding in await blog.examine())
            assert blog.can_write
    finally:
        await any_wordpress.option("permalink_structure", former)


# ------------------------------------------------------------------ standings, the eyes of the least account


async def test_a_hidden_comment_of_a_post_never_read(any_wordpress: WordPress) -> None:
    held = await a_comment(any_wordpress, await a_post(any_wordpress), status="hold")
    async with opened(any_wordpress) as blog:
        assert await blog.sighting(held) == Sighting(Standing.HELD)


async def test_nobody_in_particular_is_told_of_approved_answers_alone(any_wordpress: WordPress) -> None:
    post = await a_post(any_wordpress)
    root = await a_comment(any_wordpress, post)
    await a_comment(any_wordpress, post, parent=int(root))
    await a_comment(any_wordpress, post, parent=int(root), status="hold")
    async with opened(any_wordpress, None) as stranger:
        assert await stranger.children(post, root) == 1


async def test_an_examination(any_wordpress: WordPress) -> None:
    async with opened(any_wordpress) as blog, opened(any_wordpress, "subscriber") as weak:
        # One line more where another test has left relays behind whose links the blog had cleared.
        found = [f for f in await blog.examine() if "clears the links" not in f.subject]
        assert [f.ok for f in found] == [True] * 9
        assert [f.mend for f in await weak.examine() if not f.ok] == [
            "The account lacks moderate_comments and edit_posts; give it a role that has them."
        ]
    wrong = await WordPressBlog.open(any_wordpress.url, username="bridge", password="wrong")
    try:
        assert not wrong.can_write
        assert [f.subject for f in await wrong.examine() if not f.ok] == ["application password accepted"]
    finally:
        await wrong.aclose()
