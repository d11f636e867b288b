"""What the bot may do is taken away and given back: the whole bot on a fast clock, with real sockets.

No test waits for the regular reading of the threads, nor asks for it: Discord tells of permissions, and that is enough.
"""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

import pytest

from bot.app import Running
from bot.core.domain import Mark
from bot.core.policy import Policy
from bot.sandbox.discord import Permission
from tests.support.whole_bot_fast import OUTAGE, PATIENCE, Drama, run

pytestmark = pytest.mark.skipif(os.name != "posix", reason="the bot locks its database with flock, which is POSIX")

SOON = 30.0
"""Seconds, by the fast clock."""

assert Policy().sweep_interval > OUTAGE + SOON, "or the regular reading would do what is tested here"

LOST = ("VIEW_CHANNEL", "READ_MESSAGE_HISTORY+MANAGE_WEBHOOKS+SEND_MESSAGES_IN_THREADS+ADD_REACTIONS")


@pytest.mark.parametrize("everywhere", [True, False], ids=["role", "overwrite"])
@pytest.mark.parametrize("lost", LOST)
def test_a_permission_taken_and_given_back(tmp_path: Path, lost: str, everywhere: bool) -> None:
    bits = sum(int(Permission[name]) for name in lost.split("+"))
    run(tmp_path, lambda one: _permission(one, bits, everywhere=everywhere))


async def _permission(one: Drama, lost: int, *, everywhere: bool) -> None:
    discord = one.stage.discord
    where = None if everywhere else one.stage.channel
    async with one.stage.bot(POLL_INTERVAL="5") as running:
        await one.quiet(running)
        kept = await one.reply("before")
        await one.quiet(running)
        discord.set_permissions(one.stage.app, where, deny=lost)
        one.comment("meanwhile", one.comments[0])
        one.blog.edit_comment(one.comments[2], "<p>a leaf, reworded meanwhile</p>")
        await one.reply("said meanwhile", kept)
        await discord.edit(one.ann, one.thread, kept, "before, reworded meanwhile")
        await one.wait(OUTAGE)
        discord.set_permissions(one.stage.app, where, allow=lost)
        await one.wait(SOON)
        await one.quiet(running)
        found = await one.held()
        assert (await running.engine.desk.status()).parked == ()
    assert found.sentences == []


def test_an_unlocked_thread(tmp_path: Path) -> None:
    run(tmp_path, _unlocked)


async def _unlocked(one: Drama) -> None:
    discord = one.stage.discord
    async with one.stage.bot(POLL_INTERVAL="5") as running:
        await one.quiet(running)
        discord.set_permissions(one.stage.app, None, deny=int(Permission.MANAGE_THREADS))
        await discord.archive(one.thread, archived=True, locked=True)
        one.blog.edit_comment(one.comments[2], "<p>a leaf, reworded meanwhile</p>")
        await running.engine.poll()

        def reworded() -> bool:
            return any("reworded meanwhile" in mirror.words for mirror in one.stage.mirrors())

        await one.wait(OUTAGE)
        assert not reworded()
        await discord.archive(one.thread, archived=False, locked=False)
        await one.wait(SOON)
        assert reworded()
        await one.quiet(running)
        found = await one.held()
    assert found.sentences == []


def test_a_server_left_and_joined_again(tmp_path: Path) -> None:
    run(tmp_path, _left)


async def _left(one: Drama) -> None:
    async with one.stage.bot(POLL_INTERVAL="5") as running:
        await one.quiet(running)
        kept = await one.reply("before")
        await one.quiet(running)
        await one.stage.discord.kick(one.stage.app)
        one.comment("meanwhile", one.comments[0])
        await one.reply("said meanwhile", kept)
        await one.wait(OUTAGE)
        await one.stage.discord.rejoin(one.stage.app)
        await one.wait(SOON)
        await one.quiet(running)
        found = await one.held()
        assert (await running.engine.desk.status()).parked == ()
    assert found.sentences == []


def test_a_deleted_thread_is_said_once_and_holds_nobody_up(tmp_path: Path) -> None:
    run(tmp_path, _thread_deleted)


async def _thread_deleted(one: Drama) -> None:
    office = one.stage.discord.add_channel(one.stage.guild, kind="text", name="office")
    async with one.stage.bot(POLL_INTERVAL="5", MODERATOR_CHANNEL_ID=str(office.id)) as running:
        await one.quiet(running)
        await one.stage.discord.delete_thread(one.thread)
        for number in range(3):
            one.comment(f"into the void {number}")
        second = one.blog.publish("Another", "<p>More.</p>")
        live = one.blog.comment(second, "<p>elsewhere</p>")
        await one.quiet(running)
        parked = (await running.engine.desk.status()).parked
        assert {one.kind for one in parked} == {"thread"}
        assert len(one.stage.discord.messages(office)) == 1
        assert [mirror.comment for mirror in one.stage.mirrors()] == [live]
        await running.engine.desk.retry()
        await one.quiet(running)
        assert len((await running.engine.desk.status()).parked) == len(parked)
        assert len(one.stage.discord.messages(office)) == 1


def test_a_deleted_channel_is_said_once_and_touches_nothing_on_the_blog(tmp_path: Path) -> None:
    run(tmp_path, _channel_deleted)


async def _channel_deleted(one: Drama) -> None:
    office = one.stage.discord.add_channel(one.stage.guild, kind="text", name="office")
    async with one.stage.bot(POLL_INTERVAL="5", MODERATOR_CHANNEL_ID=str(office.id)) as running:
        await one.quiet(running)
        one.posts.append(one.blog.publish("Another", "<p>More.</p>"))
        await one.reply("an answer")
        await one.quiet(running)
        before = {comment.id: comment.status for comment in one.blog.comments(one.posts[0])}
        await one.stage.discord.delete_channel(one.stage.channel)
        one.comment("into the void")
        await one.wait(OUTAGE)
        assert not (await running.engine.poll()).error
        parked = (await running.engine.desk.status()).parked
        assert [one.reason for one in parked] == ["Its channel was deleted."] * 2
        (told,) = one.stage.discord.messages(office)
        assert "was deleted with its 2 threads" in told["content"]
        assert "DISCORD_CHANNEL_ID" in told["content"]
        assert {number: one.blog.get_comment(number).status for number in before} == before


def test_a_password_revoked_and_renewed(tmp_path: Path) -> None:
    run(tmp_path, _password)


async def _password(one: Drama) -> None:
    async with one.stage.bot(POLL_INTERVAL="5") as running:
        await one.quiet(running)
        kept = await one.reply("before")
        await one.quiet(running)
        old = one.blog.app_password
        one.blog.set_password("bridge", "renewedRENEWED0123456789")
        waiting = await one.reply("while the old one is refused", kept)
        await one.stage.discord.edit(one.ann, one.thread, kept, "before, reworded meanwhile")
        await one.wait(OUTAGE)
        assert marks(one, waiting) == [Mark.HELD]
        (stuck,) = (await running.engine.desk.status()).stuck
        assert "application password" in stuck.reason
        assert stuck.count >= 1
    async with one.stage.bot(POLL_INTERVAL="5", BLOG_APP_PASSWORD="renewedRENEWED0123456789") as running:
        assert old != one.blog.app_password
        await one.wait(OUTAGE)
        await one.quiet(running)
        found = await one.held()
        assert marks(one, waiting) == [Mark.RELAYED]
    assert found.sentences == []


def marks(one: Drama, message: int) -> list[str]:
    """The bot's reactions on a member's message."""
    (found,) = [shown for shown in one.stage.messages() if int(shown["id"]) == message]
    return [reaction["emoji"]["name"] for reaction in found.get("reactions", [])]


def test_discord_down_at_the_start_is_waited_for(tmp_path: Path) -> None:
    run(tmp_path, _down_at_start)


async def _down_at_start(one: Drama) -> None:
    faults = one.stage.discord.faults
    down = [faults.next("GET", path, "503", times=3) for path in (r"/users/@me", r"/channels/\d+")]
    async with asyncio.timeout(PATIENCE), one.stage.bot(POLL_INTERVAL="5") as running:
        assert isinstance(running, Running)
        await one.quiet(running)
        found = await one.held()
    assert all(fault.met == 3 for fault in down)
    assert found.sentences == []


def test_a_deleted_channel_of_the_moderators_holds_up_nothing(tmp_path: Path) -> None:
    run(tmp_path, _office_deleted)


async def _office_deleted(one: Drama) -> None:
    office = one.stage.discord.add_channel(one.stage.guild, kind="text", name="office")
    async with one.stage.bot(POLL_INTERVAL="5", MODERATOR_CHANNEL_ID=str(office.id)) as running:
        await one.quiet(running)
        await one.stage.discord.delete_channel(office)
        await running.engine.announce_trouble("a test", "Something that moderators should know.")
        await one.wait(SOON)
        one.comment("after it", one.comments[3])
        await one.reply("an answer", one.stage.message_of(one.comments[1]))
        await one.quiet(running)
        parked = (await running.engine.desk.status()).parked
        found = await one.held()
    assert [one.kind for one in parked] == ["notify"]
    assert str(office.id) in parked[0].reason
    assert found.sentences == []
