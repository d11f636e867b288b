"""How much a member may bring to the blogs of a server at once: what is over it waits, and is not lost.

The rule alone, and a whole engine over a blog and a Discord in memory, with a clock that costs nothing.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import pytest

from bot.core.domain import GuildId, Mark, MemberId, MessageId, Millis
from bot.core.policy import Measure
from bot.ports.turns import MayGo, Spent, Taken, Why
from bot.sync.relaying.measure import DAY, SPAN, earliest, may_be_kept, may_go
from bot.sync.relaying.turns import WORTH_A_WORD
from cogs.sync import all_words, status_words
from tests.support.engine_in_memory import World
from tests.support.engine_shorthand import Scene, scene
from tests.support.fake_blog import StoredComment
from tests.support.pictures import picture

MINUTE = 60_000
LARGE = picture("large") + bytes(600_000)
FLOODER, CALM = 66, (7, 8, 9)
LINKS = " ".join(f"https://pills{number}.example/now" for number in range(4))
USUAL = Measure(10, 20, 20, 50)
ALL = Measure(120, 240, 200, 500)


def spent(*moments: int) -> tuple[Spent, ...]:
    return tuple(Spent(Millis(one)) for one in moments)


# ---------------------------------------------------------------- the rule


def turns_of(moments: Sequence[int], *, holds: int = 10) -> list[int]:
    """The turns of acts in the order in which they are heard of."""
    taken: list[Spent] = []
    for moment in moments:
        taken.append(Spent(earliest(Millis(moment), sorted(taken), holds)))
    return [one.at for one in taken]


def test_so_many_go_at_once_and_then_one_after_the_other() -> None:
    assert turns_of([1000] * 13) == [1000] * 10 + [1000 + MINUTE * one for one in (1, 2, 3)]


def test_who_writes_as_fast_as_people_argue_waits_for_nothing() -> None:
    talk = [one * 50_000 for one in range(60)]  # an hour, with less than a minute between any two answers
    assert turns_of(talk[:50]) == talk[:50]
    burst = [*range(0, 40_000, 5_000), 11 * MINUTE, *range(12 * MINUTE, 13 * MINUTE, 7_000)]
    assert turns_of(burst) == burst


@pytest.mark.parametrize("seed", range(20))
def test_no_ten_minutes_see_more_than_a_bucket_and_what_is_given_back(seed: int) -> None:
    dice = random.Random(seed)
    written = sorted(dice.randrange(3_600_000) for _ in range(dice.randrange(20, 400)))
    turns = turns_of(written)
    for first, one in enumerate(turns):
        within = sum(one <= other < one + SPAN for other in turns[first:])
        assert within <= 20
    assert all(turn >= moment for turn, moment in zip(turns, written, strict=True))


def test_the_moment_of_writing_counts_in_whatever_order_threads_are_read() -> None:
    week = 7 * DAY
    one_thread = [one * week // 80 for one in range(80)]
    another = [one + 1000 for one in one_thread]
    assert turns_of([*one_thread, *another]) == [*one_thread, *another]


def test_what_was_written_too_fast_long_ago_waits_no_more() -> None:
    taken = Taken(spent(*[0] * 10), spent(*[0] * 10))
    assert may_go(Millis(0), Millis(DAY), taken, member=10, server=0) == MayGo(Millis(MINUTE), 0, Why.MEMBER)
    assert may_go(Millis(0), Millis(30_000), taken, member=10, server=0) == MayGo(Millis(MINUTE), 30_000, Why.MEMBER)


def test_a_servers_measure_is_told_from_a_members() -> None:
    taken = Taken((), spent(*[0] * 12))
    assert may_go(Millis(0), Millis(0), taken, member=10, server=12).why is Why.SERVER
    assert may_go(Millis(0), Millis(0), taken, member=10, server=13) == MayGo(Millis(0))
    assert may_go(Millis(0), Millis(0), taken, member=10, server=0) == MayGo(Millis(0))


def test_turns_that_are_still_to_come_fill_no_bucket_of_a_server_now() -> None:
    flood = spent(*[0] * 10, *(one * MINUTE for one in range(1, 140)))
    assert may_go(Millis(1000), Millis(1000), Taken((), flood), member=10, server=120) == MayGo(Millis(1000))


def test_files_are_counted_by_the_day_in_which_they_were_written() -> None:
    noon, mib = Millis(10 * DAY), 1024 * 1024
    twenty = Taken(tuple(Spent(Millis(noon - one * 1000), mib) for one in range(20, 0, -1)), ())
    assert may_be_kept(noon, mib, twenty, member=USUAL, server=ALL) == MayGo(noon, why=Why.MEMBER, never=True)
    assert not may_be_kept(Millis(noon + DAY), mib, twenty, member=USUAL, server=ALL).never
    assert not may_be_kept(Millis(noon - DAY - 30_000), mib, twenty, member=USUAL, server=ALL).never
    assert may_be_kept(Millis(noon - DAY + 20_000), mib, twenty, member=USUAL, server=ALL).never, "a day from then on"
    large = Taken((Spent(Millis(noon - 1), 30 * mib),), ())
    assert may_be_kept(noon, 21 * mib, large, member=USUAL, server=ALL).never
    assert not may_be_kept(noon, 20 * mib, large, member=USUAL, server=ALL).never
    assert (
        may_be_kept(noon, 1, Taken((), [one for one in twenty.member for _ in range(10)]), member=USUAL, server=ALL).why
        is Why.SERVER
    )
    assert not may_be_kept(noon, 90 * mib, twenty, member=Measure(), server=Measure()).never


# ---------------------------------------------------------------- the engine


@asynccontextmanager
async def talk(of_member: Measure = USUAL, of_server: Measure = ALL) -> AsyncIterator[tuple[Scene, MessageId]]:
    """A post with a comment, and the comment's mirror, which everybody answers."""
    async with scene(of_member=of_member, of_server=of_server) as s:
        root = s.comment("alpha")
        await s.quiet()
        s.world.clock.advance(2 * SPAN)
        yield s, s.mirror(root).id


def said(s: Scene, member: int, words: str, to: MessageId, *, files: dict[str, bytes] | None = None) -> MessageId:
    s.world.clock.advance(200)
    return s.chat.member_says(s.thread(), member, words, to, files).id


async def hear(s: Scene) -> None:
    await s.world.work(poll=False)


async def for_a_while(s: Scene, milliseconds: int) -> None:
    """Let time pass as the dispatcher lets it: until each moment at which something is due, by the process's clock."""
    until = s.world.process.now() + milliseconds
    while (now := s.world.process.now()) < until:
        claimed = await s.world.store.claim(s.world.subscription, now, {}, backlog=0, most=0)
        due = claimed.next_due or until
        s.world.clock.advance(max(min(due, until) - now, 1))
        await hear(s)


def there(s: Scene, messages: Sequence[MessageId]) -> int:
    return sum(s.relay(one) is not None for one in messages)


def told(s: Scene) -> list[str]:
    return [text for _, _, text in s.chat.notices]


async def waiting(s: Scene) -> dict[MemberId, int]:
    return {one.member: one.count for one in (await s.world.engine.desk.status()).over_measure}


async def test_a_flood_waits_and_the_calm_do_not(capsys: pytest.CaptureFixture[str]) -> None:
    async with talk() as (s, root):
        flood = [said(s, FLOODER, f"buy {number} {LINKS}", root) for number in range(150)]
        await hear(s)
        delays: list[int] = []
        calm: list[MessageId] = []
        arrived = Counter[int]()
        for minute in range(1, 21):
            for member in CALM:
                calm.append(said(s, member, f"calm {member} {minute}", root))
                written = s.world.clock.time
                await hear(s)
                assert s.relay(calm[-1]) is not None, "it waits behind a flood"
                delays.append(s.world.clock.time - written)
            await for_a_while(s, MINUTE)
            arrived[minute] = there(s, flood)
        with capsys.disabled():
            print(
                f"\nof 150 after 1, 5, 10, 20 min: {[arrived[one] for one in (1, 5, 10, 20)]}; calm: {max(delays)} ms"
            )
        assert arrived[1] <= 12
        assert arrived[20] <= 31
        assert s.mark(flood[-1]) is Mark.HELD, "⏳"
        assert (await waiting(s)).keys() == {FLOODER}
        assert [text for text in told(s) if f"<@{FLOODER}>" in text] == told(s)
        assert len(told(s)) == 1
        await s.quiet()
        assert there(s, flood) == 150
        assert all(s.mark(one) is Mark.RELAYED for one in (*flood, *calm))
        numbers = [int(relay.id) for one in flood if (relay := s.relay(one)) is not None]
        assert numbers == sorted(numbers), "their order"
        assert await waiting(s) == {}
        assert len(told(s)) == 2, "and when it is over"


async def test_what_answers_a_message_that_waits_stands_under_it() -> None:
    async with talk() as (s, root):
        flood = [said(s, FLOODER, f"one {number}", root) for number in range(14)]
        answer = said(s, 7, "to the last of them", flood[-1])
        own = said(s, FLOODER, "to my own", flood[-2])
        await hear(s)
        assert s.relay(answer) is None
        other = said(s, 7, "and to somebody else", root)
        await hear(s)
        assert s.relay(other) is not None, "they wait with one message alone"
        await s.quiet()
        for message, parent in ((answer, flood[-1]), (own, flood[-2])):
            relay, under = s.relay(message), s.relay(parent)
            assert relay is not None
            assert under is not None
            assert relay.parent == under.id


async def test_a_restart_changes_no_turn() -> None:
    async with talk() as (s, root):
        flood = [said(s, FLOODER, f"one {number}", root) for number in range(40)]
        await hear(s)
        await for_a_while(s, 3 * MINUTE)
        before = there(s, flood)
        await s.world.die()
        await s.world.start()
        await s.world.live(s.world.engine.catch_up())
        await hear(s)
        more = said(s, FLOODER, "one more", root)
        await hear(s)
        assert there(s, flood) == before
        assert s.relay(more) is None
        assert len(told(s)) == 1
        await s.quiet()
        assert there(s, [*flood, more]) == 41
        assert len(told(s)) == 2


async def test_a_lost_database_lets_no_flood_through() -> None:
    async with talk() as (s, root):
        flood = [said(s, FLOODER, f"one {number}", root) for number in range(40)]
        await hear(s)
        await for_a_while(s, 3 * MINUTE)
        assert s.mark(flood[-1]) is Mark.HELD, "what waits bears its mark"
        before = there(s, flood)
        await s.world.lose_database()
        await s.world.work()
        assert there(s, flood) - before <= 14, "what the bucket holds anew, and nothing beyond"
        assert (await waiting(s)).keys() == {FLOODER}
        await s.quiet()
        assert there(s, flood) == 40
        numbers = [int(relay.id) for one in flood if (relay := s.relay(one)) is not None]
        assert numbers == sorted(numbers), "their order"


async def test_nothing_that_works_again_lets_a_flood_through() -> None:
    async with talk() as (s, root):
        flood = [said(s, FLOODER, f"one {number}", root) for number in range(40)]
        await hear(s)
        before = there(s, flood)
        assert before == 10
        await s.world.store.hasten(s.world.subscription)
        await s.world.engine.desk.retry()
        await hear(s)
        assert there(s, flood) == before


async def test_deleting_and_writing_again_gains_nothing() -> None:
    async with talk() as (s, root):
        crossed = 0
        for number in range(40):
            message = said(s, FLOODER, f"again {number}", root)
            await hear(s)
            crossed += s.relay(message) is not None
            s.chat.delete_messages(message)
            await hear(s)
        assert crossed == 10


async def test_what_was_deleted_before_it_left_costs_no_turn() -> None:
    async with talk() as (s, root):
        flood = [said(s, FLOODER, f"one {number}", root) for number in range(40)]
        await hear(s)
        s.chat.delete_messages(*flood[10:])
        await hear(s)
        await for_a_while(s, 2 * MINUTE)
        after = said(s, FLOODER, "calmer now", root)
        await hear(s)
        assert s.relay(after) is not None
        assert len(told(s)) == 2 or await _is_over_after_a_sweep(s)


async def _is_over_after_a_sweep(s: Scene) -> bool:
    await s.world.live(s.world.engine.sweep())
    await hear(s)
    return len(told(s)) == 2


async def test_a_second_thread_is_no_second_bucket() -> None:
    async with talk() as (s, root):
        first = s.thread()
        s.post = s.blog.add_post("Second").id
        other = s.comment("beta")
        await s.quiet()
        s.world.clock.advance(2 * SPAN)
        flood = []
        for number in range(30):
            flood.append(said(s, FLOODER, f"here {number}", s.mirror(other).id))
            flood.append(s.chat.member_says(first, FLOODER, f"there {number}", root).id)
        await hear(s)
        assert there(s, flood) == 10
        await s.quiet()
        assert there(s, flood) == 60


async def flood_beside(s: Scene, root: MessageId, guild: GuildId) -> int:
    """A bucket is emptied on one blog; of thirty messages on a second blog, in a server, so many cross at once."""
    second = World(policy=s.world.policy, beside=s.world)
    second.guild = guild
    await second.begin(s.world.store)
    there_too = Scene(second)
    comment = there_too.comment("beta")
    await second.quiet()
    s.world.clock.advance(2 * SPAN)
    first = [said(s, FLOODER, f"here {number}", root) for number in range(10)]
    await hear(s)
    assert there(s, first) == 10
    more = [said(there_too, FLOODER, f"there {number}", there_too.mirror(comment).id) for number in range(30)]
    await hear(there_too)
    crossed = there(there_too, more)
    await second.quiet()
    assert there(there_too, more) == 30
    return crossed


async def test_a_second_blog_of_the_server_is_no_second_bucket() -> None:
    async with talk() as (s, root):
        assert await flood_beside(s, root, s.world.guild) == 0


async def test_turns_of_another_server_do_not_count() -> None:
    async with talk(USUAL, Measure(15, 0, 0, 0)) as (s, root):
        assert await flood_beside(s, root, GuildId(s.world.guild + 1)) == 10


async def test_what_is_heard_of_twice_takes_one_turn() -> None:
    async with talk() as (s, root):
        calm = [said(s, 7, f"one {number}", root) for number in range(5)]
        await s.world.work(poll=False, events=lambda heard: heard * 3)
        calm += [said(s, 7, f"two {number}", root) for number in range(5)]
        await hear(s)
        assert there(s, calm) == 10


async def test_what_another_application_says_for_a_member_is_theirs() -> None:
    async with talk() as (s, root):
        proxied = []
        for number in range(12):
            original = said(s, FLOODER, f"w: as a fox {number}", root)
            s.world.clock.advance(300)
            proxied.append(s.chat.proxy_says(s.thread(), "Fox", f"as a fox {number}").id)
            s.chat.delete_messages(original)
            await hear(s)
        assert 5 <= there(s, proxied) <= 10, "an original that left before it was deleted has cost its turn"
        await s.quiet()
        assert there(s, proxied) == 12


async def test_edits_in_a_loop_are_bounded_and_the_last_words_arrive() -> None:
    async with talk() as (s, root):
        message = said(s, FLOODER, "a word", root)
        await hear(s)
        before = s.world.faults.asked["blog: edit a comment"]
        for number in range(200):
            s.world.clock.advance(1500)
            s.chat.member_edits(message, f"a word {number}")
            await hear(s)
        asked = s.world.faults.asked["blog: edit a comment"] - before
        assert 20 < asked <= 20 + 200 * 1500 // (SPAN // 20) + 1
        calm = said(s, 7, "calm", root)
        await hear(s)
        assert s.relay(calm) is not None
        await s.quiet()
        relay = s.relay(message)
        assert relay is not None
        assert "a word 199" in relay.html


async def test_edits_of_what_the_blog_refuses_are_bounded_too() -> None:
    async with talk() as (s, root):
        s.blog.posts[s.post].open = False
        message = said(s, FLOODER, "a word", root)
        await hear(s)
        assert s.mark(message) is Mark.REFUSED
        before = s.world.faults.asked["blog: create a comment"]
        for number in range(100):
            s.world.clock.advance(1000)
            s.chat.member_edits(message, f"a word {number}")
            await hear(s)
        assert 10 < s.world.faults.asked["blog: create a comment"] - before <= 24


async def test_events_in_any_order_are_no_way_around() -> None:
    async with talk() as (s, root):
        flood = [said(s, FLOODER, f"one {number}", root) for number in range(60)]
        await s.world.work(poll=False, events=lambda heard: heard[::-1])
        assert there(s, flood) == 10


async def test_a_purge_waits_for_nothing() -> None:
    async with talk(USUAL, Measure()) as (s, root):
        messages: list[MessageId] = []
        for _ in range(3):
            messages += [said(s, FLOODER, f"one {len(messages)} {number}", root) for number in range(10)]
            await hear(s)
            await for_a_while(s, SPAN + MINUTE)
        assert there(s, messages) == 30
        for message in messages:
            s.chat.member_edits(message, "other words")
            s.world.clock.advance(10)
        await hear(s)
        assert await waiting(s) == {MemberId(FLOODER): 10}, "edits of theirs wait"
        moment = s.world.clock.time
        s.chat.delete_messages(*messages)
        await hear(s)
        assert s.world.clock.time - moment < 10_000
        assert all(relay.status == "trash" for one in messages if (relay := s.relay(one)) is not None)


async def test_what_was_written_in_an_absence_is_measured_by_when_it_was_written() -> None:
    async with talk() as (s, root):
        messages = []
        for number in range(200):
            s.world.clock.advance(7 * DAY // 200)
            messages.append(s.chat.member_says(s.thread(), 100 + number % 20, f"meanwhile {number}", root).id)
        s.chat.events.clear()
        await s.world.die()
        await s.world.start()
        moment = s.world.clock.time
        await s.world.live(s.world.engine.catch_up())
        await hear(s)
        assert there(s, messages) == 200
        assert s.world.clock.time - moment < 10 * MINUTE


async def test_edits_of_an_absence_are_measured_by_when_they_were_made() -> None:
    async with talk(Measure(0, 5, 0, 0), Measure()) as (s, root):
        messages = [said(s, 7, f"one {number}", root) for number in range(30)]
        await hear(s)
        for message in messages:
            s.world.clock.advance(DAY // 10)
            s.chat.member_edits(message, "worded anew")
        s.chat.events.clear()
        await s.world.live(s.world.engine.catch_up())
        await hear(s)
        assert [relay.html for one in messages if (relay := s.relay(one)) is not None] == ["worded anew"] * 30


@pytest.mark.parametrize("ahead", [-3_600_000, 3_600_000], ids=["behind", "ahead"])
async def test_a_clock_that_is_wrong_neither_holds_up_nor_lets_through(ahead: int) -> None:
    async with talk() as (s, root):
        s.world.process.ahead = ahead
        calm = [said(s, 7, f"calm {number}", root) for number in range(9)]
        flood = [said(s, FLOODER, f"one {number}", root) for number in range(20)]
        await hear(s)
        assert there(s, calm) == 9
        assert there(s, flood) == 10
        await for_a_while(s, 3 * MINUTE)
        assert 12 <= there(s, flood) <= 14


async def test_a_clock_that_is_put_back_makes_nothing_wait_longer() -> None:
    async with talk() as (s, root):
        s.world.process.ahead = DAY
        flood = [said(s, FLOODER, f"one {number}", root) for number in range(20)]
        await hear(s)
        s.world.process.ahead = 0
        await for_a_while(s, 20 * MINUTE)
        assert there(s, flood) == 20


async def test_comments_of_the_blog_are_shown_meanwhile() -> None:
    async with talk() as (s, root):
        for number in range(60):
            said(s, FLOODER, f"one {number}", root)
        await hear(s)
        fresh: list[StoredComment] = [s.comment(f"from the blog {number}") for number in range(40)]
        await s.world.work()
        assert [len(s.parts(one)) for one in fresh] == [1] * 40


async def test_many_members_at_once_wait_for_their_server() -> None:
    async with talk(Measure(10, 0, 0, 0), Measure(30, 0, 0, 0)) as (s, root):
        raid = [said(s, 100 + member, f"raid {number}", root) for member in range(10) for number in range(8)]
        await hear(s)
        assert 30 <= there(s, raid) <= 32
        assert len(told(s)) == 1
        assert "<@" not in told(s)[0]
        await s.quiet()
        assert there(s, raid) == 80
        assert len(told(s)) == 2


async def test_files_over_the_measure_of_a_day_become_links() -> None:
    async with talk(Measure(0, 0, 3, 1), Measure()) as (s, root):
        s.blog.capabilities = {"upload_files", "delete_posts"}
        for number in range(3):
            message = said(s, FLOODER, f"look {number}", root, files={f"{number}.png": picture(f"{number}")})
            await hear(s)
            s.chat.delete_messages(message)
            await hear(s)
        over = said(s, FLOODER, "and this", root, files={"4.png": picture("four")})
        calm = said(s, 7, "mine", root, files={"5.png": picture("five")})
        large = said(s, 8, "large", root, files={"6.png": LARGE, "7.png": LARGE})
        await hear(s)
        relays = {one: s.relay(one) for one in (over, calm, large)}
        shown = {one: "/wp-content/uploads/" in relay.html for one, relay in relays.items() if relay is not None}
        assert shown == {over: False, calm: True, large: True}
        assert len(s.blog.media) == 2, "of two large ones one"
        relay = relays[over]
        assert relay is not None
        assert f"/{over}" in relay.html, "a link to the message"
        s.world.clock.advance(DAY + MINUTE)
        later = said(s, FLOODER, "tomorrow", root, files={"8.png": picture("eight")})
        await hear(s)
        relay = s.relay(later)
        assert relay is not None
        assert "/wp-content/uploads/" in relay.html


async def test_moderators_see_what_waits() -> None:
    async with talk() as (s, root):
        for number in range(30):
            said(s, FLOODER, f"one {number}", root)
        await hear(s)
        status = await s.world.engine.desk.status()
        assert f"<@{FLOODER}>: 20 wait for their turns; the last goes <t:" in status_words(status)
        connected = [one for one in await s.world.store.connected() if one.id == s.world.subscription]
        assert "20 waiting (20 for their turns), 0 parked" in all_words([(one, status) for one in connected])


async def test_who_is_a_little_too_fast_is_nobodys_news() -> None:
    async with talk() as (s, root):
        assert WORTH_A_WORD == 3 * MINUTE
        messages = [said(s, 7, f"one {number}", root) for number in range(12)]
        await hear(s)
        await s.quiet()
        assert there(s, messages) == 12
        assert told(s) == []
