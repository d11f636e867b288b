"""The permissions the bot needs, by name, and what the cache knows of those it holds.

Does not ask Discord anything and does not decide what happens to an action that lacks one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

import discord

from bot.chat.pace import loop_time
from bot.core.domain import ChannelId
from bot.core.errors import NotAllowed, Unreachable

# The permission's name in discord.py -> (Discord's own name for it, what it is for).
ALWAYS = {
    "view_channel": ("View Channel", "see the channel"),
    "read_message_history": ("Read Message History", "find its own messages again and catch up after an absence"),
    "send_messages": ("Send Messages", "announce posts"),
    "send_messages_in_threads": ("Send Messages in Threads", "answer members, and show comments as cards"),
    "embed_links": ("Embed Links", "show a post's picture and excerpt"),
    "add_reactions": ("Add Reactions", "show on a message what became of it"),
    "manage_messages": ("Manage Messages", "take away mirrors whose webhook is gone"),
    "manage_threads": ("Manage Threads", "go on in a locked or archived thread"),
}
PERSONA = {"manage_webhooks": ("Manage Webhooks", "show comments under their authors' names")}
TEXT = {"create_public_threads": ("Create Public Threads", "start a thread from an announcement")}

HISTORY = ("view_channel", "read_message_history")
"""What it takes to read a thread."""

DOUBT = 600.0
"""Seconds in which a second refusal of what the bot should be allowed is believed."""


def titles(names: Iterable[str]) -> str:
    """Discord's own names, for a sentence."""
    known = {**ALWAYS, **PERSONA, **TEXT}
    return ", ".join(known[name][0] for name in names)


class Permissions:
    """What the bot may do in a channel, as far as the gateway has told."""

    def __init__(self, client: discord.Client, *, clock: Callable[[], float] = loop_time) -> None:
        self._client = client
        self._clock = clock
        self._doubted: dict[tuple[int, tuple[str, ...]], float] = {}

    def require(self, channel: ChannelId, *names: str) -> None:
        """Raises NotAllowed for what is known to be missing. Unknown passes: Discord will say.

        Needed where Discord does not refuse but shows nothing: without Read Message History a thread looks empty
        (Discord: Get Channel Messages), and silence would be taken for absence.
        """
        if missing := self.missing(channel, names):
            why = f"In channel {channel} the bot lacks a permission ({titles(missing)})."
            raise NotAllowed(why, lacking=titles(missing), channel=channel)

    def missing(self, channel: ChannelId | None, names: tuple[str, ...]) -> tuple[str, ...] | None:
        """Which of ``names`` the bot is known to lack; None where nothing is known of the channel."""
        held = None if channel is None else self._held(channel)
        return None if held is None else tuple(name for name in names if not getattr(held, name))

    def may(self, channel: ChannelId | None, *names: str) -> bool:
        """Whether the bot may do all of it, for all that is known."""
        return not self.missing(channel, names)

    def require_told(self, channel: ChannelId, *names: str) -> None:
        """The same for readings on which something is built: raises Unreachable while the gateway has not told yet."""
        if self.missing(channel, names) is None and not self._client.is_ready():
            raise Unreachable(f"Discord has not told yet what the bot may do in channel {channel}.", channel=channel)
        self.require(channel, *names)

    def doubtful(self, channel: ChannelId | None, names: tuple[str, ...]) -> bool:
        """Whether a refusal is strange, because all of ``names`` are held; a second one soon after is not."""
        if channel is None or not names or self.missing(channel, names) != ():
            return False
        now = self._clock()
        before = self._doubted.get((channel, names), float("-inf"))
        self._doubted[(channel, names)] = now
        return now - before > DOUBT

    def _held(self, channel: ChannelId) -> discord.Permissions | None:
        found = self._client.get_channel(channel)
        if not isinstance(found, discord.TextChannel | discord.ForumChannel):
            return None
        # Typed as a Member, but None between the login and the guild's arrival.
        me: discord.Member | None = found.guild.me
        return None if me is None else found.permissions_for(me)
