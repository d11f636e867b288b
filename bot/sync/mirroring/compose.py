"""Compose what Discord shows of a blog: a comment's mirror (reply line, text, footer) and a post's starter.

Pure. Does not translate (:mod:`bot.translate`), and does not compose what the blog shows of Discord
(:mod:`bot.sync.relaying.compose`).
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

from bot.core.actions import Parent
from bot.core.domain import Comment, MessageId, Millis, Post
from bot.core.policy import RelayMode
from bot.ports import Announcement, Speaker, Utterance
from bot.translate.markdown.read import read
from bot.translate.marker import FOOTER_ROOM, angle_safe, footer, marker
from bot.translate.split import cut
from bot.translate.to_discord import escape, excerpt, quote

MAX_PARTS = 5
"""Messages that show one comment at most; the last of them links to the rest."""
EXCERPT_LIMIT = 600
"""Characters of a post's opening in its starter."""

TOMBSTONE = "*This comment was removed.*"
LATE = 86_400_000
"""Milliseconds after which something that is shown is no news, and says on which day it was written."""

NO_TEXT = "*(a comment without words)*"

SMALL_PRINT = {
    RelayMode.REPLIES: "Replies here become comments on the blog, under your name. /relay off keeps yours in Discord.",
    RelayMode.ALL: (
        "What is written here becomes comments on the blog, under your name. /relay off keeps yours in Discord."
    ),
    RelayMode.OFF: "",
}
"""What members should know before they write under a starter."""


def reply_line(parent: Parent | None, parent_url: str | None, *, quoting: bool = True) -> str:
    """One subtext line: who is answered, their first words, and the way to their message. '' without a parent.

    Not ``quoting``: only who is answered, for where these words may not be said.
    """
    if parent is None:
        return ""
    arrow = f"[↪](<{parent_url}>)" if parent_url else "↪"
    opening = quote(parent.html) if parent.html and quoting else ""
    return f"-# {arrow} **{escape(parent.author)}**{f' · {opening}' if opening else ''}\n"


class Mirror:
    """A comment on its way to Discord: its HTML read once, then written in parts by whichever count is asked for.

    ``shown_parent`` is the message that shows the comment's parent, if any does; ``parent_url`` opens that message.
    ``limit``: characters that a message may have. ``sent_at``: when its message is, or was, sent;
    None for when it was written. ``shown_as``: the name under which its author appears; '' for their own.
    """

    def __init__(
        self,
        comment: Comment,
        parent: Parent | None,
        shown_parent: MessageId | None,
        *,
        parent_url: str | None,
        base_url: str,
        limit: int,
        sent_at: Millis | None = None,
        silent: bool = False,
        shown_as: str = "",
    ) -> None:
        self._shown_as = shown_as or comment.author
        self._comment = comment
        self._sent_at = sent_at
        self._count: Callable[[str], int] = len
        self._limit = limit
        self._shown_parent = shown_parent
        self._silent = silent
        self._head = reply_line(parent, parent_url)
        self._plain_head = reply_line(parent, parent_url, quoting=False)
        self._blocks = read(comment.html, base_url=base_url)

    def without_quotation(self) -> None:
        """From now on it says who is answered, and not what they said."""
        self._head = self._plain_head

    def sent_anew(self, at: Millis) -> tuple[Utterance, ...]:
        """The parts as before, for messages that are sent later than was thought."""
        self._sent_at = at
        return self.parts(self._count)

    def parts(self, count: Callable[[str], int] = len) -> tuple[Utterance, ...]:
        """The parts, each complete in itself and within Discord's limit. ``count`` measures lengths."""
        comment, self._count = self._comment, count
        sent_at = comment.written_at if self._sent_at is None else self._sent_at
        day = day_of(comment.written_at) if is_late(comment.written_at, sent_at) else ""
        url = angle_safe(comment.url)
        limit = self._limit - FOOTER_ROOM - count(url)
        bodies = cut(
            self._blocks,
            limit=limit,
            first=limit - count(self._head),
            max_parts=MAX_PARTS,
            more=f"[… read on](<{url}>)",
            count=count,
        ) or (NO_TEXT,)
        speaker = Speaker(self._shown_as, comment.avatar_url, comment.written_at)
        return tuple(
            Utterance(
                speaker=speaker,
                text=f"{self._head if part == 1 else ''}{body}\n{footer(comment.url, part, len(bodies), day=day)}",
                card=body,
                marker=marker(comment.url, part, len(bodies)),
                url=url,
                part=part,
                parts=len(bodies),
                reply_to=self._shown_parent if part == 1 else None,
                silent=self._silent,
            )
            for part, body in enumerate(bodies, start=1)
        )


def is_late(written_at: Millis, shown_at: Millis) -> bool:
    """Whether something is shown so long after it was written that it is no news."""
    return shown_at - written_at > LATE


def day_of(at: Millis) -> str:
    """As in 2024-05-06, by UTC; '' for a moment that no calendar has."""
    try:
        return datetime.fromtimestamp(at / 1000, UTC).date().isoformat()
    except (ValueError, OverflowError, OSError):
        return ""


def tombstone(author: str, url: str) -> Utterance:
    """What is left of a removed comment that still has replies: its place, not its words.

    ``url``: its permalink, by which it is known again; or ''.
    """
    return Utterance(
        speaker=Speaker(author, None, None),
        text=f"{TOMBSTONE}\n{footer(url, 1, 1)}" if url else TOMBSTONE,
        card=TOMBSTONE,
        marker=marker(url, 1, 1) if url else "",
        url=angle_safe(url),
        part=1,
        parts=1,
        reply_to=None,
        silent=True,
    )


def announcement(post: Post, *, base_url: str, relays: RelayMode, shown_at: Millis | None = None) -> Announcement:
    """A post's starter: title, author, time, the opening, the picture, the permalink, and what becomes of answers.

    ``shown_at`` is when it was opened: what was published long before is not called new. ``relays`` is ``off`` too
    where there is no account to write with.
    """
    return Announcement(
        title=post.title,
        url=angle_safe(post.url),
        author=post.author,
        text=excerpt(post.html, base_url=base_url, limit=EXCERPT_LIMIT),
        image_url=post.image_url,
        tags=post.categories,
        published_at=post.published_at,
        small_print=SMALL_PRINT[relays],
        is_new=shown_at is None or not is_late(post.published_at, shown_at),
    )
