"""The pages for people, held against what they speak of: files, links, commands, make's targets, the table of imports.

Does not judge prose, and asks nothing of the network. Settings are held in ``tests/rooms/test_config.py``.
"""

from __future__ import annotations

import importlib
import pkgutil
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from discord import app_commands
from discord.ext import commands

import cogs
from cogs.permitted import COMMANDS
from tests.support import import_table

ROOT = Path(__file__).parent.parent
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])

_LINK = re.compile(r"\]\(([^)\s]+)\)")
_ABROAD = re.compile(r"[a-z]+:", re.IGNORECASE)
_PATH = re.compile(r"(?<![\w./…-])((?:\.?[\w-]+/)+[\w.*-]*)")
_OURS = ("bot", "cogs", "tests", "docs", "migrations", ".ci", ".github")
_WINGS = {path.name for path in (ROOT / "bot").iterdir() if path.is_dir()}
"""Folders of ``bot/``: drawings name rooms without it."""
_ENDING = re.compile(r"\.(py|md|sql|toml|yml|png|php)$")


def _links(text: str) -> Iterator[str]:
    yield from (link for link in _LINK.findall(text) if not _ABROAD.match(link))


def _paths(text: str) -> Iterator[str]:
    """Names of files and folders of ours, and of anything with a source's ending; not what stands for a number."""
    for path in _PATH.findall(re.sub(r"\w+://\S+", " ", text)):
        named = path.rstrip(".")
        first = named.split("/")[0]
        if "NNNN" not in named and (first in _OURS or first in _WINGS or _ENDING.search(named)):
            yield named


def _anchors(page: Path) -> set[str]:
    headings = re.findall(r"^#+ (.*)$", page.read_text("utf-8"), flags=re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def _dead_links(page: Path, text: str) -> list[str]:
    dead = []
    for link in _links(text):
        name, _, anchor = link.partition("#")
        target = page.parent / name if name else page
        if not target.exists() or (anchor and target.suffix == ".md" and anchor not in _anchors(target)):
            dead.append(link)
    return dead


def _dead_paths(text: str) -> list[str]:
    return [path for path in _paths(text) if not _is_there(path.rstrip("/"))]


def _is_there(path: str) -> bool:
    if path.split("/")[0] in _WINGS:
        path = f"bot/{path}"
    return any(ROOT.glob(path)) or (path.startswith("bot/") and (ROOT / f"{path}.py").is_file())


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_what_a_page_names_is_there(page: Path) -> None:
    text = page.read_text("utf-8")
    assert _dead_links(page, text) == []
    assert _dead_paths(text) == []


def test_what_is_not_there_is_seen() -> None:
    page = ROOT / "README.md"
    assert _dead_links(page, "[a](LICENSE) [b](docs/none.md) [c](https://example.org/x.md)") == ["docs/none.md"]
    assert _dead_links(page, "[a](#set-it-up) [b](#nowhere) [c](README.md#nowhere)") == [
        "#nowhere",
        "README.md#nowhere",
    ]
    assert _dead_paths("`bot/app.py`, `tests/rooms/`, `bot/none.py`, see https://x.org/a/b.py") == ["bot/none.py"]
    assert _dead_paths("sync/mirroring/plan sync/hub.py sync/nowhere") == ["sync/nowhere"]
    assert _dead_paths("`nowhere/a.py` and data/x.sqlite3 and `docs/decisions/NNNN-title.md`") == ["nowhere/a.py"]


def test_the_house_shows_the_table_of_imports() -> None:
    assert import_table.written(import_table.PAGE.read_text("utf-8")) == import_table.table(), "run: make house"


def _cogs() -> set[type[commands.Cog]]:
    modules = [importlib.import_module(f"cogs.{module.name}") for module in pkgutil.iter_modules(cogs.__path__)]
    every = [one for module in modules for one in vars(module).values() if isinstance(one, type)]
    return {one for one in every if issubclass(one, commands.Cog) and one.__module__.startswith("cogs.")}


def _registered() -> set[str]:
    """Each slash command of the cogs, as it is typed."""
    found = set()
    for cog in _cogs():
        group = f"{cog.__cog_group_name__} " if issubclass(cog, commands.GroupCog) else ""
        found |= {f"/{group}{name}" for command in cog.__cog_app_commands__ for name in _named(command)}
    return found


def test_every_cog_is_put_into_the_bot() -> None:
    """Discord never hears of the commands of one that is forgotten, and no other test of words sees it."""
    composed = (ROOT / "bot" / "app.py").read_text("utf-8")
    assert {cog.__name__ for cog in _cogs() if f"{cog.__name__}(" not in composed} == set()


def _named(command: app_commands.Command[commands.Cog, ..., object] | app_commands.Group) -> Iterator[str]:
    if isinstance(command, app_commands.Group):
        yield from (f"{command.name} {name}" for inner in command.commands for name in _named(inner))
    else:
        yield command.name


def _documented() -> set[str]:
    """Each command in the first column of the README's table, without its options."""
    rows = re.findall(r"^\| (`/.*?) \|", (ROOT / "README.md").read_text("utf-8"), flags=re.MULTILINE)
    named = {name for row in rows for name in re.findall(r"`(/[^`]+)`", row)}
    registered = _registered()
    return {next((known for known in registered if f"{name} ".startswith(f"{known} ")), name) for name in named}


def test_the_readme_has_every_slash_command_and_no_other() -> None:
    assert _documented() == _registered()


def test_the_readme_says_whom_each_command_is_for() -> None:
    rows = re.findall(r"^\| (`/.*?) \| (\w+) \|", (ROOT / "README.md").read_text("utf-8"), flags=re.MULTILINE)
    said = {words: who for cell, who in rows for words in re.findall(r"`/([^`]+)`", cell)}
    assert said == {words: who.value for words, who in COMMANDS.items()}


def test_everything_that_is_prevented_names_a_test_that_is_there() -> None:
    """Each row about what somebody may not do, and each test that is named anywhere on the page."""
    page = (ROOT / "docs" / "security.md").read_text("utf-8")
    rows = [row.split(" | ") for row in re.findall(r"^\| (.*) \|$", page, flags=re.MULTILINE)]
    prevented = [row for row in rows if len(row) == 3 and row[0] != "may not" and not row[0].startswith("---")]
    assert len(prevented) > 10
    assert [row[0] for row in prevented if "`tests/" not in row[2]] == []
    named = set(re.findall(r"`(tests/[^`]*\.py)`", page))
    assert [path for path in sorted(named) if not (ROOT / path).is_file()] == []


def test_the_readme_counts_those_who_are_hostile() -> None:
    page = (ROOT / "README.md").read_text("utf-8")
    for kind in ("members", "blogs"):
        there = len(list((ROOT / "tests" / "data" / "hostile" / kind).glob("*.json")))
        assert re.search(rf"\| {there} {kind}\b", page), f"{there} {kind}"


def _targets() -> set[str]:
    return set(re.findall(r"^([a-z][a-z-]*):", (ROOT / "Makefile").read_text("utf-8"), flags=re.MULTILINE))


def test_contributing_has_every_target_of_make_and_no_other() -> None:
    named = set(re.findall(r"`make ([a-z-]+)`", (ROOT / "CONTRIBUTING.md").read_text("utf-8")))
    assert named == _targets()


def test_no_page_names_a_target_that_is_not_there() -> None:
    for page in PAGES:
        assert set(re.findall(r"`make ([a-z-]+)`", page.read_text("utf-8"))) <= _targets(), page


def test_the_long_runs_are_the_readmes() -> None:
    readme = (ROOT / "README.md").read_text("utf-8")
    rows = re.findall(r"^\| [^|]* \| `([^`]*pytest -s [^`]*)` \| [^|]* \|$", readme, re.MULTILINE)
    recipe = (ROOT / "Makefile").read_text("utf-8").partition("\nlong:")[2].partition("\n\n")[0]
    assert re.findall(r"^\t(.*)$", recipe.replace("$(PYTEST)", "pytest"), re.MULTILINE) == rows


def test_a_decision_has_its_parts_and_its_number() -> None:
    decisions = sorted((ROOT / "docs" / "decisions").glob("*.md"))
    assert [path.name[:4] for path in decisions] == [f"{number:04}" for number in range(1, len(decisions) + 1)]
    for path in decisions:
        headings = re.findall(r"^## (.*)$", path.read_text("utf-8"), flags=re.MULTILINE)
        assert headings == ["Context", "Decision", "Consequences"], path.name
