"""Slash commands, autocomplete, buttons and forms of the loopback Discord, answered by a real discord.py bot."""

from __future__ import annotations

from typing import Any

import discord
import pytest
from discord import app_commands

from bot.sandbox.discord import Limits, Permission, Refused, Unanswered
from bot.sandbox.discord.interactions import COMMAND, begin
from bot.sandbox.discord.things import Interaction
from tests.support.loopback_discord import Bot, Got, Rig, furnished, real_bot

Used = discord.Interaction[Any]


def command_path(rig: Rig) -> str:
    return f"/applications/{rig.app.id}/guilds/{rig.guild.id}/commands"


def furnish(client: Bot) -> None:
    """The commands these tests use."""
    tree = client.tree

    @tree.command(name="say", description="Say it")
    async def say(interaction: Used, text: str, openly: bool = False) -> None:
        await interaction.response.send_message(text, ephemeral=not openly)

    @tree.command(name="think", description="Think first")
    async def think(interaction: Used) -> None:
        await interaction.response.defer(ephemeral=True, thinking=True)
        await interaction.followup.send("thought")
        await interaction.followup.send("and more", ephemeral=True)

    @tree.command(name="silent", description="Say nothing")
    async def silent(interaction: Used) -> None:
        del interaction

    @tree.command(name="locked", description="For moderators")
    @app_commands.default_permissions(manage_guild=True)
    async def locked(interaction: Used) -> None:
        await interaction.response.send_message("in", ephemeral=True)

    @say.autocomplete("text")
    async def texts(interaction: Used, typed: str) -> list[app_commands.Choice[str]]:
        del interaction
        return [app_commands.Choice(name=typed.upper(), value=typed)]


async def synced(rig: Rig, client: Bot) -> None:
    furnish(client)
    client.tree.copy_global_to(guild=discord.Object(rig.guild.id))
    await client.tree.sync(guild=discord.Object(rig.guild.id))


async def test_an_ephemeral_answer_is_seen_by_the_member_only() -> None:
    async with furnished() as rig, real_bot(rig) as client:
        await synced(rig, client)
        answer = await rig.d.slash(rig.ann, rig.text, "say", {"text": "hush"})
        assert (answer.content, answer.ephemeral) == ("hush", True)
        assert rig.d.messages(rig.text) == []
        assert "MESSAGE_CREATE" not in [e for e, _ in rig.events]


async def test_an_open_answer_is_a_message_of_type_20() -> None:
    async with furnished() as rig, real_bot(rig) as client:
        await synced(rig, client)
        answer = await rig.d.slash(rig.ann, rig.text, "say", {"text": "aloud", "openly": True})
        shown = rig.d.messages(rig.text)[0]
        assert (answer.ephemeral, shown["content"], shown["type"]) == (False, "aloud", 20)
        assert shown["interaction_metadata"]["user"]["id"] == str(rig.ann.id)


async def test_a_deferred_answer_is_filled_by_the_first_follow_up() -> None:
    async with furnished() as rig, real_bot(rig) as client:
        await synced(rig, client)
        answer = await rig.d.slash(rig.ann, rig.text, "think")
        assert (answer.content, answer.ephemeral) == ("thought", True)
        await client.hears("app_command_completion")
        assert [m.content for m in answer.interaction.messages.values()] == ["thought", "and more"]


async def test_unanswered_within_3_seconds_an_interaction_fails_for_good() -> None:
    async with furnished(limits=Limits.relaxed(answer_within=0.2)) as rig, real_bot(rig) as client:
        await synced(rig, client)
        with pytest.raises(Unanswered):
            await rig.d.slash(rig.ann, rig.text, "silent")
        late = next(i for i in rig.d.world.interactions.values() if i.data["name"] == "silent")
        got = await callback(rig, late)
        assert (got.status, got.code) == (404, 10062)
    assert Limits().answer_within == 3.0


async def test_default_member_permissions_deny() -> None:
    async with furnished() as rig, real_bot(rig) as client:
        await synced(rig, client)
        with pytest.raises(Refused) as refused:
            await rig.d.slash(rig.ann, rig.text, "locked")
        assert refused.value.code == 50013
        rig.d.set_permissions(rig.ann, None, allow=Permission.MANAGE_GUILD)
        assert (await rig.d.slash(rig.ann, rig.text, "locked")).content == "in"


async def test_a_servers_own_settings_admit_one_member_to_one_command() -> None:
    """Discord: Application Command Permissions: they stand above a command's default permissions."""
    async with furnished() as rig, real_bot(rig) as client:
        await synced(rig, client)
        rig.d.admit(rig.ann, "locked")
        assert (await rig.d.slash(rig.ann, rig.text, "locked")).content == "in"
        with pytest.raises(Refused):
            await rig.d.slash(rig.bob, rig.text, "locked")


async def test_autocomplete_is_denied_as_its_command_is() -> None:
    async with furnished() as rig:
        option = {"type": 3, "name": "post", "description": "d", "autocomplete": True}
        body = {"name": "raw", "description": "d", "default_member_permissions": "0", "options": [option]}
        assert (await rig.call("PUT", command_path(rig), [body])).status == 200
        with pytest.raises(Refused) as refused:
            await rig.d.autocomplete(rig.ann, rig.text, "raw", "post", "par")
        assert refused.value.code == 50013


async def test_autocomplete_offers_the_bots_choices() -> None:
    async with furnished() as rig, real_bot(rig) as client:
        await synced(rig, client)
        choices = await rig.d.autocomplete(rig.ann, rig.text, "say", "text", "par")
        assert [(c["name"], c["value"]) for c in choices] == [("PAR", "par")]


@pytest.mark.parametrize(
    ("words", "values"), [("say", {}), ("say", {"text": "x", "colour": "red"}), ("say loudly", {"text": "x"})]
)
async def test_what_a_client_would_not_send_is_a_value_error(words: str, values: dict[str, str]) -> None:
    async with furnished() as rig, real_bot(rig) as client:
        await synced(rig, client)
        with pytest.raises(ValueError, match="say"):
            await rig.d.slash(rig.ann, rig.text, words, values)


async def test_an_unknown_command_is_10063() -> None:
    async with furnished() as rig:
        with pytest.raises(Refused) as refused:
            await rig.d.slash(rig.ann, rig.text, "nothing")
        assert refused.value.code == 10063


async def test_buttons_update_the_message_they_sit_on_and_forms_come_back() -> None:
    async with furnished() as rig, real_bot(rig) as client:

        class Form(discord.ui.Modal, title="Why?"):
            why: discord.ui.TextInput[Any] = discord.ui.TextInput(label="why", custom_id="why")

            async def on_submit(self, interaction: Used) -> None:
                await interaction.response.send_message(f"because {self.why.value}", ephemeral=True)

        class Buttons(discord.ui.View):
            @discord.ui.button(label="more", custom_id="more")
            async def more(self, interaction: Used, button: discord.ui.Button[Any]) -> None:
                button.disabled = True
                await interaction.response.edit_message(content="more of it", view=self)

            @discord.ui.button(label="why", custom_id="ask")
            async def ask(self, interaction: Used, _: discord.ui.Button[Any]) -> None:
                await interaction.response.send_modal(Form())

        @client.tree.command(name="panel", description="Buttons")
        async def panel(interaction: Used) -> None:
            await interaction.response.send_message("panel", view=Buttons(), ephemeral=True)

        await client.tree.sync()
        shown = await rig.d.slash(rig.ann, rig.text, "panel")
        assert (await rig.d.click(rig.ann, shown, "more")).content == "more of it"
        with pytest.raises(ValueError, match="more"):
            await rig.d.click(rig.ann, shown, "more")
        asked = await rig.d.click(rig.ann, shown, "ask")
        assert asked.modal is not None
        assert (await rig.d.submit(rig.ann, asked, {"why": "so"})).content == "because so"


async def test_a_form_comes_back_in_the_shape_in_which_it_was_shown() -> None:
    sent: list[Any] = []
    async with furnished() as rig, real_bot(rig) as client:

        class Form(discord.ui.Modal, title="Who?"):
            note: discord.ui.TextDisplay[Any] = discord.ui.TextDisplay("Read this first.")
            who: discord.ui.Label[Any] = discord.ui.Label(
                text="who", component=discord.ui.TextInput(custom_id="who", min_length=2, max_length=5)
            )

            async def on_submit(self, interaction: Used) -> None:
                sent.append(interaction.data)
                with pytest.raises(discord.HTTPException):
                    await interaction.response.defer()  # there is no message to update
                await interaction.response.send_message("thanks", ephemeral=True)

        @client.tree.command(name="form", description="A form")
        async def form(interaction: Used) -> None:
            await interaction.response.send_modal(Form())

        await client.tree.sync()
        shown = await rig.d.slash(rig.ann, rig.text, "form")
        for values in ({}, {"who": "a"}, {"who": "too long"}, {"who": "ann", "why": "x"}):
            with pytest.raises(ValueError, match="field"):
                await rig.d.submit(rig.ann, shown, values)
        assert (await rig.d.submit(rig.ann, shown, {"who": "ann"})).content == "thanks"
        assert [one["type"] for one in sent[0]["components"]] == [10, 18]
        assert sent[0]["components"][1]["component"]["value"] == "ann"


@pytest.mark.parametrize(
    ("form", "wrong"),
    [
        ({"title": "t" * 46}, "BASE_TYPE_BAD_LENGTH"),
        ({"components": []}, "BASE_TYPE_BAD_LENGTH"),
        ({"custom_id": "c" * 101}, "BASE_TYPE_BAD_LENGTH"),
        ({"components": [{"type": 2, "label": "no button", "custom_id": "x", "style": 1}]}, "BASE_TYPE_CHOICES"),
        ({"components": [{"type": 18, "label": "l" * 46, "component": {}}]}, "BASE_TYPE_BAD_LENGTH"),
    ],
)
async def test_a_form_that_discord_would_not_show_is_refused(form: dict[str, Any], wrong: str) -> None:
    field = {"type": 4, "custom_id": "who", "style": 1}
    good = {"title": "Who?", "custom_id": "c", "components": [{"type": 18, "label": "who", "component": field}]}
    async with furnished() as rig:
        used = await open_interaction(rig)
        answer = await callback(rig, used, 9, **{**good, **form})
        assert answer.status == 400
        assert wrong in answer.form_codes()
        assert (await callback(rig, used, 9, **good)).status == 204


async def test_what_follows_a_deferral_without_words_can_be_waited_for() -> None:
    async with furnished() as rig, real_bot(rig) as client:

        class Late(discord.ui.View):
            @discord.ui.button(label="late", custom_id="late")
            async def late(self, interaction: Used, _: discord.ui.Button[Any]) -> None:
                await interaction.response.defer()
                await interaction.edit_original_response(content="at last", view=None)

        @client.tree.command(name="panel", description="Buttons")
        async def panel(interaction: Used) -> None:
            await interaction.response.send_message("panel", view=Late(), ephemeral=True)

        await client.tree.sync()
        shown = await rig.d.slash(rig.ann, rig.text, "panel")
        pressed = await rig.d.click(rig.ann, shown, "late", told=True)
        assert (pressed.content, pressed.components, pressed.ephemeral) == ("at last", [], True)


async def test_a_message_command_gets_its_target_in_full_without_the_content_intent() -> None:
    quiet = discord.Intents(guilds=True, messages=True)
    async with furnished(intents=quiet.value) as rig, real_bot(rig, intents=quiet) as client:

        @client.tree.context_menu(name="Send to the blog")
        async def send(interaction: Used, message: discord.Message) -> None:
            await interaction.response.send_message(f"sent {message.content}", ephemeral=True)

        await client.tree.sync()
        target = await rig.d.post(rig.ann, rig.text, "her words")
        answer = await rig.d.context(rig.bob, rig.text, "Send to the blog", target)
        assert answer.content == "sent her words"


async def open_interaction(rig: Rig) -> Interaction:
    """An interaction that raw requests answer."""
    await rig.call("PUT", command_path(rig), [{"name": "raw", "description": "raw"}])
    return begin(rig.d.world, rig.app, rig.ann, rig.text, COMMAND, {"name": "raw"})


async def callback(rig: Rig, interaction: Interaction, kind: int = 4, **data: Any) -> Got:
    body = {"type": kind, "data": data or {"content": "x"}}
    return await rig.call("POST", f"/interactions/{interaction.id}/{interaction.token}/callback", body, token=False)


async def test_a_second_first_answer_is_40060_and_an_unknown_interaction_10062() -> None:
    async with furnished() as rig:
        used = await open_interaction(rig)
        assert (await callback(rig, used)).status == 204
        assert (await callback(rig, used)).code == 40060
        used.token = "x" * 60
        assert (await callback(rig, used)).code == 10062


async def test_only_autocomplete_is_answered_with_choices_and_it_cannot_be_deferred() -> None:
    async with furnished() as rig:
        used = await open_interaction(rig)
        assert (await callback(rig, used, 8, choices=[])).status == 400
        used.kind = 4
        assert (await callback(rig, used, 5)).status == 400
        assert (await callback(rig, used, 8, choices=[{"name": "a", "value": "b"}])).status == 204


async def test_the_original_answer_can_be_read_edited_and_deleted() -> None:
    async with furnished() as rig:
        used = await open_interaction(rig)
        await callback(rig, used, content="a", flags=64)
        path = f"/webhooks/{rig.app.id}/{used.token}/messages/@original"
        assert (await rig.call("GET", path, token=False)).body["flags"] == 64
        assert (await rig.call("PATCH", path, {"content": "b"}, token=False)).body["content"] == "b"
        assert (await rig.call("DELETE", path, token=False)).status == 204
        assert (await rig.call("GET", path, token=False)).code == 10008


async def test_a_token_lives_15_minutes() -> None:
    async with furnished(turned=True) as rig:
        used = await open_interaction(rig)
        await callback(rig, used)
        rig.clock.forward(901)
        assert (await rig.execute(f"/webhooks/{rig.app.id}/{used.token}")).code == 50027


async def test_follow_ups_count_in_the_channel_wide_webhook_limit() -> None:
    async with furnished() as rig:
        limits = Limits(clock=rig.clock)
    async with furnished(limits=limits) as rig:
        used = await open_interaction(rig)
        await callback(rig, used)
        for _ in range(6):
            hook = await rig.webhook()
            for _ in range(5):
                assert (await rig.execute(hook)).status == 200
        got = await rig.execute(f"/webhooks/{rig.app.id}/{used.token}")
        assert (got.status, got.headers["X-RateLimit-Scope"]) == (429, "shared")


async def test_an_answer_pings_users_only() -> None:
    async with furnished() as rig:
        rig.d.set_permissions(rig.app, None, allow=Permission.MENTION_EVERYONE)
        used = await open_interaction(rig)
        await callback(rig, used, content=f"@everyone <@{rig.bob.id}>")
        assert rig.d.messages(rig.text)[0]["pings"] == {str(rig.bob.id)}
