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

_LINK = re.compile(r"<a [^>]*?href=[\"']([^\"'>]*)[\"'][^>]*>(.*?)</a>", re.IGNORECASE | re.DOTALL)
_TYPED = re.compile(r"\bhttps?://", re.IGNORECASE)
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


def links_in(text: str) -> int:
    """How many links WordPress counts in a comment: those that are made, and addresses that it makes links of."""
    made = len(_LINK.findall(text))
    return made + len(_TYPED.findall(_LINK.sub(" ", text)))


def without_own_links(text: str, home: str) -> str:
    """The words without the links that are not the member's: to the message, and to files in the blog's library."""

    def kept(link: re.Match[str]) -> str:
        leads = html.unescape(link[1])
        own = leads.startswith(("https://discord.com/channels/", f"{home.rstrip('/')}/"))
        return link[2] if own else link[0]

    return _LINK.sub(kept, text)


async def verdict(connection: Connection, html: str, *, key: str, author: str = "", email: str = "") -> bool | None:
    """Whether the blog's lists let words pass, and a sender; None where it does not tell.

    Raises what writing raises where the blog does not answer.
    """
    said = {
        "content": without_own_links(html, str(connection.http.home)),
        "author_name": author,
        "author_email": email,
        "author_url": key,
    }
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
    links = links_in(without_own_links(draft.html, str(connection.http.home)))
    ordinary = passes is None and links < MANY_LINKS
    known = ordinary and await by_sender.is_known(connection, draft)
    released = releases(passes=passes, links=links, known=known, lets_in=draft.lets_in)
    return released, Arrival.HELD if known else None
