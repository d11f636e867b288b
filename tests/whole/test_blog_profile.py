"""How much HTML a blog keeps is learnt from its own answers."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.blog.wordpress.blog import WordPressBlog
from tests.support.whole_bot import scene
from tests.support.wordpress import WordPress

WORDS = "a list:\n- one\n- two\n\n__under__"


@pytest.mark.parametrize(("role", "tag"), [("bridge", "•"), ("editor", "<li>")])
async def test_an_account_that_may_post_more_is_given_more(
    any_wordpress: WordPress, tmp_path: Path, role: str, tag: str
) -> None:
    post = await any_wordpress.post(f"For {role}", "<p>Short.</p>")
    username, password = any_wordpress.login(role)
    async with scene(any_wordpress, tmp_path) as stage:
        ann = stage.discord.add_member(stage.guild, name="ann")
        async with stage.bot(BLOG_USERNAME=username, BLOG_APP_PASSWORD=password):
            await stage.until(lambda: len(stage.messages()) == 1)
            # A newcomer's comment is released by an edit, and WordPress filters edits: the second shows what is kept.
            for number, words in enumerate(("Good morning.", WORDS), start=1):
                await stage.discord.post(ann, stage.thread(), words, reply_to=stage.thread())

                async def written(number: int = number) -> bool:
                    return len(await any_wordpress.comments(post["id"])) == number

                await stage.until_blog(written)
            comment = max(await any_wordpress.comments(post["id"]), key=lambda one: int(one["id"]))
            assert tag in comment["content"]["rendered"]


async def test_a_claim_that_the_stored_text_refutes_is_not_believed_again(
    loopback_wordpress: WordPress, tmp_path: Path
) -> None:
    """A site may forbid unfiltered HTML to accounts that still list the capability (DISALLOW_UNFILTERED_HTML)."""
    blog = loopback_wordpress
    post = await blog.post("Claims more", "<p>Short.</p>")
    async with scene(blog, tmp_path) as stage:
        ann = stage.discord.add_member(stage.guild, name="ann")
        async with stage.bot() as running:
            assert isinstance(running.blog, WordPressBlog)
            running.blog._connection.keeps_rich = True  # what such an account's list says
            await stage.until(lambda: len(stage.messages()) == 1)
            await stage.discord.post(ann, stage.thread(), WORDS, reply_to=stage.thread())

            async def plain() -> bool:
                return any("• one" in one["content"]["rendered"] for one in await blog.comments(post["id"]))

            await stage.until_blog(plain)
            assert not running.blog.keeps_rich
