"""The demo's page and the small server behind it. Does not know the bot that carries words between the two sides."""

from bot.demo.stage.server import Stage
from bot.demo.stage.sources import BlogSource, DiscordSource, Refused

__all__ = ["BlogSource", "DiscordSource", "Refused", "Stage"]
