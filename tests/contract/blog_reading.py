"""The contract of the Blog port's reading half: posts, trees, standings, answers counted.

Not collected by itself; tests/contract/test_blog_contract.py holds every implementation against it.
"""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from bot.core.domain import CommentId, Millis, PostId, Standing
from bot.core.errors import NotUnderstood, PlaceVanished, Unreachable, Vanished
from bot.core.signing import message_of
from bot.ports import Blog, FeedState, File
from tests.contract.blog_sites import HIDINGS, Site, able, draft, seen
from tests.contract.told import told
from tests.support.signer import SIGNER, key

NOW = Millis(77)
AS_LEAST_AND_AS_EDITOR = pytest.mark.parametrize("role", ["bridge", "editor"])


class BlogReading:
    """What a blog says of itself."""

    # ------------------------------------------------------------------ trees

    async def test_a_tree_of_five_levels_over_several_pages(self, site: Site, blog: Blog) -> None:
        post, parents = await site.publish(), dict[CommentId, CommentId | None]()
        levels = [list[CommentId]() for _ in range(5)]
        for number in range(16):
            depth = min(number // 3, 4)
            above = levels[depth - 1][number % len(levels[depth - 1])] if depth else None
            comment = await site.comment(post, f"Nö {number} 😀", parent=above, author=f"Zoë {number}")
            levels[depth].append(comment)
            parents[comment] = above
        tree = await blog.tree(post, now=NOW)
        assert {c.id: c.parent_id for c in tree.comments} == parents
        by_id = sorted(tree.comments, key=lambda c: int(c.id))
        assert [c.author for c in by_id] == [f"Zoë {n}" for n in range(16)]
        assert [c.html for c in by_id] == [f"<p>Nö {n} 😀</p>\n" for n in range(16)]
        assert {c.post_id for c in tree.comments} == {post}
        assert (tree.post_id, tree.fetched_at) == (post, NOW)

    async def test_what_a_comment_carries(self, site: Site, blog: Blog) -> None:
        post, before = await site.publish(), site.now() - 5
        said = await site.comment(post, "Hi", author="Ann")
        answer = await site.comment(post, "Ho", author="Bob", parent=said)
        comments = {c.id: c for c in (await blog.tree(post, now=NOW)).comments}
        first, second = comments[said], comments[answer]
        assert (first.author, first.html, first.parent_id) == ("Ann", "<p>Hi</p>\n", None)
        assert (first.relay_of, second.relay_of) == ("", "")
        assert (second.parent_id, second.post_id) == (said, post)
        assert first.url.endswith(f"#comment-{said}")
        assert first.url.partition("#")[0] == second.url.partition("#")[0]
        assert before < first.written_at / 1000 < before + 60
        assert first.avatar_url is not None
        assert first.avatar_url.startswith("http")
        assert "s=96" in first.avatar_url

    @pytest.mark.parametrize("role", ["bridge", "editor", None])
    async def test_only_approved_comments_with_whatever_password(self, site: Site, role: str | None) -> None:
        post, blog = await site.publish(), await site.open(role)
        kept = await site.comment(post)
        hidden = [await site.comment(post) for _ in range(3)]
        children = {await site.comment(post, parent=one): one for one in hidden}
        for one, status in zip(hidden, ("hold", "spam", "trash"), strict=True):
            await site.set_status(one, status)
        assert {c.id: c.parent_id for c in (await blog.tree(post, now=NOW)).comments} == {kept: None, **children}
        for one in hidden:
            await site.set_status(one, "approved")
        assert {c.id for c in (await blog.tree(post, now=NOW)).comments} == {kept, *hidden, *children}

    async def test_a_comment_says_which_account_wrote_it_and_the_blog_who_writes_its_posts(
        self, site: Site, blog: Blog
    ) -> None:
        post = await site.publish()
        mine, others = await site.comment_as("admin", post), await site.comment_as("subscriber", post)
        guest = await site.comment(post, author="Ada")
        shown = {one.id: one for one in (await blog.tree(post, now=NOW)).comments}
        assert shown[guest].account == ""
        assert "" != shown[mine].account != shown[others].account != ""
        (told,) = [one for one in (await blog.recent(FeedState())).posts or () if one.id == post]
        writers = {one.account: one.name for one in blog.writers}
        assert writers[shown[mine].account] == told.author
        assert shown[others].account not in writers
        assert "bridge" in writers.values(), "the account that was given"

    async def test_pingbacks_are_no_comments(self, site: Site, blog: Blog) -> None:
        post = await site.publish()
        await site.pingback(post)
        assert (await blog.tree(post, now=NOW)).comments == ()

    async def test_an_edit_a_new_name_a_move_and_a_deletion_show(self, site: Site, blog: Blog) -> None:
        post = await site.publish()
        root, edited, renamed = [await site.comment(post) for _ in range(3)]
        leaf = await site.comment(post, parent=root)
        moved = await site.comment(post, parent=root)
        before = {c.id: c.digest for c in (await blog.tree(post, now=NOW)).comments}
        await site.edit(edited, "Changed")
        await site.rename(renamed, "Somebody else")
        await site.move(moved, edited)
        await site.delete(root)
        after = {c.id: c for c in (await blog.tree(post, now=NOW)).comments}
        assert {c.id: c.parent_id for c in after.values()} == {edited: None, renamed: None, leaf: None, moved: edited}
        assert {c.id for c in after.values() if c.digest != before[c.id]} == {edited, renamed}
        assert after[renamed].author == "Somebody else"
        assert after[edited].html == "<p>Changed</p>\n"

    async def test_a_post_without_comments_and_one_that_never_was(self, site: Site, blog: Blog) -> None:
        post = await site.publish()
        tree = await blog.tree(post, now=NOW)
        assert (tree.post_id, tree.comments, tree.fetched_at) == (post, (), NOW)
        for no_post in (PostId("999999"), PostId("post")):
            with told(PlaceVanished):
                await blog.tree(no_post, now=NOW)
            with told(PlaceVanished):
                await blog.post(no_post)

    @pytest.mark.parametrize("how", HIDINGS)
    async def test_a_post_that_is_no_longer_public_has_vanished(self, site: Site, how: str) -> None:
        post = await site.publish()
        await site.comment(post)
        await site.hide(post, how)
        for role in ("bridge", "editor", None):
            blog = await site.open(role)
            with told(PlaceVanished):
                await blog.tree(post, now=NOW)
            with told(PlaceVanished):
                await blog.post(post)

    async def test_without_a_password_the_tree_is_the_same_and_nothing_is_written(self, site: Site, blog: Blog) -> None:
        post, stranger = await site.publish(), await site.open(None)
        await site.comment(post)
        assert await blog.tree(post, now=NOW) == await stranger.tree(post, now=NOW)
        assert (blog.can_write, stranger.can_write, stranger.can_upload) == (True, False, False)

    # ------------------------------------------------------------------ posts and the feed

    async def test_what_a_post_carries(self, site: Site, blog: Blog) -> None:
        before = site.now() - 5
        made = await site.publish("Tom & Jerry", "<p>Hello <em>you</em></p>")
        posts = (await blog.recent(FeedState())).posts  # the first: some blogs tell an author's name in the feed alone
        post = await blog.post(made)
        assert posts is not None
        assert post in posts
        assert (post.id, post.title) == (made, "Tom & Jerry")
        assert post.author
        assert "Hello <em>you</em>" in post.html
        assert before < post.published_at / 1000 < before + 60
        assert post.url.startswith(blog.base_url)
        assert post.guid.startswith("http")

    async def test_who_the_blog_says_it_is_is_asked_afresh(self, site: Site, blog: Blog) -> None:
        first, hidden = await site.publish(), await site.publish()
        before = await blog.identity()
        await site.hide(hidden, "draft")
        second = await site.publish()
        after = await blog.identity()
        assert before.home == after.home != ""
        assert after.title == before.title != ""
        assert after.home.startswith("http")
        assert [post for post, _ in before.newest[:2]] == [hidden, first]
        assert [post for post, _ in after.newest[:2]] == [second, first]
        assert after.newest[0][1] == (await blog.post(second)).published_at
        assert len(after.newest) <= 20

    async def test_nothing_is_told_twice_until_something_changes(self, site: Site, blog: Blog) -> None:
        await site.publish()
        look = first = await blog.recent(FeedState())
        async with asyncio.timeout(20):
            # Validators count whole seconds and are kept once the newest change is older: only the clock brings that.
            while look.posts is not None:
                look = await blog.recent(look.state)
                await asyncio.sleep(0.1)
        unchanged = await blog.recent(look.state)
        post = await site.publish()
        second = await blog.recent(unchanged.state)
        await site.retitle(post, "Another title")
        third = await blog.recent(second.state)
        assert first.posts
        assert unchanged.posts is None
        assert second.posts is not None
        assert second.posts[0].id == post
        assert third.posts is not None
        assert {p.title for p in third.posts if p.id == post} == {"Another title"}

    async def test_all_that_appeared_since_newest_first_without_protected_ones(self, site: Site, blog: Blog) -> None:
        """More than a feed holds, and more than is listed to somebody who looks for the first time."""
        old = await site.publish(days_ago=900)
        await site.publish()
        state = (await blog.recent(FeedState())).state
        made = [await site.publish() for _ in range(24)]
        await site.hide(made[0], "password")
        posts = (await blog.recent(state)).posts
        assert posts is not None
        assert set(made[1:]) <= {p.id for p in posts}
        assert made[0] not in {p.id for p in posts}
        order = [(p.published_at, int(p.id)) for p in posts if p.id != old]
        assert order == sorted(order, reverse=True)

    # ------------------------------------------------------------------ standings

    @AS_LEAST_AND_AS_EDITOR
    async def test_standings_of_what_is_not_shown(self, site: Site, role: str) -> None:
        post, other, blog = await site.publish(), await site.publish(), await site.open(role)
        root = await site.comment(post)
        leaf = await site.comment(post, parent=root)
        await site.comment(other)
        await blog.tree(post, now=NOW)
        await blog.tree(other, now=NOW)
        assert seen(await blog.sighting(leaf)) == (Standing.LIVE, post, root)
        for status, means in (("hold", Standing.HELD), ("spam", Standing.GONE), ("trash", Standing.GONE)):
            await site.set_status(leaf, status)
            there = await blog.sighting(leaf)
            assert (seen(there), there.spam) == ((means, post, root), status == "spam")
        await site.set_status(root, "hold")
        assert seen(await blog.sighting(root)) == (Standing.HELD, post, None)
        await site.delete(leaf)
        for never in (leaf, CommentId("999999999"), CommentId("comment")):
            with told(Vanished):
                await blog.sighting(never)

    @AS_LEAST_AND_AS_EDITOR
    @pytest.mark.parametrize("how", HIDINGS)
    async def test_comments_of_a_post_that_is_gone_or_hidden(self, site: Site, role: str, how: str) -> None:
        """An account that may edit the post is told of them, another that the place is gone."""
        post, blog = await site.publish(), await site.open(role)
        one = draft(post)
        ours = (await blog.write(one)).comment_id
        await site.comment(post, parent=ours)
        await blog.tree(post, now=NOW)
        await site.hide(post, how)
        if how == "delete":
            with told(Vanished):
                await blog.sighting(ours)
            assert await blog.find(post, one.key) is None
            assert await blog.children(post, ours) == 0
        elif role == "editor":
            there = how != "trash"
            assert seen(await blog.sighting(ours)) == (Standing.LIVE if there else Standing.GONE, post, None)
            assert await blog.children(post, ours) == (1 if there else 0)
        else:
            for ask in (
                lambda: blog.sighting(ours),
                lambda: blog.find(post, one.key),
                lambda: blog.children(post, ours),
            ):
                with told(PlaceVanished):
                    await ask()
            if how != "trash":
                fresh = await site.open(role)  # after a restart, when nothing has been read
                with told(PlaceVanished):
                    await fresh.sighting(ours)
        if how in ("trash", "delete"):
            with told(Vanished):
                await blog.rewrite(ours, "words", key=one.key)
        else:
            assert not (await blog.rewrite(ours, "words", key=one.key)).held
        await blog.withdraw(ours, key=one.key)

    async def test_answers_are_counted_held_ones_too(self, site: Site, blog: Blog) -> None:
        post, other = await site.publish(), await site.publish()
        root = await site.comment(post)
        answers = [await site.comment(post, parent=root) for _ in range(4)]
        assert await blog.children(post, root) == 4
        for answer, status in zip(answers, ("approved", "hold", "spam", "trash"), strict=True):
            await site.set_status(answer, status)
        assert await blog.children(post, root) == 2
        assert await blog.children(post, answers[0]) == 0
        assert await blog.children(other, root) == 0

    # ------------------------------------------------------------------ known again

    @AS_LEAST_AND_AS_EDITOR
    async def test_relays_are_found_again_by_the_beginning_of_their_keys(self, site: Site, role: str) -> None:
        """Over several pages. Held and trashed ones are shown to who may edit the post, the others to all."""
        post, other, blog = await site.publish(), await site.publish(), await site.open(role)
        thread = f"https://discord.com/channels/1/{message_of(key()).rpartition('/')[2]}/"
        drafts = [draft(post, key=SIGNER.link(f"{thread}{number}")) for number in range(1, 14)]
        written = [(await blog.write(one)).comment_id for one in drafts]
        await blog.write(draft(post))  # another thread's
        await blog.write(draft(other, key=SIGNER.link(f"{thread}99")))
        await site.comment(post, f"see {thread}1")
        for comment, status in zip(written, ("hold", "spam", "trash"), strict=False):
            await site.set_status(comment, status)
        found = {one.comment.id: one for one in await blog.relays(post, thread)}
        seen = written if role == "editor" else written[3:]
        assert set(written[3:]) <= found.keys() <= set(written)
        assert role == "bridge" or list(found) == seen
        for comment, one in zip(written, drafts, strict=True):
            if comment in found:
                assert found[comment].comment.relay_of == one.key
                assert found[comment].email == one.email
                assert found[comment].comment.post_id == post
        means = [Standing.HELD, Standing.GONE, Standing.GONE, *[Standing.LIVE] * 10]
        told_of = {comment: standing for comment, standing in zip(written, means, strict=True) if comment in found}
        assert {comment: one.standing for comment, one in found.items()} == told_of
        by_id = {one.id: one for one in (await blog.tree(post, now=NOW)).comments}
        assert found[written[5]].comment.digest == by_id[written[5]].digest
        assert await blog.relays(post, thread[:-1] + "0/") == ()

    async def test_relays_as_nobody_are_those_that_everybody_sees(self, site: Site, blog: Blog) -> None:
        post, stranger, one = await site.publish(), await site.open(None), draft(PostId("0"))
        written = await blog.write(replace(one, post_id=post))
        (found,) = await stranger.relays(post, message_of(one.key)[:-1])
        assert (found.comment.id, found.standing, found.email) in (
            (written.comment_id, Standing.LIVE, ""),
            (written.comment_id, Standing.LIVE, one.email),
        )

    async def test_posts_are_found_by_their_permalinks_and_comments_by_theirs(self, site: Site, blog: Blog) -> None:
        made = [await site.publish(f"Grüße {number}") for number in range(3)]
        said = await site.comment(made[0])
        posts = [await blog.post(one) for one in made]
        await site.hide(made[2], "private")
        urls = [one.url for one in posts]
        assert await blog.posts_at([*urls, f"{blog.base_url}/nothing/here/", "no address"]) == dict(
            zip(urls[:2], posts[:2], strict=True)
        )
        assert await blog.posts_at([]) == {}
        elsewhere = urls[0].replace("http://", "https://old.").replace("https://blog.", "https://old.")
        assert [one.id for one in (await blog.posts_at([elsewhere])).values()] == [made[0]]
        (shown,) = (await blog.tree(made[0], now=NOW)).comments
        assert blog.comment_at(shown.url) == said
        assert blog.comment_at(urls[0]) is None

    # ------------------------------------------------------------------ trouble

    async def test_in_maintenance_every_method_says_that_nothing_was_done(self, site: Site) -> None:
        post, blog = await site.publish(), await site.open("librarian")
        said, file = await site.comment(post), File("discord-1", "a.txt", b"words")
        with site.down():
            for ask in (
                lambda: blog.identity(),
                lambda: blog.recent(FeedState()),
                lambda: blog.post(post),
                lambda: blog.tree(post, now=NOW),
                lambda: blog.sighting(said),
                lambda: blog.find(post, key()),
                lambda: blog.children(post, said),
                lambda: blog.relays(post, key()),
                lambda: blog.posts_at(["https://blog.example/a-post/"]),
                lambda: blog.find_media("discord-1"),
                lambda: blog.write(draft(post)),
                lambda: blog.rewrite(said, "Changed", key=key()),
                lambda: blog.withdraw(said, key=key()),
                lambda: blog.revive(said, "Changed", key=key(), public=True),
                lambda: blog.upload(file),
            ):
                with told(Unreachable):
                    await ask()
        (shown,) = (await blog.tree(post, now=NOW)).comments
        assert shown.id == said
        assert "Changed" not in shown.html

    @able("lose answers")
    async def test_an_answer_that_makes_no_sense(self, site: Site, blog: Blog) -> None:
        post = await site.publish()
        said = await site.comment(post)
        for ask in (lambda: blog.tree(post, now=NOW), lambda: blog.post(post), lambda: blog.sighting(said)):
            site.spoil_answer("GET")
            with told(NotUnderstood):
                await ask()
            assert await ask()
