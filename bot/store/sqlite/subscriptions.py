"""Subscriptions, their polls, and the posts that were seen in them. Knows nothing of comments."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Sequence

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
    by_number,
)
from bot.ports import FeedState, Outlook, PollRecord
from bot.store.sqlite.base import (
    PLACE_COLUMNS,
    Part,
    Row,
    Tx,
    change,
    change_many,
    decode_post,
    encode,
    place_of,
    row,
    rows,
)
from bot.store.sqlite.outbox import put
from bot.store.sqlite.places import PLACES

_COLUMNS = """subscriptions.id, url, channel_id, guild_id, paused, greeted, greeted_at, greeted_with
  FROM subscriptions JOIN blogs ON blogs.id = blog"""

_SUBSCRIPTION = f"""-- One subscription.
SELECT {_COLUMNS} WHERE subscriptions.id = ?
"""

_SET_PAUSED = """-- Stop or resume a subscription.
UPDATE subscriptions SET paused = ? WHERE id = ?
"""

_FEED_STATE = """-- What the last good fetch of a feed left.
SELECT etag, last_modified, body_hash, newest_at FROM subscriptions WHERE id = ?
"""

_NOTE_POLL = """-- How a poll went.
UPDATE subscriptions SET polled_at = ?, poll_error = ? WHERE id = ?
"""

_LAST_POLL = """-- How the last poll went, if there was one.
SELECT polled_at, poll_error FROM subscriptions WHERE id = ? AND polled_at IS NOT NULL
"""

_KNOWN_POSTS = """-- Posts of a subscription that were announced, or left unannounced on purpose; and those that
-- another one of its blog, which opens its threads elsewhere by now, shows in this channel.
SELECT blog_id FROM posts WHERE subscription_id = ?1
 UNION
SELECT posts.blog_id FROM subscriptions AS mine
  CROSS JOIN subscriptions AS other ON other.blog = mine.blog AND other.id <> mine.id AND other.status = 'active'
  CROSS JOIN posts ON posts.subscription_id = other.id AND posts.channel_id = mine.channel_id AND posts.lost = ''
 WHERE mine.id = ?1
"""

_NOTE_POST = """-- A post as the blog shows it now.
INSERT INTO posts (subscription_id, blog_id, guid, url, title, latest) VALUES (?, ?, ?, ?, ?, ?)
    ON CONFLICT (subscription_id, blog_id) DO UPDATE SET latest = excluded.latest WHERE latest IS NOT excluded.latest
"""

_HOLD_BACK = """-- A post waits for a moderator's word.
UPDATE posts SET held_back = 1 WHERE subscription_id = ? AND blog_id = ? AND announced = 0
"""

_HELD_BACK = """-- Posts that wait for a moderator's word.
SELECT latest FROM posts
 WHERE subscription_id = ? AND held_back = 1 AND announced = 0 AND NOT replaced AND latest IS NOT NULL
"""

_GREETED = """-- What a look at a feed left; the first one is the greeting, and its newest date and highest post stay.
UPDATE subscriptions SET greeted = 1, etag = ?, last_modified = ?, body_hash = ?, newest_at = ?,
       greeted_at = iif(greeted, greeted_at, ?), greeted_with = iif(greeted, greeted_with, ?)
 WHERE id = ?
"""

_ANNOUNCE = """-- A post that has no thread is to have one.
INSERT INTO posts (subscription_id, blog_id, guid, url, title, announced, generation) VALUES (?, ?, ?, ?, ?, 1, ?)
    ON CONFLICT (subscription_id, blog_id) DO UPDATE SET announced = 1, generation = excluded.generation
 WHERE thread_id IS NULL
RETURNING id
"""

_TELLING = """-- Posts of a subscription in whose thread the progress of a backfill is told.
SELECT id FROM posts WHERE subscription_id = ? AND backfill_total > 0
"""

_SHOWN_POSTS = f"""-- Posts with a usable thread, as the blog last listed them.
SELECT {PLACE_COLUMNS}
 WHERE posts.subscription_id = ? AND thread_id IS NOT NULL AND lost = '' AND latest IS NOT NULL
"""


_LISTED_POSTS = """-- Posts of a subscription as the blog last listed them.
SELECT latest FROM posts
 WHERE subscription_id = ? AND blog_id IN (SELECT value FROM json_each(?)) AND latest IS NOT NULL
"""

_REPLACE_POST = """-- The number of a post is another post's: it rests under a name that no blog gives.
UPDATE posts SET blog_id = 'lost-' || blog_id || '-' || id, replaced = 1, lost = ?
 WHERE subscription_id = ? AND blog_id = ?
"""


def _subscription_of(row: Row) -> Subscription:
    return Subscription(
        id=SubscriptionId(row["id"]),
        blog_url=row["url"],
        channel_id=ChannelId(row["channel_id"]),
        guild_id=GuildId(row["guild_id"]),
        paused=bool(row["paused"]),
        greeted=bool(row["greeted"]),
        greeted_at=None if row["greeted_at"] is None else Millis(row["greeted_at"]),
        greeted_with=None if row["greeted_with"] is None else PostId(row["greeted_with"]),
    )


class SqliteSubscriptions(Part):
    """Implements :class:`bot.ports.Subscriptions`."""

    async def subscription(self, number: SubscriptionId) -> Subscription | None:
        found = await self._ask_one(_SUBSCRIPTION, number)
        return None if found is None else _subscription_of(found)

    async def set_paused(self, subscription: SubscriptionId, *, paused: bool) -> None:
        await self._change(_SET_PAUSED, int(paused), subscription)

    async def outlook(self, subscription: SubscriptionId) -> Outlook:
        async with self._db.reading() as tx:
            found = await row(tx, _SUBSCRIPTION, subscription)
            feed = await row(tx, _FEED_STATE, subscription)
            known = await rows(tx, _KNOWN_POSTS, subscription)
            places = await rows(tx, PLACES, subscription)
            shown = await rows(tx, _SHOWN_POSTS, subscription)
            telling = await rows(tx, _TELLING, subscription)
        assert found is not None
        assert feed is not None
        return Outlook(
            subscription=_subscription_of(found),
            feed=FeedState(**dict(feed)),
            known=frozenset(PostId(one["blog_id"]) for one in known),
            places=tuple(map(place_of, places)),
            changed=_changed(shown),
            telling=frozenset(one["id"] for one in telling),
        )

    async def note_poll(self, subscription: SubscriptionId, record: PollRecord) -> None:
        await self._change(_NOTE_POLL, record.at, record.error, subscription)

    async def last_poll(self, subscription: SubscriptionId) -> PollRecord | None:
        found = await self._ask_one(_LAST_POLL, subscription)
        return None if found is None else PollRecord(Millis(found["polled_at"]), found["poll_error"])

    async def note_posts(
        self,
        subscription: SubscriptionId,
        known: Sequence[Post],
        announce: Sequence[OpenThread],
        state: FeedState,
        *,
        held_back: Collection[PostId] = (),
    ) -> None:
        seen = [*known, *(opening.post for opening in announce)]
        highest = max((post.id for post in seen), key=by_number, default=None)
        newest = max((post.published_at for post in seen), default=Millis(0))
        left = (state.etag, state.last_modified, state.body_hash, state.newest_at)
        notes = [(subscription, post.id, post.guid, post.url, post.title, encode(post)) for post in known]
        async with self._db.transaction() as tx:
            await change_many(tx, _NOTE_POST, notes)
            await change_many(tx, _HOLD_BACK, [(subscription, post) for post in held_back])
            for opening in announce:
                await self._announce(tx, subscription, opening)
            await change(tx, _GREETED, *left, newest, highest, subscription)

    async def _announce(self, tx: Tx, subscription: SubscriptionId, opening: OpenThread) -> None:
        post = opening.post
        found = await row(tx, _ANNOUNCE, subscription, post.id, post.guid, post.url, post.title, opening.generation)
        if found is not None:
            await put(tx, found["id"], opening, self._now())

    async def listed_posts(self, subscription: SubscriptionId, posts: Collection[PostId]) -> dict[PostId, Post]:
        found = await self._ask(_LISTED_POSTS, subscription, json.dumps(list(posts))) if posts else []
        return {post.id: post for post in (decode_post(one["latest"]) for one in found)}

    async def note_listed(self, subscription: SubscriptionId, post: Post) -> None:
        await self._change(_NOTE_POST, subscription, post.id, post.guid, post.url, post.title, encode(post))

    async def replace_posts(self, subscription: SubscriptionId, posts: Collection[PostId], why: str) -> None:
        async with self._db.transaction() as tx:
            await change_many(tx, _REPLACE_POST, [(why, subscription, post) for post in posts])

    async def held_back(self, subscription: SubscriptionId) -> tuple[Post, ...]:
        posts = [decode_post(one["latest"]) for one in await self._ask(_HELD_BACK, subscription)]
        return tuple(sorted(posts, key=lambda post: (post.published_at, by_number(post.id))))

    async def changed_posts(self, subscription: SubscriptionId) -> tuple[tuple[Place, Post], ...]:
        return _changed(await self._ask(_SHOWN_POSTS, subscription))


def _changed(shown: Iterable[Row]) -> tuple[tuple[Place, Post], ...]:
    pairs = ((place_of(one), decode_post(one["latest"])) for one in shown)
    return tuple((place, post) for place, post in pairs if post.digest != place.digest)
