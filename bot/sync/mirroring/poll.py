"""Blog -> Discord: look at the blog, plan, and queue. One failed look is a result, never an exception.

Sends nothing; knows the outbox only as a place to put plans.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Sequence
from typing import Protocol

from bot.core.actions import OpenThread, Queue, ReviseStarter, Urgency
from bot.core.clocks import has_passed
from bot.core.domain import CommentId, Mapped, Millis, Place, Post, PostId, Standing, Subscription, Tree, by_number
from bot.core.errors import CommonthreadError, PlaceVanished, Vanished
from bot.core.identity import is_another, same_post
from bot.core.policy import Policy
from bot.ports import Blog, Outlook, Planned, PollRecord, Snapshot, Store
from bot.ports.observer import Decided, Looked, Observer, Unforeseen, Whereabouts
from bot.sync.mirroring.imports import HELD_BACK, Brake
from bot.sync.mirroring.plan import Plan, plan
from bot.sync.mirroring.recognise import recognise
from bot.sync.mirroring.sight import doubted, held
from bot.sync.observers import ODD, decision, whereabouts
from bot.sync.trouble import Trouble

CLOCKS_DIFFER = 600_000
"""Milliseconds by which a post may be older than the newest of the first contact and still count as published since: a
listing may be a while behind, and databases from before keep our own clock's time of the first contact."""

KEPT_EVERY = 600_000
"""Milliseconds after which it is noted that the blog was looked at, though all went as before."""

PUBLIC_FOR = 600_000
"""Milliseconds for which a comment that no listing shows counts as public once the blog, asked for it, showed it."""

TREES_AT_ONCE = 4
"""Trees fetched side by side, so that one slow answer does not hold the others."""

WITHHELD = "{count} comments have disappeared at once. Their mirrors stay; if that is meant, say /sync allow-removals."


PUT_BACK = (
    "The blog has given the numbers of {count} known comments to others, as after a restored backup. Nobody's words "
    "are touched: what is there now is shown under its own author, the mirrors of what is gone go."
)

REPLACED = "The blog has given its number to another post, so the thread stays as it is."

POST_REPLACED = (
    "The blog has given the number of “{was}” to “{now}”, as after a restored backup. The old thread stays as it is "
    "and is no longer carried across; the new post gets its own."
)


def is_new(post: Post, subscription: Subscription) -> bool:
    """Whether an unknown post appeared after the first contact, whatever date it bears.

    Older ones come to sight when newer ones go: they have a date and a number from before.
    """
    since, highest = subscription.greeted_at, subscription.greeted_with
    if since is None or post.published_at >= since - CLOCKS_DIFFER:
        return True
    return highest is not None and by_number(post.id) > by_number(highest)


class Gate(Protocol):
    """What has to be known of both sides before anything is planned."""

    def is_read(self, place: Place) -> bool:
        """Whether all that stands in a thread is in the map."""

    async def stand(self, posts: Sequence[Post]) -> bool:
        """Take the threads into the map that these posts have already. -> whether there were any."""

    async def strangers(self, place: Place, tree: Tree, known: Snapshot) -> bool:
        """Take comments that carry members' messages into the map, where they are in none. -> whether there were any.

        Raises what the ports raise.
        """


class Poller:
    """``wake`` is called after each poll; ``trouble`` is told what a moderator should know.

    By the ``gate`` it is known what stands already: nothing is planned for what it holds.
    """

    def __init__(
        self,
        store: Store,
        blog: Blog,
        policy: Policy,
        now: Callable[[], Millis],
        *,
        wake: Callable[[], None],
        trouble: Trouble,
        observer: Observer,
        gate: Gate,
    ) -> None:
        self._gate = gate
        self._store = store
        self._blog = blog
        self._policy = policy
        self._now = now
        self._wake = wake
        self._trouble = trouble
        self._observer = observer
        self._withheld: dict[int, tuple[str, int]] = {}
        self._public: dict[int, dict[CommentId, Millis]] = {}
        self._brake = Brake(policy.backdated_posts)
        self._kept_at = Millis(0)
        self.last: PollRecord | None = None
        self._answers = False

    @property
    def withheld(self) -> tuple[tuple[str, int], ...]:
        """Titles of posts of which more comments have gone than may go at once, with how many, as last seen."""
        return tuple(self._withheld.values())

    async def poll(self, outlook: Outlook, *, may_open: bool) -> PollRecord:
        """One look at feed and trees. The record says how it went; it is kept when that is news, or now and then.

        ``may_open``: whether the ``outlook`` knows all threads that stand; else no post is taken for a new one.
        """
        subscription, changed, errors, begun = outlook.subscription, outlook.changed, list[str](), self._now()
        replaced: frozenset[PostId] | None = None
        try:
            if (replaced := await self._asked(outlook, may_open=may_open)) is not None:
                changed = await self._store.changed_posts(subscription.id)
        except CommonthreadError as error:
            errors.append(error.reason)
        except ODD as error:
            self._observer.hear(Unforeseen(Whereabouts(subscription.id), "posts", error))
            errors.append(f"The posts: an unforeseen {type(error).__name__}; the log has the details.")
        await self._revise(changed)
        served = [one for one in outlook.places if one.post_id not in (replaced or ()) and self._gate.is_read(one)]
        places = [place for place in served if place.thread_id and not place.lost]
        self._withheld = {row: one for row, one in self._withheld.items() if row in {place.row for place in places}}
        gate = asyncio.Semaphore(TREES_AT_ONCE)
        async with asyncio.TaskGroup() as tasks:
            looks = [tasks.create_task(self._look(place, gate)) for place in places]
        errors += [trouble for look in looks if (trouble := look.result())]
        record = PollRecord(self._now(), " ".join(dict.fromkeys(errors)))
        await self._keep(subscription, record)
        where, seconds = Whereabouts(subscription.id), (record.at - begun) / 1000
        self._observer.hear(Looked(where, subscription.blog_url, seconds, record.error))
        self._wake()
        return record

    async def _keep(self, subscription: Subscription, record: PollRecord) -> None:
        before, self.last = self.last, record
        due = has_passed(KEPT_EVERY, since=self._kept_at, now=record.at)
        if before is None or before.error != record.error or due:
            await self._store.note_poll(subscription.id, record)
            self._kept_at = record.at

    async def _look(self, place: Place, gate: asyncio.Semaphore) -> str:
        """One tree. -> what went wrong, '' if nothing did. A bug met in one thread does not hold the others."""
        async with gate:
            try:
                await self._tree(place)
            except CommonthreadError as error:
                return f"“{place.title}”: {error.reason}"
            except ODD as error:
                self._observer.hear(Unforeseen(whereabouts(place), "plan", error))
                return f"“{place.title}”: an unforeseen {type(error).__name__}; the log has the details."
        return ""

    # ---------------------------------------------------------------- posts

    async def _asked(self, outlook: Outlook, *, may_open: bool) -> frozenset[PostId] | None:
        """See :meth:`_posts`. A blog that is back, or takes our password again, has been waited for long enough."""
        could_write, answered, self._answers = self._blog.can_write, self._answers, False
        replaced = await self._posts(outlook, may_open=may_open)
        self._answers = True
        if not answered or (self._blog.can_write and not could_write):
            await self._store.hasten(outlook.subscription.id, queue=Queue.BLOG)
        return replaced

    async def _posts(self, outlook: Outlook, *, may_open: bool) -> frozenset[PostId] | None:
        """-> posts whose number is another post's now; None when the blog listed nothing anew."""
        subscription = outlook.subscription
        recent = await self._blog.recent(outlook.feed)
        if recent.posts is None or not may_open:
            return None
        listed = sorted(recent.posts, key=lambda post: (post.published_at, by_number(post.id)))
        if not subscription.greeted:
            listed = listed[len(listed) - min(self._policy.first_posts, len(listed)) :]
        replaced = await self._replaced(subscription, recent.posts)
        unknown = [post for post in listed if post.id not in outlook.known or post in replaced]
        if unknown and await self._gate.stand(unknown):
            return None  # the next look reads what stands in them
        new = [post for post in unknown if not subscription.greeted or is_new(post, subscription)]
        held_back = self._brake.held_back(new, self._now()) if subscription.greeted and self._policy.announces else ()
        announce = [OpenThread(post) for post in new if self._policy.announces and post not in held_back]
        kept = frozenset(post.id for post in held_back)
        before = await self._store.held_back(subscription.id) if kept else ()
        await self._store.note_posts(subscription.id, recent.posts, announce, recent.state, held_back=kept)
        if kept and not before:  # more of them are no other news
            await self._trouble.at_large("many posts with old dates", HELD_BACK.format(count=len(kept)))
        for opening in announce:
            where, kind = Whereabouts(subscription.id, post=opening.post.id), opening.traits.kind
            self._observer.hear(Decided(where, kind, opening.key, "it is new on the blog", Urgency.LIVE))
        for post, was in replaced.items():
            sentence = POST_REPLACED.format(was=was.title, now=post.title)
            await self._trouble.at_large(f"post {post.id}", sentence)
        return frozenset(post.id for post in replaced)

    async def _replaced(self, subscription: Subscription, posts: Sequence[Post]) -> dict[Post, Post]:
        """Posts that bear the number of another one which is known, with that one: its thread rests from now on."""
        before = await self._store.listed_posts(subscription.id, [post.id for post in posts])
        found = {post: was for post in posts if (was := before.get(post.id)) and not same_post(was, post)}
        if found:
            await self._store.replace_posts(subscription.id, [post.id for post in found], REPLACED)
        return found

    async def _revise(self, changed: Iterable[tuple[Place, Post]]) -> None:
        """Level-triggered: until a starter shows its post as the blog last listed it, it is asked for."""
        for place, post in changed:
            await self._store.queue(place, Planned(ReviseStarter(post, place.revision + 1)))

    # ---------------------------------------------------------------- comments

    async def _tree(self, place: Place) -> None:
        try:
            tree = await self._blog.tree(place.post_id, now=self._now())
        except PlaceVanished as gone:
            await self._trouble.about(place, f"{gone.reason} Its thread stays as it is.", state="unseen")
            return
        await self._trouble.over(place, "unseen")
        made = await self.plan(place, tree)
        for one in await self._store.plan(place, made.planned, made.relay_changes):
            self._observer.hear(decision(place, one))
        self._withheld.pop(place.row, None)
        if made.withheld:
            self._withheld[place.row] = (place.title, made.withheld)
            await self._trouble.about(place, WITHHELD.format(count=made.withheld), state="withheld")
        else:
            await self._trouble.over(place, "withheld")
        if place.removals_allowed and not made.excess:
            await self._store.allow_removals(place, allowed=False)

    async def plan(self, place: Place, tree: Tree) -> Plan:
        """The plan for a tree as the store knows the post now, once it knows all relays of it.

        Changes nothing but numbers that have changed hands.
        """
        known = await self._store.snapshot(place)
        if found := recognise(tree, known.mapped):
            await self._store.note_recognised(place, found)
            known = await self._store.snapshot(place)
        if found.displaced:
            await self._trouble.over(place, "put back")  # each time is another one
            await self._trouble.about(place, PUT_BACK.format(count=len(found.displaced)), state="put back")
        if await self._gate.strangers(place, tree, known):
            known = await self._store.snapshot(place)
        public = self._still_public(place, tree)
        asked = (*doubted(tree, known.mapped, public), *held(tree, known.mapped))
        said = {one.comment_id: await self._ask(one, place) for one in asked}
        self._public[place.row] |= {one: tree.fetched_at for one, standing in said.items() if standing is Standing.LIVE}
        confirmed = {**dict.fromkeys(public, Standing.LIVE), **said}
        return plan(place, tree, known, confirmed, retract_share=self._policy.retract_share)

    def _still_public(self, place: Place, tree: Tree) -> frozenset[CommentId]:
        """Comments that the blog showed a moment ago when it was asked for them, and that its listing still lacks."""
        listed = {comment.id for comment in tree.comments}
        known = self._public.get(place.row, {})
        self._public[place.row] = {
            one: at
            for one, at in known.items()
            if one not in listed and not has_passed(PUBLIC_FOR, since=at, now=tree.fetched_at)
        }
        return frozenset(self._public[place.row])

    def forget(self) -> None:
        """Ask the blog for everything anew at the next look."""
        self._public.clear()

    async def _ask(self, seen: Mapped, place: Place) -> Standing:
        """A listing that is short is distrusted: what it does not show is asked for by id.

        Gone, too, is what stands under another post by now, and what has lost its number to another comment.
        """
        try:
            there = await self._blog.sighting(seen.comment_id)
        except (Vanished, PlaceVanished):  # a comment whose post is hidden meanwhile is not public either
            return Standing.GONE
        if there.post_id not in (None, place.post_id) or is_another(seen, there.key, there.unproven, there.written_at):
            return Standing.GONE
        # What the blog's filter took for spam at its arrival waits for moderators, as what they hold does.
        return Standing.HELD if there.spam and seen.standing is Standing.HELD else there.standing
