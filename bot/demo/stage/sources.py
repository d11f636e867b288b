"""What the stage asks of a blog and of a Discord: a picture of now, a way to act, a nudge on change.

Does not say where either comes from; loopback_blog.py and loopback_discord.py are two answers.

All ids are text on the wire: a snowflake does not fit a number of JavaScript. All dates are ISO 8601 in UTC.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, NotRequired, Protocol, TypedDict

Json = dict[str, Any]
Nudge = Callable[[], None]


class CommentState(TypedDict):
    """``html`` is what the blog renders, ``source`` what its author typed; ``parent`` is None for a root."""

    id: str
    parent: str | None
    author: str
    avatar: str | None
    html: str
    date: str
    status: str
    by_bot: bool
    source: NotRequired[str]
    url: NotRequired[str]


class PostState(TypedDict):
    """``comments`` in any order; the page builds the tree and keeps a comment whose parent is unknown as a root."""

    id: str
    title: str
    url: str
    html: str
    author: str
    date: str
    comments: list[CommentState]
    source: NotRequired[str]


class BlogState(TypedDict):
    """``posts`` newest first. ``notice`` tells the visitor why a blog that is not writable is not."""

    title: str
    posts: list[PostState]
    tagline: NotRequired[str]
    url: NotRequired[str]
    notice: NotRequired[str]


class ReactionState(TypedDict):
    """``emoji`` is a character or ``:name:``; ``members`` are the ids of those who reacted."""

    emoji: str
    count: int
    members: list[str]


class MessageState(TypedDict):
    """``author_id`` is empty for a webhook's persona; ``embeds`` are Discord's Embed Objects as they stand."""

    id: str
    author: str
    author_id: str
    avatar: str | None
    bot: bool
    content: str
    embeds: list[Json]
    reply_to: str | None
    reactions: list[ReactionState]
    edited: bool
    date: str
    system: NotRequired[bool]


class ThreadState(TypedDict):
    """``channel`` is the parent's id; ``messages`` oldest first."""

    id: str
    name: str
    channel: str
    archived: bool
    messages: list[MessageState]
    locked: NotRequired[bool]
    tags: NotRequired[list[str]]


class ChannelState(TypedDict):
    """``kind`` is forum, text or announcement; ``messages`` of a forum are always empty."""

    id: str
    name: str
    kind: str
    messages: list[MessageState]
    topic: NotRequired[str]


class MemberState(TypedDict):
    """Somebody the visitor may speak as; ``moderator`` when others' messages are theirs to delete."""

    id: str
    name: str
    avatar: str | None
    moderator: bool


class DiscordState(TypedDict):
    """One guild. ``names`` maps the ids that mentions use (users, roles, channels) to what to show."""

    guild: str
    guild_id: str
    channels: list[ChannelState]
    threads: list[ThreadState]
    members: list[MemberState]
    names: Json


class MapRow(TypedDict):
    """One link. ``comment_id`` None: the message is the post's starter. ``origin`` is ``blog`` or ``discord``."""

    thread_id: str | int
    message_id: str | int
    post_id: str
    comment_id: str | None
    parent_id: str | None
    part: int
    origin: str


# Rows are looked at key by key, so that a store may hand over its own dicts: missing keys show as blank.
MapRows = Callable[[], Awaitable[list[Json]]]


class ActRefused(Exception):
    """The side would not do it. ``str()`` is a sentence for the visitor."""


class BlogSource(Protocol):
    """A blog to show.

    Acts when ``writable`` (``side`` is ``blog``, text is what the visitor typed):
    ``comment`` {post, text, author}, ``reply`` {post, parent, text, author}, ``edit`` {comment, text},
    ``delete`` {comment}, ``status`` {comment, status: approved | hold}, ``publish`` {title, text, author},
    ``edit_post`` {post, title, text}.
    """

    @property
    def writable(self) -> bool: ...

    async def snapshot(self) -> BlogState: ...

    async def act(self, act: Json) -> Json:
        """Do it and return {id} of what came of it. Raises ActRefused."""
        ...

    def on_change(self, nudge: Nudge) -> None:
        """``nudge`` is called, on the event loop, whenever a new snapshot is worth taking."""
        ...


class DiscordSource(Protocol):
    """A guild to show.

    Acts (``side`` is ``discord``; ``place`` is a thread's or a channel's id, ``member`` who speaks):
    ``comment`` {place, member, text}, ``reply`` {place, member, text, reply_to}, ``edit`` {place, member, message,
    text}, ``delete`` {place, member, message}, ``react`` {place, member, message, emoji} (again takes it back).
    """

    async def snapshot(self) -> DiscordState: ...

    async def act(self, act: Json) -> Json:
        """Do it and return {id} of what came of it. Raises ActRefused."""
        ...

    def on_change(self, nudge: Nudge) -> None: ...
