"""From a Discord message to a blog comment: golden pairs, the walls against hostile text, the words for extras.

Talks to no blog; what a real WordPress makes of the same pairs is in `test_to_blog_wordpress`.
"""

from __future__ import annotations

import json
import time
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nh3
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from selectolax.lexbor import LexborHTMLParser

from bot.translate.comment.gate import (
    COMMENT_ATTRIBUTES,
    COMMENT_TAGS,
    RICH_ATTRIBUTES,
    RICH_TAGS,
    pass_comment,
    pass_rich,
)
from bot.translate.comment.html import PlainHtml, RichHtml
from bot.translate.comment.text import normalise
from bot.translate.dialect.parse import parse
from bot.translate.to_blog import Attachment, Extras, MentionNames, Profile, plain_name, to_blog

FOLDER = Path(__file__).parents[1] / "data" / "to_blog"


@dataclass(frozen=True)
class Pair:
    """One message and the HTML it must become; NAME.json, where there is one, holds names and extras."""

    name: str
    text: str
    names: MentionNames
    extras: Extras
    expected: dict[Profile, str]


def _read(path: Path) -> str:
    return path.read_bytes().decode().removesuffix("\n")


def _by_id(names: dict[str, str]) -> dict[int, str]:
    return {int(snowflake): name for snowflake, name in names.items()}


def read_pairs() -> Iterator[Pair]:
    """Read every NAME.discord with its NAME.comment.html and NAME.rich.html, in which &nbsp; is U+00A0."""
    for path in sorted(FOLDER.glob("*.discord")):
        beside = path.with_suffix(".json")
        more: dict[str, Any] = json.loads(_read(beside)) if beside.exists() else {}
        names, extras = more.get("names", {}), dict(more.get("extras", {}))
        extras["attachments"] = tuple(Attachment(**one) for one in extras.get("attachments", ()))
        extras["stickers"] = tuple(extras.get("stickers", ()))
        yield Pair(
            path.stem,
            _read(path),
            MentionNames(**{kind: _by_id(known) for kind, known in names.items()}),
            Extras(**extras),
            {
                profile: _read(path.with_suffix(f".{profile.name.lower()}.html")).replace("&nbsp;", "\u00a0")
                for profile in Profile
            },
        )


PAIRS = list(read_pairs())


@pytest.mark.parametrize("profile", Profile, ids=lambda profile: profile.name.lower())
@pytest.mark.parametrize("pair", PAIRS, ids=lambda pair: pair.name)
def test_golden_pair(pair: Pair, profile: Profile) -> None:
    """The message becomes exactly the HTML in the file."""
    assert to_blog(pair.text, names=pair.names, extras=pair.extras, profile=profile) == pair.expected[profile]


def test_there_are_pairs_and_no_stray_files() -> None:
    """At least 120 pairs are read, and every file of the folder belongs to one."""
    assert len(PAIRS) >= 120
    names = {pair.name for pair in PAIRS}
    assert {path.name.split(".")[0] for path in FOLDER.iterdir()} == names


ALLOWED = {Profile.COMMENT: (COMMENT_TAGS, COMMENT_ATTRIBUTES), Profile.RICH: (RICH_TAGS, RICH_ATTRIBUTES)}
TRICKS = [
    "*", "**", "***", "_", "__", "___", "~~", "||", "|||", "`", "``", "```", ">", ">>>", "#", "##", "-#", "-", "1.",
    "[", "](", ")", "](https://a.example)", "[x](https://b.example)", "[x](https://c.example", "<@1>", "<@&2>", "<#3>",
    "<:e:1>", "<t:1>", "<t:99999999999999>", "</a:1>", "<id:guide>", "https://d.example/a_b(", "<https://e.example>",
    "https://[", "https://x:99999", "https://u:p@h", "\\", "\\*", "<", "&", '"', "'", "&lt;", "<b>", "</p>", "<!--",
    "javascript:x", "www.f.example", "g@h.example", ":)", "...", "--", "a", "b", "é", "ツ", "¯\\_(ツ)_/¯", "\u200b",
    "\u0301", "\u202e", "\ud800", "\ufffe", "\x00", "x",
]  # fmt: skip
hostile = st.lists(
    st.one_of(st.sampled_from([*TRICKS, " ", "\n", "\n\n", "  ", "\t", "\r"]), st.text(max_size=3)), max_size=40
).map("".join)
names_of_ids = st.dictionaries(st.integers(0, 5), hostile, max_size=3)
some_names = st.builds(MentionNames, names_of_ids, names_of_ids, names_of_ids)
some_extras = st.builds(
    Extras,
    st.lists(st.builds(Attachment, hostile, st.none() | hostile, st.booleans(), st.none(), hostile), max_size=2).map(
        tuple
    ),
    st.lists(hostile, max_size=2).map(tuple),
    st.none() | hostile,
    st.booleans(),
    st.none() | st.just("https://discord.com/channels/1/2/3") | hostile,
)


def assert_only_allowed(html: str, profile: Profile) -> None:
    """Fail unless every element and attribute of the parsed `html` is on the profile's list and every link is http."""
    tags, attributes = ALLOWED[profile]
    root = LexborHTMLParser(f"<div>{html}</div>").css_first("div")
    assert root is not None
    for node in root.traverse(include_text=False):
        if node is root or node.tag == "div":
            continue
        assert node.tag in tags
        assert set(node.attributes) <= attributes.get(node.tag, set())
        href = node.attributes.get("href")
        assert node.tag != "a" or (href or "").lower().startswith(("http://", "https://"))
        assert node.tag != "span" or node.attributes == {"class": "spoiler"}


@settings(max_examples=600, deadline=None)
@given(hostile, some_names, some_extras, st.sampled_from(Profile))
def test_nothing_but_allowed_tags(text: str, names: MentionNames, extras: Extras, profile: Profile) -> None:
    """Whatever people write and are called, only the profile's tags come out, and JSON and UTF-8 can carry them."""
    html = to_blog(text, names=names, extras=extras, profile=profile)
    html.encode()
    assert_only_allowed(html, profile)


def test_the_gate_stops_what_no_renderer_should_make() -> None:
    """Each profile's gate alone takes out scripts, events, styles, foreign classes and schemes, and keeps its own."""
    bad = '<script>x</script><img src=x onerror=y><a href="javascript:z" onclick="z">a</a><p style="q" id="r">b</p>'
    assert pass_comment(bad) == "<a>a</a>b"
    assert pass_rich(bad) == "<a>a</a><p>b</p>"
    assert pass_rich('<span class="spoiler">c</span>') == '<span class="spoiler">c</span>'
    assert pass_rich('<span class="admin">c</span>') == "<span>c</span>"
    assert pass_comment('<span class="spoiler">c</span><u>d</u>') == "cd"


def canonical(html: str) -> str:
    """Return the document as the parser reads it, so that spelling does not matter."""
    root = LexborHTMLParser(html).body
    return (root.html or "") if root else ""


@settings(max_examples=600, deadline=None)
@given(hostile, some_names, st.sampled_from(Profile))
def test_the_gate_changes_nothing(text: str, names: MentionNames, profile: Profile) -> None:
    """nh3 is a second wall: neither before nor behind it does the document differ."""
    tags, attributes = ALLOWED[profile]
    renderer = PlainHtml(names) if profile is Profile.COMMENT else RichHtml(names)
    rendered = renderer.document(parse(normalise(text)))
    cleaned = nh3.clean(rendered, tags=set(tags), attributes=attributes, link_rel=None)
    assert canonical(cleaned) == canonical(rendered)
    final = to_blog(text, names=names, profile=profile)
    assert canonical(nh3.clean(final, tags=set(tags), attributes=attributes, link_rel=None)) == canonical(final)


def visible(html: str) -> str:
    """Return the characters that a reader sees, without any whitespace."""
    root = LexborHTMLParser(f"<div>{html}</div>").css_first("div")
    assert root is not None
    return "".join((root.text() or "").split())


MARKS = frozenset("\\*_~|`[]()<>#-:@/¯.+")
plain = st.text(
    st.characters(exclude_categories=("Cs", "Cc", "Cf", "Cn", "Co", "Mn", "Me", "Zl", "Zp"), exclude_characters=MARKS),
    max_size=60,
)


@settings(max_examples=400, deadline=None)
@given(plain, st.sampled_from(Profile))
def test_text_without_marks_survives(text: str, profile: Profile) -> None:
    """Text in which nothing is a mark reads the same on the blog."""
    assert visible(to_blog(text, profile=profile)) == "".join(text.split())


FILLERS = "\u115f\u1160\u3164\uffa0\u2800"
"""No blanks by their category, and nothing to be seen (Unicode: Hangul fillers, blank Braille)."""

typed = st.text(
    st.characters(exclude_categories=("Cs", "Cc", "Cf", "Cn", "Co", "Mn", "Me", "Zl", "Zp"), exclude_characters=FILLERS)
    | st.sampled_from(list("*_~|`>#-[]()<:")),
    max_size=60,
)


@settings(max_examples=400, deadline=None)
@given(typed, st.sampled_from(Profile))
def test_escaped_text_survives(text: str, profile: Profile) -> None:
    """Text whose every mark is escaped, as a careful writer would, reads the same on the blog and has no structure."""
    escaped = "".join(
        "\\" + char if char.isascii() and not char.isalnum() and not char.isspace() else char for char in text
    )
    html = to_blog(escaped, profile=profile)
    assert visible(html) == "".join(text.split())
    root = LexborHTMLParser(f"<div>{html}</div>").css_first("div")
    assert root is not None
    assert {node.tag for node in root.traverse(include_text=False)} <= {"div", "p", "br"}


@settings(max_examples=300, deadline=None)
@given(typed)
def test_code_survives(text: str) -> None:
    """Code is shown as typed, spaces and marks included, in a fence of either profile."""
    body = text.replace("`", "'").replace("\r", "").strip("\n")
    if not body.strip():
        return
    rich = LexborHTMLParser(to_blog(f"```\n{body}\n```", profile=Profile.RICH)).css_first("pre code")
    assert rich is not None
    assert rich.text() == body
    assert visible(to_blog(f"```\n{body}\n```")) == "".join(body.split())


def words_of(text: str) -> list[str]:
    return "".join(char if char.isalnum() else " " for char in text).split()


@settings(max_examples=400, deadline=None)
@given(
    st.lists(
        st.sampled_from(
            [*(mark for mark in TRICKS[:22] if mark != "```"), "\n", "\n\n", " ", "alpha", "beta", "gamma"]
        ),
        max_size=40,
    ).map("".join)
)
def test_no_word_is_lost(text: str) -> None:
    """However marks are mixed, no word vanishes: marks may turn into style, words never do.

    Without fences: the word behind an opening fence names its language, which the client does not show either.
    """
    for profile in Profile:
        seen = visible(to_blog(text, profile=profile))
        for word in ("alpha", "beta", "gamma"):
            assert seen.count(word) == text.count(word)


HOSTILE = [
    *"*_~|`[]()<>\\#-@:\n &\"'",
    "**a", "***a", "_a", "__a_", "~~a", "||a", "||a|||", "*a **b ", "`a``b```c", "```\n", "```a", "[](", "[x](https://x",
    "[a](https://x.example \"", "](https://", "<@1", "<@1>", "<:a:1>", "<t:1>", "http://", "https://a ", "https://a.b)",
    "> a\n", ">>> a\n", "- a\n", " - a\n", "1. ", "- - ", "# a\n", "-# a\n", "\u0301", "\u202e", "\ud800", "\U0001f600",
    "\\*", "¯\\_(ツ)_/¯", "a\n\n", "www.", "@a", "--", "...", "**~~||__*_", "[[a](https://b.c)", "||```x\n```||",
]  # fmt: skip


def work(text: str, profile: Profile) -> float:
    """Return the seconds of processor time that a conversion takes, the least of three: the machine has other work."""

    def once() -> float:
        start = time.process_time()
        to_blog(text, profile=profile)
        return time.process_time() - start

    return min(once() for _ in range(3))


@pytest.mark.parametrize("profile", Profile, ids=lambda profile: profile.name.lower())
@pytest.mark.parametrize("unit", HOSTILE, ids=ascii)
def test_hostile_repetition_takes_little_time(unit: str, profile: Profile) -> None:
    """4,000 characters, the most that anybody can send, take at most 100 ms and fit into a comment."""
    text = (unit * 4000)[:4000]
    assert work(text, profile) < 0.1
    html = to_blog(text, profile=profile)
    assert len(html.encode()) <= 65_525
    assert_only_allowed(html, profile)


@pytest.mark.parametrize(
    "text",
    [
        "[" * 1000 + "a" + "]" * 1000 + "(https://x.example)",
        "*a _b " * 650 + "_*" * 600,
        "http://x" + ")" * 3990,
        "\n" * 3999 + "x",
        "".join(" " * depth + "- a\n" for depth in range(85)),
        "**" + "*a" * 1999,
        "`" * 1 + "``".join("`" * (n % 40) for n in range(200)),
        "[a](https://x.example/" + "(" * 3900,
        "<" + "/" * 3999,
    ],
    ids=["brackets", "nest", "parens", "newlines", "indent", "stars", "ticks", "target", "command"],
)
def test_hostile_shapes_take_little_time(text: str) -> None:
    """Inputs that make backtracking or rescanning parsers slow take at most 100 ms."""
    for profile in Profile:
        assert work(text, profile) < 0.1


@settings(max_examples=60, deadline=None)
@given(hostile.filter(bool), st.sampled_from(Profile))
def test_any_repetition_takes_little_time(unit: str, profile: Profile) -> None:
    """Whatever is repeated to 4,000 characters takes at most 100 ms."""
    text = (unit * (4000 // len(unit) + 1))[:4000]
    assert work(text, profile) < 0.1


def test_mentions_of_long_names_stay_within_what_a_comment_may_hold() -> None:
    """A message stuffed with mentions is cut to WordPress's limit rather than refused by it."""
    names = MentionNames(users={1: "é" * 100})
    for profile in Profile:
        html = to_blog("<@1>" * 1000, names=names, profile=profile)
        assert 30_000 < len(html.encode()) <= 65_525
        assert " …" in html
        assert_only_allowed(html, profile)


def test_invisible_extras_and_text_post_nothing() -> None:
    """A message in which a reader would see nothing gives '', so that nothing is posted."""
    for text in ("", " \n", "\u200b", "** **", "||\u200b||", "> \u200b", "# \u200b", "\u3164", "\x00"):
        assert to_blog(text) == to_blog(text, profile=Profile.RICH) == ""


@settings(max_examples=400, deadline=None)
@given(hostile | st.text(max_size=400))
def test_plain_name_fits_the_author_field(name: str) -> None:
    """A name is one visible line of at most 245 bytes without controls, reversals or towers of marks."""
    result = plain_name(name)
    assert result
    assert result == " ".join(result.split())
    assert len(result.replace("&", "&amp;").encode()) <= 245
    assert not any(unicodedata.category(char) in ("Cc", "Cs") or char in "\u202e\u2066" for char in result)
    assert plain_name(result) == result


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Ann B.", "Ann B."),
        ("  two \n lines ", "two lines"),
        ("\u202eabc", "abc"),
        ("a\u200eb", "ab"),
        ("", "Discord member"),
        ("\u200b\u3164", "Discord member"),
        ("<b>Eve</b>", "<b>Eve</b>"),
        ("<b>", "‹b›"),
        ("%41", "％41"),
        ("e" + "\u0301" * 9, "e" + "\u0301" * 4),
        ("x" * 300, "x" * 245),
        ("é" * 200, "é" * 122),
        ("&" * 200, "&" * 49),
        ("👩\u200d🚀", "👩\u200d🚀"),
    ],
)
def test_plain_name(name: str, expected: str) -> None:
    """Names become what a blog can show, and stay what they were where they can."""
    assert plain_name(name) == expected
