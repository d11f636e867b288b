"""Post every golden pair to a real WordPress and read it back as a stranger: is what is shown what was meant?

Does not look at how the HTML is spelled: only at what a reader sees, characters with their styles, links and breaks.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from selectolax.lexbor import LexborHTMLParser, LexborNode

from bot.translate.to_blog import Profile, plain_name
from tests.rooms.test_to_blog import PAIRS, Pair
from tests.support.wordpress import WordPress

BREAK, GAP = "line break", "paragraph"
BLOCKS = {"p", "blockquote", "pre", "ul", "ol", "li", "h1", "h2", "h3"}
SAME = {"b": "strong", "i": "em", "s": "del"}
ROLES = {Profile.COMMENT: "bridge", Profile.RICH: "editor"}

_numbers = itertools.count(1)


@dataclass(frozen=True)
class Around:
    """What encloses a character: the blocks from the outside in, and the inline styles in no order."""

    blocks: tuple[str, ...] = ()
    styles: frozenset[str] = frozenset()

    def inside(self, node: LexborNode) -> Around:
        """Return what encloses the children of `node`."""
        tag = SAME.get(str(node.tag), str(node.tag))
        shown = [
            f"{name}={node.attributes[name]}"
            for name in ("href", "title", "start", "class", "datetime")
            if node.attributes.get(name)
        ]
        label = " ".join([tag, *shown])
        if tag == "p":
            return self
        if tag in BLOCKS:
            return Around((*self.blocks, label), self.styles)
        return Around(self.blocks, self.styles | {label})


Seen = tuple[str, Around | None]


def seen(html: str, *, newlines: bool) -> list[Seen]:
    """Return what a reader sees of `html`: characters and what encloses them, line breaks and paragraphs.

    `newlines`: in the text as sent to WordPress, one newline is a line break and two begin a paragraph.
    """
    root = LexborHTMLParser(f"<div>{html}</div>").css_first("div")
    assert root is not None
    return list(_folded(_walk(root, Around(), newlines)))


def _walk(node: LexborNode, around: Around, newlines: bool) -> Iterator[Seen]:
    for child in node.iter(include_text=True):
        if child.tag == "-text":
            yield from _text(child.text_content or "", around, newlines)
        elif child.tag == "br":
            yield BREAK, None
        elif child.tag in BLOCKS:
            yield GAP, None
            yield from _walk(child, around.inside(child), newlines)
            yield GAP, None
        else:
            yield from _walk(child, around.inside(child), newlines)


def _text(text: str, around: Around, newlines: bool) -> Iterator[Seen]:
    kept = "pre" in around.blocks
    for part in text.replace("\n\n", "\x00").replace("\n", "\x01"):
        if part in "\x00\x01" and (kept or newlines):
            yield from (
                [(BREAK, None)] * (2 if part == "\x00" else 1) if kept else [(GAP if part == "\x00" else BREAK, None)]
            )
        elif part in "\x00\x01 \t" and not kept:
            yield " ", around
        else:
            yield part, around


def _folded(tokens: Iterator[Seen]) -> Iterator[Seen]:
    """Fold spaces as a browser does, and a paragraph's end with the breaks and spaces round it."""
    pending: list[Seen] = []
    begun = False
    for token in tokens:
        if token[0] in (" ", BREAK, GAP):
            pending.append(token)
            continue
        kinds = [kind for kind, _ in pending]
        if begun and GAP in kinds:
            yield GAP, None
        elif begun and BREAK in kinds:
            yield from [(BREAK, None)] * kinds.count(BREAK)
        elif begun and pending:
            yield " ", None
        pending.clear()
        begun = True
        yield token


@pytest.fixture(scope="module")
def shared() -> dict[str, int]:
    """Where the module keeps its post's id."""
    return {}


@pytest.fixture
async def post_id(wordpress: WordPress, shared: dict[str, int]) -> int:
    """A post of the module's own to comment on."""
    if "post" not in shared:
        shared["post"] = int((await wordpress.post("What Discord says", "<p>Comments below.</p>"))["id"])
    return shared["post"]


async def write(wordpress: WordPress, post_id: int, html: str, role: str, name: str = "") -> dict[str, Any]:
    """Post `html` as a guest's approved comment by `role`, and return the comment as anybody may read it."""
    number = next(_numbers)
    body = {
        "post": post_id,
        "content": html,
        "author_name": name or f"Guest {number}",
        "author_email": f"guest{number}@discord.invalid",
        "status": "approved",
    }
    created = await wordpress.request("POST", "wp/v2/comments", by=role, body=body)
    read: dict[str, Any] = await wordpress.request("GET", f"wp/v2/comments/{created['id']}", by=None)
    return read


@pytest.mark.parametrize("profile", Profile, ids=lambda profile: profile.name.lower())
@pytest.mark.parametrize("pair", [pair for pair in PAIRS if pair.expected[Profile.COMMENT]], ids=lambda pair: pair.name)
async def test_wordpress_shows_what_was_meant(wordpress: WordPress, post_id: int, pair: Pair, profile: Profile) -> None:
    """The reader of the blog sees the pair's HTML: its words, styles, links, quotes, code and breaks."""
    meant = pair.expected[profile]
    read = await write(wordpress, post_id, meant, ROLES[profile])
    shown = seen(read["content"]["rendered"], newlines=False)
    assert shown == seen(meant, newlines=profile is Profile.COMMENT)
    assert read["author_name"].startswith("Guest")


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("Ann & Co", "Ann &amp; Co"),
        ("<b>", "‹b›"),
        ("%41", "％41"),
        ("\u200b", "Discord member"),
        ("é" * 200, "é" * 122),
        ("&" * 200, "&amp;" * 49),
    ],
)
async def test_wordpress_takes_plain_names(wordpress: WordPress, post_id: int, name: str, shown: str) -> None:
    """No display name is refused: not the empty-looking, not the too long one."""
    read = await write(wordpress, post_id, f"I am {next(_numbers)}", "bridge", plain_name(name))
    assert read["author_name"] == shown
