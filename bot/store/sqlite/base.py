"""What the parts of the store share: the database handle, the clock, rows as domain values, kinds as SQL.

Holds no statement that changes anything.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable

import aiosqlite

from bot.core.actions import Action, Traits, kinds
from bot.core.domain import ChannelId, GuildId, MessageId, Millis, Place, PostId, SubscriptionId, ThreadId
from bot.store.sqlite.db import Database

Row = sqlite3.Row
Tx = aiosqlite.Connection
"""A connection inside a transaction."""

PLACE_COLUMNS = """posts.id, posts.subscription_id, posts.blog_id, posts.title, posts.url,
       coalesce(posts.channel_id, subscriptions.channel_id) AS channel_id, subscriptions.guild_id,
       posts.thread_id, posts.starter_id, posts.digest, posts.revision, posts.generation, posts.backfilled,
       posts.removals_allowed, posts.lost, posts.latest
  FROM posts JOIN subscriptions ON subscriptions.id = posts.subscription_id"""
"""What :func:`place_of` reads, to stand after SELECT."""


def place_of(row: Row) -> Place:
    """A row with :data:`PLACE_COLUMNS` as a value."""
    return Place(
        row=row["id"],
        subscription_id=SubscriptionId(row["subscription_id"]),
        post_id=PostId(row["blog_id"]),
        title=row["title"],
        url=row["url"],
        channel_id=ChannelId(row["channel_id"]),
        guild_id=GuildId(row["guild_id"]),
        thread_id=None if row["thread_id"] is None else ThreadId(row["thread_id"]),
        starter_id=None if row["starter_id"] is None else MessageId(row["starter_id"]),
        digest=row["digest"],
        revision=row["revision"],
        generation=row["generation"],
        backfilled=bool(row["backfilled"]),
        removals_allowed=bool(row["removals_allowed"]),
        lost=row["lost"],
    )


def listed(names: Iterable[str]) -> str:
    """Names of our own, such as kinds and queues, as a list in SQL."""
    return "(" + ", ".join(f"'{name}'" for name in names) + ")"


def kinds_in_sql(which: Callable[[Traits], bool]) -> str:
    """The kinds of action that have a trait, as a list in SQL."""
    return listed(kinds(which))


def kind_in_sql(kind: type[Action]) -> str:
    """One kind of action, as a list in SQL."""
    return listed([kind.traits.kind])


def storable(value: object) -> object:
    """Text that SQLite can hold: half a character (a lone surrogate, which JSON may carry) becomes "?"."""
    if isinstance(value, str) and not value.isascii():
        return value.encode("utf-8", "replace").decode("utf-8")
    return value


async def rows(tx: Tx, sql: str, *values: object) -> list[Row]:
    """All rows of a query."""
    return list(await tx.execute_fetchall(sql, tuple(map(storable, values))))


async def row(tx: Tx, sql: str, *values: object) -> Row | None:
    """The first row of a query, if any."""
    return next(iter(await rows(tx, sql, *values)), None)


async def change(tx: Tx, sql: str, *values: object) -> int:
    """Run one statement. -> rows it changed."""
    async with tx.execute(sql, tuple(map(storable, values))) as cursor:
        return cursor.rowcount


async def change_many(tx: Tx, sql: str, values: Iterable[tuple[object, ...]]) -> None:
    """Run one statement for each tuple."""
    await tx.executemany(sql, [tuple(map(storable, one)) for one in values])


class Part:
    """Base of the store's parts. ``now`` gives the time that is written into rows."""

    def __init__(self, database: Database, now: Callable[[], Millis]) -> None:
        self._db = database
        self._now = now

    async def _ask(self, sql: str, *values: object) -> list[Row]:
        """All rows of one question; waits for no write."""
        return await self._db.ask(sql, tuple(map(storable, values)))

    async def _ask_one(self, sql: str, *values: object) -> Row | None:
        """The first row of one question, if any; waits for no write."""
        return next(iter(await self._ask(sql, *values)), None)

    async def _change(self, sql: str, *values: object) -> int:
        """One statement in a transaction of its own. -> rows it changed."""
        async with self._db.transaction() as tx:
            return await change(tx, sql, *values)
