"""The sync cog: Discord's events into the engine, and ``/sync`` for moderators. Decides nothing, stores nothing."""

from __future__ import annotations

import discord
from discord import app_commands
from discord.ext import commands

from bot.sync.engine import Status
from bot.sync.hub import Hub
from cogs.answers import MODERATORS, choices, engine_for, pick, quoted, say, think

Asked = discord.Interaction[discord.Client]


@app_commands.default_permissions(MODERATORS)
@app_commands.guild_only()
class SyncCog(commands.GroupCog, group_name="sync", group_description="Look after the thread between blog and Discord"):
    """For moderators."""

    def __init__(self, hub: Hub) -> None:
        super().__init__()
        self._hub = hub

    @app_commands.command(description="What waits, when the blog was last looked at, and what needs a person")
    async def status(self, asked: Asked) -> None:
        await think(asked)
        await say(asked, status_words(await (await engine_for(self._hub, asked)).status()))

    @app_commands.command(description="Look at the blog now")
    async def now(self, asked: Asked) -> None:
        await think(asked)
        record = await (await engine_for(self._hub, asked)).poll()
        await say(
            asked, f"Looked, with trouble: {record.error}" if record.error else "Looked at the blog: all is well."
        )

    @app_commands.command(description="Compare both sides of a post, node by node")
    @app_commands.describe(post="A mirrored post")
    async def verify(self, asked: Asked, post: str) -> None:
        await think(asked)
        place = pick(await (await engine_for(self._hub, asked)).places(), post)
        comparison = await (await engine_for(self._hub, asked)).verify(place)
        await say(asked, f"{quoted(place.title)}: {comparison.sentence}.")

    @app_commands.command(description="Try everything again that is parked")
    async def retry(self, asked: Asked) -> None:
        await think(asked)
        count = await (await engine_for(self._hub, asked)).retry()
        await say(asked, f"{count} parked actions are tried again." if count else "Nothing is parked.")

    @app_commands.command(
        name="allow-removals",
        description="The blog removed many comments of a post and means it: remove their mirrors too",
    )
    @app_commands.describe(post="The post whose comments the blog removed")
    async def allow_removals(self, asked: Asked, post: str) -> None:
        await think(asked)
        place = pick(await (await engine_for(self._hub, asked)).places(), post)
        await (await engine_for(self._hub, asked)).allow_removals(place)
        await say(asked, allowed_words(place.title))

    @verify.autocomplete("post")
    @allow_removals.autocomplete("post")
    async def mirrored(self, asked: Asked, typed: str) -> list[app_commands.Choice[str]]:
        return choices(
            ((place.title, place.post_id) for place in await (await engine_for(self._hub, asked)).places()), typed
        )


def allowed_words(title: str) -> str:
    """What ``/sync allow-removals`` has done, for one who meets it for the first time."""
    return (
        f"The blog is looked at now. Mirrors in {quoted(title)} whose comments are gone from it are removed, however "
        "many they are; comments that are still there keep theirs. Without this word, many that go at once are taken "
        "for a fault of the blog, and their mirrors stay."
    )


def status_words(status: Status) -> str:
    """The figures as a few lines."""
    queue, poll = status.queue, status.last_poll
    lines = [
        f"**Blog** {status.subscription.blog_url}{' (paused)' if status.subscription.paused else ''}",
        f"**Queue** {queue.ready} waiting, {queue.under_way} under way, {queue.done} done",
        "**Last look** " + (f"<t:{poll.at // 1000}:R>" if poll else "not yet"),
        f"**Last error** {poll.error if poll and poll.error else 'none'}",
    ]
    if status.stuck:
        lines.append(f"**Waiting longest** {status.stuck.kind} in {quoted(status.stuck.title)}: {status.stuck.reason}")
    for title, count in status.withheld:
        lines.append(f"**Withheld** {count} comments of {quoted(title)} have gone from the blog at once.")
    if status.withheld:
        lines.append("Their mirrors stay, in case the blog is at fault. If it means it: `/sync allow-removals`.")
    if not status.can_write:
        lines.append("**Relay** off: the bot has no application password that works, so it only mirrors.")
    lines.append(f"**Parked** {queue.parked or 'nothing'}")
    lines += [f"- {one.kind} in {quoted(one.title)}: {one.reason}" for one in status.parked[:10]]
    if status.parked:
        lines.append("`/sync retry` tries them again.")
    return "\n".join(lines)
