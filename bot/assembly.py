"""Composition of one subscription: its blog, its door to Discord and its account, put together into an engine.

Decides nothing about posts and messages. Blogs are shared by the subscriptions that look at them with the same eyes.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from bot.blog import kinds
from bot.blog.shared import FRESH_FOR, SharedBlog
from bot.blog.web.addresses import Admit
from bot.chat.discord_chat import DiscordChat
from bot.config import Config
from bot.core.accounts import Account
from bot.core.domain import ChannelId, MessageId, Millis
from bot.core.errors import CommonthreadError, NotUnderstood, StartupError
from bot.core.identity import Identity
from bot.core.policy import Policy, RelayMode
from bot.core.signing import Signer
from bot.core.texts import inert
from bot.ports.blogs import BlogRow, Connected, KnownBlog
from bot.ports.observer import Observer
from bot.ports.prospects import Found
from bot.store.sqlite.store import SqliteStore
from bot.store.vault import Vault
from bot.sync.checked_blog import CheckedBlog
from bot.sync.engine import Engine
from bot.sync.identify import Identification
from bot.sync.observers import NOBODY
from bot.sync.outbox.dispatch import BacklogPace
from bot.sync.served import Assembled
from bot.sync.signature import KEY_LOST, is_to_be_told
from bot.translate.to_discord import escape

log = logging.getLogger(__name__)

UNREADABLE = (
    "The account for {name} was sealed with another key, so nothing is relayed there: give it anew with /blog account."
)


@dataclass(frozen=True, slots=True)
class _Eyes:
    """With whose eyes a blog is looked at: what two subscriptions must have in common to share their looks."""

    blog: BlogRow
    url: str
    account: Account | None
    trusted: bool


@dataclass(slots=True)
class _Open:
    blog: kinds.OpenBlog
    shared: SharedBlog
    checked: CheckedBlog
    users: int = 0


FALLBACK = "Webhooks cannot be managed in <#{where}>, so comments appear as cards by the bot."


class Assembly:
    """Makes the engines of a process. ``chat`` is one door to Discord; each subscription gets one beside it.

    ``admit``: which blogs that moderators name may lie in a private network; None for none of them.
    """

    def __init__(
        self,
        config: Config,
        store: SqliteStore,
        vault: Vault,
        signer: Signer,
        chat: DiscordChat,
        clock: Callable[[], Millis],
        *,
        on_moved: Callable[[KnownBlog, str], Coroutine[Any, Any, None]],
        on_other: Callable[[KnownBlog, str], Coroutine[Any, Any, None]],
        admit: Admit | None = None,
        observer: Observer = NOBODY,
    ) -> None:
        self._config = config
        self._admit = admit
        self._observer = observer
        self._store = store
        self._vault = vault
        self._signer = signer
        self._chat = chat
        self._clock = clock
        self._on_moved = on_moved
        self._on_other = on_other
        self._open: dict[_Eyes, _Open] = {}
        self._turns: dict[_Eyes, asyncio.Lock] = {}
        self._errands: set[asyncio.Task[object]] = set()
        self._closing = False

    async def assemble(self, connected: Connected, at: MessageId | None = None) -> Assembled:
        """The engine of a subscription, whose rule the command ``at`` changed, if one did. A blog may be down."""
        began = self._chat.newest_id() if at is None else at  # a blog may be slow to open, and members write meanwhile
        account = await self.account(connected)
        eyes = _Eyes(connected.blog.row, connected.blog.url, account, connected.from_settings)
        opened = await self._blog(eyes, connected.blog)
        settings, channel = connected.settings, connected.channel_id
        words_since = await self._words_since(connected, account, began)
        chat = self._chat.beside(
            style=settings.style,
            on_fallback=lambda where: self._run(_fell_back(engine, where)),
            on_personas=lambda where: self._run(_recovered(engine, where)),
        )
        subscription = await self._store.subscription(connected.id)
        assert subscription is not None, "it was read a moment ago, and no subscription is ever deleted"
        engine = Engine(
            self._store,
            opened.checked,
            chat,
            subscription,
            self._policy(connected, words_since, has_account=account is not None),
            self._clock,
            moderators=settings.moderators,
            look_afresh=opened.shared.forget,
            observer=self._observer,
            backfill=BacklogPace(1, lambda: chat.backfill_wait(channel)) if settings.style == "persona" else None,
        )

        async def aclose() -> None:
            await self._release(eyes)

        return Assembled(engine, aclose)

    def _policy(self, connected: Connected, words_since: MessageId, *, has_account: bool) -> Policy:
        return Policy.of(
            connected.settings,
            has_account=has_account,
            announces=connected.announces,
            poll_interval=self._config.poll_interval,
            words_since=words_since,
            backdated_posts=self._config.backdated_posts,
            of_member=self._config.member_measure,
            of_server=self._config.server_measure,
        )

    async def _words_since(self, connected: Connected, account: Account | None, began: MessageId) -> MessageId:
        """Which messages cross is noted before the first one is heard; what is older than a wider rule stays."""
        relays = connected.settings.relay if account is not None else RelayMode.OFF
        await self._store.note_crossing(connected.id, relays, began)
        (noted,) = [one.words_since for one in await self._store.connected() if one.id == connected.id]
        return noted

    async def account(self, connected: Connected) -> Account | None:
        """The account of a subscription: the operator's own, or the one that its server's moderators gave.

        Moderators are told once of what is lost with a key.
        """
        if await is_to_be_told(self._store, connected.id):
            self._run(self.tell(connected, KEY_LOST.format(name=connected.blog.name)))
        if connected.from_settings:
            username, password = self._config.blog_username, self._config.blog_app_password
            return Account(username, password, self._config.plain_http) if password else None
        kept = await self._store.account(connected.blog.row, connected.guild_id)
        if kept is None:
            return None
        account = self._vault.unseal(kept.sealed)
        if account is None:
            await self._tell_unreadable(connected, kept.sealed)
        return self._openly(account)

    def _openly(self, account: Account | None) -> Account | None:
        """The same, with the hosts to which the operator lets secrets go openly."""
        return None if account is None else replace(account, openly_to=self._config.plain_http)

    async def _tell_unreadable(self, connected: Connected, sealed: str) -> None:
        """Moderators are told once of each account, the log at each start."""
        sentence = UNREADABLE.format(name=connected.blog.name)
        log.warning(sentence)
        mark = hashlib.sha256(sealed.encode()).hexdigest()[:16]
        if await self._store.remember(f"unreadable account:{connected.id}", mark):
            self._run(self.tell(connected, sentence))

    def open_of(self, row: BlogRow) -> kinds.OpenBlog | None:
        """The blog of a row, if it is open with anybody's eyes."""
        return next((one.blog for eyes, one in self._open.items() if eyes.blog == row), None)

    async def ask(self, url: str, *, trusted: bool = True) -> Identity:
        """What the blog at an address says of itself. Raises what :meth:`bot.ports.Blog.identity` raises."""
        return await kinds.ask(url, trusted=trusted, admit=self._admit)

    async def tell(self, connected: Connected, sentence: str) -> bool:
        """Say a sentence to a subscription's moderators. -> whether they have a channel and it could be reached."""
        if connected.settings.moderators is None:
            return False
        try:
            await self._chat.notify(
                connected.settings.moderators, f"**{escape(connected.blog.name)}**: {inert(sentence)}"
            )
        except CommonthreadError as error:
            log.warning("the moderators of subscription %s could not be told: %s", connected.id, error.reason)
            return False
        return True

    async def visit(self, url: str, account: Account | None, *, posts: int) -> Found:
        """See :class:`bot.ports.prospects.Visit`."""
        return await kinds.visit(url, self._openly(account), posts=posts, admit=self._admit)

    def account_page(self, blog: KnownBlog) -> str:
        """Where a user of a blog makes passwords for programs."""
        return kinds.kind(blog.kind).account_page(blog.home, blog.url)

    async def close(self) -> None:
        """Run no errand any more: what it would write to is about to be closed."""
        self._closing = True
        for task in self._errands:
            task.cancel()
        await asyncio.gather(*self._errands, return_exceptions=True)

    def _run(self, errand: Coroutine[Any, Any, object]) -> None:
        """Apart from the engine that asks for it: the errand may end that engine."""
        if self._closing:
            errand.close()
            return
        task = asyncio.ensure_future(errand)
        self._errands.add(task)
        task.add_done_callback(self._ran)

    def _ran(self, task: asyncio.Task[object]) -> None:
        self._errands.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("moderators could not be told, or an engine not be changed", exc_info=error)

    async def _blog(self, eyes: _Eyes, known: KnownBlog) -> _Open:
        async with self._turns.setdefault(eyes, asyncio.Lock()):
            if eyes not in self._open:
                blog = await self._opened(eyes, known.kind)
                shared = SharedBlog(blog, fresh_for=min(FRESH_FOR, self._config.poll_interval / 2))
                identification = Identification(
                    self._store,
                    known,
                    shared,
                    partial(self.ask, trusted=eyes.trusted),
                    on_moved=lambda sentence: self._run(self._on_moved(known, sentence)),
                    on_other=lambda sentence: self._run(self._on_other(known, sentence)),
                )
                self._open[eyes] = _Open(blog, shared, CheckedBlog(shared, identification))
            self._open[eyes].users += 1
            return self._open[eyes]

    async def _opened(self, eyes: _Eyes, kind: str) -> kinds.OpenBlog:
        """Raises StartupError for no address, and for a kind that this version does not have."""
        try:
            one = kinds.kind(kind)
            return await one.open(eyes.url, eyes.account, trusted=eyes.trusted, admit=self._admit, signer=self._signer)
        except NotUnderstood as error:
            raise StartupError(error.reason) from error

    async def _release(self, eyes: _Eyes) -> None:
        async with self._turns[eyes]:
            self._open[eyes].users -= 1
            if not self._open[eyes].users:
                await self._open.pop(eyes).blog.aclose()


async def _fell_back(engine: Engine, where: ChannelId) -> None:
    await engine.trouble.lasts(f"fallback {where}", FALLBACK.format(where=where))
    engine.wake()


async def _recovered(engine: Engine, where: ChannelId) -> None:
    await engine.trouble.is_over(f"fallback {where}")
