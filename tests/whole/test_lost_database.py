"""The whole bot over sockets with a database that was lost or put back: nothing moves, and all goes on."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest

from bot.sandbox.wordpress import LoopbackBlog
from tests.support.connecting import Commanded, commanded
from tests.support.whole_bot import Scene, quiet, scene
from tests.support.wordpress import Loopback, WordPress
from tests.whole.test_command_line import commonthread

LONG = "<p>" + "A long word. " * 300 + "</p>"


def lose(folder: Path) -> None:
    for file in folder.glob("bot.sqlite3*"):
        file.unlink()


def stands(stage: Scene, blog: LoopbackBlog, post: int) -> tuple[object, object]:
    """What people see on both sides."""
    said = [(m["id"], m["content"], m["author"]["username"], str(m["embeds"])) for m in stage.messages()]
    there = {c.id: (c.parent, c.status, c.raw) for c in blog.comments(post)}
    return said, there


async def talk(stage: Scene, blog: LoopbackBlog, post: int) -> dict[str, int]:
    """A tree with a long comment and a tombstone, and replies of a member: approved, held and thrown away."""
    comments = [blog.comment(post, f"<p>comment {number}</p>", author_name=f"Reader {number}") for number in range(8)]
    blog.comment(post, LONG, author_name="Long", parent=comments[0])
    blog.comment(post, "<p>answer</p>", author_name="Answer", parent=comments[1])
    ann = stage.discord.add_member(stage.guild, name="ann", display_name="Ann")
    said = {}
    async with stage.bot() as running:
        await stage.until(lambda: len({one.comment for one in stage.mirrors()}) == 10)
        thread = stage.thread()
        for name in ("approved", "held", "trashed", "edited"):
            sent = await stage.discord.post(ann, thread, f"a reply, {name}", reply_to=stage.message_of(comments[2]))
            said[name] = sent.id
        await stage.until(lambda: sum(bool(m.get("reactions")) for m in stage.messages()) == 4)
        blog.set_status(relay_of(blog, post, said["held"]), "hold")
        blog.set_status(relay_of(blog, post, said["trashed"]), "trash")
        blog.set_status(comments[1], "trash")
        await quiet(running)
        await stage.until(lambda: any("was removed" in str(m) for m in stage.messages()))
        await quiet(running)
    return {**said, "first": comments[0], "last": comments[7]}


def relay_of(blog: LoopbackBlog, post: int, message: int) -> int:
    found = [c for c in blog.comments(post) if f"/{message}#" in c.author_url]
    assert len(found) == 1, "lost or doubled"
    return int(found[0].id)


async def goes_on(stage: Scene, blog: LoopbackBlog, post: int, before: dict[str, int], facts: object) -> None:
    """Restarted: all stays as it is; then old things change on both sides, and each is heard of on the other."""
    ann = next(one for one in stage.guild.members.values() if one.user.name == "ann")
    async with stage.bot() as running:
        await quiet(running)
        assert stands(stage, blog, post) == facts, "something moved"
        thread = stage.thread()
        blog.edit_comment(before["first"], "<p>edited on the blog</p>")
        await stage.discord.edit(ann, thread, before["edited"], "edited on Discord")
        await stage.discord.delete(ann, thread, before["approved"])
        gone = relay_of(blog, post, before["approved"])
        await stage.until(lambda: any("edited on the blog" in one.words for one in stage.mirrors()))

        async def heard() -> bool:
            statuses = {c.id: c.status for c in blog.comments(post)}
            text = blog.get_comment(relay_of(blog, post, before["edited"])).raw
            return statuses[gone] == "trash" and "edited on Discord" in text

        await stage.until_blog(heard)
        await quiet(running)


async def test_a_mirror_that_was_sent_anew_since(loopback_blog: LoopbackBlog, tmp_path: Path) -> None:
    """A renamed author's message is deleted and sent again: the older database names the one that is gone."""
    post = loopback_blog.publish("An essay", "<p>Words.</p>")
    comment = loopback_blog.comment(post, "<p>words</p>", author_name="Wilma")
    async with scene(Loopback(loopback_blog), tmp_path) as stage:
        async with stage.bot() as running:
            await stage.until(stage.mirrors)
            await quiet(running)
        kept = tmp_path / "kept"
        kept.mkdir()
        for file in tmp_path.glob("bot.sqlite3*"):
            shutil.copy(file, kept)
        async with stage.bot() as running:
            await stage.blog.edit_comment(comment, author_name="Anonymous")
            await stage.until(lambda: [one.author for one in stage.mirrors()] == ["Anonymous"])
            await quiet(running)
        facts = stands(stage, loopback_blog, post)
        lose(tmp_path)
        for file in kept.glob("*"):
            shutil.copy(file, tmp_path)
        async with stage.bot() as running:
            await quiet(running)
            assert stands(stage, loopback_blog, post) == facts
            await stage.blog.edit_comment(comment, content="<p>edited</p>")
            await stage.until(lambda: [one.words for one in stage.mirrors()] == ["edited"])


@pytest.mark.parametrize("style", ["persona", "card"])
@pytest.mark.parametrize("kind", ["forum", "text"])
async def test_a_lost_database(loopback_blog: LoopbackBlog, tmp_path: Path, kind: str, style: str) -> None:
    post = loopback_blog.publish("An essay", "<p>Words.</p>")
    async with scene(Loopback(loopback_blog), tmp_path, kind=kind) as stage:
        settings = {"MIRROR_STYLE": style}
        _with(stage, settings)
        said = await talk(stage, loopback_blog, post)
        facts = stands(stage, loopback_blog, post)
        lose(tmp_path)
        await goes_on(stage, loopback_blog, post, said, facts)
        assert len(stage.discord.threads(stage.channel)) == 1


async def test_a_database_put_back_and_one_reply_since(loopback_blog: LoopbackBlog, tmp_path: Path) -> None:
    post = loopback_blog.publish("An essay", "<p>Words.</p>")
    async with scene(Loopback(loopback_blog), tmp_path) as stage:
        ann = stage.discord.add_member(stage.guild, name="ben", display_name="Ben")
        said = await talk(stage, loopback_blog, post)
        kept = tmp_path / "kept"
        kept.mkdir()
        for file in tmp_path.glob("bot.sqlite3*"):
            shutil.copy(file, kept)
        async with stage.bot() as running:
            sent = await stage.discord.post(ann, stage.thread(), "one since", reply_to=stage.message_of(said["first"]))
            await stage.until(lambda: any(m.get("reactions") for m in stage.messages() if int(m["id"]) == sent.id))
            loopback_blog.comment(post, "<p>one since</p>", author_name="Since")
            await stage.until(lambda: any("one since" in one.words for one in stage.mirrors()))
            await quiet(running)
        facts = stands(stage, loopback_blog, post)
        lose(tmp_path)
        for file in kept.glob("*"):
            shutil.copy(file, tmp_path)
        await goes_on(stage, loopback_blog, post, said, facts)
        assert relay_of(loopback_blog, post, sent.id)


async def test_the_map_is_rebuilt_by_command(loopback_blog: LoopbackBlog, tmp_path: Path) -> None:
    post = loopback_blog.publish("An essay", "<p>Words.</p>")
    async with scene(Loopback(loopback_blog), tmp_path) as stage:
        said = await talk(stage, loopback_blog, post)
        facts = stands(stage, loopback_blog, post)
        async with stage.bot():
            code, _, err = await commonthread("rebuild", folder=tmp_path, **stage.settings())
            assert (code, "already uses" in err) == (78, True), err
        lose(tmp_path)
        code, out, err = await commonthread("rebuild", "--dry-run", folder=tmp_path, **stage.settings())
        assert code == 0, out + err
        assert "“An essay”: mirrors 0 known, 10 adopted, 0 doubled; relays 0 known, 4 adopted, 0 withdrawn" in out
        assert "Nothing was changed." in out
        assert not (tmp_path / "bot.sqlite3").exists()
        code, out, err = await commonthread("rebuild", folder=tmp_path, **stage.settings())
        assert (code, "10 adopted" in out) == (0, True), out + err
        code, out, err = await commonthread("rebuild", folder=tmp_path, **stage.settings())
        assert (code, "mirrors 10 known, 0 adopted" in out) == (0, True), out + err
        assert stands(stage, loopback_blog, post) == facts
        await goes_on(stage, loopback_blog, post, said, facts)


async def test_a_rebuilding_that_could_not_read_all_says_what_to_do_next(
    loopback_blog: LoopbackBlog, tmp_path: Path
) -> None:
    post = loopback_blog.publish("An essay", "<p>Words.</p>")
    async with scene(Loopback(loopback_blog), tmp_path) as stage:
        await talk(stage, loopback_blog, post)
        await loopback_blog.stop()
        code, out, err = await commonthread("rebuild", folder=tmp_path, **stage.settings())
        assert (code, "“An essay”: not read. " in out) == (1, True), out + err
        assert "The map is healed; start the bot." not in out
        assert "Mend what kept the rest from being read, and run this again" in out


async def test_rebuild_says_where_there_was_nothing_to_read_and_names_the_file_itself(
    loopback_blog: LoopbackBlog, tmp_path: Path
) -> None:
    async with scene(Loopback(loopback_blog), tmp_path) as stage:
        alone = {name: value for name, value in stage.settings().items() if name.startswith(("DISCORD", "DATABASE"))}
        code, out, err = await commonthread("rebuild", folder=tmp_path, **{**alone, "DISCORD_CHANNEL_ID": ""})
        assert (code, "No blog is mirrored by this database" in out) == (0, True), out + err
        code, out, err = await commonthread("rebuild", folder=tmp_path, **stage.settings())
        assert (code, "No thread of it was found." in out) == (0, True), out + err
        (tmp_path / "bot.sqlite3").write_bytes(b"no database " * 1000)
        code, out, err = await commonthread("rebuild", "--dry-run", folder=tmp_path, **stage.settings())
        assert code == 78, out + err
        assert str(tmp_path / "bot.sqlite3") in err, "it is not to name the copy"


def _with(stage: Scene, settings: dict[str, str]) -> None:
    before = stage.settings

    def both(**other: str) -> dict[str, str]:
        return before(**{**settings, **other})

    stage.settings = both  # type: ignore[method-assign]


async def test_moderators_connect_a_blog_again(loopback_wordpress: WordPress, tmp_path: Path) -> None:
    """With the database it was lost that the blog was connected: its thread is taken over, and no word of before."""
    blog = loopback_wordpress
    async with commanded(tmp_path) as stage:
        here = stage.here
        ann = stage.discord.add_member(here.guild, name="ann", display_name="Ann")
        async with stage.bot():
            post = await blog.post("An essay", "<p>Words.</p>")
            root = await blog.comment(post["id"], "<p>root</p>")
            await stage.connected(here, blog.url, blog.login("bridge"))
            await stage.many.until(lambda: len(stage.mirrors(here.forum)) == 1)
            thread = stage.thread(here.forum)
            mirror = stage.mirrors(here.forum)[0].message
            sent = await stage.discord.post(ann, thread, "a reply", reply_to=mirror)
            await stage.many.until(lambda: marked(stage, thread, sent.id))
        await stage.discord.post(ann, thread, "nobody took this down", reply_to=mirror)
        for file in tmp_path.glob("*.sqlite3*"):
            file.unlink()
        async with stage.bot():
            await stage.connected(here, blog.url, blog.login("bridge"))
            await blog.edit_comment(root["id"], content="<p>edited</p>")
            await stage.many.until(lambda: "edited" in stage.words(here.forum))
            late = await stage.discord.post(ann, thread, "after it", reply_to=mirror)
            await stage.many.until(lambda: marked(stage, thread, late.id))
            assert len(stage.discord.threads(here.forum)) == 1
            assert len(stage.mirrors(here.forum)) == 1
            said = [str(one["content"]["rendered"]) for one in await everything(blog, post["id"])]
            assert sum("a reply" in one for one in said) == 1
            assert not any("nobody took this down" in one for one in said)


def marked(stage: Commanded, thread: int, message: int) -> bool:
    return any(int(one["id"]) == message and one.get("reactions") for one in stage.discord.messages(thread))


async def everything(blog: WordPress, post: int) -> list[dict[str, Any]]:
    """A post's comments in every status, as its owner sees them."""
    found = await blog.request("GET", "wp/v2/comments", params={"post": post, "status": "any", "per_page": 100})
    return list(found)
