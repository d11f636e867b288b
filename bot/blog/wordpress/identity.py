"""Asks a WordPress who it is: the home and the title that its REST root names, its newest posts' numbers and dates.

Does not judge whether it is a blog that we know: :mod:`bot.core.identity` does.
"""

from __future__ import annotations

from yarl import URL

from bot.blog.web.text import moment, plain, web_address
from bot.blog.wordpress.connection import Connection
from bot.blog.wordpress.rejections import of_read
from bot.blog.wordpress.rest import Json, Params, Rejected, Rest, objects, one
from bot.core.domain import Millis, PostId, by_number
from bot.core.errors import NotUnderstood
from bot.core.identity import Identity

NEWEST = 20
_ROOT = ""


async def identity(connection: Connection) -> Identity:
    """See :meth:`bot.ports.Blog.identity`. Raises what the port's reads raise."""
    params: Params = {"per_page": NEWEST, "_fields": "id,date_gmt"}

    async def ask(rest: Rest, auth: bool) -> tuple[Json, list[Json]]:
        root = one(await rest.get(_ROOT, {"_fields": "name,home"}, auth=auth))
        return root, objects(await rest.get("wp/v2/posts", params, auth=auth))

    try:
        root, listed = await connection.as_reader(ask)
    except Rejected as rejected:
        raise of_read(rejected) from rejected
    newest = sorted(map(_dated, listed), key=lambda post: (post[1], by_number(post[0])), reverse=True)
    where = await connection.endpoints()
    home = _home(root.get("home")) or _home(str(where.home))
    return Identity(home, plain(root.get("name")), tuple(newest), str(connection.http.home))


def _dated(data: Json) -> tuple[PostId, Millis]:
    number = data.get("id")
    if not isinstance(number, int):
        raise NotUnderstood("The blog answered with a post that has no id.")
    return PostId(str(number)), moment(data.get("date_gmt"))


def _home(value: object) -> str:
    """An address in one spelling: no user, query or last slash, no usual port, the host in small letters."""
    try:
        url = URL(web_address(value))
        return str(url.with_user(None).with_query(None).with_fragment(None)).rstrip("/") if url.host else ""
    except ValueError:
        return ""
