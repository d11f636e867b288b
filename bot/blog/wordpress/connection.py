"""Keeps one blog's endpoints, and reads it without an account, or with the bot's where the blog lets nobody else read.

Does not know comments from posts.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import TypeVar

from bot.blog.web.http import Body, Http, Misdirected
from bot.blog.wordpress.creations import Creations, Patience
from bot.blog.wordpress.discovery import Endpoints, discover
from bot.blog.wordpress.doors import Doors, is_denied
from bot.blog.wordpress.rejections import of_read
from bot.blog.wordpress.rest import Answer, Json, Learnt, NotJson, Params, Rejected, Rest, one
from bot.core.errors import CommonthreadError, NotAllowed, Unreachable
from bot.core.signing import NOBODYS, Signer

log = logging.getLogger(__name__)
T = TypeVar("T")
Ask = Callable[[Rest, bool], Awaitable[T]]
"""A question, given the REST interface and whether the password goes with it."""
_REDISCOVER_SECONDS = 60.0
_SENDERS_SECONDS = 600.0
UNFILTERED = "unfiltered_html"
WRONG = "the user name with the application password; the password for logging in does not work here"
NEEDED = ("moderate_comments", "edit_posts")
FOR_FILES = frozenset({"upload_files", "delete_posts"})
"""To put a file into the media library, and to take it out when its message is deleted. One alone is not used."""


class Connection:
    """Discovers on first use and again when the blog stops answering where it did."""

    def __init__(self, http: Http, patience: Patience | None = None, signer: Signer = NOBODYS) -> None:
        self.http = http
        self.signer = signer
        self.creations = Creations(patience)
        self.where: Endpoints | None = None
        self.doors = Doors()
        self.password_works: bool | None = None
        self.keeps_rich: bool | None = None
        self.may_upload: bool | None = None
        self.keeps_links: bool | None = None
        self.senders_hidden_until = 0.0
        self._learnt = Learnt()
        self._lock = asyncio.Lock()
        self._discovered_at = 0.0

    async def endpoints(self) -> Endpoints:
        """Where the blog answers. Raises what discover raises."""
        async with self._lock:
            if self.where is None:
                self.where = await discover(self.http)
                self._discovered_at = asyncio.get_running_loop().time()
                log.info("blog %s: REST at %s, feed at %s", self.http.home, self.where.rest_root, self.where.feed_url)
            return self.where

    async def rest(self) -> Rest:
        """The REST interface."""
        return Rest(self.http, (await self.endpoints()).rest_root, self._learnt)

    @property
    def has_account(self) -> bool:
        """Whether there is a password that may be sent to where the blog answers."""
        return self.http.has_password and self.where is not None and self.http.may_be_told(self.where.rest_root)

    @property
    def reads_as_account(self) -> bool:
        """Whether the blog shows strangers nothing, and there is an account to read it with."""
        return self.doors.closed and self.has_account

    def hide_senders(self) -> None:
        """The blog does not tell the account who sent a comment; it is not asked again for a while."""
        self.senders_hidden_until = asyncio.get_running_loop().time() + _SENDERS_SECONDS

    async def keeps_for_members(self, rejected: Rejected, listing: str) -> bool:
        """Whether the blog denies strangers this one thing alone: its ``listing`` is open to them.

        Raises what Rest.get raises.
        """
        if self.reads_as_account or not is_denied(rejected):
            return False
        return await self._where_it_is(lambda rest: self.doors.shows(rest, listing))

    async def as_reader(self, ask: Ask[T]) -> T:
        """Ask as nobody, so that only what is public is mirrored; as the account where strangers are shown nothing.

        A refusal of one thing closes no blog: see :mod:`bot.blog.wordpress.doors`. To the account, too, only what is
        published without a password is public, and of its comments the approved ones. Raises Rejected, and what ``ask``
        raises.
        """

        async def asked(rest: Rest) -> T:
            await self.doors.look_again(rest)
            if not self.reads_as_account:
                try:
                    return await ask(rest, False)
                except Rejected as rejected:
                    if not (is_denied(rejected) and self.has_account and await self.doors.are_closed(rest)):
                        raise
            return await ask(rest, True)

        return await self._where_it_is(asked)

    async def as_account(self, ask: Ask[T]) -> T:
        """Ask with the password. Raises NotAllowed without one, Rejected, and what ``ask`` raises."""
        return await self._where_it_is(lambda rest: ask(rest, True))

    async def write(
        self,
        method: str,
        route: str,
        body: Json | None = None,
        params: Params | None = None,
        *,
        file: Body | None = None,
        seconds: float | None = None,
    ) -> Answer:
        """A write, sent once; ``file`` in place of JSON. Raises Rejected, and what Rest.send raises."""
        where, rest = await self.endpoints(), await self.rest()
        try:
            return await rest.send(method, route, body, params, file=file, seconds=seconds)
        except (Rejected, Misdirected) as error:
            if isinstance(error, Rejected) and error.status == 401:
                self.password_works = False
            if _is_elsewhere(error) and await self._has_moved(where):
                raise Unreachable("The blog's REST interface has moved and was found again.", 0) from error
            raise

    async def capabilities(self) -> frozenset[str]:
        """What the account may do. Raises NotAllowed when the password is not accepted.

        A wrong password makes WordPress answer public reads as if nobody had asked; users/me tells.
        """
        try:
            params: Params = {"context": "edit", "_fields": "id,capabilities"}
            me = await self.as_account(lambda rest, auth: rest.get("wp/v2/users/me", params, auth=auth))
        except Rejected as rejected:
            if rejected.status in (401, 403):
                self.password_works = False
                account = "BLOG_USERNAME with BLOG_APP_PASSWORD" if self.http.trusted else WRONG
                raise NotAllowed(f"The blog does not accept {account}.") from rejected
            raise of_read(rejected) from rejected
        self.password_works = True
        granted = one(me).get("capabilities")
        may = frozenset(name for name, on in granted.items() if on) if isinstance(granted, dict) else frozenset()
        self.may_upload = may >= FOR_FILES
        self.senders_hidden_until = 0.0
        if self.keeps_rich is None or UNFILTERED not in may:
            self.keeps_rich = UNFILTERED in may  # a claim; the first comment's stored text may refute it
        return may

    async def settle(self) -> None:
        """Find where the blog answers, and learn whether the password works. Raises what discover raises."""
        await self.endpoints()
        await self.settle_password()

    async def settle_password(self) -> None:
        """Learn whether the password works, unless that is known; trouble on the way is for another time."""
        if self.http.has_password and self.password_works is not True:
            try:
                await self.capabilities()
            except CommonthreadError as error:
                log.warning("blog %s: %s", self.http.home, error.reason)

    async def _where_it_is(self, ask: Callable[[Rest], Awaitable[T]]) -> T:
        """Ask, and once more where the blog has moved to when it no longer answers as it did."""
        where = await self.endpoints()
        try:
            return await ask(await self.rest())
        except (Rejected, Misdirected, NotJson) as error:
            if not (_is_elsewhere(error) and await self._has_moved(where)):
                raise
        return await ask(await self.rest())

    async def _has_moved(self, before: Endpoints) -> bool:
        """Discover again, at most once a minute. False when everything is where it was, or nothing was found."""
        async with self._lock:
            if self.where != before:
                return True
            now = asyncio.get_running_loop().time()
            if now - self._discovered_at < _REDISCOVER_SECONDS and self._discovered_at:
                return False
            self._discovered_at = now
            try:
                self.where = await discover(self.http)
            except CommonthreadError as error:
                log.warning("blog %s: %s", self.http.home, error.reason)
                return False
            return self.where != before


def _is_elsewhere(error: Exception) -> bool:
    """Whether an answer looks like that of some other page. Permalinks changed to plain give exactly this."""
    return not isinstance(error, Rejected) or (error.status in (404, 405) and not error.code)
