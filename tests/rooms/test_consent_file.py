"""Members' words outlive the database: lost, put back to a backup, or with a file beside it that is gone or damaged."""

from __future__ import annotations

import logging
import os
import shutil
import stat
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from bot.core.domain import GuildId, MemberId, MessageId, Millis
from bot.core.errors import StartupError
from bot.store.consent import ConsentFile, Word, beside
from bot.store.sqlite.store import SqliteStore
from tests.support.clock_and_faults import Clock
from tests.support.engine_shorthand import Scene, scene

HERE, ELSEWHERE = GuildId(5), GuildId(6)
ANN, BEN = MemberId(7), MemberId(8)


class Kept:
    """A database in a folder, with what is beside it."""

    def __init__(self, folder: Path) -> None:
        self.clock = Clock()
        self.database = folder / "bot.sqlite3"
        self.file = folder / "bot.consent"

    @asynccontextmanager
    async def open(self) -> AsyncIterator[SqliteStore]:
        self.clock.advance(1000)
        store = await SqliteStore.open(self.database, self.clock)
        try:
            yield store
        finally:
            await store.close()

    def lose(self) -> None:
        for one in self.database.parent.glob("bot.sqlite3*"):
            one.unlink()

    def copied(self, name: str) -> Path:
        return Path(shutil.copy(self.database, self.database.with_name(name)))

    def put_back(self, copy: Path) -> None:
        self.lose()
        shutil.copy(copy, self.database)


@pytest.fixture
def kept(tmp_path: Path) -> Kept:
    return Kept(tmp_path)


async def off(store: SqliteStore, member: MemberId = ANN) -> bool:
    return await store.opted_out(HERE, member)


async def test_a_word_outlives_a_lost_database_on_its_server_alone(kept: Kept) -> None:
    async with kept.open() as store:
        await store.opt_out(HERE, ANN)
    kept.lose()
    async with kept.open() as store:
        assert await off(store)
        assert not await off(store, BEN)
        assert not await store.opted_out(ELSEWHERE, ANN)


async def test_what_was_written_before_a_word_of_on_stays_after_a_loss(kept: Kept) -> None:
    async with kept.open() as store:
        await store.opt_out(HERE, ANN)
        await store.opt_in(HERE, ANN, after=MessageId(600))
    kept.lose()
    async with kept.open() as store:
        assert not await off(store)
        assert await store.opt_out(HERE, ANN) == 0
    words = kept.file.read_text()
    assert '"stays_until":null' in words.splitlines()[1]


@pytest.mark.parametrize("last", ["off", "on"])
async def test_of_an_older_database_and_the_file_the_newer_word_holds(kept: Kept, last: str) -> None:
    async with kept.open() as store:
        await store.opt_out(HERE, ANN)
        if last == "off":
            await store.opt_in(HERE, ANN, after=MessageId(600))
    backup = kept.copied("backup")
    async with kept.open() as store:
        if last == "off":
            await store.opt_out(HERE, ANN)
        else:
            await store.opt_in(HERE, ANN, after=MessageId(700))
    kept.put_back(backup)
    async with kept.open() as store:
        assert await off(store) == (last == "off")


@pytest.mark.parametrize("last", ["off", "on"])
async def test_of_an_older_file_and_the_database_the_newer_word_holds(kept: Kept, last: str) -> None:
    async with kept.open() as store:
        await store.opt_out(HERE, ANN)
        if last == "off":
            await store.opt_in(HERE, ANN, after=MessageId(600))
    older = kept.file.read_bytes()
    async with kept.open() as store:
        if last == "off":
            await store.opt_out(HERE, ANN)
        else:
            await store.opt_in(HERE, ANN, after=MessageId(700))
    newer = kept.file.read_bytes()
    kept.file.write_bytes(older)
    async with kept.open() as store:
        assert await off(store) == (last == "off")
    assert kept.file.read_bytes() == newer


async def test_a_clock_that_was_set_back_makes_no_word_older(kept: Kept) -> None:
    async with kept.open() as store:
        await store.opt_out(HERE, ANN)
        kept.clock.advance(-500)
        await store.opt_in(HERE, ANN, after=MessageId(600))
    kept.lose()
    async with kept.open() as store:
        assert not await off(store)


async def test_a_file_that_is_gone_is_made_from_the_database(kept: Kept) -> None:
    async with kept.open() as store:
        await store.opt_out(HERE, ANN)
        began = await store.words_kept_since()
    kept.file.unlink()
    async with kept.open() as store:
        assert await off(store)
        assert await store.words_kept_since() > began
    kept.lose()
    async with kept.open() as store:
        assert await off(store)


async def test_words_of_a_database_from_before_the_file_get_a_moment_at_the_first_start(kept: Kept) -> None:
    async with kept.open() as store:
        await store.opt_out(HERE, ANN)
        async with store.database.transaction() as tx:
            await tx.execute_fetchall("UPDATE members SET said_at = 0")
    kept.file.unlink()
    backup = kept.copied("backup")
    async with kept.open() as store:
        assert await off(store)
        await store.opt_in(HERE, ANN, after=MessageId(600))
    kept.put_back(backup)
    async with kept.open() as store:
        assert not await off(store)


ON = b'{"guild":5,"member":8,"word":"on","since":9,"stays_until":600}\n'
OFF = b'{"guild":5,"member":7,"word":"off","since":9,"stays_until":null}\n'
DAMAGED = {
    "empty": b"",
    "cut": b'{"consent":1,"since":9,"words":2}\n' + OFF,
    "cut in a line": b'{"consent":1,"since":9,"words":2}\n' + OFF + ON[:20],
    "without its head": OFF + OFF,
    "noise": b'{"consent":1,"since":9,"words":2}\n' + OFF + b"\xff\x00noise\n",
    "a word that is none": b'{"consent":1,"since":9,"words":2}\n' + OFF + ON.replace(b'"on"', b'"perhaps"'),
    "off, until": b'{"consent":1,"since":9,"words":2}\n' + OFF + ON.replace(b'"on"', b'"off"'),
    "a number that is none": b'{"consent":1,"since":9,"words":2}\n' + OFF + ON.replace(b"600", b"-1"),
    "deep": b'{"consent":1,"since":9,"words":2}\n' + OFF + b"[" * 100_000 + b"\n",
    "of another version": b'{"consent":2,"since":9,"words":1}\n' + OFF,
}


@pytest.mark.parametrize("content", DAMAGED.values(), ids=DAMAGED)
async def test_a_damaged_file_is_warned_of_once_and_kept_aside(
    kept: Kept, content: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    async with kept.open() as store:
        await store.opt_out(HERE, BEN)
    for number in (1, 2):
        kept.file.write_bytes(content)
        caplog.clear()
        async with kept.open() as store:
            assert await off(store, BEN)
        (warned,) = [one.getMessage() for one in caplog.records if one.levelno >= logging.WARNING]
        aside = kept.file.with_name(f"bot.consent.damaged-{number}")
        assert str(aside) in warned
        assert aside.read_bytes() == content
    caplog.clear()
    async with kept.open() as store:
        assert await off(store, BEN)
    assert not [one for one in caplog.records if one.levelno >= logging.WARNING]


async def test_of_a_damaged_file_only_words_of_off_are_taken(kept: Kept) -> None:
    kept.file.write_bytes(b'{"consent":1,"since":9,"words":9}\n' + OFF + ON)
    async with kept.open() as store:
        assert await off(store)
        async with store.database.reading() as tx:
            assert [tuple(one) for one in await tx.execute_fetchall("SELECT member_id FROM members")] == [(ANN,)]


@pytest.mark.parametrize("how", ["a link", "a folder"])
async def test_what_cannot_be_read_is_not_replaced(kept: Kept, how: str) -> None:
    if how == "a link":
        kept.file.symlink_to(kept.file.with_name("elsewhere"))
    else:
        kept.file.mkdir()
    with pytest.raises(StartupError, match="/relay off"):
        await SqliteStore.open(kept.database, kept.clock)
    assert kept.file.is_symlink() or kept.file.is_dir()
    kept.file.unlink() if how == "a link" else kept.file.rmdir()
    async with kept.open() as store:  # nothing holds the database
        assert not await off(store)


async def test_the_file_is_its_owners_alone_and_says_no_more_than_numbers(kept: Kept) -> None:
    before = os.umask(0o000)
    try:
        async with kept.open() as store:
            await store.opt_out(HERE, ANN)
            kept.file.chmod(0o644)
            await store.opt_in(HERE, ANN, after=MessageId(600))
            assert stat.S_IMODE(kept.file.stat().st_mode) == 0o600
            kept.file.chmod(0o644)
    finally:
        os.umask(before)
    async with kept.open():
        assert stat.S_IMODE(kept.file.stat().st_mode) == 0o600
    assert sorted(one.name for one in kept.file.parent.iterdir()) == ["bot.consent", "bot.sqlite3", "bot.sqlite3.lock"]


async def test_a_word_holds_though_the_file_cannot_be_written(kept: Kept, caplog: pytest.LogCaptureFixture) -> None:
    async with kept.open() as store:
        kept.file.with_name("bot.consent.new").mkdir()  # in the way of what is to become the file
        assert await store.opt_out(HERE, ANN) == 0
        assert await off(store)
        assert "cannot be written" in caplog.text
        kept.file.with_name("bot.consent.new").rmdir()
        await store.opt_out(HERE, BEN)
    kept.lose()
    async with kept.open() as store:
        assert await off(store)
        assert await off(store, BEN)


async def test_a_word_that_was_cut_off_is_the_careful_one(kept: Kept, monkeypatch: pytest.MonkeyPatch) -> None:
    """Off stands in the file before the database has it; on stands there after the database has."""
    async with kept.open() as store:
        with monkeypatch.context() as broken:
            broken.setattr(store, "_say", _cut)
            with pytest.raises(Cut):
                await store.opt_out(HERE, ANN)
    async with kept.open() as store:
        assert await off(store)
        with monkeypatch.context() as broken:
            broken.setattr(ConsentFile, "keep", _cut)
            with pytest.raises(Cut):
                await store.opt_in(HERE, ANN, after=MessageId(600))
    kept.lose()
    async with kept.open() as store:
        assert await off(store)


async def test_on_is_heard_after_an_off_that_the_database_did_not_take(
    kept: Kept, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with kept.open() as store:
        with monkeypatch.context() as broken:
            broken.setattr(store, "_say", _cut)
            with pytest.raises(Cut):
                await store.opt_out(HERE, ANN)
        await store.opt_in(HERE, ANN, after=MessageId(600))
    async with kept.open() as store:
        assert not await off(store)


class Cut(Exception):
    """The end of the process, at one moment."""


async def _cut(*_: object) -> None:
    raise Cut


def test_of_two_words_of_one_moment_the_careful_one_holds(tmp_path: Path) -> None:
    said, no = Word(HERE, ANN, MessageId(600), Millis(5)), Word(HERE, ANN, None, Millis(5))
    for first, second in ((said, no), (no, said)):
        file = ConsentFile(tmp_path / "x", [first], Millis(0), written=True)
        file.settle([second], Millis(9))
        assert file.word(HERE, ANN) == no


@pytest.mark.parametrize(
    ("database", "expected"),
    [
        ("data/commonthread.sqlite3", "data/commonthread.consent"),
        ("x", "x.consent"),
        ("a.consent", "a.consent.consent"),
    ],
)
def test_the_file_is_not_the_database_nor_goes_with_its_files(database: str, expected: str) -> None:
    assert beside(Path(database)) == Path(expected)


# ---------------------------------------------------------------- with all that hangs on it


async def spoken(s: Scene) -> MessageId:
    """A comment, and its mirror."""
    alpha = s.comment("alpha")
    await s.quiet()
    return s.mirror(alpha).id


async def test_nothing_crosses_after_a_lost_database_and_moderators_are_asked_for_no_more() -> None:
    async with scene() as s:
        mirror = await spoken(s)
        await s.opt_out()
        s.world.clock.advance(1000)
        await s.world.lose_database()
        await s.quiet()
        s.world.clock.advance(60_000)
        kept, others = s.say("not for the blog", mirror), s.say("for the blog", mirror, member=8)
        await s.quiet()
        assert s.relay(kept) is None
        assert s.relay(others) is not None
        (told,) = [text for text in s.chat.heard if "Found again" in text]
        assert "say it again" not in told


@pytest.mark.parametrize("again", [False, True], ids=["at once", "after another start"])
async def test_moderators_are_told_that_it_has_to_be_said_again_where_the_file_is_gone_too(*, again: bool) -> None:
    async with scene() as s:
        await spoken(s)
        await s.opt_out()
        s.world.clock.advance(1000)
        await s.world.die()
        (s.world.folder / "bot.consent").unlink()
        await s.world.lose_database()
        if again:
            await s.world.die()
            s.world.clock.advance(60_000)
            await s.world.start()
        await s.quiet()
        (told,) = [text for text in s.chat.heard if "Found again" in text]
        assert "say it again" in told


async def test_what_waited_in_a_backup_of_who_said_off_since_goes_nowhere() -> None:
    async with scene() as s:
        mirror = await spoken(s)
        s.world.blog.down = True
        waits = s.say("waits", mirror)
        await s.world.work(poll=False)
        kept = await s.world.backup()
        s.world.clock.advance(1000)
        assert await s.opt_out() == 1
        await s.world.lose_database(put_back=kept)
        (place, *_) = await s.world.places()
        assert not await s.world.store.pending_writes(place), "it waits no more"
        s.world.blog.down = False
        await s.quiet()
        assert s.relay(waits) is None
        assert s.mark(waits) is None
