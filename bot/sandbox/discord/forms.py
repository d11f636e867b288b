"""Small checks of request bodies: is this a string of at most 80, a list, a snowflake; problems are collected.

It does not know any route; message_rules.py and the verbs say what their bodies hold.
"""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import urlsplit

from bot.sandbox.discord.errors import Problem, form
from bot.sandbox.discord.vocabulary import Json

BLANK = " \t\r\n\u200b\u200c\u200d\u2060\ufeff\u00a0"
Path = tuple[str | int, ...]

_ABSENT = object()


def trimmed(text: str) -> str:
    """Discord trims messages and names; invisible spaces go too."""
    return text.strip(BLANK)


def snowflake(value: Any) -> int | None:
    """The id in a string of digits or a JSON integer (discord.py sends both); None for anything else."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int) and 0 <= value < 1 << 64:
        return value
    if isinstance(value, str) and value.isascii() and value.isdigit() and int(value) < 1 << 64:
        return int(value)
    return None


class Form:
    """Collects the problems of one body; ``done()`` raises Discord's 50035 when there are any."""

    def __init__(self, body: Any, path: Path = ()):
        self.problems: list[Problem] = []
        self.path = path
        self.body: Json = body if isinstance(body, dict) else {}
        if not isinstance(body, dict):
            self.add((), "MODEL_TYPE_CONVERT", "Only dictionaries may be used in a ModelType")

    def add(self, where: Path, code: str, message: str) -> None:
        self.problems.append(Problem(self.path + where, code, message))

    def done(self) -> None:
        if self.problems:
            raise form(self.problems)

    def text(self, key: str, low: int, high: int, *, required: bool = False, where: Path | None = None) -> str | None:
        """A string whose trimmed length lies within low and high; None when absent, null or wrong."""
        spot = (key,) if where is None else where
        value = self.body.get(key, _ABSENT)
        if value is _ABSENT or value is None:
            if required:
                self.add(spot, "BASE_TYPE_REQUIRED", "This field is required")
            return None
        if not isinstance(value, str):
            self.add(spot, "STRING_TYPE_CONVERT", "Could not interpret value as string.")
            return None
        self.length(spot, len(trimmed(value)), low, high)
        return value

    def length(self, where: Path, size: int, low: int, high: int) -> None:
        if low <= size <= high:
            return
        if low:
            self.add(where, "BASE_TYPE_BAD_LENGTH", f"Must be between {low} and {high} in length.")
        else:
            self.add(where, "BASE_TYPE_MAX_LENGTH", f"Must be {high} or fewer in length.")

    def items(self, key: str, high: int) -> list[Any]:
        """A list of at most ``high``; [] when absent, null or wrong."""
        value = self.body.get(key)
        if value is None:
            return []
        if not isinstance(value, list):
            self.add((key,), "LIST_TYPE_CONVERT", "Only iterables may be used in a ListType")
            return []
        self.length((key,), len(value), 0, high)
        return value

    def ids(self, key: str, high: int) -> list[int]:
        """A list of snowflakes."""
        found = []
        for index, value in enumerate(self.items(key, high)):
            number = snowflake(value)
            if number is None:
                self.add((key, index), "NUMBER_TYPE_COERCE", f'Value "{str(value)[:60]}" is not snowflake.')
            else:
                found.append(number)
        return found

    def id(self, key: str) -> int | None:
        """One snowflake; None when absent, null or wrong."""
        value = self.body.get(key)
        number = snowflake(value)
        if number is None and value is not None:
            self.add((key,), "NUMBER_TYPE_COERCE", f'Value "{str(value)[:60]}" is not snowflake.')
        return number

    def number(self, key: str, low: int, high: int) -> int | None:
        """An integer within low and high; strings of digits are taken too, as Discord does."""
        value = self.body.get(key)
        if value is None:
            return None
        if isinstance(value, str) and re.fullmatch(r"-?\d{1,19}", value):
            value = int(value)
        if not isinstance(value, int) or isinstance(value, bool):
            self.add((key,), "NUMBER_TYPE_COERCE", "Value is not int.")
            return None
        if value < low:
            self.add((key,), "NUMBER_TYPE_MIN", f"int value should be greater than or equal to {low}.")
        elif value > high:
            self.add((key,), "NUMBER_TYPE_MAX", f"int value should be less than or equal to {high}.")
        return value

    def choice(self, key: str, allowed: tuple[int, ...]) -> int | None:
        value = self.body.get(key)
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int) or value not in allowed:
            self.add((key,), "BASE_TYPE_CHOICES", f"Value must be one of {{{', '.join(map(str, allowed))}}}.")
            return None
        return value

    def truth(self, key: str) -> bool | None:
        value = self.body.get(key)
        if value is None or isinstance(value, bool):
            return value
        self.add((key,), "BOOLEAN_TYPE_CONVERT", "Must be either true or false.")
        return None

    def url(self, value: Any, where: Path, schemes: tuple[str, ...]) -> None:
        """A well formed URL of at most 2048 characters with one of the schemes; '' and None pass."""
        if value is None or value == "":
            return
        if not isinstance(value, str):
            self.add(where, "STRING_TYPE_CONVERT", "Could not interpret value as string.")
            return
        self.length(where, len(value), 0, 2048)
        try:
            parts = urlsplit(value)
        except ValueError:
            parts = urlsplit("")
        if not parts.scheme or not (parts.netloc or parts.path) or re.search(r"\s", value):
            self.add(where, "URL_TYPE_INVALID_URL", "Not a well formed URL.")
        elif parts.scheme.lower() not in schemes:
            text = f'Scheme "{parts.scheme}" is not supported. Scheme must be one of {schemes}.'
            self.add(where, "URL_TYPE_INVALID_SCHEME", text)


def webhook_name(checked: Form, key: str, *, required: bool = False) -> str | None:
    """1-80 characters, without "clyde" and "discord", not "everyone" or "here" (Discord: Create Webhook, Usernames).

    Blank inside is collapsed. The same rule holds for a message's ``username``.
    """
    value = checked.text(key, 1, 80, required=required)
    if value is None:
        return None
    name = re.sub(r"\s+", " ", trimmed(value))
    low = name.lower()
    for bad in ("clyde", "discord", "```"):
        if bad in low:
            checked.add((key,), "USERNAME_INVALID_CONTAINS", f'Username cannot contain "{bad}"')
    if low in ("everyone", "here"):
        checked.add((key,), "USERNAME_INVALID", f'Username cannot be "{low}"')
    return name
