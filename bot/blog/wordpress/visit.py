"""The door to WordPress: opens one with an account's eyes, and looks at one once, before it is connected.

A visit says what the blog is, what it holds and what an account may; it keeps no connection and trusts no address:
whoever names it is not the operator.
"""

from __future__ import annotations

import asyncio

from yarl import URL

from bot.blog.web.addresses import Admit
from bot.blog.wordpress.blog import WordPressBlog
from bot.blog.wordpress.connection import NEEDED
from bot.core.accounts import Account
from bot.core.domain import Post
from bot.core.errors import Unreachable
from bot.core.signing import NOBODYS, Signer
from bot.ports import FeedState
from bot.ports.prospects import Found, FoundPost, Rights

SECONDS = 30.0
"""For the whole visit."""

EXCESS = (
    "manage_options",
    "edit_users",
    "install_plugins",
    "edit_others_posts",
    "delete_others_posts",
    "edit_pages",
    "publish_posts",
    "unfiltered_html",
)
"""Capabilities of administrators, editors and authors that no relay needs (WordPress: Roles and Capabilities)."""

ACCOUNT_PAGE = "wp-admin/profile.php"
ACCOUNT_SECTION = "application-passwords-section"


async def open_blog(
    url: str, account: Account | None, *, trusted: bool, admit: Admit | None = None, signer: Signer = NOBODYS
) -> WordPressBlog:
    """See :class:`bot.blog.kinds.Opens`."""
    return await WordPressBlog.open(
        url,
        username=account.username if account else None,
        password=account.password if account else None,
        trusted=trusted,
        admit=None if trusted else admit,
        openly_to=account.openly_to if account else frozenset(),
        signer=signer,
    )


async def visit(url: str, account: Account | None, *, posts: int, admit: Admit | None = None) -> Found:
    """See :class:`bot.ports.prospects.Visit`."""
    try:
        async with asyncio.timeout(SECONDS):
            blog = await open_blog(url, account, trusted=False, admit=admit)
            try:
                return await _found(blog, posts, with_account=account is not None)
            finally:
                await blog.aclose()
    except TimeoutError:
        raise Unreachable("The blog takes too long to be looked through.") from None


async def _found(blog: WordPressBlog, posts: int, *, with_account: bool) -> Found:
    identity = await blog.identity()
    rights = _rights(await blog.capabilities()) if with_account else None
    newest = ((await blog.recent(FeedState())).posts or ())[:posts]
    shown = await asyncio.gather(*(_post(blog, post) for post in newest))
    told = await blog.tells_words() if with_account else None
    return Found("WordPress", identity, tuple(shown), account_page(blog.base_url, identity.url), rights, told)


def account_page(home: str, url: str) -> str:
    """Where a user of the blog makes application passwords. ``home``: what it says; ``url``: where it is asked.

    Another site's home, which nobody has asked, is not believed.
    """
    believed = URL(home if home and URL(home).origin() == URL(url).origin() else url)
    return str((believed / ACCOUNT_PAGE).with_query(None).with_fragment(ACCOUNT_SECTION))


async def _post(blog: WordPressBlog, post: Post) -> FoundPost:
    return FoundPost(post.title, post.url, post.published_at, await blog.count_comments(post.id))


def _rights(granted: frozenset[str]) -> Rights:
    lacking = tuple(name for name in NEEDED if name not in granted)
    return Rights(lacking, tuple(name for name in EXCESS if name in granted))
