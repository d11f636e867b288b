"""Reads posts out of WordPress's JSON, and the names and pictures that stand behind the numbers in it, many at once.

Does not fetch the posts themselves, and fails none for want of a name: where the blog hides its users, what the feed
said is used, or nothing.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import islice

from yarl import URL

from bot.blog.web.text import ADDRESS, moment, plain, rendered, storable, web_address, whole
from bot.blog.wordpress.items import NAME, shortened
from bot.blog.wordpress.rest import PAGE, Json, Params, Rejected, Rest, objects
from bot.core.domain import Millis, Post, PostId
from bot.core.errors import NotUnderstood
from bot.core.markup import tags

FIELDS = "id,guid,link,title,excerpt,content,date_gmt,status,author,categories,featured_media"
_MORE = re.compile(r'(?:<p>\s*+)?+(?:<span id="more-\d{1,20}"></span>|<!--more[^<>]*+>)')
_CUT_SHORT = ("[…]", "[...]")
_NAMES_REMEMBERED = 2000
TEXT = 1 << 18
"""Characters of a post's text, of which a starter shows some hundred."""
TITLE = 1_000
GUID = 2_000
CATEGORIES = 50
_PICTURES = 100
"""So many pictures are looked at for the first that is one."""


@dataclass(frozen=True, slots=True)
class RawPost:
    """A post whose author, categories and picture are still numbers (0: none)."""

    id: PostId
    guid: str
    link: str
    title: str
    published_at: Millis
    html: str
    author: int
    categories: tuple[int, ...]
    media: int
    picture: str | None
    """The first picture of the text."""
    shown: bool
    """Published and not behind a password."""


def raw_post(data: Json) -> RawPost:
    """One post of the REST API. Raises NotUnderstood when it has no id."""
    post, link, categories = _id(data), web_address(data.get("link")), data.get("categories")
    this = f"post {post}"
    content = shortened(rendered(data.get("content")), TEXT, "the text", this)
    excerpt = shortened(rendered(data.get("excerpt")), TEXT, "the excerpt", this)
    numbers = shortened(categories, CATEGORIES, "the categories", this) if isinstance(categories, list) else ()
    return RawPost(
        id=post,
        guid=shortened(rendered(data.get("guid")), GUID, "the guid", this),
        link=link,
        title=shortened(plain(rendered(data.get("title"))), TITLE, "the title", this),
        published_at=moment(data.get("date_gmt")),
        html=_opening(content, excerpt),
        author=whole(data.get("author")),
        categories=tuple(map(whole, numbers)),
        media=whole(data.get("featured_media")),
        picture=first_picture(content, link),
        shown=data.get("status") == "publish" and not _protected(data),
    )


def is_post(data: Json) -> bool:
    """Whether it is one: plugins put an error in its place where they keep a post for members."""
    return "id" in data


def dated(data: Json) -> tuple[PostId, Millis]:
    """A post's id and when it was published. Raises NotUnderstood when it has no id."""
    return _id(data), moment(data.get("date_gmt"))


def first_picture(html: str, base: str) -> str | None:
    """The address of the first picture in a post's text that is neither an emoji nor a pixel."""
    for _, look in islice(tags(html, ("img",)), _PICTURES):
        source = look.get("src", "")
        if "wp-smiley" in look.get("class", "") or "1" in (look.get("width"), look.get("height")):
            continue
        try:
            found = URL(base).join(URL(source)) if 0 < len(source) <= ADDRESS else URL()
        except ValueError:
            continue
        if found.scheme in ("http", "https") and found.host:
            return storable(str(found))
    return None


def _id(data: Json) -> PostId:
    if not (number := whole(data.get("id"))):
        raise NotUnderstood("The blog answered with a post that has no id.")
    return PostId(str(number))


def _opening(content: str, excerpt: str) -> str:
    """The excerpt its author wrote; else the text up to its "more" mark, or all of it.

    WordPress invents an excerpt where none was written (plain words, cut short); it says less than the text itself.
    """
    words, teaser = plain(excerpt), _MORE.split(content, maxsplit=1)[0]
    invented = not words or words.endswith(_CUT_SHORT) or words in (plain(content), plain(teaser))
    return teaser if invented and content else excerpt


def _protected(data: Json) -> bool:
    return any(isinstance(part := data.get(name), dict) and part.get("protected") for name in ("content", "excerpt"))


class Names:
    """A cache over three routes. ``forget`` it now and then: people and categories are renamed."""

    def __init__(self) -> None:
        self._authors: dict[int, str] = {}
        self._categories: dict[int, str] = {}
        self._media: dict[int, str] = {}
        self._from_feed: dict[int, str] = {}
        self.writers: dict[int, str] = {}
        """Who wrote the posts that were finished, whatever was forgotten since."""

    def forget(self) -> None:
        """Ask the blog again next time; what the feed said stays."""
        for cache in (self._authors, self._categories, self._media):
            cache.clear()

    def heard(self, author: int, name: str) -> None:
        """Remember an author's name as the feed gives it."""
        if author and name and len(self._from_feed) < _NAMES_REMEMBERED:
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
        author = self._authors.get(raw.author) or self._from_feed.get(raw.author, "")
        if raw.author and author and (raw.author in self.writers or len(self.writers) < _NAMES_REMEMBERED):
            self.writers[raw.author] = author
        return Post(
            id=raw.id,
            guid=raw.guid,
            url=raw.link,
            title=raw.title,
            author=author,
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
    if len(cache) > _NAMES_REMEMBERED:
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
        cache.update({number: read(item) for item in found if (number := whole(item.get("id"))) in cache})


def _name(item: Json) -> str:
    return shortened(plain(item.get("name")), NAME, "the name", f"number {whole(item.get('id'))}")


def _picture(item: Json) -> str:
    return web_address(item.get("source_url")) if item.get("media_type") == "image" else ""
