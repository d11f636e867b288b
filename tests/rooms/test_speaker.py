"""Under whose name a mirror stands when its comment's author is renamed, and that the judge of the invariants looks.

Does not test names that Discord refuses; see test_chat_appearance.py.
"""

from __future__ import annotations

import pytest

from tests.support.engine_shorthand import Scene, scene
from tests.support.fake_blog import StoredComment
from tests.support.invariants_in_memory import Ledger, Truth


async def blamed(s: Scene, comment: StoredComment) -> dict[str, int]:
    """What the judge finds wrong."""
    return dict((await Truth(s.world, Ledger(words={comment.id: comment.html})).judge()).figures)


@pytest.mark.parametrize(("cards", "shown"), [(False, "Ben"), (True, "Benjamin")])
async def test_a_renamed_author_is_renamed_on_a_card_and_stays_who_they_were_as_a_persona(
    cards: bool, shown: str
) -> None:
    async with scene(cards=cards) as s:
        alpha = s.comment("alpha")
        await s.quiet()
        s.blog.rename(alpha.id, "Benjamin")
        await s.quiet()
        mirror = s.mirror(alpha)
        assert (mirror.name, mirror.avatar_url) == (shown, alpha.avatar_url)
        assert await blamed(s, alpha) == {}
        mirror.name = "Ben" if cards else "Benjamin"
        assert await blamed(s, alpha) == {"wrong speaker": 1}, "not the name of now, or one that came later"
        mirror.name, mirror.avatar_url = shown, None
        assert await blamed(s, alpha) == {"wrong speaker": 1}
