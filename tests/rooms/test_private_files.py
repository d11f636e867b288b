"""The database and what lies beside it are for their owner alone."""

from __future__ import annotations

import stat
import subprocess
import sys
from pathlib import Path

import pytest

from bot.core.errors import StartupError
from bot.store.sqlite.db import Database

BESIDE = ("", "-wal", "-shm", ".lock")


def beside(path: Path, ending: str) -> Path:
    return path.with_name(path.name + ending)


def modes(path: Path) -> dict[str, int]:
    return {
        ending: stat.S_IMODE(beside(path, ending).stat().st_mode) for ending in BESIDE if beside(path, ending).exists()
    }


async def write(database: Database) -> None:
    async with database.transaction() as tx:
        await tx.execute_fetchall("CREATE TABLE IF NOT EXISTS words (word TEXT)")
        await tx.execute_fetchall("INSERT INTO words VALUES ('kept')")


async def test_all_that_is_made_is_private(tmp_path: Path) -> None:
    path = tmp_path / "data" / "bot.sqlite3"
    database = await Database.open(path)
    try:
        await write(database)
        assert modes(path) == dict.fromkeys(BESIDE, 0o600)
        assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    finally:
        await database.close()


KILLED_WHILE_WRITING = """
import os, sqlite3, sys
os.umask(0o022)
connection = sqlite3.connect(sys.argv[1], isolation_level=None)
connection.execute("PRAGMA journal_mode = WAL")
connection.execute("CREATE TABLE words (word TEXT)")
connection.execute("INSERT INTO words VALUES ('kept')")
open(sys.argv[1] + ".lock", "w").close()
os._exit(0)
"""


def leave_behind(path: Path) -> None:
    subprocess.run([sys.executable, "-c", KILLED_WHILE_WRITING, str(path)], check=True)


async def test_what_an_earlier_version_left_is_tightened(tmp_path: Path) -> None:
    path = tmp_path / "bot.sqlite3"
    leave_behind(path)
    assert modes(path) == dict.fromkeys(BESIDE, 0o644)
    database = await Database.open(path)
    try:
        assert modes(path) == dict.fromkeys(BESIDE, 0o600)
        await write(database)
        async with database.transaction() as tx:
            rows = list(await tx.execute_fetchall("SELECT word FROM words"))
        assert len(rows) == 2
        assert modes(path) == dict.fromkeys(BESIDE, 0o600)
    finally:
        await database.close()
    assert stat.S_IMODE(tmp_path.stat().st_mode) != 0o600  # a folder that was there stays as it is


@pytest.mark.parametrize("ending", BESIDE)
async def test_no_link_is_followed(tmp_path: Path, ending: str) -> None:
    target, path = tmp_path / "elsewhere", tmp_path / "bot.sqlite3"
    target.touch(0o644)
    beside(path, ending).symlink_to(target)
    with pytest.raises(StartupError, match="a link is not followed"):
        await Database.open(path)
    assert stat.S_IMODE(target.stat().st_mode) == 0o644
    beside(path, ending).unlink()
    await (await Database.open(path)).close()  # the lock was given back
