"""What any Store must keep: transactions, keys, queues, plans, and one owner of the file.

Speaks to the port's methods; looks into the file where the promise is about the file.
"""

from __future__ import annotations

import asyncio
import sqlite3
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from bot.core.actions import (
    Claim,
    Discard,
    Edit,
    Notify,
    OpenThread,
    Queue,
    Retract,
    Send,
    SetMark,
    Tell,
    Urgency,
    Withdraw,
    Write,
)
from bot.core.domain import (
    AttachmentId,
    ChannelId,
    Comment,
    CommentId,
    GuildId,
    Mapped,
    Mark,
    MediaId,
    MemberId,
    Message,
    MessageId,
    MessageKind,
    Millis,
    Origin,
    Place,
    Post,
    PostId,
    Standing,
    SubscriptionId,
    ThreadId,
)
from bot.core.errors import StartupError
from bot.core.policy import Settings
from bot.ports import Adopted, Claimed, FeedState, Media, Opened, Outcome, Planned, RelayChange, Stage, Upload
from bot.ports.blogs import Serving
from bot.store.sqlite.migrate import migrations
from bot.store.sqlite.store import SqliteStore
from tests.contract.stores import STORES
from tests.support.clock_and_faults import Clock
from tests.support.one_claim import one_claim
from tests.support.subscribing import subscribe

EVERY = list(Queue)
GUILD = GuildId(100_000_000_000_000_001)
CHANNEL = ChannelId(100_000_000_000_000_002)
ONE = SubscriptionId(1)


def post(number: int = 1) -> Post:
    url = f"https://blog.example/{number}/"
    return Post(PostId(str(number)), url, url, f"Post {number}", "Ann", Millis(number), "<p>x</p>")


def comment(number: int, html: str = "<p>x</p>") -> Comment:
    return Comment(
        CommentId(str(number)),
        PostId("1"),
        None,
        "Ben",
        Millis(number),
        html,
        f"https://blog.example/#comment-{number}",
    )


def message(number: int, text: str = "x") -> Message:
    return Message(
        MessageId(number), ThreadId(500), MemberId(1), "Ann", MessageKind.PLAIN, text, f"https://discord.com/{number}"
    )


def send(number: int, *, html: str = "<p>x</p>", urgency: Urgency = Urgency.LIVE, rank: int = 0) -> Planned:
    return Planned(Send(comment(number, html), None, 0, silent=urgency is Urgency.BACKFILL), urgency, rank)


def mapped(number: int, *messages: int, standing: Standing = Standing.LIVE) -> Mapped:
    parts = tuple(MessageId(one) for one in messages)
    return Mapped(CommentId(str(number)), None, Origin.BLOG, "Ben", "d", 0, standing, parts, None, Millis(0))


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture(params=STORES)
async def store(request: pytest.FixtureRequest, tmp_path: Path, clock: Clock) -> AsyncIterator[SqliteStore]:
    """The store under test. What is said of its file below is said of SQLite's alone."""
    one = await STORES[request.param](tmp_path, clock)
    yield one
    await one.close()


async def opened(store: SqliteStore, clock: Clock, number: int = 1) -> Place:
    """A post whose thread is open."""
    subscription = await subscribe(store, "https://blog.example", CHANNEL, GUILD)
    await store.note_posts(subscription.id, (post(number),), (OpenThread(post(number)),), FeedState())
    claim = await taken(store, clock)
    thread = 500 * number
    await store.finish(claim, Outcome(opened=Opened(ThreadId(thread), MessageId(thread)), shown=post(number)))
    place = await store.place_of_thread(ThreadId(thread))
    assert place is not None
    return place


async def taken(store: SqliteStore, clock: Clock, queues: list[Queue] = EVERY, *, backfill: bool = True) -> Claim:
    claim = await one_claim(store, ONE, clock(), queues, backfill=backfill)
    assert claim is not None
    return claim


# ---------------------------------------------------------------- transactions


async def test_a_cancelled_caller_leaves_no_half_and_holds_no_lock(store: SqliteStore, clock: Clock) -> None:
    place = await opened(store, clock)
    for laps in range(60):
        task = asyncio.create_task(store.plan(place, [send(one) for one in range(20)]))
        for _ in range(laps):
            await asyncio.sleep(0)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        waiting = await store.on_their_way(place)
        assert len(waiting) in (0, 20), "half a plan"
        await store.plan(place, [])
        assert await store.on_their_way(place) == frozenset()


async def test_one_callers_failure_does_not_undo_anothers_work(store: SqliteStore, clock: Clock) -> None:
    place = await opened(store, clock)
    impossible = Planned(Send(comment(99), None, 0), Urgency.LIVE, 2**70)  # no INTEGER of SQLite's holds this
    results = await asyncio.gather(
        store.plan(place, [impossible]),
        *(store.queue(place, Planned(Write(message(600 + number)))) for number in range(10)),
        return_exceptions=True,
    )
    assert isinstance(results[0], OverflowError)
    assert results[1:] == [True] * 10
    assert len(await store.pending_writes(place)) == 10


async def test_text_that_is_no_text(store: SqliteStore, clock: Clock) -> None:
    place = await opened(store, clock)
    await store.queue(place, Planned(Write(message(600, "half \ud83d a character, and \0 nothing"))))
    claim = await taken(store, clock)
    assert isinstance(claim.action, Write)
    assert claim.action.message.text == "half ? a character, and \0 nothing"
    assert claim.action.message.digest == message(600, "half \ud83d a character, and \0 nothing").digest
    await store.finish(claim, Outcome(mapped=mapped(1), note="\udfff"))


# ---------------------------------------------------------------- keys


async def test_a_key_is_queued_once_even_after_it_is_done(store: SqliteStore, clock: Clock) -> None:
    place = await opened(store, clock)
    assert await store.queue(place, Planned(Write(message(600))))
    assert not await store.queue(place, Planned(Write(message(600))))
    await store.finish(await taken(store, clock), Outcome())
    assert not await store.queue(place, Planned(Write(message(600))))
    assert await one_claim(store, ONE, clock(), EVERY) is None


async def test_a_plan_made_before_a_send_was_done_does_not_send_again(store: SqliteStore, clock: Clock) -> None:
    place = await opened(store, clock)
    await store.plan(place, [send(1)])
    claim = await taken(store, clock)
    await store.tie(claim, 1, MessageId(700))
    await store.finish(claim, Outcome(mapped=mapped(1, 700)))
    assert await store.plan(place, [send(1)]) == ()
    assert await one_claim(store, ONE, clock(), EVERY) is None


# ---------------------------------------------------------------- plans


async def test_a_plan_refreshes_drops_and_promotes(store: SqliteStore, clock: Clock) -> None:
    place = await opened(store, clock)
    backlog = [send(one, urgency=Urgency.BACKFILL) for one in (1, 2, 3)]
    assert await store.plan(place, backlog) == tuple(backlog)
    fresh = [send(1, html="<p>new</p>", urgency=Urgency.BACKFILL), send(3, urgency=Urgency.LIVE)]
    assert await store.plan(place, fresh) == ()
    first, second = await taken(store, clock), await one_claim(store, ONE, clock(), EVERY)
    assert isinstance(first.action, Send)
    assert first.action.comment.id == "3", "what is live goes first"
    assert second is None, "one of a queue at a time"
    await store.finish(first, Outcome(mapped=mapped(3)))
    then = await taken(store, clock)
    assert isinstance(then.action, Send)
    assert then.action.comment.html == "<p>new</p>"
    await store.finish(then, Outcome(mapped=mapped(1)))
    assert await one_claim(store, ONE, clock(), EVERY) is None, "what no plan wants is gone"


async def test_what_may_have_arrived_is_not_dropped_but_superseded(store: SqliteStore, clock: Clock) -> None:
    place = await opened(store, clock)
    await store.plan(place, [send(1), send(2)])
    for arrived in (True, False):
        claim = await taken(store, clock)
        await store.postpone(claim, Millis(clock() + 1000), "x", may_have_arrived=arrived, yields=True)
    await store.plan(place, [])
    clock.advance(2000)
    claim = await taken(store, clock)
    assert isinstance(claim.action, Send)
    assert (claim.action.comment.id, claim.superseded, claim.found_half_done) == ("1", True, True)
    await store.finish(claim, Outcome(note="no longer wanted"))
    assert await store.plan(place, [send(1)]) == (send(1),), "wanted again, it is sent"
    assert not (await taken(store, clock)).superseded


async def test_an_action_that_was_parked_is_tried_again_when_its_words_change(store: SqliteStore, clock: Clock) -> None:
    place = await opened(store, clock)
    await store.plan(place, [send(1)])
    await store.park(await taken(store, clock), "no")
    await store.plan(place, [send(1)])
    assert await one_claim(store, ONE, clock(), EVERY) is None
    await store.plan(place, [send(1, html="<p>other</p>")])
    assert (await taken(store, clock)).attempts == 2
    await store.plan(place, [])


async def test_what_is_under_way_is_left_alone(store: SqliteStore, clock: Clock) -> None:
    place = await opened(store, clock)
    await store.plan(place, [send(1)])
    claim = await taken(store, clock)
    await store.plan(place, [])
    assert await store.on_their_way(place) == {"1"}
    await store.finish(claim, Outcome(mapped=mapped(1)))


async def test_what_is_under_way_keeps_its_place_for_the_case_that_it_is_put_back(
    store: SqliteStore, clock: Clock
) -> None:
    place = await opened(store, clock)
    await store.plan(place, [send(1, rank=7), send(2, rank=8)])
    claim = await taken(store, clock)
    await store.plan(place, [send(1, rank=0), send(2, rank=1)])
    await store.postpone(claim, clock(), "busy", may_have_arrived=False)
    assert (await taken(store, clock)).action.subject == "comment 1"


async def test_a_relay_change_does_not_overwrite_what_happened_since(store: SqliteStore, clock: Clock) -> None:
    place = await opened(store, clock)
    await store.queue(place, Planned(Write(message(600))))
    relay = Mapped(
        CommentId("1"), None, Origin.DISCORD, "Ann", "d", 0, Standing.LIVE, (MessageId(600),), None, Millis(0)
    )
    await store.finish(await taken(store, clock), Outcome(mapped=relay, message_digest="d"))
    seen = await store.comment(place, CommentId("1"))
    assert seen is not None
    clock.advance(5)
    await store.queue(place, Planned(Withdraw(MessageId(600))))
    gone = Mapped(
        CommentId("1"), None, Origin.DISCORD, "Ann", "d", 0, Standing.GONE, (MessageId(600),), None, Millis(0)
    )
    await store.finish(await taken(store, clock), Outcome(mapped=gone, message_digest="d"))
    hidden = RelayChange(seen, Standing.HIDDEN, (Tell(MessageId(600), "gone"),))
    assert await store.plan(place, [], [hidden]) == (), "it is not so any more"
    after = await store.comment(place, CommentId("1"))
    assert after is not None
    assert after.standing is Standing.GONE
    assert await one_claim(store, ONE, clock(), EVERY) is None, "nothing follows from what did not happen"


# ---------------------------------------------------------------- files


async def test_what_became_of_a_file_is_kept_until_it_is_forgotten(store: SqliteStore, clock: Clock) -> None:
    place = await opened(store, clock)
    one, other = AttachmentId(7), AttachmentId(8)
    await store.note_upload(place, Upload(one, MessageId(600)))
    await store.note_upload(place, Upload(other, MessageId(600), refused=True))
    assert await store.uploads(place, MessageId(600)) == {
        one: Upload(one, MessageId(600)),
        other: Upload(other, MessageId(600), refused=True),
    }
    media = Media(MediaId("55"), "https://blog.example/cat.png")
    await store.note_upload(place, Upload(one, MessageId(600), media))
    assert (await store.uploads(place, MessageId(600)))[one] == Upload(one, MessageId(600), media)
    assert await store.uploads(place, MessageId(601)) == {}
    await store.forget_upload(place, one)
    await store.forget_upload(place, one)
    assert list(await store.uploads(place, MessageId(600))) == [other]


async def test_files_of_a_message_deleted_before_it_left_are_to_be_discarded(store: SqliteStore, clock: Clock) -> None:
    place = await opened(store, clock)
    for number in (600, 601):
        await store.queue(place, Planned(Write(message(number))))
    write = await taken(store, clock)
    await store.note_upload(place, Upload(AttachmentId(7), MessageId(600)))
    await store.postpone(write, clock(), "x", may_have_arrived=False)
    assert await store.note_deleted(place, MessageId(600))
    assert await store.note_deleted(place, MessageId(601))
    assert await store.note_deleted(place, MessageId(600))
    discard = await taken(store, clock)
    assert discard.action == Discard(MessageId(600), (AttachmentId(7),))
    await store.finish(discard, Outcome())
    assert await one_claim(store, ONE, clock(), EVERY) is None


async def test_files_of_a_message_that_may_have_left_wait_for_it(store: SqliteStore, clock: Clock) -> None:
    place = await opened(store, clock)
    await store.queue(place, Planned(Write(message(600))))
    write = await taken(store, clock)
    await store.note_upload(place, Upload(AttachmentId(7), MessageId(600)))
    await store.postpone(write, clock(), "x", may_have_arrived=True)
    assert not await store.note_deleted(place, MessageId(600))
    assert isinstance((await taken(store, clock)).action, Write)


# ---------------------------------------------------------------- members


async def test_what_a_member_wrote_until_they_opt_in_again_stays(store: SqliteStore, clock: Clock) -> None:
    place = await opened(store, clock)
    guild, ann, ben = place.guild_id, MemberId(1), MemberId(2)
    assert not await store.opted_out(guild, ann)
    assert not await store.opt_in(guild, ann, after=MessageId(600)), "who never opted out has nothing to undo"
    assert not await store.stays(place, message(599))
    for _ in range(2):
        assert await store.opt_out(guild, ann) == 0
        assert await store.opted_out(guild, ann)
        assert not await store.opted_out(guild, ben)
    assert await store.stays(place, message(599)), "written before, but not on the blog yet"
    assert not await store.stays(place, replace(message(599), author_id=ben))
    assert not await store.queue(place, Planned(Write(message(602))))
    assert await store.queue(place, Planned(Write(replace(message(603), author_id=ben))))
    assert await store.opt_in(guild, ann, after=MessageId(604))
    assert not await store.opt_in(guild, ann, after=MessageId(700)), "a second word moves nothing"
    assert not await store.opted_out(guild, ann)
    assert not await store.queue(place, Planned(Write(message(602))))
    assert not await store.stays(place, message(605))
    assert await store.queue(place, Planned(Write(message(605))))


async def test_another_server_knows_nothing_of_it_and_another_blog_of_the_same_server_does(
    store: SqliteStore, clock: Clock
) -> None:
    place = await opened(store, clock)
    await store.opt_out(GuildId(GUILD + 1), MemberId(1))
    assert not await store.opted_out(place.guild_id, MemberId(1))
    assert await store.queue(place, Planned(Write(message(600))))
    other = await subscribe(store, "https://other.example", ChannelId(CHANNEL + 1), GUILD)
    await store.opt_out(other.guild_id, MemberId(1))
    assert not await store.queue(place, Planned(Write(message(601))))


@pytest.mark.parametrize(
    "change",
    ["rests", "ends", "ends and begins anew", "another channel", "moves", "another blog", "the same as another"],
)
async def test_a_members_word_outlives_whatever_becomes_of_what_is_mirrored(
    store: SqliteStore, clock: Clock, change: str
) -> None:
    place = await opened(store, clock)
    ann, one = MemberId(1), place.subscription_id
    await store.opt_out(place.guild_id, ann)
    (blog,) = await store.known_blogs()
    match change:
        case "rests":
            await store.set_serving(one, Serving.RESTING, "Another blog answers.")
            await store.set_serving(one, Serving.ACTIVE)
        case "ends":
            await store.set_serving(one, Serving.DISCONNECTED)
        case "ends and begins anew":
            await store.set_serving(one, Serving.DISCONNECTED)
            await store.connect(blog.row, place.channel_id, place.guild_id, Settings(), from_settings=True)
        case "another channel":
            await store.set_channel(one, ChannelId(CHANNEL + 9))
        case "moves":
            await store.follow_blog(
                blog.row, url="https://moved.example", home="https://moved.example", title="", newest=()
            )
        case "another blog":
            other = await store.add_blog("wordpress", "https://other.example")
            await store.connect(other.row, place.channel_id, place.guild_id, Settings())
        case "the same as another":
            other = await store.add_blog("wordpress", "https://same.example")
            await store.join(one, other.row)
    assert await store.opted_out(place.guild_id, ann)
    assert await store.stays(place, message(601))
    assert not await store.queue(place, Planned(Write(message(601))))


async def test_opting_out_drops_what_has_surely_not_left(store: SqliteStore, clock: Clock) -> None:
    place = await opened(store, clock)
    for number in (600, 601, 602, 603):
        await store.queue(place, Planned(Write(message(number))))
    await store.queue(place, Planned(Write(replace(message(604), author_id=MemberId(2)))))
    in_doubt = await taken(store, clock)
    await store.postpone(in_doubt, Millis(clock() + 1000), "x", may_have_arrived=True, yields=True)
    dead = await taken(store, clock)
    await store.note_upload(place, Upload(AttachmentId(7), MessageId(601)))
    await store.park(dead, "no")
    sending = await taken(store, clock)
    assert isinstance(sending.action, Write)
    assert sending.action.message.id == 602
    assert await store.opt_out(place.guild_id, MemberId(1)) == 2
    assert set((await store.pending_writes(place)).values()) == {600, 602, 604}
    for dropped in (601, 603):
        assert (await store.traces(place, MessageId(dropped))).stage is None, "forgotten, not done"
    await store.finish(sending, Outcome(forgotten=True))
    assert (await store.traces(place, MessageId(602))).stage is None
    left = []
    while (claim := await one_claim(store, ONE, clock(), EVERY)) is not None:
        left.append(claim.action)
        await store.finish(claim, Outcome())
    assert Discard(MessageId(601), (AttachmentId(7),)) in left
    assert [one for one in left if isinstance(one, SetMark)] == [
        SetMark(MessageId(601), None),
        SetMark(MessageId(603), None),
    ]
    assert [one.message.id for one in left if isinstance(one, Write)] == [604]


# ---------------------------------------------------------------- queues


async def test_queues_take_turns(store: SqliteStore, clock: Clock) -> None:
    places = [await opened(store, clock, number) for number in (1, 2, 3)]
    for place in places:
        await store.plan(place, [send(one) for one in range(5)])
    served = []
    for _ in range(9):
        clock.advance(1)
        claim = await taken(store, clock, [Queue.CHAT])
        served.append(claim.place.row)
        await store.finish(claim, Outcome(mapped=mapped(1)))
    assert [served.count(place.row) for place in places] == [3, 3, 3]


async def test_a_queue_without_room_is_passed_over(store: SqliteStore, clock: Clock) -> None:
    place = await opened(store, clock)
    await store.plan(place, [send(1)])
    await store.queue(place, Planned(Write(message(600))))
    assert isinstance((await taken(store, clock, [Queue.BLOG])).action, Write)
    assert await one_claim(store, ONE, clock(), [Queue.BLOG, Queue.MARKS]) is None


async def test_the_backlog_is_passed_over_when_it_has_to_wait(store: SqliteStore, clock: Clock) -> None:
    place = await opened(store, clock)
    await store.plan(place, [send(1, urgency=Urgency.BACKFILL), send(2)])
    claim = await taken(store, clock, backfill=False)
    await store.finish(claim, Outcome(mapped=mapped(2)))
    assert await one_claim(store, ONE, clock(), EVERY, backfill=False) is None
    assert await one_claim(store, ONE, clock(), EVERY) is not None


async def test_patience(store: SqliteStore, clock: Clock) -> None:
    """What waits holds its queue, unless it yields."""
    place = await opened(store, clock)
    await store.plan(place, [send(1), send(2)])
    first = await taken(store, clock)
    await store.postpone(first, Millis(clock() + 1000), "x", may_have_arrived=True)
    assert await one_claim(store, ONE, clock(), EVERY) is None
    claimed = await store.claim(ONE, clock(), dict.fromkeys(EVERY, 9), backlog=9, most=9)
    assert claimed == Claimed((), Millis(clock() + 1000))
    clock.advance(1000)
    first = await taken(store, clock)
    await store.postpone(first, Millis(clock() + 1000), "x", may_have_arrived=True, yields=True)
    second = await taken(store, clock)
    assert second.id != first.id
    await store.finish(second, Outcome(mapped=mapped(2)))
    clock.advance(1000)
    assert (await taken(store, clock)).id == first.id


async def test_nothing_overtakes_an_earlier_action_about_the_same(store: SqliteStore, clock: Clock) -> None:
    place = await opened(store, clock)
    await store.queue(place, Planned(Write(message(600))))
    await store.queue(place, Planned(Withdraw(MessageId(600))))
    await store.queue(place, Planned(Write(message(601))))
    write = await taken(store, clock)
    await store.postpone(write, Millis(clock() + 1000), "x", may_have_arrived=True, yields=True)
    other = await taken(store, clock)
    assert isinstance(other.action, Write)
    assert other.action.message.id == 601
    await store.finish(other, Outcome())
    assert await one_claim(store, ONE, clock(), EVERY) is None
    clock.advance(1000)
    await store.park(await taken(store, clock), "no")
    assert await one_claim(store, ONE, clock(), EVERY) is None, "a deletion waits for its parked Write"


async def test_members_messages_keep_the_order_in_which_they_were_written(store: SqliteStore, clock: Clock) -> None:
    place = await opened(store, clock)
    for number in (603, 601, 602):
        await store.queue(place, Planned(Write(message(number))))
    order = []
    for _ in range(3):
        claim = await taken(store, clock)
        assert isinstance(claim.action, Write)
        order.append(claim.action.message.id)
        await store.finish(claim, Outcome())
    assert order == [601, 602, 603]


async def test_a_pause_and_a_lost_thread_hold_everything_but_the_word_to_moderators(
    store: SqliteStore, clock: Clock
) -> None:
    place = await opened(store, clock)
    await store.plan(place, [send(1)])
    await store.set_paused(place.subscription_id, paused=True)
    assert await one_claim(store, ONE, clock(), EVERY) is None
    await store.set_paused(place.subscription_id, paused=False)
    await store.lose(place, "gone")
    assert await one_claim(store, ONE, clock(), EVERY) is None
    parked = await store.parked(place.subscription_id)
    assert [(one.kind, one.reason) for one in parked] == [("thread", "gone")]
    assert (await store.figures(place.subscription_id)).parked == 1
    assert await store.reopen(place.subscription_id) == 1
    assert await one_claim(store, ONE, clock(), EVERY) is not None


async def test_what_was_parked_is_looked_for_when_it_is_tried_again(store: SqliteStore, clock: Clock) -> None:
    place = await opened(store, clock)
    await store.plan(place, [send(1)])
    await store.park(await taken(store, clock), "no")
    (parked,) = await store.parked(place.subscription_id)
    assert (parked.kind, parked.reason) == ("send", "no")
    assert await store.retry_parked(place.subscription_id) == 1
    claim = await taken(store, clock)
    assert claim.found_half_done
    assert claim.attempts == 2


async def test_a_restart_finds_what_was_under_way(tmp_path: Path, clock: Clock) -> None:
    path = tmp_path / "bot.sqlite3"
    store = await SqliteStore.open(path, clock)
    place = await opened(store, clock)
    await store.plan(place, [send(1)])
    before = await taken(store, clock)
    await store.close()
    store = await SqliteStore.open(path, clock)
    assert await store.release(ONE) == 1
    after = await taken(store, clock)
    assert (after.id, after.found_half_done, after.anchor) == (before.id, True, before.anchor)
    await store.close()


# ---------------------------------------------------------------- the map


async def test_a_message_that_was_deleted_does_not_rise_again(store: SqliteStore, clock: Clock) -> None:
    """The event of the deletion may come before the answer to the sending."""
    place = await opened(store, clock)
    await store.plan(place, [send(1)])
    claim = await taken(store, clock)
    assert await store.note_deleted(place, MessageId(700))
    await store.tie(claim, 1, MessageId(700))
    await store.finish(claim, Outcome(mapped=mapped(1, 700)))
    seen = await store.comment(place, CommentId("1"))
    assert seen is not None
    assert (seen.standing, seen.messages) == (Standing.HIDDEN, ())


async def test_hiding_and_our_own_deletions(store: SqliteStore, clock: Clock) -> None:
    place = await opened(store, clock)
    await store.plan(place, [send(1)])
    claim = await taken(store, clock)
    for part, number in enumerate((700, 701), start=1):
        await store.tie(claim, part, MessageId(number))
    await store.finish(claim, Outcome(mapped=mapped(1, 700, 701)))
    await store.plan(place, [Planned(Retract(CommentId("1"), 1, tombstone=False))])
    retract = await taken(store, clock)
    await store.mark_surplus(retract, (MessageId(701),))
    assert await store.hide(place, MessageId(701)) is None
    assert await store.surplus(retract) == (701,)
    assert await store.hide(place, MessageId(700)) == "1"
    link = await store.link(ONE, MessageId(700))
    assert link is not None, "an answer to it still finds its comment"


async def test_what_a_moderator_took_away_during_an_edit_stays_away(store: SqliteStore, clock: Clock) -> None:
    place = await opened(store, clock)
    await store.plan(place, [send(1)])
    claim = await taken(store, clock)
    await store.tie(claim, 1, MessageId(700))
    await store.finish(claim, Outcome(mapped=mapped(1, 700)))
    await store.plan(place, [Planned(Edit(comment(1), None, 1))])
    edit = await taken(store, clock)
    assert await store.hide(place, MessageId(700)) == "1"
    await store.tie(edit, 1, MessageId(702))
    await store.finish(edit, Outcome(mapped=mapped(1, 702)))
    seen = await store.comment(place, CommentId("1"))
    assert seen is not None
    assert (seen.standing, seen.messages) == (Standing.HIDDEN, (702,)), "and its new part is known, to be taken away"


async def test_an_edits_replacement_keeps_the_old_link(store: SqliteStore, clock: Clock) -> None:
    place = await opened(store, clock)
    await store.plan(place, [send(1)])
    claim = await taken(store, clock)
    await store.tie(claim, 1, MessageId(700))
    await store.finish(claim, Outcome(mapped=mapped(1, 700)))
    await store.plan(place, [Planned(Edit(comment(1), None, 1))])
    edit = await taken(store, clock)
    await store.mark_surplus(edit, (MessageId(700),))
    await store.tie(edit, 1, MessageId(702))
    await store.finish(edit, Outcome(mapped=mapped(1, 702)))
    old, seen = await store.link(ONE, MessageId(700)), await store.comment(place, CommentId("1"))
    assert old is not None
    assert old.comment_id == "1"
    assert seen is not None
    assert seen.messages == (702,)
    assert await store.mirrors_shown(place, newer_than=MessageId(0)) == (702,)


async def test_a_deleted_message_is_not_queued_and_its_write_is_dropped(store: SqliteStore, clock: Clock) -> None:
    place = await opened(store, clock)
    await store.note_deleted(place, MessageId(600))
    assert not await store.queue(place, Planned(Write(message(600))))
    await store.queue(place, Planned(Write(message(601))))
    assert await store.note_deleted(place, MessageId(601))
    assert (await store.traces(place, MessageId(601))).stage is Stage.DELETED
    await store.queue(place, Planned(Write(message(602))))
    claim = await taken(store, clock)
    assert not await store.note_deleted(place, MessageId(602)), "it may have left"
    await store.postpone(claim, clock(), "x", may_have_arrived=False)
    assert await store.note_deleted(place, MessageId(602)), "it surely has not"


async def test_the_map_is_a_view_that_people_can_read(store: SqliteStore, clock: Clock, tmp_path: Path) -> None:
    place = await opened(store, clock)
    await store.plan(place, [send(1)])
    claim = await taken(store, clock)
    await store.tie(claim, 1, MessageId(700))
    await store.finish(claim, Outcome(mapped=mapped(1, 700)))
    with closing(sqlite3.connect(tmp_path / "bot.sqlite3")) as outside:
        rows = outside.execute("SELECT message_id, post, comment_id, part, origin, standing FROM map").fetchall()
    assert rows == [(700, "Post 1", "1", 1, "blog", "live")]


# ---------------------------------------------------------------- pruning


async def test_what_is_long_done_is_forgotten_without_being_done_again(store: SqliteStore, clock: Clock) -> None:
    place = await opened(store, clock)
    await store.plan(place, [send(1)])
    claim = await taken(store, clock)
    await store.tie(claim, 1, MessageId(700))
    await store.finish(claim, Outcome(mapped=mapped(1, 700)))
    await store.queue(place, Planned(Write(message(600))))
    await store.finish(await taken(store, clock), Outcome(note="refused"))
    clock.advance(86_400_000)
    before = (await store.figures(place.subscription_id)).done
    assert await store.prune(ONE, clock(), Millis(0)) == 1
    assert (await store.figures(place.subscription_id)).done == before - 1
    assert not await store.queue(place, Planned(Write(message(600)))), "read again, it would be refused again"
    assert not await store.queue(place, Planned(OpenThread(post())))
    assert await store.prune(ONE, clock(), clock()) == 0, "its thread may be read back to it, however long it is quiet"
    await store.set_watermark(place, MessageId(700))
    assert await store.prune(ONE, clock(), clock(), read_back=101) == 0
    assert await store.prune(ONE, clock(), clock(), read_back=99) == 1


# ---------------------------------------------------------------- the file


async def test_a_second_owner_is_refused(store: SqliteStore, clock: Clock, tmp_path: Path) -> None:
    with pytest.raises(StartupError, match="already uses"):
        await SqliteStore.open(tmp_path / "bot.sqlite3", clock)
    code = (
        "import asyncio, sys\nfrom pathlib import Path\nfrom bot.core.errors import StartupError\n"
        "from bot.store.sqlite.db import Database\n"
        "try: asyncio.run(Database.open(Path(sys.argv[1])))\nexcept StartupError: sys.exit(3)"
    )
    other = await asyncio.to_thread(
        subprocess.run, [sys.executable, "-c", code, str(tmp_path / "bot.sqlite3")], check=False
    )
    assert other.returncode == 3


async def test_a_newer_database_is_refused(tmp_path: Path, clock: Clock) -> None:
    path = tmp_path / "bot.sqlite3"
    store = await SqliteStore.open(path, clock)
    await store.close()
    with closing(sqlite3.connect(path)) as outside:
        outside.execute(f"PRAGMA user_version = {len(migrations()) + 1}")
    with pytest.raises(StartupError, match="newer"):
        await SqliteStore.open(path, clock)


async def test_a_file_that_is_no_database_is_refused(tmp_path: Path, clock: Clock) -> None:
    path = tmp_path / "bot.sqlite3"
    path.write_bytes(b"no database " * 100)
    with pytest.raises(StartupError, match="DATABASE"):
        await SqliteStore.open(path, clock)


async def test_waiting_is_shown_once_on_each_message_and_not_on_what_is_kept(store: SqliteStore, clock: Clock) -> None:
    place = await opened(store, clock)
    for number in (600, 601):
        await store.queue(place, Planned(Write(message(number))))
    await store.show_waiting(place)
    await store.show_waiting(place)
    await store.opt_out(place.guild_id, MemberId(1))
    await store.show_waiting(place)
    marks = []
    while (claim := await one_claim(store, ONE, clock(), [Queue.MARKS])) is not None:
        assert isinstance(claim.action, SetMark)
        marks.append((claim.action.message_id, claim.action.mark))
        await store.finish(claim, Outcome())
    assert sorted(marks, key=lambda one: one[0]) == [(600, Mark.HELD), (600, None), (601, Mark.HELD), (601, None)]


async def test_no_mark_says_that_words_wait_which_their_member_keeps_whoever_says_them_again(
    store: SqliteStore, clock: Clock
) -> None:
    place = await opened(store, clock)
    said = replace(message(600), author_id=MemberId(50), proxied=True, on_behalf_of=MemberId(1))
    await store.queue(place, Planned(Write(said)))
    await store.postpone(await taken(store, clock), Millis(clock() + 60_000), "x", may_have_arrived=True)
    await store.opt_out(GUILD, MemberId(1))
    clock.advance(11_000)
    assert await one_claim(store, ONE, clock(), [Queue.MARKS]) is None


async def test_a_reply_to_the_announcement_of_a_post_whose_number_is_anothers_is_about_no_post(
    store: SqliteStore, clock: Clock
) -> None:
    place = await opened(store, clock)
    assert await store.place_beside(CHANNEL, MessageId(900), place.starter_id) is not None
    await store.replace_posts(ONE, [PostId("1")], "another post has its number")
    assert await store.place_beside(CHANNEL, MessageId(900), place.starter_id) is None


async def test_what_is_held_back_waits_no_longer_once_its_number_is_another_posts(
    store: SqliteStore, clock: Clock
) -> None:
    await opened(store, clock)
    await store.note_posts(ONE, (post(2), post(3)), (), FeedState(), held_back=[PostId("2"), PostId("3")])
    await store.replace_posts(ONE, [PostId("2")], "another post has its number")
    assert [one.id for one in await store.held_back(ONE)] == ["3"]


async def test_no_other_database_repeats_a_nonce_and_a_restart_does(
    store: SqliteStore, clock: Clock, tmp_path: Path
) -> None:
    """Discord shows what it remembers under a nonce in the place of what is sent with it."""

    async def nonce_of(one: SqliteStore) -> str:
        await subscribe(one, "https://blog.example", CHANNEL, GUILD)
        await one.note_posts(ONE, (), (OpenThread(post()),), FeedState())
        claim = await one_claim(one, ONE, clock(), EVERY)
        assert claim is not None
        await one.release(ONE)
        return claim.nonce()

    (tmp_path / "anew").mkdir()
    other = await STORES["sqlite"](tmp_path / "anew", clock)
    try:
        first, second = await nonce_of(store), await nonce_of(other)
    finally:
        await other.close()
    assert first != second
    again = await one_claim(store, ONE, clock(), EVERY)
    assert again is not None
    assert again.nonce() == first


async def test_of_a_post_that_is_held_nothing_is_taken_but_what_moderators_are_told(
    store: SqliteStore, clock: Clock
) -> None:
    place = await opened(store, clock)
    await store.plan(place, [send(1)])
    await store.queue(place, Planned(Write(message(600))))
    await store.queue(place, Planned(Notify("A sentence.")))
    free = dict.fromkeys(EVERY, 1)
    held = await store.claim(ONE, clock(), free, backlog=1, most=9, without=(place.row,))
    assert [claim.action.traits.queue for claim in held.claims] == [Queue.MODERATORS]
    rest = await store.claim(ONE, clock(), free, backlog=1, most=9)
    assert {claim.action.traits.queue for claim in rest.claims} == {Queue.CHAT, Queue.BLOG}


async def test_what_is_adopted_is_mapped_and_what_waits_for_it_is_done_with(store: SqliteStore, clock: Clock) -> None:
    place = await opened(store, clock)
    await store.plan(place, [send(1)])
    await store.queue(place, Planned(Write(message(600))))
    relay = replace(mapped(2, 600), origin=Origin.DISCORD, key=message(600).jump_url)
    await store.adopt(place, [Adopted(mapped(1, 501, 502)), Adopted(relay, "digest", (SetMark(MessageId(600), None),))])
    assert await store.tied(place) == {501, 502, 600}
    known = (await store.snapshot(place)).mapped
    assert known[CommentId("1")].messages == (501, 502)
    assert known[CommentId("2")].key == message(600).jump_url
    assert not await store.pending_writes(place)
    assert not await store.on_their_way(place)
    assert (await taken(store, clock)).action == SetMark(MessageId(600), None)


async def test_a_thread_is_adopted_by_a_post_that_has_none_and_counts_as_the_greeting(
    store: SqliteStore, clock: Clock
) -> None:
    subscription = await subscribe(store, "https://blog.example", CHANNEL, GUILD)
    found = [(post(number), Opened(ThreadId(500 * number), MessageId(500 * number))) for number in (1, 2)]
    places = await store.adopt_threads(subscription.id, CHANNEL, found)
    assert {place.thread_id for place in places} == {500, 1000} == await store.every_thread()
    assert await store.newest_thread(subscription.id) == 1000
    fresh = await store.subscription(subscription.id)
    assert fresh is not None
    assert (fresh.greeted, fresh.greeted_with) == (True, "2")
    assert await store.adopt_threads(subscription.id, CHANNEL, [(post(1), Opened(ThreadId(7), MessageId(7)))]) == ()
