"""Fixtures that several rooms' tests share, and the rule that a run may be told to refuse skips.

Does not hold anything one test file needs alone.
"""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Iterator

import hypothesis
import pytest

from bot.sandbox.wordpress import LoopbackBlog
from tests.support import discord_spec
from tests.support import wordpress as real_wordpress

# An ordinary run tries the same examples each time, so that it tells of the change and not of luck. To search on:
# HYPOTHESIS_PROFILE=search. What a search finds becomes a named test.
hypothesis.settings.register_profile("ordinary", derandomize=True)
hypothesis.settings.register_profile("search", derandomize=False, print_blob=True)
hypothesis.settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "ordinary"))

REFUSE_SKIPS = os.environ.get("REFUSE_SKIPS") == "1"
_skips: list[str] = []


@pytest.fixture(scope="session")
def wordpress() -> Iterator[real_wordpress.WordPress]:
    """A real WordPress for the whole run. Tests share it: each makes its own posts and puts options back.

    WORDPRESS_VERSION chooses the release, one of tests.support.wordpress.files.VERSIONS.
    """
    version = os.environ.get("WORDPRESS_VERSION", "nightly")
    if lacking := real_wordpress.missing_tools(version):
        pytest.skip(lacking)
    with real_wordpress.start(version=version) as blog:
        yield blog


@pytest.fixture
async def loopback_blog() -> AsyncIterator[LoopbackBlog]:
    """A loopback blog of the test's own, with nothing on it yet."""
    async with LoopbackBlog() as blog:
        yield blog


@pytest.fixture(params=["loopback", "real"])
async def any_wordpress(request: pytest.FixtureRequest) -> AsyncIterator[real_wordpress.WordPress]:
    """First the loopback blog, then the real WordPress: what holds for one must hold for the other."""
    if request.param == "real":
        yield request.getfixturevalue("wordpress")
        return
    async with LoopbackBlog() as blog:
        yield real_wordpress.Loopback(blog)


def _note_skip(report: pytest.TestReport | pytest.CollectReport) -> None:
    if report.skipped and not hasattr(report, "wasxfail"):
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
        if discord_spec.may_be_skipped(reason):
            return
        _skips.append(f"{report.nodeid}: {reason}")


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Remember each skipped test and why."""
    _note_skip(report)


def pytest_collectreport(report: pytest.CollectReport) -> None:
    """Remember each module skipped as a whole and why."""
    _note_skip(report)


def pytest_sessionfinish(session: pytest.Session) -> None:
    """With REFUSE_SKIPS=1 a run that skipped anything has failed."""
    if REFUSE_SKIPS and _skips:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Name the skips that failed the run."""
    if REFUSE_SKIPS and _skips:
        terminalreporter.section("skips refused (REFUSE_SKIPS=1)", red=True)
        for line in _skips:
            terminalreporter.line(line)


@pytest.fixture
async def loopback_wordpress() -> AsyncIterator[real_wordpress.WordPress]:
    """The loopback blog behind the helpers of the real one."""
    async with LoopbackBlog() as blog:
        yield real_wordpress.Loopback(blog)
