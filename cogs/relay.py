"""``/relay``: every member decides whether their words cross to the blog. Decides nothing, stores nothing."""

from __future__ import annotations

from discord import app_commands
from discord.ext import commands

from bot.core.domain import MemberId, MessageId, ThreadId
from bot.sync.hub import Hub
from cogs.answers import Asked, guild_of, say

NOTHING_CROSSES = "This bot carries nothing from Discord to the blog at present."


@app_commands.guild_only()
class RelayCog(commands.GroupCog, group_name="relay", group_description="Whether what you write goes to the blog"):
    """For everybody: no permission is asked for, and nobody else sees the answer."""

    def __init__(self, hub: Hub) -> None:
        super().__init__()
        self._hub = hub

    @app_commands.command(description="Keep what you write from now on in Discord")
    async def off(self, asked: Asked) -> None:
        waited = await self._hub.opt_out(guild_of(asked), MemberId(asked.user.id))
        await say(asked, off_words(waited))

    @app_commands.command(description="Let what you write from now on become comments on the blog")
    async def on(self, asked: Asked) -> None:
        """The command's own id is a moment on Discord's clock, as a message's is (Discord: Snowflakes)."""
        changed = await self._hub.opt_in(guild_of(asked), MemberId(asked.user.id), after=MessageId(asked.id))
        await say(asked, on_words(await self._relays(asked), changed=changed))

    @app_commands.command(description="Whether what you write goes to the blog")
    async def status(self, asked: Asked) -> None:
        out = await self._hub.opted_out(guild_of(asked), MemberId(asked.user.id))
        await say(asked, status_words(await self._relays(asked), out=out))

    async def _relays(self, asked: Asked) -> str:
        """What crosses in the thread in which a member asks; elsewhere, in all threads of the server."""
        here = None if asked.channel_id is None else await self._hub.engine_of(ThreadId(asked.channel_id))
        served = [engine for _, engine in self._hub.served(guild_of(asked))]
        modes = {engine.relays.value for engine in ([here] if here in served and here is not None else served)}
        return modes.pop() if len(modes) == 1 else "mixed" if modes else "off"


def off_words(waited: int) -> str:
    """What ``/relay off`` has done. ``waited``: messages that were still to leave for the blog."""
    lines = ["From now on what you write stays in Discord."]
    if waited:
        lines.append(
            f"So {'does a message' if waited == 1 else f'do {waited} messages'} of yours that had not left yet."
        )
    lines += [
        "What is on the blog already, or just leaving, stays there and follows your edits: to take a comment back, "
        "delete its message here.",
        "`/relay on` lets you write for the blog again.",
    ]
    return "\n".join(lines)


def on_words(relays: str, *, changed: bool) -> str:
    """What ``/relay on`` has done. ``relays``: ``replies``, ``all``, ``off`` or ``mixed``."""
    before = " What you wrote before stays in Discord." if changed else ""
    return f"{_crosses(relays)}{before}"


def status_words(relays: str, *, out: bool) -> str:
    """How it stands for one member. ``relays``: ``replies``, ``all``, ``off`` or ``mixed``."""
    if out:
        return (
            "What you write stays in Discord. What is on the blog already stays there until you delete its message "
            "here. `/relay on` lets you write for the blog again."
        )
    return f"{_crosses(relays)}{'' if relays == 'off' else ' `/relay off` keeps them in Discord.'}"


def _crosses(relays: str) -> str:
    match relays:
        case "off":
            return NOTHING_CROSSES
        case "mixed":
            return (
                "What becomes a comment under your name differs from blog to blog here: ask again in a mirrored thread."
            )
        case "all":
            return "Your messages in mirrored threads become comments on the blog, under your name."
        case _:
            return "Your replies in mirrored threads become comments on the blog, under your name."
