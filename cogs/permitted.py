"""The door of commands, buttons and forms: who may use which, looked at each time. Answers none of them.

Discord hides moderators' commands from others, but a server's own settings may show them to anybody, and it asks nobody
who presses a button. What counts is what the member may do at the moment of the act, as Discord says it with the act.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

import discord
from discord import app_commands

from bot.core.domain import ChannelId
from bot.core.errors import CommonthreadError
from bot.sync.connecting import RUN_OUT
from cogs.answers import Asked, explain
from cogs.forms import Deed, Pressed


class Who(StrEnum):
    """For whom a command is."""

    EVERYBODY = "everybody"
    MODERATORS = "moderators"
    """Who may manage messages in the channel of the blog that it is about."""
    MANAGERS = "managers"
    """Who may manage the server."""


GATE: Final = discord.Permissions(manage_messages=True)
"""Who sees moderators' and managers' commands, unless a server says otherwise (Discord: default_member_permissions).

Discord keeps one for a whole group, not for ``/blog connect`` apart from ``/blog pause``.
"""

COMMANDS: Final[Mapping[str, Who]] = {
    "relay off": Who.EVERYBODY,
    "relay on": Who.EVERYBODY,
    "relay status": Who.EVERYBODY,
    "sync status": Who.MODERATORS,
    "sync now": Who.MODERATORS,
    "sync verify": Who.MODERATORS,
    "sync retry": Who.MODERATORS,
    "sync allow-removals": Who.MODERATORS,
    "sync allow-posts": Who.MODERATORS,
    "post announce": Who.MODERATORS,
    "blog list": Who.MODERATORS,
    "blog settings": Who.MODERATORS,
    "blog pause": Who.MODERATORS,
    "blog resume": Who.MODERATORS,
    "blog connect": Who.MANAGERS,
    "blog account": Who.MANAGERS,
    "blog disconnect": Who.MANAGERS,
}
"""Each command, its autocomplete with it. What is not named here nobody may use."""

PRESSES: Final[Mapping[Deed, Who]] = {
    Deed.CONNECT: Who.MANAGERS,
    Deed.ADD_ACCOUNT: Who.MANAGERS,
    Deed.TRY_ACCOUNT: Who.MANAGERS,
    Deed.CANCEL: Who.MANAGERS,
    Deed.GIVE_ACCOUNT: Who.MANAGERS,
    Deed.DISCONNECT: Who.MANAGERS,
    Deed.KEEP: Who.MANAGERS,
}
"""Each button and each form that is sent."""

SERVERS_ALONE = "This works on a server that the bot is a member of, and nowhere else."
NOT_MODERATOR = "This needs the permission Manage Messages."
NOT_MANAGER = "This needs the permission Manage Server."
NOBODY_YET = "Nobody may use this: the bot does not say whom it is for."
NOT_THAT_CHANNEL = "This needs the permission Manage Messages in the channel that you name."


class WordsTree(app_commands.CommandTree[discord.Client]):
    """Lets nobody past who may not, and turns every error into a sentence."""

    async def interaction_check(self, interaction: Asked, /) -> bool:
        """Whether a command may go on, or what is offered while somebody types it."""
        if (command := interaction.command) is None:
            return True  # discord.py finds none either, and runs nothing
        try:
            permit(interaction, COMMANDS.get(command.qualified_name))
        except CommonthreadError as error:
            if interaction.type is discord.InteractionType.autocomplete:
                await interaction.response.autocomplete([])
            else:
                await explain(interaction, error)
            return False
        return True

    async def on_error(self, interaction: Asked, error: app_commands.AppCommandError, /) -> None:
        await explain(interaction, error)


def permit(asked: Asked, who: Who | None) -> None:
    """Raises CommonthreadError with one sentence for a member who may not, now and here."""
    if asked.guild_id is None or asked.client.get_guild(asked.guild_id) is None:
        raise CommonthreadError(SERVERS_ALONE)
    match who:
        case None:
            raise CommonthreadError(NOBODY_YET)
        case Who.MODERATORS if not asked.permissions.manage_messages:
            raise CommonthreadError(NOT_MODERATOR)
        case Who.MANAGERS if not asked.permissions.manage_guild:
            raise CommonthreadError(NOT_MANAGER)


def permit_press(asked: Asked, pressed: Pressed) -> Deed:
    """What a button or a form is to do. Raises CommonthreadError for a member who may not, and for a made-up name."""
    if pressed.deed not in set(Deed):
        raise CommonthreadError(RUN_OUT)
    deed = Deed(pressed.deed)
    permit(asked, PRESSES.get(deed))
    return deed


def in_charge(asked: Asked, channel: ChannelId) -> bool:
    """Whether a moderator who asks is one in that channel too.

    A server may give Manage Messages in a single channel; that opens no other, and shows nothing of one.
    """
    if asked.permissions.manage_guild:
        return True
    member, guild = asked.user, asked.client.get_guild(asked.guild_id or 0)
    if guild is None or not isinstance(member, discord.Member):
        return False
    place = guild.get_channel(channel)
    allowed = member.guild_permissions if place is None else place.permissions_for(member)
    return allowed.manage_messages


def require_charge(asked: Asked, channel: ChannelId | None) -> None:
    """Raises CommonthreadError for a channel, if one is named, that is not the asker's to moderate."""
    if channel is not None and not in_charge(asked, channel):
        raise CommonthreadError(NOT_THAT_CHANNEL)
