"""Finds our own webhook of a channel, or makes it once.

Does not send. The token stays inside discord.py's object: never stored, never logged.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable

import discord

from bot.chat.calls import Calls
from bot.chat.codes import FULL_OF_WEBHOOKS
from bot.chat.pace import Resource, loop_time
from bot.chat.piecemeal import webhooks
from bot.core.domain import ChannelId, WebhookId
from bot.core.errors import NotAllowed, Refused

log = logging.getLogger(__name__)

NAME = "Commonthread"
FORGIVENESS = 300.0
"""Seconds after which a channel whose webhooks we may not manage is tried again."""

_NEEDS = ("manage_webhooks",)


class NoWebhook(NotAllowed):
    """Webhooks of the channel may not be managed, or there is no room for one more."""


class Fallbacks:
    """Tells once when cards replace personas in a channel, and once when personas are sent, at first or after cards."""

    def __init__(self, began: Callable[[ChannelId], None], over: Callable[[ChannelId], None]) -> None:
        self._began = began
        self._over = over
        self._fallen_back: dict[ChannelId, bool] = {}

    def cards(self, channel: ChannelId) -> None:
        """A card was sent for want of a webhook."""
        if self._fallen_back.get(channel) is not True:
            self._fallen_back[channel] = True
            self._began(channel)

    def personas(self, channel: ChannelId) -> None:
        """A webhook has sent a comment."""
        if self._fallen_back.get(channel) is not False:
            self._fallen_back[channel] = False
            self._over(channel)


class Webhooks:
    """Per channel: the webhook to send with, and older ones of ours that can still edit their messages."""

    def __init__(self, calls: Calls, *, clock: Callable[[], float] = loop_time) -> None:
        self._calls = calls
        self._clock = clock
        self._known: dict[ChannelId, dict[WebhookId, discord.Webhook]] = {}
        self._ours: set[WebhookId] = set()
        self._refused_until: dict[ChannelId, float] = {}
        self._locks: dict[ChannelId, asyncio.Lock] = {}

    def is_ours(self, webhook: int | None) -> bool:
        """Whether a webhook id was seen to be ours; an id never seen needs the message's application id."""
        return webhook in self._ours

    async def sender(self, channel: ChannelId) -> discord.Webhook:
        """The webhook to send with. Raises NoWebhook, and what reading and creating raise."""
        async with self._lock(channel):
            if self._refused_until.get(channel, 0.0) > self._clock():
                raise NoWebhook(f"The bot may not manage the webhooks of channel {channel}.", channel=channel)
            try:
                known = await self._list(channel)
                if not known:
                    known = await self._create(channel)
            except (NotAllowed, Refused) as error:
                if isinstance(error, Refused) and error.code not in FULL_OF_WEBHOOKS:
                    raise
                self._refused_until[channel] = self._clock() + FORGIVENESS
                raise NoWebhook(error.reason, channel=channel) from error
            return known[min(known, key=lambda one: (known[one].name != NAME, one))]

    async def owner(self, channel: ChannelId, webhook: WebhookId) -> discord.Webhook | None:
        """The webhook that wrote a message, if it still exists and is ours. Raises NotAllowed."""
        async with self._lock(channel):
            return (await self._list(channel)).get(webhook)

    def forget(self, channel: ChannelId) -> None:
        """Discord does not know the webhook any more: look again before the next use."""
        self._known.pop(channel, None)

    def _lock(self, channel: ChannelId) -> asyncio.Lock:
        return self._locks.setdefault(channel, asyncio.Lock())

    async def _list(self, channel: ChannelId) -> dict[WebhookId, discord.Webhook]:
        if channel in self._known:
            return self._known[channel]
        home = await self._calls.home(channel)
        async with self._calls.reading(f"list the webhooks of channel {channel}", at=channel, needs=_NEEDS):
            listed = await webhooks(home)
        # Discord shows a token only to the application that made the webhook. Moderators may give it another name.
        own = {WebhookId(w.id): w for w in listed if w.token and self._made_by_us(w)}
        if own:
            self._known[channel] = own
            self._ours.update(own)
        return own

    async def _create(self, channel: ChannelId) -> dict[WebhookId, discord.Webhook]:
        home = await self._calls.home(channel)
        async with self._calls.writing(
            f"create a webhook in channel {channel}", Resource.THREADS, channel, at=channel, needs=_NEEDS
        ):
            made = await home.create_webhook(name=NAME, reason="Shows comments under their authors' names")
        log.info("channel %s: created webhook %s", channel, made.id)
        self._ours.add(WebhookId(made.id))
        self._known[channel] = {WebhookId(made.id): made}
        return self._known[channel]

    def _made_by_us(self, webhook: discord.Webhook) -> bool:
        return webhook.user is not None and webhook.user.id == self._calls.me
