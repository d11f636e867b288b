"""Writes the table of who may import whom into ``docs/house.md``, as ``tests/test_architecture.py`` holds it.

Does not decide anything about imports. To bring the page up to date: ``make house``.
"""

from __future__ import annotations

from pathlib import Path

from tests.test_architecture import ANY, COMPOSITION, MAY_IMPORT

PAGE = Path(__file__).parents[2] / "docs" / "house.md"
BEGIN, END = "<!-- who may import whom: written by `make house` -->\n", "<!-- end -->"


def table() -> str:
    """The table as Markdown, ended by a newline."""
    lines = ["| wing or room | of ours, beside itself | of others' |", "|---|---|---|"]
    lines += [f"| `{room}` | {_names(ours)} | {_names(others)} |" for room, (ours, others) in MAY_IMPORT.items()]
    lines += [f"\n`{room}` is imported by {_names(callers)} alone." for room, callers in COMPOSITION.items()]
    return "\n".join(lines) + "\n"


def written(page: str) -> str:
    """The table as it stands in the page."""
    return page.partition(BEGIN)[2].partition(END)[0]


def _names(names: set[str]) -> str:
    return "everything" if ANY in names else ", ".join(f"`{name}`" for name in sorted(names)) or "nothing"


if __name__ == "__main__":
    before, _, rest = PAGE.read_text("utf-8").partition(BEGIN)
    PAGE.write_text(before + BEGIN + table() + END + rest.partition(END)[2], "utf-8")
