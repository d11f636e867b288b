"""What Discord's own numbers and links mean: moments in ids, and the link that opens a message.

Pure. Does not ask Discord anything.
"""

from __future__ import annotations

from bot.core.domain import GuildId, MessageId, Millis, ThreadId

_EPOCH = 1_420_070_400_000
"""Discord: Snowflakes, milliseconds of the first second of 2015."""

_TIME = 22
"""Bits of a snowflake below its milliseconds."""


def moment_of(message: MessageId) -> Millis:
    """When a message was written: its id says so."""
    return Millis((message >> _TIME) + _EPOCH)


def message_at(moment: Millis) -> MessageId:
    """The lowest id that a message of this moment can have, 0 for a moment before Discord's time."""
    return MessageId(max(moment - _EPOCH, 0) << _TIME)


def jump_url(guild: GuildId, thread: ThreadId, message: MessageId) -> str:
    """The link that opens a message (Discord: message links)."""
    return f"https://discord.com/channels/{guild}/{thread}/{message}"
