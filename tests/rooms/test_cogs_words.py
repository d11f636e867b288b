"""What the slash commands say and offer, from values alone."""

from __future__ import annotations

from dataclasses import replace

import pytest
from discord import app_commands
from discord.ext import commands
from hypothesis import given
from hypothesis import strategies as st

from bot.core.domain import ChannelId, GuildId, Millis, Subscription, SubscriptionId, ThreadId
from bot.core.policy import RelayMode, Settings
from bot.ports import Parked, QueueFigures
from bot.ports.blogs import BlogRow, Connected, KnownBlog, Serving
from bot.ports.prospects import Rights
from bot.sync.desk import Status
from cogs.answers import choices, quoted
from cogs.blog import BlogCog
from cogs.blog_words import account_words, settings_words
from cogs.choosing import dated
from cogs.post import PostCog
from cogs.relay import RelayCog, off_words, on_words
from cogs.relay import status_words as relay_words
from cogs.sync import SyncCog, allowed_words, looked_words, retried_words, status_words

MAY = Millis(1_715_000_000_000)  # 2024-05-06
HERE = Subscription(
    SubscriptionId(1), "https://blog.example", ChannelId(2), GuildId(3), paused=False, greeted=True, greeted_at=MAY
)
MARGINALIA = Connected(
    SubscriptionId(1),
    KnownBlog(BlogRow(1), "wordpress", "https://blog.example", "https://blog.example", "Margin_alia"),
    ChannelId(2),
    GuildId(3),
    Settings(),
    Serving.ACTIVE,
    "",
    paused=False,
    from_settings=False,
    announces=True,
)
WELL = Status(HERE, QueueFigures(0, 0, 5, 0), None, (), can_write=True)


def names(offered: list[app_commands.Choice[str]]) -> list[str]:
    return [choice.name for choice in offered]


def test_a_recent_post_is_offered_with_its_day() -> None:
    assert dated("On bridges", MAY) == "On bridges · 2024-05-06"
    assert dated(" ", MAY) == "Untitled · 2024-05-06"
    long = dated("x" * 300, MAY)
    assert (len(long), long[-13:]) == (100, " · 2024-05-06")


def test_no_two_choices_look_alike() -> None:
    titled = [("Open thread", "9"), ("Open thread", "7"), ("Essay", "3"), ("y" * 150, "1"), ("y" * 160, "2")]
    assert names(choices(titled, "")) == [
        "Open thread (post 9)",
        "Open thread (post 7)",
        "Essay",
        "y" * 90 + "… (post 1)",
        "y" * 90 + "… (post 2)",
    ]
    assert [choice.value for choice in choices(titled, "OPEN")] == ["9", "7"]


@given(st.lists(st.tuples(st.text("ab ", max_size=120), st.integers(1, 10**6).map(str)), unique_by=lambda it: it[1]))
def test_choices_are_as_discord_takes_them(titled: list[tuple[str, str]]) -> None:
    offered = choices(titled, "")
    assert len(offered) == min(25, len(titled))
    assert len(set(names(offered))) == len(offered)
    assert all(1 <= len(choice.name) <= 100 for choice in offered)


def test_a_title_is_quoted_as_it_is() -> None:
    assert quoted("*a* _b_") == r"“\*a\* \_b\_”"
    assert quoted("two\nlines") == "“two lines”"


def test_a_status_without_trouble_is_short() -> None:
    words = status_words(WELL)
    assert "Withheld" not in words
    assert "allow-removals" not in words
    assert words.splitlines()[-1] == "**Parked** nothing"


def test_a_status_names_its_blog_and_opens_no_preview() -> None:
    assert status_words(WELL).startswith("**Blog** <https://blog.example>\n")
    mute = replace(WELL, can_write=False)
    words = status_words(mute, of=MARGINALIA)
    assert words.startswith("**Blog** Margin\\_alia <https://blog.example>\n")
    assert "`/blog account` gives it one" in words
    assert "/blog account" not in status_words(mute, of=replace(MARGINALIA, from_settings=True))


def test_a_look_at_a_paused_blog_says_that_nothing_crosses() -> None:
    assert looked_words(None, paused=False) == "Looked at the blog: all is well."
    assert looked_words(None, paused=True).endswith("nothing crosses until `/blog resume`.")
    assert looked_words("No *answer*.", paused=True).startswith(r"Looked, with trouble: No \*answer\*. It is paused")


def test_one_is_not_said_as_many() -> None:
    assert [retried_words(count).split()[0] for count in (0, 1, 2)] == ["Nothing", "The", "2"]


def test_a_new_account_says_where_members_are_told() -> None:
    rights = Rights(lacking=(), excess=())
    assert "newest threads tell members so" in account_words(MARGINALIA, rights)
    quiet = replace(MARGINALIA, settings=Settings(relay=RelayMode.OFF))
    assert "tell members" not in account_words(quiet, rights)


def test_settings_say_what_each_of_them_does() -> None:
    words = settings_words(MARGINALIA, changed=False)
    assert "`relay-status` approved: shown at once" in words
    assert "`moderators` no channel: trouble is shown by `/sync status` alone" in words
    told = replace(MARGINALIA, settings=Settings(moderators=ChannelId(9), approve=False))
    words = settings_words(told, changed=False)
    assert "`relay-status` blog: shown as the blog's own moderation rules decide" in words
    assert "`moderators` <#9>: told of trouble, once" in words


def test_what_is_withheld_is_shown_with_what_to_do_about_it() -> None:
    status = Status(HERE, WELL.queue, None, (), can_write=True, withheld=(("A *loud* post", 12), ("Another", 3)))
    words = status_words(status)
    assert r"**Withheld** 12 comments of “A \*loud\* post”" in words
    assert "3 comments of “Another”" in words
    assert words.count("/sync allow-removals") == 1


def test_what_is_parked_is_shown_with_its_title_as_typed() -> None:
    parked = Parked("k", "send", "_sly_", ThreadId(5), "Why not.")
    words = status_words(Status(HERE, QueueFigures(0, 0, 0, 1), None, (parked,), can_write=False))
    assert r"- send in “\_sly\_”: Why not." in words
    assert "/sync retry" in words
    assert "only mirrors" in words


def test_allowing_removals_says_what_goes_and_what_stays() -> None:
    words = allowed_words("On bridges")
    assert "“On bridges”" in words
    assert "still there keep theirs" in words


@pytest.mark.parametrize("cog", [BlogCog, SyncCog, PostCog, RelayCog])
def test_each_command_and_option_is_described_within_discords_limit(cog: type[commands.GroupCog]) -> None:
    """Discord: application command structure, description 1-100; discord.py fills a missing one with an ellipsis."""
    for command in cog.__cog_app_commands__:
        assert 10 < len(command.description) <= 100
        assert isinstance(command, app_commands.Command)
        for parameter in command.parameters:
            assert 5 < len(parameter.description) <= 100


def test_relay_says_what_stays_and_how_to_take_back_what_does_not() -> None:
    assert "delete its message" in off_words(0)
    assert "had not left" not in off_words(0)
    assert "So does a message of yours that had not left yet." in off_words(1)
    assert "So do 3 messages of yours that had not left yet." in off_words(3)
    assert "What you wrote before stays" in on_words("replies", changed=True)
    assert "stays" not in on_words("replies", changed=False)
    assert on_words("all", changed=False).startswith("Your messages")
    for mode in ("replies", "all", "off"):
        assert relay_words(mode, out=True).startswith("What you write stays in Discord.")
    assert "/relay off" in relay_words("replies", out=False)
    assert "/relay off" not in relay_words("off", out=False)
