"""Tells a database that cannot be relied on any more: by what SQLite says of it, and by the file that is there no more.

Does not end the process, and calls nothing broken that concerns one statement alone.
"""

from __future__ import annotations

import asyncio
import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bot.core.errors import StoreFailed

LOOKED_AFTER = 20.0
"""Seconds between two looks whether the file is still there: no question asked of SQLite would tell."""

LOCKED = frozenset({sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_PROTOCOL})

_FULL = frozenset({sqlite3.SQLITE_FULL})
_DISK = frozenset({sqlite3.SQLITE_IOERR, sqlite3.SQLITE_NOMEM})
_BARRED = frozenset({sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM})
_DAMAGED = frozenset({sqlite3.SQLITE_CORRUPT})
_NO_DATABASE = frozenset({sqlite3.SQLITE_NOTADB})

_ANEW = "put a backup of it back, or move it away (with its -wal and -shm), run rebuild"

_WHY = (
    (_FULL, "its disk is full: make room"),
    (_DISK, "its disk cannot be read or written: look whether it is full, or failing"),
    (_BARRED, "it cannot be written: give the file and its folder to the bot's user"),
    (_DAMAGED, f"it is damaged: {_ANEW}"),
    (_NO_DATABASE, f"the file holds none: name another in DATABASE; or, if it was the bot's own, {_ANEW}"),
    (LOCKED, "another program has locked it for too long: end that program"),
)


def code_of(error: sqlite3.Error) -> int:
    """SQLite's primary result code; 0 where there is none."""
    return int(getattr(error, "sqlite_errorcode", 0) or 0) & 0xFF


class Health:
    """Of one database: well until it has failed, and then failed for good."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._known_as = _identity(path)
        self._failed: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    @property
    def failed(self) -> bool:
        """Whether it cannot be relied on any more."""
        return self._failed.done()

    def close(self) -> None:
        """Nobody watches any more."""
        if self._failed.done() and not self._failed.cancelled():
            self._failed.exception()  # told by watch, if anybody watched

    @contextmanager
    def observed(self, *, writing: bool) -> Iterator[None]:
        """Around work with it. Raises StoreFailed where SQLite's error is about the file and not about a statement."""
        try:
            yield
        except sqlite3.Error as error:
            code = code_of(error)
            if code == sqlite3.SQLITE_READONLY and not writing:
                raise  # a mistake of ours: what only reads tried to write
            if (found := failure(self._path, code)) is None:
                raise
            self._fail(found)
            raise found from error

    async def watch(self) -> None:
        """Until cancelled. Raises StoreFailed once the database has failed, or is not the file any more that it was."""
        while True:
            done, _ = await asyncio.wait({self._failed}, timeout=LOOKED_AFTER)
            if done:
                self._failed.result()
            if _identity(self._path) not in (None, self._known_as):
                self._fail(
                    StoreFailed(
                        f"The database {self._path} was removed or replaced while the bot ran, so nothing could be "
                        "kept any more: put it back if it was not meant to go, and start the bot again."
                    )
                )

    def _fail(self, error: StoreFailed) -> None:
        if not self._failed.done():
            self._failed.set_exception(error)


def failure(path: Path, code: int) -> StoreFailed | None:
    """What an error of SQLite's says of the whole file, if it does."""
    advice = unusable(code)
    return StoreFailed(f"The database {path} {advice}") if advice else None


def unusable(code: int) -> str:
    """The same without its subject, '' where the error is not about the file."""
    why = next((why for codes, why in _WHY if code in codes), "")
    return f"cannot be used, for {why}, and start the bot again." if why else ""


def _identity(path: Path) -> tuple[int, int] | None:
    """None when it cannot be told."""
    try:
        found = os.stat(path)
    except (FileNotFoundError, NotADirectoryError):
        return (0, 0)
    except OSError:
        return None
    return found.st_dev, found.st_ino
