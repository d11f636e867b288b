"""Plants mutants in a copy of the project, one at a time, and runs the tests that ought to notice. Prints who noticed.

Touches the working tree nowhere, and does not look for mutants: they are written in ``tests/support/mutants.py``.
``ONLY`` takes those alone whose sentence or file has these words.
"""

from __future__ import annotations

import asyncio
import os
import re
import shutil
import sys
import time
from enum import IntEnum
from importlib.util import cache_from_source
from pathlib import Path

import pytest

from tests.support.mutants import MUTANTS, Mutant

ROOT = Path(__file__).parents[2]
NEEDED = ("bot", "cogs", "docs", "tests", "migrations", "pyproject.toml")
ONLY = os.environ.get("ONLY", "")
CHOSEN = tuple(one for one in MUTANTS if ONLY in one.breaks or ONLY in one.file)

AT_ONCE = int(os.environ.get("AT_ONCE", "2"))
"""Copies that tests run in side by side."""

MOST_SECONDS = 60.0
"""For the tests of one mutant: those that are named here are to be few."""


class Ended(IntEnum):
    """How tests end; any other number of pytest's says that it could not run what it was given."""

    PASSED = 0
    FAILED = 1
    TOO_LONG = -1


# A file that cannot be read at all fails without the name of a test.
_FAILURE = re.compile(r"^(?:FAILED|ERROR) \S*?(\w+\.py)(?:::\w+)*::(\w+)", re.MULTILINE)


async def test_each_mutant_is_killed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Where no mutant is planted, the same tests pass: else their failing would say nothing."""
    copies: asyncio.Queue[Path] = asyncio.Queue()
    try:
        for number in range(AT_ONCE):
            copies.put_nowait(copy_to(tmp_path / str(number)))
        await pass_unchanged(copies)
        with capsys.disabled():
            print()
            async with asyncio.TaskGroup() as tasks:
                found = [tasks.create_task(verdict_on(one, copies)) for one in CHOSEN]
            killed = sum(one.result() for one in found)
            print(f"{len(CHOSEN)} mutants, {killed} killed")
    finally:
        shutil.rmtree(tmp_path, ignore_errors=True)
    assert killed == len(CHOSEN), "each mutant that survives is a test that is missing"


def copy_to(where: Path) -> Path:
    """What the tests of rooms and contracts need."""
    where.mkdir()
    for name in NEEDED:
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, where / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy2(ROOT / name, where / name)
    return where


async def pass_unchanged(copies: asyncio.Queue[Path]) -> None:
    async def passes(tests: str) -> None:
        copy = await copies.get()
        try:
            ended, said = await run(copy, tests)
            assert ended == Ended.PASSED, f"without a mutant, {tests}:\n{said}"
        finally:
            copies.put_nowait(copy)

    async with asyncio.TaskGroup() as tasks:
        for tests in dict.fromkeys(one.tests for one in CHOSEN):
            tasks.create_task(passes(tests))


async def verdict_on(mutant: Mutant, copies: asyncio.Queue[Path]) -> bool:
    """Whether a test has noticed, once that was printed."""
    copy, begun = await copies.get(), time.monotonic()
    try:
        ended, said = await run_mutated(copy, mutant)
    finally:
        copies.put_nowait(copy)
    by = dict.fromkeys(f"{file}::{test}" for file, test in _FAILURE.findall(said))
    match ended:
        case Ended.PASSED:
            verdict = f"SURVIVED {mutant.tests}"
        case Ended.FAILED if by:
            verdict = f"killed by {', '.join(by)}"
        case _:
            verdict = f"NOT TOLD by {mutant.tests}, which end with {ended}:\n{said[-2000:]}"
    print(f"{mutant.breaks} ({mutant.file}): {verdict}, {time.monotonic() - begun:.0f} s", flush=True)
    return ended == Ended.FAILED and bool(by)


async def run_mutated(copy: Path, mutant: Mutant) -> tuple[int, str]:
    file = copy / mutant.file
    text = file.read_text("utf-8")
    assert text.count(mutant.text) == 1, f"{mutant.breaks}: its text does not stand once in {mutant.file}"
    write(file, text.replace(mutant.text, mutant.instead))
    try:
        return await run(copy, mutant.tests)
    finally:
        write(file, text)


def write(file: Path, text: str) -> None:
    """What was compiled of it before goes: Python looks at whole seconds and at the size."""
    file.write_text(text, "utf-8")
    Path(cache_from_source(str(file))).unlink(missing_ok=True)


async def run(copy: Path, tests: str) -> tuple[int, str]:
    """How the tests ended in the copy, and what pytest said."""
    given = tests.replace("\\ ", "\0").split()
    arguments = (one.replace("\0", " ") for one in given)
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "pytest", "-x", "-p", "no:cacheprovider", *arguments),
        cwd=copy,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    try:
        async with asyncio.timeout(MOST_SECONDS):
            said, _ = await process.communicate()
    except TimeoutError:
        return Ended.TOO_LONG, "They take too long: name fewer."
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    return process.returncode or Ended.PASSED, said.decode("utf-8", "replace")
