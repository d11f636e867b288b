"""Readers of a real WordPress claim members' messages while the whole bot runs, in doubt and without its database.

Counts what of theirs was adopted, hidden, taken away or edited: nothing. ``pytest -s`` prints the figures.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bot.app import Running
from bot.core.signing import Signer, unsigned_address
from tests.support.whole_bot import Scene, quiet, scene
from tests.support.wordpress import WordPress
from tests.support.wordpress.plugins import plugin

GUESS = Signer((b"a reader's own invention",))
READERS = "eve@mail.example"
HOW = ("name", "old link", "id@discord.invalid", "signed link copied", "guessed")
WHEN = ("before a doubtful write", "during", "after", "lost database")

LOSES_ANSWERS = """
add_action('wp_insert_comment', function ($number, $comment) {
    if (!str_contains($comment->comment_content, 'doubtful')) return;
    if (str_ends_with($comment->comment_content, '!')) return;
    $once = 'lost_' . md5($comment->comment_content);
    if (get_option($once)) return;
    update_option($once, 1);
    wp_die('Too late', 'Late', ['response' => 502]);
}, 10, 2);
"""
"""The answer to a member's doubtful words is lost, once, after they have arrived."""


@dataclass
class Claim:
    """A member's message, and the comment of the reader who claims it."""

    how: str
    when: str
    message: int
    comment: int = 0

    @property
    def words(self) -> str:
        doubtful = "doubtful " if self.when in WHEN[:2] else ""
        return f"{doubtful}words {HOW.index(self.how)} {WHEN.index(self.when)}"


@dataclass
class Stage:
    """Who claims what, on which blog."""

    scene: Scene
    blog: WordPress
    post: int
    member: Any

    async def relay_of(self, claim: Claim) -> dict[str, Any] | None:
        found = await self.blog.comments(self.post, status="any")
        sent = [one for one in found if int(one["id"]) != claim.comment and f"/{claim.message}#" in one["author_url"]]
        assert len(sent) < 2, "doubled"
        return sent[0] if sent else None

    async def every(self, claims: list[Claim], holds: Callable[[dict[str, Any] | None], bool]) -> None:
        """Until it holds of each member's relay."""

        async def done() -> bool:
            return all([holds(await self.relay_of(claim)) for claim in claims])

        await self.scene.until_blog(done, patience=90)

    async def forge(self, claim: Claim) -> None:
        """By what a reader can know: the link and the member's number always, the signature once it is public."""
        jump = f"https://discord.com/channels/{self.scene.guild.id}/{self.scene.first_thread()}/{claim.message}"
        relay = await self.relay_of(claim)
        signed = relay["author_url"] if relay is not None else jump
        link, address = {
            "name": ("", READERS),
            "old link": (jump, READERS),
            "id@discord.invalid": (jump, unsigned_address(self.member.id)),
            "signed link copied": (signed, unsigned_address(self.member.id)),
            "guessed": (GUESS.link(jump), GUESS.address(self.member.id)),
        }[claim.how]
        made = await self.blog.comment(
            self.post, f"{claim.words}!", author_name="Ann", author_url=link, author_email=address
        )
        claim.comment = int(made["id"])

    async def say(self, how: str, when: str, to: int) -> Claim:
        claim = Claim(how, when, 0)
        sent = await self.scene.discord.post(self.member, self.scene.first_thread(), claim.words, reply_to=to)
        claim.message = int(sent.id)
        return claim


async def test_nothing_of_a_reader_is_taken_for_a_members(wordpress: WordPress, tmp_path: Path) -> None:
    post = (await wordpress.post("An essay that is claimed", "<p>An essay.</p>"))["id"]
    root = (await wordpress.comment(post, "<p>root</p>"))["id"]
    with plugin(wordpress, LOSES_ANSWERS):
        async with scene(wordpress, tmp_path) as one:
            ann = one.discord.add_member(one.guild, name="ann", display_name="Ann")
            stage = Stage(one, wordpress, post, ann)
            async with one.bot(RETRACT_SHARE="1") as running:
                await one.until(lambda: one.mirrors())
                to = one.message_of(root)
                await quiet(running)
            claims = await _claimed(stage, to)
            for file in tmp_path.glob("bot.sqlite3*"):
                file.unlink()
            async with one.bot(RETRACT_SHARE="1") as running:
                harmed = await _afterwards(stage, claims, running)
    kinds = ("adopted", "hidden", "taken away", "edited")
    counts = {kind: sum(times for what, times in harmed.items() if what.startswith(kind)) for kind in kinds}
    print(f"\n{len(claims)} claims, {len(HOW)} ways at {len(WHEN)} moments: {counts}")
    assert not harmed


async def _claimed(stage: Stage, to: int) -> list[Claim]:
    early, claims = list[Claim](), list[Claim]()
    for how in HOW:  # while nobody listens: the reader is faster than the bot
        early.append(await stage.say(how, WHEN[0], to))
        await stage.forge(early[-1])
    async with stage.scene.bot(RETRACT_SHARE="1") as running:
        await stage.every(early, lambda relay: relay is not None)
        for how in HOW:
            claims.append(await stage.say(how, WHEN[1], to))
            await stage.every(claims, lambda relay: relay is not None)
            await stage.forge(claims[-1])
        for how in HOW:
            claims += [await stage.say(how, when, to) for when in WHEN[2:]]
        await stage.every(claims, lambda relay: relay is not None)
        for claim in claims:
            if claim.when == WHEN[2]:
                await stage.forge(claim)
        await quiet(running, patience=90)
    for claim in claims:
        if claim.when == WHEN[3]:
            await stage.forge(claim)
    return [*early, *claims]


async def _afterwards(stage: Stage, claims: list[Claim], running: Running) -> Counter[str]:
    """With a database that knows nothing. Every member says something else, and then deletes it."""
    one, claimed = stage.scene, {claim.comment for claim in claims}
    await one.until(lambda: claimed <= {mirror.comment for mirror in one.mirrors()}, patience=60)
    await quiet(running, patience=60)
    for claim in claims:
        await one.discord.edit(stage.member, one.first_thread(), claim.message, f"edited {claim.words}")
    await stage.every(claims, lambda relay: relay is not None and "edited" in relay["content"]["rendered"])
    await quiet(running, patience=60)
    for claim in claims:
        await one.discord.delete(stage.member, one.first_thread(), claim.message)
    await stage.every(claims, lambda relay: relay is None or relay["status"] == "trash")
    await asyncio.sleep(1)
    await quiet(running, patience=60)
    return await _harm(stage, claims)


async def _harm(stage: Stage, claims: list[Claim]) -> Counter[str]:
    harmed: Counter[str] = Counter()
    for claim in claims:
        there = await stage.blog.get_comment(claim.comment)
        if there["status"] != "approved":
            harmed[f"taken away: {claim.how}, {claim.when}"] += 1
        if "edited" in there["content"]["rendered"] or f"{claim.words}!" not in there["content"]["rendered"]:
            harmed[f"edited: {claim.how}, {claim.when}"] += 1
        if there["author_email"].startswith("ct-") and there["author_email"] != GUESS.address(stage.member.id):
            harmed[f"adopted: {claim.how}, {claim.when}"] += 1
        if sum(mirror.comment == claim.comment for mirror in stage.scene.mirrors()) != 1:
            harmed[f"hidden: {claim.how}, {claim.when}"] += 1
    return harmed
