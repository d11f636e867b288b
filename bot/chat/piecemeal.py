"""Reads what Discord lists item by item: one that discord.py cannot read costs itself, and is told of in the log, once.

Does not ask at a pace and translates no errors: its callers do. Knows nothing of the domain but ids.
"""

from __future__ import annotations

import logging
from collections import OrderedDict
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

import discord

from bot.core.domain import MessageId
from bot.core.errors import NotUnderstood

log = logging.getLogger(__name__)

T = TypeVar("T")
Raw = Mapping[str, Any]

PAGE = 100
"""Discord: the most that a listing of messages or archived threads gives at once."""

TOLD = 4096
"""Unreadable items that are remembered: a thread is read again and again, and each of them is told of once."""

_IDS = ("guild_id", "channel_id", "id")
_told: OrderedDict[tuple[str, str], None] = OrderedDict()


@dataclass(frozen=True, slots=True)
class Listed:
    """Messages, oldest first, without those that cannot be read. ``last``: the newest id listed, readable or not.

    ``whole``: there are no more after it.
    """

    messages: tuple[discord.Message, ...]
    last: int
    whole: bool


async def page_after(client: discord.Client, where: discord.PartialMessageable, after: int) -> Listed:
    """The first hundred messages after an id. Raises what discord.py raises for the whole of the answer."""
    return _page(client, where, await client.http.logs_from(where.id, PAGE, after=after), after)


async def newest_page(client: discord.Client, where: discord.PartialMessageable) -> Listed:
    """The newest hundred messages. Raises what discord.py raises for the whole of the answer."""
    return _page(client, where, await client.http.logs_from(where.id, PAGE), 0)


def _page(client: discord.Client, where: discord.PartialMessageable, listed: Any, after: int) -> Listed:
    read = each("message", listed, lambda raw: message_of(client, where, raw))
    last = max([after, *(number for raw in listed if (number := _number(raw)))])
    return Listed(tuple(reversed(read)), last, whole=len(listed) < PAGE or last == after)


def message_of(client: discord.Client, where: discord.abc.MessageableChannel, raw: Any) -> discord.Message:
    """One message. What it answers travels with it, and must not keep it from being read.

    Raises NotUnderstood for a message that discord.py cannot read, anything else for what is no message at all.
    """
    state = client._connection
    try:
        return discord.Message(state=state, channel=where, data=raw)
    except Exception as error:
        if not (number := _number(raw)):
            raise
        if raw.get("referenced_message") is not None:
            return message_of(client, where, alone(raw))
        raise NotUnderstood(
            f"Message {number} is of a shape that the bot cannot read.", message=MessageId(number)
        ) from error


def alone(raw: Raw) -> Any:
    """A message as Discord sends it, without the message that it answers."""
    return {key: value for key, value in raw.items() if key != "referenced_message"}


async def active_threads(guild: discord.Guild) -> list[discord.Thread]:
    """A server's threads that are not archived. Raises what discord.py raises for the whole of the answer."""
    state = guild._state
    listed = (await state.http.get_active_threads(guild.id)).get("threads", [])
    return each("thread", listed, lambda raw: discord.Thread(guild=guild, state=state, data=raw))


async def archived_threads(home: discord.TextChannel | discord.ForumChannel) -> AsyncIterator[discord.Thread]:
    """A channel's archived threads, last archived first. Raises what discord.py raises for the whole of an answer."""
    state, before = home.guild._state, None
    while True:
        answer = await state.http.get_public_archived_threads(home.id, before=before, limit=PAGE)
        listed = answer.get("threads", [])
        for thread in each("thread", listed, lambda raw: discord.Thread(guild=home.guild, state=state, data=raw)):
            yield thread
        if not listed or not answer.get("has_more"):
            return
        before = listed[-1]["thread_metadata"]["archive_timestamp"]


async def webhooks(home: discord.TextChannel | discord.ForumChannel) -> list[discord.Webhook]:
    """A channel's webhooks. Raises what discord.py raises for the whole of the answer."""
    state = home.guild._state
    listed = await state.http.channel_webhooks(home.id)
    return each("webhook", listed, lambda raw: discord.Webhook.from_state(raw, state=state))


def each(kind: str, listed: Any, read: Callable[[Any], T]) -> list[T]:
    """All items of a list that can be read. Raises TypeError for what is no list."""
    if not isinstance(listed, list):
        raise TypeError(f"a list was asked for, not {type(listed).__name__}")
    found = list[T]()
    for raw in listed:
        try:
            found.append(read(raw))
        except Exception as error:
            tell(kind, raw, error)
    return found


def tell(kind: str, raw: Any, error: Exception) -> None:
    """One line for what could not be read: what it was, its ids, the kind of the error; never what it says."""
    known = ids(raw)
    key = (kind, repr(known) if known else "")
    if key in _told:
        return
    _told[key] = None
    if len(_told) > TOLD:
        _told.popitem(last=False)
    named = ", ".join(f"{name} {number}" for name, number in known.items()) or "no ids"
    met = type(error.__cause__ if isinstance(error, NotUnderstood) else error).__name__
    log.warning("left out: a %s that cannot be read (%s): %s", kind, named, met, extra={**known})


def ids(raw: Any) -> dict[str, int]:
    """The ids of what Discord sent, under names for the log."""
    if not isinstance(raw, Mapping):
        return {}
    return {name if "_" in name else "its_id": number for name in _IDS if (number := _number(raw, name))}


def _number(raw: Any, name: str = "id") -> int:
    value = raw.get(name) if isinstance(raw, Mapping) else None
    return int(value) if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 21 else 0
