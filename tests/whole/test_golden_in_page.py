"""What a reader of Discord sees of each golden pair, by the page's own renderer, against the comment's own words.

The renderer in the demo's page shares nothing with the translator: two readings of the dialect have to agree.
"""

from __future__ import annotations

import re
import unicodedata
from pathlib import Path

from playwright.async_api import Page
from selectolax.lexbor import LexborHTMLParser

from bot.demo.stage import StageServer, seed
from bot.demo.stage.loopback_blog import LoopbackBlogSource
from bot.demo.stage.loopback_discord import LoopbackDiscordSource
from bot.sandbox.discord import LoopbackDiscord
from bot.sandbox.wordpress import LoopbackBlog
from tests.whole.test_demo_chromium import NEEDS_CHROMIUM, chromium

PAIRS = sorted((Path(__file__).parents[1] / "data" / "to_discord").glob("*.html"))
pytestmark = [NEEDS_CHROMIUM]

UNSEEN = "script, style, template, noscript, head, iframe, object, svg, audio, video, input"

# Pairs whose reader on Discord sees more than the comment's own letters: an address that a blog's page hides.
ADDRESS_SHOWN = re.compile(r"embed-frame|embed-video-site|link-.*|mention-in-address|video-and-audio")
# What a link says of where it leads stands on Discord alone.
HOST = re.compile(r"(\]\([^()\s]*\)) \([^()\s]+\)")
# Pairs whose comment has letters that are not for readers; the reason is in the name.
LEFT_OUT = {"forms", "hidden-parts", "reply-line-of-a-feed", "scripts-and-styles"}


def letters(text: str) -> str:
    """Letters and digits alone: marks, bullets, brackets and spaces are the translator's to choose."""
    return "".join(char for char in unicodedata.normalize("NFKC", text) if unicodedata.category(char)[0] in "LN")


def own_words(source: str) -> str:
    """The letters that a reader of the blog sees; a picture says that it is one, and what it shows."""
    tree = LexborHTMLParser(source)
    for node in tree.css(UNSEEN):
        node.decompose()
    for picture in tree.css("img"):
        emoji = re.search(r"\b(emoji|wp-smiley)\b", picture.attributes.get("class") or "")
        picture.replace_with(("" if emoji else "image") + (picture.attributes.get("alt") or ""))
    return letters(tree.root.text() if tree.root else "")


def holds(whole: str, part: str) -> bool:
    """Whether all letters of ``part`` stand in ``whole``, in their order."""
    rest = iter(whole)
    return all(char in rest for char in part)


def reads_alike(name: str, own: str, seen: str) -> bool:
    """Nothing of the comment's own words is lost, and nothing but a shown address is added."""
    if name in LEFT_OUT:
        return holds(own, seen) or holds(seen, own)
    return own == seen or (ADDRESS_SHOWN.fullmatch(name) is not None and holds(seen, re.sub(r"^https?", "", own)))


async def what_is_seen(page: Page, markdown: str) -> str:
    """The text of a message as the page draws it."""
    script = """(text) => {
        const box = document.createElement('div');
        box.append(window.commonthread.render(text, {}));
        return box.textContent;
    }"""
    return letters(await page.evaluate(script, markdown))


async def test_golden_pairs_read_the_same_in_the_page() -> None:
    async def no_rows() -> list[dict[str, object]]:
        return []

    async with LoopbackBlog(seed.TITLE) as blog, LoopbackDiscord() as discord:
        seed.seed_blog(blog)
        guild, _, _, members = await seed.seed_discord(discord)
        source = LoopbackBlogSource(blog, title=seed.TITLE)
        chat = LoopbackDiscordSource(discord, guild, members)
        async with StageServer(chat, source, no_rows) as stage, chromium() as browser:
            page = await browser.new_page()
            await page.goto(stage.url)
            await page.locator("#tree .comment").first.wait_for(state="attached")
            texts = {path: HOST.sub(r"\1", path.with_suffix(".md").read_text("utf-8")) for path in PAIRS}
            seen = {path: await what_is_seen(page, text) for path, text in texts.items()}
    assert len(seen) >= 120
    own = {path: own_words(path.read_text("utf-8")) for path in PAIRS}
    differing = [
        f"{path.stem}: {own[path]} | {seen[path]}"
        for path in PAIRS
        if not reads_alike(path.stem, own[path], seen[path])
    ]
    assert not differing, "\n".join(differing)
