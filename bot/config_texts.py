"""What the text of each setting means, or why it means nothing.

Does not know which setting has which, or a default. Each raises ValueError with words that follow the setting's name.
"""

from __future__ import annotations

import re
from typing import Literal
from urllib.parse import urlsplit

from bot.core.accounts import secret_keys
from bot.core.policy import Measure, Style

SHORTEST_POLL = 0.1
SHORTEST_TOKEN = 40


def token(text: str) -> str:
    """One long word."""
    if len(text) < SHORTEST_TOKEN or any(mark.isspace() for mark in text):
        raise ValueError("is not a bot token (one long word); copy it again from the bot's page")
    return text


def snowflake(text: str) -> int:
    """An id of Discord's."""
    if not (text.isascii() and text.isdigit() and 15 <= len(text) <= 20):
        raise ValueError("is not an id of Discord (15 to 20 digits); turn on developer mode and use “Copy ID”")
    return int(text)


def snowflake_or_none(text: str) -> int | None:
    """The same; '' is None."""
    return snowflake(text) if text else None


def snowflakes(text: str) -> frozenset[int]:
    """Ids with commas between."""
    entries = [one.strip() for one in text.split(",") if one.strip()]
    for number, one in enumerate(entries, 1):
        try:
            snowflake(one)
        except ValueError as error:
            raise ValueError(f"must be ids with commas between, and entry {number} {error}") from None
    return frozenset(map(snowflake, entries))


def hosts(text: str) -> frozenset[str]:
    """Names or addresses of hosts with commas between, in small letters."""
    hosts = [one.strip().lower().strip("[]").rstrip(".") for one in text.split(",") if one.strip()]
    for number, one in enumerate(hosts, 1):
        if not re.fullmatch(r"[a-z0-9_.-]+|[0-9a-f:.]+", one):
            raise ValueError(f"must be hosts with commas between, without http:// and port, and entry {number} is none")
    return frozenset(hosts)


def web_address(text: str) -> str:
    """An address without a user, a password or a last slash."""
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError:
        raise ValueError("is not a web address") from None
    if parts.scheme not in ("http", "https") or not parts.hostname or port == 0:
        raise ValueError("is not a web address that starts with https:// or http://")
    if parts.username or parts.password:
        raise ValueError("must not hold a name or a password; use BLOG_USERNAME and BLOG_APP_PASSWORD")
    return text.rstrip("/")


def secret_key(text: str) -> str:
    """Keys with commas between, without blanks around them."""
    return ",".join(secret_keys(text))


def seconds(text: str) -> float:
    """Seconds between two looks."""
    try:
        seconds = float(text)
    except ValueError:
        raise ValueError("is not a number of seconds") from None
    if not SHORTEST_POLL <= seconds <= 86_400:
        raise ValueError(f"must lie between {SHORTEST_POLL} and 86400 seconds")
    return seconds


def count(text: str) -> int:
    """A whole number up to 10."""
    if not (text.isascii() and text.isdigit() and int(text) <= 10):
        raise ValueError("must be a whole number from 0 to 10")
    return int(text)


def few(text: str) -> int:
    """A whole number up to 100."""
    if not (text.isascii() and text.isdigit() and int(text) <= 100):
        raise ValueError("must be a whole number from 0 to 100")
    return int(text)


def measure(text: str) -> Measure:
    """Relays, edits, files and MiB, with commas between."""
    numbers = [one.strip() for one in text.split(",")]
    if len(numbers) != 4 or not all(one.isascii() and one.isdigit() and len(one) <= 6 for one in numbers):
        raise ValueError("must be four whole numbers with commas between: relays, edits, files, MiB (0: any number)")
    return Measure(*map(int, numbers))


def share(text: str) -> float:
    """A part of one."""
    try:
        share = float(text)
    except ValueError:
        raise ValueError("is not a number between 0 and 1") from None
    if not 0 <= share <= 1:
        raise ValueError("must lie between 0 and 1 (0.3 is three in ten)")
    return share


def persona_or_card(text: str) -> Style:
    """How mirrors look."""
    match text.lower():
        case "persona" | "card" as style:
            return style
    raise ValueError("must be persona or card")


def relay(text: str) -> Literal["replies", "all", "off"]:
    """Which messages cross."""
    match text.lower():
        case "replies" | "all" | "off" as mode:
            return mode
    raise ValueError("must be replies, all or off")


def relay_status(text: str) -> Literal["approved", "blog"]:
    """Who approves relays."""
    match text.lower():
        case "approved" | "blog" as status:
            return status
    raise ValueError("must be approved or blog")


def on_or_off(text: str) -> bool:
    """A switch."""
    match text.lower():
        case "on":
            return True
        case "off":
            return False
    raise ValueError("must be on or off")


def log_level(text: str) -> Literal["debug", "info", "warning", "error"]:
    """From which level on the log is written."""
    match text.lower():
        case "debug" | "info" | "warning" | "error" as level:
            return level
    raise ValueError("must be debug, info, warning or error")
