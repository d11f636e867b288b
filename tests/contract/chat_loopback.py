"""The loopback Discord as the contract of the Chat port has it: DiscordChat with the real client, over sockets.

Does not say what a port answers; see chat_servers.py.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from bot.core.domain import ChannelId, GuildId, Mark, MemberId, MessageId, Millis, Place, ThreadId
from bot.sandbox.discord import Permission
from tests.contract.chat_servers import Server, Shown, Starter
from tests.support.chat_scene import PROXY, ChatScene


class LoopbackServer(Server):
    """DiscordChat with the real client, over sockets to the loopback Discord."""

    name = "loopback"

    def __init__(self, scene: ChatScene, kind: str, style: str) -> None:
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

    def tags(self, place: Place) -> set[str]:
        (thread,) = (one for one in self._scene.server.threads(self.channel) if int(one["id"]) == place.thread_id)
        names = {str(tag.id): tag.name for tag in self._scene.channel.tags}
        return {names[tag] for tag in thread.get("applied_tags", ())}

    async def tag(self, place: Place, *tags: str) -> None:
        chosen = [str(tag.id) for tag in self._scene.channel.tags if tag.name in tags]
        await self._scene.server.modify(self._owner(), self._thread(place), applied_tags=chosen)

    async def call(self, place: Place, name: str) -> None:
        await self._scene.server.modify(self._owner(), self._thread(place), name=name)

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

    async def says_again(self, place: Place, name: str, text: str) -> MessageId:
        server = self._scene.server
        self._proxy = await server.add_webhook(
            server.add_bot(name="Proxy", number=PROXY), self.channel, "Proxy Webhook"
        )
        return MessageId((await server.speak(self._proxy, self._thread(place), text, name=name)).id)

    async def says_anew(self, place: Place, message: MessageId, text: str) -> None:
        await self._scene.server.speak_anew(self._proxy, self._thread(place), message, text)

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

    async def hide_embeds(self, place: Place, message: MessageId) -> None:
        await self._scene.server.hide_embeds(self._owner(), self._thread(place), message)

    def block_bot(self) -> None:
        self._scene.server.block(self._scene.ann, self._scene.app.user)

    def forbid_word(self, word: str) -> None:
        self._scene.server.forbid_words(self._scene.guild, word)

    def wall(self, words: str) -> None:
        self._scene.server.faults.wall(words)

    def fill_house(self) -> None:
        world = self._scene.server.world
        world.limits = replace(world.limits, active_threads=len(self._scene.guild.threads))

    async def lock_for_moderators(self, place: Place) -> None:
        """The bot is one: it holds Manage Threads."""
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
