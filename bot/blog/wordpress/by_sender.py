"""Finds a relay whose author link the blog has cleared or changed: by its sender's address, its parent and its words.

Does not write, and takes no comment that carries another message for this one. Only who may moderate sees addresses.
"""

from __future__ import annotations

from bot.blog.web.text import plain
from bot.blog.wordpress.comments import (
    FIELDS,
    ROUTE,
    as_account_or_reader,
    parent_of,
    written_from,
)
from bot.blog.wordpress.connection import Connection
from bot.blog.wordpress.ours import SHUT, address_of, author_link, proof
from bot.blog.wordpress.rejections import of_read
from bot.blog.wordpress.rest import PAGE, Answer, Json, Params, Rejected, Rest, number, objects
from bot.core.domain import CommentId
from bot.core.signing import NOWHERE, Sender, is_link, message_of
from bot.ports import Draft, Written


async def find(connection: Connection, sent: Draft) -> tuple[Written | None, bool]:
    """-> the comment that was made of ``sent``, and whether another one says the same.

    Raises what reading raises. Of an account that sees no addresses nothing is found.
    """
    listed = await _newest(connection, sent, search=sent.email) or []
    alike = [item for item in listed if _is_alike(item, sent)]
    besides = sent.besides or frozenset()
    mine = [
        item for item in alike if CommentId(str(item.get("id"))) not in besides and not _carries_another(item, sent.key)
    ]
    standing = [item for item in mine if item.get("status") in ("approved", "hold", "spam")]
    return written_from((standing or mine)[0]) if mine else None, len(alike) > len(mine)


async def is_a_readers(connection: Connection, sent: Draft) -> bool:
    """Whether a comment with the name, the parent and the words of ``sent``, seen with its sender, is a reader's."""
    listed = await _newest(connection, sent) or []
    return any(
        plain(item.get("author_name")) == sent.author
        and parent_of(item) == sent.parent_id
        and _says(item, sent)
        and proof(connection.signer, item).sender is Sender.READER
        for item in listed
    )


async def _newest(connection: Connection, sent: Draft, **search: str) -> list[Json] | None:
    """The newest comments of a post, in every status, those found by a search alone. None for who sees no addresses."""
    looks: Params = {
        "post": number(sent.post_id),
        **search,
        "status": "any",
        "context": "edit",
        "orderby": "id",
        "order": "desc",
        "per_page": PAGE,
        "_fields": f"{FIELDS},author_email",
    }

    async def ask(rest: Rest, auth: bool) -> Answer:
        return await rest.get(ROUTE, looks, auth=auth)

    try:
        return objects(await as_account_or_reader(connection, ask))
    except Rejected as rejected:
        if rejected.code in SHUT:
            return None
        raise of_read(rejected) from rejected


async def is_known(connection: Connection, sent: Draft) -> bool:
    """Whether the sender has an approved comment: WordPress holds nobody as a newcomer who has.

    It goes by name and address. Of an account that sees no addresses nobody is known. Raises what reading raises.
    """
    looks: Params = {
        "search": sent.email,
        "status": "approve",
        "context": "edit",
        "orderby": "id",
        "order": "desc",
        "per_page": PAGE,
        "_fields": "id,author_name,author_email",
    }
    try:
        listed = objects(await connection.as_account(lambda rest, auth: rest.get(ROUTE, looks, auth=auth)))
    except Rejected as rejected:
        if rejected.code in SHUT:
            return False
        raise of_read(rejected) from rejected
    return any(
        item.get("author_email") == sent.email and plain(item.get("author_name")) == sent.author for item in listed
    )


async def keeps_links(connection: Connection) -> bool | None:
    """Whether the newest relays that the blog shows have their links; None where there are none, or not to be seen.

    Raises what reading raises.
    """
    looks: Params = {
        "search": NOWHERE,
        "context": "edit",
        "orderby": "id",
        "order": "desc",
        "per_page": 5,
        "_fields": "id,author_url,author_email",
    }
    try:
        listed = objects(await connection.as_account(lambda rest, auth: rest.get(ROUTE, looks, auth=auth)))
    except Rejected as rejected:
        if rejected.code in SHUT:
            return None
        raise of_read(rejected) from rejected
    relays = [item for item in listed if connection.signer.made(address_of(item) or "")]
    return any(author_link(item) for item in relays) if relays else None


def _is_alike(item: Json, sent: Draft) -> bool:
    if item.get("author_email") != sent.email or parent_of(item) != sent.parent_id or author_link(item) == sent.key:
        return False
    return _says(item, sent)


def _carries_another(item: Json, key: str) -> bool:
    return is_link(link := author_link(item)) and message_of(link) != message_of(key)


def _says(item: Json, sent: Draft) -> bool:
    return not sent.html or _letters(_raw(item)) in (_letters(sent.html), _letters(sent.plain_html or sent.html))


def _raw(item: Json) -> object:
    content = item.get("content")
    return content.get("raw", content.get("rendered")) if isinstance(content, dict) else None


def _letters(html: object) -> str:
    """What of a text no filter changes: its letters and digits."""
    return "".join(char for char in plain(html).casefold() if char.isalnum())
