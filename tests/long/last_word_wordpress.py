"""A real WordPress's moderators decide, and then members do in Discord what they can, while the whole bot runs.

Counts what of it became public against their word: nothing. ``pytest -s`` prints the table. A re-posted message is a
new comment, of which the blog's own rules decide; what was decided of the one before stays.
"""

from __future__ import annotations

import asyncio
import itertools
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from bot.app import Running
from tests.support.whole_bot import Scene, quiet, scene
from tests.support.wordpress import WordPress
from tests.support.wordpress.plugins import plugin

STANDINGS = ("hold", "spam", "trash", "trash, then approved")
DEEDS = ("blank and write again", "edit", "delete", "delete with answers", "delete and re-post")

NOTES_WHAT_BECOMES_PUBLIC = """
add_action('transition_comment_status', function ($new, $old, $comment) {
    if ($new === 'approved') {
        file_put_contents(WP_CONTENT_DIR . '/made-public.txt', "$comment->comment_ID\\n", FILE_APPEND | LOCK_EX);
    }
}, 10, 3);
"""


@dataclass
class Case:
    """A member's message, what moderators made of its comment, and what its author does then."""

    standing: str
    deed: str
    message: int
    comment: int = 0

    @property
    def words(self) -> str:
        return f"words {STANDINGS.index(self.standing)} {DEEDS.index(self.deed)}"

    @property
    def is_left_public(self) -> bool:
        return self.standing.endswith("approved")


@dataclass
class Stage:
    """Who says what, on which blog."""

    scene: Scene
    blog: WordPress
    post: int
    member: Any
    running: Running

    @property
    def noted(self) -> Path:
        return self.blog.site / "wp-content" / "made-public.txt"

    async def relays(self) -> dict[int, dict[str, Any]]:
        """By message."""
        found = [one for one in await self.blog.comments(self.post, status="any") if "#" in one["author_url"]]
        return {int(one["author_url"].split("#")[0].rsplit("/", 1)[1]): one for one in found}

    async def quiet(self) -> None:
        await quiet(self.running, patience=90)

    async def say(self, standing: str, deed: str, to: int) -> Case:
        case = Case(standing, deed, 0)
        sent = await self.scene.discord.post(self.member, self.scene.first_thread(), case.words, reply_to=to)
        case.message = int(sent.id)
        return case

    async def moderate(self, case: Case) -> None:
        for status in case.standing.split(", then "):
            await self.blog.set_status(case.comment, status)

    async def begin(self, case: Case) -> None:
        thread, discord = self.scene.first_thread(), self.scene.discord
        match case.deed:
            case "blank and write again":
                await discord.edit(self.member, thread, case.message, "_ _")
            case "edit":
                await discord.edit(self.member, thread, case.message, f"other {case.words}")
            case _:
                await discord.delete(self.member, thread, case.message)

    async def end(self, case: Case, to: int) -> None:
        thread, discord = self.scene.first_thread(), self.scene.discord
        if case.deed == "blank and write again":
            await discord.edit(self.member, thread, case.message, f"other {case.words}")
        elif case.deed == "delete and re-post":
            await discord.post(self.member, thread, case.words, reply_to=to)


@pytest.mark.parametrize("mode", ["approved", "blog"])
async def test_nothing_becomes_public_against_the_moderators_word(
    wordpress: WordPress, tmp_path: Path, mode: str
) -> None:
    post = (await wordpress.post(f"Moderated, {mode}", "<p>An essay.</p>"))["id"]
    root = (await wordpress.comment(post, "<p>root</p>"))["id"]
    async with scene(wordpress, tmp_path) as one:
        ann = one.discord.add_member(one.guild, name="ann", display_name=f"Ann {mode}")
        async with one.bot(RELAY_STATUS=mode, RETRACT_SHARE="1", POLL_INTERVAL="5") as running:
            await one.until(lambda: one.mirrors())
            stage = Stage(one, wordpress, post, ann, running)
            cases = await _moderated(stage, to := one.message_of(root))
            with plugin(wordpress, NOTES_WHAT_BECOMES_PUBLIC):
                for case in cases:
                    await stage.begin(case)
                await stage.quiet()
                for case in cases:
                    await stage.end(case, to)
                await stage.quiet()
            made = Counter(map(int, stage.noted.read_text().split())) if stage.noted.exists() else Counter[int]()
            stage.noted.unlink(missing_ok=True)
            after = {case.comment: (await wordpress.get_comment(case.comment)) for case in cases}
    harmed = [case for case in cases if _is_against_their_word(case, made, after[case.comment], mode)]
    print(f"\n{mode}: made public {len(harmed)} of {len(cases)}")
    for case in cases:
        print(f"  {case.standing:22} {case.deed:22} -> {after[case.comment]['status']}")
    assert len(cases) == 20
    assert harmed == []
    for case in cases:
        assert case.standing != "spam" or after[case.comment]["status"] == "spam", case


async def _moderated(stage: Stage, to: int) -> list[Case]:
    """Comments that readers saw, until a moderator decided. The bot has seen that, too."""
    cases = [await stage.say(standing, deed, to) for standing, deed in itertools.product(STANDINGS, DEEDS)]

    await stage.quiet()
    relays = await stage.relays()
    for case in cases:
        case.comment = int(relays[case.message]["id"])
    await asyncio.gather(*(stage.blog.set_status(case.comment, "approved") for case in cases))
    for case in cases:
        if case.deed == "delete with answers":
            await stage.blog.comment(stage.post, "<p>an answer</p>", parent=case.comment)
    await stage.quiet()
    await asyncio.gather(*(stage.moderate(case) for case in cases))
    await stage.quiet()
    return cases


def _is_against_their_word(case: Case, made: Counter[int], after: dict[str, Any], mode: str) -> bool:
    if not case.is_left_public:
        return made[case.comment] > 0 or after["status"] == "approved"
    has_new_words = "other" in after["content"]["rendered"]
    return mode == "blog" and has_new_words and (made[case.comment] > 0 or after["status"] == "approved")
