"""Sends what changes comments, and finds out whom it concerns when something turns it away.

Does not know what is written, and repeats nothing. WordPress's own codes say what they are about; a plugin, a firewall
or a proxy says no in any shape: a 403 without a code, a page, a redirect, a 5xx, an answer without a comment in it.
"""

from __future__ import annotations

from bot.blog.web.http import Misdirected
from bot.blog.wordpress.connection import NEEDED, Connection
from bot.blog.wordpress.rejections import is_foreign, of_write, speaks_of_rights
from bot.blog.wordpress.rest import Answer, Json, Params, Rejected
from bot.core.errors import Doubt, Unanswered


async def send(
    connection: Connection,
    method: str,
    route: str,
    body: Json | None = None,
    params: Params | None = None,
    *,
    seconds: float | None = None,
) -> Answer:
    """One write. Raises Rejected where WordPress says no, Unanswered with its doubt where this alone is turned away.

    In doubt ``users/me`` decides: what it raises is raised, and NotAllowed where the account lacks a permission.
    """
    try:
        return await connection.write(method, route, body, params, seconds=seconds)
    except Rejected as rejected:
        if not is_foreign(rejected):
            raise
        may = await connection.capabilities()
        if speaks_of_rights(rejected) and not may.issuperset(NEEDED):
            raise of_write(rejected) from rejected
        said = f"The blog, or something in front of it, turned this message away ({rejected.status})."
        raise Unanswered(said, doubt=Doubt.TURNED_AWAY, words=rejected.message) from rejected
    except Misdirected as error:
        if not error.astray:
            raise
        await connection.capabilities()
        said = "The blog, or something in front of it, led this message to another page."
        raise Unanswered(said, doubt=Doubt.TURNED_AWAY) from error
