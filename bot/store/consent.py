"""Keeps members' words on whether what they write crosses in a small file, so that they outlive the database beside it.

Holds numbers and moments, nobody's name. Decides nothing about messages, and never replaces what it could not read.
"""

from __future__ import annotations

import asyncio
import logging
import os
import threading
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import msgspec

from bot.core.domain import GuildId, MemberId, MessageId, Millis
from bot.core.errors import StartupError
from bot.store.private import open_private, tighten, write_whole

log = logging.getLogger(__name__)

ENDING = ".consent"
VERSION = 1

_Id = Annotated[int, msgspec.Meta(ge=1, le=2**63 - 1)]
_Moment = Annotated[int, msgspec.Meta(ge=0, le=2**53)]


@dataclass(frozen=True, slots=True)
class Word:
    """A member's word on a server. ``stays_until``: what was written up to this id stays; None: all, it is *off*."""

    guild: GuildId
    member: MemberId
    stays_until: MessageId | None
    said_at: Millis

    @property
    def is_off(self) -> bool:
        """Whether what the member writes now stays in Discord."""
        return self.stays_until is None

    @property
    def weight(self) -> tuple[int, bool, int]:
        """By which the newer of two is told; of two of one moment the more careful holds."""
        return self.said_at, self.is_off, self.stays_until or 0


class _Head(msgspec.Struct, forbid_unknown_fields=True):
    """The first line. ``since``: when the file was begun with all that the database knew; ``words``: lines below."""

    consent: int
    since: _Moment
    words: int


class _Line(msgspec.Struct, forbid_unknown_fields=True):
    guild: _Id
    member: _Id
    word: str
    since: _Moment
    stays_until: _Id | None = None

    def value(self) -> Word | None:
        if (self.stays_until is None) != (self.word == "off") or self.word not in ("off", "on"):
            return None
        until = None if self.stays_until is None else MessageId(self.stays_until)
        return Word(GuildId(self.guild), MemberId(self.member), until, Millis(self.since))


class ConsentFile:
    """All words of one installation. ``since``: from when on none lacks here, whatever becomes of the database.

    Made by ``open``. What cannot be written now is written with the next word, or at the next start.
    """

    def __init__(self, path: Path, words: Iterable[Word], since: Millis, *, written: bool) -> None:
        self._path = path
        self._words = {(one.guild, one.member): one for one in words}
        self.since = since
        self._is_written = written
        self._writing = threading.Lock()

    @classmethod
    def open(cls, database: Path, now: Millis) -> ConsentFile:
        """Read the file beside a database; a damaged one is kept aside, and of it only words of *off* are taken.

        Blocks. Raises StartupError where there is one that cannot be read, or not be put aside.
        """
        path = beside(database)
        try:
            content = _read(path)
            if content is None:
                return cls(path, (), now, written=False)
            since, words = _parsed(content)
            if since is not None:
                return cls(path, words, since, written=True)
            aside = _put_aside(path)
        except OSError as error:
            raise StartupError(
                f"The file {path}, which keeps who said /relay off, cannot be read or put aside ({error.strerror}); "
                "give it to the bot's user, or move it away."
            ) from error
        careful = [one for one in words if one.is_off]
        log.warning(
            "The file %s, which keeps who said /relay off, is damaged. It is kept as %s, and made anew from the "
            "database and from %d words of off that could still be read. Where the database was lost as well, others "
            "have to be said again.",
            path,
            aside,
            len(careful),
        )
        return cls(path, careful, now, written=False)

    def word(self, guild: GuildId, member: MemberId) -> Word | None:
        """The word that is kept of a member on a server."""
        return self._words.get((guild, member))

    def next_moment(self, guild: GuildId, member: MemberId, now: Millis) -> Millis:
        """A moment for a member's next word: after that of the last one, even where the clock was set back."""
        known = self.word(guild, member)
        return now if known is None else Millis(max(now, known.said_at + 1))

    def settle(self, known: Iterable[Word], now: Millis) -> tuple[Word, ...]:
        """Take over what the database knows; the newer word holds. -> those that the database lacks, or has older."""
        there = {(one.guild, one.member): one for one in known}
        lacking = []
        for key in {**there, **self._words}:
            both = [one for one in (there.get(key), self._words.get(key)) if one is not None]
            newest = max(both, key=lambda one: one.weight)
            if not newest.said_at:
                newest = Word(newest.guild, newest.member, newest.stays_until, now)
            if newest != self._words.get(key):
                self._words[key] = newest
                self._is_written = False
            if newest != there.get(key):
                lacking.append(newest)
        return tuple(lacking)

    async def keep(self, *words: Word) -> None:
        """Note words, and write all of them where the file has not got them. Raises nothing: it warns."""
        for word in words:
            if self.word(word.guild, word.member) != word:
                self._words[word.guild, word.member] = word
                self._is_written = False
        if not self._is_written:
            await asyncio.to_thread(self._write)

    def _write(self) -> None:
        with self._writing:  # what is written last is what is known last, whoever was cancelled meanwhile
            words = list(self._words.values())
            try:
                write_whole(self._path, _text(words, self.since))
            except OSError as error:
                self._is_written = False
                log.warning(
                    "The file %s, which keeps who said /relay off, cannot be written (%s). The database knows it; were "
                    "that lost now, what was said since would have to be said again.",
                    self._path,
                    error.strerror,
                )
            else:
                self._is_written = words == list(self._words.values())


def beside(database: Path) -> Path:
    """Where the words are kept: not under the database's whole name, with which its own files are moved away."""
    if database.suffix in ("", ENDING):
        return database.with_name(database.name + ENDING)
    return database.with_suffix(ENDING)


def _read(path: Path) -> bytes | None:
    try:
        descriptor = open_private(path, os.O_RDONLY)
    except FileNotFoundError:
        return None
    with os.fdopen(descriptor, "rb") as file:
        if tighten(descriptor):
            log.warning("The file %s could be read by others than its owner; its mode is set to 0600 now.", path)
        return file.read()


def _parsed(content: bytes) -> tuple[Millis | None, Sequence[Word]]:
    """Since when, and the words; None for a file that is not whole, with such words as can be read."""
    first, *lines = content.split(b"\n")
    words, whole = [], content.endswith(b"\n")
    for line in lines:
        if line:
            word = _word(line)
            words += [word] if word is not None else []
            whole = whole and word is not None
    try:
        head = msgspec.json.decode(first, type=_Head)
    except (msgspec.MsgspecError, RecursionError):
        return None, words
    whole = whole and head.consent == VERSION and head.words == len(words)
    return Millis(head.since) if whole else None, words


def _word(line: bytes) -> Word | None:
    try:
        return msgspec.json.decode(line, type=_Line).value()
    except (msgspec.MsgspecError, RecursionError):
        return None


def _text(words: Sequence[Word], since: Millis) -> bytes:
    head = _Head(VERSION, since, len(words))
    lines = [_Line(one.guild, one.member, "off" if one.is_off else "on", one.said_at, one.stays_until) for one in words]
    return b"".join(msgspec.json.encode(line) + b"\n" for line in (head, *lines))


def _put_aside(path: Path) -> Path:
    """Under a name of its own: what was put aside before stays."""
    number = 1
    while (aside := path.with_name(f"{path.name}.damaged-{number}")).exists() or aside.is_symlink():
        number += 1
    path.rename(aside)
    return aside
