"""HTML to Discord markdown: golden pairs, and what must hold for every text."""

from __future__ import annotations

import html as entities
import re
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.translate.to_blog import Profile, to_blog
from bot.translate.to_discord import escape, to_discord
from tests import discord_reader
from tests.discord_reader import Seen

BASE = "https://blog.example/2026/03/essay/"
PAIRS = Path(__file__).parent / "data" / "to_discord"
BOUND_MS = 100
"""For each 64 KiB of input, or part of them."""


def convert(html: str) -> str:
    return to_discord(html, base_url=BASE)


# --- golden pairs -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", sorted(path.stem for path in PAIRS.glob("*.html")))
def test_golden_pair(name: str) -> None:
    source = (PAIRS / f"{name}.html").read_text(encoding="utf-8").removesuffix("\n")
    wanted = (PAIRS / f"{name}.md").read_text(encoding="utf-8").removesuffix("\n")
    assert convert(source) == wanted


def test_every_pair_is_whole() -> None:
    sources = {path.stem for path in PAIRS.glob("*.html")}
    assert len(sources) >= 120
    assert sources == {path.stem for path in PAIRS.glob("*.md")}


# --- literal text -----------------------------------------------------------------------------------------------------

TRICKY = re.findall(
    r"\S+",
    r"* ** *** _ __ ~ ~~ | || ` `` ``` \ # ## -# - + > >>> 1. 23. [ ] ( ) ]( [a](b) < > <@1> @ @everyone @here"
    r" <@123456789012345678> <@&123456789012345678> <#123456789012345678> :smile: <:n:123456789012345678> <t:1:R>"
    r" </cmd:123456789012345678> <id:home> a b1 é ツ 😀 . , : ! ? ” … snake_case_ https://x.example/a_b https://"
    r" https://x.example/(y) www. ~~~ |||| /",
)
tricky_text = st.lists(
    st.one_of(
        st.sampled_from([*TRICKY, " ", " ", "\n", "<br>"]),
        st.text(st.characters(exclude_categories=["Cs", "Cc", "Cf", "Co", "Cn", "Zl", "Zp"]), max_size=3),
    ),
    max_size=12,
)


def visible_text(text: str) -> str:
    return "".join(char for char in text if not char.isspace() and char not in "\u200b\ufeff")


@settings(max_examples=600, deadline=None)
@given(tricky_text)
def test_literal_text_reads_as_typed(words: list[str]) -> None:
    source = "".join(word if word == "<br>" else entities.escape(word, quote=False) for word in words)
    typed = "".join("\n" if word == "<br>" else word for word in words)
    result = convert(f"<p>{source}</p>")
    assert unquote(discord_reader.shown(result)) == unquote(visible_text(typed))
    marks = {mark for _, around in discord_reader.read(result) for mark in around}
    assert all(mark.startswith("url:") for mark in marks), marks


@settings(max_examples=200, deadline=None)
@given(tricky_text)
def test_literal_name_reads_as_typed_and_is_no_link(words: list[str]) -> None:
    typed = "".join(words)
    result = escape(typed)
    assert "\n" not in result
    assert discord_reader.shown(result) == visible_text(typed)
    assert not {mark for _, around in discord_reader.read(result) for mark in around}
    label = discord_reader.read(f"x **{result or 'x'}**")[1:]
    assert {frozenset({"b"})} == {around for _, around in label}


# --- structure --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Piece:
    """A piece of a page: its HTML, and what a reader should see of it."""

    html: str
    seen: tuple[Seen, ...]

    def __add__(self, other: Piece) -> Piece:
        return Piece(self.html + other.html, self.seen + other.seen)

    def within(self, tag: str, *marks: str) -> Piece:
        name = tag.split(" ")[0]
        return Piece(f"<{tag}>{self.html}</{name}>", tuple((char, around | set(marks)) for char, around in self.seen))


def text_piece(text: str) -> Piece:
    return Piece(entities.escape(text, quote=False), tuple((char, frozenset()) for char in visible_text(text)))


NO_PIECE = Piece("", ())
WORDS = [
    "a",
    "b1",
    "word",
    "two words",
    " ",
    "*",
    "_",
    "**",
    "~",
    "|",
    "\\",
    "`",
    "é",
    "😀",
    ".",
    ":x:",
    "1.",
    "-",
    "#",
    ">",
]
plain_piece = st.lists(st.sampled_from(WORDS), min_size=1, max_size=4).map(lambda words: text_piece("".join(words)))
code_piece = (
    st.text("ab c`\\<#.", min_size=1, max_size=6).filter(str.strip).map(lambda t: text_piece(t).within("code", "code"))
)
break_piece = st.just(Piece("<br>", ()))
INLINE_TAGS = [("b", "b"), ("em", "i"), ("u", "u"), ("del", "s"), ('span class="spoiler"', "spoiler")]
link_text = st.sampled_from(["here", "see _this_", "a*b", "two words", "x"])
link_piece = st.tuples(link_text, st.sampled_from("pq")).map(
    lambda made: text_piece(made[0]).within(
        f'a href="https://l.example/{made[1]}_{made[1]}"', f"link:https://l.example/{made[1]}_{made[1]}"
    )
)
inline_piece: st.SearchStrategy[Piece] = st.recursive(
    st.one_of(plain_piece, code_piece, break_piece, link_piece),
    lambda inner: st.one_of(
        st.tuples(st.sampled_from(INLINE_TAGS), inner).map(lambda made: made[1].within(*made[0])),
        st.lists(inner, min_size=2, max_size=4).map(lambda made: sum(made, NO_PIECE)),
    ),
    max_leaves=8,
)


def items(pieces: list[Piece], tag: str, *, depth: int = 0, start: int = 1) -> Piece:
    """A list of pieces; an item without anything to see would not be there, so each gets a word."""
    whole = NO_PIECE
    for number, piece in enumerate(pieces, start):
        name = "li" if tag == "ul" else f"li{number}"
        whole += (text_piece("w") + piece).within("li", f"item:{depth}:{name}")
    return whole.within(tag if start == 1 else f'{tag} start="{start}"')


def list_piece(tag: str) -> st.SearchStrategy[Piece]:
    start = st.integers(1, 12) if tag == "ol" else st.just(1)
    return st.tuples(st.lists(inline_piece, min_size=1, max_size=3), start).map(
        lambda made: items(made[0], tag, start=made[1])
    )


def nested(made: tuple[list[Piece], list[Piece]]) -> Piece:
    inner = items(made[1], "ul", depth=1)
    return items([*made[0], text_piece("x") + inner], "ol")


paragraph_piece = inline_piece.map(lambda piece: piece.within("p"))
block_piece = st.one_of(
    paragraph_piece,
    paragraph_piece.map(lambda piece: piece.within("blockquote", "quote")),
    inline_piece.map(lambda piece: (text_piece("w") + piece).within("h3", "h3")),
    list_piece("ul"),
    list_piece("ol"),
    list_piece("ul").map(lambda piece: piece.within("blockquote", "quote")),
    st.tuples(st.lists(inline_piece, max_size=2), st.lists(inline_piece, min_size=1, max_size=2)).map(nested),
    st.text("ab `*_|<>\n#-", min_size=1, max_size=20)
    .filter(lambda text: bool(text.strip()))
    .map(lambda text: text_piece(text).within("pre", "fence")),
)


def joined(blocks: list[Piece]) -> Piece:
    """Blocks with a word between them: two lists in a row are one in Discord."""
    whole = NO_PIECE
    for block in blocks:
        whole += block + text_piece("between").within("p")
    return whole


document = st.lists(block_piece, min_size=1, max_size=4).map(joined)
SLOW = [HealthCheck.too_slow, HealthCheck.data_too_large]


@settings(max_examples=500, deadline=None, suppress_health_check=SLOW)
@given(document)
def test_structure_survives(piece: Piece) -> None:
    assert discord_reader.read(convert(piece.html)) == list(piece.seen)


@settings(max_examples=250, deadline=None, suppress_health_check=SLOW)
@given(document)
def test_second_conversion_is_a_fixed_point(piece: Piece) -> None:
    once = convert(piece.html)
    back = to_blog(once, profile=Profile.RICH)
    assert convert(back) == once


@settings(max_examples=300, deadline=None)
@given(st.text(st.sampled_from("<>/=\"' abpiu&;#1-!\n*_`"), max_size=120))
def test_any_input_comes_back_without_pings(source: str) -> None:
    assert discord_reader.pings(convert(source)) == []
