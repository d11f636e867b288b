"""The hands that furnish a LoopbackDiscord: guilds, channels, bots, members and what they may do.

It does not act for members (acts.py).
"""

from __future__ import annotations

from collections.abc import Iterable

from bot.sandbox.discord import channels, permissions, view
from bot.sandbox.discord.hub import Hub, Show
from bot.sandbox.discord.things import App, Channel, Guild, Member, Overwrite, Place, Role, Tag, User
from bot.sandbox.discord.vocabulary import KINDS, KNOWN_INTENTS, MEMBER, MIRROR_BOT, Intent, Json, Permission
from bot.sandbox.discord.world import World


def _always(payload: Json) -> Show:
    """A payload that looks the same to everybody."""
    return lambda _viewer: payload


class Furniture:
    """Adds to the world and tells the gateway."""

    world: World
    hub: Hub

    def add_guild(self, *, name: str = "Readers", everyone: int = 0, owner: str = "owner") -> Guild:
        """A guild with an owner. ``everyone``: the permissions of @everyone; members and bots bring their own."""
        guild_id = self.world.snowflake()
        keeper = self._user(owner, owner.title())
        guild = Guild(guild_id, name, keeper.id)
        guild.roles[guild_id] = Role(guild_id, "@everyone", everyone, 0)
        self.world.guilds[guild_id] = guild
        self._join(guild, keeper, MEMBER)
        return guild

    def _user(self, name: str, display: str | None, *, bot: bool = False, number: int | None = None) -> User:
        user = User(self.world.snowflake() if number is None else number, name, display, bot)
        self.world.users[user.id] = user
        return user

    def _join(self, guild: Guild, user: User, allowed: int) -> Member:
        """A member with a role of their own, which is what ``set_permissions`` changes."""
        if user.id not in guild.own_roles:
            managed = user.id if user.bot else None
            role = Role(self.world.snowflake(), user.display or user.name, allowed, len(guild.roles), managed)
            guild.roles[role.id] = role
            guild.own_roles[user.id] = role.id
        member = Member(user, guild, [guild.own_roles[user.id]], self.world.clock())
        guild.members[user.id] = member
        return member

    def add_channel(
        self,
        guild: Guild,
        *,
        kind: str = "text",
        name: str = "general",
        tags: Iterable[str] = (),
        flags: int = 0,
        topic: str | None = None,
    ) -> Channel:
        """A channel of kind text, announcement, voice or forum, the last with tags."""
        known = [Tag(self.world.snowflake(), t) for t in tags]
        position = len(guild.channels)
        channel = Channel(
            self.world.snowflake(), guild, KINDS[kind], name, position, topic=topic, flags=flags, tags=known
        )
        guild.channels[channel.id] = self.world.channels[channel.id] = channel
        channels.tell(self.world, "CHANNEL_CREATE", channel)
        return channel

    def add_bot(
        self,
        *,
        name: str = "Commonthread",
        intents: int = KNOWN_INTENTS,
        permissions: int = MIRROR_BOT,
        guilds: Iterable[Guild] | None = None,
        shards: int = 1,
        number: int | None = None,
    ) -> App:
        """An application whose bot joins the guilds (default: all). ``intents``: those its owner has toggled.

        ``number``: its id, where it is to be a certain one.
        """
        user = self._user(name, None, bot=True, number=number)
        app = App(user.id, name, self.world.token(user.id), user, intents, shards)
        self.world.apps[app.id] = app
        for guild in self.world.guilds.values() if guilds is None else guilds:
            self._join(guild, user, permissions)
        return app

    def add_member(
        self, guild: Guild, *, name: str, display_name: str | None = None, permissions: int = MEMBER
    ) -> Member:
        member = self._join(guild, self._user(name, display_name), permissions)
        role = {"guild_id": str(guild.id), "role": view.role(guild.roles[guild.own_roles[member.id]])}
        self.hub.emit("GUILD_ROLE_CREATE", _always(role), guild=guild)
        shown = {**view.member(member), "guild_id": str(guild.id)}
        self.hub.emit("GUILD_MEMBER_ADD", _always(shown), guild=guild, intent=Intent.GUILD_MEMBERS)
        return member

    def show_everyone(self, place: Channel, *, shown: bool) -> None:
        """Whether @everyone sees a channel from now on: the overwrite of the role that bears the guild's id."""
        bits = int(Permission.VIEW_CHANNEL)
        place.overwrites[place.guild.id] = Overwrite(0, bits * shown, bits * (not shown))
        channels.tell(self.world, "CHANNEL_UPDATE", place)

    def set_permissions(self, who: App | Member, channel: Place | None, *, allow: int = 0, deny: int = 0) -> None:
        """Change permissions in every guild of theirs (channel None), or set their overwrite in one channel.

        In a guild the bits are added and taken away; an overwrite replaces the one before.
        """
        user = who.user
        if channel is None:
            for guild in self.world.guilds.values():
                if user.id in guild.own_roles:
                    permissions.grant(guild, user.id, allow=allow, deny=deny)
                    role = guild.roles[guild.own_roles[user.id]]
                    shown = {"guild_id": str(guild.id), "role": view.role(role)}
                    self.hub.emit("GUILD_ROLE_UPDATE", _always(shown), guild=guild)
            return
        place = self.world.place(channel)
        was_seen = permissions.has(self.world, user.id, place, Permission.VIEW_CHANNEL)
        place.overwrites[user.id] = Overwrite(1, allow, deny)
        channels.tell(self.world, "CHANNEL_UPDATE", place)
        if isinstance(who, App) and not was_seen:
            self._sync_threads(who, place)

    def _sync_threads(self, app: App, place: Channel) -> None:
        """THREAD_LIST_SYNC: who gains sight of a channel is told of its active threads."""
        if not permissions.has(self.world, app.user.id, place, Permission.VIEW_CHANNEL):
            return
        active = [t for t in place.guild.threads.values() if t.home is place and t.thread and not t.thread.archived]
        shown = {
            "guild_id": str(place.guild.id),
            "channel_ids": [str(place.id)],
            "threads": [view.thread(t, app.user) for t in active],
            "members": [view.thread_member(t, app.user.id) for t in active if app.user.id in t.thread_members],
        }
        self.hub.emit("THREAD_LIST_SYNC", _always(shown), guild=place.guild, only=app)

    def time_out(self, member: Member, seconds: float) -> None:
        """A timed-out member keeps only the sight of channels and their history."""
        member.timed_out_until = self.world.clock() + seconds
        shown = {**view.member(member), "guild_id": str(member.guild.id)}
        self.hub.emit("GUILD_MEMBER_UPDATE", _always(shown), guild=member.guild, intent=Intent.GUILD_MEMBERS)

    async def remove_member(self, member: Member) -> None:
        """A member leaves; what they wrote stays."""
        shown = {"guild_id": str(member.guild.id), "user": view.user(member.user)}
        del member.guild.members[member.id]
        self.hub.emit("GUILD_MEMBER_REMOVE", _always(shown), guild=member.guild, intent=Intent.GUILD_MEMBERS)
        await self.hub.drained()

    async def kick(self, app: App, *guilds: Guild) -> None:
        """Remove the bot from these guilds, or from all of its own: GUILD_DELETE without ``unavailable``."""
        for guild in [g for g in guilds or self.world.guilds.values() if app.user.id in g.members]:
            self.hub.emit("GUILD_DELETE", _always({"id": str(guild.id)}), guild=guild, only=app)
            del guild.members[app.user.id]
        await self.hub.drained()

    async def rejoin(self, app: App, *, permissions: int = MIRROR_BOT) -> None:
        """Invite the bot into every guild it is not in: GUILD_CREATE, of a guild that was never unavailable."""
        for guild in [g for g in self.world.guilds.values() if app.user.id not in g.members]:
            self._join(guild, app.user, permissions)
            whole = view.guild_create(self.world, guild, app)
            del whole["unavailable"]
            self.hub.emit("GUILD_CREATE", _always(whole), guild=guild, only=app)
        await self.hub.drained()
