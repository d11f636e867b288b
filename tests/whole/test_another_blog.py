"""The setting names another blog, or the same one by another address: over sockets, on one database.

What members write under posts of the first blog never reaches the second; both give their posts the same numbers.
"""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

from bot.sandbox.wordpress import LoopbackBlog
from tests.support.whole_bot import Scene, quiet, scene
from tests.support.wordpress import Loopback


def written(blog: LoopbackBlog, post: int) -> list[tuple[str, str]]:
    """Author and text of every comment, whatever its status."""
    return [(one.author_name, one.raw) for one in blog.comments(post)]


async def test_nothing_of_the_old_blogs_is_sent_to_the_new_one(tmp_path: Path) -> None:
    async with LoopbackBlog(title="Staging") as staging, LoopbackBlog(title="Production") as production:
        posts = [blog.publish("An essay", "<p>Words.</p>") for blog in (staging, production)]
        roots = [
            blog.comment(post, f"<p>root {number}</p>", author_name=f"Reader {number}")
            for number, (blog, post) in enumerate(zip((staging, production), posts, strict=True))
        ]
        assert (posts[0], roots[0]) == (posts[1], roots[1]), "both blogs give the same numbers"
        async with scene(Loopback(staging), tmp_path) as stage:
            ann = stage.discord.add_member(stage.guild, name="ann", display_name="Ann")
            async with stage.bot() as running:
                await stage.until(lambda: len(stage.mirrors()) == 1)
                old = stage.thread()
                said = await stage.discord.post(ann, old, "a test", reply_to=stage.message_of(roots[0]))
                await stage.until(lambda: len(staging.comments(posts[0])) == 2)
                await quiet(running)
            before = written(production, posts[1])
            async with stage.bot(**of(production)) as running:
                await stage.until(lambda: len(stage.discord.threads(stage.channel)) == 2)
                (fresh,) = {int(one["id"]) for one in stage.discord.threads(stage.channel)} - {old}
                await stage.until(lambda: len(stage.mirrors_of(fresh)) == 1)
                await stage.discord.post(ann, old, "an answer in the old thread", reply_to=said.id)
                await stage.discord.edit(ann, old, said.id, "a test, reworded")
                await stage.discord.delete(ann, old, said.id)
                await quiet(running)
                assert written(production, posts[1]) == before, "a stranger's words were touched"
                answer = await stage.discord.post(ann, fresh, "to the new blog", reply_to=fresh)
                await stage.until(lambda: marked(stage, fresh, answer.id))
                assert written(production, posts[1]) == [*before, ("Ann", "to the new blog")]
            assert len(staging.comments(posts[0])) == 2, "the old blog was left as it was"
            async with stage.bot() as running:
                await stage.until(lambda: any("in the old thread" in one.raw for one in staging.comments(posts[0])))
                await quiet(running)
                assert len(stage.discord.threads(stage.channel)) == 2, "the old threads are served again"
                (kept,) = [one for one in staging.comments(posts[0]) if "answer in the old thread" in one.raw]
                assert kept.author_name == "Ann", "what was said meanwhile has been read"


async def test_the_same_blog_by_another_address_goes_on_where_it_was(tmp_path: Path) -> None:
    async with LoopbackBlog() as blog:
        post = blog.publish("An essay", "<p>Words.</p>")
        root = blog.comment(post, "<p>root</p>")
        async with scene(Loopback(blog), tmp_path) as stage:
            ann = stage.discord.add_member(stage.guild, name="ann", display_name="Ann")
            async with stage.bot() as running:
                await stage.until(lambda: len(stage.mirrors()) == 1)
                await quiet(running)
            for spelling in (f"{blog.url}/?p={post}", f"{blog.url}/", blog.url.replace("127.0.0.1", "localhost")):
                later = blog.comment(post, f"<p>by way of {spelling[-9:]}</p>", parent=root)
                async with stage.bot(BLOG_URL=spelling) as running:
                    await stage.until(partial(shown, stage, later))
                    said = await stage.discord.post(ann, stage.thread(), "an answer", reply_to=stage.message_of(root))
                    await stage.until(partial(marked, stage, stage.thread(), said.id))
                    await quiet(running)
                assert len(stage.discord.threads(stage.channel)) == 1, spelling
            assert len(stage.mirrors()) == 4, "each comment once, and no relay again"


def of(blog: LoopbackBlog) -> dict[str, Any]:
    return {"BLOG_URL": blog.url, "BLOG_USERNAME": blog.username, "BLOG_APP_PASSWORD": blog.app_password}


def shown(stage: Scene, comment: int) -> bool:
    return any(one.comment == comment for one in stage.mirrors())


def marked(stage: Scene, thread: int, message: int) -> bool:
    return any(int(one["id"]) == message and one.get("reactions") for one in stage.discord.messages(thread))
