"""Reads the fields of an act and refuses what is missing or too long, in words for the visitor.

Does not know what any act does.
"""

from __future__ import annotations

from bot.demo.stage.sources import ActRefused, Json


def words(act: Json, key: str, *, most: int) -> str:
    """A text that says something, trimmed. ``most`` counts code points."""
    value = act.get(key)
    text = value.strip() if isinstance(value, str) else ""
    if any("\ud800" <= mark <= "\udfff" for mark in text):
        raise ActRefused(f"That {key} holds half a character, which no page can show.")
    if not text:
        raise ActRefused(f"There is no {key} in that.")
    if len(text) > most:
        raise ActRefused(f"That {key} is longer than {most} characters.")
    return text


def number(act: Json, key: str) -> int:
    """An id sent as text, as the page does, or as a number."""
    value = act.get(key)
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) <= 20:
        return int(value)
    raise ActRefused(f"There is no {key} in that.")
