"""Who may import whom, and how large a room may grow. The table is the architecture."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
ANY = "*"
CORE, PORTS = "bot.core", "bot.ports"
SHARED = {"bot.sync.observers", "bot.sync.trouble", "bot.sync.progress", "bot.sync.verify"}
"""Rooms of ``sync`` that both directions use."""

# Room (longest prefix wins) -> what of ours, and what of others, it may import. Each imports itself.
MAY_IMPORT: dict[str, tuple[set[str], set[str]]] = {
    "bot.__main__": (
        {
            "bot.app",
            "bot.check",
            "bot.rebuild",
            "bot.demo.theatre",
            "bot.config",
            "bot.core.errors",
            "bot.core.texts",
            "bot.watch.log",
        },
        {"dotenv"},
    ),
    "bot.app": ({ANY}, {"discord"}),
    "bot.assembly": ({ANY}, set()),
    "bot.first": ({CORE, PORTS, "bot.config", "bot.sync.identify"}, set()),
    "bot.check": ({CORE, PORTS, "bot.app", "bot.blog.kinds", "bot.chat", "bot.config", "bot.store"}, set()),
    "bot.rebuild": ({ANY}, set()),
    "bot.config": ({CORE, "bot.config_texts"}, set()),
    "bot.config_texts": ({CORE}, set()),
    "bot.core": ({CORE}, set()),
    "bot.ports": ({CORE}, set()),
    "bot.translate": (
        {"bot.core.domain", "bot.core.lookalikes", "bot.core.markup"},
        {"bs4", "markdownify", "nh3", "selectolax"},
    ),
    "bot.sync": ({CORE, PORTS, "bot.sync", "bot.translate"}, set()),
    "bot.sync.mirroring": ({CORE, PORTS, "bot.translate", *SHARED}, set()),
    "bot.sync.relaying": ({CORE, PORTS, "bot.translate", *SHARED}, set()),
    "bot.sync.outbox": ({CORE, PORTS, *SHARED, "bot.sync.mirroring", "bot.sync.relaying"}, set()),
    "bot.blog": ({CORE, PORTS, "bot.blog.web"}, {"aiohttp", "feedparser", "multidict", "yarl"}),
    "bot.blog.kinds": ({CORE, PORTS, "bot.blog"}, set()),
    "bot.blog.web": ({CORE, PORTS}, {"aiohttp", "feedparser", "multidict", "yarl"}),
    "bot.chat": ({CORE, PORTS, "bot.translate.marker"}, {"PIL", "aiohttp", "discord", "yarl"}),
    "bot.store": ({CORE, PORTS}, {"aiosqlite", "cryptography", "msgspec"}),
    "bot.watch": ({CORE, PORTS}, set()),
    "bot.sandbox": (set(), {"aiohttp", "yarl"}),
    "bot.demo": (
        {CORE, PORTS, "bot.app", "bot.chat.pace", "bot.config", "bot.sandbox", "bot.store.sqlite.examine"},
        {"aiohttp", "yarl"},
    ),
    "cogs": (
        {
            CORE,
            "bot.ports.blogs",
            "bot.ports.prospects",
            "bot.sync.connecting",
            "bot.sync.desk",
            "bot.sync.engine",
            "bot.sync.hub",
            "bot.sync.tending",
        },
        {"discord"},
    ),
}
COMPOSITION = {"bot.app": {"bot.__main__", "bot.demo.theatre", "bot.check", "bot.rebuild"}}

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


def room_of(module: str) -> str:
    return max((room for room in MAY_IMPORT if within(module, {room})), key=len)


def rule_for(module: str) -> tuple[set[str], set[str]]:
    return (set(), set()) if module == "bot" else MAY_IMPORT[room_of(module)]


@pytest.mark.parametrize("path", FILES, ids=lambda path: module_of(path))
def test_imports_follow_the_table(path: Path) -> None:
    module = module_of(path)
    ours, others = rule_for(module)
    for name in imports_of(path):
        top = name.split(".")[0]
        if top in ("bot", "cogs"):
            assert within(name, ours | {room_of(module)}), f"{module} must not import {name}"
            for root, callers in COMPOSITION.items():
                assert not within(name, {root}) or module in callers, f"{module} must not import {root}"
        elif top not in sys.stdlib_module_names:
            assert top in others, f"{module} must not import {name}"


KINDS_OF_BLOG = [path for path in ROOT.glob("bot/blog/*/*.py") if path.parent.name != "web"]


@pytest.mark.parametrize("path", KINDS_OF_BLOG, ids=lambda path: module_of(path))
def test_a_kind_of_blog_knows_no_other(path: Path) -> None:
    """Nor who opens it: a kind is a folder that can be taken away."""
    for name in imports_of(path):
        rooms = {"bot.blog.web", f"bot.blog.{path.parent.name}"}
        assert not within(name, {"bot.blog"}) or within(name, rooms), f"{module_of(path)} must not import {name}"


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


def test_no_module_imports_itself_by_way_of_others() -> None:
    modules = {module_of(path): path for path in FILES}

    def known(name: str) -> str | None:
        return name if name in modules else name.rpartition(".")[0] if name.rpartition(".")[0] in modules else None

    graph = {
        module: {found for name in imports_of(path) if (found := known(name)) not in (None, module)}
        for module, path in modules.items()
    }
    TopologicalSorter(graph).prepare()  # raises CycleError with the circle
