"""A real WordPress is put back to its backup while the bot runs: every living comment stands once under its own author,
and nobody's words are touched.
"""

from __future__ import annotations

import asyncio
import sqlite3
from contextlib import closing
from pathlib import Path

from tests.support.whole_bot import Scene, quiet, scene
from tests.support.wordpress import WordPress


def copied(source: Path, target: Path) -> None:
    """A database that others may have open, as a host's backup and its way back copy it."""
    with closing(sqlite3.connect(source, timeout=30)) as one, closing(sqlite3.connect(target, timeout=30)) as other:
        one.backup(other)


async def reader(blog: WordPress, post: int, name: str, parent: int = 0) -> int:
    """A comment by somebody, in words that name them."""
    made = await blog.comment(
        post, f"<p>{name} said so</p>", parent=parent, author_name=name, author_email=f"{name.lower()}@example.test"
    )
    return int(made["id"])


def spoken(stage: Scene, comment: int) -> list[tuple[str, str]]:
    """Under whose name a comment stands, and with which words."""
    return [(one.author, one.words.strip()) for one in stage.mirrors() if one.comment == comment]


async def test_every_living_comment_stands_once_under_its_own_author(wordpress: WordPress, tmp_path: Path) -> None:
    database = wordpress.site / "wp-content" / "database" / ".ht.sqlite"
    post = (await wordpress.post("An essay with a history", "<p>An essay.</p>"))["id"]
    kept = await reader(wordpress, post, "Kay")
    async with scene(wordpress, tmp_path) as stage:
        ann = stage.discord.add_member(stage.guild, name="ann", display_name="Ann")
        async with stage.bot(RETRACT_SHARE="1") as running:
            await stage.until(lambda: stage.mirrors())
            await quiet(running)
            copied(database, tmp_path / "backup.sqlite")

            lost = await reader(wordpress, post, "Jane")
            await stage.until(lambda: spoken(stage, lost))
            said = await stage.discord.post(ann, stage.first_thread(), "my own words", reply_to=stage.message_of(lost))

            async def relays() -> list[int]:
                found = await wordpress.comments(post)
                return [int(one["id"]) for one in found if f"/{said.id}#" in one["author_url"]]

            async def crossed() -> bool:
                return bool(await relays())

            await stage.until_blog(crossed)
            (relay,) = await relays()
            await quiet(running)

            copied(tmp_path / "backup.sqlite", database)
            await asyncio.sleep(1.1)  # moments count whole seconds, and no backup is put back within one
            bob, eve = await reader(wordpress, post, "Bob"), await reader(wordpress, post, "Eve")
            assert (bob, eve) == (lost, relay), "the numbers are given out again, or this test says nothing"
            await stage.until(lambda: spoken(stage, bob) == [("Bob", "Bob said so")], patience=30)
            await stage.until(lambda: spoken(stage, eve) == [("Eve", "Eve said so")], patience=30)
            await quiet(running)

            await stage.discord.edit(ann, stage.first_thread(), said.id, "an edit of mine")
            await asyncio.sleep(1)
            await quiet(running)
            await stage.discord.delete(ann, stage.first_thread(), said.id)
            await asyncio.sleep(1)
            await quiet(running)

            shown = {int(one["id"]): one for one in await wordpress.comments(post)}
            assert {number: one["author_name"] for number, one in shown.items()} == {
                kept: "Kay", bob: "Bob", eve: "Eve",
            }  # fmt: skip
            assert all(one["author_name"] in one["content"]["rendered"] for one in shown.values())
            assert [(one.author, one.comment) for one in stage.mirrors()] == [("Kay", kept), ("Bob", bob), ("Eve", eve)]
            (place,) = await running.engine.desk.places()
            comparison = await running.engine.desk.verify(place)
            assert comparison.sentence == "blog 3 = Discord 3, 0 missing, 0 doubled, 0 under the wrong parent"
