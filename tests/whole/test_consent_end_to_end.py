"""Two members on real parts, one of whom keeps their words in Discord; and what a starter says of it."""

from __future__ import annotations

import asyncio
import shutil
import time
from dataclasses import replace
from itertools import count
from pathlib import Path

import pytest

from bot.chat.appearance import CONTENT_LIMIT, starter_text
from bot.core.domain import Mark, MessageId, Millis, Post, PostId
from bot.core.policy import Policy, RelayMode
from bot.sandbox.discord import Member
from bot.sandbox.discord import Refused as DiscordRefused
from bot.sync.mirroring import compose
from tests.support import discord_spec as spec
from tests.support.chat_scene import POST_URL, WHAT, chat_scene
from tests.support.whole_bot import Scene, quiet, scene
from tests.support.wordpress import WordPress

PRINT = compose.SMALL_PRINT[RelayMode.REPLIES]


def marks(stage: Scene, message: int) -> list[str]:
    (found,) = [one for one in stage.messages() if int(one["id"]) == message]
    return [reaction["emoji"]["name"] for reaction in found.get("reactions", [])]


async def test_one_of_two_members_opts_out_answers_and_is_answered(any_wordpress: WordPress, tmp_path: Path) -> None:
    blog = any_wordpress
    post = await blog.post("Who is heard", "<p>Short.</p>")
    root = await blog.comment(post["id"], "<p>root</p>")
    async with scene(blog, tmp_path) as stage:
        ann = stage.discord.add_member(stage.guild, name="ann", display_name="Ann")
        ben = stage.discord.add_member(stage.guild, name="ben", display_name="Ben")

        async def tree() -> dict[str, tuple[str, int]]:
            """Words -> who wrote them, and under which comment."""
            found = await blog.comments(post["id"])
            words = {one["id"]: one["content"]["rendered"].strip().removeprefix("<p>")[:-4] for one in found}
            return {words[one["id"]]: (one["author_name"], one["parent"]) for one in found}

        async with stage.bot() as running:
            await stage.until(lambda: len(stage.mirrors()) == 1)
            assert stage.messages()[0]["content"].split("\n")[1] == f"-# {PRINT}"
            before = await stage.discord.post(ann, stage.thread(), "before", reply_to=stage.message_of(root["id"]))
            await stage.until(lambda: marks(stage, before.id) == ["✅"])
            asked = await stage.discord.slash(ann, stage.thread(), "relay status")
            assert "Your replies in mirrored threads become comments" in asked.content
            off = await stage.discord.slash(ann, stage.thread(), "relay off")
            assert off.ephemeral
            assert "stays in Discord" in off.content
            assert "to take a comment back, delete its message" in off.content
            kept = await stage.discord.post(ann, stage.thread(), "not for the blog", reply_to=before.id)
            answer = await stage.discord.post(ben, stage.thread(), "for the blog", reply_to=kept.id)
            await stage.discord.edit(ann, stage.thread(), before.id, "before, reworded")
            await stage.until(lambda: marks(stage, answer.id) == ["✅"])
            await quiet(running)
            assert marks(stage, kept.id) == []
            assert "stays in Discord" in (await stage.discord.slash(ann, stage.thread(), "relay status")).content
            assert "become comments" in (await stage.discord.slash(ben, stage.thread(), "relay status")).content
            on = await stage.discord.slash(ann, stage.thread(), "relay on")
            assert on.ephemeral
            assert "What you wrote before stays in Discord" in on.content
            await stage.discord.edit(ann, stage.thread(), kept.id, "not for the blog, reworded")
            after = await stage.discord.post(ann, stage.thread(), "after", reply_to=stage.thread())
            await stage.until(lambda: marks(stage, after.id) == ["✅"])
            await quiet(running)
        async with stage.bot() as running:  # reads the thread again
            last = await stage.discord.post(ben, stage.thread(), "last", reply_to=stage.thread())
            await stage.until(lambda: marks(stage, last.id) == ["✅"])
            await quiet(running)
            (first,) = [one for one in await blog.comments(post["id"]) if f"/{before.id}#" in one["author_url"]]
            assert await tree() == {
                "root": (root["author_name"], 0),
                "before, reworded": ("Ann", root["id"]),
                "for the blog": ("Ben", first["id"]),
                "after": ("Ann", 0),
                "last": ("Ben", 0),
            }
        assert spec.violations(stage.discord.calls) == []


async def test_a_word_outlives_the_database(loopback_wordpress: WordPress, tmp_path: Path) -> None:
    """It is lost, put back to before the word, and meets a file that is gone or damaged."""
    blog = loopback_wordpress
    post = await blog.post("Who is heard", "<p>Short.</p>")
    root = await blog.comment(post["id"], "<p>root</p>")
    file, backup = tmp_path / "bot.consent", tmp_path / "backup"

    def lose() -> None:
        for one in tmp_path.glob("bot.sqlite3*"):
            one.unlink()

    async with scene(blog, tmp_path) as stage:
        ann = stage.discord.add_member(stage.guild, name="ann", display_name="Ann")

        ben = stage.discord.add_member(stage.guild, name="ben", display_name="Ben")

        numbers = count()

        async def say(member: Member) -> int:
            words, mirror = f"words {next(numbers)}", stage.message_of(root["id"])
            sent = await stage.discord.post(member, stage.thread(), words, reply_to=mirror)
            return int(sent.id)

        async def one_of_bens_crosses() -> None:
            """What is said while a new database takes all in is counted to the past, so it is said again."""
            said: list[int] = []
            async with asyncio.timeout(60):
                while not any(marks(stage, one) == ["✅"] for one in said):
                    said.append(await say(ben))
                    await asyncio.sleep(0.4)

        async def keeps(*, crosses: bool) -> None:
            async with stage.bot(MEMBER_MEASURE="0,0,0,0") as running:
                await quiet(running)
                told = await stage.discord.slash(ann, stage.thread(), "relay status")
                assert ("become comments" in told.content) == crosses
                await one_of_bens_crosses()
                hers = await say(ann)
                await one_of_bens_crosses()
                await quiet(running)
                there = [one for one in await blog.comments(post["id"]) if f"/{hers}#" in one["author_url"]]
                assert len(there) == crosses

        async with stage.bot():
            await stage.until(lambda: len(stage.mirrors()) == 1)
        shutil.copy(tmp_path / "bot.sqlite3", backup)
        async with stage.bot() as running:
            await quiet(running)
            await stage.discord.slash(ann, stage.thread(), "relay off")
        lose()
        await keeps(crosses=False)
        lose()
        shutil.copy(backup, tmp_path / "bot.sqlite3")
        await keeps(crosses=False)
        file.unlink()
        await keeps(crosses=False)
        damaged = file.read_bytes()[:-9]
        file.write_bytes(damaged)
        await keeps(crosses=False)
        assert (tmp_path / "bot.consent.damaged-1").read_bytes() == damaged
        async with stage.bot() as running:
            await quiet(running)
            await stage.discord.slash(ann, stage.thread(), "relay on")
        kept = file.read_bytes()
        lose()
        await keeps(crosses=True)
        assert file.read_bytes() == kept


async def test_a_bot_that_only_mirrors_promises_nothing(loopback_wordpress: WordPress, tmp_path: Path) -> None:
    await loopback_wordpress.post("Read only", "<p>Short.</p>")
    async with scene(loopback_wordpress, tmp_path) as stage:
        ann = stage.discord.add_member(stage.guild, name="ann", display_name="Ann")
        async with stage.bot(BLOG_USERNAME="", BLOG_APP_PASSWORD=""):
            await stage.until(stage.messages)
            assert "\n" not in stage.messages()[0]["content"]
            answer = await stage.discord.slash(ann, stage.thread(), "relay status")
            assert "carries nothing from Discord to the blog" in answer.content
            with pytest.raises(DiscordRefused):
                await stage.discord.slash(ann, stage.thread(), "sync status")


# ---------------------------------------------------------------- the small print


def test_a_starter_says_what_becomes_of_answers() -> None:
    post = Post(PostId("1"), POST_URL, POST_URL, "Post", "Ann", Millis(1), "<p>x</p>")

    def said(policy: Policy) -> str:
        return starter_text(compose.announcement(post, base_url="https://blog.example", relays=policy.relays))

    line = f"New on the blog: <{POST_URL}>"
    assert said(Policy()) == f"{line}\n-# {PRINT}"
    assert said(Policy(relay=RelayMode.ALL)).startswith(f"{line}\n-# What is written here becomes ")
    assert said(Policy(relay=RelayMode.OFF)) == line
    assert said(Policy(has_account=False)) == line


@pytest.mark.parametrize("tail", ["x", "é", "🦉"])
def test_a_permalink_that_leaves_no_room_goes_alone(tail: str) -> None:
    with_print = replace(WHAT, small_print=PRINT)
    lengths = set()
    for length in range(1500, 2100, 7):
        url = "https://blog.example/".ljust(length, tail)
        text = starter_text(replace(with_print, url=url))
        assert text.startswith(f"New on the blog: <{url}>")
        if "\n" in text:
            assert text.endswith(f">\n-# {PRINT}")
            assert len(text.encode("utf-16-le")) // 2 <= CONTENT_LIMIT
        lengths.add("\n" in text)
    assert lengths == ({False} if tail == "🦉" else {True, False})


async def test_a_starter_without_its_embed_is_found_by_the_line_above_the_small_print() -> None:
    before = Millis(int(time.time() * 1000))
    async with chat_scene("text") as s:
        place = s.place(await s.chat.open_thread(s.channel_id, replace(WHAT, small_print=PRINT), nonce="1"))
        where = s.client.get_partial_messageable(s.channel_id, guild_id=s.guild.id)
        assert place.starter_id is not None
        bare = await where.get_partial_message(place.starter_id).edit(embed=None)
        assert bare.embeds == []
        found = await s.chat.find_thread(s.channel_id, POST_URL, after=before)
        assert found is not None
        assert found.starter_id == place.starter_id


async def test_a_mark_is_taken_off() -> None:
    async with chat_scene("forum") as s:
        place = await s.open()
        assert place.thread_id is not None
        said = await s.server.post(s.ann, place.thread_id, "hello")

        def shown() -> list[str]:
            (one,) = [one for one in s.server.messages(place.thread_id or 0) if int(one["id"]) == said.id]
            return [reaction["emoji"]["name"] for reaction in one.get("reactions", [])]

        await s.chat.mark(place, MessageId(said.id), Mark.HELD)
        assert shown() == ["⏳"]
        for _ in range(2):
            await s.chat.mark(place, MessageId(said.id), None)
            assert shown() == []
