"""Nobody passes for somebody else on the other side by a name: not for the bot, a moderator or a writer of the blog."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import discord
import pytest

from bot.chat.appearance import webhook_name
from bot.core.domain import utf16
from bot.core.lookalikes import on_blog, on_discord, skeleton, unmarked
from bot.core.policy import Policy, RelayMode
from bot.sandbox.discord.vocabulary import MEMBER, Permission
from tests.support.chat_scene import chat_scene, saying
from tests.support.engine_in_memory import World
from tests.support.fake_blog import ACCOUNT, WRITER

TAKEN = ("Commonthread", "Rosalind Reed", "Till")

ALIKE = {
    "Commonthread": [
        "Commonthread",
        "COMMONTHREAD",
        "Common Thread",
        "common-thread",
        "C0mmonthread",
        "Cоmmonthrеad",
        "Ｃｏｍｍｏｎｔｈｒｅａｄ",
        "𝕮𝖔𝖒𝖒𝖔𝖓𝖙𝖍𝖗𝖊𝖆𝖉",
        "Common\u200bthread",
        "\u202eCommonthread\u202c",
        "Cornrnonthread",
        "Cómmonthread",
        "Commonthread ✓",
        "★ Commonthread ★",
        "[BOT] Commonthread",
        "Commonthread (official)",
        "Commonthread Bot",
        "🅲🅾🅼🅼🅾🅽🆃🅷🆁🅴🅰🅳",
        "🅒🅞🅜🅜🅞🅝🅣🅗🅡🅔🅐🅓",
        "🇨🇴🇲🇲🇴🇳🇹🇭🇷🇪🇦🇩",
        "ᏟommonthreaᎠ",
        "ꓚꓳꓟꓟꓳꓠꓔꓧꓣꓰꓮꓓ",
        "ⲤⲞⲘⲘⲞⲚⲦⲎread",
        "ᑕommonthᖇead",
        "ϲommonthread",
        "C๐mmσnthread",
    ],
    "Rosalind Reed": [
        "rosalind reed",
        "RosalindReed",
        "Rosalind Reed [MOD]",
        "Moderator Rosalind Reed",
        "Rosaⅼind Reed",
        "Rosalind Reed | Mod",
        "ᎡosaᏞind Reed",
    ],
    "Till": ["TiII", "Ti11", "till.", "Till\u3164", "Tiǀⵏ"],
}
OTHERS = [
    "Rosalinde Reed",
    "Rosalind",
    "Reed",
    "Tilly",
    "Thread",
    "Ann",
    "Модест",
    "りん",
    "Stafford",
    "Modesty",
    "Ann-Mod",
    "Καίσαρ",
    "ᏣᎳᎩ",
    "ᐃᓄᒃᑎᑐᑦ",
    "Ann | Reader",
    "☃",
]
OFFICES = [
    "Moderator",
    "moderators",
    "Admin",
    "Аdmin",
    "Mod Team",
    "Ann [MOD]",
    "Ann (Admin)",
    "STAFF ✓",
    "【Moderator】 Ann",
    "Ann | Mod",
    "Ann — Staff",
    "Mod • Ann",
    "Ann - Support",
    "M0derat0r",
    "ᎷoᎠ",
    "🅼🅾🅳",
]


@pytest.mark.parametrize(("whose", "name"), [(whose, name) for whose, names in ALIKE.items() for name in names])
def test_a_name_that_looks_like_anothers_says_whence_it_comes(whose: str, name: str) -> None:
    assert skeleton(name) == skeleton(whose)
    assert on_discord(name, TAKEN, is_writer=False).endswith(" (blog)")
    assert on_blog(name, TAKEN).endswith(" (Discord)")


@pytest.mark.parametrize("name", OFFICES)
def test_an_office_is_nobodys_to_claim(name: str) -> None:
    assert on_discord(name, (), is_writer=False) == f"{name} (blog)"
    assert on_blog(name, ()) == f"{name} (Discord)"


@pytest.mark.parametrize("name", OTHERS)
def test_another_name_stays_as_it_is(name: str) -> None:
    assert on_discord(name, TAKEN, is_writer=False) == on_blog(name, TAKEN) == name


def test_who_is_known_by_the_blog_keeps_the_name() -> None:
    assert on_discord("Rosalind Reed", TAKEN, is_writer=True) == "Rosalind Reed"


def test_nothing_is_like_a_name_of_which_nothing_is_seen() -> None:
    assert on_discord("☃", ("☂", "\u200b", ""), is_writer=False) == "☃"


@pytest.mark.parametrize("letter", ["x", "😀"])
def test_a_mark_is_not_cut_off_a_long_name(letter: str) -> None:
    long = f"{letter * 90} [MOD]"
    shown = on_discord(long, (), is_writer=False)
    assert shown.endswith(" (blog)")
    assert utf16(shown) <= 80
    assert webhook_name(shown) == shown


def test_a_mark_comes_off_again() -> None:
    assert unmarked(on_discord("Till", TAKEN, is_writer=False)) == "Till"
    assert unmarked("Ann") == "Ann"


# --- through the engine -----------------------------------------------------------------------------------------------


@pytest.fixture
async def world() -> AsyncIterator[World]:
    one = World(policy=Policy(relay=RelayMode.REPLIES, first_posts=2))
    await one.start()
    yield one
    await one.end()


async def test_a_commenter_with_anothers_name_is_marked_in_the_thread(world: World) -> None:
    world.chat.staff = {"Rosalind Reed"}
    post = world.blog.add_post("A post").id
    wanted = {}
    for author, account, shown in (
        ("Ben", "", "Ben"),
        ("Rosalind Reed", "", "Rosalind Reed (blog)"),
        ("Common thread", "", "Common thread (blog)"),
        (WRITER[1], WRITER[0], WRITER[1]),
        (WRITER[1], "", f"{WRITER[1]} (blog)"),
        (WRITER[1].lower(), "9", f"{WRITER[1].lower()} (blog)"),
        (ACCOUNT, "", f"{ACCOUNT} (blog)"),
    ):
        made = world.blog.comment(post, "Words", author=author, account=account)
        wanted[made.id] = shown
    await world.quiet()
    marked = {
        one.marker.partition("#comment-")[2].split(" ")[0]: one.name
        for one in world.chat.messages.values()
        if one.marker
    }
    assert marked == wanted


async def test_a_mark_that_comes_later_edits_nothing_and_sends_nothing_anew(world: World) -> None:
    """Who moderates becomes known as moderators write: what stands under a name stays, also without a database."""
    post = world.blog.add_post("A post").id
    comment = world.blog.comment(post, "Words", author="Rosalind Reed")
    await world.quiet()
    before = {one.id: (one.name, one.text) for one in world.chat.messages.values()}
    world.chat.staff = {"Rosalind Reed"}
    edits = world.chat.edits
    await world.quiet()
    await world.lose_database()
    await world.quiet()
    assert {one.id: (one.name, one.text) for one in world.chat.messages.values()} == before
    assert world.chat.edits == edits
    comment.html = "Other words"
    await world.quiet()
    (shown,) = world.chat.messages.values()
    assert (shown.id in before, shown.name) == (True, "Rosalind Reed")
    assert "Other words" in shown.text


async def test_a_mirror_that_bears_a_mark_is_known_again_without_a_database(world: World) -> None:
    world.chat.staff = {"Rosalind Reed"}
    post = world.blog.add_post("A post").id
    comment = world.blog.comment(post, "Words", author="Rosalind Reed")
    await world.quiet()
    (shown,) = world.chat.messages.values()
    edits = world.chat.edits
    await world.lose_database()
    await world.quiet()
    assert ([one.id for one in world.chat.messages.values()], world.chat.edits) == ([shown.id], edits)
    comment.html = "Other words"
    await world.quiet()
    assert (world.chat.messages[shown.id].name, len(world.chat.messages)) == ("Rosalind Reed (blog)", 1)


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("Wren", "Wren"),
        (WRITER[1].upper(), f"{WRITER[1].upper()} (Discord)"),
        (ACCOUNT, f"{ACCOUNT} (Discord)"),
    ],
)
async def test_a_member_with_a_writers_name_is_marked_on_the_blog(world: World, name: str, shown: str) -> None:
    post = world.blog.add_post("A post").id
    asked = world.blog.comment(post, "Words")
    await world.quiet()
    (thread,) = world.chat.threads
    (mirror,) = [one.id for one in world.chat.messages.values() if f"#comment-{asked.id} " in one.marker]
    world.chat.nicknames["7"] = name
    world.chat.member_says(thread, 7, "An answer", mirror)
    await world.quiet()
    (relay,) = [one for one in world.blog.comments.values() if one.author_url]
    assert relay.author == shown


MODERATOR = MEMBER | Permission.MANAGE_MESSAGES


# --- what Discord tells -----------------------------------------------------------------------------------------------


async def test_names_of_owner_roles_and_moderators_are_known_without_the_list_of_members() -> None:
    async with chat_scene() as s:
        rosalind = s.server.add_member(s.guild, name="rosa", display_name="Rosalind Reed", permissions=MODERATOR)
        place = await s.open()
        assert place.thread_id is not None
        assert not s.client.intents.members
        first = await s.chat.names_of_staff(place.guild_id)
        assert {"Commonthread", "Owner", "owner", "Rosalind Reed"} <= first, "the last is a role's, with rights"
        assert "Ann" not in first
        heard = asyncio.Queue[str]()

        async def hear(message: discord.Message) -> None:
            heard.put_nowait(s.adapter.message(message, place.guild_id).author_name)

        s.client.add_listener(hear, "on_message")
        thread = s.server.world.channels[place.thread_id]
        for who in (s.ann, rosalind):
            await s.server.post(who, thread, "words")
            assert await asyncio.wait_for(heard.get(), 20) == who.user.display
        assert await s.chat.names_of_staff(place.guild_id) - first == {"rosa"}
        asked = [one for one in s.server.calls if "/members/" in one.path]
        assert len(asked) == 1, "the owner, and once"


async def test_an_owner_who_cannot_be_asked_for_keeps_nobody_from_speaking() -> None:
    async with chat_scene() as s:
        place = await s.open()
        del s.guild.members[s.guild.owner_id]
        assert "Commonthread" in await s.chat.names_of_staff(place.guild_id)
        assert await s.chat.send(place, saying(1), nonce="n1")
