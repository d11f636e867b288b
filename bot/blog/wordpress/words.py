"""Tells whether words are new to readers, and asks the blog whether its own lists of words let them pass.

Knows no list: WordPress shows them to nobody over REST, so a plugin of ours (docs/wordpress) has to answer.
"""

from __future__ import annotations

import html
import re
from contextlib import suppress

from bot.blog.wordpress import by_sender
from bot.blog.wordpress.connection import Connection
from bot.blog.wordpress.rejections import is_foreign
from bot.blog.wordpress.rest import Rejected
from bot.core.errors import CommonthreadError, NotAllowed
from bot.core.letting import MANY_LINKS, Arrival, releases
from bot.ports import Draft

_LINK = re.compile(r"<a [^>]*href|https?://", re.IGNORECASE)
ROUTE = "commonthread/v1/words"
_TOKEN = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9-]*)([^<>]*)>")
_ADDRESS = re.compile(r"""\b(?:href|src)\s*=\s*("[^"]*"|'[^']*'|[^\s"'>]+)""", re.IGNORECASE)


def reads_alike(one: str, other: str) -> bool:
    """Whether a reader sees the same in both: the same words and marks, and links to the same places.

    Only what no reader sees may differ: spaces, the spelling of characters, attributes that lead nowhere.
    """
    return _seen(one) == _seen(other)


def _seen(text: str) -> list[str]:
    found, end = list[str](), 0
    for tag in _TOKEN.finditer(text):
        found += html.unescape(text[end : tag.start()]).split()
        addresses = [html.unescape(one.strip("\"'")) for one in _ADDRESS.findall(tag[3])]
        found.append(" ".join((f"<{tag[1]}{tag[2].lower()}>", *addresses)))
        end = tag.end()
    return found + html.unescape(text[end:]).split()


async def verdict(connection: Connection, html: str, *, key: str, author: str = "", email: str = "") -> bool | None:
    """Whether the blog's lists let words pass, and a sender; None where it does not tell.

    Raises what writing raises where the blog does not answer.
    """
    said = {"content": html, "author_name": author, "author_email": email, "author_url": key}
    try:
        answer = await connection.write("POST", ROUTE, said)
    except Rejected as rejected:
        if rejected.code == "rest_no_route" or rejected.status in (401, 403, 404) or is_foreign(rejected):
            return None
        raise NotAllowed(f"The blog does not say what its lists of words let pass ({rejected.status}).") from rejected
    told = answer.data if isinstance(answer.data, dict) else {}
    if not {"moderated", "disallowed"} <= told.keys():
        return None
    return told["moderated"] is False and told["disallowed"] is False


async def are_told(connection: Connection) -> bool | None:
    """Whether the blog says what its lists let pass; None where it does not answer. Writes nothing."""
    with suppress(CommonthreadError):
        return await verdict(connection, "Is this let pass?", key="") is not None
    return None


async def pass_lists(connection: Connection, html: str, *, key: str) -> bool:
    """The same of an edit. Where the blog does not tell, it passes: WordPress itself looks at no edit."""
    return await verdict(connection, html, key=key) is not False


async def judged(connection: Connection, draft: Draft) -> tuple[bool, Arrival | None]:
    """Whether a comment that the blog holds is to be released, and what its hold tells of the blog's rules."""
    passes = await verdict(connection, draft.html, key=draft.key, author=draft.author, email=draft.email)
    links = len(_LINK.findall(draft.html))
    ordinary = passes is None and links < MANY_LINKS
    known = ordinary and await by_sender.is_known(connection, draft)
    released = releases(passes=passes, links=links, known=known, lets_in=draft.lets_in)
    return released, Arrival.HELD if known else None
