"""The parser of Discord's dialect: what the client makes of a text, said as trees; whole documents; linear time.

Looks at no HTML: what the trees become on a blog is in `test_to_blog`.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.translate.dialect.parse import MAX_LIST_DEPTH, parse
from bot.translate.dialect.tree import (
    Break,
    Code,
    Fence,
    Heading,
    Hyperlink,
    Inline,
    List,
    Mention,
    MentionKind,
    MessageBlock,
    Paragraph,
    Quote,
    Style,
    Styled,
    Subtext,
    Text,
    Timestamp,
)

B, I, U, S, H = Style.BOLD, Style.ITALIC, Style.UNDERLINE, Style.STRIKE, Style.SPOILER  # noqa: E741 – a style, not a number
URL = "https://pond.example/"


def styled(style: Style, *children: Inline | str) -> Styled:
    return Styled(style, nodes(*children))


def nodes(*children: Inline | str) -> tuple[Inline, ...]:
    return tuple(Text(child) if isinstance(child, str) else child for child in children)


def paragraph(*children: Inline | str) -> Paragraph:
    return Paragraph(nodes(*children))


INLINE: list[tuple[str, tuple[Inline | str, ...]]] = [
    ("frog", ("frog",)),
    ("**frog**", (styled(B, "frog"),)),
    ("*frog*", (styled(I, "frog"),)),
    ("_frog_", (styled(I, "frog"),)),
    ("__frog__", (styled(U, "frog"),)),
    ("~~frog~~", (styled(S, "frog"),)),
    ("||frog||", (styled(H, "frog"),)),
    ("***frog***", (styled(B, styled(I, "frog")),)),
    ("___frog___", (styled(U, styled(I, "frog")),)),
    ("***frog* and toad**", (styled(B, styled(I, "frog"), " and toad"),)),
    ("***frog** and toad*", (styled(I, styled(B, "frog"), " and toad"),)),
    ("**frog *toad***", (styled(B, "frog ", styled(I, "toad")),)),
    ("*frog **toad***", (styled(I, "frog ", styled(B, "toad")),)),
    ("__frog _toad___", (styled(U, "frog ", styled(I, "toad")),)),
    ("*frog **toad* newt**", (styled(I, "frog **toad"), " newt**")),
    ("**frog *toad** newt*", (styled(B, "frog *toad"), " newt*")),
    ("**frog*", ("*", styled(I, "frog"))),
    ("__frog_", ("_", styled(I, "frog"))),
    ("*frog**", ("*frog**",)),
    ("x * frog *", ("x * frog *",)),
    ("x * frog*", ("x * frog*",)),
    ("*frog *toad*", ("*frog ", styled(I, "toad"))),
    ("*frog\n*", ("*frog", Break(), "*")),
    ("frog_toad_newt", ("frog_toad_newt",)),
    ("_frog_s", ("_frog_s",)),
    ("_frog_!", (styled(I, "frog"), "!")),
    ("_frog_é", (styled(I, "frog"), "é")),
    ("pond_frog_", ("pond", styled(I, "frog"))),
    ("** **", (styled(B, " "),)),
    ("****", ("****",)),
    ("**** frog ****", ("**** frog ****",)),
    ("~frog~", ("~frog~",)),
    ("|frog|", ("|frog|",)),
    ("||frog|| toad||", (styled(H, "frog"), " toad||")),
    ("~~frog~~~", (styled(S, "frog"), "~")),
    (r"\*frog\*", ("*frog*",)),
    (r"*frog\*", ("*frog*",)),
    (r"**frog\****", (styled(B, "frog**"),)),
    (r"**frog \** toad**", (styled(B, "frog ** toad"),)),
    (r"\\*frog*", ("\\", styled(I, "frog"))),
    (r"\frog \1", (r"\frog \1",)),
    ("¯\\_(ツ)_/¯", ("¯\\_(ツ)_/¯",)),
    ("`frog`", (Code("frog"),)),
    ("`` frog`toad ``", (Code("frog`toad"),)),
    ("`*frog*`", (Code("*frog*"),)),
    (r"`frog\`", (Code("frog\\"),)),
    (r"\`frog`", ("`frog`",)),
    ("**`**`**", (styled(B, Code("**")),)),
    ("`frog``", ("`frog``",)),
    ("` `", (Code(" "),)),
    ("``", ("``",)),
    ("frog\ntoad", ("frog", Break(), "toad")),
    ("<@12>", (Mention(MentionKind.USER, 12),)),
    ("<@!12>", (Mention(MentionKind.USER, 12),)),
    ("<@&12>", (Mention(MentionKind.ROLE, 12),)),
    ("<#12>", (Mention(MentionKind.CHANNEL, 12),)),
    ("<@>", ("<@>",)),
    ("<@1a>", ("<@1a>",)),
    ("<:ribbit:12><a:hop:34>", (":ribbit::hop:",)),
    ("*<:big_frog:12>*", (styled(I, ":big_frog:"),)),
    ("<t:0>", (Timestamp(0),)),
    ("<t:-5:R>", (Timestamp(-5),)),
    ("<t:253402300800>", ("<t:253402300800>",)),
    ("<t:5:Z>", ("<t:5:Z>",)),
    ("</hop far:12>", ("/hop far",)),
    ("<id:guide>", ("Server Guide",)),
    ("<id:nowhere>", ("<id:nowhere>",)),
    (URL, (Hyperlink(URL, nodes(URL)),)),
    (f"<{URL}>", (Hyperlink(URL, nodes(URL)),)),
    (f"{URL}.", (Hyperlink(URL, nodes(URL)), ".")),
    (f"({URL})", ("(", Hyperlink(URL, nodes(URL)), ")")),
    (f"{URL}a_(b)", (Hyperlink(f"{URL}a_(b)", nodes(f"{URL}a_(b)")),)),
    (f"{URL}a_b_c", (Hyperlink(f"{URL}a_b_c", nodes(f"{URL}a_b_c")),)),
    (f"**{URL}**", (styled(B, Hyperlink(URL, nodes(URL))),)),
    ("https://", ("https://",)),
    ("ftp://pond.example", ("ftp://pond.example",)),
    (f"[frog]({URL})", (Hyperlink(URL, nodes("frog")),)),
    (f"[frog](<{URL}>)", (Hyperlink(URL, nodes("frog")),)),
    (f'[frog]({URL} "toad")', (Hyperlink(URL, nodes("frog"), "toad"),)),
    (f"[frog]({URL} 'toad')", (Hyperlink(URL, nodes("frog"), "toad"),)),
    (f"[*frog*]({URL})", (Hyperlink(URL, (styled(I, "frog"),)),)),
    (f"*[frog]({URL}*x)*", (styled(I, Hyperlink(f"{URL}*x", nodes("frog"))),)),
    (f"[a [b] c]({URL})", (Hyperlink(URL, nodes("a [b] c")),)),
    (f"[a]({URL}(b))", (Hyperlink(f"{URL}(b)", nodes("a")),)),
    (f"[[a]({URL})]({URL})", ("[", Hyperlink(URL, nodes("a")), "](", Hyperlink(URL, nodes(URL)), ")")),
    (f"[{URL}]({URL})", ("[", Hyperlink(URL, nodes(URL)), "](", Hyperlink(URL, nodes(URL)), ")")),
    (f"[ ]({URL})", ("[ ](", Hyperlink(URL, nodes(URL)), ")")),
    (f"[frog] ({URL})", ("[frog] (", Hyperlink(URL, nodes(URL)), ")")),
    (f"\\[frog]({URL})", ("[frog](", Hyperlink(URL, nodes(URL)), ")")),
    ("[frog](javascript:hop)", ("[frog](javascript:hop)",)),
    ("[frog](<ftp://pond.example>)", ("[frog](<ftp://pond.example>)",)),
    ("[frog](pond)", ("[frog](pond)",)),
    ("[frog", ("[frog",)),
]


@pytest.mark.parametrize(("text", "expected"), INLINE, ids=[text for text, _ in INLINE])
def test_inline(text: str, expected: tuple[Inline | str, ...]) -> None:
    """One paragraph becomes these inline nodes."""
    assert parse(text) == (paragraph(*expected),)


BLOCKS: list[tuple[str, tuple[MessageBlock, ...]]] = [
    ("", ()),
    (" \n\n ", ()),
    ("a\n\n\nb", (paragraph("a"), paragraph("b"))),
    ("**a\n\nb**", (paragraph(styled(B, "a")), paragraph(styled(B, "b")))),
    ("# a", (Heading(1, nodes("a")),)),
    ("### a\nb", (Heading(3, nodes("a")), paragraph("b"))),
    ("#### a", (paragraph("#### a"),)),
    ("#a", (paragraph("#a"),)),
    ("# # a", (paragraph("# # a"),)),
    ("# a ## ", (Heading(1, nodes("a")),)),
    ("# a#", (Heading(1, nodes("a#")),)),
    ("# ", (paragraph("# "),)),
    ("b\n # a", (paragraph("b", Break(), " # a"),)),
    ("# *a*", (Heading(1, (styled(I, "a"),)),)),
    ("# ```a```", (Heading(1, nodes("a")),)),
    ("# `a *b*\nc`", (Heading(1, nodes("`a ", styled(I, "b"))), paragraph("c`"))),
    ("-# a", (Subtext(nodes("a")),)),
    ("-#a", (paragraph("-#a"),)),
    ("> a", (Quote((paragraph("a"),)),)),
    ("> a\n> b\nc", (Quote((paragraph("a", Break(), "b"),)), paragraph("c"))),
    ("> a\n> \n> b", (Quote((paragraph("a"), paragraph("b"))),)),
    ("> a\n>b", (Quote((paragraph("a"),)), paragraph(">b"))),
    (" > a", (Quote((paragraph("a"),)),)),
    ("> > a", (Quote((paragraph("> a"),)),)),
    (">>> a\n> b\n\nc", (Quote((paragraph("a", Break(), "> b"), paragraph("c"))),)),
    ("x\n>>> a", (paragraph("x"), Quote((paragraph("a"),)))),
    ("x > a", (paragraph("x > a"),)),
    ("> # a\n> - b", (Quote((Heading(1, nodes("a")), List(None, ((paragraph("b"),),)))),)),
    ("> ```\n> a\n> ```", (Quote((Fence("a"),)),)),
    ("> ```\na\n```", (Quote((paragraph("```"),)), paragraph("a", Break(), "```"))),
    ("- a\n- b", (List(None, ((paragraph("a"),), (paragraph("b"),))),)),
    ("* a", (List(None, ((paragraph("a"),),)),)),
    ("5. a\n1. b", (List(5, ((paragraph("a"),), (paragraph("b"),))),)),
    ("- a\n1. b", (List(None, ((paragraph("a"),),)), List(1, ((paragraph("b"),),)))),
    ("- a\n  b", (List(None, ((paragraph("a", Break(), "b"),),)),)),
    ("- a\nb", (List(None, ((paragraph("a"),),)), paragraph("b"))),
    ("- a\n  - b\n- c", (List(None, ((paragraph("a"), List(None, ((paragraph("b"),),))), (paragraph("c"),))),)),
    ("- a\n - b", (List(None, ((paragraph("a"), List(None, ((paragraph("b"),),))),)),)),
    ("1. a\n   1. b", (List(1, ((paragraph("a"), List(1, ((paragraph("b"),),))),)),)),
    ("- # a", (List(None, ((paragraph("# a"),),)),)),
    ("- > a", (List(None, ((Quote((paragraph("a"),)),),)),)),
    ("- ```a```", (List(None, ((Fence("a"),),)),)),
    ("-a\n1.b\n1) c\n+ d", (paragraph("-a", Break(), "1.b", Break(), "1) c", Break(), "+ d"),)),
    ("\\- a", (paragraph("- a"),)),
    ("1\\. a", (paragraph("1. a"),)),
    ("```\na\n```", (Fence("a"),)),
    ("```py\na\n```", (Fence("a"),)),
    ("```py```", (Fence("py"),)),
    ("```c++\na\n\n b\n```", (Fence("a\n\n b"),)),
    ("```\n- a\n> b\n```", (Fence("- a\n> b"),)),
    ("a ```b``` c", (paragraph("a "), Fence("b"), paragraph(" c"))),
    ("```a", (paragraph("```a"),)),
    (f"[a ```b``` c]({URL})", (paragraph("[a "), Fence("b"), paragraph(" c](", Hyperlink(URL, nodes(URL)), ")"))),
    ("``````", (paragraph("``````"),)),
    ("```\n\n```", (paragraph("```", ), paragraph("```"))),
    ("||```a```||", (Fence("a", spoiler=True),)),
    ("**a\n```b```\nc**", (paragraph(styled(B, "a")), Fence("b"), paragraph(styled(B, "c")))),
    ("`a\n> b`", (paragraph(Code("a\n> b")),)),
]  # fmt: skip


@pytest.mark.parametrize(("text", "expected"), BLOCKS, ids=[text for text, _ in BLOCKS])
def test_blocks(text: str, expected: tuple[MessageBlock, ...]) -> None:
    """A text becomes these blocks."""
    assert parse(text) == expected


def test_bullets_deeper_than_discord_nests_them_are_text() -> None:
    """The twelfth bullet of one line is text, and nothing is lost."""
    (block,) = parse("- " * 20 + "x")
    levels = 0
    while isinstance(block, List):
        levels, block = levels + 1, block.items[0][0]
    assert levels == MAX_LIST_DEPTH
    assert block == paragraph("- " * 9 + "x")


def depth(tree: tuple[Inline, ...]) -> int:
    return max((1 + depth(node.children) for node in tree if isinstance(node, Styled | Hyperlink)), default=0)


marks = st.lists(
    st.sampled_from(["*", "**", "***", "_", "__", "___", "~~", "||", "[", f"]({URL})", "a", " "]), max_size=60
)


@settings(max_examples=400, deadline=None)
@given(marks.map("".join))
def test_styles_nest_seven_deep_at_most(text: str) -> None:
    """Six styles' marks and a link: nothing encloses its own kind, so hostile text cannot exhaust the stack."""
    for block in parse(text):
        assert isinstance(block, Paragraph | List | Heading)
        if isinstance(block, Paragraph):
            assert depth(block.children) <= 7


# --- whole documents: written by the code below, read by the parser -------------------------------------------------

MARKS = {B: "**", U: "__", S: "~~", H: "||"}
words = st.text("abcxyzéツ09", min_size=1, max_size=6)


@dataclass(frozen=True)
class Written:
    """A piece of a document: its text in the dialect, and each of its characters with the names of what encloses it."""

    text: str
    chars: tuple[tuple[str, frozenset[str]], ...]

    def within(self, name: str, text: str) -> Written:
        return Written(text, tuple((char, around | {name}) for char, around in self.chars))

    def has(self, name: str) -> bool:
        return any(name in around for _, around in self.chars)


def literal(text: str, *names: str) -> Written:
    return Written(text, tuple((char, frozenset(names)) for char in text))


def joined(parts: list[Written], between: str) -> Written:
    return Written(between.join(part.text for part in parts), tuple(char for part in parts for char in part.chars))


def in_style(pair: tuple[Style, Written]) -> Written:
    style, inner = pair
    if inner.has(style.value):
        return inner
    mark = MARKS.get(style, "*")
    return inner.within(style.value, f"{mark}{inner.text}{mark}")


def in_link(inner: Written) -> Written:
    return inner if inner.has("link") or inner.has("code") else inner.within("link", f"[{inner.text}]({URL})")


inlines: st.SearchStrategy[Written] = st.recursive(
    st.one_of(
        words.map(literal),
        words.map(lambda word: Written(f"`{word}*`", literal(f"{word}*", "code").chars)),
        st.sampled_from("*_~|`[]<>#\\").map(lambda mark: Written(f"x\\{mark}x", literal(f"x{mark}x").chars)),
    ),
    lambda inner: st.one_of(
        st.lists(inner, min_size=2, max_size=3).map(lambda parts: joined(parts, " ")),
        st.tuples(st.sampled_from(Style), inner).map(in_style),
        inner.map(in_link),
    ),
    max_leaves=8,
)
lines = st.lists(inlines, min_size=1, max_size=3).map(lambda parts: joined(parts, "\n"))


def in_quote(inner: Written) -> Written:
    return inner.within("quote", "> " + inner.text.replace("\n", "\n> "))


def in_list(items: list[Written], ordered: bool, start: int) -> Written:
    written = []
    for index, item in enumerate(items):
        bullet = f"{start + index}. " if ordered else "- "
        text = bullet + item.text.replace("\n", "\n" + " " * len(bullet))
        written.append(item.within(f"item {index}" + (" of ol" if ordered else ""), text))
    return joined(written, "\n")


leaf_blocks = st.one_of(
    lines,
    st.tuples(st.integers(1, 3), inlines).map(
        lambda pair: pair[1].within(f"h{pair[0]}", "#" * pair[0] + f" {pair[1].text}")
    ),
    inlines.map(lambda inner: inner.within("subtext", f"-# {inner.text}")),
    st.lists(words, min_size=1, max_size=3).map(
        lambda code: Written("```\n" + "\n".join(code) + "\n```", literal("".join(code), "fence").chars)
    ),
)
item_lists = st.builds(in_list, st.lists(lines, min_size=1, max_size=3), st.booleans(), st.integers(1, 40))
nested_lists = st.builds(
    in_list,
    st.lists(st.tuples(lines, item_lists).map(lambda pair: joined(list(pair), "\n")), min_size=1, max_size=2),
    st.booleans(),
    st.integers(1, 40),
)
blocks = st.one_of(leaf_blocks, item_lists, nested_lists)
quotes = st.lists(blocks, min_size=1, max_size=2).map(lambda parts: in_quote(joined(parts, "\n\n")))
documents = st.lists(st.one_of(blocks, quotes), min_size=1, max_size=4).map(lambda parts: joined(parts, "\n\n"))


def read_blocks(tree: tuple[MessageBlock, ...], around: frozenset[str]) -> list[tuple[str, frozenset[str]]]:
    chars: list[tuple[str, frozenset[str]]] = []
    for block in tree:
        match block:
            case Paragraph(children):
                chars += read_inline(children, around)
            case Heading(level, children):
                chars += read_inline(children, around | {f"h{level}"})
            case Subtext(children):
                chars += read_inline(children, around | {"subtext"})
            case Fence(text):
                chars += [(char, around | {"fence"}) for char in text]
            case Quote(inner):
                chars += read_blocks(inner, around | {"quote"})
            case List(start, items):
                for index, item in enumerate(items):
                    name = f"item {index}" + ("" if start is None else " of ol")
                    chars += read_blocks(item, around | {name})
    return chars


def read_inline(tree: tuple[Inline, ...], around: frozenset[str]) -> list[tuple[str, frozenset[str]]]:
    chars: list[tuple[str, frozenset[str]]] = []
    for node in tree:
        match node:
            case Text(text):
                chars += [(char, around) for char in text]
            case Code(text):
                chars += [(char, around | {"code"}) for char in text]
            case Styled(style, children):
                chars += read_inline(children, around | {style.value})
            case Hyperlink(_, children):
                chars += read_inline(children, around | {"link"})
            case _:
                pass
    return chars


@settings(max_examples=300, deadline=None)
@given(documents)
def test_structure_survives(document: Written) -> None:
    """Each character of a document is read back inside the same styles, links, items, quotes, headings and fences."""
    read = [char for char in read_blocks(parse(document.text), frozenset()) if not char[0].isspace()]
    assert read == list(document.chars)


SLOW: dict[str, Callable[[int], str]] = {
    "stars": lambda size: "*" * size,
    "bold": lambda size: "**a" * (size // 3),
    "underscores": lambda size: "_a" * (size // 2),
    "ticks": lambda size: "a".join("`" * (count + 1) for count in range(int((2 * size) ** 0.5))),
    "fences": lambda size: "```\n" * (size // 4),
    "brackets": lambda size: "[" * (size // 2) + "a" + "]" * (size // 2) + f"({URL})",
    "targets": lambda size: "[" * (size // 25) + f"{URL} " + f"]({URL})" * (size // 25),
    "open targets": lambda size: f"[a]({URL}(" * (size // 26),
    "quotes": lambda size: "> ```\n" * (size // 6),
    "lists": lambda size: "".join(" " * depth + "- a\n" for depth in range(int((2 * size) ** 0.5))),
    "nested": lambda size: "*a _b ~~c ||d __e **f " * (size // 22),
    "angles": lambda size: "</" * (size // 2),
    "lines": lambda size: "\n" * size + "x",
    "addresses": lambda size: "http://x" + ")" * size,
}


@pytest.mark.parametrize("kind", SLOW)
def test_time_is_linear(kind: str) -> None:
    """Eight times the text takes about eight times the work, where a quadratic parser does sixty-four times as much."""

    def work(size: int) -> float:
        text, start = SLOW[kind](size), time.process_time()
        parse(text)
        return time.process_time() - start

    small, large = (min(work(size) for _ in range(4)) for size in (5_000, 40_000))
    assert large < 32 * max(small, 0.002)
