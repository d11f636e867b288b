"""The kinds of blogs that there are, and how a blog of each is opened, visited and given an account.

Knows of a kind what its folder offers here, and nothing else. A new kind is a folder, and one line in ``KINDS``.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, replace
from typing import Protocol, TypeVar

from bot.blog.web.addresses import Admit
from bot.blog.wordpress import visit as wordpress
from bot.core.accounts import Account
from bot.core.errors import NotUnderstood
from bot.core.identity import Identity
from bot.core.signing import NOBODYS, Signer
from bot.ports import Blog, Finding
from bot.ports.prospects import Found

T = TypeVar("T")


class OpenBlog(Blog, Protocol):
    """A blog with a connection, which whoever opened it has to close."""

    async def aclose(self) -> None:
        """Close all connections."""

    async def examine(self) -> tuple[Finding, ...]:
        """What the ``check`` command shows of the blog. Raises nothing."""


class Opens(Protocol):
    """Opens a blog of one kind."""

    async def __call__(
        self,
        url: str,
        account: Account | None,
        *,
        trusted: bool,
        admit: Admit | None = None,
        signer: Signer = NOBODYS,
    ) -> OpenBlog:
        """The blog at ``url``, any address of it, seen and written to by ``account``; ``signer`` knows our comments.

        ``trusted``: the operator named it. Not so (a moderator named it in a command), it may not lie in a private
        network, nor lead there, but where ``admit`` lets it. Opens even when the blog does not answer: whatever is
        asked later says so. Raises NotUnderstood for a ``url`` that is no web address.
        """


class Visits(Protocol):
    """Looks at a blog of one kind once, with nobody's trust. Its time is bounded, and it keeps no connection."""

    async def __call__(self, url: str, account: Account | None, *, posts: int, admit: Admit | None = None) -> Found:
        """See :class:`bot.ports.prospects.Visit`. Raises NotUnderstood for what is no blog of this kind."""


@dataclass(frozen=True, slots=True)
class Kind:
    """What the folder of a kind offers. ``name`` is what people read; in small letters, what the database keeps.

    ``account_page(home, url)``: where users of a blog make passwords for programs; ``home`` is what the blog calls its
    home, ``url`` where it is asked.
    """

    name: str
    open: Opens
    visit: Visits
    account_page: Callable[[str, str], str]


KINDS = (Kind("WordPress", wordpress.open_blog, wordpress.visit, wordpress.account_page),)
"""In the order in which an address is tried whose kind nobody knows yet."""


def kind(name: str) -> Kind:
    """The kind by the name that the database keeps. Raises NotUnderstood for one that this version does not have."""
    found = next((one for one in KINDS if one.name.lower() == name), None)
    if found is None:
        raise NotUnderstood(f"This version of the bot knows no kind of blog that is called {name}.")
    return found


async def visit(
    url: str, account: Account | None, *, posts: int, admit: Admit | None = None, kinds: Iterable[Kind] = KINDS
) -> Found:
    """The blog at an address whose kind is not known. Raises what the first kind raises where no kind knows it."""

    async def look(one: Kind) -> Found:
        return replace(await one.visit(url, account, posts=posts, admit=admit), kind=one.name)

    return await _first_that_knows(look, kinds)


async def ask(url: str, *, trusted: bool, admit: Admit | None = None, kinds: Iterable[Kind] = KINDS) -> Identity:
    """What the blog at an address says of itself, whatever its kind. Raises as :func:`visit` does."""

    async def look(one: Kind) -> Identity:
        blog = await one.open(url, None, trusted=trusted, admit=admit)
        try:
            return await blog.identity()
        finally:
            await blog.aclose()

    return await _first_that_knows(look, kinds)


async def _first_that_knows(look: Callable[[Kind], Awaitable[T]], kinds: Iterable[Kind]) -> T:
    """Trouble that may pass ends the search: the right kind may be the one that could not be seen just now."""
    problems = []
    for one in kinds:
        try:
            return await look(one)
        except NotUnderstood as error:
            problems.append(error)
    raise problems[0]
