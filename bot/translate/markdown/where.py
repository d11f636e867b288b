"""What surrounds a node of the page while it is read.

A value: it looks at no node.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from bot.translate.markdown.inline import Style


@dataclass(frozen=True, slots=True)
class Where:
    """What surrounds the node being read."""

    style: Style
    depth: int = 0
    lists: int = 0
    quotes: int = 0
    in_table: bool = False

    def deeper(self) -> Where:
        return Where(self.style, self.depth + 1, self.lists, self.quotes, self.in_table)

    def listed(self) -> Where:
        return replace(self, lists=self.lists + 1)

    def styled(self, style: Style) -> Where:
        return Where(style, self.depth, self.lists, self.quotes, self.in_table)
