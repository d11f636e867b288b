"""``/post``: announce a post that has no thread yet. Decides nothing, stores nothing."""

from __future__ import annotations

from discord import app_commands
from discord.ext import commands

from cogs.answers import Asked, quoted, say, think
from cogs.choosing import Choosing
from cogs.permitted import GATE


@app_commands.default_permissions(GATE)
@app_commands.guild_only()
class PostCog(commands.GroupCog, group_name="post", group_description="The blogs' posts"):
    """Posts from before the bot's first look are known but have no thread; this opens one."""

    def __init__(self, choosing: Choosing) -> None:
        super().__init__()
        self._choosing = choosing

    @app_commands.command(description="Open a thread for a recent post that has none")
    @app_commands.describe(post="A recent post without a thread", blog="Which blog; all of them unless told")
    async def announce(self, asked: Asked, post: str, blog: str | None = None) -> None:
        await think(asked)
        engine, chosen = await self._choosing.unannounced(asked, blog, post)
        opened = await engine.desk.announce(chosen)
        await say(asked, f"{quoted(opened.title)} gets its thread now; its comments follow, oldest first.")

    @announce.autocomplete("post")
    async def recent(self, asked: Asked, typed: str) -> list[app_commands.Choice[str]]:
        return await self._choosing.recent(asked, typed)

    @announce.autocomplete("blog")
    async def blogs(self, asked: Asked, typed: str) -> list[app_commands.Choice[str]]:
        return await self._choosing.blogs(asked, typed)
