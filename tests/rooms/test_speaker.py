"""Under whose name a mirror stands when its comment's author is renamed, and that the judge of the invariants looks.

Does not test names that Discord refuses; see test_chat_appearance.py.
"""

from __future__ import annotations

import pytest

from bot.sync.mirroring.compose import TOMBSTONE
from tests.support.clock_and_faults import Fault
from tests.support.engine_shorthand import LONG, Scene, scene
from tests.support.fake_blog import StoredComment
from tests.support.invariants_in_memory import Ledger, Truth


async def blamed(s: Scene, comment: StoredComment) -> dict[str, int]:
    """What the judge finds wrong."""
    return dict((await Truth(s.world, Ledger(words={comment.id: comment.html})).judge()).figures)


@pytest.mark.parametrize("cards", [False, True])
async def test_a_renamed_author_is_renamed_on_a_card_and_speaks_anew_as_a_persona(cards: bool) -> None:
    async with scene(cards=cards) as s:
        alpha = s.comment("alpha")
        beta = s.comment("beta", alpha)
        await s.quiet()
        first = s.mirror(alpha).id
        s.blog.rename(alpha.id, "Anonymous")
        await s.quiet()
        mirror, answer = s.mirror(alpha), s.mirror(beta)
        assert (mirror.name, mirror.avatar_url) == ("Anonymous", alpha.avatar_url)
        assert (mirror.id == first) == cards, "a persona's name cannot be edited"
        assert f"/{mirror.id}>)" in answer.text
        assert "**Anonymous**" in answer.text
        assert "**Ben**" not in "".join(one.text for one in s.chat.messages.values())
        assert await blamed(s, alpha) == {}


@pytest.mark.parametrize("cards", [False, True])
async def test_the_judge_blames_a_name_and_a_picture_of_before(cards: bool) -> None:
    async with scene(cards=cards) as s:
        alpha = s.comment("alpha")
        s.comment("beta", alpha)
        await s.quiet()
        s.blog.rename(alpha.id, "Anonymous")
        await s.quiet()
        mirror = s.mirror(alpha)
        mirror.name = "Ben"
        assert "wrong speaker" in await blamed(s, alpha)
        mirror.name, mirror.avatar_url = "Anonymous", None
        assert await blamed(s, alpha) == {"wrong speaker": 1}


async def test_the_judge_blames_a_reply_line_that_quotes_a_name_of_before() -> None:
    async with scene() as s:
        alpha = s.comment("alpha")
        s.blog.rename(alpha.id, "Wilhelmina")
        beta = s.comment("beta", alpha)
        await s.quiet()
        s.blog.rename(alpha.id, "Anonymous")
        await s.quiet()
        assert await blamed(s, alpha) == {}
        s.mirror(beta).text = s.mirror(beta).text.replace("**Anonymous**", "**Wilhelmina**")
        assert await blamed(s, alpha) == {"wrong speaker": 1}


async def test_all_parts_of_a_long_comment_bear_the_new_name_whatever_fails_meanwhile() -> None:
    async with scene() as s:
        alpha = s.comment(f"<p>alpha {LONG}</p>")
        await s.quiet()
        parts = len(s.parts(alpha))
        assert parts > 1
        s.blog.rename(alpha.id, "Anonymous")
        s.chat.faults.arm("chat", Fault.SLOW, Fault.RESET_AFTER, Fault.UNAVAILABLE, Fault.RESET_AFTER)
        await s.quiet()
        assert [one.name for one in s.parts(alpha)] == ["Anonymous"] * parts
        assert "wrong speaker" not in await blamed(s, alpha)


async def test_a_name_that_changed_while_the_first_answer_was_lost_is_not_kept() -> None:
    async with scene() as s:
        await s.quiet()
        alpha = s.comment("alpha")
        await s.world.engine.poll()
        s.chat.faults.arm("chat", Fault.RESET_AFTER)
        await s.world.live(s.world.engine.drain())
        assert s.mirror(alpha).name == "Ben"
        s.blog.rename(alpha.id, "Anonymous")
        await s.quiet()
        assert s.mirror(alpha).name == "Anonymous"


async def test_another_picture_alone_moves_no_message() -> None:
    async with scene() as s:
        alpha = s.comment("alpha")
        await s.quiet()
        first = s.mirror(alpha).id
        alpha.html = "alphabet"
        await s.quiet()
        assert s.mirror(alpha).id == first


async def test_what_is_left_of_a_removed_comment_bears_the_name_that_its_author_had_last() -> None:
    async with scene() as s:
        alpha = s.comment("alpha")
        beta = s.comment("beta", alpha)
        await s.quiet()
        s.blog.rename(alpha.id, "Anonymous")
        await s.quiet()
        s.blog.set_status(alpha.id, "trash")
        await s.quiet()
        (left,) = [one for one in s.chat.messages.values() if one.text.startswith(TOMBSTONE)]
        assert left.name == "Anonymous"
        assert "**Anonymous**" in s.mirror(beta).text
