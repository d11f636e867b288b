"""What no event told of is found in rotation, carried across, and costs a bounded number of requests."""

from __future__ import annotations

import pytest

from bot.core.domain import Mark, MessageId, Millis, Place
from bot.sync.audit import ASKED_AT_ONCE, PAGE, ROUND, Audit, Audited
from tests.support.engine_shorthand import Scene, scene
from tests.support.fake_chat import PAGE as READ_AT_ONCE
from tests.support.pictures import picture

MONTHS = 100 * 86_400_000
STEPS_OF_A_ROUND = 100
"""More than any round here takes."""


async def aged(s: Scene) -> None:
    """Long after: every reading that looks back has its horizon behind what stands."""
    s.world.clock.advance(MONTHS)
    later = s.chat.member_says(s.thread(), 9, "much later", None).id
    await s.quiet()
    assert s.world.chat.moment_of(later) > s.world.clock.time - MONTHS // 2


async def round_of(s: Scene) -> Audited:
    """All that one round comes upon; what it sets going is carried out."""
    found = Audited()
    for _ in range(STEPS_OF_A_ROUND):
        if (one := await s.world.engine.audit()) is None:
            break
        found += one
    else:
        pytest.fail("the round does not end")
    await s.world.engine.drain()
    return found


def forget_events(s: Scene) -> None:
    s.chat.events.clear()


async def test_an_old_relay_whose_deletion_nobody_told_of_leaves_the_blog() -> None:
    async with scene() as s:
        root = s.comment("root")
        await s.quiet()
        said, kept = s.say("to be taken back", s.mirror(root).id), s.say("to be kept", s.mirror(root).id)
        await s.quiet()
        await aged(s)
        s.chat.delete_messages(said)
        forget_events(s)
        await s.quiet()
        gone, stays = s.relay(said), s.relay(kept)
        assert gone is not None
        assert stays is not None
        assert gone.status == "approved", "or there is nothing for the audit to find"
        assert (await round_of(s)).gone == 1
        assert (gone.status, stays.status) == ("trash", "approved")


async def test_an_old_relay_whose_edit_nobody_told_of_is_brought_up_to_date() -> None:
    async with scene() as s:
        root = s.comment("root")
        await s.quiet()
        said = s.say("first words", s.mirror(root).id)
        await s.quiet()
        await aged(s)
        s.chat.member_edits(said, "second words")
        forget_events(s)
        await s.quiet()
        assert (await round_of(s)).edited == 1
        relay = s.relay(said)
        assert relay is not None
        assert relay.html == "second words"
        assert (await round_of(s)).edited == 0, "the next round is not due"


async def test_an_old_answer_to_the_announcement_whose_edit_nobody_told_of_is_brought_up_to_date() -> None:
    async with scene(forum=False) as s:
        await s.quiet()
        said = s.chat.member_says_in_channel(7, "first words", next(iter(s.chat.starters))).id
        await s.quiet()
        s.world.clock.advance(MONTHS)
        s.chat.member_says_in_channel(9, "much later", s.chat.new_id())
        await aged(s)
        s.chat.member_edits(said, "second words")
        forget_events(s)
        await s.quiet()
        assert (await round_of(s)).edited == 1
        relay = s.relay(said)
        assert relay is not None
        assert relay.html == "second words"


async def test_an_old_message_that_cannot_be_read_stands_and_keeps_no_other_from_being_looked_at() -> None:
    async with scene() as s:
        root = s.comment("root")
        await s.quiet()
        said, gone = s.say("odd by now", s.mirror(root).id), s.say("to be taken back", s.mirror(root).id)
        await s.quiet()
        await aged(s)
        s.chat.unreadable.add(said)
        s.chat.delete_messages(gone)
        forget_events(s)
        assert (await round_of(s)).gone == 1
        stays, leaves = s.relay(said), s.relay(gone)
        assert stays is not None
        assert leaves is not None
        assert (stays.status, leaves.status) == ("approved", "trash")


async def test_an_old_mirror_that_a_moderator_took_away_does_not_come_back() -> None:
    async with scene() as s:
        alpha, beta = s.comment("alpha"), s.comment("beta")
        await s.quiet()
        await aged(s)
        s.chat.delete_messages(s.mirror(alpha).id)
        forget_events(s)
        assert (await round_of(s)).gone == 1
        alpha.html = "alphabet"
        await s.quiet()
        assert s.parts(alpha) == []
        assert s.parts(beta)


async def test_where_nothing_was_missed_nothing_is_written() -> None:
    async with scene() as s:
        root = s.comment("root")
        await s.quiet()
        s.say("an answer", s.mirror(root).id)
        await s.quiet()
        before, queued = s.world.state(), await s.world.store.figures(s.world.subscription)
        found = await round_of(s)
        assert (found.gone, found.edited) == (0, 0)
        assert found.seen >= 2
        assert (s.world.state(), await s.world.store.figures(s.world.subscription)) == (before, queued)


async def test_a_step_asks_for_a_page_and_for_few_of_what_it_misses() -> None:
    async with scene() as s:
        comments = [s.comment(f"comment {number}") for number in range(PAGE + 40)]
        await s.quiet()
        s.chat.delete_messages(*(s.mirror(one).id for one in comments[: ASKED_AT_ONCE + 10]))
        forget_events(s)
        s.world.clock.advance(ROUND)
        asked = s.world.faults.asked
        asked.clear()
        first = await s.world.engine.audit()
        assert first is not None
        assert first.gone == ASKED_AT_ONCE
        assert asked.pop("chat: read a message") == ASKED_AT_ONCE
        assert asked.pop("chat: read a thread") * READ_AT_ONCE <= PAGE + READ_AT_ONCE
        assert not asked
        rest = await round_of(s)
        assert rest.gone == 10


async def test_of_what_stands_beyond_its_page_a_step_asks_nothing() -> None:
    async with scene() as s:
        for number in range(PAGE + 40):
            s.comment(f"comment {number}")
        await s.quiet()
        s.world.clock.advance(ROUND)
        s.world.faults.asked.clear()
        assert (await round_of(s)).gone == 0
        assert "chat: read a message" not in s.world.faults.asked


async def test_the_thread_that_was_looked_at_longest_ago_comes_first_and_a_doubtful_one_before_it() -> None:
    async with scene() as s:
        await s.quiet()
        for title in ("Second", "Third"):
            s.world.clock.advance(1000)
            s.blog.add_post(title)
            await s.quiet()
        first, second, third = sorted(await s.world.places(), key=lambda one: one.row)
        store, subscription = s.world.store, s.world.subscription

        async def due() -> object:
            before = Millis(s.world.clock.time - ROUND)
            found = await store.next_audit(subscription, before)
            return None if found is None else found.title

        order = []
        for _ in range(3):
            order.append(await due())
            await s.world.engine.audit()
            s.world.clock.advance(1000)
        assert order == [first.title, second.title, third.title]
        assert await due() is None
        await s.world.engine.read_again(third)
        assert await due() == third.title
        await s.world.engine.audit()
        s.world.clock.advance(ROUND)
        assert await due() == first.title


async def test_the_title_of_a_post_that_no_listing_names_any_more_follows() -> None:
    async with scene() as s:
        await s.quiet()
        for number in range(25):
            s.world.clock.advance(60_000)
            s.blog.add_post(f"Later {number}")
            await s.quiet()
        s.blog.posts[s.post].title = "Without the name"
        await s.quiet()
        assert next(iter(s.chat.threads.values())).name == "First", "or there is nothing for the audit to find"
        s.world.clock.advance(ROUND)
        await round_of(s)
        await s.quiet()
        assert next(iter(s.chat.threads.values())).name == "Without the name"


async def test_a_thread_that_cannot_be_read_holds_up_no_other() -> None:
    async with scene() as s:
        await s.quiet()
        root = s.blog.comment(s.blog.add_post("Second").id, "root")
        await s.quiet()
        said = s.say("an answer", s.mirror(root).id)
        await s.quiet()
        await aged(s)
        s.chat.delete_messages(said)
        forget_events(s)
        lost = next(iter(s.chat.threads))
        kept = s.chat.threads.pop(lost)
        assert (await round_of(s)).gone == 1
        s.chat.threads[lost] = kept


async def test_verify_says_what_it_found_and_heals_it() -> None:
    async with scene() as s:
        root = s.comment("root")
        await s.quiet()
        gone, changed = s.say("to be taken back", s.mirror(root).id), s.say("first words", s.mirror(root).id)
        await s.quiet()
        await aged(s)
        s.chat.delete_messages(gone)
        s.chat.member_edits(changed, "second words")
        forget_events(s)
        (place,) = await s.world.places()
        verified = await s.world.engine.desk.verify(place)
        assert verified.untold == Audited(verified.untold.seen, 1, 1)
        assert "1 deleted and 1 edited messages" in verified.sentence
        await s.quiet()
        relay, other = s.relay(gone), s.relay(changed)
        assert relay is not None
        assert other is not None
        assert (relay.status, other.html) == ("trash", "second words")
        assert s.mark(MessageId(changed)) is Mark.RELAYED
        again = await s.world.engine.desk.verify(place)
        assert (again.untold.gone, again.untold.edited) == (0, 0)
        assert again.sentence == "blog 2 = Discord 2, 0 missing, 0 doubled, 0 under the wrong parent"


async def test_a_mistake_of_ours_in_one_thread_ends_neither_the_round_nor_the_engine(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with scene() as s:
        s.blog.add_post("Second")
        await s.quiet()
        first, second = await s.world.places()
        s.world.clock.advance(ROUND)
        looked, page = list[int](), Audit._page

        async def stumbles(self: Audit, place: Place, after: MessageId) -> Audited:
            looked.append(place.row)
            if place.row == second.row:
                raise ValueError("odd")
            return await page(self, place, after)

        monkeypatch.setattr(Audit, "_page", stumbles)
        await round_of(s)
        assert sorted(looked) == sorted([first.row, second.row]), "each once"


async def test_a_file_that_is_taken_off_a_message_whose_comment_is_gone_leaves_the_library() -> None:
    """Nobody told of it, and no look at the comment would show it."""
    async with scene() as s:
        s.blog.capabilities = {"upload_files", "delete_posts"}
        root = s.comment("root")
        await s.quiet()
        said = s.say("with a picture", s.mirror(root).id, files={"a.png": picture("picture")})
        await s.quiet()
        relay = s.relay(said)
        assert relay is not None
        s.blog.force_delete(relay.id)
        await s.quiet()
        assert len(s.blog.media) == 1
        await aged(s)
        s.chat.member_removes_file(said, "a.png")
        forget_events(s)
        await round_of(s)
        await s.quiet()
        assert not s.blog.media


async def test_files_of_a_message_that_is_refused_twice_go_twice() -> None:
    """The second time as well, though it is the same files of the same message."""
    async with scene() as s:
        s.blog.capabilities = {"upload_files", "delete_posts"}
        root = s.comment("root")
        await s.quiet()
        s.blog.posts[s.post].open = False
        said = s.say("first words", s.mirror(root).id, files={"a.png": picture("picture")})
        await s.quiet()
        assert (s.mark(said), s.blog.media) == (Mark.REFUSED, {})
        s.chat.member_edits(said, "second words")
        await s.quiet()
        assert (s.mark(said), s.blog.media) == (Mark.REFUSED, {})
