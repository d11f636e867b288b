"""Find the comment that a member's message answers, at the moment in which it leaves for the blog.

Writes nothing: asks the map first, then Discord and the blog. WordPress takes any parent, so that it exists, stands and
belongs to the post is made sure of here.
"""

from __future__ import annotations

from dataclasses import dataclass

from bot.core.actions import Write
from bot.core.domain import CommentId, Link, Mapped, Message, MessageId, Origin, Place, Post, Standing
from bot.core.errors import PlaceVanished, Unreachable, Vanished
from bot.core.identity import is_another, same_post
from bot.core.policy import Policy
from bot.ports import Blog, Chat, Planned, Sighting, Stage, Store
from bot.sync.relaying.decide import Answered, Choice, Decision, Past, answers_the_post, decide
from bot.sync.relaying.proxied import Originals
from bot.sync.relaying.turns import TurnTaker

DEEPEST_CLIMB = 200
"""Ancestors that are tried before a reply is put at the top: a guard against a parent chain without end."""


class Waits(Unreachable):
    """What this depends on is not as it has to be, and may come to be so; others need not wait for that."""


class WaitsForAnother(Waits):
    """What is answered is still on its way."""


class HiddenForNow(Waits):
    """The post is a draft, private or in the trash, perhaps for a minute."""


@dataclass(frozen=True, slots=True)
class Under:
    """The comment under which an answer belongs. ``wanted``: what it would answer if that stood, None if that does."""

    parent: CommentId | None
    wanted: CommentId | None = None


@dataclass(frozen=True, slots=True)
class Passed:
    """A message that is not on the blog. ``answers``: where a climb goes on.

    ``climbs``: whether answers to it concern the blog if what it answered does.
    """

    answers: MessageId | None
    climbs: bool


class Parentage:
    """``policy`` says which messages are relayed; those of the ``past`` are not."""

    def __init__(
        self,
        blog: Blog,
        chat: Chat,
        store: Store,
        policy: Policy,
        past: Past,
        originals: Originals,
        turns: TurnTaker,
    ) -> None:
        self._originals = originals
        self._turns = turns
        self._past = past
        self._blog = blog
        self._chat = chat
        self._store = store
        self._policy = policy

    async def concerns_the_blog(self, message: Message, place: Place) -> bool:
        """Whether what a message answers is on the blog, or would be if its author did not keep it in Discord.

        Raises WaitsForAnother while that is not known.
        """
        target = message.reply_to
        for _ in range(DEEPEST_CLIMB):
            if answers_the_post(target, place):
                return True
            found = await self._look(target, place)
            if isinstance(found, Link):
                return found.post_row == place.row
            if not found.climbs:
                return False
            target = found.answers
        return False

    async def parent(self, message: Message, place: Place) -> Under:
        """The comment that is answered, or its nearest ancestor that still stands under this post.

        Raises Unreachable while another post has its number, and HiddenForNow while the post is hidden, so that nothing
        is told of its comments.
        """
        found = await self._parent(message, place)
        if found.parent is None:
            await self._make_sure_of(place)
        return found

    async def _make_sure_of(self, place: Place) -> None:
        """A comment that is answered tells whether it is the right one; of a post it has to be asked."""
        listed = await self._store.listed_posts(place.subscription_id, [place.post_id])
        if not listed:
            return
        there = await self._shown(place)
        if not same_post(listed[place.post_id], there):
            raise Unreachable(
                f"The blog has given the number of “{place.title}” to another post; the next look settles it.",
                5.0,
                post=place.post_id,
            )

    async def _parent(self, message: Message, place: Place) -> Under:
        target = message.reply_to
        for _ in range(DEEPEST_CLIMB):
            if target is None or answers_the_post(target, place):
                return Under(None)
            found = await self._look(target, place)
            if isinstance(found, Link):
                if found.post_row != place.row:
                    return Under(None)
                parent = await self._standing(found, place)
                return Under(parent, None if parent == found.comment_id else found.comment_id)
            target = found.answers  # not on the blog, but perhaps what it answers
        return Under(None)

    async def _look(self, target: MessageId | None, place: Place) -> Link | Passed:
        """The link of an answered message, or that it is not on the blog and will not be."""
        if target is None:
            return Passed(None, climbs=False)
        traces = await self._store.traces(place, target)
        stage = traces.stage
        if traces.link is not None:
            return traces.link
        if stage is not None and stage.is_open:
            raise WaitsForAnother(f"Message {target} is on its way to the blog itself.", 1.0, message=target)
        if stage in (Stage.REFUSED, Stage.DELETED):
            return Passed(traces.answers, climbs=True)
        in_doubt = await self._store.sends_in_doubt(place)  # before the look: what is noted meanwhile is found above
        answered = await self._chat.read(place, target)
        if answered is None:
            return Passed(traces.answers, climbs=False)
        if stage is Stage.DONE:
            return Passed(answered.reply_to, climbs=False)
        if answered.ours:
            if in_doubt:
                raise WaitsForAnother(
                    f"Message {target} may be a mirror that is not in the map yet.", 2.0, message=target
                )
            return await self._store.link(place.subscription_id, target) or Passed(answered.reply_to, climbs=False)
        if answered.proxied:
            instead = self._originals.instead_of(answered)
            return Passed(instead, climbs=instead is not None)
        choice = (await self._verdict(answered, place)).choice
        if choice in (Choice.IGNORE, Choice.STAY):
            return Passed(answered.reply_to, climbs=choice is Choice.STAY)
        unsure = choice is Choice.ASK
        await self._store.queue(place, Planned(Write(answered, unsure=unsure)), self._turns.of_relay(answered))
        # Deleted, dealt with just now, or its author keeps it from now on.
        traces = await self._store.traces(place, target)
        if traces.stage is None or not traces.stage.is_open:
            return traces.link or Passed(answered.reply_to, climbs=True)
        raise WaitsForAnother(f"Message {target} has to go to the blog first.", 1.0, message=target)

    async def _verdict(self, message: Message, place: Place) -> Decision:
        """What becomes of a message of which no more is known than itself."""
        stays = message.id <= self._past.until or await self._store.stays(place, message)
        answered = Answered(None, on_its_way=False)
        return decide(message, place, answered, mode=self._policy.relay, can_write=True, stays=stays)

    async def _shown(self, place: Place) -> Post:
        """Raises HiddenForNow where the blog shows the post to nobody."""
        try:
            return await self._blog.post(place.post_id)
        except PlaceVanished as hidden:
            raise HiddenForNow(hidden.reason, post=place.post_id) from hidden

    async def _standing(self, answered: Link, place: Place) -> CommentId | None:
        candidate: CommentId | None = answered.comment_id
        known: Link | Mapped | None = answered
        tried: set[CommentId] = set()
        while candidate is not None and candidate not in tried and len(tried) < DEEPEST_CLIMB:
            tried.add(candidate)
            try:
                seen = await self._blog.sighting(candidate)
            except Vanished:
                seen = Sighting(Standing.GONE)
            except PlaceVanished:  # of the whole post that it stood under, which need not be this one
                await self._shown(place)
                seen = Sighting(Standing.GONE)
            if seen.post_id and seen.post_id != place.post_id:
                return None
            another = known is not None and is_another(known, seen.key, seen.unproven, seen.written_at)
            if seen.standing is Standing.LIVE and not another:
                return candidate
            ours = await self._store.comment(place, candidate)
            if seen.standing is Standing.HELD and not another and ours is not None and ours.origin is Origin.DISCORD:
                return candidate  # it waits with its parent
            # Of what is gone, and to an account that may not read it, the blog does not tell where it belongs.
            told = seen.post_id is not None and not another
            candidate = seen.parent_id if told else ours.parent_id if ours is not None else None
            known = await self._store.comment(place, candidate)
        return None
