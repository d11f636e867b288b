"""A member's picture on real parts: from Discord's CDN into the blog's media library, and out again."""

from __future__ import annotations

import asyncio
import re
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from bot.chat.pictures import written_anew
from bot.sandbox.discord import Member
from tests.support import discord_spec as spec
from tests.support.holding_proxy import Gate, When
from tests.support.pictures import SECRET, noted, picture
from tests.support.whole_bot import Scene, quiet, scene
from tests.support.wordpress import WordPress

Json = dict[str, Any]
PICTURE = noted("JPEG")


def account(blog: WordPress, role: str) -> dict[str, Any]:
    username, password = blog.login(role)
    return {"BLOG_USERNAME": username, "BLOG_APP_PASSWORD": password}


@asynccontextmanager
async def prepared(blog: WordPress, folder: Path) -> AsyncIterator[tuple[Scene, Json, Json, Member]]:
    """A post with one comment, and a member who is going to answer it."""
    post = await blog.post("Show me", "<p>Pictures, please.</p>")
    root = await blog.comment(post["id"], "<p>Has anybody a picture?</p>")
    async with scene(blog, folder) as stage:
        ann = stage.discord.add_member(stage.guild, name="ann", display_name="Ann")
        yield stage, post, root, ann
        assert spec.violations(stage.discord.calls) == []


async def answered(stage: Scene, root: Json, ann: Member, *files: tuple[str, bytes]) -> int:
    await stage.until(lambda: len(stage.mirrors()) == 1)
    target = stage.message_of(root["id"])
    said = await stage.discord.post(ann, stage.thread(), "Here it is", reply_to=target, attachments=files)
    return int(said.id)


async def relay_of(blog: WordPress, post: Json, message: int) -> Json | None:
    found = [one for one in await blog.comments(post["id"]) if f"/{message}#" in one["author_url"]]
    assert len(found) < 2, "doubled"
    return found[0] if found else None


async def the_relay(stage: Scene, blog: WordPress, post: Json, message: int) -> str:
    """What the comment shows, once it is there."""

    async def there() -> bool:
        return await relay_of(blog, post, message) is not None

    await stage.until_blog(there)
    found = await relay_of(blog, post, message)
    assert found is not None
    return str(found["content"]["rendered"])


async def served(url: str) -> bytes | None:
    """The bytes at an address, as a reader who is nobody gets them."""
    async with aiohttp.ClientSession() as session, session.get(url, allow_redirects=False) as answer:
        return await answer.read() if answer.status == 200 else None


async def library(blog: WordPress) -> list[Json]:
    """The files that came from Discord."""
    found: list[Json] = await blog.request("GET", "wp/v2/media", by=None, params={"per_page": 100})
    return [one for one in found if one["slug"].startswith("discord-")]


def link_in(html: str, label: str) -> str:
    match = re.search(rf'<a href="([^"]+)"[^>]*>\[{label}\]</a>', html)
    assert match is not None, html
    return match[1]


async def test_a_picture_is_on_the_blog_and_goes_with_its_message(any_wordpress: WordPress, tmp_path: Path) -> None:
    blog = any_wordpress
    before = len(await library(blog))
    async with (
        prepared(blog, tmp_path) as (stage, post, root, ann),
        stage.bot(**account(blog, "librarian")) as running,
    ):
        files = [("Our garden.jpg", PICTURE), ("SPOILER_the end.png", picture("the gardener")), ("page.html", b"<b>x")]
        message = await answered(stage, root, ann, *files)
        html = await the_relay(stage, blog, post, message)
        assert "Here it is" in html
        garden = link_in(html, r"picture: Our garden\.jpg")
        end = link_in(html, "picture, marked as spoiler")
        assert garden.startswith(blog.url)
        assert SECRET in PICTURE
        assert await served(garden) == written_anew(PICTURE)[1]
        assert SECRET not in (await served(garden) or b"")
        assert await served(end) == picture("the gardener")
        assert "end" not in end.rpartition("/")[2]
        assert f"/{message}" in html, "the page stays on Discord, with a link to its message"
        assert len(await library(blog)) == before + 2
        assert len(stage.discord.downloads) == 2
        assert all("authorization" not in headers for _, headers in stage.discord.downloads)

        await stage.discord.edit(ann, stage.thread(), message, "There it is")

        async def reworded() -> bool:
            found = await relay_of(blog, post, message)
            return found is not None and "There it is" in found["content"]["rendered"]

        await stage.until_blog(reworded)
        assert link_in(await the_relay(stage, blog, post, message), r"picture: Our garden\.jpg") == garden
        await stage.discord.delete(ann, stage.thread(), message)
        await quiet(running)
        assert await relay_of(blog, post, message) is None
        assert await served(garden) is None
        assert await served(end) is None
        assert len(await library(blog)) == before


@pytest.mark.parametrize(("role", "setting"), [("bridge", "on"), ("librarian", "off")])
async def test_without_the_permission_there_is_a_link_to_the_message(
    any_wordpress: WordPress, tmp_path: Path, role: str, setting: str
) -> None:
    blog = any_wordpress
    before = len(await library(blog))
    async with (
        prepared(blog, tmp_path) as (stage, post, root, ann),
        stage.bot(**account(blog, role), UPLOADS=setting) as running,
    ):
        message = await answered(stage, root, ann, ("garden.png", PICTURE))
        html = await the_relay(stage, blog, post, message)
        assert "[picture: garden.png]" in html
        assert link_in(html.replace(">on Discord<", ">[on Discord]<"), "on Discord").endswith(f"/{message}")
        await quiet(running)
        assert not stage.discord.downloads
        assert len(await library(blog)) == before


@pytest.mark.parametrize("when", ["before", "after"])
async def test_killed_while_a_file_is_on_its_way_there_is_one(
    loopback_wordpress: WordPress, tmp_path: Path, when: When
) -> None:
    blog = loopback_wordpress
    async with prepared(blog, tmp_path) as (stage, post, root, ann), Gate(blog.url, rename=True) as gate:
        settings = {**account(blog, "librarian"), "BLOG_URL": gate.url}
        gate.arm(when, path=".*/media")
        async with stage.process(**settings) as process:
            message = await answered(stage, root, ann, ("garden.png", PICTURE))
            await asyncio.wait_for(gate.met.wait(), 30)
            process.send_signal(signal.SIGKILL)
            await process.wait()
        assert len(await library(blog)) == (1 if when == "after" else 0)
        assert await relay_of(blog, post, message) is None
        gate.disarm()
        async with stage.process(**settings):
            html = await the_relay(stage, blog, post, message)
        (media,) = await library(blog)
        assert media["source_url"] in html
        assert await served(media["source_url"]) == written_anew(PICTURE)[1]
