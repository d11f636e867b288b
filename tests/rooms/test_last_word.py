"""The blog's moderators have the last word: no member's deed makes public what they did not leave so.

Asks no WordPress: the contract of the Blog port does, and tests/whole.
"""

from __future__ import annotations

from itertools import product

import pytest

from bot.core.domain import Mark, MessageId
from bot.core.errors import Doubt, Unanswered
from bot.ports import Draft, Written
from tests.support.engine_shorthand import Scene, scene
from tests.support.fake_blog import StoredComment

STATUSES = ("hold", "trash", "spam")
DEEDS = ("blank and again", "edit", "delete", "edit twice", "answered and deleted")
MODES = pytest.mark.parametrize("approve", [True, False], ids=["approved", "blog"])
BLANKS = ("_ _", "** **", "\u200b", "\u3164")


async def approved(s: Scene, words: str = "beta") -> tuple[MessageId, StoredComment]:
    """A relay that readers see."""
    alpha = s.comment("alpha")
    await s.quiet()
    said, relay = await s.relayed(words, s.mirror(alpha).id)
    s.blog.set_status(relay.id, "approved")
    await s.quiet()
    assert (relay.status, s.mark(said)) == ("approved", Mark.RELAYED)
    return said, relay


@MODES
@pytest.mark.parametrize(("status", "deed", "noticed"), list(product(STATUSES, DEEDS, (True, False))))
async def test_what_moderators_put_away_stays_away(*, status: str, deed: str, noticed: bool, approve: bool) -> None:
    """Whether a look has noticed it, or it happened a moment ago."""
    async with scene(approve=approve) as s:
        said, relay = await approved(s)
        if deed == "answered and deleted":
            s.comment("an answer", parent=relay)
            await s.quiet()
        s.blog.set_status(relay.id, status)
        if noticed:
            await s.quiet()
        seen = list[str]()
        for words in {"blank and again": ("_ _", "gamma"), "edit": ("gamma",), "edit twice": ("gamma", "delta")}.get(
            deed, ()
        ):
            s.chat.member_edits(said, words)
            await s.world.work(poll=False)
            seen.append(relay.status)
        if deed.endswith(("delete", "deleted")):
            s.chat.delete_messages(said)
        await s.quiet()
        assert "approved" not in (*seen, relay.status)
        assert status == "hold" or {*seen, relay.status} == {status}, "it stays what it is called"


@MODES
@pytest.mark.parametrize("blank", BLANKS)
async def test_a_relay_that_readers_saw_comes_back_with_its_words(*, blank: str, approve: bool) -> None:
    """At once, or with the moderators' word where that is asked for."""
    async with scene(approve=approve) as s:
        said, relay = await approved(s)
        s.chat.member_edits(said, blank)
        await s.quiet()
        assert relay.status == "trash"
        s.chat.member_edits(said, "gamma")
        await s.quiet()
        assert relay.html == "gamma"
        assert (relay.status, s.mark(said)) == (("approved", Mark.RELAYED) if approve else ("hold", Mark.HELD))


@MODES
async def test_a_held_relay_that_is_blanked_comes_back_held(*, approve: bool) -> None:
    async with scene(approve=approve) as s:
        said, relay = await approved(s)
        s.blog.set_status(relay.id, "hold")
        for words in ("_ _", "gamma"):
            s.chat.member_edits(said, words)
            await s.quiet()
        assert (relay.status, relay.html, s.mark(said)) == ("hold", "gamma", Mark.HELD)


@MODES
@pytest.mark.parametrize("status", ["hold", "spam"])
async def test_what_moderators_do_between_a_blank_and_new_words_holds(*, status: str, approve: bool) -> None:
    async with scene(approve=approve) as s:
        said, relay = await approved(s)
        s.chat.member_edits(said, "_ _")
        await s.world.work(poll=False)
        s.blog.set_status(relay.id, status)
        s.chat.member_edits(said, "gamma")
        await s.quiet()
        assert relay.status == status


async def test_what_was_put_away_by_nobody_knows_whom_comes_back_held() -> None:
    """As in a database of a version that did not note it."""
    async with scene() as s:
        said, relay = await approved(s)
        s.chat.member_edits(said, "_ _")
        await s.quiet()
        async with s.world.store._db.transaction() as tx:
            await tx.execute("UPDATE comments SET was_public = 0")
        s.chat.member_edits(said, "gamma")
        await s.quiet()
        assert (relay.status, s.mark(said)) == ("hold", Mark.HELD)


async def test_new_words_after_approval_are_seen_by_moderators_first() -> None:
    async with scene(approve=False) as s:
        said, relay = await approved(s, "a harmless remark")
        s.chat.member_edits(said, "cheap pills")
        await s.world.work(poll=False)
        assert (relay.html, relay.status) == ("cheap pills", "hold")
        await s.quiet()
        assert s.mark(said) is Mark.HELD
        s.blog.set_status(relay.id, "approved")
        await s.quiet()
        assert (relay.status, s.mark(said)) == ("approved", Mark.RELAYED)


async def test_an_edit_that_changes_nothing_for_readers_waits_for_nobody() -> None:
    async with scene(approve=False) as s:
        said, relay = await approved(s, "a *harmless* remark")
        s.chat.member_edits(said, "a _harmless_ remark")
        await s.quiet()
        assert (relay.status, s.mark(said)) == ("approved", Mark.RELAYED)


@pytest.mark.parametrize(
    ("tells", "words", "after"),
    [(True, "a bad word", "hold"), (True, "a word", "approved"), (False, "a bad word", "approved")],
)
async def test_new_words_are_public_at_once_where_the_lists_let_them(*, tells: bool, words: str, after: str) -> None:
    """Where it does not tell what they say, no edit waits: so it is with `approved`."""
    async with scene() as s:
        s.blog.tells_words = tells
        s.blog.moderated.add("bad")
        said, relay = await approved(s)
        s.chat.member_edits(said, words)
        await s.world.work(poll=False)
        assert (relay.html, relay.status) == (words, after)


@MODES
async def test_a_newcomers_words_appear_at_once_where_relays_do_and_the_blog_does_not_tell(*, approve: bool) -> None:
    """Also those that its list of words holds: a newcomer's hold looks the same. Known members' are told apart."""
    async with scene(approve=approve) as s:
        s.blog.tells_words = False
        s.blog.moderated.add("bad")
        alpha = s.comment("alpha")
        await s.quiet()
        for member, words in enumerate(("a bad word", "a word")):
            said, relay = await s.relayed(words, s.mirror(alpha).id, member=7 + member)
            assert (relay.status, s.mark(said)) == (("approved", Mark.RELAYED) if approve else ("hold", Mark.HELD))


@MODES
@pytest.mark.parametrize("status", STATUSES)
async def test_what_moderators_put_away_while_its_answer_is_lost_stays_away(
    monkeypatch: pytest.MonkeyPatch, *, status: str, approve: bool
) -> None:
    """Also a member's very first comment, of whom nothing else tells that a moderator holds it."""
    async with scene(approve=approve) as s:
        alpha = s.comment("alpha")
        await s.quiet()
        write, statuses = s.blog.write, list[str]()

        async def lost(draft: Draft) -> Written:
            written = await write(draft)
            if not statuses:
                statuses.append(s.blog.comments[written.comment_id].status)
                s.blog.set_status(written.comment_id, status)
                raise Unanswered("The answer is lost.", doubt=Doubt.TURNED_AWAY)
            return written

        monkeypatch.setattr(s.blog, "write", lost)
        said = s.say("beta", s.mirror(alpha).id)
        await s.quiet()
        relay = s.relay(said)
        assert relay is not None
        assert (statuses, relay.status) == (["approved" if approve else "hold"], status)
        s.chat.member_edits(said, "gamma")
        await s.quiet()
        assert relay.status == status
