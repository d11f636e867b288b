"""What the rooms of the store share: the database handle, the clock, and rows as domain values.

Holds no statement that changes anything.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable

import aiosqlite

from bot.core.domain import ChannelId, GuildId, MessageId, Millis, Place, PostId, SubscriptionId, ThreadId
from bot.store.sqlite.db import Database

Row = sqlite3.Row

PLACE = """
SELECT posts.id, posts.subscription_id, posts.blog_id, posts.title, posts.url,
       coalesce(posts.channel_id, subscriptions.channel_id) AS channel_id,
       posts.thread_id, posts.starter_id, posts.digest, posts.revision, posts.generation, posts.backfilled,
       posts.removals_allowed, subscriptions.guild_id, posts.lost
  FROM posts JOIN subscriptions ON subscriptions.id = posts.subscription_id
"""


def place_of(row: Row) -> Place:
    """A row of :data:`PLACE` as a value."""
    return Place(
        row=row[0],
        subscription_id=SubscriptionId(row[1]),
        post_id=PostId(row[2]),
        title=row[3],
        url=row[4],
        channel_id=ChannelId(row[5]),
        guild_id=GuildId(row[13]),
        thread_id=None if row[6] is None else ThreadId(row[6]),
        starter_id=None if row[7] is None else MessageId(row[7]),
        digest=row[8],
        revision=row[9],
        generation=row[10],
        backfilled=bool(row[11]),
        removals_allowed=bool(row[12]),
        lost=row[14],
    )


def storable(value: object) -> object:
    """Text that SQLite can hold: half a character (a lone surrogate, which JSON may carry) becomes "?"."""
    if isinstance(value, str) and not value.isascii():
        return value.encode("utf-8", "replace").decode("utf-8")
    return value


async def rows(tx: aiosqlite.Connection, sql: str, *values: object) -> list[Row]:
    """All rows of a query."""
    return list(await tx.execute_fetchall(sql, tuple(map(storable, values))))


async def row(tx: aiosqlite.Connection, sql: str, *values: object) -> Row | None:
    """The first row of a query, if any."""
    return next(iter(await rows(tx, sql, *values)), None)


async def change(tx: aiosqlite.Connection, sql: str, *values: object) -> int:
    """Run one statement. -> rows it changed."""
    async with tx.execute(sql, tuple(map(storable, values))) as cursor:
        return cursor.rowcount


async def change_many(tx: aiosqlite.Connection, sql: str, values: Iterable[tuple[object, ...]]) -> None:
    """Run one statement for each tuple."""
    await tx.executemany(sql, [tuple(map(storable, one)) for one in values])


class Room:
    """Base of the store's rooms. ``now`` gives the time that is written into rows."""

    def __init__(self, database: Database, now: Callable[[], Millis]) -> None:
        self._db = database
        self._now = now
