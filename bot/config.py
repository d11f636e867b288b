"""The operator's settings, from a mapping of names to texts. Pure: reads no file and no environment by itself.

Every setting here is documented in ``.env.example``; a test holds the two equal.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar, Literal, TypeVar, cast
from urllib.parse import urlsplit

from bot.core.accounts import secret_keys
from bot.core.domain import ChannelId
from bot.core.errors import ConfigError
from bot.core.policy import RelayMode, Settings, Style

T = TypeVar("T")

DEFAULT_API_URL = "https://discord.com/api/v10"
SHORTEST_POLL = 0.1
SHORTEST_TOKEN = 40

SETTINGS: Mapping[str, str | None] = {
    "DISCORD_TOKEN": None,
    "DISCORD_CHANNEL_ID": "",
    "BLOG_URL": "",
    "BLOG_USERNAME": "",
    "BLOG_APP_PASSWORD": "",
    "DATABASE": "data/commonthread.sqlite3",
    "SECRET_KEY": "",
    "POLL_INTERVAL": "60",
    "MIRROR_STYLE": "persona",
    "RELAY": "replies",
    "RELAY_STATUS": "approved",
    "UPLOADS": "on",
    "HINTS": "on",
    "FIRST_POSTS": "1",
    "RETRACT_SHARE": "0.3",
    "BACKDATED_POSTS": "3",
    "PROXY_APPLICATIONS": "466378653216014359",
    "MODERATOR_CHANNEL_ID": "",
    "DISCORD_API_URL": DEFAULT_API_URL,
    "LOG_LEVEL": "info",
}
"""Name -> default; None where there is none and the setting must be given."""


@dataclass(frozen=True, slots=True)
class Config:
    """``poll_interval`` in seconds. Secrets never show in a repr.

    ``discord_channel_id`` and ``blog_url`` name the first subscription; without them (None and '') moderators connect
    blogs by command. What follows them about a blog is about that one subscription.
    """

    blog_kind: ClassVar = "wordpress"
    """What ``blog_url`` names. By command, blogs of every kind are connected."""

    discord_token: str = field(repr=False)
    discord_channel_id: int | None
    blog_url: str
    blog_username: str
    blog_app_password: str = field(repr=False)
    database: Path
    secret_key: str = field(repr=False)
    poll_interval: float
    mirror_style: Style
    relay: Literal["replies", "all", "off"]
    relay_status: Literal["approved", "blog"]
    uploads: bool
    hints: bool
    first_posts: int
    retract_share: float
    backdated_posts: int
    moderator_channel_id: int | None
    proxy_applications: frozenset[int]
    discord_api_url: str
    log_level: Literal["debug", "info", "warning", "error"]

    @classmethod
    def from_env(cls, env: Mapping[str, str]) -> Config:
        """Read all settings. Raises ConfigError with every problem at once."""
        read = _Reader(env)
        config = cls(
            discord_token=read("DISCORD_TOKEN", _token),
            discord_channel_id=read("DISCORD_CHANNEL_ID", _snowflake_or_none),
            blog_url=read("BLOG_URL", lambda text: _web_address(text) if text else ""),
            blog_username=read("BLOG_USERNAME", str),
            blog_app_password=read("BLOG_APP_PASSWORD", str),
            database=read("DATABASE", Path),
            secret_key=read("SECRET_KEY", _secret_key),
            poll_interval=read("POLL_INTERVAL", _seconds),
            mirror_style=read("MIRROR_STYLE", _persona_or_card),
            relay=read("RELAY", _relay),
            relay_status=read("RELAY_STATUS", _relay_status),
            uploads=read("UPLOADS", _on_or_off),
            hints=read("HINTS", _on_or_off),
            first_posts=read("FIRST_POSTS", _count),
            retract_share=read("RETRACT_SHARE", _share),
            backdated_posts=read("BACKDATED_POSTS", _few),
            moderator_channel_id=read("MODERATOR_CHANNEL_ID", _snowflake_or_none),
            proxy_applications=read("PROXY_APPLICATIONS", _snowflakes, may_be_empty=True),
            discord_api_url=read("DISCORD_API_URL", _web_address),
            log_level=read("LOG_LEVEL", _log_level),
        )
        if bool(env.get("BLOG_USERNAME", "").strip()) != bool(env.get("BLOG_APP_PASSWORD", "").strip()):
            read.problems.append("BLOG_USERNAME and BLOG_APP_PASSWORD go together: give both, or neither.")
        if bool(env.get("DISCORD_CHANNEL_ID", "").strip()) != bool(env.get("BLOG_URL", "").strip()):
            read.problems.append("BLOG_URL and DISCORD_CHANNEL_ID go together: give both, or neither.")
        if env.get("BLOG_APP_PASSWORD", "").strip() and not env.get("BLOG_URL", "").strip():
            read.problems.append("BLOG_USERNAME and BLOG_APP_PASSWORD are of no use without BLOG_URL.")
        if read.problems:
            raise ConfigError(tuple(read.problems))
        return config

    @property
    def first(self) -> Settings:
        """The settings of the first subscription."""
        return Settings(
            style=self.mirror_style,
            relay=RelayMode(self.relay),
            approve=self.relay_status == "approved",
            uploads=self.uploads,
            hints=self.hints,
            first_posts=self.first_posts,
            retract_share=self.retract_share,
            moderators=None if self.moderator_channel_id is None else ChannelId(self.moderator_channel_id),
        )

    @property
    def api_url(self) -> str | None:
        """The base of Discord's REST API, or None for Discord's own."""
        return None if self.discord_api_url == DEFAULT_API_URL else self.discord_api_url

    @property
    def key_file(self) -> Path:
        """Where the key is kept that seals accounts while SECRET_KEY is empty."""
        beside = self.database.with_suffix(".key")
        return beside if beside != self.database else self.database.with_name(f"{self.database.name}.key")


class _Reader:
    """Reads one setting after another and collects what is wrong."""

    def __init__(self, env: Mapping[str, str]) -> None:
        self._env = env
        self.problems: list[str] = []

    def __call__(self, name: str, convert: Callable[[str], T], *, may_be_empty: bool = False) -> T:
        text: str | None = self._env.get(name, "").strip()
        if not text and not (may_be_empty and name in self._env):
            text = SETTINGS[name]
        if text is None:
            self.problems.append(f"{name} is missing. .env.example says where to find it.")
        else:
            try:
                return convert(text)
            except ValueError as error:
                self.problems.append(f"{name} {error}.")
        return cast(T, None)  # stands in for the missing value; from_env raises before anybody sees it


def _token(text: str) -> str:
    if len(text) < SHORTEST_TOKEN or any(mark.isspace() for mark in text):
        raise ValueError("is not a bot token (one long word); copy it again from the bot's page")
    return text


def _snowflake(text: str) -> int:
    if not (text.isascii() and text.isdigit() and 15 <= len(text) <= 20):
        raise ValueError("is not an id of Discord (15 to 20 digits); turn on developer mode and use “Copy ID”")
    return int(text)


def _snowflake_or_none(text: str) -> int | None:
    return _snowflake(text) if text else None


def _snowflakes(text: str) -> frozenset[int]:
    entries = [one.strip() for one in text.split(",") if one.strip()]
    for number, one in enumerate(entries, 1):
        try:
            _snowflake(one)
        except ValueError as error:
            raise ValueError(f"must be ids with commas between, and entry {number} {error}") from None
    return frozenset(map(_snowflake, entries))


def _web_address(text: str) -> str:
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


def _secret_key(text: str) -> str:
    return ",".join(secret_keys(text))


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        raise ValueError("is not a number of seconds") from None
    if not SHORTEST_POLL <= seconds <= 86_400:
        raise ValueError(f"must lie between {SHORTEST_POLL} and 86400 seconds")
    return seconds


def _count(text: str) -> int:
    if not (text.isascii() and text.isdigit() and int(text) <= 10):
        raise ValueError("must be a whole number from 0 to 10")
    return int(text)


def _few(text: str) -> int:
    if not (text.isascii() and text.isdigit() and int(text) <= 100):
        raise ValueError("must be a whole number from 0 to 100")
    return int(text)


def _share(text: str) -> float:
    try:
        share = float(text)
    except ValueError:
        raise ValueError("is not a number between 0 and 1") from None
    if not 0 <= share <= 1:
        raise ValueError("must lie between 0 and 1 (0.3 is three in ten)")
    return share


def _persona_or_card(text: str) -> Style:
    match text.lower():
        case "persona" | "card" as style:
            return style
    raise ValueError("must be persona or card")


def _relay(text: str) -> Literal["replies", "all", "off"]:
    match text.lower():
        case "replies" | "all" | "off" as mode:
            return mode
    raise ValueError("must be replies, all or off")


def _relay_status(text: str) -> Literal["approved", "blog"]:
    match text.lower():
        case "approved" | "blog" as status:
            return status
    raise ValueError("must be approved or blog")


def _on_or_off(text: str) -> bool:
    match text.lower():
        case "on":
            return True
        case "off":
            return False
    raise ValueError("must be on or off")


def _log_level(text: str) -> Literal["debug", "info", "warning", "error"]:
    match text.lower():
        case "debug" | "info" | "warning" | "error" as level:
            return level
    raise ValueError("must be debug, info, warning or error")
