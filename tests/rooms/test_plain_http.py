"""Secrets go where nobody on the way can read them, or where the operator lets them; words are read all the same."""

from __future__ import annotations

import json
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from aiohttp.abc import ResolveResult
from aiohttp.resolver import ThreadedResolver
from discord.http import Route
from yarl import URL

from bot.blog.wordpress.blog import WordPressBlog
from bot.blog.wordpress.examine import examine
from bot.chat.client import log_in, make_client
from bot.config import Config
from bot.core.accounts import goes_openly
from bot.core.domain import CommentId, Millis, PostId
from bot.core.errors import ConfigError, NotAllowed, StartupError
from bot.sandbox.wordpress import LoopbackBlog
from tests.rooms.test_chat_outcome import APPLICATION, ME
from tests.rooms.test_config import GOOD
from tests.support.blog_server import Site, serving
from tests.support.connecting import commanded

FAR = "far.example"
NOWHERE = frozenset[str]()


@pytest.mark.parametrize(
    ("url", "openly"),
    [
        ("https://blog.example/", False),
        ("wss://gateway.example", False),
        ("http://blog.example/", True),
        ("ws://gateway.example", True),
        ("http://localhost:8080/", False),
        ("http://LOCALHOST./", False),
        ("http://blog.localhost/", False),
        ("http://127.0.0.1/", False),
        ("http://127.9.9.9/", False),
        ("http://[::1]:8080/", False),
        ("http://localhost.example/", True),
        ("http://127.0.0.1.example/", True),
        ("http://notlocalhost/", True),
        ("http://192.168.1.2/", True),
        ("http://10.0.0.1/", True),
        ("http://[fe80::1]/", True),
        ("http://0.0.0.0/", True),
        ("http://lan/", False),
        ("http://LAN:81/x", False),
        ("http://192.168.1.3:81/", False),
        ("http://other.lan/", True),
    ],
)
def test_what_leaves_this_computer_unencrypted_is_open_unless_the_operator_named_it(url: str, *, openly: bool) -> None:
    assert goes_openly(url, frozenset({"lan", "192.168.1.3"})) is openly


def test_the_token_is_not_sent_openly_by_a_setting_that_was_not_meant_so() -> None:
    settings = GOOD | {"DISCORD_API_URL": "http://proxy.lan:3000/api/v10"}
    with pytest.raises(ConfigError) as raised:
        Config.from_env(settings)
    (problem,) = raised.value.problems
    assert problem.startswith("DISCORD_API_URL would be sent the bot's token")
    assert "name proxy.lan in PLAIN_HTTP" in problem
    for meant in (
        {"PLAIN_HTTP": " Other , Proxy.LAN."},
        {"DISCORD_API_URL": "http://127.0.0.1:3000/api/v10"},
        {"DISCORD_API_URL": "https://proxy.lan:3000/api/v10"},
    ):
        assert Config.from_env(settings | meant).discord_token


@pytest.mark.parametrize("text", ["http://lan", "lan:80", "lan/", "lan other", "lan,,http://x"])
def test_what_is_no_host_is_named(text: str) -> None:
    with pytest.raises(ConfigError, match="PLAIN_HTTP must be hosts with commas between"):
        Config.from_env(GOOD | {"PLAIN_HTTP": text})


# ---------------------------------------------------------------- blogs


class AllHere(ThreadedResolver):
    """Every name leads to this machine."""

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        return await super().resolve("127.0.0.1", port, family)


@asynccontextmanager
async def far_blog(url: str, *openly_to: str, trusted: bool = True) -> AsyncIterator[WordPressBlog]:
    """A blog with an account, and names that all lead here."""
    blog = await WordPressBlog.open(
        url,
        username="bot",
        password="abcd efgh",
        session_factory=lambda _: aiohttp.ClientSession(connector=aiohttp.TCPConnector(resolver=AllHere())),
        trusted=trusted,
        admit=None if trusted else lambda _host, _port: True,
        openly_to=frozenset(openly_to),
    )
    try:
        yield blog
    finally:
        await blog.aclose()


def far(site: Site) -> str:
    """The same site under a name that is no loopback's."""
    return f"http://{FAR}:{URL(site.url).port}"


def passwords(site: Site) -> list[str]:
    """What the site was asked for with a password."""
    return [path for _, path, headers in site.asked if "Authorization" in headers]


def naming(site: Site, root: str) -> None:
    """The site calls this its REST root."""
    link = f'<{root}/wp-json/>; rel="https://api.w.org/"'
    site.answer("/", lambda _: web.Response(text="<html></html>", content_type="text/html", headers={"Link": link}))


@pytest.mark.parametrize("trusted", [True, False])
async def test_a_blog_is_read_openly_and_given_no_password(*, trusted: bool) -> None:
    async with serving() as site:
        naming(site, far(site))
        async with far_blog(far(site), trusted=trusted) as blog:
            assert (await blog.identity()).url
            assert (await blog.tree(PostId("1"), now=Millis(0))).complete
            assert not blog._connection.has_account
            for ask in (blog.capabilities(), blog.withdraw(CommentId("5"), key="k")):
                with pytest.raises(NotAllowed) as raised:
                    await ask
                said = raised.value.reason
                assert f"is not sent to {far(site)}, where others on the way can read it" in said
                assert (f"{FAR} in PLAIN_HTTP" in said) is trusted
                assert "https://" in said
        assert site.asked
        assert passwords(site) == []


async def test_a_blog_that_the_operator_let_be_told_openly_is_told() -> None:
    async with serving() as site:
        naming(site, far(site))
        async with far_blog(far(site), FAR) as blog:
            assert "edit_posts" in await blog.capabilities()
        assert passwords(site)


async def test_a_page_at_loopback_that_names_a_far_root_gets_no_password_out() -> None:
    async with serving() as site:
        naming(site, far(site))
        async with far_blog(site.url) as blog:
            await blog.capabilities()
        assert URL(str(blog._connection.where and blog._connection.where.rest_root)).host == "127.0.0.1"


async def test_check_says_that_the_password_would_go_openly() -> None:
    async with serving() as site:
        naming(site, far(site))
        async with far_blog(far(site)) as blog:
            (wrong,) = [one for one in await examine(blog._connection) if not one.ok]
    assert wrong.subject == "application password accepted"
    assert f"{FAR} in PLAIN_HTTP" in wrong.mend
    assert "Make a new one" not in wrong.mend


async def test_an_account_that_is_given_by_command_does_not_go_openly(
    loopback_blog: LoopbackBlog, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As if loopback were another computer: by command no private network can be named in a test."""
    loopback_blog.publish("An essay", "<p>Words.</p>")
    async with commanded(tmp_path) as stage, stage.bot() as running:
        monkeypatch.setattr("bot.core.accounts._is_loopback", lambda _host: False)
        here = stage.here
        shown = await stage.say(here.manager, here.text, "blog connect", url=loopback_blog.url, channel=here.forum.id)
        form = await stage.press(here.manager, shown, "Add account")
        told = await stage.fill(here.manager, form, *loopback_blog.login("bridge"))
        assert "where others on the way can read it; connect the blog by its https:// address." in told.content
        assert "PLAIN_HTTP" not in told.content
        done = await stage.press(here.manager, told, "Connect")
        assert "is mirrored into" in done.content
        assert await running.store.accounts() == ()
    assert not [call for call in loopback_blog.calls if call.user or "Authorization" in call.headers]


# ---------------------------------------------------------------- Discord


def in_json(what: Any) -> Callable[[web.Request], web.Response]:
    """What answers so that discord.py reads it as JSON: no charset is named."""
    body = json.dumps(what).encode()
    return lambda _: web.Response(body=body, headers={"Content-Type": "application/json"})


@pytest.mark.parametrize(
    ("gateway", "allowed", "refused"),
    [
        ("ws://gateway.far.example/", (), True),
        ("wss://gateway.far.example/", (), False),
        ("ws://127.0.0.1:9/", (), False),
        ("ws://gateway.far.example/", ("gateway.far.example",), False),
    ],
)
async def test_a_gateway_that_a_proxy_names_is_not_told_the_token_openly(
    gateway: str, allowed: tuple[str, ...], *, refused: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Route, "BASE", Route.BASE)
    monkeypatch.setattr("discord.gateway.DiscordWebSocket.DEFAULT_GATEWAY", None)
    start = {"total": 1, "remaining": 1, "reset_after": 0, "max_concurrency": 1}
    bot = {"url": gateway, "shards": 1, "session_start_limit": start}
    known = {"/users/@me": ME, "/gateway/bot": bot, "/oauth2/applications/@me": APPLICATION}
    async with serving(**{f"/api/v10{path}": in_json(what) for path, what in known.items()}) as site:
        client = make_client(f"{site.url}/api/v10", openly_to=frozenset(allowed))
        try:
            if refused:
                with pytest.raises(StartupError, match="without encryption, which is not told the token"):
                    await log_in(client, "t" * 60, api_url=site.url)
            else:
                await log_in(client, "t" * 60, api_url=site.url)
        finally:
            await client.close()
