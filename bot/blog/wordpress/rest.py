"""Speaks WordPress's REST dialect: routes, ids, JSON, totals and error codes.

Does not decide what a rejection means for a comment or a post: :mod:`bot.blog.wordpress.rejections` does.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from yarl import URL

from bot.blog.web.http import Body, Http, Reply, TooLarge
from bot.blog.web.outcome import Failed, is_broken
from bot.blog.web.text import plain
from bot.core.domain import CommentId, MediaId, PostId
from bot.core.errors import Doubt, NotUnderstood, PlaceVanished, Unanswered, Unreachable, Vanished

log = logging.getLogger(__name__)
Json = dict[str, Any]
Params = Mapping[str, str | int]
DIED = "wp_die"
"""The code, also of its pages, with which WordPress ends a request in its own words: mostly a plugin's."""
_DEATH = b'id="error-page"'
_MESSAGE = b'class="wp-die-message"'
_DEATH_READ = 20_000
_WORDS = 200
_CODE = 100
_PARAMETERS = 50
PAGE = 100
"""The most that WordPress lists at once."""
VALUES = 300_000
"""An answer of which more characters part one value from another is not read: a page of a hundred posts has a few
thousand, and the description of a blog with many plugins a hundred thousand. In 4 MiB there is room for millions."""
ITEMS = 500
"""Of a list more are not read."""
_DIGITS = 400


class NotJson(NotUnderstood):
    """An answer that is a web page, or JSON with something in front of it."""


class Rejected(Exception):  # stays inside bot.blog
    """A 4xx (or 501, or a 5xx of code DIED): ``code`` is WordPress's own word, "" when the answer is not WordPress's.

    ``message`` is in its words, as plain text; ``parameters`` are those that it names.
    """

    def __init__(self, status: int, code: str, message: str, parameters: frozenset[str] = frozenset()) -> None:
        super().__init__(f"{status} {code}")
        self.status, self.code, self.message, self.parameters = status, code, message, parameters

    @property
    def may_be_about_per_page(self) -> bool:
        """Whether fewer items at once may be taken: some hosts allow fewer than WordPress does."""
        return self.status == 400 and (
            "per_page" in self.parameters or (not self.parameters and self.code in ("", "rest_invalid_param"))
        )


@dataclass(frozen=True, slots=True)
class Answer:
    """A 2xx with its JSON; totals are None where the blog named none."""

    status: int
    data: Any
    total: int | None
    pages: int | None
    size: int = 0
    """Bytes that it came in."""


def route_url(root: URL, route: str, params: Params | None = None) -> URL:
    """A route below the REST root, whether the root is a path or a ``?rest_route=``."""
    query = {key: str(value) for key, value in (params or {}).items()}
    if "rest_route" in root.query:
        base = root.query["rest_route"].rstrip("/")
        return root.update_query({"rest_route": f"{base}/{route}", **query})
    return (root / route).update_query(query) if query else root / route


def number(some_id: PostId | CommentId | MediaId, error: type[Vanished | PlaceVanished] = PlaceVanished) -> int:
    """An id as WordPress has it. Raises ``error`` for what cannot be one."""
    if not (some_id.isascii() and some_id.isdigit() and len(some_id) < 20):
        raise error(f"{some_id!r} is not an id of this blog.")
    return int(some_id)


@dataclass
class Learnt:
    """How a blog wants to be asked, as far as it has shown.

    ``most`` items at once: what WordPress allows, or fewer once the blog has refused that. ``whole``: routes of which
    fields cannot be selected (WordPress breaks where a plugin puts an error in place of an item).
    """

    most: int = PAGE
    whole: set[str] = field(default_factory=set)


class Rest:
    """The REST interface at one root. ``learnt`` of the blog is learnt here, and kept by who makes this object."""

    def __init__(self, http: Http, root: URL, learnt: Learnt | None = None) -> None:
        self._http = http
        self.root = root
        self.learnt = learnt or Learnt()

    async def get(self, route: str, params: Params | None = None, *, auth: bool = False) -> Answer:
        """GET; fewer items at once where the blog refuses so many. Raises Rejected, NotJson, what Http.get raises."""
        query = dict(params or {})
        if "per_page" not in query:
            return await self._get(route, query, auth=auth)
        size = most = min(int(query["per_page"]), self.learnt.most)
        while True:
            try:
                answer = await self._get(route, query | {"per_page": size}, auth=auth)
            except Rejected as rejected:
                if size == 1 or not rejected.may_be_about_per_page:
                    raise
                size //= 2
            else:
                if size < most:
                    self.learnt.most = size
                return answer

    async def _get(self, route: str, query: dict[str, str | int], *, auth: bool) -> Answer:
        if route in self.learnt.whole:
            query.pop("_fields", None)
        try:
            return understood(await self._http.get(route_url(self.root, route, query), auth=auth))
        except Unreachable as error:
            if not is_broken(error) or query.pop("_fields", None) is None:
                raise
        answer = understood(await self._http.get(route_url(self.root, route, query), auth=auth))
        self.learnt.whole.add(route)
        return answer

    async def send(
        self,
        method: str,
        route: str,
        body: Json | None = None,
        params: Params | None = None,
        *,
        file: Body | None = None,
        seconds: float | None = None,
    ) -> Answer:
        """A write; ``seconds`` for the whole of it, None for the usual.

        Raises Rejected too, also for a 5xx in which WordPress itself speaks, and Unanswered for a 2xx that cannot be
        read: the work may be done.
        """
        address = route_url(self.root, route, params)
        try:
            reply = await self._http.send(method, address, body, file=file, seconds=seconds)
        except Unanswered as error:
            if not isinstance(failed := error.__cause__, Failed):
                raise
            rejected = _rejected(failed.status, failed.body)
            if rejected.code != DIED:
                raise
            raise rejected from error
        try:
            return understood(reply)
        except NotUnderstood as error:
            raise Unanswered(error.reason, doubt=Doubt.TURNED_AWAY) from error


def objects(answer: Answer) -> list[Json]:
    """The objects of a list; an empty one stands for what is none. Raises NotUnderstood when none is, or it is no list.

    So what is counted stays as the blog counts it, and an odd item costs itself. Five times as many as WordPress lists
    at once are the most.
    """
    items = answer.data
    if not isinstance(items, list) or (items and not any(isinstance(item, dict) for item in items)):
        raise NotUnderstood("The blog answered with something other than the list that was asked for.")
    if len(items) > ITEMS:
        log.warning("left out: %d items of a list, behind the first %d", len(items) - ITEMS, ITEMS)
        items = items[:ITEMS]
    return [item if isinstance(item, dict) else {} for item in items]


def one(answer: Answer) -> Json:
    """The object of an answer. Raises NotUnderstood when it is none."""
    if not isinstance(answer.data, dict):
        raise NotUnderstood("The blog answered with something other than the item that was asked for.")
    return answer.data


def _decoded(body: bytes) -> tuple[Any, bool]:
    """-> the JSON, and whether it is any. Raises TooLarge where it has too many values to be looked at at once."""
    if sum(map(body.count, (b",", b"[", b"{"))) > VALUES:
        raise TooLarge(f"The blog answers with more than {VALUES:,} values at once.")
    try:
        try:
            return json.loads(body), True
        except (json.JSONDecodeError, UnicodeDecodeError):
            return None, False
        except ValueError:  # a number of thousands of digits: it costs itself
            return json.loads(body, parse_int=lambda digits: int(digits) if len(digits) < _DIGITS else None), True
    except (ValueError, RecursionError):
        return None, False


def _rejected(status: int, body: bytes) -> Rejected:
    """What an answer other than 2xx says."""
    try:
        data, readable = _decoded(body)
    except TooLarge:
        data, readable = None, False
    known = data if isinstance(data, dict) else {}
    code, told = known.get("code"), known.get("data")
    named = told.get("params") if isinstance(told, dict) else None
    named = named if isinstance(named, dict | list) else ()
    names = (name[:_CODE] for name in islice(named, _PARAMETERS) if isinstance(name, str))
    if not readable and _DEATH in body:
        return _died(status, body)
    return Rejected(
        status, code[:_CODE] if isinstance(code, str) else "", _words(known.get("message")), frozenset(names)
    )


def _died(status: int, body: bytes) -> Rejected:
    """What a page says with which WordPress ended a request: the words of its message."""
    begins = body.find(b">", body.find(_MESSAGE if _MESSAGE in body else _DEATH)) + 1
    said = body[begins : begins + _DEATH_READ].decode("utf-8", "replace")
    end = "</div>" if _MESSAGE in body else "</body>"
    return Rejected(status, DIED, _words(said.partition(end)[0].replace("<", " <")))


def _words(message: object) -> str:
    words = plain(message)
    return words if len(words) <= _WORDS else f"{words[: _WORDS - 1].rstrip()}…"


def understood(reply: Reply) -> Answer:
    """Decode an answer. Raises Rejected for what is not 2xx, NotJson for a 2xx that is no JSON."""
    data, readable = _decoded(reply.body)
    if not 200 <= reply.status < 300:
        raise _rejected(reply.status, reply.body)
    if not readable:
        begins = reply.body[:200].lstrip().lower()
        what = "a web page" if begins.startswith((b"<!doctype", b"<html")) else "text that is no JSON"
        raise NotJson(
            f"The blog's REST interface ({reply.url.with_query(None)}) answers with {what}; "
            "a plugin may be printing notices into it."
        )
    return Answer(reply.status, data, _count(reply, "X-WP-Total"), _count(reply, "X-WP-TotalPages"), len(reply.body))


def _count(reply: Reply, header: str) -> int | None:
    value = reply.headers.get(header, "").strip()
    return int(value) if value.isascii() and value.isdigit() and len(value) < 10 else None
