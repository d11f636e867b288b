"""What moderators do with blogs that are connected, by commands, over sockets."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from bot.core.policy import RelayMode
from bot.ports.blogs import Serving
from bot.sandbox.discord import MODERATOR, Permission, Refused
from bot.sandbox.wordpress import LoopbackBlog
from tests.support import discord_spec as spec
from tests.support.connecting import Commanded, commanded
from tests.support.whole_bot import scene
from tests.support.wordpress import Loopback, WordPress

OLD, NEW, OTHER = (letter * 44 for letter in "onx")


async def put(stage: Commanded, blog: WordPress) -> dict[str, int]:
    """A post with a comment, connected with an account and mirrored."""
    post = await blog.post("An essay", "<p>Words.</p>")
    root = await blog.comment(post["id"], "<p>root</p>")
    await stage.connected(stage.here, blog.url, blog.login("bridge"))
    await stage.many.until(lambda: stage.mirrors(stage.here.forum))
    return {"post": post["id"], "root": root["id"]}


async def test_settings_are_shown_and_changed_while_it_runs(loopback_wordpress: WordPress, tmp_path: Path) -> None:
    blog = loopback_wordpress
    async with commanded(tmp_path) as stage, stage.bot() as running:
        here = stage.here
        put_there = await put(stage, blog)
        as_it_is = await stage.say(here.manager, here.text, "blog settings")
        assert "`style` persona" in as_it_is.content
        assert "`relay-status` blog" in as_it_is.content
        moderator = stage.discord.add_member(here.guild, name="mo", permissions=MODERATOR & ~Permission.MANAGE_GUILD)
        changed = await stage.say(
            moderator,
            here.text,
            "blog settings",
            style="card",
            relay="off",
            relay_status="approved",
            uploads="off",
            first_posts=3,
            moderators=here.text.id,
            channel=here.text.id,
        )
        assert "changed, and in force from now on" in changed.content
        (one,) = await running.store.connected()
        settings = one.settings
        assert (settings.style, settings.relay, settings.approve) == ("card", RelayMode.OFF, True)
        assert (settings.uploads, settings.first_posts, settings.moderators) == (False, 3, here.text.id)
        assert one.channel_id == here.text.id
        await blog.post("Another essay", "<p>Words.</p>")
        await stage.many.until(lambda: stage.discord.threads(here.text))
        assert len(stage.discord.threads(here.forum)) == 1
        await blog.comment(put_there["post"], "<p>in the old thread</p>")
        await stage.many.until(lambda: "in the old thread" in stage.words(here.forum))
        assert not stage.discord.messages(stage.thread(here.forum))[-1].get("webhook_id"), "it should be a card"
        silent = await stage.say(moderator, here.text, "blog settings", quiet=True)
        assert "`moderators` no channel" in silent.content
        spoken = await stage.say(moderator, here.text, "blog settings", channel=here.forum.id, style="persona")
        assert f"`channel` <#{here.forum.id}>" in spoken.content
        assert spec.violations(stage.discord.calls) == []


async def test_two_who_change_settings_at_once_undo_nothing_of_each_other(
    loopback_wordpress: WordPress, tmp_path: Path
) -> None:
    async with commanded(tmp_path) as stage, stage.bot() as running:
        here = stage.here
        await put(stage, loopback_wordpress)
        await asyncio.gather(
            stage.say(here.manager, here.text, "blog settings", relay="off", channel=here.text.id),
            stage.say(here.manager, here.text, "blog settings", style="card", moderators=here.text.id),
            stage.say(here.manager, here.text, "blog settings", uploads="off", first_posts=3),
        )
        (one,) = await running.store.connected()
        settings = one.settings
        assert (one.channel_id, settings.relay, settings.style) == (here.text.id, RelayMode.OFF, "card")
        assert (settings.moderators, settings.uploads, settings.first_posts) == (here.text.id, False, 3)


async def test_a_channel_that_was_left_and_is_connected_again_shows_no_post_twice(
    loopback_wordpress: WordPress, tmp_path: Path
) -> None:
    """The threads that stand there are served on by the subscription that opened them."""
    blog = loopback_wordpress
    await blog.post("An old essay", "<p>Words.</p>")
    async with commanded(tmp_path) as stage, stage.bot() as running:
        here = stage.here
        put_there = await put(stage, blog)
        await stage.say(here.manager, here.text, "blog settings", channel=here.text.id)
        await stage.connected(here, blog.url)
        first, second = [engine for _, engine in running.hub.served()]
        assert not (await second.poll()).error
        await blog.post("Another essay", "<p>Words.</p>")
        await stage.many.until(lambda: len(stage.discord.threads(here.forum)) > 1 and stage.discord.threads(here.text))
        assert sorted(one["name"] for one in stage.discord.threads(here.forum)) == ["An essay", "Another essay"]
        assert [one["name"] for one in stage.discord.threads(here.text)] == ["Another essay"]
        await blog.comment(put_there["post"], "<p>once</p>")
        await stage.many.until(lambda: "once" in stage.words(here.forum))
        for engine in (first, second):
            await engine.poll()
        assert [one.words for one in stage.mirrors(here.forum)].count("once") == 1


async def test_a_reply_that_is_written_while_settings_change_crosses(tmp_path: Path) -> None:
    """It crossed by the rule before and crosses by the wider one; only the blog is slow to be opened again."""
    async with LoopbackBlog() as there, commanded(tmp_path) as stage, stage.bot() as running:
        here, blog = stage.here, Loopback(there)
        post = (await put(stage, blog))["post"]
        there.slow_seconds = 0.7
        there.faults.next("GET", "", "slow", times=None)
        changing = asyncio.create_task(stage.say(here.manager, here.text, "blog settings", relay="all"))
        await stage.many.until(lambda: not running.hub.served())
        thread, mirror = stage.thread(here.forum), stage.mirrors(here.forum)[0].message
        await stage.discord.post(here.reader, thread, "meanwhile", reply_to=mirror)
        await changing
        there.faults.clear()

        async def crossed() -> bool:
            return any("meanwhile" in one.raw for one in there.comments(post))

        await stage.many.until_blog(crossed, patience=15)


async def test_what_the_operator_named_is_changed_there(loopback_wordpress: WordPress, tmp_path: Path) -> None:
    await loopback_wordpress.post("An essay", "<p>Words.</p>")
    async with scene(loopback_wordpress, tmp_path) as stage:
        mod = stage.discord.add_member(stage.guild, name="mod", display_name="Mod", permissions=MODERATOR)
        office = stage.discord.add_channel(stage.guild, kind="text", name="office")
        async with stage.bot() as running:
            await stage.until(stage.messages)
            asked = {
                ("blog settings", "style", "card"): "MIRROR_STYLE there, and not this command, decides",
                ("blog settings", "channel", office.id): "DISCORD_CHANNEL_ID there",
                (
                    "blog account",
                    None,
                    None,
                ): "BLOG_USERNAME and BLOG_APP_PASSWORD there, and not this command, decide.",
                ("blog disconnect", None, None): "BLOG_URL and DISCORD_CHANNEL_ID there",
            }
            for (words, name, value), told in asked.items():
                values = {} if name is None else {name: value}
                answer = await stage.discord.slash(mod, office, words, values)
                assert told in answer.content, words
                assert answer.components == []
            listed = await stage.discord.slash(mod, office, "blog list")
            assert "with an account; named by the operator's settings" in listed.content
            shown = await stage.discord.slash(mod, office, "blog settings")
            assert "changed there" in shown.content
            assert running.engine is not None


async def test_in_a_thread_blog_and_post_are_known(loopback_wordpress: WordPress, tmp_path: Path) -> None:
    """With several blogs on one server, everything that need not be named is not, and everything else is asked for."""
    async with (
        LoopbackBlog(title="Second [blog](https://x.example)") as other,
        commanded(tmp_path) as stage,
        stage.bot() as running,
    ):
        here, second = stage.here, Loopback(other)
        await put(stage, loopback_wordpress)
        other.publish("An older essay", "<p>Of the second.</p>")
        other.publish("An essay", "<p>Of the second.</p>")
        await stage.connected(here, second.url, channel=here.text.id)
        await stage.many.until(lambda: stage.discord.threads(here.text))
        thread = stage.thread(here.text)
        for words in ("sync now", "sync retry", "blog settings", "blog pause"):
            answer = await stage.say(here.manager, here.text, words)
            assert "name one with `blog`" in answer.content, words
        for words in ("sync verify", "sync allow-removals"):
            assert "Name a post with `post`" in (await stage.say(here.manager, here.text, words)).content
        many_lines = await stage.say(here.manager, here.text, "sync status")
        assert len(many_lines.content.splitlines()) == 3
        assert r"**Second \[blog\](https://x.example)**" in many_lines.content
        assert second.url in (await stage.say(here.manager, thread, "sync status")).content
        assert "0 missing, 0 doubled" in (await stage.say(here.manager, thread, "sync verify")).content
        assert "all is well" in (await stage.say(here.manager, thread, "sync now")).content
        offered = await stage.discord.autocomplete(here.manager, here.text, "sync verify", "post", "essay")
        assert len({one["value"] for one in offered}) == len(offered) == 2
        for one in offered:
            answer = await stage.say(here.manager, here.text, "sync verify", post=one["value"])
            assert "0 missing" in answer.content
        both = await stage.say(here.manager, here.text, "sync verify", post="An essay")
        assert both.content == "Posts of several blogs go by that name; name the blog with `blog`."
        offered = await stage.discord.autocomplete(here.manager, here.text, "post announce", "post", "")
        assert [one["name"].split(" · ")[0] for one in offered] == ["An older essay"]
        answer = await stage.say(here.manager, here.text, "post announce", post=offered[0]["value"])
        assert "“An older essay” gets its thread now" in answer.content
        paused = await stage.say(here.manager, thread, "blog pause")
        assert "Paused: Second" in paused.content
        assert [one.paused for one in await running.store.connected()] == [False, True]
        listed = (await stage.say(here.manager, here.text, "blog list")).content
        assert "paused" in listed.splitlines()[1]
        await stage.say(here.manager, here.text, "blog resume", blog=str((await running.store.connected())[1].id))
        assert [one.paused for one in await running.store.connected()] == [False, False]
        for words in ("relay status", "relay off", "relay on"):
            assert (await stage.say(here.reader, here.text, words)).ephemeral
        assert spec.violations(stage.discord.calls) == []


async def test_a_blog_that_is_down_hides_no_others_posts(loopback_wordpress: WordPress, tmp_path: Path) -> None:
    async with LoopbackBlog(title="Down") as down, commanded(tmp_path) as stage:
        here = stage.here
        async with stage.bot():
            await stage.connected(here, down.url, channel=here.text.id)
            await loopback_wordpress.post("An older essay", "<p>Words.</p>")
            await put(stage, loopback_wordpress)
        await down.stop()
        async with stage.bot():
            offered = await stage.discord.autocomplete(here.manager, here.text, "post announce", "post", "")
            assert [one["name"].split(" · ")[0] for one in offered] == ["An older essay"]
            nothing = await stage.say(here.manager, here.text, "post announce", post="x")
            assert "cannot be reached" in nothing.content
            answer = await stage.say(here.manager, here.text, "post announce", post="An older essay")
            assert "gets its thread now" in answer.content
            listed = (await stage.say(here.manager, here.text, "blog list")).content
            assert "last look in trouble" in listed.splitlines()[0]
            assert "trouble" not in listed.splitlines()[1]
        await down.start()


async def test_disconnecting_asks_and_deletes_nothing(any_wordpress: WordPress, tmp_path: Path) -> None:
    blog = any_wordpress
    async with commanded(tmp_path) as stage:
        here = stage.here
        async with stage.bot() as running:
            put_there = await put(stage, blog)
            asked = await stage.say(here.manager, here.text, "blog disconnect")
            kept = await stage.press(here.manager, asked, "Keep it")
            assert "is mirrored as before" in kept.content
            asked = await stage.say(here.manager, here.text, "blog disconnect")
            other = stage.discord.add_member(here.guild, name="eve", permissions=MODERATOR)
            assert "Only who began" in (await stage.press(other, asked, "Disconnect")).content
            assert len(running.hub.served()) == 1
        async with stage.bot() as running:  # a restart in between: the question still stands
            done = await stage.press(here.manager, asked, "Disconnect")
            assert "nothing is deleted on either side" in done.content
            assert running.hub.served() == ()
            assert await running.store.accounts() == ()
            assert [one.serving for one in await running.store.connected()] == [Serving.DISCONNECTED]
            assert stage.words(here.forum) == {"root"}
            assert len(await blog.comments(put_there["post"])) == 1
            assert "No blog is mirrored" in (await stage.say(here.manager, here.text, "blog list")).content
            late = await blog.comment(put_there["post"], "<p>meanwhile</p>", parent=put_there["root"])
        async with stage.bot() as running:
            assert running.hub.served() == ()
            await stage.connected(here, blog.url)
            await stage.many.until(lambda: stage.words(here.forum) == {"root", "meanwhile"})
            assert sorted(one.comment for one in stage.mirrors(here.forum)) == [put_there["root"], late["id"]]
            assert len(stage.discord.threads(here.forum)) == 1
        assert spec.violations(stage.discord.calls) == []


async def test_threads_that_are_open_tell_what_crosses_from_now_on(
    loopback_wordpress: WordPress, tmp_path: Path
) -> None:
    blog = loopback_wordpress
    await blog.post("An essay", "<p>Words.</p>")
    async with commanded(tmp_path) as stage, stage.bot():
        here = stage.here
        await stage.connected(here, blog.url)
        await stage.many.until(lambda: stage.discord.threads(here.forum))

        def starter() -> str:
            return str(stage.discord.messages(stage.thread(here.forum))[0]["content"])

        assert "Replies here" not in starter()
        form = await stage.say(here.manager, here.text, "blog account")
        await stage.fill(here.manager, form, *blog.login("bridge"))
        await stage.many.until(lambda: "Replies here become comments on the blog" in starter())
        await stage.say(here.manager, here.text, "blog settings", relay="all")
        await stage.many.until(lambda: "What is written here becomes comments" in starter())
        await stage.say(here.manager, here.text, "blog account", forget=True)
        await stage.many.until(lambda: "on the blog, under your name" not in starter())


async def test_an_account_is_forgotten_on_request(loopback_wordpress: WordPress, tmp_path: Path) -> None:
    async with commanded(tmp_path) as stage, stage.bot() as running:
        here = stage.here
        await put(stage, loopback_wordpress)
        gone = await stage.say(here.manager, here.text, "blog account", forget=True)
        assert "The account is forgotten" in gone.content
        assert await running.store.accounts() == ()
        again = await stage.say(here.manager, here.text, "blog account", forget=True)
        assert "There is no account" in again.content
        assert "it only mirrors" in (await stage.say(here.manager, here.text, "blog list")).content
        form = await stage.say(here.manager, here.text, "blog account")
        wrong = await stage.fill(here.manager, form, "bridge", "not the password")
        assert "does not accept" in wrong.content
        assert await running.store.accounts() == ()


# ---------------------------------------------------------------- keys


async def test_another_key_names_what_needs_an_account_and_mirrors_meanwhile(
    loopback_wordpress: WordPress, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    blog = loopback_wordpress
    async with commanded(tmp_path) as stage:
        here = stage.here
        async with stage.bot(SECRET_KEY=OLD):
            put_there = await put(stage, blog)
            await stage.say(here.manager, here.text, "blog settings", moderators=here.text.id)
        for words in ("meanwhile", "meanwhile again"):
            caplog.clear()
            async with stage.bot(SECRET_KEY=OTHER):
                assert "was sealed with another key" in caplog.text
                listed = await stage.say(here.manager, here.text, "blog list")
                assert "sealed with a key that is gone" in listed.content
                await blog.comment(put_there["post"], f"<p>{words}</p>")
                await stage.many.until(lambda words=words: words in stage.words(here.forum))
        told = [one["content"] for one in stage.discord.messages(here.text)]
        assert ["was sealed with another key" in words for words in told] == [False, True], "each once"
        assert "`SECRET_KEY=new,old" in told[0]
        async with stage.bot(SECRET_KEY=f"{NEW},{OLD}") as running:  # a change of key
            assert "with an account" in (await stage.say(here.manager, here.text, "blog list")).content
            assert len(await running.store.accounts()) == 1
        async with stage.bot(SECRET_KEY=NEW):  # the old one is not needed any more
            assert "with an account" in (await stage.say(here.manager, here.text, "blog list")).content


async def test_moderators_commands_are_hidden_from_others(tmp_path: Path) -> None:
    async with commanded(tmp_path) as stage, stage.bot():
        here = stage.here
        for words, values in {"blog list": {}, "sync status": {}, "post announce": {"post": "1"}}.items():
            with pytest.raises(Refused):
                await stage.say(here.reader, here.text, words, **values)
            answer = await stage.say(here.manager, here.text, words, **values)
            assert "No blog is mirrored on this server." in answer.content
            assert answer.ephemeral
        relay = await stage.say(here.reader, here.text, "relay off")
        assert "stays in Discord" in relay.content
        assert "carries nothing" in (await stage.say(here.reader, here.text, "relay on")).content
        assert spec.violations(stage.discord.calls) == []
