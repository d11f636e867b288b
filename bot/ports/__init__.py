"""What the core asks of the world: the ports, owned by the core.

Implements nothing. Every method lists the errors that it may raise; see :mod:`bot.core.errors` for what they mean.
Writes follow one rule: an adapter raises :class:`~bot.core.errors.Unanswered` when a write *may* have been carried out
and never repeats a write by itself.
"""

from __future__ import annotations

from bot.core.identity import Identity
from bot.ports.adopting import Adopted, Adopting
from bot.ports.blog import (
    Blog,
    Draft,
    FeedState,
    File,
    Media,
    Recent,
    Relayed,
    Review,
    Sighting,
    Signed,
    Writer,
    Written,
)
from bot.ports.chat import Announcement, Chat, Opened, Picture, Posted, Speaker, Utterance
from bot.ports.map import Map
from bot.ports.members import Members, Uploads
from bot.ports.outbox import Claims, Figures, Outbox
from bot.ports.places import ChannelRead, Places
from bot.ports.prospects import Finding
from bot.ports.records import (
    BackfillProgress,
    Claimed,
    Outcome,
    Outlook,
    Parked,
    Planned,
    PollRecord,
    QueueFigures,
    Recognised,
    RelayChange,
    Snapshot,
    Stage,
    Traces,
    Upload,
)
from bot.ports.store import SaidBefore, Store
from bot.ports.subscriptions import Subscriptions
from bot.ports.turns import Act, Asking, MayGo, OverMeasure, Turns, Why

__all__ = [
    "Act",
    "Adopted",
    "Adopting",
    "Announcement",
    "Asking",
    "BackfillProgress",
    "Blog",
    "ChannelRead",
    "Chat",
    "Claimed",
    "Claims",
    "Draft",
    "FeedState",
    "Figures",
    "File",
    "Finding",
    "Identity",
    "Map",
    "MayGo",
    "Media",
    "Members",
    "Opened",
    "Outbox",
    "Outcome",
    "Outlook",
    "OverMeasure",
    "Parked",
    "Picture",
    "Places",
    "Planned",
    "PollRecord",
    "Posted",
    "QueueFigures",
    "Recent",
    "Recognised",
    "RelayChange",
    "Relayed",
    "Review",
    "SaidBefore",
    "Sighting",
    "Signed",
    "Snapshot",
    "Speaker",
    "Stage",
    "Store",
    "Subscriptions",
    "Traces",
    "Turns",
    "Upload",
    "Uploads",
    "Utterance",
    "Why",
    "Writer",
    "Written",
]
