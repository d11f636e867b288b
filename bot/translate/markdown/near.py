"""Two small questions of the reader: which item stands beside an item, and how a paragraph becomes bold as a whole.

It writes nothing and knows no blocks.
"""

from __future__ import annotations

from dataclasses import replace

from selectolax.lexbor import LexborNode

from bot.translate.markdown.blocks import BOLD, Runs


def beside(node: LexborNode, *, back: bool) -> LexborNode | None:
    """The item next to an item, with nothing but white space between."""
    other = node.prev if back else node.next
    while other is not None and other.tag == "-text" and not (other.text_content or "").strip():
        other = other.prev if back else other.next
    return other if other is not None and other.tag == "li" else None


def bold(runs: Runs) -> Runs:
    """The same runs, each bold."""
    return tuple(run if BOLD in run.marks else replace(run, marks=(BOLD, *run.marks)) for run in runs)
