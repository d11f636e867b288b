"""An event that cannot be read, or whose handler fails, loses nothing: what it told is found in its thread."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from bot.store.sqlite.places import SqlitePlaces
from tests.support.whole_bot_fast import Drama, run


def partial(play: Drama, event: str, message: int) -> None:
    """Discord sends an event with the least in it."""
    stage = play.stage
    data = {"id": str(message), "channel_id": str(play.thread), "guild_id": str(stage.guild.id), "embeds": []}
    for session in stage.sessions.values():
        session.push(event, data)


async def relayed(play: Drama, words: str) -> None:
    """Until the blog shows words, and before threads are read anyway."""

    async def there() -> bool:
        return any(words in str(one["content"]) for one in await play.stage.blog.comments(play.posts[0], status="any"))

    await play.stage.until_blog(there, patience=300.0)


def test_what_unreadable_events_told_is_found(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    async def scenes(play: Drama) -> None:
        async with play.stage.bot() as running:
            await play.quiet(running)
            first = await play.reply("the first words")
            await relayed(play, "the first words")
            faults = play.stage.discord.gateway_faults
            faults.drop("MESSAGE_UPDATE")
            await play.stage.discord.edit(play.ann, play.thread, first, "other words")
            partial(play, "MESSAGE_UPDATE", first)
            await relayed(play, "other words")
            faults.drop("MESSAGE_CREATE")
            second = await play.reply("unheard words")
            partial(play, "MESSAGE_CREATE", second)
            await relayed(play, "unheard words")
            await play.quiet(running)
            assert (await play.held()).sentences == []
        assert "unheard" not in caplog.text

    run(tmp_path, scenes)


def test_what_a_failing_handler_was_told_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def scenes(play: Drama) -> None:
        async with play.stage.bot() as running:
            await play.quiet(running)
            failing = asyncio.Event()
            asked = SqlitePlaces.place_of_thread

            async def place_of_thread(self: Any, thread: Any) -> Any:
                if failing.is_set():
                    raise RuntimeError("a mistake of ours")
                return await asked(self, thread)

            monkeypatch.setattr(type(running.store), "place_of_thread", place_of_thread)
            failing.set()
            await play.reply("said meanwhile")
            await play.wait(20)
            failing.clear()
            await relayed(play, "said meanwhile")
            await play.quiet(running)
            assert (await play.held()).sentences == []

    run(tmp_path, scenes)
