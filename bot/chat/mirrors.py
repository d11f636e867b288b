"""Sends, edits and deletes the messages that show comments, as a webhook's persona or as the bot's card.

Does not choose what they say and does not remember them beyond a bounded cache of who wrote which.
"""

from __future__ import annotations

import logging
from collections import OrderedDict
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, replace
from typing import TypeVar

import discord

from bot.chat.appearance import NOBODY, NOBODY_PINGED, card, reply_reference, web_url, webhook_name
from bot.chat.calls import Calls, show_embeds, thread_of
from bot.chat.codes import ThreadShut, WebhookGone
from bot.chat.pace import Resource
from bot.chat.permissions import HISTORY
from bot.chat.webhooks import Fallbacks, NoWebhook, Webhooks
from bot.core.domain import ChannelId, MessageId, Place, WebhookId
from bot.core.errors import NotAllowed, PlaceVanished, RefusalKind, Refused, Unreachable, Vanished
from bot.core.policy import Style
from bot.ports import Utterance

T = TypeVar("T")
_REMEMBERED = 4096
_HOUR = 3600.0
_SEEING = ("view_channel",)
_SEND_NEEDS = ("send_messages_in_threads", "embed_links", "read_message_history")
log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Author:
    """Who wrote a message of ours: a webhook under a name, or (``webhook`` None) the bot."""

    webhook: WebhookId | None
    name: str

    def bears_another_name_than(self, speaker: str) -> bool:
        """Whether a message of a webhook's stands for good under another name, which is not nobody's either."""
        return self.webhook is not None and self.name not in (webhook_name(speaker), NOBODY)


class Mirrors:
    """The messages of ours in the threads of a channel."""

    def __init__(self, calls: Calls, webhooks: Webhooks, *, style: Style, fallbacks: Fallbacks) -> None:
        self._calls = calls
        self._webhooks = webhooks
        self._style = style
        self._fallbacks = fallbacks
        self._authors: OrderedDict[int, Author] = OrderedDict()

    def note(self, message: discord.Message) -> None:
        """Remembers who of ours wrote a message."""
        webhook = WebhookId(message.webhook_id) if message.webhook_id else None
        self._authors[message.id] = Author(webhook, message.author.name)
        self._authors.move_to_end(message.id)
        while len(self._authors) > _REMEMBERED:
            self._authors.popitem(last=False)

    def backfill_wait(self, channel: ChannelId) -> float:
        """Seconds until a comment of a backlog may be sent without waiting: what does not wait here waits for nobody.

        Cards have a limit for each thread and none for the channel, so they never wait for one another.
        """
        return self._calls.pacer.backfill_wait(Resource.WEBHOOK, channel) if self._style == "persona" else 0.0

    async def send(self, place: Place, what: Utterance, *, nonce: str) -> MessageId:
        """One part, in the style set; as a card where webhooks may not be managed, or where the bot alone may speak."""
        if self._style == "persona":
            try:
                sent = await self._send_persona(place, what)
            except NoWebhook:
                self._fallbacks.cards(place.channel_id)
            except ThreadShut as shut:
                if not self._may_speak_in(shut, place):
                    raise
            else:
                self._fallbacks.personas(place.channel_id)
                return sent
        return await self._send_card(place, what, nonce)

    async def edit(self, place: Place, message: MessageId, what: Utterance, *, renamed: bool) -> None:
        """Replaces one part by whoever wrote it. Discord: Edit Webhook Message takes no name."""
        thread = thread_of(place)
        author = await self._author(place, message)
        if renamed and author.bears_another_name_than(what.speaker.name):
            raise _not_editable(message, message)
        webhook = None if author.webhook is None else await self._editor(place, author.webhook, message)

        async def as_persona(webhook: discord.Webhook) -> None:
            await self._edit_turn(message, thread)
            async with self._asking_webhook(place), self._editing(place, message):
                await webhook.edit_message(
                    message, content=what.text, allowed_mentions=NOBODY_PINGED, thread=discord.Object(thread)
                )

        async def as_card(what: Utterance) -> None:
            partial = self._calls.thread(place).get_partial_message(message)
            await self._edit_turn(message, thread)
            async with self._editing(place, message):
                edited = await partial.edit(content=None, embed=card(what), allowed_mentions=NOBODY_PINGED)
                await show_embeds(edited, card(what))

        try:
            if webhook is None:
                await self._calls.opened(thread, lambda: _adorned(what, as_card))
            else:
                await self._calls.opened(thread, lambda: as_persona(webhook))
        except WebhookGone as error:
            self._webhooks.forget(place.channel_id)
            raise _not_editable(message, message) from error
        except ThreadShut as shut:
            if webhook is not None and self._may_speak_in(shut, place):
                raise _not_editable(message, message) from shut
            raise

    async def delete(self, place: Place, message: MessageId) -> None:
        """Deletes one part; by the bot's own permission where the webhook that wrote it is gone."""
        thread = thread_of(place)
        try:
            webhook = await self._remover(place, message)
            if webhook is not None:
                try:
                    async with self._asking_webhook(place), self._deleting(place, message):
                        await webhook.delete_message(message, thread=discord.Object(thread))
                    return
                except (WebhookGone, NotAllowed):
                    self._webhooks.forget(place.channel_id)
            partial = self._calls.thread(place).get_partial_message(message)
            async with self._deleting(place, message):
                await partial.delete()
        except Vanished:
            return

    def _may_speak_in(self, shut: ThreadShut, place: Place) -> bool:
        """Whether a thread refuses webhooks alone: in a locked one the bot may go on that manages threads."""
        return shut.is_locked and self._calls.permissions.may(place.channel_id, "manage_threads")

    @asynccontextmanager
    async def _asking_webhook(self, place: Place) -> AsyncIterator[None]:
        """A webhook that was moved to another channel says "unknown channel" of a thread that stands."""
        try:
            yield
        except PlaceVanished as error:
            await self._calls.found(thread_of(place), at=place.channel_id)
            raise WebhookGone(error.reason) from error

    def _editing(self, place: Place, message: MessageId) -> AbstractAsyncContextManager[None]:
        thread = thread_of(place)
        return self._calls.writing(
            f"edit message {message} in thread {thread}",
            Resource.EDITS,
            thread,
            at=place.channel_id,
            needs=_SEEING,
        )

    def _deleting(self, place: Place, message: MessageId) -> AbstractAsyncContextManager[None]:
        thread = thread_of(place)
        return self._calls.writing(
            f"delete message {message} in thread {thread}",
            Resource.DELETIONS,
            thread,
            at=place.channel_id,
            needs=("manage_messages",),
        )

    async def _send_persona(self, place: Place, what: Utterance) -> MessageId:
        for last in (False, True):
            webhook = await self._webhooks.sender(place.channel_id)
            try:
                return await self._say(webhook, place, what)
            except WebhookGone as error:
                self._webhooks.forget(place.channel_id)
                if last:  # somebody deletes it as fast as it is made: nothing was sent, and the next time it may stay
                    raise Unreachable(error.reason) from error
        raise AssertionError("the second attempt returns or raises")

    async def _say(self, webhook: discord.Webhook, place: Place, what: Utterance) -> MessageId:
        name, avatar = webhook_name(what.speaker.name), web_url(what.speaker.avatar_url)
        thread = thread_of(place)
        try:
            return await self._calls.opened(thread, lambda: self._execute(webhook, place, what, name, avatar))
        except Refused as error:
            # Not every rule for names and pictures is published. A refusal was surely not carried out.
            if error.kind is not RefusalKind.BREAKS_A_RULE or (name == NOBODY and avatar is None):
                raise
            log.info("thread %s: Discord refuses a name or picture; sending as %s", thread, NOBODY)
            return await self._execute(webhook, place, what, NOBODY, None)

    async def _execute(
        self, webhook: discord.Webhook, place: Place, what: Utterance, name: str, avatar: str | None
    ) -> MessageId:
        thread = thread_of(place)
        writing = self._calls.writing(
            f"send a comment into thread {thread}",
            Resource.WEBHOOK,
            place.channel_id,
            at=place.channel_id,
            needs=_SEEING,
            backfill=what.silent,
        )
        async with self._asking_webhook(place), writing:
            sent = await webhook.send(
                what.text,
                username=name,
                avatar_url=avatar if avatar is not None else discord.utils.MISSING,
                thread=discord.Object(thread),
                allowed_mentions=NOBODY_PINGED,
                suppress_embeds=True,
                silent=what.silent,
                wait=True,
            )
        self.note(sent)
        return MessageId(sent.id)

    async def _send_card(self, place: Place, what: Utterance, nonce: str) -> MessageId:
        thread = thread_of(place)
        target = self._calls.thread(place)
        reference = None if what.reply_to is None else reply_reference(thread, what.reply_to)

        async def attempt(what: Utterance) -> discord.Message:
            async with self._calls.writing(
                f"send a comment into thread {thread}",
                Resource.MESSAGES,
                thread,
                at=place.channel_id,
                needs=_SEND_NEEDS,
                backfill=what.silent,
            ):
                return await target.send(
                    embed=card(what),
                    reference=reference,  # type: ignore[arg-type]  # None is what discord.py takes for "no reply"
                    mention_author=False,
                    allowed_mentions=NOBODY_PINGED,
                    silent=what.silent,
                    nonce=nonce,
                )

        sent = await self._calls.opened(thread, lambda: _adorned(what, attempt))
        self.note(sent)
        return MessageId(sent.id)

    async def _author(self, place: Place, message: MessageId) -> Author:
        if message not in self._authors:
            target = self._calls.thread(place)
            doing = f"look at message {message} in thread {target.id}"
            async with self._calls.reading(doing, at=place.channel_id, needs=HISTORY):
                self.note(await target.fetch_message(message))
        return self._authors[message]

    async def _editor(self, place: Place, author: WebhookId, message: MessageId) -> discord.Webhook:
        webhook = await self._webhooks.owner(place.channel_id, author)
        if webhook is None:
            raise _not_editable(author, message)
        return webhook

    async def _remover(self, place: Place, message: MessageId) -> discord.Webhook | None:
        author = await self._author(place, message)
        try:
            return None if author.webhook is None else await self._webhooks.owner(place.channel_id, author.webhook)
        except NotAllowed:
            return None

    async def _edit_turn(self, message: MessageId, thread: int) -> None:
        # Discord: messages older than an hour have a tighter limit of their own (error 30046).
        if self._calls.now() - discord.utils.snowflake_time(message).timestamp() > _HOUR:
            await self._calls.pacer.turn(Resource.OLD_EDITS, thread)


async def _adorned(what: Utterance, attempt: Callable[[Utterance], Awaitable[T]]) -> T:
    """Not every rule for pictures is published: where a card is refused, once more without its author's."""
    try:
        return await attempt(what)
    except Refused as error:
        if error.kind is not RefusalKind.BREAKS_A_RULE or what.speaker.avatar_url is None:
            raise
    return await attempt(replace(what, speaker=replace(what.speaker, avatar_url=None)))


def _not_editable(what: int, message: MessageId) -> Refused:
    return Refused(
        f"Message or webhook {what}: what wrote the message is gone or bears another name, so it cannot be edited.",
        kind=RefusalKind.NOT_EDITABLE,
        message=message,
    )
