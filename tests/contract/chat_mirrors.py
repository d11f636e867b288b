"""The contract of the Chat port about mirrors: sent, edited, deleted, found again.

Not collected by itself; tests/contract/test_chat_contract.py holds every implementation against it.
"""

from __future__ import annotations

from dataclasses import replace

from bot.core.domain import Mark, MessageId, MessageKind, Millis
from bot.core.errors import Doubt, NotAllowed, Refused, Unanswered, Vanished
from bot.ports import Chat, Speaker, Utterance
from tests.contract.chat_servers import Server, only
from tests.contract.told import told, why
from tests.support.chat_scene import WHAT, find, saying

OTHER = Speaker("Cleo", "https://blog.example/cleo.png", Millis(1_715_000_100_000))
BEA_ANEW = Speaker("Béa", "https://blog.example/bea-2.png", Millis(1_715_000_100_000))


def tombstone(what: Utterance) -> Utterance:
    gone = replace(what, text="*This comment was removed.*", card="*This comment was removed.*", marker="", url="")
    return replace(gone, speaker=replace(gone.speaker, written_at=None))


class ChatMirrors:
    """How comments stand in a thread."""

    async def test_a_comment_appears_under_its_authors_name_and_picture(self, server: Server, chat: Chat) -> None:
        place = await server.open()
        sent = await chat.send(place, saying(1, "Hello"), nonce="n1")
        quiet = await chat.send(place, replace(saying(2, "Once", silent=True), speaker=OTHER), nonce="n2")
        faceless = replace(OTHER, avatar_url=None)
        plain = await chat.send(place, replace(saying(3, "More"), speaker=faceless), nonce="n3")
        first, second, third = server.shown(place)
        assert [first.id, second.id, third.id] == [sent, quiet, plain] == sorted([sent, quiet, plain])
        assert (first.name, first.avatar_url) == ("Béa", "https://blog.example/bea.png")
        assert (second.name, second.avatar_url) == ("Cleo", "https://blog.example/cleo.png")
        assert (third.name, third.avatar_url) == ("Cleo", None)
        assert "Hello" in first.text
        assert (first.silent, second.silent, third.silent) == (False, True, False)
        assert {one.reply_to for one in (first, second, third)} == {None}

    async def test_an_edit_changes_the_words_and_a_cards_name_and_never_a_personas(
        self, server: Server, chat: Chat
    ) -> None:
        """Discord: Edit Webhook Message has no username and no avatar_url."""
        place = await server.open()
        sent = await chat.send(place, saying(1, "Before"), nonce="n1")
        await chat.edit(place, sent, replace(saying(1, "After"), speaker=OTHER))
        (shown,) = server.shown(place)
        assert shown.id == sent
        assert "After" in shown.text
        assert "Before" not in shown.text
        cleo, bea = ("Cleo", "https://blog.example/cleo.png"), ("Béa", "https://blog.example/bea.png")
        assert (shown.name, shown.avatar_url) == (cleo if server.style == "card" else bea)
        assert await find(chat, place, saying(1).marker, after=None) == sent

    async def test_a_message_that_bears_its_speakers_old_name_for_good_cannot_be_edited(
        self, server: Server, chat: Chat
    ) -> None:
        place = await server.open()
        sent = await chat.send(place, saying(1, "Before"), nonce="n1")
        await chat.edit(place, sent, saying(1, "Again"), renamed=True)
        otherwise = replace(saying(1, "After"), speaker=OTHER)
        if server.style == "card":
            await chat.edit(place, sent, otherwise, renamed=True)
            assert server.shown(place)[0].name == "Cleo"
            return
        with told(Refused) as raised:
            await chat.edit(place, sent, otherwise, renamed=True)
        assert "not_editable" in why(raised.value)
        (shown,) = server.shown(place)
        assert (shown.name, "Again" in shown.text) == ("Béa", True)
        await chat.edit(place, sent, replace(saying(1, "With another picture"), speaker=BEA_ANEW), renamed=True)
        assert "With another picture" in server.shown(place)[0].text

    async def test_a_part_is_found_by_its_marker_alone(self, server: Server, chat: Chat) -> None:
        place = await server.open()
        one = await chat.send(place, saying(1), nonce="n1")
        parts = [await chat.send(place, saying(2, part=p, parts=3), nonce=f"p{p}") for p in (1, 2, 3)]
        await server.says(place, saying(4).text)  # members who copy the footer, or a whole mirror, are not us
        await chat.send(place, saying(5, f"{saying(6).text}\nand more"), nonce="n5")
        await chat.say(place, "No mirror.", nonce="say")
        assert await find(chat, place, saying(1).marker, after=place.starter_id) == one
        for part in (1, 2, 3):
            assert await find(chat, place, saying(2, part=part, parts=3).marker, after=None) == parts[part - 1]
        assert await find(chat, place, saying(1).marker, after=one) is None, "after is not with"
        for stranger in (2, 4, 6):
            assert await find(chat, place, saying(stranger).marker, after=None) is None
        markers = [
            saying(1).marker,
            *(saying(2, part=part, parts=3).marker for part in (1, 2, 3)),
            saying(5).marker,
        ]
        assert [marker async for _, marker in chat.mirrors(place)] == markers
        assert [marker async for _, marker in chat.mirrors(place, after=parts[0])] == markers[2:]

    async def test_what_stands_in_a_thread_is_known_again_without_a_map(self, server: Server, chat: Chat) -> None:
        place = await server.open()
        whole = saying(1, "Hello **you**")
        sent = await chat.send(place, whole, nonce="n1")
        second = await chat.send(place, saying(2, part=2, parts=2), nonce="n2")
        said = await chat.say(place, "A line.", nonce="say")
        plain, edited = await server.says(place, "Plain", reply_to=sent), await server.says(place, "Befor")
        await server.edits(place, edited, "Before")
        await chat.mark(place, plain, Mark.HELD)
        every = [one async for one in chat.posted(place, after=place.starter_id)]
        posted = {one.message.id: one for one in every if one.message.kind is not MessageKind.SYSTEM}
        assert list(posted) == [sent, second, said, plain, edited]
        assert [one.marker for one in posted.values()] == [whole.marker, saying(2, part=2, parts=2).marker, "", "", ""]
        assert [one.message.ours for one in posted.values()] == [True, True, True, False, False]
        assert [one.mark for one in posted.values()] == [None, None, None, Mark.HELD, None]
        assert [one.edited for one in posted.values()] == [False, False, False, False, True]
        assert (posted[plain].message.reply_to, posted[edited].message.text) == (sent, "Before")
        assert chat.shows(posted[sent], whole)
        assert not chat.shows(posted[sent], saying(1, "Hello you"))
        assert not chat.shows(posted[sent], replace(whole, speaker=OTHER))
        assert not chat.shows(posted[sent], saying(2, "Hello **you**")) or server.style == "card", "its footer is text"
        gone = saying(1, "*This comment was removed.*")
        await chat.edit(place, sent, gone)
        (stands,) = [one async for one in chat.posted(place, after=place.starter_id) if one.message.id == sent]
        assert stands.marker == whole.marker
        assert chat.shows(stands, gone)
        assert [one async for one in chat.posted(place, after=edited)] == []

    async def test_a_tombstone_is_no_mirror_and_may_become_one_again(self, server: Server, chat: Chat) -> None:
        place = await server.open()
        sent = await chat.send(place, saying(1), nonce="n1")
        await chat.edit(place, sent, tombstone(saying(1)))
        assert [found async for found in chat.mirrors(place)] == []
        assert [one.id for one in server.shown(place)] == [sent]
        await chat.edit(place, sent, saying(1))
        assert [found async for found in chat.mirrors(place)] == [(sent, saying(1).marker)]

    async def test_a_deleted_message_stays_deleted(self, server: Server, chat: Chat) -> None:
        place = await server.open()
        sent = await chat.send(place, saying(1), nonce="n1")
        taken = await chat.send(place, saying(2), nonce="n2")
        await chat.delete(place, sent)
        await server.delete(place, taken)
        assert server.shown(place) == []
        for gone in (sent, taken, MessageId(1)):
            await chat.delete(place, gone)
            assert await chat.read(place, gone) is None
            with told(Vanished):
                await chat.edit(place, gone, saying(1))
            with told(Vanished):
                await chat.mark(place, gone, Mark.RELAYED)

    async def test_mirrors_outlive_their_webhook(self, server: Server, chat: Chat) -> None:
        place = await server.open()
        first = await chat.send(place, saying(1), nonce="n1")
        second = await chat.send(place, saying(2), nonce="n2")
        await server.delete_webhooks()
        if server.style == "persona":
            with told(Refused) as raised:
                await chat.edit(place, first, saying(1, "Changed."))
            assert "not_editable" in why(raised.value)
        else:
            await chat.edit(place, first, saying(1, "Changed."))
        assert [found async for found in chat.mirrors(place)] == [(first, saying(1).marker), (second, saying(2).marker)]
        await chat.delete(place, first)
        third = await chat.send(place, saying(3), nonce="n3")
        await chat.edit(place, third, saying(3, "Changed."))
        assert [one.id for one in server.shown(place)] == [second, third]

    @only(style="card")
    async def test_a_card_that_is_too_long_is_cut(self, server: Server, chat: Chat) -> None:
        place = await server.open()
        sent = await chat.send(place, saying(1, "x" * 5000), nonce="n1")
        await chat.edit(place, sent, saying(1, "y" * 5000))
        (shown,) = server.shown(place)
        assert shown.text.startswith("y" * 2000)

    @only(style="persona")
    async def test_what_is_too_long_is_refused(self, server: Server, chat: Chat) -> None:
        place = await server.open()
        sent = await chat.send(place, saying(1), nonce="n1")
        before = server.shown(place)
        with told(Refused):
            await chat.send(place, saying(2, "x" * 5000), nonce="n2")
        with told(Refused):
            await chat.edit(place, sent, saying(1, "x" * 5000))
        assert server.shown(place) == before

    @only(style="card")
    async def test_a_card_is_a_true_reply_and_a_plain_message_when_its_target_is_gone(
        self, server: Server, chat: Chat
    ) -> None:
        place = await server.open()
        asked = await server.says(place, "question")
        await chat.send(place, saying(1, reply_to=asked), nonce="n1")
        await server.delete(place, asked)
        await chat.send(place, saying(2, reply_to=asked), nonce="n2")
        reply, plain = server.shown(place)
        assert (reply.reply_to, plain.reply_to) == (asked, None)

    @only(style="card")
    async def test_a_card_sent_twice_appears_once_and_not_again_when_it_was_taken_away(
        self, server: Server, chat: Chat
    ) -> None:
        """Within the minutes for which Discord remembers a nonce, in each thread for itself; a webhook has none."""
        place, other = await server.open(), await server.open(replace(WHAT, url="https://blog.example/other/"))
        first = await chat.send(place, saying(1), nonce="same")
        assert await chat.send(place, saying(1), nonce="same") == first
        assert await chat.send(other, saying(1), nonce="same") != first
        assert [one.id for one in server.shown(place)] == [first]
        await server.delete(place, first)
        with told(Vanished):
            await chat.send(place, saying(1), nonce="same")
        assert server.shown(place) == []

    async def test_an_archived_thread_is_opened_for_whatever_changes_it(self, server: Server, chat: Chat) -> None:
        place = await server.open()
        sent = await chat.send(place, saying(1), nonce="n1")
        asked = await server.says(place, "question")
        said = await chat.say(place, "A line.", nonce="line")
        await server.archive(place)
        assert await chat.read(place, sent) is not None
        assert [found async for found in chat.mirrors(place)] == [(sent, saying(1).marker)]
        await chat.edit(place, sent, saying(1, "Changed."))
        await server.archive(place)
        await chat.mark(place, asked, Mark.RELAYED)
        await server.archive(place)
        await chat.tell(place, asked, "A word.", nonce="tell")
        await server.archive(place)
        await chat.revise_saying(place, said, "Another line.")
        await server.archive(place)
        second = await chat.send(place, saying(2), nonce="n2")
        await server.archive(place)
        await chat.delete(place, sent)
        shown = server.shown(place)
        assert [one.id for one in shown if one.id != shown[2].id] == [asked, said, second]
        assert shown[0].marks == {Mark.RELAYED.value}
        assert [one.text for one in shown[1:3]] == ["Another line.", "A word."]

    async def test_a_locked_and_archived_thread_takes_nothing_from_a_bot_that_may_not_open_it(
        self, server: Server, chat: Chat
    ) -> None:
        place = await server.open()
        sent = await chat.send(place, saying(1), nonce="n1")
        said = await chat.say(place, "A line.", nonce="line")
        asked = await server.says(place, "question")
        before = server.shown(place)
        await server.archive(place, locked=True)
        for write in (
            lambda: chat.send(place, saying(2), nonce="n2"),
            lambda: chat.edit(place, sent, saying(1, "Changed.")),
            lambda: chat.delete(place, sent),
            lambda: chat.mark(place, asked, Mark.RELAYED),
            lambda: chat.tell(place, asked, "A word.", nonce="tell"),
            lambda: chat.say(place, "A line.", nonce="say"),
            lambda: chat.revise_saying(place, said, "Another line."),
        ):
            with told(NotAllowed):
                await write()
        assert server.shown(place) == before
        assert await chat.read(place, asked) is not None

    async def test_a_merely_locked_thread_takes_marks_and_deletions_alone(self, server: Server, chat: Chat) -> None:
        place = await server.open()
        sent = await chat.send(place, saying(1), nonce="n1")
        asked = await server.says(place, "question")
        await server.lock(place)
        for write in (
            lambda: chat.send(place, saying(2), nonce="n2"),
            lambda: chat.edit(place, sent, saying(1, "Changed.")),
            lambda: chat.tell(place, asked, "A word.", nonce="tell"),
        ):
            with told(NotAllowed):
                await write()
        await chat.mark(place, asked, Mark.RELAYED)
        await chat.delete(place, sent)
        (left,) = server.shown(place)
        assert (left.id, left.marks) == (asked, frozenset({Mark.RELAYED.value}))

    async def test_embeds_that_a_moderator_removed_are_shown_again_by_the_next_edit(
        self, server: Server, chat: Chat
    ) -> None:
        place = await server.open()
        sent = await chat.send(place, saying(1, "Before"), nonce="n1")
        await server.hide_embeds(place, sent)
        hidden = [found async for found in chat.mirrors(place)]
        assert hidden == ([] if server.style == "card" else [(sent, saying(1).marker)])
        await chat.edit(place, sent, saying(1, "After"))
        (shown,) = server.shown(place)
        assert (shown.id, "After" in shown.text) == (sent, True)
        assert [found async for found in chat.mirrors(place)] == [(sent, saying(1).marker)]

    async def test_words_that_automod_forbids_are_refused_as_words(self, server: Server, chat: Chat) -> None:
        place = await server.open()
        sent = await chat.send(place, saying(1), nonce="n1")
        server.forbid_word("badword")
        with told(Refused) as raised:
            await chat.send(place, saying(2, "A badword."), nonce="n2")
        assert "words" in why(raised.value)
        with told(Refused):
            await chat.edit(place, sent, saying(1, "A badword."))
        assert [one.id for one in server.shown(place)] == [sent]
        await chat.send(place, saying(2, "A word."), nonce="n3")

    async def test_a_mark_for_somebody_who_blocked_the_bot_is_refused(self, server: Server, chat: Chat) -> None:
        place = await server.open()
        asked = await server.says(place, "question")
        server.block_bot()
        with told(Refused):
            await chat.mark(place, asked, Mark.RELAYED)
        await chat.mark(place, asked, None)
        assert server.shown(place)[0].marks == frozenset()

    async def test_what_a_firewall_turns_away_is_told_from_an_outage(self, server: Server, chat: Chat) -> None:
        place = await server.open()
        sent = await chat.send(place, saying(1), nonce="n1")
        server.wall("etc/passwd")
        with told(Unanswered) as raised:
            await chat.send(place, saying(2, "See /etc/passwd."), nonce="n2")
        assert isinstance(raised.value, Unanswered)
        assert raised.value.doubt is Doubt.TURNED_AWAY
        with told(Unanswered):
            await chat.edit(place, sent, saying(1, "See /etc/passwd."))
        third = await chat.send(place, saying(3), nonce="n3")
        assert [one.id for one in server.shown(place)] == [sent, third]

    async def test_in_a_locked_thread_the_bot_that_manages_threads_shows_what_no_webhook_may(
        self, server: Server, chat: Chat
    ) -> None:
        place = await server.open()
        before = await chat.send(place, saying(1), nonce="n1")
        await server.lock_for_moderators(place)
        sent = await chat.send(place, saying(2, "In a locked thread."), nonce="n2")
        assert await find(chat, place, saying(2).marker, after=before) == sent
        await chat.edit(place, sent, saying(2, "Edited there."))
        shown = server.shown(place)[-1]
        assert (shown.id, shown.name, "Edited there." in shown.text) == (sent, "Béa", True)
        if server.style == "persona":
            with told(Refused) as raised:
                await chat.edit(place, before, saying(1, "Edited there."))
            assert "not_editable" in why(raised.value)
        await chat.delete(place, before)
        assert [one.id for one in server.shown(place)] == [sent]
