"""The loopback blog behind the same helpers as the real WordPress, so that one test asks both.

Does not add anything the real one has not.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from bot.sandbox.wordpress import LoopbackBlog
from tests.support.wordpress.client import WordPress

ROLES = ("admin", "bridge", "editor", "author", "subscriber", "librarian")


class Loopback(WordPress):
    """`WordPress` over a running LoopbackBlog."""

    def __init__(self, blog: LoopbackBlog) -> None:
        logins = {role: dict(zip(("username", "app_password"), blog.login(role), strict=True)) for role in ROLES}
        super().__init__(url=blog.url, site=Path(), version="loopback", logins=logins)
        object.__setattr__(self, "_blog", blog)  # the base is frozen

    async def option(self, name: str, value: object) -> Any:
        """A discussion setting, or the form of the permalinks."""
        blog: LoopbackBlog = self.__dict__["_blog"]
        if name == "permalink_structure":
            former, blog.pretty = "/%postname%/" if blog.pretty else "", bool(value)
            return former
        former = blog.settings[name]
        blog.settings[name] = value
        return former

    async def restore_post(self, post_id: int) -> None:
        """As the dashboard does it."""
        blog: LoopbackBlog = self.__dict__["_blog"]
        blog.restore_post(post_id)

    async def insert_comment(self, **comment: Any) -> int:
        """The few fields that the tests use."""
        blog: LoopbackBlog = self.__dict__["_blog"]
        return blog.comment(
            comment["comment_post_ID"], comment["comment_content"], type=comment.get("comment_type", "comment")
        )
