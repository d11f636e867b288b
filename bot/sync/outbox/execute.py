"""Hand a claimed action to whoever carries it out. The one place where every kind of action is named.

Does nothing of an action itself, and catches no error.
"""

from __future__ import annotations

from typing import assert_never

from bot.core.actions import (
    Claim,
    Discard,
    Edit,
    Notify,
    OpenThread,
    Report,
    Retract,
    ReviseStarter,
    Rewrite,
    Send,
    SetMark,
    Settle,
    Tell,
    Withdraw,
    Write,
)
from bot.ports import Outcome
from bot.sync.mirroring.show import ChatSide
from bot.sync.outbox.speak import WordSide
from bot.sync.relaying.write import BlogSide


class Executor:
    """Raises whatever the ports raise; see :mod:`bot.sync.outbox.dispatch` for what becomes of that."""

    def __init__(self, chat_side: ChatSide, word_side: WordSide, blog_side: BlogSide) -> None:
        self._chat = chat_side
        self._words = word_side
        self._blog = blog_side

    async def carry_out(self, claim: Claim) -> Outcome:  # noqa: C901 - one case for each kind, on purpose
        match claim.action:
            case OpenThread() as action:
                return await self._words.open_thread(claim, action)
            case ReviseStarter() as action:
                return await self._words.revise_starter(claim, action)
            case Send() as action:
                return await self._chat.send(claim, action)
            case Edit() as action:
                return await self._chat.edit(claim, action)
            case Retract() as action:
                return await self._chat.retract(claim, action)
            case SetMark() as action:
                return await self._words.mark(claim, action)
            case Tell() as action:
                return await self._words.tell(claim, action)
            case Report() as action:
                return await self._words.report(claim, action)
            case Notify() as action:
                return await self._words.notify(claim, action)
            case Write() as action:
                return await self._blog.write(claim, action)
            case Rewrite() as action:
                return await self._blog.rewrite(claim, action)
            case Withdraw() as action:
                return await self._blog.withdraw(claim, action)
            case Discard() as action:
                return await self._blog.discard(claim, action)
            case Settle() as action:
                return await self._blog.settle(claim, action)
            case _ as unknown:
                assert_never(unknown)
