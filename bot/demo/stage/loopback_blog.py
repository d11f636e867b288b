"""Shows a LoopbackBlog on the stage and does what the visitor does there, as its readers and its owner would.

Does not translate anything for Discord, and lets no more HTML through a comment than WordPress does.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime
from html import escape, unescape
from urllib.parse import urlsplit

import aiohttp

from bot.demo.stage.reading import number, words
from bot.demo.stage.sources import ActRefused, BlogState, CommentState, Json, Nudge, PostState
from bot.sandbox.wordpress import Comment, LoopbackBlog, Post
from bot.sandbox.wordpress.kses import clean_name, filter_comment
from bot.sandbox.wordpress.texture import render_comment, render_post, render_title

JUMP = re.compile(r"https://(?:\w+\.)?discord(?:app)?\.com/channels/\d+/\d+/\d+(?:#ct-\w+)?")
SHOWN = ("approved", "hold")
MAX_TEXT = 20_000


def _moment(naive: datetime) -> str:
    return naive.replace(tzinfo=UTC).isoformat()


class LoopbackBlogSource:
    """``title`` and ``tagline`` head the page; ``writers`` maps account ids to the names that stand under posts."""

    writable = True

    def __init__(
        self, blog: LoopbackBlog, *, title: str, tagline: str = "", writers: Mapping[int, str] | None = None
    ) -> None:
        self._blog, self._title, self._tagline, self._writers = blog, title, tagline, writers or {}
        self._pictures: dict[int, str] = {}
        self._acts: dict[str, Callable[[Json], Awaitable[int]]] = {
            "comment": self._comment,
            "reply": self._comment,
            "edit": self._edit,
            "delete": self._delete,
            "status": self._status,
            "publish": self._publish,
            "edit_post": self._edit_post,
        }

    def on_change(self, nudge: Nudge) -> None:
        """Every change of the blog, whoever made it."""
        self._blog.on_change(lambda event, payload: nudge())

    # --- showing

    async def snapshot(self) -> BlogState:
        """Published posts, newest first, with the comments that are approved or wait for approval."""
        posts = [post for post in self._blog.posts if post.status == "publish"]
        posts.sort(key=lambda post: (post.date_gmt, post.id), reverse=True)
        return {
            "title": self._title,
            "tagline": self._tagline,
            "url": self._blog.url,
            "posts": [await self._post(post) for post in posts],
        }

    async def _post(self, post: Post) -> PostState:
        return {
            "id": str(post.id),
            "title": unescape(render_title(post.title)),
            "url": self._blog.permalink(post.id),
            "html": await self._picture(post) + render_post(post.html),
            "source": post.html,
            "author": self._writers.get(post.author, "The editor"),
            "date": _moment(post.date_gmt),
            "comments": [self._shown(c) for c in self._blog.comments(post.id) if c.status in SHOWN],
        }

    async def _picture(self, post: Post) -> str:
        """The featured picture, asked for once over the blog's own REST."""
        if not post.featured_media:
            return ""
        if post.featured_media not in self._pictures:
            async with (
                aiohttp.ClientSession() as session,
                session.get(f"{self._blog.rest}wp/v2/media/{post.featured_media}") as answer,
            ):
                found = await answer.json()
                self._pictures[post.featured_media] = str(found.get("source_url", ""))
        address = self._pictures[post.featured_media]
        return f'<figure><img src="{escape(address)}" alt=""></figure>' if address else ""

    def _shown(self, comment: Comment) -> CommentState:
        return {
            "id": str(comment.id),
            "parent": str(comment.parent) if comment.parent else None,
            "author": comment.author_name,
            "avatar": None,
            "html": render_comment(comment.raw, self._host),
            "source": comment.raw,
            "date": _moment(comment.date_gmt),
            "status": comment.status,
            "by_bot": bool(JUMP.fullmatch(comment.author_url)),
            "url": self._blog.comment_link(comment.id),
        }

    @property
    def _host(self) -> str:
        return urlsplit(self._blog.url).netloc

    # --- acting

    async def act(self, act: Json) -> Json:
        """See BlogSource."""
        verb = self._acts.get(str(act.get("kind")))
        if verb is None:
            raise ActRefused("A blog cannot do that.")
        return {"id": str(await verb(act))}

    def _find_post(self, act: Json) -> Post:
        wanted = number(act, "post")
        for post in self._blog.posts:
            if post.id == wanted and post.status == "publish":
                return post
        raise ActRefused("That post is no longer there.")

    def _find_comment(self, act: Json, key: str = "comment") -> Comment:
        try:
            return self._blog.get_comment(number(act, key))
        except KeyError:
            raise ActRefused("That comment is no longer there.") from None

    def _clean(self, text: str) -> str:
        """A guest's comment as WordPress's own form would keep it."""
        kept = filter_comment(text, self._host, unfiltered=False).strip()
        if not kept:
            raise ActRefused("Nothing of that is left once a blog has cleaned it.")
        return kept

    async def _comment(self, act: Json) -> int:
        post = self._find_post(act)
        if post.comment_status != "open":
            raise ActRefused("Comments on this post are closed.")
        parent = self._find_comment(act, "parent") if act.get("parent") else None
        if parent and parent.post != post.id:
            raise ActRefused("The comment you reply to is on another post.")
        name = clean_name(words(act, "author", most=60)) or "A reader"
        mail = re.sub(r"[^a-z0-9]+", ".", name.lower()).strip(".") or "reader"
        return self._blog.comment(
            post.id,
            self._clean(words(act, "text", most=MAX_TEXT)),
            parent=parent.id if parent else 0,
            author_name=name,
            author_email=f"{mail}@readers.example",
        )

    async def _edit(self, act: Json) -> int:
        comment = self._find_comment(act)
        self._blog.edit_comment(comment.id, self._clean(words(act, "text", most=MAX_TEXT)))
        return comment.id

    async def _delete(self, act: Json) -> int:
        comment = self._find_comment(act)
        self._blog.delete_comment(comment.id)
        return comment.id

    async def _status(self, act: Json) -> int:
        if act.get("status") not in SHOWN:
            raise ActRefused("A comment is approved or held.")
        comment = self._find_comment(act)
        self._blog.set_status(comment.id, str(act["status"]))
        return comment.id

    async def _publish(self, act: Json) -> int:
        return self._blog.publish(words(act, "title", most=200), words(act, "text", most=MAX_TEXT))

    async def _edit_post(self, act: Json) -> int:
        post = self._find_post(act)
        title, html = words(act, "title", most=200), words(act, "text", most=MAX_TEXT)
        self._blog.edit_post(post.id, title=title, html=html)
        return post.id
