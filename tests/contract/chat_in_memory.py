"""The Discord in memory as the contract of the Chat port has it: FakeChat, with its members' and moderators' hands.

Does not say what a port answers; see chat_servers.py.
"""

from __future__ import annotations

from collections.abc import Mapping

from bot.core.domain import ChannelId, MemberId, MessageId, Millis, Place, ThreadId
from tests.contract.chat_servers import TAGS, Server, Shown, Starter
from tests.support.clock_and_faults import Clock, Fault, Faults
from tests.support.fake_chat import CHANNEL, GUILD, MODERATORS, FakeChat, StoredMessage


class FakeServer(Server):
    """FakeChat."""

    name = "fake"

    def __init__(self, kind: str, style: str) -> None:
        super().__init__(kind, style)
        self.clock = Clock()
        self.fake = FakeChat(self.clock, Faults(self.clock), forum=kind == "forum", cards=style == "card")
        self.fake.tags = TAGS
        self.chat, self.channel, self.moderators, self.guild = self.fake, CHANNEL, MODERATORS, GUILD
        self.member, self.member_id = "Member 7", MemberId(7)

    def now(self) -> Millis:
        return self.clock()

    def threads(self) -> list[ThreadId]:
        return list(self.fake.threads)

    def starter(self, place: Place) -> Starter:
        assert place.thread_id is not None
        assert place.starter_id is not None
        return Starter(self.fake.threads[place.thread_id].name, self.fake.starters[place.starter_id].text)

    def tags(self, place: Place) -> set[str]:
        return set(self.fake.threads[place.thread_id or ThreadId(0)].tags)

    async def tag(self, place: Place, *tags: str) -> None:
        self.fake.threads[place.thread_id or ThreadId(0)].tags = list(tags)

    async def call(self, place: Place, name: str) -> None:
        self.fake.threads[place.thread_id or ThreadId(0)].name = name

    def shown(self, place: Place) -> list[Shown]:
        here = [one for one in self.fake.messages.values() if one.thread == place.thread_id]
        return [self._shown(one) for one in sorted(here, key=lambda one: one.id)]

    def _shown(self, one: StoredMessage) -> Shown:
        name = one.name or self.fake.as_message(one).author_name
        marks = frozenset({one.mark.value} if one.mark else ())
        return Shown(one.id, name, one.avatar_url, one.text, one.reply_to, one.silent, marks)

    def notices(self, channel: ChannelId) -> list[str]:
        return [text for where, _, text in self.fake.notices if where == channel]

    async def says(
        self,
        place: Place,
        text: str,
        *,
        reply_to: MessageId | None = None,
        files: Mapping[str, bytes] | None = None,
    ) -> MessageId:
        assert place.thread_id is not None
        return self.fake.member_says(place.thread_id, 7, text, reply_to, files).id

    async def says_again(self, place: Place, name: str, text: str) -> MessageId:
        assert place.thread_id is not None
        return self.fake.proxy_says(place.thread_id, name, text).id

    async def says_anew(self, place: Place, message: MessageId, text: str) -> None:
        self.fake.member_edits(message, text)

    async def edits(self, place: Place, message: MessageId, text: str) -> None:
        self.fake.member_edits(message, text)

    async def delete(self, place: Place, message: MessageId) -> None:
        self.fake.delete_messages(message)

    async def delete_starter(self, place: Place) -> None:
        assert place.starter_id is not None
        del self.fake.starters[place.starter_id]

    async def delete_thread(self, place: Place) -> None:
        assert place.thread_id is not None
        self.fake.delete_thread(place.thread_id)

    async def delete_channel(self) -> None:
        self.fake.channel_gone = True

    async def delete_webhooks(self) -> None:
        self.fake.webhook += 1

    async def archive(self, place: Place, *, locked: bool = False) -> None:
        assert place.thread_id is not None
        self.fake.threads[place.thread_id].archived = True
        self.fake.threads[place.thread_id].locked = locked

    async def lock(self, place: Place) -> None:
        assert place.thread_id is not None
        self.fake.threads[place.thread_id].locked = True

    async def lock_for_moderators(self, place: Place) -> None:
        self.fake.manages_threads = True
        await self.lock(place)

    async def forbid(self) -> None:
        self.fake.permitted = False

    async def hide_embeds(self, place: Place, message: MessageId) -> None:
        self.fake.hide_embeds(message)

    def block_bot(self) -> None:
        self.fake.blockers.add(self.member_id)

    def forbid_word(self, word: str) -> None:
        self.fake.forbidden_words.add(word)

    def wall(self, words: str) -> None:
        self.fake.walled_words.add(words)

    def fill_house(self) -> None:
        self.fake.room = len(self.fake.threads)

    def refuse_connections(self) -> None:
        self.fake.faults.arm("chat", *[Fault.RESET_BEFORE] * 100)

    def refuse_threads(self) -> None:
        self.fake.faults.arm("chat", Fault.SLOW, Fault.UNAVAILABLE)

    def lose_answer(self) -> None:
        self.fake.faults.arm("chat", Fault.RESET_AFTER)

    def calm(self) -> None:
        self.fake.faults.lift()
