"""Whoever watches: which events the machine tells, what the log makes of them, and what is counted.

Does not ask what is right to be done; only that it is told, once, with its ids and without anybody's words.
"""

from __future__ import annotations

import asyncio
import json
import logging
from typing import TypeVar

import pytest

from bot.core.actions import Urgency
from bot.core.domain import CommentId, MessageId, PostId, SubscriptionId, ThreadId
from bot.core.errors import NotUnderstood
from bot.ports.blogs import Connected
from bot.ports.observer import (
    Attempted,
    Decided,
    EngineTurned,
    Event,
    Judged,
    Looked,
    ModeratorsTold,
    Result,
    ThreadLost,
    Turn,
    Unforeseen,
    Whereabouts,
)
from bot.sync import hub as hub_room
from bot.sync.engine import Engine
from bot.sync.hub import Hub
from bot.sync.observers import Observers
from bot.sync.served import Assembled
from bot.watch.figures import BOUNDS, Histogram, Tally
from bot.watch.log import REMEMBERED, LogObserver, OneLine, Quiet
from tests.support.clock_and_faults import Fault
from tests.support.engine_in_memory import world
from tests.support.engine_shorthand import Scene, scene

E = TypeVar("E", bound=Event)
HERE = Whereabouts(SubscriptionId(3), PostId("5"), ThreadId(50))


class Hearing:
    """Keeps what it hears."""

    def __init__(self) -> None:
        self.events: list[Event] = []

    def hear(self, event: Event) -> None:
        self.events.append(event)

    def of(self, kind: type[E]) -> list[E]:
        return [one for one in self.events if isinstance(one, kind)]

    def take(self, kind: type[E]) -> list[E]:
        found = self.of(kind)
        self.events.clear()
        return found


class Deaf:
    """Fails at every event."""

    def __init__(self) -> None:
        self.heard = 0

    def hear(self, event: Event) -> None:
        self.heard += 1
        raise ValueError("full")


class Seconds:
    """A clock of seconds."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


def attempt(result: Result, reason: str = "", *, key: str = "send:9:0", kind: str = "send") -> Attempted:
    return Attempted(HERE, kind, key, result, 1, 12.0, 0.4, reason)


def look(error: str = "", subscription: int = 3) -> Looked:
    return Looked(Whereabouts(SubscriptionId(subscription)), "https://blog.example", 0.2, error)


# ---------------------------------------------------------------- what is told


async def test_a_comment_on_its_way_is_told_with_its_ids_and_durations() -> None:
    heard = Hearing()
    async with scene(observer=heard) as s:
        await s.quiet()
        opening = heard.of(Decided)[0]
        assert (opening.kind, opening.key, opening.where.post) == ("open", f"open:{s.post}:0", PostId(s.post))
        heard.events.clear()
        alpha = s.comment("alpha")
        await s.world.engine.poll()
        s.world.clock.advance(60_000)
        s.world.faults.arm("chat", Fault.SLOW)
        await s.world.engine.drain()
        (place,) = await s.world.places()
        (looked,), (decided,), (done,) = heard.of(Looked), heard.of(Decided), heard.of(Attempted)
    where = Whereabouts(
        place.subscription_id, place.post_id, place.thread_id, place.channel_id, comment=CommentId(alpha.id)
    )
    assert (looked.where.subscription, looked.error) == (place.subscription_id, "")
    assert looked.seconds > 0
    assert decided == Decided(where, "send", f"send:{alpha.id}:0", "it is new on the blog", Urgency.LIVE)
    assert (done.where, done.key, done.result, done.attempts) == (where, decided.key, Result.DONE, 1)
    assert 30 <= done.took < 40, "one slow answer"
    assert 90 <= done.waited < 100, "and the minute before"


async def test_what_members_do_is_told() -> None:
    heard = Hearing()
    async with scene(observer=heard) as s:
        alpha = s.comment("alpha")
        await s.quiet()
        heard.events.clear()
        said = s.say("beta", s.mirror(alpha).id)
        await s.quiet()
        assert s.relay(said) is not None
        written = [(one.kind, one.where.message) for one in heard.take(Decided)]
        assert written == [("write", said)]
        s.chat.member_edits(said, "gamma")
        await s.quiet()
        assert [(one.key, one.where.message) for one in heard.take(Decided)] == [(f"rewrite:{said}", said)]
        s.chat.delete_messages(said)
        await s.quiet()
        assert (Decided, f"withdraw:{said}") in [(type(one), one.key) for one in heard.of(Decided)]


async def test_what_went_wrong_is_told() -> None:
    heard = Hearing()
    async with scene(approve=False, observer=heard) as s:
        alpha = s.comment("alpha")
        await s.quiet()
        heard.events.clear()
        s.blog.disallowed.add("casino")
        s.blog.down = True
        await s.world.engine.poll()
        assert [bool(one.error) for one in heard.take(Looked)] == [True]
        said = s.say("beta", s.mirror(alpha).id)
        await s.world.work(poll=False)
        (back,) = heard.take(Attempted)
        assert (back.result, back.kind, back.where.message, back.attempts) == (Result.PUT_BACK, "write", said, 1)
        assert back.reason
        await s.quiet()
        relay = s.relay(said)
        assert relay is not None
        heard.events.clear()
        s.blog.set_status(relay.id, "approved")
        await s.quiet()
        assert [(one.where.comment, one.standing.value) for one in heard.of(Judged)] == [(relay.id, "live")]
        thread = s.thread()
        s.chat.delete_thread(thread)
        s.comment("delta")
        await s.world.work()
        assert [one.where.thread for one in heard.of(ThreadLost)] == [thread]
        assert [one.where.thread for one in heard.of(ModeratorsTold)] == [thread], "told once"


async def test_what_is_parked_is_told_and_so_is_a_mistake_of_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    heard = Hearing()
    async with scene(observer=heard) as s:
        await s.quiet()

        async def broken(*_: object) -> None:
            raise ZeroDivisionError

        monkeypatch.setattr(s.world.engine._dispatcher._executor, "carry_out", broken)
        heard.events.clear()
        alpha = s.comment("alpha")
        await s.world.work()
        while await s.world.next_moment():
            await s.world.work(poll=False)
        ends = [one for one in heard.of(Attempted) if one.key == f"send:{alpha.id}:0"]
        assert [one.result for one in ends] == [*[Result.PUT_BACK] * 4, Result.PARKED]
        mistakes = [one for one in heard.of(Unforeseen) if one.doing == f"send:{alpha.id}:0"]
        assert [type(one.error) for one in mistakes] == [ZeroDivisionError] * 5
        assert mistakes[0].where.comment == alpha.id


async def test_turns_of_an_engine_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hub_room, "FIRST_PAUSE", 0.001)
    heard, told = Hearing(), list[str]()
    async with world() as one:

        async def falls() -> None:
            raise NotUnderstood("the database speaks in tongues")

        async def aclose() -> None:
            pass

        async def assemble(_connected: Connected, _at: MessageId | None) -> Assembled:
            engine: Engine = one.engine
            monkeypatch.setattr(engine, "run", falls)
            return Assembled(engine, aclose)

        async def tell(_: Connected, sentence: str) -> None:
            told.append(sentence)

        served = Hub(one.store, one.store, assemble, tell=tell, observer=heard)
        await served.start(one.subscription)
        with pytest.raises(NotUnderstood):
            await asyncio.wait_for(served.run(), 10)
        await served.rest(one.subscription, "another blog answers")
    turns = heard.of(EngineTurned)
    assert [turn.turn for turn in turns] == [Turn.STARTED, *[Turn.FELL] * hub_room.FALLS, Turn.RESTS, Turn.STOPPED]
    assert {turn.where.subscription for turn in turns} == {one.subscription}
    assert isinstance(turns[1].error, NotUnderstood)
    assert told == [turns[-2].reason]


# ---------------------------------------------------------------- failures of observers


async def test_an_observer_that_fails_stops_nothing(caplog: pytest.LogCaptureFixture) -> None:
    deaf, heard = Deaf(), Hearing()
    async with scene(observer=Observers((deaf, heard))) as s:
        alpha = s.comment("alpha")
        await s.quiet()
        said = s.say("beta", s.mirror(alpha).id)
        await s.quiet()
        assert s.relay(said) is not None
    assert deaf.heard == len(heard.events) > 5, "it is not given up, and the other hears all the same"
    assert caplog.text.count("observer Deaf could not take down") == 1
    async with scene(observer=Deaf()) as s:
        alpha = s.comment("alpha")
        await s.quiet()
        assert s.mirror(alpha)


# ---------------------------------------------------------------- the log


def said(caplog: pytest.LogCaptureFixture, level: int = logging.INFO) -> list[str]:
    lines = [record.getMessage() for record in caplog.records if record.levelno >= level]
    caplog.clear()
    return lines


def test_a_blog_that_is_down_is_told_when_it_begins_and_when_it_is_over(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG, "bot")
    seconds = Seconds()
    observer = LogObserver(seconds)
    for _ in range(3):
        observer.hear(look("It is down."))
        observer.hear(look("It is down.", subscription=4))
        seconds.now += 60
    assert said(caplog, logging.WARNING) == [
        "look at https://blog.example, subscription 3: It is down.",
        "look at https://blog.example, subscription 4: It is down.",
    ]
    observer.hear(look("It says no."))
    assert said(caplog, logging.WARNING) == ["look at https://blog.example, subscription 3: It says no."]
    seconds.now += 60
    observer.hear(look())
    (over,) = [vars(record) for record in caplog.records]
    assert (over["times"], over["lasted"], over["was"], over["subscription"]) == (1, 60, "It says no.", 3)
    assert said(caplog, logging.WARNING)[0].endswith("well again; it had failed once in 60 s: It says no.")
    observer.hear(look())
    assert said(caplog) == []


def test_an_action_that_is_put_back_again_and_again_is_told_twice(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG, "bot")
    seconds = Seconds()
    observer = LogObserver(seconds)
    for _ in range(4):
        observer.hear(attempt(Result.PUT_BACK, "Discord does not answer."))
        seconds.now += 100
    record = vars(caplog.records[0])
    assert (record["action"], record["kind"], record["result"]) == ("send:9:0", "send", "put back")
    assert (record["post_id"], record["thread_id"], record["subscription"]) == ("5", 50, 3)
    assert (record["attempts"], record["waited"], record["took"]) == (1, 12.0, 0.4)
    assert said(caplog) == ["put back: send:9:0 of post 5, subscription 3: Discord does not answer."]
    observer.hear(attempt(Result.DONE))
    assert (caplog.records[0].levelname, vars(caplog.records[0])["times"]) == ("WARNING", 4)
    assert said(caplog) == [
        "done: send:9:0 of post 5, subscription 3; it had failed 4 times in 400 s: Discord does not answer."
    ]
    observer.hear(attempt(Result.PUT_BACK, "Discord does not answer."))
    observer.hear(attempt(Result.DONE))
    assert [record.levelname for record in caplog.records] == ["WARNING", "INFO"], "the next trouble is another one"
    caplog.clear()
    for result in (Result.WAITS, Result.WAITS, Result.DONE):
        observer.hear(attempt(result, "Its parent goes first." if result is Result.WAITS else ""))
    assert [record.levelname for record in caplog.records] == ["INFO", "DEBUG", "INFO"], "to wait is no trouble"


@pytest.mark.parametrize(
    ("event", "level", "line"),
    [
        (attempt(Result.WAITS, "Its parent goes first."), "INFO", "waits: send:9:0 of post 5, subscription 3: Its"),
        (attempt(Result.PARKED, "Too long."), "ERROR", "parked: send:9:0 of post 5, subscription 3: Too long."),
        (ThreadLost(HERE, "It was deleted."), "ERROR", "lost: thread 50 of post 5, subscription 3: It was deleted."),
        (ModeratorsTold(HERE, "", "Look."), "WARNING", "for moderators of subscription 3: post 5: Look."),
        (
            ModeratorsTold(HERE, "its address", "Look."),
            "WARNING",
            "for moderators of subscription 3: its address: Look.",
        ),
        (EngineTurned(HERE, Turn.RESTS, "Why."), "WARNING", "subscription 3 rests: Why."),
        (EngineTurned(HERE, Turn.STARTED), "INFO", "subscription 3 started"),
        (
            Decided(HERE, "send", "send:9:0", "new", Urgency.LIVE),
            "INFO",
            "queued: send:9:0 of post 5, subscription 3: new",
        ),
    ],
)
def test_each_event_has_its_level(event: Event, level: str, line: str, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG, "bot")
    LogObserver().hear(event)
    (record,) = caplog.records
    assert record.levelname == level
    assert record.getMessage().startswith(line)
    assert vars(record)["subscription"] == 3


def test_a_mistake_of_ours_is_shown_once_with_the_way_to_it(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "bot")
    observer = LogObserver()
    for _ in range(3):
        try:
            json.loads("{")
        except ValueError as error:
            observer.hear(Unforeseen(HERE, "plan", error))
    assert len(caplog.records) == 1
    assert "json.loads" in caplog.text


def test_the_troubles_of_a_stopped_engine_are_forgotten_and_others_are_kept() -> None:
    quiet = Quiet(Seconds())
    for number in (3, 4):
        assert quiet.is_news((number, "", "look"), "down")
    quiet.forget(3)
    assert quiet.is_news((3, "", "look"), "down")
    assert not quiet.is_news((4, "", "look"), "down")
    for number in range(REMEMBERED):
        quiet.is_news((5, str(number), "look"), "down")
    assert quiet.over((4, "", "look")) is None, "what is never over is not kept for ever"


async def troubled(s: Scene) -> MessageId:
    """Comments, answers, edits and deletions with marked words, while most goes wrong once."""
    s.blog.posts[s.post].html = "<p>SECRETpost</p>"
    alpha = s.blog.comment(s.post, "SECRETcomment", author="SECRETauthor")
    s.world.faults.arm("chat", *Fault)
    await s.world.work()
    await s.quiet()
    said = s.say("SECRETanswer", s.mirror(alpha).id)
    s.world.faults.arm("blog", *Fault)
    await s.world.work()
    await s.quiet()
    s.blog.disallowed.add("SECRETspam")
    s.say("SECRETspam", s.mirror(alpha).id)
    s.chat.member_edits(said, "SECRETedit")
    alpha.html, alpha.author = "SECRETchange", "SECRETname"
    s.chat.permitted = False
    await s.world.work()
    await s.world.work()
    await s.quiet()
    s.chat.delete_messages(said)
    s.blog.force_delete(alpha.id)
    s.blog.down = True
    await s.world.work()
    await s.quiet()
    s.chat.delete_thread(s.thread())
    s.blog.comment(s.post, "SECRETend", author="SECRETauthor")
    await s.world.work()
    return said


async def test_nobodys_words_or_name_are_in_the_log_or_in_an_event(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG, "bot")
    heard, tally = Hearing(), Tally()
    async with scene(observer=Observers((LogObserver(), heard, tally))) as s:
        await troubled(s)
    records = [record for record in caplog.records if record.name.startswith("bot.")]
    assert {"INFO", "WARNING", "ERROR"} <= {record.levelname for record in records}, "all went wrong that should"
    assert {type(one) for one in heard.events} >= {Looked, Decided, Attempted, ThreadLost, ModeratorsTold}
    assert not [record for record in records if "SECRET" in f"{record.getMessage()} {vars(record)}"]
    assert "SECRET" not in caplog.text
    assert not [event for event in heard.events if "SECRET" in repr(event)]
    assert "SECRET" not in json.dumps(tally.plain())


# ---------------------------------------------------------------- the figures


def test_what_is_counted() -> None:
    tally = Tally()
    for event in (
        look(),
        look("down"),
        look("down"),
        look("down", subscription=4),
        Decided(HERE, "send", "send:9:0", "new", Urgency.LIVE),
        attempt(Result.PUT_BACK, "no answer"),
        attempt(Result.PUT_BACK, "no answer"),
        attempt(Result.DONE),
        attempt(Result.PARKED, "no", key="write:7", kind="write"),
        ThreadLost(HERE, "gone"),
        ModeratorsTold(HERE, "", "look"),
        Unforeseen(HERE, "plan", ValueError()),
        EngineTurned(HERE, Turn.FELL),
    ):
        tally.hear(event)
    plain = json.loads(json.dumps(tally.plain()))
    send, write = plain["kinds"]["send"], plain["kinds"]["write"]
    assert (send["queued"], send["results"]) == (1, {"put back": 2, "done": 1})
    assert (write["queued"], write["results"]) == (0, {"parked": 1})
    assert (send["took"]["count"], send["waited"]["count"], send["waited"]["total"]) == (3, 1, 12.0)
    three, four = plain["subscriptions"]["3"], plain["subscriptions"]["4"]
    assert (three["looks"], three["failed"], three["failing"]) == (3, 2, 2)
    assert (four["looks"], four["failed"], four["results"]) == (1, 1, {})
    assert three["results"] == {"put back": 2, "done": 1, "parked": 1}
    assert (three["threads_lost"], three["told"], three["mistakes"], three["turns"]) == (1, 1, 1, {"fell": 1})
    tally.hear(look())
    assert tally.subscriptions[SubscriptionId(3)].failing == 0
    assert three["looks"] == 3, "what was handed out does not change"


def test_durations_fall_into_bins() -> None:
    histogram = Histogram()
    for seconds in (-1.0, 0.1, 0.2, 60.0, 5000.0):
        histogram.add(seconds)
    assert histogram.bins == [2, 1, *[0] * (BOUNDS.index(60.0) - 2), 1, 0, 0, 1]
    assert (histogram.count, histogram.total) == (5, 0.0 + 0.1 + 0.2 + 60.0 + 5000.0)


def test_no_words_of_a_blog_begin_a_line_of_their_own_or_move_the_cursor() -> None:
    said = "look at a blog: \x1b[2Jwell\n2026-12-01 ERROR \u202egone, “Ça va”"
    record = logging.LogRecord("bot", logging.INFO, "", 0, "%s", (said,), None)
    assert OneLine("%(message)s").format(record) == (
        "look at a blog: \\x1b[2Jwell\\n2026-12-01 ERROR \\u202egone, “Ça va”"
    )
