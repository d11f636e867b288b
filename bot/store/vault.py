"""Seals the accounts of blogs, so that a copy of the database alone opens none of them; makes secrets of its keys.

Does not store what it sealed, and knows no SQL.
"""

from __future__ import annotations

import base64
import json
import logging
import os
import secrets
import tempfile
from collections.abc import Sequence
from pathlib import Path

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from bot.core.accounts import Account, secret_keys
from bot.core.errors import StartupError
from bot.store.private import OWNER_ONLY, open_private, settle, tighten

log = logging.getLogger(__name__)

_ACCOUNTS = "accounts"
_LONGEST_FILE = 4096
_RANDOM_BYTES = 48


class Vault:
    """Seals with the first of its keys, opens with each. Made by ``open``.

    The keys are those of SECRET_KEY, or the one of the key file. That file is made when something is sealed or derived
    for the first time, and holds a text that may be put into SECRET_KEY as it is.
    """

    def __init__(self, keys: Sequence[str], key_file: Path) -> None:
        self._keys = tuple(keys)
        self._key_file = key_file

    @classmethod
    def open(cls, secret_key: str, key_file: Path) -> Vault:
        """``secret_key``: the setting. '' means the key file, which is read if it is there.

        Raises StartupError with one sentence for keys that are none, in the setting or in the file.
        """
        try:
            keys = secret_keys(secret_key)
        except ValueError as error:
            raise StartupError(f"SECRET_KEY {error}.") from None  # the cause would not hold the key, but who knows
        return cls(keys or _read(key_file), key_file)

    def seal(self, account: Account) -> str:
        """Text for the database, another one each time. Raises StartupError where the key file cannot be made."""
        said = json.dumps([account.username, account.password]).encode("ascii")
        return self._fernet(self._needed()).encrypt(said).decode("ascii")

    def unseal(self, sealed: str) -> Account | None:
        """The account; None when no key opens it: it was sealed with another one, or is damaged."""
        keys = self._present()
        if not keys:
            return None
        try:
            username, password = json.loads(self._fernet(keys).decrypt(sealed.encode("utf-8", "replace")))
        except (InvalidToken, ValueError, TypeError):
            return None
        return Account(str(username), str(password))

    def is_old(self, sealed: str) -> bool:
        """Whether it was sealed with another key than the newest, be it known or not."""
        try:
            self._fernet(self._needed()[:1]).decrypt(sealed.encode("utf-8", "replace"))
        except InvalidToken:
            return True
        return False

    def reseal(self, sealed: str) -> str | None:
        """The same account sealed with the newest key; None when no key opens it."""
        account = self.unseal(sealed)
        return None if account is None else self.seal(account)

    def derive(self, purpose: str) -> bytes:
        """32 bytes for another secret, made of the newest key; those of one ``purpose`` tell nothing of another's."""
        return _derived(self._needed()[0], purpose)

    def derive_each(self, purpose: str) -> tuple[bytes, ...]:
        """The same of every key, the newest first: what an older one signed is known still."""
        return tuple(_derived(key, purpose) for key in self._needed())

    def _fernet(self, keys: Sequence[str]) -> MultiFernet:
        return MultiFernet([Fernet(base64.urlsafe_b64encode(_derived(key, _ACCOUNTS))) for key in keys])

    def _present(self) -> tuple[str, ...]:
        self._keys = self._keys or _read(self._key_file)
        return self._keys

    def _needed(self) -> tuple[str, ...]:
        if not self._present():
            _make(self._key_file)
            self._keys = _read(self._key_file)
        return self._keys


def _derived(key: str, purpose: str) -> bytes:
    """HKDF-SHA256 (RFC 5869). No salt: the key is long and random by itself."""
    info = f"commonthread {purpose}".encode()
    return HKDF(algorithm=SHA256(), length=32, salt=None, info=info).derive(key.encode("utf-8"))


def _read(path: Path) -> tuple[str, ...]:
    """The key in the file; none where there is no file. Raises StartupError."""
    try:
        descriptor = open_private(path, os.O_RDONLY)
    except FileNotFoundError:
        return ()
    except OSError as error:
        raise StartupError(
            f"The key file {path} cannot be read ({error.strerror}), and the blogs' accounts are sealed with it."
        ) from error
    with os.fdopen(descriptor, "rb") as file:
        if tighten(descriptor):
            log.warning("The key file %s could be read by others than its owner; its mode is set to 0600 now.", path)
        content = file.read(_LONGEST_FILE + 1)
    try:
        keys = secret_keys(content.decode("ascii").strip())
    except ValueError:  # UnicodeDecodeError is one, and carries the content
        keys = ()
    if len(keys) != 1 or len(content) > _LONGEST_FILE:
        raise StartupError(
            f"The key file {path} does not hold one key; restore it from a backup, or remove it and give the blogs "
            "their accounts anew."
        ) from None
    return keys


def _make(path: Path) -> None:
    """Put a new key into the file, whole or not at all; a file that another process made meanwhile stays."""
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=f".{path.name}.", dir=path.parent) as folder:
            draft = Path(folder, "key")
            descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, OWNER_ONLY)
            with os.fdopen(descriptor, "w", encoding="ascii") as file:
                file.write(f"{secrets.token_urlsafe(_RANDOM_BYTES)}\n")
                file.flush()
                os.fsync(descriptor)
            try:
                os.link(draft, path)  # unlike a rename it never replaces a file
            except FileExistsError:
                return
        settle(path.parent)
    except OSError as error:
        raise StartupError(
            f"The key file {path} cannot be made ({error.strerror}); make its folder writable, or set SECRET_KEY."
        ) from error
    log.info("made the key file %s; back it up apart from the database", path)
