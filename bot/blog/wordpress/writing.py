"""Writes comments: create, replace, trash. What it changes or takes away it makes sure of first: numbers come twice.

Does not look whether a parent exists or belongs to the post (WordPress does not either); that is decided before.
"""

from __future__ import annotations

import html as html_module
import logging
import re
from dataclasses import dataclass, replace
from functools import partial

from bot.blog.web.text import moment
from bot.blog.wordpress import by_sender, totals, words
from bot.blog.wordpress.comments import ROUTE, comment_from, find, standing_of, written_from
from bot.blog.wordpress.connection import Connection
from bot.blog.wordpress.ours import address_of, author_link
from bot.blog.wordpress.rejections import of_write
from bot.blog.wordpress.rest import Answer, Json, Rejected, Rest, number, one
from bot.blog.wordpress.sending import send
from bot.core.domain import CommentId, Standing
from bot.core.errors import AnotherComment, Doubt, NotAllowed, NotUnderstood, Refused, Unanswered, Vanished
from bot.core.letting import Arrival
from bot.core.signing import NOBODYS
from bot.ports import Draft, Review, Signed, Written

log = logging.getLogger(__name__)
_ATTEMPTS = 6
_TAIL = re.compile(r"(?:\s|</\w+>)*\Z")
_TAG = re.compile(r"<(\w+)")
_INVISIBLE = "\u200b"
_PROOF = "id,author_url,author_email,date_gmt,status,content"
_UNREADABLE = frozenset({"rest_cannot_read", "rest_cannot_read_post"})
"""Said of a comment that is not public, and of one whose post is not, to an account that may not edit the post."""


async def write(connection: Connection, draft: Draft) -> Written:
    """Create the comment.

    A second "+1" by one person under one parent is a duplicate to WordPress. When the first is not this very draft,
    an invisible character makes the second one different.
    """
    body = _body(draft)
    refused: Rejected | None = None
    for attempt in range(_ATTEMPTS):
        try:
            answer = await connection.creations.answer(draft.key, partial(_create, connection, dict(body)))
            written = await _kept(connection, draft, _created(connection, answer, draft.key), answer)
            return await _let_in(connection, draft, written, _object(answer, 201).get("status"))
        except Rejected as rejected:
            refused = rejected
        if refused.code != "comment_duplicate":
            break
        if found := await _twin(connection, draft):
            return found
        body["content"] = _told_apart(draft.html, attempt + 1)
    assert refused is not None  # the loop ran, and returns unless something was refused
    raise of_write(refused) from refused


async def _let_in(connection: Connection, draft: Draft, written: Written, status: object) -> Written:
    """What the blog has decided by itself, and what becomes of it where relays are to appear at once.

    Of what an earlier attempt has created nobody knows whether a moderator holds it: that is left as it is.
    """
    if status == "approved":
        return replace(written, arrival=Arrival.LET_IN)
    if status != "hold" or not draft.approve:
        return written
    released, arrival = await words.judged(connection, draft)
    return replace(await _release(connection, written, draft) if released else written, arrival=arrival)


async def _release(connection: Connection, written: Written, sent: Draft) -> Written:
    """Create first, then release: words that the blog's lists do not let pass are public at no moment.

    WordPress filters any change by the commenter's rights, which is nobody's here (wp_update_comment), so what a richer
    account has created would lose its lists and lines: it is released with the plainer words.
    """
    plain = sent.plain_html if sent.plain_html != sent.html else None
    try:
        if (await _make_sure(connection, written.comment_id, sent.key)).status != "hold":
            return await _rewrite(connection, written.comment_id, plain or None)
        return await _rewrite(connection, written.comment_id, plain or None, {"status": "approved"})
    except (NotAllowed, Unanswered) as error:
        if isinstance(error, Unanswered) and error.doubt is not Doubt.TURNED_AWAY:
            raise
        log.warning("the blog's account may not approve comments; its moderators will have to")
        return written
    except (Vanished, AnotherComment):  # by somebody who was faster
        return written


async def _twin(connection: Connection, draft: Draft) -> Written | None:
    """What is there already, if it is this very draft; None where another comment says the same.

    After a doubt that has to be seen: a duplicate that shows itself to nobody is rather this one than another.
    """
    found = await find(connection, draft.post_id, draft.key)
    if found is not None or draft.besides is None:
        return found
    mine, another = await by_sender.find(connection, draft)
    if mine is None and not another and not await by_sender.is_a_readers(connection, draft):
        raise Unanswered("The blog has this very comment already.", doubt=Doubt.TURNED_AWAY)
    return mine


async def _create(connection: Connection, body: Json, seconds: float) -> Answer:
    return await send(connection, "POST", ROUTE, body, seconds=seconds)


async def rewrite(
    connection: Connection,
    comment_id: CommentId,
    html: str,
    *,
    key: str,
    review: Review,
    signed: Signed | None = None,
) -> Written:
    """Replace the text. WordPress edits what is in the trash as well, and leaves it there."""
    there = await _make_sure(connection, comment_id, key)
    held = there.status == "approved" and await _needs_a_moderator(connection, there, html, key, review)
    anew: Json = {} if signed is None else {"author_url": signed.key, "author_email": signed.email}
    return await _rewrite(connection, comment_id, html, anew | ({"status": "hold"} if held else {}))


async def _rewrite(
    connection: Connection, comment_id: CommentId, html: str | None, more: Json | None = None
) -> Written:
    route = _route(comment_id)
    try:
        answer = await send(connection, "POST", route, ({} if html is None else {"content": html}) | (more or {}))
    except Rejected as rejected:
        raise of_write(rejected) from rejected
    data = _object(answer, 200)
    if data.get("status") not in ("approved", "hold", "spam"):
        raise Vanished(f"Comment {comment_id} is in the blog's trash.", comment=comment_id)
    return written_from(data)


async def withdraw(connection: Connection, comment_id: CommentId, *, key: str) -> Standing:
    """Trash the comment; delete it where the blog has no trash, and leave spam alone. -> what it was until then."""
    route = _route(comment_id)
    try:
        there = await _make_sure(connection, comment_id, key)
    except Vanished:
        return Standing.GONE
    if there.status not in ("approved", "hold"):
        return Standing.GONE
    try:
        try:
            await send(connection, "DELETE", route)
        except Rejected as rejected:
            if rejected.code != "rest_trash_not_supported":
                raise
            await send(connection, "DELETE", route, params={"force": "true"})
    except Rejected as rejected:
        if rejected.code not in ("rest_already_trashed", "rest_comment_invalid_id"):
            raise of_write(rejected) from rejected
        return Standing.GONE  # by somebody else, since we looked
    return standing_of(there.status)


async def revive(
    connection: Connection, comment_id: CommentId, html: str, *, key: str, public: bool, review: Review
) -> Written:
    """Out of the trash, with another text, in one request: what stood there before is not shown for a moment.

    ``untrash`` is WordPress's word for what a comment was when it was thrown away: also where a moderator has held it
    between our look and the trash, it does not come to be seen.
    """
    there = await _make_sure(connection, comment_id, key)
    if there.status == "spam":
        raise Vanished(f"Comment {comment_id} is spam to the blog.", comment=comment_id)
    if there.status in ("approved", "hold"):  # its moderators have put it back
        return await rewrite(connection, comment_id, html, key=key, review=review)
    passes = public and not await _needs_a_moderator(connection, there, html, key, review)
    return await _rewrite(connection, comment_id, html, {"status": "untrash" if passes else "hold"})


async def _needs_a_moderator(connection: Connection, there: _There, html: str, key: str, review: Review) -> bool:
    """Whether new words have to be seen by a person before readers see them."""
    if review is Review.NOBODY or (there.raw is not None and words.reads_alike(there.raw, html)):
        return False
    return review is Review.MODERATORS or not await words.pass_lists(connection, html, key=key)


async def put_under(connection: Connection, comment_id: CommentId, parent_id: CommentId, *, key: str) -> None:
    """Under another comment; its words, status and moment stay."""
    route = _route(comment_id)
    await _make_sure(connection, comment_id, key)
    try:
        await send(connection, "POST", route, {"parent": number(parent_id, Vanished)})
    except Rejected as rejected:
        raise of_write(rejected) from rejected


def _route(comment_id: CommentId) -> str:
    return f"{ROUTE}/{number(comment_id, Vanished)}"


@dataclass(frozen=True, slots=True)
class _There:
    """A comment of ours as it stands: its status in WordPress's words, its text where the account may read it."""

    status: str
    raw: str | None = None


async def _make_sure(connection: Connection, comment_id: CommentId, key: str) -> _There:
    """The comment of this number. Raises AnotherComment unless it carries the key, Vanished when there is none."""

    async def ask(rest: Rest, auth: bool) -> _There | None:
        try:
            found = one(await rest.get(_route(comment_id), {"context": "edit", "_fields": _PROOF}, auth=auth))
        except Rejected as rejected:
            if rejected.code not in _UNREADABLE:
                raise
            this = number(comment_id, Vanished)
            return _There(await totals.status(rest, this)) if await totals.carries(rest, this, key) else None
        at = moment(found.get("date_gmt"))
        if not connection.signer.is_still(key, author_link(found), address_of(found), at):
            return None
        content = found.get("content")
        raw = content.get("raw") if isinstance(content, dict) else None
        return _There(str(found.get("status", "")), raw if isinstance(raw, str) else None)

    try:
        there = await connection.as_account(ask)
    except Rejected as rejected:
        if rejected.status == 401:
            connection.password_works = False
        raise of_write(rejected) from rejected
    if there is None:
        raise AnotherComment(
            f"Comment {comment_id} is not the one that was meant: the blog has given its number to another.",
            comment=comment_id,
        )
    return there


def _body(draft: Draft) -> Json:
    body: Json = {
        "post": number(draft.post_id),
        "parent": number(draft.parent_id, Vanished) if draft.parent_id else 0,
        "content": draft.html,
        # WordPress strips tags from names and keeps entities: a name is text, so it goes as text.
        "author_name": html_module.escape(draft.author, quote=False),
        "author_email": draft.email,
        "author_url": draft.key,
    }
    return body


async def _kept(connection: Connection, draft: Draft, written: Written, answer: Answer) -> Written:
    """What the blog stored tells what it keeps. An account may claim unfiltered HTML where the site forbids it."""
    stored = answer.data.get("content") if isinstance(answer.data, dict) else None
    raw = str(stored.get("raw", draft.html)) if isinstance(stored, dict) else draft.html
    lost = set(_TAG.findall(draft.html)) - set(_TAG.findall(raw))
    if not lost or not draft.plain_html or draft.plain_html == draft.html:
        return written
    log.warning("the blog does not keep <%s> in comments: plainer ones from now on", ">, <".join(sorted(lost)))
    connection.keeps_rich = False
    return await _rewrite(connection, written.comment_id, draft.plain_html)


def _created(connection: Connection, answer: Answer, key: str) -> Written:
    """201 alone is success: a proxy or a redirect that turned the POST into a GET answers 200 with a list."""
    data = _object(answer, 201)
    written = written_from(data)
    if data.get("status") not in ("approved", "hold", "spam"):
        raise Refused("The blog's rules threw this comment away at once.", "disallowed")
    if author_link(data) != key and connection.keeps_links is not False:
        log.warning("comment %s: the blog keeps no author link; a retry is known by its sender", written.comment_id)
    connection.keeps_links = author_link(data) == key
    return written


def _object(answer: Answer, status: int) -> Json:
    """The comment that a write answers with. Anything else leaves open whether it was done: Unanswered."""
    if answer.status != status or not isinstance(answer.data, dict):
        said = f"The blog answered a write with status {answer.status} and not with the comment."
        raise Unanswered(said, doubt=Doubt.TURNED_AWAY)
    try:
        comment_from(NOBODYS, answer.data)
    except NotUnderstood as error:
        raise Unanswered(error.reason, doubt=Doubt.TURNED_AWAY) from error
    return answer.data


def _told_apart(html: str, times: int) -> str:
    """The same text to a reader: invisible characters at its end, inside the last element."""
    at = _TAIL.search(html)
    end = at.start() if at else len(html)
    return html[:end] + _INVISIBLE * times + html[end:]
