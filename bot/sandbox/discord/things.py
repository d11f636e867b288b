"""The things a loopback Discord consists of: users, guilds, channels, messages, webhooks, commands and their uses.

Plain records: they check no rule, find nothing and change nothing.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import NamedTuple

from bot.sandbox.discord.vocabulary import Json, Kind, MessageType

CHAT_INPUT = 1


@dataclass(eq=False)
class User:
    """An account; ``name`` is the unique username, ``display`` the global display name."""

    id: int
    name: str
    display: str | None
    bot: bool = False
    avatar: str | None = None


@dataclass(eq=False)
class Role:
    id: int
    name: str
    permissions: int
    position: int
    managed_by: int | None = None
    mentionable: bool = False


@dataclass(eq=False)
class Member:
    """A user in one guild."""

    user: User
    guild: Guild
    roles: list[int]
    joined_at: float
    nick: str | None = None
    timed_out_until: float | None = None

    @property
    def id(self) -> int:
        return self.user.id

    @property
    def name(self) -> str:
        return self.nick or self.user.display or self.user.name


@dataclass(eq=False)
class App:
    """An application and its bot user. ``intents``: what its owner has toggled; ``commands`` by guild (0: global)."""

    id: int
    name: str
    token: str
    user: User
    intents: int
    shards: int
    commands: dict[int, dict[int, Command]] = field(default_factory=dict)
    admitted: set[tuple[int, int]] = field(default_factory=set)
    """Command and member: a server's own settings let that member use it (Discord: Application Command Permissions)."""


class Viewer(NamedTuple):
    """An application looking at something; ``reads``: it looks with the MESSAGE_CONTENT intent."""

    app: App
    reads: bool


@dataclass(eq=False)
class Guild:
    id: int
    name: str
    owner_id: int
    roles: dict[int, Role] = field(default_factory=dict)
    members: dict[int, Member] = field(default_factory=dict)
    channels: dict[int, Channel] = field(default_factory=dict)
    threads: dict[int, Channel] = field(default_factory=dict)
    own_roles: dict[int, int] = field(default_factory=dict)
    forbidden_words: set[str] = field(default_factory=set)


@dataclass
class Overwrite:
    """Discord: Overwrite Object; ``kind`` 0 role, 1 member."""

    kind: int
    allow: int = 0
    deny: int = 0


@dataclass
class Tag:
    id: int
    name: str
    moderated: bool = False


@dataclass
class ThreadState:
    """What a thread has beyond a channel. Times are Unix seconds."""

    owner_id: int
    auto_archive: int
    changed_at: float
    created_at: float
    archived: bool = False
    locked: bool = False
    applied: list[int] = field(default_factory=list)
    members: dict[int, float] = field(default_factory=dict)
    sent: int = 0


@dataclass(eq=False)
class Channel:
    """A channel or a thread (``thread`` is set); ``messages`` by id, oldest first; ``gone`` are deleted ids."""

    id: int
    guild: Guild
    kind: Kind
    name: str
    position: int = 0
    parent: Channel | None = None
    topic: str | None = None
    flags: int = 0
    slowmode: int = 0
    overwrites: dict[int, Overwrite] = field(default_factory=dict)
    tags: list[Tag] = field(default_factory=list)
    thread: ThreadState | None = None
    messages: dict[int, Message] = field(default_factory=dict)
    gone: set[int] = field(default_factory=set)
    last_message_id: int | None = None
    pinned: dict[int, float] = field(default_factory=dict)

    @property
    def thread_members(self) -> dict[int, float]:
        return self.thread.members if self.thread else {}

    @property
    def home(self) -> Channel:
        """The channel whose permissions and webhooks count: itself, or a thread's parent."""
        return self.parent or self if self.thread else self


@dataclass
class Reference:
    """Discord: Message Reference; ``kind`` 0 reply and system references, 1 forward."""

    message_id: int | None
    channel_id: int
    guild_id: int
    kind: int = 0


@dataclass
class Upload:
    """A stored file; its URL is signed anew each time it is shown."""

    id: int
    channel_id: int
    filename: str
    content_type: str
    data: bytes
    description: str | None = None


@dataclass
class Persona:
    """Who a webhook message appears to be."""

    webhook_id: int
    name: str
    avatar: str | None
    application_id: int | None


@dataclass(eq=False)
class Message:
    id: int
    channel: Channel
    author: User | Persona
    kind: MessageType
    content: str
    sent_at: float
    edited_at: float | None = None
    embeds: list[Json] = field(default_factory=list)
    uploads: list[Upload] = field(default_factory=list)
    components: list[Json] = field(default_factory=list)
    stickers: list[Json] = field(default_factory=list)
    poll: Json | None = None
    snapshots: list[Json] = field(default_factory=list)
    flags: int = 0
    mentions: list[int] = field(default_factory=list)
    mention_roles: list[int] = field(default_factory=list)
    mention_everyone: bool = False
    pings: set[int] = field(default_factory=set)
    reference: Reference | None = None
    nonce: str | int | None = None
    reactions: dict[str, dict[int, float]] = field(default_factory=dict)
    started: Channel | None = None
    interaction: Json | None = None
    application_id: int | None = None
    position: int | None = None


@dataclass(eq=False)
class Webhook:
    """An incoming webhook of a channel; ``app`` made it, or a member did (``app`` None)."""

    id: int
    channel: Channel
    name: str
    token: str
    maker: User
    app: App | None
    avatar: str | None = None


@dataclass(eq=False)
class Command:
    """One registered command; ``guild_id`` 0 is global. ``data`` is the body it was registered with."""

    id: int
    app: App
    guild_id: int
    version: int
    data: Json

    @property
    def name(self) -> str:
        return str(self.data["name"])

    @property
    def kind(self) -> int:
        return int(self.data.get("type") or CHAT_INPUT)


@dataclass(eq=False)
class Interaction:
    """One use of a command, component or form, from the member's act to the token's end."""

    id: int
    token: str
    app: App
    member: Member
    channel: Channel
    kind: int
    data: Json
    at: float
    source: Message | None = None
    answer: int | None = None
    failed: bool = False
    ephemeral: bool = False
    original: Message | None = None
    messages: dict[int, Message] = field(default_factory=dict)
    choices: list[Json] = field(default_factory=list)
    modal: Json | None = None
    first: asyncio.Event = field(default_factory=asyncio.Event)
    final: asyncio.Event = field(default_factory=asyncio.Event)
    told: asyncio.Event = field(default_factory=asyncio.Event)
    """Something was shown after the first answer: words, where that was a deferral without any."""


Place = Channel | int | str  # a channel or thread, or its id
Sent = Message | int | str  # a message, or its id
