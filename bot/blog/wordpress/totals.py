"""Learns of comments that the account may moderate but not read, from the totals of filtered listings.

Does not guess, and changes nothing of anybody's but the bot's own. WordPress lets moderate_comments edit, approve and
trash every comment, yet shows held and trashed ones only to who may edit the post; its totals count them all the same
(WordPress REST: check_read_permission and X-WP-Total).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from bot.blog.web.text import whole
from bot.blog.wordpress import ours
from bot.blog.wordpress.connection import Connection
from bot.blog.wordpress.rest import Json, Params, Rest, objects, one
from bot.core.domain import CommentId, PostId, Standing
from bot.core.errors import NotAllowed, PlaceVanished, Unanswered, Unreachable, Vanished
from bot.core.signing import NOWHERE, message_of
from bot.ports import Sighting

ROUTE = ours.ROUTE
_MESSAGES = "discord.com/channels/"
_CHUNK = 200
_CHUNKS_AROUND = 8
_HIDDEN_AT_MOST = 5


async def sighting(rest: Rest, comment: int, read: Mapping[PostId, Sequence[CommentId]]) -> Sighting:
    """HELD or GONE, and post and parent where they are among those that were ``read``; neither key nor moment.

    Raises Vanished when no listing counts it, PlaceVanished when it is approved and only its post is hidden, Rejected
    when the account may not filter by status.
    """
    this: Params = {"include": comment, "status": "any"}
    if not await _total(rest, this):
        raise Vanished(f"Comment {comment} is gone from the blog.", comment=CommentId(str(comment)))
    held = await _total(rest, {**this, "status": "hold"})
    if not held and await _total(rest, {**this, "status": "approve"}):
        raise PlaceVanished(f"Comment {comment} stands under a post that is no longer public on the blog.")
    found = Standing.HELD if held else Standing.GONE
    spam = not held and bool(await _total(rest, {**this, "status": "spam"}))
    post = await _pick(rest, this, "post", tuple(read))
    if post is None:
        return Sighting(found, spam=spam)
    parent = await _pick(rest, this, "parent", ("0", *read[PostId(post)]))
    return Sighting(found, PostId(post), CommentId(parent) if parent and parent != "0" else None, spam=spam)


async def status(rest: Rest, comment: int) -> str:
    """What WordPress calls the status of a comment that the account may not read: approved, hold, spam or trash."""
    this: Params = {"include": comment}
    for name, listed in (("approved", "approve"), ("hold", "hold"), ("spam", "spam")):
        if await _total(rest, {**this, "status": listed}):
            return name
    return "trash"


async def carries(rest: Rest, comment: int, key: str) -> bool:
    """Whether a comment that the account may not read holds a key: WordPress's search counts it, links included.

    Its sender has to be a relay's, too. Such a one that holds no link to a message is a relay whose link the blog has
    cleared. The address as a whole is not known here; that the map knows this number by this key has to do.

    Raises Vanished when no listing counts the comment, Rejected when the account may not filter by status.
    """
    this: Params = {"include": comment, "status": "any"}
    if not await _total(rest, this):
        raise Vanished(f"Comment {comment} is gone from the blog.", comment=CommentId(str(comment)))
    if not await _total(rest, {**this, "search": NOWHERE}):
        return False
    signed_with_any = key if key == message_of(key) else f"{message_of(key)}#"
    if await _total(rest, {**this, "search": signed_with_any}):
        return True
    return not await _total(rest, {**this, "search": _MESSAGES})


async def hidden_one(connection: Connection, params: Params, key: str, shown: Sequence[str], count: int) -> Json | None:
    """The bot's own comment among the ``count`` that a listing counts beside the ``shown`` ones; None when none is.

    An edit that changes nothing answers with the whole comment. WordPress notes its sender's address, which on our
    own comment is ours already; that the search for our key counts it makes sure, nearly always, that it is our own.
    Raises NotAllowed when one is counted and not found.
    """
    rest = await connection.rest()
    around = await _highest_id(rest)
    excluded = list(shown)
    for _ in range(min(count, _HIDDEN_AT_MOST)):
        number = await _locate(rest, {**params, "exclude": ",".join(excluded or ["0"])}, around)
        if number is None:
            break
        try:
            data = one(await rest.send("POST", f"{ROUTE}/{number}", {}))
        except Unanswered as error:
            raise Unreachable(error.reason, error.retry_after) from error
        if message_of(ours.proof(connection.signer, data).relay_of) == message_of(key):
            return data
        excluded.append(number)
    else:
        if count <= _HIDDEN_AT_MOST:
            return None
    raise NotAllowed("The blog hides from the bot's account whether a comment has arrived; look among the held ones.")


async def _highest_id(rest: Rest) -> int:
    params: Params = {"orderby": "id", "order": "desc", "per_page": 1, "_fields": "id"}
    newest = objects(await rest.get(ROUTE, params, auth=True))
    return whole(newest[0].get("id")) if newest else 0


async def _locate(rest: Rest, params: Params, around: int) -> str | None:
    for chunk in _chunks_around(around):
        if number := await _pick(rest, params, "include", chunk):
            return number
    return None


def _chunks_around(number: int) -> Iterator[tuple[str, ...]]:
    """Ids near a number, nearest first: what is hidden was written lately."""
    middle = number - _CHUNK // 2
    for step in range(_CHUNKS_AROUND):
        for start in dict.fromkeys((middle + step * _CHUNK, middle - step * _CHUNK)):
            ids = tuple(str(i) for i in range(max(start, 1), start + _CHUNK))
            if ids:
                yield ids


async def _pick(rest: Rest, params: Params, field: str, candidates: Sequence[str]) -> str | None:
    """The first candidate whose filter still counts something, by halves."""
    for at in range(0, len(candidates), _CHUNK):
        chunk = candidates[at : at + _CHUNK]
        if not await _total(rest, {**params, field: ",".join(chunk)}):
            continue
        while len(chunk) > 1:
            half = chunk[: len(chunk) // 2]
            chunk = half if await _total(rest, {**params, field: ",".join(half)}) else chunk[len(half) :]
        return chunk[0]
    return None


async def _total(rest: Rest, params: Params) -> int:
    answer = await rest.get(ROUTE, {**params, "per_page": 1, "_fields": "id"}, auth=True)
    if answer.total is None:
        raise Unreachable("The blog's listing does not say how long it is (X-WP-Total).")
    return answer.total
