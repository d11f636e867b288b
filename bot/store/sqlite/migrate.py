"""Bring a database to the newest schema: numbered SQL files, forward only.

Knows nothing of what the tables mean.
"""

from __future__ import annotations

import re
import sqlite3
from importlib.resources import files
from importlib.resources.abc import Traversable

import aiosqlite

from bot.core.errors import StartupError
from bot.store.sqlite.db import Database


def migrations() -> dict[int, str]:
    """Version -> SQL, from ``migrations/NNNN_name.sql``, without gaps. Raises StartupError when one is missing."""
    scripts = _scripts()
    found = {int(file.name[:4]): file.read_text("utf-8") for file in scripts}
    if sorted(found) != list(range(1, len(scripts) + 1)):
        raise StartupError("The folder migrations/ has a gap or a double number; install Commonthread again.")
    return dict(sorted(found.items()))


def _scripts() -> list[Traversable]:
    return [file for file in files("migrations").iterdir() if re.fullmatch(r"\d{4}_\w+\.sql", file.name)]


async def migrate(database: Database) -> int:
    """Apply what is missing, each file in a transaction of its own. -> the version now. Refuses a newer database."""
    scripts = migrations()
    async with database.transaction() as tx:
        current = await version(tx)
    if current > len(scripts):
        raise StartupError(
            f"This database is of version {current}, this Commonthread knows {len(scripts)}. "
            "Install the newer Commonthread again, or restore the backup you made before."
        )
    for number in range(current + 1, len(scripts) + 1):
        async with database.rebuilding() as tx:
            for statement in statements(scripts[number]):
                await tx.execute_fetchall(statement)
            if list(await tx.execute_fetchall("PRAGMA foreign_key_check")):
                raise StartupError(f"Rows of this database point nowhere after migration {number}; restore a backup.")
            await tx.execute_fetchall(f"PRAGMA user_version = {number}")
    return len(scripts)


async def version(tx: aiosqlite.Connection) -> int:
    """The schema version that the file itself carries."""
    rows = list(await tx.execute_fetchall("PRAGMA user_version"))
    return int(rows[0][0])


def statements(script: str) -> list[str]:
    """Cut a script into statements. ``executescript`` would commit the open transaction first, so it is not used."""
    done: list[str] = []
    pending = ""
    for line in script.splitlines(keepends=True):
        pending += line
        if sqlite3.complete_statement(pending):
            done.append(pending)
            pending = ""
    if any(line.strip() and not line.strip().startswith("--") for line in pending.splitlines()):
        raise StartupError("A migration ends in the middle of a statement; install Commonthread again.")
    return done
