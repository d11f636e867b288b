"""Taking both sides into the map when it goes wrong: what moderators are told, and when it is tried again."""

from __future__ import annotations

from collections import Counter

import pytest

from bot.core.domain import Post
from bot.core.errors import NotAllowed, Unreachable
from bot.ports import Opened
from bot.ports.observer import Event, Unforeseen
from bot.sync.find_threads import ThreadFinder
from tests.support.clock_and_faults import Fault
from tests.support.engine_shorthand import scene


async def test_a_rebuilding_tells_how_many_threads_it_found() -> None:
    async with scene() as s:
        s.comment("<p>root</p>")
        s.blog.add_post("Second")
        await s.quiet()
        count = len(s.chat.threads)
        await s.world.lose_database()
        rebuilt = [one async for one in s.world.engine.adopting.rebuild(deleting=True)]
        assert [one.found is not None for one in rebuilt] == [True] * count
        await s.quiet()
        (told,) = [text for text in s.chat.heard if "Found again" in text]
        assert f"Found again: threads {count}, comments 1, " in told


class Mistakes:
    """What an observer hears of mistakes of ours."""

    def __init__(self) -> None:
        self.heard: list[Unforeseen] = []

    def hear(self, event: Event) -> None:
        if isinstance(event, Unforeseen):
            self.heard.append(event)


async def test_a_mistake_met_while_a_channel_is_read_ends_no_poll(monkeypatch: pytest.MonkeyPatch) -> None:
    mistakes = Mistakes()
    async with scene(observer=mistakes) as s:
        with monkeypatch.context() as patch:
            patch.setattr(ThreadFinder, "look", _mistake)
            await s.world.engine.poll()
        assert [one.doing for one in mistakes.heard] == ["find threads"]
        assert not s.chat.threads, "nothing opens before it is known what stands"
        await s.quiet()
        assert len(s.chat.threads) == 1


async def _mistake(finder: ThreadFinder) -> list[tuple[Post, Opened]]:
    raise LookupError(str(finder))


async def test_moderators_are_told_once_of_a_channel_that_cannot_be_read(monkeypatch: pytest.MonkeyPatch) -> None:
    async with scene() as s:
        s.comment("<p>root</p>")
        await s.quiet()
        for times in (1, 2):
            with monkeypatch.context() as patch:
                patch.setattr(ThreadFinder, "look", _refused)
                for _ in range(2):  # a restart is no news
                    await s.world.die()
                    await s.world.start()
                    for _ in range(3):
                        await s.world.work()
                        s.world.clock.advance(400_000)
            assert sum("No right to look." in text for text in s.chat.heard) == times
            await s.quiet()


async def _refused(finder: ThreadFinder) -> list[tuple[Post, Opened]]:
    raise NotAllowed("No right to look.")


async def test_what_cannot_be_read_is_asked_for_less_and_less() -> None:
    async with scene() as s:
        s.comment("<p>root</p>")
        s.blog.add_post("Second")
        await s.quiet()
        await s.world.die()
        await s.world.start()
        s.world.faults.arm("chat", *[Fault.RESET_BEFORE] * 1000)
        asked, engine = s.world.faults.asked, s.world.engine
        asked.clear()
        for _ in range(20):
            await engine.drain()
        once = _of_chat(asked)
        assert once == Counter({"chat: list threads": 1, "chat: read a thread": 2})
        for _ in range(60):  # an hour
            s.world.clock.advance(60_000)
            await engine.drain()
            await engine.drain()
        later = _of_chat(asked)
        assert 12 < later["chat: list threads"] < 25
        assert later["chat: read a thread"] <= 2 * later["chat: list threads"]
        first = (await s.world.places())[0]
        with pytest.raises(Unreachable):
            await engine.read_again(first)
        assert _of_chat(asked) - later == Counter({"chat: list threads": 1, "chat: read a thread": 1})
        await engine.catch_up()
        assert _of_chat(asked) - later == Counter({"chat: list threads": 2, "chat: read a thread": 3})
        s.world.faults.lift()
        await engine.read_again(first)
        await engine.drain()
        assert engine.adopting.is_settled, "what failed beside it waits no more"


def _of_chat(asked: Counter[str]) -> Counter[str]:
    return Counter({what: count for what, count in asked.items() if what.startswith("chat: ")})
