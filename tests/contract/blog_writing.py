"""The contract of the Blog port's writing half: comments of members, and the probe for them.

Not collected by itself; tests/contract/test_blog_contract.py holds every implementation against it.
"""

from __future__ import annotations

import uuid
from contextlib import suppress
from dataclasses import replace

import pytest

from bot.core.domain import PostId, Standing
from bot.core.errors import AnotherComment, NotAllowed, PlaceVanished, Refused, Unanswered, Vanished
from bot.core.signing import message_of
from bot.ports import Blog, Review, Written
from tests.contract.blog_media import PNG, a_file
from tests.contract.blog_reading import AS_LEAST_AND_AS_EDITOR, NOW
from tests.contract.blog_sites import HIDINGS, Site, able, draft, seen
from tests.contract.told import told, why
from tests.support.signer import SIGNER, key, longer


class BlogWriting:
    """What members write."""

    @AS_LEAST_AND_AS_EDITOR
    async def test_a_comment_nested_under_another(self, site: Site, role: str) -> None:
        post, blog = await site.publish(), await site.open(role)
        one = draft(post)
        root = await blog.write(one)
        reply = await blog.write(draft(post, parent_id=root.comment_id, author="Zoë 😀"))
        comments = {c.id: c for c in (await blog.tree(post, now=NOW)).comments}
        assert (comments[root.comment_id].parent_id, comments[root.comment_id].relay_of) == (None, one.key)
        assert comments[reply.comment_id].parent_id == root.comment_id
        assert comments[reply.comment_id].author == "Zoë 😀"
        assert not root.held
        assert seen(await blog.sighting(root.comment_id)) == (Standing.LIVE, post, None)

    @AS_LEAST_AND_AS_EDITOR
    async def test_the_digest_is_that_of_what_the_blog_shows(self, site: Site, role: str) -> None:
        """``rich`` has a tag that the least account may not write."""
        blog, rich = await site.open(role), '<p>"Hi" <em>you</em></p> <blockquote>a\nb</blockquote>'
        assert blog.keeps_rich is (role == "editor")
        for html in ("plain", "line\nline\n\nparagraph", rich):
            post = await site.publish()
            one = draft(post, html, author="Ann & <Co> \"x\" 'y'")
            written = await blog.write(one)
            (shown,) = (await blog.tree(post, now=NOW)).comments
            assert (shown.author, shown.digest) == ("Ann & <Co> \"x\" 'y'", written.digest)
            rewritten = await blog.rewrite(written.comment_id, f"New {html}", key=one.key)
            (again,) = (await blog.tree(post, now=NOW)).comments
            assert again.digest == rewritten.digest != written.digest

    async def test_scripts_do_not_reach_the_page_through_the_least_account(self, site: Site, blog: Blog) -> None:
        post = await site.publish()
        await blog.write(draft(post, "a <script>alert(1)</script><img src=x onerror=alert(1)> b"))
        (shown,) = (await blog.tree(post, now=NOW)).comments
        assert "<script" not in shown.html
        assert "<img" not in shown.html

    @AS_LEAST_AND_AS_EDITOR
    async def test_the_probe_compares_exactly(self, site: Site, role: str) -> None:
        post, other, blog = await site.publish(), await site.publish(), await site.open(role)
        one = draft(post)
        assert await blog.find(post, one.key) is None
        written = await blog.write(one)
        await blog.write(draft(post, f'see <a href="{one.key}">this</a>'))
        other_one = await blog.write(draft(post, key=longer(one.key)))
        assert await blog.find(post, one.key) == written
        assert await blog.find(post, longer(one.key)) == other_one
        assert await blog.find(post, SIGNER.link(message_of(one.key)[:-1])) is None
        assert await blog.find(post, key()) is None
        assert await blog.find(other, one.key) is None

    @AS_LEAST_AND_AS_EDITOR
    async def test_after_a_doubt_a_comment_without_its_link_is_known_by_its_sender_and_its_words(
        self, site: Site, role: str
    ) -> None:
        """Some blogs clear the link of a comment's author."""
        post, other, blog = await site.publish(), await site.publish(), await site.open(role)
        first = draft(post, "+1 <em>more</em>", email=SIGNER.address(uuid.uuid4().int))
        written = await blog.write(first)
        await site.clear_link(written.comment_id)
        again, second = replace(first, besides=frozenset()), replace(first, key=key(), besides=frozenset())
        assert await blog.find(post, first.key) is None
        assert await blog.find(post, first.key, sent=again) == written
        assert await blog.write(again) == written, "a duplicate after a doubt is this one"
        for unlike in (
            replace(second, email=SIGNER.address(7)),
            replace(second, html="-1", plain_html=""),
            replace(second, parent_id=written.comment_id),
            replace(second, post_id=other),
            replace(second, besides=frozenset({written.comment_id})),
        ):
            assert await blog.find(unlike.post_id, unlike.key, sent=unlike) is None
        assert await blog.find(post, first.key, sent=replace(again, html="", plain_html="")) == written
        apart = await blog.write(replace(second, besides=frozenset({written.comment_id})))
        assert apart.comment_id != written.comment_id, "the other one carries another message"

    @AS_LEAST_AND_AS_EDITOR
    @pytest.mark.parametrize("status", ["approved", "hold"])
    async def test_a_relay_that_has_lost_its_link_can_still_be_changed(
        self, site: Site, role: str, status: str
    ) -> None:
        post, blog = await site.publish(), await site.open(role)
        one = draft(post)
        written, readers = await blog.write(one), await site.comment(post)
        await site.clear_link(written.comment_id)
        for comment in (written.comment_id, readers):
            await site.set_status(comment, status)
        assert (await blog.rewrite(written.comment_id, "Other words", key=one.key)).comment_id == written.comment_id
        await blog.withdraw(written.comment_id, key=one.key)
        assert await site.status_of(written.comment_id) == "trash"
        with told(AnotherComment):
            await blog.withdraw(readers, key=one.key)
        assert await site.status_of(readers) == status

    @AS_LEAST_AND_AS_EDITOR
    @pytest.mark.parametrize("status", ["hold", "trash", "spam"])
    async def test_the_probe_finds_what_is_not_shown(self, site: Site, role: str, status: str) -> None:
        post, blog = await site.publish(), await site.open(role)
        one = draft(post)
        written = await blog.write(one)
        await site.set_status(written.comment_id, status)
        for _ in range(3):
            await site.set_status(await site.comment(post), "hold")
        assert await blog.find(post, one.key) == replace(written, held=status in ("hold", "spam"))
        assert await site.status_of(written.comment_id) == status

    @AS_LEAST_AND_AS_EDITOR
    async def test_the_same_words_twice_are_two_comments_to_a_reader(self, site: Site, role: str) -> None:
        post, blog = await site.publish(), await site.open(role)
        first, second = draft(post, "+1"), draft(post, "+1")
        written = await blog.write(first)
        assert await blog.write(first) == written, "one's own is known again"
        third = await blog.write(second)
        below = await blog.write(draft(post, "+1", parent_id=third.comment_id))
        shown = sorted((await blog.tree(post, now=NOW)).comments, key=lambda c: int(c.id))
        assert [c.id for c in shown] == [written.comment_id, third.comment_id, below.comment_id]
        assert [c.relay_of for c in shown[:2]] == [first.key, second.key]
        assert [c.html.replace("\u200b", "") for c in shown] == ["<p>+1</p>\n"] * 3

    @AS_LEAST_AND_AS_EDITOR
    async def test_the_blogs_own_rules_may_decide(self, site: Site, role: str) -> None:
        """They hold whoever has no approved comment yet, and let pass whoever has one."""
        post, blog = await site.publish(), await site.open(role)
        unknown = draft(post, '"Hi"', approve=False, email=SIGNER.address(uuid.uuid4().int))
        held = await blog.write(unknown)
        assert held.held
        assert (await blog.tree(post, now=NOW)).comments == ()
        await site.set_status(held.comment_id, "approved")
        (shown,) = (await blog.tree(post, now=NOW)).comments
        assert shown.digest == held.digest
        assert not (await blog.write(replace(unknown, html="And again", key=key()))).held

    @AS_LEAST_AND_AS_EDITOR
    async def test_words_that_the_blogs_rules_throw_away(self, site: Site, role: str) -> None:
        post, blog, word = await site.publish(), await site.open(role), f"bad{uuid.uuid4().hex}"
        await site.disallow(word)
        one = draft(post, f"so {word}", approve=False)
        with told(Refused) as raised:
            await blog.write(one)
        assert "threw" in raised.value.reason
        assert (await blog.tree(post, now=NOW)).comments == ()
        thrown = await blog.find(post, one.key)
        assert thrown is not None
        assert await site.status_of(thrown.comment_id) == "trash"
        with told(Refused):
            await blog.write(draft(post, f"so {word}"))
        known = draft(post)
        written = await blog.write(known)
        review = Review.LISTS
        assert not (await blog.rewrite(written.comment_id, "fine words", key=known.key, review=review)).held
        assert (await blog.rewrite(written.comment_id, f"now {word}", key=known.key, review=review)).held
        assert (await blog.tree(post, now=NOW)).comments == ()

    @AS_LEAST_AND_AS_EDITOR
    async def test_closed_comments(self, site: Site, role: str) -> None:
        post, blog = await site.publish(), await site.open(role)
        one = draft(post)
        written = await blog.write(one)
        await site.close(post)
        with told(Refused) as raised:
            await blog.write(draft(post))
        assert "rest_comment_closed" in why(raised.value)
        assert "closed" in raised.value.reason
        await blog.rewrite(written.comment_id, "edits go on", key=one.key)
        (shown,) = (await blog.tree(post, now=NOW)).comments
        assert shown.html == "<p>edits go on</p>\n"

    @pytest.mark.parametrize("how", HIDINGS)
    async def test_a_post_that_is_gone_or_hidden_takes_nothing(self, site: Site, how: str) -> None:
        post = await site.publish()
        await site.hide(post, how)
        for role in ("bridge", "editor") if how in ("trash", "delete") else ("bridge",):  # editors read hidden posts
            blog = await site.open(role)
            with told(PlaceVanished):
                await blog.write(draft(post))
            with told(PlaceVanished):
                await blog.write(draft(PostId("post")))

    @AS_LEAST_AND_AS_EDITOR
    async def test_what_the_blog_will_not_take(self, site: Site, role: str) -> None:
        post, blog = await site.publish(), await site.open(role)
        for refused, word in (
            (draft(post, " \n "), "no text"),
            (draft(post, "é" * 40_000), "longer"),
            (draft(post, "x" * 2_000_000), "longer"),
            (draft(post, author="x" * 300), "name"),
        ):
            with told(Refused) as raised:
                await blog.write(refused)
            assert word in raised.value.reason
        assert (await blog.tree(post, now=NOW)).comments == ()
        one = draft(post, "kept")
        written = await blog.write(one)
        for html in (" ", "é" * 40_000):
            with told(Refused):
                await blog.rewrite(written.comment_id, html, key=one.key)
            with told(Refused):
                await blog.revive(written.comment_id, html, key=one.key, public=True)
        (shown,) = (await blog.tree(post, now=NOW)).comments
        assert shown.digest == written.digest

    @AS_LEAST_AND_AS_EDITOR
    async def test_withdrawing_reviving_and_what_is_left(self, site: Site, role: str) -> None:
        post, blog = await site.publish(), await site.open(role)
        root = await blog.write(draft(post))
        one = draft(post, parent_id=root.comment_id)
        leaf = await blog.write(one)
        assert await blog.children(post, root.comment_id) == 1
        await blog.withdraw(leaf.comment_id, key=one.key)
        await blog.withdraw(leaf.comment_id, key=one.key)
        assert await site.status_of(leaf.comment_id) == "trash"
        assert await blog.children(post, root.comment_id) == 0
        assert (await blog.sighting(leaf.comment_id)).standing is Standing.GONE
        with told(Vanished):
            await blog.rewrite(leaf.comment_id, "too late", key=one.key)
        revived = await blog.revive(leaf.comment_id, "<em>once more</em>", key=one.key, public=True)
        shown = {c.id: c for c in (await blog.tree(post, now=NOW)).comments}[leaf.comment_id]
        assert (shown.html, shown.parent_id) == ("<p><em>once more</em></p>\n", root.comment_id)
        assert revived == Written(leaf.comment_id, False, shown.digest, shown.written_at)
        await site.delete(leaf.comment_id)
        await blog.withdraw(leaf.comment_id, key=one.key)
        with told(Vanished):
            await blog.rewrite(leaf.comment_id, "too late", key=one.key)
        with told(Vanished):
            await blog.revive(leaf.comment_id, "too late", key=one.key, public=True)

    async def test_what_moderators_hold_is_edited_and_withdrawn_and_stays_held(self, site: Site, blog: Blog) -> None:
        post = await site.publish()
        for status in ("hold", "spam"):
            one = draft(post)
            written = await blog.write(one)
            await site.set_status(written.comment_id, status)
            assert (await blog.rewrite(written.comment_id, f"reworded {status}", key=one.key)).held
            assert await site.status_of(written.comment_id) == status
            was = await blog.withdraw(written.comment_id, key=one.key)
            assert was is (Standing.HELD if status == "hold" else Standing.GONE)
            assert await site.status_of(written.comment_id) == ("trash" if status == "hold" else "spam")
        assert (await blog.tree(post, now=NOW)).comments == ()

    @AS_LEAST_AND_AS_EDITOR
    async def test_out_of_the_trash_comes_what_readers_saw_and_nothing_else(self, site: Site, role: str) -> None:
        """Also where a moderator has changed it meanwhile; what is spam stays that."""
        post, blog = await site.publish(), await site.open(role)
        for before, public, after in (
            ("approved", True, "approved"),
            ("approved", False, "hold"),
            ("hold", True, "hold"),
            ("hold", False, "hold"),
        ):
            one = draft(post)
            written = await blog.write(one)
            await site.set_status(written.comment_id, before)
            assert await blog.withdraw(written.comment_id, key=one.key) is not Standing.GONE
            assert await blog.withdraw(written.comment_id, key=one.key) is Standing.GONE, "it lay there"
            back = await blog.revive(written.comment_id, "back again", key=one.key, public=public)
            assert (await site.status_of(written.comment_id), back.held) == (after, after == "hold")
        for status in ("spam", "hold"):
            one = draft(post)
            written = await blog.write(one)
            await blog.withdraw(written.comment_id, key=one.key)
            await site.set_status(written.comment_id, status)
            if status == "spam":
                with told(Vanished):
                    await blog.revive(written.comment_id, "back again", key=one.key, public=True)
            else:
                assert (await blog.revive(written.comment_id, "back again", key=one.key, public=True)).held
            assert await site.status_of(written.comment_id) == status

    @AS_LEAST_AND_AS_EDITOR
    @pytest.mark.parametrize("how", ["shown", "hidden"])
    async def test_new_words_of_an_approved_comment_wait_for_a_moderator(self, site: Site, role: str, how: str) -> None:
        """Also under a post that is hidden for a while. The same words, whatever their markup, do not."""
        post, blog = await site.publish(), await site.open(role)
        one = draft(post, "two  <em>words</em>", approve=True)
        written = await blog.write(one)
        same = "two <em>words</em>"
        assert not (await blog.rewrite(written.comment_id, same, key=one.key, review=Review.MODERATORS)).held
        assert await site.status_of(written.comment_id) == "approved"
        if how == "hidden":
            await site.hide(post, "private")
        assert (await blog.rewrite(written.comment_id, "other", key=one.key, review=Review.MODERATORS)).held
        assert await site.status_of(written.comment_id) == "hold"
        if how == "hidden":
            return
        for status in ("spam", "trash"):
            await site.set_status(written.comment_id, status)
            with suppress(Vanished):
                await blog.rewrite(written.comment_id, "more", key=one.key, review=Review.MODERATORS)
            assert await site.status_of(written.comment_id) == status

    @AS_LEAST_AND_AS_EDITOR
    @pytest.mark.parametrize("status", ["approved", "hold", "spam", "trash"])
    async def test_another_comment_of_the_number_is_not_touched(self, site: Site, role: str, status: str) -> None:
        """Whatever its status, and whether it is a reader's or a relay of another message."""
        post, blog = await site.publish(), await site.open(role)
        theirs, other = await site.comment(post, "words of a reader"), draft(post, "another message")
        relay = (await blog.write(other)).comment_id
        for comment in (theirs, relay):
            await site.set_status(comment, status)
            for change in (
                lambda comment=comment: blog.rewrite(comment, "ours", key=key()),
                lambda comment=comment: blog.withdraw(comment, key=key()),
                lambda comment=comment: blog.revive(comment, "ours", key=key(), public=True),
            ):
                with told(AnotherComment):
                    await change()
            assert await site.status_of(comment) == status
            await site.set_status(comment, "approved")
        shown = {one.id: one.html for one in (await blog.tree(post, now=NOW)).comments}
        assert shown == {theirs: "<p>words of a reader</p>\n", relay: "<p>another message</p>\n"}

    async def test_a_sighting_tells_what_a_comment_is_known_by(self, site: Site, blog: Blog) -> None:
        post = await site.publish()
        one = draft(post)
        written, theirs = await blog.write(one), await site.comment(post)
        shown = {c.id: c for c in (await blog.tree(post, now=NOW)).comments}
        ours, other = await blog.sighting(written.comment_id), await blog.sighting(theirs)
        assert (ours.key, ours.written_at) == (one.key, shown[written.comment_id].written_at)
        assert (other.key, other.written_at) == ("", shown[theirs].written_at)
        assert written.written_at == ours.written_at

    @AS_LEAST_AND_AS_EDITOR
    async def test_a_comment_is_put_under_another(self, site: Site, role: str) -> None:
        """Whoever wrote the other one. All else of it stays, and so does a comment that only has its number."""
        post, blog = await site.publish(), await site.open(role)
        one = draft(post, "mine <em>too</em>")
        parent, written = await site.comment(post, "parent"), await blog.write(one)
        before = {c.id: c for c in (await blog.tree(post, now=NOW)).comments}[written.comment_id]
        with told(AnotherComment):
            await blog.put_under(written.comment_id, parent, key=key())
        await blog.put_under(written.comment_id, parent, key=one.key)
        await blog.put_under(written.comment_id, parent, key=one.key)
        after = {c.id: c for c in (await blog.tree(post, now=NOW)).comments}[written.comment_id]
        assert after == replace(before, parent_id=parent)
        await site.set_status(written.comment_id, "hold")
        other = await site.comment(post, "another parent")
        await blog.put_under(written.comment_id, other, key=one.key)
        assert await site.status_of(written.comment_id) == "hold"
        await site.delete(written.comment_id)
        with told(Vanished):
            await blog.put_under(written.comment_id, parent, key=one.key)

    @AS_LEAST_AND_AS_EDITOR
    @pytest.mark.parametrize("how", [one for one in HIDINGS if one != "delete"])
    async def test_the_words_of_a_comment_can_be_replaced_while_its_post_is_hidden(
        self, site: Site, role: str, how: str
    ) -> None:
        """In the trash they lie there reworded."""
        post, blog = await site.publish(), await site.open(role)
        one = draft(post, "a secret")
        written = await blog.write(one)
        await site.hide(post, how)
        try:
            await blog.rewrite(written.comment_id, "removed", key=one.key)
        except Vanished:
            assert how == "trash"
        await site.show(post, how)
        assert [c.html for c in (await blog.tree(post, now=NOW)).comments] == ["<p>removed</p>\n"]

    @AS_LEAST_AND_AS_EDITOR
    async def test_a_post_that_comes_out_of_the_trash_brings_its_comments_along(self, site: Site, role: str) -> None:
        """Those too that were thrown away meanwhile: only their words can be taken away there."""
        post, blog = await site.publish(), await site.open(role)
        meanwhile, before = draft(post, "a secret"), draft(post, "thrown away before")
        written, earlier = await blog.write(meanwhile), await blog.write(before)
        await blog.withdraw(earlier.comment_id, key=before.key)
        await site.hide(post, "trash")
        await blog.withdraw(written.comment_id, key=meanwhile.key)
        await site.show(post, "trash")
        assert [c.html for c in (await blog.tree(post, now=NOW)).comments] == ["<p>a secret</p>\n"]

    # ------------------------------------------------------------------ passwords and lost answers

    @pytest.mark.parametrize("role", ["wrong", None])
    async def test_without_a_working_password_nothing_is_written(self, site: Site, role: str | None) -> None:
        post, blog = await site.publish(), await site.open(role)
        said, media = await site.comment(post, "mine"), await (await site.open("librarian")).upload(a_file())
        assert not blog.can_write
        for write in (
            lambda: blog.write(draft(post)),
            lambda: blog.rewrite(said, "yours", key=key()),
            lambda: blog.withdraw(said, key=key()),
            lambda: blog.put_under(said, said, key=key()),
            lambda: blog.revive(said, "yours", key=key(), public=True),
            lambda: blog.upload(a_file()),
            lambda: blog.discard(media.id),
        ):
            with told(NotAllowed) as raised:
                await write()
            assert "password" in raised.value.reason.lower()
        assert [c.html for c in (await blog.tree(post, now=NOW)).comments] == ["<p>mine</p>\n"]
        assert await blog.find(post, key()) is None
        assert await site.served(media.url) == PNG
        assert not blog.can_write

    @able("lose answers")
    async def test_a_write_whose_answer_is_lost_has_been_done_once(self, site: Site) -> None:
        post, blog = await site.publish(), await site.open("librarian")
        one, file = draft(post, "first"), a_file()
        site.lose_answer("POST")
        with told(Unanswered):
            await blog.write(one)
        found = await blog.find(post, one.key)
        assert found is not None
        await site.set_status(found.comment_id, "approved")
        site.lose_answer("POST")
        with told(Unanswered):
            await blog.rewrite(found.comment_id, "second", key=one.key)
        assert [c.html for c in (await blog.tree(post, now=NOW)).comments] == ["<p>second</p>\n"]
        site.lose_answer("DELETE")
        with told(Unanswered):
            await blog.withdraw(found.comment_id, key=one.key)
        assert await site.status_of(found.comment_id) == "trash"
        site.lose_answer("POST")
        with told(Unanswered):
            await blog.revive(found.comment_id, "third", key=one.key, public=True)
        assert [c.html for c in (await blog.tree(post, now=NOW)).comments] == ["<p>third</p>\n"]
        site.lose_answer("POST")
        with told(Unanswered):
            await blog.upload(file)
        media = await blog.find_media(file.key)
        assert media is not None
        site.lose_answer("DELETE")
        with told(Unanswered):
            await blog.discard(media.id)
        assert await blog.find_media(file.key) is None
