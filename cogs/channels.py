"""The channels that a command may name: of its own server, and of a kind that fits. Decides nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import discord
from discord import AppCommandOptionType, ChannelType, app_commands

from bot.core.errors import CommonthreadError
from cogs.answers import Asked


class _OwnChannel(app_commands.Transformer):
    """A channel's number. Discord offers the kinds of ``channel_types`` alone; what is sent by hand is looked at."""

    @property
    def type(self) -> AppCommandOptionType:
        return AppCommandOptionType.channel

    async def transform(self, interaction: Asked, value: app_commands.AppCommandChannel, /) -> int:
        """Raises CommonthreadError for another server's."""
        if interaction.guild is None or interaction.guild.get_channel(value.id) is None:
            raise CommonthreadError("That is no channel of this server.")
        return value.id


class _Mirror(_OwnChannel):
    @property
    def channel_types(self) -> list[ChannelType]:
        return [ChannelType.text, ChannelType.news, ChannelType.forum]


class _Speaking(_OwnChannel):
    @property
    def channel_types(self) -> list[ChannelType]:
        return [ChannelType.text, ChannelType.news]


if TYPE_CHECKING:
    MirrorChannel = int
    SpeakingChannel = int
else:
    MirrorChannel = app_commands.Transform[int, _Mirror]
    SpeakingChannel = app_commands.Transform[int, _Speaking]


def parent_of(asked: Asked) -> int:
    """The channel in which a command is given; of a thread, the one that it hangs in."""
    channel = asked.channel
    if isinstance(channel, discord.Thread):
        return channel.parent_id
    if channel is None:
        raise CommonthreadError("Name the channel with `channel`.")
    return channel.id
