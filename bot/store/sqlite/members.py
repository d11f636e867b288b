"""Members who decided that their words stay in Discord, and what of theirs waits at that moment.

Takes nothing back that is on the blog, or may be.
"""

from __future__ import annotations

from bot.core.actions import SetMark, Tell, Write
from bot.core.domain import GuildId, MemberId, Message, MessageId, Place
from bot.store.sqlite.base import Part, change, kind_in_sql, row, rows
from bot.store.sqlite.files import discard_all
from bot.store.sqlite.outbox import STAYS, put
from bot.store.sqlite.turns import give_back

_OPT_OUT = """-- What a member writes in a server stays, until they say otherwise.
INSERT INTO members (guild_id, member_id) VALUES (?, ?)
    ON CONFLICT (guild_id, member_id) DO UPDATE SET stays_until = NULL
"""

_OPT_IN = """-- What a member wrote until now stays; what comes later may cross again.
UPDATE members SET stays_until = ? WHERE guild_id = ? AND member_id = ? AND stays_until IS NULL
"""

_OPTED_OUT = """-- Whether what a member writes now stays.
SELECT 1 FROM members WHERE guild_id = ? AND member_id = ? AND stays_until IS NULL
"""

_NOT_YET_LEFT = f"""-- Writes of a member, in all of a server's subscriptions, that have surely not left.
SELECT outbox.id, post_id, json_extract(payload, '$.message.id') AS message
  FROM subscriptions JOIN outbox ON outbox.subscription_id = subscriptions.id
 WHERE guild_id = ? AND kind IN {kind_in_sql(Write)} AND state <> 'done' AND state <> 'sending' AND NOT half_done
   AND coalesce(json_extract(payload, '$.message.on_behalf_of'), json_extract(payload, '$.message.author_id')) = ?
 ORDER BY outbox.id
"""

_FORGET = """-- An action is forgotten, as if it had never been.
DELETE FROM outbox WHERE id = ?
"""


_HINTED = """-- A member was told in a thread how to write so that it crosses.
INSERT INTO hinted (post_id, member_id) VALUES (?, ?) ON CONFLICT DO NOTHING
"""


class SqliteMembers(Part):
    """Implements :class:`bot.ports.Members`."""

    async def opt_out(self, guild: GuildId, member: MemberId) -> int:
        """A Write that is dropped is forgotten, not done: an answer to its message may still concern the blog."""
        now = self._now()
        async with self._db.transaction() as tx:
            await change(tx, _OPT_OUT, guild, member)
            waiting = await rows(tx, _NOT_YET_LEFT, guild, member)
            for one in waiting:
                message = MessageId(one["message"])
                await give_back(tx, one["post_id"], Write.key_of(message))
                await change(tx, _FORGET, one["id"])
                await discard_all(tx, one["post_id"], message, now)
                await put(tx, one["post_id"], SetMark(message, None), now)
        return len(waiting)

    async def opt_in(self, guild: GuildId, member: MemberId, *, after: MessageId) -> bool:
        return await self._change(_OPT_IN, after, guild, member) > 0

    async def opted_out(self, guild: GuildId, member: MemberId) -> bool:
        return await self._ask_one(_OPTED_OUT, guild, member) is not None

    async def stays(self, place: Place, message: Message) -> bool:
        return await self._ask_one(STAYS, place.guild_id, message.member_id, message.id) is not None

    async def hint(self, place: Place, message: Message, text: str) -> bool:
        async with self._db.transaction() as tx:
            if await row(tx, STAYS, place.guild_id, message.member_id, message.id) is not None:
                return False
            if not await change(tx, _HINTED, place.row, message.member_id):
                return False
            return await put(tx, place.row, Tell(message.id, text), self._now())
