"""Names that members take for the bot's, the owner's or a moderator's, as far as Discord tells them without being asked
for its list of members, which is a privileged intent.

Does not decide what becomes of a commenter who bears one.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable

import discord

from bot.chat.calls import Calls
from bot.chat.outcome import calling
from bot.chat.pace import loop_time
from bot.chat.webhooks import NAME
from bot.core.domain import GuildId
from bot.core.errors import CommonthreadError

REMEMBERED = 512
"""Moderators who were heard; the one who was silent longest is forgotten first."""

OWNER_PAUSE = 60.0
"""Seconds until an owner who could not be looked at is asked for again."""

OWNER_LIFE = 3600.0
"""Seconds."""

_RIGHTS = discord.Permissions(
    administrator=True,
    manage_guild=True,
    manage_channels=True,
    manage_roles=True,
    manage_messages=True,
    manage_threads=True,
    kick_members=True,
    ban_members=True,
    moderate_members=True,
)
"""By any of these a role or a member is a moderator's."""


class Staff:
    """Of every server. A moderator is known from the first message on that was heard of them in this process."""

    def __init__(self, calls: Calls, *, clock: Callable[[], float] = loop_time) -> None:
        self._calls = calls
        self._clock = clock
        self._heard: OrderedDict[tuple[int, int], tuple[str, ...]] = OrderedDict()
        self._owners: dict[int, tuple[float, tuple[str, ...]]] = {}

    def hear(self, author: discord.User | discord.Member) -> None:
        """Somebody has written. Events tell the roles of who did; they cost nothing to look at."""
        if not isinstance(author, discord.Member) or author.bot:
            return
        key = (author.guild.id, author.id)
        self._heard.pop(key, None)
        if _moderates(author.guild_permissions):
            self._heard[key] = _names(author)
            if len(self._heard) > REMEMBERED:
                self._heard.popitem(last=False)

    async def names(self, guild: GuildId) -> frozenset[str]:
        """The names that are taken on a server. What cannot be asked is left out: nothing waits for it."""
        server = self._calls.client.get_guild(guild)
        me = self._calls.client.user
        found = {NAME, *(_names(me) if me is not None else ())}
        if server is not None:
            found |= {server.me.display_name} if server.me is not None else set()
            found |= {role.name for role in server.roles if not role.is_default() and _moderates(role.permissions)}
            found.update(await self._owner(server))
        for (where, _), names in self._heard.items():
            found.update(names if where == guild else ())
        return frozenset(found)

    async def _owner(self, server: discord.Guild) -> tuple[str, ...]:
        until, names = self._owners.get(server.id, (0.0, ()))
        if until > self._clock() or server.owner_id is None:
            return names
        life = OWNER_LIFE
        try:
            async with calling(f"look at member {server.owner_id}", write=False, call_timeout=10.0):
                names = _names(await server.fetch_member(server.owner_id))
        except CommonthreadError:
            life = OWNER_PAUSE  # with the names of before, or none
        self._owners[server.id] = (self._clock() + life, names)
        return names


def _moderates(may: discord.Permissions) -> bool:
    return bool(may.value & _RIGHTS.value)


def _names(who: discord.User | discord.Member | discord.ClientUser) -> tuple[str, ...]:
    """All names under which members may know somebody."""
    names = (who.display_name, who.global_name, who.name, who.nick if isinstance(who, discord.Member) else None)
    return tuple(dict.fromkeys(name for name in names if name))
