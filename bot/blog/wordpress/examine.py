"""Looks a blog over for the ``check`` command: one finding for each thing that must be right.

Does not raise for what it finds, changes nothing on the blog, and never shows a password.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from bot.blog.web.feed import FEED_ACCEPT, feed_in
from bot.blog.wordpress import by_sender, words
from bot.blog.wordpress.connection import FOR_FILES, NEEDED, Connection
from bot.blog.wordpress.rejections import of_read
from bot.blog.wordpress.rest import Params, Rejected, objects
from bot.core.errors import CommonthreadError, Unreachable
from bot.core.network_words import cannot_be_reached
from bot.ports import Finding


async def examine(connection: Connection) -> tuple[Finding, ...]:
    """All findings, in the order in which they depend on one another; stops where the rest would be noise."""
    home = connection.http.home
    findings = [await _tried(f"{home} answers", lambda: _reached(connection))]
    if not findings[-1].ok:
        return tuple(findings)
    findings.append(await _tried("REST interface and feed found", lambda: _located(connection)))
    if not findings[-1].ok:
        return tuple(findings)
    findings.append(await _tried("feed readable", lambda: _feed(connection)))
    findings.append(await _tried("comments readable", lambda: _comments(connection)))
    findings += await _password(connection)
    return tuple(findings)


async def _tried(subject: str, look: Callable[[], Awaitable[str]]) -> Finding:
    try:
        detail = await look()
    except Unreachable as error:
        return Finding(False, subject, cannot_be_reached(error, otherwise=error.reason))
    except CommonthreadError as error:
        return Finding(False, subject, error.reason)
    except Rejected as rejected:
        return Finding(False, subject, of_read(rejected).reason)
    return Finding(True, f"{subject}{detail}")


async def _reached(connection: Connection) -> str:
    await connection.http.get(connection.http.home, accept="text/html, */*;q=0.5")
    return ""


async def _located(connection: Connection) -> str:
    where = await connection.endpoints()
    return f": {where.rest_root}, {where.feed_url}"


async def _feed(connection: Connection) -> str:
    where = await connection.endpoints()
    feed = await feed_in(await connection.http.get(where.feed_url, accept=FEED_ACCEPT))
    return f": {feed.title or 'untitled'}, {len(feed.entries)} posts"


async def _comments(connection: Connection) -> str:
    params: Params = {"per_page": 1, "_fields": "id"}
    answer = await connection.as_reader(lambda rest, auth: rest.get("wp/v2/comments", params, auth=auth))
    objects(answer)
    return f": {answer.total}" if answer.total is not None else ""


async def _password(connection: Connection) -> list[Finding]:
    where = await connection.endpoints()
    if not connection.http.has_password:
        how = "set BLOG_USERNAME and BLOG_APP_PASSWORD" if connection.http.trusted else "give it an account"
        advice = f"To let members' replies reach the blog, {how}."
        return [Finding(True, "no application password: the bot mirrors and does not relay", advice)]
    switched = "application passwords switched on"
    findings = [Finding(True, switched)]
    if not where.passwords:
        advice = "The blog has application passwords switched off (a plugin, or no HTTPS); switch them on there."
        findings = [Finding(False, switched, advice)]
    try:
        granted = await connection.capabilities()
    except CommonthreadError as error:
        advice = error.reason
        if connection.password_works is False:
            page = where.home / "wp-admin/profile.php"
            advice += f" Make a new one at {page}, section Application Passwords."
        return [*findings, Finding(False, "application password accepted", advice)]
    findings.append(Finding(True, "application password accepted"))
    lacking = [name for name in NEEDED if name not in granted]
    advice = f"The account lacks {' and '.join(lacking)}; give it a role that has them." if lacking else ""
    findings.append(Finding(not lacking, "account may " + " and ".join(NEEDED), advice))
    return [*findings, _files(granted), *await _lists(connection), *await _links(connection)]


async def _lists(connection: Connection) -> list[Finding]:
    """A line on whether the blog says what its lists of words let pass; none where it does not answer."""
    told = await words.are_told(connection)
    if told is None:
        return []
    if told:
        return [Finding(True, "the blog says what its lists of words let pass")]
    advice = (
        "With RELAY_STATUS=approved a word of the moderation list appears where a comment could be held for another "
        "reason, and of either list by an edit. The plugin docs/wordpress/commonthread.php prevents that."
    )
    return [Finding(True, "the blog does not say what its lists of words let pass", advice)]


async def _links(connection: Connection) -> list[Finding]:
    """A line where it is known that the blog clears the link of a comment's author, by which relays are known again."""
    try:
        kept = connection.keeps_links if connection.keeps_links is not None else await by_sender.keeps_links(connection)
    except CommonthreadError:
        return []
    if kept is not False:
        return []
    advice = "A member's message whose answer was lost is known again by its sender and its words instead."
    return [Finding(True, "the blog clears the links of comments' authors", advice)]


def _files(granted: frozenset[str]) -> Finding:
    if granted >= FOR_FILES:
        return Finding(True, "account may keep members' files in the media library")
    wanted = " and ".join(sorted(FOR_FILES - granted))
    advice = f"{wanted} would let the blog keep them."
    return Finding(True, "members' files stay in Discord, and comments link there", advice)
