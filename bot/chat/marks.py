"""Shows on a member's message what became of it: one reaction of ours at a time.

Does not touch the reactions of anybody else.
"""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager

import discord

from bot.chat.calls import Calls, thread_of
from bot.chat.pace import Resource
from bot.core.domain import Mark, MessageId, Place

NEEDS = ("add_reactions", "read_message_history")
_VARIATION = "\ufe0f"


class Marks:
    """Our reactions."""

    def __init__(self, calls: Calls) -> None:
        self._calls = calls

    async def put(self, place: Place, message: MessageId, mark: Mark | None) -> None:
        """``mark`` (if any) on, our other marks off. The new one first, so that there is always one to see."""
        thread = thread_of(place)
        async with self._calls.reading(
            f"look at message {message} in thread {thread}", at=place.channel_id, needs=NEEDS
        ):
            found = await self._calls.thread(place).fetch_message(message)
        standing = {name for reaction in found.reactions if reaction.me and (name := _emoji(reaction)) is not None}

        async def change() -> None:
            if mark is not None and _plain(mark.value) not in standing:
                async with self._turn(place, message):
                    await found.add_reaction(mark.value)
            for other in Mark:
                if other is not mark and _plain(other.value) in standing:
                    async with self._turn(place, message):
                        await found.remove_reaction(other.value, discord.Object(self._calls.me))

        await self._calls.opened(thread, change)

    def _turn(self, place: Place, message: MessageId) -> AbstractAsyncContextManager[None]:
        thread = thread_of(place)
        return self._calls.writing(
            f"react to message {message} in thread {thread}",
            Resource.REACTIONS,
            thread,
            at=place.channel_id,
            needs=NEEDS,
        )


def _emoji(reaction: discord.Reaction) -> str | None:
    return _plain(str(reaction.emoji)) if isinstance(reaction.emoji, str) else None


def _plain(emoji: str) -> str:
    """Without the variation selector, which may come back or not."""
    return emoji.replace(_VARIATION, "")
