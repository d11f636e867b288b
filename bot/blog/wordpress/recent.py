"""Finds the newest posts: what the feed names, told in the REST interface's words.

Does not decide which of them are new to the bot.
"""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from email.utils import parsedate_to_datetime

from yarl import URL

from bot.blog.web.feed import FEED_ACCEPT, Entry, feed_in
from bot.blog.web.http import Http, Reply, TooLarge
from bot.blog.web.outcome import is_broken
from bot.blog.wordpress.discovery import Endpoints
from bot.blog.wordpress.items import readable
from bot.blog.wordpress.posts import FIELDS, Names, RawPost, is_post, raw_post
from bot.blog.wordpress.rest import PAGE, Json, Params, Rejected, Rest, objects, one
from bot.core.domain import Millis, PostId, by_number, digest
from bot.core.errors import NotUnderstood, Unreachable
from bot.core.markup import unescaped
from bot.ports import FeedState, Recent

log = logging.getLogger(__name__)
_FEWEST = 20
_STRAGGLERS = 20
_SETTLED = 2
_PAGES = 20
"""Of a hundred posts each, that one look goes back."""
_HTML = 8 << 20
"""Characters of posts' texts after which one look goes back no further."""


class NewestPosts:
    """The newest posts of one blog. Remembers, within this process, what it could not resolve."""

    def __init__(self, http: Http, names: Names) -> None:
        self._http = http
        self._names = names
        self._looked = False
        self._unresolved: set[str] = set()
        self._no_feed = ""

    async def look(self, where: Endpoints, rest: Rest, state: FeedState, *, auth: bool) -> Recent:
        """One poll. Raises NotUnderstood for a feed that is none, Rejected, and what Http.get raises.

        WordPress's feed answers 304 by the newest modification date alone, so a scheduled post that appears after
        another was edited stays hidden behind it. A small listing tells; when it differs from the one that the caller's
        ``state`` carries, the feed is read in full. So it is at the first look of a process.
        """
        by_date, by_id = await self._glance(rest, auth=auth)
        seen = digest(json.dumps([by_date, by_id], sort_keys=True))
        trusted = self._looked and (state.body_hash or "").endswith(f" {seen}")
        reply = await self._http.get(
            where.feed_url, headers=_validators(state) if trusted else None, accept=FEED_ACCEPT
        )
        if reply.status == 304:
            return Recent(None, state)
        body_hash = f"{hashlib.sha256(reply.body).hexdigest()} {seen}"
        fresh = _fresh_state(reply, body_hash)
        if trusted and body_hash == state.body_hash:
            return Recent(None, replace(fresh, newest_at=state.newest_at))
        if (entries := await self._entries(reply, state)) is None:
            fresh = FeedState()
        glanced = {PostId(str(item.get("id"))) for item in by_date}
        raw, whole = await self._posts_of(rest, entries, glanced, since=state.newest_at, auth=auth)
        shown = sorted((p for p in raw if p.shown), key=lambda p: (p.published_at, int(p.id)), reverse=True)
        posts = await self._names.finish(rest, shown, auth=auth)
        self._looked = True
        newest_at = max((post.published_at for post in shown), default=Millis(0)) if whole else state.newest_at
        return Recent(posts, replace(fresh, newest_at=newest_at))

    async def _entries(self, reply: Reply, state: FeedState) -> Sequence[Entry] | None:
        """What the feed names. None for a feed that is none just now, and was the beginning of the listing before.

        Of one that was a choice, or that nobody knows yet, the listing says too much: raises NotUnderstood then.
        """
        try:
            entries = (await feed_in(reply)).entries
        except NotUnderstood as error:
            if state.newest_at is None:
                raise
            if self._no_feed != error.reason:
                log.warning("the listing serves instead of the feed: %s", error.reason)
            self._no_feed = error.reason
            return None
        self._no_feed = ""
        return entries

    async def _glance(self, rest: Rest, *, auth: bool) -> tuple[list[Json], list[Json]]:
        params: Params = {"per_page": _FEWEST, "_fields": "id,modified_gmt,slug,status"}
        by_date = objects(await rest.get("wp/v2/posts", params, auth=auth))
        return by_date, objects(await rest.get("wp/v2/posts", {**params, "orderby": "id"}, auth=auth))

    async def _posts_of(
        self, rest: Rest, entries: Sequence[Entry] | None, glanced: set[PostId], *, since: Millis | None, auth: bool
    ) -> tuple[list[RawPost], bool]:
        """Posts for the entries; all listed ones (True) when the feed is simply their beginning, or is none.

        The feed holds ten posts; when more appeared at once, the listing knows the rest, and by number those that
        bear an old date. Where the feed is a choice (one category's), the listing is not to widen it. ``glanced`` were
        the newest before the feed was read: what neither of the two has appeared since, and says nothing.
        """
        listed = await _listed(rest, max(_FEWEST, len(entries or ())), since, auth=auth)
        found: dict[str, RawPost] = {}
        strangers = []
        for entry in entries or ():
            post = next((p for p in listed if _is_same(p, entry)), None)
            if post is None:
                strangers.append(entry)
                continue
            found[post.id] = post
            self._names.heard(post.author, entry.author)
        if entries is None or (not strangers and _is_beginning(found, [p for p in listed if p.id in glanced])):
            youngest = await _slice(rest, 0, _FEWEST, by="id", auth=auth)
            return list({p.id: p for p in (*listed, *youngest)}.values()), True
        for entry in [e for e in strangers if e.guid not in self._unresolved][:_STRAGGLERS]:
            post = await _straggler(rest, entry, auth=auth)
            if post is None:
                log.info("feed entry %s is no post of the REST interface: skipped", entry.guid)
                self._unresolved.add(entry.guid)
                continue
            found[post.id] = post
            self._names.heard(post.author, entry.author)
        return list(found.values()), False


def _fresh_state(reply: Reply, body_hash: str) -> FeedState:
    """The validators, once they can be trusted: they count whole seconds, so a second change in the same one hides.

    RFC 9110, 8.8.2.2: Last-Modified is weak until it is older than the answer's own Date.
    """
    modified, now = (_seconds(reply.headers.get(name)) for name in ("Last-Modified", "Date"))
    if modified is not None and (now is None or now - modified < _SETTLED):
        return FeedState(body_hash=body_hash)
    return FeedState(reply.headers.get("ETag"), reply.headers.get("Last-Modified"), body_hash)


def _seconds(header: str | None) -> float | None:
    try:
        return parsedate_to_datetime(header).timestamp() if header else None
    except ValueError:
        return None


def _validators(state: FeedState) -> dict[str, str]:
    """Exactly as received. WordPress wants both to match where both are sent."""
    sent = {"If-None-Match": state.etag, "If-Modified-Since": state.last_modified}
    return {name: value for name, value in sent.items() if value}


def _is_beginning(found: Mapping[str, RawPost], listed: Sequence[RawPost]) -> bool:
    """Whether a feed's posts are the newest of the listing; those of one second come in any order."""
    if not found:
        return not listed
    oldest = min(post.published_at for post in found.values())
    return all(post.id in found for post in listed if post.published_at > oldest)


async def _listed(rest: Rest, count: int, since: Millis | None, *, auth: bool) -> list[RawPost]:
    """The newest posts, newest first: ``count`` of them, and all others that are newer than ``since``."""
    found = {post.id: post for post in await _slice(rest, 0, count, auth=auth)}
    for _ in range(_PAGES):
        if sum(len(post.html) for post in found.values()) > _HTML:
            log.warning("left out: posts of %s behind the newest %d", rest.root.with_query(None), len(found))
            break
        if since is None or len(found) < count or min(post.published_at for post in found.values()) < since:
            break
        older = await _slice(rest, len(found), PAGE, auth=auth)
        found |= {post.id: post for post in older if post.published_at >= since}
        if len(older) < PAGE or older[-1].published_at < since:
            break
    return sorted(found.values(), key=lambda post: (post.published_at, by_number(post.id)), reverse=True)


async def _slice(rest: Rest, start: int, count: int, *, by: str = "date", auth: bool) -> list[RawPost]:
    """Part of the listing, the newest ``by`` date or id first. Long texts are asked for in smaller pieces."""
    size, read, found = min(count, PAGE), 0, list[RawPost]()
    while read < count:
        size = min(size, count - read)
        params: Params = {"offset": start + read, "per_page": size, "orderby": by, "_fields": FIELDS}
        try:
            page = await rest.get("wp/v2/posts", params, auth=auth)
        except TooLarge:
            if size == 1:
                raise
            size = max(1, size // 3)
            continue
        answer = objects(page)
        read += len(answer)
        found += await _raw_posts(rest, answer)
        if not answer or (len(answer) < size and page.total in (None, start + read)):
            break
    return found


async def _straggler(rest: Rest, entry: Entry, *, auth: bool) -> RawPost | None:
    """An entry that the listing does not hold, by the number in its guid or link, else by its slug."""
    number = _number_in(entry.guid) or _number_in(entry.link)
    try:
        if number:
            candidates = [one(await rest.get(f"wp/v2/posts/{number}", {"_fields": FIELDS}, auth=auth))]
        else:
            slug = URL(entry.link).path.rstrip("/").rpartition("/")[2]
            if not slug:
                return None
            candidates = objects(await rest.get("wp/v2/posts", {"slug": slug, "_fields": FIELDS}, auth=auth))
    except (Rejected, NotUnderstood, ValueError):
        return None
    except Unreachable as error:
        if not is_broken(error):
            raise
        return None
    return next((p for p in await _raw_posts(rest, candidates) if _is_same(p, entry)), None)


async def _raw_posts(rest: Rest, items: Iterable[Json]) -> list[RawPost]:
    found, _ = await readable("post", filter(is_post, items), raw_post, of=str(rest.root.with_query(None)))
    return found


def _is_same(post: RawPost, entry: Entry) -> bool:
    if unescaped(post.guid) == unescaped(entry.guid):
        return True
    return bool(entry.link) and _bare(post.link) == _bare(entry.link)


def _bare(link: str) -> str:
    return link.partition("#")[0].rstrip("/")


def _number_in(address: str) -> int:
    try:
        value = URL(address).query.get("p", "")
    except ValueError:
        return 0
    return int(value) if value.isascii() and value.isdigit() and len(value) < 19 else 0
