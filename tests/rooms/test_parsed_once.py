"""What one attempt costs: a text that crosses is parsed once, however often it is asked about or written.

Counts calls of the parsers while the engine works, by the interpreter's own profiler; looks at no translation.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import CodeType, FrameType

import pytest

from bot.core.domain import utf16
from bot.translate.dialect.parse import parse as parse_message
from bot.translate.markdown.read import read as read_page
from tests.support.clock_and_faults import Fault
from tests.support.engine_shorthand import LONG, scene
from tests.support.fake_blog import FakeBlog
from tests.support.pictures import picture


@contextmanager
def counted(*functions: Callable[..., object]) -> Iterator[Counter[str]]:
    """How often each of ``functions`` is called while the block runs, whoever calls it and under whichever name."""
    names: dict[CodeType, str] = {function.__code__: function.__name__ for function in functions}
    calls = Counter(dict.fromkeys(names.values(), 0))

    def note(frame: FrameType, event: str, _argument: object) -> None:
        if event == "call" and frame.f_code in names:
            calls[names[frame.f_code]] += 1

    before = sys.getprofile()
    sys.setprofile(note)
    try:
        yield calls
    finally:
        sys.setprofile(before)


@pytest.mark.parametrize("rich", [False, True])
async def test_a_message_is_parsed_once_on_its_way_to_the_blog(rich: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(FakeBlog, "keeps_rich", rich)
    async with scene() as s:
        alpha = s.comment("alpha")
        await s.quiet()
        message = s.say("**bold** words", s.mirror(alpha).id, files={"a.png": picture("bold")})
        with counted(parse_message) as calls:
            await s.world.work(poll=False)
        assert s.relay(message) is not None
        assert calls["parse"] == 1
        s.chat.member_edits(message, "other **words**")
        with counted(parse_message) as calls:
            await s.quiet()
        relay = s.relay(message)
        assert relay is not None
        assert "other" in relay.html
        assert calls["parse"] == 1


async def test_a_second_attempt_parses_a_message_once_more() -> None:
    async with scene() as s:
        alpha = s.comment("alpha")
        await s.quiet()
        message = s.say("**bold** words", s.mirror(alpha).id)
        s.world.faults.arm("blog", Fault.SLOW, Fault.SILENT)
        await s.world.work(poll=False)
        assert s.relay(message) is None
        with counted(parse_message) as calls:
            await s.world.next_moment()
            await s.world.work(poll=False)
        assert s.relay(message) is not None
        assert calls["parse"] == 1


async def test_a_comment_and_its_parent_are_read_once_each_on_their_way_to_discord() -> None:
    async with scene() as s:
        alpha = s.comment("alpha")
        await s.quiet()
        beta = s.comment("beta", alpha)
        with counted(read_page) as calls:
            await s.world.work()
        assert s.mirror(beta).text.startswith("-# [↪]")
        assert calls["read"] == 2


@pytest.mark.parametrize("words", [LONG, "😀" * 1800], ids=["several parts", "cut anew after a refusal"])
async def test_a_comment_is_read_once_however_it_is_cut(words: str) -> None:
    async with scene() as s:
        s.comment("alpha")
        await s.quiet()
        s.chat.length = utf16
        beta = s.comment(words)
        with counted(read_page) as calls:
            await s.world.work()
        assert len(s.parts(beta)) > 1
        assert calls["read"] == 1


async def test_a_second_attempt_reads_a_comment_once_more() -> None:
    async with scene() as s:
        s.comment("alpha")
        await s.quiet()
        beta = s.comment("beta")
        await s.world.engine.poll()
        s.world.faults.arm("chat", Fault.RESET_AFTER)
        await s.world.work(poll=False)
        with counted(read_page) as calls:
            while await s.world.next_moment():
                await s.world.work(poll=False)
        assert len(s.parts(beta)) == 1
        assert calls["read"] == 1
