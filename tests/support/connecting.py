"""A server with nothing set up, a blog beside it, and a moderator who gives commands.

Tests nothing itself. The bot has nothing but its token, and is let in to blogs on this machine by whoever starts it.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bot.app import Running, now
from bot.core.domain import Millis
from bot.sandbox.discord import MODERATOR, App, Channel, Guild, Limits, LoopbackDiscord, Member
from bot.sandbox.discord.uses import Answer
from tests.support.many import Many
from tests.support.whole_bot import Mirror, read_mirror


@dataclass
class Server:
    """A guild with a forum, a text channel, one who manages it and one who reads."""

    guild: Guild
    forum: Channel
    text: Channel
    voice: Channel
    manager: Member
    reader: Member


@dataclass
class Commanded:
    """``steps`` counts what a moderator did: commands, buttons and forms."""

    discord: LoopbackDiscord
    app: App
    many: Many
    servers: list[Server] = field(default_factory=list)
    steps: int = 0

    @property
    def here(self) -> Server:
        return self.servers[0]

    @asynccontextmanager
    async def bot(
        self,
        *,
        admit: Callable[[str, int | None], bool] = lambda _host, _port: True,
        clock: Callable[[], Millis] = now,
        **settings: str,
    ) -> AsyncIterator[Running]:
        """The bot, once every server knows its commands. ``admit``: which blogs on this machine it may ask."""
        async with self.many.running_bot(paces=None, admit=admit, clock=clock, **settings) as running:
            await self.many.until(lambda: any(one.outgoing is not None for one in self.discord.hub.sessions.values()))
            await self.many.until(lambda: all(self.app.commands.get(one.guild.id) for one in self.servers))
            yield running

    async def say(self, member: Member, where: Channel | int, words: str, **values: Any) -> Answer:
        """A slash command."""
        self.steps += 1
        named = {name.replace("_", "-"): value for name, value in values.items()}
        return await self.discord.slash(member, where, words, named)

    async def press(self, member: Member, shown: Answer, label: str) -> Answer:
        """The button of that label."""
        self.steps += 1
        return await self.discord.click(member, shown, button(shown, label), told=True)

    async def fill(self, member: Member, form: Answer, username: str, password: str) -> Answer:
        """Send the form of an account. Opening it and sending it is one step."""
        return await self.discord.submit(member, form, {"username": username, "password": password}, told=True)

    async def connected(self, server: Server, url: str, login: tuple[str, str] | None = None, **values: Any) -> Answer:
        """The whole dialogue. -> the last answer."""
        values = {"channel": server.forum.id, **values}
        shown = await self.say(server.manager, server.text, "blog connect", url=url, **values)
        assert shown.components, shown.content
        if login is not None:
            form = await self.press(server.manager, shown, "Add account")
            shown = await self.fill(server.manager, form, *login)
        return await self.press(server.manager, shown, "Connect")

    def mirrors(self, channel: Channel) -> list[Mirror]:
        """All mirrors in a channel's threads."""
        threads = [int(thread["id"]) for thread in self.discord.threads(channel)]
        shown = [message for thread in threads for message in self.discord.messages(thread)]
        return [found for message in shown if (found := read_mirror(message)) is not None]

    def words(self, channel: Channel) -> set[str]:
        """What they say."""
        return {one.words.strip() for one in self.mirrors(channel)}

    def thread(self, channel: Channel) -> int:
        """The oldest thread of a channel."""
        return int(self.discord.threads(channel)[0]["id"])


def button(shown: Answer, label: str) -> str:
    """The custom_id of a button."""
    assert shown.message is not None
    rows = shown.message["components"]
    return next(str(one["custom_id"]) for row in rows for one in row["components"] if one["label"] == label)


def labels(shown: Answer) -> list[str]:
    return [one["label"] for row in shown.components for one in row["components"]]


def server(discord: LoopbackDiscord, name: str) -> Server:
    guild = discord.add_guild(name=name)
    return Server(
        guild,
        discord.add_channel(guild, kind="forum", name="essays"),
        discord.add_channel(guild, kind="text", name="office"),
        discord.add_channel(guild, kind="voice", name="lounge"),
        discord.add_member(guild, name="mod", display_name="Mod", permissions=MODERATOR),
        discord.add_member(guild, name="ann", display_name="Ann"),
    )


@asynccontextmanager
async def commanded(folder: Path, *names: str) -> AsyncIterator[Commanded]:
    """Servers by name (one unless told) which let the bot in."""
    async with LoopbackDiscord(limits=Limits.relaxed()) as discord:
        app = discord.add_bot(name="Commonthread", guilds=())
        stage = Commanded(discord, app, Many(discord, app, folder))
        stage.servers += [server(discord, name) for name in names or ("Readers",)]
        await discord.rejoin(app)
        yield stage
