"""The demo's page in a real browser: its keyboard path, what crosses, its colours, a narrow screen.

Does not run the bot between the two sides; here a message and a comment are tied by hand.
"""

from __future__ import annotations

import asyncio
import re
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, Route, async_playwright, expect

from bot.demo.stage import StageServer, seed
from bot.demo.stage.loopback_blog import LoopbackBlogSource
from bot.demo.stage.loopback_discord import LoopbackDiscordSource
from bot.demo.stage.sources import Json
from bot.sandbox.discord import Guild, LoopbackDiscord, Member
from bot.sandbox.wordpress import LoopbackBlog

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]
NEEDS_CHROMIUM = pytest.mark.skipif(
    CHROMIUM is None, reason="no Chromium on this machine (Debian: apt-get install chromium)"
)
pytestmark = [
    pytest.mark.asyncio(loop_scope="module"),
    NEEDS_CHROMIUM,
]


@dataclass
class DemoScene:
    """The furnished loopbacks, the stage before them, and a map that a test may add to."""

    blog: LoopbackBlog
    discord: LoopbackDiscord
    guild: Guild
    members: list[Member]
    stage: StageServer
    post: int
    thread: int
    rows: list[Json] = field(default_factory=list)


@asynccontextmanager
async def chromium() -> AsyncIterator[Browser]:
    """The browser this machine has; none is ever downloaded."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        await browser.close()


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def browser() -> AsyncIterator[Browser]:
    async with chromium() as found:
        yield found


@pytest_asyncio.fixture(loop_scope="module")
async def scene() -> AsyncIterator[DemoScene]:
    async with LoopbackBlog(seed.TITLE) as blog, LoopbackDiscord() as discord:
        post = seed.seed_blog(blog)[0]
        guild, forum, _, members = await seed.seed_discord(discord)
        thread = await discord.start_post(members[0], forum, "The argument needs an address", "Here is the essay.")
        row = {"thread_id": thread.id, "message_id": thread.id, "post_id": str(post), "comment_id": None}
        rows: list[Json] = [row | {"parent_id": None, "part": 0, "origin": "blog"}]

        async def map_rows() -> list[Json]:
            return list(rows)

        chat = LoopbackDiscordSource(discord, guild, members)
        async with StageServer(chat, LoopbackBlogSource(blog, title=seed.TITLE), map_rows) as stage:
            yield DemoScene(blog, discord, guild, members, stage, post, thread.id, rows)


async def open_page(browser: Browser, scene: DemoScene, **options: Any) -> Page:
    """A page that fails the test on any error of a script or any refused load."""
    options = {"viewport": {"width": 1440, "height": 900}, "locale": "en-GB", "timezone_id": "UTC"} | options
    page = await browser.new_page(**options)
    page.on("pageerror", lambda error: pytest.fail(f"a script of the page failed: {error}"))
    await page.goto(scene.stage.url)
    await page.locator("#tree .comment").first.wait_for(state="attached")
    return page


# --- the page ---------------------------------------------------------------------------------------------------


async def test_five_levels_of_replies_are_nested_and_fold(browser: Browser, scene: DemoScene) -> None:
    page = await open_page(browser, scene)
    await expect(page.locator("#tree .replies .replies .replies .replies .replies .comment").first).to_be_visible()
    first = page.locator("#tree > .branch").first
    below = first.locator(".replies .comment").first
    await first.locator("> .comment").focus()
    await page.keyboard.press("ArrowLeft")
    await expect(below).to_be_hidden()
    await expect(first.locator("> .unfold")).to_be_focused()
    await page.keyboard.press("Enter")
    await expect(below).to_be_visible()
    await page.close()


async def test_a_reply_by_keyboard_alone(browser: Browser, scene: DemoScene) -> None:
    page = await open_page(browser, scene)
    count = await page.locator("#tree .comment").count()
    await page.locator("#tree .comment").first.focus()
    await page.keyboard.press("ArrowDown")
    await page.keyboard.press("r")
    area = page.locator("#tree .slot textarea")
    await expect(area).to_be_focused()
    await page.keyboard.press("Escape")
    await expect(area).to_have_count(0)
    await expect(page.locator("#tree .comment").nth(1)).to_be_focused()
    await page.keyboard.press("r")
    await page.keyboard.type("Said without a mouse.")
    await page.keyboard.press("Control+Enter")
    await expect(page.locator("#tree .comment")).to_have_count(count + 1)
    newest = scene.blog.comments(scene.post)[-1]
    assert (newest.raw, newest.author_name) == ("Said without a mouse.", "Robin")
    assert newest.parent == scene.blog.comments(scene.post)[1].id
    await expect(page.locator(f'[data-node="c:{newest.id}"]')).to_be_focused()
    await page.close()


async def test_the_tree_is_one_tab_stop(browser: Browser, scene: DemoScene) -> None:
    page = await open_page(browser, scene)
    stops = page.locator('#tree [data-node][tabindex="0"]')
    await expect(stops).to_have_count(1)
    await page.locator("#tree .comment").nth(3).focus()
    await expect(stops).to_have_count(1)
    await page.keyboard.press("Tab")
    await expect(page.locator("#tree .comment").nth(3).locator('[data-act="reply"]')).to_be_focused()
    await page.close()


async def test_a_member_writes_replies_edits_reacts_and_deletes(browser: Browser, scene: DemoScene) -> None:
    page = await open_page(browser, scene)
    await page.locator("#speakers label").nth(1).click()
    box = page.get_by_label("Message", exact=True)
    await page.locator("#messages .message").first.focus()
    await page.keyboard.press("r")
    await expect(box).to_be_focused()
    await page.keyboard.type("Here **I** stand")
    await page.keyboard.press("Enter")
    sent = page.locator("#messages .message").last
    await expect(sent.locator("strong")).to_have_text("I")
    await expect(sent.locator(".who")).to_have_text("Tobias Ø")
    await expect(sent.locator(".reply-line")).to_contain_text("Here is the essay.")
    await expect(box).to_have_value("")
    await sent.focus()
    await page.keyboard.press("+")
    await expect(sent.locator(".reactions button")).to_have_attribute("aria-pressed", "true")
    await sent.focus()
    await page.keyboard.press("e")
    await page.get_by_label("Edit your message").fill("Here I sit")
    await page.keyboard.press("Enter")
    await expect(sent.locator(".said")).to_contain_text("Here I sit (edited)")
    await sent.hover()
    await sent.get_by_role("button", name="Delete").click()
    await sent.get_by_role("button", name="Really?").click()
    await expect(page.locator("#messages .message")).to_have_count(1)
    await page.close()


async def test_what_crosses_is_drawn_timed_and_said(browser: Browser, scene: DemoScene) -> None:
    page = await open_page(browser, scene, reduced_motion="no-preference")
    for number in range(30):
        await scene.discord.post(scene.members[0], scene.thread, f"Small talk {number}")
    await expect(page.locator("#messages .message")).to_have_count(31)
    await page.locator("#message-scroller").evaluate("(node) => { node.scrollTop = 0 }")
    comment = scene.blog.comment(scene.post, "Over to you.", author_name="Ada")
    node = page.locator(f'[data-node="c:{comment}"]')
    await expect(node).to_be_visible()
    message = await scene.discord.post(scene.members[0], scene.thread, "Over to you.")
    row = {"thread_id": scene.thread, "message_id": message.id, "post_id": str(scene.post), "comment_id": str(comment)}
    scene.rows.append(row | {"parent_id": None, "part": 0, "origin": "blog"})
    await expect(page.locator("#announcer")).to_contain_text(re.compile(r"reached Discord in (under )?\d+\.\d s"))
    arrived = page.locator(f'[data-node="m:{message.id}"]')
    await expect(arrived).to_be_in_viewport()
    await expect(page.locator(f'tr[data-message="m:{message.id}"] .took')).to_have_text(re.compile(r"\d\.\d s"))
    await node.hover()
    await expect(arrived).to_have_class(re.compile(r"\bmirror\b"))
    await expect(page.locator("#overlay .held")).to_have_count(1)
    await node.locator('[data-act="find"]').click()
    await expect(arrived).to_be_focused()
    await page.close()


async def test_a_members_words_reach_the_blog_even_where_both_sides_are_seen_at_once(
    browser: Browser, scene: DemoScene
) -> None:
    page = await open_page(browser, scene)
    message = await scene.discord.post(scene.members[0], scene.thread, "From here to there.")
    comment = scene.blog.comment(scene.post, "From here to there.", author_name="Mirela")
    row = {"thread_id": scene.thread, "message_id": message.id, "post_id": str(scene.post), "comment_id": str(comment)}
    scene.rows.append(row | {"parent_id": None, "part": 0, "origin": "discord"})
    await expect(page.locator("#announcer")).to_contain_text("reached the blog in")
    await expect(page.locator("#status")).to_contain_text("reached the blog in")
    await expect(page.locator("#announcer")).not_to_contain_text("reached Discord")
    await page.close()


async def test_a_box_to_edit_in_is_seen_whole_and_outlives_a_reaction(browser: Browser, scene: DemoScene) -> None:
    page = await open_page(browser, scene)
    for number in range(30):
        await scene.discord.post(scene.members[0], scene.thread, f"Small talk {number}")
    await expect(page.locator("#messages .message")).to_have_count(31)
    last = page.locator("#messages .message").last
    await last.focus()
    await page.keyboard.press("e")
    area = page.get_by_label("Edit your message")
    await expect(area).to_be_focused()
    await area.fill("One line\n" * 8)
    for part in (area, last.get_by_role("button", name="Save")):
        await expect(part).to_be_in_viewport(ratio=1)
    covered = """(button) => {
      const box = button.getBoundingClientRect();
      return !button.contains(document.elementFromPoint(box.x + box.width / 2, box.bottom - 2));
    }"""
    assert not await last.get_by_role("button", name="Save").evaluate(covered)
    newest = int(scene.discord.messages(scene.thread)[-1]["id"])
    await scene.discord.react(scene.members[1], scene.guild.threads[scene.thread], newest, "✅")
    await expect(last.locator(".reactions button")).to_have_count(1)
    await expect(area).to_be_focused()
    await expect(area).to_have_value("One line\n" * 8)
    await page.close()


async def test_what_is_typed_while_words_are_on_their_way_is_kept(browser: Browser, scene: DemoScene) -> None:
    page = await open_page(browser, scene)
    gate = asyncio.Event()
    held: list[str] = []

    async def hold(route: Route) -> None:
        held.append(str(route.request.post_data))
        await gate.wait()
        await route.continue_()

    await page.route("**/act", hold)
    box = page.get_by_label("Message", exact=True)
    await box.fill("The first of two")
    await box.press("Enter")
    await expect(box).to_have_value("")
    await box.press_sequentially("And the second")
    await box.press("Enter")
    assert len(held) == 1
    gate.set()
    await expect(page.locator("#messages .message")).to_have_count(3)
    await expect(page.locator("#messages .said").last).to_have_text("And the second")
    await expect(box).to_have_value("")
    await box.fill("x" * 2001)
    await box.press("Enter")
    await expect(page.locator("#say .problem")).to_contain_text("2000 or fewer")
    await expect(box).to_have_value("x" * 2001)
    await page.close()


async def test_a_new_post_is_published_and_chosen(browser: Browser, scene: DemoScene) -> None:
    page = await open_page(browser, scene)
    await page.get_by_role("button", name="Write a post").click()
    await page.get_by_label("Title").fill("Fresh <i>ink</i>")
    await page.get_by_label("Text").fill("First.\n\n<script>alert(1)</script><b onclick=x>Second.</b>")
    await page.keyboard.press("Control+Enter")
    await expect(page.locator("#post h2")).to_have_text("Fresh <i>ink</i>")
    await expect(page.locator("#post .prose b")).to_have_text("Second.")
    assert await page.locator("#post script").count() == 0
    assert await page.locator("#post .prose b").get_attribute("onclick") is None
    await page.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_colours_follow_the_system_and_the_button(browser: Browser, scene: DemoScene, scheme: Any) -> None:
    page = await open_page(browser, scene, color_scheme=scheme)
    lightness = "getComputedStyle(document.querySelector('#blog')).backgroundColor.match(/\\d+/g).map(Number)[0]"
    assert (await page.evaluate(lightness) > 128) == (scheme == "light")
    button = page.locator("#theme")
    await button.click()
    await expect(button).to_have_attribute("aria-label", "Colours: light")
    assert await page.evaluate(lightness) > 128
    await button.click()
    assert await page.evaluate(lightness) < 128
    await page.reload()
    await expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    await page.close()


async def test_text_stands_out_from_its_ground(browser: Browser, scene: DemoScene) -> None:
    """WCAG 2: at least 4.5 to 1 for what is read, in both colour schemes."""
    contrast = """() => {
      const light = (c) => c.match(/[\\d.]+/g).slice(0, 3).map((v) => v / 255)
        .map((v) => (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4))
        .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
      const pairs = [['.words', '#blog'], ['.comment time', '#blog'], ['.comment .acts button', '#blog'],
        ['.said', '#discord'], ['.message time', '#discord'], ['.side .place', '.side'],
        ['#map td', 'body'], ['#map th', 'body']];
      return pairs.map(([front, back]) => {
        const a = light(getComputedStyle(document.querySelector(front)).color);
        const b = light(getComputedStyle(document.querySelector(back)).backgroundColor);
        return [front, (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05)];
      });
    }"""
    for scheme in ("light", "dark"):
        page = await open_page(browser, scene, color_scheme=scheme)
        weak = {front: ratio for front, ratio in await page.evaluate(contrast) if ratio < 4.5}
        assert not weak, scheme
        await page.close()


async def test_a_narrow_screen_has_tabs(browser: Browser, scene: DemoScene) -> None:
    page = await open_page(browser, scene, viewport={"width": 400, "height": 820})
    await expect(page.locator("#blog")).to_be_visible()
    await expect(page.locator("#discord")).to_be_hidden()
    assert await page.evaluate("document.documentElement.scrollWidth") == 400
    await page.locator("#tab-blog").focus()
    await page.keyboard.press("ArrowRight")
    await expect(page.locator("#tab-discord")).to_be_focused()
    await expect(page.locator("#discord")).to_be_visible()
    await expect(page.get_by_label("Message", exact=True)).to_be_in_viewport(ratio=1)
    await page.keyboard.press("ArrowRight")
    await expect(page.locator("#map-rows tr")).to_have_count(1)
    await page.close()


async def test_the_lists_keep_the_focus_and_show_what_is_chosen(browser: Browser, scene: DemoScene) -> None:
    page = await open_page(browser, scene, viewport={"width": 400, "height": 820})
    for number in range(8):
        await scene.discord.start_post(
            scene.members[0], scene.guild.threads[scene.thread].home, f"Another thread {number}", "Words."
        )
    await expect(page.locator("#places button", has_text="Another thread 7")).to_be_attached()
    await page.locator("#tab-discord").click()
    oldest = page.locator("#places button").last
    await expect(oldest).to_have_text(re.compile("The argument needs an address"))
    await expect(oldest).to_have_attribute("aria-current", "page")
    await expect(oldest).to_be_in_viewport(ratio=0.9)
    await page.locator("#places button").nth(-2).focus()
    await page.keyboard.press("Enter")
    chosen = page.locator("#places button").nth(-2)
    await expect(chosen).to_have_attribute("aria-current", "page")
    await expect(chosen).to_be_focused()
    await scene.discord.post(scene.members[1], scene.thread, "Meanwhile, elsewhere.")
    await expect(oldest.locator(".post-count")).to_have_text("1")
    await expect(chosen).to_be_focused()
    await expect(chosen).to_be_in_viewport(ratio=0.9)
    await page.close()


async def test_a_blog_that_is_only_looked_at_says_so(browser: Browser, scene: DemoScene) -> None:
    class Window(LoopbackBlogSource):
        writable = False

    async def map_rows() -> list[Json]:
        return []

    chat = LoopbackDiscordSource(scene.discord, scene.guild, scene.members)
    async with StageServer(chat, Window(scene.blog, title="Far away"), map_rows) as stage:
        page = await browser.new_page()
        await page.goto(stage.url)
        await expect(page.locator("#notice")).to_contain_text("only read here")
        await expect(page.locator("#tree .comment").first).to_be_visible()
        for control in ("#write", "#comment-here", '#blog [data-act="reply"]', '#blog [data-act="delete"]'):
            await expect(page.locator(control).first).to_be_hidden()
        await expect(page.get_by_label("Message", exact=True)).to_be_visible()
        await page.close()


async def test_nothing_outside_this_machine_is_asked_for(browser: Browser, scene: DemoScene) -> None:
    scene.blog.comment(scene.post, '<a href="https://far.example/">far</a> <img src="https://far.example/x.png">')
    page = await browser.new_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    await page.goto(scene.stage.url)
    await expect(page.get_by_role("link", name="far", exact=True)).to_be_visible()
    await expect(page.locator("#post figure img")).to_be_visible()
    assert asked
    assert [url for url in asked if not url.startswith("http://127.0.0.1:")] == []
    await page.close()
