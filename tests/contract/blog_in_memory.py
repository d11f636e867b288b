"""The blog in memory as the contract of the Blog port has it: FakeBlog, with its owner's hands.

Does not say what a port answers; see blog_sites.py.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from bot.core.domain import CommentId, PostId
from bot.core.signing import Signer
from bot.ports import Blog
from tests.contract.blog_sites import Site
from tests.support.clock_and_faults import Clock, Fault, Faults
from tests.support.fake_blog import WRITER, FakeBlog, StoredComment
from tests.support.signer import SIGNER

LIBRARIAN = {"upload_files", "delete_posts"}
CAPABILITIES = {
    "librarian": LIBRARIAN,
    "author": LIBRARIAN,
    "editor": {*LIBRARIAN, "unfiltered_html", "edit_others_posts"},
}
"""Of the accounts, beyond those for comments; as tests/support/wordpress/setup.php gives them."""


class FakeSite(Site):
    """FakeBlog. An account's view shares all that is stored."""

    name = "fake"

    def __init__(self) -> None:
        self.clock = Clock()
        self.blog = FakeBlog(self.clock, Faults(self.clock), untaken={"svg"})

    async def open(self, role: str | None = "bridge", *, signer: Signer = SIGNER) -> Blog:
        wrong = role == "wrong"
        capabilities = CAPABILITIES.get(role or "", set())
        account = role is not None
        seen = replace(self.blog, capabilities=capabilities, account=account, revoked=wrong, turned_away=wrong)
        seen.signer = signer
        return seen

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
        match how:
            case "trash":
                self.blog.trash_post(post)
            case "delete":
                self.blog.delete_post(post)
            case _:
                self.blog.posts[post].shown = False

    async def show(self, post: PostId, how: str) -> None:
        if how == "trash":
            self.blog.untrash_post(post)
        else:
            self.blog.posts[post].shown = True

    async def close(self, post: PostId) -> None:
        self.blog.posts[post].open = False

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
        self.clock.advance(1000)
        one = self.blog.comment(post, html or f"Said {uuid.uuid4().hex}", parent=parent, author=author)
        one.author_url, one.email = link, address
        return CommentId(one.id)

    async def comment_as(self, account: str, post: PostId) -> CommentId:
        number = {"admin": WRITER[0], "subscriber": "9"}[account]
        self.clock.advance(1000)
        return CommentId(self.blog.comment(post, "Said", author=account, account=number).id)

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

    async def clear_link(self, comment: CommentId) -> None:
        self._one(comment).author_url = ""

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
