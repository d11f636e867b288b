"""What a mirror looks like: reply line, text, footer; and what a starter says.

Pure. Knows no Discord object; translation itself happens in :mod:`bot.translate`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from urllib.parse import unquote

from bot.core.actions import Parent
from bot.core.domain import AttachmentId, Comment, CommentId, Message, MessageId, Place, Post
from bot.core.policy import RelayMode
from bot.ports import Announcement, Draft, Speaker, Utterance
from bot.translate.split import split
from bot.translate.to_blog import Attachment, Extras, Names, Profile, plain_name, to_blog
from bot.translate.to_discord import escape, excerpt, quote

MESSAGE_LIMIT = 2000
"""Characters of a message (Discord: Create Message)."""
MAX_PARTS = 5
EXCERPT_LIMIT = 600
FOOTER_ROOM = 30
"""What a footer takes beside the permalink: ``-# [12/12 · on the blog](<>)`` and its line break, rounded up."""

TOMBSTONE = "*This comment was removed.*"
TOMBSTONE_HTML = "<em>This comment was removed by its author.</em>"
REPORT = "-# ⏳ Earlier comments"
"""How the message begins that tells of a backfill; it is found again by this."""

NO_TEXT = "*(a comment without words)*"

SMALL_PRINT = {
    RelayMode.REPLIES: "Replies here become comments on the blog, under your name. /relay off keeps yours in Discord.",
    RelayMode.ALL: (
        "What is written here becomes comments on the blog, under your name. /relay off keeps yours in Discord."
    ),
    RelayMode.OFF: "",
}
"""What members should know before they write under a starter."""


def reply_line(parent: Parent | None, parent_url: str | None) -> str:
    """One subtext line: who is answered, their first words, and the way to their message. '' without a parent."""
    if parent is None:
        return ""
    arrow = f"[↪](<{parent_url}>)" if parent_url else "↪"
    opening = quote(parent.html) if parent.html else ""
    return f"-# {arrow} **{escape(parent.author)}**{f' · {opening}' if opening else ''}\n"


def footer(url: str, part: int, parts: int) -> str:
    """The last line of each part: the permalink, and which part it is. The probe reads it back."""
    label = "on the blog" if parts == 1 else f"{part}/{parts} · on the blog"
    return f"-# [{label}](<{_angle_safe(url)}>)"


def marker(url: str, part: int, parts: int) -> str:
    """What :func:`footer` says, as a value to look for."""
    return f"{_angle_safe(url)} {part}/{parts}"


def shows(found: str, url: str) -> bool:
    """Whether a marker that was found belongs to the comment of this permalink.

    A blog's addresses may change between two attempts; the fragment that names the comment stays.
    """
    address = found.rpartition(" ")[0] or found
    here, there = address.rpartition("#")[2], _angle_safe(url).rpartition("#")[2]
    return unquote(here) == unquote(there)


def _angle_safe(url: str) -> str:
    return re.sub(r"[\s<>]", lambda found: f"%{ord(found[0]):02X}", url)


def utterances(
    comment: Comment,
    parent: Parent | None,
    shown_parent: MessageId | None,
    *,
    parent_url: str | None,
    base_url: str,
    silent: bool = False,
    count: Callable[[str], int] = len,
) -> tuple[Utterance, ...]:
    """The parts of a mirror, each complete in itself and within Discord's limit. ``count`` measures lengths.

    ``parent_url`` opens the message ``shown_parent``.
    """
    head = reply_line(parent, parent_url)
    room = MESSAGE_LIMIT - FOOTER_ROOM - count(_angle_safe(comment.url))
    bodies = split(
        comment.html,
        base_url=base_url,
        limit=room,
        first=room - count(head),
        max_parts=MAX_PARTS,
        more=f"[… read on](<{_angle_safe(comment.url)}>)",
        count=count,
    ) or (NO_TEXT,)
    speaker = Speaker(comment.author, comment.avatar_url, comment.written_at)
    return tuple(
        Utterance(
            speaker=speaker,
            text=f"{head if part == 1 else ''}{body}\n{footer(comment.url, part, len(bodies))}",
            card=body,
            marker=marker(comment.url, part, len(bodies)),
            url=_angle_safe(comment.url),
            part=part,
            parts=len(bodies),
            reply_to=shown_parent if part == 1 else None,
            silent=silent,
        )
        for part, body in enumerate(bodies, start=1)
    )


def tombstone(author: str) -> Utterance:
    """What is left of a removed comment that still has replies: its place, not its words."""
    return Utterance(
        speaker=Speaker(author, None, None),
        text=TOMBSTONE,
        card=TOMBSTONE,
        marker="",
        url="",
        part=1,
        parts=1,
        reply_to=None,
        silent=True,
    )


def announcement(post: Post, *, base_url: str, relays: RelayMode) -> Announcement:
    """A post's starter: title, author, time, the opening, the picture, the permalink, and what becomes of answers.

    ``relays`` is ``off`` too where there is no account to write with.
    """
    return Announcement(
        title=post.title,
        url=_angle_safe(post.url),
        author=post.author,
        text=excerpt(post.html, base_url=base_url, limit=EXCERPT_LIMIT),
        image_url=post.image_url,
        tags=post.categories,
        published_at=post.published_at,
        small_print=SMALL_PRINT[relays],
    )


def comment_html(message: Message, files: Mapping[AttachmentId, str] | None = None, *, rich: bool = False) -> str:
    """A member's message as the blog gets it; '' when there is nothing to post. ``rich``: for a blog that keeps it.

    ``files``: addresses of those that the blog has; for others there is a link to the message.
    """
    urls = files or {}
    return to_blog(
        message.text,
        names=Names(users=message.users, roles=message.roles, channels=message.channels),
        extras=Extras(
            attachments=tuple(
                Attachment(one.filename, one.content_type, one.spoiler, one.seconds, urls.get(one.id))
                for one in message.attachments
            ),
            stickers=message.stickers,
            poll=message.poll,
            forward=message.forward,
            jump_url=message.jump_url,
        ),
        profile=Profile.RICH if rich else Profile.COMMENT,
    )


def draft(
    message: Message,
    place: Place,
    parent: CommentId | None,
    html: str,
    files: Mapping[AttachmentId, str] | None = None,
    *,
    approve: bool,
) -> Draft:
    """The comment that carries a message. Its e-mail is constant for a member, so the blog shows one avatar."""
    return Draft(
        post_id=place.post_id,
        parent_id=parent,
        author=plain_name(message.author_name),
        email=f"{message.author_id}@discord.invalid",
        key=message.jump_url,
        html=html,
        approve=approve,
        plain_html=comment_html(message, files),
    )
