"""At Discord's own pace: a burst meets no limit, and waiting is done here and not inside discord.py."""

from __future__ import annotations

import asyncio
import time

import pytest

from bot.chat.outcome import NoAnswer
from bot.chat.pace import Paces
from bot.core.domain import Mark
from bot.sandbox.discord import Limits, Rate
from tests.support.chat_scene import chat_scene, saying


async def test_a_burst_under_discords_limits_meets_no_429() -> None:
    async with chat_scene("forum", limits=Limits(), paces=Paces.discord()) as s:
        place = await s.open()
        cards = type(s.adapter)(s.client, style="card", paces=Paces.discord(), on_fallback=print)
        started = time.monotonic()
        sent = await asyncio.gather(*(s.chat.send(place, saying(n), nonce=f"n{n}") for n in range(10)))
        assert time.monotonic() - started < 30
        await asyncio.gather(
            *(cards.send(place, saying(n), nonce=f"n{n}") for n in range(20, 24)),
            *(s.chat.edit(place, message, saying(n, "new")) for n, message in enumerate(sent[:4])),
            *(s.chat.mark(place, message, Mark.RELAYED) for message in sent[:4]),
            *(s.chat.delete(place, message) for message in sent[6:]),
        )
        assert [c.path for c in s.server.calls if c.status == 429] == []
        assert len(s.said(place)) == 10


async def test_no_send_returns_long_after_its_answer() -> None:
    async with chat_scene("forum", limits=Limits(), paces=Paces.discord()) as s:
        place = await s.open()
        await s.chat.send(place, saying(0), nonce="n0")
        # The fourth in two seconds: one more would make discord.py sleep before it returns.
        started = time.monotonic()
        for number in (1, 2, 3):
            await s.chat.send(place, saying(number), nonce=f"n{number}")
        assert time.monotonic() - started < 1


async def test_posts_outside_the_adapter_leave_once_as_well() -> None:
    async with chat_scene("text") as s:
        channel = s.client.get_partial_messageable(s.channel.id)
        s.server.faults.next("POST", r"/channels/\d+/messages", "502")
        with pytest.raises(NoAnswer, match="status 502"):
            await channel.send("from a cog")
        assert len([c for c in s.server.calls if c.path.endswith("/messages") and c.method == "POST"]) == 1
        # A pause, on the other hand, is obeyed by discord.py there.
        s.server.faults.next("POST", r"/channels/\d+/messages", "429-user", seconds=0.1)
        await channel.send("from a cog")
        assert len(s.server.messages(s.channel)) == 1


async def test_a_long_window_with_room_left_turns_nobody_away() -> None:
    async with chat_scene("forum", limits=Limits(create_thread=Rate(50, 300.0)), paces=Paces.quick()) as s:
        for _ in range(4):
            await s.open()
        assert len(s.server.threads(s.channel)) == 4
