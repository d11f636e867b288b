"""Looks at one channel for somebody who thinks of mirroring a blog there: its kind, what is missing, how long it takes.

Changes nothing on Discord, and knows no setting by its name.
"""

from __future__ import annotations

from collections.abc import Sequence

import discord

from bot.chat.examine import content_intent, held_in, invite_url, kind_of, needed
from bot.chat.outcome import calling
from bot.chat.pace import Paces, Resource
from bot.core.domain import ChannelId
from bot.core.errors import CommonthreadError, NotAllowed, PlaceVanished
from bot.core.policy import Style
from bot.ports.prospects import Survey


async def survey(client: discord.Client, channel: ChannelId, *, style: Style) -> Survey:
    """See :meth:`bot.ports.prospects.Door.survey`."""
    invite = invite_url(client.application_id or 0)
    try:
        async with calling(f"look at channel {channel}", write=False):
            found = await client.fetch_channel(channel)
    except (NotAllowed, PlaceVanished):
        raise CommonthreadError(f"The bot cannot see <#{channel}>: let it in there, or with <{invite}>") from None
    kind = kind_of(found)
    if kind is None or not isinstance(found, discord.TextChannel | discord.ForumChannel):
        return Survey(getattr(found, "name", "") or "", "", (), invite, hears=True)
    held = await held_in(client, found.guild.id, found.id)
    wanted = needed(style, forum=isinstance(found, discord.ForumChannel))
    lacks = tuple(words for name, words in wanted.items() if not getattr(held, name))
    intent = await content_intent(client)
    return Survey(found.name, kind, lacks, invite, hears=intent.ok)


def first_sync_seconds(style: Style, comments: Sequence[int], paces: Paces) -> float:
    """See :meth:`bot.ports.prospects.Door.first_sync_seconds`. Cards have a limit for each thread."""
    opening = paces.backlog_seconds(Resource.THREADS, len(comments))
    if style == "persona":
        return opening + paces.backlog_seconds(Resource.WEBHOOK, sum(comments))
    return opening + paces.backlog_seconds(Resource.MESSAGES, max(comments, default=0))
