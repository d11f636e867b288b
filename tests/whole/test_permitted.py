"""Who may use which command, button and form, asked at the moment of the act, over sockets."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from bot.app import Running
from bot.sandbox.discord import MODERATOR, Channel, Member, Permission
from bot.sandbox.discord import commands as registry
from bot.sandbox.discord.interactions import AUTOCOMPLETE, COMMAND, COMPONENT, MODAL, begin, deliver, payload
from bot.sandbox.discord.uses import Answer
from bot.sandbox.wordpress import LoopbackBlog
from cogs.choosing import NONE_YOURS
from cogs.forms import PREFIX, Deed
from cogs.permitted import (
    COMMANDS,
    GATE,
    NOT_MANAGER,
    NOT_MODERATOR,
    NOT_THAT_CHANNEL,
    PRESSES,
    SERVERS_ALONE,
    Who,
)
from tests.support import discord_spec as spec
from tests.support.connecting import Commanded, button, commanded

ROOT = Path(__file__).parents[2]
REFUSED = {Who.MODERATORS: NOT_MODERATOR, Who.MANAGERS: NOT_MANAGER}
ACCOUNT_FORM = [{"type": 1, "components": [{"type": 4, "custom_id": name, "value": "x" * 9}]} for name in ("a", "b")]


def told(stage: Commanded) -> Iterator[tuple[str, dict[str, Any]]]:
    """Each command as Discord was told of it: what is typed, and what it was registered with."""

    def within(words: str, data: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
        inner = [one for one in data.get("options", []) if one["type"] in (registry.SUBCOMMAND, registry.GROUP)]
        for one in inner:
            yield from within(f"{words} {one['name']}", one)
        if not inner:
            yield words, data

    for command in stage.app.commands[stage.here.guild.id].values():
        yield from within(command.name, command.data)


def filled(data: dict[str, Any]) -> dict[str, Any]:
    """A value for each option without which a command cannot be sent."""
    return {one["name"]: "https://blog.example" for one in data.get("options", []) if one.get("required")}


async def as_it_is(running: Running) -> list[object]:
    """What a command could change."""
    store = running.store
    return [await store.connected(), await store.accounts(), [one.id for one, _ in running.hub.served()]]


async def pressed(stage: Commanded, member: Member, shown: Answer, name: str, *, form: bool = False) -> str:
    """What a member is answered who sends the name of a button or of a form, made up or not."""
    data: dict[str, Any] = {"custom_id": name, "component_type": 2, "values": []}
    if form:
        data = {"custom_id": name, "components": ACCOUNT_FORM}
    kind = MODAL if form else COMPONENT
    used = begin(stage.discord.world, stage.app, member, stage.here.text, kind, data)
    used.source = shown.interaction.original
    await deliver(stage.discord.world, stage.discord.hub, used)
    await used.final.wait()
    return "" if used.original is None else used.original.content


async def from_elsewhere(stage: Commanded, member: Member, words: str, change: dict[str, Any], kind: int) -> Any:
    """A command that comes with other than a member's usual circumstances. -> the interaction, answered."""
    name, *rest = words.split()
    command = registry.find(stage.discord.world, stage.here.guild, name)
    options = registry.nest_options(command, rest, {"blog": ""} if kind == AUTOCOMPLETE else {}, "blog")
    data = {"id": str(command.id), "name": name, "type": 1, "options": options}
    used = begin(stage.discord.world, stage.app, member, stage.here.text, kind, data)
    sent = {**payload(stage.discord.world, used), **change}
    for session in stage.discord.hub.sessions.values():
        session.push("INTERACTION_CREATE", {name: value for name, value in sent.items() if value is not None})
    await used.first.wait()
    await used.final.wait()
    return used


# ---------------------------------------------------------------- declared


async def test_each_command_button_and_form_says_whom_it_is_for(tmp_path: Path) -> None:
    """A new one without it is used by nobody, and fails here."""
    async with commanded(tmp_path) as stage, stage.bot():
        assert {words for words, _ in told(stage)} == set(COMMANDS)
        assert set(PRESSES) == set(Deed)
        for command in stage.app.commands[stage.here.guild.id].values():
            inside = {who for words, who in COMMANDS.items() if words.split()[0] == command.name}
            gate = command.data.get("default_member_permissions")
            assert (gate is None) == (Who.EVERYBODY in inside), command.name
            assert gate is None or int(gate) == GATE.value, command.name
            assert command.data.get("dm_permission") is False or command.data.get("contexts") == [0], command.name


def test_buttons_and_forms_are_made_in_one_room() -> None:
    """There each has a name by which the listener finds whom it is for."""
    made = re.compile(r"\bui\.(\w*Select|Button|Modal|DynamicItem|button|select)\b|ActionRow|LayoutView")
    others = [path.name for path in (ROOT / "cogs").glob("*.py") if path.name != "forms.py"]
    assert [name for name in others if made.search((ROOT / "cogs" / name).read_text("utf-8"))] == []


# ---------------------------------------------------------------- asked


async def test_nobody_gets_in_by_a_servers_settings_alone(tmp_path: Path) -> None:
    """Discord is told to show the commands to a plain member; each asks for the member's own permission."""
    refused = offered = 0
    async with LoopbackBlog() as blog, commanded(tmp_path) as stage, stage.bot() as running:
        here = stage.here
        blog.publish("A title for moderators", "<p>Words.</p>")
        await stage.connected(here, blog.url)
        await stage.many.until(lambda: stage.discord.threads(here.forum))
        for command in {words.split()[0] for words in COMMANDS}:
            stage.discord.admit(here.reader, command)
        before = await as_it_is(running)
        for words, data in told(stage):
            if COMMANDS[words] is Who.EVERYBODY:
                continue
            for where in (here.text, stage.thread(here.forum)):
                answer = await stage.say(here.reader, where, words, **filled(data))
                assert (answer.content, answer.ephemeral, answer.modal) == (REFUSED[COMMANDS[words]], True, None), words
                refused += 1
            for option in (one for one in data.get("options", []) if one.get("autocomplete")):
                asked = (here.text, words, option["name"], "")
                assert await stage.discord.autocomplete(here.reader, *asked) == [], words
                offered += bool(await stage.discord.autocomplete(here.manager, *asked))
        assert await as_it_is(running) == before
        assert offered, "the manager is offered something"
        assert spec.violations(stage.discord.calls) == []
    print(f"\n{refused} commands refused, 0 let in")


async def test_every_button_and_form_asks_who_presses(loopback_wordpress: Any, tmp_path: Path) -> None:
    async with commanded(tmp_path) as stage, stage.bot() as running:
        here, url = stage.here, loopback_wordpress.url
        await stage.connected(here, url, loopback_wordpress.login("bridge"))
        shown = await stage.say(here.manager, here.text, "blog connect", url=url, channel=here.text.id)
        token = button(shown, "Connect").rpartition(":")[2]
        (one,) = await running.store.connected()
        plain_moderator = stage.discord.add_member(
            here.guild, name="mo", permissions=MODERATOR & ~Permission.MANAGE_GUILD
        )
        before = await as_it_is(running)
        for member in (here.reader, plain_moderator):
            about = dict.fromkeys(Deed, token) | {
                Deed.DISCONNECT: f"{one.id}:{member.id}",
                Deed.KEEP: f"{one.id}:{member.id}",
                Deed.GIVE_ACCOUNT: str(one.id),
            }
            for deed in Deed:
                form = deed in (Deed.TRY_ACCOUNT, Deed.GIVE_ACCOUNT)
                answer = await pressed(stage, member, shown, f"{PREFIX}:{deed}:{about[deed]}", form=form)
                assert answer == NOT_MANAGER, deed
        other = stage.discord.add_member(here.guild, name="eve", permissions=MODERATOR)
        for deed in (Deed.CONNECT, Deed.ADD_ACCOUNT, Deed.CANCEL):
            assert "Only who began" in await pressed(stage, other, shown, f"{PREFIX}:{deed}:{token}"), deed
        assert await as_it_is(running) == before
        assert "is mirrored into" in (await stage.press(here.manager, shown, "Connect")).content


async def test_what_was_allowed_at_the_question_is_asked_again_at_the_answer(
    loopback_wordpress: Any, tmp_path: Path
) -> None:
    """Also where the bot was started anew in between, and has seen nothing of the change."""
    async with commanded(tmp_path) as stage:
        here = stage.here
        async with stage.bot() as running:
            await stage.connected(here, loopback_wordpress.url)
            asked = await stage.say(here.manager, here.text, "blog disconnect")
            form = await stage.say(here.manager, here.text, "blog account")
            before = await as_it_is(running)
        stage.discord.set_permissions(here.manager, None, deny=Permission.MANAGE_GUILD)
        async with stage.bot() as running:
            assert (await stage.press(here.manager, asked, "Disconnect")).content == NOT_MANAGER
            given = await stage.fill(here.manager, form, *loopback_wordpress.login("bridge"))
            assert given.content == NOT_MANAGER
            assert await as_it_is(running) == before
        assert spec.violations(stage.discord.calls) == []


@pytest.mark.parametrize("kind", [COMMAND, AUTOCOMPLETE])
async def test_outside_of_a_server_of_the_bots_nothing_is_answered(tmp_path: Path, kind: int) -> None:
    """In private with the bot, or on a server where somebody brought it for themselves and may do everything."""
    async with LoopbackBlog() as blog, commanded(tmp_path) as stage, stage.bot() as running:
        here = stage.here
        await stage.connected(here, blog.url)
        await stage.say(here.reader, here.text, "relay off")
        before = await as_it_is(running)
        user = {"id": str(here.manager.id), "username": "mod", "discriminator": "0", "avatar": None}
        private: dict[str, Any] = {"guild_id": None, "guild": None, "member": None, "user": user, "context": 1}
        private |= {"channel": {"id": "77", "type": 1, "recipients": [user]}, "channel_id": "77"}
        foreign: dict[str, Any] = {"guild_id": "78", "guild": {"id": "78", "locale": "en-US", "features": []}}
        foreign |= {"authorizing_integration_owners": {"1": str(here.manager.id)}, "channel": None}
        for change in (private, foreign):
            for words in ("blog pause", "sync status", "relay on") if kind == COMMAND else ("blog pause",):
                used = await from_elsewhere(stage, here.manager, words, change, kind)
                assert used.choices == []
                assert kind == AUTOCOMPLETE or used.original.content == SERVERS_ALONE, words
        assert await as_it_is(running) == before


# ---------------------------------------------------------------- a single channel


async def moderator_of(stage: Commanded, channel: Channel) -> Member:
    """A member with Manage Messages in one channel, and nowhere else."""
    member = stage.discord.add_member(stage.here.guild, name="local")
    stage.discord.set_permissions(member, channel, allow=Permission.MANAGE_MESSAGES)
    return member


async def test_a_moderator_of_one_channel_is_none_of_the_others(tmp_path: Path) -> None:
    """Discord shows them the command in their own channel, and counts their permission there."""
    async with LoopbackBlog(title="Behind doors") as blog, commanded(tmp_path) as stage, stage.bot() as running:
        here = stage.here
        blog.publish("A title for few", "<p>Words.</p>")
        await stage.connected(here, blog.url)
        await stage.many.until(lambda: stage.discord.threads(here.forum))
        (one,) = await running.store.connected()
        local = await moderator_of(stage, here.text)
        before = await as_it_is(running)
        for words, data in told(stage):
            if COMMANDS[words] is not Who.MODERATORS:
                continue
            for named in ({}, {"blog": str(one.id)}):
                known = {option["name"] for option in data.get("options", [])}
                values = filled(data) | {name: value for name, value in named.items() if name in known}
                answer = (await stage.say(local, here.text, words, **values)).content
                assert answer == NONE_YOURS or "No blog of this server goes by that name" in answer, words
                assert "doors" not in answer, words
            for option in (each for each in data.get("options", []) if each.get("autocomplete")):
                assert await stage.discord.autocomplete(local, here.text, words, option["name"], "") == [], words
        assert await as_it_is(running) == before


async def test_a_moderator_of_a_blogs_channel_looks_after_it_and_sends_it_nowhere_else(tmp_path: Path) -> None:
    async with LoopbackBlog() as blog, commanded(tmp_path) as stage, stage.bot() as running:
        here = stage.here
        await stage.connected(here, blog.url)
        local = await moderator_of(stage, here.forum)
        blog.publish("An essay", "<p>Words.</p>")
        await stage.many.until(lambda: stage.discord.threads(here.forum))
        thread = stage.thread(here.forum)
        assert "Paused" in (await stage.say(local, thread, "blog pause")).content
        assert "Going on" in (await stage.say(local, thread, "blog resume")).content
        before = await as_it_is(running)
        for option in ("channel", "moderators"):
            answer = await stage.say(local, thread, "blog settings", **{option: here.text.id})
            assert answer.content == NOT_THAT_CHANNEL
        assert await as_it_is(running) == before
        assert "changed" in (await stage.say(here.manager, thread, "blog settings", channel=here.text.id)).content
