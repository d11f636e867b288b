"""Translates what discord.py, aiohttp and the system raise into our tree of errors, with the ids in a sentence.

Does not retry and does not decide what a caller does about an error.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import aiohttp
import discord

from bot.chat.once import NoAnswer, NotSent, TurnedAway, travelling
from bot.chat.permissions import titles
from bot.core.errors import (
    CommonthreadError,
    NotAllowed,
    Permanent,
    PlaceVanished,
    RefusalKind,
    Refused,
    Unanswered,
    Unreachable,
    Vanished,
)
from bot.core.network_words import briefly

PATIENCE = 60.0
"""Seconds for one call, waits inside discord.py included."""


class ThreadShut(NotAllowed):
    """The thread is archived or locked. Reaches the core as NotAllowed when it cannot be opened."""


class Forbidden(NotAllowed):
    """A permission is missing, or so Discord says. Reaches the core as NotAllowed."""


class WebhookGone(Permanent):
    """The webhook or its token is no longer valid: no message is gone with it. Stays inside the adapter."""


# Discord: JSON error codes.
_PLACES = {10003: "the channel or thread is gone", 10004: "the server is gone or the bot left it"}
_SHUT = {50083: "the thread is archived", 160005: "the thread is locked"}
_BREAKS_A_RULE = 50035
_REFUSALS = {
    40067: "this forum requires a tag",
    50005: "the message was written by somebody else",
    50006: "there is nothing to show",
    _BREAKS_A_RULE: "a field breaks Discord's rules",
    30007: "the channel has its 15 webhooks already",
    30058: "the server has its 1000 webhooks already",
    40058: "a forum takes posts, not messages",
    160002: "a reply needs the permission Read Message History",
    160004: "the message has a thread already",
    160006: "the server has its 1000 active threads already",
    160007: "the server has all its active announcement threads already",
    200000: "the server's AutoMod does not let it pass",
    200001: "the server's AutoMod does not let the title pass",
    240000: "it holds a link that Discord takes for harmful",
}


@asynccontextmanager
async def calling(
    doing: str, *, write: bool, needs: tuple[str, ...] = (), patience: float | None = None
) -> AsyncIterator[None]:
    """Runs one call under a total timeout and raises nothing but the tree of bot.core.errors.

    ``doing`` completes "Could not ..."; ``needs``: discord.py's names of the permissions.
    """
    with travelling() as trip:
        try:
            async with asyncio.timeout(PATIENCE if patience is None else patience):
                yield
        except CommonthreadError:
            raise
        except Exception as error:
            raise translated(error, doing, write=write and trip.left, needs=needs) from error


def translated(error: Exception, doing: str, *, write: bool, needs: tuple[str, ...] = ()) -> CommonthreadError:
    """The error of our tree. ``write``: a write has left, so that silence is doubt and not failure."""
    lost = Unanswered if write else Unreachable
    match error:
        case TurnedAway():
            return Unreachable(f"Could not {doing}: Discord asks for a pause.", error.retry_after)
        case discord.RateLimited():
            return Unreachable(f"Could not {doing}: Discord asks for a pause.", error.retry_after)
        case NotSent():
            return Unreachable(f"Could not {doing}: Discord cannot be reached: {error.what}.")
        case NoAnswer():
            return Unanswered(f"Could not tell whether it worked to {doing}: {error.what}.")
        case discord.HTTPException():
            return _of_answer(error, doing, write=write, needs=needs)
        case TimeoutError():
            return lost(f"Could not {doing} in time: Discord did not answer.")
        case OSError() | aiohttp.ClientError() | discord.GatewayNotFound():
            return lost(f"Could not {doing}: the connection failed ({briefly(error)}).")
        case ValueError() | TypeError() | KeyError() | AttributeError():
            # What discord.py raises when an answer has not the promised shape.
            return lost(f"Could not {doing}: Discord's answer made no sense ({type(error).__name__}).")
        case _:
            return lost(f"Could not {doing}: {type(error).__name__}.")


def _of_answer(error: discord.HTTPException, doing: str, *, write: bool, needs: tuple[str, ...]) -> CommonthreadError:
    if error.status == 429:
        return Unreachable(f"Could not {doing}: Discord asks for a pause.", _header_seconds(error))
    if error.status >= 500:
        kind = Unanswered if write else Unreachable
        return kind(f"Could not {doing}: Discord answered with status {error.status}.")
    if not _is_json(error):
        return Unreachable(f"Could not {doing}: something other than Discord answered with status {error.status}.")
    if error.status == 401:
        if error.code == 50027:
            return WebhookGone(f"Could not {doing}: the webhook's token is no longer valid.")
        return NotAllowed(f"Could not {doing}: Discord does not accept the bot's token.")
    return _of_code(error, doing, needs)


def _of_code(error: discord.HTTPException, doing: str, needs: tuple[str, ...]) -> CommonthreadError:
    code = error.code
    if code in _PLACES:
        return PlaceVanished(f"Could not {doing}: {_PLACES[code]}.")
    if code in _SHUT:
        return ThreadShut(f"Could not {doing}: {_SHUT[code]}; unlock it or give the bot Manage Threads.")
    if code in (10015, 50027):
        return WebhookGone(f"Could not {doing}: the webhook is gone.")
    if code == 10008 and error.status == 403:
        return Refused(f"Could not {doing}: Discord's protection against abuse refuses it.", str(code))
    if code == 10008:
        return Vanished(f"Could not {doing}: the message is gone.")
    if code == 50001:
        return Forbidden(f"Could not {doing}: the bot may not see the channel (permission View Channel).")
    if code == 50013:
        named = titles(needs) or "what the check command names"
        return Forbidden(f"Could not {doing}: the bot lacks a permission; it needs {named}.")
    if code in _REFUSALS:
        kind = RefusalKind.BREAKS_A_RULE if code == _BREAKS_A_RULE else RefusalKind.OTHER
        return Refused(f"Could not {doing}: {_REFUSALS[code]} (Discord's code {code}).", str(code), kind=kind)
    if error.status == 403:
        return Forbidden(f"Could not {doing}: Discord forbids it (code {code}).")
    return Refused(f"Could not {doing}: Discord refuses it (status {error.status}, code {code}).", str(code))


def _header_seconds(error: discord.HTTPException) -> float | None:
    try:
        return float(error.response.headers.get("Retry-After", ""))
    except ValueError:
        return None


def _is_json(error: discord.HTTPException) -> bool:
    return str(error.response.headers.get("Content-Type", "")).startswith("application/json")
