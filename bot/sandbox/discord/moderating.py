"""What a server's moderators and members do to keep order: hide embeds, move webhooks, forbid words, block bots.

It does not archive, lock or rename threads (acts.py), and refuses nothing itself (automod.py).
"""

from __future__ import annotations

from bot.sandbox.discord import channels, commands, messages, webhooks
from bot.sandbox.discord.things import Channel, Guild, Member, Place, Sent, User
from bot.sandbox.discord.vocabulary import SUPPRESS_EMBEDS
from bot.sandbox.discord.world import World


class Moderating:
    """The moderators' side of a LoopbackDiscord. Each act returns after its events have left on the sockets."""

    world: World

    async def _settled(self) -> None:
        raise AssertionError("LoopbackDiscord knows the hub")

    async def hide_embeds(self, member: Member, channel: Place, message: Sent) -> None:
        """Discord: Edit Message, of another's: the flag alone. The embeds are gone until it is off again."""
        messages.edit(self.world, member.user, self.world.sent(channel, message), {"flags": SUPPRESS_EMBEDS})
        await self._settled()

    async def modify_webhook(self, member: Member, webhook_id: int | str, **changes: object) -> None:
        """A new name, or another channel (``channel_id``)."""
        webhooks.modify(self.world, webhooks.find(self.world, int(webhook_id)), dict(changes), member.user)
        await self._settled()

    def block(self, member: Member, other: User) -> None:
        """Who is blocked can react to none of the blocker's messages: 90001."""
        self.world.blocked.add((member.user.id, other.id))

    def forbid_words(self, guild: Guild, *words: str) -> None:
        """A keyword rule of AutoMod that blocks messages, and titles of threads."""
        guild.forbidden_words.update(words)

    def admit(self, member: Member, name: str) -> None:
        """The server's settings, Integrations: this member may use a command, whatever its default permissions are."""
        command = commands.find(self.world, member.guild, name)
        command.app.admitted.add((command.id, member.id))

    async def moderate_tag(self, channel: Channel, name: str) -> None:
        """From now on only who has MANAGE_THREADS sets this tag (Discord: Forum Tag Object, moderated)."""
        for tag in channel.tags:
            tag.moderated = tag.moderated or tag.name == name
        channels.tell(self.world, "CHANNEL_UPDATE", channel)
        await self._settled()
