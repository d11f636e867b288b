"""The check of the database's file: each trouble is named, and looking changes nothing."""

from __future__ import annotations

import os
import sqlite3
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from bot.core.domain import Millis
from bot.core.errors import StartupError
from bot.store.sqlite.examine import examine
from bot.store.sqlite.store import SqliteStore


async def made(path: Path) -> None:
    store = await SqliteStore.open(path, lambda: Millis(time.time_ns() // 1_000_000))
    await store.close()


def altered(path: Path, statement: str) -> None:
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(statement)


def test_a_file_that_is_not_there_yet_will_be_made_and_is_not_made_by_looking(tmp_path: Path) -> None:
    finding = examine(tmp_path / "data" / "deep" / "bot.sqlite3")
    assert finding.ok
    assert finding.subject.endswith("bot.sqlite3 (will be made)")
    assert list(tmp_path.iterdir()) == []


async def test_a_database_of_ours_is_well_while_a_bot_has_it_open_too(tmp_path: Path) -> None:
    path = tmp_path / "bot.sqlite3"
    await made(path)
    assert examine(path).ok
    store = await SqliteStore.open(path, lambda: Millis(0))
    try:
        assert examine(path).ok
    finally:
        await store.close()


async def test_a_newer_database_is_refused_by_check_and_start_alike(tmp_path: Path) -> None:
    path = tmp_path / "bot.sqlite3"
    await made(path)
    altered(path, "PRAGMA user_version = 999")
    finding = examine(path)
    assert not finding.ok
    assert "version 999" in finding.mend
    with pytest.raises(StartupError, match="version 999"):
        await made(path)


def test_somebody_elses_database_is_named_as_such(tmp_path: Path) -> None:
    path = tmp_path / "other.sqlite3"
    altered(path, "CREATE TABLE theirs (a)")
    assert "some other program's" in examine(path).mend


@pytest.mark.parametrize("version", [0, 3, 999])
async def test_a_start_changes_nothing_in_somebody_elses_database(tmp_path: Path, version: int) -> None:
    """Many programs count their own schema in user_version."""
    path = tmp_path / "other.sqlite3"
    altered(path, "CREATE TABLE theirs (a)")
    altered(path, f"PRAGMA user_version = {version}")
    path.chmod(0o644)
    before = path.read_bytes()
    assert "some other program's" in examine(path).mend
    with pytest.raises(StartupError, match="some other program's database; name another file in DATABASE"):
        await made(path)
    assert path.read_bytes() == before
    assert path.stat().st_mode & 0o777 == 0o644
    assert list(tmp_path.iterdir()) == [path]


def notes(path: Path) -> None:
    path.write_text("Dear diary, nobody has taken me for a database yet. " * 50)


def somebody_elses(path: Path) -> None:
    altered(path, "CREATE TABLE theirs (a)")


def from_tomorrow(path: Path) -> None:
    somebody_elses(path)
    altered(path, "CREATE TABLE outbox (a)")
    altered(path, "PRAGMA user_version = 999")


@pytest.mark.parametrize("make", [notes, somebody_elses, from_tomorrow, os.mkfifo])
async def test_what_check_refuses_a_start_refuses_and_changes_nothing_of_it(
    tmp_path: Path, make: Callable[[Path], None]
) -> None:
    path = tmp_path / "there"
    make(path)
    path.chmod(0o644)
    before = path.stat()
    content = path.read_bytes() if path.is_file() else b""
    refused = examine(path)
    assert not refused.ok
    with pytest.raises(StartupError) as start:
        await made(path)
    assert refused.mend.removeprefix("It ") in start.value.reason
    assert str(path) in start.value.reason
    after = path.stat()
    assert (after.st_mode, after.st_mtime_ns, after.st_ino) == (before.st_mode, before.st_mtime_ns, before.st_ino)
    assert path.is_fifo() or path.read_bytes() == content
    assert list(tmp_path.iterdir()) == [path], "not even a lock"


async def test_an_empty_file_is_well_and_becomes_a_database(tmp_path: Path) -> None:
    path = tmp_path / "bot.sqlite3"
    path.touch()
    assert examine(path).ok
    await made(path)
    assert examine(path).ok


async def test_a_start_on_what_is_no_file_says_so_and_leaves_nothing(tmp_path: Path) -> None:
    folder, file = tmp_path / "folder", tmp_path / "file"
    folder.mkdir()
    file.touch()
    with pytest.raises(StartupError, match="is a folder; name a file in DATABASE"):
        await made(folder)
    for path in (file / "bot.sqlite3", file / "deep" / "bot.sqlite3"):
        with pytest.raises(StartupError, match="A file stands where the folder of"):
            await made(path)
    assert sorted(tmp_path.iterdir()) == [file, folder]


def test_what_is_no_database_at_all_is_named(tmp_path: Path) -> None:
    path = tmp_path / "notes.txt"
    path.write_text("Dear diary, today I was taken for a database. " * 100)
    finding = examine(path)
    assert not finding.ok
    assert "DATABASE" in finding.mend
    assert "It is not a file" in examine(tmp_path).mend


async def test_a_damaged_database_is_named_as_such_and_how_to_go_on(tmp_path: Path) -> None:
    path = tmp_path / "ours.sqlite3"
    await made(path)
    intact = path.read_bytes()
    path.write_bytes(intact[:8192] + bytes(reversed(range(256))) * ((len(intact) - 8192) // 256))
    told = examine(path)
    assert not told.ok
    with pytest.raises(StartupError) as start:
        await made(path)
    for said in (told.mend, start.value.reason):
        assert "it is damaged" in said
        assert "run rebuild" in said
    assert str(path) in start.value.reason


def test_a_file_in_the_way_of_the_folder_is_named(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("")
    assert f"{tmp_path / 'data'} is not a folder" in examine(tmp_path / "data" / "bot.sqlite3").mend


@contextmanager
def as_somebody_else() -> Iterator[Path]:
    """A folder that may be entered and not written. Root may write everywhere, so root becomes nobody meanwhile."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)
        user = os.geteuid()
        try:
            yield folder
        finally:
            os.seteuid(user)
            folder.chmod(0o755)


def give_up_writing(folder: Path) -> None:
    folder.chmod(0o555)
    if os.geteuid() == 0:
        os.seteuid(65534)


async def test_a_folder_that_cannot_be_written_is_named() -> None:
    with as_somebody_else() as folder:
        give_up_writing(folder)
        assert f"The folder {folder} cannot be written" in examine(folder / "bot.sqlite3").mend


async def test_a_file_that_cannot_be_written_is_named() -> None:
    with as_somebody_else() as folder:
        await made(folder / "bot.sqlite3")
        give_up_writing(folder)
        assert "The file or its folder cannot be written" in examine(folder / "bot.sqlite3").mend
