"""What archived and locked threads refuse, and how a thread comes back to life.

It does not start threads (threads.py) and does not archive them (channels.py).
"""

from __future__ import annotations

from typing import Any

from bot.sandbox.discord import view
from bot.sandbox.discord.errors import Refused
from bot.sandbox.discord.permissions import has
from bot.sandbox.discord.things import Channel, User, Viewer
from bot.sandbox.discord.vocabulary import Json, Kind, Permission
from bot.sandbox.discord.world import World


def require_unlocked(world: World, channel: Channel, user: User | None) -> None:
    """160005 in a locked thread without MANAGE_THREADS; ``user`` None is a webhook, which has no permissions."""
    if channel.thread and channel.thread.locked:
        if user and has(world, user.id, channel, Permission.MANAGE_THREADS):
            return
        raise Refused(160005)


def require_open_to_all(channel: Channel) -> None:
    """Reactions fail in an archived thread for everybody, and work in a merely locked one."""
    if channel.thread and channel.thread.archived:
        raise Refused(50083)


def require_open(world: World, channel: Channel, user: User | None) -> None:
    """Edits and the like fail in an archived thread (50083) until it is unarchived, and in a locked one."""
    if channel.thread and channel.thread.archived:
        raise Refused(50083)
    require_unlocked(world, channel, user)


def open_for_sending(world: World, channel: Channel, user: User | None) -> None:
    """Sending unarchives a thread unless it is locked (Discord: topics/threads, Active & Archived Threads)."""
    require_unlocked(world, channel, user)
    if channel.thread and channel.thread.archived:
        unarchive(world, channel)


def unarchive(world: World, channel: Channel) -> None:
    state = channel.thread
    assert state is not None
    require_room(world, channel)
    state.archived, state.changed_at = False, world.clock()
    tell(world, "THREAD_UPDATE", channel)
    for app in world.apps.values():
        if app.user.id in state.members:
            mine = {**view.thread_member(channel, app.user.id), "guild_id": str(channel.guild.id)}
            world.emit(
                "THREAD_MEMBER_UPDATE", lambda _, mine=mine: mine, guild=channel.guild, channel=channel, only=app
            )


def require_room(world: World, channel: Channel) -> None:
    """160006 when the guild has as many active threads as it may, 160007 likewise of announcement threads."""
    active = [t for t in channel.guild.threads.values() if t.thread and not t.thread.archived]
    if len(active) >= world.limits.active_threads:
        raise Refused(160006)
    announced = sum(t.kind == Kind.ANNOUNCEMENT_THREAD for t in active)
    if channel.home.kind == Kind.ANNOUNCEMENT and announced >= world.limits.active_announcement_threads:
        raise Refused(160007)


def tell(world: World, name: str, channel: Channel, **extra: Any) -> None:
    """A thread event with the whole thread, the viewer's own membership included."""

    def show(viewer: Viewer | None) -> Json:
        return {**view.thread(channel, viewer.app.user if viewer else None), **extra}

    world.emit(name, show, guild=channel.guild, channel=channel)
