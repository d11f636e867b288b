"""The loopback blog's content: posts, comments, terms, media, settings, and the acts that change them.

Does not check who acts or speak any protocol; REST routes, feeds and pages are other modules.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

from bot.sandbox.wordpress.accounts import Account, standard_accounts
from bot.sandbox.wordpress.answers import Json

Listener = Callable[[str, Json], None]


@dataclass
class Comment:
    """One comment as stored. `status` is one of approved, hold, spam, trash, post-trashed; `date_gmt` is naive UTC."""

    id: int
    post: int
    parent: int
    raw: str
    author: int
    author_name: str
    author_email: str
    author_url: str
    date_gmt: datetime
    status: str = "approved"
    author_ip: str = "127.0.0.1"
    author_user_agent: str = ""
    type: str = "comment"
    before_trash: str = "hold"


@dataclass
class Post:
    """One post as stored. `status` is one of publish, draft, future, private, trash; `guid` never changes."""

    id: int
    title: str
    html: str
    slug: str
    author: int
    date_gmt: datetime
    modified_gmt: datetime
    guid: str
    status: str = "publish"
    password: str = ""
    comment_status: str = "open"
    categories: list[int] = field(default_factory=lambda: [1])
    featured_media: int = 0
    old_slugs: list[str] = field(default_factory=list)


@dataclass
class Term:
    """One category."""

    id: int
    name: str
    slug: str


@dataclass
class Media:
    """One picture or file; `address` is where it is served."""

    id: int
    address: str
    content_type: str
    content: bytes
    title: str
    alt: str
    author: int
    date_gmt: datetime
    slug: str


def default_settings() -> dict[str, Any]:
    """WordPress's discussion settings as a new blog has them, and whether the plugin of docs/wordpress runs."""
    return {
        "comment_moderation": False,
        "comment_previously_approved": True,
        "comment_registration": False,
        "require_name_email": True,
        "comment_max_links": 2,
        "moderation_keys": "",
        "disallowed_keys": "",
        "words_plugin": True,
        "thread_comments_depth": 5,
        "show_avatars": True,
        "posts_per_rss": 10,
        "application_passwords": True,
    }


class Site:
    """Everything the blog knows. `clock` gives aware UTC time; `utc_offset` is the blog's own time zone."""

    def __init__(
        self, title: str, *, pretty: bool = True, utc_offset: timedelta = timedelta(), clock: Callable[[], datetime]
    ) -> None:
        self.title = title
        self.url = ""
        self.pretty = pretty
        self.rest_prefix = "wp-json"
        self.utc_offset = utc_offset
        self._clock = clock
        self.settings = default_settings()
        self.accounts: list[Account] = standard_accounts()
        self.posts: dict[int, Post] = {}
        self.comments: dict[int, Comment] = {}
        self.before_trash: dict[int, dict[int, str]] = {}
        self.terms: dict[int, Term] = {1: Term(1, "Uncategorized", "uncategorized")}
        self.media: dict[int, Media] = {}
        self._last = {"content": 0, "comment": 0, "term": 1}
        self._listeners: list[Listener] = []

    # What everything else asks

    def now(self) -> datetime:
        """Naive UTC, whole seconds, as WordPress keeps its dates."""
        return self._clock().astimezone(UTC).replace(tzinfo=None, microsecond=0)

    @property
    def host(self) -> str:
        """Host and port, for telling the blog's own links from others."""
        return urlsplit(self.url).netloc

    def next_id(self, kind: str) -> int:
        """The next id; posts and media share one row of numbers, as in WordPress."""
        self._last[kind] += 1
        return self._last[kind]

    def account(self, account_id: int) -> Account | None:
        """An account by id."""
        return next((account for account in self.accounts if account.id == account_id), None)

    def permalink(self, post: Post) -> str:
        """A post's address: /slug/ when published under pretty permalinks, else /?p=id."""
        if self.pretty and post.status in {"publish", "private"}:
            return f"{self.url}/{quote(post.slug)}/"
        return f"{self.url}/?p={post.id}"

    def comment_link(self, comment: Comment) -> str:
        """A comment's address on its post's page."""
        post = self.posts.get(comment.post)
        return f"{self.permalink(post) if post else self.url + '/'}#comment-{comment.id}"

    def rest_url(self, route: str = "/", **query: Any) -> str:
        """The address of a route, in the form the blog's permalinks call for."""
        if self.pretty:
            address = f"{self.url}/{self.rest_prefix}{route}"
            return f"{address}?{urlencode(query)}" if query else address
        address = f"{self.url}/index.php?rest_route={quote(route)}"
        return f"{address}&{urlencode(query)}" if query else address

    def avatar(self, email: str, size: int) -> str:
        """The address of the picture that goes with an e-mail address."""
        return f"{self.url}/avatar/{hashlib.md5(email.strip().lower().encode()).hexdigest()}?s={size}&d=mm&r=g"  # noqa: S324  the real thing uses md5 here

    def comments_of(self, post_id: int, *, status: str | None = "approved") -> list[Comment]:
        """A post's comments by id, one status or (None) all."""
        return [c for c in self.comments.values() if c.post == post_id and status in (None, c.status)]

    def slug_for(self, wanted: str, own_id: int = 0) -> str:
        """A free slug made of some words, WordPress's -2, -3 … added when taken."""
        plain = unicodedata.normalize("NFKD", re.sub(r"<[^>]*>|&#?\w+;", "", wanted)).encode("ascii", "ignore").decode()
        base = re.sub(r"[^a-z0-9]+", "-", plain.lower()).strip("-") or f"post-{own_id}"
        taken = {post.slug for post in self.posts.values() if post.id != own_id}
        taken |= {media.slug for media in self.media.values() if media.id != own_id}
        slug, number = base, 2
        while slug in taken:
            slug, number = f"{base}-{number}", number + 1
        return slug

    def term(self, name: str) -> Term:
        """The category of that name, made when there is none."""
        for term in self.terms.values():
            if term.name == name:
                return term
        number = self.next_id("term")
        self.terms[number] = Term(number, name, re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-"))
        return self.terms[number]

    # Changes

    def listen(self, listener: Listener) -> None:
        """Call `listener(event, payload)` after each change."""
        self._listeners.append(listener)

    def tell(self, event: str, payload: Json) -> None:
        """Tell the listeners."""
        for listener in self._listeners:
            listener(event, payload)

    def add_comment(self, comment: Comment) -> None:
        """Store a new comment."""
        self.comments[comment.id] = comment
        self.tell("comment-created", {"id": comment.id, "post": comment.post, "parent": comment.parent})

    def set_status(self, comment: Comment, status: str) -> None:
        """Give a comment a status; its children are not touched."""
        if comment.status != status:
            if status == "trash":
                comment.before_trash = comment.status
            comment.status = status
            self.tell("comment-status", {"id": comment.id, "post": comment.post, "status": status})

    def remove_comment(self, comment: Comment) -> None:
        """Delete for good; WordPress: wp_delete_comment() gives the children to the grandparent."""
        for child in self.comments.values():
            if child.parent == comment.id:
                child.parent = comment.parent
        del self.comments[comment.id]
        self.tell("comment-deleted", {"id": comment.id, "post": comment.post})

    def trash_post(self, post: Post) -> None:
        """To the trash; WordPress: wp_trash_post_comments() takes the comments along."""
        post.status = "trash"
        post.modified_gmt = self.now()
        comments = self.comments_of(post.id, status=None)
        self.before_trash[post.id] = {comment.id: comment.status for comment in comments}
        for comment in comments:
            comment.status = "post-trashed"
        self.tell("post-trashed", {"id": post.id})

    def restore_post(self, post: Post) -> None:
        """WordPress: wp_untrash_post_comments() gives each comment its status of then, whatever happened since."""
        post.status = "publish"
        for number, status in self.before_trash.pop(post.id, {}).items():
            if number in self.comments:
                self.comments[number].status = status
        self.tell("post-edited", {"id": post.id})

    def remove_post(self, post: Post) -> None:
        """Delete for good, comments included."""
        for comment in self.comments_of(post.id, status=None):
            del self.comments[comment.id]
        del self.posts[post.id]
        self.tell("post-deleted", {"id": post.id})

    def publish_due(self) -> None:
        """WordPress: wp-cron. A scheduled post appears at a visit, with the scheduled hour as both its dates."""
        for post in self.posts.values():
            if post.status == "future" and post.date_gmt <= self.now():
                post.status, post.modified_gmt = "publish", post.date_gmt
                self.tell("post-created", {"id": post.id})

    def published(self) -> list[Post]:
        """Published posts, newest first."""
        found: Iterable[Post] = (post for post in self.posts.values() if post.status == "publish")
        return sorted(found, key=lambda post: (post.date_gmt, post.id), reverse=True)
