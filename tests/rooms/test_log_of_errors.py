"""What the log makes of errors: where they were raised and of what kind, and nothing that they quote."""

from __future__ import annotations

import asyncio
import gc
import io
import json
import logging
import os
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from typing import Any

import msgspec
import pytest

from bot.blog.wordpress.rejections import of_upload, of_write
from bot.blog.wordpress.rest import Rejected
from bot.watch.log import OneLine
from bot.watch.ways import way_to

WORD = "Gooseberry"


class Form(msgspec.Struct):
    """What JSON is read as."""

    number: int


@pytest.fixture
def log() -> Iterator[tuple[logging.Logger, io.StringIO]]:
    """A logger that writes as the bot's does."""
    written = io.StringIO()
    handler = logging.StreamHandler(written)
    handler.setFormatter(OneLine("%(levelname)s %(name)s: %(message)s"))
    logger = logging.getLogger("asyncio")
    logger.addHandler(handler)
    yield logger, written
    logger.removeHandler(handler)


def raised(do: Callable[[], Any]) -> Exception:
    try:
        do()
    except Exception as error:
        return error
    raise AssertionError("nothing was raised")


def in_a_chain() -> None:
    try:
        int(WORD)
    except ValueError as error:
        raise KeyError(WORD) from error


def while_handling() -> None:
    try:
        json.loads(f'{{"{WORD}": ')
    except ValueError:
        raise LookupError(WORD)  # noqa: B904 - as it happens


def in_a_group() -> None:
    raise ExceptionGroup(WORD, [ValueError(WORD), ExceptionGroup(WORD, [raised(in_a_chain)])])


def with_a_note() -> None:
    error = ValueError("plain")
    error.add_note(WORD)
    raise error


@pytest.mark.parametrize(
    "do",
    [
        lambda: int(WORD),
        lambda: dict[str, str]()[WORD],
        lambda: WORD.encode().decode("utf-16-le").encode("ascii"),
        lambda: msgspec.json.decode(f'{{"number": "{WORD}", "{WORD}": 1}}', type=Form),
        lambda: msgspec.convert({"number": WORD}, Form),
        in_a_chain,
        while_handling,
        in_a_group,
        with_a_note,
    ],
)
def test_the_way_to_an_error_quotes_nothing_of_it(do: Callable[[], Any]) -> None:
    error = raised(do)
    written = way_to(error)
    assert WORD not in written
    assert "Traceback (most recent call last):" in written
    assert "test_log_of_errors.py" in written
    assert written.endswith(type(error).__name__) or isinstance(error, ExceptionGroup)


def test_the_errors_before_an_error_and_in_a_group_are_named_in_order() -> None:
    names = [line for line in way_to(raised(in_a_group)).splitlines() if line.isidentifier()]
    assert names == ["ExceptionGroup", "ValueError", "ExceptionGroup", "ValueError", "KeyError"]


def test_what_the_system_and_the_database_say_stays() -> None:
    def ask() -> None:
        sqlite3.connect(":memory:").execute("SELECT missing")

    assert way_to(raised(ask)).endswith("sqlite3.OperationalError: no such column: missing")
    gone = way_to(raised(lambda: os.stat("/nowhere/Gooseberry")))
    assert gone.endswith("FileNotFoundError: 2 No such file or directory")


def test_an_error_that_leads_back_to_itself_is_written_once() -> None:
    error = ValueError(WORD)
    error.__cause__ = KeyError(WORD)
    error.__cause__.__cause__ = error
    assert way_to(error).count("ValueError") == 1


async def test_a_task_that_nobody_asked_about_is_told_of_without_what_it_met(
    log: tuple[logging.Logger, io.StringIO],
) -> None:
    async def fail() -> None:
        raise ValueError(WORD)

    task = asyncio.create_task(fail(), name="errand")
    await asyncio.wait([task])
    del task
    gc.collect()
    written = log[1].getvalue()
    assert written.startswith("ERROR asyncio: Task exception was never retrieved\nTraceback")
    assert written.endswith("ValueError\n")
    assert WORD not in written


ENDINGS = {
    "the process": "raise ValueError('{word}')",
    "a thread": "t = threading.Thread(target=lambda: int('{word}')); t.start(); t.join()",
    "a tidying up": "type('Kept', (), {{'__del__': lambda self: int('{word}')}})()",
}


@pytest.mark.parametrize("what", ENDINGS)
def test_what_ends_unforeseen_is_written_as_everything_else(what: str) -> None:
    program = "import threading\nfrom bot.watch.log import set_up\nset_up('debug')\n" + ENDINGS[what].format(word=WORD)
    done = subprocess.run([sys.executable, "-"], input=program, capture_output=True, text=True, check=False)
    assert f"CRITICAL bot.watch.log: unforeseen: it ends {what}: ValueError\nTraceback" in done.stderr
    assert WORD not in done.stderr
    assert done.returncode == (1 if what == "the process" else 0)


@pytest.mark.parametrize(("level", "ours"), [("debug", 2), ("info", 1), ("warning", 0)])
def test_below_info_nobody_writes_but_us(level: str, ours: int) -> None:
    program = f"""
import logging
from bot.watch.log import set_up
set_up({level!r})
for name in ("bot.sync.hub", "aiosqlite", "discord.http", "asyncio", "a.library.of.tomorrow"):
    logging.getLogger(name).debug("low")
    logging.getLogger(name).info("high")
"""
    done = subprocess.run([sys.executable, "-"], input=program, capture_output=True, text=True, check=True)
    lines = done.stderr.splitlines()
    assert len([line for line in lines if "bot.sync.hub" in line]) == ours
    assert [line for line in lines if line.endswith("low") and "bot.sync.hub" not in line] == []
    assert len([line for line in lines if line.endswith("high") and "library" in line]) == min(ours, 1)


@pytest.mark.parametrize("status", [400, 403, 500])
@pytest.mark.parametrize("code", ["rest_cannot_create", "a plugin says Gooseberry", ""])
def test_a_blog_that_quotes_what_it_turns_away_is_not_quoted(status: int, code: str) -> None:
    """Its reason goes into the log; what a blog said to a message is told to the message's author alone."""
    rejected = Rejected(status, code, f"No {WORD} here.")
    for error in (of_write(rejected), of_upload(rejected)):
        assert WORD not in error.reason
        assert str(status) in error.reason
