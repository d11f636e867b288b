"""What Discord refuses, and what moderators change there: the whole bot on a fast clock, with real sockets.

Each play has something in it that is refused for good or for long; what is said beside it has to cross within seconds.
"""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import pytest

from bot.core.domain import Mark
from bot.sandbox.discord import Permission
from bot.sandbox.discord.limits import Rate
from tests.support.whole_bot_fast import Drama, run

pytestmark = pytest.mark.skipif(os.name != "posix", reason="the bot locks its database with flock, which is POSIX")

SOON = 3000.0
"""Seconds, by the fast clock, which outruns a busy machine. What is refused here is refused for longer, or for good."""


async def until_shown(one: Drama, *words: str) -> None:
    await one.stage.until(lambda: all(shown(one, some) for some in words), patience=SOON)


def starter_title(one: Drama) -> str:
    starter = next(each for each in one.stage.messages() if each["id"] == str(one.thread))
    return str(starter["embeds"][0]["title"])


def shown(one: Drama, words: str) -> bool:
    return any(words in mirror.words for mirror in one.stage.mirrors())


def marks(one: Drama, message: int) -> set[str]:
    (found,) = (each for each in one.stage.messages() if each["id"] == str(message))
    return {reaction["emoji"]["name"] for reaction in found.get("reactions", ())}


def test_a_mark_a_text_and_a_webhook_that_are_refused_hold_up_nothing(tmp_path: Path) -> None:
    run(tmp_path, _refused)


async def _refused(one: Drama) -> None:
    discord = one.stage.discord
    owner = one.stage.guild.members[one.stage.guild.owner_id]
    async with one.stage.bot(POLL_INTERVAL="5") as running:
        await one.quiet(running)
        discord.block(one.ann, one.stage.app.user)
        blocked = await one.reply("from somebody who blocked the bot")
        other = await discord.post(one.ben, one.thread, "from somebody else", reply_to=one.thread)
        one.said[other.id] = one.thread
        elsewhere = discord.add_channel(one.stage.guild, kind="text", name="elsewhere")
        webhook = next(iter(discord.world.webhooks))
        await discord.modify_webhook(owner, webhook, channel_id=str(elsewhere.id))
        discord.faults.wall("etc/passwd")
        walled = one.comment("look at etc/passwd")
        one.comment("innocent", one.comments[0])
        await until_shown(one, "innocent")
        assert not shown(one, "passwd")
        await one.stage.until(lambda: marks(one, other.id) == {Mark.RELAYED.value}, patience=SOON)
        assert marks(one, blocked) == set()
        await one.quiet(running)
        (parked,) = (await running.engine.desk.status()).parked
        assert "before Discord" in parked.reason
        discord.faults.clear()
        await running.engine.desk.retry()
        await one.quiet(running)
        found = await one.held()
        assert shown(one, "passwd")
        assert one.stage.message_of(walled)
        assert (await running.engine.desk.status()).parked == ()
    assert found.sentences == []
    assert discord.messages(elsewhere) == []


def test_a_title_that_changes_often_holds_up_nothing(tmp_path: Path) -> None:
    run(tmp_path, _renamed_often)


async def _renamed_often(one: Drama) -> None:
    discord = one.stage.discord
    discord.world.limits = replace(discord.world.limits, rename=Rate(2, 60_000.0))
    async with one.stage.bot(POLL_INTERVAL="5") as running:
        await one.quiet(running)
        for title in ("One", "Two", "Three"):
            one.blog.edit_post(one.posts[0], title=title)
            await one.stage.until(lambda title=title: starter_title(one) == title, patience=SOON)  # type: ignore[misc]
        one.comment("beside it", one.comments[0])
        one.blog.edit_comment(one.comments[1], "<p>a branch, reworded</p>")
        await until_shown(one, "beside it", "reworded")
        assert discord.threads(one.stage.channel)[0]["name"] == "Two"
        assert (await running.engine.desk.status()).parked == ()


def test_an_erased_author_leaves_no_trace(tmp_path: Path) -> None:
    run(tmp_path, _erased)


async def _erased(one: Drama) -> None:
    async with one.stage.bot(POLL_INTERVAL="5") as running:
        await one.quiet(running)
        first = one.stage.message_of(one.comments[0])
        answer = await one.reply("to whoever that was", first)
        await one.quiet(running)
        one.blog.get_comment(one.comments[0]).author_name = "Anonymous"
        await one.quiet(running)
        everything = str(one.stage.messages())
        assert "Reader of root" not in everything
        assert one.stage.message_of(one.comments[0]) != first
        late = await one.reply("and once more", one.stage.message_of(one.comments[0]))
        await one.quiet(running)
        relays = [each for each in one.blog.comments(one.posts[0]) if each.author_name == "Ann"]
        parents = [each.parent for each in relays]
        assert parents == [one.comments[0]] * 2, (answer, late)


def test_a_full_house_and_a_locked_thread(tmp_path: Path) -> None:
    run(tmp_path, _full)


async def _full(one: Drama) -> None:
    discord = one.stage.discord
    async with one.stage.bot(POLL_INTERVAL="5") as running:
        await one.quiet(running)
        discord.world.limits = replace(discord.world.limits, active_threads=1)
        one.posts.append(one.blog.publish("A second essay", "<p>More words.</p>"))
        await one.wait(120)
        assert len(discord.threads(one.stage.channel)) == 1
        assert (await running.engine.desk.status()).parked == ()
        one.comment("meanwhile")
        await until_shown(one, "meanwhile")
        await discord.archive(one.thread)
        await one.stage.until(lambda: len(discord.threads(one.stage.channel)) == 2, patience=SOON)
        discord.world.limits = replace(discord.world.limits, active_threads=1000)
        await discord.archive(one.thread, archived=False, locked=True)
        one.comment("in a locked thread", one.comments[0])
        await until_shown(one, "in a locked thread")
        discord.set_permissions(one.stage.app, None, deny=Permission.MANAGE_THREADS)
        one.comment("where the bot may not")
        while not (stuck := (await running.engine.desk.status()).stuck):
            await one.wait(5)
        assert not shown(one, "where the bot may not")
        assert "Manage Threads" in stuck[0].reason
        discord.set_permissions(one.stage.app, None, allow=Permission.MANAGE_THREADS)
        await until_shown(one, "where the bot may not")
