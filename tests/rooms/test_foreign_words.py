"""A foreign server's words reach a log, a terminal and a message as words: they move no cursor and call nobody."""

from __future__ import annotations

import logging
import re
from dataclasses import replace
from itertools import product

import pytest

from bot import check
from bot.config import Config
from bot.core.domain import ChannelId, GuildId, MessageId, ThreadId
from bot.core.errors import NotAllowed, RefusalKind, Refused
from bot.core.texts import inert, on_one_line, printable
from bot.ports import Finding, Opened
from bot.sync.relaying.rebuffs import sentence
from bot.sync.trouble import notice
from bot.watch.log import OneLine
from cogs.answers import choices, cut, linked, quoted, shown, words_of
from tests.rooms.test_typed_links import judged, needs_parsers
from tests.support import discord_reader
from tests.support.chat_scene import place_of

HOSTILE = [
    "[Free nitro](https://elsewhere.example)",
    "[Free nitro\\](https://elsewhere.example)",
    "![x](<https://elsewhere.example/a.png>)",
    "<@123456789012345678> <@&123456789012345678> @everyone </cmd:123456789012345678> <t:1:R> <id:customize>",
    "**bold** _it_ __u__ ~~s~~ ||spoiler|| `code`",
    "one\n# a heading\n> a quotation\n- a list",
    "\x1b[2J\x1b[31mred\x07 \x9b31m",
    "\u202egnitseretni\u202c \u2066a\u2069 \u200fb",
    "a\r\n2026-01-01 CRITICAL bot: all is lost",
    "\x00\ud800\ufeff",
]
CONTROLS = re.compile("[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")
PLACE = place_of(Opened(ThreadId(3), MessageId(3)), ChannelId(2), GuildId(1))


def refused(words: str, reason: str) -> Refused:
    return Refused(reason, "", kind=RefusalKind.BREAKS_A_RULE, words=words)


WAYS = {
    "an answer's sentence": lambda text: inert(f"The blog says {text}."),
    "an error": lambda text: words_of(NotAllowed(f"The blog says {text}.")),
    "a title": lambda text: f"Newest post: {quoted(text)}",
    "a name": lambda text: f"**{shown(text) or 'x'}** is mirrored",
    "a word to moderators": lambda text: notice(replace(PLACE, title=text), f"The blog says {text}.").text,
    "a refusal": lambda text: sentence(refused(text, "The blog did not take this message.")),
    "a refusal's reason": lambda text: sentence(refused("", f"The blog says {text}.")),
}


@pytest.mark.parametrize(("way", "text"), list(product(WAYS, HOSTILE)))
def test_a_message_shows_foreign_words_and_does_nothing(way: str, text: str) -> None:
    said = WAYS[way](text)
    assert not CONTROLS.search(said)
    marks = {mark for _, around in discord_reader.read(said) for mark in around}
    assert {mark for mark in marks if not mark.startswith("url:")} <= {"b"}
    assert ("b" in marks) == (way == "a name")


@needs_parsers
def test_no_reader_finds_a_link_or_a_mention_in_foreign_words() -> None:
    assert judged([way(text) for way, text in product(WAYS.values(), HOSTILE)]) == []


def test_our_own_channel_and_addresses_stay_as_they_are() -> None:
    said = "In <#123456789012345678> it lacks DISCORD_CHANNEL_ID; see https://blog.example/a_b*c."
    assert inert(said) == said


@pytest.mark.parametrize("text", HOSTILE)
def test_what_is_offered_while_somebody_types_stays_on_its_line(text: str) -> None:
    (choice,) = choices([(f"x {text}", "1")], "x")
    assert not CONTROLS.search(choice.name + cut(text))
    assert on_one_line(text) == on_one_line(on_one_line(text))


@pytest.mark.parametrize("mark", ["\x1b", "\u202e", "\u2066", "\x9b"])
def test_an_address_that_is_not_all_to_be_seen_is_not_linked(mark: str) -> None:
    assert linked("https://blog.example/a") == "<https://blog.example/a>"
    assert linked(f"https://blog.example/{mark}a") == ""


@pytest.mark.parametrize("text", HOSTILE)
def test_a_line_of_the_log_holds_no_character_that_is_not_seen(text: str) -> None:
    record = logging.LogRecord("bot", logging.INFO, "", 0, "the blog says %s", (text,), None)
    line = OneLine("%(message)s").format(record)
    assert not CONTROLS.search(line)
    assert line == printable(f"the blog says {text}")


@pytest.mark.parametrize("text", HOSTILE)
async def test_a_line_of_check_holds_none_either(
    text: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    async def findings(_: Config) -> object:
        yield Finding(ok=True, subject=f"feed: {text}")
        yield Finding(ok=False, subject="blog", mend=text)

    monkeypatch.setattr(check, "_findings", findings)
    assert not await check.check(Config.from_env({"DISCORD_TOKEN": "x" * 60}))
    lines = capsys.readouterr().out.split("\n")
    assert len(lines) == 4
    assert not CONTROLS.search("".join(lines))
