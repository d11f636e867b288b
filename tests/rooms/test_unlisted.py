"""Comments that are public though no listing shows them cost little, and keep no removal waiting."""

from __future__ import annotations

from collections import Counter

import pytest

from bot.core.domain import CommentId
from bot.ports import Sighting
from bot.sync.mirroring.sight import ASKED_AT_ONCE
from tests.support.engine_shorthand import Scene, scene

MANY = ASKED_AT_ONCE + 10


async def unlisted(s: Scene, monkeypatch: pytest.MonkeyPatch) -> tuple[list[str], Counter[str]]:
    """Many comments that the blog lists no more, and how often each is asked for by its id from now on."""
    await s.quiet()
    numbers = [s.comment(f"<p>number {number}</p>").id for number in range(MANY)]
    await s.quiet()
    asked, sighting = Counter[str](), s.blog.sighting

    async def counted(comment: CommentId) -> Sighting:
        asked[comment] += 1
        return await sighting(comment)

    monkeypatch.setattr(s.blog, "sighting", counted)
    monkeypatch.setattr(s.blog, "unlisted", frozenset(numbers))
    return numbers, asked


async def look(s: Scene) -> None:
    """As the engine looks by itself."""
    await s.world.engine._poll()
    await s.world.engine.drain()
    s.world.clock.advance(61_000)


async def test_what_was_just_found_to_be_public_is_not_asked_for_at_every_look(monkeypatch: pytest.MonkeyPatch) -> None:
    async with scene() as s:
        _, asked = await unlisted(s, monkeypatch)
        for _ in range(10):
            await look(s)
        assert sum(asked.values()) <= 2 * MANY
        assert len(asked) == MANY, "some are never asked for"


async def test_one_that_is_removed_among_them_goes_within_minutes(monkeypatch: pytest.MonkeyPatch) -> None:
    async with scene() as s:
        numbers, _ = await unlisted(s, monkeypatch)
        for _ in range(3):
            await look(s)
        removed = [s.blog.comments[numbers[index]] for index in (0, MANY // 2, MANY - 1)]
        for one in removed:
            s.blog.set_status(one.id, "trash")
        for _ in range(14):
            await look(s)
        assert [s.parts(one) for one in removed] == [[], [], []]


async def test_one_that_the_listing_held_goes_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    async with scene() as s:
        await unlisted(s, monkeypatch)
        listed = s.comment("<p>a listed one</p>")
        for _ in range(4):
            await look(s)
        s.blog.set_status(listed.id, "trash")
        await look(s)
        assert not s.parts(listed)
