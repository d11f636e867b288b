"""Who may import whom, and how large a room may grow. The table is the architecture."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
ANY = "*"
CORE = {"bot.domain", "bot.actions", "bot.lanes", "bot.ports", "bot.errors"}

# Room (longest prefix wins) -> what of ours, and what of others, it may import.
MAY_IMPORT: dict[str, tuple[set[str], set[str]]] = {
    "bot.__main__": ({"bot.app", "bot.check", "bot.demo", "bot.config", "bot.errors"}, {"dotenv"}),
    "bot.app": ({ANY}, {"discord"}),
    "bot.check": (
        {
            "bot.app",
            "bot.blog",
            "bot.chat",
            "bot.config",
            "bot.domain",
            "bot.errors",
            "bot.outage",
            "bot.ports",
            "bot.store",
        },
        set(),
    ),
    "bot.demo": (
        {"bot.app", "bot.demo_blog", "bot.chat", "bot.config", "bot.errors", "bot.outage", "bot.sandbox", "bot.store"},
        set(),
    ),
    "bot.demo_blog": ({*CORE, "bot.sandbox"}, set()),
    "bot.config": ({"bot.errors"}, set()),
    "bot.domain": (set(), set()),
    "bot.errors": (set(), set()),
    "bot.outage": (set(), set()),
    "bot.actions": ({"bot.domain"}, set()),
    "bot.lanes": ({"bot.actions"}, set()),
    "bot.ports": (CORE, set()),
    "bot.sync": ({*CORE, "bot.sync", "bot.translate"}, set()),
    "bot.translate": ({"bot.translate", "bot.domain"}, {"bs4", "markdownify", "nh3", "selectolax"}),
    "bot.blog": (
        {*CORE, "bot.blog", "bot.outage"},
        {"aiohttp", "bs4", "feedparser", "multidict", "selectolax", "yarl"},
    ),
    "bot.chat": ({*CORE, "bot.chat", "bot.outage"}, {"aiohttp", "discord", "yarl"}),
    "bot.store": ({*CORE, "bot.store"}, {"aiosqlite", "msgspec"}),
    "bot.sandbox": ({"bot.sandbox"}, {"aiohttp", "yarl"}),
    "cogs": ({"bot.sync.engine", "bot.domain", "bot.errors", "cogs"}, {"discord"}),
}
COMPOSITION = {"bot.app": {"bot.__main__", "bot.demo", "bot.check"}}

FILES = sorted([*ROOT.glob("bot/**/*.py"), *ROOT.glob("cogs/*.py")])
LONGEST_ROOM = 300
LONGEST_FUNCTION = 40


def module_of(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imports_of(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            assert node.module is not None
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def within(name: str, rooms: set[str]) -> bool:
    return ANY in rooms or any(name == room or name.startswith(f"{room}.") for room in rooms)


def rule_for(module: str) -> tuple[set[str], set[str]]:
    if module == "bot":
        return set(), set()
    room = max((room for room in MAY_IMPORT if within(module, {room})), key=len)
    return MAY_IMPORT[room]


@pytest.mark.parametrize("path", FILES, ids=lambda path: module_of(path))
def test_imports_follow_the_table(path: Path) -> None:
    module = module_of(path)
    ours, others = rule_for(module)
    for name in imports_of(path):
        top = name.split(".")[0]
        if top in ("bot", "cogs"):
            assert within(name, ours), f"{module} must not import {name}"
            for root, callers in COMPOSITION.items():
                assert not within(name, {root}) or module in callers, f"{module} must not import {root}"
        elif top not in sys.stdlib_module_names:
            assert top in others, f"{module} must not import {name}"


@pytest.mark.parametrize("path", FILES, ids=lambda path: module_of(path))
def test_rooms_stay_small_and_say_what_they_do(path: Path) -> None:
    text = path.read_text("utf-8")
    tree = ast.parse(text)
    assert text.count("\n") <= LONGEST_ROOM, "which second verb has moved in?"
    assert ast.get_docstring(tree), "no docstring: what does it do, what does it not?"
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            length = (node.end_lineno or node.lineno) - node.lineno + 1
            assert length <= LONGEST_FUNCTION, f"{node.name}: {length} lines"
