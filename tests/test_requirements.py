"""What is imported is declared, what is declared is pinned, and what is installed is known by its hash.

Asks no registry: `make lock` does, when it writes the lists that are held against pyproject.toml here.
"""

from __future__ import annotations

import ast
import re
import sys
import tomllib
from collections.abc import Iterator
from importlib.metadata import packages_distributions
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[1]
PROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
DEPENDENCIES: list[str] = PROJECT["project"]["dependencies"]
FOR_TESTS: list[str] = PROJECT["project"]["optional-dependencies"]["test"]
BUILDS: list[str] = PROJECT["build-system"]["requires"]
OURS = {"bot", "cogs", "tests"}
ADVICE = "pyproject.toml and requirements/ differ: run `make lock`"

_PIN = re.compile(r"([A-Za-z0-9._-]+)==([\w.]+)")
_LOCKED = re.compile(r"([a-z0-9-]+)==([\w.]+)((?: ; [^\\\n]+)?)((?: \\\n {4}--hash=sha256:[0-9a-f]{64})+)")


def normal(name: str) -> str:
    """A package's name in one spelling."""
    return re.sub(r"[-_.]+", "-", name).lower()


def pins(declared: list[str]) -> dict[str, str]:
    """Name -> version of what is declared."""
    found = {one: _PIN.fullmatch(one) for one in declared}
    assert all(found.values()), f"not pinned to one version: {[one for one, match in found.items() if not match]}"
    return {normal(match[1]): match[2] for match in found.values() if match}


def locked(name: str) -> dict[str, set[str]]:
    """Name -> versions that a list of requirements has; what it says of a package, it has said with hashes."""
    text = (ROOT / "requirements" / name).read_text("utf-8")
    lines = [line for line in text.splitlines() if line and not line.lstrip().startswith("#")]
    assert lines[0] == "--only-binary :all:", "what is built on the spot fetches what no hash is known of"
    found: dict[str, set[str]] = {}
    said = 1
    for match in _LOCKED.finditer("\n".join(lines)):
        found.setdefault(match[1], set()).add(match[2])
        said += 1 + match[4].count("\n")
    assert said == len(lines), "a line that is neither a pin with its hashes nor known"
    return found


def imports(folder: str) -> Iterator[tuple[str, str]]:
    """Each file of a folder of ours with the top name of each module of others' that it imports, wherever it does."""
    for file in sorted((ROOT / folder).rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            names = [one.name for one in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom) and not node.level:
                names.append(node.module or "")
            for name in {one.partition(".")[0] for one in names} - OURS - sys.stdlib_module_names:
                yield str(file.relative_to(ROOT)), name


@pytest.mark.parametrize(
    ("folder", "declared"), [("bot", DEPENDENCIES), ("cogs", DEPENDENCIES), ("tests", DEPENDENCIES + FOR_TESTS)]
)
def test_each_package_that_is_imported_is_declared(folder: str, declared: list[str]) -> None:
    known, provided = set(pins(declared)), packages_distributions()
    undeclared = {
        f"{file} imports {name}"
        for file, name in imports(folder)
        if not {normal(one) for one in provided.get(name, [name])} & known
    }
    assert not undeclared, "put it into pyproject.toml, then run `make lock`"


def test_each_package_that_the_bot_declares_is_imported() -> None:
    provided = packages_distributions()
    used = {normal(one) for folder in ("bot", "cogs") for _, name in imports(folder) for one in provided.get(name, ())}
    assert set(pins(DEPENDENCIES)) <= used


@pytest.mark.parametrize(
    ("name", "declared"), [("bot.txt", DEPENDENCIES + BUILDS), ("test.txt", DEPENDENCIES + BUILDS + FOR_TESTS)]
)
def test_what_is_installed_is_what_is_declared(name: str, declared: list[str]) -> None:
    found = locked(name)
    assert {one: {version} for one, version in pins(declared).items()}.items() <= found.items(), ADVICE


def test_tests_run_on_what_the_bot_runs_on() -> None:
    assert locked("bot.txt").items() <= locked("test.txt").items(), ADVICE


def test_the_list_of_what_the_bot_runs_on_holds_nothing_for_tests_alone() -> None:
    assert not set(pins(FOR_TESTS)) & set(locked("bot.txt")), ADVICE


def test_whoever_builds_the_bot_is_pinned_as_declared() -> None:
    lines = (ROOT / "requirements" / "build.in").read_text("utf-8").splitlines()
    said = pins([line for line in lines if line and not line.startswith("#")])
    assert pins(BUILDS).items() <= said.items()


@pytest.mark.parametrize("file", sorted((ROOT / "requirements").iterdir()), ids=lambda file: file.name)
def test_no_registry_is_named(file: Path) -> None:
    assert not re.search(r"://|^\s*(-i|-f|--(extra-)?index-url|--find-links)\b", file.read_text("utf-8"), re.MULTILINE)


def test_both_of_the_readmes_commands_install_by_hash() -> None:
    commands = re.findall(r"^python3 -m venv .*$", (ROOT / "README.md").read_text("utf-8"), re.MULTILINE)
    assert [re.findall(r"requirements/\w+\.txt", one) for one in commands] == [
        ["requirements/bot.txt"],
        ["requirements/test.txt"],
    ]
    for step in " && ".join(commands).split(" && "):
        assert "pip install" not in step or "-r requirements/" in step or "--no-deps --no-build-isolation" in step
