"""A permission that lacks in a whole channel is one thing to tell, in however many threads it is met."""

from __future__ import annotations

from tests.support.engine_shorthand import Scene, scene

MINUTE = 60_000


def told(s: Scene) -> int:
    return sum("lacks the permission" in one for one in s.chat.heard)


async def refused(s: Scene) -> None:
    """Something is to be shown in every thread, and none of it may."""
    s.chat.permitted = False
    for post in s.blog.posts:
        s.blog.comment(post, "<p>words</p>")
    for _ in range(6):
        await s.world.work()
        s.world.clock.advance(5 * MINUTE)


async def allowed(s: Scene) -> None:
    s.chat.permitted = True
    await s.quiet()


async def test_moderators_are_told_once_for_a_channel_and_again_when_it_begins_anew() -> None:
    async with scene() as s:
        s.chat.cards = True
        for number in range(4):
            s.blog.add_post(f"Post {number}")
        await s.quiet()
        assert len(s.chat.threads) == 5
        heard = list[int]()
        for _ in range(2):
            await refused(s)
            await s.world.die()
            await s.world.start()
            await refused(s)
            await allowed(s)
            heard.append(told(s))
        assert heard == [1, 2]
        assert len(s.chat.heard) == 2
