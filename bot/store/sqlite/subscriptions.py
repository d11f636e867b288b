"""Subscriptions, their polls, and the posts that were seen in them. Knows nothing of comments."""

from __future__ import annotations

from collections.abc import Sequence

import aiosqlite

from bot.core.actions import OpenThread
from bot.core.domain import (
    ChannelId,
    GuildId,
    Millis,
    Place,
    Post,
    PostId,
    Subscription,
    SubscriptionId,
    ThreadId,
    by_number,
)
from bot.ports import FeedState, PollRecord
from bot.store.sqlite.base import PLACE, Room, Row, change, change_many, place_of, row, rows
from bot.store.sqlite.codec import decode_post, encode
from bot.store.sqlite.outbox import put

_SUBSCRIPTION = """
SELECT subscriptions.id, url, channel_id, guild_id, paused, greeted, greeted_at, greeted_with
  FROM subscriptions JOIN blogs ON blogs.id = blog
"""


_PLACE_AND_LATEST = PLACE.replace("posts.lost\n", "posts.lost, posts.latest\n")


def _subscription_of(found: Row) -> Subscription:
    return Subscription(
        SubscriptionId(found[0]),
        found[1],
        ChannelId(found[2]),
        GuildId(found[3]),
        bool(found[4]),
        bool(found[5]),
        None if found[6] is None else Millis(found[6]),
        None if found[7] is None else PostId(found[7]),
    )


class Subscriptions(Room):
    """The part of the Store port about subscriptions and posts."""

    async def subscribe(self, blog_url: str, channel: ChannelId, guild: GuildId) -> Subscription:
        async with self._db.transaction() as tx:
            blog = await row(tx, "SELECT id FROM blogs WHERE url = ?", blog_url)
            if blog is None:
                blog = await row(tx, "INSERT INTO blogs (url) VALUES (?) RETURNING id", blog_url)
            assert blog is not None
            await change(
                tx,
                "INSERT INTO subscriptions (blog, channel_id, guild_id) VALUES (?, ?, ?)"
                " ON CONFLICT (blog, channel_id) WHERE status = 'active' AND announces"
                " DO UPDATE SET guild_id = excluded.guild_id",
                blog[0],
                channel,
                guild,
            )
            found = await row(tx, f"{_SUBSCRIPTION} WHERE url = ? AND channel_id = ?", blog_url, channel)
        assert found is not None
        return _subscription_of(found)

    async def subscriptions(self) -> tuple[Subscription, ...]:
        async with self._db.transaction() as tx:
            return tuple(
                _subscription_of(found) for found in await rows(tx, f"{_SUBSCRIPTION} ORDER BY subscriptions.id")
            )

    async def subscription(self, number: SubscriptionId) -> Subscription | None:
        async with self._db.transaction() as tx:
            found = await row(tx, f"{_SUBSCRIPTION} WHERE subscriptions.id = ?", number)
        return None if found is None else _subscription_of(found)

    async def set_paused(self, subscription: SubscriptionId, *, paused: bool) -> None:
        async with self._db.transaction() as tx:
            await change(tx, "UPDATE subscriptions SET paused = ? WHERE id = ?", int(paused), subscription)

    async def feed_state(self, subscription: SubscriptionId) -> FeedState:
        async with self._db.transaction() as tx:
            found = await row(
                tx, "SELECT etag, last_modified, body_hash, newest_at FROM subscriptions WHERE id = ?", subscription
            )
        return FeedState() if found is None else FeedState(*found)

    async def known_posts(self, subscription: SubscriptionId) -> frozenset[PostId]:
        async with self._db.transaction() as tx:
            found = await rows(tx, "SELECT blog_id FROM posts WHERE subscription_id = ?", subscription)
        return frozenset(PostId(blog_id) for (blog_id,) in found)

    async def note_posts(
        self, subscription: SubscriptionId, known: Sequence[Post], announce: Sequence[OpenThread], state: FeedState
    ) -> None:
        seen = [*known, *(opening.post for opening in announce)]
        async with self._db.transaction() as tx:
            await change_many(
                tx,
                "INSERT INTO posts (subscription_id, blog_id, guid, url, title, latest) VALUES (?, ?, ?, ?, ?, ?)"
                " ON CONFLICT (subscription_id, blog_id) DO UPDATE SET latest = excluded.latest"
                " WHERE latest IS NOT excluded.latest",
                [(subscription, post.id, post.guid, post.url, post.title, encode(post)) for post in known],
            )
            for opening in announce:
                await self._announce(tx, subscription, opening)
            await change(
                tx,
                "UPDATE subscriptions SET greeted = 1, etag = ?, last_modified = ?, body_hash = ?, newest_at = ?,"
                " greeted_at = iif(greeted, greeted_at, ?), greeted_with = iif(greeted, greeted_with, ?) WHERE id = ?",
                state.etag,
                state.last_modified,
                state.body_hash,
                state.newest_at,
                self._now(),
                max((post.id for post in seen), key=by_number, default=None),
                subscription,
            )

    async def _announce(self, tx: aiosqlite.Connection, subscription: SubscriptionId, opening: OpenThread) -> None:
        post = opening.post
        await change(
            tx,
            "INSERT INTO posts (subscription_id, blog_id, guid, url, title, announced, generation)"
            " VALUES (?, ?, ?, ?, ?, 1, ?) ON CONFLICT (subscription_id, blog_id)"
            " DO UPDATE SET announced = 1, generation = excluded.generation",
            subscription,
            post.id,
            post.guid,
            post.url,
            post.title,
            opening.generation,
        )
        found = await row(tx, "SELECT id FROM posts WHERE subscription_id = ? AND blog_id = ?", subscription, post.id)
        assert found is not None
        await put(tx, found[0], opening, self._now())

    async def changed_posts(self, subscription: SubscriptionId) -> tuple[tuple[Place, Post], ...]:
        async with self._db.transaction() as tx:
            found = await rows(
                tx,
                f"{_PLACE_AND_LATEST} WHERE posts.subscription_id = ? AND thread_id IS NOT NULL AND lost = ''"
                " AND latest IS NOT NULL",
                subscription,
            )
        pairs = ((place_of(one), decode_post(one[-1])) for one in found)
        return tuple((place, post) for place, post in pairs if post.digest != place.digest)

    async def lose(self, place: Place, reason: str) -> bool:
        async with self._db.transaction() as tx:
            return await change(tx, "UPDATE posts SET lost = ? WHERE id = ? AND lost = ''", reason, place.row) > 0

    async def reopen(self, subscription: SubscriptionId, row: int | None = None) -> int:
        async with self._db.transaction() as tx:
            return await change(
                tx,
                "UPDATE posts SET lost = '' WHERE subscription_id = ?1 AND lost <> '' AND (?2 IS NULL OR id = ?2)",
                subscription,
                row,
            )

    async def forget_thread(self, place: Place) -> None:
        """A Write stays: its message is not in the map then, so the next plan shows its comment in the new thread."""
        async with self._db.transaction() as tx:
            await change(
                tx,
                "UPDATE posts SET thread_id = NULL, starter_id = NULL, channel_id = NULL, watermark = NULL,"
                " backfilled = 0, lost = '', digest = '', backfill_total = 0, backfill_since = NULL, progress_id = NULL"
                " WHERE id = ?",
                place.row,
            )
            await change(tx, "DELETE FROM comments WHERE post_id = ?", place.row)
            await change(
                tx,
                "DELETE FROM outbox WHERE post_id = ? AND kind NOT IN ('write', 'open', 'notify')"
                " AND state <> 'sending'",
                place.row,
            )

    async def note_poll(self, subscription: SubscriptionId, record: PollRecord) -> None:
        async with self._db.transaction() as tx:
            await change(
                tx,
                "UPDATE subscriptions SET polled_at = ?, poll_error = ? WHERE id = ?",
                record.at,
                record.error,
                subscription,
            )

    async def last_poll(self, subscription: SubscriptionId) -> PollRecord | None:
        async with self._db.transaction() as tx:
            found = await row(tx, "SELECT polled_at, poll_error FROM subscriptions WHERE id = ?", subscription)
        return None if found is None or found[0] is None else PollRecord(Millis(found[0]), found[1])

    async def places(self, subscription: SubscriptionId) -> tuple[Place, ...]:
        async with self._db.transaction() as tx:
            found = await rows(
                tx, f"{PLACE} WHERE posts.subscription_id = ? AND announced = 1 ORDER BY posts.id DESC", subscription
            )
        return tuple(place_of(one) for one in found)

    async def place(self, subscription: SubscriptionId, number: int) -> Place | None:
        async with self._db.transaction() as tx:
            found = await row(tx, f"{PLACE} WHERE posts.id = ? AND subscription_id = ?", number, subscription)
        return None if found is None else place_of(found)

    async def place_of_thread(self, subscription: SubscriptionId, thread: ThreadId) -> Place | None:
        async with self._db.transaction() as tx:
            found = await row(tx, f"{PLACE} WHERE posts.thread_id = ? AND subscription_id = ?", thread, subscription)
        return None if found is None else place_of(found)

    async def subscription_of_thread(self, thread: ThreadId) -> SubscriptionId | None:
        async with self._db.transaction() as tx:
            found = await row(tx, "SELECT subscription_id FROM posts WHERE thread_id = ?", thread)
        return None if found is None else SubscriptionId(found[0])

    async def allow_removals(self, place: Place, *, allowed: bool) -> None:
        async with self._db.transaction() as tx:
            await change(tx, "UPDATE posts SET removals_allowed = ? WHERE id = ?", int(allowed), place.row)
