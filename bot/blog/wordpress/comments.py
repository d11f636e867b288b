"""Reads comments: a post's whole tree, one comment's standing, the probe for a half-sent one.

Does not write, calls nothing complete that may be cut short, and does not judge the tree: a parent that is missing or
a cycle is passed on as it came.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial

from bot.blog.web.text import moment, plain, rendered, web_address, whole
from bot.blog.wordpress import ours, totals
from bot.blog.wordpress.connection import Ask, Connection, T
from bot.blog.wordpress.items import NAME, readable, shortened
from bot.blog.wordpress.listing import Listing, read
from bot.blog.wordpress.rejections import is_foreign, is_post_gone, of_read
from bot.blog.wordpress.rest import PAGE, Answer, Json, Params, Rejected, Rest, number, objects, one
from bot.core.domain import Comment, CommentId, Millis, Post, PostId, Standing, Tree
from bot.core.errors import NotUnderstood, PlaceVanished, Unreachable, Vanished
from bot.core.signing import NOBODYS, Signer, message_of
from bot.ports import Sighting, Written

ROUTE = totals.ROUTE
_RANK = {"approved": 0, "hold": 1, "spam": 2}
_POSTS_REMEMBERED = 300
_COMMENTS_REMEMBERED = 5000
TEXT = 1 << 17
"""Characters of a comment's HTML. WordPress's database keeps 64 KiB of one, and a mirror shows a few messages of it."""

FIELDS = "id,post,parent,author,author_name,author_url,author_avatar_urls,date_gmt,content,link,status,type"
"""The ``_fields`` of a listing: a third of the time of a full one."""


class TreesRead:
    """Posts and comments that were read in this process: among them a hidden comment's post and parent are looked for.

    Forgets the posts that were read longest ago.
    """

    def __init__(self) -> None:
        self._comments: dict[PostId, tuple[CommentId, ...]] = {}
        self._not_empty: set[PostId] = set()
        self.senders: ours.Senders = {}

    def note(self, post: PostId, comments: tuple[CommentId, ...]) -> bool:
        """Remember a tree, and what its earlier readings held: a comment that is gone may still be a parent.

        -> whether nothing is left of what the last reading held: rather an outage than so many deletions.
        """
        emptied = not comments and post in self._not_empty
        (self._not_empty.add if comments else self._not_empty.discard)(post)
        known = dict.fromkeys((*comments, *self._comments.pop(post, ())))
        self._comments[post] = tuple(known)[:_COMMENTS_REMEMBERED]
        if len(self._comments) > _POSTS_REMEMBERED:
            del self._comments[next(iter(self._comments))]
        return emptied

    @property
    def newest_first(self) -> Mapping[PostId, Sequence[CommentId]]:
        """The comments of each post; the post that was read last comes first."""
        return dict(reversed(self._comments.items()))


async def tree(
    connection: Connection,
    post_id: PostId,
    *,
    now: Millis,
    per_page: int,
    confirm: Callable[[PostId], Awaitable[Post]],
    trees: TreesRead,
) -> Tree:
    """The approved comments that it lists. ``confirm`` raises PlaceVanished when the post itself is gone or hidden.

    Comments alone never say so: a post's listing is empty when it has none, when it was deleted, when it is private.
    """
    params: Params = {"post": number(post_id), "_fields": FIELDS}

    async def ask(rest: Rest, auth: bool) -> Listing:
        return await read(rest, ROUTE, params, auth=auth, per_page=per_page)

    try:
        listed = await connection.as_reader(ask)
    except Rejected as rejected:
        if await connection.keeps_for_members(rejected, ROUTE):
            raise PlaceVanished("The blog shows the comments of this post to its members alone.") from rejected
        await confirm(post_id)
        if is_post_gone(rejected):
            raise Unreachable(f"The blog shows post {post_id} but hides its comments.") from rejected
        raise of_read(rejected) from rejected
    if not listed.items or connection.reads_as_account:
        await confirm(post_id)  # the account may read more than the public
    visible = await ours.told(connection, filter(is_visible, listed.items), trees.senders)
    found, legible = await readable("comment", visible, partial(comment_from, connection.signer), of=f"post {post_id}")
    comments = tuple(comment for comment in found if comment.post_id == post_id)
    emptied = trees.note(post_id, tuple(comment.id for comment in comments))
    return Tree(post_id, comments, now, complete=listed.complete and legible and not emptied)


async def sighting(connection: Connection, comment_id: CommentId, trees: TreesRead) -> Sighting:
    """See :meth:`bot.blog.wordpress.blog.WordPressBlog.sighting`."""
    this = number(comment_id, Vanished)
    route = f"{ROUTE}/{this}"
    params: Params = {"_fields": "id,post,parent,status,author_url,author_email,date_gmt"}

    try:
        data = one(await _with_sender(connection, route, params))
    except Rejected as rejected:
        if rejected.code != "rest_cannot_read":
            raise of_read(rejected) from rejected
        return await _hidden(connection, this, trees)
    proof = ours.proof(connection.signer, data)
    return Sighting(
        standing_of(data.get("status")),
        post_of(data) or None,
        parent_of(data),
        proof.relay_of,
        moment(data.get("date_gmt")),
        spam=data.get("status") == "spam",
        unproven=proof.unproven,
    )


async def _with_sender(connection: Connection, route: str, params: Params, **filters: str) -> Answer:
    """An answer with senders' addresses where the account may see them, and by the ``filters`` that are its alone.

    What it may not have is left out, one after the other. Raises what either raises.
    """
    tries: list[Params] = [{"context": "edit", **filters}, *([{**filters}] if filters else []), {}]

    async def ask(rest: Rest, auth: bool) -> Answer:
        for more in tries if auth else ():
            try:
                return await rest.get(route, {**params, **more}, auth=True)
            except Rejected as rejected:
                if rejected.code not in ours.SHUT:
                    raise
        return await rest.get(route, params, auth=auth)

    return await as_account_or_reader(connection, ask)


async def _hidden(connection: Connection, this: int, trees: TreesRead) -> Sighting:
    """Of a comment that exists and is not shown to the account, or to nobody in particular."""
    if connection.has_account:
        try:
            return await connection.as_account(lambda rest, _: totals.sighting(rest, this, trees.newest_first))
        except Rejected as rejected:
            if rejected.code != "rest_forbidden_param":
                raise of_read(rejected) from rejected
    return Sighting(Standing.HELD)


async def find(connection: Connection, post_id: PostId, key: str) -> Written | None:
    """The comment of ours that carries the message of ``key``; of several the one that is most alive.

    WordPress searches by LIKE, so that …/555 finds …/5555, and a comment that quotes the link is found too. Some
    firewalls let no question pass that has an address in it: then it is looked for among the newest.
    """
    fields = f"{FIELDS},author_email"
    params: Params = {"post": number(post_id), "search": message_of(key), "_fields": fields, "per_page": PAGE}
    try:
        answer = await _with_sender(connection, ROUTE, params, status="any")
    except Rejected as rejected:
        if not is_foreign(rejected):
            raise of_read(rejected) from rejected
        newest: Params = {"post": number(post_id), "orderby": "id", "order": "desc", "per_page": PAGE}
        try:
            answer = await _with_sender(connection, ROUTE, {**newest, "_fields": fields}, status="any")
        except Rejected as all_the_same:
            raise of_read(all_the_same) from all_the_same
        answer = replace(answer, total=None)
    listed = objects(answer)
    mine = [item for item in listed if message_of(ours.proof(connection.signer, item).relay_of) == message_of(key)]
    if mine:
        return written_from(min(mine, key=lambda item: _RANK.get(str(item.get("status")), len(_RANK))))
    counted = (answer.total or 0) - len(listed)
    if counted > 0:
        # An account that may moderate but not edit the post is told how many there are, and shown none.
        try:
            shown = [str(item.get("id")) for item in listed]
            data = await totals.hidden_one(connection, {**params, "status": "any"}, key, shown, counted)
        except Rejected as rejected:
            raise of_read(rejected) from rejected
        return written_from(data) if data is not None else None
    return None


async def children(connection: Connection, post_id: PostId, comment_id: CommentId) -> int:
    """How many comments answer this one, held ones included; where the blog counts nothing, whether any does."""
    params: Params = {
        "post": number(post_id),
        "parent": number(comment_id, Vanished),
        "per_page": 1,
        "_fields": "id",
    }
    answer = await _of_status(connection, params, "all")
    return len(objects(answer)) if answer.total is None else answer.total


async def count(connection: Connection, post_id: PostId) -> int:
    """How many comments of a post everybody may read; where the blog counts nothing, whether there is any."""
    params: Params = {"post": number(post_id), "per_page": 1, "_fields": "id"}
    try:
        answer = await connection.as_reader(lambda rest, auth: rest.get(ROUTE, params, auth=auth))
    except Rejected as rejected:
        raise of_read(rejected) from rejected
    return len(objects(answer)) if answer.total is None else answer.total


async def _of_status(connection: Connection, params: Params, status: str) -> Answer:
    """See below. Raises what reading raises."""
    try:
        return await _listed(connection, params, status)
    except Rejected as rejected:
        raise of_read(rejected) from rejected


async def _listed(connection: Connection, params: Params, status: str) -> Answer:
    """A listing of comments in any status where the account may ask for it (edit_posts), else of approved ones.

    WordPress's words for the filter are not those of its answers: "all" is approved and held, "any" everything.
    """

    async def ask(rest: Rest, auth: bool) -> Answer:
        if auth:
            try:
                return await rest.get(ROUTE, {**params, "status": status}, auth=True)
            except Rejected as rejected:
                if rejected.code != "rest_forbidden_param":
                    raise
        return await rest.get(ROUTE, params, auth=auth)

    return await as_account_or_reader(connection, ask)


async def as_account_or_reader(connection: Connection, ask: Ask[T]) -> T:
    """Ask with the account's eyes where there is one. Raises what either raises."""
    await connection.endpoints()
    return await (connection.as_account(ask) if connection.has_account else connection.as_reader(ask))


def comment_from(signer: Signer, data: Json) -> Comment:
    """One comment of the REST API (context view or edit). Raises NotUnderstood when it has no id."""
    if not (number := whole(data.get("id"))):
        raise NotUnderstood("The blog answered with a comment that has no id.")
    this, avatars = f"comment {number}", data.get("author_avatar_urls")
    avatar = web_address(avatars.get("96")) if isinstance(avatars, dict) else ""
    proof = ours.proof(signer, data)
    return Comment(
        id=CommentId(str(number)),
        post_id=post_of(data),
        parent_id=parent_of(data),
        author=shortened(plain(data.get("author_name")), NAME, "the author's name", this) or "Anonymous",
        written_at=moment(data.get("date_gmt")),
        html=shortened(rendered(data.get("content")), TEXT, "the text", this),
        url=web_address(data.get("link")),
        relay_of=proof.relay_of,
        avatar_url=avatar or None,
        account=str(account) if (account := whole(data.get("author"))) else "",
        unproven=proof.unproven,
        sender=proof.sender,
    )


def parent_of(data: Json) -> CommentId | None:
    """The parent's id; None for a root. (Some releases store -1 where a negative parent was sent.)"""
    return CommentId(str(parent)) if (parent := whole(data.get("parent"))) else None


def post_of(data: Json) -> PostId:
    """The post's id; '' where none is told."""
    return PostId(str(post)) if (post := whole(data.get("post"))) else PostId("")


def is_visible(data: Json) -> bool:
    """Whether a listed comment is an approved comment, not a pingback or an editor's note."""
    status, kind = data.get("status", "approved"), data.get("type", "comment")
    return bool(status == "approved" and kind == "comment")


def standing_of(status: object) -> Standing:
    """What WordPress's word for a comment's status means for its mirror. Spam and trash are gone."""
    match status:
        case "approved":
            return Standing.LIVE
        case "hold":
            return Standing.HELD
        case _:
            return Standing.GONE


def written_from(data: Json) -> Written:
    """A comment as an answer to a write: spam waits for the moderators too, only they can free it."""
    comment = comment_from(NOBODYS, data)  # whose it is was judged before
    return Written(comment.id, data.get("status") in ("hold", "spam"), comment.digest, comment.written_at)
