"""The port to Discord, and what goes through it. Implements nothing; see :mod:`bot.chat`."""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection
from dataclasses import dataclass, field
from typing import Protocol

from bot.core.domain import (
    AttachmentId,
    ChannelId,
    GuildId,
    Mark,
    Message,
    MessageId,
    Millis,
    Place,
    ThreadId,
)


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture that may leave Discord: nothing is in it but what is to be seen. ``ending``: its kind, in a name."""

    ending: str
    content: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Announcement:
    """A post's starter. ``text`` is Discord markdown; ``url`` the permalink by which the starter is found again.

    ``small_print``: what members should know before they write, one line; '' for nothing. ``is_new``: to readers, at
    the moment in which its thread was opened.
    """

    title: str
    url: str
    author: str
    text: str
    image_url: str | None
    tags: tuple[str, ...]
    published_at: Millis
    small_print: str = ""
    is_new: bool = True


@dataclass(frozen=True, slots=True)
class Speaker:
    """Under whose name a mirror appears. ``name`` is the author's own; the adapter obeys Discord's name rules."""

    name: str
    avatar_url: str | None
    written_at: Millis | None


@dataclass(frozen=True, slots=True)
class Utterance:
    """One part of a mirror.

    ``text`` is complete Discord markdown, footer included, for a webhook; ``card`` is the same without reply line and
    footer, for an embed. ``marker`` is the permalink with the part's number: it is in what is sent, and finds it again.
    ``url`` and ``marker`` are empty in a tombstone.
    """

    speaker: Speaker
    text: str
    card: str
    marker: str
    url: str
    part: int
    parts: int
    reply_to: MessageId | None
    silent: bool


@dataclass(frozen=True, slots=True)
class Opened:
    """A thread and its starter. In a forum both ids are equal; so they are where a thread is made from a message."""

    thread_id: ThreadId
    starter_id: MessageId


@dataclass(frozen=True, slots=True)
class Posted:
    """A message as it stands in a thread, with what it is known again by where no map knows it.

    ``marker`` is the one that a mirror carries, '' on all else; ``name`` under whose it appears, ``words`` what it says
    there, in a card or as text. ``mark`` is ours on a member's message; ``edited`` whether its author changed it.
    """

    message: Message
    marker: str = ""
    name: str = ""
    words: str = ""
    mark: Mark | None = None
    edited: bool = False


class Chat(Protocol):
    """Discord. Every method may raise Unreachable, NotAllowed, PlaceVanished; writes also Unanswered and Refused."""

    @property
    def message_limit(self) -> int:
        """Characters that a message may have."""

    def jump_url(self, guild: GuildId, thread: ThreadId, message: MessageId) -> str:
        """The link that opens a message: the same as its ``Message.jump_url``."""

    def moment_of(self, message: MessageId) -> Millis:
        """When a message was written, by its id."""

    def message_at(self, moment: Millis) -> MessageId:
        """The lowest id that a message of this moment can have: what is newer was written then or later."""

    def newest_id(self) -> MessageId:
        """No message written until now has a higher id: by Discord's time, whatever the clock of this machine shows.

        A message of the next seconds may have a lower one.
        """

    async def names_of_staff(self, guild: GuildId) -> frozenset[str]:
        """Names that members take for the bot's, the owner's or a moderator's, as far as known. Raises nothing."""

    async def open_thread(self, channel: ChannelId, what: Announcement, *, nonce: str) -> Opened:
        """Forum post, or announcement message with a thread started from it."""

    async def find_thread(
        self, channel: ChannelId, url: str, *, after: Millis, known: Collection[ThreadId] = ()
    ) -> Opened | None:
        """The probe: our thread whose starter carries ``url``. Finishes a half-made one (message without thread).

        ``known`` threads show other posts: one may have had this address before.
        """

    def our_threads(
        self, channel: ChannelId, *, known: Collection[ThreadId], after: ThreadId
    ) -> AsyncIterator[tuple[Opened, str]]:
        """Our threads of a channel, each with the permalink in its starter, in no promised order.

        Archived ones as far as they are newer than ``after``, the others all. Without those that are ``known``, and
        those whose starter is gone.
        """

    async def revise_starter(self, place: Place, what: Announcement) -> None:
        """Edit the starter. Raises Vanished."""

    async def rename_thread(self, place: Place, title: str) -> None:
        """Name the thread after a title; one that the server does not let pass leaves it the name that it has."""

    async def retag_thread(self, place: Place, before: tuple[str, ...], after: tuple[str, ...]) -> None:
        """In a forum: take off the tags of these categories, and set those of others. All other tags stay."""

    async def send(self, place: Place, what: Utterance, *, nonce: str) -> MessageId:
        """Send one part of a mirror. Refused of the kind BREAKS_A_RULE: perhaps longer than Discord counts."""

    async def edit(self, place: Place, message: MessageId, what: Utterance, *, renamed: bool = False) -> None:
        """Replace one part. Raises Vanished; Refused of the kind NOT_EDITABLE when its webhook is gone.

        ``renamed``: its speaker may have had another name when it was sent. A message that bears one, and keeps it
        whatever is edited, is NOT_EDITABLE too.
        """

    async def delete(self, place: Place, message: MessageId) -> None:
        """Delete one part; already gone is success."""

    async def mark(self, place: Place, message: MessageId, mark: Mark | None) -> None:
        """Put our reaction on a message, taking our other marks off; None takes all off. Raises Vanished."""

    async def tell(self, place: Place, message: MessageId, text: str, *, nonce: str) -> None:
        """Answer a member's message. Sent twice within minutes it appears once (nonce)."""

    async def say(self, place: Place, text: str, *, nonce: str) -> MessageId:
        """Say a line in the thread in the bot's own name, without a notification."""

    async def revise_saying(self, place: Place, message: MessageId, text: str) -> None:
        """Replace what was said. Raises Vanished."""

    async def notify(self, channel: ChannelId, text: str, *, nonce: str) -> None:
        """Say a sentence to moderators, in the channel the operator named; twice within minutes it appears once."""

    async def told(self, channel: ChannelId, text: str, *, after: Millis) -> bool:
        """The probe: whether this sentence was said there since a moment."""

    async def read(self, place: Place, message: MessageId) -> Message | None:
        """One message asked for by id: None here is a fact (it was deleted), not silence."""

    async def download(self, place: Place, message: MessageId, attachment: AttachmentId, *, limit: int) -> Picture:
        """A picture of a message, by an address asked for anew: those of old events have expired. ``limit`` in bytes.

        It is written anew, without what a camera noted in it. Raises Vanished when the message or the file is gone,
        Refused when it is larger, kept somewhere else, or in its content no picture.
        """

    def mirrors(self, place: Place, *, after: MessageId | None = None) -> AsyncIterator[tuple[MessageId, str]]:
        """Every mirror that stands in the thread, as (message, marker), oldest first: what Discord really shows.

        With ``after`` the probe for what a half-finished attempt sent.
        """

    def posted(self, place: Place, *, after: MessageId | None) -> AsyncIterator[Posted]:
        """Like ``history``, with what a message is known again by. No request where it is known that none is newer."""

    def shows(self, posted: Posted, what: Utterance) -> bool:
        """Whether a message says this already, under this name: an edit would change nothing that people see."""

    def in_channel(self, place: Place, *, after: MessageId) -> AsyncIterator[Message]:
        """Messages of the place's channel outside of its threads, oldest first. In a forum there are none."""

    def history(self, place: Place, *, after: MessageId | None) -> AsyncIterator[Message]:
        """Messages of the thread, oldest first, newer than ``after`` (None: from the start)."""
