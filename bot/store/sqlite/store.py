"""The Store port over one SQLite file: its parts put together. Has no statement of its own."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

from bot.core.domain import Millis
from bot.store.consent import ConsentFile
from bot.store.sqlite.adopt import SqliteAdopting
from bot.store.sqlite.blogs import SqliteBlogs
from bot.store.sqlite.claims import SqliteClaims
from bot.store.sqlite.db import Database
from bot.store.sqlite.examine import refuse_foreign
from bot.store.sqlite.figures import SqliteFigures
from bot.store.sqlite.files import SqliteUploads
from bot.store.sqlite.map_read import SqliteMapReading
from bot.store.sqlite.map_write import SqliteMapWriting
from bot.store.sqlite.members import SqliteMembers
from bot.store.sqlite.migrate import migrate
from bot.store.sqlite.outbox import SqliteOutbox
from bot.store.sqlite.places import SqlitePlaces
from bot.store.sqlite.subscriptions import SqliteSubscriptions
from bot.store.sqlite.turns import SqliteTurns
from bot.store.sqlite.writes import SqliteWrites


class SqliteStore(
    SqliteBlogs,
    SqliteSubscriptions,
    SqlitePlaces,
    SqliteMapReading,
    SqliteMapWriting,
    SqliteAdopting,
    SqliteOutbox,
    SqliteWrites,
    SqliteClaims,
    SqliteMembers,
    SqliteUploads,
    SqliteTurns,
    SqliteFigures,
):
    """Implements :class:`bot.ports.Store`. ``now`` is the clock that stamps rows."""

    @classmethod
    async def open(cls, path: Path, now: Callable[[], Millis]) -> SqliteStore:
        """Open for this process alone, bring the schema up to date, and members' words from the file beside it.

        Raises StartupError with one sentence, and StoreFailed for what may have passed at the next start.
        """
        await asyncio.to_thread(refuse_foreign, path)
        database = await Database.open(path)
        try:
            await migrate(database)
            store = cls(database, now, await asyncio.to_thread(ConsentFile.open, path, now()))
            await store.settle_words()
        except BaseException:
            await database.close()
            raise
        return store

    @property
    def database(self) -> Database:
        """The file below, to be watched by tests."""
        return self._db

    async def watch(self) -> None:
        """Until cancelled. Raises StoreFailed once nothing can be kept any more."""
        await self._db.watch()

    async def close(self) -> None:
        """Close for good."""
        await self._db.close()
