"""Reads a feed: an answer in, entries out.

Does not fetch, and does not clean HTML. Parsing has a thread of its own, for a large feed takes a second.
"""

from __future__ import annotations

import asyncio
import io
import logging
import re
from dataclasses import dataclass
from typing import Any

import feedparser

from bot.blog.web.http import Reply
from bot.blog.web.text import plain, storable, web_address
from bot.core.errors import NotUnderstood

log = logging.getLogger(__name__)

FEED_ACCEPT = "application/rss+xml, application/atom+xml, application/xml;q=0.9, text/xml;q=0.9, */*;q=0.1"
SECONDS_TO_PARSE = 20
_BEFORE_ROOT = re.compile(rb"\s+|<!--.*?-->|<\?.*?\?>", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Entry:
    """What a feed says of a post; ``guid`` never changes, ``link`` may. "" where the feed is silent."""

    guid: str
    link: str
    author: str


@dataclass(frozen=True, slots=True)
class Feed:
    """A feed's title and its entries in the feed's own order."""

    title: str
    entries: tuple[Entry, ...]


async def feed_in(reply: Reply) -> Feed:
    """Parse a feed's answer off the loop. Raises NotUnderstood."""
    if reply.status >= 400:
        raise NotUnderstood(f"The feed at {reply.url} answers with status {reply.status}.")
    kind = reply.headers.get("Content-Type", "")
    work = asyncio.to_thread(read_feed, reply.body, url=str(reply.url), content_type=kind)
    try:
        return await asyncio.wait_for(work, SECONDS_TO_PARSE)
    except TimeoutError:
        raise NotUnderstood(f"The feed at {reply.url} is too tangled to be read.") from None


def read_feed(body: bytes, *, url: str, content_type: str) -> Feed:
    """Parse RSS or Atom. Raises NotUnderstood with one sentence for anything that is neither.

    A document type is refused unread: a feed needs none, and entity bombs live there. The body goes to feedparser
    as a stream, never as bytes, for it takes bytes that look like a path as the name of a file to open.
    """
    _refuse_foreign(body, url)
    parsed = _parsed(body, url, content_type)
    # `bozo` is no verdict: a charset missing from the header sets it. No version and no entries is.
    if not parsed.get("version") and not parsed.entries:
        raise NotUnderstood(f"What {url} answers is not a feed.")
    title = plain(parsed.feed.get("title"))
    return Feed(title, tuple(entry for item in parsed.entries if (entry := _entry_or_none(item, url)) is not None))


def _parsed(body: bytes, url: str, content_type: str) -> Any:
    """What feedparser makes of it, which raises whatever it stumbles over."""
    try:
        return feedparser.parse(
            io.BytesIO(body),
            response_headers={"content-location": url, "content-type": content_type},
            sanitize_html=False,
            resolve_relative_uris=False,
        )
    except Exception as error:
        raise NotUnderstood(f"The feed at {url} cannot be read ({type(error).__name__}).") from error


def _entry_or_none(item: Any, url: str) -> Entry | None:
    try:
        return _entry(item)
    except Exception as error:
        log.warning("left out: an entry of the feed %s cannot be read: %s", url, type(error).__name__)
        return None


def _entry(item: Any) -> Entry:
    link = web_address(item.get("link"))
    return Entry(guid=storable(item.get("id")).strip() or link, link=link, author=plain(item.get("author")))


def _refuse_foreign(body: bytes, url: str) -> None:
    """Look at everything before the root element, however far comments push it."""
    head = body.replace(b"\0", b"").removeprefix(b"\xef\xbb\xbf").removeprefix(b"\xff\xfe").removeprefix(b"\xfe\xff")
    at = 0
    while found := _BEFORE_ROOT.match(head, at):
        at = found.end()
    begins = head[at : at + 14].lower()
    if begins.startswith((b"<!doctype html", b"<html")):
        raise NotUnderstood(f"What {url} answers is a web page, not a feed.")
    if begins.startswith(b"<!"):
        raise NotUnderstood(f"The feed at {url} declares a document type, which no feed needs; it is not read.")
    if not begins.startswith(b"<"):
        raise NotUnderstood(f"What {url} answers is not a feed.")
