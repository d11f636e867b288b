"""The Blog port over WordPress's REST interface and feed.

Does not decide what to write or mirror, repeats no write that may have arrived, and knows nothing of Discord.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping, Sequence

from bot.blog.web.addresses import Admit
from bot.blog.web.http import Http, SessionFactory
from bot.blog.web.outcome import answering
from bot.blog.web.text import given_address, plain, spelt, web_address
from bot.blog.wordpress import by_sender, comments, known_again, media, one_post, posts, words, writing
from bot.blog.wordpress.connection import Connection
from bot.blog.wordpress.creations import Patience
from bot.blog.wordpress.examine import examine
from bot.blog.wordpress.items import NAME, readable
from bot.blog.wordpress.posts import Names
from bot.blog.wordpress.recent import NewestPosts
from bot.blog.wordpress.rejections import of_read
from bot.blog.wordpress.rest import PAGE, Json, Params, Rejected, Rest, objects, one
from bot.core.domain import CommentId, MediaId, Millis, Post, PostId, Standing, Tree, by_number
from bot.core.errors import CommonthreadError, NotUnderstood
from bot.core.signing import NOBODYS, Signer
from bot.ports import Finding, Identity
from bot.ports.blog import Draft, FeedState, File, Media, Recent, Relayed, Review, Sighting, Signed, Writer, Written

log = logging.getLogger(__name__)
_NAMES_SECONDS = 600.0
_NEWEST: Params = {"per_page": 20, "_fields": "id,date_gmt,link"}  # by which a blog is known again


class WordPressBlog:
    """One WordPress blog. Made by ``open``, ended by ``aclose``."""

    def __init__(self, connection: Connection, *, per_page: int) -> None:
        self._connection = connection
        self._per_page = per_page
        self._names = Names()
        self._trees = comments.TreesRead()
        self._names_since = 0.0
        self._newest = NewestPosts(connection.http, self._names)

    @classmethod
    async def open(
        cls,
        url: str,
        *,
        username: str | None = None,
        password: str | None = None,
        session_factory: SessionFactory | None = None,
        per_page: int = PAGE,
        trusted: bool = True,
        admit: Admit | None = None,
        patience: Patience | None = None,
        openly_to: frozenset[str] = frozenset(),
        signer: Signer = NOBODYS,
    ) -> WordPressBlog:
        """Open the blog at ``url``, any address of it. ``per_page`` is how many comments are listed at once,
        ``patience`` with one that is slow to create any, ``signer`` knows ours; ``openly_to`` as an Account has it.

        ``trusted``: the operator named it in a setting. Not so (a moderator named it in a command), it may not lie in a
        private network, nor lead there, but where ``admit`` lets it. Opens even when the blog does not answer: that is
        logged, and raised by whatever is asked later. Raises NotUnderstood for a ``url`` that is no web address.
        """
        http = Http(
            home := given_address(url, "BLOG_URL" if trusted else "The blog's address"),
            username=username,
            password=password,
            openly_to=openly_to,
            session_factory=session_factory,
            trusted=trusted,
            admit=admit,
        )
        blog = cls(Connection(http, patience, signer), per_page=per_page)
        try:
            with answering():
                await blog._connection.settle()
        except CommonthreadError as error:
            log.warning("blog %s: %s", home, error.reason)
        except BaseException:
            await http.aclose()
            raise
        return blog

    async def aclose(self) -> None:
        """Close all connections."""
        await self._connection.creations.aclose()
        await self._connection.http.aclose()

    async def examine(self) -> tuple[Finding, ...]:
        """What the ``check`` command shows of the blog. Raises nothing."""
        return await examine(self._connection)

    async def capabilities(self) -> frozenset[str]:
        """What the account may do. Raises NotAllowed when the password is not accepted, and what reading raises."""
        with answering():
            return await self._connection.capabilities()

    async def tells_words(self) -> bool | None:
        """See :func:`bot.blog.wordpress.words.are_told`."""
        return await words.are_told(self._connection)

    async def count_comments(self, post_id: PostId) -> int:
        """How many comments of a post everybody may read, without reading them. Raises what reading raises."""
        with answering(post=post_id):
            return await comments.count(self._connection, post_id)

    @property
    def signer(self) -> Signer:
        """See :class:`bot.ports.Blog`."""
        return self._connection.signer

    @property
    def can_write(self) -> bool:
        """Whether a password was given and was not turned away when last tried."""
        return self._connection.http.has_password and self._connection.password_works is not False

    @property
    def keeps_rich(self) -> bool:
        """See :class:`bot.ports.Blog`: the account claims it, and no stored comment has refuted it."""
        return bool(self._connection.keeps_rich)

    @property
    def can_upload(self) -> bool:
        """See :class:`bot.ports.Blog`. While nothing is known of the account it counts as allowed.

        So it does while the password is turned away: the comment waits as well, and its files with it.
        """
        return self._connection.http.has_password and self._connection.may_upload is not False

    @property
    def base_url(self) -> str:
        """The blog's home, as far as it is known."""
        where = self._connection.where
        return str(where.home if where else self._connection.http.home)

    @property
    def writers(self) -> tuple[Writer, ...]:
        """See :class:`bot.ports.Blog`."""
        known = tuple(Writer(str(account), name) for account, name in self._names.writers.items())
        own = self._connection.http.username
        return (*known, Writer("", own)) if own else known

    async def identity(self) -> Identity:
        """See :class:`bot.ports.Blog`. A password that did not work is tried again on the way."""
        with answering():
            if self._connection.password_works is False:
                await self._connection.settle_password()
            return await self._identity()

    async def _identity(self) -> Identity:
        async def ask(rest: Rest, auth: bool) -> tuple[Json, list[Json]]:
            root = one(await rest.get("", {"_fields": "name,home"}, auth=auth))
            return root, objects(await rest.get("wp/v2/posts", _NEWEST, auth=auth))

        try:
            root, listed = await self._connection.as_reader(ask)
        except Rejected as rejected:
            raise of_read(rejected) from rejected
        asked = str(self._connection.http.home)
        dated, whole = await readable("post", filter(posts.is_post, listed), posts.dated, of=asked)
        if not (dated or whole):
            raise NotUnderstood("The blog lists posts of which none has an id.")
        newest = sorted(
            dated,
            key=lambda post: (post[1], by_number(post[0])),
            reverse=True,
        )
        where = await self._connection.endpoints()
        home = spelt(root.get("home")) or spelt(str(where.home))
        links = {PostId(str(one.get("id"))): web_address(one.get("link")) for one in listed}
        addresses = {post: links[post] for post, _ in newest}
        return Identity(home, plain(root.get("name"))[:NAME], tuple(newest), asked, addresses)

    async def recent(self, state: FeedState) -> Recent:
        """See :class:`bot.ports.Blog`."""
        self._freshen_names()
        if self._connection.password_works is False:
            await self._connection.settle_password()

        async def look(rest: Rest, auth: bool) -> Recent:
            return await self._newest.look(await self._connection.endpoints(), rest, state, auth=auth)

        with answering():
            try:
                return await self._connection.as_reader(look)
            except Rejected as rejected:
                raise of_read(rejected) from rejected

    async def post(self, post_id: PostId) -> Post:
        """See :class:`bot.ports.Blog`. A post behind a password counts as hidden, and one for members alone."""
        self._freshen_names()
        with answering(post=post_id):
            return await one_post.read(self._connection, self._names, post_id)

    async def tree(self, post_id: PostId, *, now: Millis) -> Tree:
        """See :class:`bot.ports.Blog`. A listing that cannot be the whole is told as incomplete."""
        with answering(post=post_id):
            return await comments.tree(
                self._connection, post_id, now=now, per_page=self._per_page, confirm=self.post, trees=self._trees
            )

    async def sighting(self, comment_id: CommentId) -> Sighting:
        """See :class:`bot.ports.Blog`. Vanished also when it was deleted for good: WordPress forgets it.

        Without a password WordPress tells only that it exists and is not public: HELD, of the post "". An account that
        may not edit the post is told no more of post and parent than what earlier trees held, and no key or moment.
        """
        with answering(comment=comment_id):
            return await comments.sighting(self._connection, comment_id, self._trees)

    async def find(self, post_id: PostId, key: str, *, sent: Draft | None = None) -> Written | None:
        """See :class:`bot.ports.Blog`. Without the right to list every status it finds approved comments only."""
        with answering(post=post_id):
            found = await comments.find(self._connection, post_id, key)
            if found is None and sent is not None:
                found, _ = await by_sender.find(self._connection, sent)
            return found

    async def children(self, post_id: PostId, comment_id: CommentId) -> int:
        """See :class:`bot.ports.Blog`. Without the right to list every status it counts approved ones."""
        with answering(post=post_id, comment=comment_id):
            return await comments.children(self._connection, post_id, comment_id)

    async def relays(self, post_id: PostId, within: str) -> tuple[Relayed, ...]:
        """See :class:`bot.ports.Blog`. An account that may not edit the post is not shown held and trashed ones."""
        with answering(post=post_id):
            return await known_again.relays(self._connection, post_id, within, per_page=self._per_page)

    async def posts_at(self, urls: Sequence[str]) -> Mapping[str, Post]:
        """See :class:`bot.ports.Blog`."""
        with answering():
            return await known_again.posts_at(self._connection, self._names, urls)

    def comment_at(self, url: str) -> CommentId | None:
        """See :class:`bot.ports.Blog`."""
        return known_again.comment_at(url)

    async def write(self, draft: Draft) -> Written:
        """See :class:`bot.ports.Blog`. Refused is worded for the member whose message it was."""
        with answering(write=True, post=draft.post_id):
            return await writing.write(self._connection, draft)

    async def rewrite(
        self,
        comment_id: CommentId,
        html: str,
        *,
        key: str,
        signed: Signed | None = None,
        review: Review = Review.NOBODY,
    ) -> Written:
        """See :class:`bot.ports.Blog`. WordPress edits comments in the trash too; that is Vanished here."""
        with answering(write=True, comment=comment_id):
            return await writing.rewrite(self._connection, comment_id, html, key=key, signed=signed, review=review)

    async def withdraw(self, comment_id: CommentId, *, key: str) -> Standing:
        """See :class:`bot.ports.Blog`. Where the trash is switched off the comment is deleted for good."""
        with answering(write=True, comment=comment_id):
            return await writing.withdraw(self._connection, comment_id, key=key)

    async def revive(
        self, comment_id: CommentId, html: str, *, key: str, public: bool, review: Review = Review.NOBODY
    ) -> Written:
        """See :class:`bot.ports.Blog`."""
        with answering(write=True, comment=comment_id):
            return await writing.revive(self._connection, comment_id, html, key=key, public=public, review=review)

    async def put_under(self, comment_id: CommentId, parent_id: CommentId, *, key: str) -> None:
        """See :class:`bot.ports.Blog`."""
        with answering(write=True, comment=comment_id):
            await writing.put_under(self._connection, comment_id, parent_id, key=key)

    async def find_media(self, key: str) -> Media | None:
        """See :class:`bot.ports.Blog`."""
        with answering():
            return await media.find(self._connection, key)

    async def upload(self, file: File) -> Media:
        """See :class:`bot.ports.Blog`. Refused also when some wall before WordPress turns the file away."""
        with answering(write=True):
            return await media.upload(self._connection, file)

    async def discard(self, media_id: MediaId) -> None:
        """See :class:`bot.ports.Blog`."""
        with answering(write=True):
            await media.discard(self._connection, media_id)

    def _freshen_names(self) -> None:
        now = asyncio.get_running_loop().time()
        if now - self._names_since > _NAMES_SECONDS:
            self._names_since = now
            self._names.forget()
