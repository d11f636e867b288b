"""Looks at the database's file from outside the running bot: whether it will do, for the check command and before the
bot opens it; the map in it.

Does not make, migrate, lock or write it: a bot that runs on it is not disturbed.
"""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

from bot.core.errors import StartupError
from bot.ports import Finding
from bot.store.sqlite.failing import code_of, unusable
from bot.store.sqlite.migrate import migrations

LOCK_TIMEOUT = 5.0
"""Seconds to wait for a bot that is just writing."""

NO_FILE = "It is not a file; name a file in DATABASE."
FOREIGN = "It is some other program's database; name another file in DATABASE."

_TABLES = """-- How many tables, indexes and views there are, and whether the outbox is one of them.
SELECT count(*), coalesce(max(name = 'outbox'), 0) FROM sqlite_schema
"""

_MAP = """-- Every message of ours and every relay, with the comment or the post that it shows.
SELECT posts.thread_id, posts.starter_id AS message_id, posts.blog_id AS post_id, NULL AS comment_id,
       NULL AS parent_id, 1 AS part, 'blog' AS origin
  FROM posts WHERE starter_id IS NOT NULL
UNION ALL
SELECT links.thread_id, links.message_id, posts.blog_id, comments.blog_id, comments.parent_blog_id, links.part,
       comments.origin
  FROM links JOIN comments ON comments.id = links.comment JOIN posts ON posts.id = comments.post_id
 ORDER BY message_id
"""


def examine(path: Path) -> Finding:
    """One finding on the file that DATABASE names. Blocks for LOCK_TIMEOUT at most, raises nothing."""
    subject = f"database {path}"
    try:
        advice = _of_file(path) if path.exists() else _of_folder(path)
    except sqlite3.Error as error:
        found = unusable(code_of(error))
        advice = f"It {found}" if found else f"It cannot be opened ({error}); check DATABASE."
    except OSError as error:
        advice = f"It cannot be opened ({error}); check DATABASE."
    if advice:
        return Finding(False, subject, advice)
    return Finding(True, subject if path.exists() else f"{subject} (will be made)")


def refuse_foreign(path: Path) -> None:
    """Raise StartupError for what is no database of ours, before anything of it is changed. Blocks as ``examine`` does.

    In the words of ``examine``. What else may be wrong with the file is told by whoever opens it.
    """
    if path.is_symlink() or path.is_dir() or not path.exists():
        return
    try:
        advice = _of_content(path) if path.is_file() else NO_FILE
    except sqlite3.Error as error:
        if code_of(error) != sqlite3.SQLITE_NOTADB:
            return
        raise StartupError(f"The database {path} {unusable(code_of(error))}") from error
    if advice:
        raise StartupError(f"The database {path} cannot be used. {advice}")


def map_rows(path: Path) -> list[dict[str, Any]]:
    """The map as rows with the keys thread_id, message_id, post_id, comment_id, parent_id, part, origin."""
    with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as connection:
        connection.row_factory = sqlite3.Row
        return [dict(row) for row in connection.execute(_MAP)]


def _of_folder(path: Path) -> str:
    folder = next(parent for parent in path.absolute().parents if parent.exists())
    if not folder.is_dir():
        return f"{folder} is not a folder; check DATABASE."
    if not _may(folder, os.W_OK | os.X_OK):
        return f"The folder {folder} cannot be written; give it to the bot's user, or name another in DATABASE."
    return ""


def _of_file(path: Path) -> str:
    if not path.is_file():
        return NO_FILE
    # SQLite keeps its journal, and the bot its lock, beside the file.
    if not (_may(path, os.R_OK | os.W_OK) and _may(path.absolute().parent, os.W_OK | os.X_OK)):
        return "The file or its folder cannot be written; give both to the bot's user, or name another in DATABASE."
    return _of_content(path)


def _of_content(path: Path) -> str:
    uri = f"{path.absolute().as_uri()}?mode=rw"
    with closing(sqlite3.connect(uri, uri=True, timeout=LOCK_TIMEOUT)) as connection:
        version: int = connection.execute("PRAGMA user_version").fetchone()[0]
        tables, ours = connection.execute(_TABLES).fetchone()
    known = len(migrations())
    if tables and not (version and ours):
        return FOREIGN
    if version > known:
        return (
            f"It is of version {version}, and this Commonthread knows {known}: install the newer Commonthread again, "
            "or restore the backup you made before."
        )
    return ""


def _may(path: Path, mode: int) -> bool:
    return os.access(path, mode, effective_ids=os.access in os.supports_effective_ids)
