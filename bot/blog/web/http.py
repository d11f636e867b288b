"""Speaks HTTP to the blog: one session, one place that knows time limits, size limits, redirects and passwords.

Does not know WordPress: it hands back status, headers and bytes, and raises for what happened on the way.
"""

from __future__ import annotations

import base64
import io
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from json import dumps
from typing import Any

import aiohttp
from aiohttp.resolver import ThreadedResolver
from multidict import CIMultiDict
from yarl import URL

from bot.blog.web.addresses import Admit, GuardedResolver, Neighbourhood
from bot.blog.web.outcome import Misdirected, Reply, TooLarge, raise_failed, raise_for_status, retry_after, shown
from bot.core.accounts import goes_openly
from bot.core.errors import NotAllowed, Unanswered

BODY_LIMIT = 4 * 1024 * 1024
"""Bytes of one answer, after decompression."""
TIMEOUT = aiohttp.ClientTimeout(total=30, sock_connect=10)
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_MAX_REDIRECTS = 5

__all__ = [
    "BODY_LIMIT",
    "Body",
    "Http",
    "Misdirected",
    "Reply",
    "SessionFactory",
    "TooLarge",
    "guarded_session",
    "retry_after",
]

SessionFactory = Callable[[Neighbourhood], aiohttp.ClientSession]


@dataclass(frozen=True, slots=True)
class Body:
    """What a write sends. ``seconds``: for the whole exchange, None for the usual."""

    content: bytes
    headers: Mapping[str, str]
    seconds: float | None = None


def guarded_session(neighbourhood: Neighbourhood) -> aiohttp.ClientSession:
    """A session that connects to public addresses and the operator's own host, and keeps no cookies."""
    connector = aiohttp.TCPConnector(resolver=GuardedResolver(neighbourhood, ThreadedResolver()), limit_per_host=6)
    return aiohttp.ClientSession(
        connector=connector,
        cookie_jar=aiohttp.DummyCookieJar(),
        timeout=TIMEOUT,
        headers={"User-Agent": "commonthread-bot"},
        max_line_size=32768,
        max_field_size=32768,
    )


class Http:
    """Requests to one blog. ``home`` is the address that somebody gave; the password goes to its origin alone.

    ``trusted``: the operator gave it in a setting, so that it may lie in a private network. ``admit``: see
    Neighbourhood. ``openly_to``: see :class:`bot.core.accounts.Account`.
    """

    def __init__(
        self,
        home: URL,
        *,
        username: str | None,
        password: str | None,
        session_factory: SessionFactory | None = None,
        trusted: bool = True,
        admit: Admit | None = None,
        openly_to: frozenset[str] = frozenset(),
    ) -> None:
        self.home = home
        self.trusted = trusted
        self._openly_to = openly_to
        self._neighbourhood = Neighbourhood(home, trusted=trusted, admit=admit)
        self._session = (session_factory or guarded_session)(self._neighbourhood)
        self._authorization: str | None = None
        self.username = username or ""
        if username and password:
            token = base64.b64encode(f"{username}:{password}".encode()).decode("ascii")
            self._authorization = f"Basic {token}"

    @property
    def has_password(self) -> bool:
        """Whether user name and password were both given."""
        return self._authorization is not None

    @property
    def setting(self) -> str:
        """What ``home`` is called in a sentence for whoever gave it."""
        return "BLOG_URL" if self.trusted else "the blog's address"

    def trusts(self, url: URL) -> bool:
        """Whether the password may be sent there: the operator's origin, or its https twin on the usual ports."""
        if url.origin() == self.home.origin():
            return True
        twins = (self.home.scheme, self.home.port) == ("http", 80) and (url.scheme, url.port) == ("https", 443)
        return twins and url.host == self.home.host

    def may_be_told(self, url: URL) -> bool:
        """Whether the password may be sent there, and nobody on the way reads it against the operator's will."""
        return self.trusts(url) and not goes_openly(str(url.origin()), self._openly_to)

    async def get(
        self,
        url: URL,
        *,
        headers: Mapping[str, str] | None = None,
        accept: str = "application/json",
        auth: bool = False,
    ) -> Reply:
        """GET. Follows redirects on the same origin and from http to https of the same host; none with a password.

        Raises Unreachable (no answer, 429, 5xx), NotUnderstood (TooLarge, Misdirected), NotAllowed (a URL that leads
        into a private network, a password that would leave its origin). The cause of one for a 5xx is Failed.
        """
        sent = {"Accept": accept, **(headers or {})}
        for _ in range(_MAX_REDIRECTS):
            reply = await self._exchange("GET", url, headers=sent, auth=auth, body=None)
            if reply.status not in _REDIRECTS:
                return reply
            target = _target(url, reply)
            if auth or not _same_place(url, target):
                raise self._misdirected(url, target)
            url = target
        really = f"set {self.setting} to the one it really has"
        raise Misdirected(f"{shown(url)} redirects in a circle; {really}.")

    async def send(
        self,
        method: str,
        url: URL,
        json: Mapping[str, object] | None = None,
        *,
        file: Body | None = None,
        seconds: float | None = None,
    ) -> Reply:
        """A write, always with the password, never repeated, never redirected; ``file`` in place of JSON.

        ``seconds``: for the whole exchange, None for the usual.

        Raises Unreachable when it surely was not carried out (no connection, 429, 503 with a promise to be back),
        Unanswered when it may have been, and what ``get`` raises.
        """
        kind = {"Content-Type": "application/json"}
        body = file or (None if json is None else Body(dumps(json).encode(), kind, seconds))
        reply = await self._exchange(method, url, headers={"Accept": "application/json"}, auth=True, body=body)
        if reply.status in _REDIRECTS:
            raise self._misdirected(url, _target(url, reply))
        return reply

    async def aclose(self) -> None:
        """Close the session and its connections."""
        await self._session.close()

    async def _exchange(
        self, method: str, url: URL, *, headers: Mapping[str, str], auth: bool, body: Body | None
    ) -> Reply:
        write = method != "GET"
        sent = dict(headers)
        try:
            self._neighbourhood.admit(url)
            if auth:
                sent["Authorization"] = self._password_for(url)
            options: dict[str, Any] = {}
            if body is not None:
                # As a stream: aiohttp warns about megabytes of bytes, and a member may well send them.
                options["data"] = io.BytesIO(body.content)
                sent.update(body.headers)
                if body.seconds is not None:
                    options["timeout"] = aiohttp.ClientTimeout(total=body.seconds, sock_connect=TIMEOUT.sock_connect)
            async with self._session.request(method, url, headers=sent, allow_redirects=False, **options) as answer:
                reply = Reply(answer.status, CIMultiDict(answer.headers), await _body(answer), url)
        except TooLarge as error:
            if write:
                raise Unanswered(error.reason) from error
            raise
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise_failed(error, url, write=write)
        raise_for_status(reply, write=write)
        return reply

    def _password_for(self, url: URL) -> str:
        if self._authorization is None:
            how = "fill in BLOG_USERNAME and BLOG_APP_PASSWORD" if self.trusted else "give the blog an account"
            raise NotAllowed(f"No application password is set: {how}.")
        if not self.trusts(url):
            raise NotAllowed(
                f"The blog's REST interface is at {url.origin()}, but {self.setting} names {self.home.origin()}, and "
                f"the password goes nowhere else; set {self.setting} to the address at {url.origin()}."
            )
        if not self.may_be_told(url):
            mend = "connect the blog by its https:// address"
            if self.trusted:
                mend = f"set BLOG_URL to its https:// address, or, if that way is yours alone, {url.host} in PLAIN_HTTP"
            raise NotAllowed(
                f"The application password is not sent to {url.origin()}, where others on the way can read it; {mend}."
            )
        return self._authorization

    def _misdirected(self, url: URL, target: URL) -> Misdirected | NotAllowed:
        if not self.trusted and not self._neighbourhood.admits(target):  # a moderator is not told where it leads
            return NotAllowed(f"{shown(self.home)} is not asked: it leads into a private network.")
        moved = target.path.rstrip("/") == url.path.rstrip("/")
        better = target.origin().with_path(self.home.path) if moved and target.host else target.with_query(None)
        if _same_place(url, target) and url.origin() == target.origin():
            said = f"{shown(url)} redirects to {shown(target)} instead of answering."
            return Misdirected(said, astray=not moved)
        to = shown(better)
        said = f"{shown(url)} redirects to another address; set {self.setting} to {to}"
        return Misdirected(said, to, astray=not moved)


async def _body(answer: aiohttp.ClientResponse) -> bytes:
    """The whole body; stops reading as soon as it is too long."""
    chunks = bytearray()
    async for chunk in answer.content.iter_chunked(65536):
        chunks += chunk
        if len(chunks) > BODY_LIMIT:
            answer.close()
            raise TooLarge(f"{shown(answer.url)} answers with more than {BODY_LIMIT >> 20} MiB.")
    return bytes(chunks)


def _target(url: URL, reply: Reply) -> URL:
    try:
        target = url.join(URL(reply.headers.get("Location", "")))
        target.origin()
    except ValueError:
        raise Misdirected(f"{shown(url)} redirects to something that is no address.") from None
    return target


def _same_place(url: URL, target: URL) -> bool:
    if url.origin() == target.origin():
        return True
    return url.host == target.host and (url.scheme, target.scheme) == ("http", "https")
