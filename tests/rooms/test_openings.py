"""What decorates a post never stops it: names, tags, pictures and words that Discord refuses are left out."""

from __future__ import annotations

import asyncio
import time
from dataclasses import replace

import pytest

from bot.chat.starters import NEUTRAL, plainer, showing
from bot.core.domain import Millis
from bot.core.errors import NotAllowed, RefusalKind, Refused, Unreachable
from bot.sandbox.discord import MIRROR_BOT, Limits, Permission
from bot.sandbox.discord.limits import Rate
from tests.support.chat_scene import POST_URL, WHAT, ChatScene, chat_scene

WITHOUT_THREADS = MIRROR_BOT & ~Permission.MANAGE_THREADS
OFFICIAL = replace(WHAT, tags=("Official", "News"))


def tags_of(s: ChatScene) -> set[str]:
    (thread,) = s.server.threads(s.channel)
    return {tag.name for tag in s.channel.tags if str(tag.id) in thread["applied_tags"]}


async def moderated(s: ChatScene) -> None:
    """The tag is moderators' now, and the bot has heard of it."""
    told = asyncio.create_task(s.client.wait_for("guild_channel_update", timeout=10))
    await asyncio.sleep(0)
    await s.server.moderate_tag(s.channel, "Official")
    await told


@pytest.mark.parametrize("permissions", [MIRROR_BOT, WITHOUT_THREADS])
async def test_a_tag_of_moderators_is_left_out_unless_the_bot_is_one(permissions: int) -> None:
    async with chat_scene(tags=("Official", "News"), permissions=permissions) as s:
        await moderated(s)
        await s.chat.open_thread(s.channel_id, OFFICIAL, nonce="1")
        assert tags_of(s) == ({"Official", "News"} if permissions == MIRROR_BOT else {"News"})


async def test_a_tag_that_was_given_to_moderators_a_moment_ago_costs_the_post_nothing() -> None:
    """What the gateway has not told yet, Discord says by refusing."""
    async with chat_scene(tags=("Official", "News"), permissions=WITHOUT_THREADS, connected=False) as s:
        await s.server.moderate_tag(s.channel, "Official")
        await s.chat.open_thread(s.channel_id, OFFICIAL, nonce="1")
        assert tags_of(s) == {"News"}


async def test_a_refusal_that_contradicts_what_is_known_costs_the_tags_of_moderators_alone() -> None:
    async with chat_scene(tags=("Official", "News")) as s:
        await moderated(s)
        s.server.faults.next("POST", r"/channels/\d+/threads", "403")
        await s.chat.open_thread(s.channel_id, OFFICIAL, nonce="1")
        assert tags_of(s) == {"News"}


async def test_a_forum_that_requires_a_tag_and_has_moderators_tags_alone_names_the_permission() -> None:
    async with chat_scene(tags=("Official",), flags=1 << 4, permissions=WITHOUT_THREADS) as s:
        await moderated(s)
        with pytest.raises(NotAllowed, match="Manage Threads"):
            await s.open()


async def test_a_tag_that_is_gone_is_left_out() -> None:
    async with chat_scene() as s:
        s.server.faults.next("POST", r"/channels/\d+/threads", "code:10087")
        await s.open()
        assert tags_of(s) == set()


@pytest.mark.parametrize("kind", ["forum", "text", "announcement"])
async def test_a_title_that_automod_forbids_gives_the_thread_a_neutral_name(kind: str) -> None:
    async with chat_scene(kind) as s:
        s.server.forbid_words(s.guild, "bridges")
        place = await s.open()
        (thread,) = s.server.threads(s.channel)
        assert thread["name"] == NEUTRAL
        home = s.channel if kind != "forum" else place.thread_id
        assert home is not None
        starter = next(m for m in s.server.messages(home) if m["id"] == str(place.starter_id))
        assert POST_URL in starter["content"]
        assert "bridges" not in str(starter)
        start = Millis(int(time.time() * 1000) - 60_000)
        found = await s.chat.find_thread(s.channel_id, POST_URL, after=start)
        assert found is not None
        assert found.thread_id == place.thread_id


async def test_words_that_automod_forbids_leave_the_title_and_the_link() -> None:
    async with chat_scene() as s:
        s.server.forbid_words(s.guild, "short")
        place = await s.open()
        assert s.server.threads(s.channel)[0]["name"] == WHAT.title
        s.server.forbid_words(s.guild, "longer")
        await s.chat.revise_starter(place, replace(WHAT, text="A longer opening."))
        starter = s.server.messages(place.thread_id or 0)[0]
        assert (POST_URL in starter["content"], starter["embeds"]) == (True, [])


@pytest.mark.parametrize("kind", ["forum", "text"])
async def test_a_decoration_that_breaks_a_rule_is_left_out(kind: str) -> None:
    async with chat_scene(kind) as s:
        path = r"/channels/\d+/threads" if kind == "forum" else r"/channels/\d+/messages"
        s.server.faults.next("POST", path, "code:50035")
        place = await s.open()
        home = s.channel if kind != "forum" else place.thread_id
        assert home is not None
        (embed,) = next(m for m in s.server.messages(home) if m["id"] == str(place.starter_id))["embeds"]
        assert embed["title"] == WHAT.title
        assert embed["description"] == WHAT.text
        assert "image" not in embed
        assert "author" not in embed


def test_a_refusal_that_nothing_can_be_left_out_for_is_met_once() -> None:
    other = Refused("no", "77777")
    assert plainer(showing(WHAT), other) is None
    assert plainer(showing(WHAT), NotAllowed("no")) is None
    now = showing(WHAT)
    words, rule = (Refused("no", "1", kind=kind) for kind in (RefusalKind.WORDS, RefusalKind.BREAKS_A_RULE))
    for refusal in (words, rule):
        seen, step = 0, plainer(now, refusal)
        while step is not None:
            seen, step = seen + 1, plainer(step, refusal)
        assert 1 <= seen <= 3, "it ends"


async def test_the_third_name_in_ten_minutes_is_put_back_and_holds_no_edit() -> None:
    limits = Limits.relaxed(rename=Rate(2, 600.0))
    async with chat_scene(limits=limits) as s:
        place = await s.open()
        for title in ("One", "Two"):
            await s.chat.rename_thread(place, title)
        with pytest.raises(Unreachable) as caught:
            await s.chat.rename_thread(place, "Three")
        assert caught.value.retry_after is not None
        assert caught.value.retry_after > 60
        with pytest.raises(Unreachable):  # learnt: it is not asked again before its time, and nobody sleeps for it
            await s.chat.rename_thread(place, "Three")
        renames = [c for c in s.server.calls if c.method == "PATCH" and c.path == f"/channels/{place.thread_id}"]
        assert len(renames) == 3
        await s.chat.revise_starter(place, replace(WHAT, title="Three"))
        assert s.server.messages(place.thread_id or 0)[0]["embeds"][0]["title"] == "Three"
