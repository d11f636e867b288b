"""With what the tests sign: one secret, and keys and senders' addresses made with it. Judges nothing itself."""

from __future__ import annotations

from itertools import count

from bot.core.signing import Signer, message_of

SECRET = b"a secret of these tests alone"
SIGNER = Signer((SECRET,))
ANN = SIGNER.address(42)
"""The sender's address of one member."""

_snowflakes = count(1_300_000_000_000_000_000)


def key() -> str:
    """The signed link of a message that no other test has."""
    return SIGNER.link(f"https://discord.com/channels/1/2/{next(_snowflakes)}")


def longer(one: str) -> str:
    """The key of another message, whose link begins as that of ``one`` does."""
    return SIGNER.link(f"{message_of(one)}5")
