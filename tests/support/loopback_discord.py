"""A furnished loopback Discord for tests: raw requests, a clock to turn, and a real discord.py bot.

It does not test anything itself.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import aiohttp
import discord
import yarl
from discord import app_commands
from discord.ext import commands

from bot.sandbox.discord import App, Channel, Guild, Limits, LoopbackDiscord, Member

INTENTS = discord.Intents(guilds=True, messages=True, message_content=True, reactions=True, webhooks=True)


class StandingClock:
    """A clock that stands still until it is turned forward."""

    def __init__(self) -> None:
        self.now = time.time()

    def __call__(self) -> float:
        return self.now

    def forward(self, seconds: float) -> None:
        self.now += seconds


class Got(NamedTuple):
    """The answer to a raw request; ``code`` is Discord's JSON error code, or None."""

    status: int
    body: Any
    headers: dict[str, str]

    @property
    def code(self) -> int | None:
        return self.body.get("code") if isinstance(self.body, dict) else None

    def form_codes(self) -> set[str]:
        """All string codes of a 50035 answer's tree."""
        found: set[str] = set()

        def walk(node: Any) -> None:
            for key, value in node.items():
                if key == "_errors":
                    found.update(error["code"] for error in value)
                elif isinstance(value, dict):
                    walk(value)

        walk(self.body.get("errors", {}))
        return found


@dataclass
class Rig:
    """One guild with a text, an announcement and a forum channel, a bot and two members."""

    d: LoopbackDiscord
    guild: Guild
    text: Channel
    news: Channel
    forum: Channel
    app: App
    ann: Member
    bob: Member
    http: aiohttp.ClientSession
    clock: StandingClock
    events: list[tuple[str, Any]] = field(default_factory=list)

    async def call(
        self, method: str, path: str, body: Any = None, *, token: bool | str = True, data: Any = None, **query: str
    ) -> Got:
        """A raw request as the bot; ``token`` False sends none, a string sends that."""
        secret = self.app.token if token is True else token
        headers = {"Authorization": f"Bot {secret}"} if secret else {}
        url = yarl.URL(self.d.api_url + path, encoded="%" in path)
        async with self.http.request(method, url, json=body, data=data, params=query, headers=headers) as answer:
            kind = answer.headers.get("Content-Type")
            got = await answer.json() if kind == "application/json" else await answer.text() or None
            return Got(answer.status, got, dict(answer.headers))

    async def send(self, channel: Channel | int, content: str = "hello", **fields: Any) -> Got:
        number = channel.id if isinstance(channel, Channel) else channel
        return await self.call("POST", f"/channels/{number}/messages", {"content": content, **fields})

    async def thread(self, *, name: str = "a thread") -> Channel:
        """A thread the bot started from its own message in the text channel."""
        first = await self.send(self.text)
        got = await self.call("POST", f"/channels/{self.text.id}/messages/{first.body['id']}/threads", {"name": name})
        assert got.status == 201, got
        return self.d.world.channel(int(got.body["id"]))

    async def forum_post(self, **fields: Any) -> Got:
        """The answer to a forum post of the bot's."""
        body = {"name": "a post", "message": {"content": "first"}, **fields}
        return await self.call("POST", f"/channels/{self.forum.id}/threads", body)

    async def webhook(self, channel: Channel | None = None) -> str:
        """The path of a fresh webhook, with its token."""
        place = channel or self.text
        made = await self.call("POST", f"/channels/{place.id}/webhooks", {"name": "mirror"})
        assert made.status == 200, made
        return f"/webhooks/{made.body['id']}/{made.body['token']}"

    async def execute(self, path: str, content: str = "hello", *, wait: str = "true", **more: Any) -> Got:
        query = {"wait": wait, **more.pop("query", {})}
        return await self.call("POST", path, {"content": content, **more}, token=False, **query)

    def seen(self, name: str) -> list[Any]:
        """Payloads of the change of that name so far, as the page sees them."""
        return [payload for event, payload in self.events if event == name]


@asynccontextmanager
async def furnished(*, limits: Limits | None = None, turned: bool = False, **bot: Any) -> AsyncIterator[Rig]:
    """``turned``: the server goes by the rig's clock, which stands still; without limits they are relaxed."""
    clock = StandingClock()
    if limits is None:
        limits = Limits.relaxed(clock=clock) if turned else Limits.relaxed()
    async with LoopbackDiscord(limits=limits) as d, aiohttp.ClientSession() as http:
        guild = d.add_guild(name="Readers")
        text = d.add_channel(guild, kind="text", name="talk")
        news = d.add_channel(guild, kind="announcement", name="news")
        forum = d.add_channel(guild, kind="forum", name="essays", tags=("essay", "notes"))
        app = d.add_bot(**bot)
        ann = d.add_member(guild, name="ann", display_name="Ann Ö.")
        bob = d.add_member(guild, name="bob", display_name="Bob")
        rig = Rig(d, guild, text, news, forum, app, ann, bob, http, clock)
        d.on_change(lambda name, payload: rig.events.append((name, payload)))
        yield rig


class Bot(commands.AutoShardedBot):
    """A plain discord.py bot that notes what it hears and lets a test wait for it."""

    def __init__(self, intents: discord.Intents) -> None:
        super().__init__(command_prefix=(), help_command=None, intents=intents, guild_ready_timeout=0.02)
        self.heard: list[tuple[str, Any]] = []
        self._news = asyncio.Event()

    async def before_identify_hook(self, shard_id: int | None, *, initial: bool = False) -> None:
        """Without the library's five seconds between IDENTIFYs: this server allows sixteen at once."""

    def dispatch(self, event: str, /, *args: Any, **kwargs: Any) -> None:
        super().dispatch(event, *args, **kwargs)
        self.heard.append((event, args[0] if args else None))
        self._news.set()

    async def hears(self, event: str, count: int = 1, *, seconds: float = 10.0) -> list[Any]:
        """Wait until ``count`` events of that name have come; returns their first arguments."""
        async with asyncio.timeout(seconds):
            while True:
                found = [value for name, value in self.heard if name == event]
                if len(found) >= count:
                    return found
                self._news.clear()
                await self._news.wait()


@asynccontextmanager
async def real_bot(rig: Rig, *, intents: discord.Intents = INTENTS) -> AsyncIterator[Bot]:
    """A discord.py bot logged in over the sockets, ready; Route.BASE and the gateway are put back afterwards."""
    base, gateway = discord.http.Route.BASE, discord.gateway.DiscordWebSocket.DEFAULT_GATEWAY
    discord.http.Route.BASE = rig.d.api_url
    discord.gateway.DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL(rig.d.gateway_url)
    client = Bot(intents)
    running = asyncio.create_task(client.start(rig.app.token))
    waiting = asyncio.create_task(client.hears("ready"))
    try:
        done, _ = await asyncio.wait({running, waiting}, return_when=asyncio.FIRST_COMPLETED)
        if running in done:
            running.result()
        yield client
    finally:
        waiting.cancel()
        await client.close()
        await asyncio.gather(running, waiting, return_exceptions=True)
        discord.http.Route.BASE, discord.gateway.DiscordWebSocket.DEFAULT_GATEWAY = base, gateway


def add_command(client: Bot, callback: Any, name: str, **options: Any) -> None:
    """Register a slash command of the bot's tree, to be synced by the test."""
    client.tree.add_command(app_commands.Command(name=name, description=f"about {name}", callback=callback, **options))
