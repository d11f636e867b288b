"""The main job on real parts: discord.py over sockets, SQLite files, a real WordPress (and the loopback one)."""

from __future__ import annotations

import asyncio
import os
import re
import signal
from pathlib import Path

import pytest

from bot.sandbox.discord import MODERATOR
from bot.sandbox.discord import Refused as DiscordRefused
from cogs.permitted import WordsTree
from tests.support import discord_spec as spec
from tests.support.whole_bot import Mirror, Scene, quiet, scene
from tests.support.wordpress import WordPress

pytestmark = pytest.mark.skipif(os.name != "posix", reason="the bot locks its database with flock, which is POSIX")


async def grow(blog: WordPress, post: int, nodes: int, deep: int) -> dict[int, tuple[int, str, str]]:
    """A tree with chains of ``deep`` levels. -> id: (parent, author, words)."""
    grown: dict[int, tuple[int, str, str]] = {}
    chain: list[int] = []
    for number in range(nodes):
        if number % deep == 0:
            chain = chain[: (number // deep) % 2]  # every other chain branches from the one before
        parent = chain[-1] if chain and len(chain) < deep else 0
        author, words = f"Reader {number % 7} Ж", f"Word{number} said “so”, and: {number}·{number}"
        made = await blog.comment(
            post, f"<p>{words}</p>", parent=parent, author_name=author, author_email=f"r{number}@example.test"
        )
        grown[made["id"]] = (parent, author, words)
        chain = [*chain, made["id"]] if parent else [made["id"]]
    return grown


def assert_shows(mirrors: list[Mirror], grown: dict[int, tuple[int, str, str]]) -> None:
    """Same nodes, each once, same parents, same words, parents first."""
    assert sorted(one.comment for one in mirrors) == sorted(grown)
    message_of = {one.comment: one.message for one in mirrors}
    for one in mirrors:
        parent, author, words = grown[one.comment]
        assert one.author == author
        assert re.sub(r"\W", "", one.words) == re.sub(r"\W", "", words)
        assert one.parent == (message_of[parent] if parent else None)
        assert one.parent is None or one.parent < one.message


@pytest.mark.parametrize("kind", ["forum", "text", "announcement"])
@pytest.mark.parametrize("style", ["persona", "card"])
async def test_a_tree_of_64_nodes_reads_the_same(wordpress: WordPress, tmp_path: Path, kind: str, style: str) -> None:
    post = await wordpress.post(f"On {kind} and {style}", "<p>An essay.</p>")
    grown = await grow(wordpress, post["id"], 64, 5)
    async with scene(wordpress, tmp_path, kind=kind) as stage:
        async with stage.bot(MIRROR_STYLE=style) as running:
            await stage.until(lambda: len(stage.mirrors()) == 64)
            await quiet(running)
            assert_shows(stage.mirrors(), grown)
            (place,) = await running.engine.desk.places()
            comparison = await running.engine.desk.verify(place)
            assert comparison.sentence == "blog 64 = Discord 64, 0 missing, 0 doubled, 0 under the wrong parent"
            assert running.tally.kinds["send"].results["done"] == 64
            assert running.tally.subscriptions[place.subscription_id].turns == {"started": 1}
        assert spec.violations(stage.discord.calls) == []
        assert not any(call.status == 429 for call in stage.discord.calls)


async def test_a_chain_across_both_sides_five_deep(any_wordpress: WordPress, tmp_path: Path) -> None:
    blog = any_wordpress
    post = await blog.post("A chain", "<p>Short.</p>")
    root = await blog.comment(post["id"], "<p>one</p>", author_name="Zoë", author_email="zoe@example.test")
    async with scene(blog, tmp_path) as stage, stage.bot() as running:
        jose = stage.discord.add_member(stage.guild, name="jose", display_name="José Ωmega 🦉")
        yulia = stage.discord.add_member(stage.guild, name="yulia", display_name="Юлия")

        async def written() -> list[dict[str, object]]:
            return list(await blog.comments(post["id"]))

        await stage.until(lambda: len(stage.mirrors()) == 1)
        await stage.discord.post(jose, stage.thread(), "two", reply_to=stage.message_of(root["id"]))
        await stage.until_blog(lambda: has(written, 2))
        two = (await written())[1]
        three = await blog.comment(
            post["id"], "<p>three</p>", parent=int(str(two["id"])), author_name="Zoë", author_email="zoe@example.test"
        )
        await stage.until(lambda: len(stage.mirrors()) == 2)
        await stage.discord.post(yulia, stage.thread(), "four", reply_to=stage.message_of(three["id"]))
        await stage.until_blog(lambda: has(written, 4))
        four = (await written())[3]
        five = await blog.comment(
            post["id"], "<p>five</p>", parent=int(str(four["id"])), author_name="Zoë", author_email="zoe@example.test"
        )
        await stage.until(lambda: len(stage.mirrors()) == 3)
        await quiet(running)
        tree = await written()
        assert [one["parent"] for one in tree] == [0, *(one["id"] for one in tree[:-1])]
        assert [one["author_name"] for one in tree] == ["Zoë", "José Ωmega 🦉", "Zoë", "Юлия", "Zoë"]
        assert [one.comment for one in stage.mirrors()] == [root["id"], three["id"], five["id"]]
        own = [message for message in stage.messages() if message["content"] == "four"]
        assert stage.mirrors()[-1].parent == int(own[0]["id"])
        assert all(not message["pings"] for message in stage.messages() if message.get("webhook_id"))


async def has(written: object, count: int) -> bool:
    """Whether the blog holds so many comments."""
    assert callable(written)
    return len(await written()) == count


async def test_killed_in_the_first_mirror_it_carries_on(wordpress: WordPress, tmp_path: Path) -> None:
    post = await wordpress.post("Killed half-way", "<p>An essay.</p>")
    grown = await grow(wordpress, post["id"], 30, 5)
    async with scene(wordpress, tmp_path) as stage:
        for count in (1, 9, 17):
            async with stage.process() as process:
                await stage.until(lambda count=count: len(stage.mirrors()) >= count)  # type: ignore[misc]
                process.send_signal(signal.SIGKILL)
                await process.wait()
        async with stage.bot() as running:
            await stage.until(lambda: len(stage.mirrors()) >= 30)
            await quiet(running)
        assert_shows(stage.mirrors(), grown)


async def test_edits_and_deletions_go_both_ways(any_wordpress: WordPress, tmp_path: Path) -> None:
    blog = any_wordpress
    post = await blog.post("Second thoughts", "<p>Short.</p>")
    root = await blog.comment(post["id"], "<p>first words</p>")
    leaf = await blog.comment(post["id"], "<p>a leaf</p>", parent=root["id"], author_email="leaf@example.test")
    async with scene(blog, tmp_path) as stage, stage.bot() as running:
        ann = stage.discord.add_member(stage.guild, name="ann", display_name="Ann")
        await stage.until(lambda: len(stage.mirrors()) == 2)
        reply = await stage.discord.post(ann, stage.thread(), "my *words*", reply_to=stage.message_of(root["id"]))
        await stage.until(lambda: "✅" in marks(stage, reply.id))
        mine = (await blog.comments(post["id"]))[-1]
        assert "<em>words</em>" in mine["content"]["rendered"]

        await blog.edit_comment(root["id"], content="<p>better words</p>")
        await stage.until(lambda: stage.mirrors()[0].words == "better words")
        await stage.discord.edit(ann, stage.thread(), reply.id, "my **better** words")
        await stage.until_blog(lambda: reads(blog, mine["id"], "<strong>better</strong>"))

        await blog.trash(leaf["id"])
        await stage.until(lambda: [one.comment for one in stage.mirrors()] == [root["id"]])
        await stage.discord.delete(ann, stage.thread(), reply.id)
        await stage.until_blog(lambda: has(lambda: blog.comments(post["id"]), 1))
        await quiet(running)
        assert [one.comment for one in stage.mirrors()] == [root["id"]]
        assert len(stage.messages()) == 2


async def reads(blog: WordPress, comment: int, words: str) -> bool:
    """Whether a comment shows these words."""
    return words in (await blog.get_comment(comment))["content"]["rendered"]


def marks(stage: Scene, message: int) -> list[str]:
    """The reactions on a message."""
    (found,) = [one for one in stage.messages() if int(one["id"]) == message]
    return [reaction["emoji"]["name"] for reaction in found.get("reactions", [])]


async def test_the_blogs_answer_shows_on_the_message(any_wordpress: WordPress, tmp_path: Path) -> None:
    blog = any_wordpress
    post = await blog.post("Held and refused", "<p>Short.</p>")
    root = await blog.comment(post["id"], "<p>root</p>")
    async with scene(blog, tmp_path) as stage, stage.bot(RELAY_STATUS="blog") as running:
        ann = stage.discord.add_member(stage.guild, name="ann", display_name="Ann")
        await stage.until(lambda: len(stage.mirrors()) == 1)
        held = await stage.discord.post(ann, stage.thread(), "may I?", reply_to=stage.message_of(root["id"]))
        await stage.until(lambda: "⏳" in marks(stage, held.id))
        (waiting,) = await blog.comments(post["id"], status="hold")
        await blog.set_status(waiting["id"], "approved")
        await stage.until(lambda: marks(stage, held.id) == ["✅"])
        await blog.edit_post(post["id"], comment_status="closed")
        refused = await stage.discord.post(ann, stage.thread(), "too late?", reply_to=stage.message_of(root["id"]))
        await stage.until(lambda: "🚫" in marks(stage, refused.id))
        await stage.until(lambda: any("closed" in message["content"] for message in stage.messages()))
        await quiet(running)
        assert len(await blog.comments(post["id"], status="any")) == 2


async def test_first_contact_announces_the_newest_post_only(any_wordpress: WordPress, tmp_path: Path) -> None:
    blog = any_wordpress
    await blog.post("Older", "<p>Older.</p>")
    newest = await blog.post("Newest “one” & only", "<p>Now.</p>")
    async with scene(blog, tmp_path) as stage, stage.bot() as running:
        await stage.until(lambda: len(stage.discord.threads(stage.channel)) == 1)
        await quiet(running)
        (thread,) = stage.discord.threads(stage.channel)
        assert thread["name"] == "Newest “one” & only"
        await blog.edit_post(newest["id"], title="Renamed", content="<p>Changed.</p>")
        await stage.until(lambda: stage.discord.threads(stage.channel)[0]["name"] == "Renamed")
        starter = stage.messages()[0]
        assert starter["embeds"][0]["description"] == "Changed."
        later = await blog.post("Later", "<p>Later.</p>")
        await stage.until(lambda: len(stage.discord.threads(stage.channel)) == 2)
        await quiet(running)
        assert {one["name"] for one in stage.discord.threads(stage.channel)} == {"Renamed", "Later"}
        assert later["id"] > newest["id"]


async def test_slash_commands_with_and_without_the_permission(any_wordpress: WordPress, tmp_path: Path) -> None:
    blog = any_wordpress
    older = await blog.post("An older post", "<p>Older.</p>")
    post = await blog.post("Commanded", "<p>Short.</p>")
    await blog.comment(post["id"], "<p>root</p>")
    async with scene(blog, tmp_path) as stage:
        ann = stage.discord.add_member(stage.guild, name="ann", display_name="Ann")
        mod = stage.discord.add_member(stage.guild, name="mod", display_name="Mod", permissions=MODERATOR)
        place = stage.discord.add_channel(stage.guild, kind="text", name="office")
        async with stage.bot() as running:
            await stage.until(lambda: len(stage.mirrors()) == 1)
            await quiet(running)
            asked = {
                "sync status": {},
                "sync now": {},
                "sync verify": {"post": str(post["id"])},
                "sync retry": {},
                "sync allow-removals": {"post": str(post["id"])},
                "blog pause": {},
                "blog resume": {},
                "post announce": {"post": str(older["id"])},
            }
            offered = await stage.discord.autocomplete(mod, place, "post announce", "post", "older")
            named = {choice["value"]: choice["name"] for choice in offered}
            assert named[str(older["id"])] == f"An older post · {older['date_gmt'][:10]}"
            said = {}
            for words, values in asked.items():
                with pytest.raises(DiscordRefused):
                    await stage.discord.slash(ann, place, words, dict(values))
                answer = await stage.discord.slash(mod, place, words, dict(values))
                assert answer.ephemeral, words
                said[words] = answer.content
            assert "0 waiting" in said["sync status"]
            assert "all is well" in said["sync now"]
            assert "blog 1 = Discord 1, 0 missing, 0 doubled" in said["sync verify"]
            assert "Paused" in said["blog pause"]
            await stage.until(lambda: len(stage.discord.threads(stage.channel)) == 2)
            assert "looked at now" in said["sync allow-removals"]
            twin = await blog.post("An older post", "<p>Its namesake.</p>")
            await stage.until(lambda: len(stage.discord.threads(stage.channel)) == 3)
            alike = await stage.discord.autocomplete(mod, place, "sync verify", "post", "older")
            assert {choice["name"] for choice in alike} == {
                f"An older post (post {one['id']})" for one in (older, twin)
            }
            picked = await stage.discord.autocomplete(mod, place, "sync verify", "post", "comm")
            assert [choice["name"] for choice in picked] == ["Commanded"]
            nothing = await stage.discord.slash(mod, place, "sync verify", {"post": "no such post"})
            assert "pick one from the list" in nothing.content
            await quiet(running)
        assert spec.violations(stage.discord.calls) == []


async def test_a_pause_loses_nothing(any_wordpress: WordPress, tmp_path: Path) -> None:
    blog = any_wordpress
    post = await blog.post("Paused", "<p>Short.</p>")
    root = await blog.comment(post["id"], "<p>root</p>")
    async with scene(blog, tmp_path) as stage, stage.bot() as running:
        ann = stage.discord.add_member(stage.guild, name="ann", display_name="Ann")
        await stage.until(lambda: len(stage.mirrors()) == 1)
        await quiet(running)
        await running.engine.pause()
        await stage.discord.post(ann, stage.thread(), "meanwhile", reply_to=stage.message_of(root["id"]))

        async def taken_down() -> bool:
            return bool((await running.engine.desk.status()).queue.ready)

        await stage.until_blog(taken_down)
        assert len(await blog.comments(post["id"])) == 1
        await running.engine.resume()
        await stage.until_blog(lambda: has(lambda: blog.comments(post["id"]), 2))


async def test_a_second_bot_on_the_same_database_refuses(loopback_wordpress: WordPress, tmp_path: Path) -> None:
    async with scene(loopback_wordpress, tmp_path) as stage, stage.bot(), stage.process() as second:
        async with asyncio.timeout(20):
            assert await second.wait() == 78


async def test_a_reply_to_any_part_of_a_long_comment_finds_it(any_wordpress: WordPress, tmp_path: Path) -> None:
    blog = any_wordpress
    post = await blog.post("At length", "<p>Short.</p>")
    long = "".join(f"<p>Paragraph {number} goes on. {'And on, and on. ' * 40}</p>" for number in range(9))
    root = await blog.comment(post["id"], long)
    async with scene(blog, tmp_path) as stage, stage.bot() as running:
        ann = stage.discord.add_member(stage.guild, name="ann", display_name="Ann")
        await stage.until(lambda: stage.mirrors() and len(stage.mirrors()) == stage.mirrors()[0].parts)
        parts = stage.mirrors()
        assert [(one.part, one.comment) for one in parts] == [(n, root["id"]) for n in range(1, len(parts) + 1)]
        assert len(parts) > 2
        said = await stage.discord.post(ann, stage.thread(), "to the third part", reply_to=parts[2].message)
        await stage.until(lambda: "✅" in marks(stage, said.id))
        assert (await blog.comments(post["id"]))[-1]["parent"] == root["id"]
        await blog.edit_comment(root["id"], content="<p>Cut short.</p>")
        await stage.until(lambda: [one.words for one in stage.mirrors()] == ["Cut short."])
        await quiet(running)
        assert (await running.engine.desk.verify((await running.engine.desk.places())[0])).sentence.startswith(
            "blog 2 = Discord 2"
        )


@pytest.mark.parametrize(
    ("mode", "relayed"), [("all", ["plain", "answer", "talk"]), ("replies", ["answer"]), ("off", [])]
)
async def test_relay_decides_what_becomes_a_comment(
    loopback_wordpress: WordPress, tmp_path: Path, mode: str, relayed: list[str]
) -> None:
    blog = loopback_wordpress
    post = await blog.post("Who is heard", "<p>Short.</p>")
    async with scene(blog, tmp_path) as stage, stage.bot(RELAY=mode) as running:
        ann = stage.discord.add_member(stage.guild, name="ann", display_name="Ann")
        await stage.until(lambda: len(stage.messages()) == 1)
        await quiet(running)
        plain = await stage.discord.post(ann, stage.thread(), "plain")
        await stage.discord.post(ann, stage.thread(), "answer", reply_to=stage.thread())
        await stage.discord.post(ann, stage.thread(), "talk", reply_to=plain.id if mode == "replies" else None)
        await stage.until_blog(lambda: has(lambda: blog.comments(post["id"]), len(relayed)))
        await quiet(running)
        comments = await blog.comments(post["id"])
        assert [one["content"]["rendered"].strip() for one in comments] == [f"<p>{words}</p>" for words in relayed]
        assert [one["parent"] for one in comments] == [0] * len(relayed)


async def test_without_a_password_it_mirrors_and_says_so(loopback_wordpress: WordPress, tmp_path: Path) -> None:
    blog = loopback_wordpress
    post = await blog.post("Read only", "<p>Short.</p>")
    root = await blog.comment(post["id"], "<p>root</p>")
    async with scene(blog, tmp_path) as stage:
        mod = stage.discord.add_member(stage.guild, name="mod", display_name="Mod", permissions=MODERATOR)
        async with stage.bot(BLOG_USERNAME="", BLOG_APP_PASSWORD="") as running:
            await stage.until(lambda: len(stage.mirrors()) == 1)
            await stage.discord.post(mod, stage.thread(), "heard?", reply_to=stage.message_of(root["id"]))
            await quiet(running)
            answer = await stage.discord.slash(mod, stage.thread(), "sync status")
        assert "only mirrors" in answer.content
        assert len(await blog.comments(post["id"], status="any")) == 1


async def test_of_two_posts_with_one_title_each_can_be_announced(any_wordpress: WordPress, tmp_path: Path) -> None:
    blog = any_wordpress
    first = await blog.post("Monthly notes", "<p>One.</p>")
    second = await blog.post("Monthly notes", "<p>Two.</p>")
    await blog.post("Newest of all", "<p>Three.</p>")
    async with scene(blog, tmp_path) as stage:
        mod = stage.discord.add_member(stage.guild, name="mod", display_name="Mod", permissions=MODERATOR)
        office = stage.discord.add_channel(stage.guild, kind="text", name="office")
        async with stage.bot() as running:
            await stage.until(lambda: len(stage.discord.threads(stage.channel)) == 1)
            await quiet(running)
            for post in (second, first):
                answer = await stage.discord.slash(mod, office, "post announce", {"post": str(post["id"])})
                assert "gets its thread now" in answer.content
            await stage.until(lambda: len(stage.discord.threads(stage.channel)) == 3)


async def test_killed_while_it_published_its_commands_it_publishes_them_at_the_next_start(
    loopback_wordpress: WordPress, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Killed(BaseException):
        pass

    async def sync(*_: object, **__: object) -> None:
        raise Killed

    async with scene(loopback_wordpress, tmp_path) as stage:
        with monkeypatch.context() as patch:
            patch.setattr(WordsTree, "sync", sync)
            with pytest.raises(Killed):
                await stage.bot().__aenter__()
        published = []
        for _ in range(2):
            async with stage.bot():
                calls = stage.discord.calls
            published.append(sum(1 for call in calls if call.method == "PUT" and call.path.endswith("/commands")))
        assert published == [1, 1], "at the next start, and no more often than needed"
