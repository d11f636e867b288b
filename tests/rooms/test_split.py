"""Splitting: every part stands by itself, and together they say what the comment says."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.core.domain import utf16
from bot.translate.markdown.blocks import QuoteBlock
from bot.translate.markdown.read import read
from bot.translate.markdown.write import Ruler, markdown
from bot.translate.split import split
from bot.translate.to_discord import to_discord
from tests.rooms.test_to_discord import BASE, BOUND_MS, HOSTILE, SLOW, Piece, document, hostile, seconds, without_hosts
from tests.support import discord_reader
from tests.support.discord_reader import Seen

MORE = "[the rest](https://blog.example/2026/03/essay/#comment-7)"
SENTENCES = "The river rose at night. Nobody heard it! Was the bridge closed? They say so; we shall see. "


def parts_of(html: str, **options: int) -> tuple[str, ...]:
    return split(html, base_url=BASE, **{"max_parts": 100, **options})  # type: ignore[arg-type]  # ints alone here


def seen_in(parts: tuple[str, ...]) -> list[Seen]:
    return without_hosts([seen for part in parts for seen in discord_reader.read(part)])


def without_bars(seen: list[Seen]) -> list[Seen]:
    """The bar before each line of an inner quotation is the converter's, not the author's."""
    return [(char, around) for char, around in seen if char != "│"]


# --- what must hold for every comment ---------------------------------------------------------------------------------

long_document = st.lists(document, min_size=3, max_size=14).map(
    lambda pieces: Piece("".join(p.html for p in pieces), tuple(seen for p in pieces for seen in p.seen))
)


@settings(max_examples=200, deadline=None, suppress_health_check=SLOW)
@given(long_document, st.integers(200, 2000), st.integers(0, 120))
def test_parts_fit_and_keep_the_structure(piece: Piece, limit: int, reply_line: int) -> None:
    parts = parts_of(piece.html, limit=limit, first=limit - reply_line)
    assert all(0 < len(part) <= limit and part == part.strip() for part in parts)
    assert len(parts[0]) <= limit - reply_line
    assert seen_in(parts) == list(piece.seen)


@settings(max_examples=150, deadline=None, suppress_health_check=SLOW)
@given(long_document)
def test_ruler_measures_what_the_converter_writes(piece: Piece) -> None:
    blocks = read(piece.html, base_url=BASE)
    assert Ruler(len).text(blocks) == markdown(blocks)


def test_ruler_knows_every_block_inside_every_other() -> None:
    inner = ["<p>x<br>y</p>", "<hr>", "<pre>c\nd</pre>", "<h2>h</h2>", "<ul><li>a<li>b</ul>", "<ol><li>a</ol>"]
    outer = ["{}", "<blockquote>{}</blockquote>", "<ul><li>{}</ul>", "<ol start=9><li>z<li>{}</ol>"]
    shapes = [one.replace("{}", two) for one in outer for two in outer]
    for shape in [*shapes, *(one.replace("{}", shape) for one in outer for shape in shapes)]:
        for first in inner:
            blocks = read(shape.replace("{}", first + "".join(inner)), base_url=BASE)
            assert Ruler(len).text(blocks) == markdown(blocks)


def test_ruler_measures_a_link_whose_scheme_is_in_upper_case() -> None:
    blocks = read('<a href="HTTP://x.example/a">words</a>', base_url=BASE)
    assert Ruler(len).text(blocks) == markdown(blocks) == "[words](HTTP://x.example/a) (x.example)"


def test_ruler_remembers_where_a_block_stood() -> None:
    (quotation,) = read("<blockquote>x</blockquote>", base_url=BASE)
    ruler = Ruler(len)
    assert ruler.text((quotation,)) == "> x"
    assert ruler.text((QuoteBlock((quotation,)),)) == "> │ x"


@settings(max_examples=100, deadline=None)
@given(st.text(min_size=1, max_size=3000), st.integers(100, 400))
def test_any_text_is_cut_into_parts_that_fit(text: str, limit: int) -> None:
    html = f"<p>{text.replace('&', '&amp;').replace('<', '&lt;')}</p>"
    parts = split(html, base_url=BASE, limit=limit, max_parts=1000)
    assert all(len(part) <= limit for part in parts)
    whole = discord_reader.shown(to_discord(html, base_url=BASE))
    assert "".join(map(discord_reader.shown, parts)) == whole


# --- forms ------------------------------------------------------------------------------------------------------------

WRAPPERS = {
    "paragraph": ("<p>", "</p>"),
    "bold": ("<p><b>", "</b></p>"),
    "spoiler": ('<p><span class="spoiler">', "</span></p>"),
    "styles in styles": ("<p><u>x <i>y <b>", "</b></i></u></p>"),
    "strike": ("<p><del>", "</del></p>"),
    "quote": ("<blockquote><p>", "</p></blockquote>"),
    "quote in a quote": ("<blockquote><blockquote><p>", "</p></blockquote></blockquote>"),
    "list item": ("<ul><li>", "</li></ul>"),
    "numbered item": ("<ol start='4'><li>", "</li></ol>"),
    "nested item": ("<ol><li>outer<ul><li>", "</li></ul></li></ol>"),
    "heading": ("<h2>", "</h2>"),
    "fence": ("<pre>", "</pre>"),
    "link text": ('<p><a href="https://l.example/a">', "</a></p>"),
    "code span": ("<p><code>", "</code></p>"),
}


@pytest.mark.parametrize("limit", [200, 500, 2000])
@pytest.mark.parametrize("form", WRAPPERS)
def test_long_form_is_closed_and_reopened(form: str, limit: int) -> None:
    opening, closing = WRAPPERS[form]
    html = f"{opening}{(SENTENCES * 60).strip()}{closing}"
    parts = parts_of(html, limit=limit)
    assert len(parts) > 2
    assert all(len(part) <= limit for part in parts)
    whole = discord_reader.read(to_discord(html, base_url=BASE))
    assert without_bars(seen_in(parts)) == without_bars(without_hosts(whole))
    assert sum(map(len, parts)) > 0.5 * limit * (len(parts) - 1)


def test_spoiler_never_leaks() -> None:
    html = f'<p>Before. <span class="spoiler">{SENTENCES * 40}</span> After.</p>'
    for part in parts_of(html, limit=300):
        outside = re.sub(r"\|\|.*?\|\|", "", part, flags=re.DOTALL)
        assert outside.strip() in ("", "Before.", "After.")


def test_fence_is_reopened_with_its_language() -> None:
    html = f'<pre><code class="language-python">{"x = 1  # note" * 1}\n' + "value += 1\n" * 80 + "</code></pre>"
    parts = parts_of(html, limit=300)
    assert all(part.startswith("```python\n") and part.endswith("\n```") for part in parts)
    assert "\n".join(part[10:-4] for part in parts) == "x = 1  # note\n" + "\n".join(["value += 1"] * 80)


def test_numbered_list_counts_on() -> None:
    html = "<ol>" + "".join(f"<li>point {n} of the list</li>" for n in range(1, 61)) + "</ol>"
    lines = [line for part in parts_of(html, limit=250) for line in part.split("\n")]
    assert lines == [f"{n}. point {n} of the list" for n in range(1, 61)]


def test_number_goes_on_after_an_item_that_ends_with_its_part() -> None:
    html = f"<ol><li>{SENTENCES * 2}</li><li>{SENTENCES * 2}</li><li>last</li></ol>"
    for limit in range(170, 420, 10):
        numbers = [int(found) for part in parts_of(html, limit=limit) for found in re.findall(r"(?m)^(\d)\. ", part)]
        assert sorted(set(numbers)) == [1, 2, 3]
        assert numbers == sorted(numbers)


def test_number_goes_on_after_an_item_whose_rest_is_blank() -> None:
    html = f"<ol><li><b>first</b> {'word ' * 30}{'&nbsp;' * 60}</li><li>next</li></ol>"
    assert parts_of(html, limit=190)[-1] == "2. next"


def test_form_that_cannot_be_cut_still_hides_its_secret() -> None:
    inside = '<a href="https://l.example/' + "x" * 300 + '"><span class="spoiler">secret words here</span></a>'
    for part in parts_of(f"<blockquote><p>{inside}</p></blockquote>", limit=100):
        assert not any(char.isalpha() and "spoiler" not in around for char, around in discord_reader.read(part))


def test_item_cut_in_two_keeps_its_number() -> None:
    html = f"<ol start='8'><li>{SENTENCES * 6}</li><li>next</li></ol>"
    parts = parts_of(html, limit=300)
    assert [re.match(r"\d+", part)[0] for part in parts] == ["8"] * len(parts)  # type: ignore[index]  # None fails the test
    assert parts[-1].endswith("\n9. next")


# --- where it cuts ----------------------------------------------------------------------------------------------------


def test_cuts_between_blocks_first() -> None:
    html = "".join(f"<p>{SENTENCES.strip()}</p>" for _ in range(6))
    parts = parts_of(html, limit=220)
    assert set(parts) == {f"{SENTENCES.strip()}\n\n{SENTENCES.strip()}"}


def test_cuts_at_line_ends_before_sentences() -> None:
    html = "<p>" + "<br>".join(["One line. And more of it"] * 30) + "</p>"
    assert all(part.split("\n")[-1] == "One line. And more of it" for part in parts_of(html, limit=200))


def test_cuts_at_sentence_ends_before_words() -> None:
    parts = parts_of(f"<p>{SENTENCES * 20}</p>", limit=200)
    assert all(part[-1] in ".!?" for part in parts)


def test_cuts_between_words_where_no_sentence_ends() -> None:
    parts = parts_of(f"<p>{'harbour ' * 200}</p>", limit=200)
    assert set("".join(parts).replace(" ", "").split("harbour")) == {""}


def test_long_word_is_cut_between_characters() -> None:
    parts = parts_of(f"<p>{'x_' * 600}</p>", limit=200)
    assert all(len(part) <= 200 for part in parts)
    assert "".join(map(discord_reader.shown, parts)) == "x_" * 600


CLUSTERS = {
    "family": "👩\u200d👩\u200d👧\u200d👦",
    "flag": "🇳🇿",
    "skin tone": "👋🏽",
    "accents": "e\u0301\u0323",
    "keycap": "7\ufe0f\u20e3",
    "hangul parts": "\u1112\u1161\u11ab",
    "tag flag": "🏴\U000e0067\U000e0062\U000e0073\U000e0063\U000e0074\U000e007f",
}


@pytest.mark.parametrize("name", CLUSTERS)
@pytest.mark.parametrize("limit", range(100, 112))
def test_no_cut_inside_a_grapheme_cluster(name: str, limit: int) -> None:
    cluster = CLUSTERS[name]
    parts = parts_of(f"<p>{cluster * 120}</p>", limit=limit)
    assert all(part == cluster * (len(part) // len(cluster)) for part in parts)
    assert "".join(parts) == cluster * 120


@pytest.mark.parametrize("limit", range(100, 140, 3))
def test_no_cut_inside_a_link_address_or_mention(limit: int) -> None:
    unit = (
        '<a href="https://l.example/some/where">two words</a> x https://bare.example/a_b/c?d=e '
        "&lt;@123456789012345678&gt; <code>a b c</code> :party: "
    )
    parts = parts_of(f"<p>{unit * 8}</p>", limit=limit)
    text = "\n".join(parts)
    assert text.count("[two words](https://l.example/some/where)") == 8
    assert len(re.findall(r"(?<![(<])https://bare\.example/a_b/c\?d=e(?!\S)", text)) == 8
    assert text.count("\\<@\u200b123456789012345678>") == 8
    assert text.count("`a b c`") == 8
    assert text.count("\\:party:") == 8


TOLD_LINK = "[two short words](https://l.example/a) (l.example)"


@pytest.mark.parametrize("limit", range(100, 160, 7))
def test_links_without_a_blank_between_stay_whole(limit: int) -> None:
    link = '<a href="https://l.example/a">two short words</a>'
    parts = parts_of(f"<p>{','.join([link] * 30)}</p>", limit=limit)
    assert ",".join(part.strip(",") for part in parts) == ",".join([TOLD_LINK] * 30)


def test_no_escape_is_parted_from_its_sign() -> None:
    for limit in range(100, 110):
        parts = parts_of(f"<p>{'*' * 400}</p>", limit=limit)
        assert all(re.fullmatch(r"(?:\\\*)+", part) for part in parts)


# --- limits -----------------------------------------------------------------------------------------------------------


def test_past_the_last_part_stands_the_way_to_the_rest() -> None:
    parts = split(f"<p>{SENTENCES * 400}</p>", base_url=BASE, limit=2000, max_parts=5, more=MORE)
    assert len(parts) == 5
    assert parts[-1].endswith(f"\n\n{MORE}")
    assert all(len(part) <= 2000 for part in parts)
    assert not any(MORE in part for part in parts[:-1])


def test_what_fits_the_last_part_needs_no_way_to_the_rest() -> None:
    parts = split(f"<p>{SENTENCES * 100}</p>", base_url=BASE, limit=2000, max_parts=5, more=MORE)
    assert len(parts) == 5
    assert MORE not in parts[-1]


def test_without_a_way_to_the_rest_an_ellipsis_tells_of_it() -> None:
    parts = split(f"<p>{SENTENCES * 90}</p>", base_url=BASE, limit=2000, max_parts=2)
    assert parts[-1].endswith("…")
    assert len(parts[-1]) <= 2000


def test_first_part_leaves_room_for_the_line_before_it() -> None:
    parts = split(f"<p>{SENTENCES * 60}</p>", base_url=BASE, limit=2000, first=300)
    assert len(parts[0]) <= 300
    assert 1500 < len(parts[1]) <= 2000


def test_counts_utf16_units_on_demand() -> None:
    html = f"<p>{'🐧 ' * 1500}</p>"
    by_code_point = split(html, base_url=BASE, limit=2000)
    by_unit = split(html, base_url=BASE, limit=2000, count=utf16)
    assert max(map(len, by_code_point)) <= 2000 < max(map(utf16, by_code_point))
    assert max(map(utf16, by_unit)) <= 2000
    assert len(by_unit) > len(by_code_point)
    assert utf16("a🐧é") == 4


def test_nothing_visible_makes_no_part() -> None:
    assert split("<p>&nbsp;</p><!-- x -->", base_url=BASE, limit=2000) == ()
    assert split("", base_url=BASE, limit=2000) == ()


def test_short_comment_is_one_part_and_equals_the_conversion() -> None:
    html = "<p>A <b>short</b> one.</p><ul><li>x</li></ul>"
    assert split(html, base_url=BASE, limit=2000) == (to_discord(html, base_url=BASE),)


def test_refuses_a_room_too_small_for_any_part() -> None:
    with pytest.raises(ValueError, match="no room"):
        split("<p>x</p>", base_url=BASE, limit=2000, first=10)


@pytest.mark.parametrize("limit", [70, 90, 120])
def test_even_tiny_parts_fit_and_end(limit: int) -> None:
    html = (
        f'<blockquote><ul><li><ul><li><a href="https://l.example/{"long/" * 40}">label</a> {SENTENCES}</li></ul></ul>'
        f"<pre>{'y' * 300}</pre></blockquote><table><tr><td>{'z' * 50}<td>{'w' * 50}</table>"
    )
    parts = split(html, base_url=BASE, limit=limit, max_parts=500)
    assert all(0 < len(part) <= limit for part in parts)
    shown = "".join(map(discord_reader.shown, parts))
    assert "label" in shown
    assert shown.count("y") == 300 + SENTENCES.count("y")


@pytest.mark.parametrize("name", HOSTILE)
@pytest.mark.parametrize("kib", [64, 256])
def test_hostile_input_is_cut_in_time(name: str, kib: int) -> None:
    """Thrice the time of a conversion: each of five cuts is measured as Discord markdown."""
    source = hostile(HOSTILE[name], kib << 10)
    parts: list[tuple[str, ...]] = []
    taken = seconds(lambda: parts.append(split(source, base_url=BASE, limit=1900, more=MORE)))
    assert taken * 1000 < 3 * BOUND_MS * kib / 64
    assert max(map(len, parts[0]), default=0) <= 1900
