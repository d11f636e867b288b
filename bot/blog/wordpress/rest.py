"""Speaks WordPress's REST dialect: routes, ids, JSON, totals and error codes.

Does not decide what a rejection means for a comment or a post: :mod:`bot.blog.wordpress.rejections` does.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from yarl import URL

from bot.blog.web.http import Body, Http, Reply, TooLarge
from bot.blog.web.text import plain
from bot.core.domain import CommentId, MediaId, PostId
from bot.core.errors import NotUnderstood, PlaceVanished, Unanswered, Unreachable, Vanished

Json = dict[str, Any]
Params = Mapping[str, str | int]
PAGE = 100
"""The most that WordPress lists at once."""
_ATTEMPTS = 3


class NotJson(NotUnderstood):
    """An answer that is a web page, or JSON with something in front of it."""


class Rejected(Exception):  # stays inside bot.blog
    """A 4xx (or 501): ``code`` is WordPress's own word, "" when the answer is not WordPress's."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(f"{status} {code}")
        self.status, self.code, self.message = status, code, message


@dataclass(frozen=True, slots=True)
class Answer:
    """A 2xx with its JSON; totals are None where the blog named none."""

    status: int
    data: Any
    total: int | None
    pages: int | None


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


class Rest:
    """The REST interface at one root."""

    def __init__(self, http: Http, root: URL) -> None:
        self._http = http
        self.root = root

    async def get(self, route: str, params: Params | None = None, *, auth: bool = False) -> Answer:
        """GET. Raises Rejected, NotJson and what Http.get raises."""
        return understood(await self._http.get(route_url(self.root, route, params), auth=auth))

    async def send(
        self,
        method: str,
        route: str,
        body: Json | None = None,
        params: Params | None = None,
        *,
        file: Body | None = None,
    ) -> Answer:
        """A write. A 2xx that cannot be read is Unanswered: the work may be done. Raises Rejected too."""
        reply = await self._http.send(method, route_url(self.root, route, params), body, file=file)
        try:
            return understood(reply)
        except NotUnderstood as error:
            raise Unanswered(error.reason) from error

    async def listing(self, route: str, params: Params, *, auth: bool = False, per_page: int = PAGE) -> list[Json]:
        """Every item of a listing, by ascending id, complete or not at all.

        A page that is too large is asked for in smaller pieces. A total that changes on the way means that items may
        have moved between pages: start again, and after a few attempts raise Unreachable.
        """
        attempts = 0
        while attempts < _ATTEMPTS:
            try:
                items = await self._all_pages(route, params, auth=auth, per_page=per_page)
            except TooLarge:
                if per_page == 1:
                    raise
                per_page = max(1, per_page // 10)
                continue
            if items is not None:
                return items
            attempts += 1
        raise Unreachable("The blog's listing is incomplete or changes while it is read; the next poll tries again.")

    async def _all_pages(self, route: str, params: Params, *, auth: bool, per_page: int) -> list[Json] | None:
        """None when what was read cannot be the whole."""
        items: dict[object, Json] = {}
        page, first = 1, None
        while first is None or page <= (first.pages or 0):
            query = {**params, "orderby": "id", "order": "asc", "per_page": per_page, "page": page}
            answer = await self.get(route, query, auth=auth)
            if answer.total is None or answer.pages is None:
                raise Unreachable("The blog's listing does not say how long it is (X-WP-Total); it may be cut short.")
            if first is not None and (answer.total, answer.pages) != (first.total, first.pages):
                return None
            first = answer
            items.update((item.get("id"), item) for item in objects(answer))
            page += 1
        return list(items.values()) if len(items) == first.total else None


def objects(answer: Answer) -> list[Json]:
    """The objects of a list. Raises NotUnderstood when it is none."""
    if not isinstance(answer.data, list) or not all(isinstance(item, dict) for item in answer.data):
        raise NotUnderstood("The blog answered with something other than the list that was asked for.")
    return answer.data


def one(answer: Answer) -> Json:
    """The object of an answer. Raises NotUnderstood when it is none."""
    if not isinstance(answer.data, dict):
        raise NotUnderstood("The blog answered with something other than the item that was asked for.")
    return answer.data


def understood(reply: Reply) -> Answer:
    """Decode an answer. Raises Rejected for what is not 2xx, NotJson for a 2xx that is no JSON."""
    data: Any = None
    try:
        data = json.loads(reply.body)
        readable = True
    except (ValueError, RecursionError):
        readable = False
    if not 200 <= reply.status < 300:
        known = data if isinstance(data, dict) else {}
        code = known.get("code")
        raise Rejected(reply.status, code if isinstance(code, str) else "", plain(known.get("message"))[:300])
    if not readable:
        begins = reply.body[:200].lstrip().lower()
        what = "a web page" if begins.startswith((b"<!doctype", b"<html")) else "text that is no JSON"
        raise NotJson(
            f"The blog's REST interface ({reply.url.with_query(None)}) answers with {what}; "
            "a plugin may be printing notices into it."
        )
    return Answer(reply.status, data, _count(reply, "X-WP-Total"), _count(reply, "X-WP-TotalPages"))


def _count(reply: Reply, header: str) -> int | None:
    value = reply.headers.get(header, "").strip()
    return int(value) if value.isascii() and value.isdigit() and len(value) < 10 else None
