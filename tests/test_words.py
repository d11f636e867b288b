"""Words beside the code: references lead somewhere, no class name stands twice, each room says what it does not do.

Does not judge style. The sets ``KNOWN_…`` hold what is still to be mended: an entry that is no longer needed fails the
run, so that they only shrink.
"""

from __future__ import annotations

import ast
import re
from collections import Counter

import pytest

from tests.support.our_words import PACKAGES, Module, References, modules

ALL = modules(*PACKAGES)
PRODUCT = [module for module in ALL if module.name.split(".")[0] != "tests"]
REFERENCES = References(ALL)

APART = ("bot.sandbox",)
"""The loopback servers have a vocabulary of their own: a post of theirs is not the domain's."""

KNOWN_DOUBLES: set[str] = set()
KNOWN_DEAD: set[tuple[str, str]] = set()
KNOWN_SILENT: set[str] = set()

_NEGATIVE = re.compile(r"\b(not|no|nothing|never|neither|nobody|none)\b", re.IGNORECASE)


def _apart(module: Module) -> bool:
    return any(module.name == folder or module.name.startswith(f"{folder}.") for folder in APART)


def _classes(module: Module) -> list[str]:
    return [node.name for node in ast.walk(module.tree) if isinstance(node, ast.ClassDef)]


def test_no_class_name_stands_twice() -> None:
    counted = Counter(name for module in PRODUCT if not _apart(module) for name in _classes(module))
    doubles = {name for name, count in counted.items() if count > 1}
    assert sorted(doubles - KNOWN_DOUBLES) == [], "a name that stands twice makes a reader guess: which one?"
    assert sorted(KNOWN_DOUBLES - doubles) == [], "mended: take these out of KNOWN_DOUBLES"


def test_every_reference_leads_somewhere() -> None:
    dead = {(module.name, target) for module in ALL for target in REFERENCES.dead(module)}
    assert sorted(dead - KNOWN_DEAD) == []
    assert sorted(KNOWN_DEAD - dead) == [], "mended: take these out of KNOWN_DEAD"


def test_every_room_says_what_it_does_not_do() -> None:
    """A package's one line is enough for a package that holds nothing itself."""
    silent = {module.name for module in PRODUCT if _must_say(module) and not _NEGATIVE.search(_docstring(module))}
    assert sorted(silent - KNOWN_SILENT) == [], "its docstring says what it does; what does it not do?"
    assert sorted(KNOWN_SILENT - silent) == [], "mended: take these out of KNOWN_SILENT"


def _docstring(module: Module) -> str:
    return ast.get_docstring(module.tree) or ""


def _must_say(module: Module) -> bool:
    return module.path.name != "__init__.py" or "\n" in _docstring(module)


@pytest.mark.parametrize(
    ("words", "dead"),
    [
        (":mod:`bot.core.domain` and :class:`~bot.core.errors.Permanent`", []),
        (":mod:`bot.core.nowhere`", ["bot.core.nowhere"]),
        (":class:`bot.core.errors.Nobody`", ["bot.core.errors.Nobody"]),
        (":meth:`here`, :class:`Thing`, :meth:`Thing.here`, :func:`asyncio.shield`", []),
        (":meth:`Thing.there`", ["Thing.there"]),
        ("``bot.core`` and `bot.core.domain`", []),
        ("``bot.lanes``", ["bot.lanes"]),
        ("see bot.core.nowhere", ["bot.core.nowhere"]),
        ("tests/test_words.py and test_words.py", []),
        ("tests/nowhere.py", ["tests/nowhere.py"]),
        ("nowhere_at_all.py", ["nowhere_at_all.py"]),
        ("`no_such_name_anywhere`", ["no_such_name_anywhere"]),
    ],
)
def test_a_dead_reference_is_seen(words: str, dead: list[str]) -> None:
    text = f'"""{words}"""\nclass Thing:\n    def here(self): ...\n'
    module = Module("bot.example", ALL[0].path, text, ast.parse(text))
    assert [target for target in REFERENCES.dead(module) if target not in REFERENCES.dead(ALL[0])] == dead
