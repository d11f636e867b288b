"""By what a comment that carries a member's message proves to be ours: a signed link, and a sender's address of ours.

Pure: HMAC-SHA256 over secrets that the composition hands in. Asks nobody, and is the one place where this is judged.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

NOWHERE = "@discord.invalid"
"""How the sender's address of every relay ends: nobody can get mail there (RFC 2606)."""

_LINK = re.compile(r"https://discord\.com/channels/\d{1,20}/\d{1,20}/\d{1,20}(?:#ct-[a-z2-7]{1,64})?", re.ASCII)
_UNSIGNED_ADDRESS = re.compile(r"\d{1,20}@discord\.invalid", re.ASCII)
_MARK = "#ct-"
_LONG, _SHORT = 16, 10
"""Characters of base32: 80 bits for what tells apart, 50 for what is only to be guessed at by asking the blog."""


SIGNATURE = "comments of members"
"""The purpose for which the secrets are derived from the operator's keys."""


class Sender(StrEnum):
    """Whose the address of a comment's sender is: made by us, a reader's, or not told to whoever asked."""

    OURS = "ours"
    READER = "reader"
    UNTOLD = "untold"


@dataclass(frozen=True, slots=True)
class Proof:
    """What a comment's author link and its sender's address prove.

    ``relay_of``: the link, where the comment is ours. ``unproven``: a link without a signature, or with that of a key
    which we do not have, where no reader's address speaks against it; believed of a comment that the map knows by it.
    """

    relay_of: str = ""
    unproven: str = ""
    sender: Sender = Sender.UNTOLD


class Signer:
    """Signs with the first of its secrets, recognises what any of them has signed. Without secrets nothing is ours.

    ``since``: from when on this installation's relays are signed; an unsigned one of before is ours where its sender's
    address is what they bore then. 0: nothing tells, as of a new database, so that no unsigned one is believed by that.
    ``noted_at``: when that was noted. Whatever is unsigned and younger is nobody's of ours.
    """

    def __init__(self, secrets: Sequence[bytes] = (), *, since: int = 0, noted_at: int = 0) -> None:
        self._secrets = tuple(secrets)
        self._since = since
        self._noted_at = noted_at

    # ---------------------------------------------------------------- what a relay carries

    def link(self, jump_url: str) -> str:
        """The link to a message, which opens it as before, with a signature over server, channel and message."""
        return f"{message_of(jump_url)}{_MARK}{_of_link(self._secrets[0], jump_url)}"

    def address(self, member: int) -> str:
        """The sender's address of a member's comments: always the same, and told by nobody who has no secret."""
        return _address(self._secrets[0], member)

    # ---------------------------------------------------------------- what a comment carries

    def signed(self, link: str) -> bool:
        """Whether a link bears a signature of ours."""
        _, mark, found = link.partition(_MARK)
        return bool(mark) and any(_same(found, _of_link(secret, link)) for secret in self._secrets)

    def made(self, address: str) -> bool:
        """Whether a sender's address was made by us, for whichever member: it proves itself."""
        name = address.removesuffix(NOWHERE)
        if name == address or not name.startswith("ct-"):
            return False
        told, check = name[3 : 3 + _LONG], name[3 + _LONG :]
        return any(_same(check, _check(secret, told)) for secret in self._secrets)

    def is_of(self, address: str, member: int) -> bool:
        """Whether an address is that of a member's comments, by any of our secrets, or as it was before we signed."""
        return address == unsigned_address(member) or any(
            _same(address, _address(secret, member)) for secret in self._secrets
        )

    def judge(self, link: str, address: str | None, written_at: int | None) -> Proof:
        """What a comment's author link and its sender's address prove. ``address``: None where the blog tells none.

        An address of ours proves alone, since it stands nowhere in public; where it is told and is none of ours, a
        signed link was copied. Where none is told the signature has to do.
        """
        link = link if _LINK.fullmatch(link) else ""
        if address is None:
            proven = self.signed(link) or self._is_of_before(link, written_at)
            return Proof(relay_of=link) if proven else Proof(unproven=link)
        if self.made(address):
            return Proof(relay_of=link, sender=Sender.OURS)
        if not address.endswith(NOWHERE) or self.signed(link):
            return Proof(sender=Sender.READER)
        if link and _UNSIGNED_ADDRESS.fullmatch(address) and self._is_of_before(link, written_at):
            return Proof(relay_of=link, sender=Sender.OURS)
        return Proof(unproven=link)

    def is_still(self, key: str, link: str, address: str | None, written_at: int | None) -> bool:
        """Whether the comment that the map knows by a key, asked for its number before it is changed, is still it.

        A comment that was mapped before we signed, or with a key that is lost, is believed by the very link that the
        map holds. Where the blog has cleared or changed the link, its sender's address alone tells.
        """
        proof = self.judge(link, address, written_at)
        if proof.relay_of or proof.unproven:
            return carries(proof.relay_of, proof.unproven, key)
        if _LINK.fullmatch(link) or address is None:
            return False
        return proof.sender is Sender.OURS or self._may_be_of(key, address, written_at)

    def may_be_old(self, link: str, address: str, member: int, written_at: int | None) -> bool:
        """Whether an unsigned comment may be a member's of before: it is older than what was noted (``noted_at``).

        Its words have to be the member's besides.
        """
        unsigned = bool(link) and _MARK not in link and address == unsigned_address(member)
        return unsigned and bool(written_at) and (written_at or 0) <= self._noted_at

    def _may_be_of(self, key: str, address: str, written_at: int | None) -> bool:
        """Whether an address may go with a key that we did not sign, or whose secret is lost: of an age and a shape."""
        if _MARK in key:
            return not self.signed(key) and address.startswith("ct-") and address.endswith(NOWHERE)
        before = bool(written_at) and (written_at or 0) <= max(self._since, self._noted_at)
        return before and _UNSIGNED_ADDRESS.fullmatch(address) is not None

    def _is_of_before(self, link: str, written_at: int | None) -> bool:
        return bool(link and _MARK not in link and written_at and written_at <= self._since)


NOBODYS = Signer()
"""For whoever only looks at a blog: nothing is ours."""


def message_of(link: str) -> str:
    """The link to the message alone, without a signature."""
    return link.partition("#")[0]


def carries(relay_of: str, unproven: str, key: str) -> bool:
    """Whether a comment that proves so much is the one that the map knows by a key."""
    if relay_of:
        return message_of(relay_of) == message_of(key)
    return bool(key) and unproven == key


def unsigned_address(member: int) -> str:
    """The sender's address of a member's comments before they were signed."""
    return f"{member}{NOWHERE}"


def is_link(link: str) -> bool:
    """Whether an author link has the shape of a relay's, whoever put it there."""
    return _LINK.fullmatch(link) is not None


def fingerprint(secret: bytes) -> str:
    """By which a secret is known again, and from which nobody learns it."""
    return _mac(secret, "fingerprint", "", _LONG)


def _address(secret: bytes, member: int) -> str:
    told = _mac(secret, "member", str(member), _LONG)
    return f"ct-{told}{_check(secret, told)}{NOWHERE}"


def _check(secret: bytes, told: str) -> str:
    return _mac(secret, "address", told, _SHORT)


def _of_link(secret: bytes, link: str) -> str:
    return _mac(secret, "link", message_of(link), _LONG)


def _mac(secret: bytes, purpose: str, text: str, length: int) -> str:
    mac = hmac.new(secret, f"{purpose}\n{text}".encode(), hashlib.sha256).digest()
    return base64.b32encode(mac).decode("ascii").lower()[:length]


def _same(one: str, other: str) -> bool:
    return hmac.compare_digest(one.encode(), other.encode())
