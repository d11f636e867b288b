"""A blog that takes its time to create a comment: no second request while it may be at work on the first.

Time runs through in the twinkling of an eye: what is waited for is the loop's clock, and the patience is a few moments.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest

from bot.blog.web.outcome import Failed
from bot.blog.wordpress.creations import Creations, Patience
from bot.blog.wordpress.rest import Answer, Rejected
from bot.core.errors import Doubt, Unanswered, Unreachable

DONE = Answer(201, {"id": 9}, None, None)


class SlowBlog:
    """Answers each request when it is told to; counts them."""

    def __init__(self) -> None:
        self.asked: list[asyncio.Future[Answer]] = []

    async def __call__(self, seconds: float) -> Answer:
        assert seconds == 60.0
        self.asked.append(asyncio.get_running_loop().create_future())
        return await self.asked[-1]


class Hour:
    """Lets the loop's clock run ahead."""

    def __init__(self) -> None:
        self.ahead = 0.0
        self._loop = asyncio.get_running_loop()
        self._time: Callable[[], float] = self._loop.time
        self._loop.time = lambda: self._time() + self.ahead  # type: ignore[method-assign]  # the loop's own clock


async def under_way(creations: Creations, blog: SlowBlog) -> None:
    with pytest.raises(Unanswered) as raised:
        await creations.answer("key", blog)
    assert (raised.value.doubt, raised.value.holds_up_others) == (Doubt.UNDER_WAY, False)


async def test_a_second_request_waits_for_the_first_and_gets_its_answer() -> None:
    blog, creations = SlowBlog(), Creations(Patience(wait=0.0, most=60.0))
    for _ in range(3):
        await under_way(creations, blog)
    blog.asked[0].set_result(DONE)
    await asyncio.sleep(0)
    assert await creations.answer("key", blog) == DONE
    assert len(blog.asked) == 1
    await under_way(creations, blog)
    assert len(blog.asked) == 2, "what was told is forgotten"
    await creations.aclose()
    assert blog.asked[1].cancelled()


async def test_comments_do_not_wait_for_one_another() -> None:
    blog, other, creations = SlowBlog(), SlowBlog(), Creations(Patience(wait=0.0, most=60.0))
    await under_way(creations, blog)
    with pytest.raises(Unanswered):
        await creations.answer("another key", other)
    assert (len(blog.asked), len(other.asked)) == (1, 1)
    await creations.aclose()


LOST = {
    "a broken connection": Unanswered("reset"),
    "a proxy that gave up": Unanswered("504"),
}
LOST["a proxy that gave up"].__cause__ = Failed(504, b"")


@pytest.mark.parametrize("error", LOST.values(), ids=LOST)
async def test_after_a_lost_answer_the_blog_may_be_at_work_for_a_while(error: Unanswered) -> None:
    hour, blog, creations = Hour(), SlowBlog(), Creations(Patience(wait=0.0, most=60.0))
    await under_way(creations, blog)
    blog.asked[0].set_exception(error)
    await asyncio.sleep(0)
    with pytest.raises(Unanswered) as raised:
        await creations.answer("key", blog)
    assert raised.value is error
    hour.ahead += 59.0
    await under_way(creations, blog)
    assert len(blog.asked) == 1
    hour.ahead += 2.0
    await under_way(creations, blog)
    assert len(blog.asked) == 2
    await creations.aclose()


BROKEN = Unanswered("500")
BROKEN.__cause__ = Failed(500, b"")
OVER = [BROKEN, Unanswered("away", doubt=Doubt.TURNED_AWAY), Unreachable("429"), Rejected(400, "code", "no")]


@pytest.mark.parametrize("error", OVER, ids=lambda error: type(error).__name__)
async def test_what_the_blog_has_answered_is_over(error: Exception) -> None:
    blog, creations = SlowBlog(), Creations(Patience(wait=0.0, most=60.0))
    await under_way(creations, blog)
    blog.asked[0].set_exception(error)
    await asyncio.sleep(0)
    with pytest.raises(type(error)):
        await creations.answer("key", blog)
    await under_way(creations, blog)
    assert len(blog.asked) == 2
    await creations.aclose()
