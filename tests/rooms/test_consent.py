"""Members decide whether their words cross: however a message is heard of, and whatever waits at that moment."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from bot.core.domain import Mark, MemberId, MessageId, Origin
from bot.core.policy import RelayMode
from tests.support.clock_and_faults import Fault
from tests.support.engine_shorthand import Scene, scene
from tests.support.fake_blog import StoredComment
from tests.support.fake_chat import GUILD
from tests.support.pictures import picture

ANN, BEN = 7, 8
BOTH = [RelayMode.REPLIES, RelayMode.ALL]


@asynccontextmanager
async def talk(mode: RelayMode = RelayMode.REPLIES) -> AsyncIterator[tuple[Scene, StoredComment, MessageId]]:
    """A post with one comment, and the comment's mirror."""
    async with scene(mode=mode) as s:
        alpha = s.comment("alpha")
        await s.quiet()
        yield s, alpha, s.mirror(alpha).id


def html(s: Scene, message: MessageId) -> str | None:
    found = s.relay(message)
    return None if found is None else found.html


@pytest.mark.parametrize("mode", BOTH)
async def test_a_live_message_stays_and_leaves_no_mark(mode: RelayMode) -> None:
    async with talk(mode) as (s, _, mirror):
        await s.opt_out()
        said, plain, other = s.say("mine", mirror), s.say("plain", None), s.say("another's", mirror, member=BEN)
        await s.quiet()
        assert (s.relay(said), s.mark(said)) == (None, None)
        assert (s.relay(plain), s.mark(plain)) == (None, None)
        assert html(s, other) == "another&#39;s"


@pytest.mark.parametrize("mode", BOTH)
async def test_what_is_found_by_reading_again_stays_even_after_a_change_of_mind(mode: RelayMode) -> None:
    async with talk(mode) as (s, _, mirror):
        await s.opt_out()
        missed = s.say("missed", mirror)
        s.chat.events.clear()
        await s.quiet()
        unheard = s.say("unheard", mirror)
        s.chat.events.clear()
        assert await s.opt_in()
        after = s.say("after", mirror)
        await s.quiet()
        assert (s.relay(missed), s.relay(unheard)) == (None, None)
        assert html(s, after) == "after"


@pytest.mark.parametrize("mode", BOTH)
async def test_an_edit_of_what_stayed_does_not_bring_it_along(mode: RelayMode) -> None:
    async with talk(mode) as (s, _, mirror):
        await s.opt_out()
        said = s.say("mine", mirror)
        await s.quiet()
        s.chat.member_edits(said, "mine, reworded")
        await s.quiet()
        assert s.relay(said) is None
        await s.opt_in()
        s.chat.member_edits(said, "mine, once more")
        await s.quiet()
        assert s.relay(said) is None


async def test_what_is_on_the_blog_follows_its_message_still() -> None:
    async with talk() as (s, _, mirror):
        kept, gone = s.say("kept", mirror), s.say("gone", mirror)
        await s.quiet()
        await s.opt_out()
        s.chat.member_edits(kept, "kept, reworded")
        s.chat.delete_messages(gone)
        await s.quiet()
        assert html(s, kept) == "kept, reworded"
        assert s.mark(kept) is Mark.RELAYED
        relay = s.relay(gone)
        assert relay is not None
        assert relay.status == "trash"


@pytest.mark.parametrize("mode", BOTH)
@pytest.mark.parametrize("heard", [True, False], ids=["live", "read again"])
async def test_an_answer_to_what_stays_goes_under_the_nearest_that_is_there(mode: RelayMode, *, heard: bool) -> None:
    async with talk(mode) as (s, alpha, mirror):
        await s.opt_out()
        first = s.say("mine", mirror)
        second = s.say("mine too", first)
        answer = s.say("Ben's", second, member=BEN)
        to_post = s.say("to the post", MessageId(s.thread()))
        below = s.say("Ben's again", to_post, member=BEN)
        if not heard:
            s.chat.events.clear()
        await s.quiet()
        assert [s.relay(one) for one in (first, second, to_post)] == [None] * 3
        relay, top = s.relay(answer), s.relay(below)
        assert relay is not None
        assert relay.parent == alpha.id
        assert top is not None
        assert top.parent is None


async def test_an_answer_to_talk_stays_talk_whoever_opted_out() -> None:
    async with talk() as (s, _, _mirror):
        await s.opt_out()
        plain = s.say("hello", None)
        answer = s.say("hello yourself", plain, member=BEN)
        s.chat.events.clear()
        await s.quiet()
        late = s.say("and hello again", answer, member=BEN)
        await s.quiet()
        assert [s.relay(one) for one in (plain, answer, late)] == [None] * 3


async def test_what_waits_and_has_surely_not_left_is_dropped() -> None:
    """With the mark that said it was waiting; what answers it still finds its way."""
    async with talk() as (s, alpha, mirror):
        s.blog.revoked = True
        said = s.say("mine", mirror)
        answer = s.say("Ben's", said, member=BEN)
        for _ in range(6):
            await s.world.work(poll=False)
            await s.world.next_moment()
        assert s.mark(said) is Mark.HELD
        assert await s.opt_out() == 1
        late = s.say("Ben's, later", said, member=BEN)
        await s.quiet()
        assert (s.relay(said), s.mark(said)) == (None, None)
        for one in (answer, late):
            relay = s.relay(one)
            assert relay is not None
            assert relay.parent == alpha.id
            assert s.mark(one) is Mark.RELAYED


@pytest.mark.parametrize("arrived", [True, False], ids=["it has", "it has not"])
async def test_what_may_have_left_is_looked_for_and_not_sent_again(*, arrived: bool) -> None:
    async with talk() as (s, alpha, mirror):
        s.blog.capabilities = {"upload_files", "delete_posts"}
        said = s.say("mine", mirror, files={"cat.png": picture("a picture")})
        original = s.world.faults.request

        async def lost(side: str, what: str, do: Any, *, write: bool) -> Any:
            if what == "create a comment":
                s.world.faults.request = original  # type: ignore[method-assign]  # once
                s.world.faults.arm("blog", Fault.RESET_AFTER if arrived else Fault.SILENT)
            return await original(side, what, do, write=write)

        s.world.faults.request = lost  # type: ignore[method-assign]  # the same, with one fault at the right moment
        await s.world.work(poll=False)
        assert len(s.blog.media) == 1
        assert await s.opt_out() == 0
        answer = s.say("Ben's", said, member=BEN)
        await s.quiet()
        late = s.say("Ben's, later", said, member=BEN)
        await s.quiet()
        assert html(s, said) is not None if arrived else s.relay(said) is None
        assert len(s.blog.media) == (1 if arrived else 0)
        assert s.mark(said) is (Mark.RELAYED if arrived else None)
        mine = s.relay(said)
        for one in (answer, late):
            relay = s.relay(one)
            assert relay is not None
            assert relay.parent == (mine.id if mine is not None else alpha.id)


async def test_a_word_while_a_file_is_on_its_way_is_heard() -> None:
    """A large file may take minutes, and its message has not left before."""
    async with talk() as (s, _, mirror):
        s.blog.capabilities = {"upload_files", "delete_posts"}
        said = s.say("mine", mirror, files={"cat.png": picture("a picture")})
        original = s.world.faults.request

        async def meanwhile(side: str, what: str, do: Any, *, write: bool) -> Any:
            done = await original(side, what, do, write=write)
            if what == "upload a file":
                await s.opt_out()
            return done

        s.world.faults.request = meanwhile  # type: ignore[method-assign]  # the same, and a word at that moment
        await s.world.work(poll=False)
        assert await s.world.store.opted_out(GUILD, MemberId(ANN))
        await s.quiet()
        assert (s.relay(said), s.mark(said)) == (None, None)
        assert not s.blog.media


async def test_what_was_turned_away_in_that_moment_does_not_wait_for_the_blog() -> None:
    async with talk() as (s, _, mirror):
        said = s.say("mine", mirror)
        s.blog.down = True
        original = s.world.faults.request

        async def meanwhile(side: str, what: str, do: Any, *, write: bool) -> Any:
            if side == "blog":
                await s.opt_out()
            return await original(side, what, do, write=write)

        s.world.faults.request = meanwhile  # type: ignore[method-assign]  # the same, and a word at that moment
        await s.world.work(poll=False)
        (place,) = await s.world.places()
        assert list((await s.world.store.pending_writes(place)).values()) == [said], "it was under way"
        await s.world.next_moment()
        await s.world.work(poll=False)
        assert not await s.world.store.pending_writes(place)


@pytest.mark.parametrize("answered", [False, True])
async def test_of_a_deleted_message_the_map_keeps_no_name(*, answered: bool) -> None:
    async with talk() as (s, _, mirror):
        said, other = s.say("mine", mirror), s.say("another's", mirror, member=BEN)
        await s.quiet()
        if answered:
            s.comment("to that", s.relay(said))
            await s.quiet()
        s.chat.delete_messages(said)
        await s.quiet()
        (place, *_) = await s.world.places()
        relays = {
            one.key.rpartition("/")[2]: one.author
            for one in (await s.world.store.mapped(place)).values()
            if one.origin is Origin.DISCORD
        }
        assert sorted(relays.values()) == ["", f"Member {BEN}"], other


@pytest.mark.parametrize("before", ["blanked", "trashed on the blog"])
async def test_nor_of_one_whose_comment_was_away_before(before: str) -> None:
    async with talk() as (s, _, mirror):
        said = s.say("mine", mirror)
        await s.quiet()
        relay = s.relay(said)
        assert relay is not None
        if before == "blanked":
            s.chat.member_edits(said, "_ _")
        else:
            relay.status = "trash"
        await s.quiet()
        s.chat.delete_messages(said)
        await s.quiet()
        (place, *_) = await s.world.places()
        authors = [one.author for one in (await s.world.store.mapped(place)).values() if one.origin is Origin.DISCORD]
        assert authors == [""]


async def test_a_message_that_is_looked_up_for_an_answer_is_not_taken_along(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its author says so in the moment between the look and the row."""
    async with talk() as (s, alpha, mirror):
        said = s.say("mine", mirror)
        s.chat.events.clear()
        answer = s.say("Ben's", said, member=BEN)
        store = s.world.store
        real = type(store).stays

        async def looked(place: Any, message: Any) -> bool:
            found = await real(store, place, message)
            if message.id == said:
                monkeypatch.undo()
                await s.opt_out()
            return found

        monkeypatch.setattr(store, "stays", looked)
        await s.quiet()
        assert s.relay(said) is None
        relay = s.relay(answer)
        assert relay is not None
        assert relay.parent == alpha.id


async def test_a_word_in_the_middle_of_work_lets_nothing_out_afterwards() -> None:
    """At any await, of the store's or of a request's."""
    dropped = set()
    for step in range(1, 240, 8):
        async with talk() as (s, _, mirror):
            original, count = s.world.faults.pause, 0

            async def pause(s: Scene = s, original: Any = original, step: int = step) -> None:
                nonlocal count
                count += 1
                if count == step:
                    await s.world.store.opt_out(s.world.guild, MemberId(ANN))
                await original()

            s.world.faults.pause = pause  # type: ignore[method-assign]  # the same, and a word at one moment
            await s.world.die()
            await s.world.start()
            said = [s.say(f"number {number}", mirror) for number in range(4)]
            await s.world.work(poll=False)
            assert await s.world.store.opted_out(s.world.guild, MemberId(ANN)) == (count >= step)
            out = [one for one in said if s.relay(one) is not None]
            dropped.add(len(said) - len(out))
            await s.quiet()
            assert [one for one in said if s.relay(one) is not None] == out
    assert dropped >= {1, 2, 3, 4}, "the word always came too early or too late"
