"""In a text channel the announcement stands in the channel: who answers it there answers the post."""

from __future__ import annotations

from bot.core.domain import ChannelId, Mark, MessageId, ThreadId
from tests.support.clock_and_faults import Fault
from tests.support.engine_shorthand import Scene, scene
from tests.support.fake_chat import CHANNEL


def say(s: Scene, words: str, to: MessageId | None = None, member: int = 7) -> MessageId:
    """In the channel; to the announcement unless told."""
    s.world.clock.advance(1000)
    return s.chat.member_says_in_channel(member, words, to or next(iter(s.chat.starters))).id


async def test_a_reply_to_the_announcement_becomes_a_comment_at_the_top() -> None:
    async with scene(forum=False) as s:
        await s.quiet()
        said = say(s, "beta")
        below = say(s, "gamma", said, member=8)
        await s.quiet()
        relay, other = s.relay(said), s.relay(below)
        assert relay is not None
        assert other is not None
        assert (relay.html, relay.parent) == ("beta", None)
        assert f"/{CHANNEL}/{said}#" in relay.author_url, "its own link"
        assert (other.html, other.parent) == ("gamma", relay.id)
        assert (s.mark(said), s.mark(below)) == (Mark.RELAYED, Mark.RELAYED)


async def test_its_edits_and_its_deletion_are_followed() -> None:
    async with scene(forum=False) as s:
        await s.quiet()
        said, gone = say(s, "beta"), say(s, "gamma")
        await s.quiet()
        s.chat.member_edits(said, "delta")
        s.chat.delete_messages(gone)
        await s.quiet()
        relay, withdrawn = s.relay(said), s.relay(gone)
        assert relay is not None
        assert withdrawn is not None
        assert (relay.html, relay.status, withdrawn.status) == ("delta", "approved", "trash")


async def test_a_comment_that_answers_it_is_shown_in_the_thread_and_leads_to_it() -> None:
    async with scene(forum=False) as s:
        await s.quiet()
        said = say(s, "beta")
        await s.quiet()
        relay = s.relay(said)
        assert relay is not None
        answer = s.comment("epsilon", relay)
        await s.quiet()
        mirror = s.mirror(answer)
        assert mirror.thread == s.thread()
        assert f"/{CHANNEL}/{said}>" in mirror.text
        _late, reply = await s.relayed("zeta", mirror.id)
        assert reply.parent == answer.id


async def test_what_no_event_told_of_is_found_by_reading() -> None:
    async with scene(forum=False) as s:
        await s.quiet()
        known, gone = say(s, "beta"), say(s, "gamma")
        await s.quiet()
        new = say(s, "new")
        say(s, "talk in the channel", s.chat.new_id())
        s.chat.member_edits(known, "delta")
        s.chat.delete_messages(gone)
        s.chat.events.clear()
        await s.quiet()
        relays = [s.relay(one) for one in (known, gone, new)]
        assert [one.html if one else None for one in relays] == ["delta", "gamma", "new"]
        assert [one.status if one else None for one in relays] == ["approved", "trash", "approved"]
        assert len(s.blog.comments) == 3


async def test_other_talk_in_the_channel_is_nobodys() -> None:
    async with scene(forum=False) as s:
        await s.quiet()
        first = s.chat.member_says_in_channel(7, "hello", s.chat.new_id()).id
        say(s, "hello yourself", first, member=8)
        await s.quiet()
        assert s.blog.comments == {}


async def test_a_refusal_is_said_where_the_message_stands() -> None:
    async with scene(forum=False, approve=False) as s:
        await s.quiet()
        s.blog.disallowed.add("casino")
        said = say(s, "casino")
        await s.quiet()
        assert s.mark(said) is Mark.REFUSED
        (told,) = [one for one in s.chat.messages.values() if one.writer == "bot" and one.reply_to == said]
        assert told.thread == ThreadId(CHANNEL)
        s.chat.member_edits(said, "a card game")
        await s.quiet()
        assert s.mark(said) is Mark.HELD
        assert told.id not in s.chat.messages, "and taken back there"


async def test_words_deleted_before_they_left_are_not_published() -> None:
    async with scene(forum=False) as s:
        s.comment("alpha")
        await s.quiet()
        said = say(s, "beta")
        s.world.faults.arm("blog", Fault.SLOW, Fault.SILENT)
        await s.world.work(poll=False)
        s.chat.delete_messages(said)
        await s.quiet()
        assert s.relay(said) is None


async def test_what_was_written_before_the_channel_was_first_read_stays_there() -> None:
    async with scene(forum=False) as s:
        await s.world.work()
        await s.world.work()
        said = say(s, "beta")
        s.chat.events.clear()
        await s.quiet()
        assert s.relay(said) is None


async def test_a_channel_is_waited_for_from_the_first_start_on_before_anything_is_announced() -> None:
    """Else what members write in the first absence is taken for what was there before."""
    async with scene(forum=False) as s:
        began = s.chat.newest_id()
        await s.world.engine.catch_up()
        assert await s.world.places() == ()
        read = await s.world.store.channel_read(s.world.subscription, ChannelId(CHANNEL))
        assert read is not None
        assert read.since <= s.chat.newest_id()
        assert read.since >= began
