"""One action that cannot be noted stops neither the others nor the process: a database put back to its backup.

What the far side holds contradicts the older map then; each contradiction is parked with its reason, once.
"""

from __future__ import annotations

import shutil

from tests.support.engine_in_memory import World
from tests.support.engine_shorthand import scene


async def put_back(world: World, name: str) -> None:
    """The bot ends; its database is what it was when ``name`` was copied."""
    await world.die()
    for beside in world.folder.glob("bot.sqlite3*"):
        beside.unlink()
    shutil.copy(world.folder / name, world.folder / "bot.sqlite3")
    await world.start()


async def copied(world: World, name: str) -> None:
    await world.die()
    shutil.copy(world.folder / "bot.sqlite3", world.folder / name)
    await world.start()


async def test_a_database_put_back_by_some_minutes_does_not_end_the_bot() -> None:
    async with scene() as s:
        root = s.comment("<p>root</p>")
        await s.quiet()
        await copied(s.world, "before")
        said = s.say("said after the copy", s.mirror(root).id)
        await s.quiet()
        s.comment("<p>written after the copy</p>", root)
        await s.quiet()
        for _ in range(3):
            await put_back(s.world, "before")
            await rounds(s.world)
        later = s.comment("<p>and life goes on</p>", root)
        await rounds(s.world)
        assert s.parts(later)
        assert s.relay(said) is not None


async def rounds(world: World) -> None:
    """Work for an hour, threads read again; raises what would end the process."""
    for _ in range(8):
        await world.work()
        await world.live(world.engine.catch_up())
        world.clock.advance(400_000)


async def refuse(world: World, blog_id: str) -> None:
    """From now on the map takes no row of this comment, as if another one had its place."""
    async with world.store.database.transaction() as tx:
        await tx.execute_fetchall(
            f"CREATE TRIGGER refuse BEFORE INSERT ON comments WHEN new.blog_id = '{blog_id}'"
            " BEGIN SELECT RAISE(ABORT, 'UNIQUE constraint failed: links.comment, links.part'); END"
        )


async def allow(world: World) -> None:
    async with world.store.database.transaction() as tx:
        await tx.execute_fetchall("DROP TRIGGER refuse")


async def test_what_contradicts_the_map_is_parked_and_the_others_go_on() -> None:
    async with scene() as s:
        root = s.comment("<p>root</p>")
        await s.quiet()
        refused = s.comment("<p>cannot be noted</p>", root)
        after = s.comment("<p>the next one</p>", root)
        await refuse(s.world, refused.id)
        await rounds(s.world)
        assert s.parts(after), "the others go on"
        (parked,) = await s.world.store.parked(s.world.subscription)
        assert "contradicts" in parked.reason
        await s.world.die()
        await s.world.start()
        await s.world.work()
        assert len(await s.world.store.parked(s.world.subscription)) == 1, "a restart changes nothing"
        assert len([text for *_, text in s.chat.notices if "contradicts" in text]) == 1, "told once"
        await allow(s.world)
        await s.world.engine.desk.retry()
        await s.quiet()
        assert len(s.parts(refused)) == 1, "found again, not sent twice"
        assert not await s.world.store.parked(s.world.subscription)


async def test_a_relay_that_cannot_be_noted_keeps_no_other_from_the_blog() -> None:
    async with scene() as s:
        root = s.comment("<p>root</p>")
        await s.quiet()
        number = str(int(root.id) + 1)
        await refuse(s.world, number)
        first = s.say("the first", s.mirror(root).id)
        second = s.say("the second", s.mirror(root).id)
        await rounds(s.world)
        assert s.relay(second) is not None
        assert s.mark(second) is not None
        await allow(s.world)
        await s.world.engine.desk.retry()
        await s.quiet()
        assert s.relay(first) is not None
        assert s.mark(first) is not None
