"""What can pass is waited for, and what was said a while ago is looked at again before it is published."""

from __future__ import annotations

import pytest

from bot.core.domain import CommentId, Mark, MessageId
from bot.core.errors import PlaceVanished, Refused
from bot.ports import Draft, Review, Signed, Written
from bot.sync.relaying.compose import NOT_EDITED, REFUSAL, TOMBSTONE_HTML
from tests.support.clock_and_faults import Fault
from tests.support.engine_shorthand import Scene, scene
from tests.support.fake_blog import StoredComment

HOUR = 3_600_000


def hide(s: Scene, how: str) -> None:
    if how == "trash":
        s.blog.trash_post(s.post)
    else:
        s.blog.posts[s.post].shown = False


def show(s: Scene, how: str) -> None:
    if how == "trash":
        s.blog.untrash_post(s.post)
    else:
        s.blog.posts[s.post].shown = True


def public(s: Scene) -> list[str]:
    """What readers of the blog see."""
    return [one.html for one in s.blog.comments.values() if one.status == "approved" and s.blog.posts[s.post].shown]


def told(s: Scene, message: MessageId) -> list[str]:
    """What the bot has answered a member."""
    return [one.text for one in s.chat.messages.values() if one.writer == "bot" and one.reply_to == message]


async def wait(s: Scene, hours: float) -> None:
    """Time passes, and what becomes due is carried out."""
    end = s.world.clock.time + hours * HOUR
    while s.world.clock.time < end:
        await s.world.work(poll=False)
        if not await s.world.next_moment():
            return


# ---------------------------------------------------------------- a hidden post


@pytest.mark.parametrize("how", ["private", "trash"])
async def test_a_reply_to_a_post_that_is_hidden_for_a_while_arrives(how: str) -> None:
    async with scene() as s:
        alpha = s.comment("alpha")
        await s.quiet()
        hide(s, how)
        said = s.say("beta", s.mirror(alpha).id)
        other = s.say("gamma", s.mirror(alpha).id, member=8)
        await wait(s, 5)
        assert s.relay(said) is None
        assert s.mark(said) is not Mark.REFUSED
        assert told(s, said) == []
        show(s, how)
        await s.quiet()
        one, two = s.relay(said), s.relay(other)
        assert one is not None
        assert two is not None
        assert (one.parent, two.parent) == (alpha.id, alpha.id)
        assert s.mark(said) is Mark.RELAYED


async def test_a_reply_to_a_post_that_stays_hidden_is_refused_after_two_days_with_a_sentence() -> None:
    async with scene() as s:
        alpha = s.comment("alpha")
        await s.quiet()
        hide(s, "private")
        said = s.say("beta", s.mirror(alpha).id)
        await wait(s, 12)
        assert s.mark(said) is not Mark.REFUSED
        await wait(s, 36)
        await wait(s, 1)
        assert s.mark(said) is Mark.REFUSED
        (sentence,) = told(s, said)
        assert sentence.startswith(REFUSAL)
        assert "no longer public" in sentence


@pytest.mark.parametrize("answered", [False, True])
@pytest.mark.parametrize("editor", [False, True])
@pytest.mark.parametrize("how", ["private", "trash"])
async def test_a_message_deleted_while_its_post_is_hidden_is_not_public_when_the_post_is_again(
    how: str, *, editor: bool, answered: bool
) -> None:
    """Neither account sees what answers the comment: one is told nothing, the other sees them in the trash."""
    async with scene() as s:
        if editor:
            s.blog.capabilities.add("edit_others_posts")
        alpha = s.comment("alpha")
        await s.quiet()
        said, relay = await s.relayed("a secret", s.mirror(alpha).id)
        if answered:
            s.comment("gamma", relay)
            await s.quiet()
        hide(s, how)
        s.chat.delete_messages(said)
        await wait(s, 5)
        show(s, how)
        assert "a secret" not in public(s), "before anybody has looked at the post again"
        await s.quiet()
        assert "a secret" not in public(s)
        seen = (relay.status, relay.html) if answered else relay.status
        assert seen == (("approved", TOMBSTONE_HTML) if answered else "trash")


@pytest.mark.parametrize("how", ["private", "trash"])
async def test_words_edited_away_while_their_post_is_hidden_are_not_public_when_the_post_is_again(how: str) -> None:
    async with scene() as s:
        alpha = s.comment("alpha")
        await s.quiet()
        said = s.say("a secret", s.mirror(alpha).id)
        await s.quiet()
        hide(s, how)
        s.chat.member_edits(said, "nothing")
        await wait(s, 5)
        show(s, how)
        assert "a secret" not in public(s)
        await s.quiet()
        assert "nothing" in public(s)
        assert s.mark(said) is Mark.RELAYED


async def test_an_edit_that_is_turned_away_because_its_post_is_hidden_is_tried_again() -> None:
    async with scene() as s:
        alpha = s.comment("alpha")
        await s.quiet()
        said = s.say("beta", s.mirror(alpha).id)
        await s.quiet()
        original, hidden = s.blog.rewrite, True

        async def rewrite(
            comment_id: CommentId, html: str, *, key: str, signed: Signed | None = None, review: Review = Review.NOBODY
        ) -> Written:
            if hidden:
                raise PlaceVanished("The post is gone from the blog, or no longer public.")
            return await original(comment_id, html, key=key, signed=signed, review=review)

        s.blog.rewrite = rewrite  # type: ignore[method-assign]  # a blog that lets nobody edit under a hidden post
        s.chat.member_edits(said, "gamma")
        await wait(s, 5)
        assert s.mark(said) is Mark.RELAYED
        hidden = False
        await s.quiet()
        assert "gamma" in public(s)


# ---------------------------------------------------------------- a refused message


async def refused(s: Scene, words: str = "casino") -> tuple[StoredComment, MessageId]:
    alpha = s.comment("alpha")
    await s.quiet()
    s.blog.disallowed.add("casino")
    said = s.say(words, s.mirror(alpha).id)
    await s.quiet()
    assert s.mark(said) is Mark.REFUSED
    return alpha, said


def live(s: Scene, message: MessageId) -> list[StoredComment]:
    """What of a message readers or moderators of the blog see."""
    return [one for one in s.blog.comments.values() if f"/{message}#" in one.author_url and one.status != "trash"]


async def test_a_refused_message_that_is_worded_anew_is_tried_anew() -> None:
    async with scene(approve=False) as s:
        alpha, said = await refused(s)
        s.chat.unfurl(said)
        await s.quiet()
        tried = len(s.blog.comments)
        assert len(told(s, said)) == 1
        s.chat.member_edits(said, "a card game")
        await s.quiet()
        (relay,) = live(s, said)
        assert (relay.html, relay.parent) == ("a card game", alpha.id)
        assert len(s.blog.comments) == tried + 1, "a preview is no other words"
        assert s.mark(said) is Mark.HELD
        assert told(s, said) == [], "what was said of it holds no longer"


async def test_a_refused_message_that_is_refused_again_says_so_once() -> None:
    async with scene(approve=False) as s:
        _, said = await refused(s)
        before = told(s, said)
        s.chat.member_edits(said, "a casino royal")
        await s.quiet()
        assert s.mark(said) is Mark.REFUSED
        assert told(s, said) == before
        s.chat.member_edits(said, "a card game")
        await s.quiet()
        assert s.mark(said) is Mark.HELD
        assert told(s, said) == []


async def an_edit_refused(s: Scene, monkeypatch: pytest.MonkeyPatch) -> MessageId:
    """A relay whose edit the blog does not take: it takes nothing with a number in it."""
    alpha = s.comment("alpha")
    await s.quiet()
    said = s.say("beta", s.mirror(alpha).id)
    await s.quiet()
    rewrite = s.blog.rewrite

    async def picky(comment: CommentId, html: str, *, key: str = "", review: Review = Review.NOBODY) -> Written:
        if any(one.isdigit() for one in html):
            raise Refused("A rule of the blog's does not let the new words pass." + " Again." * html.count("9"), "rule")
        return await rewrite(comment, html, key=key, review=review)

    monkeypatch.setattr(s.blog, "rewrite", picky)
    s.chat.member_edits(said, "beta 1")
    await s.quiet()
    (sentence,) = told(s, said)
    assert sentence.startswith(NOT_EDITED)
    return said


@pytest.mark.parametrize("words", ["gamma", "beta"], ids=["other words", "the words that stand there"])
async def test_what_was_said_of_an_edit_is_taken_back_when_a_later_one_arrives(
    words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with scene() as s:
        said = await an_edit_refused(s, monkeypatch)
        s.world.clock.advance(72 * HOUR)
        await s.quiet()
        s.chat.member_edits(said, words)
        await s.quiet()
        assert [one.html for one in live(s, said)] == [words]
        assert told(s, said) == []


async def test_an_edit_that_is_refused_after_one_that_arrived_is_told_of_again(monkeypatch: pytest.MonkeyPatch) -> None:
    async with scene() as s:
        said = await an_edit_refused(s, monkeypatch)
        before = told(s, said)
        s.chat.member_edits(said, "gamma")
        await s.quiet()
        s.chat.member_edits(said, "gamma 2")
        await s.quiet()
        assert told(s, said) == before
        s.chat.member_edits(said, "delta")
        await s.quiet()
        assert told(s, said) == []


async def test_of_two_edits_that_are_refused_one_sentence_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    async with scene() as s:
        said = await an_edit_refused(s, monkeypatch)
        before = told(s, said)
        s.chat.member_edits(said, "beta 2")
        await s.quiet()
        assert told(s, said) == before
        s.chat.member_edits(said, "beta 9")
        await s.quiet()
        (sentence,) = told(s, said)
        assert "Again" in sentence


async def test_an_edit_of_a_refused_message_that_no_event_told_of_is_found_by_reading() -> None:
    async with scene(approve=False) as s:
        _, said = await refused(s)
        s.chat.member_edits(said, "a card game")
        s.chat.events.clear()
        await s.quiet()
        assert [one.html for one in live(s, said)] == ["a card game"]


async def test_a_later_answer_to_a_refused_message_goes_to_what_that_one_answered() -> None:
    async with scene(approve=False) as s:
        alpha, said = await refused(s)
        _answer, relay = await s.relayed("gamma", said, member=8)
        assert relay.parent == alpha.id
        s.chat.delete_messages(said)
        _late, relay = await s.relayed("delta", said, member=8)
        assert relay.parent == alpha.id


# ---------------------------------------------------------------- words that are gone, or others by now


async def test_words_deleted_after_an_attempt_that_did_not_arrive_are_never_published() -> None:
    async with scene() as s:
        alpha = s.comment("alpha")
        await s.quiet()
        said = s.say("a secret", s.mirror(alpha).id)
        s.world.faults.arm("blog", Fault.SLOW, Fault.SILENT)
        await s.world.work(poll=False)
        s.chat.delete_messages(said)
        await s.quiet()
        assert s.relay(said) is None


@pytest.mark.parametrize("heard", [False, True])
async def test_words_corrected_after_an_attempt_that_did_not_arrive_are_never_published(*, heard: bool) -> None:
    async with scene() as s:
        alpha = s.comment("alpha")
        await s.quiet()
        said = s.say("my number is 555", s.mirror(alpha).id)
        s.world.faults.arm("blog", Fault.SLOW, Fault.SILENT)
        await s.world.work(poll=False)
        s.chat.member_edits(said, "hello")
        if not heard:
            s.chat.events.clear()
        seen = written(s)
        await s.quiet()
        assert seen == ["hello"]
        assert public(s) == ["alpha", "hello"]


def written(s: Scene) -> list[str]:
    """What is written on the blog from now on."""
    words: list[str] = []
    original = s.blog.write

    async def write(draft: Draft) -> Written:
        words.append(draft.html)
        return await original(draft)

    s.blog.write = write  # type: ignore[method-assign]  # the same, and overheard
    return words


async def test_words_that_waited_long_are_looked_at_again_before_the_first_attempt() -> None:
    """The blog has been told nothing of them, and the event of their edit was lost."""
    async with scene() as s:
        alpha = s.comment("alpha")
        await s.quiet()
        await s.world.engine.pause()
        said, gone = s.say("my number is 555", s.mirror(alpha).id), s.say("a secret", s.mirror(alpha).id)
        await s.world.work(poll=False)
        s.world.clock.advance(60_000)
        s.chat.member_edits(said, "hello")
        s.chat.delete_messages(gone)
        s.chat.events.clear()
        seen = written(s)
        await s.world.engine.resume()
        await s.world.work(poll=False)
        assert seen == ["hello"]
        await s.quiet()
        assert public(s) == ["alpha", "hello"]


async def test_words_that_cannot_be_looked_at_again_wait() -> None:
    async with scene() as s:
        alpha = s.comment("alpha")
        await s.quiet()
        said = s.say("beta", s.mirror(alpha).id)
        s.world.faults.arm("blog", Fault.SLOW, Fault.SILENT)
        await s.world.work(poll=False)
        seen = written(s)
        for _ in range(4):
            s.world.faults.arm("chat", *[Fault.UNAVAILABLE] * 4)
            await s.world.next_moment()
            await s.world.work(poll=False)
        assert seen == []
        await s.quiet()
        assert (seen, s.relay(said) is not None) == (["beta"], True)


async def test_words_that_arrived_in_two_versions_are_the_last_ones() -> None:
    """Edited between two attempts, and back before the third: whichever of both has arrived."""
    async with scene() as s:
        alpha = s.comment("alpha")
        await s.quiet()
        said = s.say("beta", s.mirror(alpha).id)
        s.world.faults.arm("blog", Fault.SLOW, Fault.SILENT)
        await s.world.work(poll=False)
        s.chat.member_edits(said, "my number is 555")
        s.chat.events.clear()
        s.world.faults.arm("blog", Fault.SLOW, Fault.SLOW, Fault.RESET_AFTER)
        await s.world.next_moment()
        await s.world.work(poll=False)
        relay = s.relay(said)
        assert relay is not None
        assert relay.html == "my number is 555"
        s.chat.member_edits(said, "beta")
        await s.quiet()
        assert relay.html == "beta"


# ---------------------------------------------------------------- an answer to what is gone


async def test_an_answer_to_a_message_deleted_before_it_left_goes_to_what_that_one_answered() -> None:
    async with scene() as s:
        alpha = s.comment("alpha")
        await s.quiet()
        s.blog.down = True
        first = s.say("beta", s.mirror(alpha).id)
        second = s.say("gamma", first, member=8)
        await s.world.work(poll=False)
        s.chat.delete_messages(first)
        third = s.say("delta", first, member=9)
        await s.quiet()
        assert s.relay(first) is None
        relays = [s.relay(one) for one in (second, third)]
        assert [one.parent if one else "lost" for one in relays] == [alpha.id, alpha.id]


async def test_an_answer_to_a_message_whose_deletion_was_heard_of_first() -> None:
    async with scene() as s:
        alpha = s.comment("alpha")
        await s.quiet()
        first = s.say("beta", s.mirror(alpha).id)
        second = s.say("gamma", first, member=8)
        s.chat.delete_messages(first)
        await s.world.work(events=lambda events: [events[-1], *events[:-1]])
        await s.quiet()
        relay = s.relay(second)
        assert s.relay(first) is None
        assert relay is not None
        assert relay.parent == alpha.id


async def test_an_answer_to_a_message_found_deleted_when_it_was_to_leave() -> None:
    async with scene() as s:
        alpha = s.comment("alpha")
        await s.quiet()
        first = s.say("beta", s.mirror(alpha).id)
        second = s.say("gamma", first, member=8)
        s.world.faults.arm("blog", Fault.SLOW, Fault.SILENT)
        await s.world.work(poll=False)
        s.chat.delete_messages(first)
        s.chat.events.clear()
        await s.quiet()
        relay = s.relay(second)
        assert s.relay(first) is None
        assert relay is not None
        assert relay.parent == alpha.id
