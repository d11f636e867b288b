"""The buttons and the form of the dialogues, and what comes back from them. Decides nothing, keeps nothing.

A button's name says what it does and to what, by a number or a random word, so that it works after a restart as far as
there is something to do; no name holds a secret, and nothing that a name says is believed without a look.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final

import discord
from discord import ui

from bot.core.accounts import Account
from bot.core.errors import CommonthreadError
from cogs.answers import Asked, linked

PREFIX: Final = "commonthread"


class Deed(StrEnum):
    """What a button or a form does. Who may use it stands in :mod:`cogs.permitted`."""

    CONNECT = "connect"
    ADD_ACCOUNT = "add-account"
    TRY_ACCOUNT = "try-account"
    CANCEL = "cancel"
    """These four are of ``/blog connect``: what follows in the name is the proposal's random word."""
    DISCONNECT = "disconnect"
    KEEP = "keep"
    GIVE_ACCOUNT = "give-account"
    """Of what is connected: what follows is the subscription's number, and who began where that counts."""


USERNAME, PASSWORD = "username", "password"
LONGEST_LOGIN = 60
"""Characters (WordPress: the column user_login)."""

LONGEST_PASSWORD = 200


@dataclass(frozen=True, slots=True)
class Pressed:
    """What came back: ``deed`` and ``about`` are the parts of the name, ``texts`` what a form holds, by field."""

    deed: str
    about: str
    texts: dict[str, str] = field(repr=False)

    @property
    def account(self) -> Account:
        """The account of a form. WordPress shows application passwords in groups, which people copy as they are."""
        username, password = (self.texts.get(name, "").strip() for name in (USERNAME, PASSWORD))
        if not username or not password:
            raise CommonthreadError("Both fields are needed: a user name of the blog, and an application password.")
        return Account(username, password)


def pressed(asked: Asked) -> Pressed | None:
    """What was pressed or sent; None for what is not of these dialogues."""
    if asked.type not in (discord.InteractionType.component, discord.InteractionType.modal_submit):
        return None
    data: dict[str, Any] = dict(asked.data or {})
    prefix, _, rest = str(data.get("custom_id", "")).partition(":")
    deed, _, about = rest.partition(":")
    if prefix != PREFIX:
        return None
    return Pressed(deed, about, _texts(data.get("components") or []))


def _texts(components: list[dict[str, Any]]) -> dict[str, str]:
    """The fields of a form, whether they stand in rows or below labels (Discord: Component Reference)."""
    found: dict[str, str] = {}
    for one in components:
        inner = [*(one.get("components") or []), *([one["component"]] if "component" in one else [])]
        found |= _texts(inner)
        if "value" in one and "custom_id" in one:
            found[one["custom_id"]] = str(one["value"])
    return found


def name(deed: Deed, about: object) -> str:
    """A button's or a form's custom_id."""
    return f"{PREFIX}:{deed}:{about}"


def buttons(*wanted: tuple[str, discord.ButtonStyle, str]) -> ui.View:
    """A row of buttons, each with label, style and name. discord.py need not remember them: a listener answers."""
    view = ui.View(timeout=None)
    for label, style, custom_id in wanted:
        view.add_item(ui.Button(label=label, style=style, custom_id=custom_id))
    view.stop()
    return view


def proposal_buttons(token: str, *, account: bool) -> ui.View:
    """Connect, add an account (or another one), cancel."""
    return buttons(
        ("Connect", discord.ButtonStyle.success, name(Deed.CONNECT, token)),
        ("Other account" if account else "Add account", discord.ButtonStyle.primary, name(Deed.ADD_ACCOUNT, token)),
        ("Cancel", discord.ButtonStyle.secondary, name(Deed.CANCEL, token)),
    )


def disconnect_buttons(subscription: int, member: int) -> ui.View:
    """Yes or no; only ``member`` may press."""
    about = f"{subscription}:{member}"
    return buttons(
        ("Disconnect", discord.ButtonStyle.danger, name(Deed.DISCONNECT, about)),
        ("Keep it", discord.ButtonStyle.secondary, name(Deed.KEEP, about)),
    )


class AccountForm(ui.Modal):
    """Asks for a user name and an application password; ``page`` is where the blog makes those."""

    def __init__(self, custom_id: str, page: str) -> None:
        super().__init__(title="An account for the bot", custom_id=custom_id, timeout=None)
        where = linked(page)
        self.add_item(
            ui.TextDisplay(
                "Give the bot a user of its own that may do no more than `read`, `edit_posts` and `moderate_comments` "
                "(an Editor will do, but may more than the bot needs). "
                f"Logged in as that user, make an application password{f' at {where}' if where else ''} (section "
                "Application Passwords); the user's own password does not work here."
            )
        )
        self.add_item(
            ui.Label(
                text="User name on the blog",
                component=ui.TextInput(custom_id=USERNAME, min_length=1, max_length=LONGEST_LOGIN),
            )
        )
        self.add_item(
            ui.Label(
                text="Application password",
                description="Encrypted before it is kept, and sent to the blog alone.",
                component=ui.TextInput(
                    custom_id=PASSWORD,
                    min_length=8,
                    max_length=LONGEST_PASSWORD,
                    placeholder="xxxx xxxx xxxx xxxx xxxx xxxx",
                ),
            )
        )
        self.stop()
