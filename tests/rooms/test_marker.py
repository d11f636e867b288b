"""Markers: what is written under a text, and what a card carries, is read back exactly."""

from __future__ import annotations

from urllib.parse import quote

import discord
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.chat.appearance import card, read_card
from bot.core.domain import Millis
from bot.ports import Speaker, Utterance
from bot.translate.marker import FOOTER_ROOM, angle_safe, footer, link_of, marker, part_of, read_marker, same, shows

URL = "https://blog.example/2024/05/essay/#comment-12"
HOSTILE = [
    " ", "\t", "\n", "\r\n", "\x1c", "\x85", "\u00a0", "\u2028", "\u3000", "<", ">", ">)", ">)\n", "](<", "[", "]", "(",
    ")", "-# [1/2 · on the blog](<https://other.example/#comment-3>)", "%20", "%", "#", "#comment-7", "?a=b&c", "\\",
    "*", "ä", "😀", "\u200b", "\u202e", "\ud800", "\x00",
]  # fmt: skip
urls = st.tuples(
    st.sampled_from(["https://b", "http://b", "HTTPS://b", "Http://b"]),
    st.lists(st.one_of(st.sampled_from(HOSTILE), st.text(max_size=3)), min_size=1, max_size=8).map("".join),
).map("".join)
numbers = st.integers(1, 12).flatmap(lambda parts: st.tuples(st.integers(1, parts), st.just(parts)))
words = st.lists(st.one_of(st.sampled_from(HOSTILE), st.text(max_size=5)), max_size=5).map("".join)


@given(words, urls, numbers, st.sampled_from(["", "2024-05-06"]))
def test_what_is_written_is_read_back(before: str, url: str, number: tuple[int, int], day: str) -> None:
    written = footer(url, *number, day=day)
    found = read_marker(f"{before}\n{written}")
    assert found == marker(url, *number)
    assert len(written.splitlines()) == 1
    assert len(written) + 1 <= FOOTER_ROOM + len(angle_safe(url))
    assert (link_of(found), part_of(found)) == (angle_safe(url), f"{number[0]}/{number[1]}")
    assert shows(found, url)
    assert same(found, marker(url, *number))


@given(urls.filter(lambda url: "\ud800" not in url and "%" not in url))
def test_what_is_made_safe_still_leads_where_it_led(url: str) -> None:
    kept = "/:?#[]@!$&'()*+,;=%|^`{}\"\\"
    assert quote(angle_safe(url), safe=kept) == quote(url, safe=kept)
    assert angle_safe(angle_safe(url)) == angle_safe(url)


@given(urls, urls)
def test_the_marker_of_one_comment_is_no_marker_of_another(one: str, other: str) -> None:
    found = read_marker(footer(f"{one}#comment-7", 1, 1))
    assert found is not None
    assert shows(found, f"{other}#comment-7")
    assert not shows(found, f"{one}#comment-77")


def test_markers_are_told_apart_by_the_comment_whatever_became_of_the_address() -> None:
    assert shows("https://blog.example/old/#comment-7 1/2", "https://moved.example/new/#comment-7")
    assert not shows("https://blog.example/a/#comment-77 1/1", "https://blog.example/a/#comment-7")
    assert shows("https://isso.example/a 1/1", "https://isso.example/a")


@pytest.mark.parametrize(
    ("content", "wanted"),
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
def test_the_last_line_is_the_marker(content: str, wanted: str | None) -> None:
    assert read_marker(content) == wanted


@pytest.mark.parametrize(("part", "parts"), [(1, 1), (1, 3), (3, 3)])
def test_a_card_carries_its_marker(part: int, parts: int) -> None:
    carried = marker(URL, part, parts)
    what = Utterance(
        speaker=Speaker("Ann", "ftp://not/web", Millis(1_700_000_000_000)), text="", card="Words.", marker=carried,
        url=URL, part=part, parts=parts, reply_to=None, silent=False,
    )  # fmt: skip
    embed = card(what)
    assert read_card([embed]) == carried
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
