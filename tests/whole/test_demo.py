"""The demo as a newcomer meets it: the command, its page, the real bot between the sides, and nothing left behind."""

from __future__ import annotations

import asyncio
import os
import re
import signal
import sys
import time
from pathlib import Path

import aiohttp
import pytest
from playwright.async_api import Page, expect

from bot.demo.theatre import Theatre, theatre
from tests.support.wordpress import WordPress
from tests.whole.test_demo_chromium import NEEDS_CHROMIUM, chromium

ROOT = Path(__file__).parents[2]
ACROSS = 1000.0
"""Milliseconds in which a word has to be on the other side."""


async def the_page(stage: Theatre, page: Page) -> None:
    """Open it and wait until the whole discussion has been mirrored."""
    assert stage.blog is not None
    await page.goto(stage.url)
    comments = len(stage.blog.comments(stage.blog.posts[-1].id))
    await expect(page.locator("#tree .comment")).to_have_count(comments, timeout=20_000)
    await expect(page.locator("#messages .message")).to_have_count(comments + 1, timeout=20_000)


@NEEDS_CHROMIUM
async def test_words_cross_within_a_second_both_ways() -> None:
    async with theatre() as stage, chromium() as browser:
        page = await browser.new_page(viewport={"width": 1440, "height": 900})
        await the_page(stage, page)

        await page.locator("#tree .comment").first.focus()
        await page.keyboard.press("r")
        await page.keyboard.type("Said on the **blog** side, plainly.")
        await page.keyboard.press("Control+Enter")
        began = time.monotonic()
        mirrored = page.locator("#messages .message", has_text="Said on the **blog** side, plainly.")
        await expect(mirrored).to_have_count(1, timeout=ACROSS)
        to_discord = time.monotonic() - began

        await mirrored.focus()
        await page.keyboard.press("r")
        await page.keyboard.type("Answered on the *Discord* side.")
        await page.keyboard.press("Enter")
        began = time.monotonic()
        relayed = page.locator("#tree .comment", has_text="Answered on the Discord side.")
        await expect(relayed).to_have_count(1, timeout=ACROSS)
        to_blog = time.monotonic() - began
        await expect(relayed.locator("em")).to_have_text("Discord")
        assert stage.blog is not None
        newest = max(stage.blog.comments(stage.blog.posts[-1].id), key=lambda comment: comment.id)
        above = next(one for one in stage.blog.comments(newest.post) if one.id == newest.parent)
        assert "Said on the" in above.raw, "the answer hangs under the comment it answers"

        sent = page.locator("#messages .message", has_text="Answered on the Discord side.")
        await sent.focus()
        await page.keyboard.press("e")
        await page.get_by_label("Edit your message").fill("Answered, and thought better.")
        await page.keyboard.press("Enter")
        await expect(page.locator("#tree .comment", has_text="thought better")).to_have_count(1, timeout=ACROSS)
        changed = page.locator("#messages .message", has_text="thought better")
        await changed.hover()
        await changed.get_by_role("button", name="Delete").click()
        await changed.get_by_role("button", name="Really?").click()
        await expect(page.locator("#tree .comment", has_text="thought better")).to_have_count(0, timeout=ACROSS)
        print(f"blog to Discord {to_discord * 1000:.0f} ms, Discord to blog {to_blog * 1000:.0f} ms")


@NEEDS_CHROMIUM
async def test_a_published_post_opens_a_thread() -> None:
    async with theatre() as stage, chromium() as browser:
        page = await browser.new_page(viewport={"width": 1440, "height": 900})
        await the_page(stage, page)
        await page.get_by_role("button", name="Write a post").click()
        await page.get_by_label("Title").fill("Fresh ink")
        await page.get_by_label("Text").fill("First line of it.")
        await page.keyboard.press("Control+Enter")
        await expect(page.locator("#places")).to_contain_text("Fresh ink", timeout=2 * ACROSS)


def heeds_ctrl_c() -> None:
    """A shell starts what runs in the background deaf to Ctrl-C, and children inherit that; a terminal does not."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


@pytest.mark.parametrize("end", [signal.SIGINT, signal.SIGTERM], ids=["ctrl-c", "terminated"])
async def test_the_command_serves_a_page_and_leaves_nothing_behind(tmp_path: Path, end: signal.Signals) -> None:
    environment = {**os.environ, "TMPDIR": str(tmp_path), "HOME": str(tmp_path)}
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "bot",
        "demo",
        cwd=ROOT,
        env=environment,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        preexec_fn=heeds_ctrl_c,
    )
    try:
        assert process.stdout is not None
        assert process.stderr is not None
        async with asyncio.timeout(30):
            line = (await process.stdout.readline()).decode()
        address = re.search(r"http://127\.0\.0\.1:\d+/", line)
        assert address, line
        async with aiohttp.ClientSession() as session, session.get(address[0]) as answer:
            assert answer.status == 200
            assert "Commonthread" in await answer.text()
        assert list(tmp_path.iterdir()), "the demo's folder is not where temporary files belong"
        process.send_signal(end)
        async with asyncio.timeout(15):
            assert await process.wait() in (0, 130)
            assert (await process.stderr.read()).decode() == "", "something beside the address was printed"
        assert list(tmp_path.iterdir()) == []
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


async def test_a_real_blog_is_shown_read_only(wordpress: WordPress) -> None:
    post = await wordpress.post("Shown to visitors", "<p>Look.</p>")
    await wordpress.comment(post["id"], "<p>Only look.</p>")
    before = len(await wordpress.comments(post["id"], status="any"))
    async with theatre(blog_url=wordpress.url) as stage:
        async with asyncio.timeout(20):
            while not (await stage.running.engine.desk.status()).queue.done >= 2:  # noqa: ASYNC110 - the queue has no event
                await asyncio.sleep(0.05)
        async with aiohttp.ClientSession() as session, session.get(stage.url) as answer:
            assert answer.status == 200
        assert not (await stage.running.engine.desk.status()).can_write
    assert len(await wordpress.comments(post["id"], status="any")) == before
