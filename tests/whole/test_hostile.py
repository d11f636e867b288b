"""Hostile members and hostile blogs against the whole bot, over sockets, beside honest people.

Each is a file of ``tests/data/hostile``, which says who they are and what they want; here they get none of it.
"""

from __future__ import annotations

import logging
from pathlib import Path

import pytest

from bot.core.policy import RelayMode
from tests.support.hostile import Hostile, Play, connected, deeds, furnish, hostile_blog, looked, staged, wrongs
from tests.support.wordpress import WordPress

MEMBERS, BLOGS = Hostile.all_of("members"), Hostile.all_of("blogs")


def names(found: list[Hostile]) -> list[str]:
    return [one.name for one in found]


def report(hostile: Hostile, play: Play, found: list[str]) -> None:
    told = sum(1 for _ in play.told())
    print(
        f"\n{hostile.name}: {len(found)} wrong; {told} messages of the bot's looked at; the loop kept busy for at most "
        f"{play.pulse.busy * 1000:.0f} ms, the process grown by {play.pulse.megabytes:.0f} MB"
    )


@pytest.mark.parametrize("hostile", MEMBERS, ids=names(MEMBERS))
async def test_a_hostile_member(
    hostile: Hostile, any_wordpress: WordPress, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    settings = hostile.script.get("settings", {})
    settings = {"relay": RelayMode(settings.get("relay", "replies")), "approve": settings.get("approve", False)}
    async with staged(any_wordpress, tmp_path, **settings) as play:
        await deeds(play, hostile)
        found = await wrongs(play, hostile, caplog.text)
        report(hostile, play, found)
    assert found == []


@pytest.mark.parametrize("hostile", BLOGS, ids=names(BLOGS))
async def test_a_hostile_blog(
    hostile: Hostile, loopback_wordpress: WordPress, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    async with hostile_blog(hostile.script) as site, staged(loopback_wordpress, tmp_path, strange=site) as play:
        furnish(site, hostile.script, play)
        place = await connected(play, site)
        came = await looked(play, place)
        if "later" in hostile.script:
            furnish(site, hostile.script["later"], play)
            came += await looked(play, place)
        assert site.asked, "nobody has read the hostile blog"
        found = await wrongs(play, hostile, caplog.text)
        report(hostile, play, found)
        print("looks: " + ", ".join(sorted(set(came))))
    assert found == []


def test_there_are_ten_of_each_and_each_says_who_it_is() -> None:
    for kind in (MEMBERS, BLOGS):
        assert len(kind) >= 10
        assert [one.name for one in kind if not (one.who.endswith(".") and one.wants.endswith("."))] == []
