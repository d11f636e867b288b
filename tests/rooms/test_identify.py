"""Before anything is asked of a blog it is held against what is known of it: the three ways in which it was not.

Another blog behind a changed address, the same blog under another spelling, another blog under the same address.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from pathlib import Path

import pytest

from bot.core.domain import ChannelId, CommentId, GuildId, Millis, PostId
from bot.core.errors import CommonthreadError, Unreachable
from bot.core.identity import Identity
from bot.core.policy import Settings
from bot.ports import Blog, Draft, FeedState
from bot.ports.blogs import KnownBlog
from bot.store.sqlite.store import SqliteStore
from bot.sync.checked_blog import CheckedBlog
from bot.sync.identify import SURE_FOR, AnotherBlog, Identification, whose
from tests.support.clock_and_faults import Clock, Faults
from tests.support.fake_blog import BASE, FakeBlog
from tests.support.signer import SIGNER

MOVED = "https://essays.example"
DRAFT = Draft(
    PostId("101"), None, "Ann", SIGNER.address(7), SIGNER.link("https://discord.com/channels/1/2/3"), "words", True
)


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[SqliteStore]:
    found = await SqliteStore.open(tmp_path / "bot.sqlite3", Clock())
    yield found
    await found.close()


def site(*titles: str, first: int = 1) -> FakeBlog:
    """A blog with a post a day; ``first`` is the day on which it began."""
    clock = Clock()
    blog = FakeBlog(clock, Faults(clock))
    for day, title in enumerate(titles, start=first):
        clock.time = 1_700_000_000_000 + day * 86_400_000
        blog.add_post(title)
    return blog


class Web:
    """Which blog answers at which address. ``told`` is what was said of moves and of other blogs."""

    def __init__(self, store: SqliteStore, **sites: FakeBlog) -> None:
        self.store = store
        self.sites = sites
        self.told: list[tuple[str, str]] = []

    async def ask(self, url: str) -> Identity:
        for address, blog in self.sites.items():
            if url.startswith(address):
                return await blog.identity()
        raise Unreachable(f"{url} does not answer.")

    def identification(
        self, known: KnownBlog, blog: FakeBlog, clock: Callable[[], float] = time.monotonic
    ) -> Identification:
        return Identification(
            self.store,
            known,
            blog,
            self.ask,
            on_moved=lambda sentence: self.told.append(("moved", sentence)),
            on_other=lambda sentence: self.told.append(("other", sentence)),
            clock=clock,
        )


async def known_as(store: SqliteStore, blog: FakeBlog) -> KnownBlog:
    """The row of a blog that has been mirrored for a while."""
    row = await store.add_blog("wordpress", BASE)
    await store.connect(row.row, ChannelId(7), GuildId(8), Settings())
    found = await blog.identity()
    return await store.follow_blog(row.row, url=BASE, home=found.home, title=found.title, newest=found.newest)


async def test_nothing_of_a_members_goes_to_another_blog_at_the_same_address(store: SqliteStore) -> None:
    known = await known_as(store, site("One", "Two"))
    stranger = site("Hello world", "Another", first=300)
    web = Web(store)
    blog: Blog = CheckedBlog(stranger, web.identification(known, stranger))
    for ask in (
        lambda: blog.write(replace(DRAFT, post_id=PostId("1"))),
        lambda: blog.rewrite(CommentId("1"), "words", key=DRAFT.key),
        lambda: blog.withdraw(CommentId("1"), key=DRAFT.key),
        lambda: blog.tree(PostId("1"), now=Millis(0)),
    ):
        with pytest.raises(AnotherBlog, match="another blog"):
            await ask()
    assert stranger.comments == {}
    assert [kind for kind, _ in web.told] == ["other"], "said once"


async def test_a_moved_blog_is_followed_and_that_is_said_once(store: SqliteStore) -> None:
    known = await known_as(store, site("One", "Two"))
    moved = site("One", "Two", "Three")
    moved.home = MOVED
    web = Web(store)
    blog = CheckedBlog(moved, web.identification(known, moved))
    for _ in range(2):
        await blog.tree(PostId("101"), now=Millis(0))
    (row,) = await store.known_blogs()
    assert row.home == MOVED
    assert [kind for kind, _ in web.told] == ["moved"]
    again = CheckedBlog(moved, web.identification(row, moved))
    await again.tree(PostId("101"), now=Millis(0))
    assert len(web.told) == 1


async def test_a_copy_beside_the_original_is_another_blog(store: SqliteStore) -> None:
    original = site("One", "Two")
    known = await known_as(store, original)
    copy = site("One", "Two")
    copy.home = "https://staging.example"
    web = Web(store, **{BASE: original})
    with pytest.raises(AnotherBlog, match="copy"):
        await CheckedBlog(copy, web.identification(known, copy)).tree(PostId("101"), now=Millis(0))


async def test_posts_of_other_dates_make_the_blog_doubtful_while_the_bot_runs(store: SqliteStore) -> None:
    mine = site("One", "Two")
    known = await known_as(store, mine)
    web = Web(store)
    blog = CheckedBlog(mine, web.identification(known, mine))
    state = (await blog.recent(FeedState())).state
    mine.posts = site("Others", "Words", first=400).posts
    with pytest.raises(AnotherBlog):
        await blog.recent(state)


async def test_a_blog_that_does_not_answer_is_asked_again(store: SqliteStore) -> None:
    mine = site("One")
    known = await known_as(store, mine)
    mine.down = True
    web = Web(store)
    blog = CheckedBlog(mine, web.identification(known, mine))
    with pytest.raises(CommonthreadError):
        await blog.post(PostId("101"))
    mine.down = False
    assert (await blog.post(PostId("101"))).title == "One"
    assert web.told == []


async def test_many_questions_at_once_ask_once_who_it_is(store: SqliteStore) -> None:
    mine = site("One")
    known = await known_as(store, mine)
    web = Web(store)
    asked = 0
    identity = mine.identity

    async def counted() -> Identity:
        nonlocal asked
        asked += 1
        return await identity()

    mine.identity = counted  # type: ignore[method-assign]  # the same, and counted
    blog = CheckedBlog(mine, web.identification(known, mine))
    await asyncio.gather(*(blog.post(PostId("101")) for _ in range(20)))
    assert asked == 1


@pytest.mark.parametrize("spelling", ["http://blog.example", "https://www.blog.example/", "https://blog.example/"])
async def test_another_spelling_is_the_same_blog(store: SqliteStore, spelling: str) -> None:
    mine = site("One", "Two")
    known = await known_as(store, mine)
    mine.home = spelling
    found = await whose(store, await mine.identity(), Web(store).ask)
    assert found is not None
    assert (found.row, found.home) == (known.row, spelling)


async def test_a_blog_that_nobody_knows(store: SqliteStore) -> None:
    await known_as(store, site("One", "Two"))
    other = site("Quite", "Different", first=200)
    other.home = "https://other.example"
    assert await whose(store, await other.identity(), Web(store).ask) is None


async def test_another_blog_whose_newest_posts_bear_higher_numbers(store: SqliteStore) -> None:
    """None of the newest posts bears a known number: the posts that are known are looked for."""
    known = await known_as(store, site("One", "Two"))
    stranger = site(*(f"Number {number}" for number in range(30)), first=300)
    web = Web(store)
    with pytest.raises(AnotherBlog, match="another blog"):
        await CheckedBlog(stranger, web.identification(known, stranger)).find(PostId("101"), "key")


async def test_a_blog_that_wrote_much_meanwhile_is_the_same(store: SqliteStore) -> None:
    known = await known_as(store, site("One", "Two"))
    mine = site("One", "Two", *(f"Number {number}" for number in range(30)))
    web = Web(store)
    await CheckedBlog(mine, web.identification(known, mine)).find(PostId("101"), "key")
    assert web.told == []


async def test_posts_of_higher_numbers_alone_make_the_blog_doubtful_while_the_bot_runs(store: SqliteStore) -> None:
    mine = site("One", "Two")
    known = await known_as(store, mine)
    blog = CheckedBlog(mine, Web(store).identification(known, mine))
    state = (await blog.recent(FeedState())).state
    mine.posts = site(*(f"Number {number}" for number in range(30)), first=400).posts
    with pytest.raises(AnotherBlog):
        await blog.recent(state)


class Watch:
    """Seconds that pass when somebody says so."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def __call__(self) -> float:
        return self.seconds


async def test_what_nobody_has_looked_at_for_long_is_asked_before_it_is_written_to(store: SqliteStore) -> None:
    """After a pause the first thing that happens is a write of what waited, and after an outage it may be."""
    mine = site("One", "Two")
    known = await known_as(store, mine)
    watch, web = Watch(), Web(store)
    identification = web.identification(known, mine, watch)
    blog = CheckedBlog(mine, identification)
    await blog.recent(FeedState())
    mine.posts = site("Others", "Words", first=400).posts
    watch.seconds = SURE_FOR + 1
    with pytest.raises(AnotherBlog):
        await blog.write(DRAFT)
    assert mine.comments == {}


async def test_a_blog_that_was_down_is_asked_before_it_is_written_to(store: SqliteStore) -> None:
    mine = site("One", "Two")
    known = await known_as(store, mine)
    blog = CheckedBlog(mine, Web(store).identification(known, mine, Watch()))
    state = (await blog.recent(FeedState())).state
    mine.down = True
    with pytest.raises(CommonthreadError):
        await blog.recent(state)
    mine.down = False
    mine.posts = site("Others", "Words", first=400).posts
    with pytest.raises(AnotherBlog):
        await blog.write(DRAFT)
    assert mine.comments == {}


async def test_a_blog_that_is_looked_at_is_not_asked_before_each_write(store: SqliteStore) -> None:
    mine = site("One", "Two")
    known = await known_as(store, mine)
    watch = Watch()
    blog = CheckedBlog(mine, Web(store).identification(known, mine, watch))
    state = (await blog.recent(FeedState())).state
    mine.identity = None  # type: ignore[assignment,method-assign]  # it must not be asked again
    for _ in range(5):
        watch.seconds += SURE_FOR / 2
        state = (await blog.recent(state)).state
        one = replace(DRAFT, key=f"{DRAFT.key}/{watch.seconds}")
        await blog.withdraw((await blog.write(one)).comment_id, key=one.key)
