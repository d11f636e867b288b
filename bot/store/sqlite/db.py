"""One SQLite connection, its lock, and transactions that survive cancellation.

Holds no SQL about the product and offers no way to run a statement outside a transaction.
"""

from __future__ import annotations

import asyncio
import fcntl
import os
import sqlite3
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from pathlib import Path
from typing import IO, Any

import aiosqlite

from bot.core.errors import StartupError
from bot.store.private import make_private, open_private, tighten

PRAGMAS = ("journal_mode = WAL", "synchronous = FULL", "foreign_keys = ON", "busy_timeout = 5000")


class Database:
    """The single writer. Everything, reads too, goes through :meth:`transaction`.

    A second task on the same connection would read and roll back the first one's statements, hence the lock.
    """

    def __init__(self, connection: aiosqlite.Connection, lock_file: IO[str]) -> None:
        self._connection = connection
        self._lock_file = lock_file
        self._lock = asyncio.Lock()

    @classmethod
    async def open(cls, path: Path) -> Database:
        """Open (or make) the file, for this process alone. Raises StartupError with a sentence."""
        lock_file = take_lock(path)
        try:
            _only_for_its_owner(path)
            connection = await aiosqlite.connect(path, isolation_level=None)
            connection.row_factory = sqlite3.Row
        except (sqlite3.Error, OSError) as error:
            lock_file.close()
            raise StartupError(f"The database {path} cannot be opened ({error}); check DATABASE.") from error
        try:
            for pragma in PRAGMAS:
                await connection.execute_fetchall(f"PRAGMA {pragma}")
        except sqlite3.Error as error:
            await connection.close()
            lock_file.close()
            raise StartupError(f"{path} is not a database of ours ({error}); check DATABASE.") from error
        return cls(connection, lock_file)

    @property
    def connections(self) -> tuple[aiosqlite.Connection, ...]:
        """All that are open, to be watched by tests."""
        return (self._connection,)

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[aiosqlite.Connection]:
        """BEGIN IMMEDIATE … COMMIT, rolled back on any exception, cancellation included.

        A caller that is cancelled while COMMIT runs may still have committed; keys in the outbox make that harmless.
        """
        async with self._lock:
            try:
                await _to_its_end(_run(self._connection, "BEGIN IMMEDIATE"))
                yield self._connection
                await _to_its_end(_run(self._connection, "COMMIT"))
            except BaseException:
                await _to_its_end(self._connection.rollback())  # does nothing where no transaction is open
                raise

    @asynccontextmanager
    async def rebuilding(self) -> AsyncIterator[aiosqlite.Connection]:
        """A transaction in which a table may be dropped without its children (SQLite: ALTER TABLE, section 7).

        Foreign keys are not enforced meanwhile; the caller checks them before the end.
        """
        await _run(self._connection, "PRAGMA foreign_keys = OFF")  # does nothing inside a transaction
        try:
            async with self.transaction() as tx:
                yield tx
        finally:
            await _run(self._connection, "PRAGMA foreign_keys = ON")

    async def close(self) -> None:
        """Close for good; the process may then open the file again."""
        async with self._lock:
            await self._connection.execute_fetchall("PRAGMA optimize")
            await self._connection.close()
        self._lock_file.close()


def take_lock(path: Path) -> IO[str]:
    """An advisory lock beside the database, released by the kernel however this process ends."""
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = open_private(path.with_name(path.name + ".lock"), os.O_WRONLY | os.O_CREAT)
        lock_file = os.fdopen(descriptor, "w")
        tighten(descriptor)
    except OSError as error:
        raise StartupError(f"The folder of the database {path} cannot be written ({error.strerror}).") from error
    try:
        fcntl.flock(lock_file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        lock_file.close()
        raise StartupError(
            f"Another Commonthread already uses {path}. Stop it first, or give this one its own DATABASE."
        ) from error
    return lock_file


def _only_for_its_owner(path: Path) -> None:
    """The database and what SQLite keeps beside it. SQLite gives -wal and -shm the mode of the database itself."""
    make_private(path, make=True)
    for beside in ("-wal", "-shm"):
        make_private(path.with_name(path.name + beside), make=False)


async def _run(connection: aiosqlite.Connection, statement: str) -> None:
    await connection.execute_fetchall(statement)


async def _to_its_end(step: Coroutine[Any, Any, None]) -> None:
    """Await a step of a transaction; a cancellation waits until the step is over, then goes on."""
    task = asyncio.ensure_future(step)
    try:
        await asyncio.shield(task)
    except asyncio.CancelledError:
        await asyncio.wait([task])
        raise
