"""A subscription for tests of rooms that do not care how it came about. Looks at no blog."""

from __future__ import annotations

from bot.core.domain import ChannelId, GuildId, Subscription
from bot.core.policy import Settings
from bot.store.sqlite.store import SqliteStore


async def subscribe(store: SqliteStore, url: str, channel: ChannelId, guild: GuildId) -> Subscription:
    """The subscription of the blog at an address to a channel, made if new."""
    known = [blog for blog in await store.known_blogs() if blog.url == url]
    blog = known[0] if known else await store.add_blog("wordpress", url)
    found = await store.subscription(await store.connect(blog.row, channel, guild, Settings()))
    assert found is not None
    return found
