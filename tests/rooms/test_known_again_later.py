"""With a lost database: what has changed meanwhile, or is hidden for a while, is known again all the same."""

from __future__ import annotations

import pytest

from bot.core.domain import MessageId
from tests.rooms.test_lost_database import LONG, each_kind, each_style, talk


@each_style
async def test_no_message_bears_the_name_that_an_author_had_before(cards: bool) -> None:
    """Whose words were changed at the same time, too: a blog that was put back gives a number to somebody else."""
    async with talk(cards=cards) as one:
        await one.grow(posts=1, comments=6, replies=6)
        renamed, other, quoted = one.comments[0], one.comments[4], one.comments[3]
        assert one.world.chat.messages[one.parts(renamed)[0]].name == renamed.author
        await one.world.lose_database()
        other.author, other.html = "Somebody else", "I never said that"
        renamed.author, renamed.html = "Anonymous", LONG + "and more"
        quoted.html = "Edited by the same reader"
        stays = one.parts(quoted)
        await one.world.quiet()
        for comment in (renamed, other, quoted):
            assert {one.world.chat.messages[part].name for part in one.parts(comment)} == {comment.author}
        assert one.parts(quoted) == stays, "who is called as before is edited in place"


@each_kind
async def test_a_thread_whose_post_has_another_address_is_found_by_its_comments(forum: bool) -> None:
    async with talk(forum=forum) as one:
        await one.grow(posts=2, comments=6, replies=6)
        threads, moved = set(one.world.chat.threads), one.world.blog.posts[one.posts[0]]
        await one.world.lose_database()
        moved.slug = "quite-another"
        one.world.clock.advance(1000)
        await one.world.quiet()
        assert set(one.world.chat.threads) == threads
        edited = one.comments[1]
        edited.html = "Edited on the blog"
        one.world.chat.delete_messages(one.said[3])
        await one.world.quiet()
        assert "Edited on the blog" in one.world.chat.messages[one.parts(edited)[0]].text
        assert one.relay(one.said[3]).status == "trash"


async def test_a_number_that_was_given_out_again_leads_no_thread_to_another_post() -> None:
    """The blog was put back to a time before the post: its comments' numbers are those of another post's now."""
    async with talk() as one:
        await one.grow(posts=1, comments=6, replies=6)
        (thread,) = one.world.chat.threads
        gone = one.posts[0]
        await one.world.lose_database()
        for comment in one.comments:
            one.world.blog.comments.pop(comment.id, None)
        one.world.blog.delete_post(gone)
        one.world.clock.advance(60 * 60_000)
        other = one.world.blog.add_post("An obituary")
        fresh = one.comment(other.id, "My condolences")
        one.world.blog.comments[one.comments[0].id] = fresh
        del one.world.blog.comments[fresh.id]
        fresh.id = one.comments[0].id
        await one.world.quiet()
        assert {one.world.chat.messages[part].thread for part in one.parts(fresh)} - {thread}
        assert len(one.world.chat.threads) == 2


@pytest.mark.parametrize("deleted", [False, True])
async def test_a_post_that_is_hidden_at_the_start_gets_its_thread_back_when_it_is_shown(deleted: bool) -> None:
    async with talk() as one:
        await one.grow(posts=1, comments=6, replies=6)
        post, before = one.world.blog.posts[one.posts[0]], one.facts()
        await one.world.lose_database()
        post.shown = False
        await one.world.engine.poll()
        if deleted:
            one.world.chat.delete_messages(one.said[3])
        await one.world.quiet()
        post.shown = True
        one.world.clock.advance(60_000)
        await one.world.engine.poll()
        await one.world.quiet()
        assert len(one.world.chat.threads) == 1
        if deleted:
            assert one.relay(one.said[3]).status == "trash"
        else:
            assert one.facts() == before


async def test_what_is_written_while_the_blog_cannot_be_asked_yet_is_not_of_the_past() -> None:
    async with talk() as one:
        await one.grow(posts=1, comments=6, replies=6)
        post, first = one.posts[0], one.parts(one.comments[1])[0]
        stays = one.say(post, "Before the new database.", first)
        one.world.chat.events.clear()
        one.world.clock.advance(10_000)
        one.world.blog.down = True
        await one.world.lose_database()
        await one.world.work()
        one.world.clock.advance(10_000)
        crosses = one.say(post, "While the blog is down.", first)
        await one.world.work()
        one.world.blog.down = False
        await one.world.quiet()
        await one.world.engine.catch_up()
        await one.world.quiet()
        assert one.relay(crosses).status == "approved"
        assert not _relays(one.world.blog.comments.values(), stays)


def _relays(comments: object, message: MessageId) -> list[object]:
    assert hasattr(comments, "__iter__")
    return [one for one in comments if f"/{message}#" in one.author_url]


async def test_a_mirror_that_was_sent_anew_since_a_backup_stays() -> None:
    """Its author was renamed after it: what the older database names is gone, and what stands is no double."""
    async with talk() as one:
        await one.grow(posts=1, comments=6, replies=6)
        kept = await one.world.backup()
        renamed = one.comments[4]
        renamed.author = "Anonymous"
        await one.world.quiet()
        before = one.facts()
        await one.world.lose_database(put_back=kept)
        one.world.chat.events.clear()
        await one.world.quiet()
        assert one.facts() == before
