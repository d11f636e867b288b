"""The whole bot on a real WordPress while the world moves: the database is lost, a post hides for a minute, a plugin
shows strangers nothing, one action cannot be recorded. ``COMMENTS`` and ``REPLIES``: how many of each a thread has.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from bot.core.actions import Claim
from bot.core.errors import Contradiction
from bot.ports import Outcome
from bot.sandbox.discord import Member
from bot.store.sqlite.store import SqliteStore
from tests.support import wordpress as real_wordpress
from tests.support.whole_bot import Scene, quiet, scene
from tests.support.wordpress import WordPress
from tests.support.wordpress.plugins import plugin

POSTS = 3
COMMENTS, REPLIES = int(os.environ.get("COMMENTS", "22")), int(os.environ.get("REPLIES", "6"))

NOTHING_TO_SEE = """
add_filter('rest_comment_query', function ($asked) { $asked['comment__in'] = [0]; return $asked; });
"""


@pytest.fixture
def young(wordpress: WordPress) -> Iterator[WordPress]:
    """One of its own, where ``wordpress`` can be had at all: posts of other tests would count as new ones."""
    with real_wordpress.start(version=os.environ.get("WORDPRESS_VERSION", "nightly")) as blog:
        yield blog


def lose(folder: Path) -> None:
    for file in folder.glob("bot.sqlite3*"):
        file.unlink()


async def texts(blog: WordPress, post: int, *, status: str = "approve") -> dict[int, tuple[int, str, str]]:
    """Parent, author and words of each comment."""
    found = await blog.comments(post, status=status)
    return {int(one["id"]): (one["parent"], one["author_name"], one["content"]["rendered"]) for one in found}


async def carrying(blog: WordPress, post: int, message: int) -> list[int]:
    """The comments that carry a message, whatever their status."""
    found = [one for status in ("approve", "hold", "trash") for one in await blog.comments(post, status=status)]
    return [int(one["id"]) for one in found if f"/{message}#" in one["author_url"]]


async def crossed(stage: Scene, post: int, message: int) -> None:
    async def there() -> bool:
        return bool(await carrying(stage.blog, post, message))

    await stage.until_blog(there)


def threads(stage: Scene) -> list[int]:
    return sorted(int(one["id"]) for one in stage.discord.threads(stage.channel))


def ours(stage: Scene) -> dict[int, list[tuple[int, str]]]:
    """Of each thread its messages, as they stand."""
    return {
        thread: [(int(one["id"]), f"{one['content']}{one['embeds']}") for one in stage.discord.messages(thread)]
        for thread in threads(stage)
    }


async def test_a_lost_database_doubles_and_loses_nothing(young: WordPress, tmp_path: Path) -> None:
    """Three threads, two hundred mirrors and sixty relays; then old ones change on both sides."""
    await young.edit_post(1, date="2020-01-01T00:00:00")
    posts = [int((await young.post(f"Essay {number}", "<p>x</p>"))["id"]) for number in range(POSTS)]
    for post in posts:
        above = 0
        for number in range(COMMENTS):
            name = f"R{number}"
            made = await young.insert_comment(
                comment_post_ID=post, comment_content=f"words {number} of {post}", comment_author=name,
                comment_author_email=f"{name}@example.test", comment_approved=1,
                comment_parent=above if number % 3 else 0,
            )  # fmt: skip
            above = int(made)
    async with scene(young, tmp_path) as stage:
        ann = stage.discord.add_member(stage.guild, name="ann", display_name="Ann")
        async with stage.bot(FIRST_POSTS=str(POSTS)) as running:
            await stage.until(lambda: len(threads(stage)) == POSTS)
            await stage.until(lambda: all(len(stage.mirrors_of(one)) == COMMENTS for one in threads(stage)))
            said = [
                await stage.discord.post(
                    ann, thread, f"reply {number}", reply_to=stage.mirrors_of(thread)[number * 2].message
                )
                for thread in threads(stage)
                for number in range(REPLIES)
            ]
            await quiet(running)
        before = [await texts(young, post) for post in posts]
        assert sum(map(len, before)) == POSTS * (COMMENTS + REPLIES)
        stood = ours(stage)
        lose(tmp_path)
        async with stage.bot(FIRST_POSTS=str(POSTS)) as running:
            await quiet(running)
            assert ours(stage) == stood, "nothing is sent, edited or deleted"
            assert [await texts(young, post) for post in posts] == before
            first = threads(stage)[0]
            await _old_things_change(stage, posts, first, ann, [one.id for one in said[:2]])


async def _old_things_change(stage: Scene, posts: list[int], thread: int, ann: Member, said: list[int]) -> None:
    blog, mirror = stage.blog, stage.mirrors_of(thread)[5]
    (post,) = [one for one in posts if await carrying(blog, one, said[0])]
    await blog.edit_comment(mirror.comment, content="other words")
    await stage.until(lambda: any("other words" in one.words for one in stage.mirrors_of(thread)))
    await stage.discord.edit(ann, thread, said[0], "another reply")
    await stage.discord.delete(ann, thread, said[1])

    async def followed() -> bool:
        found = await texts(blog, post)
        return any("another reply" in one[2] for one in found.values()) and len(found) == COMMENTS + REPLIES - 1

    await stage.until_blog(followed)
    leaf = stage.mirrors_of(thread)[-1]
    await blog.trash(leaf.comment)
    await stage.until(lambda: leaf.message not in [one.message for one in stage.mirrors_of(thread)])


async def test_a_post_that_is_private_for_a_while_refuses_nothing_and_publishes_nothing_that_is_gone(
    wordpress: WordPress, tmp_path: Path
) -> None:
    post = int((await wordpress.post("An essay that hides", "<p>x</p>"))["id"])
    root = int((await wordpress.comment(post, "<p>root</p>"))["id"])
    async with scene(wordpress, tmp_path) as stage:
        ann = stage.discord.add_member(stage.guild, name="ann", display_name="Ann")
        async with stage.bot() as running:
            await stage.until(lambda: stage.mirrors())
            secret = await stage.discord.post(ann, stage.first_thread(), "a secret", reply_to=stage.message_of(root))
            await crossed(stage, post, secret.id)
            await quiet(running)
            await wordpress.edit_post(post, status="private")
            waits = await stage.discord.post(
                ann, stage.first_thread(), "patient words", reply_to=stage.message_of(root)
            )
            never = await stage.discord.post(ann, stage.first_thread(), "hasty words", reply_to=stage.message_of(root))
            await stage.discord.delete(ann, stage.first_thread(), secret.id)
            await asyncio.sleep(1.5)
            await stage.discord.delete(ann, stage.first_thread(), never.id)
            await asyncio.sleep(1.5)
            await wordpress.edit_post(post, status="publish")
            await running.engine.desk.retry()
            await crossed(stage, post, waits.id)
            await quiet(running)
            shown = " ".join(words for _, _, words in (await texts(wordpress, post)).values())
            assert "patient words" in shown
            assert "secret" not in shown
            assert await carrying(wordpress, post, never.id) == []


async def test_a_listing_that_shows_nothing_takes_nothing_away(wordpress: WordPress, tmp_path: Path) -> None:
    post = int((await wordpress.post("An essay behind a plugin", "<p>x</p>"))["id"])
    comments = [int((await wordpress.comment(post, f"<p>number {number}</p>"))["id"]) for number in range(6)]
    async with scene(wordpress, tmp_path) as stage, stage.bot() as running:
        await stage.until(lambda: len(stage.mirrors()) == len(comments))
        await quiet(running)
        stood = ours(stage)
        with plugin(wordpress, NOTHING_TO_SEE):
            for _ in range(4):
                await running.engine.poll()
            await asyncio.sleep(0.5)
            assert ours(stage) == stood
        later = int((await wordpress.comment(post, "<p>later</p>"))["id"])
        await stage.until(lambda: later in [one.comment for one in stage.mirrors()])


def _is_shown(stage: Scene, comment: int) -> bool:
    return comment in [one.comment for one in stage.mirrors()]


async def test_an_action_that_cannot_be_recorded_holds_up_no_other(
    wordpress: WordPress, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Found half-done at the next start, it ends that one as little as this."""
    post = int((await wordpress.post("An essay with a stone in its way", "<p>x</p>"))["id"])
    stone = int((await wordpress.comment(post, "<p>a stone</p>"))["id"])
    finish = SqliteStore.finish

    async def stumbling(self: SqliteStore, claim: Claim, outcome: Outcome) -> None:
        if claim.action.key == f"send:{stone}:0":
            raise Contradiction("This contradicts what is known already.")
        await finish(self, claim, outcome)

    monkeypatch.setattr(SqliteStore, "finish", stumbling)
    async with scene(wordpress, tmp_path) as stage:
        for number in range(2):
            async with stage.bot():
                other = int((await wordpress.comment(post, f"<p>passes {number}</p>"))["id"])
                await stage.until(partial(_is_shown, stage, other))
        monkeypatch.undo()
        async with stage.bot() as running:
            await running.engine.desk.retry()
            await quiet(running)
            assert sorted(one.comment for one in stage.mirrors()) == sorted(await texts(wordpress, post))
