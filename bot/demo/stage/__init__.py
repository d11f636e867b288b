"""The demo's page and the small server behind it. Does not know the bot that carries words between the two sides."""

from bot.demo.stage.server import StageServer
from bot.demo.stage.sources import ActRefused, BlogSource, DiscordSource

__all__ = ["ActRefused", "BlogSource", "DiscordSource", "StageServer"]
