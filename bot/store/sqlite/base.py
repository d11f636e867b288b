"""What the parts of the store share: statements, rows and payloads as values of the domain, kinds of action as SQL.

Holds no statement of its own, and decides nothing: the shape of a payload is that of its dataclass.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterable
from dataclasses import fields, is_dataclass, replace
from enum import Enum
from typing import Any

import aiosqlite
import msgspec

from bot.core.actions import KINDS, Action, Traits, kinds
from bot.core.domain import ChannelId, GuildId, MessageId, Millis, Place, Post, PostId, SubscriptionId, ThreadId
from bot.store.sqlite.db import Database

Row = sqlite3.Row
Tx = aiosqlite.Connection
"""A connection inside a transaction."""

PLACE_COLUMNS = """posts.id, posts.subscription_id, posts.blog_id, posts.title, posts.url,
       coalesce(posts.channel_id, subscriptions.channel_id) AS channel_id, subscriptions.guild_id,
       posts.thread_id, posts.starter_id, posts.digest, posts.revision, posts.generation, posts.backfilled,
       posts.removals_allowed, posts.lost, posts.latest, posts.categories
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
        categories=tuple(json.loads(row["categories"])),
    )


def encode(value: Action | Post) -> str:
    """An action (or a post) as JSON text."""
    try:
        return msgspec.json.encode(value).decode()
    except UnicodeEncodeError:
        return msgspec.json.encode(_with_storable_texts(value)).decode()


def decode(kind: str, payload: str) -> Action:
    """The action that :func:`encode` wrote. Raises ``msgspec.DecodeError`` for anything else."""
    return msgspec.json.decode(payload, type=KINDS[kind])


def decode_post(payload: str) -> Post:
    """The post that :func:`encode` wrote."""
    return msgspec.json.decode(payload, type=Post)


def _with_storable_texts(value: Any) -> Any:
    """The same value, each text of it :func:`storable`."""
    if isinstance(value, Enum):
        return value
    if is_dataclass(value) and not isinstance(value, type):
        return replace(value, **{one.name: _with_storable_texts(getattr(value, one.name)) for one in fields(value)})
    if isinstance(value, tuple):
        return tuple(map(_with_storable_texts, value))
    if isinstance(value, dict):
        return {key: _with_storable_texts(one) for key, one in value.items()}
    return storable(value)


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
    """Text that SQLite can hold: a lone surrogate, which JSON may carry, becomes "?"."""
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
