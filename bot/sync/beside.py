"""What members write under an announcement in its channel, outside of the thread: whose it is, and where it stands.

Decides nothing about it: it goes the way of what is written in the thread.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any, cast
from weakref import WeakValueDictionary

from bot.core.domain import AttachmentId, ChannelId, Mark, Message, MessageId, Place, ThreadId
from bot.ports import Chat, Picture, Places


async def place_of(store: Places, where: ThreadId, *message: MessageId | None) -> Place | None:
    """The post that is mirrored in a thread, or that a message in a channel is about.

    ``message``: its id, and that of what it answers; without one a thread alone is meant.
    """
    place = await store.place_of_thread(where)
    if place is not None or not message:
        return place
    number, answers = message
    return None if number is None else await store.place_beside(ChannelId(where), number, answers)


class Order:
    """Events of a thread or channel, one after the other: whose a message is, the event before it may have told."""

    def __init__(self) -> None:
        self._turns: WeakValueDictionary[ThreadId, asyncio.Lock] = WeakValueDictionary()

    def of(self, where: ThreadId) -> asyncio.Lock:
        """To be held while an event is dealt with."""
        return self._turns.setdefault(where, asyncio.Lock())


class _ChatWithAsides:
    """The Chat port; what names a message of a member goes to where that stands. All else is the thread's."""

    def __init__(self, chat: Chat, store: Places) -> None:
        self._chat = chat
        self._store = store

    def __getattr__(self, name: str) -> Any:
        return getattr(self._chat, name)

    async def read(self, place: Place, message: MessageId) -> Message | None:
        """See :class:`bot.ports.Chat`."""
        return await self._chat.read(await self._where(place, message), message)

    async def download(self, place: Place, message: MessageId, attachment: AttachmentId, *, limit: int) -> Picture:
        """See :class:`bot.ports.Chat`."""
        return await self._chat.download(await self._where(place, message), message, attachment, limit=limit)

    async def mark(self, place: Place, message: MessageId, mark: Mark | None) -> None:
        """See :class:`bot.ports.Chat`."""
        await self._chat.mark(await self._where(place, message), message, mark)

    async def tell(self, place: Place, message: MessageId, text: str, *, nonce: str) -> None:
        """See :class:`bot.ports.Chat`."""
        await self._chat.tell(await self._where(place, message), message, text, nonce=nonce)

    async def history(self, place: Place, *, after: MessageId | None) -> AsyncIterator[Message]:
        """See :class:`bot.ports.Chat`. After a message of the channel the channel goes on."""
        where = place if after is None else await self._where(place, after)
        async for one in self._chat.history(where, after=after):
            yield one

    async def _where(self, place: Place, message: MessageId) -> Place:
        return place.beside if await self._store.is_aside(place, message) else place


def with_asides(chat: Chat, store: Places) -> Chat:
    """The same Discord, in which a message is looked for where it stands."""
    return cast(Chat, _ChatWithAsides(chat, store))
