"""Opens files that nobody but their owner may read, and follows no link to them.

Does not read or write what is in them.
"""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path

OWNER_ONLY = 0o600
_OTHERS = 0o077


def open_private(path: Path, flags: int) -> int:
    """A descriptor of a regular file, made with mode 0600 where ``flags`` make one. Raises OSError, for a link too."""
    try:
        descriptor = os.open(path, flags | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK, OWNER_ONLY)
    except OSError as error:
        if error.errno != errno.ELOOP:
            raise
        raise OSError(errno.ELOOP, "a link is not followed", str(path)) from error
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):  # a pipe or a device would be waited for
        os.close(descriptor)
        raise OSError(errno.EINVAL, "not a regular file", str(path))
    return descriptor


def tighten(descriptor: int) -> bool:
    """Take the rights of everybody but the owner away. -> whether there were any.

    Some file systems know no modes, and another user's file keeps its own: then the rights stay as they are.
    """
    mode = stat.S_IMODE(os.fstat(descriptor).st_mode)
    if not mode & _OTHERS:
        return False
    try:
        os.fchmod(descriptor, mode & ~_OTHERS)
    except OSError:
        return True
    return True


def make_private(path: Path, *, make: bool) -> None:
    """See that only its owner may read this file; ``make`` an empty one where there is none. Raises OSError.

    Only for files that this process has not opened with SQLite: closing a second descriptor drops SQLite's locks.
    """
    try:
        descriptor = open_private(path, os.O_RDWR | os.O_CREAT if make else os.O_RDONLY)
    except FileNotFoundError:
        if make:
            raise
        return
    try:
        tighten(descriptor)
    finally:
        os.close(descriptor)
