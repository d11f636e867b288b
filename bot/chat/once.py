"""Makes every write leave at most once: a doubtful answer is raised at once instead of being met with a second request.

Does not repeat, pace or translate anything; it only takes the choice away from the layers below, which would send a
webhook message or a forum post again after a 5xx or a reset although the first may have been carried out.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from types import SimpleNamespace

import aiohttp
import discord

from bot.core.network_words import briefly

READS = frozenset({"GET", "HEAD", "OPTIONS"})


class TurnedAway(discord.DiscordException):
    """A 429: surely not carried out. ``retry_after`` in seconds, None when no usable time was named."""

    def __init__(self, retry_after: float | None, scope: str) -> None:
        super().__init__(f"rate limited (scope {scope or 'unknown'})")
        self.retry_after = retry_after
        self.scope = scope


class NoAnswer(discord.DiscordException):
    """A write of which nobody knows whether it was carried out. ``what`` says how the answer failed."""

    def __init__(self, what: str) -> None:
        super().__init__(what)
        self.what = what


class NotSent(discord.DiscordException):
    """A write that never reached a connection."""

    def __init__(self, what: str) -> None:
        super().__init__(what)
        self.what = what


@dataclass(slots=True)
class Trip:
    """One call of the adapter. ``left`` from the moment a write was given to an open connection."""

    left: bool = False


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


def at_most_once() -> aiohttp.TraceConfig:
    """The ``http_trace`` of the client, which covers bot routes and webhooks obtained through the client's state."""
    trace = aiohttp.TraceConfig()
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
    context.left = False
    context.write = params.method not in READS


async def _connected(
    _: aiohttp.ClientSession,
    context: SimpleNamespace,
    params: aiohttp.TraceConnectionCreateEndParams | aiohttp.TraceConnectionReuseconnParams,
) -> None:
    context.left = True
    if context.write and (trip := _trip.get()) is not None:
        trip.left = True


async def _end(_: aiohttp.ClientSession, context: SimpleNamespace, params: aiohttp.TraceRequestEndParams) -> None:
    response = params.response
    if _repeatable(params.method):
        return
    # Reading here frees the connection, and keeps a reset in the middle of the body inside this room.
    body = await response.read()
    if response.status == 429 and _trip.get() is not None:
        raise _turned_away(response, body)
    if response.status >= 500:
        raise NoAnswer(f"status {response.status}")
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
    raise (NoAnswer(what) if context.left else NotSent(what)) from None


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
