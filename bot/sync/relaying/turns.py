"""Ask for the turns of members' words and files, and tell moderators once when somebody's wait, and when that is over.

Decides nothing: the rule is in :mod:`bot.sync.relaying.measure`, and the store takes the turns.
"""

from __future__ import annotations

from functools import partial

from bot.core.domain import Attached, MemberId, Message, Millis, SubscriptionId
from bot.core.policy import Policy
from bot.ports import Act, Asking, Chat, OverMeasure, Store, Why
from bot.sync.relaying.measure import DAY, REACH, may_be_kept, may_go
from bot.sync.trouble import Trouble

WORTH_A_WORD = 180_000
"""Milliseconds that something has to wait before moderators hear of it: who is a little too fast needs nobody."""

EVENTS_LAG = 60_000
"""Milliseconds within which something counts from when it was heard of: events of several threads come in any order,
and whatever came before the others would find their bucket full of nothing."""

WAITS = (
    "<@{member}> writes more than one member's measure lets through at once: {count} of their messages and edits wait "
    "and go to the blog one after the other, the last in about {minutes} min. Nobody else's wait for them, and none is "
    "lost. Delete what is not to go; /sync status tells what waits."
)
ALL_WAIT = (
    "More is written in this server than its measure lets through at once: {count} messages and edits wait and go to "
    "the blog one after the other, the last in about {minutes} min. None is lost; /sync status tells whose they are."
)
GONE = "Nothing of <@{member}> waits for its turn any more."
ALL_GONE = "Nothing in this server waits for its turn any more."

_BEGINS, _SERVER = "measure ", "server"


class TurnTaker:
    """Of one subscription. The measures are those of ``policy``; where it has none, nobody is asked for a turn."""

    def __init__(
        self, store: Store, chat: Chat, subscription: SubscriptionId, policy: Policy, trouble: Trouble
    ) -> None:
        self._store = store
        self._chat = chat
        self._subscription = subscription
        self._of_member, self._of_server = policy.of_member, policy.of_server
        self._trouble = trouble

    def of_relay(self, message: Message) -> Asking | None:
        """For a message that is to become a comment. It counts from when it was written, however late it is read."""
        written = self._chat.moment_of(message.id)
        return self._of_words(Act.RELAY, message.member_id, written, self._of_member.relays, self._of_server.relays)

    def of_edit(self, message: Message, writer: MemberId | None = None) -> Asking | None:
        """For new words of one that is on the blog, or was refused. ``writer``: whose it is, if Discord cannot tell.

        While they wait, the message keeps its mark: that says whether the message is on the blog, not which words are.
        """
        edited, member = message.edited_at or self._now(), writer or message.member_id
        return self._of_words(Act.EDIT, member, edited, self._of_member.edits, self._of_server.edits)

    def _of_words(self, act: Act, who: MemberId, moment: Millis, member: int, server: int) -> Asking | None:
        if not (member or server):
            return None
        now = self._now()
        counts_from = Millis(max(moment, now)) if now - moment < EVENTS_LAG else moment
        rule = partial(may_go, counts_from, now, member=member, server=server)
        return Asking(who, act, counts_from, REACH, rule)

    def of_file(self, file: Attached, message: Message) -> Asking:
        """For a file on its way to the media library: from when it was given to Discord, with its message or later."""
        assert file.id is not None
        moment = max(self._chat.moment_of(message.id), message.edited_at or Millis(0))
        rule = partial(may_be_kept, moment, file.size, member=self._of_member, server=self._of_server)
        return Asking(message.member_id, Act.FILE, moment, DAY, rule, file.size)

    def _now(self) -> Millis:
        """By Discord's time."""
        return self._chat.moment_of(self._chat.newest_id())

    async def tell(self, asking: Asking | None) -> None:
        """Moderators hear of what has to wait for long, once. Costs nothing where nothing does."""
        turn = asking.turn if asking is not None else None
        if asking is None or turn is None or turn.wait < WORTH_A_WORD:
            return
        of_all = turn.why is Why.SERVER
        subject = f"{_BEGINS}{_SERVER if of_all else asking.member}"
        if await self._trouble.lasting(subject):
            return
        waiting = [one for one in await self._waiting() if of_all or one.member == asking.member]
        count, minutes = sum(one.count for one in waiting), round(turn.wait / 60_000)
        sentence = (ALL_WAIT if of_all else WAITS).format(member=asking.member, count=count, minutes=minutes)
        await self._trouble.lasts(subject, sentence)

    async def look(self) -> None:
        """Whether what moderators were told is over by now. Costs nothing where they were told nothing."""
        told = await self._trouble.lasting(_BEGINS)
        if not told:
            return
        waiting = {str(one.member) for one in await self._waiting()}
        for subject, occasion in told.items():
            member = subject.removeprefix(_BEGINS)
            if waiting and (member == _SERVER or member in waiting):
                continue
            sentence = ALL_GONE if member == _SERVER else GONE.format(member=member)
            await self._trouble.at_large(subject, sentence, occasion=occasion)
            await self._trouble.is_over(subject)

    async def _waiting(self) -> tuple[OverMeasure, ...]:
        return await self._store.over_measure(self._subscription)
