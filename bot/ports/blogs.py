"""The port to what is connected: which blog is mirrored where, by which settings and with which account.

Implements nothing; see :mod:`bot.store`. Knows nothing of posts, comments and queues.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import NewType, Protocol

from bot.core.domain import ChannelId, GuildId, MemberId, MessageId, Millis, PostId, SubscriptionId
from bot.core.policy import EVER, RelayMode, Settings

BlogRow = NewType("BlogRow", int)


class Serving(StrEnum):
    """Whether a subscription is served.

    ``RESTING``: another blog answers where its blog was, or the operator's settings name another one; nothing is read
    and nothing is written. ``DISCONNECTED``: moderators ended it; its threads stay as they are.
    """

    ACTIVE = "active"
    RESTING = "resting"
    DISCONNECTED = "disconnected"


@dataclass(frozen=True, slots=True)
class KnownBlog:
    """A blog as it last said of itself. ``url``: where it is asked; ``home``: '' until it has answered once."""

    row: BlogRow
    kind: str
    url: str
    home: str
    title: str

    @property
    def name(self) -> str:
        """What people call it: its title, or its address."""
        return self.title or (self.home or self.url).partition("://")[2].rstrip("/")


@dataclass(frozen=True, slots=True)
class Connected:
    """One blog mirrored into one channel: a subscription with all that its engine is made of.

    ``channel_id`` is where new posts open; ``announces`` is False where only the threads that are there are served.
    ``from_settings``: the operator's settings name it, so they win over what moderators choose. ``words_since``: what
    members wrote up to this id of Discord's stays there, because it was written under another rule.
    """

    id: SubscriptionId
    blog: KnownBlog
    channel_id: ChannelId
    guild_id: GuildId
    settings: Settings
    serving: Serving
    why: str
    paused: bool
    from_settings: bool
    announces: bool
    words_since: MessageId = EVER


@dataclass(frozen=True, slots=True)
class SealedAccount:
    """An account of a blog, given by the moderators of one server. ``sealed`` is encrypted."""

    blog: BlogRow
    guild: GuildId
    sealed: str


class Blogs(Protocol):
    """What is connected. Every method is one transaction."""

    async def known_blogs(self) -> tuple[KnownBlog, ...]:
        """All blogs that are or were mirrored."""

    async def add_blog(self, kind: str, url: str) -> KnownBlog:
        """A blog that nothing is known of yet."""

    async def follow_blog(
        self, blog: BlogRow, *, url: str, home: str, title: str, newest: Sequence[tuple[PostId, Millis]]
    ) -> KnownBlog:
        """Note what the blog says of itself now."""

    async def dated_posts(self, blog: BlogRow) -> dict[PostId, Millis]:
        """When the posts were published that are known of the blog: by which it is known again."""

    async def post_addresses(self, blog: BlogRow) -> dict[PostId, str]:
        """Where the posts are read that are known of the blog."""

    async def connected(self) -> tuple[Connected, ...]:
        """All subscriptions, whether they are served or not, oldest first."""

    async def connect(
        self,
        blog: BlogRow,
        channel: ChannelId,
        guild: GuildId,
        settings: Settings,
        *,
        by: MemberId | None = None,
        from_settings: bool = False,
        since: MessageId = EVER,
    ) -> SubscriptionId:
        """Mirror a blog into a channel; one that was connected there before goes on where it was.

        What members wrote there up to ``since`` stays in Discord, see :meth:`hold_past`.
        """

    async def set_settings(self, subscription: SubscriptionId, settings: Settings) -> None:
        """Replace a subscription's settings."""

    async def note_crossing(self, subscription: SubscriptionId, relays: RelayMode, at: MessageId) -> None:
        """Note which messages cross from now on. Where less did until now, what is older than ``at`` stays in Discord.

        Where it is something else, the starters of the newest threads count as changed: they tell members of it. Where
        nobody noted what crossed until now, nothing is held and nobody told.
        """

    async def hold_past(self, subscription: SubscriptionId, until: MessageId) -> None:
        """What members wrote up to this id stays in Discord, unless it is on its way already."""

    async def set_channel(self, subscription: SubscriptionId, channel: ChannelId) -> None:
        """New posts open in another channel; threads that are there stay where they are."""

    async def set_serving(self, subscription: SubscriptionId, serving: Serving, why: str = "") -> None:
        """Serve a subscription, or no longer. ``why`` is one sentence for moderators."""

    async def set_from_settings(self, subscription: SubscriptionId, *, named: bool, announces: bool) -> None:
        """Whether the operator's settings name it, and whether new posts get a thread."""

    async def join(self, subscription: SubscriptionId, blog: BlogRow) -> None:
        """The subscription's blog has turned out to be this one, known under another spelling; it is served."""

    async def channels(self, subscription: SubscriptionId) -> frozenset[ChannelId]:
        """Where its threads stand, and where new ones open."""

    async def keep_account(self, account: SealedAccount, by: MemberId) -> None:
        """Keep an account in place of the one before."""

    async def reseal(self, account: SealedAccount) -> None:
        """The same account, sealed with another key."""

    async def account(self, blog: BlogRow, guild: GuildId) -> SealedAccount | None:
        """The account that a server's moderators gave for a blog."""

    async def accounts(self) -> tuple[SealedAccount, ...]:
        """All of them, for a change of key."""

    async def drop_account(self, blog: BlogRow, guild: GuildId) -> bool:
        """Forget it. False when there was none."""
