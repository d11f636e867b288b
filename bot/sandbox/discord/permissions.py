"""Who may do what where: Discord's permission arithmetic and the refusals that follow from it.

It does not know threads' archive or lock rules; those are in threads.py.
"""

from __future__ import annotations

from bot.sandbox.discord.errors import Refused
from bot.sandbox.discord.things import Channel, Guild, Member
from bot.sandbox.discord.vocabulary import ALL_PERMISSIONS, Permission
from bot.sandbox.discord.world import World

_WITHOUT_SENDING = (
    Permission.MENTION_EVERYONE | Permission.ATTACH_FILES | Permission.EMBED_LINKS | Permission.SEND_MESSAGES
)


def of_guild(guild: Guild, member: Member) -> int:
    """Discord: Permissions, Permission Hierarchy, base permissions: @everyone and the member's roles, or everything."""
    if guild.owner_id == member.id:
        return ALL_PERMISSIONS
    base = guild.roles[guild.id].permissions
    for role in member.roles:
        base |= guild.roles[role].permissions
    return ALL_PERMISSIONS if base & Permission.ADMINISTRATOR else base


def of_channel(world: World, user_id: int, channel: Channel) -> int:
    """A user's permissions in a channel; a thread takes its parent's. 0 for someone outside of the guild."""
    guild = channel.guild
    member = guild.members.get(user_id)
    if member is None:
        return 0
    mask = of_guild(guild, member)
    if mask & Permission.ADMINISTRATOR:
        return mask
    mask = _overwritten(mask, member, channel.home)
    if member.timed_out_until and member.timed_out_until > world.clock():
        mask &= Permission.VIEW_CHANNEL | Permission.READ_MESSAGE_HISTORY
    if not mask & Permission.VIEW_CHANNEL:
        return 0
    sending = Permission.SEND_MESSAGES_IN_THREADS if channel.thread else Permission.SEND_MESSAGES
    return mask if mask & sending else mask & ~_WITHOUT_SENDING


def _overwritten(mask: int, member: Member, channel: Channel) -> int:
    everyone = channel.overwrites.get(channel.guild.id)
    if everyone:
        mask = mask & ~everyone.deny | everyone.allow
    allow = deny = 0
    for role in member.roles:
        overwrite = channel.overwrites.get(role)
        if overwrite:
            allow, deny = allow | overwrite.allow, deny | overwrite.deny
    mask = mask & ~deny | allow
    own = channel.overwrites.get(member.id)
    return mask & ~own.deny | own.allow if own else mask


def has(world: World, user_id: int, channel: Channel, needed: int) -> bool:
    return of_channel(world, user_id, channel) & needed == needed


def require(world: World, user_id: int, channel: Channel, needed: int) -> None:
    """50001 without sight of the channel, 50013 without the rest."""
    mask = of_channel(world, user_id, channel)
    if not mask & Permission.VIEW_CHANNEL:
        raise Refused(50001)
    if mask & needed != needed:
        raise Refused(50013)


def require_in_guild(guild: Guild, user_id: int, needed: int) -> None:
    """50001 outside of the guild, 50013 without the permission."""
    member = guild.members.get(user_id)
    if member is None:
        raise Refused(50001)
    if of_guild(guild, member) & needed != needed:
        raise Refused(50013)


def grant(guild: Guild, member_id: int, *, allow: int = 0, deny: int = 0) -> None:
    """Change what a member may do in the whole guild, through the role that is theirs alone."""
    role = guild.roles[guild.own_roles[member_id]]
    role.permissions = role.permissions & ~deny | allow
