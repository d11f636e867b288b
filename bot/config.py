"""The operator's settings, from a mapping of names to texts. Pure: reads no file and no environment by itself.

Every setting here is documented in ``.env.example``; a test holds the two equal.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar, Literal, TypeVar, cast
from urllib.parse import urlsplit

from bot import config_texts as texts
from bot.core.accounts import goes_openly
from bot.core.domain import ChannelId
from bot.core.errors import ConfigError
from bot.core.policy import Measure, RelayMode, Settings, Style

T = TypeVar("T")

DEFAULT_API_URL = "https://discord.com/api/v10"

SETTINGS: Mapping[str, str | None] = {
    "DISCORD_TOKEN": None,
    "DISCORD_CHANNEL_ID": "",
    "BLOG_URL": "",
    "BLOG_USERNAME": "",
    "BLOG_APP_PASSWORD": "",
    "DATABASE": "data/commonthread.sqlite3",
    "SECRET_KEY": "",
    "PLAIN_HTTP": "",
    "POLL_INTERVAL": "60",
    "MIRROR_STYLE": "persona",
    "RELAY": "replies",
    "RELAY_STATUS": "blog",
    "UPLOADS": "on",
    "HINTS": "on",
    "FIRST_POSTS": "1",
    "RETRACT_SHARE": "0.3",
    "BACKDATED_POSTS": "3",
    "PROXY_APPLICATIONS": "466378653216014359",
    "MEMBER_MEASURE": "10,20,20,50",
    "SERVER_MEASURE": "120,240,200,500",
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
    plain_http: frozenset[str]
    poll_interval: float
    mirror_style: Style
    relay: Literal["replies", "all", "off"]
    relay_status: Literal["approved", "blog"]
    relay_status_is_given: bool
    uploads: bool
    hints: bool
    first_posts: int
    retract_share: float
    backdated_posts: int
    moderator_channel_id: int | None
    proxy_applications: frozenset[int]
    member_measure: Measure
    server_measure: Measure
    discord_api_url: str
    log_level: Literal["debug", "info", "warning", "error"]

    @classmethod
    def from_env(cls, env: Mapping[str, str]) -> Config:
        """Read all settings. Raises ConfigError with every problem at once."""
        read = _Reader(env)
        config = cls(
            discord_token=read("DISCORD_TOKEN", texts.token),
            discord_channel_id=read("DISCORD_CHANNEL_ID", texts.snowflake_or_none),
            blog_url=read("BLOG_URL", lambda text: texts.web_address(text) if text else ""),
            blog_username=read("BLOG_USERNAME", str),
            blog_app_password=read("BLOG_APP_PASSWORD", str),
            database=read("DATABASE", Path),
            secret_key=read("SECRET_KEY", texts.secret_key),
            plain_http=read("PLAIN_HTTP", texts.hosts),
            poll_interval=read("POLL_INTERVAL", texts.seconds),
            mirror_style=read("MIRROR_STYLE", texts.persona_or_card),
            relay=read("RELAY", texts.relay),
            relay_status=read("RELAY_STATUS", texts.relay_status),
            relay_status_is_given=bool(env.get("RELAY_STATUS", "").strip()),
            uploads=read("UPLOADS", texts.on_or_off),
            hints=read("HINTS", texts.on_or_off),
            first_posts=read("FIRST_POSTS", texts.count),
            retract_share=read("RETRACT_SHARE", texts.share),
            backdated_posts=read("BACKDATED_POSTS", texts.few),
            moderator_channel_id=read("MODERATOR_CHANNEL_ID", texts.snowflake_or_none),
            proxy_applications=read("PROXY_APPLICATIONS", texts.snowflakes, may_be_empty=True),
            member_measure=read("MEMBER_MEASURE", texts.measure),
            server_measure=read("SERVER_MEASURE", texts.measure),
            discord_api_url=read("DISCORD_API_URL", texts.web_address),
            log_level=read("LOG_LEVEL", texts.log_level),
        )
        read.problems += _together({name for name in SETTINGS if env.get(name, "").strip()})
        if config.discord_api_url and goes_openly(config.discord_api_url, config.plain_http or frozenset()):
            host = urlsplit(config.discord_api_url).hostname
            read.problems.append(
                "DISCORD_API_URL would be sent the bot's token where others on the way can read it; use https://, or, "
                f"if that way is yours alone, name {host} in PLAIN_HTTP."
            )
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


def _together(given: set[str]) -> Iterator[str]:
    """A sentence for each setting that is of no use without another."""
    if ("BLOG_USERNAME" in given) != ("BLOG_APP_PASSWORD" in given):
        yield "BLOG_USERNAME and BLOG_APP_PASSWORD go together: give both, or neither."
    if ("DISCORD_CHANNEL_ID" in given) != ("BLOG_URL" in given):
        yield "BLOG_URL and DISCORD_CHANNEL_ID go together: give both, or neither."
    if "BLOG_APP_PASSWORD" in given and "BLOG_URL" not in given:
        yield "BLOG_USERNAME and BLOG_APP_PASSWORD are of no use without BLOG_URL."
