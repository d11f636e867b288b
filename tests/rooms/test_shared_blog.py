"""Several engines, one blog: one request where they look at the same moment, and nobody sees less than alone."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from zlib import crc32

import pytest
from aiohttp import web

from bot.blog.flights import LONGEST_MEMORY, Flights
from bot.blog.shared import SharedBlog
from bot.blog.wordpress.blog import WordPressBlog
from bot.core.domain import CommentId, Millis, PostId, Standing
from bot.core.errors import NotAllowed, PlaceVanished, Refused, Unreachable
from bot.ports import Draft, FeedState, File
from tests.support.blog_server import serving, wp_error
from tests.support.clock_and_faults import Clock, Fault, Faults
from tests.support.counting_blog import CountingBlog
from tests.support.fake_blog import FakeBlog
from tests.support.signer import ANN, SIGNER, key

NOW = Millis(77)


@dataclass
class SharedScene:
    """A blog with one post, behind a counter, behind what is tested. ``seconds`` is its clock."""

    fake: FakeBlog
    faults: Faults
    inner: CountingBlog
    seconds: list[float] = field(default_factory=lambda: [1000.0])

    def __post_init__(self) -> None:
        self.post = PostId(self.fake.add_post("One").id)
        self.blog = SharedBlog(self.inner.port, fresh_for=5, clock=lambda: self.seconds[0])

    def advance(self, seconds: float) -> None:
        self.seconds[0] += seconds
        self.fake.clock.advance(seconds * 1000)

    def draft(self, html: str = "Hi") -> Draft:
        return Draft(
            self.post,
            None,
            "Ann",
            ANN,
            SIGNER.link(f"https://discord.com/channels/1/2/{crc32(html.encode())}"),
            html,
            approve=True,
        )

    async def shown(self) -> list[str]:
        return [comment.html for comment in (await self.blog.tree(self.post, now=NOW)).comments]


@pytest.fixture
def scene() -> SharedScene:
    clock = Clock()
    faults = Faults(clock)
    fake = FakeBlog(clock, faults)
    return SharedScene(fake, faults, CountingBlog(fake))


async def turns(count: int = 20) -> None:
    for _ in range(count):
        await asyncio.sleep(0)


# ------------------------------------------------------------------ one request for all


async def test_engines_that_look_at_the_same_moment_ask_once(scene: SharedScene) -> None:
    comment = CommentId(scene.fake.comment(scene.post, "Hi").id)
    for _ in range(3):  # the second and third time from memory
        trees = await asyncio.gather(*(scene.blog.tree(scene.post, now=Millis(n)) for n in range(5)))
        assert {tree.fetched_at for tree in trees} == {0}
        assert len({tree.comments for tree in trees}) == 1
        posts = await asyncio.gather(*(scene.blog.post(scene.post) for _ in range(5)))
        assert len(set(posts)) == 1
        sightings = await asyncio.gather(*(scene.blog.sighting(comment) for _ in range(5)))
        assert {(one.standing, one.post_id) for one in sightings} == {(Standing.LIVE, scene.post)}
        looks = await asyncio.gather(*(scene.blog.recent(FeedState()) for _ in range(5)))
        assert len({look.state for look in looks}) == 1
    assert scene.inner.asked == {"tree": 1, "post": 1, "sighting": 1, "recent": 1}


async def test_what_is_old_is_asked_anew(scene: SharedScene) -> None:
    await scene.shown()
    scene.fake.comment(scene.post, "Hi")
    scene.advance(5)
    assert await scene.shown() == []
    scene.advance(0.1)
    assert await scene.shown() == ["<p>Hi</p>\n"]
    assert scene.inner.asked["tree"] == 2


async def test_an_answer_ages_from_when_it_was_asked_for(scene: SharedScene) -> None:
    scene.inner.gate.clear()
    slow = asyncio.create_task(scene.shown())
    await turns()
    scene.advance(4)
    joins = asyncio.create_task(scene.shown())
    await turns()
    scene.advance(4)
    late = asyncio.create_task(scene.shown())  # it may have been seen eight seconds ago
    await turns()
    assert scene.inner.asked["tree"] == 2
    scene.inner.gate.set()
    assert await slow == await joins == await late == []


async def test_other_posts_and_comments_are_other_questions(scene: SharedScene) -> None:
    other = PostId(scene.fake.add_post("Two").id)
    await asyncio.gather(scene.blog.post(scene.post), scene.blog.post(other), scene.blog.tree(other, now=NOW))
    assert (await scene.blog.tree(scene.post, now=NOW)).post_id == scene.post
    assert scene.inner.asked == {"post": 2, "tree": 2}


async def test_look_now_looks_now(scene: SharedScene) -> None:
    await scene.shown()
    state = (await scene.blog.recent(FeedState())).state
    scene.fake.comment(scene.post, "Hi")
    scene.fake.add_post("Two")
    scene.blog.forget()
    assert await scene.shown() == ["<p>Hi</p>\n"]
    assert (await scene.blog.recent(state)).posts is not None


async def test_look_now_does_not_wait_for_what_began_before(scene: SharedScene) -> None:
    scene.inner.gate.clear()
    before = [asyncio.create_task(scene.shown()), asyncio.create_task(scene.blog.recent(FeedState()))]
    await turns()
    scene.blog.forget()
    after = asyncio.create_task(scene.shown())
    look = asyncio.create_task(scene.blog.recent(FeedState()))
    await turns()
    assert scene.inner.asked == {"tree": 2, "recent": 1}  # looks at the newest posts come one after another
    scene.inner.gate.set()
    await asyncio.gather(*before, after, look)
    assert scene.inner.asked == {"tree": 2, "recent": 2}


# ------------------------------------------------------------------ errors and callers who leave


async def test_an_error_is_for_those_who_waited_and_is_not_remembered(scene: SharedScene) -> None:
    scene.faults.arm("blog", Fault.UNAVAILABLE)
    results = await asyncio.gather(*(scene.shown() for _ in range(3)), return_exceptions=True)
    assert [type(result) for result in results] == [Unreachable] * 3
    assert await scene.shown() == []
    scene.faults.arm("blog", Fault.UNAVAILABLE)
    looks = await asyncio.gather(*(scene.blog.recent(FeedState()) for _ in range(3)), return_exceptions=True)
    assert [type(look) for look in looks] == [Unreachable] * 3
    assert (await scene.blog.recent(FeedState())).posts
    with pytest.raises(PlaceVanished):
        await scene.blog.post(PostId("7"))
    assert scene.inner.asked == {"tree": 2, "recent": 2, "post": 1}


@pytest.mark.parametrize("what", ["tree", "recent"])
async def test_who_leaves_takes_nothing_from_those_who_stay(scene: SharedScene, what: str) -> None:
    scene.inner.gate.clear()

    async def ask() -> object:
        return await (scene.shown() if what == "tree" else scene.blog.recent(FeedState()))

    first, second = asyncio.create_task(ask()), asyncio.create_task(ask())
    await turns()
    first.cancel()
    await turns()
    assert first.cancelled()
    scene.inner.gate.set()
    await second
    assert scene.inner.asked[what] == 1
    assert not scene.inner.given_up


@pytest.mark.parametrize("what", ["tree", "recent"])
async def test_when_all_have_left_the_request_ends_and_the_next_caller_asks_anew(scene: SharedScene, what: str) -> None:
    scene.inner.gate.clear()

    async def ask() -> object:
        return await (scene.shown() if what == "tree" else scene.blog.recent(FeedState()))

    callers = [asyncio.create_task(ask()) for _ in range(3)]
    await turns()
    for caller in callers:
        caller.cancel()
    await asyncio.sleep(0)  # the request has not heard of it yet
    later = asyncio.create_task(ask())
    await turns()
    assert all(caller.cancelled() for caller in callers)
    assert scene.inner.given_up[what] == 1
    scene.inner.gate.set()
    await later
    assert scene.inner.asked[what] == 2


async def test_who_leaves_before_the_request_began(scene: SharedScene) -> None:
    caller = asyncio.create_task(scene.blog.recent(FeedState()))
    await asyncio.sleep(0)
    caller.cancel()
    await turns()
    assert caller.cancelled()
    assert (await asyncio.wait_for(scene.blog.recent(FeedState()), 5)).posts


# ------------------------------------------------------------------ writes


@pytest.fixture
async def written(scene: SharedScene) -> CommentId:
    return (await scene.blog.write(scene.draft())).comment_id


async def test_a_writer_sees_what_was_written(scene: SharedScene, written: CommentId) -> None:
    assert await scene.shown() == ["<p>Hi</p>\n"]
    await scene.blog.write(scene.draft("Two"))
    assert len(await scene.shown()) == 2
    await scene.blog.rewrite(written, "Changed", key=scene.draft().key)
    assert "<p>Changed</p>\n" in await scene.shown()
    assert (await scene.blog.sighting(written)).standing is Standing.LIVE
    await scene.blog.withdraw(written, key=scene.draft().key)
    assert (await scene.blog.sighting(written)).standing is Standing.GONE
    assert len(await scene.shown()) == 1
    await scene.blog.revive(written, "Back", key=scene.draft().key, public=True)
    assert (await scene.blog.sighting(written)).standing is Standing.LIVE
    assert len(await scene.shown()) == 2


async def test_so_does_who_looks_while_an_older_look_is_under_way(scene: SharedScene) -> None:
    scene.inner.gate.clear()
    old = asyncio.create_task(scene.shown())
    await turns()
    writing = asyncio.create_task(scene.blog.write(scene.draft()))
    during = asyncio.create_task(scene.shown())
    await turns()
    assert scene.inner.asked["tree"] == 1
    scene.inner.gate.set()
    await writing
    assert await scene.shown() == ["<p>Hi</p>\n"]
    assert scene.inner.asked["tree"] == 2
    await asyncio.gather(old, during)


@pytest.mark.parametrize("fault", [Fault.RESET_AFTER, Fault.RESET_BEFORE, Fault.BROKEN])
async def test_a_write_that_failed_may_have_been_done(scene: SharedScene, fault: Fault) -> None:
    await scene.shown()
    scene.faults.arm("blog", fault)
    (error,) = await asyncio.gather(scene.blog.write(scene.draft()), return_exceptions=True)
    assert isinstance(error, Exception)
    assert await scene.shown() == ([] if fault is Fault.RESET_BEFORE else ["<p>Hi</p>\n"])
    assert scene.inner.asked["tree"] == 2


async def test_a_write_on_another_post_leaves_the_rest_remembered(scene: SharedScene) -> None:
    other = PostId(scene.fake.add_post("Two").id)
    await scene.shown()
    await scene.blog.write(Draft(other, None, "Ann", ANN, key(), "Hi", approve=True))
    await scene.shown()
    assert scene.inner.asked["tree"] == 1


async def test_each_account_writes_for_itself_and_all_see_it(scene: SharedScene) -> None:
    account = CountingBlog(scene.fake)
    other = scene.blog.written_by(account.port)
    await scene.shown()
    found = await other.write(scene.draft())
    assert await scene.shown() == ["<p>Hi</p>\n"]
    assert len((await other.tree(scene.post, now=NOW)).comments) == 1
    assert await other.find(scene.post, scene.draft().key) == found
    assert await other.children(scene.post, found.comment_id) == 0
    assert await other.find_media("none") is None
    await scene.blog.rewrite(found.comment_id, "Changed", key=scene.draft().key)
    assert (await other.tree(scene.post, now=NOW)).comments[0].html == "<p>Changed</p>\n"
    assert account.asked == {"write": 1, "find": 1, "children": 1, "find_media": 1}
    assert scene.inner.asked == {"tree": 3, "rewrite": 1}


async def test_what_an_account_may_is_its_own(scene: SharedScene) -> None:
    lacking = FakeBlog(scene.fake.clock, scene.faults)
    scene.fake.capabilities = {"upload_files", "delete_posts"}
    other = scene.blog.written_by(CountingBlog(lacking).port)
    assert (scene.blog.can_upload, other.can_upload) == (True, False)
    assert (other.can_write, other.keeps_rich, other.base_url) == (True, False, scene.fake.base_url)
    file = File("k", "a.png", b"x")
    media = await scene.blog.upload(file)
    assert await scene.blog.find_media("k") == media
    with pytest.raises(Refused):
        await other.upload(file)
    await scene.blog.discard(media.id)
    await other.discard(media.id)
    assert (await other.identity()).home == scene.fake.home


async def test_an_account_that_was_turned_away_is_tried_again_with_each_look() -> None:
    async with serving() as site:
        me = site.routes["/wp/v2/users/me"]
        site.answer("/wp/v2/users/me", lambda _: wp_error(401, "incorrect_password"))
        reader = await WordPressBlog.open(site.url)
        account = await WordPressBlog.open(site.url, username="bot", password="x")
        blog = SharedBlog(reader, writer=account)
        try:
            assert not blog.can_write
            await blog.recent(FeedState())
            assert not blog.can_write
            site.answer("/wp/v2/users/me", me)
            await blog.recent(FeedState())
            assert blog.can_write
            site.answer("/wp/v2/posts", lambda _: web.Response(status=503))
            await blog.recent(FeedState())  # from memory, and no longer by way of the account
        finally:
            await reader.aclose()
            await account.aclose()


# ------------------------------------------------------------------ the newest posts, for several states


async def test_an_older_state_is_served_by_the_last_look(scene: SharedScene) -> None:
    ann = (await scene.blog.recent(FeedState())).state
    scene.fake.add_post("Two")
    scene.advance(10)
    bob = await scene.blog.recent(ann)
    assert bob.posts is not None
    again = await scene.blog.recent(ann)  # somebody who could not keep what was found, or another engine
    assert again == bob
    assert (await scene.blog.recent(bob.state)).posts is None
    stranger = await scene.blog.recent(FeedState(body_hash="of long ago"))
    assert stranger == bob
    assert scene.inner.asked["recent"] == 2


async def test_who_knows_less_far_looks_for_themselves(scene: SharedScene) -> None:
    await scene.blog.recent(FeedState(newest_at=Millis(500)))
    await scene.blog.recent(FeedState(body_hash="x", newest_at=Millis(600)))
    await scene.blog.recent(FeedState(body_hash="x"))
    assert scene.inner.asked["recent"] == 1
    await scene.blog.recent(FeedState(body_hash="x", newest_at=Millis(400)))
    assert scene.inner.asked["recent"] == 2
    await scene.blog.recent(FeedState(body_hash="y", newest_at=Millis(450)))
    assert scene.inner.asked["recent"] == 2


async def test_who_waits_with_another_state_gets_what_that_look_found_or_looks_then(scene: SharedScene) -> None:
    scene.inner.gate.clear()
    ann = asyncio.create_task(scene.blog.recent(FeedState(newest_at=Millis(500))))
    await turns()
    bob = asyncio.create_task(scene.blog.recent(FeedState(body_hash="b", newest_at=Millis(600))))
    eve = asyncio.create_task(scene.blog.recent(FeedState(body_hash="e", newest_at=Millis(100))))
    await turns()
    assert scene.inner.asked["recent"] == 1
    scene.inner.gate.set()
    assert (await ann) == (await bob)
    assert (await eve).posts == (await ann).posts
    assert scene.inner.asked["recent"] == 2


# ------------------------------------------------------------------ memory


async def test_memory_has_an_end() -> None:
    seconds = [0.0]
    flights: Flights[int, int] = Flights(5, lambda: seconds[0])

    async def answer() -> int:
        return 1

    for number in range(LONGEST_MEMORY * 3):
        await flights.ask(number, answer)
    assert len(flights) == LONGEST_MEMORY
    seconds[0] = 6
    await flights.ask(0, answer)
    assert len(flights) == 1


async def test_what_is_pushed_out_of_memory_is_still_answered() -> None:
    flights: Flights[int, int] = Flights(5, lambda: 0.0)
    gate = asyncio.Event()

    async def answer() -> int:
        await gate.wait()
        return 1

    waiting = [asyncio.create_task(flights.ask(key, answer)) for key in range(LONGEST_MEMORY + 5)]
    await turns(2)
    gate.set()
    assert set(await asyncio.gather(*waiting)) == {1}


async def test_an_error_after_everybody_left_disturbs_nobody() -> None:
    flights: Flights[int, int] = Flights(5, lambda: 0.0)

    async def fails_when_cancelled() -> int:
        try:
            await asyncio.Event().wait()
        finally:
            raise NotAllowed("too late")

    caller = asyncio.create_task(flights.ask(1, fails_when_cancelled))
    await turns(3)
    caller.cancel()
    await turns()
    assert caller.cancelled()
    with pytest.raises(NotAllowed):
        await flights.ask(2, _fails)


async def _fails() -> int:
    raise NotAllowed("no")
