"""Members who decided that their words stay in Discord, and what of theirs waits at that moment.

Each word is kept in the file beside the database as well. Takes nothing back that is on the blog, or may be.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from bot.core.actions import SetMark, Tell, Write
from bot.core.domain import GuildId, MemberId, Message, MessageId, Millis, Place
from bot.store.consent import ConsentFile, Word
from bot.store.sqlite.base import Part, Row, Tx, change, kind_in_sql, row, rows
from bot.store.sqlite.db import Database
from bot.store.sqlite.files import discard_all
from bot.store.sqlite.outbox import STAYS, put
from bot.store.sqlite.turns import give_back

_SAY = """-- A member's word on what they write in a server: until which id it stays, and when that was said.
INSERT INTO members (guild_id, member_id, stays_until, said_at) VALUES (?, ?, ?, ?)
    ON CONFLICT (guild_id, member_id) DO UPDATE SET stays_until = excluded.stays_until, said_at = excluded.said_at
"""

_OPT_IN = """-- What a member wrote until now stays; what comes later may cross again.
UPDATE members SET stays_until = ?, said_at = ? WHERE guild_id = ? AND member_id = ? AND stays_until IS NULL
"""

_WORDS = """-- Every member's word.
SELECT guild_id, member_id, stays_until, said_at FROM members
"""

_OPTED_OUT = """-- Whether what a member writes now stays.
SELECT 1 FROM members WHERE guild_id = ? AND member_id = ? AND stays_until IS NULL
"""

_NOT_YET_LEFT = f"""-- Writes of a member up to an id, in all of a server's subscriptions, that surely have not left.
SELECT outbox.id, post_id, json_extract(payload, '$.message.id') AS message
  FROM subscriptions JOIN outbox ON outbox.subscription_id = subscriptions.id
 WHERE guild_id = ? AND kind IN {kind_in_sql(Write)} AND state <> 'done' AND state <> 'sending' AND NOT half_done
   AND coalesce(json_extract(payload, '$.message.on_behalf_of'), json_extract(payload, '$.message.author_id')) = ?
   AND ifnull(json_extract(payload, '$.message.id') <= ?, 1)
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

    def __init__(self, database: Database, now: Callable[[], Millis], consent: ConsentFile) -> None:
        super().__init__(database, now)
        self._consent = consent
        self._one_word = asyncio.Lock()  # the file and the database take members' words in one order

    async def settle_words(self) -> None:
        """Of each member the newer word holds, be it from the file or from a database that may be new or older."""
        async with self._one_word, self._db.transaction() as tx:
            lacking = self._consent.settle([_word(one) for one in await rows(tx, _WORDS)], self._now())
            for word in lacking:
                await self._say(tx, word)
                await self._drop_waiting(tx, word)
        await self._consent.keep()

    async def opt_out(self, guild: GuildId, member: MemberId) -> int:
        """First in the file, so that after a crash the member's words stay; a second word of *off* moves nothing."""
        async with self._one_word:
            word = self._consent.word(guild, member)
            if word is None or not word.is_off:
                word = Word(guild, member, None, self._consent.next_moment(guild, member, self._now()))
            await self._consent.keep(word)
            async with self._db.transaction() as tx:
                await self._say(tx, word)
                return await self._drop_waiting(tx, word)

    async def opt_in(self, guild: GuildId, member: MemberId, *, after: MessageId) -> bool:
        """In the file last, so that after a crash with a lost database the member's words stay."""
        async with self._one_word:
            word = Word(guild, member, after, self._consent.next_moment(guild, member, self._now()))
            known = self._consent.word(guild, member)
            changed = await self._change(_OPT_IN, after, word.said_at, guild, member) > 0
            if changed or (known is not None and known.is_off):  # an *off* that the database could not take
                await self._consent.keep(word)
            return changed

    async def words_kept_since(self) -> Millis:
        return self._consent.since

    async def _say(self, tx: Tx, word: Word) -> None:
        await change(tx, _SAY, word.guild, word.member, word.stays_until, word.said_at)

    async def _drop_waiting(self, tx: Tx, word: Word) -> int:
        """A Write that is dropped is forgotten, not done: an answer to its message may still concern the blog."""
        now = self._now()
        waiting = await rows(tx, _NOT_YET_LEFT, word.guild, word.member, word.stays_until)
        for one in waiting:
            message = MessageId(one["message"])
            await give_back(tx, one["post_id"], Write.key_of(message))
            await change(tx, _FORGET, one["id"])
            await discard_all(tx, one["post_id"], message, now)
            await put(tx, one["post_id"], SetMark(message, None), now)
        return len(waiting)

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


def _word(one: Row) -> Word:
    return Word(one["guild_id"], one["member_id"], one["stays_until"], one["said_at"])
