"""How members use an application: slash commands, autocomplete, context menus, buttons and forms.

It does not decide what the bot may answer; interactions.py does.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import Any

from bot.sandbox.discord import commands, interactions, modals, view, view_message
from bot.sandbox.discord.errors import Unanswered
from bot.sandbox.discord.hub import Hub
from bot.sandbox.discord.interactions import AUTOCOMPLETE, COMMAND, COMPONENT, DEFER_UPDATE, MODAL
from bot.sandbox.discord.message_rules import walk
from bot.sandbox.discord.things import Command, Interaction, Member, Message, Place
from bot.sandbox.discord.vocabulary import EPHEMERAL, Json
from bot.sandbox.discord.world import World

CONTEXT_MESSAGE = 3


@dataclass
class Answer:
    """What the member sees in the end. ``message`` is the JSON; ``modal`` the form shown instead of a message."""

    interaction: Interaction
    content: str = ""
    embeds: list[Json] = field(default_factory=list)
    components: list[Json] = field(default_factory=list)
    ephemeral: bool = False
    message: Json | None = None
    followups: list[Json] = field(default_factory=list)
    modal: Json | None = None


class Uses:
    """The members' use of commands. ``patience``: seconds to wait for a deferred answer."""

    world: World
    hub: Hub

    async def slash(
        self,
        member: Member,
        channel: Place,
        words: str,
        values: dict[str, Any] | None = None,
        *,
        patience: float = 20.0,
    ) -> Answer:
        """Run ``/words`` with option values and wait for the final answer.

        Raises Refused 10063 for a command nobody has, 50013 where default_member_permissions deny it,
        Unanswered when the bot is silent for three seconds, ValueError for options a client would not send.
        """
        place = self.world.place(channel)
        name, *rest = words.split()
        command = commands.find(self.world, place.guild, name)
        commands.require_use(self.world, member, place, command)
        options = commands.nest_options(command, rest, values or {})
        data = self._command_data(command, options)
        used = interactions.begin(self.world, command.app, member, place, COMMAND, data)
        return await self._answered(used, patience)

    async def context(
        self, member: Member, channel: Place, name: str, message: Message, *, patience: float = 20.0
    ) -> Answer:
        """Use a message command; the target is shown to the bot in full, whatever its intents."""
        place = self.world.place(channel)
        command = commands.find(self.world, place.guild, name, CONTEXT_MESSAGE)
        commands.require_use(self.world, member, place, command)
        shown = view_message.message(self.world, message)
        data = self._command_data(command, []) | {
            "target_id": str(message.id),
            "resolved": {"messages": {str(message.id): shown}},
        }
        used = interactions.begin(self.world, command.app, member, place, COMMAND, data)
        return await self._answered(used, patience)

    async def autocomplete(
        self,
        member: Member,
        channel: Place,
        words: str,
        option: str,
        typed: str,
        values: dict[str, Any] | None = None,
    ) -> list[Json]:
        """The choices the bot offers while a member types: a list of {name, value}."""
        place = self.world.place(channel)
        name, *rest = words.split()
        command = commands.find(self.world, place.guild, name)
        commands.require_use(self.world, member, place, command)
        options = commands.nest_options(command, rest, {**(values or {}), option: typed}, focused=option)
        used = interactions.begin(
            self.world, command.app, member, place, AUTOCOMPLETE, self._command_data(command, options)
        )
        await interactions.deliver(self.world, self.hub, used)
        return used.choices

    async def click(
        self,
        member: Member,
        shown: Answer | Message,
        custom_id: str,
        values: list[str] | None = None,
        *,
        told: bool = False,
    ) -> Answer:
        """Press a button or choose from a select menu of a message or of an ephemeral answer.

        ``told``: after a deferral that shows nothing, wait for what is shown in the end.
        """
        source = shown.interaction.original if isinstance(shown, Answer) else shown
        assert source is not None, "there is no message to click on"
        component = next((c for _, c in walk(source.components) if c.get("custom_id") == custom_id), None)
        if component is None or component.get("disabled"):
            raise ValueError(f"no enabled component {custom_id!r}")
        app = next(a for a in self.world.apps.values() if a.id == self._owner_of(source))
        data: Json = {"custom_id": custom_id, "component_type": component["type"], "values": values or []}
        used = interactions.begin(self.world, app, member, source.channel, COMPONENT, data)
        used.source = source
        return await self._answered(used, 20.0, told=told)

    def _owner_of(self, source: Message) -> int:
        owner = view_message.message(self.world, source).get("application_id")
        if owner:
            return int(owner)
        author = view.user(source.author)
        return next(a.id for a in self.world.apps.values() if str(a.user.id) == author["id"])

    async def submit(self, member: Member, form: Answer, values: dict[str, str], *, told: bool = False) -> Answer:
        """Send a form that an answer has shown, with texts by custom_id. ``told``: as for :meth:`click`."""
        assert form.modal is not None, "the answer shows no form"
        data: Json = {"custom_id": form.modal["custom_id"], "components": modals.filled(form.modal, values)}
        asked = form.interaction
        used = interactions.begin(self.world, asked.app, member, asked.channel, MODAL, data)
        used.source = asked.source
        return await self._answered(used, 20.0, told=told)

    def _command_data(self, command: Command, options: list[Json]) -> Json:
        data: Json = {"id": str(command.id), "name": command.name, "type": command.kind, "options": options}
        if command.guild_id:
            data["guild_id"] = str(command.guild_id)
        resolved = self._resolved(command, options)
        return {**data, "resolved": resolved} if resolved else data

    def _resolved(self, command: Command, options: list[Json]) -> Json:
        """The channels and users that options name (types 7 and 6)."""
        found: Json = {}
        for option in options:
            if option.get("options"):
                found |= self._resolved(command, option["options"])
            elif option["type"] == 7:
                channel = self.world.channel(int(option["value"]))
                shown = {**view.channel(self.world, channel), "permissions": "0"}
                found.setdefault("channels", {})[str(channel.id)] = shown
            elif option["type"] == 6:
                user = self.world.users[int(option["value"])]
                found.setdefault("users", {})[str(user.id)] = view.user(user)
        return found

    async def _answered(self, used: Interaction, patience: float, *, told: bool = False) -> Answer:
        await interactions.deliver(self.world, self.hub, used)
        try:
            await asyncio.wait_for(used.final.wait(), patience)
            if told and used.answer == DEFER_UPDATE:
                await asyncio.wait_for(used.told.wait(), patience)
        except TimeoutError:
            raise Unanswered from None
        answer = Answer(used, modal=used.modal, ephemeral=used.ephemeral)
        if used.original:
            shown = view_message.message(self.world, used.original)
            answer.message = shown
            answer.ephemeral = bool(used.original.flags & EPHEMERAL)
            answer.content, answer.embeds, answer.components = shown["content"], shown["embeds"], shown["components"]
        answer.followups = [
            view_message.message(self.world, m) for m in used.messages.values() if m is not used.original
        ]
        return answer
