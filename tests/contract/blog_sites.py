"""The blogs that the contract of the Blog port is held against, each with its owner's hands: what no port can do.

Asks nothing through the port; what the port says of all this is for the suite to say.
"""

from __future__ import annotations

import uuid
from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import count
from time import time
from typing import Any, ClassVar

import aiohttp
import pytest

from bot.blog.wordpress.blog import WordPressBlog
from bot.core.domain import CommentId, PostId
from bot.ports import Blog, Draft
from bot.sandbox.wordpress import LoopbackBlog
from tests.support.clock_and_faults import Clock, Fault, Faults
from tests.support.fake_blog import FakeBlog, StoredComment
from tests.support.wordpress import Loopback, WordPress

HIDINGS = ("trash", "delete", "private", "draft", "password")
CANNOT: dict[str, dict[str, str]] = {
    "fake": {},
    "loopback": {},
    "real": {"lose answers": "nothing stands between it and the bot that could swallow or spoil an answer"},
}
"""Implementation -> what it cannot be made to do, and why: tests that need it leave the implementation out."""

LIBRARIAN = {"upload_files", "delete_posts"}
CAPABILITIES = {"librarian": LIBRARIAN, "author": LIBRARIAN, "editor": {*LIBRARIAN, "unfiltered_html"}}
"""Of the fake's accounts, beyond those for comments; as tests/support/wordpress/setup.php gives them."""

_snowflakes = count(1_300_000_000_000_000_000)


def key() -> str:
    """A jump link of a message that no other test has."""
    return f"https://discord.com/channels/1/2/{next(_snowflakes)}"


def draft(post: PostId, html: str = "", **fields: Any) -> Draft:
    base = Draft(post, None, "Ann", "42@discord.invalid", key(), html or f"Said {uuid.uuid4().hex}", True)
    return replace(base, **fields)


def able(ability: str) -> pytest.MarkDecorator:
    """Only the implementations that can be made to do it; the suite's last test prints which are left out, and why."""
    able_ones = [name for name, lacks in CANNOT.items() if ability not in lacks]
    return pytest.mark.parametrize("site", able_ones, indirect=True)


class Site(ABC):
    """One blog. ``open`` gives the port to it as an account: bridge (the least that may write), editor, librarian,
    "wrong" (a password that is not accepted) or None for nobody."""

    name: ClassVar[str]

    @abstractmethod
    async def open(self, role: str | None = "bridge") -> Blog: ...

    @abstractmethod
    async def aclose(self) -> None: ...

    @abstractmethod
    async def publish(self, title: str = "", html: str = "<p>Text</p>", *, days_ago: int = 0) -> PostId: ...

    @abstractmethod
    async def retitle(self, post: PostId, title: str) -> None: ...

    @abstractmethod
    async def hide(self, post: PostId, how: str) -> None: ...

    @abstractmethod
    async def close(self, post: PostId) -> None: ...

    @abstractmethod
    async def comment(
        self, post: PostId, html: str = "", *, parent: CommentId | None = None, author: str = "Ada"
    ) -> CommentId: ...

    @abstractmethod
    async def pingback(self, post: PostId) -> None: ...

    @abstractmethod
    async def set_status(self, comment: CommentId, status: str) -> None: ...

    @abstractmethod
    async def status_of(self, comment: CommentId) -> str: ...

    @abstractmethod
    async def edit(self, comment: CommentId, html: str) -> None: ...

    @abstractmethod
    async def rename(self, comment: CommentId, author: str) -> None: ...

    @abstractmethod
    async def move(self, comment: CommentId, parent: CommentId | None) -> None: ...

    @abstractmethod
    async def delete(self, comment: CommentId) -> None: ...

    @abstractmethod
    async def disallow(self, word: str) -> None: ...

    @abstractmethod
    async def served(self, url: str) -> bytes | None: ...

    @abstractmethod
    def now(self) -> float: ...

    @abstractmethod
    def down(self) -> Any: ...

    def lose_answer(self, method: str) -> None:
        raise NotImplementedError

    def spoil_answer(self, method: str) -> None:
        raise NotImplementedError


class FakeSite(Site):
    """FakeBlog. An account's view shares all that is stored."""

    name = "fake"

    def __init__(self) -> None:
        self.clock = Clock()
        self.blog = FakeBlog(self.clock, Faults(self.clock), untaken={"svg"})

    async def open(self, role: str | None = "bridge") -> Blog:
        wrong = role == "wrong"
        capabilities = CAPABILITIES.get(role or "", set())
        return replace(self.blog, capabilities=capabilities, account=role is not None, revoked=wrong, turned_away=wrong)

    async def aclose(self) -> None:
        """Nothing is open."""

    async def publish(self, title: str = "", html: str = "<p>Text</p>", *, days_ago: int = 0) -> PostId:
        self.clock.advance(1000)
        post = self.blog.add_post(title or f"Post {uuid.uuid4().hex}", html)
        post.published_at -= days_ago * 86_400_000
        return PostId(post.id)

    async def retitle(self, post: PostId, title: str) -> None:
        self.blog.posts[post].title = title

    async def hide(self, post: PostId, how: str) -> None:
        if how == "delete":
            del self.blog.posts[post]
        else:
            self.blog.posts[post].shown = False

    async def close(self, post: PostId) -> None:
        self.blog.posts[post].open = False

    async def comment(
        self, post: PostId, html: str = "", *, parent: CommentId | None = None, author: str = "Ada"
    ) -> CommentId:
        self.clock.advance(1000)
        one = self.blog.comment(post, html or f"Said {uuid.uuid4().hex}", parent=parent, author=author)
        return CommentId(one.id)

    async def pingback(self, post: PostId) -> None:
        self.blog.comment(post, "ping").kind = "pingback"

    async def set_status(self, comment: CommentId, status: str) -> None:
        self.blog.set_status(comment, status)

    async def status_of(self, comment: CommentId) -> str:
        return self._one(comment).status

    async def edit(self, comment: CommentId, html: str) -> None:
        self._one(comment).html = html

    async def rename(self, comment: CommentId, author: str) -> None:
        self.blog.rename(comment, author)

    async def move(self, comment: CommentId, parent: CommentId | None) -> None:
        self._one(comment).parent = parent

    async def delete(self, comment: CommentId) -> None:
        self.blog.force_delete(comment)

    async def disallow(self, word: str) -> None:
        self.blog.disallowed.add(word)

    async def served(self, url: str) -> bytes | None:
        return next((one.content for one in self.blog.media.values() if one.url == url), None)

    def now(self) -> float:
        return self.clock.time / 1000

    @contextmanager
    def down(self) -> Iterator[None]:
        self.blog.faults.arm("blog", *[Fault.UNAVAILABLE] * 100)
        yield
        self.blog.faults.lift()

    def lose_answer(self, method: str) -> None:
        self.blog.faults.arm("blog", Fault.RESET_AFTER)

    def spoil_answer(self, method: str) -> None:
        self.blog.faults.arm("blog", Fault.NONSENSE)

    def _one(self, comment: CommentId) -> StoredComment:
        return self.blog.comments[comment]


class WordPressSite(Site):
    """WordPressBlog over a WordPress, the real one or the loopback's."""

    def __init__(self, where: WordPress) -> None:
        self.where = where
        self._opened: list[WordPressBlog] = []
        self._disallowed: object = None

    async def open(self, role: str | None = "bridge") -> Blog:
        username, password = self.where.login("bridge" if role == "wrong" else role) if role else (None, None)
        password = "wrong" if role == "wrong" else password
        blog = await WordPressBlog.open(self.where.url, username=username, password=password, per_page=5)
        self._opened.append(blog)
        return blog

    async def aclose(self) -> None:
        for blog in self._opened:
            await blog.aclose()
        if self._disallowed is not None:
            await self.where.option("disallowed_keys", self._disallowed)

    async def publish(self, title: str = "", html: str = "<p>Text</p>", *, days_ago: int = 0) -> PostId:
        fields = {}
        if days_ago:
            fields["date_gmt"] = (datetime.now(UTC) - timedelta(days=days_ago)).strftime("%Y-%m-%dT%H:%M:%S")
        return PostId(str((await self.where.post(title or f"Post {uuid.uuid4().hex}", html, **fields))["id"]))

    async def retitle(self, post: PostId, title: str) -> None:
        await self.where.edit_post(int(post), title=title)

    async def hide(self, post: PostId, how: str) -> None:
        match how:
            case "trash":
                await self.where.trash_post(int(post))
            case "delete":
                await self.where.request("DELETE", f"wp/v2/posts/{post}", params={"force": "true"})
            case "password":
                await self.where.edit_post(int(post), password="x")
            case _:
                await self.where.edit_post(int(post), status=how)

    async def close(self, post: PostId) -> None:
        await self.where.edit_post(int(post), comment_status="closed")

    async def comment(
        self, post: PostId, html: str = "", *, parent: CommentId | None = None, author: str = "Ada"
    ) -> CommentId:
        said = await self.where.comment(
            int(post),
            html or f"Said {uuid.uuid4().hex}",
            int(parent or 0),
            author_name=author,
        )
        return CommentId(str(said["id"]))

    async def pingback(self, post: PostId) -> None:
        await self.where.insert_comment(comment_post_ID=int(post), comment_content="ping", comment_type="pingback")

    async def set_status(self, comment: CommentId, status: str) -> None:
        await self.where.set_status(int(comment), status)

    async def status_of(self, comment: CommentId) -> str:
        return str((await self.where.get_comment(int(comment)))["status"])

    async def edit(self, comment: CommentId, html: str) -> None:
        await self.where.edit_comment(int(comment), content=html)

    async def rename(self, comment: CommentId, author: str) -> None:
        await self.where.edit_comment(int(comment), author_name=author)

    async def move(self, comment: CommentId, parent: CommentId | None) -> None:
        await self.where.edit_comment(int(comment), parent=int(parent or 0))

    async def delete(self, comment: CommentId) -> None:
        await self.where.delete(int(comment))

    async def disallow(self, word: str) -> None:
        self._disallowed = await self.where.option("disallowed_keys", word)

    async def served(self, url: str) -> bytes | None:
        async with aiohttp.ClientSession() as session, session.get(url, allow_redirects=False) as answer:
            return await answer.read() if answer.status == 200 else None

    def now(self) -> float:
        return time()


class LoopbackSite(WordPressSite):
    """The loopback blog, whose answers may be lost."""

    name = "loopback"

    def __init__(self, blog: LoopbackBlog) -> None:
        super().__init__(Loopback(blog))
        self._blog = blog

    @contextmanager
    def down(self) -> Iterator[None]:
        self._blog.faults.next("*", ".*", "maintenance", times=None)
        yield
        self._blog.faults.clear()

    def lose_answer(self, method: str) -> None:
        self._blog.faults.clear()
        # A DELETE on a connection that was used before is repeated by aiohttp, which takes it for idempotent: it is.
        self._blog.faults.next(method, ".*", "reset-after", times=2 if method == "DELETE" else 1)

    def spoil_answer(self, method: str) -> None:
        self._blog.faults.next(method, ".*", "not-json")


class RealSite(WordPressSite):
    """The real WordPress that all tests of the run share."""

    name = "real"

    @contextmanager
    def down(self) -> Iterator[None]:
        flag = self.where.site / ".maintenance"
        flag.write_text(f"<?php $upgrading = {int(time())};")
        try:
            yield
        finally:
            flag.unlink()
