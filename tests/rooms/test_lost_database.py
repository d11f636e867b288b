"""A database that is lost, or older than both sides: nothing is doubled, nothing lost, and all goes on as before."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import pytest

from bot.core.domain import Mark, MessageId, Place, ThreadId
from bot.core.policy import Policy, RelayMode
from bot.ports.observer import Decided, Event, Observer
from bot.sync.mirroring import compose
from bot.sync.observers import NOBODY
from tests.support.engine_in_memory import World
from tests.support.fake_blog import StoredComment
from tests.support.pictures import picture

MINUTE, DAY = 60_000, 86_400_000
LONG = "A long word. " * 400
each_kind = pytest.mark.parametrize("forum", [True, False], ids=["forum", "text"])
each_style = pytest.mark.parametrize("cards", [False, True], ids=["persona", "card"])
each_age = pytest.mark.parametrize("age", [MINUTE, DAY, 40 * DAY], ids=["a minute", "a day", "40 days"])


@dataclass
class Talk:
    """A world in which much has been said. ``said``: members' messages that are on the blog."""

    world: World
    posts: list[str] = field(default_factory=list)
    comments: list[StoredComment] = field(default_factory=list)
    said: list[MessageId] = field(default_factory=list)

    def thread_of(self, post: str) -> ThreadId:
        url = self.world.blog.address_of(post)
        (thread,) = [one.id for one in self.world.chat.threads.values() if one.url == url]
        return thread

    def comment(self, post: str, html: str, parent: StoredComment | None = None) -> StoredComment:
        self.world.clock.advance(1000)
        made = self.world.blog.comment(post, html, parent=parent.id if parent else None, author=f"Reader of {html[:9]}")
        self.comments.append(made)
        return made

    def say(self, post: str, words: str, to: MessageId | None, *, member: int = 7) -> MessageId:
        self.world.clock.advance(1000)
        return self.world.chat.member_says(self.thread_of(post), member, words, to).id

    def parts(self, comment: StoredComment) -> list[MessageId]:
        ending = f"#comment-{comment.id} "
        return [one.id for one in self.world.chat.messages.values() if ending in one.marker]

    def relay(self, message: MessageId) -> StoredComment:
        (found,) = [one for one in self.world.blog.comments.values() if f"/{message}#" in one.author_url]
        return found

    async def grow(self, *, posts: int, comments: int, replies: int) -> None:
        """So many posts, and in each so much, a part of it held, trashed, taken back, or taken away."""
        for number in range(posts):
            self.world.clock.advance(MINUTE)
            self.posts.append(self.world.blog.add_post(f"Post {len(self.posts)}").id)
            await self.world.quiet()
            post = self.posts[-1]
            made = [
                self.comment(post, f"{number}.{one}", self.comments[-1] if one % 4 == 3 else None)
                for one in range(comments)
            ]
            await self.world.quiet()
            await self.answer(post, made, replies)

    async def answer(self, post: str, made: list[StoredComment], replies: int) -> None:
        blog, chat = self.world.blog, self.world.chat
        said = [
            self.say(post, f"reply {one} to {post}", self.parts(made[one % len(made)])[0]) for one in range(replies)
        ]
        await self.world.quiet()
        blog.set_status(self.relay(said[0]).id, "hold")
        blog.set_status(self.relay(said[1]).id, "trash")
        self.say(post, "Talk among members.", None)
        deeper = self.say(post, "To the third.", said[2])
        await self.world.quiet()
        chat.delete_messages(said[2])  # it is answered: a tombstone stays on the blog
        chat.delete_messages(said[3])
        made[0].html = LONG  # several parts
        blog.set_status(made[2].id, "trash")  # it is answered: a tombstone stays in the thread
        await self.world.quiet()
        self.said += [*said[:2], *said[4:], deeper]

    def facts(self) -> tuple[object, object]:
        """All that people see on both sides, whatever it was made of."""
        blog, chat = self.world.blog, self.world.chat
        there = {one.id: (one.parent, one.author, one.html, one.status) for one in blog.comments.values()}
        here = {one.id: (one.text, one.name, one.mark, one.marker) for one in chat.messages.values()}
        return there, here


class Plans:
    """Hears what is planned."""

    def __init__(self) -> None:
        self.keys: list[str] = []

    def hear(self, event: Event) -> None:
        if isinstance(event, Decided):
            self.keys.append(event.key)


@asynccontextmanager
async def talk(
    *, forum: bool = True, cards: bool = False, mode: RelayMode = RelayMode.REPLIES, observer: Observer = NOBODY
) -> AsyncIterator[Talk]:
    policy = Policy(relay=mode, first_posts=2, retract_share=1.0)
    world = World(policy=policy, forum=forum, cards=cards, observer=observer)
    await world.start()
    try:
        yield Talk(world)
    finally:
        await world.end()


async def goes_on(talk: Talk) -> None:
    """Old things are edited and deleted on both sides, and each is heard of on the other."""
    world, post = talk.world, talk.posts[0]
    blog, chat = world.blog, world.chat
    edited, removed = talk.comments[1], talk.comments[-1]
    edited.html = "Edited on the blog"
    blog.set_status(removed.id, "trash")
    rewritten, taken_back = talk.said[3], talk.said[4]
    chat.member_edits(rewritten, "Edited by its author")
    withdrawn = talk.relay(taken_back).id
    chat.delete_messages(taken_back)
    fresh = talk.comment(post, "A new comment")
    await world.quiet()
    answer = talk.say(post, "An answer to an old one", talk.parts(edited)[0])
    await world.quiet()
    (shown,) = talk.parts(edited)
    assert "Edited on the blog" in chat.messages[shown].text
    assert not talk.parts(removed)
    assert talk.relay(rewritten).html == "Edited by its author"
    assert blog.comments[withdrawn].status == "trash"
    assert len(talk.parts(fresh)) == 1
    assert talk.relay(answer).parent == edited.id


def test_what_is_left_of_a_comment_is_told_by_its_first_words() -> None:
    assert compose.tombstone("Ann", "https://blog.example/#comment-5").text.startswith(compose.TOMBSTONE)


@each_style
@each_kind
async def test_a_lost_database_is_made_anew_from_both_sides(forum: bool, cards: bool) -> None:
    async with talk(forum=forum, cards=cards) as one:
        await one.grow(posts=3, comments=66, replies=20)
        chat, blog = one.world.chat, one.world.blog
        assert len([m for m in chat.messages.values() if m.marker]) > 198
        assert len([c for c in blog.comments.values() if c.author_url]) > 60
        before, threads = one.facts(), dict(chat.threads)
        edits = chat.edits
        await one.world.lose_database()
        await one.world.quiet()
        assert chat.threads.keys() == threads.keys()
        assert one.facts() == before
        assert chat.edits == edits, "what is as it should be is not edited"
        places = {place.row: place for place in await one.world.places()}
        assert len(places) == 3
        assert "Found again: threads 3" in " ".join(chat.heard)
        await goes_on(one)


@each_style
async def test_what_an_earlier_version_has_shown_is_not_edited_for_its_links(cards: bool) -> None:
    """Before links told their hosts a bracket bore no backslash: what readers see differs in nothing else."""
    async with talk(cards=cards) as one:
        one.posts.append(one.world.blog.add_post("A post").id)
        await one.world.quiet()
        html = (
            'Read [sic] <a href="https://l.example/x">this</a>, <a href="https://m.example/x"><b>that</b></a>and [more]'
        )
        comment = one.comment(one.posts[0], html)
        await one.world.quiet()
        chat = one.world.chat
        (shown,) = [chat.messages[part] for part in one.parts(comment)]
        text = shown.text
        assert r"\[sic\]" in text
        assert "(l.example)" in text
        shown.text = text.replace("\\", "").replace(" (l.example)", "").replace(" (m.example) ", "")
        assert shown.text != text
        edits, before = chat.edits, one.facts()
        await one.world.lose_database()
        await one.world.quiet()
        assert (chat.edits, one.facts()) == (edits, before)
        comment.html += " - edited"
        await one.world.quiet()
        assert "(m.example) and" in chat.messages[shown.id].text


async def test_one_that_a_moderator_took_away_is_shown_again_when_nobody_knows_of_it() -> None:
    """With a database it stays away; without one it cannot be told from a comment that was never shown."""
    async with talk() as one:
        await one.grow(posts=1, comments=6, replies=6)
        gone = one.comments[4]
        one.world.chat.delete_messages(*one.parts(gone))
        await one.world.quiet()
        assert not one.parts(gone)
        await one.world.lose_database()
        await one.world.quiet()
        assert len(one.parts(gone)) == 1
        assert all(
            len(one.parts(each)) == 1 for each in one.comments if each.status == "approved" and each.html != LONG
        )


@each_style
@each_age
async def test_an_older_database_is_brought_up_to_date(age: int, cards: bool) -> None:
    async with talk(cards=cards) as one:
        await one.grow(posts=2, comments=12, replies=8)
        kept = await one.world.backup()
        one.world.clock.advance(age)
        await one.grow(posts=1, comments=12, replies=8)  # a new thread
        old = one.posts[0]
        made = [one.comment(old, f"later {number}") for number in range(6)]
        one.comments[1].html = "Edited since"
        one.world.chat.member_edits(one.said[4], "Edited since")
        await one.world.quiet()
        one.said.append(one.say(old, "later reply", one.parts(made[0])[0]))
        await one.world.quiet()
        one.world.chat.threads[one.thread_of(one.posts[1])].archived = True
        before, threads = one.facts(), set(one.world.chat.threads)
        one.world.clock.advance(MINUTE)
        await one.world.lose_database(put_back=kept)
        await one.world.quiet()
        assert set(one.world.chat.threads) == threads
        assert one.facts() == before
        await goes_on(one)


async def test_doubled_mirrors_go_and_none_becomes_a_comment() -> None:
    async with talk() as one:
        await one.grow(posts=1, comments=6, replies=6)
        chat, before = one.world.chat, one.facts()
        place: Place = (await one.world.places())[0]
        for comment in one.comments[:3]:
            for part in one.parts(comment):
                shown = chat.messages[part]
                chat._say(place.thread_id or ThreadId(0), shown.writer, shown.text, shown.marker).name = shown.name
        chat.events.clear()
        await one.world.lose_database()
        await one.world.quiet()
        assert one.facts() == before


async def test_words_from_before_a_new_database_stay_but_those_that_were_on_their_way_cross() -> None:
    async with talk() as one:
        await one.grow(posts=1, comments=6, replies=6)
        post, first = one.posts[0], one.parts(one.comments[1])[0]
        one.world.blog.down = True
        waits = one.say(post, "It was on its way.", first)
        for _ in range(9):
            await one.world.work(poll=False)
            await one.world.next_moment()
        assert one.world.chat.messages[waits].mark is Mark.HELD
        stays = one.say(post, "Nobody took it down.", first)
        one.world.chat.events.clear()
        one.world.blog.down = False
        await one.world.lose_database()
        await one.world.quiet()
        assert one.relay(waits).status == "approved"
        assert not [c for c in one.world.blog.comments.values() if f"/{stays}#" in c.author_url]
        later = one.say(post, "After it.", first)
        await one.world.quiet()
        assert one.relay(later).status == "approved"
        (told,) = [text for text in one.world.chat.heard if "Found again" in text]
        assert "stay in Discord: 1." in told


async def test_a_comment_with_a_copied_key_stays_its_writers() -> None:
    async with talk() as one:
        await one.grow(posts=1, comments=6, replies=6)
        talked = next(m for m in one.world.chat.messages.values() if m.text == "Talk among members.")
        place = (await one.world.places())[0]
        eve = one.comment(one.posts[0], "I am Eve")
        eve.author_url = one.world.chat.jump_url(place.guild_id, talked.thread, talked.id)
        await one.world.lose_database()
        await one.world.quiet()
        assert len(one.parts(eve)) == 1, "a reader's comment is shown"
        one.world.chat.member_edits(talked.id, "Not hers")
        await one.world.quiet()
        assert eve.html == "I am Eve"


async def test_a_place_that_cannot_be_read_is_planned_for_once_it_was() -> None:
    async with talk() as one:
        await one.grow(posts=1, comments=6, replies=6)
        before = one.facts()
        await one.world.lose_database()
        one.world.chat.permitted = False
        for _ in range(3):
            await one.world.work()
            one.world.clock.advance(MINUTE)
        assert one.facts() == before
        one.world.chat.permitted = True
        await one.world.quiet()
        assert one.facts() == before


@pytest.mark.parametrize(
    ("ahead", "moved", "threads"),
    [(9 * MINUTE, True, 1), (11 * MINUTE, True, 2), (11 * MINUTE, False, 1), (2 * DAY, False, 1)],
)
async def test_a_blog_whose_clock_is_ahead_finds_its_thread_again(ahead: int, threads: int, *, moved: bool) -> None:
    """Up to ten minutes are believed; beyond that the thread has to show the post's own comments."""
    async with talk() as one:
        post, other = (one.world.blog.add_post(title).id for title in ("First", "Second"))
        comments = [one.comment(post, f"comment {number}") for number in range(3)]
        await one.world.quiet()
        moment = one.world.chat.moment_of(MessageId(one.thread_of(post)))
        one.world.blog.posts[post].published_at = moment + ahead
        for comment in comments if moved else ():
            comment.post = other
        await one.world.lose_database()
        await one.world.quiet()
        url = one.world.blog.address_of(post)
        assert sum(thread.url == url for thread in one.world.chat.threads.values()) == threads


async def test_nothing_is_planned_for_what_was_not_read_in_this_process() -> None:
    plans = Plans()
    async with talk(observer=plans) as one:
        await one.grow(posts=1, comments=6, replies=6)
        comment = one.comment(one.posts[0], "Written meanwhile")
        for database_is_lost in (False, True):
            await one.world.process.die()
            await (one.world.lose_database() if database_is_lost else one.world.process.start())
            one.world.chat.permitted = False
            plans.keys.clear()
            for _ in range(3):
                await one.world.work()
                one.world.clock.advance(MINUTE)
            assert plans.keys == []
            one.world.chat.permitted = True
            await one.world.quiet()
            assert len(one.parts(comment)) == 1


async def test_a_post_published_again_under_its_address_gets_a_thread_of_its_own() -> None:
    """The bot is killed just before it opens the second thread, and must not take the first one's."""
    async with talk() as one:
        world = one.world
        first = world.blog.add_post("First")
        first.slug = "the-same"
        await world.quiet()
        world.blog.delete_post(first.id)
        second = world.blog.add_post("Second")
        second.slug = "the-same"
        await world.engine.poll()
        (claimed,) = (await world.store.claim(world.subscription, world.clock(), {"chat": 1}, backlog=0, most=1)).claims  # type: ignore[dict-item]
        assert claimed.action.key == f"open:{second.id}:0"
        await world.die()
        await world.start()
        await world.quiet()
        assert len(world.chat.threads) == 2
        assert {place.post_id for place in await world.places()} == {first.id, second.id}
        assert not await world.store.parked(world.subscription)


async def test_an_answer_to_an_announcement_in_its_channel_is_known_again() -> None:
    async with talk(forum=False) as one:
        await one.grow(posts=1, comments=6, replies=6)
        (place,) = await one.world.places()
        one.world.clock.advance(MINUTE)
        assert place.starter_id is not None
        said = one.world.chat.member_says_in_channel(7, "Under the announcement.", place.starter_id).id
        await one.world.quiet()
        assert one.relay(said).status == "approved"
        before = one.facts()
        await one.world.lose_database()
        await one.world.quiet()
        assert one.facts() == before
        one.world.chat.member_edits(said, "Edited there.")
        await one.world.quiet()
        assert one.relay(said).html == "Edited there."


async def test_a_file_of_a_relay_that_was_known_again_goes_with_its_message() -> None:
    async with talk() as one:
        await one.grow(posts=1, comments=6, replies=6)
        one.world.blog.capabilities = {"upload_files", "delete_posts"}
        post = one.posts[0]
        said = one.world.chat.member_says(
            one.thread_of(post), 7, "Look", one.parts(one.comments[1])[0], {"a.png": picture("x")}
        ).id
        await one.world.quiet()
        assert one.world.blog.media
        await one.world.lose_database()
        await one.world.quiet()
        assert len(one.world.blog.media) == 1
        one.world.chat.delete_messages(said)
        await one.world.quiet()
        assert not one.world.blog.media
