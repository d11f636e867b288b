"""Reads a feed: an answer in, entries out.

Does not fetch, does not clean HTML, and parses nothing in this process: :mod:`bot.blog.web.feed_worker` does, which
ends when it takes too long. What was read is remembered, so that the same bytes are not read again.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import logging
import signal
from collections import OrderedDict
from dataclasses import dataclass
from typing import Any
from weakref import WeakKeyDictionary

from bot.blog.web import feed_worker
from bot.blog.web.http import Reply
from bot.blog.web.text import plain, storable, web_address
from bot.core.apart import answer_of
from bot.core.errors import NotUnderstood, Unreachable

log = logging.getLogger(__name__)

FEED_ACCEPT = "application/rss+xml, application/atom+xml, application/xml;q=0.9, text/xml;q=0.9, */*;q=0.1"
REMEMBERED = 64
"""Feeds, by their bytes."""
AT_ONCE = 2
"""Feeds that are read side by side; others wait."""


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


_said: OrderedDict[str, dict[str, Any]] = OrderedDict()
_turns: WeakKeyDictionary[asyncio.AbstractEventLoop, asyncio.Semaphore] = WeakKeyDictionary()


async def feed_in(reply: Reply) -> Feed:
    """What a feed's answer says. Raises NotUnderstood, and Unreachable while no process can be had for reading it."""
    if reply.status >= 400:
        raise NotUnderstood(f"The feed at {reply.url} answers with status {reply.status}.")
    return await read_feed(reply.body, url=str(reply.url), content_type=reply.headers.get("Content-Type", ""))


async def read_feed(body: bytes, *, url: str, content_type: str) -> Feed:
    """Read RSS or Atom. Raises NotUnderstood with one sentence for anything that is neither, else as ``feed_in``."""
    kind = " ".join(content_type.split())
    bytes_read = hashlib.sha256(body).hexdigest() + kind
    said = _said.get(bytes_read)
    if said is None:
        async with _turns.setdefault(asyncio.get_running_loop(), asyncio.Semaphore(AT_ONCE)):
            said = await _read_apart(body, kind, url)
        if not said.get("in a hurry"):
            _said[bytes_read] = said
        if len(_said) > REMEMBERED:
            _said.popitem(last=False)
        _tell(said, url)
    if "refused" in said:
        raise NotUnderstood(said["refused"].replace("{url}", url))
    return Feed(plain(said["title"]), tuple(_entry(*each) for each in said["entries"]))


async def _read_apart(body: bytes, kind: str, url: str) -> dict[str, Any]:
    """What the process says that reads it."""
    try:
        code, out = await answer_of(feed_worker.__file__, kind.encode("latin-1", "replace") + b"\n" + body)
    except OSError as error:
        raise Unreachable(f"No process could be started that reads the feed at {url}.") from error
    if code != 0:
        slow = code == -signal.SIGALRM  # a busy machine's fault, perhaps
        return {"refused": "The feed at {url} is too tangled to be read.", "in a hurry": slow}
    said: dict[str, Any] = json.loads(out)
    return said


def _tell(said: dict[str, Any], url: str) -> None:
    if said.get("odd"):
        log.warning("left out: %d entries of the feed %s cannot be read", said["odd"], url)
    if said.get("more"):
        log.warning("left out: %d entries of the feed %s, behind the first %d", said["more"], url, feed_worker.ENTRIES)


def _entry(guid: str, link: str, author: str) -> Entry:
    address = web_address(link)
    return Entry(guid=storable(guid).strip() or address, link=address, author=plain(author))
