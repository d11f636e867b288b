"""The Discords that the contract of the Chat port is held against, each with the hands of its members and moderators.

Asks nothing through the port; what the port says of all this is for the suite to say.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import pytest

from bot.core.domain import (
    ChannelId,
    GuildId,
    Mark,
    MemberId,
    MessageId,
    Millis,
    Place,
    PostId,
    SubscriptionId,
    ThreadId,
)
from bot.ports import Announcement, Chat, Opened
from bot.sandbox.discord import Permission
from tests.support.chat_scene import WHAT, Scene
from tests.support.clock_and_faults import Clock, Fault, Faults
from tests.support.fake_chat import CHANNEL, GUILD, MODERATORS, FakeChat, StoredMessage

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
        return Place(
            row=1,
            subscription_id=SubscriptionId(1),
            post_id=PostId("7"),
            title=WHAT.title,
            url=WHAT.url,
            channel_id=self.channel,
            guild_id=self.guild,
            thread_id=opened.thread_id,
            starter_id=opened.starter_id,
            digest="",
            generation=0,
            revision=0,
            backfilled=True,
            removals_allowed=False,
        )

    async def open(self, what: Announcement = WHAT) -> Place:
        return self.place(await self.chat.open_thread(self.channel, what, nonce=what.url[-20:]))

    @abstractmethod
    def now(self) -> Millis: ...

    @abstractmethod
    def threads(self) -> list[ThreadId]: ...

    @abstractmethod
    def starter(self, place: Place) -> Starter: ...

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
    async def forbid(self) -> None: ...

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


class FakeServer(Server):
    """FakeChat."""

    name = "fake"

    def __init__(self, kind: str, style: str) -> None:
        super().__init__(kind, style)
        self.clock = Clock()
        self.fake = FakeChat(self.clock, Faults(self.clock), forum=kind == "forum", cards=style == "card")
        self.chat, self.channel, self.moderators, self.guild = self.fake, CHANNEL, MODERATORS, GUILD
        self.member, self.member_id = "Member 7", MemberId(7)

    def now(self) -> Millis:
        return self.clock()

    def threads(self) -> list[ThreadId]:
        return list(self.fake.threads)

    def starter(self, place: Place) -> Starter:
        assert place.thread_id is not None
        assert place.starter_id is not None
        return Starter(self.fake.threads[place.thread_id].name, self.fake.starters[place.starter_id].text)

    def shown(self, place: Place) -> list[Shown]:
        here = [one for one in self.fake.messages.values() if one.thread == place.thread_id]
        return [self._shown(one) for one in sorted(here, key=lambda one: one.id)]

    def _shown(self, one: StoredMessage) -> Shown:
        name = one.name or self.fake.as_message(one).author_name
        marks = frozenset({one.mark.value} if one.mark else ())
        return Shown(one.id, name, one.avatar_url, one.text, one.reply_to, one.silent, marks)

    def notices(self, channel: ChannelId) -> list[str]:
        return [text for where, _, text in self.fake.notices if where == channel]

    async def says(
        self,
        place: Place,
        text: str,
        *,
        reply_to: MessageId | None = None,
        files: Mapping[str, bytes] | None = None,
    ) -> MessageId:
        assert place.thread_id is not None
        return self.fake.member_says(place.thread_id, 7, text, reply_to, files).id

    async def edits(self, place: Place, message: MessageId, text: str) -> None:
        self.fake.member_edits(message, text)

    async def delete(self, place: Place, message: MessageId) -> None:
        self.fake.delete_messages(message)

    async def delete_starter(self, place: Place) -> None:
        assert place.starter_id is not None
        del self.fake.starters[place.starter_id]

    async def delete_thread(self, place: Place) -> None:
        assert place.thread_id is not None
        self.fake.delete_thread(place.thread_id)

    async def delete_channel(self) -> None:
        self.fake.channel_gone = True

    async def delete_webhooks(self) -> None:
        self.fake.webhook += 1

    async def archive(self, place: Place, *, locked: bool = False) -> None:
        assert place.thread_id is not None
        self.fake.threads[place.thread_id].archived = True
        self.fake.threads[place.thread_id].locked = locked

    async def lock(self, place: Place) -> None:
        assert place.thread_id is not None
        self.fake.threads[place.thread_id].locked = True

    async def forbid(self) -> None:
        self.fake.permitted = False

    def refuse_connections(self) -> None:
        self.fake.faults.arm("chat", *[Fault.RESET_BEFORE] * 100)

    def refuse_threads(self) -> None:
        self.fake.faults.arm("chat", Fault.SLOW, Fault.UNAVAILABLE)

    def lose_answer(self) -> None:
        self.fake.faults.arm("chat", Fault.RESET_AFTER)

    def calm(self) -> None:
        self.fake.faults.lift()


class LoopbackServer(Server):
    """DiscordChat with the real client, over sockets to the loopback Discord."""

    name = "loopback"

    def __init__(self, scene: Scene, kind: str, style: str) -> None:
        super().__init__(kind, style)
        self._scene = scene
        self._moderators = scene.server.add_channel(scene.guild, kind="text", name="moderators")
        self.chat, self.channel, self.guild = scene.chat, scene.channel_id, GuildId(scene.guild.id)
        self.moderators = ChannelId(self._moderators.id)
        self.member, self.member_id = "Ann", MemberId(scene.ann.user.id)

    def now(self) -> Millis:
        return Millis(int(self._scene.server.world.clock() * 1000))

    def threads(self) -> list[ThreadId]:
        return [ThreadId(int(thread["id"])) for thread in self._scene.server.threads(self.channel)]

    def starter(self, place: Place) -> Starter:
        server = self._scene.server
        (thread,) = (one for one in server.threads(self.channel) if int(one["id"]) == place.thread_id)
        home = self._thread(place) if self.kind == "forum" else self.channel
        (starter,) = (one for one in server.messages(home) if int(one["id"]) == place.starter_id)
        return Starter(thread["name"], starter["embeds"][0]["title"])

    def shown(self, place: Place) -> list[Shown]:
        avatars = self._scene.server.world.avatars
        return [_shown(message, avatars) for message in self._scene.said(place)]

    def notices(self, channel: ChannelId) -> list[str]:
        return [message["content"] for message in self._scene.server.messages(channel) if not message["embeds"]]

    async def says(
        self,
        place: Place,
        text: str,
        *,
        reply_to: MessageId | None = None,
        files: Mapping[str, bytes] | None = None,
    ) -> MessageId:
        attached = (files or {}).items()
        server, thread = self._scene.server, self._thread(place)
        said = await server.post(self._scene.ann, thread, text, reply_to=reply_to, attachments=attached)
        return MessageId(said.id)

    async def edits(self, place: Place, message: MessageId, text: str) -> None:
        await self._scene.server.edit(self._scene.ann, self._thread(place), message, text)

    async def delete(self, place: Place, message: MessageId) -> None:
        await self._scene.server.delete(self._owner(), self._thread(place), message)

    async def delete_starter(self, place: Place) -> None:
        assert place.starter_id is not None
        home = self._thread(place) if self.kind == "forum" else self.channel
        await self._scene.server.delete(self._owner(), home, place.starter_id)

    async def delete_thread(self, place: Place) -> None:
        await self._scene.server.delete_thread(self._thread(place))

    async def delete_channel(self) -> None:
        await self._scene.server.delete_channel(self.channel)

    async def delete_webhooks(self) -> None:
        world = self._scene.server.world
        for webhook in list(world.webhooks):
            await self._scene.server.delete_webhook(webhook)

    async def archive(self, place: Place, *, locked: bool = False) -> None:
        """A locked one is opened by who may manage threads: the bot may not any more."""
        if locked:
            self._scene.server.set_permissions(self._scene.app, None, deny=Permission.MANAGE_THREADS)
        await self._scene.server.archive(self._thread(place), locked=locked)

    async def lock(self, place: Place) -> None:
        self._scene.server.set_permissions(self._scene.app, None, deny=Permission.MANAGE_THREADS)
        await self._scene.server.modify(self._owner(), self._thread(place), locked=True)

    def keep_files_elsewhere(self) -> None:
        self._scene.server.world.cdn_url = "https://files.example"

    async def forbid(self) -> None:
        self._scene.server.set_permissions(self._scene.app, None, deny=~0)
        await self._scene.server.hub.drained()

    def refuse_connections(self) -> None:
        """Of a write that met a broken connection nobody knows whether it arrived: writes are turned away instead."""
        self._scene.server.faults.next("GET", ".*", "reset-before", times=1000)
        self._scene.server.faults.next("*", ".*", "429-shared", times=1000, seconds=0.01)

    def refuse_threads(self) -> None:
        where = r"/channels/\d+/messages/\d+/threads"
        self._scene.server.faults.next("POST", where, "429-shared", seconds=0.01)

    def lose_answer(self) -> None:
        """Once, and twice where aiohttp repeats a request on a connection that was used before: it is idempotent."""
        for method, times in (("POST", 1), ("PATCH", 1), ("PUT", 2), ("DELETE", 2)):
            self._scene.server.faults.next(method, ".*", "reset-after", times=times)

    def calm(self) -> None:
        self._scene.server.faults.clear()

    def _thread(self, place: Place) -> ThreadId:
        assert place.thread_id is not None
        return place.thread_id

    def _owner(self) -> Any:
        return self._scene.guild.members[self._scene.guild.owner_id]


def _shown(message: dict[str, Any], avatars: Mapping[str, str]) -> Shown:
    """``avatars``: what Discord has fetched each picture of a webhook's message from."""
    author, text = message["author"], message["content"]
    name, avatar = author.get("global_name") or author["username"], avatars.get(author.get("avatar") or "")
    if message["embeds"]:
        embed = message["embeds"][0]
        name, avatar, text = embed["author"]["name"], embed["author"].get("icon_url"), embed["description"]
    reference = message.get("message_reference") if message["type"] == 19 else None
    ours = {mark.value for mark in Mark}
    return Shown(
        MessageId(int(message["id"])),
        name,
        avatar,
        text,
        None if reference is None else MessageId(int(reference["message_id"])),
        bool(message["flags"] & 4096),
        frozenset(one["emoji"]["name"] for one in message.get("reactions", ())) & ours,
    )
