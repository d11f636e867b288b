"""Reads one post by its number, and tells one that is hidden from a blog that is ill.

Does not list posts. WordPress answers for a hidden post in several ways, and plugins in more.
"""

from __future__ import annotations

from bot.blog.wordpress import posts
from bot.blog.wordpress.connection import Connection
from bot.blog.wordpress.doors import POSTS
from bot.blog.wordpress.posts import Names
from bot.blog.wordpress.rejections import of_read
from bot.blog.wordpress.rest import Params, Rejected, Rest, number, objects, one
from bot.core.domain import Post, PostId
from bot.core.errors import PlaceVanished, Unreachable

FOR_MEMBERS = "The blog shows this post to its members alone."


async def read(connection: Connection, names: Names, post_id: PostId) -> Post:
    """The post. Raises PlaceVanished when it is gone, private, behind a password or kept for members."""
    route = f"{POSTS}/{number(post_id)}"

    async def ask(rest: Rest, auth: bool) -> Post:
        raw = posts.raw_post(one(await rest.get(route, {"_fields": posts.FIELDS}, auth=auth)))
        if not raw.shown:
            raise PlaceVanished(f"Post {post_id} is no longer public on the blog.", post=post_id)
        (post,) = await names.finish(rest, [raw], auth=auth)
        return post

    try:
        return await connection.as_reader(ask)
    except Unreachable as error:
        if error.retry_after is None and await _is_withheld(connection, post_id):
            raise PlaceVanished(FOR_MEMBERS) from error
        raise
    except Rejected as rejected:
        if rejected.code != "rest_forbidden":
            if await connection.keeps_for_members(rejected, POSTS):
                raise PlaceVanished(FOR_MEMBERS) from rejected
            raise of_read(rejected) from rejected
    await _confirm_hidden(connection, post_id)
    raise PlaceVanished(f"Post {post_id} is no longer public on the blog.", post=post_id)


async def _confirm_hidden(connection: Connection, post_id: PostId) -> None:
    """Return when the blog's own listing lacks the post; raise when nobody may list posts at all.

    ``rest_forbidden`` for one post is WordPress's word for a private post, and some plugins' word for everything.
    """
    params: Params = {"include": post_id, "_fields": "id"}
    try:
        answer = await connection.as_reader(lambda rest, auth: rest.get(POSTS, params, auth=auth))
    except Rejected as rejected:
        raise of_read(rejected) from rejected
    if any(posts.is_post(item) for item in objects(answer)):
        raise PlaceVanished(FOR_MEMBERS, post=post_id)


async def _is_withheld(connection: Connection, post_id: PostId) -> bool:
    """Whether an error stands in the post's place where the blog lists it: asked for it alone, WordPress breaks."""
    params: Params = {"include": number(post_id)}  # it breaks over selected fields as well
    try:
        answer = await connection.as_reader(lambda rest, auth: rest.get(POSTS, params, auth=auth))
    except Rejected:
        return False
    listed = answer.data if isinstance(answer.data, list) else []
    return any(isinstance(item, dict) and not posts.is_post(item) for item in listed)
