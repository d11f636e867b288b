"""Finds again what our messages on Discord point at: relays by the beginning of their keys, posts by their permalinks.

Does not write, and keeps nothing: it is asked when a database lacks what both sides carry.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from urllib.parse import unquote

from yarl import URL

from bot.blog.web.text import storable
from bot.blog.wordpress import comments
from bot.blog.wordpress.connection import Connection
from bot.blog.wordpress.items import readable
from bot.blog.wordpress.listing import Listing, read
from bot.blog.wordpress.posts import FIELDS, Names, is_post, raw_post
from bot.blog.wordpress.rejections import is_foreign, of_read
from bot.blog.wordpress.rest import PAGE, Json, Params, Rejected, Rest, number, objects
from bot.core.domain import CommentId, Post, PostId
from bot.core.signing import Signer
from bot.ports import Relayed

_ADDRESS = 320
"""Characters of the longest e-mail address."""
_AT_ONCE = 20
"""Permalinks in one question: an address has to stay short enough for every server."""

_COMMENT = re.compile(r"#comment-(\d{1,19})$", re.ASCII)


async def relays(connection: Connection, post_id: PostId, within: str, *, per_page: int) -> tuple[Relayed, ...]:
    """See :meth:`bot.ports.Blog.relays`. WordPress searches by LIKE, in all that a comment says of its author.

    Some firewalls let no question pass that has an address in it: then all comments of the post are looked through.
    """
    every: Params = {"post": number(post_id), "_fields": comments.FIELDS}
    try:
        listed = await _comments(connection, {**every, "search": within}, per_page=per_page)
    except Rejected as rejected:
        if not is_foreign(rejected):
            raise of_read(rejected) from rejected
        try:
            listed = await _comments(connection, every, per_page=per_page)
        except Rejected as all_the_same:
            raise of_read(all_the_same) from all_the_same
    found, _ = await readable("comment", listed.items, partial(_relayed, connection.signer), of=f"post {post_id}")
    said = [(one.comment.relay_of or one.comment.unproven, one) for one in found]
    return tuple(one for key, one in said if key.startswith(within) and one.comment.post_id == post_id)


async def _comments(connection: Connection, params: Params, *, per_page: int) -> Listing:
    """In every status and with their senders' addresses, where the account may see that. Raises Rejected."""
    whole: Params = {**params, "status": "any", "context": "edit", "_fields": f"{comments.FIELDS},author_email"}

    async def ask(rest: Rest, auth: bool) -> Listing:
        if auth:
            try:
                return await read(rest, comments.ROUTE, whole, auth=True, per_page=per_page)
            except Rejected as rejected:
                if rejected.code not in ("rest_forbidden_param", "rest_forbidden_context"):
                    raise
        return await read(rest, comments.ROUTE, params, auth=auth, per_page=per_page)

    return await comments.as_account_or_reader(connection, ask)


def _relayed(signer: Signer, item: Json) -> Relayed:
    standing = comments.standing_of(item.get("status", "approved"))
    return Relayed(comments.comment_from(signer, item), standing, storable(item.get("author_email"))[:_ADDRESS])


async def posts_at(connection: Connection, names: Names, urls: Sequence[str]) -> dict[str, Post]:
    """See :meth:`bot.ports.Blog.posts_at`. By number where a permalink is one, else by the last part of its path."""
    found: dict[str, Post] = {}
    for start in range(0, len(urls), _AT_ONCE):
        batch = {url: URL(url) for url in urls[start : start + _AT_ONCE] if _is_address(url)}
        by_number = {url: one.query["p"] for url, one in batch.items() if one.query.get("p", "").isdigit()}
        slugs = {url: slug for url, one in batch.items() if url not in by_number and (slug := _slug(one))}
        listed = [
            *await _listed(connection, names, "include", by_number.values()),
            *await _listed(connection, names, "slug", slugs.values()),
        ]
        places = {_place(post.url): post for post in listed}
        numbers = {post.id: post for post in listed}
        for url in batch:
            post = numbers.get(PostId(by_number[url])) if url in by_number else places.get(_place(url))
            if post is not None:
                found[url] = post
    return found


async def _listed(connection: Connection, names: Names, by: str, values: Iterable[str]) -> Sequence[Post]:
    if not (wanted := sorted(set(values))):
        return ()
    params: Params = {by: ",".join(wanted), "per_page": PAGE, "_fields": FIELDS}

    async def ask(rest: Rest, auth: bool) -> Sequence[Post]:
        listed = objects(await rest.get("wp/v2/posts", params, auth=auth))
        raw, _ = await readable("post", filter(is_post, listed), raw_post, of=str(rest.root.with_query(None)))
        return await names.finish(rest, [one for one in raw if one.shown], auth=auth)

    try:
        return await connection.as_reader(ask)
    except Rejected as rejected:
        raise of_read(rejected) from rejected


def comment_at(url: str) -> CommentId | None:
    """The comment that a permalink names."""
    found = _COMMENT.search(url)
    return CommentId(found[1]) if found else None


def _is_address(url: str) -> bool:
    try:
        return bool(URL(url).host)
    except ValueError:
        return False


def _slug(url: URL) -> str:
    return next((part for part in reversed(list(_parts(url))) if part), "")


def _parts(url: URL) -> Iterator[str]:
    yield from url.raw_path.lower().split("/")


def _place(url: str) -> str:
    """What stays of a permalink when its blog moves: the path."""
    return unquote(URL(url).raw_path).rstrip("/").lower() if _is_address(url) else ""
