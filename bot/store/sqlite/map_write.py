"""The map, written: parts tied to their comment one by one, and the moment in which an action becomes done.

Queues nothing but what follows from what was done.
"""

from __future__ import annotations

import json
from collections.abc import Sequence

from bot.core.actions import Claim, Edit, Retract, Send, Withdraw
from bot.core.domain import CommentId, Mapped, MessageId, Millis, Origin, Place, Standing
from bot.core.traits import about_comment
from bot.ports import Outcome, Recognised, Stage
from bot.store.sqlite.base import Part, Tx, change, change_many, row, rows
from bot.store.sqlite.outbox import put

_KEEP = """-- What is known of a comment; a mirror that a moderator took away stays away, whatever an action meant.
INSERT INTO comments (post_id, blog_id, parent_blog_id, origin, author, digest, revision, standing, shown_parent,
                      parent_digest, wanted_parent, was_public, recorded_at, written_at, key)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
    ON CONFLICT (post_id, blog_id) DO UPDATE SET
       parent_blog_id = excluded.parent_blog_id, author = excluded.author, digest = excluded.digest,
       revision = excluded.revision, shown_parent = excluded.shown_parent,
       standing = iif(origin = 'blog' AND standing = 'hidden', 'hidden', excluded.standing),
       parent_digest = excluded.parent_digest, wanted_parent = excluded.wanted_parent,
       was_public = excluded.was_public,
       recorded_at = excluded.recorded_at,
       written_at = coalesce(excluded.written_at, written_at), key = iif(excluded.key = '', key, excluded.key)
"""

_DISPLACE = """-- The number of a comment is another comment's: it keeps its messages under a name that no blog gives.
UPDATE comments SET blog_id = 'lost-' || blog_id || '-' || id, recorded_at = ? WHERE post_id = ? AND blog_id = ?
RETURNING blog_id
"""

_DISPLACED_ABOVE = """-- What answers a displaced comment goes on answering that one.
UPDATE comments SET parent_blog_id = ? WHERE post_id = ? AND parent_blog_id = ?
"""

_FORGET_DONE = """-- What was done about a comment, or has not begun, says nothing about another one of its number.
DELETE FROM outbox
 WHERE post_id = ? AND subject = ? AND (state = 'done' OR (state IN ('ready', 'dead') AND NOT half_done))
"""

_RENUMBER = """-- A comment bears another number now.
UPDATE comments SET blog_id = ?, recorded_at = ? WHERE post_id = ? AND blog_id = ?
"""

_NOTE_MOMENT = """-- When a comment was written.
UPDATE comments SET written_at = ? WHERE post_id = ? AND blog_id = ?
"""


def unsigned(key: str) -> str:
    """A key in SQL without its signature: what of two keys tells whether they are of one message."""
    return f"substr({key}, 1, instr({key} || '#', '#') - 1)"


_IS_ANOTHER = f"""-- Whether the number of what is to be kept is that of another comment in the map.
SELECT 1 FROM comments
 WHERE post_id = ?1 AND blog_id = ?2
   AND (origin <> ?3 OR (key <> '' AND ?4 <> '' AND {unsigned("key")} <> {unsigned("?4")})
        OR (NOT (key <> '' AND {unsigned("key")} = {unsigned("?4")})
            AND written_at <> ?5 AND written_at > 0 AND ?5 > 0))
"""

TIE = """-- A message is tied to its comment; one that somebody deleted in the meantime does not rise again.
INSERT INTO links (message_id, comment, thread_id, part, digest, state)
SELECT ?1, ?2, ?3, ?4, ?5,
       CASE WHEN EXISTS (SELECT 1 FROM deletions WHERE deletions.subscription_id = posts.subscription_id
                                                   AND message_id = ?1) THEN 'gone' ELSE ?6 END
  FROM comments JOIN posts ON posts.id = post_id WHERE comments.id = ?2
    ON CONFLICT (message_id) DO UPDATE SET part = excluded.part, digest = excluded.digest,
       state = CASE state WHEN 'gone' THEN 'gone' ELSE ?6 END
 WHERE thread_id = excluded.thread_id
"""

_NUMBER = """-- The row of a comment.
SELECT id FROM comments WHERE post_id = ? AND blog_id = ?
"""

_ARRIVE_AGAIN = """-- A comment that was gone is on its way once more.
UPDATE comments SET standing = 'arriving' WHERE id = ? AND standing = 'gone'
"""

_SURPLUS = """-- Messages that no longer show a comment and are to be deleted, newest first.
SELECT message_id FROM links JOIN comments ON comments.id = links.comment
 WHERE post_id = ? AND blog_id = ? AND state = 'leftover' ORDER BY message_id DESC
"""

_MIRROR = """-- The comment that a message of ours shows, or showed.
SELECT comments.id, blog_id, state FROM links JOIN comments ON comments.id = links.comment
 WHERE message_id = ? AND post_id = ? AND origin = 'blog'
"""

_LOSE_MESSAGE = """-- A message does not stand any more.
UPDATE links SET state = 'gone' WHERE message_id = ?
"""

_HIDE = """-- A comment does not come back by itself.
UPDATE comments SET standing = 'hidden', recorded_at = ? WHERE id = ? AND standing IN ('arriving', 'live', 'tombstone')
"""

_HIDE_AT_LAST = """-- A message of a comment was deleted while the comment was being shown: it stays away.
UPDATE comments SET standing = 'hidden' WHERE id = ?
"""

_FORGET_NAME = """-- Nobody is known by the name of who took their words back, whatever became of the comment before.
UPDATE comments SET author = '' WHERE post_id = ?1 AND origin = 'discord'
   AND id = (SELECT comment FROM links WHERE message_id = ?2)
"""

_MESSAGES = """-- All messages that ever showed a comment.
SELECT message_id, state FROM links WHERE comment = ?
"""

_FORGET = """-- An action is forgotten rather than done: nothing came of it.
DELETE FROM outbox WHERE id = ?
"""

_DONE = """-- An action is done; of a message that did not become a comment stays what it answered.
UPDATE outbox SET state = 'done', answers = json_extract(payload, '$.message.reply_to'), payload = NULL, done_at = ?,
       reason = ?, fate = ?, digest = ?
 WHERE id = ?
"""

_OPENED = """-- A post has its thread; what was said in it before it was known is read from its starter on.
UPDATE posts SET thread_id = ?1, starter_id = ?2, watermark = ?2, channel_id = ?3 WHERE id = ?4
"""

_SHOWN = """-- A post's starter shows it as it is now.
UPDATE posts SET title = ?, url = ?, digest = ?, categories = ?, revision = revision + 1 WHERE id = ?
"""

_REPORTED = """-- Which message tells of a backfill, unless it is over by now.
UPDATE posts SET progress_id = CASE WHEN backfill_since IS NULL THEN NULL ELSE ? END, progress_step = progress_step + 1
 WHERE id = ?
"""


def _comment_of(claim: Claim) -> CommentId:
    """The comment that an action shows, or takes away."""
    match claim.action:
        case Send(comment) | Edit(comment):
            return comment.id
        case Retract(comment_id):
            return comment_id
        case _:
            raise AssertionError(f"{claim.action.key} shows no comment")


async def _number(tx: Tx, place: Place, comment: CommentId) -> int | None:
    found = await row(tx, _NUMBER, place.row, comment)
    return None if found is None else int(found["id"])


async def _displace(tx: Tx, place: Place, comment: CommentId, now: Millis) -> str:
    """-> the name that it bears from now on."""
    found = await row(tx, _DISPLACE, now, place.row, comment)
    name = comment if found is None else str(found["blog_id"])
    await change(tx, _DISPLACED_ABOVE, name, place.row, comment)
    await change(tx, _FORGET_DONE, place.row, about_comment(comment))
    return name


async def keep(tx: Tx, place: Place, mapped: Mapped, now: Millis) -> int:
    known_by = (mapped.origin, mapped.key, mapped.written_at)
    if await row(tx, _IS_ANOTHER, place.row, mapped.comment_id, *known_by) is not None:
        await _displace(tx, place, mapped.comment_id, now)
    await change(
        tx,
        _KEEP,
        place.row,
        mapped.comment_id,
        mapped.parent_id,
        mapped.origin,
        mapped.author,
        mapped.digest,
        mapped.revision,
        mapped.standing,
        mapped.shown_parent,
        mapped.parent_digest,
        mapped.wanted_parent,
        mapped.was_public,
        now,
        mapped.written_at,
        mapped.key,
    )
    number = await _number(tx, place, mapped.comment_id)
    assert number is not None
    return number


class SqliteMapWriting(Part):
    """Implements what changes the map of :class:`bot.ports.Map`, and ``finish`` of :class:`bot.ports.Claims`."""

    async def tie(self, claim: Claim, part: int, message: MessageId) -> None:
        async with self._db.transaction() as tx:
            number = await _number(tx, claim.place, _comment_of(claim))
            if number is None:
                number = await keep(tx, claim.place, _arriving(claim), self._now())
            elif isinstance(claim.action, Send):
                await change(tx, _ARRIVE_AGAIN, number)
            await change(tx, TIE, message, number, claim.place.thread_id, part, "", "shown")

    async def mark_surplus(self, claim: Claim, messages: Sequence[MessageId]) -> None:
        async with self._db.transaction() as tx:
            number = await _number(tx, claim.place, _comment_of(claim))
            if number is None:
                number = await keep(tx, claim.place, _arriving(claim), self._now())
            surplus = [(message, number, claim.place.thread_id, 1, "", "leftover") for message in messages]
            await change_many(tx, TIE, surplus)

    async def surplus(self, claim: Claim) -> tuple[MessageId, ...]:
        found = await self._ask(_SURPLUS, claim.place.row, _comment_of(claim))
        return tuple(MessageId(one["message_id"]) for one in found)

    async def note_recognised(self, place: Place, found: Recognised) -> None:
        now = self._now()
        async with self._db.transaction() as tx:
            names = {one: await _displace(tx, place, one, now) for one in found.displaced}
            for comment, number in found.renumbered.items():
                await change(tx, _RENUMBER, number, now, place.row, names.get(comment, comment))
            for comment, moment in found.moments.items():
                await change(tx, _NOTE_MOMENT, moment, place.row, comment)

    async def hide(self, place: Place, message: MessageId) -> CommentId | None:
        async with self._db.transaction() as tx:
            found = await row(tx, _MIRROR, message, place.row)
            if found is None or found["state"] != "shown":
                return None  # one that we took away ourselves, or were about to
            await change(tx, _LOSE_MESSAGE, message)
            hidden = await change(tx, _HIDE, self._now(), found["id"])
        return CommentId(found["blog_id"]) if hidden else None

    async def finish(self, claim: Claim, outcome: Outcome) -> None:
        now = self._now()
        async with self._db.transaction() as tx:
            if claim.superseded or outcome.forgotten:
                await change(tx, _FORGET, claim.id)
            else:
                refused = outcome.ended is Stage.REFUSED
                fate = "" if outcome.ended is Stage.DONE else outcome.ended
                await change(tx, _DONE, now, outcome.note, fate, outcome.message_digest if refused else "", claim.id)
            await _finish_post(tx, claim, outcome)
            if outcome.mapped is not None:
                await _finish_comment(tx, claim.place, outcome.mapped, outcome.message_digest, now)
            if isinstance(claim.action, Withdraw):
                await change(tx, _FORGET_NAME, claim.place.row, claim.action.message_id)
            for action in outcome.follow_up:
                await put(tx, claim.place.row, action, now)


async def _finish_post(tx: Tx, claim: Claim, outcome: Outcome) -> None:
    place = claim.place
    if (opened := outcome.opened) is not None:
        await change(tx, _OPENED, opened.thread_id, opened.starter_id, place.channel_id, place.row)
    if (shown := outcome.shown) is not None:
        categories = json.dumps(shown.categories)
        await change(tx, _SHOWN, shown.title, shown.url, shown.digest, categories, place.row)
    if claim.action.traits.tells_progress:
        await change(tx, _REPORTED, outcome.said, place.row)


async def _finish_comment(tx: Tx, place: Place, mapped: Mapped, message_digest: str, now: Millis) -> None:
    """The messages of ``mapped`` are all that stands of it; unless somebody deleted one of them just now."""
    number = await keep(tx, place, mapped, now)
    stands = [(message, number, place.thread_id, part) for part, message in enumerate(mapped.messages, start=1)]
    if mapped.origin is Origin.DISCORD:
        await change_many(tx, TIE, [(*one, message_digest, "shown") for one in stands])
        return
    kept = {message for message, *_ in stands}
    for one in await rows(tx, _MESSAGES, number):
        message, was_deleted = one["message_id"], one["state"] == "gone"
        if not was_deleted and message not in kept:
            await change(tx, _LOSE_MESSAGE, message)
        if was_deleted and message in kept and mapped.standing in (Standing.LIVE, Standing.TOMBSTONE):
            await change(tx, _HIDE_AT_LAST, number)


def _arriving(claim: Claim) -> Mapped:
    action = claim.action
    assert isinstance(action, Send)
    comment = action.comment
    return Mapped(
        comment.id,
        comment.parent_id,
        Origin.BLOG,
        comment.author,
        "",
        action.revision - 1,
        Standing.ARRIVING,
        (),
        None,
        Millis(0),
        written_at=comment.written_at,
    )
