"""Cuts a listing into pages and says how many there are.

Does not know what the items are.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from bot.sandbox.wordpress import params
from bot.sandbox.wordpress.answers import RestAnswer, RestRequest
from bot.sandbox.wordpress.site import Site

Item = TypeVar("Item")


@dataclass
class Page(Generic[Item]):
    """The items of one page and the listing's totals."""

    items: list[Item]
    number: int
    total: int
    pages: int
    site: Site
    request: RestRequest

    def answer(self, data: list[Any]) -> RestAnswer:
        """The page as an answer with X-WP-Total, X-WP-TotalPages and the links before and after."""
        links = []
        query = {name: value for name, value in self.request.query.items() if name != "page"}
        if self.number > 1:
            before = min(self.number - 1, self.pages)
            links.append(("prev", self.site.rest_url(self.request.route, **query, page=before)))
        if self.number < self.pages:
            links.append(("next", self.site.rest_url(self.request.route, **query, page=self.number + 1)))
        headers = {"X-WP-Total": str(self.total), "X-WP-TotalPages": str(self.pages)}
        return RestAnswer(data, headers=headers, links=links)


def paged(site: Site, request: RestRequest, found: list[Item]) -> Page[Item]:
    """The page that page, per_page and offset ask for; it is empty beyond the end."""
    given = request.params
    per_page = params.integer(given, "per_page", 10, low=1, high=100)
    number = params.integer(given, "page", 1, low=1)
    start = params.integer(given, "offset", 0) or per_page * (number - 1)
    pages = -(-len(found) // per_page)
    return Page(found[start : start + per_page], number, len(found), pages, site, request)
