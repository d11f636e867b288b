"""What each of Discord's own codes speaks of: a message, its author, a place, a webhook, a permission, lack of room.

Does not send anything, and does not decide what a caller does about an error.
"""

from __future__ import annotations

from typing import Final

import discord

from bot.chat.permissions import titles
from bot.core.errors import (
    CommonthreadError,
    Crowded,
    NotAllowed,
    Permanent,
    PlaceVanished,
    RefusalKind,
    Refused,
    Unanswered,
    Unreachable,
    Vanished,
)

BREAKS_A_RULE: Final = 50035
WORDS: Final = 200_000
TITLE: Final = 200_001
NEEDS_TAG: Final = 40067
NO_SUCH_TAG: Final = 10087
HAS_THREAD: Final = 160_004
FULL_OF_WEBHOOKS: Final = frozenset({"30007", "30058"})
LOCKED: Final = 160_005

# Discord: JSON error codes.
_PLACES = {10003: "the channel or thread is gone", 10004: "the server is gone or the bot left it"}
_SHUT = {50083: "the thread is archived", LOCKED: "the thread is locked"}
_WEBHOOKS = {10015: "the webhook is gone", 50027: "the webhook's token is no longer valid"}
_FULL = {
    30013: "the server has as many channels as it may",
    160006: "the server has its 1000 active threads already",
    160007: "the server has all its active announcement threads already",
}
_LACKS = {
    40001: "Discord does not let the bot do this",
    60003: "the server asks two-factor authentication of who moderates, and the bot's owner has none",
}
"""What is said of the bot itself, in a 403. Any other code of a 403 speaks of the one thing that was asked for."""

_REFUSALS = {
    NEEDS_TAG: "this forum requires a tag",
    NO_SUCH_TAG: "a tag is gone",
    10014: "Discord does not know the emoji",
    30010: "the message has its 20 reactions already",
    90001: "its author has blocked the bot",
    50005: "the message was written by somebody else",
    50006: "there is nothing to show",
    BREAKS_A_RULE: "a field breaks Discord's rules",
    30007: "the channel has its 15 webhooks already",
    30058: "the server has its 1000 webhooks already",
    40058: "a forum takes posts, not messages",
    160002: "a reply needs the permission Read Message History",
    HAS_THREAD: "the message has a thread already",
    WORDS: "the server's AutoMod does not let it pass",
    TITLE: "the server's AutoMod does not let the title pass",
    240000: "it holds a link that Discord takes for harmful",
}

_KINDS = {BREAKS_A_RULE: RefusalKind.BREAKS_A_RULE, WORDS: RefusalKind.WORDS, 240_000: RefusalKind.WORDS}


class ThreadShut(NotAllowed):
    """The thread is archived or locked. Reaches the core as NotAllowed when it cannot be opened."""

    def __init__(self, doing: str, code: int, *, may_manage: bool = False) -> None:
        advice = "unlock it" if may_manage else "unlock it or give the bot Manage Threads"
        super().__init__(f"Could not {doing}: {_SHUT[code]}; {advice}.")
        self.doing, self.code, self.is_locked = doing, code, code == LOCKED


class Forbidden(NotAllowed):
    """The bot may not, or so Discord says. Reaches the core as NotAllowed.

    ``doing`` completes "Could not ..."; ``lacks``: Discord says that a permission is missing.
    """

    def __init__(self, doing: str, why: str, *, lacks: bool = False, lacking: str = "") -> None:
        super().__init__(f"Could not {doing}: {why}.", lacking=lacking)
        self.doing, self.lacks = doing, lacks


class PageBefore(Unreachable):
    """Something in front of Discord turned a request away with a page of its own. Stays inside the adapter."""


class PageInstead(Unanswered):
    """A page came in the place of Discord's answer, whatever became of the request. Stays inside the adapter."""


class WebhookGone(Permanent):
    """The webhook is gone, elsewhere, or its token is another: no message is gone with it. Stays inside the adapter."""


def of_code(error: discord.HTTPException, doing: str, needs: tuple[str, ...]) -> CommonthreadError:
    """The error of our tree for a refusal in Discord's own words. ``needs``: permissions that the request takes."""
    code = error.code
    if code in _PLACES:
        return PlaceVanished(f"Could not {doing}: {_PLACES[code]}.")
    if code in _SHUT:
        return ThreadShut(doing, code)
    if code in _WEBHOOKS:
        return WebhookGone(f"Could not {doing}: {_WEBHOOKS[code]}.")
    if code in _FULL:
        return Crowded(f"Could not {doing}: {_FULL[code]}. It goes on by itself when there is room.")
    if code == 10008 and error.status == 403:
        return Refused(f"Could not {doing}: Discord's protection against abuse refuses it.", str(code))
    if code == 10008:
        return Vanished(f"Could not {doing}: the message is gone.")
    if code == 50001:
        return Forbidden(doing, "the bot may not see the channel (permission View Channel)", lacking="View Channel")
    if code == 50013:
        named = titles(needs) or "what the check command names"
        return Forbidden(doing, f"the bot lacks a permission; it needs {named}", lacks=True)
    if code in _LACKS or (error.status == 403 and not code):
        return Forbidden(doing, f"{_LACKS.get(code, 'Discord forbids it')} (Discord's code {code})")
    why = _REFUSALS.get(code, f"Discord refuses it (status {error.status}, code {code})")
    told = f" (Discord's code {code})" if code in _REFUSALS else ""
    return Refused(f"Could not {doing}: {why}{told}.", str(code), kind=_KINDS.get(code, RefusalKind.OTHER))
