"""Members who decided that their words stay in Discord, and what of theirs waits at that moment.

Takes nothing back that is on the blog, or may be.
"""

from __future__ import annotations

from bot.core.actions import SetMark
from bot.core.domain import GuildId, MemberId, Message, MessageId, Place
from bot.store.sqlite.base import Room, change, row, rows
from bot.store.sqlite.outbox import put, stays
from bot.store.sqlite.uploads import discard_all

_OPT_OUT = """
INSERT INTO members (guild_id, member_id) VALUES (?, ?)
    ON CONFLICT (guild_id, member_id) DO UPDATE SET stays_until = NULL
"""

_NOT_YET_LEFT = """
SELECT outbox.id, post_id, json_extract(payload, '$.message.id')
  FROM subscriptions JOIN outbox ON outbox.subscription_id = subscriptions.id
 WHERE guild_id = ? AND kind = 'write' AND state <> 'done' AND state <> 'sending' AND NOT half_done
   AND json_extract(payload, '$.message.author_id') = ?
 ORDER BY outbox.id
"""


class Members(Room):
    """The part of the Store port about who does not want to be carried to the blog."""

    async def opt_out(self, guild: GuildId, member: MemberId) -> int:
        """A Write that is dropped is forgotten, not done: an answer to its message may still concern the blog."""
        now = self._now()
        async with self._db.transaction() as tx:
            await change(tx, _OPT_OUT, guild, member)
            waiting = await rows(tx, _NOT_YET_LEFT, guild, member)
            for number, post_row, message in waiting:
                await change(tx, "DELETE FROM outbox WHERE id = ?", number)
                await discard_all(tx, post_row, MessageId(message), now)
                await put(tx, post_row, SetMark(MessageId(message), None), now)
        return len(waiting)

    async def opt_in(self, guild: GuildId, member: MemberId, *, after: MessageId) -> bool:
        async with self._db.transaction() as tx:
            changed = await change(
                tx,
                "UPDATE members SET stays_until = ? WHERE guild_id = ? AND member_id = ? AND stays_until IS NULL",
                after,
                guild,
                member,
            )
        return changed > 0

    async def opted_out(self, guild: GuildId, member: MemberId) -> bool:
        async with self._db.transaction() as tx:
            found = await row(
                tx,
                "SELECT 1 FROM members WHERE guild_id = ? AND member_id = ? AND stays_until IS NULL",
                guild,
                member,
            )
        return found is not None

    async def stays(self, place: Place, message: Message) -> bool:
        async with self._db.transaction() as tx:
            return await stays(tx, place, message)
