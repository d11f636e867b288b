"""The loopback blog as its users hold it: start it, write on it, listen to it, break it.

Does not share a line with the product: a fake that did would prove nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from types import TracebackType
from typing import Any

from bot.sandbox.wordpress.faults import Call, Faults
from bot.sandbox.wordpress.kses import clean_name, clean_url
from bot.sandbox.wordpress.media import add_media
from bot.sandbox.wordpress.posts import new_post, rename_post
from bot.sandbox.wordpress.server import Server
from bot.sandbox.wordpress.site import Comment, Listener, Post, Site

_NOW = partial(datetime.now, UTC)
STATUSES = ("approved", "hold", "spam", "trash")


class LoopbackBlog:
    """A small blog on 127.0.0.1 that answers as WordPress does.

    `pretty` False gives plain permalinks (`?p=1`, `?rest_route=`), `prefix` ("/blog") a subdirectory install,
    `rest_prefix` ("api") a REST root of another name, `utc_offset` the blog's time zone; `clock` returns aware time.
    Acts done here are the owner's own: not filtered, not moderated, not checked for duplicates; those over REST are.
    """

    def __init__(
        self,
        title: str = "Loopback blog",
        *,
        port: int = 0,
        pretty: bool = True,
        prefix: str = "",
        rest_prefix: str = "wp-json",
        utc_offset: timedelta = timedelta(),
        clock: Callable[[], datetime] = _NOW,
    ) -> None:
        self._site = Site(title, pretty=pretty, utc_offset=utc_offset, clock=clock)
        self._site.rest_prefix = rest_prefix
        self._server = Server(self._site, port=port, prefix=prefix)

    async def __aenter__(self) -> LoopbackBlog:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop()

    async def start(self) -> None:
        """Listen; after `stop`, on the same port and with the same content."""
        await self._server.start()

    async def stop(self) -> None:
        """Go off line; the content stays."""
        await self._server.stop()

    # Addresses and accounts

    @property
    def url(self) -> str:
        """The site root without a trailing slash."""
        return self._site.url

    @property
    def rest(self) -> str:
        """The REST root: …/wp-json/, or …/index.php?rest_route=/ under plain permalinks."""
        return self._site.rest_url()

    @property
    def username(self) -> str:
        """The bridge account's name: read, edit_posts, moderate_comments and nothing more."""
        return self.login("bridge")[0]

    @property
    def app_password(self) -> str:
        """The bridge account's application password."""
        return self.login("bridge")[1]

    def login(self, role: str) -> tuple[str, str]:
        """(username, application password) of 'admin', 'bridge', 'librarian', 'editor', 'author', 'subscriber'."""
        account = next(account for account in self._site.accounts if account.username == role)
        return account.username, account.app_password

    def set_password(self, role: str, app_password: str) -> None:
        """Revoke an account's application password and give it another (letters and digits)."""
        next(account for account in self._site.accounts if account.username == role).app_password = app_password

    @property
    def settings(self) -> dict[str, Any]:
        """WordPress's discussion settings by their option names; change them in place."""
        return self._site.settings

    @property
    def pretty(self) -> bool:
        """Pretty permalinks, or plain ones; may be changed at any time, as an owner may."""
        return self._site.pretty

    @pretty.setter
    def pretty(self, value: bool) -> None:
        self._site.pretty = value

    # Traffic

    @property
    def calls(self) -> list[Call]:
        """Every request so far; no passwords in it. Clear it in place."""
        return self._server.calls

    @property
    def faults(self) -> Faults:
        """Order faults here."""
        return self._server.faults

    @property
    def slow_seconds(self) -> float:
        """How long the fault 'slow' holds an answer back."""
        return self._server.slow_seconds

    @slow_seconds.setter
    def slow_seconds(self, seconds: float) -> None:
        self._server.slow_seconds = seconds

    def on_change(self, callback: Listener) -> None:
        """Call `callback(event, payload)` after each change, whoever makes it.

        Events: post-created, post-edited, post-trashed, post-deleted with {"id"}; comment-created, comment-edited
        with {"id", "post", "parent"}; comment-status with {"id", "post", "status"}; comment-deleted with
        {"id", "post"}.
        """
        self._site.listen(callback)

    # Posts

    @property
    def posts(self) -> list[Post]:
        """All posts by id, trashed ones included."""
        return list(self._site.posts.values())

    def permalink(self, post_id: int) -> str:
        """A post's address."""
        return self._site.permalink(self._site.posts[post_id])

    def publish(
        self,
        title: str,
        html: str,
        *,
        author: str = "editor",
        categories: Sequence[str] = (),
        image: bytes | None = None,
        image_type: str = "image/png",
        slug: str | None = None,
        date: datetime | None = None,
        draft_first: bool = False,
    ) -> int:
        """Publish a post and return its id. `author` is an account's name, `image` the featured picture's bytes.

        `draft_first` gives it the guid (/?p=id) that the block editor's posts have; `date` is aware time.
        """
        site = self._site
        writer = next(account for account in site.accounts if account.username == author)
        post = new_post(site, title, html, author=writer.id, slug=slug, status="draft" if draft_first else "publish")
        post.status = "publish"
        if date is not None:
            post.date_gmt = post.modified_gmt = _naive(date)
        if categories:
            post.categories = [site.term(name).id for name in categories]
        if image is not None:
            extension = image_type.partition("/")[2].partition("+")[0]
            media = add_media(site, f"{post.slug}.{extension}", image, image_type, author=writer.id, alt=title)
            post.featured_media = media.id
        site.tell("post-created", {"id": post.id})
        return post.id

    def edit_post(
        self,
        post_id: int,
        *,
        title: str | None = None,
        html: str | None = None,
        slug: str | None = None,
        date: datetime | None = None,
        guid: str | None = None,
    ) -> None:
        """Change a post; its modification date moves. Only an import or a careless plugin changes a `guid`."""
        post = self._site.posts[post_id]
        post.title = post.title if title is None else title
        post.html = post.html if html is None else html
        post.date_gmt = post.date_gmt if date is None else _naive(date)
        post.guid = post.guid if guid is None else guid
        if slug is not None:
            rename_post(self._site, post, slug)
        post.modified_gmt = self._site.now()
        self._site.tell("post-edited", {"id": post_id})

    def close_comments(self, post_id: int) -> None:
        """Take no more comments on a post; those there stay."""
        self._site.posts[post_id].comment_status = "closed"
        self._site.tell("post-edited", {"id": post_id})

    def trash_post(self, post_id: int) -> None:
        """To the trash, with its comments."""
        self._site.trash_post(self._site.posts[post_id])

    def restore_post(self, post_id: int) -> None:
        """Back from the trash, its comments too, as the dashboard does it (over REST they stay behind)."""
        self._site.restore_post(self._site.posts[post_id])

    def delete_post(self, post_id: int) -> None:
        """Remove for good, comments included."""
        self._site.remove_post(self._site.posts[post_id])

    # Comments

    def comments(self, post_id: int) -> list[Comment]:
        """A post's comments by id, whatever their status."""
        return self._site.comments_of(post_id, status=None)

    def get_comment(self, comment_id: int) -> Comment:
        """One comment; KeyError when there is none."""
        return self._site.comments[comment_id]

    def comment_link(self, comment_id: int) -> str:
        """A comment's address."""
        return self._site.comment_link(self._site.comments[comment_id])

    def comment(
        self,
        post_id: int,
        html: str,
        *,
        parent: int = 0,
        author_name: str = "Ada Reader",
        author_email: str = "ada@example.test",
        author_url: str = "",
        status: str = "approved",
        date: datetime | None = None,
        type: str = "comment",
        author: int = 0,
    ) -> int:
        """Store a comment as it stands and return its id; `date` is aware time, `author` an account's id, 0 a guest."""
        comment = Comment(
            id=self._site.next_id("comment"),
            post=post_id,
            parent=parent,
            raw=html,
            author=author,
            author_name=clean_name(author_name),
            author_email=author_email,
            author_url=clean_url(author_url),
            date_gmt=self._site.now() if date is None else _naive(date),
            status=_checked(status),
            type=type,
        )
        self._site.add_comment(comment)
        return comment.id

    def edit_comment(self, comment_id: int, html: str) -> None:
        """Change a comment's text; no date changes, as in WordPress."""
        comment = self._site.comments[comment_id]
        comment.raw = html
        self._site.tell("comment-edited", {"id": comment.id, "post": comment.post, "parent": comment.parent})

    def move_comment(self, comment_id: int, parent: int) -> None:
        """Hang a comment under another (0: at the top)."""
        comment = self._site.comments[comment_id]
        comment.parent = parent
        self._site.tell("comment-edited", {"id": comment.id, "post": comment.post, "parent": parent})

    def set_status(self, comment_id: int, status: str) -> None:
        """'approved', 'hold', 'spam' or 'trash'; the children are left as they are."""
        self._site.set_status(self._site.comments[comment_id], _checked(status))

    def delete_comment(self, comment_id: int) -> None:
        """Remove for good; the children go to the grandparent."""
        self._site.remove_comment(self._site.comments[comment_id])


def _checked(status: str) -> str:
    if status not in STATUSES:
        raise ValueError(f"no comment status {status!r}; there are {', '.join(STATUSES)}")
    return status


def _naive(moment: datetime) -> datetime:
    if moment.tzinfo is None:
        raise ValueError("a date needs its time zone")
    return moment.astimezone(UTC).replace(tzinfo=None, microsecond=0)
