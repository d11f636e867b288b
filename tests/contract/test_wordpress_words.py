"""A real WordPress whose lists of words are asked, and one that tells nobody: there a newcomer's words are not judged.

Looks at no list: WordPress shows them to nobody.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from bot.blog.wordpress.blog import WordPressBlog
from bot.core.domain import PostId
from bot.ports import Draft
from tests.contract.blog_sites import draft
from tests.support.signer import SIGNER
from tests.support.wordpress import WordPress


@contextmanager
def without_plugin(blog: WordPress) -> Iterator[None]:
    plugin = blog.site / "wp-content" / "mu-plugins" / "commonthread.php"
    aside = plugin.rename(plugin.with_suffix(".aside"))
    try:
        yield
    finally:
        aside.rename(plugin)


def of_a_newcomer(post: PostId, words: str) -> Draft:
    return draft(post, f"{words} {uuid.uuid4().hex}", approve=True, email=SIGNER.address(uuid.uuid4().int))


@pytest.mark.parametrize("role", ["bridge", "editor"])
async def test_a_word_of_the_moderation_list_waits_where_the_blog_tells(wordpress: WordPress, role: str) -> None:
    """Of a newcomer's: without the plugin a hold for a word looks like any newcomer's."""
    username, password = wordpress.login(role)
    blog = await WordPressBlog.open(wordpress.url, username=username, password=password, signer=SIGNER)
    post = PostId(str((await wordpress.post(f"Words {uuid.uuid4().hex}", "<p>Text</p>"))["id"]))
    word = f"bad{uuid.uuid4().hex}"
    before = await wordpress.option("moderation_keys", word)
    try:
        told = [(await blog.write(of_a_newcomer(post, words))).held for words in (word, "fine")]
        with without_plugin(wordpress):
            untold = [(await blog.write(of_a_newcomer(post, words))).held for words in (word, "fine")]
    finally:
        await wordpress.option("moderation_keys", before)
        await blog.aclose()
    assert (told, untold) == ([True, False], [False, False])
