"""The ports by which somebody looks at a blog and at a channel before the one is mirrored into the other.

Implements nothing; see :mod:`bot.blog`, :mod:`bot.chat` and :mod:`bot.store.vault`. Mirrors nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from bot.core.accounts import Account
from bot.core.domain import ChannelId, Millis
from bot.core.identity import Identity
from bot.core.policy import Style


@dataclass(frozen=True, slots=True)
class Finding:
    """A tick, or what to do. ``subject`` is a few words; ``mend`` a sentence, beside a tick advice and mostly empty."""

    ok: bool
    subject: str
    mend: str = ""


@dataclass(frozen=True, slots=True)
class Rights:
    """What a blog lets an account do. ``lacking``: what a relay needs and it may not; ``excess``: the other way round.

    Both in the blog's own words.
    """

    lacking: tuple[str, ...] = ()
    excess: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class FoundPost:
    """One of the newest posts. ``comments``: how many of its comments everybody may read."""

    title: str
    url: str
    published_at: Millis
    comments: int


@dataclass(frozen=True, slots=True)
class Found:
    """What a blog shows to one who looks once. ``posts``: the newest, newest first. ``rights``: of the account given.

    ``account_page``: where its users make passwords for programs. ``tells_words``: whether the blog says to the account
    what its lists of words let pass; None where that is not known.
    """

    kind: str
    identity: Identity
    posts: tuple[FoundPost, ...]
    account_page: str
    rights: Rights | None = None
    tells_words: bool | None = None


@dataclass(frozen=True, slots=True)
class Survey:
    """A channel as the bot finds it.

    ``kind``: forum, text or announcement; '' for what cannot hold a mirror. ``lacks``: the permissions that are
    missing, each by Discord's name and with what it is for. ``invite``: the link that gives them. ``hears``: whether
    the bot is let read what members write.
    """

    name: str
    kind: str
    lacks: tuple[tuple[str, str], ...]
    invite: str
    hears: bool


class Visit(Protocol):
    """Looks at a blog once, and keeps no connection to it."""

    async def __call__(self, url: str, account: Account | None, *, posts: int) -> Found:
        """The blog at ``url`` with at most so many of its ``posts``, asked with nobody's trust.

        Raises Unreachable, NotUnderstood and NotAllowed; the latter also where the blog does not accept the account.
        """


class Door(Protocol):
    """Discord, before anything is sent there."""

    async def survey(self, channel: ChannelId, *, style: Style) -> Survey:
        """What the bot may do in a channel. Raises what reading raises; CommonthreadError, with the invite link, where
        it is not in.
        """

    async def examine_moderators(self, channel: ChannelId, *, named: str) -> Finding:
        """Whether the bot can speak there; ``named``: what the channel was named by. Raises nothing."""

    def first_sync_seconds(self, style: Style, comments: Sequence[int]) -> float:
        """How long Discord's limits make the first mirroring of posts with so many comments each."""


class Seals(Protocol):
    """Encrypts accounts."""

    def seal(self, account: Account) -> str:
        """Text for the store. Raises StartupError where no key can be kept."""

    def is_old(self, sealed: str) -> bool:
        """Whether another key than the newest is needed to open it."""

    def unseal(self, sealed: str) -> Account | None:
        """The account; None when no key opens it."""
