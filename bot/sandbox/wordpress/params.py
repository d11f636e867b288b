"""Reads a route's parameters: WordPress's types, limits and refusals.

Does not know which route wants which parameter.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import UTC, datetime, timedelta
from typing import Any

from bot.sandbox.wordpress.answers import Json, RestError


def invalid(name: str, message: str) -> RestError:
    """WordPress: rest_invalid_param, naming the parameter."""
    return RestError(400, "rest_invalid_param", f"Invalid parameter(s): {name}", params={name: message}, details=[])


def integer(params: Json, name: str, default: int, *, low: int | None = None, high: int | None = None) -> int:
    """A whole number within its limits."""
    value = params.get(name)
    if value is None:
        return default
    number = _whole(value, name)
    if (low is not None and number < low) or (high is not None and number > high):
        raise invalid(name, f"{name} must be between {low} (inclusive) and {high} (inclusive)")
    return number


def integers(params: Json, name: str) -> list[int] | None:
    """A list of whole numbers, from "1,2" or an array; None when the parameter is missing or empty."""
    value = params.get(name)
    if value is None:
        return None
    items = value if isinstance(value, list) else [item for item in str(value).split(",") if item.strip()]
    return [_whole(item, name) for item in items] or None


def words(params: Json, name: str) -> list[str] | None:
    """A list of words, from "a,b" or an array; None when missing or empty."""
    value = params.get(name)
    if value is None:
        return None
    items = value if isinstance(value, list) else str(value).split(",")
    return [text for item in items if (text := str(item).strip())] or None


def choice(params: Json, name: str, default: str, among: Collection[str]) -> str:
    """One of a few words."""
    value = str(params.get(name, default))
    if value not in among:
        raise invalid(name, f"{name} is not one of {', '.join(among)}.")
    return value


def flag(params: Json, name: str) -> bool:
    """A boolean as WordPress reads it from an address: "false", "0" and "" are false."""
    value = params.get(name, False)
    return value if isinstance(value, bool) else str(value).lower() not in {"", "0", "false"}


def moment(params: Json, name: str, utc_offset: timedelta) -> datetime | None:
    """An RFC 3339 date as naive UTC; without an offset it is the blog's own time (`utc_offset` ahead of UTC)."""
    value = params.get(name)
    if value is None or value == "":
        return None
    try:
        parsed = datetime.fromisoformat(str(value))
    except ValueError:
        raise invalid(name, "Invalid date.") from None
    if "T" not in str(value).upper():
        raise invalid(name, "Invalid date.")
    if parsed.tzinfo is None:
        return (parsed - utc_offset).replace(microsecond=0)
    return parsed.astimezone(UTC).replace(tzinfo=None, microsecond=0)


def _whole(value: Any, name: str) -> int:
    try:
        number = float(str(value).strip())
    except ValueError:
        raise invalid(name, f"{name} is not of type integer.") from None
    if isinstance(value, bool) or number != int(number):
        raise invalid(name, f"{name} is not of type integer.")
    return int(number)
