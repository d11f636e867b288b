"""A blog gives its numbers out again: whose words stand where, and that nobody's are touched by another's deeds."""

from __future__ import annotations

from dataclasses import replace

from bot.core.actions import Send
from bot.core.domain import CommentId, Mark, MessageId, Millis, Origin, Place
from bot.ports.observer import Decided, Event
from bot.sync.mirroring.compose import TOMBSTONE
from bot.sync.relaying.compose import TOMBSTONE_HTML
from tests.support.clock_and_faults import Fault
from tests.support.engine_shorthand import Scene, scene
from tests.support.fake_blog import StoredComment, StoredMedia
from tests.support.pictures import picture


class Sends:
    """Hears which comments are to be shown."""

    def __init__(self) -> None:
        self.keys: list[str] = []

    def hear(self, event: Event) -> None:
        if isinstance(event, Decided) and event.kind == Send.traits.kind:
            self.keys.append(event.key)


async def the_place(s: Scene) -> Place:
    (place,) = await s.world.places()
    return place


def shown(s: Scene, comment: StoredComment) -> list[tuple[str | None, str]]:
    """Under whose name each part of it stands, and its first line."""
    return [(one.name, one.text.partition("\n")[0]) for one in s.parts(comment)]


async def test_another_reader_with_the_number_of_a_lost_comment_speaks_under_their_own_name() -> None:
    async with scene(retract_share=1.0) as s:
        s.comment("kept")
        backup = s.blog.backup()
        lost = s.blog.comment(s.post, "lost words", author="Jane")
        await s.quiet()
        old = s.mirror(lost).id
        s.blog.restore(backup)
        s.world.clock.advance(5000)
        new = s.blog.comment(s.post, "new words", author="Bob")
        assert new.id == lost.id, "or this test says nothing"
        await s.quiet()
        assert shown(s, new) == [("Bob", "new words")]
        assert old not in s.chat.messages
        assert sum("restored backup" in told for told in s.chat.heard) == 1


async def test_a_lost_comment_that_is_answered_leaves_a_tombstone_apart_from_who_has_its_number() -> None:
    async with scene(retract_share=1.0) as s:
        s.comment("kept")
        backup = s.blog.backup()
        lost = s.blog.comment(s.post, "lost words", author="Jane")
        await s.quiet()
        old = s.mirror(lost).id
        said = s.say("an answer to Jane", old)
        await s.quiet()
        s.blog.restore(backup)
        s.world.clock.advance(5000)
        new = s.blog.comment(s.post, "new words", author="Bob")
        await s.quiet()
        assert shown(s, new) == [("Bob", "new words")]
        assert s.chat.messages.get(old) is None or TOMBSTONE in s.chat.messages[old].text
        assert s.mark(said) is Mark.REMOVED


async def test_what_a_member_answered_keeps_its_place_when_another_has_its_number() -> None:
    async with scene(retract_share=1.0) as s:
        lost = s.blog.comment(s.post, "lost words", author="Jane")
        await s.quiet()
        old = s.mirror(lost).id
        said = s.say("an answer to Jane", old)
        await s.quiet()
        s.world.clock.advance(5000)
        new = replace(lost, html="new words", author="Bob", written_at=s.world.clock.time)
        s.blog.comments[lost.id] = new
        await s.quiet()
        assert ("Bob", "new words") in shown(s, new)
        assert TOMBSTONE in s.chat.messages[old].text
        assert s.mark(said) is Mark.RELAYED


async def test_what_a_member_does_never_touches_who_has_the_number_of_their_lost_comment() -> None:
    async with scene() as s:
        root = s.comment("root")
        await s.quiet()
        backup = s.blog.backup()
        said, relay = await s.relayed("my words", s.mirror(root).id)
        s.blog.restore(backup)
        s.world.clock.advance(5000)
        stranger = s.blog.comment(s.post, "words of a stranger", author="Eve")
        assert stranger.id == relay.id, "or this test says nothing"
        s.chat.member_edits(said, "other words of mine")
        await s.world.work(poll=False)
        assert stranger.html == "words of a stranger"
        await s.quiet()
        assert shown(s, stranger) == [("Eve", "words of a stranger")]
        assert s.mark(said) is Mark.REMOVED
        s.chat.delete_messages(said)
        await s.quiet()
        assert (stranger.status, stranger.html) == ("approved", "words of a stranger")
        assert shown(s, stranger) == [("Eve", "words of a stranger")]


async def test_a_deletion_before_the_blog_was_looked_at_again_trashes_nobodys_words() -> None:
    async with scene() as s:
        root = s.comment("root")
        await s.quiet()
        backup = s.blog.backup()
        said = s.say("my words", s.mirror(root).id)
        await s.quiet()
        s.blog.restore(backup)
        s.world.clock.advance(5000)
        stranger = s.blog.comment(s.post, "words of a stranger", author="Eve")
        s.chat.delete_messages(said)
        await s.world.work(poll=False)
        assert stranger.status == "approved"
        await s.quiet()
        assert shown(s, stranger) == [("Eve", "words of a stranger")]


async def test_a_reply_that_gets_the_number_of_a_lost_comment_is_its_members() -> None:
    """Edits and deletions reach it; the mirror of the lost one goes."""
    async with scene(retract_share=1.0) as s:
        root = s.comment("root")
        await s.quiet()
        backup = s.blog.backup()
        lost = s.blog.comment(s.post, "lost words", author="Jane")
        await s.quiet()
        old = s.mirror(lost).id
        s.blog.restore(backup)
        s.world.clock.advance(5000)
        said = s.say("my words", s.mirror(root).id)
        await s.world.work(poll=False)
        relay = s.relay(said)
        assert relay is not None
        assert relay.id == lost.id, "or this test says nothing"
        await s.quiet()
        assert old not in s.chat.messages
        assert s.parts(relay) == []
        seen = await s.world.store.comment(await the_place(s), CommentId(relay.id))
        assert seen is not None
        assert (seen.origin, seen.messages) == (Origin.DISCORD, (said,))
        s.chat.member_edits(said, "my other words")
        await s.quiet()
        assert relay.html == "my other words"
        s.chat.delete_messages(said)
        await s.quiet()
        assert relay.status == "trash"


async def test_a_blog_that_is_put_forward_again_finds_its_relays_under_their_messages() -> None:
    """Under another number, as after an import."""
    async with scene() as s:
        root = s.comment("root")
        await s.quiet()
        said, relay = await s.relayed("my words", s.mirror(root).id)
        del s.blog.comments[relay.id]
        await s.quiet()
        assert s.mark(said) is Mark.REMOVED
        again = replace(relay, id=str(next(s.blog.numbers)))
        s.blog.comments[again.id] = again
        await s.quiet()
        assert s.mark(said) is Mark.RELAYED
        assert s.parts(again) == []
        s.chat.member_edits(said, "my other words")
        await s.quiet()
        assert again.html == "my other words"


async def test_a_second_copy_of_a_relay_is_taken_away_and_never_shown() -> None:
    sends = Sends()
    async with scene(observer=sends) as s:
        root = s.comment("root")
        await s.quiet()
        said, relay = await s.relayed("my words", s.mirror(root).id)
        copy = replace(relay, id=str(next(s.blog.numbers)))
        s.blog.comments[copy.id] = copy
        await s.quiet()
        assert (relay.status, copy.status) == ("approved", "trash")
        assert s.parts(copy) == []
        assert sends.keys == [f"send:{root.id}:0"], "nor for a moment"
        s.chat.delete_messages(said)
        await s.quiet()
        assert (relay.status, copy.status) == ("trash", "trash")


async def test_a_second_copy_that_is_answered_stays_and_moderators_are_told() -> None:
    async with scene() as s:
        root = s.comment("root")
        await s.quiet()
        _said, relay = await s.relayed("my words", s.mirror(root).id)
        copy = replace(relay, id=str(next(s.blog.numbers)))
        s.blog.comments[copy.id] = copy
        answer = s.comment("answered", copy)
        await s.quiet()
        assert copy.status == "approved"
        assert s.parts(copy) == []
        assert "answered" in s.mirror(answer).text
        assert sum(f"comment {copy.id}" in told for told in s.chat.heard) == 1


async def test_whoever_copies_a_members_link_is_no_copy() -> None:
    async with scene() as s:
        root = s.comment("root")
        await s.quiet()
        _said, relay = await s.relayed("my words", s.mirror(root).id)
        forged = s.blog.comment(s.post, "look at me", author="Mallory")
        forged.author_url = relay.author_url
        await s.quiet()
        assert forged.status == "approved"
        assert shown(s, forged) == [("Mallory", "look at me")]


async def test_a_comment_that_is_moved_to_another_post_moves_with_its_answers() -> None:
    async with scene() as s:
        other = s.blog.add_post("Second").id
        kept = s.comment("kept")
        moved = s.comment("moved", kept)
        answer = s.comment("answer", moved)
        await s.quiet()
        first, second = s.chat.threads.values()
        thread = {thread.url.rpartition("/p")[2].rstrip("/"): thread.id for thread in (first, second)}
        s.blog.move(moved.id, other)
        await s.quiet()
        assert {s.mirror(one).thread for one in (moved, answer)} == {thread[other]}
        assert s.mirror(kept).thread == thread[s.post]
        said = s.chat.member_says(thread[other], 7, "there", s.mirror(answer).id).id
        await s.quiet()
        relay = s.relay(said)
        assert relay is not None
        assert (relay.post, relay.parent) == (other, answer.id)


async def test_another_post_with_the_number_of_a_lost_one_gets_its_own_thread() -> None:
    async with scene() as s:
        s.comment("a comment")
        await s.quiet()
        backup = s.blog.backup()
        party = s.blog.add_post("Announcement of our summer party")
        await s.quiet()
        thread = s.thread()
        said = s.say("I bring cake", MessageId(thread))
        await s.quiet()
        s.blog.restore(backup)
        s.world.clock.advance(60_000)
        obituary = s.blog.add_post("Obituary of a dear colleague")
        assert obituary.id == party.id, "or this test says nothing"
        early = s.chat.member_says(thread, 7, "with candles", said).id
        await s.world.work(poll=False)
        assert s.relay(early) is None, "not under the obituary, though nobody has looked at the blog yet"
        await s.quiet()
        assert [one.name for one in s.chat.threads.values()][1:] == [party.title, obituary.title]
        late = s.chat.member_says(thread, 7, "and candles", said).id
        await s.quiet()
        assert s.relay(late) is None
        assert not [one for one in s.blog.comments.values() if one.post == obituary.id]
        word = s.blog.comment(obituary.id, "condolences")
        await s.quiet()
        assert s.mirror(word).thread == s.thread()
        assert sum("Obituary" in told for told in s.chat.heard) == 1
        assert await s.world.store.parked(s.world.subscription) == ()


async def test_a_post_whose_moment_or_title_changes_is_the_same_post() -> None:
    async with scene() as s:
        await s.quiet()
        post = s.blog.posts[s.post]
        for title, days in (("Another title", 0), ("Another title", 3), ("A third", 5)):
            post.title = title
            post.published_at += days * 86_400_000
            await s.quiet()
        assert [one.name for one in s.chat.threads.values()] == ["A third"]


async def test_a_comment_whose_moment_is_not_known_gets_it_at_the_next_look() -> None:
    """As in a database of an earlier version."""
    async with scene() as s:
        alpha = s.comment("alpha")
        await s.quiet()
        place = await the_place(s)
        async with s.world.store.database.transaction() as tx:
            await tx.execute("UPDATE comments SET written_at = NULL, key = ''")
        await s.quiet()
        seen = await s.world.store.comment(place, CommentId(alpha.id))
        assert seen is not None
        assert seen.written_at == Millis(alpha.written_at)


async def test_a_lost_answer_leaves_one_comment_though_the_first_is_found_by_the_look_before() -> None:
    async with scene() as s:
        root = s.comment("root")
        await s.quiet()
        s.world.faults.arm("blog", Fault.RESET_AFTER)
        _said, relay = await s.relayed("my words", s.mirror(root).id)
        assert s.parts(relay) == []


async def test_a_file_of_somebody_with_the_number_of_a_lost_one_stays_in_the_library() -> None:
    async with scene() as s:
        s.blog.capabilities = {"upload_files", "delete_posts"}
        root = s.comment("root")
        await s.quiet()
        backup = s.blog.backup()
        said = s.say("with a picture", s.mirror(root).id, files={"a.png": picture("picture")})
        await s.quiet()
        (ours,) = s.blog.media
        s.blog.restore(backup)
        theirs = StoredMedia(ours, "a-logo", "logo.png", b"somebody's")
        s.blog.media[ours] = theirs
        s.chat.delete_messages(said)
        await s.quiet()
        assert s.blog.media == {ours: theirs}


async def test_words_that_their_author_took_back_do_not_stay_when_a_backup_brings_them_back() -> None:
    """Whether their comment was in the trash, or kept the place of its answers."""
    async with scene() as s:
        root = s.comment("root")
        await s.quiet()
        lonely, answered = s.say("lonely words", s.mirror(root).id), s.say("answered words", s.mirror(root).id)
        await s.quiet()
        relay = s.relay(answered)
        assert relay is not None
        s.comment("an answer", relay)
        await s.quiet()
        backup = s.blog.backup()
        s.chat.delete_messages(lonely, answered)
        await s.quiet()
        s.blog.restore(backup)
        await s.quiet()
        first, second = s.relay(lonely), s.relay(answered)
        assert first is not None
        assert second is not None
        assert first.status == "trash"
        assert (second.status, second.html) == ("approved", TOMBSTONE_HTML)


async def test_a_relay_that_is_moved_to_another_post_stays_its_authors() -> None:
    async with scene() as s:
        other = s.blog.add_post("Second").id
        root = s.comment("root")
        await s.quiet()
        first = next(one.thread for one in s.chat.messages.values() if one.marker)
        edited = s.chat.member_says(first, 7, "first words", s.mirror(root).id).id
        deleted = s.chat.member_says(first, 7, "a secret", s.mirror(root).id).id
        await s.quiet()
        one, two = s.relay(edited), s.relay(deleted)
        assert one is not None
        assert two is not None
        for relay in (one, two):
            s.blog.move(relay.id, other)
        await s.quiet()
        s.chat.member_edits(edited, "second words")
        s.chat.delete_messages(deleted)
        await s.quiet()
        assert (one.status, one.html, one.post) == ("approved", "second words", other)
        assert two.status == "trash"
        assert "second words" in s.mirror(one).text
        assert s.parts(two) == []
