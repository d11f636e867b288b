"""What a blog is to the contract of the Blog port: its owner's hands, and what it cannot be made to do.

Is no blog itself: those are in blog_in_memory.py and blog_wordpress.py. Asks nothing through the port.
"""

from __future__ import annotations

import uuid
from abc import ABC, abstractmethod
from dataclasses import replace
from typing import Any, ClassVar

import pytest

from bot.core.domain import CommentId, PostId, Standing
from bot.core.signing import Signer
from bot.ports import Blog, Draft, Sighting
from tests.support.signer import ANN, SIGNER, key

HIDINGS = ("trash", "delete", "private", "draft", "password")
CANNOT: dict[str, dict[str, str]] = {
    "fake": {},
    "loopback": {},
    "real": {"lose answers": "nothing stands between it and the bot that could swallow or spoil an answer"},
}
"""Implementation -> what it cannot be made to do, and why: tests that need it leave the implementation out."""


def draft(post: PostId, html: str = "", **fields: Any) -> Draft:
    base = Draft(post, None, "Ann", ANN, key(), html or f"Said {uuid.uuid4().hex}", True)
    return replace(base, **fields)


def seen(sighting: Sighting) -> tuple[Standing, PostId | None, CommentId | None]:
    """How a comment stands, and where."""
    return sighting.standing, sighting.post_id, sighting.parent_id


def able(ability: str) -> pytest.MarkDecorator:
    """Only the implementations that can be made to do it; the suite's last test prints which are left out, and why."""
    able_ones = [name for name, lacks in CANNOT.items() if ability not in lacks]
    return pytest.mark.parametrize("site", able_ones, indirect=True)


class Site(ABC):
    """One blog. ``open`` gives the port to it as an account: bridge (the least that may write), editor, librarian,
    "wrong" (a password that is not accepted) or None for nobody."""

    name: ClassVar[str]

    @abstractmethod
    async def open(self, role: str | None = "bridge", *, signer: Signer = SIGNER) -> Blog: ...

    @abstractmethod
    async def aclose(self) -> None: ...

    @abstractmethod
    async def publish(self, title: str = "", html: str = "<p>Text</p>", *, days_ago: int = 0) -> PostId: ...

    @abstractmethod
    async def retitle(self, post: PostId, title: str) -> None: ...

    @abstractmethod
    async def hide(self, post: PostId, how: str) -> None: ...

    @abstractmethod
    async def show(self, post: PostId, how: str) -> None:
        """Make public again what was hidden so; out of the trash as the dashboard does it."""

    @abstractmethod
    async def close(self, post: PostId) -> None: ...

    @abstractmethod
    async def comment(
        self,
        post: PostId,
        html: str = "",
        *,
        parent: CommentId | None = None,
        author: str = "Ada",
        link: str = "",
        address: str = "ada@example.test",
    ) -> CommentId: ...

    @abstractmethod
    async def comment_as(self, account: str, post: PostId) -> CommentId:
        """A comment that an account of the blog writes: ``admin``, who writes all posts, or ``subscriber``."""

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
    async def clear_link(self, comment: CommentId) -> None: ...

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
