"""Finds what stands in a thread and on its blog and is in no map: our mirrors, and comments that carry messages.

Changes nothing on either side and notes nothing; how a thing is known again is :mod:`bot.sync.recognition`'s, what
becomes of what was found :mod:`bot.sync.adopting`'s.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace

from bot.core.actions import Action, Rewrite, SetMark, Withdraw
from bot.core.domain import (
    CommentId,
    Mapped,
    Mark,
    MessageId,
    MessageKind,
    Millis,
    Origin,
    Place,
    Standing,
    ThreadId,
    Tree,
)
from bot.core.errors import PlaceVanished, Vanished
from bot.core.signing import message_of
from bot.ports import Adopted, Blog, Chat, Posted, Relayed, Sighting, Snapshot, Store
from bot.sync import recognition
from bot.sync.recognition import Frame, Gathered
from bot.sync.relaying.compose import Relay
from bot.translate.marker import link_of


@dataclass(frozen=True, slots=True)
class Findings:
    """What the reading of one thread came to.

    ``late``: the newest message that was carried across and that no map knew, 0 for none; ``left``: messages of members
    that are on no blog. ``doubles`` are to be deleted; ``waiting`` bear our mark of what is on its way.
    """

    place: Place
    known: Mapping[CommentId, Mapped]
    adopted: tuple[Adopted, ...]
    doubles: tuple[MessageId, ...]
    waiting: tuple[Posted, ...]
    left: tuple[Posted, ...]
    late: MessageId
    read_to: MessageId

    @property
    def withdrawn(self) -> int:
        """Relays whose message is gone."""
        return sum(1 for one in self.adopted for action in one.follow_up if isinstance(action, Withdraw))


class Finder:
    """Reads one thread and what its blog says of it. Changes nothing."""

    def __init__(self, store: Store, blog: Blog, chat: Chat, now: Callable[[], Millis]) -> None:
        self._store = store
        self._blog = blog
        self._chat = chat
        self._now = now

    async def look(self, place: Place, *, whole: bool) -> Findings:
        """Read from the newest message that is known, or the ``whole`` thread.

        Raises what the Chat port raises of the thread, and what the Blog port raises but for a post that is hidden.
        """
        tied, known = await self._store.tied(place), await self._store.snapshot(place)
        floor = MessageId(place.starter_id or 0)
        watermark = await self._store.watermark(place) or floor
        after = floor if whole else max([floor, watermark, *tied])
        posted = {one.message.id: one async for one in self._chat.posted(place, after=after)}
        new = [one for one in posted.values() if one.message.id not in tied]
        mine = [one for one in new if one.message.ours and one.marker]
        said = [one for one in new if _is_a_members(one)]
        relays = list[Adopted]()
        if whole or mine or said or known.pending:
            relays = await self._relays(place, known, {one.message.id: one for one in said})
        carried = {message for one in relays for message in one.mapped.messages}
        mirrors, doubles = await self._mirrors(place, known, mine, posted, relays)
        there = [one for one in said if one.message.id not in carried]
        pending = await self._store.pending_writes(place)
        waiting = [one for one in there if one.mark is Mark.HELD and one.message.jump_url not in pending]
        left = [one for one in there if one not in waiting and one.message.jump_url not in pending]
        return Findings(
            place,
            known.mapped,
            (*mirrors, *relays),
            doubles,
            tuple(waiting),
            tuple(left),
            await self._late(place, known, mirrors, relays),
            max(posted, default=watermark),
        )

    async def _late(
        self, place: Place, known: Snapshot, mirrors: Iterable[Adopted], relays: Iterable[Adopted]
    ) -> MessageId:
        """What was under way when a process died is no sign that the database is older than the thread."""
        under_way = await self._store.on_their_way(place)
        strange = [
            message
            for one in (*mirrors, *relays)
            for message in one.mapped.messages
            if one.mapped.comment_id not in known.mapped
            and one.mapped.comment_id not in under_way
            and message_of(one.mapped.key) not in known.pending
        ]
        return max(strange, default=MessageId(0))

    # ---------------------------------------------------------------- mirrors

    async def _mirrors(
        self,
        place: Place,
        known: Snapshot,
        mine: Iterable[Posted],
        posted: Mapping[MessageId, Posted],
        relays: Sequence[Adopted],
    ) -> tuple[tuple[Adopted, ...], tuple[MessageId, ...]]:
        """-> what shows which comment, and what shows a comment that is shown already, or was never the blog's own."""
        found: dict[CommentId, list[Posted]] = defaultdict(list)
        for one in mine:
            if (comment := self._blog.comment_at(link_of(one.marker))) is not None:
                found[comment].append(one)
        if not found:
            return (), ()
        tree = await self._tree(place)
        carriers = {one.mapped.comment_id for one in relays if one.mapped.messages}
        doubles, adopted = list[MessageId](), dict[CommentId, Mapped]()
        for comment, messages in found.items():
            seen = await self._standing(place, known.mapped.get(comment))
            gathered = recognition.gather(messages, taken=len(seen.messages) if seen is not None else 0)
            doubles += [one.message.id for one in gathered.surplus]
            if comment in carriers or (seen is not None and _stands_without(seen)):
                doubles += [one.message.id for one in gathered.parts]
            elif gathered.parts:
                adopted[comment] = await self._shown(comment, gathered, seen, tree)
        every = replace(known, mapped={**known.mapped, **{one.mapped.comment_id: one.mapped for one in relays}})
        if tree is not None:
            adopted = recognition.up_to_date(tree, adopted, posted, every, self._frame(place))
        return tuple(map(Adopted, adopted.values())), tuple(doubles)

    async def _standing(self, place: Place, seen: Mapped | None) -> Mapped | None:
        """What is known of a comment, without messages where none of these stands: it was sent anew since."""
        if seen is None or seen.origin is not Origin.BLOG or not seen.messages:
            return seen
        for message in seen.messages:
            if await self._chat.read(place, message) is not None:
                return seen
        return replace(seen, messages=())

    async def _shown(self, comment: CommentId, gathered: Gathered, seen: Mapped | None, tree: Tree | None) -> Mapped:
        in_tree = tree is not None and any(one.id == comment for one in tree.comments)
        told = None if in_tree or seen is not None else await self._sighting(comment)
        tombstone = not in_tree and recognition.is_tombstone(gathered)
        return recognition.mirror_of(comment, gathered, seen, told, tombstone=tombstone)

    def _frame(self, place: Place) -> Frame:
        def link(message: MessageId) -> str:
            assert place.thread_id is not None, "what was read stands in a thread"
            return self._chat.jump_url(place.guild_id, place.thread_id, message)

        return Frame(link, self._blog.base_url, self._chat.message_limit, self._chat.moment_of, self._chat.shows)

    async def _tree(self, place: Place) -> Tree | None:
        with suppress(PlaceVanished):  # hidden for now: what stands is known, and compared when it is back
            return await self._blog.tree(place.post_id, now=self._now())
        return None

    async def _sighting(self, comment: CommentId) -> Sighting | None:
        with suppress(Vanished, PlaceVanished):
            return await self._blog.sighting(comment)
        return None

    # ---------------------------------------------------------------- relays

    def strangers(self, place: Place, tree: Tree, known: Snapshot) -> frozenset[CommentId]:
        """Comments of a tree that say that they carry messages of this thread, and are in no map."""
        beginning = self._keys_begin(place)
        return frozenset(
            one.id
            for one in tree.comments
            if (key := message_of(one.relay_of or one.unproven)).startswith(beginning)
            and one.id not in known.mapped
            and key not in known.pending
        )

    async def relays(self, place: Place, known: Snapshot) -> list[Adopted]:
        """All comments that carry messages of a thread and are in no map. Raises what both ports raise."""
        return await self._relays(place, known, {})

    async def _relays(self, place: Place, known: Snapshot, said: Mapping[MessageId, Posted]) -> list[Adopted]:
        found: dict[MessageId, list[Relayed]] = defaultdict(list)
        with suppress(PlaceVanished):
            for one in await self._blog.relays(place.post_id, self._keys_begin(place)):
                if (carried := self._message_of(place, key_of(one))) is not None:
                    found[carried].append(one)
            for message, posted in said.items():
                proven = any(one.comment.relay_of for one in found.get(message, ()))
                if not proven and posted.mark is not None and posted.mark is not Mark.REFUSED:
                    found[message] += await self._hidden(place, posted)
        adopted = list[Adopted]()
        for message, those in found.items():
            if those and not any(one.comment.id in known.mapped for one in those):
                where = place.beside if is_aside(place, key_of(those[0])) else place
                stands = said.get(message) or await self._posted(where, message)
                adopted += self._relay(those, message, stands)
        return adopted

    async def _hidden(self, place: Place, posted: Posted) -> list[Relayed]:
        """A comment that no listing shows to the account: our mark says that there is, or was, one."""
        written = await self._blog.find(place.post_id, key := self._blog.signer.link(posted.message.jump_url))
        if written is None:
            return []
        told = await self._sighting(written.comment_id)
        standing = Standing.HELD if written.held else told.standing if told is not None else Standing.GONE
        return [recognition.hidden_relay(place.post_id, written, standing, told, posted.message, key)]

    async def _posted(self, place: Place, message: MessageId) -> Posted | None:
        """A message that stands before what was read, with what is to be seen of it."""
        async for one in self._chat.posted(place, after=MessageId(message - 1)):
            return one if one.message.id == message else None
        return None

    def _relay(self, those: Sequence[Relayed], message: MessageId, posted: Posted | None) -> list[Adopted]:
        """Whose comment it is, the sender's address tells where the account sees it: anybody may copy a link."""
        if posted is None:
            sure = [one for one in those if one.comment.relay_of and one.email and one.standing is not Standing.GONE]
            return [self._without_message(recognition.best(sure), message)] if sure else []
        if not _is_a_members(posted):
            return []
        mine = [one for one in those if self._is_of(one, posted)]
        mine = [one for one in mine if one.comment.relay_of] or mine
        return [self._with_message(recognition.best(mine), posted)] if mine else []

    def _is_of(self, one: Relayed, posted: Posted) -> bool:
        """An unsigned one of which nothing says that it is old needs its author's address of then, and their words."""
        author = posted.message.author_id
        if one.comment.relay_of:
            return not one.email or self._blog.signer.is_of(one.email, author)
        link, at = one.comment.unproven, one.comment.written_at
        return self._blog.signer.may_be_old(link, one.email, author, at) and self._says(one, posted)

    def _says(self, one: Relayed, posted: Posted) -> bool:
        html = Relay(posted.message).html({}, rich=self._blog.keeps_rich)
        return recognition.says_the_same(html, one.comment.html)

    def _without_message(self, found: Relayed, message: MessageId) -> Adopted:
        """Its author deleted the message, and nobody heard of it: the comment goes the ordinary way."""
        mapped = recognition.relay_without_message(found, message)
        return Adopted(mapped, follow_up=(Withdraw(message),))

    def _with_message(self, found: Relayed, posted: Posted) -> Adopted:
        mapped, message = recognition.relay_of(found, posted), posted.message
        follow_up, files = list[Action](), tuple(one.id for one in message.attachments)
        wanted = recognition.mark_of(mapped.standing)
        if posted.mark is not None and posted.mark is not wanted:
            follow_up.append(SetMark(message.id, wanted, self._now()))
        if posted.edited and not self._says(found, posted):
            follow_up.append(Rewrite(message.id, self._now()))
            return Adopted(mapped, "", tuple(follow_up), files)
        return Adopted(mapped, message.digest, tuple(follow_up), files)

    def _keys_begin(self, place: Place) -> str:
        """With what each key of a message of this server begins."""
        return self._chat.jump_url(place.guild_id, ThreadId(0), MessageId(0)).removesuffix("0/0")

    def _message_of(self, place: Place, key: str) -> MessageId | None:
        """The message that a key names, where it is one of this thread, or of its channel."""
        begins = self._keys_begin(place)
        where, _, message = message_of(key).removeprefix(begins).partition("/")
        here = key.startswith(begins) and where in (str(place.thread_id), str(place.channel_id))
        return MessageId(int(message)) if here and message.isdigit() else None


def key_of(one: Relayed) -> str:
    """The key that a comment shows, proven or not."""
    return one.comment.relay_of or one.comment.unproven


def is_aside(place: Place, key: str) -> bool:
    """Whether a key is of a message in the channel, outside of the thread."""
    return place.thread_id is not None and key.split("/")[-2:-1] != [str(place.thread_id)]


def _is_a_members(one: Posted) -> bool:
    return not one.message.ours and not one.message.from_bot and one.message.kind is not MessageKind.SYSTEM


def _stands_without(seen: Mapped) -> bool:
    """Whether nothing more of a comment is to stand in its thread than what is known."""
    return seen.origin is Origin.DISCORD or seen.standing in (Standing.HIDDEN, Standing.TOMBSTONE)
