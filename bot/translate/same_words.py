"""Tells whether two texts say the same to a reader, however a blog, or an earlier version of ours, has dressed them up.

Pure. Translates nothing: of HTML it compares letters and digits, which no filter of a blog changes much.
"""

from __future__ import annotations

import re
from difflib import SequenceMatcher
from typing import Final

from bot.core.markup import unescaped, without_comments

_TAG: Final = re.compile(r"</?[a-zA-Z][^<>]*>")
_BRACKET: Final = re.compile(r"\\(?=[\[\]])")
_LINK: Final = re.compile(r"(\]\([^()\s]*\))(?: \([^()\s]+\)| \|\|\([^()\s]+\)\|\|)? *")
_ALIKE: Final = 0.9
"""Blogs make 3x4 and (tm) into other characters."""


def letters(text: str) -> str:
    """What of HTML a reader reads aloud."""
    return "".join(char for char in unescaped(_TAG.sub("", without_comments(text))).casefold() if char.isalnum())


def say_the_same(one: str, other: str) -> bool:
    """Whether two pieces of HTML have nearly the same letters. Takes time linear in both."""
    first, second = letters(one), letters(other)
    return first == second or SequenceMatcher(None, first, second, autojunk=False).quick_ratio() > _ALIKE


def without_hosts(markdown: str) -> str:
    """Discord markdown as it was before links told their hosts and every bracket bore a backslash.

    To be compared with what was so made: what stood before then says the same, and is not edited for that.
    """
    return _LINK.sub(r"\1", _BRACKET.sub("", markdown))
