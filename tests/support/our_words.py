"""Reads the words beside the code: docstrings, comments, and what they refer to. Imports and runs nothing of it.

Does not judge: ``tests/test_words.py`` and ``tests/test_docs.py`` do.
"""

from __future__ import annotations

import ast
import re
import tokenize
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from importlib.util import find_spec
from pathlib import Path

ROOT = Path(__file__).parents[2]
PACKAGES = ("bot", "cogs", "tests")
LIBRARIES = {"discord.py"}
"""Names that look like a file's."""

_ROLE = re.compile(r":(?:mod|class|func|meth|data|attr|exc|const):`~?([\w.]+)(?:\(\))?`")
_DOTTED = re.compile(r"(?<![:\w`])`{1,2}((?:bot|cogs|tests)(?:\.\w+)+)(?:\(\))?`{1,2}(?!`)")
_SEE = re.compile(r"\b[Ss]ee (?:also )?((?:bot|cogs|tests)(?:\.\w+)+)")
_FILE = re.compile(r"(?<![\w/.:-])((?:[\w.-]+/)*[\w-]+\.(?:py|md|sql|php))(?![\w/])")
_NAME = re.compile(r"(?<![:\w`])`([a-z][a-z0-9]*(?:_[a-z0-9]+)+)`(?!`)")


@dataclass(frozen=True)
class Module:
    """One file of Python. ``name`` is dotted; ``text`` is the source."""

    name: str
    path: Path
    text: str
    tree: ast.Module = field(repr=False)

    @classmethod
    def read(cls, path: Path) -> Module:
        parts = path.relative_to(ROOT).with_suffix("").parts
        text = path.read_text("utf-8")
        return cls(".".join(parts[:-1] if parts[-1] == "__init__" else parts), path, text, ast.parse(text))

    def words(self) -> Iterator[str]:
        """Docstrings (of attributes too), then comments."""
        for node in ast.walk(self.tree):
            if (
                isinstance(node, ast.Expr)
                and isinstance(node.value, ast.Constant)
                and isinstance(node.value.value, str)
            ):
                yield node.value.value
        yield from _tokens(self.path, tokenize.COMMENT)

    @cached_property
    def defined(self) -> dict[str, set[str]]:
        """Name at the top of the module -> the names inside it, where it is a class."""
        found: dict[str, set[str]] = {}
        for node in self.tree.body:
            for name in _bound(node):
                found[name] = _inside(node) if isinstance(node, ast.ClassDef) else set()
        return found

    @cached_property
    def identifiers(self) -> set[str]:
        """Each name that the code itself speaks of; in the product also those in its texts, such as WordPress's."""
        texts = () if self.name.startswith("tests") else _texts(self.tree)
        said = [*_tokens(self.path, tokenize.NAME), *texts]
        return set(re.findall(r"[A-Za-z_]\w*", "\n".join(said)))


def modules(*packages: str) -> list[Module]:
    return [Module.read(path) for package in packages for path in sorted((ROOT / package).rglob("*.py"))]


def _bound(node: ast.AST) -> Iterator[str]:
    match node:
        case ast.ClassDef(name=name) | ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
            yield name
        case ast.Import(names=names) | ast.ImportFrom(names=names):
            yield from (alias.asname or alias.name.split(".")[0] for alias in names)
        case ast.Assign() | ast.AnnAssign():
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            yield from (name.id for target in targets for name in ast.walk(target) if isinstance(name, ast.Name))
        case ast.If() | ast.Try():
            for child in node.body:
                yield from _bound(child)


def _inside(node: ast.ClassDef) -> set[str]:
    found = {name for child in node.body for name in _bound(child)}
    found |= {
        part.attr
        for part in ast.walk(node)
        if isinstance(part, ast.Attribute) and isinstance(part.value, ast.Name) and part.value.id == "self"
    }
    return found


def _tokens(path: Path, kind: int) -> Iterator[str]:
    with tokenize.open(path) as file:
        yield from (token.string for token in tokenize.generate_tokens(file.readline) if token.type == kind)


def _texts(tree: ast.Module) -> Iterator[str]:
    """Texts that the code uses: all but docstrings."""
    docstrings = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docstrings:
            yield node.value


class References:
    """What words may refer to: our modules and what they define, files, and names that the code speaks of."""

    def __init__(self, known: list[Module]) -> None:
        self._modules = {module.name: module for module in known}
        self._folders = {str(path.relative_to(ROOT)).replace("/", ".") for path in _folders()}
        folders = [ROOT / name for name in (*PACKAGES, "docs", "migrations")]
        self._files = {path.name for folder in folders for path in folder.rglob("*.*")}
        self._identifiers = {name for module in known for name in module.identifiers}
        self._identifiers |= {module.name.rpartition(".")[2] for module in known}

    def dead(self, module: Module) -> Iterator[str]:
        """Each reference in the module's words that leads nowhere, once."""
        text = "\n".join(module.words())
        for target in dict.fromkeys(_ROLE.findall(text)):
            if not self._role(module, target):
                yield target
        for target in dict.fromkeys([*_DOTTED.findall(text), *_SEE.findall(text)]):
            if not self.resolves(target):
                yield target
        yield from (name for name in dict.fromkeys(_FILE.findall(text)) if not self._file(module, name))
        yield from (name for name in dict.fromkeys(_NAME.findall(text)) if name not in self._identifiers)

    def resolves(self, dotted: str) -> bool:
        """Whether a full name leads to a module of ours, or to something that it defines."""
        parts = dotted.split(".")
        if dotted in self._folders:
            return True
        for cut in range(len(parts), 0, -1):
            module = self._modules.get(".".join(parts[:cut]))
            if module is not None:
                return _within(module, parts[cut:])
        return False

    def _role(self, module: Module, target: str) -> bool:
        parts = target.split(".")
        if parts[0] in PACKAGES:
            return self.resolves(target)
        if _within(module, parts):
            return True
        if len(parts) == 1:
            return any(target in inside for inside in module.defined.values())
        return find_spec(parts[0]) is not None

    def _file(self, module: Module, name: str) -> bool:
        if "NNNN" in name or name in LIBRARIES:
            return True
        if "/" not in name:
            return name in self._files
        return (ROOT / name).exists() or (module.path.parent / name).exists()


def _within(module: Module, parts: list[str]) -> bool:
    if not parts:
        return True
    inside = module.defined.get(parts[0])
    return inside is not None and (len(parts) == 1 or not inside or parts[1] in inside)


def _folders() -> Iterator[Path]:
    for package in PACKAGES:
        yield ROOT / package
        yield from (path for path in (ROOT / package).rglob("*") if path.is_dir())
