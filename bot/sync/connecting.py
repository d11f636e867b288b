"""The dialogue that connects a blog: looks at it, keeps what was found until somebody decides, carries it out.

Knows no Discord, no words and no SQL. What is proposed lives in memory alone: an abandoned dialogue leaves nothing.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from urllib.parse import urlsplit

from bot.core.accounts import Account
from bot.core.domain import ChannelId, GuildId, MemberId, MessageId
from bot.core.errors import CommonthreadError
from bot.core.identity import Likeness, same_home
from bot.core.policy import Settings
from bot.ports.blogs import Blogs, Connected, KnownBlog, SealedAccount, Serving
from bot.ports.prospects import Door, Found, Rights, Seals, Survey, Visit
from bot.sync.hub import Hub
from bot.sync.identify import Ask, follow, judge

log = logging.getLogger(__name__)

LIFE = 900.0
"""Seconds for which a proposal is kept: as long as Discord lets an answer be changed (Discord: Interactions)."""

RUN_OUT = "This dialogue has run out; say `/blog connect` again."
NOT_YOURS = "Only who began this dialogue may go on with it."


@dataclass(frozen=True, slots=True)
class Asker:
    """A member who gives a command, and where."""

    guild: GuildId
    member: MemberId


@dataclass(frozen=True, slots=True)
class Proposal:
    """What would be connected. ``kept``: this server's moderators gave the blog an account before.

    ``token`` names it on its buttons, and opens nothing for anybody else. ``seconds``: of the first mirroring.
    """

    token: str = field(repr=False)
    asker: Asker
    channel: ChannelId
    settings: Settings
    found: Found
    survey: Survey
    seconds: float
    kept: bool
    account: Account | None = None

    @property
    def first(self) -> tuple[int, int]:
        """How many threads and how many messages the first mirroring makes."""
        posts = self.found.posts[: self.settings.first_posts]
        return len(posts), sum(post.comments for post in posts)


class Connecting:
    """``visit`` looks at a blog, ``door`` at a channel; ``ask`` asks the blog at an address who it is."""

    def __init__(
        self,
        blogs: Blogs,
        hub: Hub,
        *,
        visit: Visit,
        ask: Ask,
        door: Door,
        seals: Seals,
        life: float = LIFE,
        token: Callable[[], str] = lambda: secrets.token_urlsafe(16),
    ) -> None:
        self._blogs = blogs
        self._hub = hub
        self._visit = visit
        self._ask = ask
        self._door = door
        self._seals = seals
        self._life = life
        self._token = token
        self._open: dict[str, tuple[Proposal, asyncio.TimerHandle]] = {}
        self._looking: set[GuildId] = set()
        self._turn = asyncio.Lock()

    def close(self) -> None:
        """Forget every proposal."""
        for token in list(self._open):
            self._forget(token)

    # ---------------------------------------------------------------- proposing

    async def propose(self, asker: Asker, url: str, channel: ChannelId, settings: Settings) -> Proposal:
        """Look at blog and channel. Raises CommonthreadError with one sentence for what cannot be connected."""
        if asker.guild in self._looking:
            raise CommonthreadError("Another address is being looked at for this server; wait for its answer.")
        self._looking.add(asker.guild)
        try:
            return await self._proposed(asker, url, channel, settings)
        finally:
            self._looking.discard(asker.guild)

    async def _proposed(self, asker: Asker, url: str, channel: ChannelId, settings: Settings) -> Proposal:
        survey = await self._door.survey(channel, style=settings.style)
        if not survey.kind:
            raise CommonthreadError(
                f"<#{channel}> cannot hold a mirror: choose a forum, a text or an announcement channel."
            )
        found = await self._at_home(address(url), posts=max(settings.first_posts, 1))
        await self._refuse_twice(found, channel, asker.guild)
        comments = [post.comments for post in found.posts[: settings.first_posts]]
        seconds = self._door.first_sync_seconds(settings.style, comments)
        kept = await self._kept(found, asker.guild)
        proposal = Proposal(self._token(), asker, channel, settings, found, survey, seconds, kept)
        for other, _ in list(self._open.values()):
            if other.asker == asker:
                self._forget(other.token)
        self._remember(proposal)
        return proposal

    def proposal(self, token: str, asker: Asker) -> Proposal:
        """What was proposed to this member. Raises CommonthreadError when it has run out, or was another's."""
        entry = self._open.get(token)
        if entry is None or entry[0].asker.guild != asker.guild:
            raise CommonthreadError(RUN_OUT)
        if entry[0].asker != asker:
            raise CommonthreadError(NOT_YOURS)
        return entry[0]

    async def add_account(self, token: str, asker: Asker, account: Account) -> Proposal:
        """Try an account at the blog, and keep it with the proposal. A wrong one raises, and nothing changes."""
        before = self.proposal(token, asker)
        rights = await tried(self._visit, before.found.identity.url, account)
        found = replace(before.found, rights=rights)
        proposal = replace(self.proposal(token, asker), account=account, found=found)
        self._remember(proposal)
        return proposal

    def cancel(self, token: str, asker: Asker) -> None:
        """Forget a proposal."""
        self._forget(self.proposal(token, asker).token)

    def _remember(self, proposal: Proposal) -> None:
        self._forget(proposal.token)
        timer = asyncio.get_running_loop().call_later(self._life, self._forget, proposal.token)
        self._open[proposal.token] = (proposal, timer)

    def _forget(self, token: str) -> None:
        if (entry := self._open.pop(token, None)) is not None:
            entry[1].cancel()

    async def _at_home(self, url: str, *, posts: int) -> Found:
        """The blog at the address that it calls its own, where one answers there: all spellings lead to one."""
        found = await self._visit(url, None, posts=posts)
        home = found.identity.home
        if home and home != found.identity.url.rstrip("/"):
            with suppress(CommonthreadError):
                there = await self._visit(home, None, posts=posts)
                if same_home(there.identity.home, home):
                    return there
        return found

    async def _refuse_twice(self, found: Found, channel: ChannelId, guild: GuildId) -> None:
        for one in await self._blogs.connected():
            here = (one.guild_id, one.channel_id) == (guild, channel) and one.serving is Serving.ACTIVE
            if here and is_home_of(one.blog, found):
                raise CommonthreadError(f"This blog is already mirrored into <#{channel}>.")

    async def _kept(self, found: Found, guild: GuildId) -> bool:
        known = await self._known(found, guild)
        if known is None:
            return False
        kept = await self._blogs.account(known.row, guild)
        same_place = same_home(known.url, found.identity.url)
        return kept is not None and same_place and self._seals.unseal(kept.sealed) is not None

    # ---------------------------------------------------------------- connecting

    async def connect(self, token: str, asker: Asker, *, at: MessageId) -> Connected:
        """Do what was proposed. ``at``: the moment by Discord's clock; what was written before stays in Discord.

        A blog that was connected there before goes on where it was.
        """
        proposal = self.proposal(token, asker)
        async with self._turn:
            proposal = self.proposal(token, asker)
            sealed = None if proposal.account is None else self._seals.seal(proposal.account)
            await self._refuse_twice(proposal.found, proposal.channel, asker.guild)
            blog, moved = await self._blog(proposal.found, asker.guild)
            if sealed is not None:
                account = SealedAccount(blog.row, asker.guild, sealed)
                await keep_account(self._blogs, self._seals, account, asker.member, at)
            number = await self._blogs.connect(
                blog.row, proposal.channel, asker.guild, proposal.settings, by=asker.member, since=at
            )
            self._forget(token)
        await self._hub.pause(number, paused=False)
        touched = {one.id for one in await sharing(self._blogs, blog, asker.guild)} if moved or sealed else set()
        for one in sorted({number, *touched}):
            await self._hub.start(one, at=at)
        log.info("connected: blog %s to channel %s", blog.home, proposal.channel, extra={"subscription": number})
        (connected,) = [one for one in await self._blogs.connected() if one.id == number]
        return connected

    async def _blog(self, found: Found, guild: GuildId) -> tuple[KnownBlog, bool]:
        """The blog's row, new where there is none; and whether it is asked at another address than before."""
        said = found.identity
        known = await self._known(found, guild)
        if known is None:
            made = await self._blogs.add_blog(found.kind.lower(), said.url)
            return await follow(self._blogs, made, said), False
        if _asked_alike(known.url, said.url):
            kept = replace(said, url=known.url)
            return await follow(self._blogs, known, kept), False
        if not same_home(known.url, said.url):
            await self._blogs.drop_account(known.row, guild)  # given for another address: a password goes nowhere else
        return await follow(self._blogs, known, said), True

    async def _known(self, found: Found, guild: GuildId) -> KnownBlog | None:
        """The row of this very blog.

        A row that others use too counts only where it is asked at the same address: whoever runs a copy could have
        another server's engine ask there, and be sent its password.
        """
        connected = await self._blogs.connected()
        candidates = []
        for known in await self._blogs.known_blogs():
            users = [one for one in connected if one.blog.row == known.row]
            own = bool(users) and all(one.guild_id == guild and not one.from_settings for one in users)
            alike = _asked_alike(known.url, found.identity.url)
            if own or alike:
                candidates.append((not alike, known.row, known))
        for _, _, known in sorted(candidates, key=lambda one: one[:2]):
            verdict = await judge(self._blogs, known, found.identity, self._ask)
            if verdict.likeness in (Likeness.SAME, Likeness.MOVED):
                return known
        return None


async def sharing(blogs: Blogs, blog: KnownBlog, guild: GuildId) -> list[Connected]:
    """The served subscriptions of a server that use one account."""
    return [
        one
        for one in await blogs.connected()
        if (one.blog.row, one.guild_id) == (blog.row, guild) and one.serving is Serving.ACTIVE and not one.from_settings
    ]


async def keep_account(blogs: Blogs, seals: Seals, account: SealedAccount, by: MemberId, at: MessageId) -> None:
    """Keep an account. Where there was none that opens, what members wrote up to ``at`` stays in Discord."""
    before = await blogs.account(account.blog, account.guild)
    if before is None or seals.unseal(before.sealed) is None:
        for one in await blogs.connected():
            if (one.blog.row, one.guild_id) == (account.blog, account.guild) and not one.from_settings:
                await blogs.hold_past(one.id, at)
    await blogs.keep_account(account, by)


async def tried(visit: Visit, url: str, account: Account) -> Rights:
    """What an account may do at a blog. Raises CommonthreadError for one that is wrong or cannot relay."""
    rights = (await visit(url, account, posts=0)).rights
    assert rights is not None, "an account was given"
    if rights.lacking:
        raise CommonthreadError(
            f"The blog does not let this account {' and '.join(f'`{one}`' for one in rights.lacking)}; give it a role "
            "that has them. Nothing was kept."
        )
    return rights


def is_home_of(known: KnownBlog, found: Found) -> bool:
    """Whether a known blog answers at the same address as what was found, or calls the same one its home."""
    home = found.identity.home or found.identity.url
    return same_home(known.url, found.identity.url) or same_home(known.home or known.url, home)


def address(text: str) -> str:
    """What somebody typed as a blog's address, with a scheme. Raises CommonthreadError for several words."""
    typed = text.strip().strip("<>").strip()
    if not typed or len(typed.split()) > 1:
        raise CommonthreadError("The blog's address must be a web address (https://…).")
    return typed if "://" in typed else f"https://{typed}"


def _asked_alike(known: str, asked: str) -> bool:
    """Whether two addresses are one, and the known one is no weaker: a password must not go where it can be read."""
    as_safe = urlsplit(known).scheme == urlsplit(asked).scheme or urlsplit(known).scheme == "https"
    return as_safe and same_home(known, asked)
