"""What an event told is found by reading where the event could not be taken down: until that works, no more often."""

from __future__ import annotations

import asyncio
import sqlite3

import pytest

from bot.core.domain import ThreadId
from bot.sync import missed as missed_room
from bot.sync.missed import Missed
from tests.support.engine_shorthand import scene


class Pauses:
    """Time that passes at once, and is counted."""

    def __init__(self) -> None:
        self.seconds: list[float] = []

    async def __call__(self, seconds: float) -> None:
        self.seconds.append(seconds)
        await asyncio.sleep(0)


async def test_a_thread_is_read_until_that_works_and_ever_more_seldom(caplog: pytest.LogCaptureFixture) -> None:
    pauses, reads = Pauses(), list[int]()

    async def read(thread: ThreadId) -> None:
        reads.append(thread)
        if len(reads) < 12:
            raise sqlite3.OperationalError("database is locked")

    missed = Missed(read, pause=pauses)
    missed.note(ThreadId(5))
    missed.note(ThreadId(5))
    await missed.settled()
    assert reads == [5] * 12
    assert pauses.seconds[:4] == [1, 2, 4, 8]
    assert max(pauses.seconds) == missed_room.LONGEST_PAUSE
    assert len(caplog.records) == 1, "told once"


async def test_what_is_missed_while_a_thread_is_read_is_read_for_once_more() -> None:
    pauses, reads = Pauses(), list[int]()

    async def read(thread: ThreadId) -> None:
        reads.append(thread)
        if len(reads) == 1:
            for _ in range(50):
                missed.note(thread)

    missed = Missed(read, pause=pauses)
    missed.note(ThreadId(5))
    await missed.settled()
    assert reads == [5, 5]
    assert missed_room.BETWEEN in pauses.seconds


async def test_threads_do_not_wait_for_one_another_and_a_close_ends_all() -> None:
    reads = asyncio.Queue[int]()

    async def read(thread: ThreadId) -> None:
        reads.put_nowait(thread)
        await asyncio.Event().wait()

    missed = Missed(read, pause=Pauses())
    for number in (1, 2, 3):
        missed.note(ThreadId(number))
    assert {await reads.get() for _ in range(3)} == {1, 2, 3}
    await missed.close()
    await missed.settled()


async def test_reading_a_thread_again_brings_a_message_an_edit_and_a_deletion() -> None:
    async with scene() as s:
        root = s.comment("<p>root</p>")
        await s.quiet()
        edited, deleted = (s.say(words, s.mirror(root).id) for words in ("first", "second"))
        await s.quiet()
        s.world.clock.advance(5 * 86_400_000)
        newer = s.say("long after", s.mirror(root).id)
        await s.quiet()
        s.chat.member_edits(edited, "first, mended")
        s.chat.delete_messages(deleted)
        new = s.say("third", s.mirror(root).id)
        s.chat.events.clear()
        (place,) = await s.world.places()
        await s.world.engine.read_again(place)
        await s.world.work(poll=False)
        assert s.relay(newer) is not None
        assert s.relay(new) is not None
        found = s.relay(edited)
        assert found is not None
        assert "mended" in found.html
        gone = s.relay(deleted)
        assert gone is not None
        assert gone.status == "trash"
