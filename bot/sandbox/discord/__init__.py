"""A loopback Discord: REST v10 and gateway on 127.0.0.1, by Discord's published rules.

It does not imitate Discord's speed, its pictures, voice, or anything a mirroring bot never meets.
"""

from bot.sandbox.discord.errors import Refused, Unanswered
from bot.sandbox.discord.limits import Limits, Rate
from bot.sandbox.discord.rest import Call
from bot.sandbox.discord.server import LoopbackDiscord
from bot.sandbox.discord.things import App, Channel, Guild, Member, Message
from bot.sandbox.discord.uses import Answer
from bot.sandbox.discord.vocabulary import MEMBER, MIRROR_BOT, MODERATOR, Intent, Permission

__all__ = [
    "MEMBER",
    "MIRROR_BOT",
    "MODERATOR",
    "Answer",
    "App",
    "Call",
    "Channel",
    "Guild",
    "Intent",
    "Limits",
    "LoopbackDiscord",
    "Member",
    "Message",
    "Permission",
    "Rate",
    "Refused",
    "Unanswered",
]
