"""The accounts of the loopback blog: their roles, what each role may do, and who a request is from.

Does not know sessions, cookies or login passwords: application passwords over HTTP Basic are all there is.
"""

from __future__ import annotations

import base64
import binascii
import hmac
import re
import secrets
from dataclasses import dataclass, field

_BRIDGE = frozenset({"read", "edit_posts", "moderate_comments"})
_AUTHOR = frozenset({"read", "edit_posts", "publish_posts", "edit_published_posts", "upload_files", "delete_posts"})
_EDITOR = _AUTHOR | {"moderate_comments", "edit_others_posts", "unfiltered_html", "read_private_posts"}
_EDITOR |= {"delete_others_posts"}
CAPABILITIES: dict[str, frozenset[str]] = {
    "subscriber": frozenset({"read"}),
    "bridge": _BRIDGE,
    "librarian": _BRIDGE | {"upload_files", "delete_posts"},
    "author": _AUTHOR,
    "editor": _EDITOR,
    "administrator": _EDITOR | {"manage_options"},
}


@dataclass
class Account:
    """One user; `app_password` is what HTTP Basic must bring (spaces in it do not count)."""

    id: int
    username: str
    name: str
    role: str
    email: str
    app_password: str = field(default_factory=lambda: secrets.token_hex(12), repr=False)

    def may(self, capability: str) -> bool:
        """Has the account's role this WordPress capability?"""
        return capability in CAPABILITIES[self.role]


def standard_accounts() -> list[Account]:
    """One account per role: ids 1 to 6, 'admin' first; 'bridge' is the least that a bridge needs.

    'librarian' is the same with the media library.
    """
    roles = {
        "admin": "administrator",
        "bridge": "bridge",
        "editor": "editor",
        "author": "author",
        "subscriber": "subscriber",
        "librarian": "librarian",
    }
    return [
        Account(number, login, login.capitalize(), role, f"{login}@example.test")
        for number, (login, role) in enumerate(roles.items(), start=1)
    ]


def account_of(authorization: str, accounts: list[Account]) -> Account | None:
    """Who an Authorization header speaks for, by login or e-mail.

    A wrong password is nobody, not an error: WordPress answers a public GET as if the header were not there.
    """
    scheme, _, encoded = authorization.partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        login, _, password = base64.b64decode(encoded, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return None
    password = re.sub(r"[^a-zA-Z0-9]", "", password)
    for account in accounts:
        if login in (account.username, account.email) and hmac.compare_digest(password, account.app_password):
            return account
    return None
