"""Says of every request what became of it: a write leaves at most once, and what goes wrong is an error of our tree.

A doubtful answer is raised at once instead of being met with a second request: the layers below would send a webhook
message or a forum post again after a 5xx or a reset although the first may have been carried out. Does not repeat or
pace anything and does not decide what a caller does about an error.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

import aiohttp
import discord

from bot.chat.codes import PageBefore, PageInstead, WebhookGone, of_code
from bot.chat.discord_time import DiscordTime
from bot.core.errors import (
    CommonthreadError,
    NotAllowed,
    Unanswered,
    Unreachable,
)
from bot.core.network_words import briefly

CALL_TIMEOUT = 60.0
"""Seconds for one call, waits inside discord.py included."""

READS = frozenset({"GET", "HEAD", "OPTIONS"})


class TurnedAway(discord.DiscordException):
    """A 429: surely not carried out. ``retry_after`` in seconds, None when no usable time was named."""

    def __init__(self, retry_after: float | None, scope: str) -> None:
        super().__init__(f"rate limited (scope {scope or 'unknown'})")
        self.retry_after = retry_after
        self.scope = scope


class NoAnswer(discord.DiscordException):
    """A write of which nobody knows whether it was carried out. ``what`` says how the answer failed.

    ``is_page``: something else than Discord wrote it.
    """

    def __init__(self, what: str, *, is_page: bool = False) -> None:
        super().__init__(what)
        self.what = what
        self.is_page = is_page


class NotSent(discord.DiscordException):
    """A write that never reached a connection."""

    def __init__(self, what: str) -> None:
        super().__init__(what)
        self.what = what


@dataclass(slots=True)
class Trip:
    """One call of the adapter. ``was_sent`` from the moment a write was given to an open connection."""

    was_sent: bool = False


_trip: ContextVar[Trip | None] = ContextVar("commonthread_trip", default=None)


@contextmanager
def travelling() -> Iterator[Trip]:
    """Marks the calls made inside as the adapter's own, for which a 429 is an answer and not something to sleep on."""
    trip = Trip()
    token = _trip.set(trip)
    try:
        yield trip
    finally:
        _trip.reset(token)


def at_most_once(discord_time: DiscordTime) -> aiohttp.TraceConfig:
    """The ``http_trace`` of the client, which covers bot routes and webhooks obtained through the client's state."""
    trace = aiohttp.TraceConfig()
    discord_time.watch(trace)
    trace.on_request_start.append(_start)
    trace.on_connection_create_end.append(_connected)
    trace.on_connection_reuseconn.append(_connected)
    trace.on_request_end.append(_end)
    trace.on_request_exception.append(_broken)
    return trace


def _repeatable(method: str) -> bool:
    """Reads always; PUT and DELETE outside the adapter, where discord.py's own patience is welcome."""
    return method in READS or (_trip.get() is None and method in {"PUT", "DELETE"})


async def _start(_: aiohttp.ClientSession, context: SimpleNamespace, params: aiohttp.TraceRequestStartParams) -> None:
    context.was_sent = False
    context.write = params.method not in READS


async def _connected(
    _: aiohttp.ClientSession,
    context: SimpleNamespace,
    params: aiohttp.TraceConnectionCreateEndParams | aiohttp.TraceConnectionReuseconnParams,
) -> None:
    context.was_sent = True
    if context.write and (trip := _trip.get()) is not None:
        trip.was_sent = True


async def _end(_: aiohttp.ClientSession, context: SimpleNamespace, params: aiohttp.TraceRequestEndParams) -> None:
    response = params.response
    if _repeatable(params.method):
        return
    # Reading here frees the connection, and keeps a reset in the middle of the body inside this room.
    body = await response.read()
    if response.status == 429 and _trip.get() is not None:
        raise _turned_away(response, body)
    if response.status >= 500:
        raise NoAnswer(f"status {response.status}", is_page=not _says_json(response))
    # discord.py takes anything but exactly this type for text, and then fails to read it.
    if response.status < 300 and body and response.headers.get("Content-Type") != "application/json":
        raise NoAnswer(f"status {response.status} with an answer that is not JSON")


async def _broken(
    _: aiohttp.ClientSession, context: SimpleNamespace, params: aiohttp.TraceRequestExceptionParams
) -> None:
    error = params.exception
    # Only trouble of the connection: a cancellation belongs to whoever cancelled.
    if _repeatable(params.method) or not isinstance(error, (OSError, aiohttp.ClientError, TimeoutError)):
        return
    what = briefly(error)
    # Not "from error": its text may hold the address, and a webhook's address holds its token.
    raise (NoAnswer(what) if context.was_sent else NotSent(what)) from None


def _turned_away(response: aiohttp.ClientResponse, body: bytes) -> TurnedAway:
    scope = response.headers.get("X-RateLimit-Scope", "")
    for text in (_named_in_body(body), response.headers.get("Retry-After")):
        try:
            seconds = float(text or "")
        except ValueError:
            continue
        if 0 <= seconds < 86_400:
            return TurnedAway(seconds, scope)
    return TurnedAway(None, scope)


def _named_in_body(body: bytes) -> str | None:
    try:
        data = json.loads(body)
    except ValueError:
        return None
    return str(data.get("retry_after")) if isinstance(data, dict) else None


@asynccontextmanager
async def calling(
    doing: str, *, write: bool, needs: tuple[str, ...] = (), call_timeout: float | None = None
) -> AsyncIterator[None]:
    """Runs one call under a total timeout and raises nothing but the tree of bot.core.errors.

    ``doing`` completes "Could not ..."; ``needs``: discord.py's names of the permissions.
    """
    with travelling() as trip:
        try:
            async with asyncio.timeout(CALL_TIMEOUT if call_timeout is None else call_timeout):
                yield
        except CommonthreadError:
            raise
        except Exception as error:
            raise translated(error, doing, write=write and trip.was_sent, needs=needs) from error


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
            kind = PageInstead if error.is_page else Unanswered
            return kind(f"Could not tell whether it worked to {doing}: {error.what}.")
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
        kind = PageBefore if write else Unreachable
        return kind(f"Could not {doing}: something other than Discord answered with status {error.status}.")
    if error.status == 401:
        if error.code == 50027:
            return WebhookGone(f"Could not {doing}: the webhook's token is no longer valid.")
        return NotAllowed(f"Could not {doing}: Discord does not accept the bot's token.")
    return of_code(error, doing, needs)


def _header_seconds(error: discord.HTTPException) -> float | None:
    try:
        return float(error.response.headers.get("Retry-After", ""))
    except ValueError:
        return None


def _is_json(error: discord.HTTPException) -> bool:
    return _says_json(error.response)


def _says_json(response: Any) -> bool:
    return str(response.headers.get("Content-Type", "")).startswith("application/json")
