"""A blog that is asked nothing before it is known to be the right one.

Does not know by what a blog is known: :mod:`bot.sync.identify` does.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from bot.core.domain import CommentId, MediaId, Millis, Post, PostId, Standing, Tree
from bot.core.errors import CommonthreadError
from bot.core.identity import Identity
from bot.core.signing import Signer
from bot.ports import Blog, Draft, FeedState, File, Media, Recent, Relayed, Review, Sighting, Signed, Writer, Written
from bot.sync.identify import Identification


class CheckedBlog:
    """Implements :class:`bot.ports.Blog`: nothing is asked of the blog before it is known to be the right one."""

    def __init__(self, blog: Blog, identification: Identification) -> None:
        self._blog = blog
        self._identification = identification

    @property
    def signer(self) -> Signer:
        """See :class:`bot.ports.Blog`."""
        return self._blog.signer

    @property
    def can_write(self) -> bool:
        """See :class:`bot.ports.Blog`."""
        return self._blog.can_write

    @property
    def keeps_rich(self) -> bool:
        """See :class:`bot.ports.Blog`."""
        return self._blog.keeps_rich

    @property
    def can_upload(self) -> bool:
        """See :class:`bot.ports.Blog`."""
        return self._blog.can_upload

    @property
    def base_url(self) -> str:
        """See :class:`bot.ports.Blog`."""
        return self._blog.base_url

    @property
    def writers(self) -> tuple[Writer, ...]:
        """See :class:`bot.ports.Blog`."""
        return self._blog.writers

    async def identity(self) -> Identity:
        """See :class:`bot.ports.Blog`: the one question that is put to any blog."""
        return await self._blog.identity()

    async def recent(self, state: FeedState) -> Recent:
        """See :class:`bot.ports.Blog`. Posts that are not those of the known numbers make the blog doubtful."""
        await self._identification.ensure()
        try:
            recent = await self._blog.recent(state)
        except CommonthreadError:
            self._identification.lose_sight()
            raise
        self._identification.doubt(recent.posts)
        await self._identification.ensure()
        return recent

    async def post(self, post_id: PostId) -> Post:
        """See :class:`bot.ports.Blog`."""
        await self._identification.ensure(lately=True)
        return await self._blog.post(post_id)

    async def tree(self, post_id: PostId, *, now: Millis) -> Tree:
        """See :class:`bot.ports.Blog`."""
        await self._identification.ensure(lately=True)
        return await self._blog.tree(post_id, now=now)

    async def sighting(self, comment_id: CommentId) -> Sighting:
        """See :class:`bot.ports.Blog`."""
        await self._identification.ensure(lately=True)
        return await self._blog.sighting(comment_id)

    async def find(self, post_id: PostId, key: str, *, sent: Draft | None = None) -> Written | None:
        """See :class:`bot.ports.Blog`."""
        await self._identification.ensure(lately=True)
        return await self._blog.find(post_id, key, sent=sent)

    async def relays(self, post_id: PostId, within: str) -> tuple[Relayed, ...]:
        """See :class:`bot.ports.Blog`."""
        await self._identification.ensure(lately=True)
        return await self._blog.relays(post_id, within)

    async def posts_at(self, urls: Sequence[str]) -> Mapping[str, Post]:
        """See :class:`bot.ports.Blog`."""
        await self._identification.ensure(lately=True)
        return await self._blog.posts_at(urls)

    def comment_at(self, url: str) -> CommentId | None:
        """See :class:`bot.ports.Blog`."""
        return self._blog.comment_at(url)

    async def write(self, draft: Draft) -> Written:
        """See :class:`bot.ports.Blog`."""
        await self._identification.ensure(lately=True)
        return await self._blog.write(draft)

    async def rewrite(
        self,
        comment_id: CommentId,
        html: str,
        *,
        key: str,
        signed: Signed | None = None,
        review: Review = Review.NOBODY,
    ) -> Written:
        """See :class:`bot.ports.Blog`."""
        await self._identification.ensure(lately=True)
        return await self._blog.rewrite(comment_id, html, key=key, signed=signed, review=review)

    async def withdraw(self, comment_id: CommentId, *, key: str) -> Standing:
        """See :class:`bot.ports.Blog`."""
        await self._identification.ensure(lately=True)
        return await self._blog.withdraw(comment_id, key=key)

    async def revive(
        self, comment_id: CommentId, html: str, *, key: str, public: bool, review: Review = Review.NOBODY
    ) -> Written:
        """See :class:`bot.ports.Blog`."""
        await self._identification.ensure(lately=True)
        return await self._blog.revive(comment_id, html, key=key, public=public, review=review)

    async def put_under(self, comment_id: CommentId, parent_id: CommentId, *, key: str) -> None:
        """See :class:`bot.ports.Blog`."""
        await self._identification.ensure(lately=True)
        await self._blog.put_under(comment_id, parent_id, key=key)

    async def children(self, post_id: PostId, comment_id: CommentId) -> int:
        """See :class:`bot.ports.Blog`."""
        await self._identification.ensure(lately=True)
        return await self._blog.children(post_id, comment_id)

    async def find_media(self, key: str) -> Media | None:
        """See :class:`bot.ports.Blog`."""
        await self._identification.ensure(lately=True)
        return await self._blog.find_media(key)

    async def upload(self, file: File) -> Media:
        """See :class:`bot.ports.Blog`."""
        await self._identification.ensure(lately=True)
        return await self._blog.upload(file)

    async def discard(self, media_id: MediaId) -> None:
        """See :class:`bot.ports.Blog`."""
        await self._identification.ensure(lately=True)
        await self._blog.discard(media_id)
