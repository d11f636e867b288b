"""Reads comments: a post's whole tree, one comment's standing, the probe for a half-sent one.

Does not write, and trusts no listing that may be cut short.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from bot.blog.wordpress import hidden
from bot.blog.wordpress.comments import FIELDS, comment_from, is_visible, parent_of, standing_of, written_from
from bot.blog.wordpress.connection import Ask, Connection, T
from bot.blog.wordpress.rejections import is_post_gone, of_read
from bot.blog.wordpress.rest import PAGE, Answer, Json, Params, Rejected, Rest, objects, one
from bot.core.domain import CommentId, MediaId, Millis, Post, PostId, Standing, Tree
from bot.core.errors import PlaceVanished, Unreachable, Vanished
from bot.ports import Written

ROUTE = hidden.ROUTE
_RANK = {"approved": 0, "hold": 1, "spam": 2}


def number(some_id: PostId | CommentId | MediaId, error: type[Vanished | PlaceVanished] = PlaceVanished) -> int:
    """An id as WordPress has it. Raises ``error`` for what cannot be one."""
    if not (some_id.isascii() and some_id.isdigit() and len(some_id) < 20):
        raise error(f"{some_id!r} is not an id of this blog.")
    return int(some_id)


async def tree(
    connection: Connection,
    post_id: PostId,
    *,
    now: Millis,
    per_page: int,
    confirm: Callable[[PostId], Awaitable[Post]],
    seen: hidden.Seen,
) -> Tree:
    """All approved comments. ``confirm`` raises PlaceVanished when the post itself is gone or hidden.

    Comments alone never say so: a post's listing is empty when it has none, when it was deleted, when it is private.
    """
    params: Params = {"post": number(post_id), "_fields": FIELDS}

    async def ask(rest: Rest, auth: bool) -> list[Json]:
        return await rest.listing(ROUTE, params, auth=auth, per_page=per_page)

    try:
        listed = await connection.as_reader(ask)
    except Rejected as rejected:
        await confirm(post_id)
        if is_post_gone(rejected):
            raise Unreachable(f"The blog shows post {post_id} but hides its comments.") from rejected
        raise of_read(rejected) from rejected
    if not listed or connection.reads_as_account:
        await confirm(post_id)  # the account's eyes see more than the public may
    found = (comment_from(item) for item in listed if is_visible(item))
    comments = tuple(comment for comment in found if comment.post_id == post_id)
    seen.note(post_id, tuple(comment.id for comment in comments))
    return Tree(post_id, comments, now)


async def standing(
    connection: Connection, comment_id: CommentId, seen: hidden.Seen
) -> tuple[Standing, PostId, CommentId | None]:
    """See :meth:`bot.blog.wordpress.blog.WordPressBlog.standing`."""
    this = number(comment_id, Vanished)
    route = f"{ROUTE}/{this}"
    params: Params = {"_fields": "id,post,parent,status"}

    async def ask(rest: Rest, auth: bool) -> Answer:
        return await rest.get(route, params, auth=auth)

    try:
        data = one(await _as_account_or_reader(connection, ask))
    except Rejected as rejected:
        if rejected.code != "rest_cannot_read":
            raise of_read(rejected) from rejected
        return await _hidden_standing(connection, this, seen)
    return standing_of(data.get("status")), PostId(str(data.get("post", ""))), parent_of(data)


async def _hidden_standing(
    connection: Connection, this: int, seen: hidden.Seen
) -> tuple[Standing, PostId, CommentId | None]:
    """Of a comment that exists and is not shown to the account, or to nobody in particular."""
    if connection.has_account:
        try:
            return await connection.as_account(lambda rest, _: hidden.standing(rest, this, seen))
        except Rejected as rejected:
            if rejected.code != "rest_forbidden_param":
                raise of_read(rejected) from rejected
    return Standing.HELD, PostId(""), None


async def find(connection: Connection, post_id: PostId, key: str) -> Written | None:
    """The comment whose author link is exactly ``key``; of several the one that is most alive.

    WordPress searches by LIKE, so that …/555 finds …/5555, and a comment that quotes the link is found too.
    """
    params: Params = {"post": number(post_id), "search": key, "_fields": FIELDS, "per_page": PAGE}
    answer = await _of_status(connection, params, "any")
    listed = objects(answer)
    exact = [item for item in listed if item.get("author_url") == key]
    if exact:
        return written_from(min(exact, key=lambda item: _RANK.get(str(item.get("status")), len(_RANK))))
    counted = (answer.total or 0) - len(listed)
    if counted > 0:
        # An account that may moderate but not edit the post is told how many there are, and shown none.
        try:
            shown = [str(item.get("id")) for item in listed]
            data = await hidden.ours(connection, {**params, "status": "any"}, key, shown, counted)
        except Rejected as rejected:
            raise of_read(rejected) from rejected
        return written_from(data) if data is not None else None
    return None


async def children(connection: Connection, post_id: PostId, comment_id: CommentId) -> int:
    """How many comments answer this one, held ones included."""
    params: Params = {
        "post": number(post_id),
        "parent": number(comment_id, Vanished),
        "per_page": 1,
        "_fields": "id",
    }
    total = (await _of_status(connection, params, "all")).total
    if total is None:
        raise Unreachable("The blog's listing does not say how long it is (X-WP-Total).")
    return total


async def _of_status(connection: Connection, params: Params, status: str) -> Answer:
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

    try:
        return await _as_account_or_reader(connection, ask)
    except Rejected as rejected:
        raise of_read(rejected) from rejected


async def _as_account_or_reader(connection: Connection, ask: Ask[T]) -> T:
    await connection.endpoints()
    return await (connection.as_account(ask) if connection.has_account else connection.as_reader(ask))
