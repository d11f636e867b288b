"""The map, made anew: threads and messages that were found, tied to their posts and comments.

Finds nothing by itself, and undoes nothing of what is known.
"""

from __future__ import annotations

from collections.abc import Sequence

from bot.core.actions import OpenThread, Send, Write
from bot.core.domain import ChannelId, MessageId, Origin, Place, Post, SubscriptionId, ThreadId, by_number
from bot.core.traits import about_comment, about_message
from bot.ports import Adopted, Opened
from bot.store.sqlite.base import PLACE_COLUMNS, Part, change, change_many, encode, kind_in_sql, listed, place_of, row
from bot.store.sqlite.map_write import TIE, keep
from bot.store.sqlite.outbox import put

LISTED = 20
"""Starters that are brought up to date once their thread was found; an older one is when its post changes."""

_ANOTHERS = "it stands already, and was found there"

_EVERY_THREAD = """-- Every thread that is known.
SELECT thread_id FROM posts WHERE thread_id IS NOT NULL
"""

_NEWEST_THREAD = """-- The newest thread of a subscription.
SELECT max(thread_id) AS thread_id FROM posts WHERE subscription_id = ?
"""

_ADOPT_THREAD = """-- A post that has no thread has the one that was found; it was read up to its starter.
INSERT INTO posts (subscription_id, blog_id, guid, url, title, latest, digest, announced, thread_id, starter_id,
                   watermark, channel_id)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, 1, ?8, ?9, ?9, ?10)
    ON CONFLICT (subscription_id, blog_id) DO UPDATE
   SET latest = excluded.latest, digest = excluded.digest, announced = 1, thread_id = excluded.thread_id,
       starter_id = excluded.starter_id, watermark = excluded.watermark, channel_id = excluded.channel_id
 WHERE posts.thread_id IS NULL
RETURNING id
"""

_PLACE = f"""-- The post of a row.
SELECT {PLACE_COLUMNS} WHERE posts.id = ?
"""

_GREET = """-- A subscription of which threads stand has seen posts before: the newest of these, when its thread opened.
UPDATE subscriptions SET greeted = 1, greeted_at = ?, greeted_with = ? WHERE id = ? AND NOT greeted
"""

_TIED = """-- Every message that is tied to a comment of a post.
SELECT message_id FROM links JOIN comments ON comments.id = links.comment WHERE post_id = ?
"""

_DOUBT = f"""-- What waits of a post and would make something new may have arrived.
UPDATE outbox SET half_done = 1
 WHERE post_id = ? AND state = 'ready' AND kind IN {listed([OpenThread.traits.kind, Write.traits.kind])}
"""

_DONE_WITH = """-- What waits under a kind about something is done with: it stands.
UPDATE outbox SET state = 'done', payload = NULL, done_at = ?, reason = ?
 WHERE post_id = ? AND kind = ? AND subject = ? AND state IN ('ready', 'dead')
"""

_UNTIE = """-- A part of a comment is shown by another message than the one that was known.
DELETE FROM links WHERE comment = ? AND part = ? AND message_id <> ?
"""

_DROP_SENDS = f"""-- What waits to show a comment goes: the next plan knows what is still to be shown.
DELETE FROM outbox WHERE post_id = ? AND subject = ? AND kind IN {kind_in_sql(Send)} AND state <> 'sending'
"""


class SqliteAdopting(Part):
    """Implements :class:`bot.ports.Adopting`, but for ``hold_past``."""

    async def every_thread(self) -> frozenset[ThreadId]:
        return frozenset(ThreadId(one["thread_id"]) for one in await self._ask(_EVERY_THREAD))

    async def newest_thread(self, subscription: SubscriptionId) -> ThreadId:
        found = await self._ask_one(_NEWEST_THREAD, subscription)
        return ThreadId(0 if found is None else found["thread_id"] or 0)

    async def adopt_threads(
        self, subscription: SubscriptionId, channel: ChannelId, found: Sequence[tuple[Post, Opened]]
    ) -> tuple[Place, ...]:
        places = list[Place]()
        by_age = sorted(found, key=lambda one: one[0].published_at, reverse=True)
        async with self._db.transaction() as tx:
            for age, (post, opened) in enumerate(by_age):
                shown = "" if age < LISTED else post.digest
                named = (subscription, post.id, post.guid, post.url, post.title, encode(post), shown)
                adopted = await row(tx, _ADOPT_THREAD, *named, opened.thread_id, opened.starter_id, channel)
                if adopted is not None:
                    kind = OpenThread.traits.kind
                    await change(tx, _DONE_WITH, self._now(), _ANOTHERS, adopted["id"], kind, "")
                    place = await row(tx, _PLACE, adopted["id"])
                    assert place is not None
                    places.append(place_of(place))
            if found:
                highest = max((post.id for post, _ in found), key=by_number)
                newest = max(post.published_at for post, _ in found)
                await change(tx, _GREET, newest, highest, subscription)
        return tuple(places)

    async def tied(self, place: Place) -> frozenset[MessageId]:
        return frozenset(MessageId(one["message_id"]) for one in await self._ask(_TIED, place.row))

    async def doubt(self, place: Place) -> None:
        await self._change(_DOUBT, place.row)

    async def adopt(self, place: Place, adopted: Sequence[Adopted]) -> None:
        now = self._now()
        async with self._db.transaction() as tx:
            for one in adopted:
                mapped = one.mapped
                number = await keep(tx, place, mapped, now)
                parts = list(enumerate(mapped.messages, start=1))
                if mapped.origin is Origin.BLOG:
                    await change_many(tx, _UNTIE, [(number, part, message) for part, message in parts])
                digest = one.message_digest
                ties = [(message, number, place.thread_id, part, digest, "shown") for part, message in parts]
                await change_many(tx, TIE, ties)
                if mapped.origin is Origin.BLOG:
                    await change(tx, _DROP_SENDS, place.row, about_comment(mapped.comment_id))
                else:
                    for message in mapped.messages:
                        about = (Write.traits.kind, about_message(message))
                        await change(tx, _DONE_WITH, now, _ANOTHERS, place.row, *about)
                for action in one.follow_up:
                    await put(tx, place.row, action, now)
