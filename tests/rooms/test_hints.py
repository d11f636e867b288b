"""Who writes what does not cross is told once how it would."""

from __future__ import annotations

import pytest

from bot.core.policy import RelayMode
from bot.sync.relaying.listen import FORWARD_HINT, HINT
from tests.support.engine_shorthand import Scene, scene
from tests.support.fake_chat import StoredMessage


def hints(s: Scene) -> list[StoredMessage]:
    return [one for one in s.chat.messages.values() if one.text == HINT]


async def test_a_member_is_told_once_in_a_thread() -> None:
    async with scene(hints=True) as s:
        alpha = s.comment("alpha")
        await s.quiet()
        first = s.say("hello", None)
        s.say("hello again", None)
        talk = s.say("hello yourself", first, member=8)
        s.say("to the point", s.mirror(alpha).id, member=9)
        await s.quiet()
        assert [one.reply_to for one in hints(s)] == [first]
        await s.world.process.die()
        await s.world.process.start()
        s.say("hello once more", None)
        other = s.say("and I", None, member=8)
        await s.quiet()
        assert [one.reply_to for one in hints(s)] == [first, other]
        assert s.relay(talk) is None


async def test_each_thread_has_its_own_hint() -> None:
    async with scene(hints=True) as s:
        await s.quiet()
        first = s.say("hello", None)
        await s.quiet()
        s.blog.add_post("Second")
        await s.quiet()
        second = s.say("hello", None)
        await s.quiet()
        assert [one.reply_to for one in hints(s)] == [first, second]
        assert hints(s)[0].thread != hints(s)[1].thread


@pytest.mark.parametrize(("mode", "wanted"), [(RelayMode.REPLIES, False), (RelayMode.ALL, True), (RelayMode.OFF, True)])
async def test_nobody_is_told_where_it_is_not_wanted_or_not_true(mode: RelayMode, *, wanted: bool) -> None:
    async with scene(mode=mode, hints=wanted) as s:
        s.comment("alpha")
        await s.quiet()
        s.say("hello", None)
        await s.quiet()
        assert hints(s) == []


async def test_who_keeps_their_words_in_discord_is_told_nothing() -> None:
    async with scene(hints=True) as s:
        await s.quiet()
        await s.opt_out()
        s.say("hello", None)
        await s.quiet()
        assert hints(s) == []


async def test_what_is_found_by_reading_is_too_old_for_a_word() -> None:
    async with scene(hints=True) as s:
        await s.quiet()
        s.say("hello", None)
        s.chat.events.clear()
        await s.quiet()
        assert hints(s) == []


async def test_what_is_forwarded_stays_in_discord_and_its_member_is_told_once_why() -> None:
    async with scene(mode=RelayMode.ALL, hints=True) as s:
        await s.quiet()
        first = s.chat.member_forwards(s.thread(), 7).id
        second = s.chat.member_forwards(s.thread(), 7).id
        plain = s.say("words of my own", None)
        await s.quiet()
        assert s.relay(first) is s.relay(second) is None
        assert s.relay(plain) is not None
        assert [one.reply_to for one in s.chat.messages.values() if one.text == FORWARD_HINT] == [first]


async def test_who_forwards_where_only_answers_cross_is_not_told_to_answer() -> None:
    async with scene(hints=True) as s:
        await s.quiet()
        s.chat.member_forwards(s.thread(), 7)
        await s.quiet()
        assert [one.text for one in s.chat.messages.values() if one.text in (HINT, FORWARD_HINT)] == []


async def test_words_beside_a_forward_cross_with_a_note() -> None:
    async with scene(mode=RelayMode.ALL) as s:
        await s.quiet()
        said = s.chat.member_forwards(s.thread(), 7, "look at that").id
        await s.quiet()
        relay = s.relay(said)
        assert relay is not None
        assert "look at that" in relay.html
        assert "[forwarded message]" in relay.html
