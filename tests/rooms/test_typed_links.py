"""What a commenter types is words to every reader of Discord's markdown: no link, mention or picture comes of it."""

from __future__ import annotations

import html as entities
import random
from itertools import product

import pytest

from bot.core.actions import Parent
from bot.core.domain import Comment, CommentId, Millis, PostId
from bot.sync.mirroring import compose
from bot.translate.split import split
from bot.translate.to_discord import escape, excerpt, quote, to_discord
from tests.support import discord_parsers, discord_reader
from tests.support.discord_parsers import READERS, Found

BASE = "https://blog.example/2026/03/essay/"
ELSEWHERE = "https://elsewhere.example"
DAY = Millis(1_767_225_600_000)

TYPED = [
    f"[discord.com]({ELSEWHERE}/a)",
    f"[discord.com]( <{ELSEWHERE}/a> )",
    f'[discord.com]({ELSEWHERE}/a "the login")',
    f"[discord.com](<{ELSEWHERE}/a> 'the login')",
    f"[[discord.com]]({ELSEWHERE}/a)",
    f"[a [discord.com] b]({ELSEWHERE}/a)",
    f"[a]b]({ELSEWHERE}/a)",
    f"[discord.com\\]({ELSEWHERE}/a)",
    f"\\[discord.com]({ELSEWHERE}/a)",
    f"\\\\[discord.com]({ELSEWHERE}/a)",
    f"![a picture]({ELSEWHERE}/a.png)",
    f"[discord.com][1] and\n\n[1]: {ELSEWHERE}/a",
    f"[1]: {ELSEWHERE}/a\n\nsee [discord.com] [1]",
    f"![a picture][1]\n\n[1]: <{ELSEWHERE}/a>",
    f"[**discord**.com]({ELSEWHERE}/a)",
    f"**[discord.com]({ELSEWHERE}/a)**",
    f"||[discord.com]({ELSEWHERE}/a)||",
    f"`[discord.com]({ELSEWHERE}/a)`",
    f"[a `b]({ELSEWHERE}/a)` c",
    f"> [discord.com]({ELSEWHERE}/a)",
    f"- [discord.com]({ELSEWHERE}/a)",
    f"1. [discord.com]({ELSEWHERE}/a)",
    f"# [discord.com]({ELSEWHERE}/a)",
    f"-# [discord.com]({ELSEWHERE}/a)",
    f"[discord.com]\n({ELSEWHERE}/a)",
    f"[discord.com](\n{ELSEWHERE}/a\n)",
    f"[x]({ELSEWHERE}/(a)) [y]({ELSEWHERE}/b)",
    f"[https://discord.com]({ELSEWHERE}/a)",
    f"<{ELSEWHERE}/a> [",
    "[mail](mailto:a@elsewhere.example) <mailto:a@elsewhere.example> <a@elsewhere.example>",
    "<@123456789012345678> <@!123456789012345678> <@&123456789012345678> <#123456789012345678>",
    "@everyone @here </cmd:123456789012345678> </cmd sub:123456789012345678>",
    "<id:customize> <id:browse> <id:guide> <id:linked-roles:123456789012345678>",
    "<t:1> <t:1:R> <t:-1:F> <:a:123456789012345678> <a:a:123456789012345678> <sound:1:123456789012345678>",
]
"""In a commenter's own words; with all of them no reader may find anything but an address that says where it leads."""

SHAPES = {
    "paragraph": "<p>{}</p>",
    "bold": "<p><b>{}</b> after</p>",
    "italic in underline": "<p><u><i>{}</i></u></p>",
    "struck": "<p>x <del>{}</del>y</p>",
    "hidden": '<p><span class="spoiler">{}</span></p>',
    "quotation": "<blockquote><p>{}</p></blockquote>",
    "quotation in a quotation": "<blockquote><blockquote>{}</blockquote></blockquote>",
    "list": "<ul><li>{}</li><li>b</li></ul>",
    "numbers": "<ol><li>a<ul><li>{}</li></ul></li></ol>",
    "heading": "<h2>{}</h2>",
    "small heading": "<h5>{}</h5>",
    "definition": "<dl><dt>{}</dt><dd>{}</dd></dl>",
    "picture's words": '<p><img alt="{}" src="/cat.png"></p>',
    "picture without address": '<p><img alt="{}" src="data:,"></p>',
    "after a link": '<p><a href="/x">x</a>{}</p>',
    "label of a link": '<p><a href="/x">{}</a></p>',
    "code": "<p><code>{}</code></p>",
    "listing": "<pre>{}</pre>",
    "table of one": "<table><tr><td>{}</td></tr></table>",
    "too deep": "<div>" * 70 + "{}",
}

needs_parsers = pytest.mark.skipif(
    discord_parsers.missing_tools() is not None, reason=str(discord_parsers.missing_tools())
)


def typed(text: str) -> str:
    return entities.escape(text).replace("\n", "<br>")


def mirror(html: str, *, author: str = "Ann", parent: Parent | None = None, limit: int = 2000) -> list[str]:
    """The messages that show a comment, the reply line first and the footer last."""
    comment = Comment(CommentId("7"), PostId("1"), None, author, DAY, html, f"{BASE}#comment-7")
    shown = compose.Mirror(comment, parent, None, parent_url=f"{BASE}m", base_url=BASE, limit=limit)
    return [one.text for one in shown.parts()]


def strange(found: Found) -> bool:
    """Not one of ours: those lead to the blog. A bare address is one that its reader sees."""
    if found.type in ("inlineCode", "codeBlock"):
        return False
    if found.type in ("url", "autolink", "link") and not found.is_masked:
        return False
    return not (found.type == "link" and found.target.startswith("https://blog.example/"))


def judged(texts: list[str]) -> list[str]:
    """What is not as it should be, in which text and to which reader."""
    return [
        f"{reader}: {one} in {text!r}"
        for text, every in zip(texts, discord_parsers.read(texts), strict=True)
        for reader in READERS
        if reader != "as a page" or "```" not in text  # its rule for a fence wants a blank line behind it
        for one in every[reader]
        if strange(one)
    ]


@needs_parsers
def test_readers_find_what_is_typed_where_nothing_is_escaped() -> None:
    found = discord_parsers.read(
        [f"[discord.com]({ELSEWHERE}/a)", f"[discord.com\\]({ELSEWHERE}/a)", "<@123456789012345678>"]
    )
    link = Found("link", f"{ELSEWHERE}/a", "discord.com")
    assert all(link in found[0][reader] for reader in READERS)
    assert all(any(one.is_masked for one in found[1][reader]) for reader in READERS)  # a bracket that bears a backslash
    assert [one.type for one in found[2]["newer"]] == ["user"]


@needs_parsers
def test_no_reader_finds_anything_in_what_a_commenter_types() -> None:
    comments = [shape.replace("{}", typed(text)) for shape, text in product(SHAPES.values(), TYPED)]
    found = judged([one for html in comments for one in mirror(html)])
    print(
        f"\n{len(comments)} comments to {len(READERS)} readers: {len(found)} links, mentions or pictures came of them"
    )
    assert found == []


@needs_parsers
def test_no_reader_finds_anything_in_a_name_a_quotation_an_opening_or_a_part() -> None:
    texts = []
    for text in TYPED:
        html = f"<p>{typed(text)}</p>"
        texts += mirror("<p>Yes.</p>", parent=Parent(CommentId("6"), text, html, ""))
        texts += [f"**{escape(text)}**", f"-# {quote(html)}", excerpt(html, base_url=BASE, limit=600)]
        long = f"<p>{'word ' * 11}{typed(text)} {'word ' * 9}</p>" * 3
        for limit in (70, 83, 110):
            texts += split(long, base_url=BASE, limit=limit, max_parts=40)
    assert judged(texts) == []


@needs_parsers
def test_no_reader_finds_anything_in_what_chance_types() -> None:
    chance = random.Random(20261201)
    pieces = [*TYPED, *"[]()<>\\`*_|~!: \n", "](", f"]({ELSEWHERE}/b)", "a", "b c", "``", "**", "||", "```"]
    tags = ["<b>", "</b>", "<i>", "</i>", "<code>", "</code>", '<span class="spoiler">', "</span>", "<br>", "<li>"]
    texts = []
    for _ in range(1500):
        words = [typed(chance.choice(pieces)) if chance.random() < 0.8 else chance.choice(tags) for _ in range(9)]
        texts += mirror("<p>" + "".join(words))
    assert judged(texts) == []


def test_our_own_reader_finds_no_masked_link_either() -> None:
    for shape, text in product(SHAPES.values(), TYPED):
        marks = {
            mark
            for _, around in discord_reader.read(to_discord(shape.replace("{}", typed(text)), base_url=BASE))
            for mark in around
        }
        assert not {mark for mark in marks if mark.startswith((f"link:{ELSEWHERE}", "ping:"))}
