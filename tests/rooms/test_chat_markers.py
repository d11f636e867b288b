"""Markers: what the core writes under a text, and what a card carries, is read back exactly."""

from __future__ import annotations

import discord
import pytest

from bot.chat.cards import card
from bot.chat.markers import read_card, read_marker, same
from bot.core.domain import Millis
from bot.ports import Speaker, Utterance

URL = "https://blog.example/2024/05/essay/#comment-12"


@pytest.mark.parametrize(
    ("content", "marker"),
    [
        (f"Words.\n-# [on the blog](<{URL}>)", f"{URL} 1/1"),
        (f"Words.\n-# [2/3 · on the blog](<{URL}>)", f"{URL} 2/3"),
        (f"-# [10/12 · on the blog](<{URL}>) \n", f"{URL} 10/12"),
        (f"-# [on the blog](<{URL}>)\nMore words after it.", None),
        (f"see [on the blog](<{URL}>)", None),
        (f"Words. -# [on the blog](<{URL}>)", None),
        ("-# [on the blog](<javascript:alert(1)>)", None),
        ("", None),
    ],
)
def test_the_last_line_is_the_marker(content: str, marker: str | None) -> None:
    assert read_marker(content) == marker


@pytest.mark.parametrize(("part", "parts"), [(1, 1), (1, 3), (3, 3)])
def test_a_card_carries_its_marker(part: int, parts: int) -> None:
    marker = f"{URL} {part}/{parts}"
    what = Utterance(
        speaker=Speaker("Ann", "ftp://not/web", Millis(1_700_000_000_000)), text="", card="Words.", marker=marker,
        url=URL, part=part, parts=parts, reply_to=None, silent=False,
    )  # fmt: skip
    embed = card(what)
    assert read_card([embed]) == marker
    assert embed.author.icon_url is None
    assert discord.Embed.from_dict(embed.to_dict()).to_dict() == embed.to_dict()


def test_a_card_without_a_link_has_no_marker() -> None:
    assert read_card([]) is None
    assert read_card([discord.Embed(description="x")]) is None


def test_percent_encoding_makes_no_difference_but_the_part_does() -> None:
    assert same("https://b.example/%C3%A4/#comment-1 1/2", "https://b.example/ä/#comment-1 1/2")
    assert not same(f"{URL} 1/2", f"{URL} 2/2")
    assert not same(f"{URL} 1/1", f"{URL}3 1/1")
    assert not same(None, f"{URL} 1/1")
