"""Settings: each is documented, wrong ones are reported all at once, secrets do not show."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from bot.config import SETTINGS, Config
from bot.core.errors import ConfigError

GOOD = {
    "DISCORD_TOKEN": "MTIzNDU2Nzg5MDEyMzQ1Njc4.bbbb.cccccccccccccccccccccccccc",
    "DISCORD_CHANNEL_ID": "123456789012345678",
    "BLOG_URL": "https://blog.example/",
}


KEY = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ-_"


def test_env_example_documents_every_setting_with_its_default() -> None:
    text = (Path(__file__).parents[2] / ".env.example").read_text("utf-8")
    documented = dict(re.findall(r"^([A-Z_]+)=(.*)$", text, flags=re.M))
    assert documented == {name: default or "" for name, default in SETTINGS.items()}
    for name in documented:
        before = text[: text.index(f"\n{name}=")].rstrip().splitlines()[-1]
        assert before.startswith(("#", "BLOG_USERNAME=")), f"{name} has no sentence above it"


def test_three_settings_suffice() -> None:
    config = Config.from_env(GOOD)
    assert config.blog_url == "https://blog.example"
    assert config.poll_interval == 60
    assert config.relay == "replies"
    assert config.moderator_channel_id is None


def test_secrets_do_not_show() -> None:
    config = Config.from_env(GOOD | {"BLOG_USERNAME": "bridge", "BLOG_APP_PASSWORD": "abcd efgh"})
    assert "bbbb" not in repr(config)
    assert "efgh" not in repr(config)
    keyed = Config.from_env(GOOD | {"SECRET_KEY": KEY})
    assert keyed.secret_key == KEY
    assert KEY not in repr(keyed)


@pytest.mark.parametrize("value", ["short", f"{KEY},", f"{KEY},short", f"{KEY[:20]} {KEY[20:]}"])
def test_a_key_that_is_none_is_named_and_not_shown(value: str) -> None:
    with pytest.raises(ConfigError, match="SECRET_KEY") as caught:
        Config.from_env(GOOD | {"SECRET_KEY": value})
    assert not any(part in str(caught.value) for part in ("short,", KEY, KEY[:20], KEY[20:]))


@pytest.mark.parametrize(
    ("database", "key_file"),
    [("data/commonthread.sqlite3", "data/commonthread.key"), ("bot", "bot.key"), ("bot.key", "bot.key.key")],
)
def test_the_key_file_lies_beside_the_database(database: str, key_file: str) -> None:
    assert Config.from_env(GOOD | {"DATABASE": database}).key_file == Path(key_file)


def test_every_problem_is_reported_at_once() -> None:
    wrong = {
        "DISCORD_TOKEN": "secret-token too short",
        "DISCORD_CHANNEL_ID": "general",
        "BLOG_URL": "ftp://blog",
        "BLOG_USERNAME": "bridge",
        "POLL_INTERVAL": "soon",
        "MIRROR_STYLE": "loud",
        "RELAY": "some",
        "RELAY_STATUS": "maybe",
        "UPLOADS": "perhaps",
        "FIRST_POSTS": "-1",
        "RETRACT_SHARE": "3",
        "BACKDATED_POSTS": "many",
        "MODERATOR_CHANNEL_ID": "x",
        "PROXY_APPLICATIONS": "466378653216014359,someone",
        "DISCORD_API_URL": "localhost",
        "LOG_LEVEL": "chatty",
    }
    with pytest.raises(ConfigError) as caught:
        Config.from_env(wrong)
    problems = caught.value.problems
    for name in wrong:
        assert any(name in problem for problem in problems), name
    assert "secret-token" not in str(caught.value)


@pytest.mark.parametrize(
    ("given", "ids"),
    [
        (None, {466378653216014359}),
        ("", set()),
        (" 466378653216014359 , 431544605209788416", {466378653216014359, 431544605209788416}),
    ],
)
def test_whoever_says_members_messages_again_is_named_or_nobody_is(given: str | None, ids: set[int]) -> None:
    env = GOOD if given is None else GOOD | {"PROXY_APPLICATIONS": given}
    assert Config.from_env(env).proxy_applications == ids


def test_of_a_list_of_ids_the_one_that_is_none_is_named() -> None:
    with pytest.raises(ConfigError) as caught:
        Config.from_env(GOOD | {"PROXY_APPLICATIONS": "466378653216014359, someone"})
    (problem,) = caught.value.problems
    assert "commas between, and entry 2 is not an id of Discord" in problem


def test_the_token_alone_is_enough() -> None:
    config = Config.from_env({"DISCORD_TOKEN": GOOD["DISCORD_TOKEN"]})
    assert (config.discord_channel_id, config.blog_url) == (None, "")


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("DISCORD_TOKEN", "DISCORD_TOKEN is missing"),
        ("DISCORD_CHANNEL_ID", "BLOG_URL and DISCORD_CHANNEL_ID go together"),
        ("BLOG_URL", "BLOG_URL and DISCORD_CHANNEL_ID go together"),
    ],
)
def test_a_missing_setting_is_named(name: str, words: str) -> None:
    with pytest.raises(ConfigError, match=words):
        Config.from_env({key: value for key, value in GOOD.items() if key != name})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("BLOG_URL", "https://me:pw@blog.example"),
        ("BLOG_URL", "https://blog.example:99999"),
        ("POLL_INTERVAL", "nan"),
        ("POLL_INTERVAL", "0"),
        ("RETRACT_SHARE", "nan"),
        ("DISCORD_CHANNEL_ID", "١٢٣٤٥٦٧٨٩٠١٢٣٤٥٦٧"),
    ],
)
def test_odd_values_are_refused(name: str, value: str) -> None:
    with pytest.raises(ConfigError, match=name):
        Config.from_env(GOOD | {name: value})
