"""Hand a claimed action to whoever carries it out. The one place where every kind of action is named.

Does nothing of an action itself, and catches no error.
"""

from __future__ import annotations

from typing import assert_never

from bot.core.actions import (
    Claim,
    Discard,
    Edit,
    Move,
    Notify,
    OpenThread,
    Rename,
    Report,
    Retag,
    Retract,
    ReviseStarter,
    Rewrite,
    Send,
    SetMark,
    Settle,
    TakeCopyAway,
    Tell,
    Unsay,
    Withdraw,
    Write,
)
from bot.ports import Outcome
from bot.sync.mirroring.show import MirrorWriter
from bot.sync.outbox.speak import Announcer
from bot.sync.relaying.amend import RelayAmender
from bot.sync.relaying.write import RelayWriter


class Executor:
    """Raises whatever the ports raise; see :mod:`bot.sync.outbox.dispatch` for what becomes of that."""

    def __init__(self, mirrors: MirrorWriter, words: Announcer, relays: RelayWriter, amends: RelayAmender) -> None:
        self._mirrors = mirrors
        self._words = words
        self._relays = relays
        self._amends = amends

    async def carry_out(self, claim: Claim) -> Outcome:  # noqa: C901 - one case for each kind, on purpose
        match claim.action:
            case OpenThread() as action:
                return await self._words.open_thread(claim, action)
            case ReviseStarter() as action:
                return await self._words.revise_starter(claim, action)
            case Rename() as action:
                return await self._words.rename(claim, action)
            case Retag() as action:
                return await self._words.retag(claim, action)
            case Send() as action:
                return await self._mirrors.send(claim, action)
            case Edit() as action:
                return await self._mirrors.edit(claim, action)
            case Retract() as action:
                return await self._mirrors.retract(claim, action)
            case SetMark() as action:
                return await self._words.mark(claim, action)
            case Tell() as action:
                return await self._words.tell(claim, action)
            case Unsay() as action:
                return await self._words.unsay(claim, action)
            case Report() as action:
                return await self._words.report(claim, action)
            case Notify() as action:
                return await self._words.notify(claim, action)
            case Write() | Rewrite() | Withdraw() | Discard() | Move() | Settle() | TakeCopyAway() as action:
                return await self._on_the_blog(claim, action)
            case _ as unknown:
                assert_never(unknown)

    async def _on_the_blog(
        self, claim: Claim, action: Write | Rewrite | Withdraw | Discard | Move | Settle | TakeCopyAway
    ) -> Outcome:
        match action:
            case Write():
                return await self._relays.write(claim, action)
            case Rewrite():
                return await self._amends.rewrite(claim, action)
            case Withdraw():
                return await self._amends.withdraw(claim, action)
            case Discard():
                return await self._amends.discard(claim, action)
            case Move():
                return await self._amends.move(claim, action)
            case Settle():
                return await self._amends.settle(claim, action)
            case TakeCopyAway():
                return await self._amends.take_copy_away(claim, action)
            case _ as unknown:
                assert_never(unknown)
