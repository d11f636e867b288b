"""The choices that the core acts on, as frozen values: one subscription's settings, and the policy made of them.

Reads no environment and no database; see :mod:`bot.config` and :mod:`bot.ports.blogs`.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final, Literal

from bot.core.domain import ChannelId, MessageId

Style = Literal["persona", "card"]
"""How a comment appears on Discord: under its author's name by a webhook, or as a reply by the bot."""


A_MOMENT: Final = 10_000
"""Milliseconds after which a member sees that a message of theirs waits."""

EVER: Final = MessageId(0)
"""An id of Discord's from before every message."""


class RelayMode(StrEnum):
    """Which messages of members become comments."""

    REPLIES = "replies"
    ALL = "all"
    OFF = "off"

    def wider_than(self, other: RelayMode) -> bool:
        """Whether something crosses by this that did not by the other."""
        width = (RelayMode.OFF, RelayMode.REPLIES, RelayMode.ALL)
        return width.index(self) > width.index(other)


@dataclass(frozen=True, slots=True)
class Measure:
    """How much may be brought to the blogs of a server: relays, and edits, in ten minutes; files a day. 0: any number.

    ``megabytes`` (of 1024 * 1024 bytes): what the files of a day hold together.
    """

    relays: int = 0
    edits: int = 0
    files: int = 0
    megabytes: int = 0


@dataclass(frozen=True, slots=True)
class Settings:
    """What moderators (or the operator) choose for one subscription.

    ``approve``: relays ask the blog for approval; otherwise the blog's own moderation rules decide. ``uploads``:
    members' files go to the media library where that is possible. ``hints``: who writes what does not cross is told
    once how it would. ``first_posts`` (0 to 10) are announced at first contact; ``retract_share`` (0 to 1) of a
    thread's mirrors may go at once without a moderator's word. ``moderators``: the channel that is told of trouble, if
    any.
    """

    style: Style = "persona"
    relay: RelayMode = RelayMode.REPLIES
    approve: bool = True
    uploads: bool = True
    hints: bool = True
    first_posts: int = 1
    retract_share: float = 0.3
    moderators: ChannelId | None = None


@dataclass(frozen=True, slots=True)
class Policy:
    """``poll_interval`` and ``sweep_interval`` (between two readings of threads) in seconds.

    ``first_posts`` are announced at first contact; ``retract_share`` lies between 0 and 1.

    ``approve``: relays ask for approval; otherwise the blog's own moderation rules decide. ``has_account``: there
    is an account for the blog; while its password is turned away, what members say is taken down and waits.
    ``uploads``: members' files go to the media library where that is possible. ``announces``: new posts get a thread;
    without it only the threads that are there are served. ``words_since``: messages up to this id were written under
    another rule, and stay in Discord. ``backdated_posts``: so many new posts with an old date are announced at once.
    ``hints``: see :class:`Settings`. ``of_member``, ``of_server``: how much each member may bring, and all together.
    """

    relay: RelayMode = RelayMode.REPLIES
    approve: bool = True
    has_account: bool = True
    first_posts: int = 1
    poll_interval: float = 60.0
    sweep_interval: float = 900.0
    retract_share: float = 0.3
    uploads: bool = True
    announces: bool = True
    words_since: MessageId = EVER
    backdated_posts: int = 3
    hints: bool = False
    of_member: Measure = Measure()
    of_server: Measure = Measure()

    @classmethod
    def of(
        cls,
        settings: Settings,
        *,
        has_account: bool,
        announces: bool,
        poll_interval: float,
        words_since: MessageId = EVER,
        backdated_posts: int = 3,
        of_member: Measure = Measure(),
        of_server: Measure = Measure(),
    ) -> Policy:
        """The policy of a subscription with these settings."""
        return cls(
            relay=settings.relay,
            approve=settings.approve,
            has_account=has_account,
            first_posts=settings.first_posts,
            poll_interval=poll_interval,
            retract_share=settings.retract_share,
            uploads=settings.uploads,
            hints=settings.hints,
            announces=announces,
            words_since=words_since,
            backdated_posts=backdated_posts,
            of_member=of_member,
            of_server=of_server,
        )

    @property
    def relays(self) -> RelayMode:
        """What is relayed as things are: nothing without an account."""
        return self.relay if self.has_account else RelayMode.OFF

    @property
    def carries_files(self) -> bool:
        """Files in a media library are public at once, so not where the blog's moderators are to see messages first."""
        return self.uploads and self.approve
