"""``/post``: announce a post that has no thread yet. Decides nothing, stores nothing."""

from __future__ import annotations

from datetime import UTC, datetime

import discord
from discord import app_commands
from discord.ext import commands

from bot.core.domain import Millis, PostId
from bot.core.errors import CommonthreadError
from bot.sync.hub import Hub
from cogs.answers import MODERATORS, choices, cut, engine_for, quoted, say, think

Asked = discord.Interaction[discord.Client]


@app_commands.default_permissions(MODERATORS)
@app_commands.guild_only()
class PostCog(commands.GroupCog, group_name="post", group_description="The blog's posts"):
    """Posts from before the bot's first look are known but have no thread; this opens one."""

    def __init__(self, hub: Hub) -> None:
        super().__init__()
        self._hub = hub

    @app_commands.command(description="Open a thread for a recent post that has none")
    @app_commands.describe(post="A recent post without a thread")
    async def announce(self, asked: Asked, post: str) -> None:
        await think(asked)
        recent = await (await engine_for(self._hub, asked)).unannounced()
        by_title = [one.id for one in recent if post in (one.title, dated(one.title, one.published_at))]
        chosen = PostId(post) if any(one.id == post for one in recent) else next(iter(by_title), None)
        if chosen is None:
            raise CommonthreadError("No recent post without a thread goes by that name; pick one from the list.")
        opened = await (await engine_for(self._hub, asked)).announce(chosen)
        await say(asked, f"{quoted(opened.title)} gets its thread now; its comments follow, oldest first.")

    @announce.autocomplete("post")
    async def recent(self, asked: Asked, typed: str) -> list[app_commands.Choice[str]]:
        try:
            posts = await (await engine_for(self._hub, asked)).unannounced()
        except CommonthreadError:
            return []
        return choices(((dated(post.title, post.published_at), post.id) for post in posts), typed)


def dated(title: str, published_at: Millis) -> str:
    """A post as the list shows it: by title and day (UTC), since a blog may use one title again and again."""
    day = datetime.fromtimestamp(published_at / 1000, UTC)
    return cut(title.strip() or "Untitled", f" · {day:%Y-%m-%d}")
