"""Numbered SQL files: no gaps, each all or nothing, each statement whole."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from bot.core.errors import StartupError
from bot.store.sqlite import migrate as room
from bot.store.sqlite.db import Database
from bot.store.sqlite.migrate import migrate, migrations, statements, version


def test_the_files_have_no_gaps() -> None:
    assert list(migrations()) == list(range(1, len(migrations()) + 1))


@pytest.mark.parametrize("names", [("0001_a.sql", "0003_c.sql"), ("0001_a.sql", "0002_b.sql", "0002_c.sql")])
def test_a_gap_and_a_double_number_are_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, names: tuple[str, ...]
) -> None:
    for name in names:
        (tmp_path / name).write_text("SELECT 1;")
    monkeypatch.setattr(room, "files", lambda _package: tmp_path)
    with pytest.raises(StartupError, match="gap"):
        migrations()


async def test_a_failing_file_leaves_the_version_before(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    scripts = tmp_path / "scripts"
    scripts.mkdir()
    (scripts / "0001_a.sql").write_text("CREATE TABLE a (x INTEGER) STRICT;")
    (scripts / "0002_b.sql").write_text("CREATE TABLE b (x INTEGER) STRICT;\nINSERT INTO nowhere VALUES (1);")
    monkeypatch.setattr(room, "files", lambda _package: scripts)
    database = await Database.open(tmp_path / "bot.sqlite3")
    with pytest.raises(sqlite3.OperationalError):
        await migrate(database)
    async with database.transaction() as tx:
        assert await version(tx) == 1
        names = [name for (name,) in await tx.execute_fetchall("SELECT name FROM sqlite_master")]
    assert names == ["a"], "half of a file has stayed"
    (scripts / "0002_b.sql").write_text("CREATE TABLE b (x INTEGER) STRICT;")
    assert await migrate(database) == 2
    assert await migrate(database) == 2
    await database.close()


def test_a_script_is_cut_at_its_statements() -> None:
    assert len(statements("-- a; b\nSELECT ';';\nSELECT\n 2;\n-- the end\n")) == 2
    with pytest.raises(StartupError, match="middle"):
        statements("SELECT 1;\nSELECT")
