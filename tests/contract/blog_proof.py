"""The contract of the Blog port about comments that claim to be ours: which are believed, and which a reader wrote."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import replace

import pytest

from bot.core.domain import CommentId, Millis, PostId
from bot.core.errors import AnotherComment
from bot.core.signing import Sender, Signer, message_of
from bot.ports import Blog, Draft, Signed
from tests.contract.blog_sites import Site, draft
from tests.contract.told import told
from tests.support.signer import ANN, SECRET, key

NOW = Millis(77)
GUESSED = Signer((b"a secret that is another one",))

FORGED: dict[str, Callable[[Draft], tuple[str, str]]] = {
    "the link, unsigned": lambda one: (message_of(one.key), "eve@mail.example"),
    "and the address of before": lambda one: (message_of(one.key), "42@discord.invalid"),
    "the signed link, copied": lambda one: (one.key, "eve@mail.example"),
    "the same, with the address of before": lambda one: (one.key, "42@discord.invalid"),
    "a guessed signature": lambda one: (GUESSED.link(one.key), "eve@mail.example"),
    "a guessed signature and address": lambda one: (GUESSED.link(one.key), GUESSED.address(42)),
    "the signed link and a guessed address": lambda one: (one.key, GUESSED.address(42)),
    "no address": lambda one: (one.key, "nobody@discord.invalid"),
    "the name alone": lambda one: ("", "eve@mail.example"),
}
"""What a reader's comment bears, made of a member's relay."""


async def forged(site: Site, post: PostId, how: str, one: Draft, html: str = "Look at me") -> CommentId:
    link, address = FORGED[how](one)
    return await site.comment(post, html, author=one.author, link=link, address=address)


class BlogProof:
    """Each for the account with the least rights, which sees senders' addresses."""

    @pytest.mark.parametrize("how", FORGED)
    async def test_a_readers_comment_is_never_ours(self, site: Site, blog: Blog, how: str) -> None:
        post = await site.publish()
        one = draft(post)
        early = await forged(site, post, how, one, "Early")
        assert await blog.find(post, one.key) is None
        written = await blog.write(one)
        late = await forged(site, post, how, one)
        found = {comment.id: comment for comment in (await blog.tree(post, now=NOW)).comments}
        assert found[written.comment_id].relay_of == one.key
        assert found[written.comment_id].sender is Sender.OURS
        assert await blog.find(post, one.key) == written
        told_of = {one.comment.id: one for one in await blog.relays(post, message_of(one.key)[:-1])}
        for reader in (early, late):
            assert found[reader].relay_of == ""
            assert found[reader].sender is not Sender.OURS
            assert (await blog.sighting(reader)).key == ""
            assert reader not in told_of or not told_of[reader].comment.relay_of
            with told(AnotherComment):
                await blog.rewrite(reader, "Ours now", key=one.key)
            with told(AnotherComment):
                await blog.withdraw(reader, key=one.key)
            assert await site.status_of(reader) == "approved"
        assert [c.html for c in found.values() if c.id in (early, late)] == ["<p>Early</p>\n", "<p>Look at me</p>\n"]

    @pytest.mark.parametrize("how", FORGED)
    @pytest.mark.parametrize("doubtful", [False, True])
    async def test_a_readers_comment_with_the_same_words_is_no_duplicate(
        self, site: Site, blog: Blog, how: str, *, doubtful: bool
    ) -> None:
        """Its name is the member's, so WordPress takes the member's own for one said twice."""
        post = await site.publish()
        one = draft(post)
        reader = await forged(site, post, how, one, one.html)
        written = await blog.write(replace(one, besides=frozenset()) if doubtful else one)
        assert written.comment_id != reader
        assert await blog.find(post, one.key) == written

    async def test_nobody_in_particular_has_the_signature_alone(self, site: Site, blog: Blog) -> None:
        post, stranger = await site.publish(), await site.open(None)
        one = draft(post)
        written = await blog.write(one)
        unsigned = await forged(site, post, "and the address of before", one)
        guessed = await forged(site, post, "a guessed signature and address", one, "And me")
        found = {comment.id: comment for comment in (await stranger.tree(post, now=NOW)).comments}
        assert (found[written.comment_id].relay_of, found[written.comment_id].sender is Sender.READER) == (
            one.key,
            False,
        )
        assert (found[unsigned].relay_of, found[unsigned].unproven) == ("", message_of(one.key))
        assert (found[guessed].relay_of, found[guessed].unproven) == ("", GUESSED.link(one.key))

    async def test_a_relay_of_before_is_changed_by_the_very_link_that_the_map_holds_and_signed_with_that(
        self, site: Site, blog: Blog
    ) -> None:
        post, signed = await site.publish(), Signed(key(), ANN)
        before, lost = message_of(signed.key), GUESSED.link(signed.key)
        for old, address in ((before, "42@discord.invalid"), (lost, GUESSED.address(42))):
            relay = await site.comment(post, f"Said {uuid.uuid4().hex}", author="Ann", link=old, address=address)
            with told(AnotherComment):
                await blog.rewrite(relay, "not by a key that it does not show", key=signed.key)
            await blog.rewrite(relay, "still its member's", key=old)
            assert (await blog.sighting(relay)).key == ""
            await blog.rewrite(relay, "signed from now on", key=old, signed=signed)
            there = await blog.sighting(relay)
            assert (there.key, there.unproven) == (signed.key, "")
            await blog.rewrite(relay, "though the map may not know of it yet", key=old)
            await blog.withdraw(relay, key=signed.key)

    async def test_what_an_older_key_has_signed_is_ours(self, site: Site, blog: Blog) -> None:
        rotated = Signer((b"the newest secret of these tests", SECRET))
        assert rotated.link(key()) != blog.signer.link(key())
        post, one = await site.publish(), draft(PostId("0"))
        written = await blog.write(replace(one, post_id=post))
        later = await site.open(signer=rotated)
        (found,) = (await later.tree(post, now=NOW)).comments
        assert (found.relay_of, found.sender) == (one.key, Sender.OURS)
        anew = rotated.link(one.key)
        assert await later.find(post, anew) == written
        await later.rewrite(written.comment_id, "anew", key=one.key, signed=Signed(anew, rotated.address(42)))
        (found,) = (await later.tree(post, now=NOW)).comments
        assert (found.relay_of, found.sender) == (anew, Sender.OURS)

    async def test_an_unsigned_one_of_before_is_ours(self, site: Site) -> None:
        """Where it was written before signing began, and bears the address of then."""
        post, one = await site.publish(), draft(PostId("0"))
        old = await forged(site, post, "and the address of before", one)
        other = await forged(site, post, "the link, unsigned", one, "A reader's")
        later = await site.open(signer=Signer((SECRET,), since=int(site.now() * 1000) + 60_000))
        found = {comment.id: comment for comment in (await later.tree(post, now=NOW)).comments}
        assert (found[old].relay_of, found[other].relay_of) == (message_of(one.key), "")
        again = await later.find(post, one.key)
        assert again is not None
        assert again.comment_id == old
