"""Every question to the database has a name and a sentence, and names no kind of action by hand."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import pytest

from bot.core.actions import KINDS, Queue

ROOT = Path(__file__).parent.parent.parent
FILES = sorted((ROOT / "bot" / "store" / "sqlite").glob("*.py"))
STATEMENT = re.compile(r"^\s*(?:--.*\n\s*)*(SELECT|INSERT|UPDATE|DELETE|WITH|BEGIN|COMMIT|REPLACE|CREATE|DROP|ALTER)\b")
SENTENCE = re.compile(r"-- \S.*[^\s,;:]\.?\n")
each_file = pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)


def texts(node: ast.AST) -> Iterator[tuple[int, str]]:
    """All strings below a node but docstrings; of one that is put together, its parts."""
    documents = {
        id(one.body[0].value)
        for one in ast.walk(node)
        if isinstance(one, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
        and one.body
        and isinstance(one.body[0], ast.Expr)
    }
    for one in ast.walk(node):
        if isinstance(one, ast.Constant) and isinstance(one.value, str) and id(one) not in documents:
            yield one.lineno, one.value


def questions(path: Path) -> dict[str, str]:
    """The module's constants that are statements, as they are sent."""
    module = import_module(f"bot.store.sqlite.{path.stem}")
    tree = ast.parse(path.read_text("utf-8"))
    names = {
        target.id
        for node in tree.body
        if isinstance(node, ast.Assign)
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    values = {name: getattr(module, name) for name in names}
    return {
        name: text for name, text in values.items() if isinstance(text, str) and "\n" in text and STATEMENT.match(text)
    }


@each_file
def test_no_statement_stands_inside_a_function(path: Path) -> None:
    tree = ast.parse(path.read_text("utf-8"))
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            for line, text in texts(node):
                assert not STATEMENT.match(text), f"{path.name}:{line}: {text!r} has no name"


@each_file
def test_every_statement_begins_with_a_sentence(path: Path) -> None:
    for name, text in questions(path).items():
        if name.startswith("_INSERT_INTO"):
            continue  # a part of two others
        first = text.splitlines(keepends=True)[0]
        assert SENTENCE.fullmatch(first), f"{path.name}: {name} does not say what it asks"
        assert name == name.upper()


@each_file
def test_kinds_and_queues_are_read_off_the_actions(path: Path) -> None:
    by_hand = re.compile("|".join(f"'{name}'" for name in (*KINDS, *(str(one) for one in Queue if one != "blog"))))
    for line, text in texts(ast.parse(path.read_text("utf-8"))):
        assert not by_hand.search(text), f"{path.name}:{line}: {text!r}"
        assert not re.search(r"(kind|side) = '", text), f"{path.name}:{line}: {text!r}"


def test_there_are_questions_at_all() -> None:
    assert sum(len(questions(path)) for path in FILES) > 60
