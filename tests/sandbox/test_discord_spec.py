"""The loopback Discord's traffic against the published API description."""

from __future__ import annotations

import io
from typing import Any

import discord
import pytest

from bot.sandbox.discord import Permission
from tests.support import discord_spec as spec
from tests.support.loopback_discord import Bot, Rig, furnished, real_bot

needs_spec = pytest.mark.skipif(not spec.available(), reason=spec.WHY_NOT)


async def say_everything(rig: Rig, client: Bot) -> None:
    """Messages of every shape this project sends, over discord.py."""
    text = client.get_channel(rig.text.id)
    assert isinstance(text, discord.TextChannel)
    embed = discord.Embed(title="A comment", description="words", url="https://blog.test/?p=1#comment-1")
    embed.set_author(name="Ann", icon_url="https://blog.test/a.png", url="https://blog.test/")
    embed.add_field(name="n", value="v").set_footer(text="f")
    first = await text.send("hello", embed=embed, allowed_mentions=discord.AllowedMentions.none())
    reply = await first.reply("again", file=discord.File(io.BytesIO(b"words"), "words.txt", description="some words"))
    await reply.edit(content="changed", attachments=reply.attachments)
    await first.add_reaction("✅")
    await first.add_reaction("⏳")
    noticed = await text.fetch_message(first.id)
    assert [u.id async for u in noticed.reactions[0].users()] == [rig.app.user.id]
    await first.remove_reaction("✅", rig_user(client))
    await first.pin()
    assert [m.id async for m in text.pins()] == [first.id]
    await first.unpin()
    await text.typing()
    await text.fetch_message(first.id)
    assert [m async for m in text.history(limit=5)]
    await rig.d.post(rig.ann, rig.text, "look", attachments=[("a.txt", b"a")], reply_to=first.id)
    await rig.d.post(rig.ann, rig.text, "", sticker=749054660769218631)
    assert [m async for m in text.history(limit=100, oldest_first=True)]
    await text.delete_messages([first, reply])


def rig_user(client: Bot) -> discord.ClientUser:
    assert client.user is not None
    return client.user


async def use_threads(rig: Rig, client: Bot) -> None:
    text, forum, news = (client.get_channel(c.id) for c in (rig.text, rig.forum, rig.news))
    assert isinstance(text, discord.TextChannel)
    assert isinstance(news, discord.TextChannel)
    assert isinstance(forum, discord.ForumChannel)
    thread = await (await text.send("start")).create_thread(name="a thread")
    await thread.send("inside")
    await thread.edit(archived=True)
    await thread.edit(archived=False, name="renamed", auto_archive_duration=60)
    post = await forum.create_thread(name="a post", content="first", applied_tags=[forum.available_tags[0]])
    await post.thread.edit(applied_tags=forum.available_tags[:2], locked=True, archived=True)
    assert [t async for t in forum.archived_threads()]
    assert await client.fetch_channel(post.thread.id)
    guild = client.guilds[0]
    assert await guild.active_threads()
    announced = await news.send("news")
    await announced.publish()
    await (await news.fetch_message(announced.id)).create_thread(name="about the news")
    await thread.join()
    await thread.fetch_members()
    await thread.leave()
    await thread.delete()


async def use_webhooks(rig: Rig, client: Bot) -> None:
    text, forum = client.get_channel(rig.text.id), client.get_channel(rig.forum.id)
    assert isinstance(text, discord.TextChannel)
    assert isinstance(forum, discord.ForumChannel)
    thread = await (await text.send("start")).create_thread(name="a thread")
    hook = await text.create_webhook(name="mirror")
    view = discord.ui.View()
    view.add_item(discord.ui.Button(label="the comment", url="https://blog.test/"))
    sent = await hook.send(
        "words",
        username="Ann Ö.",
        avatar_url="https://blog.test/a.png",
        thread=thread,
        embeds=[discord.Embed(description="d")],
        view=view,
        wait=True,
    )
    await sent.edit(content="other words")
    await hook.fetch_message(sent.id, thread=thread)
    await sent.delete()
    assert await text.webhooks()
    assert await client.guilds[0].webhooks()
    await hook.edit(name="mirrors")
    await (await forum.create_webhook(name="f")).send("post", thread_name="by webhook", wait=True)
    await client.fetch_webhook(hook.id)
    await hook.fetch(prefer_auth=False)
    await hook.delete()


async def look_around(rig: Rig, client: Bot) -> None:
    guild = await client.fetch_guild(client.guilds[0].id)
    await guild.fetch_channels()
    await guild.fetch_roles()
    await guild.fetch_member(rig.ann.id)
    await client.fetch_user(rig.ann.id)
    await client.application_info()


async def use_commands(rig: Rig, client: Bot) -> None:
    group = discord.app_commands.Group(
        name="sync",
        description="The mirror",
        guild_only=True,
        default_permissions=discord.Permissions(manage_guild=True),
    )

    @group.command(name="status", description="What is going on")
    async def status(interaction: discord.Interaction[Any], post: str | None = None) -> None:
        await interaction.response.defer(ephemeral=True)
        await interaction.edit_original_response(content=f"all well {post}")
        await interaction.followup.send("and more", ephemeral=True)
        await interaction.original_response()

    @status.autocomplete("post")
    async def posts(_: discord.Interaction[Any], typed: str) -> list[discord.app_commands.Choice[str]]:
        return [discord.app_commands.Choice(name=f"{typed}is", value="1")]

    @group.command(name="now", description="At once")
    async def now(interaction: discord.Interaction[Any]) -> None:
        await interaction.response.send_message("done", embed=discord.Embed(description="d"))

    client.tree.add_command(group)
    await client.tree.sync()
    await client.tree.fetch_commands()
    client.tree.copy_global_to(guild=discord.Object(rig.guild.id))
    await client.tree.sync(guild=discord.Object(rig.guild.id))
    rig.d.set_permissions(rig.ann, None, allow=Permission.MANAGE_GUILD)
    answer = await rig.d.slash(rig.ann, rig.text, "sync status", {"post": "x"})
    assert (answer.content, answer.ephemeral) == ("all well x", True)
    assert not (await rig.d.slash(rig.ann, rig.text, "sync now")).ephemeral
    choices = await rig.d.autocomplete(rig.ann, rig.text, "sync status", "post", "par")
    assert choices == [{"name": "paris", "value": "1"}]


@needs_spec
@pytest.mark.parametrize("part", [say_everything, use_threads, use_webhooks, look_around, use_commands])
async def test_requests_and_answers_satisfy_the_description(part: Any) -> None:
    async with furnished() as rig:
        rig.d.set_permissions(rig.app, None, allow=Permission.PIN_MESSAGES)
        async with real_bot(rig) as client:
            await part(rig, client)
        assert len(rig.d.calls) > 5
        assert spec.violations(rig.d.calls) == []


@needs_spec
async def test_refusals_have_the_described_shapes() -> None:
    async with furnished() as rig:
        hook = await rig.webhook()
        await rig.send(rig.text, "x" * 2001)
        await rig.send(rig.text, "")
        await rig.send(rig.forum)
        await rig.call("GET", "/users/@me", token="wrong")
        await rig.call("GET", f"/channels/{rig.text.id}/messages/1")
        await rig.execute(hook, username="Clyde")
        await rig.execute(hook, query={"thread_id": "1"})
        await rig.call("PUT", f"/applications/{rig.app.id}/commands", [{"name": "X"}])
        for kind in ("429-user", "429-shared", "429-global", "403", "code:200000"):
            rig.d.faults.next("*", "/.*", kind)
            await rig.send(rig.text)
        rig.d.set_permissions(rig.app, None, deny=Permission.VIEW_CHANNEL)
        await rig.send(rig.text)
        assert [call.status for call in rig.d.calls if call.status < 400] == [200]
        assert spec.violations(rig.d.calls, refused_requests=False) == []


@needs_spec
async def test_the_checker_sees_a_bad_request_and_a_bad_answer() -> None:
    async with furnished() as rig:
        await rig.call("POST", f"/channels/{rig.text.id}/messages", {"content": "x" * 2001})
        await rig.send(rig.text)
        rig.d.calls[-1].response = {"id": "1"}
        found = spec.violations(rig.d.calls)
    assert any("BASE_TYPE_MAX_LENGTH" in line for line in found)
    assert any("answer" in line for line in found)


def test_a_skip_is_excused_only_where_no_folder_was_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(spec.VARIABLE, raising=False)
    assert spec.may_be_skipped(f"Skipped: {spec.WHY_NOT}")
    assert not spec.may_be_skipped("Skipped: no PHP here")
    monkeypatch.setenv(spec.VARIABLE, "/nowhere")
    assert not spec.may_be_skipped(f"Skipped: {spec.WHY_NOT}")
