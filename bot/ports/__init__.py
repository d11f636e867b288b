"""What the core asks of the world: the ports Blog, Chat and Store, owned by the core.

Implements nothing. Every method lists the errors that it may raise; see :mod:`bot.core.errors` for what they mean.
Writes follow one rule: an adapter raises :class:`~bot.core.errors.Unanswered` when a write *may* have been carried out
and never repeats a write by itself.
"""

from __future__ import annotations

from bot.core.identity import Identity
from bot.ports.blog import Blog, Draft, FeedState, File, Media, Recent, Written
from bot.ports.chat import Announcement, Chat, Opened, Speaker, Utterance
from bot.ports.finding import Finding
from bot.ports.records import (
    Backfill,
    Outcome,
    Parked,
    Planned,
    PollRecord,
    QueueFigures,
    Restanding,
    Snapshot,
    Stage,
    Upload,
)
from bot.ports.store import Store

__all__ = [
    "Announcement",
    "Backfill",
    "Blog",
    "Chat",
    "Draft",
    "FeedState",
    "File",
    "Finding",
    "Identity",
    "Media",
    "Opened",
    "Outcome",
    "Parked",
    "Planned",
    "PollRecord",
    "QueueFigures",
    "Recent",
    "Restanding",
    "Snapshot",
    "Speaker",
    "Stage",
    "Store",
    "Upload",
    "Utterance",
    "Written",
]
