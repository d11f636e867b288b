"""Reads a listing page by page, as far as the blog lets itself be read, and says whether that is all of it.

Does not know what is listed. WordPress orders and counts; caches drop the counts, hosts give fewer items than were
asked for, plugins take items out after they were counted, and a lively post grows while it is read.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass, field

from bot.blog.web.http import TooLarge
from bot.blog.wordpress.rest import ITEMS, PAGE, Answer, Json, Params, Rest, objects

log = logging.getLogger(__name__)
_ATTEMPTS = 3
_MOST_PAGES = 500
_MOST_BYTES = 16 << 20
"""Of answers that one listing consists of: 15,000 ordinary comments."""
_NOTHING_NEW = 3
"""After so many pages without a new item the rest is not read, however many pages are promised."""
_ROUND = 5
"""Hosts that give fewer items than were asked for give a multiple of this."""


@dataclass(frozen=True, slots=True)
class Listing:
    """``items`` by ascending id. ``complete``: as many as the blog counts, and it counted the same throughout."""

    items: tuple[Json, ...]
    complete: bool


@dataclass
class _Reading:
    """What was read of a listing up to now. ``patient``: it is read to its end though it does not stand still."""

    per_page: int
    patient: bool
    items: dict[object, Json] = field(default_factory=dict)
    first: Answer | None = None
    page: int = 0
    idle: int = 0
    moved: bool = False
    size: int = 0
    cut: bool = False
    """Whether more was promised, or given, than is read."""

    def add(self, answer: Answer) -> bool:
        """Take over one more page. -> whether there may be another."""
        listed, known = objects(answer), len(self.items)
        self.items.update((repr(item.get("id")), item) for item in listed)
        self.page += 1
        self.size += answer.size
        self.cut = self.cut or len(answer.data) > ITEMS
        self.idle = self.idle + 1 if len(self.items) == known else 0
        if self.first is None:
            self.first = answer
        self.moved = self.moved or (answer.total, answer.pages) != (self.first.total, self.first.pages)
        if self.moved and not self.patient:
            return False
        if self.page >= _MOST_PAGES or self.size >= _MOST_BYTES:
            self.cut = self.cut or answer.pages is None or self.page < answer.pages
            return False
        if answer.total is None or answer.pages is None:
            return self.idle == 0
        if self.page < answer.pages:
            return self.idle < _NOTHING_NEW
        return self._is_capped(len(listed), answer.total)

    def _is_capped(self, listed: int, total: int) -> bool:
        """Whether the blog seems to give fewer items a page than were asked for, and to count pages without knowing."""
        fewer = 0 < listed < self.per_page and listed % _ROUND == 0
        return self.idle == 0 and fewer and len(self.items) < total

    @property
    def complete(self) -> bool:
        """Whether all was read that the blog counts."""
        return not self.moved and not self.cut and self.first is not None and len(self.items) == self.first.total


async def read(rest: Rest, route: str, params: Params, *, auth: bool = False, per_page: int = PAGE) -> Listing:
    """All items of a listing that the blog gives. Raises what :meth:`Rest.get` raises, and TooLarge for one item.

    A page that is too large is asked for in smaller pieces. A total that changes on the way means that items may
    have moved between pages: the listing is read again, and after a few attempts taken as it is.
    """
    attempts = 1
    while True:
        reading = _Reading(per_page, patient=attempts == _ATTEMPTS)
        try:
            await _read_on(rest, route, params, reading, auth=auth)
        except TooLarge:
            if per_page == 1:
                raise
            per_page = max(1, per_page // 10)
            continue
        if reading.patient or not reading.moved or reading.cut:
            if reading.cut:
                log.warning("left out: what %s lists behind %d items", _where(rest, route, params), len(reading.items))
            return Listing(tuple(reading.items.values()), reading.complete)
        attempts += 1


def _where(rest: Rest, route: str, params: Params) -> str:
    return f"{rest.root.with_query(None)} {route} of post {params.get('post', '?')}"


async def _read_on(rest: Rest, route: str, params: Params, reading: _Reading, *, auth: bool) -> None:
    more, query = True, {**params, "orderby": "id", "order": "asc", "per_page": reading.per_page}
    while more:
        query["page"] = reading.page + 1
        answer = await rest.get(route, query, auth=auth)
        if rest.learnt.most < reading.per_page:  # a page is shorter from now on: earlier ones were others
            reading.per_page = rest.learnt.most
            reading.moved = reading.page > 0
        more = reading.add(answer)
