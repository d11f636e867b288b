"""Taking both sides into the map when it goes wrong: what moderators are told, and when it is tried again."""

from __future__ import annotations

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
