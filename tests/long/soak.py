"""Days in minutes: random acts on both sides and random faults, then quiet, then both sides are held together.

``SOAK_MINUTES`` bounds it (a third of a minute unless told), ``SOAK_SEED`` repeats a run, ``SOAK_SPEED`` says how many
times as fast time runs, ``SOAK_EVERY`` how many seconds of it lie between two acts; the figures are printed. A week:
``SOAK_SPEED=250 SOAK_EVERY=300 SOAK_MINUTES=41``.
"""

from __future__ import annotations

import asyncio
import os
import random
import time
from collections import Counter
from contextlib import AsyncExitStack
from pathlib import Path

from bot.app import Running
from bot.sandbox.discord import Refused
from bot.sandbox.discord.faults import KINDS as CHAT_KINDS
from bot.sandbox.wordpress.faults import KINDS as BLOG_KINDS
from tests.long.faults_whole import BLOG, CHAT
from tests.support.fast_loop import FastClock, at_speed
from tests.support.invariants_over_sockets import findings
from tests.support.whole_bot_fast import Drama, drama

MINUTES = float(os.environ.get("SOAK_MINUTES", "0.33"))
SEED = int(os.environ.get("SOAK_SEED", "1"))
SPEED = float(os.environ.get("SOAK_SPEED", "200"))
EVERY = float(os.environ.get("SOAK_EVERY", "20"))
PATIENCE = max(60.0, 0.4 * SPEED)
"""Seconds for one call of Discord's: the computer's own work takes its time at any speed."""
STEPS_PER_CHECK = 60
POLL = "30"


class Soak:
    """One run. ``chance`` is seeded: it picks the acts, the clock does not."""

    def __init__(self, one: Drama, chance: random.Random) -> None:
        self.one = one
        self.chance = chance
        self.acts: Counter[str] = Counter()
        self.faults: Counter[str] = Counter()
        self.unsteady: set[int] = set()
        self.restarts = 0
        self.steps = 0

    def standing(self) -> list[int]:
        """Comments of readers that are approved."""
        return [number for number in self.one.comments if self.one.blog.get_comment(number).status == "approved"]

    def theirs(self) -> list[int]:
        """Messages of members that stand."""
        place = self.one.stage.discord.world.place(self.one.thread)
        return [number for number in self.one.said if number in place.messages]

    async def act(self) -> None:
        """One act, as likely as it is in life."""
        acts = {
            self.comment: 5,
            self.reply: 5,
            self.reword_comment: 2,
            self.reword_message: 2,
            self.trash_or_hold: 1,
            self.approve: 1,
            self.delete_message: 1,
            self.archive: 1,
            self.break_discord: 3,
            self.break_blog: 3,
            self.break_gateway: 1,
        }
        chosen = self.chance.choices(list(acts), list(acts.values()))[0]
        try:
            await chosen()
        except Refused:
            return  # an archived thread takes no edits from members; Discord's own rule
        self.acts[chosen.__name__] += 1
        self.steps += 1

    async def comment(self) -> None:
        self.one.comment(f"words {self.steps}", self.chance.choice([0, *self.standing()]))

    async def reply(self) -> None:
        mirrors = [mirror.message for mirror in self.one.stage.mirrors()]
        target = self.chance.choice([self.one.thread, *mirrors, *self.theirs()])
        await self.one.reply(f"answer {self.steps}", target)

    async def reword_comment(self) -> None:
        if standing := self.standing():
            self.one.blog.edit_comment(self.chance.choice(standing), f"<p>words, reworded {self.steps}</p>")

    async def reword_message(self) -> None:
        if theirs := self.theirs():
            words = f"answer, reworded {self.steps}"
            await self.one.stage.discord.edit(self.one.ann, self.one.thread, self.chance.choice(theirs), words)

    async def trash_or_hold(self) -> None:
        if standing := self.standing():
            chosen = self.chance.choice(standing)
            self.unsteady.add(chosen)
            self.one.blog.set_status(chosen, self.chance.choice(["trash", "hold", "spam"]))

    async def approve(self) -> None:
        hidden = [number for number in self.one.comments if number not in self.standing()]
        if hidden:
            self.one.blog.set_status(self.chance.choice(hidden), "approved")

    async def delete_message(self) -> None:
        if theirs := self.theirs():
            await self.one.stage.discord.delete(self.one.ann, self.one.thread, self.chance.choice(theirs))

    async def archive(self) -> None:
        await self.one.stage.discord.archive(self.one.thread)

    async def break_discord(self) -> None:
        method, path = self.chance.choice(CHAT)
        kind = self.chance.choice(CHAT_KINDS)
        self.one.stage.discord.faults.next(method, path, kind, self.chance.choice([1, 1, 2]), seconds=5.0)
        self.faults[f"discord {kind}"] += 1

    async def break_blog(self) -> None:
        method, path = self.chance.choice(BLOG)
        kind = self.chance.choice(list(BLOG_KINDS))
        self.one.blog.faults.next(method, path, kind, self.chance.choice([1, 1, 2]))
        self.faults[f"blog {kind}"] += 1

    async def break_gateway(self) -> None:
        gateway = self.one.stage.discord.gateway_faults
        match self.chance.choice(["drop", "repeat", "reorder", "resume", "end"]):
            case "resume":
                await self.one.stage.discord.drop_gateway()
            case "end":
                await self.one.stage.discord.drop_gateway(resumable=False)
            case bend:
                getattr(gateway, bend)(f"MESSAGE_{self.chance.choice(['CREATE', 'UPDATE', 'DELETE'])}")
        self.faults["gateway"] += 1

    async def settle(self, running: Running) -> None:
        """No fault any more, each thread read again, and quiet."""
        self.one.stage.discord.faults.clear()
        self.one.stage.discord.gateway_faults.clear()
        self.one.blog.faults.clear()
        await asyncio.sleep(330.0)
        await running.engine.desk.retry()
        for place in await running.engine.desk.places():
            await running.engine.desk.allow_removals(place)
        await running.engine.sweep()
        await self.one.quiet(running)


def test_soak(tmp_path: Path) -> None:
    at_speed(SPEED, lambda clock: _soak(clock, tmp_path))


async def _soak(clock: FastClock, folder: Path) -> None:
    end = time.monotonic() + 60 * MINUTES
    async with drama(clock, folder) as one:
        soak = Soak(one, random.Random(SEED))
        checks = 0
        while not checks or time.monotonic() < end:
            async with AsyncExitStack() as stack:
                running = await stack.enter_async_context(one.stage.bot(POLL_INTERVAL=POLL, patience=PATIENCE))
                await one.stage.until(lambda: one.stage.discord.threads(one.stage.channel), patience=3600)
                for _ in range(STEPS_PER_CHECK):
                    await soak.act()
                    await asyncio.sleep(soak.chance.expovariate(1 / EVERY))
                await soak.settle(running)
            soak.restarts += 1
            for _ in range(10):  # while nobody watches
                await soak.act()
            async with one.stage.bot(POLL_INTERVAL=POLL, patience=PATIENCE) as running:
                await soak.settle(running)
                parked = (await running.engine.desk.status()).parked
            checks += 1
            found = await findings(one.stage, one.posts, said=one.said, late=one.comments, unsteady=soak.unsteady)
            if found.sentences or parked:
                break
        print(
            f"\nseed {SEED}: {clock.loop() / 3600:.1f} hours, {soak.steps} steps {dict(soak.acts)};"
            f" faults {sum(soak.faults.values())} {dict(soak.faults)};"
            f" {soak.restarts} restarts, {checks} checks: {found}",
            end="",
        )
        assert found.sentences == []
        assert parked == ()
