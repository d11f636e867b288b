"""Finds a WordPress blog's REST root and feed, starting from any address of the blog.

Does not read posts or comments, and believes no address before it has answered as what it should be.
"""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from yarl import URL

from bot.blog.web.feed import FEED_ACCEPT, feed_in
from bot.blog.web.http import Http, Reply
from bot.blog.wordpress.rest import Rejected, understood
from bot.core.errors import CommonthreadError, NotUnderstood, Transient, Unreachable
from bot.core.markup import tags

log = logging.getLogger(__name__)
# Possessive, so that no place of a header is looked at twice.
_LINK = re.compile(r'<([^<>]*+)>((?:\s*+;\s*+[\w*-]++\s*+(?:=\s*+(?:"[^"]*+"|[^",;\s]*+))?+)*+)')
_REL = re.compile(r';\s*+rel\s*+=\s*+(?:"([^"]*+)"|([^",;\s]*+))', re.IGNORECASE)
API_REL = "https://api.w.org/"
_FEED_TYPES = ("application/rss+xml", "application/atom+xml")
SECONDS_TO_DISCOVER = 20
CANDIDATES = 20
"""Addresses of one page that are asked whether they are the REST root, and as many for the feed. Honest ones name two
or three, and WordPress's own places are asked besides."""
_PAGE_READ = 1 << 19
"""Bytes of a page in which links are looked for; they stand in its head."""


@dataclass(frozen=True, slots=True)
class Endpoints:
    """Where a blog answers. ``passwords``: whether application passwords are switched on there."""

    rest_root: URL
    feed_url: URL
    home: URL
    passwords: bool


@dataclass(frozen=True, slots=True)
class _Root:
    url: URL
    home: URL | None
    passwords: bool


async def discover(http: Http) -> Endpoints:
    """Ask ``http.home``: the Link header, then the page's links, then ``?rest_route=/``.

    A blog that a moderator named has SECONDS_TO_DISCOVER for all of it; the operator's own takes what it takes. Raises
    NotUnderstood when there is no WordPress or no feed, Unreachable when the time is up, and what Http.get raises.
    """
    try:
        async with asyncio.timeout(None if http.trusted else SECONDS_TO_DISCOVER):
            return await _discovered(http)
    except TimeoutError:
        raise Unreachable(f"{http.home} takes too long to be looked through.") from None


async def _discovered(http: Http) -> Endpoints:
    page = await http.get(http.home, accept="text/html, */*;q=0.5")
    if page.status >= 400:
        raise NotUnderstood(f"{http.home} answers with status {page.status}; check {http.setting}.")
    root = await _rest_root(http, page)
    home = root.home if root.home is not None and http.trusts(root.home) else page.url
    feed_url = await _feed_url(http, page, home)
    return Endpoints(root.url, feed_url, root.home or page.url, root.passwords)


async def _rest_root(http: Http, page: Reply) -> _Root:
    """The first candidate that answers, those that may see the password before all others."""
    named = (*header_links(page, API_REL), *_page_links(page, "rel", (API_REL,)))
    candidates = dict.fromkeys(_upgraded(http, url) for url in (*_first(named, page), *_usual_roots(page)))
    problem: CommonthreadError | None = None
    for url in sorted(candidates, key=lambda url: (not http.may_be_told(url), not http.trusts(url))):
        try:
            root = await _answering_root(http, url)
        except CommonthreadError as error:
            # A blog that calls itself by a name of its own network may still answer where the operator looks.
            problem = error if problem is None or isinstance(error, Transient) else problem
            continue
        if root is not None:
            return root
    if problem is not None and not isinstance(problem, NotUnderstood):
        raise problem
    raise NotUnderstood(
        f"No WordPress REST interface was found at {http.home}; check {http.setting}, and that no plugin switches "
        "REST off."
    )


def _first(named: Iterable[URL], page: Reply) -> list[URL]:
    """The candidates that a page names, in order, up to CANDIDATES of them."""
    found = list(dict.fromkeys(named))
    if len(found) > CANDIDATES:
        left = len(found) - CANDIDATES
        log.warning("left out: %d of the addresses that %s names, behind the first %d", left, page.url, CANDIDATES)
    return found[:CANDIDATES]


def _usual_roots(page: Reply) -> Iterator[URL]:
    """Where WordPress answers whatever a page says. A page that is a post names the root; these know the address."""
    base = page.url.with_query(None).with_fragment(None)
    yield base.with_query({"rest_route": "/"})
    if base.path != "/":
        yield base.origin().with_query({"rest_route": "/"})


async def _answering_root(http: Http, url: URL) -> _Root | None:
    """The root's description of itself, or None when this is no root of WordPress's. Closed to strangers is one."""
    try:
        answer = understood(await http.get(url))
    except Rejected as rejected:
        closed = rejected.status in (401, 403) and rejected.code
        if not closed:
            return None
        if not (http.has_password and http.may_be_told(url)):
            return _Root(url, None, True)
        try:
            answer = understood(await http.get(url, auth=True))
        except Rejected:
            return _Root(url, None, True)
    data: Any = answer.data
    spaces = data.get("namespaces") if isinstance(data, dict) else None
    if not isinstance(spaces, list) or "wp/v2" not in spaces:
        return None
    ways = data.get("authentication")
    passwords = isinstance(ways, dict) and "application-passwords" in ways
    home = _address(data.get("home"))
    return _Root(url, _upgraded(http, home) if home else None, passwords)


async def _feed_url(http: Http, page: Reply, home: URL) -> URL:
    """BLOG_URL itself when it is a feed; else the first linked one that is not of comments; else WordPress's places."""
    candidates = [page.url]
    if "html" in page.headers.get("Content-Type", "html").lower():
        linked = _page_links(page, "type", _FEED_TYPES, rel="alternate")
        candidates = _first((url for url in linked if not _is_comment_feed(url)), page)
    base = home.with_query(None).with_fragment(None)
    candidates += [base / "feed" / "", base.with_query({"feed": "rss2"})]
    problem: CommonthreadError | None = None
    for candidate in dict.fromkeys(_upgraded(http, url) for url in candidates):
        try:
            await feed_in(await http.get(candidate, accept=FEED_ACCEPT))
        except CommonthreadError as error:
            problem = error if problem is None or isinstance(error, Transient) else problem
        else:
            return candidate
    if isinstance(problem, Transient):
        raise problem
    raise NotUnderstood(f"No feed was found at {home}: {problem.reason if problem else 'nothing answered.'}")


def header_links(reply: Reply, rel: str) -> Iterator[URL]:
    """Targets of the Link headers with this relation (RFC 8288)."""
    for header in reply.headers.getall("Link", []):
        for target, parameters in _LINK.findall(header):
            relations = _REL.search(parameters)
            named = (relations[1] or relations[2]).split() if relations else []
            if rel in named and (url := _address(target, reply.url)):
                yield url


def _page_links(page: Reply, name: str, values: Collection[str | None], *, rel: str = "") -> Iterator[URL]:
    """Targets of the page's links of which an attribute is one of these, and with that relation."""
    for _, link in tags(page.body[:_PAGE_READ].decode("utf-8", "replace"), ("link",)):
        related = not rel or rel in link.get("rel", "").lower().split()
        if related and link.get(name) in values and (url := _address(link.get("href"), page.url)):
            yield url


def _is_comment_feed(url: URL) -> bool:
    return "comments" in url.parts or url.query.get("feed", "").startswith("comments-") or "p" in url.query


def _address(value: object, base: URL | None = None) -> URL | None:
    try:
        url = URL(value.strip()) if isinstance(value, str) else URL()
        url = base.join(url) if base is not None else url
        return url if url.scheme in ("http", "https") and url.host else None
    except ValueError:
        return None


def _upgraded(http: Http, url: URL) -> URL:
    """Behind a TLS proxy WordPress may call itself http; where the operator said https, https it is."""
    same_host = url.host == http.home.host and url.scheme == "http" and url.port == 80
    return url.with_scheme("https") if same_host and http.home.scheme == "https" else url
