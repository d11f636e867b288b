"""What a Discord is to the contract of the Chat port: members' and moderators' hands, and what people see in threads.

Is no Discord itself: those are in chat_in_memory.py and chat_loopback.py. Asks nothing through the port.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import pytest

from bot.core.domain import (
    ChannelId,
    GuildId,
    MemberId,
    MessageId,
    Millis,
    Place,
    ThreadId,
)
from bot.ports import Announcement, Chat, Opened
from tests.support.chat_scene import WHAT, place_of

KINDS, STYLES = ("forum", "text"), ("persona", "card")
EVERYWHERE = [f"{name}-{kind}-{style}" for name in ("fake", "loopback") for kind in KINDS for style in STYLES]
EVERYWHERE += [f"loopback-announcement-{style}" for style in STYLES]
"""Implementation, kind of channel and style of every server that the suite runs over. In memory an announcement channel
is a text channel."""

CANNOT = {
    "fake": {"keep files elsewhere": "its files have no address"},
    "loopback": dict[str, str](),
}
"""Implementation -> what it cannot be made to do, and why: tests that need it leave the implementation out."""


def only(*, kind: str = "", style: str = "", able: str = "") -> pytest.MarkDecorator:
    """The servers with channels of this kind and mirrors of this style, and whose implementation is able to do it."""
    chosen = [
        one
        for one in EVERYWHERE
        if (name_kind_style := one.split("-"))
        and kind in (name_kind_style[1], "")
        and style in (name_kind_style[2], "")
        and able not in CANNOT[name_kind_style[0]]
    ]
    return pytest.mark.parametrize("server", chosen, indirect=True)


each_kind = only(style="persona")
"""For what knows no styles: once in each kind of channel."""


@dataclass(frozen=True)
class Shown:
    """A message of a thread as people see it."""

    id: MessageId
    name: str
    avatar_url: str | None
    text: str
    reply_to: MessageId | None
    silent: bool
    marks: frozenset[str]


@dataclass(frozen=True)
class Starter:
    """A thread's name, and what its starter shows of the post."""

    thread: str
    title: str


TAGS = ("essays", "News", "Reviews", "Answered")
"""Of every forum."""


class Server(ABC):
    """One channel of one kind with the bot in it, a second channel for moderators, and a member."""

    name: ClassVar[str]
    chat: Chat
    channel: ChannelId
    moderators: ChannelId
    guild: GuildId
    member: str
    member_id: MemberId

    def __init__(self, kind: str, style: str) -> None:
        self.kind = kind
        self.style = style

    def place(self, opened: Opened) -> Place:
        return place_of(opened, self.channel, self.guild)

    async def open(self, what: Announcement = WHAT) -> Place:
        return self.place(await self.chat.open_thread(self.channel, what, nonce=what.url[-20:]))

    @abstractmethod
    def now(self) -> Millis: ...

    @abstractmethod
    def threads(self) -> list[ThreadId]: ...

    @abstractmethod
    def starter(self, place: Place) -> Starter: ...

    @abstractmethod
    def tags(self, place: Place) -> set[str]: ...

    @abstractmethod
    async def tag(self, place: Place, *tags: str) -> None: ...

    @abstractmethod
    async def call(self, place: Place, name: str) -> None: ...

    @abstractmethod
    def shown(self, place: Place) -> list[Shown]: ...

    @abstractmethod
    def notices(self, channel: ChannelId) -> list[str]: ...

    @abstractmethod
    async def says(
        self,
        place: Place,
        text: str,
        *,
        reply_to: MessageId | None = None,
        files: Mapping[str, bytes] | None = None,
    ) -> MessageId: ...

    @abstractmethod
    async def says_again(self, place: Place, name: str, text: str) -> MessageId:
        """The application that says members' messages again says one, by its webhook."""

    @abstractmethod
    async def says_anew(self, place: Place, message: MessageId, text: str) -> None:
        """It gives a message of its webhook other words."""

    @abstractmethod
    async def edits(self, place: Place, message: MessageId, text: str) -> None: ...

    @abstractmethod
    async def delete(self, place: Place, message: MessageId) -> None: ...

    @abstractmethod
    async def delete_starter(self, place: Place) -> None: ...

    @abstractmethod
    async def delete_thread(self, place: Place) -> None: ...

    @abstractmethod
    async def delete_channel(self) -> None: ...

    @abstractmethod
    async def delete_webhooks(self) -> None: ...

    @abstractmethod
    async def archive(self, place: Place, *, locked: bool = False) -> None: ...

    @abstractmethod
    async def lock(self, place: Place) -> None: ...

    @abstractmethod
    async def lock_for_moderators(self, place: Place) -> None: ...

    @abstractmethod
    async def forbid(self) -> None: ...

    @abstractmethod
    async def hide_embeds(self, place: Place, message: MessageId) -> None: ...

    @abstractmethod
    def block_bot(self) -> None: ...

    @abstractmethod
    def forbid_word(self, word: str) -> None: ...

    @abstractmethod
    def wall(self, words: str) -> None: ...

    @abstractmethod
    def fill_house(self) -> None: ...

    def keep_files_elsewhere(self) -> None:
        raise NotImplementedError

    @abstractmethod
    def refuse_connections(self) -> None: ...

    @abstractmethod
    def refuse_threads(self) -> None: ...

    @abstractmethod
    def lose_answer(self) -> None: ...

    @abstractmethod
    def calm(self) -> None: ...
