"""Reads comments out of WordPress's JSON.

Does not fetch them, and does not judge the tree: a parent that is missing or a cycle is passed on as it came.
"""

from __future__ import annotations

import re

from bot.blog.web.text import moment, plain, rendered, storable, web_address
from bot.blog.wordpress.rest import Json
from bot.core.domain import Comment, CommentId, PostId, Standing
from bot.core.errors import NotUnderstood
from bot.ports import Written

FIELDS = "id,post,parent,author_name,author_url,author_avatar_urls,date_gmt,content,link,status,type"
"""The ``_fields`` of a listing: a third of the time of a full one."""

_KEY = re.compile(r"https://discord\.com/channels/\d+/\d+/\d+", re.ASCII)
"""The shape of a relay's key (see :class:`bot.ports.Draft`). A reader may put such a link there too."""


def comment_from(data: Json) -> Comment:
    """One comment of the REST API (context view or edit). Raises NotUnderstood when it has no id."""
    number = data.get("id")
    if not isinstance(number, int):
        raise NotUnderstood("The blog answered with a comment that has no id.")
    avatars = data.get("author_avatar_urls")
    avatar = web_address(avatars.get("96")) if isinstance(avatars, dict) else ""
    return Comment(
        id=CommentId(str(number)),
        post_id=PostId(str(data.get("post", ""))),
        parent_id=parent_of(data),
        author=plain(data.get("author_name")) or "Anonymous",
        written_at=moment(data.get("date_gmt")),
        html=rendered(data.get("content")),
        url=web_address(data.get("link")),
        relay_of=key if _KEY.fullmatch(key := author_link(data)) else "",
        avatar_url=avatar or None,
    )


def author_link(data: Json) -> str:
    """What the blog keeps as the link of a comment's author: on a relay its key."""
    return storable(data.get("author_url"))


def parent_of(data: Json) -> CommentId | None:
    """The parent's id; None for a root. (Some releases store -1 where a negative parent was sent.)"""
    parent = data.get("parent")
    return CommentId(str(parent)) if isinstance(parent, int) and parent > 0 else None


def is_visible(data: Json) -> bool:
    """Whether a listed comment is an approved comment, not a pingback or an editor's note."""
    status, kind = data.get("status", "approved"), data.get("type", "comment")
    return bool(status == "approved" and kind == "comment")


def standing_of(status: object) -> Standing:
    """What WordPress's word for a comment's status means for its mirror. Spam and trash are gone."""
    match status:
        case "approved":
            return Standing.LIVE
        case "hold":
            return Standing.HELD
        case _:
            return Standing.GONE


def written_from(data: Json) -> Written:
    """A comment as an answer to a write: spam waits for the moderators too, only they can free it."""
    comment = comment_from(data)
    return Written(comment.id, data.get("status") in ("hold", "spam"), comment.digest)
