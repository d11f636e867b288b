"""The database and what lies beside it are for their owner alone."""

from __future__ import annotations

import os
import re
import sqlite3
import stat
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from bot.core.errors import StartupError
from bot.store.private import exposed
from bot.store.sqlite.db import Database
from bot.store.sqlite.examine import map_rows

ROOT = Path(__file__).parents[2]
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


def readmes_backup() -> str:
    """The command of the README that copies a database in use."""
    (command,) = re.findall(r"^ *(\(umask 077;.*)$", (ROOT / "README.md").read_text("utf-8"), re.MULTILINE)
    return str(command)


def run_in(folder: Path, command: str) -> None:
    """As an operator does it."""
    done = subprocess.run(command, cwd=folder, shell=True, check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


async def test_the_readmes_backup_of_a_database_in_use_is_whole_and_private(tmp_path: Path) -> None:
    database = await Database.open(tmp_path / "data" / "commonthread.sqlite3")
    try:
        await write(database)
        run_in(tmp_path, readmes_backup())
        await write(database)
    finally:
        await database.close()
    backup = tmp_path / "backup.sqlite3"
    assert stat.S_IMODE(backup.stat().st_mode) == 0o600
    with closing(sqlite3.connect(backup)) as connection:
        assert connection.execute("SELECT count(*) FROM words").fetchall() == [(1,)]


# ---------------------------------------------------------------- one process alone

SECOND = """
import asyncio, sys
from pathlib import Path
from bot.core.errors import StartupError
from bot.store.sqlite.db import Database

async def main():
    try:
        database = await Database.open(Path(sys.argv[1]))
    except StartupError as error:
        print(error.reason)
    else:
        await database.close()
        print("opened")

asyncio.run(main())
"""


def opened_elsewhere(path: Path) -> str:
    """What another process is told that opens the same database."""
    done = subprocess.run([sys.executable, "-c", SECOND, str(path)], capture_output=True, text=True, check=True)
    return done.stdout.strip()


async def test_who_takes_the_lock_file_away_lets_no_second_bot_in(tmp_path: Path) -> None:
    path = tmp_path / "bot.sqlite3"
    database = await Database.open(path)
    try:
        await write(database)
        assert "Another Commonthread already uses" in opened_elsewhere(path)
        beside(path, ".lock").unlink()
        assert "Another Commonthread already uses" in opened_elsewhere(path)
        path.rename(moved := tmp_path / "moved.sqlite3")
        assert "Another Commonthread already uses" in opened_elsewhere(moved), "the same file under another name"
        moved.rename(path)
    finally:
        await database.close()
    assert opened_elsewhere(path) == "opened"


async def test_the_database_stays_locked_while_others_of_this_process_look_into_it(tmp_path: Path) -> None:
    """A usual lock of POSIX ends with the first descriptor of the process that is closed."""
    path = tmp_path / "bot.sqlite3"
    database = await Database.open(path)
    try:
        async with database.transaction() as tx:
            await tx.execute_fetchall("CREATE TABLE posts (thread_id, starter_id, blog_id, id)")
            await tx.execute_fetchall("CREATE TABLE links (thread_id, message_id, part, comment)")
            await tx.execute_fetchall("CREATE TABLE comments (id, post_id, blog_id, parent_blog_id, origin)")
        assert map_rows(path) == []
        beside(path, ".lock").unlink()
        assert "Another Commonthread already uses" in opened_elsewhere(path)
        await write(database)
    finally:
        await database.close()


async def test_what_stands_in_a_lock_file_stays(tmp_path: Path) -> None:
    path = tmp_path / "bot.sqlite3"
    beside(path, ".lock").write_text("precious")
    await (await Database.open(path)).close()
    assert beside(path, ".lock").read_text() == "precious"


# ---------------------------------------------------------------- what others may do


@pytest.mark.parametrize(
    ("mode", "told"), [(0o600, False), (0o400, False), (0o640, True), (0o604, True), (0o620, True)]
)
def test_a_file_that_others_may_read_is_told_with_what_to_do(tmp_path: Path, mode: int, *, told: bool) -> None:
    file = tmp_path / "a file"
    file.touch()
    file.chmod(mode)
    findings = list(exposed([file, tmp_path / "none"], [tmp_path]))
    assert bool(findings) is told
    if told:
        (finding,) = findings
        assert not finding.ok
        assert finding.mend.endswith(f"(mode {mode:04o}): chmod 600 '{file}'")
        subprocess.run(finding.mend.partition(": ")[2], shell=True, check=True)
        assert list(exposed([file], [])) == []
    assert stat.S_IMODE(file.stat().st_mode) == (0o600 if told else mode), "looking changes nothing"


def test_a_file_of_another_user_may_be_shared_by_its_group(tmp_path: Path) -> None:
    if os.geteuid() != 0:
        (finding,) = exposed([Path("/etc/passwd")], [])
        assert "chmod o= /etc/passwd" in finding.mend
        return
    file = tmp_path / "settings"
    file.touch()
    os.chown(file, 65534, 65534)
    file.chmod(0o640)
    assert list(exposed([file], [])) == []
    file.chmod(0o644)
    (finding,) = exposed([file], [])
    assert finding.mend.endswith(f"chmod o= {file}")


@pytest.mark.parametrize(
    ("mode", "told"), [(0o700, False), (0o755, False), (0o770, True), (0o707, True), (0o1777, True)]
)
def test_a_folder_into_which_others_may_put_files_is_told(tmp_path: Path, mode: int, *, told: bool) -> None:
    folder = tmp_path / "data"
    folder.mkdir()
    folder.chmod(mode)
    findings = list(exposed([], [folder, tmp_path / "none"]))
    assert bool(findings) is told
    if told:
        assert findings[0].mend.endswith(f"(mode {mode:04o}): chmod go-w {folder}")
