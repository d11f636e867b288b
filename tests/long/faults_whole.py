"""Every kind of fault, on every kind of request, against the whole bot; then quiet; then both sides are held together.

Time runs 150 times as fast, so that pauses of minutes pass in seconds; ``pytest -s`` shows what was met.
"""

from __future__ import annotations

import asyncio
import os
from collections import Counter
from datetime import timedelta
from pathlib import Path

import pytest

from bot.core.policy import Policy
from bot.sandbox.discord.faults import KINDS as CHAT_KINDS
from bot.sandbox.discord.faults import Fault
from bot.sandbox.wordpress.faults import KINDS as BLOG_KINDS
from tests.support.whole_bot_fast import HOUR, OUTAGE, PATIENCE, Drama, run

SWEEP = Policy().sweep_interval + 30.0
"""Seconds after which each thread has been read again. One test waits for it, the others say when."""
FULL = os.environ.get("FULL") == "1"

# Each kind of request that the bot makes.
CHAT = (
    ("POST", r"/channels/\d+/threads"),
    ("POST", r"/webhooks/\d+/[^/]+"),
    ("PATCH", r"/webhooks/\d+/[^/]+/messages/\d+"),
    ("DELETE", r"/webhooks/\d+/[^/]+/messages/\d+"),
    ("PUT", r"/channels/\d+/messages/\d+/reactions/.*"),
    ("GET", r"/channels/\d+/messages"),
    ("GET", r"/channels/\d+/messages/\d+"),
    ("GET", r"/channels/\d+/webhooks"),
    ("PATCH", r"/channels/\d+/messages/\d+"),
)
BLOG = (
    ("POST", r"^/wp/v2/comments$"),
    ("POST", r"^/wp/v2/comments/\d+$"),
    ("DELETE", r"^/wp/v2/comments/\d+$"),
    ("GET", r"^/wp/v2/comments$"),
    ("GET", r"^/wp/v2/comments/\d+$"),
    ("GET", r"^/wp/v2/posts"),
    ("GET", r"feed"),
)


async def everything(one: Drama) -> None:
    """Each kind of act, on both sides."""
    first, second, third = [await one.reply(f"answer {number}") for number in range(3)]
    one.posts.append(one.blog.publish("Another", "<p>More.</p>"))
    new = one.comment("a new comment", one.comments[2])
    one.comment("and its answer", new)
    one.blog.edit_comment(one.comments[0], "<p>the root, reworded</p>")
    one.blog.set_status(one.comments[3], "trash")
    one.blog.set_status(one.comments[1], "trash")
    await one.stage.discord.edit(one.ann, one.thread, first, "answer 0, reworded")
    await one.stage.discord.delete(one.ann, one.thread, second)
    await one.reply("answer to an answer", third)


@pytest.mark.parametrize("kind", [*CHAT_KINDS, *(kind for kind in BLOG_KINDS if kind not in CHAT_KINDS)])
def test_a_fault_on_every_kind_of_request(tmp_path: Path, kind: str) -> None:
    run(tmp_path, lambda one: _every_request(one, kind))


async def _every_request(one: Drama, kind: str) -> None:
    met: Counter[str] = Counter()
    async with one.stage.bot(POLL_INTERVAL="5") as running:
        await one.stage.until(lambda: len(one.stage.mirrors()) == 4, patience=PATIENCE)
        early = [await one.reply(f"early {number}", one.stage.message_of(one.comments[0])) for number in range(2)]
        await one.quiet(running)
        ordered = order(one, kind)
        await everything(one)
        await one.stage.discord.edit(one.ann, one.thread, early[0], "early 0, reworded")
        await one.stage.discord.delete(one.ann, one.thread, early[1])
        await one.wait(30)
        await one.quiet(running)
        one.stage.discord.faults.clear()
        one.blog.faults.clear()
        await one.quiet(running)
        parked = (await running.engine.desk.status()).parked
        found = await one.held()
        met[kind] = sum(fault.met for fault in ordered) + sum(one.blog.faults.injected.values())
        print(f"\n{kind}: met {met[kind]} times; {found}; parked {len(parked)}", end="")
    assert found.sentences == []
    assert parked == ()
    assert met[kind] >= (8 if kind in CHAT_KINDS and kind in BLOG_KINDS else 3)


def order(one: Drama, kind: str) -> list[Fault]:
    """The fault on the next request of each kind, at both sides where it exists there."""
    ordered: list[Fault] = []
    if kind in CHAT_KINDS:
        ordered = [one.stage.discord.faults.next(method, path, kind, seconds=5.0) for method, path in CHAT]
    blog_kind = "429" if kind.startswith("429") else kind
    if blog_kind in BLOG_KINDS:
        for method, path in BLOG:
            one.blog.faults.next(method, path, blog_kind)
    return ordered


# ---------------------------------------------------------------- the gateway


def test_a_session_that_drops_and_one_that_ends(tmp_path: Path) -> None:
    run(tmp_path, _sessions)


async def _sessions(one: Drama) -> None:
    async with one.stage.bot(POLL_INTERVAL="5") as running:
        await one.quiet(running)
        for resumable in (True, False):
            gateway = one.stage.discord.gateway
            before = gateway.identified
            kept = await one.reply("before the gap")
            gateway.open = False
            await one.stage.discord.drop_gateway(resumable=resumable)
            gone = await one.reply("said in the gap, then deleted", kept)
            changed = await one.reply("said in the gap", one.stage.message_of(one.comments[1]))
            await one.stage.discord.edit(one.ann, one.thread, changed, "said in the gap, reworded")
            await one.stage.discord.edit(one.ann, one.thread, kept, "from before, reworded in the gap")
            await one.stage.discord.delete(one.ann, one.thread, gone)
            gateway.open = True
            if not resumable:
                async with asyncio.timeout(HOUR):
                    await one.stage.sessions.more_than(before)
            await one.wait(60)
            await one.quiet(running)
        found = await one.held()
    assert found.sentences == []


@pytest.mark.parametrize("bend", ["drop", "repeat", "reorder"])
def test_events_missing_repeated_or_out_of_order(tmp_path: Path, bend: str) -> None:
    run(tmp_path, lambda one: _bent(one, bend))


async def _bent(one: Drama, bend: str) -> None:
    async with one.stage.bot(POLL_INTERVAL="20") as running:
        await one.quiet(running)
        kept = [await one.reply(f"said {number}") for number in range(3)]
        await one.quiet(running)
        faults = one.stage.discord.gateway_faults
        for event in ("MESSAGE_CREATE", "MESSAGE_UPDATE", "MESSAGE_DELETE"):
            getattr(faults, bend)(event)
        new = await one.reply("new words", kept[0])
        await one.stage.discord.edit(one.ann, one.thread, kept[0], "said 0, reworded")
        await one.stage.discord.edit(one.ann, one.thread, new, "new words, reworded")
        await one.stage.discord.delete(one.ann, one.thread, kept[1])
        await one.reply("and more", kept[2])
        await one.wait(SWEEP if bend == "drop" else 10)
        if bend != "drop":
            await running.engine.sweep()
        await one.quiet(running)
        found = await one.held()
        assert not faults.plans
    assert found.sentences == []


def test_hours_of_absence(tmp_path: Path) -> None:
    run(tmp_path, _absence)


async def _absence(one: Drama) -> None:
    async with one.stage.bot(POLL_INTERVAL="5") as running:
        await one.quiet(running)
        early = [await one.reply(f"early {number}") for number in range(6)]
        await one.quiet(running)
    await one.wait(10)
    await everything(one)
    await one.stage.discord.edit(one.ann, one.thread, early.pop(), "early, reworded")
    await one.stage.discord.delete(one.ann, one.thread, early.pop())
    await one.stage.discord.bulk_delete(one.ben, one.thread, early[:3])
    async with one.stage.bot(POLL_INTERVAL="5") as running:
        await one.wait(60)
        await one.quiet(running)
        found = await one.held()
    assert found.sentences == []


# ---------------------------------------------------------------- the blog


def test_a_blog_that_is_down_moved_and_back(tmp_path: Path) -> None:
    run(tmp_path, _blog_down)


async def _blog_down(one: Drama) -> None:
    """An older post keeps its date: a blog of whose posts none does is another blog (:mod:`bot.core.identity`)."""
    one.blog.publish("Older", "<p>Words.</p>", date=one.clock.moment() - timedelta(days=1))
    async with one.stage.bot(POLL_INTERVAL="5") as running:
        await one.quiet(running)
        await one.blog.stop()
        await one.reply("while it was down")
        one.comment("written in the dark", one.comments[2])
        await one.wait(OUTAGE)
        await one.blog.start()
        await one.quiet(running)
        one.blog.edit_post(one.posts[0], slug="a-new-address", title="Renamed", date=one.clock.moment())
        await one.reply("after the move", one.stage.message_of(one.comments[4]))
        one.comment("at the new address", one.comments[4])
        await one.quiet(running)
        one.blog.pretty = False
        await one.wait(120)
        one.comment("and at a plain one", one.comments[5])
        await one.reply("after the second move")
        await one.quiet(running)
        assert "p=" in one.stage.messages()[0]["embeds"][0]["url"]
        one.blog.pretty = True
        await one.wait(120)
        await one.quiet(running)
        found = await one.held()
        assert (await running.engine.desk.status()).parked == ()
    assert found.sentences == []
    assert len(one.stage.discord.threads(one.stage.channel)) == 1


def test_a_listing_that_is_empty_or_short_for_a_while_removes_nothing(tmp_path: Path) -> None:
    run(tmp_path, _short_listing)


async def _short_listing(one: Drama) -> None:
    async with one.stage.bot(POLL_INTERVAL="5") as running:
        await one.quiet(running)
        before = one.stage.mirrors()
        for kind in ("empty-list", "short-list"):
            one.blog.faults.next("GET", r"^/wp/v2/(comments|posts)$|feed", kind, times=None)
            await one.wait(120)
            assert one.stage.mirrors() == before
            one.blog.faults.clear()
            await one.quiet(running)
        found = await one.held()
    assert found.sentences == []


# ---------------------------------------------------------------- Discord


def test_archived_and_locked_threads_and_a_webhook_and_a_starter_deleted(tmp_path: Path) -> None:
    run(tmp_path, _furniture)


async def _furniture(one: Drama) -> None:
    discord = one.stage.discord
    async with one.stage.bot(POLL_INTERVAL="5") as running:
        await one.quiet(running)
        await discord.archive(one.thread)
        one.blog.edit_comment(one.comments[0], "<p>reworded in the archive</p>")
        await one.quiet(running)
        await discord.archive(one.thread, locked=True)
        one.comment("into a locked thread", one.comments[1])
        await one.wait(60)
        await discord.archive(one.thread, archived=False, locked=False)
        (webhook,) = {one["webhook_id"] for one in one.stage.messages() if one.get("webhook_id")}
        await discord.delete_webhook(webhook)
        one.comment("by a new webhook", one.comments[2])
        one.blog.edit_comment(one.comments[1], "<p>what the old webhook wrote, reworded</p>")
        await one.wait(OUTAGE)
        await one.quiet(running)
        found = await one.held()
        assert found.sentences == []
        await discord.delete(one.ben, one.thread, one.thread)  # the starter
        one.blog.edit_post(one.posts[0], title="Nobody shows this any more")
        one.comment("after the starter", one.comments[3])
        await one.quiet(running)
        assert (await running.engine.desk.status()).parked == ()
        assert "after the starter" in [mirror.words for mirror in one.stage.mirrors()]
