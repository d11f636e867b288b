"""What moderators do with blogs that are connected: see them, change their settings and accounts, pause and end them.

Connects nothing anew (:mod:`bot.sync.connecting` does), and knows no Discord and no words beyond its refusals.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass, fields, replace
from enum import Enum, auto

from bot.core.accounts import Account
from bot.core.domain import ChannelId, GuildId, MemberId, MessageId, SubscriptionId
from bot.core.errors import CommonthreadError
from bot.core.policy import RelayMode, Settings, Style
from bot.ports.blogs import BlogRow, Blogs, Connected, KnownBlog, SealedAccount, Serving
from bot.ports.prospects import Door, Rights, Seals, Visit
from bot.sync.connecting import keep_account, sharing, tried
from bot.sync.engine import Engine
from bot.sync.hub import Hub

log = logging.getLogger(__name__)

UNKNOWN = "No blog of this server goes by that name; pick one from the list."

NAMES = {
    "style": "MIRROR_STYLE",
    "relay": "RELAY",
    "approve": "RELAY_STATUS",
    "uploads": "UPLOADS",
    "hints": "HINTS",
    "first_posts": "FIRST_POSTS",
    "moderators": "MODERATOR_CHANNEL_ID",
    "quiet": "MODERATOR_CHANNEL_ID",
    "channel": "DISCORD_CHANNEL_ID",
}
"""What decides in the place of each change where the operator's settings name the blog."""

OPERATORS = "The operator's settings name this blog, so {names} there, and not this command, {decide}."


class AccountState(Enum):
    """Of a subscription. ``TURNED_AWAY``: when it was last tried. ``SEALED``: by a key that is gone."""

    NONE = auto()
    WORKS = auto()
    TURNED_AWAY = auto()
    SEALED = auto()


@dataclass(frozen=True, slots=True)
class Condition:
    """A subscription, whether it is served, and how it stands with its account."""

    connected: Connected
    engine: Engine | None
    account: AccountState


@dataclass(frozen=True, slots=True)
class Changes:
    """What moderators want changed; None leaves a thing as it is. ``quiet``: tell no channel of trouble any more."""

    style: Style | None = None
    relay: RelayMode | None = None
    approve: bool | None = None
    uploads: bool | None = None
    hints: bool | None = None
    first_posts: int | None = None
    moderators: ChannelId | None = None
    quiet: bool | None = None
    channel: ChannelId | None = None

    @property
    def named(self) -> tuple[str, ...]:
        """Which of them are wanted."""
        return tuple(one.name for one in fields(self) if getattr(self, one.name) is not None)

    def of(self, settings: Settings) -> Settings:
        """The settings as they would be."""
        plain = {name: getattr(self, name) for name in self.named if name not in ("quiet", "channel")}
        changed = replace(settings, **plain)
        return replace(changed, moderators=None) if self.quiet else changed


class Tending:
    """``visit`` tries accounts, ``door`` looks at channels, ``seals`` encrypts.

    ``account_page``: where a blog's users make passwords for programs.
    """

    def __init__(
        self,
        blogs: Blogs,
        hub: Hub,
        *,
        visit: Visit,
        door: Door,
        seals: Seals,
        account_page: Callable[[KnownBlog], str],
    ) -> None:
        self.account_page = account_page
        self._blogs = blogs
        self._hub = hub
        self._visit = visit
        self._door = door
        self._seals = seals
        self._turn = asyncio.Lock()

    # ---------------------------------------------------------------- facts

    async def of(self, guild: GuildId) -> tuple[Connected, ...]:
        """A server's subscriptions, oldest first, without those that were ended."""
        every = await self._blogs.connected()
        return tuple(one for one in every if one.guild_id == guild and one.serving is not Serving.DISCONNECTED)

    async def one(self, guild: GuildId, subscription: SubscriptionId) -> Connected:
        """One of them. Raises CommonthreadError for any other number, whoever's it is."""
        for one in await self.of(guild):
            if one.id == subscription:
                return one
        raise CommonthreadError(UNKNOWN)

    async def condition(self, connected: Connected) -> Condition:
        """How it stands with one."""
        engine = self._hub.engine(connected.id)
        return Condition(connected, engine, await self._account_state(connected, engine))

    async def _account_state(self, connected: Connected, engine: Engine | None) -> AccountState:
        works = engine is None or (await engine.desk.status()).can_write
        if connected.from_settings:
            return AccountState.WORKS if works else AccountState.NONE
        kept = await self._blogs.account(connected.blog.row, connected.guild_id)
        if kept is None:
            return AccountState.NONE
        if self._seals.unseal(kept.sealed) is None:
            return AccountState.SEALED
        return AccountState.WORKS if works else AccountState.TURNED_AWAY

    # ---------------------------------------------------------------- settings

    async def change(self, connected: Connected, changes: Changes, *, at: MessageId) -> Connected:
        """Apply changes while it runs. ``at``: what was written before follows the rule before.

        Raises CommonthreadError with one sentence, and changes nothing then.
        """
        if connected.from_settings:
            names = list(dict.fromkeys(NAMES[name] for name in changes.named))
            decide = "decides" if len(names) == 1 else "decide"
            raise CommonthreadError(OPERATORS.format(names=" and ".join(names), decide=decide))
        if changes.moderators is not None:
            finding = await self._door.examine_moderators(changes.moderators, named="`moderators`")
            if not finding.ok:
                raise CommonthreadError(finding.mend)
        if changes.channel is not None and changes.channel != connected.channel_id:
            await self._examine(changes.channel, changes.of(connected.settings).style)
        async with self._turn:
            connected = await self.one(connected.guild_id, connected.id)  # others may have changed it meanwhile
            settings = changes.of(connected.settings)
            if changes.channel is not None and changes.channel != connected.channel_id:
                await self._move(connected, changes.channel)
            if settings.relay.wider_than(connected.settings.relay):
                await self._blogs.hold_past(connected.id, at)
            await self._blogs.set_settings(connected.id, settings)
        if connected.serving is Serving.ACTIVE:
            await self._hub.start(connected.id, at=at)
        return await self.one(connected.guild_id, connected.id)

    async def _examine(self, channel: ChannelId, style: Style) -> None:
        if not (await self._door.survey(channel, style=style)).kind:
            raise CommonthreadError(
                f"<#{channel}> cannot hold a mirror: choose a forum, a text or an announcement channel."
            )

    async def _move(self, connected: Connected, channel: ChannelId) -> None:
        """New posts open in another channel."""
        for other in await self.of(connected.guild_id):
            if other.id != connected.id and (other.blog.row, other.channel_id) == (connected.blog.row, channel):
                raise CommonthreadError(f"This blog is already mirrored into <#{channel}>.")
        await self._blogs.set_channel(connected.id, channel)

    # ---------------------------------------------------------------- accounts

    def refuse_operators(self, connected: Connected) -> None:
        """Raises CommonthreadError where the operator's settings give the account."""
        if connected.from_settings:
            raise CommonthreadError(OPERATORS.format(names="BLOG_USERNAME and BLOG_APP_PASSWORD", decide="decide"))

    async def give_account(self, connected: Connected, account: Account, by: MemberId, *, at: MessageId) -> Rights:
        """Try an account and use it from now on, for all mirrors of the blog on this server. A wrong one raises.

        ``at``: what was written before, while there was none, stays in Discord.
        """
        self.refuse_operators(connected)
        rights = await tried(self._visit, connected.blog.url, account)
        sealed = self._seals.seal(account)
        await self.one(connected.guild_id, connected.id)  # it may have been ended meanwhile
        kept = SealedAccount(connected.blog.row, connected.guild_id, sealed)
        await keep_account(self._blogs, self._seals, kept, by, at)
        await self._start_sharing(connected, at)
        return rights

    async def drop_account(self, connected: Connected) -> bool:
        """Forget the account; the blog is mirrored only from now on. False when there was none."""
        self.refuse_operators(connected)
        dropped = await self._blogs.drop_account(connected.blog.row, connected.guild_id)
        if dropped:
            await self._start_sharing(connected)
        return dropped

    async def _start_sharing(self, connected: Connected, at: MessageId | None = None) -> None:
        for one in await sharing(self._blogs, connected.blog, connected.guild_id):
            await self._hub.start(one.id, at=at)

    # ---------------------------------------------------------------- pausing and ending

    async def pause(self, connected: Connected, *, paused: bool) -> None:
        """Carry nothing across, or go on."""
        await self._hub.pause(connected.id, paused=paused)

    async def disconnect(self, connected: Connected) -> None:
        """Serve it no longer. The threads and all that is known of them stay; an account that nothing uses goes."""
        self.refuse_disconnect(connected)
        await self._blogs.set_serving(connected.id, Serving.DISCONNECTED, "Moderators disconnected it.")
        await self._hub.stop(connected.id)
        others = [one for one in await self.of(connected.guild_id) if one.blog.row == connected.blog.row]
        if all(one.from_settings for one in others):
            await self._blogs.drop_account(connected.blog.row, connected.guild_id)
        log.info("disconnected: blog %s", connected.blog.home, extra={"subscription": connected.id})

    def refuse_disconnect(self, connected: Connected) -> None:
        """Raises CommonthreadError where the operator's settings name the blog."""
        if connected.from_settings:
            raise CommonthreadError(OPERATORS.format(names="BLOG_URL and DISCORD_CHANNEL_ID", decide="decide"))


async def reseal(blogs: Blogs, seals: Seals) -> tuple[tuple[BlogRow, GuildId], ...]:
    """Seal every account with the newest key. -> whose accounts no key opens."""
    lost = []
    for kept in await blogs.accounts():
        account = seals.unseal(kept.sealed)
        if account is None:
            lost.append((kept.blog, kept.guild))
        elif seals.is_old(kept.sealed):
            await blogs.reseal(replace(kept, sealed=seals.seal(account)))
    return tuple(lost)
