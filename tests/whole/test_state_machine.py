"""A machine that looks for the bug: both sides act, everything fails, and when all is quiet nothing may be lost,
doubled, stale or in the wrong place.

``STEPS=20000 .venv/bin/python -m pytest tests/whole/test_state_machine.py -s`` runs it long and prints its figures;
without STEPS it does a few hundred steps. ``SEED`` makes a run repeatable.
"""

from __future__ import annotations

import asyncio
import logging
import os
import random
from collections import Counter
from collections.abc import Coroutine
from typing import Any, ClassVar

import hypothesis.strategies as st
import pytest
from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule, run_state_machine_as_test

from bot.core.domain import MemberId, MessageId, ThreadId
from bot.core.policy import Policy, RelayMode
from bot.core.signing import message_of
from bot.sync.mirroring.compose import TOMBSTONE
from tests.support.clock_and_faults import Fault
from tests.support.engine_in_memory import World
from tests.support.fake_blog import StoredComment
from tests.support.fake_chat import Event
from tests.support.invariants import Verdict
from tests.support.invariants_in_memory import Ledger, Said, Truth, jump_of
from tests.support.pictures import picture

STEPS = int(os.environ.get("STEPS", "400"))
SEED = os.environ.get("SEED")
PER_RUN = int(os.environ.get("PER_RUN", "40"))
CHOICE = st.integers(0, 10_000)
LONG_TEXT = "lorem ipsum dolor sit amet consectetur " * 80


class Totals:
    """Figures over all runs."""

    steps = 0
    quiets = 0
    faults: ClassVar[Counter[str]] = Counter()
    seen: ClassVar[Counter[str]] = Counter()
    wrong: ClassVar[Counter[str]] = Counter()


class Machine(RuleBasedStateMachine):
    """Acts on both sides, trouble, and quiet. ``checked``: the blog is made sure of, as in the whole bot."""

    checked = False

    def __init__(self) -> None:
        super().__init__()
        self.loop = asyncio.new_event_loop()
        self.ledger = Ledger()
        self.words = 0
        self.acts = 0
        self.world: World

    def run(self, what: Coroutine[Any, Any, Any]) -> Any:
        self.world.clock.advance(1500)
        return self.loop.run_until_complete(what)

    def act(self) -> None:
        """Before each step: time passes, and every other time the bot works on what the steps before have brought."""
        Totals.steps += 1
        self.acts += 1
        self.world.clock.advance(1500)
        if self.acts % 2 == 0:
            self.run(self.world.work(poll=self.acts % 4 == 0))
            self._note_mirrors()

    @initialize(forum=st.booleans(), cards=st.booleans(), mode=st.sampled_from([RelayMode.REPLIES, RelayMode.ALL]))
    def begin(self, forum: bool, cards: bool, mode: RelayMode) -> None:
        policy = Policy(relay=mode, first_posts=2, retract_share=1.0)
        self.world = World(policy=policy, forum=forum, cards=cards, checked=self.checked)
        self.mode = mode
        self.world.blog.add_post("First")
        self.world.blog.capabilities = {"upload_files", "delete_posts"}
        self.run(self.world.start())
        for parent in (0, 1, 2, 3):
            self._comment(0, parent, long=False, status="approved")
        self.run(self.world.quiet())
        self._note_mirrors()
        self._say(0, 3, 1, "here is an answer")
        self._say(0, 4, 2, "and here another")

    # ------------------------------------------------------------ helpers

    def _word(self) -> str:
        self.words += 1
        return f"word{self.words}x"

    def _pick(self, number: int, things: list[Any]) -> Any:
        return things[number % len(things)] if things else None

    def _threads(self) -> list[ThreadId]:
        return list(self.world.chat.threads)

    def _comments(self, *statuses: str) -> list[StoredComment]:
        found = self.world.blog.comments.values()
        return [one for one in found if one.id in self.ledger.words and one.status in statuses]

    def _relays(self) -> list[StoredComment]:
        return [one for one in self.world.blog.comments.values() if one.author_url]

    def _said(self, number: int) -> Said | None:
        found = [one for one in self.ledger.said.values() if one.message in self.world.chat.messages]
        return found[number % len(found)] if found else None

    def _note_mirrors(self) -> None:
        for one in self.world.chat.messages.values():
            if one.marker and one.id not in self.ledger.of_the_past:
                self.ledger.shown_as[one.id] = one.marker.rpartition(" ")[0].rpartition("#comment-")[2]

    def _comment(self, post: int, parent: int, *, long: bool, status: str) -> None:
        where = self._pick(post, list(self.world.blog.posts.values()))
        above = [one for one in self.world.blog.comments.values() if one.post == where.id]
        answered = self._pick(parent, [None, *above, *above])
        words = self._word()
        text = f"{words} {LONG_TEXT}{words}" if long else words
        parent_id = answered.id if answered is not None else None
        made = self.world.blog.comment(where.id, text, parent=parent_id, status=status, author=f"Ann {self.words}")
        self.ledger.words[made.id] = words
        self.ledger.hidden.discard(made.id)  # a number that a blog put back to its backup gives out again

    # ------------------------------------------------------------ the blog's side

    @precondition(lambda self: len(self.world.blog.posts) < 3)
    @rule()
    def publish(self) -> None:
        self.act()
        self.world.blog.add_post(f"Post {len(self.world.blog.posts)}")

    @rule(post=CHOICE, title=st.booleans())
    def edit_post(self, post: int, title: bool) -> None:
        self.act()
        one = self._pick(post, list(self.world.blog.posts.values()))
        if title:
            one.title = f"Title {self._word()}"
        else:
            one.published_at += 1000

    @rule(post=CHOICE, parent=CHOICE, long=st.sampled_from([False, False, False, True]))
    def comment(self, post: int, parent: int, long: bool) -> None:
        self.act()
        self._comment(post, parent, long=long, status="approved")

    @rule(post=CHOICE, parent=CHOICE)
    def held_comment(self, post: int, parent: int) -> None:
        self.act()
        self._comment(post, parent, long=False, status="hold")

    @rule(which=CHOICE, long=st.booleans(), back=st.booleans())
    def edit_comment(self, which: int, long: bool, back: bool) -> None:
        self.act()
        one = self._pick(which, self._comments("approved", "hold"))
        if one is None:
            return
        before, words = self.ledger.words[one.id], self._word()
        if back:  # there and back again: the old words are the new ones
            one.html = f"{words} for a moment"
            self.run(self.world.work())
            words = before
        else:
            self.ledger.old_words.add(before)
        one.html = f"{words} {LONG_TEXT if long else ''}"
        self.ledger.words[one.id] = words

    @rule(which=CHOICE, status=st.sampled_from(["hold", "spam", "trash"]))
    def take_comment_down(self, which: int, status: str) -> None:
        self.act()
        if (one := self._pick(which, self._comments("approved"))) is not None:
            self.world.blog.set_status(one.id, status)

    @rule(which=CHOICE)
    def approve(self, which: int) -> None:
        self.act()
        if (one := self._pick(which, self._comments("hold", "spam", "trash"))) is not None:
            self.world.blog.set_status(one.id, "approved")

    @rule(which=CHOICE)
    def rename_author(self, which: int) -> None:
        self.act()
        if (one := self._pick(which, self._comments("approved", "hold", "trash"))) is not None:
            self.world.blog.rename(one.id, f"Bea {self._word()}")

    @rule(which=CHOICE)
    def force_delete(self, which: int) -> None:
        self.act()
        if (one := self._pick(which, self._comments("approved", "trash"))) is not None:
            self.world.blog.force_delete(one.id)
            self.ledger.old_words.add(self.ledger.words[one.id])

    @rule(which=CHOICE, status=st.sampled_from(["hold", "spam", "trash", "approved", "deleted"]))
    def moderate_relay(self, which: int, status: str) -> None:
        self.act()
        if (one := self._pick(which, self._relays())) is None:
            return
        message = MessageId(int(message_of(one.author_url).rpartition("/")[2]))
        if status == "deleted":
            self.world.blog.force_delete(one.id)
        else:
            self.world.blog.set_status(one.id, status)
        self.ledger.said[message].moderated = self.ledger.said[message].moderated or status != "approved"

    @rule(post=CHOICE)
    def close_comments(self, post: int) -> None:
        self.act()
        one = self._pick(post, list(self.world.blog.posts.values()))
        one.open = not one.open
        for said in self.ledger.said.values():
            said.refused = True  # what was not yet on the blog may be refused now

    @rule()
    def move_blog(self) -> None:
        self.act()
        self.world.blog.permalink = f"https://blog.example/{self._word()}"

    # ------------------------------------------------------------ Discord's side

    @rule(thread=CHOICE, to=CHOICE, member=st.integers(1, 3), same=st.booleans())
    def member_says(self, thread: int, to: int, member: int, same: bool) -> None:
        self.act()
        self._say(thread, to, member, "+1" if same else self._word())

    @rule(thread=CHOICE, to=st.lists(CHOICE, min_size=2, max_size=5), work=st.booleans())
    def members_talk(self, thread: int, to: list[int], work: bool) -> None:
        """Several in a row, each perhaps in answer to the one before, perhaps while the bot is at work."""
        self.act()
        for number, one in enumerate(to):
            self._say(thread, one, number, self._word())
        if work:
            self.run(self.world.work(poll=False))

    @rule(message=CHOICE)
    def member_takes_file_off(self, message: int) -> None:
        self.act()
        found = [one for one in self.world.chat.messages.values() if one.files]
        if (one := self._pick(message, found)) is not None:
            self.world.chat.member_removes_file(one.id, next(iter(one.files)).filename)

    @rule(which=CHOICE, status=st.sampled_from(["hold", "trash"]), back=st.booleans())
    def branch_taken_down(self, which: int, status: str, back: bool) -> None:
        """A comment that has answers; then its answers; perhaps it comes back."""
        self.act()
        answered = {one.parent for one in self.world.blog.comments.values()}
        found = [one for one in self._comments("approved") if one.id in answered]
        if (one := self._pick(which, found)) is None:
            return
        self.world.blog.set_status(one.id, status)
        self.run(self.world.work())
        if back:
            self.world.blog.set_status(one.id, "approved")
            return
        for answer in self._comments("approved"):
            if answer.parent == one.id:
                self.world.blog.set_status(answer.id, status)

    def _say(self, thread: int, to: int, member: int, words: str) -> None:
        where = self._pick(thread, self._threads())
        if where is None:
            return
        self._note_mirrors()
        here = [one for one in self.world.chat.messages.values() if one.thread == where]
        answered = self._pick(to, [None, where, *[one.id for one in here], *[one.id for one in here]])
        files = {f"{words}.png": picture("a picture"), "page.html": b"<b>"} if self.words % 3 == 0 else {}
        said = self.world.chat.member_says(where, member, words, answered, files)
        self.ledger.files[said.id] = frozenset(file.id for file in said.files)
        open_ = self._post_of(where)
        sure = open_ and self._must_reach(answered, where)
        kept = member in self.ledger.silent
        self.ledger.said[said.id] = Said(
            said.id, where, words, answered, sure, refused=not open_, member=member, kept=kept
        )

    def _post_of(self, thread: ThreadId) -> bool:
        url = self.world.chat.threads[thread].url
        post = self.world.blog.posts.get(url.rstrip("/").rpartition("/p")[2])
        return post is None or post.open

    def _must_reach(self, answered: MessageId | None, thread: ThreadId) -> bool:
        if self.mode is RelayMode.ALL:
            return True
        if answered is None:
            return False
        if int(answered) == int(thread) or answered in self.ledger.shown_as:
            return True
        other = self.ledger.said.get(answered)
        return other is not None and other.sure and not other.refused

    @rule(member=st.integers(1, 3), at_work=st.booleans())
    def member_opts_out(self, member: int, at_work: bool) -> None:
        """Perhaps while the bot is at work. Whose command is not answered repeats it."""
        self.act()
        number = MemberId(member)
        if at_work:
            self.run(self.world.work(meanwhile=lambda: self.world.opt_out(number)))
        while not self.run(self.world.live(self.world.opt_out(number))):
            pass
        self.ledger.silent.add(member)
        jumps = {message_of(one.author_url) for one in self._relays()}
        for said in self.ledger.said.values():
            if said.member == member and jump_of(said.thread, said.message) not in jumps:
                said.kept = True

    @rule(member=st.integers(1, 3))
    def member_opts_in(self, member: int) -> None:
        """Carries nothing over: what is kept stays so."""
        self.act()
        after = self.world.chat.new_id()
        while not self.run(self.world.live(self.world.opt_in(MemberId(member), after=after))):
            pass
        self.ledger.silent.discard(member)

    @rule(which=CHOICE, back=st.booleans())
    def member_edits(self, which: int, back: bool) -> None:
        self.act()
        if (said := self._said(which)) is None:
            return
        words = said.words
        if back:
            self.world.chat.member_edits(said.message, self._word())
            self.run(self.world.work(poll=False))
        else:
            words = self._word()
        self.world.chat.member_edits(said.message, words)
        said.words = words

    @rule(which=CHOICE)
    def preview(self, which: int) -> None:
        self.act()
        if (said := self._said(which)) is not None:
            self.world.chat.unfurl(said.message)

    @rule(which=CHOICE, count=st.integers(1, 3))
    def messages_deleted(self, which: int, count: int) -> None:
        self.act()
        if (first := self._said(which)) is None:
            return
        same = [one for one in self.ledger.said.values() if one.message in self.world.chat.messages]
        same = [one for one in same if one.thread == first.thread and one is not first]
        chosen = [first, *same[: count - 1]]
        self.world.chat.delete_messages(*(one.message for one in chosen))
        gone = {one.message for one in chosen}
        for one in chosen:
            one.deleted = True
        self._unsure_below(gone)

    def _unsure_below(self, gone: set[MessageId]) -> None:
        """What answers a message that is gone may have lost its way, if the bot had not heard of it before."""
        for one in self.ledger.said.values():
            if one.reply_to in gone and one.message not in gone:
                one.sure = False
                self._unsure_below({one.message})

    @rule(which=CHOICE)
    def mirror_deleted(self, which: int) -> None:
        """One that the bot knows to be its own: what is deleted before a lost database is made good is shown again."""
        self.act()
        self._note_mirrors()
        known = self.run(self._mapped_messages())
        mirrors = [one.id for one in self.world.chat.messages.values() if one.marker and one.id in known]
        if (one := self._pick(which, mirrors)) is not None:
            if one in self.ledger.shown_as:
                self.ledger.hidden.add(self.ledger.shown_as[one])
            self.world.chat.delete_messages(one)

    async def _mapped_messages(self) -> set[MessageId]:
        maps = [await self.world.store.mapped(place) for place in await self.world.places()]
        return {message for one in maps for mapped in one.values() for message in mapped.messages}

    @rule(thread=CHOICE, locked=st.booleans())
    def archive(self, thread: int, locked: bool) -> None:
        self.act()
        if (where := self._pick(thread, self._threads())) is not None:
            self.world.chat.threads[where].archived = True
            self.world.chat.threads[where].locked = locked
            self.world.faults.injected["chat: thread archived" + (" and locked" if locked else "")] += 1

    @rule()
    def webhook_deleted(self) -> None:
        self.act()
        self.world.chat.webhook += 1
        self.world.faults.injected["chat: webhook deleted"] += 1

    # ------------------------------------------------------------ trouble

    @rule(thread=CHOICE)
    def thread_deleted(self, thread: int) -> None:
        self.act()
        if len(self._threads()) < 2 or (where := self._pick(thread, self._threads())) is None:
            return
        self._note_mirrors()
        gone = [one for one in self.world.chat.messages.values() if one.thread == where and one.marker]
        for one in gone:  # a new thread shows them again
            self.ledger.hidden.discard(self.ledger.shown_as.get(one.id, ""))
        self.world.chat.delete_thread(where)
        self.world.faults.injected["chat: thread deleted"] += 1

    async def _announce_anew(self) -> None:
        for place in await self.world.engine.desk.places():
            gone = place.post_id not in self.world.blog.posts
            if place.lost and place.thread_id not in self.world.chat.threads and not gone:
                post = {one.id for one in self.world.blog.comments.values() if one.post == place.post_id}
                self.ledger.hidden -= post
                await self.world.engine.desk.announce(place.post_id)

    @rule(side=st.sampled_from(["blog", "chat"]), faults=st.lists(st.sampled_from(list(Fault)), min_size=1, max_size=4))
    def requests_fail(self, side: str, faults: list[Fault]) -> None:
        self.act()
        self.world.faults.arm(side, *faults)

    @rule(after=st.integers(0, 60))
    def kill(self, after: int) -> None:
        self.act()
        self.world.faults.kill_in = after
        self.run(self.world.work())

    @rule(post=CHOICE, parent=CHOICE, again=CHOICE)
    def database_put_back(self, post: int, parent: int, again: int) -> None:
        """To a copy that knows nothing of what came since: a comment, and an answer of a member."""
        self.act()
        self.run(self.world.quiet())
        self._note_mirrors()
        kept = self.run(self.world.backup())
        self._comment(post, parent, long=again % 3 == 0, status="approved")
        self.run(self.world.quiet())
        self._note_mirrors()
        self._say(post, again, 1, f"since then {self._word()}")
        self.run(self.world.quiet())
        self._note_mirrors()
        self.run(self.world.lose_database(put_back=kept))
        self.world.faults.injected["database: put back"] += 1

    @rule(what=st.sampled_from(["down", "revoked", "empty", "short", "partial", "fine"]))
    def blog_trouble(self, what: str) -> None:
        self.act()
        blog = self.world.blog
        blog.down, blog.revoked = what == "down", what == "revoked"
        blog.listing = what if what in ("empty", "short", "partial") else "whole"
        if what in ("empty", "short", "partial"):
            self.world.faults.injected[f"blog: listing {what}"] += 1

    @rule(permitted=st.booleans())
    def permission(self, permitted: bool) -> None:
        self.act()
        self.world.chat.permitted = permitted

    @rule(order=st.randoms(use_true_random=False), drop=st.booleans(), twice=st.booleans(), late=st.booleans())
    def strange_gateway(self, order: random.Random, drop: bool, twice: bool, late: bool) -> None:
        self.act()
        kept: list[Event] = []

        def some(events: list[Event]) -> list[Event]:
            heard = list(events)
            self.world.faults.injected["gateway: reordered"] += len(heard) > 1
            order.shuffle(heard)
            if drop and heard:
                heard.pop()
                self.world.faults.injected["gateway: dropped"] += 1
            if late and heard:
                kept.append(heard.pop())
                self.world.faults.injected["gateway: late"] += 1
            if twice and heard:
                heard.append(heard[0])
                self.world.faults.injected["gateway: repeated"] += 1
            return heard

        self.run(self.world.work(events=some))
        self.world.chat.events[:0] = kept

    @rule()
    def absence(self) -> None:
        self.act()
        self.world.faults.injected["gateway: hours of absence"] += bool(self.world.chat.events)
        self.world.chat.events = []

    # ------------------------------------------------------------ time

    @rule(poll=st.booleans(), seconds=st.sampled_from([1, 60, 400]))
    def work(self, poll: bool, seconds: int) -> None:
        self.act()
        self.run(self.world.work(poll=poll))
        self.world.clock.advance(seconds * 1000)
        self._note_mirrors()

    @rule()
    def quiet(self) -> None:
        for post in self.world.blog.posts.values():
            post.open = True
        self.run(self._quiet())

    async def _quiet(self) -> None:
        Totals.quiets += 1
        Totals.seen.update(
            {
                "comments": len(self.ledger.words),
                "members' messages": len(self.ledger.said),
                "relays": len(self._relays()),
                "mirrors": sum(1 for one in self.world.chat.messages.values() if one.marker),
                "tombstones": sum(1 for one in self.world.chat.messages.values() if one.text.startswith(TOMBSTONE)),
                "kept in Discord": sum(1 for one in self.ledger.said.values() if one.kept),
                "marked": sum(1 for one in self.world.chat.messages.values() if one.mark),
            }
        )
        self.world.faults.lift()
        await self.world.engine.desk.retry()
        self.ledger.begun_anew += 1
        await self.world.quiet()
        await self._announce_anew()
        await self.world.quiet()
        self._note_mirrors()
        verdict = await Truth(self.world, self.ledger).judge()
        Totals.wrong.update(verdict.figures)
        assert not verdict.sentences, "\n".join(verdict.sentences)
        parked = await self.world.store.parked(self.world.subscription)
        assert not parked, parked
        self.ledger.old_words.clear()

    def teardown(self) -> None:
        if not hasattr(self, "world"):
            return
        try:
            self.quiet()
        finally:
            Totals.faults.update(self.world.faults.injected)
            self.loop.run_until_complete(self.world.end())
            self.loop.close()


class Beside(Machine):
    """Two subscriptions on one database, in one process: their blogs give the same numbers to other words.

    Each step is about one of them, while the other works on; a kill meets both; when all is quiet both are judged.
    """

    def __init__(self) -> None:
        super().__init__()
        self.worlds: list[World] = []
        self.ledgers = [self.ledger, Ledger()]

    @initialize(forum=st.booleans(), cards=st.booleans(), mode=st.sampled_from([RelayMode.REPLIES, RelayMode.ALL]))
    def begin(self, forum: bool, cards: bool, mode: RelayMode) -> None:
        super().begin(forum, cards, mode)
        self.worlds.append(self.world)
        self.run(self.world.die())
        self.world = World(
            policy=self.world.policy, forum=not forum, cards=not cards, beside=self.world, checked=self.checked
        )
        self.worlds.append(self.world)
        self.ledger = self.ledgers[1]
        self.world.blog.add_post("First")
        self.run(self.world.start())
        for parent in (0, 1, 2):
            self._comment(0, parent, long=False, status="approved")
        self.run(self.world.quiet())
        self._note_mirrors()
        self._say(0, 2, 1, "here is an answer, elsewhere")

    @rule()
    def the_other(self) -> None:
        """From here on the steps are about the other subscription."""
        here = self.worlds.index(self.world)
        self.world, self.ledger = self.worlds[1 - here], self.ledgers[1 - here]

    @rule()
    def both_at_once(self) -> None:
        """Both look, hear and carry out at the same time."""
        self.act()
        other = self.worlds[1 - self.worlds.index(self.world)]
        self.run(self.world.work(meanwhile=other.engine.poll))
        self.run(other.work(meanwhile=self.world.engine.drain))
        self._note_mirrors()

    async def _quiet(self) -> None:
        for world, ledger in zip(self.worlds or [self.world], self.ledgers, strict=False):
            self.world, self.ledger = world, ledger
            for post in world.blog.posts.values():
                post.open = True
            await super()._quiet()


@pytest.mark.parametrize("machine", [Machine, Beside])
def test_nothing_is_lost_and_nothing_doubled(caplog: pytest.LogCaptureFixture, machine: type[Machine]) -> None:
    caplog.set_level(logging.CRITICAL, logger="bot")  # trouble is what this is about
    run_long(machine)


def run_long(machine: type[Any]) -> None:
    """Run a machine for so many steps, and print its figures."""
    Totals.steps = Totals.quiets = 0
    for counted in (Totals.faults, Totals.seen, Totals.wrong):
        counted.clear()
    long = "STEPS" in os.environ
    examples = max(STEPS // PER_RUN, 1)
    run_state_machine_as_test(
        seed(int(SEED) if SEED else 1)(machine) if SEED or not long else machine,
        settings=settings(
            max_examples=examples,
            stateful_step_count=PER_RUN,
            deadline=None,
            database=None,
            phases=[Phase.generate] + ([Phase.shrink] if os.environ.get("SHRINK") else []),
            suppress_health_check=list(HealthCheck),
            print_blob=False,
        ),
    )
    print(f"\n{Totals.steps} steps, {Totals.quiets} times quiet with, in sum, {dict(Totals.seen)}")
    for fault, times in sorted(Totals.faults.items()):
        print(f"  {times:6} {fault}")
    print(f"  {Verdict(Totals.wrong)}")
