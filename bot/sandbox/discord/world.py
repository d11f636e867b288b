"""What the loopback Discord knows: guilds, channels, threads, messages, webhooks, applications.

It does not check any rule and does not speak any protocol; the verbs change it, view.py shows it.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from bot.sandbox.discord.errors import Refused
from bot.sandbox.discord.vocabulary import Json, Kind, MessageType

if TYPE_CHECKING:
    from bot.sandbox.discord.commands import Command
    from bot.sandbox.discord.interactions import Interaction
    from bot.sandbox.discord.limits import Limits

EPOCH_MS = 1_420_070_400_000  # Discord: reference, Snowflakes: 2015-01-01T00:00:00Z


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


Emit = Callable[..., None]
Place = Channel | int | str  # a channel or thread, or its id
Sent = Message | int | str  # a message, or its id


class World:
    """All state of one loopback Discord, its clock and its ids."""

    def __init__(self, limits: Limits):
        self.limits = limits
        self.clock = limits.clock
        self.guilds: dict[int, Guild] = {}
        self.channels: dict[int, Channel] = {}
        self.users: dict[int, User] = {}
        self.apps: dict[int, App] = {}
        self.webhooks: dict[int, Webhook] = {}
        self.uploads: dict[int, Upload] = {}
        self.interactions: dict[str, Interaction] = {}
        self.avatars: dict[str, str] = {}
        self.nonces: dict[tuple[int, int, str], tuple[float, int]] = {}
        self.gateway_url = ""
        self.cdn_url = ""
        self.secret = secrets.token_bytes(16)
        self.emit: Emit = lambda *args, **options: None
        self._last_id = 0

    def snowflake(self) -> int:
        """A new id with the clock's time in it; strictly increasing."""
        stamp = (int(self.clock() * 1000) - EPOCH_MS) << 22
        self._last_id = max(stamp, self._last_id + 1)
        return self._last_id

    def token(self, owner: int) -> str:
        """A secret of 72 characters or more, as long as Discord's."""
        return f"{owner}.{secrets.token_urlsafe(48)}"

    def channel(self, channel_id: int) -> Channel:
        found = self.channels.get(channel_id)
        if found is None:
            raise Refused(10003)
        return found

    def place(self, place: Place) -> Channel:
        return place if isinstance(place, Channel) else self.channel(int(place))

    def sent(self, place: Place, message: Sent) -> Message:
        return message if isinstance(message, Message) else self.message(self.place(place), int(message))

    def guild(self, guild_id: int) -> Guild:
        found = self.guilds.get(guild_id)
        if found is None:
            raise Refused(10004)
        return found

    def message(self, channel: Channel, message_id: int) -> Message:
        found = channel.messages.get(message_id)
        if found is None:
            raise Refused(10008)
        return found

    def app_of(self, user_id: int) -> App | None:
        return next((app for app in self.apps.values() if app.user.id == user_id), None)
