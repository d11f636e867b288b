"""Notes which methods of a port the contract suite has asked of which implementation, so that none is forgotten.

Does not change an answer, and judges nothing that an implementation says.
"""

from __future__ import annotations

import ast
import inspect
from collections import defaultdict
from types import ModuleType
from typing import Any, TypeVar, cast

import pytest

T = TypeVar("T")


class Recorder:
    """The record of one port, kept in the process that runs its suite (``--dist loadfile``: a module is in one)."""

    def __init__(self, port: type) -> None:
        self.port = port
        self.methods = frozenset(name for name in dir(port) if not name.startswith("_"))
        self.asked: defaultdict[str, set[str]] = defaultdict(set)
        self.ran: set[str] = set()

    def around(self, name: str, implementation: T, request: pytest.FixtureRequest) -> T:
        """The implementation, watched under its ``name`` while the test of ``request`` runs."""
        self.ran.add(request.node.nodeid)
        return cast(T, _Watched(implementation, self.asked[name]))

    def unnamed_in(self, *rooms: object) -> frozenset[str]:
        """Methods of the port that no line of these modules or classes names."""
        named = {
            node.attr
            for room in rooms
            for node in ast.walk(ast.parse(inspect.getsource(cast(ModuleType, room))))
            if isinstance(node, ast.Attribute)
        }
        return self.methods - named

    def is_whole(self, request: pytest.FixtureRequest) -> bool:
        """Whether all tests of the requesting test's module have run here before it, and not a choice of them."""
        module = request.node.module
        here = [item for item in request.session.items if getattr(item, "module", None) is module]
        suites = [value for name, value in vars(module).items() if name.startswith("Test")]
        written = {name for suite in suites for name in dir(suite) if name.startswith("test_")}
        chosen = {getattr(item, "originalname", "") for item in here}
        return written <= chosen and {item.nodeid for item in here if item.nodeid != request.node.nodeid} <= self.ran

    def never_asked(self) -> dict[str, list[str]]:
        """Implementation -> methods of the port that no test has asked of it."""
        left = {name: sorted(self.methods - asked) for name, asked in self.asked.items()}
        return {name: methods for name, methods in left.items() if methods}


class _Watched:
    def __init__(self, target: Any, asked: set[str]) -> None:
        self._target = target
        self._asked = asked

    def __getattr__(self, name: str) -> Any:
        self._asked.add(name)
        return getattr(self._target, name)
