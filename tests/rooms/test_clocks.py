"""Our clock may be ahead, behind, or put back: nothing waits for a stamp of it, and nothing is done twice for it."""

from __future__ import annotations

import pytest

from bot.core.clocks import LONGEST_LOOK, has_passed, is_after
from bot.core.domain import Millis
from bot.sync.progress import Progress
from tests.support.clock_and_faults import Fault
from tests.support.engine_shorthand import Scene, scene

SECOND, MINUTE, HOUR, DAY = 1000, 60_000, 3_600_000, 86_400_000
JUMPS = [sign * jump for jump in (SECOND, 90 * SECOND, 20 * MINUTE, 5 * HOUR, 3 * DAY, 30 * DAY) for sign in (1, -1)]
LOOKS = 5
"""Looks within which all has to cross, a minute apart."""


async def looks(s: Scene, number: int = LOOKS) -> None:
    for _ in range(number):
        await s.world.work()
        s.world.clock.advance(61 * SECOND)


@pytest.mark.parametrize("jump", JUMPS)
@pytest.mark.parametrize("restart", [False, True])
async def test_comments_edits_and_removals_cross_after_the_clock_has_jumped(jump: int, *, restart: bool) -> None:
    async with scene() as s:
        s.world.process.ahead = max(-jump, 0)
        root = s.comment("<p>root</p>")
        await s.quiet()
        edited, gone = s.comment("<p>first words</p>", root), s.comment("<p>to be removed</p>", root)
        relayed, withdrawn = (s.say(words, s.mirror(root).id) for words in ("by a member", "taken back"))
        await looks(s, 2)
        assert s.relay(relayed) is not None
        s.world.process.ahead = max(jump, 0)
        if restart:
            await s.world.die()
            await s.world.start()
        s.blog.comments[edited.id].html = "<p>other words</p>"
        s.blog.set_status(gone.id, "trash")
        new = s.comment("<p>a new one</p>", root)
        answer = s.say("a new answer", s.mirror(root).id)
        s.chat.delete_messages(withdrawn)
        await looks(s)
        assert "other words" in s.mirror(edited).text
        assert not s.parts(gone)
        assert s.parts(new)
        assert s.relay(answer) is not None
        left = s.relay(withdrawn)
        assert left is not None
        assert left.status == "trash"


@pytest.mark.parametrize("jump", JUMPS)
async def test_what_was_put_back_does_not_wait_for_a_clock_that_was_put_back_too(jump: int) -> None:
    async with scene() as s:
        root = s.comment("<p>root</p>")
        await s.quiet()
        s.world.process.ahead = max(-jump, 0)
        new = s.comment("<p>a new one</p>", root)
        s.world.faults.arm("chat", *[Fault.UNAVAILABLE] * 6)
        await looks(s, 2)
        said = s.say("an answer", s.mirror(root).id)
        s.world.faults.arm("blog", *[Fault.UNAVAILABLE] * 6)
        await looks(s, 1)
        s.world.faults.lift()
        s.world.process.ahead = max(jump, 0)
        await looks(s)
        assert s.parts(new)
        assert s.relay(said) is not None


@pytest.mark.parametrize("ahead", [-30 * DAY, -20 * MINUTE, 0, 20 * MINUTE, DAY, 30 * DAY])
@pytest.mark.parametrize("forum", [True, False])
async def test_one_thread_is_opened_whatever_our_clock_says(ahead: int, *, forum: bool) -> None:
    async with scene() as s:
        s.chat.forum = forum
        s.world.process.ahead = ahead
        for title in ("Second", "Third"):
            s.world.faults.arm("chat", Fault.RESET_AFTER)
            await looks(s)
            s.blog.add_post(title)
        await s.quiet()
        assert len(s.chat.threads) == 3


@pytest.mark.parametrize("ahead", [-30 * DAY, -20 * MINUTE, 0, 20 * MINUTE, DAY, 30 * DAY])
@pytest.mark.parametrize("empty", [False, True])
async def test_what_is_new_is_told_by_the_blogs_own_dates(ahead: int, *, empty: bool) -> None:
    """A draft has its number from before the first contact, and its date from when it was published."""
    async with scene() as s:
        s.world.process.ahead = ahead
        draft = s.blog.add_post("A draft")
        draft.shown = False
        if empty:
            s.blog.posts[s.post].shown = False
        else:
            s.blog.add_post("Second")
        await looks(s, 2)
        draft.shown, draft.published_at = True, s.world.clock.time
        await looks(s, 2)
        assert "A draft" in [thread.name for thread in s.chat.threads.values()]


@pytest.mark.parametrize("ahead", [-20 * MINUTE, 0, 20 * MINUTE, DAY])
async def test_moderators_are_told_once_whatever_our_clock_says(ahead: int) -> None:
    async with scene() as s:
        s.world.process.ahead = ahead
        s.comment("<p>root</p>")
        await s.quiet()
        s.world.faults.arm("chat", Fault.RESET_AFTER)
        await s.world.engine.announce_trouble("a test", "Something is odd.")
        await s.world.work(poll=False)
        s.world.clock.advance(10 * MINUTE)
        await s.quiet()
        assert s.chat.heard.count("Something is odd.") == 1


@pytest.mark.parametrize("ahead", [-2 * DAY, -20 * MINUTE, 0, 20 * MINUTE, 2 * DAY])
async def test_moderators_are_told_once_where_nothing_was_shown_yet(ahead: int) -> None:
    """No message is known then after which what they were told could stand."""
    async with scene() as s:
        s.world.process.ahead = ahead
        s.chat.room = 0
        await s.world.work()
        s.world.faults.arm("chat", Fault.RESET_AFTER)
        await s.world.engine.announce_trouble("a test", "Something is odd.")
        await s.world.work(poll=False)
        assert not s.chat.threads
        assert s.chat.heard.count("Something is odd.") == 1
        s.world.clock.advance(40 * MINUTE)
        await looks(s)
        assert s.chat.heard.count("Something is odd.") == 1


@pytest.mark.parametrize("ahead", [-2 * DAY, 0, 2 * DAY])
async def test_what_is_new_is_no_import_and_bears_no_date(ahead: int) -> None:
    async with scene() as s:
        s.world.process.ahead = ahead
        await s.quiet()
        for number in range(5):
            s.blog.add_post(f"News {number}")
        comment = s.comment("<p>just written</p>")
        await looks(s)
        assert len(s.chat.threads) == 6
        assert s.mirror(comment).text.count(" · ") == 0, s.mirror(comment).text


@pytest.mark.parametrize("jump", [20 * MINUTE, 5 * HOUR, 30 * DAY])
async def test_progress_is_told_though_the_clock_was_put_back(jump: int) -> None:
    async with scene() as s:
        root = s.comment("<p>root</p>")
        await s.quiet()
        s.chat.permitted = False
        for number in range(30):
            s.comment(f"<p>{number}</p>", root)
        s.world.process.ahead = jump
        (place,) = await s.world.places()
        async with s.world.store.database.transaction() as tx:
            await tx.execute_fetchall(
                "UPDATE posts SET backfill_total = 30, backfill_since = ?", (s.world.process.now(),)
            )
        s.world.process.ahead = 0
        waited = (await s.world.store.figures(s.world.subscription)).ready
        await Progress(s.world.store, s.world.process.now).look(place)
        assert (await s.world.store.figures(s.world.subscription)).ready == waited + 1


@pytest.mark.parametrize(
    ("since", "now", "passed"), [(0, 59, False), (0, 60, True), (0, 10**12, True), (1, 0, True), (10**12, 0, True)]
)
def test_time_that_has_passed(since: int, now: int, *, passed: bool) -> None:
    assert has_passed(60, since=Millis(since), now=Millis(now)) is passed


@pytest.mark.parametrize(
    ("stamp", "after"), [(99, False), (100, True), (100 + LONGEST_LOOK - 1, True), (100 + LONGEST_LOOK, False)]
)
def test_what_was_noted_during_a_look(stamp: int, *, after: bool) -> None:
    assert is_after(Millis(stamp), Millis(100)) is after
