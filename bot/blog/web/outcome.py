"""Says what became of a request to a blog: an answer, or which error.

Sends nothing, and does not know WordPress but for two answers of its that look like outages.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path
from traceback import walk_tb
from typing import NoReturn, Unpack

import aiohttp
from multidict import CIMultiDict
from yarl import URL

from bot.blog.web.addresses import ForbiddenAddress
from bot.core.errors import CommonthreadError, Ids, NotAllowed, NotUnderstood, Unanswered, Unreachable, about
from bot.core.network_words import briefly

log = logging.getLogger(__name__)
_MAX_RETRY_AFTER = 3600.0


class TooLarge(NotUnderstood):
    """An answer longer than BODY_LIMIT."""


class Failed(Exception):
    """A 5xx: the cause of an Unreachable or Unanswered. Its ``status`` and ``body`` may say more."""

    def __init__(self, status: int, body: bytes) -> None:
        super().__init__(status)
        self.status, self.body = status, body


def is_broken(error: CommonthreadError) -> bool:
    """Whether it is about a 500: something in the blog's own code failed, and may do so of this very question alone."""
    return isinstance(error.__cause__, Failed) and error.__cause__.status == 500


class Misdirected(NotUnderstood):
    """A redirect that is not followed: to another place, or of a request that must not change on the way.

    ``to``: the address at which the blog seems to be, '' where none is told. ``astray``: it leads to some other page,
    and not to the same route elsewhere.
    """

    def __init__(self, reason: str, to: str = "", *, astray: bool = False) -> None:
        super().__init__(reason)
        self.to = to
        self.astray = astray


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer: 2xx, 304, 4xx or 501. ``url`` is where it came from after redirects."""

    status: int
    headers: CIMultiDict[str]
    body: bytes
    url: URL


@contextmanager
def answering(*, write: bool = False, **ids: Unpack[Ids]) -> Iterator[None]:
    """Whatever is raised inside is one of our errors, and knows these ids.

    What an answer of a shape that nobody foresaw trips over is this one question's error: NotUnderstood, and of a
    ``write`` Unanswered, for it may have arrived. The log tells the kind of the mistake and its place, no words.
    """
    try:
        with about(**ids):
            yield
    except CommonthreadError:
        raise
    except Exception as error:
        *_, place = walk_tb(error.__traceback__)
        where = f"{Path(place[0].f_code.co_filename).name}:{place[1]}"
        log.error("an answer of a blog was not foreseen: %s in %s", type(error).__name__, where, extra=dict(ids))
        said = f"The blog answered something that was not foreseen ({type(error).__name__})."
        raise (Unanswered(said, **ids) if write else NotUnderstood(said, **ids)) from error


def raise_failed(error: BaseException, url: URL, *, write: bool) -> NoReturn:
    """Translate what went wrong on the wire; only a failure to connect proves that nothing was carried out."""
    seen: BaseException | None = error
    while seen is not None:
        if isinstance(seen, ForbiddenAddress):
            raise NotAllowed(f"{shown(url)} is not asked: {seen}.") from error
        seen = getattr(seen, "os_error", None) or seen.__cause__
    if isinstance(error, aiohttp.InvalidURL):
        raise NotUnderstood(f"{shown(url)} is not an address.") from error
    where, what = url.origin(), briefly(error)
    if isinstance(error, aiohttp.ClientConnectorError | aiohttp.ConnectionTimeoutError):
        raise Unreachable(f"{where} cannot be reached: {what}.") from error
    if write:
        raise Unanswered(f"{where} did not answer to the end: {what}.") from error
    raise Unreachable(f"{where} did not answer to the end: {what}.") from error


def raise_for_status(reply: Reply, *, write: bool) -> None:
    """Raise for 429, 408 and 5xx.

    Two are answers: WordPress says 501 when the trash is switched off, and 500 of a file whose kind it does not take.
    """
    status, wait = reply.status, retry_after(reply.headers)
    if status == 500 and reply.body.startswith(b'{"code":"rest_upload_'):
        return
    where = reply.url.origin()
    if status == 429:
        raise Unreachable(f"{where} asks to be left alone for a while (429).", wait)
    if status == 503 and (not write or wait is not None or b'"wp_die"' in reply.body[:2000]):
        # Maintenance. A bare 503 on a write may be a proxy that gave up waiting, so that one is Unanswered.
        raise Unreachable(f"{where} is down for maintenance (503).", wait)
    if status == 408 or (status >= 500 and status != 501):
        kind: type[CommonthreadError] = Unanswered if write else Unreachable
        raise kind(f"{where} failed to answer ({status}).") from Failed(status, reply.body)


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds from a Retry-After header, in either of its forms, between 0 and an hour; None without one."""
    value = headers.get("Retry-After", "").strip()
    if value.isascii() and value.isdigit():
        return min(float(value), _MAX_RETRY_AFTER)
    if (moment := _moment(value)) is None:
        return None
    now = _moment(headers.get("Date", "")) or datetime.now(UTC)  # by the clock that wrote both
    return min(max((moment - now).total_seconds(), 0.0), _MAX_RETRY_AFTER)


def _moment(date: str) -> datetime | None:
    try:
        moment = parsedate_to_datetime(date)
    except ValueError:
        return None
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)


def shown(url: URL) -> str:
    """An address fit for a sentence: no query, no user name or password."""
    return str(url.with_user(None).with_query(None).with_fragment(None))
