"""The two WordPress that the contract of the Blog port is held against: WordPressBlog over each, and its owner's hands.

Does not say what a port answers; see blog_sites.py.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from time import time

import aiohttp

from bot.blog.wordpress.blog import WordPressBlog
from bot.core.domain import CommentId, PostId
from bot.core.signing import Signer
from bot.ports import Blog
from bot.sandbox.wordpress import LoopbackBlog
from tests.contract.blog_sites import Site
from tests.support.signer import SIGNER
from tests.support.wordpress import Loopback, WordPress


class WordPressSite(Site):
    """WordPressBlog over a WordPress, the real one or the loopback's."""

    def __init__(self, where: WordPress) -> None:
        self.where = where
        self._opened: list[WordPressBlog] = []
        self._disallowed: object = None

    async def open(self, role: str | None = "bridge", *, signer: Signer = SIGNER) -> Blog:
        username, password = self.where.login("bridge" if role == "wrong" else role) if role else (None, None)
        password = "wrong" if role == "wrong" else password
        blog = await WordPressBlog.open(self.where.url, username=username, password=password, per_page=5, signer=signer)
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

    async def show(self, post: PostId, how: str) -> None:
        if how == "trash":
            await self.where.restore_post(int(post))
        else:
            await self.where.edit_post(int(post), status="publish", password="")

    async def close(self, post: PostId) -> None:
        await self.where.edit_post(int(post), comment_status="closed")

    async def comment(
        self,
        post: PostId,
        html: str = "",
        *,
        parent: CommentId | None = None,
        author: str = "Ada",
        link: str = "",
        address: str = "ada@example.test",
    ) -> CommentId:
        said = await self.where.comment(
            int(post),
            html or f"Said {uuid.uuid4().hex}",
            int(parent or 0),
            author_name=author,
            author_url=link,
            author_email=address,
        )
        return CommentId(str(said["id"]))

    async def comment_as(self, account: str, post: PostId) -> CommentId:
        body = {"post": int(post), "content": f"Said {uuid.uuid4().hex}"}
        said = await self.where.request("POST", "wp/v2/comments", by=account, body=body)
        await self.where.set_status(int(said["id"]), "approved")
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

    async def clear_link(self, comment: CommentId) -> None:
        await self.where.edit_comment(int(comment), author_url="")

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
