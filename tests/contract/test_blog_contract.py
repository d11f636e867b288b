"""What any Blog must keep, held against the blog in memory, the loopback blog and a real WordPress.

Holds no promise itself: those are in blog_reading.py, blog_writing.py, blog_proof.py and blog_media.py. What is
WordPress's alone has rooms of its own beside this one.
"""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from bot.core.signing import Signer
from bot.ports import Blog
from bot.sandbox.wordpress import LoopbackBlog
from tests.contract import blog_media, blog_proof, blog_reading, blog_writing
from tests.contract.blog_in_memory import FakeSite
from tests.contract.blog_sites import CANNOT, Site
from tests.contract.blog_wordpress import LoopbackSite, RealSite
from tests.contract.recorder import Recorder
from tests.support.signer import SIGNER

ASKED = Recorder(Blog)


@pytest.fixture(params=CANNOT)
async def site(request: pytest.FixtureRequest) -> AsyncIterator[Site]:
    """The implementation under test, and its owner's hands."""
    async with LoopbackBlog() as loopback:
        match request.param:
            case "fake":
                one: Site = FakeSite()
            case "loopback":
                one = LoopbackSite(loopback)
            case "real":
                one = RealSite(request.getfixturevalue("wordpress"))
            case other:
                pytest.fail(f"{other} is in CANNOT, and nothing here makes its Site")
        open_unwatched = one.open

        async def watched(role: str | None = "bridge", *, signer: Signer = SIGNER) -> Blog:
            return ASKED.around(one.name, await open_unwatched(role, signer=signer), request)

        one.open = watched  # type: ignore[method-assign]  # every blog that a test opens is watched
        ASKED.ran.add(request.node.nodeid)
        yield one
        await one.aclose()


@pytest.fixture
async def blog(site: Site) -> Blog:
    """The port, with the least account that may write."""
    return await site.open()


@pytest.fixture
async def library(site: Site) -> Blog:
    """The port, with an account that may put files into the media library."""
    return await site.open("librarian")


class TestReading(blog_reading.BlogReading):
    """Every implementation, read."""


class TestWriting(blog_writing.BlogWriting):
    """Every implementation, written to."""


class TestProof(blog_proof.BlogProof):
    """Every implementation, and who claims to be ours there."""


class TestMedia(blog_media.BlogMedia):
    """Every implementation's media library."""


def test_no_method_of_the_port_is_without_its_contract(request: pytest.FixtureRequest) -> None:
    assert not ASKED.unnamed_in(blog_media, blog_proof, blog_reading, blog_writing)
    for name, lacks in CANNOT.items():
        for ability, reason in lacks.items():
            print(f"left out: {name} where it would have to {ability}: {reason}")
    if ASKED.is_whole(request):
        assert set(ASKED.asked) == set(CANNOT)
        assert ASKED.never_asked() == {}
