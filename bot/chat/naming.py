"""Gives an open thread another name and other tags, as its post has them now.

Does not touch a name or tag that it is not told of: those are the moderators'.
"""

from __future__ import annotations

import logging

import discord

from bot.chat.appearance import thread_name
from bot.chat.calls import Calls, Hiccup, Home, thread_of
from bot.chat.codes import NEEDS_TAG, NO_SUCH_TAG
from bot.chat.pace import Resource
from bot.chat.starters import TAGS, matching_tags
from bot.core.domain import ChannelId, Place, ThreadId
from bot.core.errors import NotAllowed, Refused, Unreachable

AT_ONCE = 1.0
"""Seconds that a new name may wait for its turn. What has to wait longer is put back, so that others go ahead."""

_MANAGING = ("manage_threads",)
log = logging.getLogger(__name__)


class Naming:
    """The names and tags of threads that are there."""

    def __init__(self, calls: Calls) -> None:
        self._calls = calls

    def tags(self, home: Home, wanted: tuple[str, ...]) -> list[discord.ForumTag]:
        """The forum's tags of these names, without those that only moderators set unless the bot is one."""
        if not isinstance(home, discord.ForumChannel):
            return []
        return matching_tags([tag for tag in home.available_tags if self._may_set(home, tag)], wanted)

    def spare_tags(self, home: discord.ForumChannel) -> list[discord.ForumTag]:
        """Tags for a post that has none where one is required. Raises NotAllowed where there are only moderators'."""
        spare = sorted((tag for tag in home.available_tags if self._may_set(home, tag)), key=lambda tag: tag.moderated)
        if home.available_tags and not spare and home.flags.require_tag:
            raise NotAllowed(
                f"Forum {home.id} requires a tag, and all its tags are moderators': give the bot the permission Manage "
                "Threads, or add a tag that everybody may set.",
                channel=ChannelId(home.id),
            )
        return spare

    def _may_set(self, home: discord.ForumChannel, tag: discord.ForumTag) -> bool:
        return not tag.moderated or self._calls.permissions.may(ChannelId(home.id), *_MANAGING)

    def _not_in_line(self, resource: Resource, thread: ThreadId) -> None:
        if (wait := self._calls.pacer.wait(resource, thread)) > AT_ONCE:
            raise Unreachable(f"Thread {thread} was changed too often of late: the next change has to wait.", wait)

    async def rename(self, place: Place, title: str) -> None:
        """A name that AutoMod does not let pass leaves the thread with the one that it has."""
        thread = thread_of(place)
        found = await self._calls.found(thread, at=place.channel_id)
        if found.name == thread_name(title):
            return
        self._not_in_line(Resource.RENAMES, thread)
        try:
            async with self._calls.writing(
                f"rename thread {thread}", Resource.RENAMES, thread, at=place.channel_id, needs=_MANAGING
            ):
                if found.archived:
                    await found.edit(name=thread_name(title), archived=False)
                else:
                    await found.edit(name=thread_name(title))
        except Refused as error:
            log.info("thread %s keeps its name: %s", thread, error.reason)

    async def retag(self, place: Place, before: tuple[str, ...], after: tuple[str, ...]) -> None:
        """Tags of ``before`` that are not in ``after`` go, those of ``after`` come; all others stay as they are."""
        thread, home = thread_of(place), await self._calls.home(place.channel_id)
        if not isinstance(home, discord.ForumChannel):
            return
        found = await self._calls.found(thread, at=place.channel_id)
        if found.parent is None:
            raise Unreachable(f"The forum of thread {thread} is not known yet.", thread=thread)
        own, wanted = matching_tags(home.available_tags, before), self.tags(home, after)
        stay = [tag for tag in found.applied_tags if tag not in own or tag in wanted]
        tags = [*stay, *(tag for tag in wanted if tag not in stay)][:TAGS]
        if {tag.id for tag in tags} == {tag.id for tag in found.applied_tags}:
            return
        if not tags and home.flags.require_tag:
            log.info("thread %s keeps its tags: its forum requires one", thread)
            return
        self._not_in_line(Resource.CHANGES, thread)
        try:
            async with self._calls.writing(
                f"tag thread {thread}", Resource.CHANGES, thread, at=place.channel_id, needs=_MANAGING
            ):
                if found.archived:
                    await found.edit(applied_tags=tags, archived=False)
                else:
                    await found.edit(applied_tags=tags)
        except (Refused, NotAllowed, Hiccup) as error:
            moderated = any(tag.moderated for tag in tags)
            code = error.code if isinstance(error, Refused) else ""
            if not moderated and code not in (str(NEEDS_TAG), str(NO_SUCH_TAG)):
                raise
            log.info("thread %s keeps its tags: %s", thread, error.reason)
