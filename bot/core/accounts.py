"""A blog's account as a value, where a secret may be sent, and the operator's texts from which the keys are made.

Does not seal anything: :mod:`bot.store.vault` does.
"""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass, field
from urllib.parse import urlsplit

SHORTEST_KEY = 32
"""Characters of one key. ``secrets.token_urlsafe(48)`` makes 64."""


@dataclass(frozen=True, slots=True)
class Account:
    """A user of a blog and an application password of theirs, which shows in no repr.

    ``openly_to``: hosts to which it may go where others on the way can read it; see :func:`goes_openly`.
    """

    username: str
    password: str = field(repr=False)
    openly_to: frozenset[str] = frozenset()


def goes_openly(url: str, allowed: frozenset[str]) -> bool:
    """Whether a secret that is sent there can be read by others on the way, at a host for which nobody allowed that.

    What is not encrypted leaves this computer only where it is sent to another one: loopback is nobody else's. A name
    that merely leads to loopback may lead elsewhere tomorrow.
    """
    parts = urlsplit(url)
    host = (parts.hostname or "").rstrip(".")
    return parts.scheme not in ("https", "wss") and not _is_loopback(host) and host not in allowed


def _is_loopback(host: str) -> bool:
    if host == "localhost" or host.endswith(".localhost"):  # RFC 6761: resolved to loopback, by whomever
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def secret_keys(setting: str) -> tuple[str, ...]:
    """The keys of SECRET_KEY, newest first; none for ''.

    Raises ValueError with words that follow the setting's name, and never hold a key.
    """
    if not setting.strip():
        return ()
    keys = tuple(key.strip() for key in setting.split(","))
    if "" in keys:
        raise ValueError("has nothing between two commas; write new,old")
    for number, key in enumerate(keys, 1):
        if len(key) < SHORTEST_KEY:
            which = "is" if len(keys) == 1 else f"has a key (number {number}) that is"
            raise ValueError(f"{which} shorter than {SHORTEST_KEY} characters; .env.example says how to make one")
        if any(mark.isspace() for mark in key) or not key.isprintable():
            raise ValueError("has a space or another character that cannot be seen in a key")
    return keys
