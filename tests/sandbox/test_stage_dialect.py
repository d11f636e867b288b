"""What a reader sees of Discord's markdown dialect, rendered by the demo's page in a real browser.

Does not ask the bot's own translators: the page is a second opinion on what they write.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from playwright.async_api import Page, expect

from bot.demo.stage import StageServer
from bot.demo.stage.loopback_blog import LoopbackBlogSource
from bot.demo.stage.loopback_discord import LoopbackDiscordSource
from bot.demo.stage.sources import Json
from bot.sandbox.discord import LoopbackDiscord
from bot.sandbox.wordpress import LoopbackBlog
from tests.whole.test_demo_chromium import NEEDS_CHROMIUM, chromium

pytestmark = [pytest.mark.asyncio(loop_scope="module"), NEEDS_CHROMIUM]

LINK = ' target="_blank" rel="noopener noreferrer nofollow"'
TITLE = re.compile(r' title="\w+day[^"]*"')
SPOILER = re.compile(r'<span class="spoiler"[^>]*>')
NAMES = {
    "users": {"111111111111111111": "Ann"},
    "roles": {"222222222222222222": "hosts"},
    "channels": {"333333333333333333": "lounge"},
    "now": 1_700_000_000_000,
}
RENDER = """([text, names]) => {
  const box = document.createElement('div');
  box.append(window.commonthread.render(text, names));
  return box.innerHTML;
}"""


def item(*parts: str) -> str:
    return "".join(f"<li>{part}</li>" for part in parts)


CASES = {
    "plain": ("Just words.", "Just words."),
    "line break": ("one\ntwo", "one<br>two"),
    "blank line": ("one\n\ntwo", "one<br><br>two"),
    "trimmed": ("  \n words \n ", "words"),
    "bold": ("a **b** c", "a <strong>b</strong> c"),
    "italics with a star": ("*i*", "<em>i</em>"),
    "italics with a bar": ("_i_", "<em>i</em>"),
    "underline": ("__u__", "<u>u</u>"),
    "strike": ("~~s~~", "<s>s</s>"),
    "bold italics": ("***x***", "<strong><em>x</em></strong>"),
    "italics within bold": ("**a *b***", "<strong>a <em>b</em></strong>"),
    "bold within italics": ("_**x** y_", "<em><strong>x</strong> y</em>"),
    "bold beside italics": ("**a**_b_", "<strong>a</strong><em>b</em>"),
    "bold across lines": ("**a\nb**", "<strong>a<br>b</strong>"),
    "open mark": ("**never closed", "**never closed"),
    "arithmetic": ("2 * 3 * 4", "2 * 3 * 4"),
    "snake case": ("my_long_name and a_b", "my_long_name and a_b"),
    "marks only": ("**", "**"),
    "spoiler": ("||s **b**||", "<spoiler>s <strong>b</strong></span>"),
    "escaped mark": (r"\*not\* \_this\_ \\", r"*not* _this_ \ ".strip()),
    "backslash before a letter": (r"C:\new\dir", r"C:\new\dir"),
    "shrug": ("¯\\_(ツ)_/¯", "¯\\_(ツ)_/¯"),
    "code": ("`a *b* <i>`", "<code>a *b* &lt;i&gt;</code>"),
    "code with a backtick": ("`` a`b ``", "<code>a`b</code>"),
    "fence": ("```\na\n\n  b\n```", "<pre><code>a\n\n  b</code></pre>"),
    "fence with language": ("```py\nx = 1\n```", '<pre><code data-language="py">x = 1</code></pre>'),
    "fence in a line": ("see ```x``` there", "see <pre><code>x</code></pre> there"),
    "no blocks in a fence": ("```\n# a\n> b\n- c\n```", "<pre><code># a\n&gt; b\n- c</code></pre>"),
    "quote": ("> a\n> b\nc", "<blockquote>a<br>b</blockquote>c"),
    "quote with a blank line": ("> a\n> \n> b", "<blockquote>a<br><br>b</blockquote>"),
    "quote of the rest": (">>> a\nb\n> c", "<blockquote>a<br>b<br>&gt; c</blockquote>"),
    "one level of quotes": ("> > a", "<blockquote>&gt; a</blockquote>"),
    "no quote without a space": (">a", "&gt;a"),
    "list in a quote": ("> - a\n> - b", f"<blockquote><ul>{item('a', 'b')}</ul></blockquote>"),
    "list": ("- a\n* b", f"<ul>{item('a', 'b')}</ul>"),
    "nested list": ("- a\n  - b\n    - c\n- d", "<ul><li>a<ul><li>b<ul><li>c</li></ul></li></ul></li><li>d</li></ul>"),
    "ordered list": ("1. a\n2. b", f"<ol>{item('a', 'b')}</ol>"),
    "ordered list from three": ("3. a\n4. b", f'<ol start="3">{item("a", "b")}</ol>'),
    "bullets in an ordered list": ("1. a\n   - b\n2. c", "<ol><li>a<ul><li>b</li></ul></li><li>c</li></ol>"),
    "second line of an item": ("- a\n  more", "<ul><li>a<br>more</li></ul>"),
    "style in an item": ("- **a**", "<ul><li><strong>a</strong></li></ul>"),
    "not an item": ("-a\n1.b", "-a<br>1.b"),
    "words after a list": ("- a\n\nb", f"<ul>{item('a')}</ul><br>b"),
    "heading": ("# A *b*\nc", '<div class="h h1" role="heading" aria-level="4">A <em>b</em></div>c'),
    "third heading": ("### A", '<div class="h h3" role="heading" aria-level="6">A</div>'),
    "no fourth heading": ("#### A", "#### A"),
    "hash tag": ("#tag", "#tag"),
    "subtext": ("-# small\nbig", '<small class="subtext">small</small>big'),
    "masked link": ("[the *site*](https://a.example/x)", '<a href="https://a.example/x">the <em>site</em></a>'),
    "masked link without a preview": ("[w](<https://a.example/y>)", '<a href="https://a.example/y">w</a>'),
    "brackets in the address": ("[w](https://a.example/A_(b))", '<a href="https://a.example/A_(b)">w</a>'),
    "label that poses as an address": (
        "[https://bank.example](https://evil.example/)",
        '[https://bank.example](<a href="https://evil.example/">https://evil.example/</a>)',
    ),
    "script behind a link": ("[x](javascript:alert(1))", "[x](javascript:alert(1))"),
    "bare link": ("see https://a.example/a_b_c.", 'see <a href="https://a.example/a_b_c">https://a.example/a_b_c</a>.'),
    "bare link in brackets": (
        "(https://a.example/w_(b))",
        '(<a href="https://a.example/w_(b)">https://a.example/w_(b)</a>)',
    ),
    "link in angle brackets": ("<https://a.example/>", '<a href="https://a.example/">https://a.example/</a>'),
    "member": ("<@111111111111111111> <@!111111111111111111>", " ".join(['<span class="mention">@Ann</span>'] * 2)),
    "role": ("<@&222222222222222222>", '<span class="mention">@hosts</span>'),
    "channel": ("<#333333333333333333>", '<span class="mention">#lounge</span>'),
    "stranger": ("<@999999999999999999>", '<span class="mention">@unknown-user</span>'),
    "everyone": ("@everyone", '<span class="mention">@everyone</span>'),
    "everyone defused": ("@\u200beveryone", "@\u200beveryone"),
    "command": ("</sync status:123456789012345678>", '<span class="mention">/sync status</span>'),
    "custom emoji": ("a <:wave:123456789012345678>", 'a <span class="emoji" title=":wave:">:wave:</span>'),
    "time": (
        "<t:1700000000:t>",
        '<time datetime="2023-11-14T22:13:20.000Z">22:13</time>',
    ),
    "time ago": (
        "<t:1699992800:R>",
        '<time datetime="2023-11-14T20:13:20.000Z">2 hours ago</time>',
    ),
    "time out of range": ("<t:9999999999999>", "&lt;t:9999999999999&gt;"),
    "markup": ("<script>alert(1)</script>", "&lt;script&gt;alert(1)&lt;/script&gt;"),
    "picture": ("<img src=x onerror=alert(1)>", "&lt;img src=x onerror=alert(1)&gt;"),
    "control characters": ("a\u0000b\u001bc", "abc"),
    "only emoji": ("🎉 🎉", '<span class="jumbo">🎉 🎉</span>'),
}


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def dialect_page() -> AsyncIterator[Page]:
    """A page for rendering only: what the two sides hold does not matter."""
    async with chromium() as browser, LoopbackBlog("Quiet") as blog, LoopbackDiscord() as discord:
        guild = discord.add_guild(name="Quiet")

        async def map_rows() -> list[Json]:
            return []

        async with StageServer(
            LoopbackDiscordSource(discord, guild, []), LoopbackBlogSource(blog, title="Quiet"), map_rows
        ) as stage:
            page = await browser.new_page(locale="en-GB", timezone_id="UTC")
            await page.goto(stage.url)
            await expect(page.locator("#line")).to_have_text("live")
            yield page
            await page.close()


@pytest.mark.parametrize("name", CASES)
async def test_a_reader_sees_the_dialect(dialect_page: Page, name: str) -> None:
    text, wanted = CASES[name]
    shown = await dialect_page.evaluate(RENDER, [text, NAMES])
    assert TITLE.sub("", SPOILER.sub("<spoiler>", shown)).replace(LINK, "") == wanted


@pytest.mark.parametrize("text", ["*" * 4000, "[](" * 1300, "||**__" * 650, "`" * 4000, "> " * 2000, "_a" * 2000])
async def test_hostile_text_is_rendered_quickly(dialect_page: Page, text: str) -> None:
    timed = (
        "([text]) => { const t = performance.now(); window.commonthread.render(text); return performance.now() - t }"
    )
    assert await dialect_page.evaluate(timed, [text]) < 500
