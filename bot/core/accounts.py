"""A blog's account as a value, and the rule for the operator's texts from which the keys that seal it are made.

Does not seal anything: :mod:`bot.store.vault` does.
"""

from __future__ import annotations

from dataclasses import dataclass, field

SHORTEST_KEY = 32
"""Characters of one key. ``secrets.token_urlsafe(48)`` makes 64."""


@dataclass(frozen=True, slots=True)
class Account:
    """A user of a blog and an application password of theirs, which shows in no repr."""

    username: str
    password: str = field(repr=False)


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
