"""One thing that Discord refuses holds up nobody else: a mark, a quotation, a thread for which there is no room."""

from __future__ import annotations

import pytest

from bot.core.domain import Mark, MemberId
from tests.support.engine_shorthand import scene


async def test_a_mark_that_an_author_does_not_want_is_left_out_without_a_word() -> None:
    async with scene() as s:
        alpha = s.comment("alpha")
        await s.quiet()
        s.chat.blockers.add(MemberId(8))
        first = s.say("beta", s.mirror(alpha).id, member=8)
        second = s.say("gamma", s.mirror(alpha).id, member=7)
        await s.quiet()
        assert s.relay(first) is not None
        assert (s.chat.messages[first].mark, s.chat.messages[second].mark) == (None, Mark.RELAYED)
        assert (await s.world.store.figures(s.world.subscription)).parked == 0
        assert s.chat.heard == []


@pytest.mark.parametrize("cards", [False, True])
async def test_an_answer_is_not_refused_for_the_words_that_it_quotes(cards: bool) -> None:
    async with scene(cards=cards) as s:
        alpha = s.comment("<p>badword alpha</p>")
        await s.quiet()
        first = s.mirror(alpha).id
        s.chat.forbidden_words.add("badword")
        beta = s.comment("<p>beta</p>", alpha)
        await s.quiet()
        shown = s.mirror(beta)
        assert "beta" in shown.text
        if not cards:
            assert "badword" not in shown.text
            assert f"/{first}>)" in shown.text
        assert s.chat.heard == []


async def test_words_that_may_not_be_said_are_parked_and_told_once_and_the_others_go_on() -> None:
    async with scene() as s:
        await s.quiet()
        s.chat.forbidden_words.add("badword")
        alpha = s.comment("<p>badword alpha</p>")
        beta = s.comment("<p>beta</p>", alpha)
        gamma = s.comment("<p>gamma</p>")
        await s.quiet()
        assert s.parts(alpha) == []
        assert [s.mirror(one).text.partition("\n-# [")[0].rpartition("\n")[2] for one in (beta, gamma)] == [
            "beta",
            "gamma",
        ]
        (told,) = s.chat.heard
        assert "AutoMod" in told


@pytest.mark.parametrize("forum", [True, False])
async def test_a_full_house_passes(forum: bool) -> None:
    async with scene(forum=forum) as s:
        await s.quiet()
        s.chat.room = 1
        second, third = s.blog.add_post("Second"), s.blog.add_post("Third")
        for _ in range(20):
            await s.world.work()
            await s.world.next_moment()
        assert (await s.world.store.figures(s.world.subscription)).parked == 0
        (told,) = s.chat.heard
        assert "active threads" in told
        assert len(s.chat.threads) == 1
        s.chat.threads[s.thread()].archived = True
        before = s.world.clock.time
        await s.world.next_moment()
        await s.world.work(poll=False)
        assert len(s.chat.threads) == 2
        assert s.world.clock.time - before <= 20_000
        s.chat.room = None
        await s.quiet()
        assert [one.name for one in s.chat.threads.values()][-2:] == [second.title, third.title]
        assert len(s.chat.starters) == 3, "none is doubled"


async def test_what_a_firewall_does_not_let_pass_holds_up_nobody_and_is_parked_after_a_while() -> None:
    async with scene() as s:
        await s.quiet()
        s.chat.walled_words.add("etc/passwd")
        alpha = s.comment("<p>look at etc/passwd</p>")
        beta = s.comment("<p>beta</p>")
        before = s.world.clock.time
        await s.world.work()
        assert "beta" in s.mirror(beta).text
        assert s.world.clock.time - before < 10_000, "at once, not after its retries"
        for _ in range(12):
            await s.world.next_moment()
            await s.world.work(poll=False)
        assert (await s.world.store.figures(s.world.subscription)).parked == 1
        assert s.world.clock.time - before < 120_000
        await s.quiet()
        (told,) = s.chat.heard
        assert "before Discord" in told
        s.chat.walled_words.clear()
        await s.world.engine.desk.retry()
        await s.quiet()
        assert "look at" in s.mirror(alpha).text


async def test_what_nothing_passes_is_waited_for() -> None:
    """A page for everything is an outage of whatever stands before Discord, however plain questions are answered."""
    async with scene() as s:
        await s.quiet()
        s.chat.walled_words.add("word")
        shown = [s.comment(f"<p>word {number}</p>") for number in range(3)]
        await s.world.work()
        for _ in range(30):
            await s.world.next_moment()
            await s.world.work(poll=False)
        assert (await s.world.store.figures(s.world.subscription)).parked == 0
        s.chat.walled_words.clear()
        await s.quiet()
        assert all(s.mirror(one) for one in shown)
        assert s.chat.heard == []


async def test_a_removal_and_an_edit_that_are_not_permitted_hold_up_no_comment() -> None:
    """Of a webhook that is gone the messages are the bot's to take away, if it may."""
    async with scene() as s:
        alpha, beta = s.comment("alpha"), s.comment("beta")
        await s.quiet()
        s.chat.may_not_touch |= {s.mirror(alpha).id, s.mirror(beta).id}
        s.blog.set_status(alpha.id, "trash")
        beta.html = "betamax"
        gamma = s.comment("gamma")
        await s.world.work()
        assert "gamma" in s.mirror(gamma).text
        assert s.mirror(alpha)
        s.chat.may_not_touch.clear()
        await s.quiet()
        assert s.parts(alpha) == []
        assert "betamax" in s.mirror(beta).text


async def test_in_a_locked_thread_comments_go_on_as_cards_where_the_bot_may() -> None:
    async with scene() as s:
        alpha = s.comment("alpha")
        await s.quiet()
        first = s.mirror(alpha).id
        s.chat.threads[s.thread()].locked, s.chat.manages_threads = True, True
        beta = s.comment("beta", alpha)
        alpha.html = "alphabet"
        for _ in range(4):
            await s.world.work()
        assert s.mirror(beta).writer == "bot"
        assert ("alphabet" in s.mirror(alpha).text, s.mirror(alpha).id == first) == (True, False)
        assert s.chat.threads[s.thread()].locked
        assert s.chat.heard == []
