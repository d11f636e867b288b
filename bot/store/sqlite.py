"""The Store port over one SQLite file: the rooms put together. Has no statement of its own."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from bot.domain import Millis
from bot.store.claims import Claims
from bot.store.db import Database
from bot.store.map import Map
from bot.store.members import Members
from bot.store.migrate import migrate
from bot.store.outbox import Outbox
from bot.store.subscriptions import Subscriptions
from bot.store.ties import Ties
from bot.store.upkeep import Upkeep
from bot.store.uploads import Uploads
from bot.store.writes import Writes


class SqliteStore(Subscriptions, Outbox, Writes, Uploads, Members, Claims, Map, Ties, Upkeep):
    """Implements :class:`bot.ports.Store`. ``now`` is the clock that stamps rows."""

    @classmethod
    async def open(cls, path: Path, now: Callable[[], Millis]) -> SqliteStore:
        """Open for this process alone, bring the schema up to date, release what a dead process left under way.

        Raises StartupError with one sentence.
        """
        database = await Database.open(path)
        try:
            await migrate(database)
            store = cls(database, now)
            await store.release()
        except BaseException:
            await database.close()
            raise
        return store

    async def close(self) -> None:
        """Close for good."""
        await self._db.close()
