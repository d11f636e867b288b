"""The ports to what members decided, and to their files. Implements nothing; see :mod:`bot.store`.

Is not about what they wrote; see :mod:`bot.ports.outbox`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from bot.core.domain import AttachmentId, GuildId, MemberId, Message, MessageId, Millis, Place
from bot.ports.records import Upload


class Members(Protocol):
    """Who keeps their words in Discord. A member's word holds for all subscriptions of a server, and for no other's."""

    async def opt_out(self, guild: GuildId, member: MemberId) -> int:
        """Nothing of a member's that is not on the blog yet gets there: a Write that has surely not left is dropped
        with its files and its mark. -> how many were.
        """

    async def opt_in(self, guild: GuildId, member: MemberId, *, after: MessageId) -> bool:
        """What a member writes after this id of Discord's may cross again; what is older stays. False if it could."""

    async def opted_out(self, guild: GuildId, member: MemberId) -> bool:
        """Whether what a member writes now stays in Discord."""

    async def words_kept_since(self) -> Millis:
        """From when on every member's word is kept apart from the database: none lacks that was said since then."""

    async def stays(self, place: Place, message: Message) -> bool:
        """Whether its author decided that this message stays in Discord, unless it is on the blog already."""

    async def hint(self, place: Place, message: Message, text: str) -> bool:
        """Answer a message, unless its author was told so in this thread before, or keeps their words in Discord."""


class Uploads(Protocol):
    """Which files of the blog's media library belong to which message of a thread. Carries no file itself."""

    async def note_upload(self, place: Place, upload: Upload) -> None:
        """Remember what became of a file, in place of what was known of it."""

    async def uploads(self, place: Place, message: MessageId) -> Mapping[AttachmentId, Upload]:
        """What is known of a message's files."""

    async def carried_files(
        self, place: Place, *, newer_than: MessageId
    ) -> Mapping[MessageId, frozenset[AttachmentId]]:
        """Which messages of a thread have files in the media library, or had them on their way there."""

    async def forget_upload(self, place: Place, attachment: AttachmentId) -> None:
        """The file is not in the media library any more."""
