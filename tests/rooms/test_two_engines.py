"""Two engines on one store, each with a blog and a Discord of its own: neither carries out the other's work."""

from __future__ import annotations

import asyncio

from bot.core.domain import ChannelId, CommentId, GuildId
from bot.core.policy import Policy, RelayMode
from bot.sync.engine import Engine
from tests.support.engine_in_memory import World, world
from tests.support.fake_blog import FakeBlog
from tests.support.fake_chat import FakeChat
from tests.support.subscribing import subscribe

FAR = 10**18
"""So much later are the ids of the second Discord: an id of Discord's is never given twice."""


class Side:
    """One engine with its two far sides."""

    def __init__(self, name: str, engine: Engine, blog: FakeBlog, chat: FakeChat) -> None:
        self.name, self.engine, self.blog, self.chat = name, engine, blog, chat

    def fill(self) -> None:
        post = self.blog.add_post(f"Post of {self.name}").id
        for number in range(5):
            self.blog.comment(post, f"comment {number} of {self.name}")

    def answer(self) -> None:
        for message in list(self.chat.messages.values()):
            if message.marker:
                self.chat.member_says(message.thread, 7, f"answer of {self.name}", message.id, None)

    async def hear(self) -> None:
        events, self.chat.events = self.chat.events, []
        for event in events:
            if event.kind == "new" and event.message is not None:
                place = await self.engine._store.place_of_thread(event.message.thread_id)
                assert place is not None
                await self.engine.message(event.message, place)

    def words(self) -> str:
        return repr((list(self.blog.comments.values()), list(self.chat.messages.values())))


async def second(one: World) -> Side:
    blog, chat = FakeBlog(one.clock, one.faults), FakeChat(one.clock, one.faults)
    chat.given[0] = (one.clock.time << 22) + FAR
    subscription = await subscribe(one.store, "https://other.example", ChannelId(5), GuildId(6))
    policy = Policy(relay=RelayMode.REPLIES, first_posts=2)
    return Side("Ben", Engine(one.store, blog, chat, subscription, policy, one.clock), blog, chat)


async def test_each_engine_does_its_own_work_alone() -> None:
    async with world() as one:
        sides = [Side("Ann", one.engine, one.blog, one.chat), await second(one)]
        for side in sides:
            side.fill()
        for _ in range(3):
            await asyncio.gather(*(side.engine.poll() for side in sides))
            await asyncio.gather(*(side.engine.drain() for side in sides))
        for side in sides:
            side.answer()
            await side.hear()
        await asyncio.gather(*(side.engine.drain() for side in sides))
        for side, other in (sides, reversed(sides)):
            assert side.words().count(f"comment 4 of {side.name}") == 2, "on the blog, and shown on Discord"
            assert side.words().count(f"answer of {side.name}") == 10, "written on Discord, and relayed to the blog"
            assert f"of {other.name}" not in side.words()


async def test_one_that_drains_leaves_the_others_work_where_it_is() -> None:
    async with world() as one:
        ann, ben = Side("Ann", one.engine, one.blog, one.chat), await second(one)
        for side in (ann, ben):
            side.fill()
            await side.engine.poll()
        await ann.engine.drain()
        assert ann.chat.threads
        assert not ben.chat.threads
        assert (await ben.engine.desk.status()).queue.ready == 1
        await ben.engine.drain()
        assert ben.chat.threads


async def test_an_engine_does_not_take_the_others_thread_for_its_own() -> None:
    """Numbers of comments are the same on both blogs; an event that comes to the wrong engine is nobody's."""
    async with world() as one:
        ann, ben = Side("Ann", one.engine, one.blog, one.chat), await second(one)
        for side in (ann, ben):
            side.fill()
            for _ in range(2):
                await side.engine.poll()
                await side.engine.drain()
        mirror = next(message for message in ann.chat.messages.values() if message.marker)
        ann.chat.member_says(mirror.thread, 7, "words", mirror.id, None)
        await asyncio.gather(ann.engine.drain(), ben.engine.drain())
        (place,) = await ann.engine.desk.places()
        assert not place.lost
        assert len(ben.blog.comments) == 5
        assert len(ann.blog.comments) == 5, "it has not been told"
        mapped = await one.store.mapped(place)
        assert CommentId(next(iter(ann.blog.comments))) in mapped
        assert all(seen.messages for seen in mapped.values())
