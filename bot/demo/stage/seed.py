"""Furnishes the demo: a blog with an essay that people argue under, and a guild with a forum to argue on in.

Does not hold the words themselves (seed_talk.py does) and carries nothing from one side to the other.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

from bot.demo.stage import seed_essay, seed_talk
from bot.demo.stage.picture import woven
from bot.sandbox.discord import MEMBER, MODERATOR, App, Channel, Guild, LoopbackDiscord, Member
from bot.sandbox.wordpress import LoopbackBlog

TITLE = "Marginalia"
TAGLINE = "Notes on reading, writing and the machines in between"
GUILD = "The Reading Room"
WRITERS = {1: "Ines Okafor-Lind", 3: "Ines Okafor-Lind", 4: "Pavel Šimůnek"}
"""Who writes the posts, by the loopback blog's accounts: admin, editor and author."""


def seed_blog(blog: LoopbackBlog) -> list[int]:
    """Publish the posts and their discussions; returns post ids, newest first."""
    for number, name in WRITERS.items():
        account = blog._site.account(number)  # the blog's owner would fill in "display name" on the profile's page
        assert account is not None
        account.name = name
    now = datetime.now(UTC)
    published: list[int] = []
    for post in reversed(seed_essay.POSTS):
        written = now - timedelta(hours=post.hours_ago)
        post_id = blog.publish(
            post.title,
            post.html,
            author=post.author,
            categories=[post.category],
            image=woven(post.title) if post.picture else None,
            date=written,
        )
        published.insert(0, post_id)
        _discuss(blog, post_id, seed_talk.TALK.get(post.key, ()), written)
    return published


def _discuss(blog: LoopbackBlog, post_id: int, talk: tuple[seed_talk.Said, ...], written: datetime) -> None:
    ids: dict[str, int] = {}
    accounts = {name: number for number, name in WRITERS.items()}  # who writes posts is logged in
    for said in talk:
        mail = re.sub(r"[^a-z0-9]+", ".", said.name.lower()).strip(".") or f"reader{len(said.name)}"
        ids[said.key] = blog.comment(
            post_id,
            said.html,
            parent=ids[said.to] if said.to else 0,
            author_name=said.name,
            author_email=f"{mail}@readers.example",
            date=written + timedelta(minutes=said.minutes),
            author=accounts.get(said.name, 0),
        )


async def seed_discord(discord: LoopbackDiscord) -> tuple[Guild, Channel, App, list[Member]]:
    """A guild with a lounge, a forum for the blog, the bot, and three members; the first of them moderates."""
    guild = discord.add_guild(name=GUILD)
    lounge = discord.add_channel(guild, kind="text", name="lounge", topic="Anything but the blog")
    forum = discord.add_channel(guild, kind="forum", name="marginalia", tags=("Essays", "Notes", "Tools"))
    app = discord.add_bot(name="Commonthread")
    members = [
        discord.add_member(
            guild,
            name=name,
            display_name=shown,
            permissions=MODERATOR if moderates else MEMBER,
        )
        for name, shown, moderates in seed_talk.MEMBERS
    ]
    for speaker, text in seed_talk.LOUNGE:
        await discord.post(members[speaker], lounge, text.replace("<#FORUM>", f"<#{forum.id}>"))
    return guild, forum, app, members
