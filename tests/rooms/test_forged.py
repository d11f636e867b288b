"""Readers who claim a member's message: nothing of theirs is adopted, hidden, edited or taken away."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from bot.core.domain import Mark, MemberId, Millis, SubscriptionId
from bot.core.signing import Signer, message_of, unsigned_address
from bot.store.sqlite.store import SqliteStore
from bot.sync.signature import is_to_be_told, settle_signer
from tests.support.clock_and_faults import Clock, Fault
from tests.support.engine_shorthand import Scene, scene
from tests.support.fake_blog import BASE, StoredComment
from tests.support.fake_chat import CHANNEL, GUILD
from tests.support.signer import SECRET, SIGNER
from tests.support.subscribing import subscribe

MEMBER = 7
LOST = b"the secret of a key that is lost"
ANOTHERS = Signer((b"a reader's own invention",))
READERS = "eve@mail.example"
BEFORE = unsigned_address(MEMBER)

FORGED: dict[str, Callable[[str], tuple[str, str]]] = {
    "the name alone": lambda link: ("", READERS),
    "the link": lambda link: (message_of(link), READERS),
    "the link and the member's number": lambda link: (message_of(link), BEFORE),
    "the signed link": lambda link: (link, READERS),
    "the signed link and the member's number": lambda link: (link, BEFORE),
    "a guess of all": lambda link: (ANOTHERS.link(link), ANOTHERS.address(MEMBER)),
}
WHEN = ("before", "during", "after", "lost database", "before and lost database")


def forge(s: Scene, how: str, link: str, name: str, words: str = "my words") -> StoredComment:
    """As a reader would, in the member's name and with the member's words."""
    one = s.blog.comment(s.post, words, author=name)
    one.author_url, one.email = FORGED[how](link)
    return one


def ours(s: Scene, words: str) -> list[StoredComment]:
    """What stands on the blog for a member, in these words."""
    return [one for one in s.blog.comments.values() if SIGNER.made(one.email) and words in one.html]


@pytest.mark.parametrize("when", WHEN)
@pytest.mark.parametrize("how", FORGED)
async def test_a_readers_comment_stays_a_readers(how: str, when: str) -> None:
    async with scene() as s:
        root = s.comment("root")
        await s.quiet()
        _, earlier = await s.relayed("earlier", s.mirror(root).id, member=MEMBER)
        said = s.say("my words", s.mirror(root).id, member=MEMBER)
        link = SIGNER.link(s.chat.jump_url(s.world.guild, s.thread(), said))
        forged = forge(s, how, link, earlier.author) if when.startswith("before") else None
        if when in ("before", "during"):
            s.world.faults.arm("blog", Fault.SLOW, Fault.RESET_BEFORE if when == "before" else Fault.RESET_AFTER)
            await s.world.work(poll=False)
            assert s.mark(said) is not Mark.RELAYED, "its answer was lost"
        if when == "during":
            forged = forge(s, how, link, earlier.author)
        await s.quiet()
        if forged is None:
            forged = forge(s, how, link, earlier.author)
        if when.endswith("lost database"):
            await s.world.lose_database()
        await s.quiet()
        (mine,) = ours(s, "my words")
        assert mine.id != forged.id
        assert s.mark(said) is Mark.RELAYED
        (mirror,) = s.parts(forged)
        assert "my words" in mirror.text, "it is shown as any comment is"
        assert not s.parts(mine)
        s.chat.member_edits(said, "my other words")
        await s.quiet()
        assert (mine.html, forged.html) == ("my other words", "my words")
        s.chat.delete_messages(said)
        await s.quiet()
        assert (mine.status, forged.status, forged.html) == ("trash", "approved", "my words")
        assert len(s.parts(forged)) == 1


async def test_who_copies_a_signature_in_the_members_name_is_no_copy_where_nobody_is_told_the_sender() -> None:
    async with scene() as s:
        s.blog.tells_senders = False
        root = s.comment("root")
        await s.quiet()
        _, mine = await s.relayed("my words", s.mirror(root).id, member=MEMBER)
        forged = forge(s, "the signed link", mine.author_url, mine.author)
        await s.quiet()
        assert (mine.status, forged.status) == ("approved", "approved")


@pytest.mark.parametrize("how", FORGED)
async def test_who_claims_talk_among_members_stays_a_reader_with_a_lost_database(how: str) -> None:
    """There is no comment of the member's own, which would be preferred."""
    async with scene() as s:
        root = s.comment("root")
        await s.quiet()
        _, earlier = await s.relayed("earlier", s.mirror(root).id, member=MEMBER)
        said = s.say("talk among members", None, member=MEMBER)
        await s.quiet()
        link = message_of(s.chat.jump_url(s.world.guild, s.thread(), said))
        forged = forge(s, how, link, earlier.author, "look at me")
        await s.world.lose_database()
        await s.quiet()
        s.chat.member_edits(said, "more talk")
        await s.quiet()
        assert forged.html == "look at me"
        assert len(s.parts(forged)) == 1


@pytest.mark.parametrize("how", FORGED)
async def test_a_claim_that_is_younger_than_the_database_is_not_taken_for_an_old_relay(how: str) -> None:
    """The reader is faster than the bot, which begins anew and reads the thread; name and words are the member's."""
    async with scene() as s:
        root = s.comment("root")
        await s.quiet()
        _, earlier = await s.relayed("earlier", s.mirror(root).id, member=MEMBER)
        await s.world.die()
        said = s.say("my words", s.mirror(root).id, member=MEMBER)
        forged = forge(s, how, s.chat.jump_url(s.world.guild, s.thread(), said), earlier.author)
        await s.world.start()
        await s.world.engine.catch_up()
        await s.quiet()
        (mine,) = ours(s, "my words")
        assert mine.id != forged.id
        assert len(s.parts(forged)) == 1


def unsign(one: StoredComment) -> None:
    """As an earlier version wrote it."""
    one.author_url, one.email = message_of(one.author_url), BEFORE


async def test_an_unsigned_relay_is_known_again_with_a_lost_database_by_its_words_and_signed_when_edited() -> None:
    async with scene() as s:
        root = s.comment("root")
        await s.quiet()
        said, relay = await s.relayed("my words", s.mirror(root).id, member=MEMBER)
        unsign(relay)
        await s.world.lose_database()
        await s.quiet()
        assert not s.parts(relay), "it is known as the member's"
        s.chat.member_edits(said, "my other words")
        await s.quiet()
        assert relay.html == "my other words"
        assert SIGNER.signed(relay.author_url)
        assert SIGNER.is_of(relay.email, MEMBER)
        assert relay.email != BEFORE


async def test_after_a_key_was_lost_the_map_still_knows_what_it_signed() -> None:
    async with scene() as s:
        s.world.secrets = (LOST,)
        await s.world.die()
        await s.world.start()
        root = s.comment("root")
        await s.quiet()
        said, relay = await s.relayed("my words", s.mirror(root).id, member=MEMBER)
        assert not SIGNER.signed(relay.author_url)
        copied = forge(s, "the link", relay.author_url, relay.author)
        copied.author_url, copied.email = relay.author_url, relay.email
        s.world.secrets = (SECRET,)
        await s.world.die()
        await s.world.start()
        await s.quiet()
        assert (len(s.parts(relay)), len(s.parts(copied))) == (0, 1), "what is in no map is a reader's"
        s.chat.member_edits(said, "my other words")
        await s.quiet()
        assert (relay.html, copied.html) == ("my other words", "my words")
        assert SIGNER.signed(relay.author_url)
        s.chat.delete_messages(said)
        await s.quiet()
        assert (relay.status, copied.status) == ("trash", "approved")


async def test_a_key_behind_the_new_one_is_known_with_a_lost_database() -> None:
    async with scene() as s:
        root = s.comment("root")
        await s.quiet()
        said, relay = await s.relayed("my words", s.mirror(root).id, member=MEMBER)
        s.world.secrets = (b"the newest secret of them all", SECRET)
        await s.world.lose_database()
        await s.quiet()
        assert not s.parts(relay)
        s.chat.member_edits(said, "my other words")
        await s.quiet()
        assert relay.html == "my other words"
        assert not SIGNER.signed(relay.author_url), "the newest key signs"


async def test_what_a_database_notes_of_keys(tmp_path: Path) -> None:
    clock = Clock()
    store = await SqliteStore.open(tmp_path / "bot.sqlite3", clock)
    old, jump = unsigned_address(MemberId(MEMBER)), "https://discord.com/channels/1/2/3"

    async def settled(*secrets: bytes) -> Signer:
        return await settle_signer(store, secrets, clock())

    try:
        fresh = await settled(SECRET)
        assert not fresh.judge(jump, old, 1).relay_of, "a new database may stand for one that was lost"
        one = (await subscribe(store, BASE, CHANNEL, GUILD)).id
        assert not (await settled(SECRET)).judge(jump, old, 1).relay_of, "nor later"
        assert not await is_to_be_told(store, one)
        await settled(b"a newer one", SECRET)
        await settled(b"a newer one")
        assert not await is_to_be_told(store, one), "the newest was there all the time"
        await settled(LOST)
        await settled(LOST)
        assert [await is_to_be_told(store, one) for _ in range(2)] == [True, False]
        assert not await is_to_be_told(store, SubscriptionId(99))
    finally:
        await store.close()


async def test_a_database_that_has_served_before_has_unsigned_relays_of_until_now(tmp_path: Path) -> None:
    clock = Clock()
    store = await SqliteStore.open(tmp_path / "bot.sqlite3", clock)
    old, jump = unsigned_address(MemberId(MEMBER)), "https://discord.com/channels/1/2/3"
    try:
        await subscribe(store, BASE, CHANNEL, GUILD)
        began = clock()
        signer = await settle_signer(store, (SECRET,), began)
        clock.advance(100_000)
        again = await settle_signer(store, (SECRET,), clock())
        for one in (signer, again):
            assert one.judge(jump, old, began).relay_of == jump
            assert not one.judge(jump, old, Millis(began + 1)).relay_of
    finally:
        await store.close()
