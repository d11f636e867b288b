"""What is connected: blogs, the settings and the fate of subscriptions, sealed accounts. Knows no posts and no queues.

Seals and unseals nothing; see :mod:`bot.store.vault`.
"""

from __future__ import annotations

import json
from collections.abc import Sequence

from bot.core.domain import ChannelId, GuildId, MemberId, MessageId, Millis, PostId, SubscriptionId
from bot.core.policy import EVER, RelayMode, Settings
from bot.ports.blogs import BlogRow, Connected, KnownBlog, SealedAccount, Serving
from bot.store.sqlite.base import Part, Row, change, row, rows

_BLOGS = """-- Every blog that is or was mirrored.
SELECT id, kind, url, home, title FROM blogs ORDER BY id
"""

_ADD_BLOG = """-- A blog of which nothing but its address is known.
INSERT INTO blogs (kind, url) VALUES (?, ?) RETURNING id, kind, url, home, title
"""

_FOLLOW_BLOG = """-- What a blog says of itself now.
UPDATE blogs SET url = ?, home = ?, title = ?, newest = ?, seen_at = ? WHERE id = ?
RETURNING id, kind, url, home, title
"""

_NEWEST = """-- The posts that a blog named when it last said who it is.
SELECT newest FROM blogs WHERE id = ?
"""

_DATED_POSTS = """-- The posts of a blog that were seen, with their dates.
SELECT posts.blog_id AS post_id, json_extract(latest, '$.published_at') AS published_at
  FROM posts JOIN subscriptions ON subscriptions.id = subscription_id
 WHERE blog = ? AND latest IS NOT NULL
"""

_POST_ADDRESSES = """-- The posts of a blog that were seen, with their addresses.
SELECT posts.blog_id AS post_id, json_extract(latest, '$.url') AS address
  FROM posts JOIN subscriptions ON subscriptions.id = subscription_id
 WHERE blog = ? AND latest IS NOT NULL
"""

_CONNECTED = """-- Every subscription with its blog.
SELECT subscriptions.*, kind, url, home, title
  FROM subscriptions JOIN blogs ON blogs.id = blog ORDER BY subscriptions.id
"""

_EARLIER = """-- The subscription that a blog had in a channel before, the one in service first.
SELECT id FROM subscriptions WHERE blog = ? AND channel_id = ? AND guild_id = ?
 ORDER BY status = 'active' DESC, id DESC LIMIT 1
"""

_CONNECT = """-- A new subscription.
INSERT INTO subscriptions (blog, channel_id, guild_id, connected_at, connected_by) VALUES (?, ?, ?, ?, ?) RETURNING id
"""

_SETTINGS = """-- A subscription's settings, all at once.
UPDATE subscriptions
   SET style = ?, relay = ?, relay_status = ?, uploads = ?, hints = ?, first_posts = ?, retract_share = ?,
       moderator_channel_id = ?
 WHERE id = ?
"""

_HOLD_PAST = """-- No change of a rule publishes what was written before it.
UPDATE subscriptions SET words_since = max(words_since, ?) WHERE id = ?
"""

_SET_CHANNEL = """-- Where new posts open their threads.
UPDATE subscriptions SET channel_id = ? WHERE id = ?
"""

_SET_SERVING = """-- Whether a subscription is served, and why not.
UPDATE subscriptions SET status = ?, why = ? WHERE id = ?
"""

_SET_NAMED = """-- Whether the operator's settings name a subscription, and whether its new posts get a thread.
UPDATE subscriptions SET from_settings = ?, announces = ? WHERE id = ?
"""

_JOIN = """-- A subscription of a blog that was known twice.
UPDATE subscriptions SET blog = ?, status = 'active', why = '' WHERE id = ?
"""

_CROSSED = """-- Which messages of a subscription crossed when that was last noted.
SELECT crossed FROM subscriptions WHERE id = ?
"""

_NOTE_CROSSING = """-- Which messages of a subscription cross now.
UPDATE subscriptions SET crossed = ? WHERE id = ?
"""

_NEWEST_THREADS_TELL = 25
"""Starters that are shown anew when something else crosses. An older one is when its post changes: a thread that rests
for long is opened by it."""

_TELL_ANEW = """-- What the newest starters show counts as out of date.
UPDATE posts SET digest = ''
 WHERE id IN (SELECT id FROM posts WHERE subscription_id = ? AND thread_id IS NOT NULL AND lost = ''
               ORDER BY thread_id DESC LIMIT ?)
"""

_CHANNELS = """-- The channels of a subscription's threads, and the one in which new ones open.
SELECT channel_id FROM subscriptions WHERE id = ?1
UNION SELECT channel_id FROM posts WHERE subscription_id = ?1 AND channel_id IS NOT NULL AND lost = ''
"""

_RESEAL = """-- An account sealed with another key, given by whoever gave it.
UPDATE accounts SET sealed = ? WHERE blog = ? AND guild_id = ?
"""

_KEEP_ACCOUNT = """-- The account that a server's moderators gave for a blog, in place of the one before.
INSERT INTO accounts (blog, guild_id, sealed, added_at, added_by) VALUES (?, ?, ?, ?, ?)
    ON CONFLICT (blog, guild_id) DO UPDATE
   SET sealed = excluded.sealed, added_at = excluded.added_at, added_by = excluded.added_by
"""

_ACCOUNT = """-- The account of one server for one blog.
SELECT blog, guild_id, sealed FROM accounts WHERE blog = ? AND guild_id = ?
"""

_ACCOUNTS = """-- Every account.
SELECT blog, guild_id, sealed FROM accounts ORDER BY blog, guild_id
"""

_DROP_ACCOUNT = """-- Forget an account.
DELETE FROM accounts WHERE blog = ? AND guild_id = ?
"""


def _blog_of(found: Row, row_column: str = "id") -> KnownBlog:
    return KnownBlog(BlogRow(found[row_column]), found["kind"], found["url"], found["home"], found["title"])


def _settings_of(found: Row) -> Settings:
    moderators = found["moderator_channel_id"]
    return Settings(
        style=found["style"],
        relay=RelayMode(found["relay"]),
        approve=found["relay_status"] == "approved",
        uploads=bool(found["uploads"]),
        hints=bool(found["hints"]),
        first_posts=found["first_posts"],
        retract_share=found["retract_share"],
        moderators=None if moderators is None else ChannelId(moderators),
    )


def _connected_of(found: Row) -> Connected:
    return Connected(
        id=SubscriptionId(found["id"]),
        blog=_blog_of(found, "blog"),
        channel_id=ChannelId(found["channel_id"]),
        guild_id=GuildId(found["guild_id"]),
        settings=_settings_of(found),
        serving=Serving(found["status"]),
        why=found["why"],
        paused=bool(found["paused"]),
        from_settings=bool(found["from_settings"]),
        announces=bool(found["announces"]),
        words_since=MessageId(found["words_since"]),
    )


class SqliteBlogs(Part):
    """Implements :class:`bot.ports.blogs.Blogs`."""

    async def known_blogs(self) -> tuple[KnownBlog, ...]:
        return tuple(_blog_of(one) for one in await self._ask(_BLOGS))

    async def add_blog(self, kind: str, url: str) -> KnownBlog:
        async with self._db.transaction() as tx:
            found = await row(tx, _ADD_BLOG, kind, url)
        assert found is not None
        return _blog_of(found)

    async def follow_blog(
        self, blog: BlogRow, *, url: str, home: str, title: str, newest: Sequence[tuple[PostId, Millis]]
    ) -> KnownBlog:
        async with self._db.transaction() as tx:
            found = await row(tx, _FOLLOW_BLOG, url, home, title, json.dumps(newest), self._now(), blog)
        assert found is not None
        return _blog_of(found)

    async def dated_posts(self, blog: BlogRow) -> dict[PostId, Millis]:
        async with self._db.reading() as tx:
            newest = await row(tx, _NEWEST, blog)
            seen = await rows(tx, _DATED_POSTS, blog)
        named = json.loads(newest["newest"]) if newest is not None else []
        return {
            **{PostId(str(post)): Millis(moment) for post, moment in named},
            **{PostId(one["post_id"]): Millis(one["published_at"]) for one in seen},
        }

    async def post_addresses(self, blog: BlogRow) -> dict[PostId, str]:
        return {PostId(one["post_id"]): one["address"] for one in await self._ask(_POST_ADDRESSES, blog)}

    async def connected(self) -> tuple[Connected, ...]:
        return tuple(_connected_of(one) for one in await self._ask(_CONNECTED))

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
        async with self._db.transaction() as tx:
            found = await row(tx, _EARLIER, blog, channel, guild)
            if found is None:
                found = await row(tx, _CONNECT, blog, channel, guild, self._now(), by)
            assert found is not None
            number = SubscriptionId(found["id"])
            await change(tx, _SET_SERVING, Serving.ACTIVE, "", number)
            await change(tx, _SET_NAMED, int(from_settings), 1, number)
            await change(tx, _SETTINGS, *_values(settings), number)
            await change(tx, _HOLD_PAST, since, number)
        return number

    async def set_settings(self, subscription: SubscriptionId, settings: Settings) -> None:
        await self._change(_SETTINGS, *_values(settings), subscription)

    async def note_crossing(self, subscription: SubscriptionId, relays: RelayMode, at: MessageId) -> None:
        async with self._db.transaction() as tx:
            found = await row(tx, _CROSSED, subscription)
            before = RelayMode(found["crossed"]) if found is not None and found["crossed"] else None
            if before is relays:
                return
            await change(tx, _NOTE_CROSSING, relays, subscription)
            if before is not None:
                await change(tx, _TELL_ANEW, subscription, _NEWEST_THREADS_TELL)
                if relays.wider_than(before):
                    await change(tx, _HOLD_PAST, at, subscription)

    async def hold_past(self, subscription: SubscriptionId, until: MessageId) -> None:
        async with self._db.transaction() as tx:
            await change(tx, _HOLD_PAST, until, subscription)

    async def set_channel(self, subscription: SubscriptionId, channel: ChannelId) -> None:
        await self._change(_SET_CHANNEL, channel, subscription)

    async def set_serving(self, subscription: SubscriptionId, serving: Serving, why: str = "") -> None:
        await self._change(_SET_SERVING, serving, why, subscription)

    async def set_from_settings(self, subscription: SubscriptionId, *, named: bool, announces: bool) -> None:
        await self._change(_SET_NAMED, int(named), int(announces), subscription)

    async def join(self, subscription: SubscriptionId, blog: BlogRow) -> None:
        await self._change(_JOIN, blog, subscription)

    async def channels(self, subscription: SubscriptionId) -> frozenset[ChannelId]:
        return frozenset(ChannelId(one["channel_id"]) for one in await self._ask(_CHANNELS, subscription))

    async def keep_account(self, account: SealedAccount, by: MemberId) -> None:
        await self._change(_KEEP_ACCOUNT, account.blog, account.guild, account.sealed, self._now(), by)

    async def reseal(self, account: SealedAccount) -> None:
        async with self._db.transaction() as tx:
            await change(tx, _RESEAL, account.sealed, account.blog, account.guild)

    async def account(self, blog: BlogRow, guild: GuildId) -> SealedAccount | None:
        found = await self._ask_one(_ACCOUNT, blog, guild)
        return None if found is None else _account_of(found)

    async def accounts(self) -> tuple[SealedAccount, ...]:
        return tuple(_account_of(one) for one in await self._ask(_ACCOUNTS))

    async def drop_account(self, blog: BlogRow, guild: GuildId) -> bool:
        return await self._change(_DROP_ACCOUNT, blog, guild) > 0


def _account_of(found: Row) -> SealedAccount:
    return SealedAccount(BlogRow(found["blog"]), GuildId(found["guild_id"]), found["sealed"])


def _values(settings: Settings) -> tuple[object, ...]:
    return (
        settings.style,
        settings.relay,
        "approved" if settings.approve else "blog",
        int(settings.uploads),
        int(settings.hints),
        settings.first_posts,
        settings.retract_share,
        settings.moderators,
    )
