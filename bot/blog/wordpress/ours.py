"""Which comments of a WordPress are ours: what of a comment proves it, and the senders' addresses for that.

Judges by :class:`bot.core.signing.Signer` alone, and reads no address of a comment that does not claim to be ours.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, MutableMapping
from typing import TypeAlias

from bot.blog.web.text import moment, storable
from bot.blog.wordpress.connection import Connection
from bot.blog.wordpress.rejections import is_foreign, of_read
from bot.blog.wordpress.rest import PAGE, Json, Params, Rejected, objects
from bot.core.signing import Proof, Signer, is_link

ROUTE = "wp/v2/comments"
SHUT = ("rest_forbidden_param", "rest_forbidden_context")
"""Said to an account that may not list comments in every status, or not see their senders' addresses."""

_REMEMBERED = 20_000

Senders: TypeAlias = MutableMapping[tuple[str, str], str]
"""Number and author link of a comment -> its sender's address, as it was told in this process."""


def author_link(data: Json) -> str:
    """What the blog keeps as the link of a comment's author: on a relay its key."""
    return storable(data.get("author_url"))


def address_of(data: Json) -> str | None:
    """The sender's address of a comment; None where it was not told, '' where there is none."""
    told = data.get("author_email")
    return told if isinstance(told, str) else None


def proof(signer: Signer, data: Json) -> Proof:
    """What a comment proves by its author's link, its sender's address where that was told, and its moment."""
    return signer.judge(author_link(data), address_of(data), moment(data.get("date_gmt")))


async def told(connection: Connection, items: Iterable[Json], known: Senders) -> list[Json]:
    """The same comments; those that claim to be ours with their senders' addresses, where the account may see these.

    A reader copies a signed link as soon as it is public. Each address is asked for once in a process, a hundred of
    them in one question. Raises what reading raises.
    """
    listed = list(items)
    untold = [one for one in listed if address_of(one) is None]
    claiming = {(str(one.get("id")), link): one for one in untold if is_link(link := author_link(one))}
    if not claiming or not connection.has_account:
        return listed
    if len(known) > _REMEMBERED:
        known.clear()
    unknown = [number for number, link in claiming if (number, link) not in known]
    for start in range(0, len(unknown), PAGE):
        if connection.senders_hidden_until > asyncio.get_running_loop().time():
            break
        await _ask(connection, unknown[start : start + PAGE], known)
    for one, item in claiming.items():
        if one in known:
            item["author_email"] = known[one]
    return listed


async def _ask(connection: Connection, numbers: list[str], known: Senders) -> None:
    which: Params = {
        "include": ",".join(numbers),
        "per_page": PAGE,
        "context": "edit",
        "_fields": "id,author_url,author_email",
    }
    try:
        listed = objects(await connection.as_account(lambda rest, auth: rest.get(ROUTE, which, auth=auth)))
    except Rejected as rejected:
        if rejected.status == 401:
            connection.password_works = False
        elif rejected.code not in SHUT and not is_foreign(rejected):
            raise of_read(rejected) from rejected
        connection.hide_senders()
        return
    for item in listed:
        if (address := address_of(item)) is not None:
            known[(str(item.get("id")), author_link(item))] = address
