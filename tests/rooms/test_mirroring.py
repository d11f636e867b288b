"""Blog -> Discord: what a tree asks for, in which order, and what may never be asked for."""

from __future__ import annotations

import logging

import pytest

from bot.core.domain import CommentId, MessageId, Place, Standing
from bot.core.errors import Unanswered
from bot.sync.mirroring.compose import TOMBSTONE
from bot.sync.progress import REPORT
from bot.watch.log import LogObserver
from tests.support.clock_and_faults import Fault
from tests.support.engine_shorthand import LONG, scene
from tests.support.fake_blog import LISTED


async def test_an_old_post_that_comes_to_sight_because_newer_ones_go_gets_no_thread() -> None:
    async with scene() as s:
        for number in range(LISTED):
            s.world.clock.advance(3_600_000)
            newest = s.blog.add_post(f"Later {number}")
        await s.quiet()
        before = set(s.chat.threads)
        newest.shown = False
        await s.quiet()
        assert set(s.chat.threads) == before
        s.world.clock.advance(3_600_000)
        s.blog.add_post("New")
        await s.quiet()
        assert len(s.chat.threads) == len(before) + 1


async def test_a_late_parent_is_pointed_at_by_its_children() -> None:
    async with scene() as s:
        held = s.comment("alpha", status="hold")
        child = s.comment("beta", held)
        await s.quiet()
        assert "↪" not in s.mirror(child).text
        s.blog.set_status(held.id, "approved")
        await s.quiet()
        assert f"/{s.mirror(held).id}>)" in s.mirror(child).text


async def test_each_decision_is_logged_once_with_its_ids_and_its_reason(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "bot.watch.log")

    def told() -> list[tuple[object, ...]]:
        """Comment, action or standing, and reason of each decision since the last call."""
        decisions = [one for one in caplog.records if hasattr(one, "urgency") or hasattr(one, "standing")]
        fields = [vars(one) | {"said": one.getMessage()} for one in decisions if hasattr(one, "comment_id")]
        caplog.clear()
        assert all(one["reason"] in one["said"] for one in fields)
        assert not [one for one in fields if "alpha" in str(one)], "never words of a comment"
        return [(one["comment_id"], one.get("action") or one["standing"], one["reason"]) for one in fields]

    async with scene(approve=False, observer=LogObserver()) as s:
        await s.quiet()
        alpha = s.comment("alpha")
        s.chat.permitted = False
        for _ in range(3):
            await s.world.engine.poll()
        (place,) = await s.world.places()
        record = next(vars(one) for one in caplog.records if hasattr(one, "comment_id"))
        assert (record["post_id"], record["thread_id"]) == (place.post_id, place.thread_id)
        assert told() == [(alpha.id, f"send:{alpha.id}:0", "it is new on the blog")]
        await s.quiet()
        assert told() == [], "what was carried out is no news"
        _said, relay = await s.relayed("beta", s.mirror(alpha).id)
        s.blog.set_status(relay.id, "approved")
        alpha.html = "alphabet"
        await s.quiet()
        assert told() == [
            (alpha.id, f"edit:{alpha.id}:1", "its words or its author's name have changed"),
            (relay.id, "live", "the blog's moderators approved it"),
        ]


async def test_what_went_wrong_is_logged_with_the_ids_of_what_it_went_wrong_with(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.INFO, "bot.watch.log")
    async with scene(observer=LogObserver()) as s:
        await s.quiet()
        (place,) = await s.world.places()
        alpha = s.comment("alpha")
        s.chat.permitted = False
        await s.world.work()
        (failed,) = [vars(one) for one in caplog.records if getattr(one, "result", "") == "put back"]
        assert (failed["action"], failed["levelname"]) == (f"send:{alpha.id}:0", "WARNING")
        assert (failed["post_id"], failed["thread_id"]) == (place.post_id, place.thread_id)
        assert failed["channel_id"] == place.channel_id
        assert failed["reason"] in caplog.text


async def test_removed_words_are_not_quoted_either() -> None:
    async with scene() as s:
        parent = s.comment("alpha")
        child = s.comment("beta", parent)
        await s.quiet()
        assert "alpha" in s.mirror(child).text
        s.blog.set_status(parent.id, "trash")
        await s.quiet()
        assert "alpha" not in s.mirror(child).text
        assert [one.text for one in s.chat.messages.values() if one.text.startswith(TOMBSTONE)]
        s.blog.set_status(child.id, "trash")
        await s.quiet()
        assert not s.chat.messages, "the tombstone outlives its last answer"


async def test_changed_words_are_not_quoted_as_they_were() -> None:
    async with scene() as s:
        parent = s.comment("alpha")
        child = s.comment("beta", parent)
        await s.quiet()
        parent.html = "gamma"
        await s.quiet()
        assert "alpha" not in s.mirror(child).text
        assert "gamma" in s.mirror(child).text


async def test_a_tombstone_whose_answers_moved_away() -> None:
    """WordPress gives the answers of a comment that is deleted for good to its parent."""
    async with scene() as s:
        top = s.comment("alpha")
        middle = s.comment("beta", top)
        answer = s.comment("gamma", middle)
        await s.quiet()
        s.blog.force_delete(middle.id)
        await s.quiet()
        assert f"/{s.mirror(top).id}>)" in s.mirror(answer).text
        assert not [one for one in s.chat.messages.values() if one.text.startswith(TOMBSTONE)]


async def test_a_members_answer_keeps_the_place_of_what_it_answers() -> None:
    """The blog moves the comment to what is above; nothing moves a message of Discord."""
    async with scene() as s:
        top = s.comment("alpha")
        middle = s.comment("beta", top)
        await s.quiet()
        place = s.mirror(middle).id
        said = s.say("gamma", place)
        await s.quiet()
        s.blog.force_delete(middle.id)
        await s.quiet()
        relay = s.relay(said)
        assert relay is not None
        assert relay.parent == top.id
        assert s.chat.messages[place].text.startswith(TOMBSTONE)
        later, relay = await s.relayed("delta", place)
        assert relay.parent == top.id
        s.chat.delete_messages(said, later)
        await s.quiet()
        assert place not in s.chat.messages, "the tombstone outlives its last answer"


async def test_a_mirror_that_cannot_be_edited_is_replaced_and_still_answered() -> None:
    async with scene() as s:
        alpha = s.comment("alpha")
        beta = s.comment("beta", alpha)
        await s.quiet()
        old = s.mirror(alpha).id
        s.chat.webhook += 1
        alpha.html = "changed"
        await s.world.work()
        said = s.say("gamma", old) if old in s.chat.messages else s.chat.member_says(s.thread(), 7, "gamma", old).id
        await s.quiet()
        assert s.mirror(alpha).id != old
        assert f"/{s.mirror(alpha).id}>)" in s.mirror(beta).text
        relay = s.relay(said)
        assert relay is not None
        assert relay.parent == alpha.id


async def test_a_part_that_a_moderator_deletes_takes_the_others_along() -> None:
    async with scene() as s:
        alpha = s.comment(f"alpha {LONG}")
        await s.quiet()
        s.chat.delete_messages(s.parts(alpha)[1].id)
        await s.quiet()
        assert s.parts(alpha) == []
        alpha.html = "changed"
        await s.quiet()
        assert s.parts(alpha) == [], "it came back"


async def test_a_mirror_that_was_deleted_while_the_bot_was_away() -> None:
    async with scene() as s:
        alpha = s.comment(f"alpha {LONG}")
        await s.quiet()
        s.chat.delete_messages(s.parts(alpha)[0].id)
        s.chat.events.clear()
        await s.quiet()
        assert s.parts(alpha) == []


async def test_our_own_deletions_are_not_taken_for_a_moderators() -> None:
    """The event of the deletion is heard, its answer is not: the comment may come back all the same."""
    async with scene() as s:
        alpha = s.comment(f"alpha {LONG}")
        await s.quiet()
        original = s.chat.delete

        async def unanswered(place: Place, message: MessageId) -> None:
            await original(place, message)
            event = s.chat.events.pop()
            await s.world.deleted(event.thread, event.messages)
            s.chat.delete = original  # type: ignore[method-assign]  # once
            raise Unanswered("a reset")

        s.chat.delete = unanswered  # type: ignore[method-assign]  # the same, with something happening meanwhile
        s.blog.set_status(alpha.id, "trash")
        await s.quiet()
        assert not s.chat.messages
        s.blog.set_status(alpha.id, "approved")
        await s.quiet()
        assert len(s.parts(alpha)) == 3


async def test_a_mass_deletion_waits_for_a_word_and_the_word_lasts() -> None:
    async with scene() as s:
        comments = [s.comment(f"number{number}") for number in range(20)]
        await s.quiet()
        for one in comments[:15]:
            s.blog.set_status(one.id, "trash")
        await s.quiet()
        assert len(s.chat.messages) == 20
        assert len([one for one in s.chat.heard if "15 comments have disappeared" in one]) == 1
        (place,) = await s.world.places()
        await s.world.engine.desk.allow_removals(place)
        await s.world.engine.poll()
        s.world.faults.arm("chat", Fault.LIMITED)
        await s.quiet()
        assert len(s.chat.messages) == 5
        (place,) = await s.world.places()
        assert not place.removals_allowed


async def test_a_mass_deletion_does_not_go_by_slices() -> None:
    """More comments than one look asks for: those that were not asked for count too."""
    async with scene() as s:
        comments = [s.comment(f"number{number}") for number in range(200)]
        await s.quiet()
        for one in comments[:150]:
            s.blog.set_status(one.id, "trash")
        for _ in range(5):
            await s.world.work()
            s.world.clock.advance(61_000)
        assert len([one for one in s.chat.messages.values() if one.marker]) == 200


async def test_an_empty_listing_takes_nothing_away() -> None:
    async with scene() as s:
        for number in range(6):
            s.comment(f"number{number}")
        await s.quiet()
        for listing in ("empty", "short", "partial"):
            s.blog.listing = listing
            for _ in range(3):
                await s.world.work()
                s.world.clock.advance(61_000)
            assert len(s.chat.messages) == 6
        assert s.chat.heard == []


async def test_a_short_listing_takes_nothing_away_that_was_not_asked_for() -> None:
    async with scene(retract_share=1.0) as s:
        for number in range(70):
            s.comment(f"number{number}")
        await s.quiet()
        s.blog.listing = "empty"
        await s.world.work()
        assert len([one for one in s.chat.messages.values() if one.marker]) == 70


async def test_a_post_that_stays_hidden_is_told_of_once_and_holds_up_no_other() -> None:
    async with scene() as s:
        alpha = s.comment("alpha")
        await s.quiet()
        s.blog.posts[alpha.post].shown = False
        for _ in range(12):
            await s.world.work()
            await s.world.engine.sweep()
            s.world.clock.advance(6 * 3_600_000)
        assert len(s.chat.heard) == 1
        assert s.mirror(alpha)


async def test_a_listing_that_is_never_whole_keeps_nothing_for_ever() -> None:
    async with scene() as s:
        every = [s.comment(f"number{number}") for number in range(40)]
        await s.quiet()
        s.blog.listing = "partial"
        s.blog.set_status(every[30].id, "trash")
        for _ in range(60):
            await s.world.work()
            s.world.clock.advance(61_000)
        assert {one.text.partition("\n")[0] for one in s.chat.messages.values() if one.marker} == {
            f"number{number}" for number in range(40) if number != 30
        }


async def test_a_comment_of_which_a_part_has_arrived_is_still_sent() -> None:
    async with scene() as s:
        await s.quiet()
        alpha = s.comment(f"alpha {LONG}")
        s.world.faults.arm("chat", Fault.SLOW, Fault.LIMITED)
        await s.world.work()
        assert len(s.parts(alpha)) == 1
        await s.world.engine.poll()
        await s.quiet()
        assert [one.marker.rpartition(" ")[2] for one in s.parts(alpha)] == ["1/3", "2/3", "3/3"]


async def test_a_comment_that_changes_while_its_parts_arrive() -> None:
    """The first part was sent as one of three; the text has become shorter since."""
    async with scene() as s:
        await s.quiet()
        alpha = s.comment(f"alpha {LONG}")
        s.world.faults.arm("chat", Fault.SLOW, Fault.RESET_AFTER)
        await s.world.work()
        assert len(s.parts(alpha)) == 2
        alpha.html = "short"
        await s.quiet()
        assert s.mirror(alpha).text.startswith("short\n")
        assert len(s.chat.messages) == 1


async def test_what_is_live_goes_before_the_backlog_and_its_ancestors_before_it() -> None:
    async with scene() as s:
        old = [s.comment("old0")]
        for number in range(1, 30):
            old.append(s.comment(f"old{number}", old[-1] if number > 20 else None))
        await s.world.engine.poll()
        await s.world.engine.drain()  # the thread
        await s.world.engine.poll()  # its backlog, waiting
        live = s.comment("live", old[29])
        await s.world.engine.poll()
        await s.quiet()
        texts = [one.text for one in sorted(s.chat.messages.values(), key=lambda one: one.id) if one.marker]
        shown = [next(c.id for c in (*old, live) if f"#comment-{c.id}>" in text) for text in texts]
        assert shown == [one.id for one in (*old[20:], live, *old[:20])]
        assert [one.silent for one in s.chat.messages.values() if one.marker].count(False) == 11


async def test_no_thread_is_held_by_anothers_trouble() -> None:
    async with scene() as s:
        await s.quiet()
        other = s.blog.add_post("Second")
        await s.quiet()
        first, second = s.chat.threads.values()
        first.locked = True
        s.comment("alpha")
        s.blog.comment(other.id, "beta")
        await s.world.work()
        assert [one.thread for one in s.chat.messages.values()] == [second.id]


async def test_a_deleted_thread_rests_as_one_and_opens_anew_by_a_word_alone() -> None:
    async with scene() as s:
        alpha = s.comment("alpha")
        await s.quiet()
        said = s.say("beta", s.mirror(alpha).id)
        await s.quiet()
        thread = s.thread()
        del s.chat.threads[thread]
        for one in list(s.chat.messages):
            del s.chat.messages[one]
        for number in range(5):
            s.comment(f"number{number}")
        await s.quiet()
        assert [one.kind for one in await s.world.store.parked(s.world.subscription)] == ["thread"]
        assert len(s.chat.heard) == 1
        assert not s.chat.threads
        (post,) = await s.world.engine.desk.unannounced()
        await s.world.engine.desk.announce(post.id)
        await s.quiet()
        assert len(s.chat.threads) == 1
        assert len([one for one in s.chat.messages.values() if one.marker]) == 7, "the relay is a comment like others"
        assert s.relay(said) is not None
        assert await s.world.store.parked(s.world.subscription) == ()


async def test_a_thread_that_is_there_again_heals_by_itself() -> None:
    async with scene() as s:
        alpha = s.comment("alpha")
        await s.quiet()
        s.chat.channel_gone = True
        alpha.html = "changed"
        await s.world.work()
        (place,) = await s.world.places()
        assert place.lost
        s.chat.channel_gone = False
        await s.quiet()
        assert "changed" in s.mirror(alpha).text


async def test_a_lost_thread_hides_no_mirror() -> None:
    """A thread that is gone is no message that is gone."""
    async with scene() as s:
        alpha = s.comment("alpha")
        await s.quiet()
        s.chat.channel_gone = True
        alpha.html = "changed"
        await s.world.work()
        (place,) = await s.world.places()
        known = await s.world.store.comment(place, CommentId(alpha.id))
        assert known is not None
        assert known.standing is Standing.LIVE


async def test_a_permission_that_comes_back_heals_by_itself() -> None:
    async with scene() as s:
        await s.quiet()
        s.chat.permitted = False
        alpha = s.comment("alpha")
        for _ in range(4):
            await s.world.work()
            await s.world.next_moment()
        assert s.parts(alpha) == []
        s.chat.permitted = True
        while await s.world.next_moment():
            await s.world.work(poll=False)
        assert len(s.parts(alpha)) == 1
        assert len(s.chat.heard) == 1


async def test_a_starter_shows_the_last_title_whatever_was_under_way() -> None:
    async with scene() as s:
        await s.quiet()
        post = s.blog.posts[s.post]
        for fault in (Fault.RESET_AFTER, Fault.BROKEN):
            post.title = "Second"
            s.world.faults.arm("chat", fault)
            await s.world.work()
            post.title = "First"
            await s.quiet()
            assert [one.text for one in s.chat.starters.values()] == ["First"]


async def test_a_comment_that_is_taken_down_before_it_was_shown_is_never_shown() -> None:
    async with scene() as s:
        await s.quiet()
        alpha = s.comment("alpha")
        s.world.faults.arm("chat", Fault.SILENT)
        await s.world.work()
        s.blog.set_status(alpha.id, "hold")
        seen: list[str] = []
        for _ in range(3):
            await s.world.work()
            seen += [one.text for one in s.chat.messages.values()]
            await s.world.next_moment()
        assert seen == []
        s.blog.set_status(alpha.id, "approved")
        await s.quiet()
        assert len(s.parts(alpha)) == 1


async def test_a_long_backlog_tells_how_far_it_has_come_in_one_message() -> None:
    async with scene() as s:
        for number in range(15):
            s.comment(f"old{number}")
        s.world.faults.arm("chat", *[Fault.SLOW] * 8)
        texts: list[str] = []
        original = s.chat._bot_says

        def listening(*args: object, **kwargs: object) -> object:
            texts.append(str(args[1]))
            return original(*args, **kwargs)  # type: ignore[arg-type]  # passed on as they came

        s.chat._bot_says = listening  # type: ignore[method-assign,assignment]  # an ear, not a mouth
        for _ in range(3):
            await s.world.work()
        await s.quiet()
        assert len(texts) == 1
        assert texts[0].startswith(f"{REPORT}: ")
        assert " of 15" in texts[0]
        assert not [one for one in s.chat.messages.values() if REPORT in one.text]


def units(text: str) -> int:
    """UTF-16 units, as some of Discord's limits may count them."""
    return len(text.encode("utf-16-le")) // 2


@pytest.mark.parametrize("cards", [False, True])
async def test_a_text_that_discord_counts_longer_than_we_do_is_cut_shorter(cards: bool) -> None:
    words = " ".join(f"🐧🦉{number}" for number in range(600))
    async with scene(cards=cards) as s:
        s.chat.length = units
        alpha = s.comment(f"<p>{words}</p>")
        beta = s.comment("beta")
        await s.quiet()
        parts = s.parts(alpha)
        assert len(parts) == 2 if cards else len(parts) > 2, "an embed holds 4096"
        assert max(units(part.text) for part in parts) <= (4096 if cards else 2000)
        assert [word for part in parts for word in part.text.split() if "🐧" in word] == words.split()
        assert len(s.parts(beta)) == 1
        assert not (await s.world.engine.desk.status()).parked


async def test_a_text_that_outgrows_the_count_while_it_stands_keeps_its_messages() -> None:
    async with scene() as s:
        s.chat.length = units
        alpha = s.comment("alpha")
        await s.quiet()
        (before,) = s.parts(alpha)
        alpha.html = "<p>" + " ".join(f"🐧🦉{number}" for number in range(300)) + "</p>"
        await s.quiet()
        parts = s.parts(alpha)
        assert parts[0].id == before.id
        assert max(units(part.text) for part in parts) <= 2000


async def test_moderators_are_told_once_though_the_answer_was_lost_and_the_nonce_forgotten() -> None:
    async with scene() as s:
        await s.quiet()
        s.world.faults.arm("chat", Fault.BROKEN)
        await s.world.engine.announce_trouble("a test", "Something is wrong.")
        await s.world.work(poll=False)
        s.world.clock.advance(400_000)
        await s.quiet()
        assert s.chat.heard == ["Something is wrong."]


async def test_a_comment_that_is_shown_long_after_it_was_written_tells_its_day_and_keeps_telling_it() -> None:
    async with scene() as s:
        old = s.comment("alpha")
        s.world.clock.advance(2 * 86_400_000)
        fresh = s.comment("beta")
        await s.quiet()
        day = "-# [on the blog · 20"
        assert (day in s.mirror(old).text, day in s.mirror(fresh).text) == (True, False)
        s.world.clock.advance(2 * 86_400_000)
        old.html, fresh.html = "alphabet", "betamax"
        await s.quiet()
        assert "alphabet" in s.mirror(old).text
        assert "betamax" in s.mirror(fresh).text
        assert (day in s.mirror(old).text, day in s.mirror(fresh).text) == (True, False), "by when it was sent"
        s.blog.rename(fresh.id, "Anonymous")
        await s.quiet()
        assert day in s.mirror(fresh).text, "what is sent anew stands among what is of today"
