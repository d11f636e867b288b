"""Reads posts out of WordPress's JSON.

Does not fetch them or the names that they refer to by number.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from selectolax.lexbor import LexborHTMLParser
from yarl import URL

from bot.blog.web.text import moment, plain, rendered, storable, web_address
from bot.blog.wordpress.rest import Json
from bot.core.domain import Millis, PostId
from bot.core.errors import NotUnderstood

FIELDS = "id,guid,link,title,excerpt,content,date_gmt,status,author,categories,featured_media"
_MORE = re.compile(r'(?:<p>\s*)?(?:<span id="more-\d+"></span>|<!--more.*?-->)', re.DOTALL)
_CUT_SHORT = ("[…]", "[...]")


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
    number = data.get("id")
    if not isinstance(number, int):
        raise NotUnderstood("The blog answered with a post that has no id.")
    categories, link = data.get("categories"), web_address(data.get("link"))
    return RawPost(
        id=PostId(str(number)),
        guid=rendered(data.get("guid")),
        link=link,
        title=plain(rendered(data.get("title"))),
        published_at=moment(data.get("date_gmt")),
        html=_opening(data),
        author=_number(data.get("author")),
        categories=tuple(map(_number, categories)) if isinstance(categories, list) else (),
        media=_number(data.get("featured_media")),
        picture=first_picture(rendered(data.get("content")), link),
        shown=data.get("status") == "publish" and not _protected(data),
    )


def first_picture(html: str, base: str) -> str | None:
    """The address of the first picture in a post's text that is neither an emoji nor a pixel."""
    for image in LexborHTMLParser(html).css("img[src]") if "<img" in html else ():
        look = image.attributes
        if "wp-smiley" in (look.get("class") or "") or look.get("width") == "1" or look.get("height") == "1":
            continue
        try:
            found = URL(base).join(URL(look.get("src") or ""))
        except ValueError:
            continue
        if found.scheme in ("http", "https") and found.host:
            return storable(str(found))
    return None


def _opening(data: Json) -> str:
    """The excerpt its author wrote; else the text up to its "more" mark, or all of it.

    WordPress invents an excerpt where none was written (plain words, cut short); it says less than the text itself.
    """
    content, excerpt = rendered(data.get("content")), rendered(data.get("excerpt"))
    words, teaser = plain(excerpt), _MORE.split(content, maxsplit=1)[0]
    invented = not words or words.endswith(_CUT_SHORT) or words in (plain(content), plain(teaser))
    return teaser if invented and content else excerpt


def _protected(data: Json) -> bool:
    return any(isinstance(part := data.get(name), dict) and part.get("protected") for name in ("content", "excerpt"))


def _number(value: object) -> int:
    return value if isinstance(value, int) and value > 0 else 0
