"""A Discord server in memory: the Chat port as Discord behaves, and what members and moderators do in its threads.

Takes nothing from the engine; its rules are Discord's own: nonces are remembered for minutes and only for the bot's own
messages, a webhook's messages cannot be edited without that webhook and keep the name and picture they were sent with,
a send opens an archived thread but not a locked one, and every change is told by events that may be lost, repeated or
late. The contract suite (tests/contract/test_chat_contract.py) holds it against the real client.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import TypeVar

from bot.chat.pictures import written_anew
from bot.chat.starters import NEUTRAL
from bot.core.domain import (
    Attached,
    AttachmentId,
    ChannelId,
    GuildId,
    Mark,
    MemberId,
    Message,
    MessageId,
    MessageKind,
    Millis,
    Place,
    ThreadId,
)
from bot.core.errors import (
    Crowded,
    Doubt,
    NotAllowed,
    NotUnderstood,
    PlaceVanished,
    RefusalKind,
    Refused,
    Unanswered,
    Unreachable,
    Vanished,
)
from bot.ports import Announcement, Opened, Picture, Posted, Utterance
from tests.support.clock_and_faults import Clock, Faults

T = TypeVar("T")
GUILD = GuildId(900_000_000_000_000_001)
CHANNEL = ChannelId(900_000_000_000_000_002)
MODERATORS = ChannelId(900_000_000_000_000_003)
NAMES = (2, 600_000)
"""How many new names a thread may have in how many milliseconds."""
MOST_TAGS = 5
REMEMBERED = 300_000
"""Milliseconds for which a nonce is remembered."""
PAGE = 20
LONGEST = 2000
BOT = "Commonthread"
PROXY = MemberId(900_000_000_000_000_004)
"""The webhook of an application that says members' messages again."""


@dataclass
class StoredMessage:
    """A message. ``writer`` is "bot", "webhook <n>", "proxy" or a member's number; ``name`` and ``avatar_url`` are what
    people see of its author: of a webhook's message for good, of a card (an embed of the bot's) until it is edited."""

    id: MessageId
    thread: ThreadId
    writer: str
    text: str
    marker: str = ""
    reply_to: MessageId | None = None
    nonce: str = ""
    sent_at: int = 0
    silent: bool = False
    mark: Mark | None = None
    url: str = ""
    files: dict[Attached, bytes] = field(default_factory=dict)
    name: str = ""
    avatar_url: str | None = None
    has_thread: bool = False  # or had one: a message gets no second
    card: str = field(default="", repr=False)
    edited: bool = False
    forwards: bool = False
    edited_at: Millis | None = None


@dataclass
class StoredThread:
    """A thread of the channel."""

    id: ThreadId
    url: str
    name: str
    archived: bool = False
    locked: bool = False
    tags: list[str] = field(default_factory=list)
    named_at: list[int] = field(default_factory=list)  # when it was given another name


@dataclass(frozen=True)
class Event:
    """What the gateway tells: kind is "new", "edit" or "delete"."""

    kind: str
    thread: ThreadId
    messages: tuple[MessageId, ...]
    message: Message | None = None


@dataclass
class FakeChat:
    """One channel, a forum or a text channel, with its threads."""

    clock: Clock
    faults: Faults
    forum: bool = True
    cards: bool = False
    threads: dict[ThreadId, StoredThread] = field(default_factory=dict)
    messages: dict[MessageId, StoredMessage] = field(default_factory=dict)
    starters: dict[MessageId, StoredMessage] = field(default_factory=dict)
    events: list[Event] = field(default_factory=list)
    notices: list[tuple[ChannelId, int, str]] = field(default_factory=list)
    sayings: set[MessageId] = field(default_factory=set)
    nonces: dict[tuple[int, str], tuple[int, MessageId]] = field(default_factory=dict)
    webhook: int = 1
    known_webhook: int = 0
    permitted: bool = True
    blind: bool = False  # the application lacks the Message Content intent
    channel_gone: bool = False
    length: Callable[[str], int] = len
    blockers: set[MemberId] = field(default_factory=set)  # members who have blocked the bot
    tags: tuple[str, ...] = ("essays", "News")
    manages_threads: bool = False  # whether the bot may: then it may go on in a locked one
    may_not_touch: set[MessageId] = field(default_factory=set)  # messages of ours for which a permission lacks
    walled_words: set[str] = field(default_factory=set)  # which a firewall before Discord does not let pass
    unreadable: set[MessageId] = field(default_factory=set)  # of a shape that the library does not know
    forbidden_words: set[str] = field(default_factory=set)  # by the server's AutoMod
    room: int | None = None  # how many threads may be active; None: as many as one likes
    edits: int = 0  # of mirrors
    nicknames: dict[str, str] = field(default_factory=dict)  # of members, by their numbers
    staff: set[str] = field(default_factory=lambda: {"Owner"})  # names of the server's owner and its moderators
    given: list[int] = field(default_factory=lambda: [0])  # the last id; shared by the channels of one Discord

    def new_id(self) -> MessageId:
        self.given[0] = max(self.given[0] + 1, self.clock.time << 22)
        return MessageId(self.given[0])

    # ------------------------------------------------------------ the port

    @property
    def message_limit(self) -> int:
        return LONGEST

    def jump_url(self, guild: GuildId, thread: ThreadId, message: MessageId) -> str:
        return f"https://discord.com/channels/{guild}/{thread}/{message}"

    def moment_of(self, message: MessageId) -> Millis:
        return Millis(message >> 22)

    def message_at(self, moment: Millis) -> MessageId:
        return MessageId(max(moment, 0) << 22)

    def newest_id(self) -> MessageId:
        return MessageId(max(self.message_at(Millis(self.clock.time + 1)) - 1, self.given[0]))

    async def names_of_staff(self, guild: GuildId) -> frozenset[str]:
        return frozenset({BOT, *self.staff})

    async def open_thread(self, channel: ChannelId, what: Announcement, *, nonce: str) -> Opened:
        def announce() -> StoredMessage:
            number = self.new_id()
            starter = StoredMessage(number, ThreadId(number), "bot", what.title, url=what.url, sent_at=self.clock.time)
            if self.forum:
                self._thread_from(starter, what.title).tags = self._tags_of(what.tags)
            self.starters[number] = starter
            return starter

        starter = await self._ask("open a thread", announce, write=True)
        if not self.forum:
            await self._ask("start a thread", lambda: self._thread_from(starter, what.title), write=True)
        return Opened(starter.thread, starter.id)

    def _has_room(self) -> None:
        if self.room is not None and sum(not one.archived for one in self.threads.values()) >= self.room:
            raise Crowded("The server has all its active threads already.")

    def _thread_from(self, starter: StoredMessage, name: str) -> StoredThread:
        if starter.has_thread:
            raise Refused("The message has a thread already.", "160004")
        self._has_room()
        starter.has_thread = True
        thread = StoredThread(starter.thread, starter.url, NEUTRAL if self._forbids(name) else name)
        self.threads[starter.thread] = thread
        return thread

    async def find_thread(
        self, channel: ChannelId, url: str, *, after: Millis, known: Collection[ThreadId] = ()
    ) -> Opened | None:
        def do() -> StoredMessage | None:
            every = (one for one in self.starters.values() if one.thread not in known)
            ours = (one for one in every if one.url == url and one.sent_at >= after)
            return next((one for one in ours if one.thread in self.threads or not one.has_thread), None)

        starter = await self._ask("look for a thread", do)
        if starter is None:
            return None
        if starter.thread not in self.threads:
            await self._ask("start a thread", lambda: self._thread_from(starter, starter.text), write=True)
        return Opened(starter.thread, starter.id)

    async def our_threads(
        self, channel: ChannelId, *, known: Collection[ThreadId], after: ThreadId
    ) -> AsyncIterator[tuple[Opened, str]]:
        def do() -> list[StoredMessage]:
            listed = [one for one in self.threads.values() if not one.archived or one.id > after]
            return [self.starters[MessageId(one.id)] for one in listed if MessageId(one.id) in self.starters]

        for starter in await self._ask("list threads", do):
            if starter.thread not in known:
                yield Opened(starter.thread, starter.id), starter.url

    async def revise_starter(self, place: Place, what: Announcement) -> None:
        def do() -> None:
            self._open(place, sending=False)
            starter = self.starters.get(place.starter_id or MessageId(0))
            if starter is None:
                raise Vanished("The starter is gone.")
            starter.text = what.title
            starter.url = what.url

        await self._ask("revise a starter", do, write=True)

    async def rename_thread(self, place: Place, title: str) -> None:
        def do() -> None:
            thread = self._open(place, sending=False)
            if thread.name == title or self._forbids(title):
                return
            lately = [at for at in thread.named_at if at > self.clock.time - NAMES[1]]
            if len(lately) >= NAMES[0]:
                raise Unreachable(
                    "The thread has had two names lately.", (lately[0] + NAMES[1] - self.clock.time) / 1000
                )
            thread.named_at = [*lately, self.clock.time]
            thread.name = title

        await self._ask("rename a thread", do, write=True)

    async def retag_thread(self, place: Place, before: tuple[str, ...], after: tuple[str, ...]) -> None:
        def do() -> None:
            thread = self._open(place, sending=False)
            own, wanted = self._tags_of(before), self._tags_of(after)
            stay = [tag for tag in thread.tags if tag not in own or tag in wanted]
            thread.tags = [*stay, *(tag for tag in wanted if tag not in stay)][:MOST_TAGS]

        if self.forum:
            await self._ask("tag a thread", do, write=True)

    def _tags_of(self, categories: tuple[str, ...]) -> list[str]:
        named = {tag.casefold(): tag for tag in self.tags}
        found = (named.get(one.casefold()) for one in categories)
        return list(dict.fromkeys(tag for tag in found if tag is not None))[:MOST_TAGS]

    def _forbids(self, text: str) -> bool:
        return any(word in text for word in self.forbidden_words)

    async def send(self, place: Place, what: Utterance, *, nonce: str) -> MessageId:
        def do() -> MessageId:
            thread = self._open(place, sending=True)
            self._fits(what)
            if not self.cards:
                self.known_webhook = self.webhook
            if self.cards or thread.locked:  # which no webhook may enter
                sent = self._bot_says(thread, what.text, nonce, what.reply_to, what.marker, silent=what.silent)
            else:
                writer = f"webhook {self.webhook}"
                sent = self._say(thread.id, writer, what.text, what.marker, silent=what.silent).id
            self.messages[sent].name, self.messages[sent].card = what.speaker.name, what.card
            self.messages[sent].avatar_url = what.speaker.avatar_url
            return sent

        return await self._ask("send a comment", do, write=True, by_webhook=True)

    async def edit(self, place: Place, message: MessageId, what: Utterance, *, renamed: bool = False) -> None:
        def do() -> None:
            shut = self._open(place, sending=False).locked
            one = self._one(place, message)
            if message in self.may_not_touch:
                raise NotAllowed("A permission is missing.")
            if shut and one.writer != "bot":
                raise Refused("The thread is locked to webhooks.", kind=RefusalKind.NOT_EDITABLE, message=message)
            for_good = one.writer != "bot" and one.name != what.speaker.name
            if one.writer not in ("bot", f"webhook {self.webhook}") or (renamed and for_good):
                raise Refused("The webhook is gone.", kind=RefusalKind.NOT_EDITABLE, message=message)
            self._fits(what)
            self.edits += 1
            one.text, one.marker, one.card = what.text, what.marker, what.card
            if one.writer == "bot":  # Discord: Edit Webhook Message takes neither a name nor a picture
                one.name, one.avatar_url = what.speaker.name, what.speaker.avatar_url

        await self._ask("edit a comment", do, write=True, by_webhook=True)

    async def delete(self, place: Place, message: MessageId) -> None:
        def do() -> None:
            thread = self._thread(place)
            if thread.locked and thread.archived and not self.manages_threads:
                raise NotAllowed("The thread is locked and archived.")
            if message in self.may_not_touch:
                raise NotAllowed("A permission is missing.")
            if message in self.messages:
                self._drop(message)

        await self._ask("delete a message", do, write=True, by_webhook=True)

    async def mark(self, place: Place, message: MessageId, mark: Mark | None) -> None:
        def do() -> None:
            thread = self._thread(place)
            one = self._one(place, message)
            if thread.archived:  # a merely locked one takes reactions
                self._open(place, sending=False)
            if mark is not None and one.writer.isdigit() and MemberId(int(one.writer)) in self.blockers:
                raise Refused("The author has blocked the bot.", "90001")
            one.mark = mark

        await self._ask("react", do, write=True)

    async def tell(self, place: Place, message: MessageId, text: str, *, nonce: str) -> None:
        def do() -> MessageId:
            return self._bot_says(self._open(place, sending=True), text, nonce, message, "", silent=False)

        await self._ask("answer a member", do, write=True)

    async def say(self, place: Place, text: str, *, nonce: str) -> MessageId:
        def do() -> MessageId:
            said = self._bot_says(self._open(place, sending=True), text, nonce, None, "", silent=True)
            self.sayings.add(said)
            return said

        return await self._ask("say how far", do, write=True)

    async def revise_saying(self, place: Place, message: MessageId, text: str) -> None:
        def do() -> None:
            self._open(place, sending=False)
            self._one(place, message).text = text

        await self._ask("revise what was said", do, write=True)

    async def notify(self, channel: ChannelId, text: str, *, nonce: str) -> None:
        def do() -> None:
            known = self.nonces.get((channel, nonce))
            if known is None or known[0] < self.clock.time - REMEMBERED:
                self.nonces[channel, nonce] = (self.clock.time, MessageId(0))
                self.notices.append((channel, self.clock.time, text))

        await self._ask("tell moderators", do, write=True, channel=channel)

    @property
    def heard(self) -> list[str]:
        """What moderators were told, oldest first."""
        return [text for _, _, text in self.notices]

    async def told(self, channel: ChannelId, text: str, *, after: Millis) -> bool:
        def do() -> bool:
            return any((where, said) == (channel, text) and at >= after for where, at, said in self.notices)

        return await self._ask("look what moderators were told", do, channel=channel)

    async def read(self, place: Place, message: MessageId) -> Message | None:
        def do() -> Message | None:
            self._thread(place)
            one = self._in_thread(place).get(message)
            if one is not None and message in self.unreadable:
                raise NotUnderstood(f"Message {message} is of a shape that the bot cannot read.", message=message)
            return None if one is None else self.as_message(one)

        return await self._ask("read a message", do)

    async def download(self, place: Place, message: MessageId, attachment: AttachmentId, *, limit: int) -> Picture:
        def do() -> Picture:
            self._thread(place)
            for file, content in self._one(place, message).files.items():
                if file.id == attachment:
                    if len(content) > limit:
                        raise Refused("The file is too large.", "too_large")
                    try:
                        return Picture(*written_anew(content))
                    except (OSError, ValueError):
                        raise Refused("The file is no picture.", "no_picture") from None
            raise Vanished(f"Message {message} has no file {attachment}.")

        return await self._ask("download a file", do)

    async def mirrors(self, place: Place, *, after: MessageId | None = None) -> AsyncIterator[tuple[MessageId, str]]:
        async for one in self._pages(place, after):
            if one.marker:
                yield one.id, one.marker

    async def posted(self, place: Place, *, after: MessageId | None) -> AsyncIterator[Posted]:
        async for one in self._pages(place, after):
            told = self.as_message(one)
            words = one.card if one.writer == "bot" and one.card else one.text
            yield Posted(told, one.marker, told.author_name, words, one.mark, one.edited)

    def shows(self, posted: Posted, what: Utterance) -> bool:
        words = what.card if self.messages[posted.message.id].writer == "bot" else what.text
        return (posted.words, posted.name) == (words, what.speaker.name)

    async def in_channel(self, place: Place, *, after: MessageId) -> AsyncIterator[Message]:
        if not self.forum:
            async for one in self._pages(place.beside, after):
                yield self.as_message(one)

    async def history(self, place: Place, *, after: MessageId | None) -> AsyncIterator[Message]:
        async for one in self._pages(place, after):
            yield self.as_message(one)

    async def _pages(self, place: Place, after: MessageId | None) -> AsyncIterator[StoredMessage]:
        since = after or MessageId(0)
        while True:

            def do(since: MessageId = since) -> list[StoredMessage]:
                found = [one for one in self._in_thread(place).values() if one.id > since]
                return sorted(found, key=lambda one: one.id)[:PAGE]

            page = await self._ask("read a thread", do)
            for one in page:
                if one.id not in self.unreadable:
                    yield one
            if len(page) < PAGE:
                return
            since = page[-1].id

    # ------------------------------------------------------------ rules

    async def _ask(
        self,
        what: str,
        do: Callable[[], T],
        *,
        write: bool = False,
        channel: ChannelId = CHANNEL,
        by_webhook: bool = False,
    ) -> T:
        """``by_webhook``: the method uses the channel's webhook, which needs no permission once it is known."""

        def guarded() -> T:
            if self.channel_gone and channel == CHANNEL:
                raise PlaceVanished(f"{what}: the channel is gone")
            known = by_webhook and not self.cards and self.known_webhook == self.webhook
            if not self.permitted and not known:
                self.faults.injected["chat: permission taken away"] += 1
                raise NotAllowed(f"{what}: a permission is missing", lacking="Send Messages")
            return do()

        return await self.faults.request("chat", what, guarded, write=write)

    def _fits(self, what: Utterance) -> None:
        """Of a card the adapter cuts what is too long; an empty text is a mistake of the core's in either style."""
        if (self.length(what.text) > LONGEST and not self.cards) or not what.text.strip():
            raise Refused("A field breaks Discord's rules.", "50035", kind=RefusalKind.BREAKS_A_RULE)
        said = what.card if self.cards else what.text
        if any(word in said for word in self.walled_words):
            raise Unanswered("Something before Discord does not let this pass.", doubt=Doubt.TURNED_AWAY)
        if self._forbids(said):
            raise Refused("AutoMod does not let it pass.", "200000", kind=RefusalKind.WORDS)

    def _thread(self, place: Place) -> StoredThread:
        if place.thread_id == ThreadId(CHANNEL) and not self.forum:
            return StoredThread(ThreadId(CHANNEL), "", "")  # a text channel has messages of its own
        thread = self.threads.get(place.thread_id or ThreadId(0))
        if thread is None:
            raise PlaceVanished("The thread is gone.")
        return thread

    def _open(self, place: Place, *, sending: bool) -> StoredThread:
        """A send opens an archived thread, and the adapter opens it for the rest. A locked one is moderators'."""
        thread = self._thread(place)
        if thread.locked and not self.manages_threads:
            raise NotAllowed("The thread is locked.")
        thread.archived = False
        return thread

    def _in_thread(self, place: Place) -> dict[MessageId, StoredMessage]:
        """What stands in the thread. In a forum the starter does too; in a text channel it stands in the channel."""
        thread = self._thread(place).id
        every = {**(self.starters if self.forum else {}), **self.messages}
        return {number: one for number, one in every.items() if one.thread == thread}

    def _one(self, place: Place, message: MessageId) -> StoredMessage:
        if (one := self._in_thread(place).get(message)) is None:
            raise Vanished(f"Message {message} is gone.", message=message)
        return one

    def _bot_says(
        self, thread: StoredThread, text: str, nonce: str, reply_to: MessageId | None, marker: str, *, silent: bool
    ) -> MessageId:
        known = self.nonces.get((thread.id, nonce))
        if known is not None and known[0] >= self.clock.time - REMEMBERED:
            if known[1] not in self.messages:
                raise Vanished("The message that was sent with this nonce is gone.")
            return known[1]
        stands = reply_to in self.messages or (self.forum and reply_to in self.starters)
        one = self._say(thread.id, "bot", text, marker, reply_to=reply_to if stands else None, silent=silent)
        self.nonces[thread.id, nonce] = (self.clock.time, one.id)
        return one.id

    def _say(
        self,
        thread: ThreadId,
        writer: str,
        text: str,
        marker: str = "",
        *,
        reply_to: MessageId | None = None,
        silent: bool = False,
        files: Mapping[str, bytes] | None = None,
    ) -> StoredMessage:
        one = StoredMessage(self.new_id(), thread, writer, text, marker, reply_to, "", self.clock.time, silent)
        for name, content in (files or {}).items():
            spoiler, plain = name.startswith("SPOILER_"), name.removeprefix("SPOILER_")
            number = AttachmentId(self.new_id())
            one.files[Attached(plain, spoiler=spoiler, id=number, size=len(content))] = content
        self.messages[one.id] = one
        self._tell("new", one)
        return one

    def _tell(self, kind: str, one: StoredMessage) -> None:
        self.events.append(Event(kind, one.thread, (one.id,), self.as_message(one)))

    def _drop(self, message: MessageId) -> None:
        one = self.messages.pop(message)
        self.events.append(Event("delete", one.thread, (message,)))

    def as_message(self, one: StoredMessage) -> Message:
        proxied = one.writer == "proxy"
        ours = not (proxied or one.writer.isdigit())
        return Message(
            id=one.id,
            thread_id=one.thread,
            author_id=PROXY if proxied else MemberId(0 if ours else int(one.writer)),
            author_name=one.name or (BOT if ours else self.nicknames.get(one.writer, f"Member {one.writer}")),
            kind=MessageKind.REPLY if one.reply_to is not None else MessageKind.PLAIN,
            text=one.text if ours or not self.blind else "",
            jump_url=self.jump_url(GUILD, one.thread, one.id),
            reply_to=one.reply_to,
            from_bot=ours,
            ours=ours,
            attachments=tuple(one.files) if ours or not self.blind else (),
            proxied=proxied,
            forwards=one.forwards,
            edited_at=one.edited_at,
        )

    # ------------------------------------------------------------ what people do

    def member_says(
        self,
        thread: ThreadId,
        member: int,
        text: str,
        reply_to: MessageId | None,
        files: Mapping[str, bytes] | None = None,
    ) -> StoredMessage:
        return self._say(thread, str(member), text, reply_to=reply_to, files=files or {})

    def member_forwards(self, thread: ThreadId, member: int, text: str = "") -> StoredMessage:
        """A message of another place. Its own words are empty, as Discord has it, unless a test wants some."""
        one = self._say(thread, str(member), text)
        one.forwards = True
        self.events[-1] = Event("new", thread, (one.id,), self.as_message(one))
        return one

    def proxy_says(
        self, thread: ThreadId, name: str, text: str, files: Mapping[str, bytes] | None = None
    ) -> StoredMessage:
        """A webhook's message answers nothing, whatever its original did."""
        one = self._say(thread, "proxy", text, files=files)
        one.name = name
        self.events[-1] = Event("new", thread, (one.id,), self.as_message(one))
        return one

    def member_says_in_channel(self, member: int, text: str, reply_to: MessageId) -> StoredMessage:
        """Outside of the threads, under an announcement. Of a text channel alone."""
        assert not self.forum
        return self._say(ThreadId(CHANNEL), str(member), text, reply_to=reply_to)

    def member_removes_file(self, message: MessageId, filename: str) -> None:
        """An edit may take a file off its message."""
        one = self.messages[message]
        one.files = {file: content for file, content in one.files.items() if file.filename != filename}
        self._edited(one)

    def member_edits(self, message: MessageId, text: str) -> None:
        self.messages[message].text = text
        self._edited(self.messages[message])

    def _edited(self, one: StoredMessage) -> None:
        one.edited, one.edited_at = True, self.clock()
        self._tell("edit", one)

    def delete_messages(self, *messages: MessageId) -> None:
        """By its author, or by a moderator; several at once make one event."""
        thread = self.messages[messages[0]].thread
        for message in messages:
            del self.messages[message]
        self.events.append(Event("delete", thread, messages))

    def delete_thread(self, thread: ThreadId) -> None:
        """With all that is in it; nothing is told of the messages (Discord: Thread Delete).

        In a text channel the starter stands in the channel and stays.
        """
        del self.threads[thread]
        self.messages = {number: one for number, one in self.messages.items() if one.thread != thread}
        if self.forum:
            self.starters.pop(MessageId(thread), None)

    def hide_embeds(self, message: MessageId) -> None:
        """A moderator removes the embeds of a message, which of a card are all that it is, until its next edit."""
        one = self.messages[message]
        if one.writer == "bot":
            one.text = one.marker = ""
        self._tell("edit", one)

    def unfurl(self, message: MessageId) -> None:
        """A preview appears: the event looks like an edit."""
        self._tell("edit", self.messages[message])
