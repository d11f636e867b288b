"""Names the channels and roles that a message mentions, where everybody on the server may know those names.

Does not decide what stands for the others, and does not name members: they are named as their messages are.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

import discord

_ROLE = re.compile(r"<@&(\d{15,20})>")
_CHANNEL = re.compile(r"<#(\d{15,20})>")

PLACEHOLDER = "___hidden___"
"""What Discord tells a bot in place of a name that this bot itself may not see."""


def names_of_channels(message: discord.Message) -> Mapping[int, str]:
    """Of channels and threads that @everyone may see at this moment: a public site shows no other's name."""
    guild = message.guild
    if guild is None:
        return {}
    wanted = {int(found) for found in _CHANNEL.findall(message.content)}
    found = {number: guild.get_channel_or_thread(number) for number in wanted}
    return {number: one.name for number, one in found.items() if one is not None and is_open(one)}


def names_of_roles(message: discord.Message) -> Mapping[int, str]:
    """Of roles that everybody meets: those that anybody may mention, or that part the list of members."""
    guild = message.guild
    if guild is None:
        return {}
    found = {int(number): guild.get_role(int(number)) for number in _ROLE.findall(message.content)}
    return {number: one.name for number, one in found.items() if one is not None and _is_met(one)}


def is_open(place: discord.abc.GuildChannel | discord.Thread) -> bool:
    """Whether @everyone may see a channel, or a thread of it. What cannot be told is not open."""
    if isinstance(place, discord.Thread):
        if place.is_private() or place.parent is None:
            return False
        home: discord.abc.GuildChannel = place.parent
    else:
        home = place
    everyone = place.guild.get_role(place.guild.id)
    if everyone is None or PLACEHOLDER in (place.name, home.name):
        return False
    return home.permissions_for(everyone).view_channel


def _is_met(role: discord.Role) -> bool:
    return role.is_default() or role.mentionable or role.hoist
