"""All that one loopback Discord knows, its clock and its ids.

It does not check any rule and does not speak any protocol; the verbs change it, view.py shows it.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable

from bot.sandbox.discord.errors import Refused
from bot.sandbox.discord.limits import Limits
from bot.sandbox.discord.things import App, Channel, Guild, Interaction, Message, Place, Sent, Upload, User, Webhook

EPOCH_MS = 1_420_070_400_000  # Discord: reference, Snowflakes: 2015-01-01T00:00:00Z

Emit = Callable[..., None]


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
        self.blocked: set[tuple[int, int]] = set()  # who has blocked whom
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
