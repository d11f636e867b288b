"""A connection that writes and one that reads: neither waits for the other, and a reader sees no half of anything."""

from __future__ import annotations

import asyncio
import sqlite3
import threading
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.store.sqlite.db import Database

COUNT = "SELECT count(*) AS number FROM things"


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    one = await Database.open(tmp_path / "bot.sqlite3")
    async with one.transaction() as tx:
        await tx.execute_fetchall("CREATE TABLE things (x INTEGER) STRICT")
    yield one
    await one.close()


async def count(database: Database) -> int:
    (found,) = await database.ask(COUNT, ())
    return int(found["number"])


async def test_a_read_goes_through_while_a_write_is_open_and_sees_no_half_of_it(database: Database) -> None:
    async with asyncio.timeout(30), database.transaction() as tx:
        await tx.execute_fetchall("INSERT INTO things VALUES (1)")
        assert await count(database) == 0
        await tx.execute_fetchall("INSERT INTO things VALUES (2)")
        async with database.reading() as moment:
            assert [one["number"] for one in await moment.execute_fetchall(COUNT)] == [0]
    assert await count(database) == 2, "what a write that has returned left is seen"


async def test_several_questions_see_one_moment(database: Database) -> None:
    async with database.reading() as moment:
        (before,) = await moment.execute_fetchall(COUNT)
        async with asyncio.timeout(30), database.transaction() as tx:
            await tx.execute_fetchall("INSERT INTO things VALUES (1)")
        (after,) = await moment.execute_fetchall(COUNT)
        assert before["number"] == after["number"] == 0
    assert await count(database) == 1


async def test_who_reads_can_change_nothing(database: Database) -> None:
    async with database.reading() as moment:
        with pytest.raises(sqlite3.OperationalError, match="readonly"):
            await moment.execute_fetchall("INSERT INTO things VALUES (1)")
    assert await count(database) == 0


async def test_a_reader_that_is_cut_off_leaves_no_moment_open(database: Database) -> None:
    async def look() -> None:
        async with database.reading() as moment:
            await moment.execute_fetchall(COUNT)
            await asyncio.sleep(60)

    for laps in range(30):
        task = asyncio.create_task(look())
        for _ in range(laps):
            await asyncio.sleep(0)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        async with database.transaction() as tx:
            await tx.execute_fetchall("INSERT INTO things VALUES (1)")
        assert await count(database) == laps + 1, "an old moment is still open"


async def test_transactions_are_counted(database: Database) -> None:
    writes, reads = database.writes, database.reads
    async with database.transaction():
        pass
    async with database.reading():
        pass
    await count(database)
    assert (database.writes - writes, database.reads - reads) == (1, 2)


async def test_all_is_closed_even_where_the_last_tidying_fails(tmp_path: Path) -> None:
    """As on a full disk: a process that neither works nor ends would be the worst of it."""
    threads = threading.active_count()
    database = await Database.open(tmp_path / "bot.sqlite3")
    assert threading.active_count() > threads
    await database.connections[0].set_progress_handler(
        lambda: 1, 1
    )  # every statement of the writer's fails from now on
    with pytest.raises(sqlite3.OperationalError):
        async with database.transaction():
            pass
    await database.close()
    for _ in range(100):
        if threading.active_count() == threads:
            break
        await asyncio.sleep(0.01)
    assert threading.active_count() == threads, "a connection still runs"
    again = await Database.open(tmp_path / "bot.sqlite3")  # nobody else's lock is on it
    await again.close()
