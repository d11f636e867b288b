"""One SQLite file: a connection that writes, one that reads, and transactions that survive cancellation.

Holds no SQL about the product and offers no way to change anything outside a transaction.
"""

from __future__ import annotations

import asyncio
import os
import sqlite3
from collections.abc import AsyncIterator, Coroutine
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import aiosqlite

from bot.core.errors import Contradiction, StartupError
from bot.store.private import make_private
from bot.store.sqlite.failing import LOCKED, Health, code_of, failure
from bot.store.sqlite.lock import hold, take_lock

PRAGMAS = ("journal_mode = WAL", "synchronous = FULL", "foreign_keys = ON", "busy_timeout = 5000")
"""Of the connection that writes."""

READING = ("query_only = ON", "busy_timeout = 5000")
"""Of the connection that reads: it can change nothing, whatever it is asked."""

ASKED_OF_A_LOCK = 3
"""So often the write lock is asked for, each time for as long as the busy timeout: others may be at the file."""

CLOSING = 5.0
"""Seconds that a connection has for its closing."""

_BEGIN_WRITING = """-- Take the write lock at once: a lock that is taken late can fail in the middle.
BEGIN IMMEDIATE
"""

_BEGIN_READING = """-- See one moment of the database until the end, whatever is written meanwhile.
BEGIN DEFERRED
"""

_COMMIT = """-- End a transaction for good.
COMMIT
"""


class Database:
    """The single owner of the file. A second task on one connection would read and roll back the first one's
    statements, hence a lock for each; a read does not wait for a write. A write that has returned is seen by all reads.

    ``writes`` and ``reads`` count transactions.
    """

    def __init__(
        self, writer: aiosqlite.Connection, reader: aiosqlite.Connection, closing: AsyncExitStack, health: Health
    ) -> None:
        self._writer = writer
        self._reader = reader
        self._closing = closing
        self._health = health
        self._write_turn = asyncio.Lock()
        self._read_turn = asyncio.Lock()
        self.writes = 0
        self.reads = 0

    @classmethod
    async def open(cls, path: Path) -> Database:
        """Open (or make) the file, for this process alone. Raises StartupError, or StoreFailed for what may pass."""
        async with AsyncExitStack() as stack:
            stack.callback(take_lock(path).close)
            try:
                _only_for_its_owner(path)
                stack.callback(os.close, hold(path))  # after the connections: it would drop SQLite's own locks
                writer = await _connect(path, stack)
            except (sqlite3.Error, OSError) as error:
                why = error.strerror if isinstance(error, OSError) else error
                raise StartupError(f"The database {path} cannot be opened ({why}); check DATABASE.") from error
            try:
                await _set(writer, PRAGMAS)
                reader = await _connect(path, stack)
                await _set(reader, READING)
            except sqlite3.Error as error:
                passing = (*LOCKED, sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR)
                if (failed := failure(path, code := code_of(error))) is None:
                    raise StartupError(f"The database {path} cannot be opened ({error}); check DATABASE.") from error
                raise (failed if code in passing else StartupError(failed.reason)) from error
            health = Health(path)
            stack.callback(health.close)
            return cls(writer, reader, stack.pop_all(), health)

    @property
    def connections(self) -> tuple[aiosqlite.Connection, ...]:
        """Both, to be watched by tests."""
        return self._writer, self._reader

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[aiosqlite.Connection]:
        """BEGIN IMMEDIATE … COMMIT, rolled back on any exception, cancellation included.

        Raises Contradiction; and StoreFailed, which :meth:`watch` raises as well then.

        A caller that is cancelled while COMMIT runs may still have committed; keys in the outbox make that harmless.
        """
        try:
            with self._health.observed(writing=True):
                async with self._write_turn, _between(self._writer, _BEGIN_WRITING) as tx:
                    self.writes += 1
                    yield tx
        except sqlite3.IntegrityError as error:  # about these rows alone: the database is as it was before
            raise Contradiction(f"This contradicts what is known already ({error}), so it cannot be noted.") from error

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[aiosqlite.Connection]:
        """Several questions about one moment. Waits for no write."""
        with self._health.observed(writing=False):
            async with self._read_turn, _between(self._reader, _BEGIN_READING) as tx:
                self.reads += 1
                yield tx

    async def ask(self, sql: str, values: tuple[Any, ...]) -> list[sqlite3.Row]:
        """One question, which sees one moment by itself. Waits for no write."""
        with self._health.observed(writing=False):
            return await self._asked(sql, values)

    async def _asked(self, sql: str, values: tuple[Any, ...]) -> list[sqlite3.Row]:
        async with self._read_turn:
            self.reads += 1
            return list(await self._reader.execute_fetchall(sql, values))

    @asynccontextmanager
    async def rebuilding(self) -> AsyncIterator[aiosqlite.Connection]:
        """A transaction in which a table may be dropped without its children (SQLite: ALTER TABLE, section 7).

        Foreign keys are not enforced meanwhile; the caller checks them before the end.
        """
        await _run(self._writer, "PRAGMA foreign_keys = OFF")  # does nothing inside a transaction
        try:
            async with self.transaction() as tx:
                yield tx
        finally:
            await _run(self._writer, "PRAGMA foreign_keys = ON")

    async def watch(self) -> None:
        """Until cancelled. Raises StoreFailed once nothing can be kept any more, whoever met it first."""
        await self._health.watch()

    async def close(self) -> None:
        """Close for good, whatever fails; the process may then open the file again."""
        async with self._closing:
            # A full disk, a foreign lock or a work that hangs must not keep the connections open.
            with suppress(sqlite3.Error, TimeoutError):
                async with asyncio.timeout(CLOSING), self._write_turn, self._read_turn:
                    if not self._health.failed:
                        await _run(self._writer, "PRAGMA optimize")


def _only_for_its_owner(path: Path) -> None:
    """The database and what SQLite keeps beside it. SQLite gives -wal and -shm the mode of the database itself."""
    make_private(path, make=True)
    for beside in ("-wal", "-shm"):
        make_private(path.with_name(path.name + beside), make=False)


async def _connect(path: Path, stack: AsyncExitStack) -> aiosqlite.Connection:
    connecting = aiosqlite.connect(path, isolation_level=None)
    connecting._thread.daemon = True  # one that hangs in a dying file system must not keep the process from ending
    connection = await connecting
    stack.push_async_callback(_closed, connection)
    connection.row_factory = sqlite3.Row
    return connection


async def _closed(connection: aiosqlite.Connection) -> None:
    with suppress(sqlite3.Error, TimeoutError):
        async with asyncio.timeout(CLOSING):
            await connection.close()


async def _set(connection: aiosqlite.Connection, pragmas: tuple[str, ...]) -> None:
    for pragma in pragmas:
        await _run(connection, f"PRAGMA {pragma}")


async def _run(connection: aiosqlite.Connection, statement: str) -> None:
    await connection.execute_fetchall(statement)


@asynccontextmanager
async def _between(connection: aiosqlite.Connection, begin: str) -> AsyncIterator[aiosqlite.Connection]:
    """From ``begin`` to COMMIT; rolled back on any exception. The caller has the connection's turn."""
    try:
        await _to_its_end(_begun(connection, begin))
        yield connection
        await _to_its_end(_run(connection, _COMMIT))
    except BaseException:
        await _to_its_end(connection.rollback())  # does nothing where no transaction is open
        raise


async def _begun(connection: aiosqlite.Connection, begin: str) -> None:
    """A lock that another program holds for a moment is waited for."""
    for _ in range(ASKED_OF_A_LOCK - 1):
        try:
            await _run(connection, begin)
        except sqlite3.OperationalError as error:
            if code_of(error) not in LOCKED:
                raise
        else:
            return
    await _run(connection, begin)


async def _to_its_end(step: Coroutine[Any, Any, None]) -> None:
    """Await a step of a transaction; a cancellation waits until the step is over, then goes on."""
    task = asyncio.ensure_future(step)
    try:
        await asyncio.shield(task)
    except asyncio.CancelledError:
        await asyncio.wait([task])
        raise
