"""Sees that one process alone works with a database: by a file beside it, and by the database itself.

Does not open the database with SQLite, and follows no link.
"""

from __future__ import annotations

import errno
import fcntl
import os
import struct
from pathlib import Path
from typing import IO

from bot.core.errors import StartupError
from bot.store.private import open_private, tighten

TAKEN = "Another Commonthread already uses {path}. Stop it first, or give this one its own DATABASE."

_OURS = 1 << 62
"""A byte of the database that is locked: far behind all that is in it, and behind the bytes that SQLite locks."""


def take_lock(path: Path) -> IO[str]:
    """An advisory lock beside the database, released by the kernel however this process ends."""
    if path.is_dir():
        raise StartupError(f"The database {path} is a folder; name a file in DATABASE.")
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = open_private(path.with_name(path.name + ".lock"), os.O_WRONLY | os.O_CREAT)
        lock_file = os.fdopen(descriptor, "w")
        tighten(descriptor)
    except (FileExistsError, NotADirectoryError) as error:
        raise StartupError(f"A file stands where the folder of {path} should be; check DATABASE.") from error
    except OSError as error:
        raise StartupError(
            f"The folder of the database {path} cannot be written ({error.strerror}); give it to the bot's user, or "
            "name another in DATABASE."
        ) from error
    try:
        fcntl.flock(lock_file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        lock_file.close()
        raise StartupError(TAKEN.format(path=path)) from error
    return lock_file


def hold(path: Path) -> int:
    """Lock the database itself, whatever name it has and whatever becomes of the file beside it. It must be there.

    -> a descriptor, to be closed when every SQLite connection of this process to it is: closing drops their locks.
    Raises StartupError where another process holds it, OSError where it cannot be opened. Where such locks are unknown
    (outside of Linux, and on some network file systems) the file beside it has to do.
    """
    descriptor = open_private(path, os.O_RDWR)
    if (lock := getattr(fcntl, "F_OFD_SETLK", None)) is not None:
        try:
            # struct flock of fcntl(2). Unlike a usual lock it does not end when SQLite closes a connection.
            fcntl.fcntl(descriptor, lock, struct.pack("hhqqi4x", fcntl.F_WRLCK, os.SEEK_SET, _OURS, 1, 0))
        except OSError as error:
            if error.errno in (errno.EAGAIN, errno.EACCES):
                os.close(descriptor)
                raise StartupError(TAKEN.format(path=path)) from error
    return descriptor
