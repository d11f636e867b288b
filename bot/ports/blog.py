"""The port to a blog, and what goes through it. Implements nothing; see :mod:`bot.blog`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

from bot.core.domain import (
    Comment,
    CommentId,
    MediaId,
    Millis,
    Post,
    PostId,
    Standing,
    Tree,
)
from bot.core.identity import Identity
from bot.core.letting import Arrival
from bot.core.signing import Signer


class Review(StrEnum):
    """Who looks at new words before the blog's readers do.

    ``NOBODY`` at the bot's own. ``LISTS``: the blog's lists of words, where it tells what they say; where it does not,
    nobody. A text that says the same as before needs no review.
    """

    NOBODY = "nobody"
    LISTS = "lists"
    MODERATORS = "moderators"


@dataclass(frozen=True, slots=True)
class Draft:
    """A comment to be written. ``html`` is final; ``plain_html`` says the same with what every blog keeps.

    ``key`` is the message's jump link, signed, kept as the author's link: no ``&`` (WordPress would store ``&amp;``),
    at most 200 characters. ``email`` is constant for a member, secret, and ends in ``.invalid``; both are made by
    :class:`bot.core.signing.Signer`. ``approve``: what the blog holds because its sender is new, or because it holds
    everything, is released at once, as far as its words are not seen to hold it, and in the attempt that created it
    alone: later a moderator may have held it. Otherwise the blog's own rules decide. ``lets_in``: see
    :class:`bot.core.letting.Habit`.

    ``besides``: set where an earlier attempt may have arrived: comments of the post that carry other messages, so that
    none of them is taken for this one. ``html`` is '' where the words of that attempt are not known any more.
    """

    post_id: PostId
    parent_id: CommentId | None
    author: str
    email: str
    key: str
    html: str
    approve: bool
    plain_html: str = ""
    besides: frozenset[CommentId] | None = None
    lets_in: bool = False


@dataclass(frozen=True, slots=True)
class Signed:
    """What a relay of before gets when it is rewritten: see ``key`` and ``email`` of :class:`Draft`."""

    key: str
    email: str


@dataclass(frozen=True, slots=True)
class Written:
    """What the blog answered. ``held`` when its moderators must approve it first. ``written_at``: see ``Comment``.

    ``arrival`` is what the blog did by itself, None where that is not known or tells nothing.
    """

    comment_id: CommentId
    held: bool
    digest: str
    written_at: Millis | None = None
    arrival: Arrival | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Sighting:
    """One comment as the blog tells of it when it is asked for its number.

    ``standing`` is LIVE, HELD or GONE. What the blog does not tell the account is None: ``post_id``,
    ``parent_id`` (of a root too), ``key`` ('' for what is no relay, see ``Comment.relay_of``), ``written_at``.
    ``unproven``: see :class:`bot.core.signing.Proof`. ``spam``: it is GONE as spam, by a moderator's word or at its
    arrival by the blog's own filter.
    """

    standing: Standing
    post_id: PostId | None = None
    parent_id: CommentId | None = None
    key: str | None = None
    written_at: Millis | None = None
    spam: bool = False
    unproven: str = ""


@dataclass(frozen=True, slots=True)
class Relayed:
    """A comment that carries a key, proven or not, in whatever status: LIVE, HELD or GONE.

    ``email``: '' where it is not told.
    """

    comment: Comment
    standing: Standing
    email: str = ""


@dataclass(frozen=True, slots=True)
class File:
    """A file for the media library. ``key`` is kept with it and finds it again: small letters, digits and hyphens.

    ``name`` is what it is called there: ASCII, no path, its ending says its kind.
    """

    key: str
    name: str
    content: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Media:
    """A file of the media library. ``url`` is where everybody can read it, '' where the blog named no address."""

    id: MediaId
    url: str


@dataclass(frozen=True, slots=True)
class FeedState:
    """What makes the next GET of the feed conditional, kept exactly as received; and how far back the next look goes.

    ``body_hash``: of all that was seen, in the adapter's own words. ``newest_at``: when the newest post of the last
    look was published.
    """

    etag: str | None = None
    last_modified: str | None = None
    body_hash: str | None = None
    newest_at: Millis | None = None


@dataclass(frozen=True, slots=True)
class Recent:
    """The newest posts, newest first; None when the feed has not changed since ``state``."""

    posts: tuple[Post, ...] | None
    state: FeedState


@dataclass(frozen=True, slots=True)
class Writer:
    """One who writes for the blog: the number of the account, '' where that is not known, and what it is called."""

    account: str
    name: str


class Blog(Protocol):
    """One blog. Every method may raise Unreachable, Unanswered (writes only), NotUnderstood and NotAllowed.

    A comment that was made of a draft says so wherever it is read: its ``relay_of`` is the key of that draft, exactly.
    Of all others it is '', also where a reader has copied a key: :class:`bot.core.signing.Signer` judges, for every
    kind of blog, by the author's link and, where the account sees it, the sender's address.

    A number may be another comment's by now. What changes a comment of ours therefore takes its ``key``, looks first,
    and raises AnotherComment where the comment of the number does not carry it: nothing is touched then.
    """

    @property
    def signer(self) -> Signer:
        """By which comments of ours are known, and with which new ones are signed."""

    @property
    def can_write(self) -> bool:
        """Whether a working application password was given."""

    @property
    def keeps_rich(self) -> bool:
        """Whether the blog was seen to keep more of a relay's HTML than an ordinary commenter's."""

    @property
    def can_upload(self) -> bool:
        """Whether files may be put into the media library and taken out again, as far as the blog has told."""

    @property
    def base_url(self) -> str:
        """Against which relative links in comments resolve."""

    @property
    def writers(self) -> tuple[Writer, ...]:
        """Who wrote the posts that were told of lately, and the account that the bot was given. Asks nobody."""

    async def identity(self) -> Identity:
        """What the blog says of itself, asked afresh: up to 20 of its newest posts. As hard to read as ``recent``."""

    async def recent(self, state: FeedState) -> Recent:
        """Conditional GET of the feed, then the posts it names, and all others published since ``state``.

        What is told depends on ``state`` alone, never on what was told to others: an older state is told of more.
        """

    async def post(self, post_id: PostId) -> Post:
        """One published post. Raises PlaceVanished when there is none."""

    async def tree(self, post_id: PostId, *, now: Millis) -> Tree:
        """The approved comments of a post that the blog lists to everybody, and whether these are all.

        Raises PlaceVanished when the post is gone or hidden, or its comments are for members of the blog alone.
        """

    async def sighting(self, comment_id: CommentId) -> Sighting:
        """One comment asked for by id.

        Raises Vanished when it never was, and may raise PlaceVanished when its post is gone or hidden.
        """

    async def find(self, post_id: PostId, key: str, *, sent: Draft | None = None) -> Written | None:
        """The probe: the comment of ours that carries the message of ``key``, whatever its status.

        With what was ``sent``, ``besides`` set, also one whose link the blog has cleared, where the account may see of
        it the sender's address, the parent and the words: none of those in ``besides``.
        """

    async def relays(self, post_id: PostId, within: str) -> tuple[Relayed, ...]:
        """The comments of a post whose keys begin with ``within``, in every status that the account may see.

        Those among them whose key is not proven say so; those of readers who copied a key are none.
        """

    async def posts_at(self, urls: Sequence[str]) -> Mapping[str, Post]:
        """The published posts of these permalinks, whatever the address of the blog was; what is none is missing."""

    def comment_at(self, url: str) -> CommentId | None:
        """The comment that a permalink names, by the blog's own spelling of such links. Asks nobody."""

    async def write(self, draft: Draft) -> Written:
        """Create a comment. Raises Refused (closed, rejected), PlaceVanished."""

    async def rewrite(
        self,
        comment_id: CommentId,
        html: str,
        *,
        key: str,
        signed: Signed | None = None,
        review: Review = Review.NOBODY,
    ) -> Written:
        """Replace a comment's text, and with ``signed`` what it proves to be ours by.

        Nothing that readers do not see comes to be seen by it.

        An approved comment whose new words need a ``review`` that has not passed is held by the same request. What is
        in the trash gets the text too, stays there, and is Vanished. Raises Vanished, Refused, AnotherComment.
        """

    async def withdraw(self, comment_id: CommentId, *, key: str) -> Standing:
        """Put a comment into the trash; already gone is success. Raises AnotherComment.

        -> what it was until then: LIVE or HELD where this call put it away; GONE where it had been thrown away before,
        or is spam, which are its moderators' deeds or its filter's. Spam stays where it is: in the trash, and out of
        it again, it would be spam no longer.
        """

    async def revive(
        self, comment_id: CommentId, html: str, *, key: str, public: bool, review: Review = Review.NOBODY
    ) -> Written:
        """Take a comment out of the trash with another text: to what it was before, if ``public``; else it is held.

        So it is where the new words need a ``review`` that has not passed. What is not in the trash any more is
        rewritten where it stands. Raises Vanished when it is gone for good or is spam, and AnotherComment.
        """

    async def put_under(self, comment_id: CommentId, parent_id: CommentId, *, key: str) -> None:
        """Put a comment under another one of its post. Raises Vanished, Refused, AnotherComment."""

    async def children(self, post_id: PostId, comment_id: CommentId) -> int:
        """How many comments (approved or held) answer this one."""

    async def find_media(self, key: str) -> Media | None:
        """The probe: the file of the media library whose key equals ``key`` exactly."""

    async def upload(self, file: File) -> Media:
        """Put a file into the media library. Raises Refused when the blog does not take it (from this account)."""

    async def discard(self, media_id: MediaId) -> None:
        """Delete a file for good; already gone is success. Raises Refused when the account may not."""
