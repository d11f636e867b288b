"""What a foreign blog makes the demo's page ask for, in a real browser: nothing but pictures of a blog on this machine.

Does not test the page's own server (tests/sandbox/test_stage.py does).
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import pytest
from aiohttp import web
from playwright.async_api import Page, async_playwright, expect

from bot.demo.stage import StageServer, seed
from bot.demo.stage.loopback_discord import LoopbackDiscordSource
from bot.demo.stage.picture import woven
from bot.demo.stage.sources import ActRefused, BlogState, Json, Nudge
from bot.sandbox.discord import LoopbackDiscord
from tests.whole.test_demo_chromium import CHROMIUM, FLAGS, NEEDS_CHROMIUM

pytestmark = NEEDS_CHROMIUM

REBOUND = "pictures.blog.example"
"""A name of the foreign blog's that leads to this machine."""

HOSTS = ("127.0.0.1", "localhost", "[::1]", "0.0.0.0", "127.1", REBOUND)


@dataclass
class Listening:
    """A service of the visitor's own on this machine, and what reached it; ``/elsewhere`` on it redirects."""

    url: str = ""
    port: int = 0
    reached: list[str] = field(default_factory=list)
    redirect: str = ""

    async def serve(self, request: web.Request) -> web.Response:
        self.reached.append(request.path_qs)
        if request.path == "/elsewhere.png":
            raise web.HTTPFound(self.redirect)
        return web.Response(body=woven("own"), content_type="image/png")


@asynccontextmanager
async def listening() -> AsyncIterator[Listening]:
    found, app = Listening(), web.Application()
    app.router.add_route("*", "/{path:.*}", found.serve)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    found.port = runner.addresses[0][1]
    found.url = f"http://127.0.0.1:{found.port}"
    try:
        yield found
    finally:
        await runner.cleanup()


@dataclass
class Foreign:
    """A blog that is only looked at, and whose post holds what it likes."""

    url: str
    html: str
    writable = False

    async def snapshot(self) -> BlogState:
        words = "Comes from far."
        comment: Json = {
            "id": "5",
            "parent": None,
            "author": "Far",
            "avatar": None,
            "html": self.html,
            "date": "2024-01-01",
        }
        comment |= {"status": "approved", "by_bot": False, "url": self.url}
        return {
            "title": "Far away",
            "url": self.url,
            "posts": [
                {
                    "id": "1",
                    "title": words,
                    "url": self.url,
                    "html": f"<p>{words}</p>{self.html}<p id=last>And its last words.</p>",
                    "author": "Far",
                    "date": "2024-01-01T00:00:00+00:00",
                    "comments": [comment],  # type: ignore[list-item]
                }
            ],
        }

    async def act(self, act: Json) -> Json:
        raise ActRefused(f"It does not {act['kind']}.")

    def on_change(self, nudge: Nudge) -> None:
        """Nothing changes."""


def baits(address: str) -> list[str]:
    """Everything by which HTML asks for an address by itself."""
    return [one.replace("@", address) for one in BAITS]


BAITS = (
    '<img src="@img">',
    '<img srcset="@srcset 1x" src="">',
    '<picture><source srcset="@source"><img></picture>',
    '<svg><image href="@svg"/><use href="@use#a"/></svg>',
    '<div style="background:url(@style)">styled</div><style>@import "@import";</style>',
    '<body background="@body"><table background="@table"><tr><td>x</table>',
    '<video src="@video" poster="@poster" autoplay></video><audio src="@audio" autoplay></audio>',
    '<iframe src="@iframe"></iframe><object data="@object"></object><embed src="@embed">',
    '<link rel=stylesheet href="@link"><link rel=prefetch href="@prefetch"><link rel=icon href="@icon">',
    '<script src="@script"></script><img src=x onerror="fetch(\'@onerror\')">',
    '<base href="@"><meta http-equiv=refresh content="0;url=@refresh">',
    '<form action="@form"><input type=image src="@input" autofocus></form>',
    '<a href="@a" ping="@ping">link</a>',
)


TRIED = """async (address) => {
  const ended = [];
  const shown = (name, attribute, more = {}) => new Promise((done) => {
    const node = Object.assign(document.createElement(name), { ...more, [attribute]: `${address}made-${name}` });
    node.addEventListener('load', () => { ended.push(name); done(); });
    node.addEventListener('error', done);
    document.body.append(node);
    setTimeout(done, 300);
  });
  await shown('img', 'src');
  await shown('link', 'href', { rel: 'stylesheet' });
  await shown('script', 'src');
  await shown('object', 'data');
  await shown('video', 'src');
  document.body.append(Object.assign(document.createElement('iframe'), { src: address + 'made-iframe' }));
  const form = Object.assign(document.createElement('form'), { action: address + 'made-form', method: 'post' });
  document.body.append(form);
  form.submit();
  await fetch(address + 'fetch', { mode: 'no-cors' }).then(() => ended.push('fetch')).catch(() => 0);
  navigator.sendBeacon(address + 'beacon', 'x');
  try { new WebSocket(address.replace('http', 'ws') + 'socket'); } catch { /* refused */ }
  try { new EventSource(address + 'events'); } catch { /* refused */ }
  await new FontFace('x', `url(${address}font)`).load().then(() => ended.push('font')).catch(() => 0);
  return ended;
}"""
"""The same by script, as if the page had let some through; -> what was loaded."""


@asynccontextmanager
async def opened(foreign: Foreign) -> AsyncIterator[Page]:
    """The page before that blog, once its last words stand there."""
    rules = f"--host-resolver-rules=MAP {REBOUND} 127.0.0.1"
    async with LoopbackDiscord() as discord, async_playwright() as playwright:
        guild, _, _, members = await seed.seed_discord(discord)

        async def rows() -> list[Json]:
            return []

        async with StageServer(LoopbackDiscordSource(discord, guild, members), foreign, rows) as stage:
            browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=[*FLAGS, rules])
            page = await browser.new_page()
            await page.goto(stage.url)
            await expect(page.locator("#post")).to_contain_text("And its last words.")
            await expect(page.locator("#tree .comment")).to_have_count(1)
            await page.evaluate("window.scrollTo(0, document.body.scrollHeight)")
            yield page
            await page.wait_for_timeout(500)
            await browser.close()


@pytest.mark.parametrize("at_home", [False, True], ids=["a blog elsewhere", "a blog on this machine"])
async def test_a_foreign_blogs_pictures_reach_no_other_port(at_home: bool) -> None:
    """By the blog's own HTML, and, were the page ever to let some through, by the policy that the page is sent with."""
    async with listening() as service, listening() as own:
        addresses = [f"http://{host}:{service.port}/" for host in HOSTS]
        own.redirect = f"{service.url}/redirected.png"
        html = f'<p><img src="{own.url}/own.png"><img src="{own.url}/elsewhere.png"></p>'
        html += "".join(bait for address in addresses for bait in baits(address))
        blog = own.url if at_home else "https://blog.example"
        async with opened(Foreign(blog, html)) as page:
            if at_home:
                await expect(page.locator(f'img[src="{own.url}/own.png"]').first).to_be_visible()
                await page.evaluate("(address) => { new Image().src = address; }", f"{own.url}/elsewhere.png?made")
            for address in [*addresses, *([] if at_home else [f"{own.url}/"])]:
                assert await page.evaluate(TRIED, address) == [], address
        assert service.reached == []
        if at_home:
            assert "/own.png" in own.reached, "the blog's own pictures are shown"
            assert "/elsewhere.png?made" in own.reached, "and a redirect of one was tried"
        else:
            assert own.reached == []
        print(f"\n{len(addresses)} addresses by {len(BAITS)} kinds of HTML and 12 of script, 0 arrived")
