"""Whatever the order of callers, answers, writes, failures and departures: nobody sees less than alone.

The blog of this test is a number that grows: each read shows which number it was when the blog was read.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from typing import Any, cast

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.blog.shared import SharedBlog
from bot.core.domain import Comment, CommentId, Millis, Post, PostId, Standing, Tree
from bot.core.errors import Unanswered, Unreachable
from bot.ports import Blog, Draft, FeedState, Recent, Review, Sighting, Written

FRESH = 5
KINDS = ("tree", "post", "sighting", "recent")
LISTED = 2
"""So many of the newest posts are listed, and all since the caller's state: fewer than may appear between two looks."""


class Failed(Unreachable):
    """With the request that failed, so that a test can ask who was told."""

    def __init__(self, request: Request) -> None:
        super().__init__("failed")
        self.request = request


@dataclass(eq=False)
class Request:
    """A request at the blog: it is read at one moment and answered at another, or fails."""

    kind: str
    begun: int
    read: asyncio.Event = field(default_factory=asyncio.Event)
    answered: asyncio.Event = field(default_factory=asyncio.Event)
    fails: bool = False
    ended: int | None = None
    seen: int | None = None


@dataclass(eq=False)
class Call:
    """What a caller asked the shared blog. Times are seconds; ``turn`` counts everything that happens."""

    kind: str
    caller: int
    called: int
    turn: int
    state: FeedState
    at_least: int
    task: asyncio.Task[Any]


class Numbered:
    """The blog: version ``n`` has posts 1 to n, and shows its number everywhere."""

    def __init__(self, machine: Interleavings) -> None:
        self.machine = machine
        self.requests: list[Request] = []
        self.can_write = True
        self.base_url = ""

    async def _read(self, kind: str) -> int:
        request = Request(kind, self.machine.turn)
        self.requests.append(request)
        try:
            await request.read.wait()
            request.seen = self.machine.version
            await request.answered.wait()
        finally:
            self.requests.remove(request)
            request.ended = self.machine.turn
        if request.fails:
            raise Failed(request)
        return request.seen

    async def tree(self, post_id: PostId, *, now: Millis) -> Tree:
        version = await self._read("tree")
        comment = Comment(CommentId(str(version)), post_id, None, "", Millis(0), "", "")
        return Tree(post_id, (comment,), now)

    async def post(self, post_id: PostId) -> Post:
        return a_post(await self._read("post"))

    async def sighting(self, comment_id: CommentId) -> Sighting:
        return Sighting(Standing.LIVE, PostId(str(await self._read("sighting"))))

    async def recent(self, state: FeedState) -> Recent:
        version = await self._read("recent")
        if state.body_hash == str(version):
            return Recent(None, state)
        found = [n for n in range(1, version + 1) if n > version - LISTED or n >= (state.newest_at or version)]
        return Recent(tuple(map(a_post, found)), FeedState(body_hash=str(version), newest_at=Millis(version)))

    async def _write(self) -> Written:
        request = Request("write", self.machine.turn)
        self.requests.append(request)
        try:
            await request.read.wait()
            self.machine.grow()
            await request.answered.wait()
        finally:
            self.requests.remove(request)
        if request.fails:
            raise Unanswered("it may have arrived")
        return Written(CommentId("1"), False, "")

    async def write(self, draft: Draft) -> Written:
        return await self._write()

    async def rewrite(self, comment_id: CommentId, html: str, *, key: str, review: Review = Review.NOBODY) -> Written:
        return await self._write()


def a_post(number: int) -> Post:
    return Post(PostId(str(number)), "", "", "", "", Millis(number), "")


class Interleavings:
    """Callers of one shared blog, in any order."""

    def __init__(self) -> None:
        self.loop = asyncio.new_event_loop()
        self.seconds = 100
        self.turn = 0
        self.version = 1
        self.since = {1: 0}
        """When each version came, in seconds."""
        self.inner = Numbered(self)
        self.blog = SharedBlog(cast(Blog, self.inner), fresh_for=FRESH, clock=lambda: float(self.seconds))
        self.other = self.blog.written_by(cast(Blog, self.inner))
        self.calls: list[Call] = []
        self.writes: list[asyncio.Task[Any]] = []
        self.states = [FeedState() for _ in range(3)]
        self.heard: list[set[int]] = [set() for _ in range(3)]
        self.wrote = dict.fromkeys(KINDS, 0)
        """What a caller who asks now has to see at least, because a write has ended."""

    def close(self) -> None:
        """Everybody leaves."""
        for task in [call.task for call in self.calls] + self.writes:
            task.cancel()
        self.calls.clear()
        self._settle()
        self.loop.close()
        assert not self.inner.requests

    # ---------------------------------------------------------------- what happens

    def grow(self) -> None:
        self.version += 1
        self.since[self.version] = self.seconds

    def ask(self, kind: str, caller: int) -> None:
        """One engine asks for its newest posts once at a time, as an engine does."""
        if kind == "recent" and any((call.kind, call.caller) == (kind, caller) for call in self.calls):
            return
        blog = (self.blog, self.other)[caller % 2]
        state = self.states[caller]
        ways: dict[str, Callable[[], Coroutine[Any, Any, Any]]] = {
            "tree": lambda: blog.tree(PostId("1"), now=Millis(self.seconds)),
            "post": lambda: blog.post(PostId("1")),
            "sighting": lambda: blog.sighting(CommentId("1")),
            "recent": lambda: blog.recent(state),
        }
        task = self.loop.create_task(ways[kind]())
        self.calls.append(Call(kind, caller, self.seconds, self.turn, state, self.wrote[kind], task))
        self._settle()

    def go_on(self, which: int, *, fails: bool) -> None:
        """One request gets a step further."""
        if not self.inner.requests:
            return
        request = self.inner.requests[which % len(self.inner.requests)]
        if not request.read.is_set():
            request.read.set()
        else:
            request.fails = fails
            request.answered.set()
        self._settle()

    def all_go_on(self, *, fail: bool) -> None:
        """All requests come to their end, in the order in which they began."""
        for request in list(self.inner.requests):
            request.read.set()
            self._settle()
            request.fails = fail
            request.answered.set()
            self._settle()

    def time_passes(self, seconds: int, *, changes: bool) -> None:
        self.seconds += seconds
        if changes:
            self.grow()

    def write(self, *, anew: bool) -> None:
        draft = Draft(PostId("1"), None, "", "", "", "", approve=True)
        way = self.blog.write(draft) if anew else self.other.rewrite(CommentId("1"), "", key="")

        async def write() -> None:
            try:
                await way
            except Unanswered:
                pass
            finally:
                for kind in ("tree",) if anew else ("tree", "sighting"):
                    self.wrote[kind] = self.version

        self.writes.append(self.loop.create_task(write()))
        self._settle()

    def leave(self, which: int) -> None:
        """A caller gives up."""
        if self.calls:
            self.calls.pop(which % len(self.calls)).task.cancel()
            self._settle()

    def now(self) -> None:
        """Somebody wants to know how it is now."""
        self.blog.forget()
        self.wrote = dict.fromkeys(KINDS, self.version)

    # ---------------------------------------------------------------- what has to hold

    def _settle(self) -> None:
        for _ in range(12):
            self.loop.run_until_complete(asyncio.sleep(0))
        self.turn += 1
        self.writes = [task for task in self.writes if not task.done()]
        for call in [call for call in self.calls if call.task.done()]:
            self.calls.remove(call)
            self._check(call)

    def _check(self, call: Call) -> None:
        error = call.task.exception()
        if error is not None:
            assert isinstance(error, Failed)
            assert error.request.ended is not None
            assert error.request.ended >= call.turn, "an error was remembered"
            return
        answer = call.task.result()
        match call.kind:
            case "tree":
                seen = int(answer.comments[0].id)
                assert self._gone_at(seen) >= answer.fetched_at, "fetched_at is after what was seen"
            case "post":
                seen = int(answer.id)
            case "sighting":
                seen = int(answer.post_id)
            case _:
                seen = int(answer.state.body_hash)
                self._hear(call, answer, seen)
        assert self._gone_at(seen) >= call.called - FRESH, "older than fresh"
        assert seen >= call.at_least, "a write was not seen"

    def _hear(self, call: Call, answer: Recent, seen: int) -> None:
        """Nobody who keeps what was told ever lacks a post that came after their first look."""
        heard, first = self.heard[call.caller], call.state.body_hash is None
        if answer.posts is None:
            assert call.state.body_hash == str(seen)
        else:
            heard |= {int(post.id) for post in answer.posts}
        known = int(call.state.body_hash or seen)
        assert first or set(range(known + 1, seen + 1)) <= heard, "a post was lost"
        if seen % 3:  # now and then a caller cannot keep what was found
            self.states[call.caller] = answer.state

    def _gone_at(self, version: int) -> float:
        """When a version ceased to be the blog's."""
        return self.since.get(version + 1, float("inf"))

    def hold(self) -> None:
        """What is true between any two acts."""
        if not self.calls:
            assert all(request.kind == "write" for request in self.inner.requests), "something is asked for nobody"
        looks = sum(request.kind == "recent" for request in self.inner.requests)
        assert looks <= 1, "looks at the newest posts come one after another"


ACTS = ("ask", "ask", "ask", "ask", "go on", "go on", "go on", "all go on", "pass", "pass", "write", "leave", "now")
"""As often as they are named."""

WHICH = st.integers(0, 5)


@settings(max_examples=200, deadline=None)
@given(
    st.lists(st.tuples(st.sampled_from(ACTS), st.sampled_from(KINDS), WHICH, st.booleans()), min_size=30, max_size=80)
)
def test_nobody_sees_less_than_alone(acts: list[tuple[str, str, int, bool]]) -> None:
    many = Interleavings()
    try:
        for act, kind, which, flag in acts:
            match act:
                case "ask":
                    many.ask(kind, which % 3)
                case "go on":
                    many.go_on(which, fails=flag and which == 0)
                case "all go on":
                    many.all_go_on(fail=flag and which == 0)
                case "pass":
                    many.time_passes(1 + which, changes=flag)
                case "write":
                    many.write(anew=flag)
                case "leave":
                    many.leave(which)
                case _:
                    many.now()
            many.hold()
    finally:
        many.close()
