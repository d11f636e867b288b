"""``/blog``: pause and resume a subscription. Decides nothing, stores nothing."""

from __future__ import annotations

import discord
from discord import app_commands
from discord.ext import commands

from bot.sync.hub import Hub
from cogs.answers import MODERATORS, engine_for, say

Asked = discord.Interaction[discord.Client]


@app_commands.default_permissions(MODERATORS)
@app_commands.guild_only()
class BlogCog(commands.GroupCog, group_name="blog", group_description="The blog that is mirrored here"):
    """Nothing is lost while paused: what members write is taken down and goes out on resume."""

    def __init__(self, hub: Hub) -> None:
        super().__init__()
        self._hub = hub

    @app_commands.command(description="Carry nothing across until /blog resume")
    async def pause(self, asked: Asked) -> None:
        await (await engine_for(self._hub, asked)).pause()
        await say(asked, "Paused. What is written meanwhile goes across on `/blog resume`.")

    @app_commands.command(description="Go on after /blog pause")
    async def resume(self, asked: Asked) -> None:
        await (await engine_for(self._hub, asked)).resume()
        await say(asked, "Going on.")
