"""Knows which words a blog turned away: how often, until that is its answer, and what the author of an edit was told.

Does not send. How often is not remembered beyond the process: after a restart a message is tried a few times more.
"""

from __future__ import annotations

from collections import OrderedDict

from bot.core.actions import Action, Rewrite, Tell, Unsay
from bot.core.domain import Mapped, Message, MessageId, Place
from bot.core.errors import Doubt, Refused, Unanswered
from bot.core.texts import inert
from bot.ports import Outcome, Store
from bot.sync.relaying.compose import NOT_EDITED
from bot.translate.to_discord import escape

TRIED_AT_MOST = 3
"""After so many times it is looked for once more, and then given up: that takes a quarter of a minute."""
_REMEMBERED = 1000
_OPEN, _OVER = "open", "over"

OTHER_WORDS = "Other words may pass: edit your message, and it is tried again."
"""What its author can do where something disliked a message as it is."""


class Rebuffs:
    """By the key of the action. Others of its thread go on meanwhile."""

    def __init__(self) -> None:
        self._known: OrderedDict[str, tuple[int, Unanswered]] = OrderedDict()

    def note(self, key: str, error: Unanswered) -> None:
        """It was not answered; what holds for all others as well is not counted."""
        if error.doubt is not Doubt.TURNED_AWAY:
            return
        times, _ = self._known.pop(key, (0, error))
        self._known[key] = (times + 1, error)
        if len(self._known) > _REMEMBERED:
            self._known.popitem(last=False)

    def for_good(self, key: str) -> Unanswered | None:
        """What was said last, once that was often enough; forgotten with that."""
        times, error = self._known.get(key, (0, None))
        if times < TRIED_AT_MOST:
            return None
        del self._known[key]
        return error


class EditsTold:
    """Edits that have not reached the blog: whether their authors were told, and whether that still holds."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def not_there(
        self, place: Place, action: Rewrite, seen: Mapped, message: Message, refusal: Refused | Unanswered
    ) -> Outcome:
        """Its author is told; of two refusals one after the other the later stays to be read."""
        phase, occasion = await self._told(place, message.id)
        if phase == _OVER:
            occasion = action.revision
        await self._store.remember(_key_of(place, message.id), f"{_OPEN} {occasion}")
        said = f"{NOT_EDITED}{sentence(refusal)}"
        follow_up: tuple[Action, ...] = (Tell(message.id, said, occasion),)
        if phase:
            follow_up = (*follow_up, Unsay(message.id, said, action.revision))
        return Outcome(mapped=seen, message_digest=message.digest, follow_up=follow_up, note=refusal.reason)

    async def there(self, place: Place, action: Rewrite) -> tuple[Action, ...]:
        """An edit has reached the blog: what was said of an earlier one that had not holds no longer.

        Also where that was over before: the process may have died between the two.
        """
        phase, occasion = await self._told(place, action.message_id)
        if not phase:
            return ()
        await self._store.remember(_key_of(place, action.message_id), f"{_OVER} {occasion}")
        return (Unsay(action.message_id, "", action.revision),)

    async def _told(self, place: Place, message: MessageId) -> tuple[str, int]:
        """Whether a message's author was told that an edit is not on the blog ('': never), and on which occasion."""
        key = _key_of(place, message)
        phase, _, occasion = (await self._store.said(key)).get(key, "").partition(" ")
        return phase, int(occasion or 0)


def sentence(refusal: Refused | Unanswered) -> str:
    """Why something is not on the blog, in our words and, where there are any, in the blog's own."""
    words = escape(refusal.words)
    told = f"{inert(refusal.reason)} It says: “{words}”" if words else inert(refusal.reason)
    return told if isinstance(refusal, Refused) else f"{told} {OTHER_WORDS}"


def _key_of(place: Place, message: MessageId) -> str:
    return f"edit:{place.subscription_id}:{message}"
