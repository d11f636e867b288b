"""The mutants still fit the code: each one's text stands once in its file, and the tests that it names are there.

Plants none of them: ``tests/long/mutants.py`` does, which takes minutes.
"""

from __future__ import annotations

from pathlib import Path

from tests.support.mutants import MUTANTS

ROOT = Path(__file__).parents[1]


def _named(tests: str) -> list[str]:
    return [one for one in tests.split() if one.startswith("tests/")]


def _is_there(named: str) -> bool:
    file, _, test = named.partition("::")
    return (ROOT / file).is_file() and (not test or f"def {test}(" in (ROOT / file).read_text("utf-8"))


def test_each_mutant_has_its_text_once() -> None:
    """Where it has not, the rule stands elsewhere by now, and the mutant has to follow it."""
    counts = {one.breaks: (ROOT / one.file).read_text("utf-8").count(one.text) for one in MUTANTS}
    assert {breaks: count for breaks, count in counts.items() if count != 1} == {}
    assert len(counts) == len(MUTANTS), "two mutants break the same"


def test_each_mutant_changes_something() -> None:
    assert [one.breaks for one in MUTANTS if one.text == one.instead] == []


def test_each_mutant_names_tests_that_are_there() -> None:
    named = [(one.breaks, _named(one.tests)) for one in MUTANTS]
    assert [breaks for breaks, tests in named if not tests or not all(map(_is_there, tests))] == []
