"""The operator's choices that the core acts on, as one frozen value. Reads no environment; see :mod:`bot.config`."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class RelayMode(StrEnum):
    """Which messages of members become comments."""

    REPLIES = "replies"
    ALL = "all"
    OFF = "off"


@dataclass(frozen=True, slots=True)
class Policy:
    """``poll_interval`` and ``sweep_interval`` (between two readings of threads) in seconds.

    ``first_posts`` are announced at first contact; ``retract_share`` lies between 0 and 1.

    ``approve``: relays ask for approval; otherwise the blog's own moderation rules decide. ``has_account``: there
    is an account for the blog; while its password is turned away, what members say is taken down and waits.
    ``uploads``: members' files go to the media library where that is possible.
    """

    relay: RelayMode = RelayMode.REPLIES
    approve: bool = True
    has_account: bool = True
    first_posts: int = 1
    poll_interval: float = 60.0
    sweep_interval: float = 900.0
    retract_share: float = 0.3
    uploads: bool = True

    @property
    def relays(self) -> RelayMode:
        """What is relayed as things are: nothing without an account."""
        return self.relay if self.has_account else RelayMode.OFF

    @property
    def carries_files(self) -> bool:
        """Files in a media library are public at once, so not where the blog's moderators are to see messages first."""
        return self.uploads and self.approve
