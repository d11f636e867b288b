"""A WordPress in memory: the Blog port as its REST interface behaves, and what readers and moderators do to it.

Takes nothing from the engine; its rules are WordPress's own, found on real installations, and the contract suite
(tests/contract/test_blog_contract.py) holds it against one.
"""

from __future__ import annotations

import copy
import hashlib
import itertools
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TypeVar
from urllib.parse import urlsplit

from bot.core.domain import Comment, CommentId, MediaId, Millis, Post, PostId, Standing, Tree
from bot.core.errors import AnotherComment, Doubt, NotAllowed, PlaceVanished, Refused, Unanswered, Unreachable, Vanished
from bot.core.letting import Arrival, releases
from bot.core.signing import Proof, Signer, is_link, message_of
from bot.ports import (
    Draft,
    FeedState,
    File,
    Identity,
    Media,
    Recent,
    Relayed,
    Review,
    Sighting,
    Signed,
    Writer,
    Written,
)
from tests.support.clock_and_faults import Clock, Faults
from tests.support.signer import SIGNER

T = TypeVar("T")
BASE = "https://blog.example"
WRITER = ("1", "Ann Keeper")
"""The account that writes the posts: its number, and what readers call it."""
ACCOUNT = "bridge"
LONGEST = 65_525
LONGEST_NAME = 245
POST_TRASHED = "post-trashed"
LISTED = 20
"""Posts that one look lists, however long ago the last look was."""
KEPT_TAGS = {"a", "abbr", "acronym", "b", "blockquote", "cite", "code", "del", "em", "i", "q", "s", "strike", "strong"}
"""WordPress: wp_kses_allowed_html() for comments of accounts without unfiltered_html."""
_TAG = re.compile(r"</?\s*([a-zA-Z0-9-]+)[^>]*>")


@dataclass
class StoredPost:
    """A row of posts."""

    id: str
    title: str
    html: str
    published_at: int
    shown: bool = True
    open: bool = True
    slug: str = ""
    categories: tuple[str, ...] = ()


@dataclass
class StoredComment:
    """A row of comments. ``status`` in WordPress's words: approved, hold, spam, trash, post-trashed."""

    id: str
    post: str
    parent: str | None
    author: str
    email: str
    author_url: str
    html: str
    status: str
    written_at: int
    hidden_once: bool = False
    before: str = "hold"  # its status when it was thrown away
    kind: str = "comment"
    names: list[tuple[int, str]] = field(default_factory=list)  # its author's names, each with when it was given
    account: str = ""  # of the blog, '' for a visitor

    @property
    def avatar_url(self) -> str:
        """WordPress makes it of the e-mail address."""
        return f"{BASE}/avatar/{hashlib.sha256(self.email.encode()).hexdigest()}?s=96"


@dataclass
class StoredMedia:
    """A file of the media library, with its slug."""

    id: str
    slug: str
    name: str
    content: bytes

    @property
    def url(self) -> str:
        return f"{BASE}/wp-content/uploads/{self.id}-{self.name}"


Backup = tuple[dict[str, StoredPost], dict[str, StoredComment], dict[str, StoredMedia]]
"""A copy of all that the site holds."""


def _is_public(one: StoredComment) -> bool:
    return one.status == "approved" and one.kind == "comment"


@dataclass
class FakeBlog:
    """The whole site, as one account of it sees it; ``account`` False: as nobody in particular."""

    clock: Clock
    faults: Faults
    posts: dict[str, StoredPost] = field(default_factory=dict)
    comments: dict[str, StoredComment] = field(default_factory=dict)
    removed: set[str] = field(default_factory=set)
    down: bool = False
    revoked: bool = False
    keeps_links: bool = True  # of a comment's author
    listing: str = "whole"  # or "empty", "short": what a broken cache answers, with 200; "partial": short, and it shows
    unlisted: frozenset[str] = frozenset()  # comments that a plugin takes out of listings alone
    permalink: str = BASE
    home: str = BASE
    disallowed: set[str] = field(default_factory=set)
    moderated: set[str] = field(default_factory=set)  # words that hold a comment
    tells_words: bool = True  # its plugin says what its lists let pass
    moderates_all: bool = False  # every comment must be approved
    suspicious: set[str] = field(default_factory=set)  # words that its filter takes for spam
    numbers: Iterator[int] = field(default_factory=lambda: itertools.count(101))
    media: dict[str, StoredMedia] = field(default_factory=dict)
    capabilities: set[str] = field(default_factory=set)  # beyond those for comments
    disliked: dict[str, str] = field(default_factory=dict)  # words that something in front of it turns away: it says …
    walled: set[str] = field(default_factory=set)  # what a firewall in front of it lets nobody do, whatever the words
    disliked_are_kept: bool = False  # turned away when they are stored already
    untaken: set[str] = field(default_factory=set)  # endings of file names
    before_trash: dict[str, dict[str, str]] = field(default_factory=dict)
    account: bool = True
    turned_away: bool = False
    restored: int = 0
    signer: Signer = SIGNER
    tells_senders: bool = True  # the account may see comments' senders

    # ------------------------------------------------------------ the port

    @property
    def can_write(self) -> bool:
        return self.account and not self.turned_away

    @property
    def keeps_rich(self) -> bool:
        return "unfiltered_html" in self.capabilities

    @property
    def can_upload(self) -> bool:
        return self.account and self.capabilities >= {"upload_files", "delete_posts"}

    @property
    def base_url(self) -> str:
        return BASE

    @property
    def writers(self) -> tuple[Writer, ...]:
        return (Writer(*WRITER), *([Writer("", ACCOUNT)] if self.account else []))

    async def identity(self) -> Identity:
        return await self._ask("ask who the blog is", self.says_of_itself)

    def says_of_itself(self) -> Identity:
        newest = tuple((PostId(p.id), Millis(p.published_at)) for p in self._newest_first()[:20])
        return Identity(
            self.home, "The blog", newest, BASE, {PostId(p.id): self._post(p).url for p in self._newest_first()}
        )

    async def recent(self, state: FeedState) -> Recent:
        def do() -> Recent:
            self.turned_away = self.turned_away and self.revoked  # the password is tried again on the way
            posts = [] if self.listing == "empty" else self._newest_first()
            since = state.newest_at
            listed = [p for at, p in enumerate(posts) if at < LISTED or (since is not None and p.published_at >= since)]
            found = tuple(self._post(p) for p in listed)
            body = hashlib.sha256(repr(found[:LISTED]).encode()).hexdigest()
            if body == state.body_hash:
                return Recent(None, state)
            newest_at = max((post.published_at for post in found), default=Millis(0))
            return Recent(found, FeedState(body_hash=body, newest_at=newest_at))

        return await self._ask("list posts", do)

    async def post(self, post_id: PostId) -> Post:
        return await self._ask("read a post", lambda: self._post(self._shown(post_id)))

    async def tree(self, post_id: PostId, *, now: Millis) -> Tree:
        def do() -> Tree:
            self._shown(post_id)
            found = [self._comment(c) for c in self.comments.values() if c.post == post_id and _is_public(c)]
            if self.listing == "empty":
                found = []
            if self.listing in ("short", "partial"):
                found = found[: len(found) // 2]
            found = [one for one in found if one.id not in self.unlisted]
            return Tree(post_id, tuple(found), now, complete=self.listing != "partial")

        return await self._ask("list comments", do)

    async def sighting(self, comment_id: CommentId) -> Sighting:
        def do() -> Sighting:
            one = self._one(comment_id)
            self._readable(one.post)
            said = {"approved": Standing.LIVE, "hold": Standing.HELD}.get(one.status, Standing.GONE)
            parent = None if one.parent is None else CommentId(one.parent)
            at, spam = Millis(one.written_at), one.status == "spam"
            proof = self._proof(one)
            return Sighting(said, PostId(one.post), parent, proof.relay_of, at, spam=spam, unproven=proof.unproven)

        return await self._ask("read a comment", do)

    async def find(self, post_id: PostId, key: str, *, sent: Draft | None = None) -> Written | None:
        def do() -> Written | None:
            self._readable(post_id)
            rank = ["approved", "hold", "spam", "trash", POST_TRASHED]
            exact = [c for c in self.comments.values() if c.post == post_id and self._carries(c, key)]
            if not exact and sent is not None:
                exact = [c for c in self.comments.values() if self._is_of(c, sent)]
            return self._written(min(exact, key=lambda c: rank.index(c.status))) if exact else None

        return await self._ask("search comments", do)

    async def relays(self, post_id: PostId, within: str) -> tuple[Relayed, ...]:
        def do() -> tuple[Relayed, ...]:
            self._readable(post_id)
            said = {"approved": Standing.LIVE, "hold": Standing.HELD}
            found = list[Relayed]()
            for one in self.comments.values():
                proof = self._proof(one)
                if one.post == post_id and (proof.relay_of or proof.unproven).startswith(within):
                    email = one.email if self.tells_senders and self.account else ""
                    found.append(Relayed(self._comment(one), said.get(one.status, Standing.GONE), email))
            return tuple(found)

        return await self._ask("list relays", do)

    async def posts_at(self, urls: Sequence[str]) -> Mapping[str, Post]:
        def do() -> Mapping[str, Post]:
            shown = [self._post(post) for post in self.posts.values() if post.shown]
            places = {urlsplit(post.url).path: post for post in shown}
            return {url: places[path] for url in urls if (path := urlsplit(url).path) in places}

        return await self._ask("look for posts", do)

    def comment_at(self, url: str) -> CommentId | None:
        _, found, comment = url.rpartition("#comment-")
        return CommentId(comment) if found else None

    async def write(self, draft: Draft) -> Written:
        def do() -> Written:
            said = next((said for words, said in self.disliked.items() if words in draft.html), None)
            if said is None:
                return self._create(draft)
            if self.disliked_are_kept:
                self._create(draft)
            raise Unanswered("The blog turned this away.", doubt=Doubt.TURNED_AWAY, words=said)

        return await self._ask("create a comment", do, write=True)

    async def rewrite(
        self,
        comment_id: CommentId,
        html: str,
        *,
        key: str,
        signed: Signed | None = None,
        review: Review = Review.NOBODY,
    ) -> Written:
        def do() -> Written:
            one = self._ours(comment_id, key)
            if any(words in html for words in self.disliked):
                raise Unanswered("The blog turned this away.", doubt=Doubt.TURNED_AWAY)
            if signed is not None:
                one.email, one.author_url = signed.email, signed.key if self.keeps_links else ""
            waits = self._waits(one, html, review)
            one.html = self._kept(html)  # WordPress edits what is in the trash as well, and leaves it there
            if one.status == "approved" and waits:
                one.status, one.hidden_once = "hold", True
            if one.status in ("trash", POST_TRASHED):
                raise Vanished(f"Comment {comment_id} is in the trash.")
            return self._written(one)

        return await self._ask("edit a comment", do, write=True)

    async def withdraw(self, comment_id: CommentId, *, key: str) -> Standing:
        def do() -> Standing:
            if comment_id not in self.comments:
                return Standing.GONE
            one = self._ours(comment_id, key)
            was = one.status
            if was not in ("trash", POST_TRASHED, "spam"):
                one.before, one.status, one.hidden_once = was, "trash", True
            return {"approved": Standing.LIVE, "hold": Standing.HELD}.get(was, Standing.GONE)

        return await self._ask("trash a comment", do, write=True)

    async def revive(
        self, comment_id: CommentId, html: str, *, key: str, public: bool, review: Review = Review.NOBODY
    ) -> Written:
        def do() -> Written:
            one = self._ours(comment_id, key)
            if one.status == "spam":
                raise Vanished(f"Comment {comment_id} is spam.")
            waits = self._waits(one, html, review)
            one.html = self._kept(html)
            if one.status == "trash":
                one.status = one.before if public and not waits else "hold"
            elif one.status == "approved" and waits:
                one.status = "hold"
            one.hidden_once = one.hidden_once or one.status != "approved"
            return self._written(one)

        return await self._ask("restore a comment", do, write=True)

    async def put_under(self, comment_id: CommentId, parent_id: CommentId, *, key: str) -> None:
        def do() -> None:
            self._ours(comment_id, key).parent = parent_id

        await self._ask("move a comment", do, write=True)

    async def children(self, post_id: PostId, comment_id: CommentId) -> int:
        def do() -> int:
            self._readable(post_id)
            found = [c for c in self.comments.values() if c.post == post_id and c.parent == comment_id]
            return sum(1 for c in found if c.status in ("approved", "hold"))

        return await self._ask("count answers", do)

    async def find_media(self, key: str) -> Media | None:
        def do() -> Media | None:
            found = (one for one in self.media.values() if one.slug == key)
            return next((Media(MediaId(one.id), one.url) for one in found), None)

        return await self._ask("search files", do)

    async def upload(self, file: File) -> Media:
        def do() -> Media:
            if "upload_files" not in self.capabilities:
                raise Refused("The bot's account on the blog may not upload files.", "rest_cannot_create")
            if not file.content:
                raise Refused("No data supplied.", "rest_upload_no_data")
            if file.name.rpartition(".")[2] in self.untaken:
                raise Refused("Sorry, you are not allowed to upload this file type.", "rest_upload_sideload_error")
            slug, suffix = file.key, 2
            while any(one.slug == slug for one in self.media.values()):
                slug, suffix = f"{file.key}-{suffix}", suffix + 1
            one = StoredMedia(str(next(self.numbers)), slug, file.name, file.content)
            self.media[one.id] = one
            return Media(MediaId(one.id), one.url)

        return await self._ask("upload a file", do, write=True)

    async def discard(self, media_id: MediaId) -> None:
        def do() -> None:
            if media_id in self.media and "delete_posts" not in self.capabilities:
                raise Refused("The bot's account on the blog may not delete files.", "rest_cannot_delete")
            self.media.pop(media_id, None)

        await self._ask("delete a file", do, write=True)

    # ------------------------------------------------------------ rules

    async def _ask(self, what: str, do: Callable[[], T], *, write: bool = False) -> T:
        def guarded() -> T:
            if self.down:
                self.faults.injected["blog: in maintenance"] += 1
                raise Unreachable(f"{what}: maintenance", retry_after=600.0)
            if write and not self.account:
                raise NotAllowed("The bot has no application password for the blog.")
            if write and self.revoked:
                self.faults.injected["blog: password revoked"] += 1
                self.turned_away = True
                raise NotAllowed("The blog does not accept the application password.")
            if what in self.walled:
                raise Unanswered(f"{what}: something before the blog says no.", doubt=Doubt.TURNED_AWAY)
            return do()

        return await self.faults.request("blog", what, guarded, write=write)

    def _create(self, draft: Draft) -> Written:
        post = self.posts.get(draft.post_id)
        if post is None or not post.shown:
            raise PlaceVanished("The post is gone from the blog, or no longer public.")
        if not post.open:
            raise Refused("Comments on this post are closed on the blog.", "rest_comment_closed")
        if len(draft.author) > LONGEST_NAME:
            raise Refused("Your display name is longer than the blog takes.", "comment_author_column_length")
        html = self._kept(draft.html)
        while same := self._duplicate(replace(draft, html=html)):
            if self._carries(same, draft.key) or self._is_of(same, draft):
                return self._written(same)
            html += "\u200b"
        status, known = self._first_status(draft), self._is_known(draft)
        arrival = Arrival.LET_IN if status == "approved" else None
        if status == "hold" and draft.approve:
            arrival = Arrival.HELD if known and not self.tells_words else None
            status = "approved" if self._may_pass(draft) else "hold"
        one = self._add(draft.post_id, draft.parent_id, draft.author, html, status, draft)
        if status == "trash":
            raise Refused("The blog's rules threw this comment away at once.", "disallowed")
        return replace(self._written(one), arrival=arrival)

    def _waits(self, one: StoredComment, html: str, review: Review) -> bool:
        """Whether new words have to be seen by a moderator first. By its plugin it says what its lists let pass."""
        if review is Review.NOBODY or one.html.split() == html.split():
            return False
        listed = any(word in html for word in (*self.disallowed, *self.moderated))
        return review is Review.MODERATORS or (self.tells_words and listed)

    def _is_of(self, one: StoredComment, sent: Draft) -> bool:
        """Whether a comment without a link was made of this draft, of which an earlier attempt may have arrived."""
        if sent.besides is None or one.id in sent.besides or one.author_url:
            return False
        said = not sent.html or one.html.strip("\u200b") in (self._kept(sent.html), self._kept(sent.plain_html or "-"))
        return said and (one.post, one.parent, one.email) == (sent.post_id, sent.parent_id, sent.email)

    def _kept(self, html: str) -> str:
        """The text as it is stored. WordPress looks at its length before it filters it."""
        if not html.strip():
            raise Refused("The blog saw no text in this message.", "rest_comment_content_invalid")
        if len(html.encode("utf-8", "replace")) > LONGEST:
            raise Refused("This message is longer than the blog takes.", "comment_content_column_length")
        if self.keeps_rich:
            return html
        return _TAG.sub(lambda tag: tag[0] if tag[1].lower() in KEPT_TAGS else "", html)

    def _first_status(self, draft: Draft) -> str:
        """By the blog's own rules: only somebody who has an approved comment is not held (WordPress: check_comment)."""
        if any(word in draft.html for word in self.disallowed):
            return "trash"
        if any(word in draft.html for word in self.suspicious):
            return "spam"
        if any(word in draft.html for word in self.moderated):
            return "hold"
        return "approved" if self._is_known(draft) and not self.moderates_all else "hold"

    def _is_known(self, draft: Draft) -> bool:
        mine = (c for c in self.comments.values() if (c.author, c.email) == (draft.author, draft.email))
        return any(c.status == "approved" for c in mine)

    def _may_pass(self, draft: Draft) -> bool:
        """Whether it is held for another reason than its words, as far as the blog tells."""
        passes = not any(word in draft.html for word in self.moderated) if self.tells_words else None
        return releases(passes=passes, links=0, known=self._is_known(draft), lets_in=draft.lets_in)

    def _duplicate(self, draft: Draft) -> StoredComment | None:
        wanted = (draft.post_id, draft.parent_id, draft.html, draft.author, draft.email)
        for one in self.comments.values():
            if (one.post, one.parent, one.html, one.author, one.email) == wanted and one.status != "trash":
                return one
        return None

    def _add(
        self, post: str, parent: str | None, author: str, html: str, status: str, draft: Draft | None = None
    ) -> StoredComment:
        one = StoredComment(
            id=str(next(self.numbers)),
            post=post,
            parent=parent,
            author=author,
            email=draft.email if draft else f"{author}@mail.example",
            author_url=draft.key if draft and self.keeps_links else "",
            html=html,
            status=status,
            written_at=self.clock.time // 1000 * 1000,  # WordPress keeps whole seconds
            hidden_once=status != "approved",
            names=[(self.clock.time, author)],
        )
        self.comments[one.id] = one
        return one

    def _newest_first(self) -> list[StoredPost]:
        shown = (post for post in self.posts.values() if post.shown)
        return sorted(shown, key=lambda post: (post.published_at, int(post.id)), reverse=True)

    def _shown(self, post_id: str) -> StoredPost:
        post = self.posts.get(post_id)
        if post is None or not post.shown:
            raise PlaceVanished(f"Post {post_id} is no longer public on the blog.")
        return post

    def _readable(self, post_id: str) -> None:
        """Whether the account is told of comments of a post that is hidden: who may edit it is."""
        post = self.posts.get(post_id)
        if post is not None and not post.shown and "edit_others_posts" not in self.capabilities:
            raise PlaceVanished(f"Post {post_id} is no longer public on the blog.")

    def _one(self, comment_id: str) -> StoredComment:
        if (one := self.comments.get(comment_id)) is None:
            raise Vanished(f"Comment {comment_id} is gone from the blog.")
        return one

    def _ours(self, comment_id: str, key: str) -> StoredComment:
        """Looked at before anything is changed: the number may be another comment's."""
        one = self._one(comment_id)
        told = one.email if self.tells_senders else None
        if not self.signer.is_still(key, one.author_url, told, Millis(one.written_at)):
            raise AnotherComment(f"Comment {comment_id} is not the one that was meant.")
        return one

    def _post(self, post: StoredPost) -> Post:
        url = self.address_of(post.id)
        return Post(
            PostId(post.id),
            f"{BASE}/?p={post.id}",
            url,
            post.title,
            WRITER[1],
            Millis(post.published_at),
            post.html,
            categories=post.categories,
        )

    def _comment(self, one: StoredComment) -> Comment:
        proof = self._proof(one)
        return Comment(
            CommentId(one.id),
            PostId(one.post),
            None if one.parent is None else CommentId(one.parent),
            one.author or "Anonymous",
            Millis(one.written_at),
            f"<p>{one.html}</p>\n",
            self.url_of(one.id, one.post),
            relay_of=proof.relay_of,
            avatar_url=one.avatar_url,
            account=one.account,
            unproven=proof.unproven,
            sender=proof.sender,
        )

    def _proof(self, one: StoredComment) -> Proof:
        """Whoever asks without an account is not told who sent a comment; nor of one that does not claim to be ours."""
        told = one.email if self.account and self.tells_senders and is_link(one.author_url) else None
        return self.signer.judge(one.author_url, told, Millis(one.written_at))

    def _carries(self, one: StoredComment, key: str) -> bool:
        return message_of(self._proof(one).relay_of) == message_of(key)

    def url_of(self, comment: str, post: str) -> str:
        return f"{self.address_of(post)}#comment-{comment}"

    def address_of(self, post: str) -> str:
        slug = self.posts[post].slug if post in self.posts else ""
        return f"{self.permalink}/{slug or f'p{post}'}/"

    def _written(self, one: StoredComment) -> Written:
        shown = self._comment(one)
        return Written(CommentId(one.id), one.status in ("hold", "spam"), shown.digest, shown.written_at)

    # ------------------------------------------------------------ what people do

    def backup(self) -> Backup:
        """As its host's nightly copy has it."""
        return copy.deepcopy((self.posts, self.comments, self.media))

    def restore(self, backup: Backup) -> None:
        """Put the site back: numbers go on behind the highest that the copy knows (MySQL: InnoDB's counter)."""
        self.posts, self.comments, self.media = copy.deepcopy(backup)
        highest = max(map(int, (*self.posts, *self.comments, *self.media)), default=100)
        self.numbers = itertools.count(highest + 1)
        self.restored += 1

    def move(self, comment: str, post: str) -> None:
        """A moderator moves a comment, with what answers it, to the top of another post."""
        self.comments[comment].parent = None
        moving = [comment]
        while moving:
            one = self.comments[moving.pop()]
            one.post = post
            moving += [other.id for other in self.comments.values() if other.parent == one.id]

    def add_post(self, title: str, html: str = "<p>Words.</p>") -> StoredPost:
        number = str(next(self.numbers))
        slug = f"p{number}-{self.restored}" if self.restored else ""
        post = StoredPost(number, title, html, self.clock.time // 1000 * 1000, slug=slug)
        self.posts[post.id] = post
        return post

    def comment(
        self,
        post: str,
        html: str,
        *,
        parent: str | None = None,
        author: str = "Ben",
        status: str = "approved",
        account: str = "",
    ) -> StoredComment:
        made = self._add(post, parent, author, html, status)
        made.account = account
        return made

    def trash_post(self, post: str) -> None:
        """With its comments, each under a status of its own."""
        self.posts[post].shown = False
        of_it = [one for one in self.comments.values() if one.post == post]
        self.before_trash[post] = {one.id: one.status for one in of_it}
        for one in of_it:
            one.status, one.hidden_once = POST_TRASHED, True

    def untrash_post(self, post: str) -> None:
        """Each comment is what it was before, whatever became of it meanwhile (``wp_untrash_post_comments``)."""
        self.posts[post].shown = True
        for comment, status in self.before_trash.pop(post).items():
            if comment in self.comments:
                self.comments[comment].status = status

    def delete_post(self, post: str) -> None:
        """For good, and its comments with it."""
        del self.posts[post]
        for one in [one.id for one in self.comments.values() if one.post == post]:
            del self.comments[one]
            self.removed.add(one)

    def set_status(self, comment: str, status: str) -> None:
        one = self.comments[comment]
        if status == "trash" and one.status != "trash":
            one.before = one.status
        one.status = status
        one.hidden_once = one.hidden_once or status != "approved"

    def rename(self, comment: str, author: str) -> None:
        """A moderator changes the name that a comment bears."""
        one = self.comments[comment]
        one.author = author
        one.names.append((self.clock.time, author))

    def force_delete(self, comment: str) -> None:
        """Its children become its parent's."""
        gone = self.comments.pop(comment)
        self.removed.add(comment)
        for one in self.comments.values():
            if one.parent == comment:
                one.parent = gone.parent
