"""Short words for tests that live in a world: a post, comments, members who answer. Judges nothing."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

from bot.core.domain import Mark, MemberId, MessageId, ThreadId
from bot.core.policy import Measure, Policy, RelayMode
from bot.ports.observer import Observer
from bot.sync.observers import NOBODY
from tests.support.engine_in_memory import World
from tests.support.fake_blog import StoredComment
from tests.support.fake_chat import StoredMessage

LONG = "word " * 900
NO_MEASURE = Measure()


class Scene:
    """A world with one post."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.blog = world.blog
        self.chat = world.chat
        self.post = world.blog.add_post("First").id

    def comment(self, html: str, parent: StoredComment | None = None, *, status: str = "approved") -> StoredComment:
        self.world.clock.advance(1000)
        return self.blog.comment(self.post, html, parent=parent.id if parent else None, status=status)

    def parts(self, comment: StoredComment) -> list[StoredMessage]:
        ending = f"#comment-{comment.id} "
        return [one for one in self.chat.messages.values() if ending in one.marker]

    def mirror(self, comment: StoredComment) -> StoredMessage:
        (one,) = self.parts(comment)
        return one

    def thread(self) -> ThreadId:
        return next(reversed(self.chat.threads))

    def say(
        self, words: str, to: MessageId | None, *, member: int = 7, files: Mapping[str, bytes] | None = None
    ) -> MessageId:
        self.world.clock.advance(1000)
        return self.chat.member_says(self.thread(), member, words, to, files).id

    async def opt_out(self, member: int = 7) -> int:
        """``/relay off``. -> messages that were dropped on their way."""
        return await self.world.opt_out(MemberId(member))

    async def opt_in(self, member: int = 7) -> bool:
        """``/relay on``, at a moment of Discord's clock."""
        self.world.clock.advance(1000)
        return await self.world.opt_in(MemberId(member), after=self.chat.new_id())

    def relay(self, message: MessageId) -> StoredComment | None:
        found = [one for one in self.blog.comments.values() if f"/{message}#" in one.author_url]
        assert len(found) < 2, "doubled"
        return found[0] if found else None

    async def relayed(self, words: str, to: MessageId | None, *, member: int = 7) -> tuple[MessageId, StoredComment]:
        """What a member says, once it is on the blog, and the comment that carries it."""
        message = self.say(words, to, member=member)
        await self.quiet()
        relay = self.relay(message)
        assert relay is not None
        return message, relay

    def mark(self, message: MessageId) -> Mark | None:
        return self.chat.messages[message].mark

    async def quiet(self) -> None:
        await self.world.quiet()


@asynccontextmanager
async def scene(
    *,
    mode: RelayMode = RelayMode.REPLIES,
    retract_share: float = 0.3,
    approve: bool = True,
    cards: bool = False,
    forum: bool = True,
    hints: bool = False,
    observer: Observer = NOBODY,
    of_member: Measure = NO_MEASURE,
    of_server: Measure = NO_MEASURE,
) -> AsyncIterator[Scene]:
    """A world that has begun, with one post that the bot has not yet seen."""
    policy = Policy(
        relay=mode,
        first_posts=5,
        retract_share=retract_share,
        approve=approve,
        hints=hints,
        of_member=of_member,
        of_server=of_server,
    )
    world = World(policy=policy, cards=cards, forum=forum, observer=observer)
    await world.start()
    try:
        yield Scene(world)
    finally:
        await world.end()
