"""Opens and replaces files that nobody but their owner may read, follows no link, and says which ones others may read.

Does not know what is in them.
"""

from __future__ import annotations

import errno
import os
import shlex
import stat
from collections.abc import Iterable, Iterator
from pathlib import Path

from bot.ports import Finding

OWNER_ONLY = 0o600
_OTHERS = 0o077
_NOT_EVEN_A_GROUP = 0o007
_WRITING = 0o022


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


def write_whole(path: Path, content: bytes) -> None:
    """Make or replace a private file: after a crash or a power cut it is the old one or the new one. Raises OSError."""
    draft = path.with_name(f"{path.name}.new")
    draft.unlink(missing_ok=True)
    with os.fdopen(open_private(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL), "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)
    settle(path.parent)


def settle(folder: Path) -> None:
    """A file's name outlives a power cut once its folder is written."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def exposed(files: Iterable[Path], folders: Iterable[Path]) -> Iterator[Finding]:
    """A finding on each file that others may read, and on each folder into which others may put one. Changes nothing.

    What belongs to another user is shared with the bot by its group, which may well be meant so.
    """
    for file in files:
        if (found := _mode(file)) is None:
            continue
        mode, own = found
        if mode & (_OTHERS if own else _NOT_EVEN_A_GROUP):
            mend = (
                f"others on this computer may read it (mode {mode:04o}): chmod {'600' if own else 'o='} {_quoted(file)}"
            )
            yield Finding(False, f"file {file}", mend)
    for folder in folders:
        if (found := _mode(folder)) is not None and found[0] & _WRITING:
            mend = f"others on this computer may put files into it (mode {found[0]:04o}): chmod go-w {_quoted(folder)}"
            yield Finding(False, f"folder {folder}", mend)


def _mode(path: Path) -> tuple[int, bool] | None:
    """The rights of what is there, and whether it is the bot's user's own."""
    try:
        found = path.stat()
    except OSError:
        return None
    return stat.S_IMODE(found.st_mode), found.st_uid == os.geteuid()


def _quoted(path: Path) -> str:
    return shlex.quote(str(path))
