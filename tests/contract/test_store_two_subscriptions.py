"""Two subscriptions in one store: whatever is called for the one sees and changes nothing of the other.

Every method of the port is called here, or named with the reason why it belongs to nobody.
"""

from __future__ import annotations

import asyncio
import inspect
import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from bot.core.actions import Claim, OpenThread, Queue, Retract, Send, Urgency, Withdraw, Write
from bot.core.domain import (
    ActionId,
    AttachmentId,
    ChannelId,
    Comment,
    CommentId,
    GuildId,
    Link,
    Mapped,
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
from bot.ports import (
    Act,
    Adopted,
    Asking,
    FeedState,
    MayGo,
    Media,
    Opened,
    Outcome,
    Planned,
    PollRecord,
    Recognised,
    RelayChange,
    Store,
    Upload,
)
from bot.store.sqlite.store import SqliteStore
from tests.support.clock_and_faults import Clock
from tests.support.one_claim import one_claim
from tests.support.subscribing import subscribe

EVERY = list(Queue)
OF_NOBODY = {"place_of_thread", "every_thread", "remember", "said", "words_kept_since"}
"""Methods that are asked for the house as a whole."""

OF_A_SERVER = {"opt_out", "opt_in", "opted_out"}
"""Methods that follow a member through all subscriptions of one server."""


def post(house: int) -> Post:
    """The same number on each blog: numbers are no identity."""
    url = f"https://blog{house}.example/1/"
    return Post(PostId("1"), url, url, f"Post of {house}", "Ann", Millis(1), "<p>x</p>")


OTHER = replace(post(1), id=PostId("2"), guid="https://blog1.example/2/", url="https://blog1.example/2/")


def comment(number: int) -> Comment:
    return Comment(CommentId(str(number)), PostId("1"), None, "Ben", Millis(number), "<p>x</p>", f"https://x/#{number}")


@dataclass
class House:
    """One subscription with a bit of everything in it; ``number`` keeps its messages apart from the other's."""

    number: int
    id: SubscriptionId
    place: Place

    def message(self, number: int, author: int = 1) -> Message:
        url = f"https://discord.com/{self.number}/{number}"
        thread = ThreadId(self.number * 1000)
        return Message(self.of(number), thread, MemberId(author), "Ann", MessageKind.PLAIN, "x", url)

    def of(self, number: int) -> MessageId:
        return MessageId(self.number * 1000 + number)

    def mapped(self, number: int, *messages: int, origin: Origin = Origin.BLOG) -> Mapped:
        parts = tuple(self.of(one) for one in messages)
        return Mapped(CommentId(str(number)), None, origin, "Ben", "d", 0, Standing.LIVE, parts, None, Millis(0))


async def build(store: SqliteStore, clock: Clock, number: int) -> House:
    """A post with its thread, a mirror, a relay, a file, a deletion, and in the outbox: ready, sending, dead, done."""
    subscription = await subscribe(store, f"https://blog{number}.example", ChannelId(number), GuildId(number))
    await store.note_posts(subscription.id, (post(number),), (OpenThread(post(number)),), FeedState(f"etag {number}"))

    async def take(queues: list[Queue] = EVERY) -> Claim:
        claim = await one_claim(store, subscription.id, clock(), queues)
        assert claim is not None
        assert claim.place.subscription_id == subscription.id
        return claim

    thread = ThreadId(number * 1000)
    await store.finish(await take(), Outcome(opened=Opened(thread, MessageId(thread)), shown=post(number)))
    place = await store.place_of_thread(thread)
    assert place is not None
    house = House(number, subscription.id, place)
    await store.note_poll(house.id, PollRecord(clock(), f"error {number}"))
    await store.plan(place, [Planned(Send(comment(1), None, 0))])
    claim = await take()
    await store.tie(claim, 1, house.of(10))
    await store.finish(claim, Outcome(mapped=house.mapped(1, 10)))
    await store.queue(place, Planned(Write(house.message(20))))
    relay = house.mapped(2, 20, origin=Origin.DISCORD)
    await store.finish(await take(), Outcome(mapped=relay, message_digest="d"))
    await store.note_deleted(place, house.of(30))
    await store.note_upload(
        place, Upload(AttachmentId(number * 1000), house.of(20), Media(MediaId("5"), "https://x/5"))
    )
    await store.queue_rewrite(place, house.of(20))
    await store.postpone(await take(), Millis(clock() + 5000 * number), "later", may_have_arrived=False, yields=True)
    await store.queue(place, Planned(Write(house.message(40))))
    await store.park(await take(), "no")
    backlog = [Planned(Send(comment(one), None, 0, silent=True), Urgency.BACKFILL) for one in range(50, 65)]
    await store.plan(place, backlog)
    await store.queue(place, Planned(Write(house.message(41, author=9))))
    await take([Queue.CHAT])
    await take([Queue.BLOG])
    await store.note_aside(place, house.of(21))
    await store.set_channel_read(house.id, ChannelId(number), house.of(21))
    await store.hint(place, house.message(42), "x")
    return house


TABLES = {
    "subscriptions": "SELECT * FROM subscriptions WHERE id = ?",
    "posts": "SELECT * FROM posts WHERE subscription_id = ?",
    "comments": "SELECT comments.* FROM comments JOIN posts ON posts.id = post_id WHERE subscription_id = ?",
    "links": "SELECT links.* FROM links JOIN comments ON comments.id = comment JOIN posts ON posts.id = post_id"
    " WHERE subscription_id = ?",
    "outbox": "SELECT outbox.* FROM outbox JOIN posts ON posts.id = post_id WHERE posts.subscription_id = ?",
    "uploads": "SELECT uploads.* FROM uploads JOIN posts ON posts.id = post_id WHERE subscription_id = ?",
    "asides": "SELECT asides.* FROM asides JOIN posts ON posts.id = post_id WHERE subscription_id = ?",
    "channels_read": "SELECT * FROM channels_read WHERE subscription_id = ?",
    "hinted": "SELECT hinted.* FROM hinted JOIN posts ON posts.id = post_id WHERE subscription_id = ?",
    "deletions": "SELECT * FROM deletions WHERE subscription_id = ?",
}


class Pair:
    """A store with two houses, and what the file holds of each."""

    def __init__(self, store: SqliteStore, clock: Clock, path: Path, a: House, b: House) -> None:
        self.store, self.clock, self.path, self.a, self.b = store, clock, path, a, b

    def held(self, house: House) -> dict[str, list[tuple[object, ...]]]:
        with closing(sqlite3.connect(self.path)) as outside:
            return {name: outside.execute(sql, (house.id,)).fetchall() for name, sql in TABLES.items()}

    def under_way(self, house: House) -> list[Claim]:
        """The claims that :func:`build` has taken last, as far as the map's methods need them."""
        with closing(sqlite3.connect(self.path)) as outside:
            found = outside.execute(
                "SELECT outbox.id FROM outbox JOIN posts ON posts.id = post_id"
                " WHERE posts.subscription_id = ? AND state = 'sending' AND kind = 'send'",
                (house.id,),
            ).fetchall()
        action = Send(comment(50), None, 0, silent=True)
        return [Claim(number, action, house.place, 1, False, None, Millis(0), Millis(0)) for (number,) in found]


@pytest.fixture
async def pair(tmp_path: Path) -> AsyncIterator[Pair]:
    clock, path = Clock(), tmp_path / "bot.sqlite3"
    store = await SqliteStore.open(path, clock)
    a, b = await build(store, clock, 1), await build(store, clock, 2)
    yield Pair(store, clock, path, a, b)
    await store.close()


Call = Callable[[Pair], Awaitable[Any]]


def later(pair: Pair) -> Millis:
    return Millis(pair.clock() + 10**12)


async def adopted(pair: Pair) -> list[PostId]:
    """A's other post gets a thread. The number of its row depends on who came first, and means nothing."""
    found = [(OTHER, Opened(ThreadId(7), MessageId(7)))]
    return [one.post_id for one in await pair.store.adopt_threads(pair.a.id, ChannelId(1), found)]


# What is asked or done for A, where it can be with B's names in it: the same numbers, B's messages, B's rows.
def asking(act: Act) -> Asking:
    """For a turn at once."""
    return Asking(MemberId(1), act, Millis(0), 0, lambda _: MayGo(Millis(0)))


CALLS: dict[str, Call] = {
    "subscription": lambda p: p.store.subscription(p.a.id),
    "set_paused": lambda p: p.store.set_paused(p.a.id, paused=True),
    "outlook": lambda p: p.store.outlook(p.a.id),
    "note_posts": lambda p: p.store.note_posts(p.a.id, (replace(post(1), title="New"),), (), FeedState("e")),
    "changed_posts": lambda p: p.store.changed_posts(p.a.id),
    "listed_posts": lambda p: p.store.listed_posts(p.a.id, [PostId("1")]),
    "note_listed": lambda p: p.store.note_listed(p.a.id, replace(post(1), title="New")),
    "replace_posts": lambda p: p.store.replace_posts(p.a.id, [PostId("1")], "another's number"),
    "held_back": lambda p: p.store.held_back(p.a.id),
    "note_poll": lambda p: p.store.note_poll(p.a.id, PollRecord(Millis(1), "bad")),
    "last_poll": lambda p: p.store.last_poll(p.a.id),
    "places": lambda p: p.store.places(p.a.id),
    "place": lambda p: p.store.place(p.a.id, p.b.place.row),
    "lose": lambda p: p.store.lose(p.a.place, "gone"),
    "reopen": lambda p: p.store.reopen(p.a.id),
    "next_audit": lambda p: p.store.next_audit(p.a.id, later(p)),
    "note_audit": lambda p: p.store.note_audit(p.a.place, p.b.of(10)),
    "audited_to": lambda p: p.store.audited_to(p.a.place),
    "audit_first": lambda p: p.store.audit_first(p.a.id),
    "newest_thread": lambda p: p.store.newest_thread(p.a.id),
    "adopt_threads": adopted,
    "tied": lambda p: p.store.tied(p.a.place),
    "doubt": lambda p: p.store.doubt(p.a.place),
    "adopt": lambda p: p.store.adopt(p.a.place, [Adopted(p.a.mapped(50, 70))]),
    "hold_past": lambda p: p.store.hold_past(p.a.id, p.b.of(90)),
    "note_recognised": lambda p: p.store.note_recognised(p.a.place, Recognised((CommentId("1"),))),
    "snapshot": lambda p: p.store.snapshot(p.a.place),
    "comment": lambda p: p.store.comment(p.a.place, CommentId("1")),
    "mapped": lambda p: p.store.mapped(p.a.place),
    "link": lambda p: p.store.link(p.a.id, p.b.of(20)),
    "tie": lambda p: p.store.tie(p.under_way(p.a)[0], 1, p.b.of(10)),
    "mark_surplus": lambda p: p.store.mark_surplus(p.under_way(p.a)[0], (p.b.of(10),)),
    "surplus": lambda p: p.store.surplus(p.under_way(p.a)[0]),
    "hide": lambda p: p.store.hide(p.a.place, p.b.of(10)),
    "links_of_members": lambda p: p.store.links_of_members(p.a.place, newer_than=MessageId(0)),
    "mirrors_shown": lambda p: p.store.mirrors_shown(p.a.place, newer_than=MessageId(0)),
    "plan": lambda p: p.store.plan(p.a.place, [], [RelayChange(p.a.mapped(1, 10), Standing.GONE, ())]),
    "queue": lambda p: p.store.queue(p.a.place, Planned(Withdraw(p.b.of(20)))),
    "refresh_write": lambda p: p.store.refresh_write(p.a.place, p.b.message(40)),
    "write_anew": lambda p: p.store.write_anew(p.a.place, Write(p.b.message(40))),
    "reword": lambda p: p.store.reword(p.under_way(p.a)[0], Write(p.b.message(40))),
    "was_deleted": lambda p: p.store.was_deleted(p.a.place, p.b.of(40)),
    "note_deleted": lambda p: p.store.note_deleted(p.a.place, p.b.of(40)),
    "traces": lambda p: p.store.traces(p.a.place, p.b.of(40)),
    "comments": lambda p: p.store.comments(p.a.place, (CommentId("1"),)),
    "hint": lambda p: p.store.hint(p.a.place, p.b.message(40), "x"),
    "stays": lambda p: p.store.stays(p.a.place, p.b.message(40)),
    "note_upload": lambda p: p.store.note_upload(p.a.place, Upload(AttachmentId(2000), p.b.of(20), refused=True)),
    "uploads": lambda p: p.store.uploads(p.a.place, p.b.of(20)),
    "carried_files": lambda p: p.store.carried_files(p.a.place, newer_than=MessageId(0)),
    "forget_upload": lambda p: p.store.forget_upload(p.a.place, AttachmentId(2000)),
    "file_turn": lambda p: p.store.file_turn(p.a.place, AttachmentId(2000), asking(Act.FILE)),
    "over_measure": lambda p: p.store.over_measure(p.a.id),
    "writer_of": lambda p: p.store.writer_of(p.a.place, p.b.of(20)),
    "queue_rewrite": lambda p: p.store.queue_rewrite(p.a.place, p.b.of(20)),
    "rewrite_under_way": lambda p: p.store.rewrite_under_way(p.a.place, p.b.of(20)),
    "pending_writes": lambda p: p.store.pending_writes(p.a.place),
    "show_waiting": lambda p: p.store.show_waiting(p.a.place),
    "on_their_way": lambda p: p.store.on_their_way(p.a.place),
    "release": lambda p: p.store.release(p.a.id),
    "sends_in_doubt": lambda p: p.store.sends_in_doubt(p.a.place),
    "claim": lambda p: one_claim(p.store, p.a.id, later(p), EVERY),
    "finish": lambda p: p.store.finish(p.under_way(p.a)[0], Outcome(mapped=p.a.mapped(50, 70))),
    "postpone": lambda p: p.store.postpone(p.under_way(p.a)[0], Millis(9), "x", may_have_arrived=True),
    "park": lambda p: p.store.park(p.under_way(p.a)[0], "no"),
    "hasten": lambda p: p.store.hasten(p.a.id, queue=Queue.CHAT),
    "retry_parked": lambda p: p.store.retry_parked(p.a.id),
    "parked": lambda p: p.store.parked(p.a.id),
    "stuck": lambda p: p.store.stuck(p.a.id),
    "figures": lambda p: p.store.figures(p.a.id),
    "place_beside": lambda p: p.store.place_beside(p.a.place.channel_id, p.a.of(20), p.a.of(10)),
    "note_aside": lambda p: p.store.note_aside(p.a.place, p.a.of(20)),
    "is_aside": lambda p: p.store.is_aside(p.a.place, p.b.of(20)),
    "channel_read": lambda p: p.store.channel_read(p.a.id, ChannelId(2)),
    "set_channel_read": lambda p: p.store.set_channel_read(p.a.id, ChannelId(2), MessageId(9999)),
    "watermark": lambda p: p.store.watermark(p.a.place),
    "set_watermark": lambda p: p.store.set_watermark(p.a.place, MessageId(9999)),
    "allow_removals": lambda p: p.store.allow_removals(p.a.place, allowed=True),
    "forget_thread": lambda p: p.store.forget_thread(p.a.place),
    "backfill": lambda p: p.store.backfill(p.a.place),
    "end_backfill": lambda p: p.store.end_backfill(p.a.place),
    "prune": lambda p: p.store.prune(p.a.id, later(p), later(p)),
}


def test_no_method_of_the_port_is_missing_here() -> None:
    methods = {name for name, _ in inspect.getmembers(Store, inspect.isfunction) if not name.startswith("_")}
    assert methods == set(CALLS) | OF_NOBODY | OF_A_SERVER


@pytest.mark.parametrize("name", CALLS)
async def test_what_is_called_for_one_changes_nothing_of_the_other(pair: Pair, name: str) -> None:
    before = pair.held(pair.b)
    assert all(before.values()), "the other house has something of everything"
    await CALLS[name](pair)
    assert pair.held(pair.b) == before


@pytest.mark.parametrize("name", CALLS)
async def test_what_is_answered_to_one_does_not_depend_on_the_other(tmp_path: Path, name: str) -> None:
    """The same question with and without another subscription in the file."""
    answers = []
    for others in (False, True):
        clock, path = Clock(), tmp_path / f"{others}.sqlite3"
        store = await SqliteStore.open(path, clock)
        a = await build(store, clock, 1)
        if others:
            b = await build(store, clock, 2)
            await store.lose(b.place, "gone")
        else:
            b = House(2, SubscriptionId(2), replace(a.place, row=2, thread_id=ThreadId(2000)))
        try:
            answer = await CALLS[name](Pair(store, clock, path, a, b))
        finally:
            await store.close()
        answers.append(replace(answer, id=ActionId(0), database="") if isinstance(answer, Claim) else answer)
    assert answers[0] == answers[1]


async def test_a_thread_leads_to_its_subscription_and_to_no_other(pair: Pair) -> None:
    for house in (pair.a, pair.b):
        place = await pair.store.place_of_thread(ThreadId(house.number * 1000))
        assert place is not None
        assert place.subscription_id == house.id
        link = await pair.store.link(house.id, house.of(20))
        assert isinstance(link, Link)
        assert link.post_row == house.place.row
    assert await pair.store.place_of_thread(ThreadId(5)) is None


async def test_a_members_word_reaches_every_subscription_of_their_server_alone(pair: Pair) -> None:
    before = pair.held(pair.b)
    assert await pair.store.opt_out(GuildId(1), MemberId(1)) == 1
    assert await pair.store.opted_out(GuildId(1), MemberId(1))
    assert not await pair.store.opted_out(GuildId(2), MemberId(1))
    assert await pair.store.opt_in(GuildId(1), MemberId(1), after=MessageId(1))
    assert pair.held(pair.b) == before


async def test_two_that_empty_their_outboxes_at_once_never_take_each_others(pair: Pair) -> None:
    await asyncio.gather(*(pair.store.release(house.id) for house in (pair.a, pair.b)))

    async def empty(house: House) -> set[ActionId]:
        done: set[ActionId] = set()
        while (claim := await one_claim(pair.store, house.id, later(pair), EVERY)) is not None:
            assert claim.place.subscription_id == house.id
            done.add(claim.id)
            await pair.store.finish(claim, Outcome())
        return done

    first, second = await asyncio.gather(empty(pair.a), empty(pair.b))
    assert not first & second
    assert len(first) == len(second) > 15


async def test_a_retract_of_one_does_not_delete_the_others_mirror(pair: Pair) -> None:
    """Both blogs have a comment 1."""
    await pair.store.release(pair.a.id)
    await pair.store.plan(pair.a.place, [Planned(Retract(CommentId("1"), 1, tombstone=False))])
    claim = await one_claim(pair.store, pair.a.id, later(pair), [Queue.CHAT])
    assert claim is not None
    await pair.store.mark_surplus(claim, (pair.a.of(10),))
    assert await pair.store.surplus(claim) == (pair.a.of(10),)
    await pair.store.finish(claim, Outcome(mapped=replace(pair.a.mapped(1), standing=Standing.GONE)))
    there = await pair.store.comment(pair.b.place, CommentId("1"))
    assert there is not None
    assert (there.standing, there.messages) == (Standing.LIVE, (pair.b.of(10),))
