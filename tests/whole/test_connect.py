"""From a server with nothing set up to a discussion that goes both ways, by commands alone; and every refusal."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from bot.app import Running
from bot.blog.wordpress import visit
from bot.core.domain import GuildId
from bot.sandbox.discord import Permission
from bot.sandbox.discord.interactions import COMPONENT, begin, deliver
from bot.sandbox.wordpress import LoopbackBlog
from bot.sync.connecting import RUN_OUT, Connecting
from tests.support import discord_spec as spec
from tests.support.blog_server import serving
from tests.support.connecting import button, commanded, labels
from tests.support.wordpress import Loopback, WordPress

ELSEWHERE = "https://elsewhere.invalid"


async def left_behind(running: Running) -> list[object]:
    """Rows that a dialogue could have left."""
    store = running.store
    return [*await store.known_blogs(), *await store.connected(), *await store.accounts()]


async def test_three_steps_from_nothing_to_a_discussion(any_wordpress: WordPress, tmp_path: Path) -> None:
    blog = any_wordpress
    post = await blog.post("On *bridges*", "<p>Words.</p>")
    root = await blog.comment(post["id"], "<p>root</p>")
    await blog.comment(post["id"], "<p>branch</p>", parent=root["id"])
    async with commanded(tmp_path) as stage, stage.bot() as running:
        here = stage.here
        shown = await stage.say(here.manager, here.text, "blog connect", url=blog.url, channel=here.forum.id)
        assert shown.ephemeral
        assert labels(shown) == ["Connect", "Add account", "Cancel"]
        assert r"“On \*bridges\*”" in shown.content
        assert "2 comments" in shown.content
        assert f"into <#{here.forum.id}> (forum)" in shown.content
        assert "✓ The bot has every permission there that it needs." in shown.content
        assert "First sync: 1 thread and 2 messages, in less than a minute (Discord takes 30 messages" in shown.content
        assert "No account: it would mirror the blog" in shown.content
        assert "/wp-admin/profile.php#application-passwords-section>" in shown.content
        form = await stage.press(here.manager, shown, "Add account")
        assert form.modal is not None
        assert "/wp-admin/profile.php#application-passwords-section" in str(form.modal["components"])
        username, password = blog.login("bridge")
        shown = await stage.fill(here.manager, form, username, password)
        assert f"Account: “{username}”" in shown.content
        assert "as the blog's own rules decide" in shown.content
        assert "more than the bot needs" not in shown.content
        assert await left_behind(running) == []
        done = await stage.press(here.manager, shown, "Connect")
        assert stage.steps == 3
        assert done.ephemeral
        assert done.components == []
        assert f"is mirrored into <#{here.forum.id}> from now on" in done.content
        await stage.many.until(lambda: stage.words(here.forum) == {"root", "branch"})
        mirror = stage.mirrors(here.forum)[0]
        await stage.discord.post(here.reader, stage.thread(here.forum), "from Discord", reply_to=mirror.message)

        async def crossed() -> bool:
            found = await blog.comments(post["id"], status="any")
            return [one["parent"] for one in found if "from Discord" in one["content"]["rendered"]] == [mirror.comment]

        await stage.many.until_blog(crossed)
        await blog.post("A later post", "<p>More.</p>")
        await stage.many.until(lambda: len(stage.discord.threads(here.forum)) == 2)
    assert spec.violations(stage.discord.calls) == []


# ---------------------------------------------------------------- refusals


@asynccontextmanager
async def hostile(kind: str) -> AsyncIterator[tuple[str, list[int]]]:
    """A server that is none of ours; the list holds how many connections are open."""
    count = [0]

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        count[0] += 1
        try:
            await reader.readuntil(b"\r\n\r\n")
            if kind == "slow":
                await reader.read()  # until the bot gives up
            elif kind == "foreign":
                writer.write(f"HTTP/1.1 302 Found\r\nLocation: {ELSEWHERE}/\r\nContent-Length: 0\r\n\r\n".encode())
            else:
                writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n")
                while kind == "huge":
                    writer.write(b"x" * 65536)
                    await writer.drain()
            await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            count[0] -= 1
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", count
    finally:
        server.close()


@pytest.mark.parametrize(
    ("kind", "told"),
    [
        ("foreign", "redirects to another address"),
        ("huge", "answers with more than"),
        ("slow", "takes too long"),
        ("silent", "No WordPress REST interface"),
    ],
)
async def test_a_strange_address_gets_one_sentence_and_leaves_nothing(
    kind: str, told: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(visit, "SECONDS", 1.0)
    async with hostile(kind) as (url, connections), commanded(tmp_path) as stage, stage.bot() as running:
        shown = await stage.say(stage.here.manager, stage.here.text, "blog connect", url=url)
        assert told in shown.content
        assert shown.content.count("\n") == 0
        assert "BLOG_URL" not in shown.content
        assert (shown.ephemeral, shown.components) == (True, [])
        assert await left_behind(running) == []
        await stage.many.until(lambda: connections == [0])
        assert spec.violations(stage.discord.calls) == []


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("not an address", "must be a web address"),
        ("ftp://blog.example", "must be a web address"),
        ("https://user:secret@blog.example", "without a user name"),
        ("https://blog.invalid", "blog.invalid"),
        ("x" * 300, "no host has that name"),
        ("https://blog..example", "no host has that name"),
        ("https://" + "ü" * 70 + ".example", "must be a web address"),
        ("https://blog.example:99999", "web address"),
        ("https://[blog.example", "web address"),
        ("http://127.0.0.1:9", "private network"),
        ("http://[::1]:9", "private network"),
        ("http://169.254.169.254/latest/meta-data", "private network"),
        ("localhost", "private network"),
    ],
)
async def test_a_wrong_address_gets_one_sentence(url: str, told: str, tmp_path: Path) -> None:
    async with commanded(tmp_path) as stage, stage.bot(admit=lambda _host, _port: False) as running:
        shown = await stage.say(stage.here.manager, stage.here.text, "blog connect", url=url)
        assert told in shown.content
        assert shown.content.count("\n") == 0
        assert "secret" not in shown.content
        assert (shown.ephemeral, shown.components) == (True, [])
        assert await left_behind(running) == []


async def test_what_cannot_hold_a_mirror_or_holds_it_already(loopback_wordpress: WordPress, tmp_path: Path) -> None:
    blog = loopback_wordpress
    async with commanded(tmp_path, "A", "B") as stage, stage.bot() as running:
        here, there = stage.servers
        spoken = await stage.say(here.manager, here.voice, "blog connect", url=blog.url)
        assert "cannot hold a mirror" in spoken.content
        foreign = await stage.say(here.manager, here.text, "blog connect", url=blog.url, channel=there.forum.id)
        assert foreign.content == "That is no channel of this server."
        stage.discord.set_permissions(stage.app, here.forum, deny=Permission.VIEW_CHANNEL)
        unseen = await stage.say(here.manager, here.text, "blog connect", url=blog.url, channel=here.forum.id)
        assert "cannot see" in unseen.content
        assert "https://discord.com/oauth2/authorize?" in unseen.content
        assert await left_behind(running) == []
        stage.discord.set_permissions(stage.app, here.forum, deny=Permission.MANAGE_WEBHOOKS)
        lacking = await stage.say(here.manager, here.text, "blog connect", url=blog.url, channel=here.forum.id)
        assert "the bot lacks **Manage Webhooks** (to show comments under their authors' names)" in lacking.content
        assert "https://discord.com/oauth2/authorize?" in lacking.content
        await stage.connected(here, blog.url)
        again = await stage.say(here.manager, here.text, "blog connect", url=f"{blog.url}/", channel=here.forum.id)
        assert again.content == f"This blog is already mirrored into <#{here.forum.id}>."
        assert len(await running.store.connected()) == 1
        assert spec.violations(stage.discord.calls) == []


async def test_a_thread_stands_for_its_channel(loopback_wordpress: WordPress, tmp_path: Path) -> None:
    async with commanded(tmp_path) as stage, stage.bot() as running:
        here = stage.here
        await loopback_wordpress.post("An essay", "<p>Words.</p>")
        await stage.connected(here, loopback_wordpress.url)
        await stage.many.until(lambda: stage.discord.threads(here.forum))
        async with LoopbackBlog(title="Another") as another:
            shown = await stage.say(here.manager, stage.thread(here.forum), "blog connect", url=another.url)
            assert f"into <#{here.forum.id}>" in shown.content
            await stage.press(here.manager, shown, "Connect")
            assert [one.channel_id for one in await running.store.connected()] == [here.forum.id] * 2


# ---------------------------------------------------------------- accounts


async def test_a_wrong_account_is_said_and_a_mighty_one_is_warned_of(
    any_wordpress: WordPress, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    blog = any_wordpress
    caplog.set_level(logging.DEBUG)
    async with commanded(tmp_path) as stage, stage.bot() as running:
        here = stage.here
        shown = await stage.say(here.manager, here.text, "blog connect", url=blog.url, channel=here.forum.id)
        form = await stage.press(here.manager, shown, "Add account")
        wrong = await stage.fill(here.manager, form, "bridge", "wrong wrong wrong")
        assert wrong.content.startswith("⚠️ The blog does not accept the user name with the application password; ")
        assert labels(wrong) == ["Connect", "Add account", "Cancel"]
        form = await stage.press(here.manager, wrong, "Add account")
        weak = await stage.fill(here.manager, form, *blog.login("subscriber"))
        assert "does not let this account `moderate_comments` and `edit_posts`" in weak.content
        form = await stage.press(here.manager, weak, "Add account")
        username, password = blog.login("editor")
        mighty = await stage.fill(here.manager, form, username, password)
        assert "**The account may more than the bot needs** (`edit_others_posts`" in mighty.content
        assert labels(mighty) == ["Connect", "Other account", "Cancel"]
        await stage.press(here.manager, mighty, "Connect")
        (kept,) = await running.store.accounts()
        files = [*tmp_path.glob("many.sqlite3*")]
        assert files
        for secret in (password, password.replace(" ", "")):
            assert all(secret.encode() not in file.read_bytes() for file in files)
            assert secret not in kept.sealed
            assert secret not in caplog.text
            assert "wrong wrong wrong" not in caplog.text
            ids = [one["custom_id"] for row in mighty.components for one in row["components"]]
            assert secret not in str(ids) + mighty.content
        assert spec.violations(stage.discord.calls) == []


async def test_no_change_publishes_the_past(loopback_wordpress: WordPress, tmp_path: Path) -> None:
    """What members wrote while the blog was only mirrored, or not mirrored, stays in Discord."""
    blog = loopback_wordpress
    post = await blog.post("An essay", "<p>Words.</p>")
    await blog.comment(post["id"], "<p>root</p>")

    async def relayed() -> list[str]:
        found = await blog.comments(post["id"], status="any")
        return [one["content"]["rendered"].strip() for one in found[1:]]

    async with commanded(tmp_path) as stage, stage.bot():
        here = stage.here
        await stage.connected(here, blog.url)
        await stage.many.until(lambda: stage.mirrors(here.forum))
        thread, mirror = stage.thread(here.forum), stage.mirrors(here.forum)[0].message
        before = await stage.discord.post(here.reader, thread, "only mirrored", reply_to=mirror)
        form = await stage.say(here.manager, thread, "blog account")
        given = await stage.fill(here.manager, form, *blog.login("bridge"))
        assert "The blog accepts the account" in given.content
        await stage.discord.post(here.manager, thread, "an answer to it", reply_to=before.id)
        await stage.discord.post(here.reader, thread, "with an account", reply_to=mirror)

        async def crossed() -> bool:
            return sorted(await relayed()) == ["<p>an answer to it</p>", "<p>with an account</p>"]

        await stage.many.until_blog(crossed)
        asked = await stage.say(here.manager, thread, "blog disconnect")
        await stage.press(here.manager, asked, "Disconnect")
        await stage.discord.post(here.reader, thread, "while it was disconnected", reply_to=mirror)
        await stage.connected(here, blog.url, blog.login("bridge"), relay="all")
        await stage.discord.post(here.reader, thread, "connected again")

        async def again() -> bool:
            return "<p>connected again</p>" in await relayed()

        await stage.many.until_blog(again)
        assert len(await relayed()) == 3
        assert len(stage.discord.threads(here.forum)) == 1
        assert [one.words.strip() for one in stage.mirrors(here.forum)] == ["root"]


# ---------------------------------------------------------------- who presses, and when


async def test_only_who_began_and_may_still_manage_goes_on(loopback_wordpress: WordPress, tmp_path: Path) -> None:
    async with commanded(tmp_path) as stage, stage.bot() as running:
        here = stage.here
        other = stage.discord.add_member(here.guild, name="eve", display_name="Eve")
        shown = await stage.say(here.manager, here.text, "blog connect", url=loopback_wordpress.url)
        assert "Manage Server" in (await stage.press(other, shown, "Connect")).content
        stage.discord.set_permissions(other, None, allow=Permission.MANAGE_GUILD | Permission.MANAGE_MESSAGES)
        for label in ("Connect", "Add account", "Cancel"):
            assert "Only who began" in (await stage.press(other, shown, label)).content
        form = await stage.press(here.manager, shown, "Add account")
        stage.discord.set_permissions(here.manager, None, deny=Permission.MANAGE_GUILD)
        assert "Manage Server" in (await stage.press(here.manager, shown, "Connect")).content
        refused = await stage.fill(here.manager, form, *loopback_wordpress.login("bridge"))
        assert "Manage Server" in refused.content
        for words in ("blog connect", "blog account", "blog disconnect"):
            values = {"url": loopback_wordpress.url} if words.endswith("connect") and "dis" not in words else {}
            assert "Manage Server" in (await stage.say(here.manager, here.text, words, **values)).content
        assert await left_behind(running) == []


async def test_a_dialogue_ends_by_cancel_by_time_and_by_a_restart(
    loopback_wordpress: WordPress, tmp_path: Path
) -> None:
    blog = loopback_wordpress
    async with commanded(tmp_path) as stage:
        here = stage.here
        async with stage.bot() as running:
            shown = await stage.say(here.manager, here.text, "blog connect", url=blog.url)
            cancelled = await stage.press(here.manager, shown, "Cancel")
            assert (cancelled.content, cancelled.components) == ("Nothing was connected, and nothing was kept.", [])
            first = await stage.say(here.manager, here.text, "blog connect", url=blog.url)
            second = await stage.say(here.manager, here.text, "blog connect", url=blog.url)
            assert (await stage.press(here.manager, first, "Connect")).content == RUN_OUT
            form = await stage.press(here.manager, second, "Add account")
            name = button(second, "Connect")
        async with stage.bot() as running:
            late = await stage.fill(here.manager, form, *blog.login("bridge"))
            assert late.content == RUN_OUT
            assert late.components == []
            assert second.interaction.original is not None
            with pytest.raises(ValueError, match=name):
                await stage.press(here.manager, second, "Connect")  # the buttons went with the words
            assert await left_behind(running) == []
        assert spec.violations(stage.discord.calls) == []


async def test_a_dialogue_that_nobody_goes_on_with_is_forgotten(
    loopback_wordpress: WordPress, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    defaults: Any = Connecting.__init__.__kwdefaults__
    assert defaults["life"] == 15 * 60
    monkeypatch.setitem(defaults, "life", 0.3)
    async with commanded(tmp_path) as stage, stage.bot() as running:
        here = stage.here
        shown = await stage.say(here.manager, here.text, "blog connect", url=loopback_wordpress.url)
        form = await stage.press(here.manager, shown, "Add account")
        shown = await stage.fill(here.manager, form, *loopback_wordpress.login("bridge"))
        assert labels(shown) == ["Connect", "Other account", "Cancel"]
        await asyncio.sleep(0.4)
        gone = await stage.press(here.manager, shown, "Connect")
        assert (gone.content, gone.components) == (RUN_OUT, [])
        assert await left_behind(running) == []


# ---------------------------------------------------------------- many servers


async def test_two_servers_connect_one_blog_and_know_nothing_of_each_other(
    loopback_wordpress: WordPress, tmp_path: Path
) -> None:
    blog = loopback_wordpress
    post = await blog.post("An essay", "<p>Words.</p>")
    await blog.comment(post["id"], "<p>root</p>")
    async with commanded(tmp_path, "A", "B") as stage, stage.bot() as running:
        here, there = stage.servers
        await stage.connected(here, blog.url, blog.login("bridge"))
        await stage.connected(there, blog.url)
        assert len(await running.store.known_blogs()) == 1
        for one in stage.servers:
            await stage.many.until(lambda one=one: stage.words(one.forum) == {"root"})
        assert [kept.guild for kept in await running.store.accounts()] == [GuildId(here.guild.id)]
        listed = [(await stage.say(one.manager, one.text, "blog list")).content for one in stage.servers]
        assert "with an account" in listed[0]
        assert "it only mirrors" in listed[1]
        assert str(there.forum.id) not in listed[0]
        theirs = str((await running.store.connected())[1].id)
        for words in ("blog settings", "blog pause", "blog resume", "blog account", "blog disconnect", "sync status"):
            answer = await stage.say(here.manager, here.text, words, blog=theirs)
            assert "No blog of this server goes by that name" in answer.content, words
        for words in ("sync verify", "sync allow-removals", "post announce"):
            answer = await stage.say(here.manager, here.text, words, post=f"{theirs}:{post['id']}")
            assert "No blog of this server goes by that name" in answer.content, words
        offered = await stage.discord.autocomplete(here.manager, here.text, "blog settings", "blog", "")
        assert [one["name"] for one in offered] == ["Loopback blog · #essays"]
        gone = await stage.say(there.manager, there.text, "blog disconnect")
        await stage.press(there.manager, gone, "Disconnect")
        assert len(running.hub.served()) == 1
        assert len(await running.store.accounts()) == 1
        assert spec.violations(stage.discord.calls) == []


async def test_what_a_made_up_button_names_is_not_believed(loopback_wordpress: WordPress, tmp_path: Path) -> None:
    """A client of one's own may send any name of a button; nothing of another server's is touched by it."""
    async with commanded(tmp_path, "A", "B") as stage, stage.bot() as running:
        here, there = stage.servers
        await stage.connected(there, loopback_wordpress.url)
        proposed = await stage.say(there.manager, there.text, "blog connect", url=loopback_wordpress.url)
        (theirs,) = await running.store.connected()
        token = button(proposed, "Connect").rpartition(":")[2]
        listed = await stage.say(here.manager, here.text, "blog list")
        assert listed.interaction.original is not None
        for name in (
            f"disconnect:{theirs.id}:{here.manager.id}",
            f"keep:{theirs.id}:{here.manager.id}",
            f"connect:{token}",
            f"add-account:{token}",
            f"cancel:{token}",
            "disconnect:x:y",
            f"disconnect:not-a-number:{here.manager.id}",
            "connect:",
            "nothing:1",
            "",
        ):
            data = {"custom_id": f"commonthread:{name}", "component_type": 2, "values": []}
            used = begin(stage.discord.world, stage.app, here.manager, here.text, COMPONENT, data)
            used.source = listed.interaction.original
            await deliver(stage.discord.world, stage.discord.hub, used)
        assert [one.id for one, _ in running.hub.served()] == [theirs.id]
        assert "is mirrored into" in (await stage.press(there.manager, proposed, "Connect")).content
        assert spec.violations(stage.discord.calls) == []


async def test_pressed_twice_it_connects_once(loopback_wordpress: WordPress, tmp_path: Path) -> None:
    async with commanded(tmp_path) as stage, stage.bot() as running:
        here = stage.here
        shown = await stage.say(here.manager, here.text, "blog connect", url=loopback_wordpress.url)
        await asyncio.gather(*(stage.press(here.manager, shown, "Connect") for _ in range(3)), return_exceptions=True)
        assert len(await running.store.connected()) == len(await running.store.known_blogs()) == 1
        assert len(running.hub.served()) == 1


async def test_one_look_at_a_time_for_a_server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(visit, "SECONDS", 1.0)
    async with hostile("slow") as (url, connections), commanded(tmp_path) as stage, stage.bot():
        here = stage.here
        both = await asyncio.gather(*(stage.say(here.manager, here.text, "blog connect", url=url) for _ in range(2)))
        assert sorted("is being looked at" in one.content for one in both) == [False, True]
        await stage.many.until(lambda: connections == [0])


async def test_a_blog_that_moved_is_connected_anew_and_goes_on(tmp_path: Path) -> None:
    """Its old address is silent; its password was given for that one, and is not sent to the new one."""
    async with LoopbackBlog() as old, commanded(tmp_path) as stage, stage.bot() as running:
        blog = Loopback(old)
        old.publish("An essay", "<p>Words.</p>")
        here = stage.here
        await stage.connected(here, blog.url, blog.login("bridge"))
        await stage.many.until(lambda: stage.discord.threads(here.forum))
        fields = "id,date,date_gmt,modified_gmt,link,title,content,excerpt,status,author,categories,featured_media"
        listed = await blog.request("GET", "wp/v2/posts", params={"_fields": fields})
        async with serving(**{"/wp/v2/posts": listed}) as moved:
            await old.stop()
            shown = await stage.connected(here, moved.url)
            assert "is mirrored into" in shown.content
            (one,) = await running.store.connected()
            assert (one.blog.url, one.blog.home) == (moved.url, moved.url)
            assert await running.store.accounts() == ()
            assert all("Authorization" not in headers for _, _, headers in moved.asked)
            assert len(stage.discord.threads(here.forum)) == 1
            await old.start()


async def test_a_copy_cannot_have_anothers_engine_ask_it(tmp_path: Path) -> None:
    """Whoever runs a site that says it is a known blog must not be sent that blog's password."""
    async with LoopbackBlog() as true, commanded(tmp_path, "A", "B") as stage, stage.bot() as running:
        blog = Loopback(true)
        true.publish("An essay", "<p>Words.</p>")
        here, there = stage.servers
        await stage.connected(here, blog.url, blog.login("bridge"))
        listed = await blog.request("GET", "wp/v2/posts", params={"_fields": "id,date_gmt,link,title,content,status"})
        root = {"name": "Loopback blog", "home": blog.url, "namespaces": ["wp/v2"], "authentication": {}}
        async with serving(**{"the REST root": root, "/wp/v2/posts": listed}) as copy:
            await true.stop()  # so that nobody can ask the true one
            shown = await stage.connected(there, copy.url)
            assert "is mirrored into" in shown.content
            rows = {one.guild_id: one.blog for one in await running.store.connected()}
            assert rows[GuildId(here.guild.id)].url == blog.url
            assert rows[GuildId(there.guild.id)].url == copy.url
            assert all("Authorization" not in headers for _, _, headers in copy.asked)
            await true.start()


async def test_the_address_that_a_blog_calls_its_own_is_the_one_that_is_asked(tmp_path: Path) -> None:
    async with LoopbackBlog() as true, commanded(tmp_path) as stage, stage.bot() as running:
        true.publish("An essay", "<p>Words.</p>")
        root = {"name": "Another name", "home": true.url, "namespaces": ["wp/v2"], "authentication": {}}
        async with serving(**{"the REST root": root}) as other:
            shown = await stage.say(stage.here.manager, stage.here.text, "blog connect", url=other.url)
            assert "Loopback blog" in shown.content
            await stage.press(stage.here.manager, shown, "Connect")
            (known,) = await running.store.known_blogs()
            assert (known.url, known.title) == (true.url, "Loopback blog")
