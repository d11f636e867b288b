"""Recognise the line that WordPress puts before a reply in its feeds, for Discord shows whom a reply answers anyway.

It touches nothing else, and no line that its writer might have meant.
"""

from __future__ import annotations

import re
from typing import Final

from bot.translate.markdown.blocks import Block, Paragraph

_REPLY_TO: Final = re.compile(r"In reply to\s.{1,200}\.", re.DOTALL)
_REPLY_LINK: Final = re.compile(r"#comment-\d+$")


def without_reply_line(blocks: list[Block]) -> list[Block]:
    """Drop the line WordPress puts before a reply in its feeds: "In reply to <a href="…#comment-1">Name</a>."."""
    if len(blocks) > 1 and isinstance(blocks[0], Paragraph):
        runs = blocks[0].runs
        text = "".join(run.text for run in runs)
        links = [run.link for run in runs if run.link]
        if _REPLY_TO.fullmatch(text) and links and all(_REPLY_LINK.search(link) for link in links):
            return blocks[1:]
    return blocks
