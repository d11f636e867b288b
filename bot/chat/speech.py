"""Speaks in the bot's own name: answers a member, says a line in a thread or a channel, marks a member's message.

Does not show comments, does not choose the words, and does not touch the reactions of anybody else.
"""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager
from secrets import token_hex

import discord

from bot.chat.appearance import CONTENT_LIMIT, NOBODY_PINGED, reply_reference, shortened
from bot.chat.calls import Calls, thread_of
from bot.chat.pace import Resource
from bot.core.domain import ChannelId, Mark, MessageId, Place
from bot.core.errors import Refused

_MARKING = ("add_reactions", "read_message_history")
_ANSWERING = ("send_messages_in_threads", "read_message_history")
_SAYING = ("send_messages_in_threads",)
_VARIATION = "\ufe0f"


class Speech:
    """What the bot says itself. Twice with one ``nonce`` it appears once, for some minutes (Discord: Create Message).

    What is longer than Discord takes is cut short.
    """

    def __init__(self, calls: Calls) -> None:
        self._calls = calls

    async def tell(self, place: Place, message: MessageId, text: str, *, nonce: str) -> None:
        """Answer a member's message."""
        thread = thread_of(place)
        target = self._calls.thread(place)
        reference = reply_reference(thread, message)

        async def attempt() -> None:
            async with self._calls.writing(
                f"answer message {message} in thread {thread}",
                Resource.MESSAGES,
                thread,
                at=place.channel_id,
                needs=_ANSWERING,
            ):
                await target.send(
                    shortened(text, CONTENT_LIMIT),
                    reference=reference,
                    mention_author=False,
                    allowed_mentions=NOBODY_PINGED,
                    suppress_embeds=True,
                    nonce=nonce,
                )

        await self._calls.opened(thread, attempt)

    async def say(self, place: Place, text: str, *, nonce: str) -> MessageId:
        """Say a line in the thread, without a notification."""
        thread = thread_of(place)
        target = self._calls.thread(place)

        async def attempt() -> discord.Message:
            async with self._calls.writing(
                f"speak in thread {thread}", Resource.MESSAGES, thread, at=place.channel_id, needs=_SAYING
            ):
                return await target.send(
                    shortened(text, CONTENT_LIMIT),
                    allowed_mentions=NOBODY_PINGED,
                    suppress_embeds=True,
                    silent=True,
                    nonce=nonce,
                )

        return MessageId((await self._calls.opened(thread, attempt)).id)

    async def revise(self, place: Place, message: MessageId, text: str) -> None:
        """Replace what was said."""
        thread = thread_of(place)
        partial = self._calls.thread(place).get_partial_message(message)

        async def attempt() -> None:
            async with self._calls.writing(
                f"edit message {message} in thread {thread}",
                Resource.EDITS,
                thread,
                at=place.channel_id,
                needs=("view_channel",),
            ):
                await partial.edit(content=shortened(text, CONTENT_LIMIT), allowed_mentions=NOBODY_PINGED)

        await self._calls.opened(thread, attempt)

    async def notify(self, channel: ChannelId, text: str, *, nonce: str = "") -> None:
        """Say a sentence in a channel. Without a ``nonce`` it appears as often as it is said."""
        target = self._calls.client.get_partial_messageable(channel)
        async with self._calls.writing(
            f"speak in channel {channel}", Resource.MESSAGES, channel, at=channel, needs=("send_messages",)
        ):
            await target.send(
                shortened(text, CONTENT_LIMIT),
                allowed_mentions=NOBODY_PINGED,
                suppress_embeds=True,
                nonce=nonce or token_hex(8),
            )

    async def mark(self, place: Place, message: MessageId, mark: Mark | None) -> None:
        """``mark`` (if any) on, our other marks off. The new one first, so that there is always one to see."""
        thread = thread_of(place)
        async with self._calls.reading(
            f"look at message {message} in thread {thread}", at=place.channel_id, needs=_MARKING
        ):
            found = await self._calls.thread(place).fetch_message(message)
        standing = {name for reaction in found.reactions if reaction.me and (name := _emoji(reaction)) is not None}

        async def put() -> None:
            if mark is not None and _plain(mark.value) not in standing:
                async with self._reacting(place, message):
                    await found.add_reaction(mark.value)

        async def change() -> None:
            others = [one for one in Mark if one is not mark and _plain(one.value) in standing]
            refusal: Refused | None = None
            try:
                await put()
            except Refused as error:
                refusal = error
            for other in others:  # what is not so any more is not left standing either
                async with self._reacting(place, message):
                    await found.remove_reaction(other.value, discord.Object(self._calls.me))
            if refusal is not None and not others:
                raise refusal
            if refusal is not None:
                await put()  # there is room for one reaction more

        await self._calls.opened(thread, change)

    def _reacting(self, place: Place, message: MessageId) -> AbstractAsyncContextManager[None]:
        thread = thread_of(place)
        return self._calls.writing(
            f"react to message {message} in thread {thread}",
            Resource.REACTIONS,
            thread,
            at=place.channel_id,
            needs=_MARKING,
        )


def mark_of(message: discord.Message) -> Mark | None:
    """Our mark on a message, if it bears one."""
    standing = {_emoji(reaction) for reaction in message.reactions if reaction.me}
    return next((mark for mark in Mark if _plain(mark.value) in standing), None)


def _emoji(reaction: discord.Reaction) -> str | None:
    return _plain(str(reaction.emoji)) if isinstance(reaction.emoji, str) else None


def _plain(emoji: str) -> str:
    """Without the variation selector, which may come back or not."""
    return emoji.replace(_VARIATION, "")
