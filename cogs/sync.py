"""The sync cog: Discord's events into the engine, and ``/sync`` for moderators. Decides nothing, stores nothing."""

from __future__ import annotations

from discord import app_commands
from discord.ext import commands

from bot.core.texts import inert
from bot.ports.blogs import Connected
from bot.sync.desk import Status
from cogs.answers import Asked, linked, quoted, say, shown, think
from cogs.choosing import Choosing
from cogs.permitted import GATE

BLOG = "Which blog; in a mirrored thread, or with one blog, it is known"
CAUSES = 5
"""Causes of waiting that a status names."""

POST = "Which mirrored post; in its thread it is known"


@app_commands.default_permissions(GATE)
@app_commands.guild_only()
class SyncCog(commands.GroupCog, group_name="sync", group_description="Look after the thread between blog and Discord"):
    """For moderators."""

    def __init__(self, choosing: Choosing) -> None:
        super().__init__()
        self._choosing = choosing

    @app_commands.command(description="What waits, when the blog was last looked at, and what needs a person")
    @app_commands.describe(blog="Which blog; all of them unless told")
    async def status(self, asked: Asked, blog: str | None = None) -> None:
        await think(asked)
        found = [(one, await engine.desk.status()) for one, engine in await self._choosing.engines(asked, blog)]
        await say(asked, status_words(found[0][1], of=found[0][0]) if len(found) == 1 else all_words(found))

    @app_commands.command(description="Look at the blog now")
    @app_commands.describe(blog=BLOG)
    async def now(self, asked: Asked, blog: str | None = None) -> None:
        await think(asked)
        engine = await self._choosing.engine(asked, blog)
        record = await engine.poll()
        paused = (await engine.desk.status()).subscription.paused
        await say(asked, looked_words(record.error, paused=paused))

    @app_commands.command(description="Compare both sides of a post, node by node")
    @app_commands.describe(post=POST, blog=BLOG)
    async def verify(self, asked: Asked, post: str | None = None, blog: str | None = None) -> None:
        await think(asked)
        engine, place = await self._choosing.place(asked, blog, post)
        comparison = await engine.desk.verify(place)
        await say(asked, f"{quoted(place.title)}: {comparison.sentence}.")

    @app_commands.command(description="Try everything again that is parked")
    @app_commands.describe(blog=BLOG)
    async def retry(self, asked: Asked, blog: str | None = None) -> None:
        await think(asked)
        count = await (await self._choosing.engine(asked, blog)).desk.retry()
        await say(asked, retried_words(count))

    @app_commands.command(
        name="allow-removals",
        description="The blog removed many comments of a post and means it: remove their mirrors too",
    )
    @app_commands.describe(post=POST, blog=BLOG)
    async def allow_removals(self, asked: Asked, post: str | None = None, blog: str | None = None) -> None:
        await think(asked)
        engine, place = await self._choosing.place(asked, blog, post)
        await engine.desk.allow_removals(place)
        await say(asked, allowed_words(place.title))

    @app_commands.command(name="allow-posts", description="Open a thread for each old post that an import has brought")
    @app_commands.describe(blog=BLOG)
    async def allow_posts(self, asked: Asked, blog: str | None = None) -> None:
        await think(asked)
        count = await (await self._choosing.engine(asked, blog)).desk.allow_posts()
        await say(asked, opened_words(count))

    @verify.autocomplete("post")
    @allow_removals.autocomplete("post")
    async def mirrored(self, asked: Asked, typed: str) -> list[app_commands.Choice[str]]:
        return await self._choosing.places(asked, typed)

    @status.autocomplete("blog")
    @now.autocomplete("blog")
    @verify.autocomplete("blog")
    @retry.autocomplete("blog")
    @allow_removals.autocomplete("blog")
    @allow_posts.autocomplete("blog")
    async def blogs(self, asked: Asked, typed: str) -> list[app_commands.Choice[str]]:
        return await self._choosing.blogs(asked, typed)


def looked_words(error: str | None, *, paused: bool) -> str:
    """What came of a look. ``error``: what was in its way."""
    looked = f"Looked, with trouble: {inert(error)}" if error else "Looked at the blog: all is well."
    return looked + (" It is paused, so nothing crosses until `/blog resume`." if paused else "")


def retried_words(count: int) -> str:
    """How many parked actions have another try before them."""
    if count == 1:
        return "The one parked action is tried again."
    return f"{count} parked actions are tried again." if count else "Nothing is parked."


def opened_words(count: int) -> str:
    """What ``/sync allow-posts`` has done."""
    if not count:
        return "No post waits for a word: new posts get their threads by themselves."
    posts = "The one post that waited gets its thread" if count == 1 else f"{count} posts get their threads"
    return f"{posts} now, oldest first; their comments follow."


def allowed_words(title: str) -> str:
    """What ``/sync allow-removals`` has done, for one who meets it for the first time."""
    return (
        f"The blog is looked at now. Mirrors in {quoted(title)} whose comments are gone from it are removed, however "
        "many they are; comments that are still there keep theirs. Without this word, many that go at once are taken "
        "for a fault of the blog, and their mirrors stay."
    )


def over_measure_words(status: Status) -> list[str]:
    """Whose messages and edits wait for their turns, a line for each of those who wait for most."""
    waiting = status.over_measure
    lines = [
        f"**Over the measure** <@{one.member}>: {one.count} {'waits' if one.count == 1 else 'wait'} for "
        f"{'its turn' if one.count == 1 else 'their turns'}; the last goes <t:{one.last // 1000}:R>."
        for one in waiting[:CAUSES]
    ]
    if more := sum(one.count for one in waiting[CAUSES:]):
        lines.append(f"- and {more} of {len(waiting) - CAUSES} other members")
    return lines


def all_words(found: list[tuple[Connected, Status]]) -> str:
    """Several blogs, one line each."""
    lines = []
    for one, status in found:
        queue, poll = status.queue, status.last_poll
        turns = sum(member.count for member in status.over_measure)
        facts = [f"{queue.ready} waiting{f' ({turns} for their turns)' if turns else ''}", f"{queue.parked} parked"]
        if one.paused:
            facts.append("paused")
        if poll is None:
            facts.append("not looked at yet")
        elif poll.error:
            facts.append(f"last look in trouble <t:{poll.at // 1000}:R>")
        else:
            facts.append(f"looked at <t:{poll.at // 1000}:R>")
        lines.append(f"**{shown(one.blog.name)}** <#{one.channel_id}>: {', '.join(facts)}")
    return "\n".join([*lines, "`/sync status blog` tells more of one."])


def status_words(status: Status, *, of: Connected | None = None) -> str:
    """The figures as a few lines. ``of``: whose they are, for its name and for who gives its account."""
    queue, poll = status.queue, status.last_poll
    url = status.subscription.blog_url
    name = f"{shown(of.blog.title)} " if of is not None and of.blog.title else ""
    lines = [
        f"**Blog** {name}{linked(url) or inert(url)}{' (paused)' if status.subscription.paused else ''}",
        f"**Queue** {queue.ready} waiting, {queue.under_way} under way, {queue.done} done",
        "**Last look** " + (f"<t:{poll.at // 1000}:R>" if poll else "not yet"),
        f"**Last error** {inert(poll.error) if poll and poll.error else 'none'}",
    ]
    for number, one in enumerate(status.stuck[:CAUSES]):
        more = f" and {one.count - 1} more" if one.count > 1 else ""
        label = "**Waiting longest** " if number == 0 else "- "
        lines.append(f"{label}{one.kind} in {quoted(one.title)}{more}: {inert(one.reason)}")
    lines += over_measure_words(status)
    for title, count in status.withheld:
        lines.append(f"**Withheld** {count} comments of {quoted(title)} have gone from the blog at once.")
    if status.withheld:
        lines.append("Their mirrors stay, in case the blog is at fault. If it means it: `/sync allow-removals`.")
    if status.held_back:
        lines.append(
            f"**Held back** {status.held_back} posts with old dates, as after an import. `/post announce` opens a "
            "thread for one, `/sync allow-posts` for all."
        )
    if not status.can_write:
        mend = "" if of is None or of.from_settings else " `/blog account` gives it one."
        lines.append(f"**Relay** off: the bot has no application password that works, so it only mirrors.{mend}")
    lines.append(f"**Parked** {queue.parked or 'nothing'}")
    lines += [f"- {one.kind} in {quoted(one.title)}: {inert(one.reason)}" for one in status.parked[:10]]
    if status.parked:
        lines.append("`/sync retry` tries them again.")
    return "\n".join(lines)
