"""Live before backfill, at Discord's own numbers: no 429, and a live comment does not wait for the backlog.

Time runs ``PACE`` times as fast (ten unless told; 1 takes the minutes it takes). What the computer itself needs counts
as much longer then, so the figures are worse than they would be.
"""

from __future__ import annotations

import asyncio
import os
import statistics
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

from bot.chat.pace import Paces
from bot.sandbox.wordpress import LoopbackBlog
from bot.sync.progress import REPORT
from tests.support.fast_loop import FastClock, at_speed
from tests.support.invariants_over_sockets import findings
from tests.support.whole_bot import Scene, quiet, scene
from tests.support.wordpress import Loopback

PACE = float(os.environ.get("PACE", "10"))
POLL = "2"
SUPPRESSED = 1 << 12
"""Discord: Message Flags, SUPPRESS_NOTIFICATIONS."""
LONG = 3600.0


@asynccontextmanager
async def busy(clock: FastClock, folder: Path) -> AsyncIterator[tuple[Scene, LoopbackBlog]]:
    """A server with Discord's limits and a blog, both by the same clock."""
    async with (
        LoopbackBlog(clock=clock.moment) as blog,
        scene(Loopback(blog), folder, limits=clock.limits(relaxed=False), clock=clock) as stage,
    ):
        yield stage, blog


def mirrored_at(stage: Scene, thread: int) -> dict[int, float]:
    """Comment -> when its mirror appeared (Unix seconds by the scene's clock), oldest first."""
    sent = {m.id: m.sent_at for m in stage.discord.world.place(thread).messages.values()}
    return {mirror.comment: sent[mirror.message] for mirror in stage.mirrors_of(thread)}


def too_many(stage: Scene) -> list[str]:
    """Calls that met a limit."""
    return [f"{call.method} {call.path}" for call in stage.discord.calls if call.status == 429]


def flags(stage: Scene, thread: int) -> dict[int, int]:
    """Comment -> the flags of its mirror."""
    shown: dict[int, dict[str, Any]] = {int(one["id"]): one for one in stage.discord.messages(thread)}
    return {mirror.comment: int(shown[mirror.message].get("flags", 0)) for mirror in stage.mirrors_of(thread)}


def describe(waits: list[float]) -> str:
    return f"median {statistics.median(waits):.1f} s, max {max(waits):.1f} s of {len(waits)}"


async def until(what: Callable[[], object], patience: float = LONG) -> None:
    """Wait by the loop's clock."""
    async with asyncio.timeout(patience):
        while not what():  # noqa: ASYNC110 - the page of a server that tells its listeners only, at another speed
            await asyncio.sleep(0.5)


def words_on_progress(stage: Scene) -> list[tuple[str, str]]:
    """A list that fills with (message, text) whenever the bot tells how far a backfill has come."""
    told: list[tuple[str, str]] = []

    def listen(event: str, payload: dict[str, Any]) -> None:
        if event.startswith("MESSAGE_") and REPORT in str(payload.get("content")):
            told.append((str(payload["id"]), str(payload["content"])))

    stage.discord.on_change(listen)
    return told


def test_live_comments_overtake_a_backfill_of_64_and_no_limit_is_met(tmp_path: Path) -> None:
    at_speed(PACE, lambda clock: _one_thread(clock, tmp_path))


async def _one_thread(clock: FastClock, folder: Path) -> None:
    async with busy(clock, folder) as (stage, blog):
        post = blog.publish("An essay", "<p>Long discussed.</p>", date=clock.moment() - timedelta(days=3))
        old: list[int] = []
        for number in range(64):
            parent = old[-1] if number % 8 else 0
            date = clock.moment() - timedelta(days=2) + timedelta(minutes=number)
            old.append(blog.comment(post, f"<p>old {number}</p>", parent=parent, date=date))
        told = words_on_progress(stage)
        async with stage.bot(paces=Paces.discord(), POLL_INTERVAL=POLL) as running:
            await until(lambda: stage.discord.threads(stage.channel) and len(stage.mirrors()) >= 2)
            thread, began = stage.first_thread(), clock.loop()
            written: dict[int, float] = {}
            deep = blog.comment(post, "<p>a late answer deep down</p>", parent=old[60])
            written[deep] = clock.unix()
            while not set(old) <= set(mirrored_at(stage, thread)):
                await asyncio.sleep(6.0)
                live = blog.comment(post, "<p>just now</p>", parent=old[len(written) % 3])
                written[live] = clock.unix()
            took = clock.loop() - began
            await until(lambda: set(written) <= set(mirrored_at(stage, thread)))
            at = mirrored_at(stage, thread)
            await quiet(running, patience=LONG, pause=1.0)
            found = await findings(stage, [post])
        waits = [at[one] - when for one, when in written.items() if one != deep]
        print(
            f"\n64 old comments took {took:.0f} s beside {len(waits)} live ones: time to mirror {describe(waits)}"
            f" (a look every {POLL} s); {len(too_many(stage))} answers of 429; {found}",
            end="",
        )
        assert found.sentences == []
        done = [int(text.partition(": ")[2].split()[0]) for _, text in told]
        assert len({message for message, _ in told}) == 1, "one message, edited"
        assert len(told) >= 3
        assert done == sorted(done)
        assert "min left" in told[-2][1] or "minute left" in told[-2][1]
        assert not any(REPORT in message["content"] for message in stage.messages()), "it goes when it has served"
        assert too_many(stage) == []
        assert statistics.median(waits) < 5.0
        assert max(waits) < 20.0
        # The deep answer and its ancestors went ahead of the backlog, the ancestors first.
        order = list(at)
        ancestors = old[56:61]
        assert [one for one in order if one in (*ancestors, deep)] == [*ancestors, deep]
        assert order.index(deep) < order.index(old[30])
        marks = flags(stage, thread)
        silent = [one for one in old if marks[one] & SUPPRESSED]
        assert set(old) - set(silent) <= set(ancestors)
        assert not any(marks[one] & SUPPRESSED for one in written)


def test_backlogs_of_many_threads_leave_room_for_what_is_live(tmp_path: Path) -> None:
    at_speed(PACE, lambda clock: _many_threads(clock, tmp_path))


async def _many_threads(clock: FastClock, folder: Path) -> None:
    threads, each = 10, 24
    async with busy(clock, folder) as (stage, blog):
        posts = []
        for number in range(threads):
            past = clock.moment() - timedelta(days=30 - number)
            posts.append(blog.publish(f"Essay {number}", "<p>Long discussed.</p>", date=past))
            for comment in range(each):
                blog.comment(posts[-1], f"<p>old {comment}</p>", date=past + timedelta(minutes=1 + comment))
        ann = stage.discord.add_member(stage.guild, name="ann")
        async with stage.bot(paces=Paces.discord(), POLL_INTERVAL="10", FIRST_POSTS=str(threads)) as running:
            await until(lambda: len(stage.discord.threads(stage.channel)) == threads)
            await running.engine.poll()
            waiting = (await running.engine.desk.status()).queue.ready
            places = {int(one["id"]): one["name"] for one in stage.discord.threads(stage.channel)}
            answered: dict[int, float] = {}
            written: dict[tuple[int, int], float] = {}
            for number in range(10):
                thread = sorted(places)[-1 - number]
                sent = await stage.discord.post(ann, thread, "an answer", reply_to=thread)
                answered[sent.id] = clock.unix()
                post = posts[int(places[thread].split()[1])]
                written[thread, blog.comment(post, "<p>just now</p>")] = clock.unix()
                await asyncio.sleep(5.0)
            await until(lambda: all(one in mirrored_at(stage, thread) for thread, one in written))
            left = (await running.engine.desk.status()).queue.ready
            waits = [mirrored_at(stage, thread)[one] - when for (thread, one), when in written.items()]
            relays = {
                int(comment.author_url.partition("#")[0].rpartition("/")[2]): comment.date_gmt.timestamp()
                for post in posts
                for comment in blog.comments(post)
                if comment.author_url
            }
        print(
            f"\n{threads} threads with {waiting} old comments waiting: time to mirror live ones {describe(waits)}"
            f" (a look every 10 s), with {left} still waiting at the end; {len(too_many(stage))} answers of 429",
            end="",
        )
        assert waiting > 10 * threads
        assert left > threads
        assert set(answered) == set(relays)
        assert too_many(stage) == []
        assert max(waits) < 30.0
        assert statistics.median(waits) < 15.0
