"""A server on loopback with one channel and the real client in it, shared by the tests of the Chat port.

Does not know what the port does; its own tests only show that the client arrives.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import Any, Literal

import discord
import pytest
from discord.ext import commands
from discord.gateway import DiscordWebSocket
from discord.http import Route

from bot.chat.client import make_client
from bot.chat.discord_chat import DiscordChat
from bot.chat.pace import Paces
from bot.core.domain import ChannelId, GuildId, MessageId, Millis, Place, PostId, SubscriptionId
from bot.ports import Announcement, Chat, Opened, Speaker, Utterance
from bot.sandbox.discord import MIRROR_BOT, App, Channel, Guild, Limits, LoopbackDiscord, Member
from bot.sandbox.discord.rest import WALL
from bot.sandbox.discord.vocabulary import KNOWN_INTENTS
from bot.translate.marker import footer, same
from bot.translate.marker import marker as marker_of
from tests.support import discord_spec as spec

Style = Literal["persona", "card"]
PROXY = 466_378_653_216_014_359
"""The application that says members' messages again."""
POST_URL = "https://blog.example/2024/05/essay/"
WHAT = Announcement(
    title="On bridges",
    url=POST_URL,
    author="Ann Writer",
    text="A *short* opening.",
    image_url="https://blog.example/bridge.jpg",
    tags=("Essays", "unknown"),
    published_at=Millis(1_715_000_000_000),
)


async def find(chat: Chat, place: Place, marker: str, *, after: MessageId | None) -> MessageId | None:
    """The probe as the core takes it: the first of our messages after the anchor that carries ``marker``."""
    async for message, found in chat.mirrors(place, after=after):
        if same(found, marker):
            return message
    return None


def saying(
    number: int, text: str = "Words.", *, part: int = 1, parts: int = 1, name: str = "Béa", **changes: Any
) -> Utterance:
    """One part of the mirror of comment ``number``, with the footer that the core writes."""
    url = f"{POST_URL}#comment-{number}"
    what = Utterance(
        speaker=Speaker(name, "https://blog.example/bea.png", Millis(1_715_000_100_000)),
        text=f"{text}\n{footer(url, part, parts)}",
        card=text,
        marker=marker_of(url, part, parts),
        url=url,
        part=part,
        parts=parts,
        reply_to=None,
        silent=False,
    )
    return replace(what, **changes)


def place_of(opened: Opened, channel: ChannelId, guild: GuildId) -> Place:
    """The place of the only post, once its thread is open."""
    return Place(
        row=1,
        subscription_id=SubscriptionId(1),
        post_id=PostId("7"),
        title=WHAT.title,
        url=WHAT.url,
        channel_id=channel,
        guild_id=guild,
        thread_id=opened.thread_id,
        starter_id=opened.starter_id,
        digest="",
        generation=0,
        revision=0,
        backfilled=True,
        removals_allowed=False,
    )


@dataclass
class ChatScene:
    """What a test has before it."""

    server: LoopbackDiscord
    guild: Guild
    channel: Channel
    app: App
    ann: Member
    client: commands.AutoShardedBot
    chat: Chat
    adapter: DiscordChat
    fallbacks: list[ChannelId] = field(default_factory=list)

    @property
    def channel_id(self) -> ChannelId:
        return ChannelId(self.channel.id)

    def place(self, opened: Opened) -> Place:
        return place_of(opened, self.channel_id, GuildId(self.guild.id))

    async def open(self) -> Place:
        return self.place(await self.chat.open_thread(self.channel_id, WHAT, nonce="open"))

    def writes(self, path: str = "") -> list[tuple[str, str]]:
        """Requests other than reads that reached the server, by method and path."""
        return [(c.method, c.path) for c in self.server.calls if c.method != "GET" and path in c.path]

    def said(self, place: Place) -> list[dict[str, Any]]:
        """What stands in the thread, the starter and system messages left out."""
        assert place.thread_id is not None
        return [
            message
            for message in self.server.messages(place.thread_id)
            if message["type"] in (0, 19) and message["id"] != str(place.starter_id)
        ]


@asynccontextmanager
async def chat_scene(
    kind: str = "forum",
    style: Style = "persona",
    *,
    connected: bool = True,
    limits: Limits | None = None,
    paces: Paces | None = None,
    permissions: int = MIRROR_BOT,
    tags: tuple[str, ...] = ("essays", "News"),
    flags: int = 0,
    intents: int = KNOWN_INTENTS,
) -> AsyncIterator[ChatScene]:
    """The client logged in, and with ``connected`` its gateway session up as well."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Route, "BASE", Route.BASE)
        patch.setattr(DiscordWebSocket, "DEFAULT_GATEWAY", DiscordWebSocket.DEFAULT_GATEWAY)
        async with LoopbackDiscord(limits=limits or Limits.relaxed()) as server:
            guild = server.add_guild()
            channel = server.add_channel(guild, kind=kind, name="essays", tags=tags, flags=flags)
            app = server.add_bot(permissions=permissions, intents=intents)
            ann = server.add_member(guild, name="ann", display_name="Ann")
            client = make_client(server.api_url, guild_ready_timeout=0.05)
            fallbacks: list[ChannelId] = []
            adapter = DiscordChat(
                client,
                style=style,
                paces=paces or Paces.quick(),
                on_fallback=fallbacks.append,
                proxies=frozenset({PROXY}),
            )
            session: asyncio.Task[None] | None = None
            try:
                await client.login(app.token)
                if connected:
                    session = asyncio.create_task(client.connect())
                    await asyncio.wait_for(client.wait_until_ready(), 20)
                yield ChatScene(server, guild, channel, app, ann, client, adapter, adapter, fallbacks)
                # Whatever a test was about: what the port sent is as Discord describes it, where that is at hand.
                # Requests cut off unread have no body here, and the description knows no forwards.
                # A page of something in front of Discord is no answer of Discord's.
                described = (c for c in server.calls if c.status and "message_snapshots" not in str(c.response))
                calls = [c for c in described if c.response != WALL]
                assert spec.violations(calls, refused_requests=False) == []
            finally:
                await client.close()
                if session is not None:
                    await asyncio.wait_for(session, 20)


async def test_the_client_arrives_and_asks_for_no_more_than_it_needs() -> None:
    async with chat_scene() as s:
        assert s.client.get_channel(s.channel.id) is not None
        assert s.client.intents == discord.Intents(guilds=True, guild_messages=True, message_content=True)
        assert str(DiscordWebSocket.DEFAULT_GATEWAY) == s.server.gateway_url
        assert [c.path for c in s.server.calls if c.path == "/gateway/bot"]


async def test_a_lost_session_is_taken_up_again_at_the_same_server() -> None:
    async with chat_scene() as s:
        ready = asyncio.Event()
        s.client.add_listener(_setter(ready), "on_shard_ready")
        await s.server.drop_gateway(resumable=False)
        await asyncio.wait_for(ready.wait(), 30)
        assert s.client.get_channel(s.channel.id) is not None


def _setter(event: asyncio.Event) -> Any:
    async def on_shard_ready(_: int) -> None:
        event.set()

    return on_shard_ready
