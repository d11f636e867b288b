"""Turns the numbers in a post (author, categories, picture) into names and an address, many at once.

Does not fail a post for want of a name: where the blog hides its users, what the feed said is used, or nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from bot.blog.web.text import plain, web_address
from bot.blog.wordpress.posts import RawPost
from bot.blog.wordpress.rest import PAGE, Json, Params, Rejected, Rest, objects
from bot.core.domain import Post

_LIMIT = 2000


class Names:
    """A cache over three routes. ``forget`` it now and then: people and categories are renamed."""

    def __init__(self) -> None:
        self._authors: dict[int, str] = {}
        self._categories: dict[int, str] = {}
        self._media: dict[int, str] = {}
        self._from_feed: dict[int, str] = {}

    def forget(self) -> None:
        """Ask the blog again next time; what the feed said stays."""
        for cache in (self._authors, self._categories, self._media):
            cache.clear()

    def heard(self, author: int, name: str) -> None:
        """Remember an author's name as the feed gives it."""
        if author and name and len(self._from_feed) < _LIMIT:
            self._from_feed[author] = name

    async def finish(self, rest: Rest, raw: Sequence[RawPost], *, auth: bool) -> tuple[Post, ...]:
        """The posts with names, in the order given. Raises what Rest.get raises, rejections apart."""
        await _fill(rest, "wp/v2/users", "id,name", self._authors, (p.author for p in raw), _name, auth=auth)
        wanted = (number for p in raw for number in p.categories)
        await _fill(rest, "wp/v2/categories", "id,name", self._categories, wanted, _name, auth=auth)
        fields = "id,source_url,media_type"
        await _fill(rest, "wp/v2/media", fields, self._media, (p.media for p in raw), _picture, auth=auth)
        return tuple(self._post(p) for p in raw)

    def _post(self, raw: RawPost) -> Post:
        return Post(
            id=raw.id,
            guid=raw.guid,
            url=raw.link,
            title=raw.title,
            author=self._authors.get(raw.author) or self._from_feed.get(raw.author, ""),
            published_at=raw.published_at,
            html=raw.html,
            image_url=self._media.get(raw.media) or raw.picture,
            categories=tuple(name for number in raw.categories if (name := self._categories.get(number))),
        )


async def _fill(
    rest: Rest,
    route: str,
    fields: str,
    cache: dict[int, str],
    wanted: Iterable[int],
    read: Callable[[Json], str],
    *,
    auth: bool,
) -> None:
    """Ask for what the cache lacks. A number that stays without an answer is remembered as such."""
    if len(cache) > _LIMIT:
        cache.clear()
    missing = sorted({number for number in wanted if number} - cache.keys())
    for start in range(0, len(missing), PAGE):
        batch = missing[start : start + PAGE]
        params: Params = {"include": ",".join(map(str, batch)), "per_page": PAGE, "_fields": fields}
        cache.update(dict.fromkeys(batch, ""))
        try:
            found = objects(await rest.get(route, params, auth=auth))
        except Rejected:
            continue
        except BaseException:
            for number in batch:
                del cache[number]
            raise
        cache.update({item["id"]: read(item) for item in found if item.get("id") in cache})


def _name(item: Json) -> str:
    return plain(item.get("name"))


def _picture(item: Json) -> str:
    return web_address(item.get("source_url")) if item.get("media_type") == "image" else ""
