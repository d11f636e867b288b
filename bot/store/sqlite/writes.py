"""Members' messages on their way to the blog: what became of each, and what an edit or a deletion does to it.

Decides nothing about whether a message is relayed.
"""

from __future__ import annotations

from dataclasses import replace

from bot.core.actions import Claim, Rewrite, Write
from bot.core.domain import Message, MessageId, Place
from bot.core.traits import about_message
from bot.ports import Asking, Stage
from bot.store.sqlite.base import Part, Tx, change, decode, encode, kind_in_sql, row, rows
from bot.store.sqlite.files import discard_all
from bot.store.sqlite.outbox import is_barred, put
from bot.store.sqlite.turns import give_back, take_turn

_DROPPED = "deleted before it left"

_NOT_YET_TRIED = """-- The Write of a message that has surely not left.
SELECT kind, payload FROM outbox WHERE post_id = ? AND key = ? AND state = 'ready' AND NOT half_done
"""

_SET_WORDS = """-- An action gets other words.
UPDATE outbox SET payload = ? WHERE post_id = ? AND key = ?
"""

_HEAR_OF_DELETION = """-- A message is gone, whatever else is heard of it later.
INSERT INTO deletions (subscription_id, message_id, heard_at) VALUES (?, ?, ?) ON CONFLICT DO NOTHING
"""

_DROP_UNSENT = """-- The Write of a deleted message is done with, unless it has left or may have.
UPDATE outbox SET state = 'done', answers = json_extract(payload, '$.message.reply_to'), payload = NULL,
       fate = 'deleted', reason = ?, done_at = ?
 WHERE post_id = ? AND key = ? AND NOT half_done AND state IN ('ready', 'dead')
"""

_IS_OPEN = """-- Whether an action is not done yet.
SELECT 1 FROM outbox WHERE post_id = ? AND key = ? AND state <> 'done'
"""

STAGE = """-- How far an action has come.
SELECT iif(fate = '', state, fate) AS stage, answers FROM outbox WHERE post_id = ? AND key = ?
"""

_ANEW = """-- A message that the blog refused goes again, with other words.
UPDATE outbox SET state = 'ready', payload = ?, fate = '', attempts = 0, not_before = 0, half_done = 0, yields = 0,
       goes_at = 0, seen_waiting = 0, done_at = NULL, claimed_at = NULL, created_at = ?
 WHERE post_id = ? AND key = ? AND state = 'done' AND fate = 'refused'
"""

_REFUSED_OTHERWISE = """-- Whether a message was refused with other words than it has now.
SELECT 1 FROM outbox WHERE post_id = ? AND key = ? AND fate = 'refused' AND digest <> ?
"""

_OF_CLAIM = """-- What is under way gets other words, or learns something on its way.
UPDATE outbox SET payload = ? WHERE id = ? AND state = 'sending'
"""

_WAS_DELETED = """-- Whether the deletion of a message was heard of.
SELECT 1 FROM deletions WHERE subscription_id = ? AND message_id = ?
"""

_REWRITES = f"""-- All looks at a changed message that are remembered.
SELECT key, state FROM outbox WHERE post_id = ? AND kind IN {kind_in_sql(Rewrite)} AND subject = ?
"""

_REWRITE_UNDER_WAY = f"""-- Whether a look at a changed message waits or is being taken.
SELECT 1 FROM outbox
 WHERE post_id = ? AND side = ? AND subject = ? AND kind IN {kind_in_sql(Rewrite)} AND state <> 'done'
"""

PENDING = f"""-- Members' messages of a post whose Write is not done, oldest first.
SELECT json_extract(payload, '$.message.jump_url') AS url, json_extract(payload, '$.message.id') AS message
  FROM outbox WHERE post_id = ? AND kind IN {kind_in_sql(Write)} AND state <> 'done' ORDER BY rank
"""


_IN_DOUBT = f"""-- Members' messages of a post of which a comment may be there that nobody has noted yet.
SELECT kind, payload FROM outbox
 WHERE post_id = ? AND kind IN {kind_in_sql(Write)} AND state <> 'done' AND (state = 'sending' OR half_done)
"""


async def in_doubt(tx: Tx, post_row: int) -> tuple[Message, ...]:
    """Messages whose Write is under way, or may have arrived."""
    found = [decode(one["kind"], one["payload"]) for one in await rows(tx, _IN_DOUBT, post_row)]
    return tuple(action.message for action in found if isinstance(action, Write))


class SqliteWrites(Part):
    """Implements the part of :class:`bot.ports.Outbox` about Write, Rewrite and Withdraw."""

    async def refresh_write(self, place: Place, message: Message) -> bool:
        key = Write.key_of(message.id)
        async with self._db.transaction() as tx:
            found = await row(tx, _NOT_YET_TRIED, place.row, key)
            if found is None:
                return False
            earlier = decode(found["kind"], found["payload"])
            assert isinstance(earlier, Write)
            fresh = encode(Write(earlier.of(message), unsure=earlier.unsure))
            if fresh != found["payload"]:
                await change(tx, _SET_WORDS, fresh, place.row, key)
        return True

    async def write_anew(self, place: Place, write: Write, asking: Asking | None = None) -> bool:
        if await self._ask_one(_REFUSED_OTHERWISE, place.row, write.key, write.message.digest) is None:
            return False
        now = self._now()
        async with self._db.transaction() as tx:
            if await is_barred(tx, place, write.message):
                return False
            if not await change(tx, _ANEW, encode(replace(write, anew=now)), now, place.row, write.key):
                return False
            await take_turn(tx, place, write.key, write.message.id, asking, now)
        return True

    async def reword(self, claim: Claim, write: Write) -> None:
        await self._change(_OF_CLAIM, encode(write), claim.id)

    async def was_deleted(self, place: Place, message: MessageId) -> bool:
        return await self._ask_one(_WAS_DELETED, place.subscription_id, message) is not None

    async def note_deleted(self, place: Place, message: MessageId) -> bool:
        """Remembered in any case: the event of its creation, or the answer to its sending, may come later."""
        key, now = Write.key_of(message), self._now()
        async with self._db.transaction() as tx:
            await change(tx, _HEAR_OF_DELETION, place.subscription_id, message, now)
            await give_back(tx, place.row, key)
            await change(tx, _DROP_UNSENT, _DROPPED, now, place.row, key)
            has_left = await row(tx, _IS_OPEN, place.row, key) is not None
            if not has_left:
                await discard_all(tx, place.row, message, now)
        return not has_left

    async def queue_rewrite(self, place: Place, message: MessageId, asking: Asking | None = None) -> bool:
        """One that waits will read the message afresh; one that is being taken may have read it already."""
        async with self._db.transaction() as tx:
            earlier = await rows(tx, _REWRITES, place.row, about_message(message))
            if any(one["state"] == Stage.READY for one in earlier):
                return False
            revision = max((Rewrite.revision_of(one["key"]) for one in earlier), default=0) + 1
            look, now = Rewrite(message, revision), self._now()
            is_new = await put(tx, place.row, look, now)
            if is_new:
                await take_turn(tx, place, look.key, message, asking, now)
        return is_new

    async def rewrite_under_way(self, place: Place, message: MessageId) -> bool:
        found = await self._ask_one(_REWRITE_UNDER_WAY, place.row, Rewrite.traits.queue, about_message(message))
        return found is not None

    async def pending_writes(self, place: Place) -> dict[str, MessageId]:
        return {one["url"]: MessageId(one["message"]) for one in await self._ask(PENDING, place.row)}
